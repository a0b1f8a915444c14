//! Captures that arrive together: recorded in one transaction, each once, and no bad one spoils another.

use std::sync::Arc;

use domain::ids::Id;
use futures::future::join_all;
use operations::orders::place::PlacedOrder;
use operations::payments::record_captures::{Answer, Batched, record_batch};
use operations::payments::record_fact::{Cause, record_fact};
use providers::outcome::Outcome;
use providers::payments::PaymentQuery;
use serde_json::json;
use store::payments;
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, pay_url, status_of};

const N_TRANSACTIONS: &str = "select count(*) from ledger_transactions where kind = 'capture'";

/// Orders that were paid at the provider, of which nobody told us.
pub(crate) async fn paid_unheard(app: &TestApp, sale: &Sale, n: usize) -> Vec<PlacedOrder> {
    app.behave(json!({ "drop_percent": 100 })).await;
    let mut orders = Vec::new();
    for _ in 0..n {
        let order = sale.order(app, 1).await;
        app.pay_by_card(&pay_url(&order)).await;
        orders.push(order);
    }
    orders
}

/// What the provider answers about the order's payment.
async fn answer(app: &TestApp, order: &PlacedOrder) -> Answer {
    let attempts = {
        let mut conn = app.deps.db.acquire().await.unwrap();
        payments::list_for_order(&mut conn, order.order).await.unwrap()
    };
    let payment = attempts.first().unwrap();
    let session = payment.provider_session_id.as_deref().unwrap();
    let Outcome::Accepted(reading) =
        app.deps.provider.fetch_payment(PaymentQuery::Session(session)).await
    else {
        panic!("the sandbox answers");
    };
    Answer { payment: payment.id, reading, cause: Cause::Question }
}

pub(crate) async fn answers(app: &TestApp, orders: &[PlacedOrder]) -> Vec<Answer> {
    let mut answers = Vec::new();
    for order in orders {
        answers.push(answer(app, order).await);
    }
    answers
}

async fn record_alone(app: &TestApp, answer: &Answer) -> anyhow::Result<()> {
    record_fact(&app.deps, answer.payment, &answer.reading, answer.cause).await
}

#[tokio::test]
async fn usual_captures_are_recorded_together_and_the_others_left_alone() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let orders = paid_unheard(&app, &sale, 4).await;
    let mut wishes = answers(&app, &orders).await;
    wishes.push(wishes[0].clone());
    // The last order has ended meanwhile: its money is late, and that is no usual case.
    let late = format!(
        "update orders set status = 'expired' where order_id = '{}'",
        orders[3].order.uuid()
    );
    database::run(&app.database_url, &late).await;
    let outcomes = record_batch(&app.deps, &wishes).await;
    let (done, left) = (Batched::Recorded, Batched::LeftAlone);
    assert_eq!(outcomes, [done, done, done, left, left]);
    assert_eq!(app.look(N_TRANSACTIONS).await, "3");
    let told = "select string_agg(topic, ' ' order by outbox_message_id) from outbox_messages where topic <> 'order.placed'";
    let each = "payment.captured order.paid";
    assert_eq!(app.look(told).await, [each; 3].join(" "));
    let valid = "select count(*) from tickets where status = 'valid'";
    assert_eq!(app.look(valid).await, "3");
    // Again, the whole batch: nothing is left to record.
    assert_eq!(record_batch(&app.deps, &wishes).await, [left; 5]);
    assert_eq!(app.look(N_TRANSACTIONS).await, "3");
}

#[tokio::test]
async fn the_log_says_in_one_line_that_money_came_and_paid_an_order() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let orders = paid_unheard(&app, &sale, 2).await;
    let wishes = answers(&app, &orders).await;
    // The second order has ended meanwhile; its money is recorded alone and finds its places free.
    let late = format!(
        "update orders set status = 'expired' where order_id = '{}'",
        orders[1].order.uuid()
    );
    database::run(&app.database_url, &late).await;
    assert_eq!(record_batch(&app.deps, &wishes).await, [Batched::Recorded, Batched::LeftAlone]);
    record_alone(&app, &wishes[1]).await.unwrap();
    let free = on_sale(&app, 0, 10).await;
    free.order(&app, 1).await;
    let lines = "select string_agg(concat_ws(' ', action, detail #>> '{changes,order_status,from}', detail #>> '{changes,order_status,to}'), ', ' order by audit_entry_id)
                 from audit_entries where action in ('payment.captured', 'order.paid')";
    let told = "payment.captured pending paid, payment.captured expired paid, order.paid";
    assert_eq!(app.look(lines).await, told);
    let messages = "select count(*) from outbox_messages where topic = 'order.paid'";
    assert_eq!(app.look(messages).await, "3", "who listens hears of each");
}

