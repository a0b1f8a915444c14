//! The REST API: who may do what, what is answered, and what happens once.

use http::{Method, StatusCode};
use operations::access::api_key_access;
use operations::api_keys::{Scope, create_api_key, revoke_api_key};
use operations::demo::DemoEvent;
use operations::orders::confirm_address::set_asked_by;
use serde_json::{Value, json};
use server::routes::api::document::document;
use server::routes::api::{PREFIX, ROUTES};

use crate::harness::Harness;
use crate::refunds::Visitor;

fn wish(seller: &DemoEvent) -> Value {
    json!({
        "buyer": {"name": "山田 花子", "email": "hanako@example.com"},
        "tickets": [{"ticket_type": seller.ticket_type, "quantity": 1}],
    })
}

fn orders(seller: &DemoEvent) -> String {
    format!("/api/v1/events/{}/orders", seller.event)
}

#[tokio::test]
async fn an_order_is_placed_paid_read_and_refunded() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let placed = server.call(&seller, Method::POST, &orders(&seller), &wish(&seller)).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    let placed = placed.json();
    assert_eq!((&placed["status"], &placed["amount"]), (&json!("pending"), &json!(3000)));
    let pay_url = placed["pay_url"].as_str().expect("a page to pay on");
    server.app.pay_by_card(pay_url).await;
    server.app.until("select status from orders", "paid").await;
    let path = format!("/api/v1/orders/{}", placed["id"].as_str().expect("an id"));
    let order = server.call(&seller, Method::GET, &path, &json!({})).await.json();
    assert_eq!((&order["status"], &order["pay_url"]), (&json!("paid"), &Value::Null));
    assert_eq!(order["payments"][0]["status"], "captured");
    let payment = order["payments"][0]["id"].as_str().expect("a payment");
    let refunds = format!("/api/v1/payments/{payment}/refunds");
    let part = server.call(&seller, Method::POST, &refunds, &json!({"amount": 1000})).await;
    assert_eq!(part.status, StatusCode::CREATED, "{}", part.body);
    let too_much = server.call(&seller, Method::POST, &refunds, &json!({"amount": 2001})).await;
    assert_eq!(
        (too_much.status.as_u16(), too_much.code().as_str()),
        (422, "refund_exceeds_captured")
    );
    server.app.until("select status from refunds", "succeeded").await;
    let order = server.call(&seller, Method::GET, &path, &json!({})).await.json();
    assert_eq!(order["refunded"], 1000);
    let path = format!("/api/v1/events/{}/summary", seller.event);
    let summary = server.call(&seller, Method::GET, &path, &json!({})).await.json();
    assert_eq!((&summary["collected"], &summary["refunded"]), (&json!(2000), &json!(1000)));
    let balances = server.call(&seller, Method::GET, "/api/v1/ledger/balances", &json!({})).await;
    assert!(!balances.json()["data"].as_array().expect("balances").is_empty());
    server.app.check().await;
}

#[tokio::test]
async fn an_event_is_created_given_a_ticket_type_and_published() {
    let server = Harness::start().await;
    let seller = server.seller(1, 0).await;
    let form = json!({"title": "Party", "starts_at": "2099-12-18T10:00:00Z", "ends_at": "2099-12-18T12:00:00Z"});
    let made = server.call(&seller, Method::POST, "/api/v1/events", &form).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    let location = made.header("location").to_owned();
    assert_eq!(made.json()["starts_at"], "2099-12-18T10:00:00Z");
    let publish = format!("{location}/publish");
    let early = server.call(&seller, Method::POST, &publish, &json!({})).await;
    assert_eq!((early.status.as_u16(), early.code().as_str()), (422, "not_publishable"));
    let kind = json!({"name": "Standard", "price": 5500, "quota": 20});
    let kinds = format!("{location}/ticket_types");
    let kind = server.call(&seller, Method::POST, &kinds, &kind).await;
    assert_eq!(kind.status, StatusCode::CREATED, "{}", kind.body);
    let live = server.call(&seller, Method::POST, &publish, &json!({})).await;
    assert_eq!((live.status.as_u16(), &live.json()["status"]), (200, &json!("published")));
    let read = server.call(&seller, Method::GET, &location, &json!({})).await.json();
    assert_eq!(read["ticket_types"][0]["available"], 20);
}

