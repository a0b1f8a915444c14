//! Who comes too often is told to wait, at every door, by the table.

mod shared;
mod stores;

use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request, StatusCode, header};
use operations::demo::DemoEvent;
use server::limits::table::{RULES, Rule, Who, rule_for};
use server::limits::{Verdict, Visit};
use server::routes::api::{PREFIX, ROUTES};

use crate::harness::{Answer, Harness};
use crate::refunds::Visitor;

const ADDRESS: &str = "203.0.113.9";
/// Doors beside the functions of forms and the API.
const FILES: [(Method, &str); 14] = [
    (Method::GET, "/o/login/return/google"),
    (Method::GET, "/o/login/passkey"),
    (Method::POST, "/o/events/evt_x/cover"),
    (Method::POST, "/o/disputes/dsp_x/files"),
    (Method::POST, "/o/money/statements/upload"),
    (Method::GET, "/o/events/evt_x/orders.csv"),
    (Method::GET, "/o/audit.csv"),
    (Method::GET, "/o/orders/ord_x/data.json"),
    (Method::GET, "/e/orders/x/data.json"),
    (Method::GET, "/o/payouts/pyo_x/statement.csv"),
    (Method::GET, "/admin/payouts/files/pof_x"),
    (Method::GET, "/o/account/data.json"),
    (Method::GET, "/o/events/evt_x/share.svg"),
    (Method::GET, "/o/disputes/dsp_x/files/evd_x"),
];

/// Every door, with every method that could mean something there.
fn doors() -> Vec<(Method, String)> {
    let forms =
        leptos::server_fn::axum::server_fn_paths().map(|(path, method)| (method, path.to_owned()));
    let api = ROUTES.iter().flat_map(|(path, _)| {
        let path = format!("{PREFIX}{}", path.replace("{id}", "x"));
        [Method::GET, Method::POST, Method::DELETE].map(|method| (method, path.clone()))
    });
    let files = FILES.iter().map(|(method, path)| (method.clone(), (*path).to_owned()));
    forms.chain(api).chain(files).collect()
}

fn doors_of(rule: &'static Rule) -> Vec<(Method, String)> {
    let is_api = |path: &str| path.starts_with(PREFIX);
    let is_its = |(method, path): &(Method, String)| {
        let is_by_key = rule.who == Who::Key;
        is_api(path) == is_by_key
            && rule_for(rule.who, method, path).is_some_and(|it| std::ptr::eq(it, rule))
    };
    doors().into_iter().filter(is_its).collect()
}

#[test]
fn no_door_that_changes_something_is_without_a_limit() {
    for (method, path) in doors() {
        let is_limited = if path.starts_with(PREFIX) {
            rule_for(Who::Key, &method, &path).is_some()
        } else {
            method == Method::GET
                || (rule_for(Who::Address, &method, &path).is_some()
                    && rule_for(Who::Account, &method, &path).is_some())
        };
        assert!(is_limited, "{method} {path}");
    }
}

#[test]
fn doors_to_money_refuse_when_nobody_can_count() {
    for (method, path) in doors() {
        let words = [
            "orders/place",
            "payments/",
            "refunds/",
            "payouts",
            "cancel",
            "transfers",
            "statements/",
            "alerts/",
        ];
        let is_mail = path.contains("/mail_");
        let is_about_money =
            words.iter().any(|it| path.contains(it)) && !path.contains("cancel_polic");
        if method == Method::GET || !is_about_money || is_mail {
            continue;
        }
        let kinds = [Who::Address, Who::Account, Who::Key];
        let is_money =
            kinds.iter().filter_map(|who| rule_for(*who, &method, &path)).any(|it| it.is_money);
        assert!(is_money, "{method} {path}");
    }
    for (method, path) in doors().iter().filter(|(_, path)| path.starts_with(PREFIX)) {
        let rule = rule_for(Who::Key, method, path).expect("a rule");
        assert_eq!(rule.is_money, *method != Method::GET, "{method} {path}");
    }
}

/// Somebody who came as often as they may.
async fn use_up(server: &Harness, rule: &'static Rule, who: &str) {
    for _ in 0..server.limits.n_max(rule) {
        let visit = Visit { rule, who: who.to_owned() };
        assert_eq!(server.limits.count(&[visit]).await, Verdict::Go, "{}", rule.name);
    }
}

/// The same, whatever came before: a window may have ended meanwhile.
async fn overdo(server: &Harness, rule: &'static Rule, who: &str) {
    for _ in 0..=server.limits.n_max(rule) {
        server.limits.count(&[Visit { rule, who: who.to_owned() }]).await;
    }
}

struct Caller<'a> {
    address: &'a str,
    cookie: &'a str,
    lang: &'a str,
}

async fn knock(server: &Harness, (method, path): (&Method, &str), caller: &Caller<'_>) -> Answer {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::COOKIE, caller.cookie)
        .header(header::ACCEPT_LANGUAGE, caller.lang)
        .header(header::ACCEPT, "text/html")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::empty())
        .expect("a request");
    let peer = std::net::SocketAddr::new(caller.address.parse().expect("an address"), 4000);
    request.extensions_mut().insert(ConnectInfo(peer));
    server.send(request).await
}

