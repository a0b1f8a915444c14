//! Recording a capture changes rows where they are, and what waits stands in tables of its own (docs/decisions/0030).

use domain::fees::Fees;
use domain::ids::{EventId, Id, OrderId, OrganizerId, PaymentId};
use domain::ledger::HeldBy;
use domain::money::{Currency, Money};
use domain::order::OrderStatus;
use domain::payment::PaymentMethod;
use serde_json::json;
use store::captures::{self, Captured};
use store::db::{Conn, Db};
use store::error::StoreError;
use store::ledger::{self, Capture, Subject};
use store::payments::{self, PaymentDetails};
use store::read::order_list::{OrderFilter, PageStart, list};
use store::{open_payments, order_holds};
use testkit::database;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

/// Orders of one event, the first the oldest, each with a ticket and a payment; ids are its number.
async fn orders(statuses: &[&str]) -> (Db, String) {
    let (db, url) = database::fresh_with_url().await;
    let own = Uuid::from_u128(9);
    let words = statuses.join(",");
    let sql = format!(
        "insert into organizers values ('{own}', 'individual', 'T', 't@example.com', now(), now());
         insert into events (event_id, organizer_id, slug, created_at, updated_at) values ('{own}', '{own}', 'e', now(), now());
         insert into ticket_types (ticket_type_id, event_id, position, name, price_minor, tax_rate_basis_points, created_at, updated_at)
             values ('{own}', '{own}', 1, 'T', 3000, 1000, now(), now());
         create temp view fresh as select n, lpad(n::text, 32, '0')::uuid as id, status
             from unnest(string_to_array('{words}', ',')) with ordinality as o (status, n);
         insert into orders (order_id, organizer_id, event_id, code, status, buyer_name, buyer_email, locale, amount_minor,
                             tax_minor, currency, link_token, hold_expires_at, source, created_at, updated_at, search_text)
             select id, '{own}', '{own}', 'C' || n, status, 'B', 'b@example.com', 'ja', 3000, 272, 'JPY', 'l' || n,
                    'epoch'::timestamptz + n * interval '1 minute', 'web', 'epoch', 'epoch', '' from fresh;
         insert into tickets (ticket_id, order_id, event_id, ticket_type_id, position, code, attendee_name, status)
             select id, id, '{own}', '{own}', 1, 'T' || n, 'B', 'held' from fresh;
         insert into payments (payment_id, order_id, organizer_id, event_id, ordinal, provider, reference, status, methods,
                               amount_minor, currency, created_at, updated_at)
             select id, id, '{own}', '{own}', 1, 'komoju', 'r' || n, 'pending', '{{}}', 3000, 'JPY', 'epoch', 'epoch' from fresh;"
    );
    database::run(&url, &sql).await;
    (db, url)
}

fn nth(n: u32) -> Uuid {
    Uuid::from_u128(n.into())
}

const YEN: Money = Money::yen(3000);

fn details<'a>(name: &'a str, known: &'a serde_json::Value) -> PaymentDetails<'a> {
    PaymentDetails {
        provider_payment_id: Some(name),
        method: Some(PaymentMethod::CreditCard),
        method_details: known,
        method_fee: Money::zero(Currency::JPY),
        failure_code: None,
        deadline_at: None,
    }
}

async fn capture(conn: &mut Conn, n: u32, name: &str) -> Result<(), StoreError> {
    let own = Uuid::from_u128(9);
    let subject = Subject {
        organizer: OrganizerId::from_uuid(own),
        event: EventId::from_uuid(own),
        order: OrderId::from_uuid(nth(n)),
        payment: PaymentId::from_uuid(nth(n)),
        refund: None,
        held_by: HeldBy::Provider,
    };
    let fees = Fees::none(Currency::JPY);
    let method_fee = Money::zero(Currency::JPY);
    let booking = Capture { subject, captured: YEN, applied: YEN, method_fee, fees };
    let [receipt] = ledger::post_captures(conn, &[booking], NOW).await.unwrap().try_into().unwrap();
    let card = json!({ "card_brand": "visa", "card_last4": "1111" });
    let proof = receipt.pays(YEN).unwrap();
    let details = details(name, &card);
    let it = Captured { receipt, proof, details, captured_at: NOW, webhook_event: None };
    captures::mark(conn, &[it], NOW).await
}

