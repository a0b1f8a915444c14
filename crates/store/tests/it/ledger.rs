//! The ledger's own walls: what does not balance is not committed, what is written stays.

use domain::fees::Fees;
use domain::ids::{EventId, Id, OrderId, OrganizerId, PaymentId};
use domain::money::{Currency, Money};
use store::db::{Db, Tx};
use store::error::StoreError;
use store::ledger::{self, PostError, Subject};
use testkit::database;
use time::OffsetDateTime;
use uuid::Uuid;

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

async fn subject(url: &str) -> Subject {
    let [organizer, event, order, payment] = [1, 2, 3, 4].map(Uuid::from_u128);
    let sql = format!(
        "insert into organizers values ('{organizer}', 'individual', 'T', 't@example.com', now(), now());
         insert into events (event_id, organizer_id, slug, created_at, updated_at) values ('{event}', '{organizer}', 'e', now(), now());
         insert into orders (order_id, organizer_id, event_id, code, status, buyer_name, buyer_email, locale, amount_minor,
                             tax_minor, currency, link_token, hold_expires_at, source, created_at, updated_at, search_text)
             values ('{order}', '{organizer}', '{event}', 'C', 'pending', 'B', 'b@example.com', 'ja', 3000, 272, 'JPY', 'l',
                     now(), 'web', now(), now(), '');
         insert into payments (payment_id, order_id, organizer_id, event_id, ordinal, provider, reference, status, methods,
                               amount_minor, currency, created_at, updated_at)
             values ('{payment}', '{order}', '{organizer}', '{event}', 1, 'komoju', 'r', 'pending', '{{}}', 3000, 'JPY', now(), now());"
    );
    database::run(url, &sql).await;
    Subject {
        organizer: OrganizerId::from_uuid(organizer),
        event: EventId::from_uuid(event),
        order: OrderId::from_uuid(order),
        payment: PaymentId::from_uuid(payment),
        refund: None,
        held_by: domain::ledger::HeldBy::Provider,
    }
}

async fn post(tx: &mut Tx, subject: Subject) -> Result<(), PostError> {
    let yen = Money::yen(3000);
    let receipt = ledger::post_capture(
        tx,
        ledger::Capture {
            subject,
            captured: yen,
            applied: yen,
            method_fee: Money::yen(190),
            fees: Fees::none(Currency::JPY),
        },
        NOW,
    )
    .await?;
    assert_eq!(receipt.captured(), yen);
    assert!(receipt.pays(yen).is_some());
    assert!(receipt.pays(Money::yen(3001)).is_none());
    Ok(())
}

async fn posted() -> (Db, String, Subject) {
    let (db, url) = database::fresh_with_url().await;
    let subject = subject(&url).await;
    let mut tx = db.begin().await.unwrap();
    post(&mut tx, subject).await.unwrap();
    tx.commit().await.unwrap();
    (db, url, subject)
}

#[tokio::test]
async fn a_capture_is_booked_once() {
    let (db, url, subject) = posted().await;
    let mut tx = db.begin().await.unwrap();
    let again = post(&mut tx, subject).await;
    assert!(
        matches!(&again, Err(PostError::Store(StoreError::Conflict(name))) if name == "ledger_transactions_fact_key_key"),
        "{again:?}"
    );
    drop(tx);
    let balances =
        ledger::list_balances(&mut db.acquire().await.unwrap(), subject.organizer).await.unwrap();
    let told: Vec<_> =
        balances.iter().map(|it| (it.account.as_str(), it.balance.minor())).collect();
    assert_eq!(
        told,
        [("organizer_payable", -3000), ("provider_clearing", 3190), ("provider_fees", -190)]
    );
    assert_eq!(database::look(&url, "select count(*) from ledger_entries").await, "3");
}

#[tokio::test]
async fn what_is_written_stays() {
    let (_, url, _) = posted().await;
    for sql in [
        "update ledger_entries set amount_minor = 1",
        "delete from ledger_entries",
        "update ledger_transactions set kind = 'dispute'",
        "delete from ledger_transactions",
    ] {
        // A trigger refuses; the block turns the refusal into something to look at.
        let tried = format!(
            "do $$ begin {sql}; raise exception 'was let through'; exception when restrict_violation then null; end $$"
        );
        database::run(&url, &tried).await;
    }
    assert_eq!(database::look(&url, "select sum(amount_minor) from ledger_entries").await, "0");
}

#[tokio::test]
async fn a_statement_whose_lines_do_not_add_up_is_refused() {
    let (_, url, _) = posted().await;
    let line = |columns: &str| {
        format!(
            "insert into ledger_entries (ledger_transaction_id, ledger_account_id, amount_minor, currency)
             select {columns} from (select * from ledger_entries limit 1) e, (values (5), (-5)) as v (amount)"
        )
    };
    let lopsided = line("ledger_transaction_id, ledger_account_id, abs(amount), currency");
    let apart = line(
        "case when amount > 0 then ledger_transaction_id else gen_random_uuid() end, ledger_account_id, amount, currency",
    );
    let no_account = line("ledger_transaction_id, 0, amount, currency");
    let no_transaction =
        line("'00000000-0000-0000-0000-000000000000', ledger_account_id, amount, currency");
    let other_currency = line("ledger_transaction_id, ledger_account_id, amount, 'USD'");
    for (sql, condition) in [
        (lopsided, "check_violation"),
        (apart, "check_violation"),
        (no_account, "foreign_key_violation"),
        (no_transaction, "foreign_key_violation"),
        (other_currency, "foreign_key_violation"),
    ] {
        let tried = format!(
            "do $$ begin {sql}; raise exception 'was let through'; exception when {condition} then null; end $$"
        );
        database::run(&url, &tried).await;
    }
    assert_eq!(database::look(&url, "select count(*) from ledger_entries").await, "3");
}

#[tokio::test]
async fn an_order_is_of_its_organizers_event_and_its_rows_are_compared_with_it() {
    let (db, url, _) = posted().await;
    let stranger = "insert into organizers values ('00000000-0000-0000-0000-000000000009', 'individual', 'S', 's@example.com', now(), now())";
    database::run(&url, stranger).await;
    let moved = "do $$ begin
        update orders set organizer_id = '00000000-0000-0000-0000-000000000009';
        raise exception 'was let through';
    exception when foreign_key_violation then null; end $$";
    database::run(&url, moved).await;
    let mut conn = db.acquire().await.unwrap();
    let breaks = async |conn: &mut _| {
        let breaks = store::orders::list_breaks(conn).await.unwrap();
        breaks.into_iter().filter(|(_, what)| what.contains("another event or organizer")).count()
    };
    assert_eq!(breaks(&mut conn).await, 0);
    database::run(
        &url,
        "update payments set organizer_id = '00000000-0000-0000-0000-000000000009'",
    )
    .await;
    assert_eq!(breaks(&mut conn).await, 1);
}
