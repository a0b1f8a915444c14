//! A transfer that the organizer saw on the account and writes down by hand, with its day and a note.

use domain::ids::{OrderId, PaymentId};
use domain::limits::{ORDER_MINOR_MAX, REASON_CHARS_MAX};
use domain::money::Money;
use domain::parsed::{idempotency_key, text};
use domain::permission::Permission;
use serde_json::json;
use store::error::StoreError;
use store::orders;
use store::payments::{self, Payment};
use time::{Date, Duration};

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::trail;
use crate::transfers::arrive::{Arrived, arrive};

/// Days before today that a transfer may be dated.
const DAYS_BACK_MAX: i64 = 400;

/// What the organizer saw.
#[derive(Debug, Clone)]
pub struct RecordTransfer {
    pub order: OrderId,
    pub amount: Money,
    pub received_on: Date,
    /// For the organizer's own memory.
    pub note: String,
    /// The same form sent twice is one transfer.
    pub key: String,
}

/// Why a transfer was not recorded.
#[derive(Debug, thiserror::Error)]
pub enum RecordTransferError {
    #[error("there is no such order")]
    NotFound,
    #[error("the amount must be above zero, in the order's currency, and below {ORDER_MINOR_MAX}")]
    MalformedAmount,
    #[error("the day must be within the last {DAYS_BACK_MAX} days")]
    MalformedDay,
    #[error("the note is too long or holds control characters")]
    MalformedNote,
    #[error("the form's key is missing or too long")]
    MalformedKey,
    #[error("the same form recorded another amount before")]
    KeyReused,
    #[error("somebody else is changing the order; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for RecordTransferError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Records a transfer for an order of the organizer's own: short, exact, over, twice and late as from a statement.
///
/// # Errors
/// See [`RecordTransferError`]; nothing was recorded then.
pub async fn record_transfer(
    deps: &Deps,
    access: &OrganizerAccess,
    command: RecordTransfer,
) -> Result<PaymentId, RecordTransferError> {
    let now = deps.clock.now();
    let note = text::optional_line(&command.note, REASON_CHARS_MAX)
        .map_err(|_| RecordTransferError::MalformedNote)?;
    if idempotency_key::check(&command.key).is_err() {
        return Err(RecordTransferError::MalformedKey);
    }
    let amount = command.amount;
    if !amount.is_positive() || amount.minor() > ORDER_MINOR_MAX {
        return Err(RecordTransferError::MalformedAmount);
    }
    // A day ahead of UTC: Japan's day begins before.
    let today = (now + Duration::days(1)).date();
    if command.received_on > today || (today - command.received_on).whole_days() > DAYS_BACK_MAX {
        return Err(RecordTransferError::MalformedDay);
    }
    let mut tx = deps.db.begin().await?;
    let order = orders::lock_for_organizer(
        &mut tx,
        access.organizer_for(Permission::RecordPayments)?,
        command.order,
    )
    .await?;
    if amount.currency() != order.amount.currency() {
        return Err(RecordTransferError::MalformedAmount);
    }
    let name = format!("hand:{}:{}", order.id, command.key);
    let attempts = payments::list_for_order(&mut tx, order.id).await?;
    let of_form = |it: &&Payment| it.provider_payment_id.as_deref() == Some(&*name);
    if attempts.iter().find(of_form).is_some_and(|known| known.captured != amount) {
        return Err(RecordTransferError::KeyReused);
    }
    let arrived = Arrived {
        name: &name,
        amount,
        booked_on: command.received_on,
        payer: "",
        told_by: access.actor(),
    };
    let payment =
        arrive(deps, &mut tx, &order, arrived).await.map_err(RecordTransferError::Unexpected)?;
    let detail = json!({
        "payment": payment, "amount_minor": amount.minor(), "received_on": command.received_on.to_string(),
        "note": note,
    });
    let key = payment.to_string();
    trail::leave(&mut tx, &order, access.actor(), "transfer.recorded", (&key, detail), now).await?;
    tx.commit().await?;
    Ok(payment)
}
