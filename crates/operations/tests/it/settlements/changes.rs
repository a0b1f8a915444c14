//! Settlements that change, come unread, hold what is recorded later, or hold what none of ours is.

use domain::fees::Bearer;
use operations::fees::set_bearer;
use operations::payments::sync::sync_order;
use providers::BreakerState;

use super::*;
use testkit::database;
use testkit::story::{pay_url, status_of};

const BOOKED: &str = "select count(*) from ledger_transactions where kind = 'settlement'";
const RULES: &str = "select coalesce(string_agg(rule, ',' order by rule), '') from alerts where resolved_at is null";

/// Nobody hears of a settlement until we ask.
async fn quiet(app: &TestApp) {
    app.behave(json!({ "drop_percent": 100 })).await;
}

async fn import(app: &TestApp) {
    import_settlements(&app.deps).await.unwrap();
    operations::watch::close_settled(&app.deps).await.unwrap();
    app.check().await;
}

async fn change_latest(app: &TestApp, change: Value) {
    let id = app
        .look("select provider_settlement_id from settlements order by settlement_id desc limit 1")
        .await;
    let url = format!("{}/sandbox/settlements/{id}", app.sandbox_url);
    let answer = app.http.post(url).json(&change).send().await.unwrap();
    assert!(answer.status().is_success(), "{}", answer.status());
}

async fn captured_before(app: &TestApp, days: u32) {
    let sql = format!("update payments set captured_at = captured_at - interval '{days} days'");
    database::run(&app.database_url, &sql).await;
}

#[tokio::test]
async fn only_money_that_was_sent_is_at_the_bank() {
    let app = TestApp::start().await;
    three_paid(&app).await;
    quiet(&app).await;
    settle(&app, json!({ "status": "pending" })).await;
    for told in ["pending", "suspended", "bounced"] {
        import(&app).await;
        assert_eq!(app.look("select status from settlements").await, told);
        assert_eq!(balance(&app, "provider_clearing").await, "30000");
        let next = if told == "pending" { "suspended" } else { "bounced" };
        change_latest(&app, json!({ "status": next })).await;
    }
    change_latest(&app, json!({})).await;
    import(&app).await;
    assert_eq!(app.look("select status from settlements").await, "paid");
    assert_eq!(balance(&app, "provider_clearing").await, "0");
    import(&app).await;
    assert_eq!(app.look(BOOKED).await, "1");
    assert_eq!(app.look(REASONS).await, "");
    // What was sent and came back has been booked as if it were at the bank: the check says so.
    change_latest(&app, json!({ "status": "bounced" })).await;
    import_settlements(&app.deps).await.unwrap();
    let findings = operations::check::run(&app.deps).await.unwrap();
    assert_eq!(findings.len(), 1, "{findings:#?}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_told_read_later_and_no_failure_of_the_provider() {
    let app = TestApp::start().await;
    three_paid(&app).await;
    quiet(&app).await;
    captured_before(&app, 10).await;
    // As many as the breaker bears failures, and more.
    for _ in 0..3 {
        settle(&app, json!({ "other_columns": true, "stranger": 1 })).await;
        import(&app).await;
    }
    assert_eq!(app.deps.provider.breaker_state(), BreakerState::Closed);
    assert_eq!(app.look(REASONS).await, "without_lines,without_lines,without_lines");
    let unread = "settlement.without_lines";
    assert_eq!(app.look(RULES).await, format!("{unread},{unread},{unread}"));
    assert_eq!(app.look(BOOKED).await, "0");
    // What the unread ones hold is not said to be missing.
    settle(&app, json!({ "stranger": 700 })).await;
    import(&app).await;
    assert!(!app.look(REASONS).await.contains("missing_there"));
    let ids = "select string_agg(provider_settlement_id, ' ') from settlements where not has_lines";
    for id in app.look(ids).await.split(' ') {
        let url = format!("{}/sandbox/settlements/{id}", app.sandbox_url);
        assert!(app.http.post(url).json(&json!({})).send().await.unwrap().status().is_success());
    }
    import(&app).await;
    assert!(!app.look(RULES).await.contains(unread));
    assert!(!app.look(REASONS).await.contains("without_lines"));
    assert_eq!(balance(&app, "provider_clearing").await, "0");
}

#[tokio::test]
async fn what_is_recorded_after_its_settlement_is_booked_then() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 10_000, 10).await;
    let early = sale.paid_order(&app, 1).await;
    quiet(&app).await;
    let late = sale.order(&app, 1).await;
    app.pay_by_card(&pay_url(&late)).await;
    settle(&app, json!({})).await;
    import(&app).await;
    assert_eq!(app.look(REASONS).await, "missing_here");
    assert_eq!(app.look(RULES).await, "settlement.missing_here");
    assert_eq!(balance(&app, "organizer_bank").await, (10_000 - 396).to_string());
    sync_order(&app.deps, late.order).await.unwrap();
    assert_eq!(app.look(&status_of(&late)).await, "paid");
    captured_before(&app, 10).await;
    settle(&app, json!({ "stranger": 700 })).await;
    import(&app).await;
    assert_eq!(app.look(REASONS).await, "missing_here", "of the stranger alone");
    assert_eq!(app.look(RULES).await, "settlement.missing_here");
    assert_eq!(balance(&app, "provider_clearing").await, "0");
    assert_eq!(balance(&app, "organizer_bank").await, (20_000 - 2 * 396).to_string());
    assert_eq!(app.look(BOOKED).await, "2");
    import(&app).await;
    assert_eq!(app.look(BOOKED).await, "2", "booked once");
    assert_eq!(app.look(&status_of(&early)).await, "paid");
}

