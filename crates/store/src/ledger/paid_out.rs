//! Booking what leaves: payouts to organizers, and settlements of the provider. Both are about no single order.

use domain::ids::{EventId, OrganizerId, PayoutId, SettlementId};
use domain::ledger::Posting;
use time::OffsetDateTime;

use super::{About, PostError, write};
use crate::db::Conn;
use crate::error::StoreError;
use crate::settlements::SettledPart;

/// What a posting about a payout is about: one event's part of it, or all of it.
#[derive(Debug, Clone, Copy)]
pub struct PayoutSubject {
    pub organizer: OrganizerId,
    pub event: Option<EventId>,
    pub payout: PayoutId,
}

impl From<PayoutSubject> for About {
    fn from(subject: PayoutSubject) -> Self {
        Self { event: subject.event, payout: Some(subject.payout), ..Self::of(subject.organizer) }
    }
}

/// Books what happened to a payout's money, of one event or of all of it.
///
/// # Errors
/// `Conflict("ledger_transactions_fact_key_key")` when it was booked before.
pub async fn post_payout(
    conn: &mut Conn,
    subject: PayoutSubject,
    posting: Posting,
    now: OffsetDateTime,
) -> Result<(), StoreError> {
    let part = subject.event.map(|event| format!(":{event}")).unwrap_or_default();
    let fact_key = format!("{}:{}{part}", posting.kind(), subject.payout);
    write(conn, &[(subject.into(), posting, fact_key)], now).await
}

/// Books an organizer's part of a settlement: what left the provider's account, and the fees of it. A part may be booked
/// later than others, when its payment was recorded later.
///
/// # Errors
/// `Conflict("ledger_transactions_fact_key_key")` when it was booked before.
pub async fn post_settlement(
    conn: &mut Conn,
    settlement: SettlementId,
    part: SettledPart,
    now: OffsetDateTime,
) -> Result<(), PostError> {
    let SettledPart { organizer, model, first_line, amount, fees } = part;
    let posting = Posting::settlement(organizer, model, amount, fees)?;
    let about = About { settlement: Some(settlement), ..About::of(organizer) };
    let fact_key = format!("settlement:{settlement}:{organizer}:{model}:{first_line}");
    Ok(write(conn, &[(about, posting, fact_key)], now).await?)
}
