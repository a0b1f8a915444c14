//! Receivers of webhooks as their organizer keeps them: secrets, switching off, removal, and that they are nobody else's.

use domain::ids::Id;
use domain::webhook_endpoint::WebhookTopic;
use operations::webhook_deliveries::fan_out::{fan_out, tidy_up};
use operations::webhook_deliveries::list::list;
use operations::webhook_deliveries::send::{claim, deliver};
use operations::webhook_endpoints::{
    EndpointError, EndpointForm, register, remove, resend, rotate_secret, send_test, switch,
};
use testkit::receiver::Answer;
use testkit::story;
use time::Duration;

use crate::outgoing_webhooks::{fan_out_until, is_signed, world};

#[tokio::test]
async fn for_a_day_both_secrets_sign() {
    let world = world().await;
    let made = world.plain().await;
    let fresh = rotate_secret(&world.app.deps, &world.access, made.id).await.unwrap();
    let send = async || {
        world.test(made.id).await;
        world.send().await;
        let last = world.receiver.received().pop().unwrap();
        (is_signed(&last, &fresh), is_signed(&last, &made.secret))
    };
    assert_eq!(send().await, (true, true));
    world.advance(Duration::hours(25));
    tidy_up(&world.app.deps).await.unwrap();
    assert_eq!(send().await, (true, false));
    assert_eq!(
        world.app.look("select count(*) from webhook_endpoints where old_secret is not null").await,
        "0"
    );
    // Nothing of them is readable at rest.
    let readable = format!(
        "select count(*) from webhook_endpoints where position('{}'::bytea in secret) > 0",
        "whsec_"
    );
    assert_eq!(world.app.look(&readable).await, "0");
}

#[tokio::test]
async fn days_of_failure_switch_it_off_with_a_mail_and_a_person_switches_it_on() {
    let world = world().await;
    let made = world.plain().await;
    world.receiver.answer(Answer::Status(500));
    world.test(made.id).await;
    world.send().await;
    world.advance(Duration::days(4));
    world.test(made.id).await;
    world.send().await;
    assert_eq!(
        world.app.look("select count(*) from webhook_endpoints where disabled_at is null").await,
        "1"
    );
    world.advance(Duration::days(2));
    world.test(made.id).await;
    world.send().await;
    assert_eq!(world.app.look("select disabled_reason from webhook_endpoints").await, "failing");
    assert_eq!(
        world.app.look("select count(*) from webhook_deliveries where status = 'pending'").await,
        "0"
    );
    world.app.run_jobs().await;
    let mail = "select status || ' ' || recipient from mails where kind = 'webhook_disabled' and recipient like 'tanaka%'";
    assert_eq!(world.app.look(mail).await, "sent tanaka@example.com");
    let refused = send_test(&world.app.deps, &world.access, made.id).await;
    assert!(matches!(refused, Err(EndpointError::Disabled)));
    // Facts in the meantime are not for it.
    operations::events::close::close(&world.app.deps, &world.access, world.sale.event)
        .await
        .unwrap();
    fan_out(&world.app.deps).await.unwrap();

    world.receiver.answer(Answer::Status(200));
    switch(&world.app.deps, &world.access, made.id, true).await.unwrap();
    world.test(made.id).await;
    assert_eq!(world.send().await, 1);
    assert_eq!(
        world.app.look("select count(*) from webhook_endpoints where failing_since is null").await,
        "1"
    );
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_switched_off_at_once() {
    let world = world().await;
    let made = world.plain().await;
    world.receiver.answer(Answer::Status(410));
    world.test(made.id).await;
    world.send().await;
    assert_eq!(world.app.look("select disabled_reason from webhook_endpoints").await, "gone");
    let told = "select count(*) from audit_entries where action = 'webhook_endpoint.disabled' and actor_kind = 'system'";
    assert_eq!(world.app.look(told).await, "1");
}

#[tokio::test]
async fn what_waits_for_a_removed_receiver_is_not_sent() {
    let world = world().await;
    let made = world.plain().await;
    world.test(made.id).await;
    let leased = claim(&world.app.deps, 8).await.unwrap();
    remove(&world.app.deps, &world.access, made.id).await.unwrap();
    deliver(&world.app.deps, &leased[0]).await.unwrap();
    world.advance(Duration::minutes(1));
    assert_eq!(world.send().await, 0);
    assert!(world.receiver.received().is_empty());
    assert!(matches!(
        list(&world.app.deps, &world.access, made.id, None).await,
        Err(EndpointError::NotFound)
    ));
}

#[tokio::test]
async fn receivers_of_others_do_not_exist() {
    let world = world().await;
    let made = world.plain().await;
    world.test(made.id).await;
    let delivery =
        list(&world.app.deps, &world.access, made.id, None).await.unwrap().deliveries[0].id;
    let other = story::on_sale(&world.app, 3000, 5).await;
    let stranger = other.access(&world.app).await;
    let (deps, id) = (&world.app.deps, made.id);
    assert!(matches!(list(deps, &stranger, id, None).await, Err(EndpointError::NotFound)));
    assert!(matches!(send_test(deps, &stranger, id).await, Err(EndpointError::NotFound)));
    assert!(matches!(resend(deps, &stranger, id, delivery).await, Err(EndpointError::NotFound)));
    assert!(matches!(rotate_secret(deps, &stranger, id).await, Err(EndpointError::NotFound)));
    assert!(matches!(switch(deps, &stranger, id, false).await, Err(EndpointError::NotFound)));
    assert!(matches!(remove(deps, &stranger, id).await, Err(EndpointError::NotFound)));
    // Nor do their facts reach it.
    other.order(&world.app, 1).await;
    let mine = world.register(&world.receiver.url, &[WebhookTopic::OrderPlaced]).await;
    other.order(&world.app, 1).await;
    world.sale.order(&world.app, 1).await;
    fan_out_until(&world.app, 2).await;
    let of_mine = format!(
        "select count(*) from webhook_deliveries where webhook_endpoint_id = '{}'",
        mine.id.uuid()
    );
    assert_eq!(world.app.look(&of_mine).await, "1");
}

#[tokio::test]
async fn a_form_that_cannot_be_is_refused() {
    let world = world().await;
    let topics = [WebhookTopic::OrderPaid];
    let try_form = async |url: &str, topics: &[WebhookTopic]| {
        let form = EndpointForm { url, description: "", topics };
        register(&world.app.deps, &world.access, &form).await.map(|_| ())
    };
    assert!(matches!(try_form("example.com", &topics).await, Err(EndpointError::Url(_))));
    assert!(matches!(try_form(&world.receiver.url, &[]).await, Err(EndpointError::NoTopic)));
    for _ in 0..20 {
        try_form(&world.receiver.url, &topics).await.unwrap();
    }
    assert!(matches!(try_form(&world.receiver.url, &topics).await, Err(EndpointError::TooMany)));
}

#[tokio::test]
async fn what_cannot_be_signed_is_not_sent_and_ends() {
    let world = world().await;
    let made = world.plain().await;
    let broken = "update webhook_endpoints set secret = 'sealed by a secret that is lost'";
    testkit::database::run(&world.app.database_url, broken).await;
    world.test(made.id).await;
    assert_eq!(world.send().await, 1);
    assert_eq!(world.app.look("select outcome from webhook_attempts").await, "unsigned");
    assert!(world.receiver.received().is_empty());
    rotate_secret(&world.app.deps, &world.access, made.id).await.unwrap();
    world.advance(Duration::hours(25));
    assert_eq!(world.send().await, 1);
    assert_eq!(world.receiver.received().len(), 1);
}
