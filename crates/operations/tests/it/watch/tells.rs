//! Alerts are told once: on the stream, in the audit log, and in a mail that a storm does not multiply.

use super::*;
use operations::watch::tell::{TOPIC, tell};
use store::alerts::{About, Suspect};

const MAILS: &str = "select count(*) from mails where kind = 'alert_digest'";

async fn told(app: &TestApp) -> String {
    app.look(&format!("select count(*) from outbox_messages where topic = '{TOPIC}'")).await
}

#[tokio::test]
async fn an_inconsistency_is_told_by_the_contract_of_its_topic() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = untold(&app, &sale).await;
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    round(&app).await;
    assert_eq!(told(&app).await, "1");
    let code = app.look("select code from orders").await;
    assert_eq!(
        app.look(&format!("select key from outbox_messages where topic = '{TOPIC}'")).await,
        code
    );
    let payload = format!("select payload from outbox_messages where topic = '{TOPIC}'");
    let payload: serde_json::Value = serde_json::from_str(&app.look(&payload).await).unwrap();
    let keys: Vec<_> = payload.as_object().unwrap().keys().cloned().collect();
    assert_eq!(
        keys,
        ["alertId", "detectedAt", "expected", "observed", "orderNo", "ruleId", "source"]
    );
    assert_eq!(payload["ruleId"], "RULE_A");
    assert_eq!(payload["orderNo"], code);
    assert_eq!(payload["source"], "watch");
    assert_eq!(payload["expected"], json!({ "orderStatus": "paid" }));
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    round(&app).await;
    let audit = "select string_agg(action, ' ' order by audit_entry_id) from audit_entries where action like 'alert.%'";
    assert_eq!(app.look(audit).await, "alert.raised alert.closed");
}

#[tokio::test]
async fn what_becomes_right_within_its_grace_is_audited_and_disturbs_nobody() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 1).await;
    let order = untold(&app, &sale).await;
    let access = operations::access::buyer_access(&app.deps, &order.link_token).await.unwrap();
    operations::orders::cancel::cancel_by_buyer(&app.deps, &access).await.unwrap();
    sale.order(&app, 1).await;
    app.until("select status from refunds", "succeeded").await;
    assert_eq!(app.look("select rule from alerts").await, "money.late");
    app.deps.clock.advance(Duration::minutes(6));
    round(&app).await;
    assert_eq!((told(&app).await.as_str(), app.look(MAILS).await.as_str()), ("0", "0"));
    let audit =
        "select count(*) from audit_entries where action in ('alert.raised', 'alert.closed')";
    assert_eq!(app.look(audit).await, "2");
}

#[tokio::test]
async fn a_storm_is_one_mail_and_the_next_waits_for_its_time() {
    let app = standing().await;
    let rule = domain::alert::AlertRule::JobDead;
    let storm = async |from: u32, n: u32| {
        let now = app.deps.clock.now();
        for i in from..from + n {
            let about = About::default();
            let (observed, expected) = (json!({ "i": i }), json!({}));
            let suspect = Suspect { rule, subject: i.to_string(), about, observed, expected };
            let mut conn = app.deps.db.acquire().await.unwrap();
            store::alerts::raise(&mut conn, operations::fresh::id(), &suspect, now).await.unwrap();
        }
    };
    storm(0, 300).await;
    tell(&app.deps).await.unwrap();
    assert_eq!(app.look(MAILS).await, "1");
    storm(300, 50).await;
    app.deps.clock.advance(Duration::minutes(29));
    tell(&app.deps).await.unwrap();
    assert_eq!(app.look(MAILS).await, "1");
    app.deps.clock.advance(Duration::minutes(1));
    tell(&app.deps).await.unwrap();
    tell(&app.deps).await.unwrap();
    assert_eq!(app.look(MAILS).await, "2");
    app.run_jobs().await;
    let first = "from mails where kind = 'alert_digest' order by mail_id limit 1";
    assert_eq!(app.look(&format!("select status {first}")).await, "sent");
    assert_eq!(app.look(&format!("select recipient {first}")).await, "admin@eventpay.example");
    let text = app.look(&format!("select text_body {first}")).await;
    assert!(text.contains("280件") && text.contains("/admin/alerts"), "{text}");
    assert!(app.look(&format!("select subject {first}")).await.contains("300件"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_that_find_the_same_raise_it_once() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    untold(&app, &sale).await;
    app.deps.clock.advance(Duration::minutes(6));
    futures::future::join_all((0..12).map(|_| round(&app))).await;
    assert_eq!(app.look("select count(*) from alerts").await, "1");
    assert_eq!(told(&app).await, "1");
    // Negative control: without the key that they meet at, the race is real.
    break_it(&app, "delete from alerts; alter table alerts drop constraint alerts_dedupe_key_key")
        .await;
    let insert = "insert into alerts (alert_id, rule, dedupe_key, raised_at)
        select gen_random_uuid(), 'x', 'x', now() where not exists (select from alerts where dedupe_key = 'x') and pg_sleep(0.1) is not null";
    futures::future::join_all((0..6).map(|_| database::run(&app.database_url, insert))).await;
    assert_ne!(app.look("select count(*) from alerts").await, "1");
}