#[tokio::test]
async fn a_capture_changes_its_rows_in_place() {
    let (db, _) = orders(&["pending"; 3]).await;
    // The connection's own counts: changed rows, and those changed in place.
    let counts = async |conn: &mut Conn, table: &str| -> (i64, i64) {
        let sql = "select pg_stat_get_xact_tuples_updated($1::regclass), pg_stat_get_xact_tuples_hot_updated($1::regclass)";
        sqlx::query_as(sql).bind(table).fetch_one(conn).await.unwrap()
    };
    let mut tx = db.begin().await.unwrap();
    for (n, name) in [(1, "first"), (2, "second")] {
        capture(&mut tx, n, name).await.unwrap();
    }
    for table in ["orders", "payments", "tickets"] {
        assert_eq!(counts(&mut tx, table).await, (2, 2), "{table}");
    }
    // What an index does speak of is written elsewhere: the count can tell.
    sqlx::raw_sql("update orders set code = code || '-'").execute(&mut *tx).await.unwrap();
    assert_eq!(counts(&mut tx, "orders").await, (5, 2));
}

#[tokio::test]
async fn a_name_of_a_provider_belongs_to_one_payment_for_ever() {
    let (db, url) = orders(&["pending"; 3]).await;
    let none = json!({});
    let keep = async |n: u32, name: &str| {
        let mut tx = db.begin().await.unwrap();
        let payment = PaymentId::from_uuid(nth(n));
        let kept = payments::keep_details(&mut tx, payment, &details(name, &none), NOW).await;
        tx.commit().await.unwrap();
        kept
    };
    let is_taken = |kept: Result<(), StoreError>| matches!(kept, Err(StoreError::Conflict(it)) if it == "provider_payments_pkey");
    // A second try on the provider's page has a new name; the old one comes back, in a late answer.
    for name in ["a", "b", "a", "a"] {
        keep(1, name).await.unwrap();
    }
    assert!(is_taken(keep(2, "a").await) && is_taken(keep(2, "b").await));
    let mut tx = db.begin().await.unwrap();
    assert!(is_taken(capture(&mut tx, 2, "b").await), "no capture either");
    drop(tx);
    assert_eq!(database::look(&url, "select count(*) from ledger_transactions").await, "0");
    let mut tx = db.begin().await.unwrap();
    capture(&mut tx, 1, "b").await.unwrap();
    tx.commit().await.unwrap();
    let names = payments::ProviderNames { payment_id: Some("a"), ..Default::default() };
    let mut conn = db.acquire().await.unwrap();
    let found = payments::find_by_provider(&mut conn, "komoju", names).await.unwrap();
    assert_eq!(found, Some(PaymentId::from_uuid(nth(1))), "its first name finds it still");
}

#[tokio::test]
async fn the_list_finds_orders_of_each_status_page_by_page() {
    let statuses = [
        "paid",
        "expired",
        "pending",
        "cancelled",
        "awaiting_payment",
        "paid",
        "expired",
        "pending",
    ];
    let (db, _) = orders(&statuses).await;
    let own = Uuid::from_u128(9);
    let mut conn = db.acquire().await.unwrap();
    // Every set of statuses, in pages of two.
    for set in 1..(1_u32 << OrderStatus::ALL.len()) {
        let wanted: Vec<_> = OrderStatus::ALL
            .iter()
            .enumerate()
            .filter_map(|(i, status)| (set & (1 << i) != 0).then_some(*status))
            .collect();
        let expected: Vec<_> = (1_u32..9)
            .zip(statuses)
            .rev()
            .filter(|(_, status)| wanted.iter().any(|it| it.as_str() == *status))
            .map(|(n, _)| nth(n))
            .collect();
        let filter = OrderFilter { statuses: wanted.clone(), words: Vec::new() };
        let (mut found, mut start) = (Vec::new(), PageStart::Newest);
        loop {
            let (organizer, event) = (OrganizerId::from_uuid(own), EventId::from_uuid(own));
            let page = list(&mut conn, organizer, event, &filter, start, 2).await.unwrap();
            let Some(last) = page.last() else { break };
            start = PageStart::OlderThan(last.id);
            found.extend(page.iter().map(|line| line.id.uuid()));
        }
        assert_eq!(found, expected, "{wanted:?}");
    }
}

