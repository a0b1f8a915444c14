//! Confirmed mail addresses: nothing is paid or counts before somebody at the address has said yes.

use std::path::Path;

use domain::money::Money;
use operations::access::buyer_access;
use operations::orders::confirm_address::{
    Asked, ConfirmAddressError, confirm, is_asked_by, look, mail_again, set_asked_by,
};
use operations::orders::personal_link::renew_by_buyer;
use operations::orders::place::{OrderSource, PlaceOrder, PlacedOrder, place_order};
use operations::orders::show::{Situation, show_order};
use operations::payments::start::{StartPaymentError, start_payment};
use operations::transfers::by_hand::{RecordTransfer, record_transfer};
use testkit::app::TestApp;
use testkit::database;
use testkit::story::{Sale, on_sale, status_of};

use crate::account::decoded;

async fn asking(app: &TestApp, price_minor: i64) -> Sale {
    let sale = on_sale(app, price_minor, 10).await;
    set_asked_by(&app.deps, &sale.access(app).await, sale.event, true).await.unwrap();
    sale
}

/// The key in the latest mail, which the buyer alone has.
async fn key(app: &TestApp) -> String {
    app.run_jobs().await;
    let mut found = Vec::new();
    let mut files = tokio::fs::read_dir(Path::new(&app.mail_folder)).await.unwrap();
    while let Some(file) = files.next_entry().await.unwrap() {
        let text = decoded(&tokio::fs::read_to_string(file.path()).await.unwrap());
        let Some(rest) = text.split("/e/confirm/").nth(1) else { continue };
        let path = rest.split_whitespace().next().unwrap();
        found.push(path.split('/').nth(1).unwrap().to_owned());
    }
    found.pop().unwrap()
}

async fn situation(app: &TestApp, order: &PlacedOrder) -> Situation {
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    show_order(&app.deps, &access).await.unwrap().situation
}

async fn mails(app: &TestApp) -> String {
    app.look("select coalesce(string_agg(kind || ' ' || status, ', ' order by created_at, kind), '') from mails").await
}

#[tokio::test]
async fn it_is_paid_after_the_yes_and_not_before() {
    let app = TestApp::start().await;
    let sale = asking(&app, 3000).await;
    let order = sale.order(&app, 1).await;
    assert_eq!(order.pay_url, None);
    assert_eq!(situation(&app, &order).await, Situation::Unconfirmed);
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    let refused = start_payment(&app.deps, &access, None).await;
    assert!(matches!(refused, Err(StartPaymentError::Unconfirmed)), "{refused:?}");
    assert_eq!(app.look("select count(*) from payments").await, "0");

    let key = key(&app).await;
    for wrong in ["", "x", &key[1..]] {
        let refused = confirm(&app.deps, order.order, wrong).await;
        assert!(matches!(refused, Err(ConfirmAddressError::NotFound)), "{wrong}");
    }
    assert_eq!(situation(&app, &order).await, Situation::Unconfirmed);
    confirm(&app.deps, order.order, &key).await.unwrap();
    confirm(&app.deps, order.order, &key).await.unwrap();
    assert_eq!(situation(&app, &order).await, Situation::Unpaid);
    let started = start_payment(&app.deps, &access, None).await.unwrap();
    app.pay_by_card(started.hosted_url.as_deref().unwrap()).await;
    app.until(&status_of(&order), "paid").await;
    let told = "select count(*) from audit_entries where action = 'order.address_confirmed'";
    assert_eq!(app.look(told).await, "1");
    app.check().await;
}

#[tokio::test]
async fn what_is_free_counts_with_the_yes() {
    let app = TestApp::start().await;
    let sale = asking(&app, 0).await;
    let order = sale.order(&app, 2).await;
    assert_eq!(situation(&app, &order).await, Situation::Unconfirmed);
    assert_eq!(app.look("select count(*) from tickets where status = 'valid'").await, "0");
    confirm(&app.deps, order.order, &key(&app).await).await.unwrap();
    assert_eq!(situation(&app, &order).await, Situation::Registered);
    assert_eq!(app.look("select count(*) from tickets where status = 'valid'").await, "2");
    app.check().await;
}

/// Two who say yes at once make the tickets valid once.
#[tokio::test]
async fn two_yeses_at_once_are_one() {
    let app = TestApp::start().await;
    let sale = asking(&app, 0).await;
    let order = sale.order(&app, 1).await;
    let key = key(&app).await;
    let (a, b) =
        tokio::join!(confirm(&app.deps, order.order, &key), confirm(&app.deps, order.order, &key));
    a.unwrap();
    b.unwrap();
    let paid = "select count(*) from audit_entries where action = 'order.address_confirmed'";
    assert_eq!(app.look(paid).await, "1");
    app.run_jobs().await;
    assert_eq!(app.look("select count(*) from mails where kind = 'order_paid'").await, "1");
}

