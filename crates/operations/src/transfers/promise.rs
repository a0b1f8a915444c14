//! Promising a transfer: the buyer gets an account and a number, the places wait for the deadline.

use domain::ids::PaymentId;
use domain::limits::{
    HOLD_GRACE_MINUTES, PAYMENTS_PER_ORDER_MAX, TRANSFER_DAYS, TRANSFER_GRACE_DAYS,
};
use domain::money::Money;
use domain::payment::PaymentMethod;
use domain::time_zone;
use domain::transfer::TransferNumber;
use providers::payments::{MethodDetails, ProviderPaymentStatus};
use serde_json::json;
use store::db::Conn;
use store::error::StoreError;
use store::orders::Order;
use store::payments::{self, Payment};
use store::transfers::{self, NewTransfer, ReceivingAccount};
use time::{Duration, OffsetDateTime};
use words::bank;
use words::lang::Lang;

use crate::actor::Actor;
use crate::jobs::{self, Job};
use crate::payments::promise;
use crate::payments::record_fact::record_locked;
use crate::transfers::arrive::reading;
use crate::{Deps, fresh, trail};

/// Letters behind an order's code that make an attempt's reference unique.
const REFERENCE_CHARS: usize = 8;
/// Numbers that are tried until one is free; with ten million of them a second try is rare.
const NUMBERS_TRIED: usize = 20;
/// Where the details of a promise hold the number that the buyer was told.
const NUMBER: &str = "transfer_number";

