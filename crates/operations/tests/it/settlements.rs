//! Settlements of the provider: each line finds its payment, what does not add up is said, and the books balance.

mod changes;

use domain::ids::Id;
use operations::settlements::import::import_settlements;
use operations::settlements::list::list_settlements;
use serde_json::{Value, json};
use testkit::app::TestApp;
use testkit::story::{Sale, on_sale, payment_of};

async fn settle(app: &TestApp, mistakes: Value) {
    let url = format!("{}/sandbox/settlements", app.sandbox_url);
    let answer = app.http.post(url).json(&mistakes).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

async fn balance(app: &TestApp, kind: &str) -> String {
    app.look(&format!(
        "select coalesce(sum(amount_minor), 0) from ledger_entries join ledger_accounts using (ledger_account_id) where kind = '{kind}'"
    ))
    .await
}

/// Three orders of ¥10,000 paid by card, as the provider names them.
async fn three_paid(app: &TestApp) -> (Sale, Vec<String>) {
    let sale = on_sale(app, 10_000, 10).await;
    let mut names = Vec::new();
    for _ in 0..3 {
        let order = sale.paid_order(app, 1).await;
        names.push(app.look(&payment_of(&order, "provider_payment_id")).await);
    }
    (sale, names)
}

const REASONS: &str = "select coalesce(string_agg(reason, ',' order by reason), '') from settlement_differences where resolved_at is null";

#[tokio::test]
async fn a_settlement_is_told_of_by_webhook_and_explains_the_clearing_account() {
    let app = TestApp::start().await;
    let (sale, names) = three_paid(&app).await;
    app.act(&names[0], "chargeback", json!({ "amount": 4000 })).await;
    app.until("select count(*) from refunds where status = 'succeeded'", "1").await;
    assert_eq!(balance(&app, "provider_clearing").await, "26000");
    settle(&app, json!({})).await;
    app.until("select count(*) from settlements", "1").await;
    assert_eq!(app.look(REASONS).await, "");
    // Nothing is at the provider any more: it is at the bank, or the provider kept it.
    assert_eq!(balance(&app, "provider_clearing").await, "0");
    // Three times 3.6 % of ¥10,000, and ten percent of tax on that.
    assert_eq!(balance(&app, "organizer_bank").await, (26_000 - 3 * 396).to_string());
    assert_eq!(
        app.look("select count(*) from settlement_lines where payment_id is not null").await,
        "4"
    );
    assert_eq!(
        app.look("select count(*) from settlement_lines where refund_id is not null").await,
        "1"
    );
    assert_eq!(
        app.look("select count(*) from outbox_messages where topic = 'settlement.imported'").await,
        "1"
    );
    import_settlements(&app.deps).await.unwrap();
    assert_eq!(
        app.look("select count(*) from settlements").await,
        "1",
        "asking again changes nothing"
    );
    let listed = list_settlements(&app.deps, &sale.access(&app).await).await.unwrap();
    assert_eq!((listed[0].n_lines, listed[0].amount.minor()), (4, 26_000));
    let stranger = on_sale(&app, 1, 1).await.access(&app).await;
    assert!(list_settlements(&app.deps, &stranger).await.unwrap().is_empty());
    app.check().await;
}

#[tokio::test]
async fn what_does_not_add_up_is_a_row_and_an_alert() {
    let app = TestApp::start().await;
    let (_, names) = three_paid(&app).await;
    app.behave(json!({ "drop_percent": 100 })).await;
    testkit::database::run(
        &app.database_url,
        "update payments set captured_at = captured_at - interval '10 days'",
    )
    .await;
    let mistakes = json!({
        "omit": [names[0]], "amounts": { names[1].as_str(): -500 }, "fees": { names[2].as_str(): 50 },
        "stranger": 700,
    });
    settle(&app, mistakes).await;
    import_settlements(&app.deps).await.unwrap();
    assert_eq!(app.look(REASONS).await, "missing_here,missing_there,other_amount,other_fee");
    let rules = "select string_agg(rule, ',' order by rule) from alerts where resolved_at is null";
    assert_eq!(
        app.look(rules).await,
        "settlement.missing_here,settlement.missing_there,settlement.other_amount,settlement.other_fee"
    );
    // What nobody here knows is the platform's matter; the rate that the provider tells is 3.6 %, its tax 10 %.
    let told = "select string_agg(rule, ',') from alerts where organizer_id is null";
    assert_eq!(app.look(told).await, "settlement.missing_here");
    let fee = "select expected_minor || ' ' || found_minor from settlement_differences where reason = 'other_fee'";
    assert_eq!(app.look(fee).await, "396 446");
    // What the provider has not accounted for stays where it is: one payment, and ¥500 of another.
    assert_eq!(balance(&app, "provider_clearing").await, "10500");
    app.check().await;
    // The one that was left out comes with the next settlement, and its alert closes.
    settle(&app, json!({})).await;
    import_settlements(&app.deps).await.unwrap();
    assert_eq!(app.look(REASONS).await, "missing_here,other_amount,other_fee");
    operations::watch::close_settled(&app.deps).await.unwrap();
    assert_eq!(
        app.look(rules).await,
        "settlement.missing_here,settlement.other_amount,settlement.other_fee"
    );
    assert_eq!(balance(&app, "provider_clearing").await, "500");
    app.check().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_who_ask_at_once_book_a_settlement_once() {
    let app = TestApp::start().await;
    let (sale, _) = three_paid(&app).await;
    settle(&app, json!({})).await;
    let both = tokio::join!(import_settlements(&app.deps), import_settlements(&app.deps));
    both.0.unwrap();
    both.1.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look("select count(*) from settlements").await, "1");
    assert_eq!(balance(&app, "provider_clearing").await, "0");
    let booked = "select count(*) from ledger_transactions where kind = 'settlement'";
    assert_eq!(app.look(booked).await, "1");
    assert_ne!(sale.organizer.uuid(), uuid::Uuid::nil());
    app.check().await;
}

#[tokio::test]
async fn the_provider_is_asked_by_itself_and_a_silent_one_again() {
    let app = TestApp::start().await;
    three_paid(&app).await;
    app.behave(json!({ "drop_percent": 100 })).await;
    settle(&app, json!({})).await;
    app.behave(json!({ "api_fail_percent": 100 })).await;
    assert!(import_settlements(&app.deps).await.is_err());
    app.behave(json!({})).await;
    operations::recurring::schedule(&app.deps).await.unwrap();
    operations::recurring::schedule(&app.deps).await.unwrap();
    assert_eq!(app.look("select count(*) from jobs where kind = 'import_settlements'").await, "1");
    app.until("select count(*) from settlements", "1").await;
    app.check().await;
}