#[tokio::test]
async fn a_payment_in_two_settlements_is_a_difference() {
    let app = TestApp::start().await;
    let (_, names) = three_paid(&app).await;
    quiet(&app).await;
    settle(&app, json!({})).await;
    import(&app).await;
    settle(&app, json!({ "again": [names[0]], "amounts": { names[0].as_str(): 5 } })).await;
    import(&app).await;
    let told = "select string_agg(reason || ' ' || expected_minor || ' ' || found_minor, ', ' order by reason) from settlement_differences";
    // The rate that the provider tells is of nothing, too.
    assert_eq!(app.look(told).await, "other_amount 0 10005, other_fee 0 396");
    assert_eq!(balance(&app, "provider_clearing").await, "-10005", "it will be taken back");
}

#[tokio::test]
async fn what_no_settlement_of_ours_can_hold_is_not_missing_and_each_is_told_once() {
    let app = TestApp::start().await;
    let (sale, names) = three_paid(&app).await;
    quiet(&app).await;
    captured_before(&app, 100).await;
    settle(&app, json!({ "omit": names, "stranger": 700 })).await;
    import(&app).await;
    assert_eq!(app.look(REASONS).await, "missing_here", "settled before we first asked");
    let order = sale.order(&app, 1).await;
    app.pay_by_card(&pay_url(&order)).await;
    sync_order(&app.deps, order.order).await.unwrap();
    captured_before(&app, 10).await;
    let newest = app.look(&payment_of(&order, "provider_payment_id")).await;
    let omitted: Vec<&str> = names.iter().map(String::as_str).chain([newest.as_str()]).collect();
    for _ in 0..2 {
        settle(&app, json!({ "omit": omitted, "stranger": 1 })).await;
        import(&app).await;
        let missing = "select count(*) from settlement_differences where reason = 'missing_there'";
        assert_eq!(app.look(missing).await, "1");
    }
}

#[tokio::test]
async fn a_settlement_that_cannot_be_kept_keeps_no_other_waiting() {
    let app = TestApp::start().await;
    let (sale, names) = three_paid(&app).await;
    for name in &names {
        app.act(name, "chargeback", json!({ "amount": 10_000 })).await;
    }
    app.until("select count(*) from refunds where status = 'succeeded'", "3").await;
    let orders = [sale.paid_order(&app, 1).await, sale.paid_order(&app, 1).await];
    let [newest, dollars] = orders.each_ref().map(|it| payment_of(it, "provider_payment_id"));
    let (newest, dollars) = (app.look(&newest).await, app.look(&dollars).await);
    quiet(&app).await;
    // As much came in as went back, and the fees sum to nothing.
    let free: serde_json::Map<_, _> = names.iter().map(|it| (it.clone(), json!(-396))).collect();
    settle(&app, json!({ "fees": free, "omit": [newest, dollars] })).await;
    // What the database refuses, for whatever reason.
    let refused = "alter table settlement_lines add constraint refused check (amount_minor <> 13)";
    database::run(&app.database_url, refused).await;
    settle(&app, json!({ "stranger": 13, "omit": [newest, dollars] })).await;
    settle(&app, json!({ "currencies": { dollars.as_str(): "USD" } })).await;
    assert!(import_settlements(&app.deps).await.is_err(), "one was refused");
    app.check().await;
    assert_eq!(app.look("select count(*) from settlements").await, "2");
    assert_eq!(balance(&app, "organizer_bank").await, (10_000 - 396).to_string());
    assert_eq!(balance(&app, "provider_clearing").await, "10000");
    let told = "select string_agg(expected_minor || ' ' || found_minor || ' ' || currency, ', ' order by currency desc) from settlement_differences where reason in ('other_amount', 'other_sum') and currency = 'USD'";
    assert_eq!(app.look(told).await, "10000 10000 USD, 0 10000 USD");
    database::run(&app.database_url, "alter table settlement_lines drop constraint refused").await;
    import(&app).await;
    assert_eq!(app.look("select count(*) from settlements").await, "3");
}

#[tokio::test]
async fn the_provider_takes_its_fee_of_all_that_the_buyer_paid() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 10_000, 10).await;
    let rule = format!(
        "insert into fee_rules (fee_rule_id, party, currency, rate_basis_points, fixed_minor, minimum_minor,
                                tax_rate_basis_points, created_by, created_at)
         values (gen_random_uuid(), 'provider', 'JPY', 360, 0, 0, 1000, '{}', now())",
        sale.user.uuid()
    );
    database::run(&app.database_url, &rule).await;
    let access = sale.access(&app).await;
    set_bearer(&app.deps, &access, sale.event, Bearer::Participant).await.unwrap();
    sale.paid_order(&app, 1).await;
    let taken = "select captured_minor || ' ' || provider_fee_minor from payments";
    assert_eq!(app.look(taken).await, "10396 396");
    quiet(&app).await;
    settle(&app, json!({})).await;
    import(&app).await;
    assert_eq!(app.look(REASONS).await, "");
    // 3.6 % of ¥10,396, and ten percent of tax on that.
    assert_eq!(app.look("select fee_minor from settlement_lines").await, "411");
}
