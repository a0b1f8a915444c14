//! Money that came by transfer: recorded through `record_fact` like everything else that is captured.

use domain::ids::PaymentId;
use domain::money::Money;
use domain::payment::{OWN_BANK, PaymentMethod};
use providers::payments::{MethodDetails, PaymentReading, ProviderPayment, ProviderPaymentStatus};
use store::db::Conn;
use store::email_confirmations;
use store::orders::{self, Order};
use store::payments::{self, Payment};
use store::transfers::NewTransfer;
use time::{Date, OffsetDateTime, UtcOffset};

use crate::actor::Actor;
use crate::payments::record_fact::record_locked;
use crate::transfers::promise;
use crate::{Deps, fresh};

/// Banks book by Japan's days.
const JAPAN: UtcOffset = match UtcOffset::from_hms(9, 0, 0) {
    Ok(offset) => offset,
    Err(_) => UtcOffset::UTC,
};

/// Money on the organizer's account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrived<'a> {
    /// What makes it this money and no other: the line of the statement, or the organizer's own entry.
    pub(crate) name: &'a str,
    pub(crate) amount: Money,
    pub(crate) booked_on: Date,
    pub(crate) payer: &'a str,
    pub(crate) told_by: Actor,
}

/// Records the money for a locked order: the promise that waits for it takes it, else a payment of its own does.
///
/// The same money a second time is the same payment.
///
/// # Errors
/// When the database fails; the caller must let go of the transaction.
pub(crate) async fn arrive(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    arrived: Arrived<'_>,
) -> anyhow::Result<PaymentId> {
    let attempts = payments::list_for_order(conn, order.id).await?;
    let is_known = |it: &&Payment| {
        it.is_own_transfer() && it.provider_payment_id.as_deref() == Some(arrived.name)
    };
    if let Some(known) = attempts.iter().find(is_known) {
        return Ok(known.id);
    }
    // There is money, and somebody to write to about it.
    email_confirmations::waive(conn, order.id).await?;
    let waiting = attempts.iter().rev().find(|it| it.is_own_transfer() && it.status.is_open());
    let payment = match waiting {
        Some(waiting) => waiting.clone(),
        None => write_unpromised(deps, conn, order, arrived).await?,
    };
    let mut reading = reading(&payment, ProviderPaymentStatus::Captured)?;
    if let Some(read) = &mut reading.payment {
        read.id = arrived.name.to_owned();
        read.amount = arrived.amount;
        read.captured_at = Some(arrived.booked_on.midnight().assume_offset(JAPAN));
        read.details.payer_name = Some(arrived.payer.to_owned()).filter(|payer| !payer.is_empty());
    }
    // Read again: the order may have moved since the caller looked.
    let order = orders::lock(conn, order.id).await?;
    record_locked(deps, conn, order, payment.id, &reading, arrived.told_by).await?;
    Ok(payment.id)
}

/// Money that nobody promised, or that came after its promise ended, gets a payment to stand on. However often the buyer
/// began to pay: the money is there.
async fn write_unpromised(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    arrived: Arrived<'_>,
) -> anyhow::Result<Payment> {
    let now: OffsetDateTime = deps.clock.now();
    let ordinal = promise::next_ordinal(conn, order).await?;
    let id: PaymentId = fresh::id();
    let details = serde_json::to_value(MethodDetails::default())?;
    let new = NewTransfer {
        id,
        order: order.id,
        organizer: order.organizer,
        event: order.event,
        ordinal,
        reference: format!("{}-{ordinal}-{}", order.code, arrived.name),
        amount: arrived.amount,
        method_details: &details,
        deadline_at: now,
        now,
    };
    store::transfers::insert(conn, &new).await?;
    Ok(payments::get(conn, id).await?)
}

/// How a transfer stands, in the words in which providers tell it.
///
/// # Errors
/// When the payment's details cannot be read.
pub(crate) fn reading(
    payment: &Payment,
    status: ProviderPaymentStatus,
) -> anyhow::Result<PaymentReading> {
    let nothing = Money::zero(payment.amount.currency());
    let read = ProviderPayment {
        id: payment
            .provider_payment_id
            .clone()
            .unwrap_or_else(|| format!("{OWN_BANK}:{}", payment.id)),
        reference: Some(payment.reference.clone()),
        status,
        amount: payment.amount,
        method_fee: nothing,
        method: Some(PaymentMethod::DirectTransfer),
        details: serde_json::from_value(payment.method_details.clone())?,
        deadline_at: payment.deadline_at,
        captured_at: None,
        amount_refunded: nothing,
        refunds: Vec::new(),
        refund_requests: Vec::new(),
        failure_code: None,
    };
    Ok(PaymentReading { session: None, payment: Some(read) })
}
