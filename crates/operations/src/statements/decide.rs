//! What a person decides about a line that is not certain: this order, not this order, another one, or none at all.

use domain::ids::{OrderId, PaymentId, StatementLineId};
use domain::limits::REASON_CHARS_MAX;
use domain::parsed::text;
use domain::permission::Permission;
use serde_json::json;
use store::read::statements::find_order_by_code;
use store::statements::{self, DecidedHow, LineStatus};

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::statements::apply::{ApplyError, apply};
use crate::trail;

/// Records a line for an order that was proposed for it.
///
/// # Errors
/// `NotFound` when the line is somebody else's, `NoSuchOrder` when the order is not proposed, `DecidedBefore` when somebody
/// was first.
pub async fn accept(
    deps: &Deps,
    access: &OrganizerAccess,
    line: StatementLineId,
    order: OrderId,
) -> Result<PaymentId, ApplyError> {
    let line = {
        let mut conn = deps.db.acquire().await?;
        let found = statements::get_line(
            &mut conn,
            access.organizer_for(Permission::ReconcileStatements)?,
            line,
        )
        .await?;
        let is_proposed = statements::is_proposed(&mut conn, line, order).await?;
        let is_undecided = matches!(found.status, LineStatus::Open | LineStatus::Proposed);
        if is_undecided && !is_proposed {
            return Err(ApplyError::NoSuchOrder);
        }
        found
    };
    apply(deps, &line, order, DecidedHow::Accepted, access.actor()).await
}

/// Records a line for the order of a code that a person typed.
///
/// # Errors
/// `NotFound` when the organizer has no such line, `NoSuchOrder` when none has the code, `DecidedBefore` when somebody was
/// first.
pub async fn choose(
    deps: &Deps,
    access: &OrganizerAccess,
    line: StatementLineId,
    code: &str,
) -> Result<PaymentId, ApplyError> {
    let (line, order) = {
        let mut conn = deps.db.acquire().await?;
        let line = statements::get_line(
            &mut conn,
            access.organizer_for(Permission::ReconcileStatements)?,
            line,
        )
        .await?;
        let code = code.trim().to_ascii_uppercase();
        let order = find_order_by_code(
            &mut conn,
            access.organizer_for(Permission::ReconcileStatements)?,
            &code,
        )
        .await?;
        (line, order.ok_or(ApplyError::NoSuchOrder)?)
    };
    apply(deps, &line, order, DecidedHow::Chosen, access.actor()).await
}

/// Refuses one proposal; it is not made again for this line.
///
/// # Errors
/// `NotFound` when the line is somebody else's, `NoSuchOrder` when the order is not proposed.
pub async fn refuse(
    deps: &Deps,
    access: &OrganizerAccess,
    line: StatementLineId,
    order: OrderId,
) -> Result<(), ApplyError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    statements::get_line(&mut tx, access.organizer_for(Permission::ReconcileStatements)?, line)
        .await?;
    let by = access.actor().user();
    if !statements::refuse_proposal(&mut tx, line, order, by, now).await? {
        return Err(ApplyError::NoSuchOrder);
    }
    let detail = json!({ "statement_line": line, "order": order });
    let key = line.to_string();
    trail::leave_organizer(
        &mut tx,
        access.organizer_for(Permission::ReconcileStatements)?,
        access.actor(),
        "statement_proposal.refused",
        (&key, detail),
        now,
    )
    .await?;
    Ok(tx.commit().await?)
}

/// Says that a line pays no order.
///
/// # Errors
/// `NotFound` when the line is somebody else's; `DecidedBefore` when somebody was first.
pub async fn dismiss(
    deps: &Deps,
    access: &OrganizerAccess,
    line: StatementLineId,
    note: &str,
) -> Result<(), ApplyError> {
    let now = deps.clock.now();
    let note = text::optional_line(note, REASON_CHARS_MAX).unwrap_or_default();
    let mut tx = deps.db.begin().await?;
    statements::get_line(&mut tx, access.organizer_for(Permission::ReconcileStatements)?, line)
        .await?;
    let by = access.actor().user();
    if !statements::mark_dismissed(&mut tx, line, by, &note, now).await? {
        return Err(ApplyError::DecidedBefore);
    }
    // The note may name somebody; the log forgets nothing.
    let detail = json!({ "statement_line": line });
    let key = line.to_string();
    trail::leave_organizer(
        &mut tx,
        access.organizer_for(Permission::ReconcileStatements)?,
        access.actor(),
        "statement_line.dismissed",
        (&key, detail),
        now,
    )
    .await?;
    Ok(tx.commit().await?)
}