#[tokio::test]
async fn what_waits_no_longer_is_swept_out() {
    let (db, url) = orders(&["pending", "pending", "expired", "awaiting_payment"]).await;
    let held = "select string_agg(ltrim(replace(order_id::text, '-', ''), '0'), ' ' order by order_id) from order_holds";
    let open = "select string_agg(ltrim(replace(payment_id::text, '-', ''), '0'), ' ' order by payment_id) from open_payments";
    assert_eq!(database::look(&url, held).await, "1 2 4", "the ended one holds nothing");
    assert_eq!(database::look(&url, open).await, "1 2 3 4");
    let mut tx = db.begin().await.unwrap();
    capture(&mut tx, 1, "paid").await.unwrap();
    tx.commit().await.unwrap();
    let mut conn = db.acquire().await.unwrap();
    let late = NOW + Duration::hours(1);
    // Before it is swept out, the order itself says that it holds nothing.
    let ended = order_holds::list_ended(&mut conn, late, 10).await.unwrap();
    assert_eq!(ended, [2, 4].map(|n| OrderId::from_uuid(nth(n))));
    let mut asked = open_payments::take_unsynced(&mut conn, late, 10).await.unwrap();
    asked.sort();
    assert_eq!(asked, [2, 3, 4].map(|n| PaymentId::from_uuid(nth(n))));
    order_holds::sweep_out(&mut conn).await.unwrap();
    open_payments::sweep_out(&mut conn).await.unwrap();
    assert_eq!(database::look(&url, held).await, "2 4");
    assert_eq!(database::look(&url, open).await, "2 3 4");
    // A longer hold is known there at once.
    let longer = NOW + Duration::hours(2);
    store::orders::extend_hold(&mut conn, OrderId::from_uuid(nth(2)), longer).await.unwrap();
    let ended = order_holds::list_ended(&mut conn, late, 10).await.unwrap();
    assert_eq!(ended, [OrderId::from_uuid(nth(4))]);
}

#[tokio::test]
async fn check_finds_what_nobody_would_look_at() {
    let (db, url) = orders(&["pending", "pending", "paid"]).await;
    let mut conn = db.acquire().await.unwrap();
    let broken = "delete from order_holds where order_id = (select min(order_id::text)::uuid from orders);
                  update order_holds set expires_at = 'infinity';
                  delete from open_payments where payment_id = (select min(payment_id::text)::uuid from payments);
                  update payments set provider_payment_id = 'nobody knows' where ordinal = 1 and reference = 'r2';
                  insert into provider_payments values ('stray', 'komoju', gen_random_uuid())";
    let lost = async |conn: &mut Conn| {
        let orders = store::orders::list_breaks(conn).await.unwrap().into_iter();
        let orders = orders.filter(|(_, what)| what.contains("until when")).count();
        let payments = payments::list_breaks(conn).await.unwrap().into_iter();
        let words = ["nobody asks", "not kept as its own", "of no payment"];
        let payments: Vec<_> = payments.map(|(_, what)| what).collect();
        let of = |word: &&str| payments.iter().filter(|what| what.contains(*word)).count();
        (orders, words.iter().map(of).collect::<Vec<_>>())
    };
    assert_eq!(lost(&mut conn).await, (0, vec![0, 0, 0]));
    database::run(&url, broken).await;
    assert_eq!(lost(&mut conn).await, (2, vec![1, 1, 1]));
}
