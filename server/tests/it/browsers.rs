//! What browsers are told: headers, cookies, and which requests are refused.

use axum::body::Body;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::routing::post;
use axum::{Extension, Router};
use http::{Request, StatusCode};
use server::config::Config;
use server::middleware::{origin_check, web_session};
use server::routes::live::LiveHub;
use server::serve;
use server::state::AppState;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt as _;
use tower_sessions::Session;

use crate::harness::Harness;

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let server = Harness::start().await;
    for path in ["/", "/healthz", "/api/v1/nowhere", "/api/docs", "/dev/mail", "/nowhere"] {
        let answer = server.get(path).await;
        assert!(
            answer.header("content-security-policy").contains("frame-ancestors 'none'"),
            "{path}"
        );
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.header("permissions-policy").contains("geolocation=()"), "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
        assert_eq!(answer.header("x-request-id").len(), 16, "{path}");
    }
    let personal = server.get("/e/orders/nobody/state").await;
    assert_eq!(personal.header("referrer-policy"), "no-referrer");
    let secure = Harness::start_at("https://pay.example.jp").await;
    let answer = secure.get("/healthz").await;
    assert!(answer.header("strict-transport-security").starts_with("max-age="));
}

#[tokio::test]
async fn mails_are_shown_only_where_nobody_else_can_look() {
    let server = Harness::start_at("https://pay.example.jp").await;
    assert_eq!(server.get("/dev/mail").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn forms_of_other_sites_are_refused_and_programs_are_not() {
    let server = Harness::start().await;
    let post = |path: &str, headers: &[(&str, &str)]| {
        let mut request = Request::post(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.body(Body::empty()).expect("a request")
    };
    let cross = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    for path in ["/", "/api/account/request_login"] {
        assert_eq!(server.send(post(path, &cross)).await.status, StatusCode::FORBIDDEN, "{path}");
    }
    assert_eq!(
        server.send(post("/webhooks/komoju", &cross)).await.status,
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(server.send(post("/api/v1/events", &cross)).await.status, StatusCode::UNAUTHORIZED);
}

async fn remember(Extension(session): Extension<Session>) {
    session.insert("user", 1).await.expect("a session");
}

async fn leave(Extension(session): Extension<Session>) {
    session.flush().await.expect("a session");
}

fn with_sessions(state: &AppState) -> Router {
    Router::new()
        .route("/remember", post(remember))
        .route("/look", post(async |State(_): State<AppState>| ()))
        .route("/leave", post(leave))
        .layer(from_fn_with_state(state.clone(), web_session::keep_age))
        .layer(web_session::layer(state))
        .layer(from_fn_with_state(state.clone(), origin_check::refuse_other_sites))
        .with_state(state.clone())
}

async fn cookie_of(router: &Router, path: &str, cookie: &str) -> String {
    let request = Request::post(path).header("cookie", cookie).body(Body::empty());
    let Ok(response) = router.clone().oneshot(request.expect("a request")).await;
    let cookie = response.headers().get("set-cookie").and_then(|it| it.to_str().ok());
    cookie.unwrap_or_default().to_owned()
}

#[tokio::test]
async fn the_session_cookie_is_kept_from_scripts_and_other_sites() {
    let server = Harness::start().await;
    let config = Config::read(&|_| Ok(None)).expect("a configuration");
    for (url, name, is_secure) in [
        ("http://127.0.0.1:3000", "eventpay=", false),
        ("https://pay.example.jp", "__Host-eventpay=", true),
    ] {
        let live = LiveHub::new(CancellationToken::new());
        let state = serve::state(&config, server.app.deps.clone(), url, live).expect("a state");
        let router = with_sessions(&state);
        assert_eq!(cookie_of(&router, "/look", "").await, "", "nothing is kept of who only looks");
        let cookie = cookie_of(&router, "/remember", "").await;
        assert!(cookie.starts_with(name), "{cookie}");
        for flag in ["HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=1209600"] {
            assert!(cookie.contains(flag), "{cookie}");
        }
        assert_eq!(cookie.contains("Secure"), is_secure, "{cookie}");
        let pair = cookie.split(';').next().expect("a pair").to_owned();
        let id = pair.split_once('=').expect("a pair").1;
        let kept = server
            .app
            .look("select string_agg(web_session_id || data::text, ' ') from web_sessions")
            .await;
        assert!(!kept.contains(id), "the table holds no id that signs in");
        let gone = cookie_of(&router, "/leave", &pair).await;
        assert!(gone.contains("Max-Age=0"), "{gone}");
        assert_eq!(server.app.look("select count(*)::text from web_sessions").await, "0");
    }
}

#[tokio::test]
async fn an_event_page_is_shared_but_its_secrets_are_not() {
    let server = Harness::start().await;
    let seller = server.seller(10, 1000).await;
    let path = format!("/e/{}", seller.slug);
    let secrets = |page: &str| {
        let between = |before: &str, after: &str| {
            let (_, rest) = page.split_once(before).expect("a secret");
            rest.split_once(after).expect("its end").0.to_owned()
        };
        (between("name=\"key\" value=\"", "\""), between("nonce=\"", "\""))
    };
    let (one, two) = (server.get(&path).await, server.get(&path).await);
    assert_eq!(one.status, StatusCode::OK);
    let ((key_1, nonce_1), (key_2, nonce_2)) = (secrets(&one.body), secrets(&two.body));
    assert_eq!((key_1.len(), key_2.len()), (32, 32));
    assert_ne!(key_1, key_2);
    assert_ne!(nonce_1, nonce_2);
    for (answer, nonce) in [(&one, &nonce_1), (&two, &nonce_2)] {
        let policy = answer.header("content-security-policy");
        assert!(policy.contains(&format!("'nonce-{nonce}'")), "{policy}");
    }
    // The same page but for the secrets: it was rendered once.
    let without = |page: &str, key: &str, nonce: &str| page.replace(key, "").replace(nonce, "");
    assert_eq!(without(&one.body, &key_1, &nonce_1), without(&two.body, &key_2, &nonce_2));
    // Another language is another page.
    let english = Request::get(&path).header("accept-language", "en").body(Body::empty());
    let english = server.send(english.expect("a request")).await;
    assert!(english.body.contains("lang=\"en\"") && one.body.contains("lang=\"ja\""));
}

#[tokio::test]
async fn a_shared_page_is_rendered_anew_after_a_commit() {
    let server = Harness::start().await;
    let seller = server.seller(1, 1000).await;
    let path = format!("/e/{}", seller.slug);
    assert!(server.get(&path).await.body.contains("name=\"key\""));
    let wish = serde_json::json!({
        "buyer": { "name": "Hanako", "email": "hanako@example.com" },
        "tickets": [{ "ticket_type": seller.ticket_type, "quantity": 1 }],
    });
    let orders = format!("/api/v1/events/{}/orders", seller.event);
    let placed = server.call(&seller, http::Method::POST, &orders, &wish).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    // Well within the second that an unchanged page would be kept.
    assert!(!server.get(&path).await.body.contains("name=\"key\""));
}

/// Who bears the fees is shown beside the price from the moment it is said, on the page that all readers share.
#[tokio::test]
async fn a_participants_fee_is_on_the_shared_page_at_once() {
    use domain::fees::{Bearer, FeeRule, Party};
    use domain::money::Currency;
    use domain::tax::TaxRate;
    use operations::access::{administrator_access, member_access};
    use operations::fees::{set_bearer, set_rule};

    let server = Harness::start().await;
    let seller = server.seller(10, 3000).await;
    let path = format!("/e/{}", seller.slug);
    let fee = "手数料 ¥110";
    assert!(!server.get(&path).await.body.contains(fee));
    let sql = "update users set is_administrator = true";
    testkit::database::run(&server.app.database_url, sql).await;
    let user = server.app.look("select user_id from users").await.parse().expect("a user");
    let user = domain::ids::Id::from_uuid(user);
    let deps = &server.app.deps;
    let administrator = administrator_access(deps, user).await.expect("an administrator");
    let rule = FeeRule {
        party: Party::Platform,
        method: None,
        rate_basis_points: 0,
        fixed_minor: 100,
        minimum_minor: 0,
        tax_rate: TaxRate::STANDARD,
    };
    set_rule(deps, &administrator, None, Currency::JPY, rule).await.expect("a rule");
    assert!(!server.get(&path).await.body.contains(fee), "the organizer bears it");
    let access = member_access(deps, user, seller.organizer).await.expect("a member");
    set_bearer(deps, &access, seller.event, Bearer::Participant).await.expect("set");
    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
    let page = server.get(&path).await.body;
    assert!(page.contains(fee), "beside the price");
    assert!(page.contains("¥3,110"), "in the sum of the one that is chosen already");
}
