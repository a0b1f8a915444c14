//! Personal links: mailed again to the order's own address alone, made anew, and what the old one still says.

use domain::ids::Id;
use operations::access::{AccessError, buyer_access};
use operations::orders::cancel::cancel_by_buyer;
use operations::orders::personal_link::{
    LinkError, ask, event_of_retired, renew_by_buyer, renew_by_organizer, send,
};
use operations::orders::place::PlacedOrder;
use operations::orders::show::show_order;
use operations::refunds::account::{AccountError, FormState, ask_again_by_form, give, look};
use serde_json::json;
use testkit::app::TestApp;
use testkit::story::{Sale, on_sale};

use crate::refund_accounts::{Paid, STATUS, typed};

/// Mails of the order, as kind and recipient, oldest first.
async fn mails(app: &TestApp, order: &PlacedOrder) -> String {
    let sql = format!(
        "select coalesce(string_agg(kind || ' ' || recipient, ', ' order by created_at), '')
         from mails where kind like 'order_link%' and order_id = '{}'",
        order.order.uuid()
    );
    app.look(&sql).await
}

async fn link_of(app: &TestApp, order: &PlacedOrder) -> String {
    app.look(&format!("select link_token from orders where order_id = '{}'", order.order.uuid()))
        .await
}

fn slug(sale: &Sale) -> String {
    format!("e-{}", sale.event.uuid())
}

async fn asked(app: &TestApp, sale: &Sale, email: &str) {
    ask(&app.deps, &slug(sale), email).await.unwrap();
    app.run_jobs().await;
}

#[tokio::test]
async fn the_link_goes_to_the_address_that_ordered_and_once_an_hour() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let order = sale.order(&app, 1).await;
    let other = on_sale(&app, 3000, 10).await;
    let elsewhere = other.order(&app, 1).await;
    // However it is written.
    asked(&app, &sale, " Sato@EXAMPLE.com ").await;
    asked(&app, &sale, "sato@example.com").await;
    assert_eq!(mails(&app, &order).await, "order_link sato@example.com");
    assert_eq!(mails(&app, &elsewhere).await, "", "orders of other events have pages of their own");
}

#[tokio::test]
async fn whoever_asks_is_not_told_whether_anything_was_ordered() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    sale.order(&app, 1).await;
    // The same work for both: a job that names the address by its hash.
    ask(&app.deps, &slug(&sale), "sato@example.com").await.unwrap();
    ask(&app.deps, &slug(&sale), "nobody@example.com").await.unwrap();
    let jobs = "select count(*) || ' ' || bool_or(payload::text like '%example%') from jobs where kind = 'mail_links'";
    assert_eq!(app.look(jobs).await, "2 false");
    app.run_jobs().await;
    assert_eq!(app.look("select count(*) from mails where recipient like 'nobody%'").await, "0");
    let unknown = ask(&app.deps, "no-such-event", "sato@example.com").await;
    assert!(matches!(unknown, Err(LinkError::NotFound)));
    assert!(matches!(ask(&app.deps, &slug(&sale), "sato").await, Err(LinkError::Email(_))));
}

#[tokio::test]
async fn what_expired_unpaid_is_not_mailed() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let order = sale.order(&app, 1).await;
    let sql = format!(
        "update orders set status = 'expired', ended_at = now() where order_id = '{}'",
        order.order.uuid()
    );
    testkit::database::run(&app.database_url, &sql).await;
    asked(&app, &sale, "sato@example.com").await;
    assert_eq!(mails(&app, &order).await, "");
}

#[tokio::test]
async fn a_link_made_anew_opens_the_order_alone() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let order = sale.order(&app, 1).await;
    let first = order.link_token.clone();
    let access = buyer_access(&app.deps, &first).await.unwrap();
    renew_by_buyer(&app.deps, &access).await.unwrap();
    let second = link_of(&app, &order).await;
    assert_ne!(first, second);
    assert!(matches!(buyer_access(&app.deps, &first).await, Err(AccessError::Unknown)));
    assert_eq!(buyer_access(&app.deps, &second).await.unwrap().order(), order.order);

    renew_by_organizer(&app.deps, &sale.access(&app).await, order.order).await.unwrap();
    assert!(matches!(buyer_access(&app.deps, &second).await, Err(AccessError::Unknown)));
    // Each is told where to look, and nothing else.
    for old in [&first, &second] {
        assert_eq!(event_of_retired(&app.deps, old).await.unwrap(), Some(slug(&sale)));
    }
    assert_eq!(event_of_retired(&app.deps, "never-a-link").await.unwrap(), None);
    assert_eq!(
        mails(&app, &order).await,
        "order_link_renewed sato@example.com, order_link_renewed sato@example.com"
    );
    let lines = "select string_agg(actor_kind || ' ' || action, ', ' order by created_at) from audit_entries
                 where action like 'order.link%'";
    assert_eq!(app.look(lines).await, "buyer order.link_renewed, user order.link_renewed");
    let kept =
        format!("select count(*) from retired_links where token_hash::text like '%{first}%'");
    assert_eq!(app.look(&kept).await, "0", "links are kept as hashes");
    // It is paid by the new link as by the old.
    let third = link_of(&app, &order).await;
    app.pay_by_card(order.pay_url.as_deref().unwrap()).await;
    app.until(&testkit::story::status_of(&order), "paid").await;
    assert_eq!(link_of(&app, &order).await, third);
    app.check().await;
}

