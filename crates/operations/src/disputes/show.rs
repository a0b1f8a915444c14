//! A dispute with its evidence, for its organizer.

use domain::ids::DisputeId;
use domain::money::Money;
use domain::permission::Permission;
pub use store::disputes::{Dispute, Evidence};
use store::{disputes, refunds};

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::disputes::DisputeError;

/// A dispute, ready for its page.
#[derive(Debug, Clone)]
pub struct ShownDispute {
    pub dispute: Dispute,
    pub amount: Money,
    pub evidence: Vec<Evidence>,
}

/// Reads the organizer's dispute.
///
/// # Errors
/// [`DisputeError::NotFound`] when there is none or it is somebody else's.
pub async fn show(
    deps: &Deps,
    access: &OrganizerAccess,
    dispute: DisputeId,
) -> Result<ShownDispute, DisputeError> {
    let mut conn = deps.db.acquire().await?;
    let dispute = disputes::get_for_organizer(
        &mut conn,
        access.organizer_for(Permission::AnswerDisputes)?,
        dispute,
    )
    .await?;
    let amount = refunds::get(&mut conn, dispute.refund).await?.amount;
    let evidence = disputes::list_evidence(&mut conn, dispute.id).await?;
    Ok(ShownDispute { dispute, amount, evidence })
}