#[tokio::test]
async fn only_a_working_key_opens_the_api() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let path = format!("/api/v1/events/{}", seller.event);
    let without = server.get(&path).await;
    assert_eq!((without.status.as_u16(), without.code().as_str()), (401, "unauthorized"));
    assert!(without.header("www-authenticate").starts_with("Bearer"));
    for key in ["", "ek_live_wrong", "日本語", &"k".repeat(5000)] {
        let stranger = DemoEvent { api_key: key.to_owned(), ..seller.clone() };
        let answer = server.call(&stranger, Method::GET, &path, &json!({})).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{key}");
    }
    let (access, _) = api_key_access(&server.app.deps, &seller.api_key).await.expect("access");
    let domain_key = access.actor().id().expect("a key's id");
    let key = domain::ids::Id::from_uuid(domain_key);
    let owner = server.owner(&seller).await;
    revoke_api_key(&server.app.deps, &owner, key).await.expect("revoked");
    let revoked = server.call(&seller, Method::GET, &path, &json!({})).await;
    assert_eq!(revoked.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_nothing_else() {
    let server = Harness::start().await;
    let mut seller = server.seller(5, 3000).await;
    let access = server.owner(&seller).await;
    let reader = create_api_key(
        &server.app.deps,
        &access,
        "reader",
        &[Scope::OrdersRead],
        operations::api_keys::KeyLife::Endless,
    )
    .await;
    seller.api_key = reader.expect("a key").secret;
    let may = server.call(&seller, Method::GET, &orders(&seller), &json!({})).await;
    assert_eq!(may.status, StatusCode::OK);
    let may_not = server.call(&seller, Method::POST, &orders(&seller), &wish(&seller)).await;
    assert_eq!((may_not.status.as_u16(), may_not.code().as_str()), (403, "missing_scope"));
    assert!(may_not.body.contains("orders:write"));
}

#[tokio::test]
async fn what_belongs_to_another_organizer_does_not_exist() {
    let server = Harness::start().await;
    let (mine, other) = (server.seller(5, 3000).await, server.seller(5, 3000).await);
    let placed = server.call(&other, Method::POST, &orders(&other), &wish(&other)).await.json();
    let order = format!("/api/v1/orders/{}", placed["id"].as_str().expect("an id"));
    let event = format!("/api/v1/events/{}", other.event);
    for path in [order, event.clone(), orders(&other), format!("{event}/summary")] {
        let answer = server.call(&mine, Method::GET, &path, &json!({})).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{path}");
    }
    let order = server.call(&mine, Method::POST, &orders(&other), &wish(&other)).await;
    assert_eq!(order.status, StatusCode::NOT_FOUND);
    let publish = format!("{event}/publish");
    assert_eq!(server.call(&mine, Method::POST, &publish, &json!({})).await.status, 404);
}

#[tokio::test]
async fn the_same_key_and_body_has_one_effect_and_one_answer() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let post = (Method::POST, orders(&seller));
    let body = wish(&seller).to_string();
    let key = [("idempotency-key", "first")];
    let send = |body: String| {
        let (server, seller, post) = (&server, &seller, &post);
        async move { server.call_with(seller, (post.0.clone(), &post.1), &body, &key).await }
    };
    let first = send(body.clone()).await;
    let again = send(body.clone()).await;
    assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 201));
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotent-replayed"), "true");
    assert_eq!(again.header("location"), first.header("location"));
    let other = send(body.replace("hanako", "taro")).await;
    assert_eq!((other.status.as_u16(), other.code().as_str()), (422, "idempotency_key_reused"));
    assert_eq!(server.app.look("select count(*)::text from orders").await, "1");
    for key in ["", &"k".repeat(101), "日本語"] {
        let headers = [("idempotency-key", key)];
        let answer = server.call_with(&seller, (Method::POST, &post.1), &body, &headers).await;
        assert_eq!(answer.code(), "malformed_idempotency_key", "{key}");
    }
}

#[tokio::test]
async fn requests_with_one_key_at_the_same_time_make_one_order() {
    let server = Harness::start().await;
    let seller = server.seller(50, 3000).await;
    let (path, body) = (orders(&seller), wish(&seller).to_string());
    let key = [("idempotency-key", "crowd")];
    let crowd = (0..12).map(|_| server.call_with(&seller, (Method::POST, &path), &body, &key));
    let answers = futures::future::join_all(crowd).await;
    for answer in &answers {
        let is_fine = answer.status == 201 || answer.code() == "idempotency_key_in_use";
        assert!(is_fine, "{} {}", answer.status, answer.body);
    }
    assert_eq!(server.app.look("select count(*)::text from orders").await, "1");
}

