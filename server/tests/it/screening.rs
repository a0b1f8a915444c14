//! Orders that look unusual, at the doors: what programs, participants and organizers are told, and who believes which
//! header.

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use operations::demo::DemoEvent;
use serde_json::{Value, json};
use server::config::Config;
use server::routes::live::LiveHub;
use server::{router, serve};
use testkit::database;
use tokio_util::sync::CancellationToken;

use crate::harness::{Answer, Harness};
use crate::refunds::Visitor;

/// Throw-away mail alone is enough to be looked at.
async fn be_strict(server: &Harness) {
    let sql = "update organizers set screening_review_at = 300";
    database::run(&server.app.database_url, sql).await;
}

async fn place(server: &Harness, seller: &DemoEvent) -> Value {
    let wish = json!({
        "buyer": {"name": "仮名 太郎", "email": "x@mailinator.com"},
        "tickets": [{"ticket_type": seller.ticket_type, "quantity": 1}],
    });
    let path = format!("/api/v1/events/{}/orders", seller.event);
    let placed = server.call(seller, Method::POST, &path, &wish).await;
    assert_eq!(placed.status, StatusCode::CREATED, "{}", placed.body);
    placed.json()
}

async fn log_in<'a>(server: &'a Harness, seller: &DemoEvent) -> Visitor<'a> {
    let mut visitor = Visitor::new(server);
    let token = seller.login_url.split("token=").nth(1).unwrap_or_default();
    visitor.post("/api/account/confirm_login", &format!("token={token}")).await;
    visitor
}

#[tokio::test]
async fn a_held_back_order_is_told_to_programs_and_people_and_decided_by_form() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    be_strict(&server).await;
    let placed = place(&server, &seller).await;
    assert_eq!(
        (&placed["held_back"], &placed["pay_url"]),
        (&json!("payment_under_review"), &Value::Null)
    );
    let status = placed["status_url"].as_str().expect("a page");
    let status = status.strip_prefix("http://127.0.0.1:3000").expect("a page of ours");
    let token = status.rsplit('/').next().expect("a token");
    let mut buyer = Visitor::new(&server);
    let page = buyer.get(status).await;
    assert!(page.body.contains("お支払いのご案内をお待ちください"), "{}", page.body);
    // Who tries stolen cards is not told by what they were noticed.
    for told in ["payment_under_review", "確認", "使い捨て", "/api/payments/start"] {
        assert!(!page.body.contains(told), "{told}: {}", page.body);
    }
    let tried = buyer.send("/api/payments/start", &format!("token={token}")).await;
    assert_eq!(tried.header("location"), status, "no way to the provider");

    let mut organizer = log_in(&server, &seller).await;
    let path = format!("/o/events/{}/screenings", seller.event);
    let queue = organizer.get(&path).await;
    assert!(queue.body.contains("使い捨てのメールアドレスです（+0.3）"), "{}", queue.body);
    let decide = |verdict: &str| {
        format!(
            "event={}&order={}&verdict={verdict}",
            seller.event,
            placed["id"].as_str().unwrap_or_default()
        )
    };
    let done = organizer.post("/api/screenings/decide", &decide("approve")).await;
    assert!(done.body.contains("申込みを通しました"), "{}", done.body);
    let again = organizer.post("/api/screenings/decide", &decide("deny")).await;
    assert!(again.body.contains("すでに決まっています"), "{}", again.body);
    assert!(buyer.get(status).await.body.contains("/api/payments/start"));
    let strange = server.seller(5, 3000).await;
    let mut stranger = log_in(&server, &strange).await;
    let refused = stranger.send("/api/screenings/decide", &decide("approve")).await;
    assert_eq!(refused.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.get(&path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn thresholds_that_cannot_be_used_come_back_with_what_was_typed() {
    let server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let mut organizer = log_in(&server, &seller).await;
    let form = "sensitivity=strict&review_at=0.7&block_above=0.65";
    let refused = organizer.post("/api/screenings/tune", form).await;
    assert!(refused.body.contains("確認にまわす注意度より小さくはできません"), "{}", refused.body);
    assert!(refused.body.contains("value=\"0.65\""));
    let saved = organizer
        .post("/api/screenings/tune", "sensitivity=strict&review_at=０．４&block_above=.9")
        .await;
    assert!(saved.body.contains("設定を変えました"), "{}", saved.body);
    let kept =
        "select screening_sensitivity || ' ' || screening_review_at || ' ' || screening_block_above
                from organizers where screening_sensitivity <> 'normal'";
    assert_eq!(server.app.look(kept).await, "strict 400 900");
}

async fn order_from_abroad(server: &Harness, seller: &DemoEvent) -> Answer {
    let slug = format!("select slug from events where event_id = '{}'", uuid_of(seller));
    let slug = server.app.look(&slug).await;
    let form = format!(
        "event={slug}&quantity[{}]=1&buyer_name=x&buyer_email=x%40mailinator.com",
        seller.ticket_type
    );
    let request = Request::post("/api/orders/place")
        .header("cf-ipcountry", "US")
        .header(header::ACCEPT, "text/html")
        .header(header::REFERER, "http://127.0.0.1:3000/")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .expect("a request");
    server.send(request).await
}

fn uuid_of(seller: &DemoEvent) -> uuid::Uuid {
    domain::ids::Id::uuid(seller.event)
}

/// The country counts where it was configured, behind a proxy that is trusted, and nowhere else.
#[tokio::test]
async fn anybody_may_say_where_they_are_and_only_the_trusted_proxy_is_believed() {
    let mut server = Harness::start().await;
    let seller = server.seller(5, 3000).await;
    let unbelieved = order_from_abroad(&server, &seller).await;
    assert!(unbelieved.header("location").contains("/sessions/"), "{unbelieved:?}");
    let environment = |name: &str| {
        Ok(match name {
            "EVENTPAY_TRUST_PROXY" => Some("true".to_owned()),
            "EVENTPAY_COUNTRY_HEADER" => Some("CF-IPCountry".to_owned()),
            _ => None,
        })
    };
    let config = Config::read(&environment).expect("a configuration");
    let live = LiveHub::new(CancellationToken::new());
    let state = serve::state(&config, server.app.deps.clone(), "http://127.0.0.1:3000", live);
    server.router = router::router(&state.expect("a state"));
    let believed = order_from_abroad(&server, &seller).await;
    assert!(believed.header("location").contains("/e/orders/"), "{believed:?}");
    let reasons = "select string_agg(r->>'signal', ' ' order by r->>'signal') from screenings, jsonb_array_elements(reasons) r
                   where decision = 'review'";
    assert_eq!(server.app.look(reasons).await, "country disposable_mail");
}

#[test]
fn a_country_without_a_trusted_proxy_is_a_mistake() {
    let alone =
        |name: &str| Ok((name == "EVENTPAY_COUNTRY_HEADER").then(|| "CF-IPCountry".to_owned()));
    let problems = Config::read(&alone).expect_err("nobody could be believed");
    assert!(problems.to_string().contains("EVENTPAY_COUNTRY_HEADER"), "{problems}");
}