#[tokio::test]
async fn two_who_make_it_anew_at_once_leave_one_link() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 10).await;
    let order = sale.order(&app, 1).await;
    let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
    let (a, b) =
        tokio::join!(renew_by_buyer(&app.deps, &access), renew_by_buyer(&app.deps, &access));
    a.unwrap();
    b.unwrap();
    assert_eq!(app.look("select count(*) from retired_links").await, "2");
    let last = link_of(&app, &order).await;
    assert_eq!(buyer_access(&app.deps, &last).await.unwrap().order(), order.order);
    assert_eq!(event_of_retired(&app.deps, &last).await.unwrap(), None);
}

#[tokio::test]
async fn the_organizer_sends_it_again_and_others_cannot() {
    let app = TestApp::start().await;
    let (sale, other) = (on_sale(&app, 3000, 10).await, on_sale(&app, 3000, 10).await);
    let order = sale.order(&app, 1).await;
    send(&app.deps, &sale.access(&app).await, order.order).await.unwrap();
    send(&app.deps, &sale.access(&app).await, order.order).await.unwrap();
    assert_eq!(mails(&app, &order).await, "order_link sato@example.com");
    let theirs = other.access(&app).await;
    assert!(matches!(send(&app.deps, &theirs, order.order).await, Err(LinkError::NotFound)));
    let refused = renew_by_organizer(&app.deps, &theirs, order.order).await;
    assert!(matches!(refused, Err(LinkError::NotFound)));
    assert_eq!(link_of(&app, &order).await, order.link_token);
}

/// Nobody crowds an order out of the mails by ordering with its address.
#[tokio::test]
async fn what_was_paid_comes_first_and_what_ended_unpaid_not_at_all() {
    let app = TestApp::start().await;
    let sale = on_sale(&app, 3000, 50).await;
    let paid = sale.paid_order(&app, 1).await;
    for _ in 0..6 {
        let order = sale.order(&app, 1).await;
        let access = buyer_access(&app.deps, &order.link_token).await.unwrap();
        cancel_by_buyer(&app.deps, &access).await.unwrap();
    }
    for _ in 0..6 {
        sale.order(&app, 1).await;
    }
    asked(&app, &sale, "sato@example.com").await;
    assert_eq!(mails(&app, &paid).await, "order_link sato@example.com");
    let all = "select count(*) from mails where kind = 'order_link'";
    assert_eq!(app.look(all).await, "5");
    // Once it was made anew it can be asked for again, within the same hour.
    renew_by_organizer(&app.deps, &sale.access(&app).await, paid.order).await.unwrap();
    asked(&app, &sale, "sato@example.com").await;
    assert_eq!(
        mails(&app, &paid).await,
        "order_link sato@example.com, order_link_renewed sato@example.com, order_link sato@example.com"
    );
}

/// Whoever read the page of a link that is dead has read where to name an account; that is dead too.
#[tokio::test]
async fn a_link_made_anew_ends_the_form_that_its_page_showed() {
    let app = TestApp::start().await;
    let paid = Paid::by_konbini(&app).await;
    let refund = paid.ask(&app, 4000).await;
    let seen = paid.token(&app).await.unwrap();
    let access = buyer_access(&app.deps, &paid.order.link_token).await.unwrap();
    renew_by_buyer(&app.deps, &access).await.unwrap();
    let closed = give(&app.deps, &seen, &typed()).await;
    assert!(matches!(closed, Err(AccountError::Closed)), "{closed:?}");
    assert_eq!(look(&app.deps, &seen).await.unwrap().state, FormState::Ended);
    let asked = ask_again_by_form(&app.deps, &seen).await;
    assert!(matches!(asked, Err(AccountError::Closed)), "{asked:?}");

    // The new form is on the page of the new link, and in a mail to the order's own address.
    let link = app.look("select link_token from orders").await;
    let access = buyer_access(&app.deps, &link).await.unwrap();
    let shown = show_order(&app.deps, &access).await.unwrap();
    let fresh = shown.refunds.iter().find_map(|it| it.form.clone()?.token).unwrap();
    assert_ne!(fresh, seen);
    let mails = "select string_agg(distinct recipient, ', ') || ' ' || count(*) from mails where kind = 'account_needed'";
    assert_eq!(app.look(mails).await, "sato@example.com 2");
    give(&app.deps, &fresh, &typed()).await.unwrap();
    app.until(STATUS, "processing").await;

    // An account that was given stays: the refund is on its way.
    renew_by_organizer(&app.deps, &paid.sale.access(&app).await, paid.order.order).await.unwrap();
    app.act(&paid.name, "complete_refund_request", json!({})).await;
    app.until(STATUS, "succeeded").await;
    assert_eq!(app.look("select count(*) from refund_account_forms").await, "2", "{refund}");
    app.check().await;
}