#[tokio::test]
async fn one_job_writes_the_mails_of_a_batch() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let orders = paid_unheard(&app, &sale, 3).await;
    let wishes = answers(&app, &orders).await;
    assert_eq!(record_batch(&app.deps, &wishes).await, [Batched::Recorded; 3]);
    let jobs = "select string_agg(kind || ' ' || coalesce(jsonb_array_length(payload->'orders'), 1), ', ' order by job_id)
                from jobs where kind like '%mail%'";
    assert_eq!(app.look(jobs).await, "mail_paid 3");
    let late = "update jobs set created_at = now() - interval '1 hour'";
    database::run(&app.database_url, late).await;
    let mut conn = app.deps.db.acquire().await.unwrap();
    let soon = app.deps.clock.now();
    let stuck = store::watch::list_stuck_mails(&mut conn, soon, 10).await.unwrap();
    assert_eq!(stuck.len(), 1, "mails that nobody writes are late as others");
    let unwritten = store::watch::list_unwritten_mails(&mut conn, sale.organizer, 10).await;
    let unwritten = unwritten.unwrap();
    assert_eq!(unwritten.len(), 3);
    drop(conn);
    // One of them went out meanwhile, as somebody wished on its alert.
    operations::mails::enqueue::mail_paid(&app.deps, &unwritten[..1]).await.unwrap();
    let sent = "update mails set status = 'sent'; delete from jobs where kind = 'send_mail'";
    database::run(&app.database_url, sent).await;
    let leased = operations::jobs::claim(&app.deps, 10).await.unwrap();
    for job in leased.iter().filter(|job| job.kind == "mail_paid") {
        // Twice, as after a crash: each mail is written once, with one job.
        operations::jobs::attempt(&app.deps, job).await.unwrap();
        operations::jobs::work(&app.deps, job).await.unwrap();
    }
    assert_eq!(app.look(jobs).await, "send_mail 1, send_mail 1");
    app.behave(json!({ "drop_percent": 0 })).await;
    app.run_jobs().await;
    assert_eq!(app.look("select count(*) from mails where status = 'sent'").await, "3");
}

#[tokio::test]
async fn a_capture_that_cannot_be_booked_spoils_no_other() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 5500, 10).await;
    let orders = paid_unheard(&app, &sale, 3).await;
    let wishes = answers(&app, &orders).await;
    // Somebody has booked the second already, without marking it.
    let spoiled = wishes[1].payment.uuid();
    let sabotage = format!(
        "insert into ledger_transactions
             (ledger_transaction_id, fact_key, kind, organizer_id, event_id, order_id, payment_id, created_at)
         select gen_random_uuid(), 'capture:' || '{}', 'capture', organizer_id, event_id, order_id, payment_id, now()
         from payments where payment_id = '{spoiled}'",
        wishes[1].payment
    );
    database::run(&app.database_url, &sabotage).await;
    assert_eq!(record_batch(&app.deps, &wishes).await, [Batched::LeftAlone; 3]);
    let outcomes = join_all(wishes.iter().map(|wish| record_alone(&app, wish))).await;
    let is_recorded: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert_eq!(is_recorded, [true, false, true]);
    assert_eq!(app.look(&status_of(&orders[0])).await, "paid");
    assert_eq!(app.look(&status_of(&orders[1])).await, "pending");
    assert_eq!(app.look(&status_of(&orders[2])).await, "paid");
}

#[tokio::test]
async fn a_crowd_of_answers_records_each_payment_once() {
    let app = Arc::new(TestApp::start().await);
    let sale = on_sale(&app, 5500, 40).await;
    let orders = paid_unheard(&app, &sale, 40).await;
    let wishes = answers(&app, &orders).await;
    let crowd = (0..3).flat_map(|_| wishes.iter().cloned()).map(|wish| {
        let app = Arc::clone(&app);
        async move { record_alone(&app, &wish).await }
    });
    for outcome in join_all(crowd).await {
        outcome.unwrap();
    }
    assert_eq!(app.look(N_TRANSACTIONS).await, "40");
    app.behave(json!({ "drop_percent": 0 })).await;
    app.run_jobs().await;
    let mails = "select count(*) from mails where kind = 'order_paid'";
    assert_eq!(app.look(mails).await, "40");
    app.check().await;
}
