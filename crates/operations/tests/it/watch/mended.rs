//! Unknown is no difference; the report of a day, the nightly check, and the time to the screen.

use super::*;
use operations::check::{self, CheckPart};
use operations::reflection;
use operations::watch::report::{compare_day, last_whole_day};

#[tokio::test]
async fn a_provider_that_is_down_raises_no_alarm_and_nothing_is_skipped() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = untold(&app, &sale).await;
    sale.order(&app, 1).await;
    app.run_jobs().await;
    app.behave(json!({ "drop_percent": 100, "api_fail_percent": 100 })).await;
    app.deps.clock.advance(Duration::minutes(40));
    round(&app).await;
    assert_eq!(app.look("select count(*) from alerts").await, "0");
    assert_eq!(app.look("select count(*) from watch_cursors where name = 'captures'").await, "0");
    app.behave(json!({ "drop_percent": 100 })).await;
    // The circuit needs real seconds to close.
    let since = std::time::Instant::now();
    while app.look("select count(*) from watch_cursors where name = 'captures'").await == "0" {
        assert!(since.elapsed().as_secs() < 30, "the provider is never asked again");
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        round(&app).await;
    }
    let found = format!(
        "select count(*) from alerts where rule = 'payment.missing_here' and order_id = '{}'",
        order.order.uuid()
    );
    assert_eq!(app.look(&found).await, "1", "the time without answers was looked at again");
}

#[tokio::test]
async fn an_answer_with_an_error_is_no_statement_about_a_payment() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.order(&app, 1).await;
    pretend_paid(&app, &sale, &order).await;
    app.deps.clock.advance(Duration::minutes(6));
    // Every second answer is an error: the list is heard after a few tries, the question by name may not be.
    app.behave(json!({ "api_fail_percent": 100 })).await;
    round(&app).await;
    assert_eq!(app.look(OPEN).await, "");
}

#[tokio::test]
async fn a_day_whose_report_agrees_says_nothing_and_a_lost_yen_is_named() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    let order = sale.paid_order(&app, 1).await;
    let today = last_whole_day(app.deps.clock.now() + Duration::DAY);
    app.deps.clock.advance(Duration::minutes(6));
    compare_day(&app.deps, today, 1).await.unwrap();
    assert_eq!(app.look(OPEN).await, "");
    assert_eq!(
        app.look("select outcome->>'n_findings' from recurring_work where name = 'report'").await,
        "0"
    );
    // Drift: our books believe that ¥100 less came.
    let drift = format!(
        "with t as (
             insert into ledger_transactions (ledger_transaction_id, fact_key, kind, organizer_id, event_id, order_id, payment_id, created_at)
             select gen_random_uuid(), 'drift', 'provider_refund', organizer_id, event_id, order_id, payment_id, now()
             from payments where order_id = '{}' returning ledger_transaction_id)
         insert into ledger_entries (ledger_transaction_id, ledger_account_id, amount_minor, currency)
         select ledger_transaction_id, ledger_account_id, case kind when 'provider_clearing' then -100 else 100 end, 'JPY'
         from t, ledger_accounts where kind in ('provider_clearing', 'organizer_payable')",
        order.order.uuid()
    );
    break_it(&app, &drift).await;
    compare_day(&app.deps, today, 1).await.unwrap();
    assert_eq!(app.look(OPEN).await, "report.differs");
    assert_eq!(app.look("select observed->>'providerHoldsMinor' from alerts").await, "5500");
    assert_eq!(app.look("select observed->>'booksHoldMinor' from alerts").await, "5400");
    // Without an answer the job fails and is tried again; nothing is concluded.
    app.behave(json!({ "api_fail_percent": 100 })).await;
    assert!(compare_day(&app.deps, today, 1).await.is_err());
    assert_eq!(app.look("select count(*) from alerts").await, "1");
}

#[tokio::test]
async fn the_nightly_check_makes_alerts_and_closes_them_when_it_is_clean() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    sale.paid_order(&app, 2).await;
    break_it(&app, "update tickets set status = 'held' where ticket_id = (select min(ticket_id::text)::uuid from tickets)").await;
    let all = async || {
        for part in CheckPart::ALL {
            check::nightly(&app.deps, *part).await.unwrap();
        }
    };
    all().await;
    all().await;
    assert_eq!(app.look(OPEN).await, "order.differs");
    assert_eq!(check::last_runs(&app.deps).await.unwrap().len(), CheckPart::ALL.len());
    break_it(&app, "update tickets set status = 'valid'").await;
    all().await;
    assert_eq!(app.look(OPEN).await, "");
    assert_eq!(app.look("select string_agg(distinct outcome->>'n_findings', '') from recurring_work where name like 'check.%'").await, "0");
}

#[tokio::test]
async fn recurring_work_is_claimed_once_for_all_processes() {
    let app = standing().await;
    let schedule = || operations::recurring::schedule(&app.deps);
    let claims = futures::future::join_all((0..8).map(|_| schedule())).await;
    assert!(claims.iter().all(Result::is_ok));
    let jobs = "select string_agg(kind || n, ' ' order by kind) from (select kind, count(*) as n from jobs group by kind) j";
    assert_eq!(
        app.look(jobs).await,
        "check8 compare_day1 erase_buyer_data1 import_settlements1 sweep_out1 watch1"
    );
    app.run_jobs().await;
    schedule().await.unwrap();
    assert_eq!(app.look("select count(*) from jobs").await, "0", "nothing is due");
    app.deps.clock.advance(Duration::seconds(30));
    schedule().await.unwrap();
    assert_eq!(app.look(jobs).await, "sweep_out1 watch1");
    app.deps.clock.advance(Duration::DAY);
    schedule().await.unwrap();
    assert_eq!(
        app.look(jobs).await,
        "check8 compare_day1 erase_buyer_data1 import_settlements1 sweep_out1 watch1"
    );
}

#[tokio::test]
async fn the_time_to_the_screen_is_counted_once_per_payment() {
    let app = standing().await;
    let sale = on_sale(&app, 5500, 10).await;
    sale.paid_order(&app, 1).await;
    let slow = untold(&app, &sale).await;
    app.deps.clock.advance(Duration::minutes(5));
    operations::payments::sync::sync_order(&app.deps, slow.order).await.unwrap();
    app.deps.clock.advance(Duration::minutes(2));
    for _ in 0..3 {
        reflection::count(&app.deps).await.unwrap();
    }
    let counted = reflection::lately(&app.deps, None).await.unwrap().unwrap();
    assert_eq!((counted.n_payments, counted.n_in_time), (2, 1));
    assert!(!counted.is_kept());
    let access =
        operations::access::member_access(&app.deps, sale.user, sale.organizer).await.unwrap();
    let seen = reflection::of_event(&app.deps, &access, sale.event).await.unwrap().unwrap();
    assert_eq!((seen.n_payments, seen.n_in_time), (2, 1));
}