#[tokio::test]
async fn the_key_of_one_order_confirms_no_other() {
    let app = TestApp::start().await;
    let sale = asking(&app, 0).await;
    let first = sale.order(&app, 1).await;
    let key = key(&app).await;
    let second = sale.order(&app, 1).await;
    let refused = confirm(&app.deps, second.order, &key).await;
    assert!(matches!(refused, Err(ConfirmAddressError::NotFound)));
    assert_eq!(situation(&app, &first).await, Situation::Unconfirmed);
}

#[tokio::test]
async fn who_never_answers_hears_one_mail_and_the_places_are_free_again() {
    let app = TestApp::start().await;
    let sale = asking(&app, 3000).await;
    let order = sale.order(&app, 1).await;
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    let key = key(&app).await;
    let sql = "update orders set created_at = created_at - interval '1 hour', hold_expires_at = now() - interval '1 minute'";
    database::run(&app.database_url, sql).await;
    operations::jobs::sweep(&app.deps).await.unwrap();
    app.run_jobs().await;
    assert_eq!(situation(&app, &order).await, Situation::Expired);
    assert_eq!(app.look("select n_taken::text from quotas").await, "0");
    assert_eq!(mails(&app).await, "address_to_confirm sent");
    let late = confirm(&app.deps, order.order, &key).await;
    assert!(matches!(late, Err(ConfirmAddressError::Over)));
    assert!(matches!(mail_again(&app.deps, &access).await, Err(ConfirmAddressError::Over)));
}

#[tokio::test]
async fn the_mail_is_written_again_once_in_a_while() {
    let app = TestApp::start().await;
    let sale = asking(&app, 3000).await;
    let order = sale.order(&app, 1).await;
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    // Whoever asks for the link is asked to confirm first.
    let link = operations::orders::personal_link::send;
    link(&app.deps, &sale.access(&app).await, order.order).await.unwrap();
    assert_eq!(app.look("select count(*) from mails where kind = 'order_link'").await, "0");
    for _ in 0..3 {
        mail_again(&app.deps, &access).await.unwrap();
    }
    // Two where a window began in between.
    let n = "select count(*) from mails where kind = 'address_to_confirm'";
    let n: i64 = app.look(n).await.parse().unwrap();
    assert!((1..=2).contains(&n), "{n}");
}

#[tokio::test]
async fn programs_answer_for_their_addresses_and_other_events_do_not_ask() {
    let app = TestApp::start().await;
    let sale = asking(&app, 3000).await;
    let by_program = PlaceOrder { source: OrderSource::Api, ..sale.wish(1) };
    assert!(place_order(&app.deps, by_program).await.unwrap().pay_url.is_some());
    let other = on_sale(&app, 3000, 10).await;
    assert!(other.order(&app, 1).await.pay_url.is_some());
    let stranger = other.access(&app).await;
    let refused = set_asked_by(&app.deps, &stranger, sale.event, false).await;
    assert!(matches!(refused, Err(ConfirmAddressError::NotFound)));
    assert!(is_asked_by(&app.deps, &sale.access(&app).await, sale.event).await.unwrap());
    // Orders go on as they began.
    let order = sale.order(&app, 1).await;
    set_asked_by(&app.deps, &sale.access(&app).await, sale.event, false).await.unwrap();
    assert_eq!(situation(&app, &order).await, Situation::Unconfirmed);
    assert!(sale.order(&app, 1).await.pay_url.is_some());
}

/// Money that the organizer records pays the order, and from then on its buyer is told of it.
#[tokio::test]
async fn money_that_is_there_ends_the_asking() {
    let app = TestApp::start().await;
    let sale = asking(&app, 3000).await;
    let order = sale.order(&app, 1).await;
    let access = sale.access(&app).await;
    let said = RecordTransfer {
        order: order.order,
        amount: Money::yen(3000),
        received_on: app.deps.clock.now().date(),
        note: String::new(),
        key: "k".to_owned(),
    };
    record_transfer(&app.deps, &access, said).await.unwrap();
    app.until(&status_of(&order), "paid").await;
    app.run_jobs().await;
    let told = "select status from mails where kind = 'order_paid'";
    assert_eq!(app.look(told).await, "sent");
    assert_eq!(situation(&app, &order).await, Situation::Paid);
}

/// Whoever loses the page by making its link anew gets the question again, by a mail of its own.
#[tokio::test]
async fn a_link_made_anew_before_the_yes_asks_again() {
    let app = TestApp::start().await;
    let sale = asking(&app, 0).await;
    let order = sale.order(&app, 1).await;
    let first = key(&app).await;
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    renew_by_buyer(&app.deps, &access).await.unwrap();
    app.run_jobs().await;
    assert_eq!(mails(&app).await, "address_to_confirm sent, address_to_confirm sent");
    let Asked::Open { is_free: true, .. } = look(&app.deps, order.order, &first).await.unwrap()
    else {
        panic!("it waits")
    };
    let link = confirm(&app.deps, order.order, &first).await.unwrap();
    assert_ne!(link, order.link_token);
    let again = look(&app.deps, order.order, &first).await.unwrap();
    assert_eq!(again, Asked::Given { link_token: link });
    let kept = "select count(*) from mails where text_body like '%/e/confirm/%'";
    assert_eq!(app.look(kept).await, "0", "the key stands in no table");
}
