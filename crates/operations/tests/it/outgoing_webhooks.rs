//! Outgoing webhooks: signed, sent once an attempt, tried again for days, never lost, never at anybody's cost.

use std::time::Duration as StdDuration;

use domain::ids::WebhookEndpointId;
use domain::webhook_endpoint::{PAUSES, WebhookTopic};
use futures::future::join_all;
use operations::PlacesGuard;
use operations::actor::OrganizerAccess;
use operations::clock::Clock;
use operations::webhook_deliveries::fan_out::fan_out;
use operations::webhook_deliveries::list::list;
use operations::webhook_deliveries::send::{claim, deliver};
use operations::webhook_endpoints::{
    EndpointForm, RegisteredEndpoint, register, resend, send_test,
};
use providers::Secret;
use providers::webhook_sender::signature::sign;
use serde_json::json;
use store::db::Conn;
use store::trail::{Fact, Trail, write};
use testkit::app::TestApp;
use testkit::receiver::{Answer, Received, Receiver};
use testkit::story::{self, Sale};
use time::{Duration, OffsetDateTime};

pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) sale: Sale,
    pub(crate) access: OrganizerAccess,
    pub(crate) receiver: Receiver,
}

pub(crate) async fn world() -> World {
    let clock = Clock::standing_at(OffsetDateTime::now_utc());
    let app = TestApp::start_with(PlacesGuard::On, clock).await;
    let sale = story::on_sale(&app, 3000, 50).await;
    let access = sale.access(&app).await;
    World { app, sale, access, receiver: Receiver::start().await }
}

impl World {
    pub(crate) async fn register(&self, url: &str, topics: &[WebhookTopic]) -> RegisteredEndpoint {
        let form = EndpointForm { url, description: "", topics };
        register(&self.app.deps, &self.access, &form).await.unwrap()
    }

    /// A receiver of tests alone.
    pub(crate) async fn plain(&self) -> RegisteredEndpoint {
        self.register(&self.receiver.url, &[WebhookTopic::EventClosed]).await
    }

    pub(crate) async fn test(&self, endpoint: WebhookEndpointId) {
        send_test(&self.app.deps, &self.access, endpoint).await.unwrap();
    }

    /// Sends everything that is due now, once; says how many.
    pub(crate) async fn send(&self) -> usize {
        send_due(&self.app).await
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.app.deps.clock.advance(by);
    }
}

async fn send_due(app: &TestApp) -> usize {
    let leased = claim(&app.deps, 64).await.unwrap();
    join_all(leased.iter().map(|it| async { deliver(&app.deps, it).await.unwrap() })).await;
    leased.len()
}

/// Other tests' transactions in the same cluster may hold the reading of the outbox back for a moment.
pub(crate) async fn fan_out_until(app: &TestApp, wanted: usize) {
    for _ in 0..500 {
        fan_out(&app.deps).await.unwrap();
        if app.look("select count(*) from webhook_deliveries").await == wanted.to_string() {
            return;
        }
        tokio::time::sleep(StdDuration::from_millis(20)).await;
    }
    panic!("{} deliveries", app.look("select count(*) from webhook_deliveries").await);
}

pub(crate) fn is_signed(received: &Received, secret: &Secret) -> bool {
    let signature =
        sign(std::slice::from_ref(secret), &received.id, received.timestamp, &received.body)
            .unwrap();
    received.signature.split(' ').any(|it| it == signature)
}

#[tokio::test]
async fn a_paid_order_arrives_signed_in_its_envelope() {
    let world = world().await;
    let made = world
        .register(&world.receiver.url, &[WebhookTopic::OrderPaid, WebhookTopic::PaymentCaptured])
        .await;
    let order = world.sale.paid_order(&world.app, 2).await;
    fan_out_until(&world.app, 2).await;
    assert_eq!(fan_out(&world.app.deps).await.unwrap(), 0, "a fact is sent once");
    assert_eq!(world.send().await, 2);
    assert_eq!(world.send().await, 0);
    let received = world.receiver.received();
    let paid = received.iter().find(|it| it.json()["type"] == "order.paid").expect("order.paid");
    assert!(is_signed(paid, &made.secret));
    assert!(paid.content_type.starts_with("application/cloudevents+json"));
    let envelope = paid.json();
    assert_eq!(envelope["specversion"], "1.0");
    assert_eq!(envelope["id"], paid.id);
    assert!(paid.id.starts_with("msg_"), "{}", paid.id);
    assert_eq!(
        envelope["source"],
        format!("http://127.0.0.1:3000/organizers/{}", world.sale.organizer)
    );
    assert_eq!(envelope["data"]["order"], order.order.to_string());
    assert_eq!(envelope["data"]["amount_minor"], 6000);
    assert_eq!(envelope["data"]["event"], world.sale.event.to_string());
    let log = list(&world.app.deps, &world.access, made.id, None).await.unwrap();
    assert_eq!(log.deliveries.len(), 2);
    assert_eq!(log.deliveries[0].attempts[0].response_status, Some(204));
    world.app.check().await;
}

