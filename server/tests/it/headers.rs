//! Every header over every kind of door, and no change by another site's hand.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};

use crate::harness::{Answer, Harness};
use crate::permission_scan;
use crate::permissions::Stage;
use crate::refunds::Visitor;

/// One door of each kind: what it is, and how it is knocked at.
fn kinds(slug: &str) -> Vec<(&'static str, Method, String)> {
    let kind = |what, method, path: &str| (what, method, path.to_owned());
    vec![
        kind("home", Method::GET, "/"),
        kind("page shared by readers", Method::GET, &format!("/e/{slug}")),
        kind("page of a form", Method::GET, "/o/login"),
        kind("page behind the login", Method::GET, "/o/events"),
        kind("personal page", Method::GET, "/e/orders/nobody"),
        kind("personal data", Method::GET, "/e/orders/nobody/state"),
        kind("server function", Method::POST, "/api/account/request_login"),
        kind("server function, refused", Method::POST, "/api/orders/place"),
        kind("API", Method::GET, "/api/v1/ledger/balances"),
        kind("API, not there", Method::GET, "/api/v1/nowhere"),
        kind("API's document", Method::GET, "/api/openapi.json"),
        kind("API's page", Method::GET, "/api/docs"),
        kind("file", Method::GET, &format!("/e/{slug}/calendar.ics")),
        kind("file behind the login", Method::GET, "/o/audit.csv"),
        kind("picture, not there", Method::GET, "/files/x"),
        kind("asset, not there", Method::GET, "/pkg/x/y.js"),
        kind("live", Method::GET, "/live/events/x?token=x"),
        kind("webhook", Method::POST, "/webhooks/komoju"),
        kind("health", Method::GET, "/healthz"),
        kind("readiness", Method::GET, "/readyz"),
        kind("figures", Method::GET, "/metrics"),
        kind("error page", Method::GET, "/nowhere"),
        kind("wrong method", Method::DELETE, "/"),
    ]
}

async fn knock(server: &Harness, method: &Method, path: &str) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from("email=x"));
    server.send(request.expect("a request")).await
}

/// The sources a policy names for something.
fn sources<'a>(policy: &'a str, directive: &str) -> Vec<&'a str> {
    let found = policy.split(';').map(str::trim).find(|it| it.split(' ').next() == Some(directive));
    found.map(|it| it.split(' ').skip(1).collect()).unwrap_or_default()
}

fn is_guarded(answer: &Answer, shown: &str) {
    let policy = answer.header("content-security-policy");
    let scripts = sources(policy, "script-src");
    assert!(!scripts.is_empty(), "{shown}: {policy}");
    for never in ["'unsafe-inline'", "'unsafe-eval'", "*", "data:", "https:", "http:", "blob:"] {
        assert!(!scripts.contains(&never), "{shown}: {policy}");
    }
    assert_eq!(sources(policy, "default-src"), ["'self'"], "{shown}");
    assert_eq!(sources(policy, "object-src"), ["'none'"], "{shown}");
    assert_eq!(sources(policy, "style-src"), ["'self'"], "{shown}");
    assert_eq!(sources(policy, "frame-ancestors"), ["'none'"], "{shown}");
    assert!(matches!(sources(policy, "base-uri")[..], ["'self'" | "'none'"]), "{shown}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains"),
        ("access-control-allow-origin", ""),
        ("access-control-allow-credentials", ""),
        ("server", ""),
        ("x-powered-by", ""),
    ] {
        assert_eq!(answer.header(name), value, "{shown}: {name}");
    }
    let permissions = answer.header("permissions-policy");
    for closed in ["microphone=()", "geolocation=()", "payment=()", "usb=()"] {
        assert!(permissions.contains(closed), "{shown}: {permissions}");
    }
}

#[tokio::test]
async fn every_kind_of_door_carries_every_header() {
    let server = Harness::start_at("https://pay.example.jp").await;
    let seller = server.seller(5, 3000).await;
    for (what, method, path) in kinds(&seller.slug) {
        let answer = knock(&server, &method, &path).await;
        let shown = format!("{what} ({method} {path}, {})", answer.status);
        is_guarded(&answer, &shown);
        let referrer = answer.header("referrer-policy");
        let is_told_to_others = referrer == "strict-origin-when-cross-origin";
        let is_kept = matches!(referrer, "no-referrer" | "same-origin");
        assert!(is_told_to_others || is_kept, "{shown}: {referrer}");
        assert!(is_kept || !path.starts_with("/e/orders/"), "{shown}: {referrer}");
        let loaded_by = if path.starts_with("/files/") { "cross-origin" } else { "same-origin" };
        assert_eq!(answer.header("cross-origin-resource-policy"), loaded_by, "{shown}");
        let kind = answer.header("content-type");
        assert!(kind.is_empty() || kind.contains('/'), "{shown}: {kind}");
        // What runs on a page carries the word of this very answer, and nothing runs without.
        let policy = answer.header("content-security-policy").to_owned();
        for script in answer.body.split("<script").skip(1) {
            let head = script.split('>').next().unwrap_or_default();
            if head.contains("application/ld+json") && !head.contains("nonce") {
                continue;
            }
            let nonce = head.split("nonce=\"").nth(1).and_then(|it| it.split('"').next());
            let is_from_file = head.contains("src=\"/");
            let is_named = nonce.is_some_and(|it| policy.contains(&format!("'nonce-{it}'")));
            assert!(is_named || is_from_file, "{shown}: <script{head}> and {policy}");
        }
        for handler in [" onclick=", " onload=", " onerror=", "javascript:"] {
            assert!(!answer.body.contains(handler), "{shown}: {handler}");
        }
        let cookie = answer.header("set-cookie");
        if !cookie.is_empty() {
            for flag in ["__Host-", "HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
                assert!(cookie.contains(flag), "{shown}: {cookie}");
            }
            assert!(!cookie.contains("Domain="), "{shown}: {cookie}");
        }
    }
}