#[tokio::test]
async fn a_passing_refusal_leaves_the_key_free() {
    let server = Harness::start().await;
    let seller = server.seller(1, 0).await;
    let (path, body) = (orders(&seller), wish(&seller).to_string());
    let first = server.call_with(&seller, (Method::POST, &path), &body, &[]).await;
    assert_eq!(first.status, StatusCode::CREATED);
    let key = [("idempotency-key", "late")];
    for _ in 0..2 {
        let late = server.call_with(&seller, (Method::POST, &path), &body, &key).await;
        assert_eq!((late.status.as_u16(), late.code().as_str()), (409, "sold_out"));
        assert_eq!(late.header("idempotent-replayed"), "");
    }
}

#[tokio::test]
async fn a_long_list_is_walked_page_by_page() {
    let server = Harness::start().await;
    let seller = server.seller(20, 0).await;
    for _ in 0..5 {
        server.call(&seller, Method::POST, &orders(&seller), &wish(&seller)).await;
    }
    let mut seen = Vec::new();
    let mut path = format!("{}?limit=2", orders(&seller));
    loop {
        let page = server.call(&seller, Method::GET, &path, &json!({})).await.json();
        let ids = page["data"].as_array().expect("rows").iter();
        seen.extend(ids.map(|it| it["id"].as_str().expect("an id").to_owned()));
        match page["next"].as_str() {
            Some(next) => path = format!("{}?limit=2&after={next}", orders(&seller)),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    assert!(seen.is_sorted_by(|a, b| a > b), "newest first, each once: {seen:?}");
}

#[tokio::test]
async fn problems_speak_the_readers_language() {
    let server = Harness::start().await;
    let seller = server.seller(1, 0).await;
    let path = "/api/v1/orders/ord_0";
    let english = server.call(&seller, Method::GET, path, &json!({})).await;
    assert_eq!(english.json()["title"], "Not found");
    assert_eq!(english.header("content-type"), "application/problem+json");
    assert_eq!(english.json()["request_id"], english.header("x-request-id"));
    let request = http::Request::get(path)
        .header("authorization", format!("Bearer {}", seller.api_key))
        .header("accept-language", "ja");
    let japanese = server.send(request.body(axum::body::Body::empty()).expect("one")).await;
    assert_eq!(japanese.json()["title"], "見つかりません");
}

#[tokio::test]
async fn the_document_lists_every_route_and_only_those() {
    let server = Harness::start().await;
    assert_eq!(server.get("/api/openapi.json").await.json(), document());
    assert_eq!(document()["openapi"], "3.1.0");
    let seller = server.seller(1, 0).await;
    let paths = document()["paths"].as_object().expect("paths").clone();
    let mut documented: Vec<&str> = paths.keys().map(String::as_str).collect();
    let mut routed: Vec<String> =
        ROUTES.iter().map(|(path, _)| format!("{PREFIX}{path}")).collect();
    documented.sort_unstable();
    routed.sort();
    assert_eq!(documented, routed);
    for (path, operations) in &paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let is_documented = operations.get(method.to_lowercase()).is_some();
            let method: Method = method.parse().expect("a method");
            let path = path.replace("{id}", "x");
            let answer = server.call(&seller, method.clone(), &path, &json!({})).await;
            let is_routed = answer.status != StatusCode::METHOD_NOT_ALLOWED;
            assert_eq!(is_documented, is_routed, "{method} {path}: {}", answer.status);
        }
    }
}

/// Orders over the API are not asked; those of the event's page are, and programs see which wait.
#[tokio::test]
async fn an_order_that_waits_for_a_confirmed_address_says_so() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let access = server.owner(&seller).await;
    set_asked_by(&server.app.deps, &access, seller.event, true).await.expect("a switch");
    server.call(&seller, Method::POST, &orders(&seller), &wish(&seller)).await;
    let form = format!(
        "event={}&quantity[{}]=1&buyer_name=x&buyer_email=x%40example.com",
        seller.slug, seller.ticket_type
    );
    Visitor::new(&server).send("/api/orders/place", &form).await;
    let list =
        async || server.call(&seller, Method::GET, &orders(&seller), &json!({})).await.json();
    let waiting = |list: &Value| {
        [list["data"][0]["unconfirmed"].clone(), list["data"][1]["unconfirmed"].clone()]
    };
    let found = list().await;
    assert_eq!(waiting(&found), [json!(true), json!(false)], "{found}");
    let path = format!("/api/v1/orders/{}", found["data"][0]["id"].as_str().expect("an id"));
    let order = server.call(&seller, Method::GET, &path, &json!({})).await.json();
    assert_eq!(order["unconfirmed"], true, "{order}");
    let cancel = format!("{path}/cancel");
    let cancelled = server.call(&seller, Method::POST, &cancel, &json!({})).await;
    assert!(cancelled.status.is_success(), "{}", cancelled.body);
    assert_eq!(
        waiting(&list().await),
        [json!(false), json!(false)],
        "what ended waits for nothing"
    );
}