/// Why a transfer was not promised.
#[derive(Debug, thiserror::Error)]
pub enum PromiseError {
    #[error("the organizer has no account that could be transferred to")]
    NoAccount,
    #[error("too many attempts")]
    TooManyAttempts,
    #[error("no number is free")]
    NoNumber,
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Promises `amount` of a locked order: writes the payment that waits for it, keeps the places, mails the instructions.
///
/// # Errors
/// See [`PromiseError`].
pub(crate) async fn promise(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    amount: Money,
) -> Result<PaymentId, PromiseError> {
    let now = deps.clock.now();
    let account = transfers::find_account(conn, order.organizer).await?;
    let account = account.ok_or(PromiseError::NoAccount)?;
    let terms = transfers::get_terms(conn, order.event).await?;
    let number = number(conn, order).await?;
    let ordinal = next_ordinal(conn, order).await?;
    if ordinal > PAYMENTS_PER_ORDER_MAX {
        return Err(PromiseError::TooManyAttempts);
    }
    let deadline_at = deadline(now, now + deps.settings.hold, terms.starts_at, &terms.time_zone);
    let details = details(&account, &number, Lang::parse(&order.locale).unwrap_or_default());
    let details = serde_json::to_value(details).map_err(|_| StoreError::Malformed("details"))?;
    let payment = fresh::id();
    let new = NewTransfer {
        id: payment,
        order: order.id,
        organizer: order.organizer,
        event: order.event,
        ordinal,
        reference: format!("{}-{ordinal}-{}", order.code, fresh::code(REFERENCE_CHARS)),
        amount,
        method_details: &details,
        deadline_at,
        now,
    };
    transfers::insert(conn, &new).await?;
    let hold = hold(deadline_at, terms.starts_at);
    promise::keep_places(deps, conn, order, payment, hold).await?;
    let detail = json!({
        "payment": payment, "status": "authorized", "amount_minor": amount.minor(),
        "method": PaymentMethod::DirectTransfer,
    });
    let key = payment.to_string();
    trail::leave(conn, order, Actor::Buyer, "payment.authorized", (&key, detail), now).await?;
    Ok(payment)
}

/// Less came than was owed: the rest is asked for by the same number, and pages that ask for the whole are closed.
///
/// # Errors
/// When the database fails.
pub(crate) async fn ask_for_rest(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    came: &Payment,
    missing: Money,
) -> anyhow::Result<()> {
    let now = deps.clock.now();
    for payment in payments::list_for_order(conn, order.id).await? {
        if payment.id != came.id && payment.status.is_open() {
            jobs::enqueue(conn, &Job::ClosePayment { payment: payment.id }, now).await?;
        }
    }
    if !came.is_own_transfer() {
        return Ok(());
    }
    match promise(deps, conn, order, missing).await {
        Ok(_) => Ok(()),
        // The order page offers the other ways to pay, and the organizer has the alert.
        Err(PromiseError::NoAccount | PromiseError::TooManyAttempts) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// The order's number; a fresh one the first time.
pub(crate) async fn number(conn: &mut Conn, order: &Order) -> Result<TransferNumber, PromiseError> {
    if let Some(number) = transfers::find_number(conn, order.id).await? {
        return Ok(number);
    }
    for _ in 0..NUMBERS_TRIED {
        let number = TransferNumber::from_seed(rand::random());
        if transfers::give_number(conn, order.id, &number).await? {
            return Ok(number);
        }
    }
    Err(PromiseError::NoNumber)
}

/// Ends an open promise that is not wanted any more; the order is locked. Nobody has to be told: money that comes all the
/// same is found by its number.
///
/// # Errors
/// When the database fails; the caller must let go of the transaction.
pub(crate) async fn end(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    promised: &Payment,
    actor: Actor,
) -> anyhow::Result<()> {
    let is_over = promised.deadline_at.is_some_and(|deadline| deadline <= deps.clock.now());
    let status =
        if is_over { ProviderPaymentStatus::Expired } else { ProviderPaymentStatus::Cancelled };
    let reading = reading(promised, status)?;
    record_locked(deps, conn, order.clone(), promised.id, &reading, actor).await
}

/// Whether money that came at `came_at` was in time for one of the order's promises.
pub(crate) fn is_in_time(attempts: &[Payment], came_at: OffsetDateTime) -> bool {
    attempts
        .iter()
        // Money without a promise has a payment, too, and no number was told for it.
        .filter(|it| it.is_own_transfer())
        .filter(|it| it.method_details.get(NUMBER).is_some_and(serde_json::Value::is_string))
        .any(|it| it.deadline_at.is_some_and(|deadline| came_at <= deadline))
}

/// The ordinal of the order's next attempt.
pub(crate) async fn next_ordinal(conn: &mut Conn, order: &Order) -> Result<i32, StoreError> {
    let attempts = payments::list_for_order(conn, order.id).await?;
    Ok(attempts.last().map_or(1, |last| last.ordinal.saturating_add(1)))
}

/// The end of the last day, by the event's clock; the event's start where that is earlier; never before `earliest`.
fn deadline(
    now: OffsetDateTime,
    earliest: OffsetDateTime,
    starts_at: Option<OffsetDateTime>,
    zone: &str,
) -> OffsetDateTime {
    let last_day = now + Duration::days(TRANSFER_DAYS);
    let end_of_day = time_zone::local(last_day, zone).ok().and_then(|day| {
        let wall = format!("{:04}-{:02}-{:02}T23:59:59", day.year, day.month, day.day);
        time_zone::instant(&wall, zone).ok()
    });
    let deadline = end_of_day.unwrap_or(last_day);
    let deadline = starts_at.map_or(deadline, |start| deadline.min(start));
    deadline.max(earliest)
}

/// Places wait longer than the buyer: a statement is read days after the bank booked. Not past the event's start, where
/// that leaves the usual grace.
fn hold(deadline: OffsetDateTime, starts_at: Option<OffsetDateTime>) -> OffsetDateTime {
    let hold = deadline + Duration::days(TRANSFER_GRACE_DAYS);
    let hold = starts_at.map_or(hold, |start| hold.min(start));
    hold.max(deadline + Duration::minutes(HOLD_GRACE_MINUTES))
}

/// The account and the number, in the buyer's words.
fn details(receiving: &ReceivingAccount, number: &TransferNumber, lang: Lang) -> MethodDetails {
    let ReceivingAccount { account, bank_name, branch_name } = receiving;
    MethodDetails {
        bank_name: Some(format!("{bank_name} ({})", account.bank)),
        bank_branch: Some(format!("{branch_name} ({})", account.branch)),
        bank_account_type: Some(bank::account_kind(account.kind, lang).to_owned()),
        bank_account_number: Some(account.number.to_string()),
        bank_account_name: Some(account.holder.to_string()),
        transfer_number: Some(number.to_string()),
        ..MethodDetails::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use time::macros::datetime;

    #[test]
    fn the_deadline_is_the_end_of_a_day_before_the_event() {
        let now = datetime!(2026-11-22 3:00 UTC);
        let soon = now + Duration::minutes(30);
        let ask = |start| deadline(now, soon, start, time_zone::JAPAN);
        assert_eq!(ask(None), datetime!(2026-11-29 14:59:59 UTC));
        let start = datetime!(2026-11-25 9:00 UTC);
        assert_eq!(ask(Some(start)), start);
        assert_eq!(ask(Some(datetime!(2026-11-22 3:10 UTC))), soon);
    }

    #[test]
    fn places_wait_some_days_for_the_statement_and_not_past_the_start() {
        let deadline = datetime!(2026-11-29 14:59:59 UTC);
        assert_eq!(hold(deadline, None), datetime!(2026-12-02 14:59:59 UTC));
        let start = datetime!(2026-12-01 9:00 UTC);
        assert_eq!(hold(deadline, Some(start)), start);
        assert_eq!(hold(deadline, Some(deadline)), datetime!(2026-11-29 15:29:59 UTC));
    }
}