#[tokio::test]
async fn two_answers_never_share_their_word() {
    let server = Harness::start().await;
    let policies = [server.get("/o/login").await, server.get("/o/login").await]
        .map(|it| it.header("content-security-policy").to_owned());
    assert!(policies[0].contains("'nonce-"), "{}", policies[0]);
    assert_ne!(policies[0], policies[1]);
}

/// Forms with JavaScript and without it, files, and a browser that is signed in: another site's hand moves none of them.
#[tokio::test]
async fn no_change_is_made_by_another_sites_hand() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let mut organizer = Visitor::new(&server);
    let login = seller.login_url.split("token=").nth(1).unwrap_or_default();
    organizer.post("/api/account/confirm_login", &format!("token={login}")).await;
    let functions = leptos::server_fn::axum::server_fn_paths().map(|(path, _)| path);
    let files = ["/o/events/evt_x/cover", "/o/disputes/dsp_x/files", "/o/money/statements/upload"];
    let doors: Vec<&str> = functions.chain(files).collect();
    assert!(doors.len() > 50, "{doors:?}");
    let other_sites: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", "https://evil.pay.example.jp")],
        // Older browsers send no word of their own about the site.
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
    ];
    let before = server.app.look("select count(*) from audit_entries").await;
    for door in doors {
        for headers in other_sites {
            for (accept, kind) in [
                ("text/html", "application/x-www-form-urlencoded"),
                ("application/json", "application/x-www-form-urlencoded"),
                ("text/html", "text/plain"),
                ("text/html", "multipart/form-data; boundary=x"),
            ] {
                let mut request = Request::post(door)
                    .header(header::HOST, "127.0.0.1:3000")
                    .header(header::COOKIE, organizer.cookie())
                    .header(header::ACCEPT, accept)
                    .header(header::CONTENT_TYPE, kind);
                for (name, value) in headers {
                    request = request.header(*name, *value);
                }
                let answer = server.send(request.body(Body::empty()).expect("a request")).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{door} {headers:?} {accept}");
            }
        }
    }
    assert_eq!(server.app.look("select count(*) from audit_entries").await, before);
}

#[tokio::test]
async fn other_sites_may_read_nothing() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    for (what, method, path) in kinds(&seller.slug) {
        for method in [method, Method::OPTIONS] {
            let request = Request::builder()
                .method(&method)
                .uri(&path)
                .header(header::ORIGIN, "https://evil.example")
                .header(header::ACCESS_CONTROL_REQUEST_METHOD, "POST")
                .header(header::ACCESS_CONTROL_REQUEST_HEADERS, "authorization")
                .body(Body::empty());
            let answer = server.send(request.expect("a request")).await;
            let allowed =
                answer.headers.keys().find(|it| it.as_str().starts_with("access-control-"));
            assert_eq!(allowed, None, "{what}: {method} {path}");
        }
    }
}

/// Every page that is about somebody is kept by no cache, where its reader may see it and where not.
#[tokio::test]
async fn personal_pages_are_stored_nowhere() {
    let stage = Stage::new().await;
    let cookie = stage.log_in().await;
    let link = stage.look("select link_token from orders limit 1").await;
    let table = permission_scan::sources("app/src").into_iter();
    let table = table.filter(|it| it.contains("<Route path=path!(")).collect::<String>();
    let mut paths: Vec<&str> =
        table.split("path!(\"").skip(1).filter_map(|it| it.split('"').next()).collect();
    let is_personal = |path: &str| {
        let of_nobody = ["/o/login", "/o/login/passkey"].contains(&path);
        (path.starts_with("/o") || path.starts_with("/admin") || path.contains(":token"))
            && !of_nobody
    };
    paths.retain(|it| is_personal(it));
    assert!(paths.len() > 50, "{paths:?}");
    for path in paths {
        let filled = stage.filled(path).replace(":token", &link).replace(":provider", "club");
        for cookie in [cookie.as_str(), ""] {
            let answer = Visitor::with_cookie(&stage.server, cookie).get(&filled).await;
            let caching = answer.header("cache-control");
            let is_page = answer.status == StatusCode::OK;
            assert!(!is_page || caching.contains("no-store"), "{filled}: {caching:?}");
            assert!(!caching.contains("public"), "{filled}: {caching:?}");
        }
    }
}
