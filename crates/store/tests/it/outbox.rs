//! What is announced: everything that was committed since, however long its transaction took.

use std::time::Duration;

use domain::ids::{EventId, Id, OrganizerId};
use serde_json::json;
use store::db::{Db, Listener};
use store::outbox::{self, LIVE_CHANNEL, NewMessage};
use testkit::database;
use time::OffsetDateTime;
use tokio::time::timeout;
use uuid::Uuid;

/// Two events, by number.
async fn events() -> Db {
    let (db, url) = database::fresh_with_url().await;
    let sql = (1..=2).map(|n| {
        let id = Uuid::from_u128(n);
        format!(
            "insert into organizers values ('{id}', 'individual', 'T', 't@example.com', now(), now());
             insert into events (event_id, organizer_id, slug, created_at, updated_at)
             values ('{id}', '{id}', 'e{n}', now(), now());"
        )
    });
    database::run(&url, &sql.collect::<String>()).await;
    db
}

fn message(n: u128) -> NewMessage<'static> {
    NewMessage {
        topic: "alerts.order_payment_inconsistency.v1",
        key: "key",
        organizer: OrganizerId::from_uuid(Uuid::from_u128(n)),
        event: EventId::from_uuid(Uuid::from_u128(n)),
        order: None,
        payload: json!({}),
        now: OffsetDateTime::UNIX_EPOCH,
    }
}

/// What was heard of live pages until nothing comes any more.
async fn heard(listener: &mut Listener) -> Vec<String> {
    let mut events = Vec::new();
    while let Ok(notice) = timeout(Duration::from_millis(300), listener.next()).await {
        events.extend(notice.unwrap().map(|it| it.payload));
    }
    events
}

#[tokio::test]
async fn what_commits_late_is_announced_late_and_not_lost() {
    let db = events().await;
    let mut listener = db.listen(&[LIVE_CHANNEL]).await.unwrap();
    let mut conn = db.acquire().await.unwrap();
    let first = outbox::find_moment(&mut conn).await.unwrap();
    // One begins early, and is not through when another is announced.
    let mut slow = db.begin().await.unwrap();
    outbox::insert(&mut slow, &message(1)).await.unwrap();
    let mut quick = db.begin().await.unwrap();
    outbox::insert(&mut quick, &message(2)).await.unwrap();
    quick.commit().await.unwrap();
    let second = outbox::announce(&mut conn, &first).await.unwrap();
    let name = |n: u128| Uuid::from_u128(n).to_string();
    assert_eq!(heard(&mut listener).await, [name(2)]);
    slow.commit().await.unwrap();
    let third = outbox::announce(&mut conn, &second).await.unwrap();
    let told = heard(&mut listener).await;
    assert!(told.contains(&name(1)), "{told:?}");
    // Nothing is new.
    let fourth = outbox::announce(&mut conn, &third).await.unwrap();
    assert_eq!(heard(&mut listener).await, Vec::<String>::new());
    // From the moment before, it would be told again: it is the moment that decides.
    outbox::announce(&mut conn, &second).await.unwrap();
    assert!(heard(&mut listener).await.contains(&name(1)));
    assert_ne!(fourth, first);
}
