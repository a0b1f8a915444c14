//! Live pages: who may listen, what is told first, and what follows.

use std::time::Duration;

use axum::body::Body;
use domain::ids::Id as _;
use futures::StreamExt as _;
use http::{Request, StatusCode};
use operations::events::live_token;
use testkit::story::{Sale, on_sale};
use tower::ServiceExt as _;

use crate::harness::Harness;

/// The second at which the browsers of these tests signed in.
const SIGNED_IN_AT: i64 = 1_763_856_000;

/// The key of a page in a browser where the seller is signed in.
async fn token(server: &Harness, sale: &Sale) -> String {
    let sql = format!(
        "insert into web_sessions (web_session_id, data, expires_at, user_id)
         values ('{0}', '{{\"signed_in_at\": {SIGNED_IN_AT}}}', now() + interval '1 day', '{0}')",
        sale.user.uuid()
    );
    testkit::database::run(&server.app.database_url, &sql).await;
    let access = sale.access(&server.app).await;
    let token = live_token::issue(&server.app.deps, &access, sale.event, SIGNED_IN_AT);
    token.expect("a token")
}

#[tokio::test]
async fn only_a_member_with_a_fresh_token_listens() {
    let server = Harness::start().await;
    let (sale, other) = (on_sale(&server.app, 3000, 5).await, on_sale(&server.app, 3000, 5).await);
    let token = token(&server, &sale).await;
    let path = |event, token: &str| format!("/live/events/{event}/snapshot?token={token}");
    let mine = server.get(&path(sale.event, &token)).await;
    assert_eq!((mine.status.as_u16(), &mine.json()["collected_minor"]), (200, &0.into()));
    assert_eq!(server.get(&path(other.event, &token)).await.status, StatusCode::FORBIDDEN);
    assert_eq!(server.get(&path(sale.event, "")).await.status, StatusCode::FORBIDDEN);
    let forged = token.replace("org_", "org_0");
    assert_eq!(server.get(&path(sale.event, &forged)).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_stream_begins_with_the_state_and_tells_each_change() {
    let server = Harness::start().await;
    let sale = on_sale(&server.app, 3000, 5).await;
    let token = token(&server, &sale).await;
    let request = Request::get(format!("/live/events/{}?token={token}", sale.event));
    let request = request.header("last-event-id", "5").body(Body::empty()).expect("a request");
    let Ok(response) = server.router.clone().oneshot(request).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        let chunk = tokio::time::timeout(Duration::from_secs(10), stream.next()).await;
        let chunk = chunk.expect("in time").expect("no end").expect("no error");
        String::from_utf8_lossy(&chunk).into_owned()
    };
    assert!(next().await.contains("\"unpaid_minor\":0"));
    sale.order(&server.app, 1).await;
    server.live.announce(Some(sale.event.uuid()));
    let change = next().await;
    assert!(
        change.contains("event: summary") && change.contains("\"unpaid_minor\":3000"),
        "{change}"
    );
}

/// Who is removed hears nothing of the next change: the stream ends, and no other begins.
#[tokio::test]
async fn an_open_stream_ends_with_the_membership() {
    let server = Harness::start().await;
    let sale = on_sale(&server.app, 3000, 5).await;
    let token = token(&server, &sale).await;
    let path = format!("/live/events/{}?token={token}", sale.event);
    let request = Request::get(&path).body(Body::empty()).expect("a request");
    let Ok(response) = server.router.clone().oneshot(request).await;
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        let chunk = tokio::time::timeout(Duration::from_secs(10), stream.next()).await;
        chunk.expect("in time").map(|it| it.expect("no error"))
    };
    assert!(next().await.is_some());
    // Another owner stays; the rules of the table want one.
    let sql = format!(
        "insert into users (user_id, email, email_key, created_at)
             values (gen_random_uuid(), 'other@example.com', 'other@example.com', now());
         insert into members (organizer_id, user_id, role, created_at)
             select organizer_id, (select user_id from users where email = 'other@example.com'), 'owner', now()
             from members where user_id = '{0}';
         delete from members where user_id = '{0}'",
        sale.user.uuid()
    );
    testkit::database::run(&server.app.database_url, &sql).await;
    server.live.announce(Some(sale.event.uuid()));
    assert_eq!(next().await, None, "the end, and no news");
    assert_eq!(server.get(&path).await.status, StatusCode::FORBIDDEN);
}

/// A copied browser that is signed out hears nothing either, though its person is a member still.
#[tokio::test]
async fn an_open_stream_ends_with_the_login() {
    let server = Harness::start().await;
    let sale = on_sale(&server.app, 3000, 5).await;
    let token = token(&server, &sale).await;
    let path = format!("/live/events/{}?token={token}", sale.event);
    let request = Request::get(&path).body(Body::empty()).expect("a request");
    let Ok(response) = server.router.clone().oneshot(request).await;
    let mut stream = response.into_body().into_data_stream();
    let mut next = async || {
        let chunk = tokio::time::timeout(Duration::from_secs(10), stream.next()).await;
        chunk.expect("in time").map(|it| it.expect("no error"))
    };
    assert!(next().await.is_some());
    // Signed in elsewhere, at another second.
    let sql = "update web_sessions set data = '{\"signed_in_at\": 1}'";
    testkit::database::run(&server.app.database_url, sql).await;
    server.live.announce(Some(sale.event.uuid()));
    assert_eq!(next().await, None, "the end, and no news");
    assert_eq!(server.get(&path).await.status, StatusCode::FORBIDDEN);
}
