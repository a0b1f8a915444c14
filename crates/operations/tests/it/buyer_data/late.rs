//! What comes to an order that was erased, or at the same moment: nothing of a person stays, and nobody comes back.

use std::collections::BTreeMap;

use domain::cancel_policy::Preset;
use domain::ids::{DisputeId, Id, PaymentId};
use operations::buyer_data::erase::erase_by_organizer;
use operations::disputes::evidence::add_text;
use operations::disputes::record_end;
use operations::jobs::{self, Job};
use operations::orders::personal_link::{LinkError, renew_by_organizer};
use operations::orders::place::place_order;
use operations::payments::sync::sync_payment;
use serde_json::json;
use testkit::database;
use testkit::story::{pay_url, payment_of, status_of};
use time::Duration;

use super::{EMAIL, MARK, columns_with, day_after_the_event, marked_order, settle, texts};
use crate::cancellations::on_sale_under;

#[tokio::test]
async fn what_comes_after_is_forgotten_too_and_nobody_gets_mails_about_it() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 5500, 9).await;
    let order = marked_order(&app, &sale, 1).await;
    settle(&app).await;
    day_after_the_event(&app).await;
    let access = sale.access(&app).await;
    erase_by_organizer(&app.deps.of(&access), &access, order.order).await.unwrap();
    // The bank takes the money back after all.
    let name = app.look(&payment_of(&order, "provider_payment_id")).await;
    let n_mails = app.look("select count(*) from mails").await;
    app.act(&name, "chargeback", json!({ "amount": 500 })).await;
    app.until("select status from disputes", "open").await;
    settle(&app).await;
    let details = "select count(*) from payments where method_details <> '{}'";
    assert_eq!(app.look(details).await, "0", "what the provider tells again is not kept again");
    let to_buyer = "select count(*) from mails where recipient ilike '%erase.example'";
    assert_eq!(app.look(to_buyer).await, "0");
    assert_eq!(app.look("select count(*) from mails where order_id is not null").await, n_mails);
    let late = format!(
        "insert into webhook_events (webhook_event_id, provider, provider_event_id, kind, body, payment_id, status, received_at)
         select gen_random_uuid(), provider, 'late', 'x', '{EMAIL}', payment_id, 'processed', now()
         from payments where order_id = '{}'",
        order.order.uuid()
    );
    database::run(&app.database_url, &late).await;
    jobs::run(&app.deps, Job::EraseBuyerData { event: None, after: None }).await.unwrap();
    app.run_jobs().await;
    let left = columns_with(&app, MARK).await;
    assert!(
        left.keys().all(|it| it.starts_with("webhook_events.") || it.starts_with("credit_notes.")),
        "{left:?}"
    );
    // The clock of the database is the real one, ours is a month ahead: messages of ours are looked at by its own time.
    database::run(
        &app.database_url,
        "update webhook_events set received_at = received_at + interval '32 days'",
    )
    .await;
    jobs::run(&app.deps, Job::EraseBuyerData { event: None, after: None }).await.unwrap();
    assert_eq!(columns_with(&app, MARK).await, BTreeMap::new());
    app.check().await;
}

/// What the provider tells while the order is erased finds it erased, or is erased with it.
#[tokio::test]
async fn what_is_told_at_the_same_moment_brings_nothing_back() {
    for _ in 0..5 {
        let (app, sale) = on_sale_under(Preset::DayBefore, 5500, 9).await;
        let order = marked_order(&app, &sale, 1).await;
        settle(&app).await;
        day_after_the_event(&app).await;
        let access = sale.access(&app).await;
        let deps = app.deps.of(&access);
        let payment = app.look(&payment_of(&order, "payment_id")).await.parse().unwrap();
        let payment = PaymentId::from_uuid(payment);
        let (erased, told, again) = tokio::join!(
            erase_by_organizer(&deps, &access, order.order),
            sync_payment(&app.deps, payment),
            sync_payment(&app.deps, payment),
        );
        erased.unwrap();
        told.unwrap();
        again.unwrap();
        assert_eq!(app.look(&payment_of(&order, "method_details")).await, "{}");
    }
}

/// The negative control: who reads first and writes later, without holding the order, puts back what was read.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn without_holding_the_order_what_was_read_before_comes_back() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 5500, 9).await;
    let order = marked_order(&app, &sale, 1).await;
    settle(&app).await;
    day_after_the_event(&app).await;
    let naive = format!(
        "do $$ declare kept jsonb; begin
             select p.method_details into kept from payments p join orders o using (order_id)
             where p.order_id = '{0}' and o.erased_at is null;
             perform pg_sleep(0.5);
             if kept is not null then update payments set method_details = kept where order_id = '{0}'; end if;
         end $$",
        order.order.uuid()
    );
    let access = sale.access(&app).await;
    let deps = app.deps.of(&access);
    let erase = async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        erase_by_organizer(&deps, &access, order.order).await.unwrap();
    };
    tokio::join!(database::run(&app.database_url, &naive), erase);
    assert_ne!(app.look(&payment_of(&order, "method_details")).await, "{}");
}

