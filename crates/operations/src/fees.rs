//! Fees: which rules an order is placed under, who bears them, and what an organizer gets.

use domain::fees::{Bearer, FeeRule, FeeTerms};
use domain::ids::{EventId, FeeRuleId, OrganizerId};
use domain::money::Currency;
use domain::payment::PaymentMethod;
use domain::permission::Permission;
use serde_json::json;
use store::db::Conn;
use store::error::{ResultExt as _, StoreError};
pub use store::fee_rules::KeptRule;
use store::{events, fee_rules, payout_settings};

use crate::actor::{AdministratorAccess, OrganizerAccess};
use crate::trail::{self, About};
use crate::{Deps, fresh};

/// Rules that administrators see at once.
const RULES_MAX: i64 = 200;

/// Why a rule or who bears it was not changed.
#[derive(Debug, thiserror::Error)]
pub enum FeeError {
    #[error("there is no such event or rule")]
    NotFound,
    #[error("the rule is out of bounds")]
    OutOfBounds,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for FeeError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// The fee rules of an organizer's orders, as they are frozen with one; none when nothing is taken.
///
/// # Errors
/// When the database fails.
pub(crate) async fn terms(
    conn: &mut Conn,
    organizer: OrganizerId,
    currency: Currency,
    bearer: Bearer,
) -> Result<Option<FeeTerms>, StoreError> {
    let rules = fee_rules::list_for_organizer(conn, organizer, currency).await?;
    Ok((!rules.is_empty()).then_some(FeeTerms { bearer, rules }))
}

/// The fees of an event's orders from now on.
#[derive(Debug, Clone)]
pub struct EventFees {
    /// None when nothing is taken.
    pub terms: Option<FeeTerms>,
    pub methods: Vec<PaymentMethod>,
}

/// The fees of the organizer's own event.
///
/// # Errors
/// `NotFound` when it is somebody else's.
pub async fn event_fees(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<EventFees, FeeError> {
    let mut conn = deps.db.acquire().await?;
    let found =
        events::get_for_organizer(&mut conn, access.organizer_for(Permission::ViewEvents)?, event)
            .await?;
    let bearer = payout_settings::bearer(&mut conn, event).await?;
    let terms = terms(&mut conn, found.organizer, found.currency, bearer).await?;
    Ok(EventFees { terms, methods: found.methods })
}

/// Says who bears the fees of the event's orders from now on; orders that were placed keep theirs.
///
/// # Errors
/// `NotFound` when it is somebody else's.
pub async fn set_bearer(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    bearer: Bearer,
) -> Result<(), FeeError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
        .await?;
    if payout_settings::set_bearer(&mut tx, event, bearer, now).await? {
        let detail = json!({ "bearer": bearer });
        trail::leave_event(&mut tx, access, event, "event.fee_bearer_set", detail, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Every rule in force.
///
/// # Errors
/// When the database fails.
pub async fn rules(deps: &Deps, _: &AdministratorAccess) -> anyhow::Result<Vec<KeptRule>> {
    Ok(fee_rules::list(&mut *deps.db.acquire().await?, RULES_MAX).await?)
}

/// Puts a rule in force, for everybody or for one organizer, in the place of the one for the same method.
///
/// # Errors
/// `OutOfBounds` when no sane rule takes so much.
pub async fn set_rule(
    deps: &Deps,
    access: &AdministratorAccess,
    organizer: Option<OrganizerId>,
    currency: Currency,
    rule: FeeRule,
) -> Result<FeeRuleId, FeeError> {
    let now = deps.clock.now();
    let by = access.actor().user().ok_or(FeeError::NotFound)?;
    let kept = KeptRule { id: fresh::id(), organizer, currency, rule };
    let mut tx = deps.db.begin().await?;
    fee_rules::replace(&mut tx, &kept, by, now)
        .await
        .on_constraint("fee_rules_amounts_check", || FeeError::OutOfBounds)?;
    let detail = json!({ "fee_rule": kept.id, "rule": rule, "currency": currency });
    let about = About { organizer, ..About::PLATFORM };
    trail::note(&mut tx, about, access.actor(), ("fee.rule_set", detail), now).await?;
    tx.commit().await?;
    Ok(kept.id)
}

/// Ends a rule; ending it twice is ending it once.
///
/// # Errors
/// When the database fails.
pub async fn end_rule(
    deps: &Deps,
    access: &AdministratorAccess,
    rule: FeeRuleId,
) -> Result<(), FeeError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if fee_rules::mark_ended(&mut tx, rule, now).await? {
        let detail = json!({ "fee_rule": rule });
        trail::note(&mut tx, About::PLATFORM, access.actor(), ("fee.rule_ended", detail), now)
            .await?;
    }
    tx.commit().await?;
    Ok(())
}
