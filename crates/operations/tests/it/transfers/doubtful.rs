//! Transfers that are told of twice, late, or while their buyer or a job does something else.

use super::*;
use domain::ids::StatementLineId;
use operations::payments::close::close_payment;
use store::orders;

fn saw(order: &PlacedOrder, yen: i64, received_on: Date) -> RecordTransfer {
    RecordTransfer {
        order: order.order,
        amount: Money::yen(yen),
        received_on,
        note: String::new(),
        key: "k1".to_owned(),
    }
}

#[tokio::test]
async fn what_was_written_by_hand_is_known_again_in_the_statement() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let access = sale.access(&app).await;
    let order = by_transfer(&app, &sale).await;
    let today = app.deps.clock.now().date();
    record_transfer(&app.deps, &access, saw(&order, 3000, today)).await.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    let payer = number_of(&app, &order).await;
    let yesterday = today - Duration::DAY;
    read_in_of(&app, &sale, yesterday, &[(&payer, 3000)]).await;
    assert_eq!(app.look("select sum(captured_minor) from payments").await, "3000");
    assert_eq!(app.look("select count(*) from alerts").await, "0");
    let proof = "select l.status || ' ' || l.decided_how || ' ' || p.status from statement_lines l join payments p using (payment_id)";
    assert_eq!(app.look(proof).await, "applied number captured");
    app.check().await;
    // A line proves one transfer: the next is another one.
    read_in_of(&app, &sale, yesterday, &[(&payer, 3000), (&payer, 3000)]).await;
    assert_eq!(app.look("select sum(captured_minor) from payments").await, "6000");
    assert_eq!(app.look("select rule from alerts").await, "money.double");
    assert_eq!(app.look("select count(*) from refunds").await, "0");
    app.check().await;
}

#[tokio::test]
async fn a_line_of_quite_another_day_is_another_transfer() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let access = sale.access(&app).await;
    let order = by_transfer(&app, &sale).await;
    let today = app.deps.clock.now().date();
    let first = saw(&order, 1500, today - Duration::days(20));
    record_transfer(&app.deps, &access, first).await.unwrap();
    let payer = number_of(&app, &order).await;
    read_in_of(&app, &sale, today, &[(&payer, 1500)]).await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    app.check().await;
}

#[tokio::test]
async fn one_form_with_two_amounts_is_refused() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let access = sale.access(&app).await;
    let order = by_transfer(&app, &sale).await;
    let today = app.deps.clock.now().date();
    record_transfer(&app.deps, &access, saw(&order, 1000, today)).await.unwrap();
    let other = record_transfer(&app.deps, &access, saw(&order, 2000, today)).await;
    assert!(matches!(other, Err(RecordTransferError::KeyReused)), "{other:?}");
    assert_eq!(app.look("select sum(captured_minor) from payments").await, "1000");
    app.check().await;
}

/// The statement is read days after the deadline: the place is still there.
#[tokio::test]
async fn places_wait_for_a_statement_that_is_read_late() {
    let app =
        TestApp::start_with(PlacesGuard::On, Clock::standing_at(OffsetDateTime::now_utc())).await;
    let sale = on_sale_by_transfer(&app, 3000, 1).await;
    let order = by_transfer(&app, &sale).await;
    let came_on = (app.deps.clock.now() + Duration::days(6)).date();
    app.deps.clock.advance(Duration::days(9));
    jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "awaiting_payment");
    let number = number_of(&app, &order).await;
    read_in_of(&app, &sale, came_on, &[(&number, 3000)]).await;
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    assert_eq!(app.look("select count(*) from alerts").await, "0");
    app.check().await;
}

#[tokio::test]
async fn what_came_in_time_does_not_go_back_by_itself_though_the_place_is_gone() {
    let app =
        TestApp::start_with(PlacesGuard::On, Clock::standing_at(OffsetDateTime::now_utc())).await;
    let sale = on_sale_by_transfer(&app, 3000, 1).await;
    let came_on = (app.deps.clock.now() + Duration::days(6)).date();
    let order = lapsed(&app, &sale).await;
    sale.order(&app, 1).await;
    let number = number_of(&app, &order).await;
    read_in_of(&app, &sale, came_on, &[(&number, 3000)]).await;
    assert_eq!(app.look("select rule from alerts where resolved_at is null").await, "money.late");
    assert_eq!(app.look("select count(*) from refunds").await, "0");
    app.check().await;
}

/// From the transfer to the card and back to the transfer, all before the worker closes anything.
#[tokio::test]
async fn a_promise_that_is_made_again_is_not_ended_by_an_older_job() {
    const OPEN: &str = "select string_agg(provider, ',') from payments where status in ('created', 'pending', 'authorized')";
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    let buyer = participant(&app, &order).await;
    let (card, transfer) = (PaymentMethod::CreditCard, PaymentMethod::DirectTransfer);
    start_payment(&app.deps, &buyer, Some(card)).await.unwrap();
    start_payment(&app.deps, &buyer, Some(transfer)).await.unwrap();
    app.run_jobs().await;
    assert_eq!(app.look(&status_of(&order)).await, "awaiting_payment");
    assert_eq!(app.look(OPEN).await, "bank");
    let held = "select hold_expires_at > now() + interval '6 days' from orders";
    assert_eq!(app.look(held).await, "true");
    assert_eq!(app.look(&payment_of(&order, "method_details->>'transfer_number'")).await, number);
    // And the card again, whose first page the worker has not closed yet: another page, which stays.
    let second = start_payment(&app.deps, &buyer, Some(card)).await.unwrap();
    start_payment(&app.deps, &buyer, Some(transfer)).await.unwrap();
    let third = start_payment(&app.deps, &buyer, Some(card)).await.unwrap();
    assert_ne!(second.hosted_url, third.hosted_url);
    app.run_jobs().await;
    assert_eq!(app.look(OPEN).await, "komoju");
    app.pay_by_card(&third.hosted_url.unwrap()).await;
    app.until(&status_of(&order), "paid").await;
    app.check().await;
}

/// A job that found the promise open waits for the order, while the money comes.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn money_that_comes_while_a_job_ends_its_promise_keeps_its_name_and_payer() {
    let app = TestApp::start().await;
    let sale = on_sale_by_transfer(&app, 3000, 10).await;
    let order = by_transfer(&app, &sale).await;
    let number = number_of(&app, &order).await;
    let payment = app.look(&payment_of(&order, "payment_id")).await;
    let payment = PaymentId::from_uuid(payment.parse().unwrap());
    let mut held = app.deps.db.begin().await.unwrap();
    orders::lock(&mut held, order.order).await.unwrap();
    let lines = [(number.as_str(), 3000)];
    let reading = read_in(&app, &sale, &lines);
    let closing = async {
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
        close_payment(&app.deps, payment).await
    };
    let release = async {
        tokio::time::sleep(std::time::Duration::from_millis(800)).await;
        held.commit().await
    };
    let ((), closed, released) = tokio::join!(reading, closing, release);
    closed.unwrap();
    released.unwrap();
    assert_eq!(app.look(&status_of(&order)).await, "paid");
    let line = app.look("select statement_line_id from statement_lines").await;
    let line = StatementLineId::from_uuid(line.parse().unwrap()).to_string();
    assert_eq!(app.look(&payment_of(&order, "provider_payment_id")).await, line);
    assert_eq!(app.look(&payment_of(&order, "method_details->>'payer_name'")).await, number);
    app.check().await;
}