/// A slip that is paid after all: the money goes back, though the places are free.
#[tokio::test]
async fn late_money_does_not_bring_an_erased_order_back() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 5500, 9).await;
    for is_erased in [true, false] {
        let mut wish = sale.wish(1);
        wish.buyer_email = EMAIL.to_owned();
        let order = place_order(&app.deps, wish).await.unwrap();
        let paid =
            app.pay(&pay_url(&order), json!({ "method": "konbini", "store": "lawson" })).await;
        app.until(&status_of(&order), "awaiting_payment").await;
        let id = order.order.uuid();
        let over = format!(
            "update orders set status = 'expired', ended_at = now(), hold_expires_at = now() - interval '1 day' where order_id = '{id}';
             update payments set status = 'expired' where order_id = '{id}';
             update tickets set status = 'void' where order_id = '{id}';
             update quotas set n_taken = n_taken - 1"
        );
        database::run(&app.database_url, &over).await;
        if is_erased {
            let access = sale.access(&app).await;
            erase_by_organizer(&app.deps.of(&access), &access, order.order).await.unwrap();
        }
        let name = app.look(&payment_of(&order, "provider_payment_id")).await;
        app.act(&name, "pay_at_store", json!({})).await;
        app.until(&payment_of(&order, "status"), "captured").await;
        let status = if is_erased { "expired" } else { "paid" };
        assert_eq!(app.look(&status_of(&order)).await, status, "{paid}");
    }
}

/// A transfer that a person gives to an erased order, and its link that nobody can be told.
#[tokio::test]
async fn a_late_payer_is_forgotten_at_night_and_an_erased_order_gets_no_new_link() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 5500, 9).await;
    let order = marked_order(&app, &sale, 1).await;
    settle(&app).await;
    database::run(&app.database_url, &texts(&order)).await;
    let lines =
        "update statement_lines set status = 'open', decided_at = now() + interval '32 days',
                 order_id = null, payment_id = null";
    database::run(&app.database_url, lines).await;
    day_after_the_event(&app).await;
    let access = sale.access(&app).await;
    erase_by_organizer(&app.deps.of(&access), &access, order.order).await.unwrap();
    let late = format!(
        "update statement_lines l set status = 'applied', order_id = p.order_id, payment_id = p.payment_id
         from payments p where p.order_id = '{}'",
        order.order.uuid()
    );
    database::run(&app.database_url, &late).await;
    assert!(columns_with(&app, MARK).await.contains_key("statement_lines.payer"));
    jobs::run(&app.deps, Job::EraseBuyerData { event: None, after: None }).await.unwrap();
    assert!(!columns_with(&app, MARK).await.keys().any(|it| it.starts_with("statement_lines")));
    let refused = renew_by_organizer(&app.deps, &access, order.order).await;
    assert!(matches!(refused, Err(LinkError::NotFound)), "{refused:?}");
}

/// A chargeback after the erasing: what was written about it goes once it is over.
#[tokio::test]
async fn what_is_written_about_a_late_dispute_goes_with_the_night() {
    let (app, sale) = on_sale_under(Preset::DayBefore, 5500, 9).await;
    let order = marked_order(&app, &sale, 1).await;
    settle(&app).await;
    day_after_the_event(&app).await;
    let access = sale.access(&app).await;
    erase_by_organizer(&app.deps.of(&access), &access, order.order).await.unwrap();
    app.deps.clock.advance(Duration::DAY);
    let name = app.look(&payment_of(&order, "provider_payment_id")).await;
    app.act(&name, "chargeback", json!({ "amount": 500 })).await;
    app.until("select status from disputes", "open").await;
    let dispute = app.look("select dispute_id from disputes").await;
    let dispute = DisputeId::from_uuid(dispute.parse().unwrap());
    add_text(&app.deps, &access, dispute, &format!("{MARK} came")).await.unwrap();
    let night = || jobs::run(&app.deps, Job::EraseBuyerData { event: None, after: None });
    night().await.unwrap();
    let kept = "select count(*) from dispute_evidence where body <> ''";
    assert_eq!(app.look(kept).await, "1", "what is open is needed still");
    // However long that takes.
    app.deps.clock.advance(Duration::days(30));
    record_end(&app.deps, &access, dispute, true).await.unwrap();
    night().await.unwrap();
    assert_eq!(app.look(kept).await, "0");
    // And it is looked at no more.
    let mut conn = app.deps.db.acquire().await.unwrap();
    let touched = store::buyer_data::list_touched_since_erased(&mut conn, None, 10).await;
    assert_eq!(touched.unwrap(), []);
}
