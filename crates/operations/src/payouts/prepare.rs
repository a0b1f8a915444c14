//! Preparing a payout: everything that is available today is set aside for it, event by event.

use domain::ids::PayoutId;
use domain::ledger::Posting;
use domain::money::{Currency, Money};
use domain::payout::{self, PayoutModel, PayoutStatus};
use domain::permission::Permission;
use domain::standing::{Standing, asks_for_review};
use serde_json::json;
use store::bank_accounts;
use store::db::Conn;
use store::error::{ResultExt as _, StoreError};
use store::ledger::{PayoutSubject, post_payout};
use store::payout_settings;
use store::payouts::{self, NewPayout, Payout, PayoutLine};
use store::standings;
use time::OffsetDateTime;

use crate::actor::OrganizerAccess;
use crate::payouts::leave;
use crate::payouts::money::{self, EventPart};
use crate::{Deps, fresh, trail};

/// Why the first payout waits; screens have their own words for it.
pub const FIRST_PAYOUT: &str = "first_payout";
/// Letters behind `PO-` that name a payout.
const CODE_CHARS: usize = 6;

/// Why no payout was prepared. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum PrepareError {
    #[error("the money is not with us: the model is direct")]
    NotCollected,
    #[error("there is no bank account")]
    NoAccount,
    #[error("nothing can be paid out today")]
    NothingPayable,
    #[error("less than {} is not paid out", minimum.minor())]
    BelowMinimum { minimum: Money },
    #[error("only a signed-in member can do this")]
    NotAUser,
    #[error("somebody else is preparing a payout; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for PrepareError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Prepares a payout of everything that is available; what events owe is taken off.
///
/// Pressing twice prepares once: the second finds nothing left.
///
/// # Errors
/// See [`PrepareError`].
pub async fn prepare_payout(
    deps: &Deps,
    access: &OrganizerAccess,
) -> Result<PayoutId, PrepareError> {
    let user = access.actor().user().ok_or(PrepareError::NotAUser)?;
    let organizer = access.organizer_for(Permission::PreparePayouts)?;
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    payout_settings::lock(&mut tx, organizer).await?;
    let settings = payout_settings::get(&mut tx, organizer).await?;
    if settings.model != PayoutModel::Collect {
        return Err(PrepareError::NotCollected);
    }
    let account =
        bank_accounts::find_current(&mut tx, organizer).await?.ok_or(PrepareError::NoAccount)?;
    let events =
        money::parts(&mut tx, access, &settings, now).await.map_err(PrepareError::Unexpected)?;
    let amount = payout::available(Currency::JPY, &money::shares(&events))
        .map_err(|error| PrepareError::Unexpected(error.into()))?;
    let minimum = settings.terms.minimum;
    if !amount.is_positive() {
        return Err(PrepareError::NothingPayable);
    }
    if amount.minor() < minimum.minor() {
        return Err(PrepareError::BelowMinimum { minimum });
    }
    let code = format!("PO-{}", fresh::code(CODE_CHARS));
    let new = NewPayout {
        id: fresh::id(),
        organizer,
        code: &code,
        amount,
        bank_account: account.id,
        prepared_by: user,
        now,
    };
    payouts::insert(&mut tx, &new).await?;
    for line in events.iter().filter_map(line) {
        payouts::insert_line(&mut tx, new.id, &line).await?;
        let subject = PayoutSubject { organizer, event: Some(line.event), payout: new.id };
        let posting = Posting::payout_prepared(organizer, line.amount)
            .map_err(|error| PrepareError::Unexpected(error.into()))?;
        post_payout(&mut tx, subject, posting, now).await?;
    }
    let written: Payout = payouts::lock(&mut tx, new.id).await?;
    leave(&mut tx, &written, access.actor(), PayoutStatus::Draft, "", now).await?;
    ask_for_review(&mut tx, access, settings.model, now).await?;
    // A refund or a dispute that was booked in the meantime leaves less than was seen: the database refuses.
    tx.commit().await.on_constraint("payouts_payable_check", || PrepareError::NothingPayable)?;
    Ok(new.id)
}

/// The first payout waits until somebody of the platform looked at the organizer.
async fn ask_for_review(
    conn: &mut Conn,
    access: &OrganizerAccess,
    model: PayoutModel,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let organizer = access.named();
    let kept = standings::lock(conn, organizer).await?;
    if !asks_for_review(kept.standing, model, kept.reviewed_at.is_some()) {
        return Ok(());
    }
    let change = (Standing::InReview, FIRST_PAYOUT);
    standings::set(conn, organizer, change, false, now).await?;
    let detail = json!({ "from": kept.standing, "to": Standing::InReview, "reason": FIRST_PAYOUT });
    let key = organizer.to_string();
    let what = "organizer.in_review";
    trail::leave_organizer(conn, organizer, access.actor(), what, (&key, detail), now).await
}

/// What an event has to do with the payout; one of which nothing is paid and nothing owed has no line.
fn line(event: &EventPart) -> Option<PayoutLine> {
    let EventPart { money, share } = event;
    let nothing = Money::zero(share.available.currency());
    (!share.available.is_zero()).then(|| PayoutLine {
        event: money.event,
        event_title: money.title.clone(),
        sales: money.sales,
        platform_fees: money.platform_fees,
        provider_fees: money.provider_fees,
        refunds: money.refunds,
        disputes: money.disputes,
        paid_before: money.paid_before,
        reserve: share.waiting.map_or(nothing, |(waiting, _)| waiting),
        amount: share.available,
    })
}