/// Writes a fact as any operation does.
async fn leave(world: &World, conn: &mut Conn, key: &str) {
    let fact = Fact {
        organizer: world.sale.organizer,
        event: Some(world.sale.event),
        order: None,
        actor_kind: "system",
        actor_id: None,
        what: "event.closed".to_owned(),
        key: key.to_owned(),
        detail: json!({}),
        is_logged: true,
    };
    let trail = Trail { facts: vec![fact], ..Trail::default() };
    write(conn, trail, world.app.deps.clock.now()).await.unwrap();
}

#[tokio::test]
async fn a_fact_that_commits_late_is_not_lost_and_not_doubled() {
    let world = world().await;
    world.register(&world.receiver.url, &[WebhookTopic::EventClosed]).await;
    let mut late = world.app.deps.db.begin().await.unwrap();
    leave(&world, &mut late, "late").await;
    for _ in 0..3 {
        let mut conn = world.app.deps.db.acquire().await.unwrap();
        leave(&world, &mut conn, "early").await;
    }
    // Numbers beyond the late one are there; a reader that went by them would pass it for ever.
    assert_eq!(fan_out(&world.app.deps).await.unwrap(), 0);
    late.commit().await.unwrap();
    fan_out_until(&world.app, 4).await;
    world.send().await;
    let mut keys: Vec<_> = world
        .receiver
        .received()
        .iter()
        .map(|it| it.json()["subject"].as_str().unwrap_or_default().to_owned())
        .collect();
    keys.sort();
    assert_eq!(keys, ["early", "early", "early", "late"]);
}

#[tokio::test]
async fn many_readers_and_writers_make_each_delivery_once() {
    let world = world().await;
    world.register(&world.receiver.url, &[WebhookTopic::EventClosed]).await;
    let write = async {
        join_all((0..8).map(|_| async {
            for _ in 0..25 {
                let mut tx = world.app.deps.db.begin().await.unwrap();
                leave(&world, &mut tx, "k").await;
                tokio::time::sleep(StdDuration::from_millis(2)).await;
                tx.commit().await.unwrap();
            }
        }))
        .await
    };
    let read = join_all((0..3).map(|_| async {
        for _ in 0..30 {
            fan_out(&world.app.deps).await.unwrap();
            tokio::time::sleep(StdDuration::from_millis(5)).await;
        }
    }));
    tokio::join!(write, read);
    fan_out_until(&world.app, 200).await;
    let distinct = "select count(distinct message_id) from webhook_deliveries";
    assert_eq!(world.app.look(distinct).await, "200");
}

#[tokio::test]
async fn a_failing_receiver_is_tried_ten_times_with_the_same_id_and_body() {
    let world = world().await;
    let made = world.plain().await;
    world.receiver.answer(Answer::Status(500));
    world.test(made.id).await;
    for pause in PAUSES {
        assert_eq!(world.send().await, 1);
        world.advance(pause / 2);
        assert_eq!(world.send().await, 0, "not before its time");
        world.advance(pause / 2 + pause / 10 + Duration::seconds(1));
    }
    assert_eq!(world.send().await, 1);
    assert_eq!(world.app.look("select status from webhook_deliveries").await, "failed");
    let received = world.receiver.received();
    assert_eq!(received.len(), 10);
    assert!(received.iter().all(|it| it.id == received[0].id && it.body == received[0].body));
    assert!(received.windows(2).all(|pair| pair[0].timestamp < pair[1].timestamp));
    let answer = "select distinct response_status || ' ' || response_body from webhook_attempts";
    assert_eq!(world.app.look(answer).await, "500 what the receiver says");

    // A person sends it once more: the same message again.
    world.receiver.answer(Answer::Status(200));
    let log = list(&world.app.deps, &world.access, made.id, None).await.unwrap();
    resend(&world.app.deps, &world.access, made.id, log.deliveries[0].id).await.unwrap();
    assert_eq!(world.send().await, 1);
    assert_eq!(world.receiver.received().last().unwrap().id, received[0].id);
    assert_eq!(
        world.app.look("select status || n_attempts from webhook_deliveries").await,
        "delivered11"
    );
}