fn is_a_clear_refusal(answer: &Answer, rule: &Rule, shown: &str) {
    assert_eq!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{shown}");
    let wait: u64 = answer.header("retry-after").parse().expect("seconds to wait");
    assert!(wait >= 1 && wait <= rule.window.as_secs(), "{shown}: {wait}");
}

#[tokio::test]
async fn every_cell_of_the_table_refuses_and_nobody_else_is_touched() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let mut organizer = Visitor::new(&server);
    let login = seller.login_url.split("token=").nth(1).unwrap_or_default();
    organizer.post("/api/account/confirm_login", &format!("token={login}")).await;
    let user = server.app.look("select user_id::text from users").await;
    let key = server.app.look("select api_key_id::text from api_keys").await;
    let user: domain::ids::UserId = domain::ids::Id::from_uuid(user.parse().expect("an id"));
    for rule in RULES {
        let doors = doors_of(rule);
        // A wrong key is no door.
        assert!(!doors.is_empty() || rule.name == "api_wrong_key", "{} limits no door", rule.name);
        let who = match rule.who {
            Who::Address => ADDRESS.to_owned(),
            Who::Account => user.to_string(),
            Who::Key => key.clone(),
        };
        use_up(&server, rule, &who).await;
        for (method, path) in doors {
            let shown = format!("{}: {method} {path}", rule.name);
            if rule.who == Who::Key {
                by_key(&server, &seller, (rule, &who), (&method, &path)).await;
                continue;
            }
            let cookie = if rule.who == Who::Account { organizer.cookie() } else { "" };
            let address = if rule.who == Who::Address { ADDRESS } else { "198.51.100.1" };
            overdo(&server, rule, &who).await;
            let japanese = Caller { address, cookie, lang: "ja" };
            let answer = knock(&server, (&method, &path), &japanese).await;
            is_a_clear_refusal(&answer, rule, &shown);
            assert!(answer.body.contains("後にもう一度お試しください"), "{shown}: {}", answer.body);
            let english = Caller { lang: "en", ..japanese };
            let answer = knock(&server, (&method, &path), &english).await;
            assert!(answer.body.contains("Too many attempts. Please try again in"), "{shown}");
            let other = Caller { address: "198.51.100.77", cookie: "", lang: "en" };
            let answer = knock(&server, (&method, &path), &other).await;
            assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{shown}: somebody else");
        }
    }
}

async fn by_key(
    server: &Harness,
    seller: &DemoEvent,
    (rule, key): (&'static Rule, &str),
    (method, path): (&Method, &str),
) {
    let shown = format!("{}: {method} {path}", rule.name);
    let mut answer;
    let since = Instant::now();
    loop {
        overdo(server, rule, key).await;
        answer = server.call_with(seller, (method.clone(), path), "{}", &[]).await;
        // Windows of the API last a second, and a busy machine may sleep over one.
        let is_refused = answer.status == StatusCode::TOO_MANY_REQUESTS;
        if is_refused || since.elapsed() > Duration::from_secs(60) {
            break;
        }
    }
    is_a_clear_refusal(&answer, rule, &shown);
    assert_eq!(answer.code(), "too_many_requests", "{shown}");
    assert!(answer.body.contains("Please try again in a second"), "{shown}: {}", answer.body);
}

/// Who has no account is not counted as one: what the rows of addresses allow, a crowd behind one address gets.
#[tokio::test]
async fn a_crowd_behind_one_address_gets_all_that_its_row_allows() {
    let server = Harness::start().await;
    let path = "/api/orders/quote";
    let quote = rule_for(Who::Address, &Method::POST, path).expect("a rule");
    let account = rule_for(Who::Account, &Method::POST, path).expect("a rule");
    // More than one account may send.
    for who in [ADDRESS, "unknown"] {
        overdo(&server, account, who).await;
    }
    let buyer = Caller { address: ADDRESS, cookie: "", lang: "ja" };
    for n in 0..50 {
        let answer = knock(&server, (&Method::POST, path), &buyer).await;
        assert_ne!(answer.status, StatusCode::TOO_MANY_REQUESTS, "{n}");
    }
    overdo(&server, quote, ADDRESS).await;
    let answer = knock(&server, (&Method::POST, path), &buyer).await;
    is_a_clear_refusal(&answer, quote, path);
}

#[tokio::test]
async fn guessing_keys_is_slowed_down_and_working_keys_are_not() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let guess = async |address: &str| {
        let mut request = Request::get("/api/v1/ledger/balances")
            .header(header::AUTHORIZATION, "Bearer sk_wrong")
            .body(Body::empty())
            .expect("a request");
        let peer = std::net::SocketAddr::new(address.parse().expect("an address"), 4000);
        request.extensions_mut().insert(ConnectInfo(peer));
        server.send(request).await
    };
    for _ in 0..120 {
        assert_eq!(guess(ADDRESS).await.status, StatusCode::UNAUTHORIZED);
    }
    let refused = guess(ADDRESS).await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|it| (1..=60).contains(&it)));
    assert_eq!(guess("198.51.100.1").await.status, StatusCode::UNAUTHORIZED);
    let path = "/api/v1/ledger/balances";
    let works = server.call(&seller, Method::GET, path, &serde_json::json!({})).await;
    assert_eq!(works.status, StatusCode::OK, "{}", works.body);
}