#[tokio::test]
async fn a_receiver_that_asks_for_a_pause_gets_it() {
    let world = world().await;
    let made = world.plain().await;
    world.receiver.answer(Answer::RetryAfter(3600));
    world.test(made.id).await;
    assert_eq!(world.send().await, 1);
    world.advance(Duration::minutes(50));
    assert_eq!(world.send().await, 0);
    world.advance(Duration::minutes(11));
    assert_eq!(world.send().await, 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed_and_silence_is_a_time_out() {
    let world = world().await;
    let elsewhere = Receiver::start().await;
    let made = world.plain().await;
    let outcome =
        "select outcome from webhook_attempts order by at desc, webhook_delivery_id desc limit 1";
    for (answer, told) in [
        (Answer::Redirect(elsewhere.url.clone()), "redirected"),
        (Answer::Slow(StdDuration::from_secs(5)), "timed_out"),
        (Answer::Long(1_000_000), "accepted"),
    ] {
        world.receiver.answer(answer);
        world.test(made.id).await;
        assert_eq!(world.send().await, 1);
        assert_eq!(world.app.look(outcome).await, told);
        world.advance(Duration::seconds(1));
    }
    assert!(elsewhere.received().is_empty(), "nobody is followed");
    let longest = "select max(length(response_body)) from webhook_attempts";
    assert_eq!(world.app.look(longest).await, "1000");

    let nobody = world.register("http://127.0.0.1:9/", &[WebhookTopic::EventClosed]).await;
    world.test(nobody.id).await;
    world.send().await;
    assert_eq!(world.app.look(outcome).await, "unreachable");
}

#[tokio::test]
async fn a_slow_receiver_holds_no_transaction_and_nobody_else() {
    let world = world().await;
    let slow = world.plain().await;
    let quick = Receiver::start().await;
    let well = world.register(&quick.url, &[WebhookTopic::EventClosed]).await;
    world.receiver.answer(Answer::Slow(StdDuration::from_secs(5)));
    for _ in 0..20 {
        world.test(slow.id).await;
    }
    let held = claim(&world.app.deps, 64).await.unwrap();
    assert_eq!(held.len(), 4, "one receiver has four under way at most");
    let sending = join_all(held.iter().map(|it| deliver(&world.app.deps, it)));
    let meanwhile = async {
        tokio::time::sleep(StdDuration::from_millis(200)).await;
        let open = "select count(*) from pg_stat_activity
                    where datname = current_database() and state like 'idle in transaction%'";
        assert_eq!(world.app.look(open).await, "0");
        world.test(well.id).await;
        let more = claim(&world.app.deps, 64).await.unwrap();
        assert_eq!(more.iter().map(|it| it.endpoint).collect::<Vec<_>>(), [well.id]);
        deliver(&world.app.deps, &more[0]).await.unwrap();
        assert_eq!(quick.received().len(), 1);
    };
    let (sent, ()) = tokio::join!(sending, meanwhile);
    assert!(sent.iter().all(Result::is_ok));
    // While it fails, one at a time looks whether it is back.
    assert_eq!(claim(&world.app.deps, 64).await.unwrap().len(), 1);
}

#[tokio::test]
async fn two_senders_make_one_attempt() {
    let world = world().await;
    let made = world.plain().await;
    let mut n_sent = 0;
    for _ in 0..10 {
        world.test(made.id).await;
    }
    while n_sent < 10 {
        let sent = join_all((0..4).map(|_| send_due(&world.app))).await;
        n_sent += sent.iter().sum::<usize>();
    }
    let received = world.receiver.received();
    let mut ids: Vec<_> = received.iter().map(|it| it.id.clone()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!((received.len(), ids.len()), (10, 10));
    assert_eq!(world.app.look("select max(n_attempts) from webhook_deliveries").await, "1");
}

#[tokio::test]
async fn who_dies_with_a_delivery_leaves_it_to_the_next_with_the_same_id() {
    let world = world().await;
    let made = world.plain().await;
    world.test(made.id).await;
    let dead = claim(&world.app.deps, 8).await.unwrap();
    assert_eq!(world.send().await, 0, "it is leased");
    world.advance(Duration::seconds(31));
    assert_eq!(world.send().await, 1);
    // Back from the dead: what it writes down counts no more.
    deliver(&world.app.deps, &dead[0]).await.unwrap();
    let received = world.receiver.received();
    assert_eq!((received.len(), &received[0].id), (2, &received[1].id));
    assert_eq!(world.app.look("select count(*) from webhook_attempts").await, "1");
}

#[tokio::test]
async fn after_a_move_to_another_cluster_facts_are_read_on() {
    let world = world().await;
    world.register(&world.receiver.url, &[WebhookTopic::EventClosed]).await;
    // As after restoring a dump: what was read bears ids of transactions that are yet to come here.
    let moved = "update outbox_cursors set written_in = '4611686018427387904'";
    testkit::database::run(&world.app.database_url, moved).await;
    fan_out(&world.app.deps).await.unwrap();
    operations::events::close::close(&world.app.deps, &world.access, world.sale.event)
        .await
        .unwrap();
    fan_out_until(&world.app, 1).await;
}
