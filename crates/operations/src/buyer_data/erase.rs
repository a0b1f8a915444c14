//! Erases what says who an order's buyer and guests are: one transaction per order, with a line in the audit log. What is
//! erased stays erased, however often it runs.

use anyhow::Context as _;
use domain::buyer_data::still_needed;
use domain::ids::OrderId;
use domain::permission::Permission;
use object_store::ObjectStoreExt as _;
use serde_json::json;
use store::db::Conn;
use store::orders::{self, Order};
use store::{buyer_data, disputes};

use super::BuyerDataError;
use crate::actor::{Actor, OrganizerAccess};
use crate::disputes::evidence;
use crate::jobs::{self, Job};
use crate::{Deps, trail};

/// Erases the data of the organizer's order, on request or not.
///
/// # Errors
/// See [`BuyerDataError`].
pub async fn erase_by_organizer(
    deps: &Deps,
    access: &OrganizerAccess,
    order: OrderId,
) -> Result<(), BuyerDataError> {
    let organizer = access.organizer_for(Permission::ManageBuyerData)?;
    let mut tx = deps.db.begin().await?;
    let order = orders::lock_for_organizer(&mut tx, organizer, order).await?;
    erase(deps, &mut tx, &order, access.actor()).await?;
    Ok(tx.commit().await?)
}

/// Erases the data of an order whose time is over.
///
/// # Errors
/// See [`BuyerDataError`].
pub(super) async fn erase_by_itself(deps: &Deps, order: OrderId) -> Result<(), BuyerDataError> {
    let mut tx = deps.db.begin().await?;
    let order = orders::lock(&mut tx, order).await?;
    erase(deps, &mut tx, &order, Actor::System).await?;
    Ok(tx.commit().await?)
}

/// Erases an order's data; the caller holds the order.
async fn erase(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    actor: Actor,
) -> Result<(), BuyerDataError> {
    let now = deps.clock.now();
    let needed = still_needed(&buyer_data::matters(conn, order.id).await?, now);
    if !needed.is_empty() {
        return Err(BuyerDataError::StillNeeded(needed));
    }
    let erased = buyer_data::erase(conn, order, now).await?;
    let keys: Vec<String> =
        erased.mails.iter().map(|mail| Job::SendMail { mail: *mail }.dedupe_key()).collect();
    store::jobs::forget_errors(conn, &keys).await?;
    if erased.has_files {
        jobs::enqueue(conn, &Job::RemoveEvidence { order: order.id }, now).await?;
    }
    if erased.is_new {
        let detail = json!({ "code": order.code });
        trail::leave(conn, order, actor, "order.data_erased", (&order.code, detail), now).await?;
    }
    Ok(())
}

/// Removes the files that were kept as evidence in the disputes of an erased order.
///
/// # Errors
/// When the database or the store of files fails.
pub(crate) async fn remove_evidence(deps: &Deps, order: OrderId) -> anyhow::Result<()> {
    let mut conn = deps.db.acquire().await?;
    let files = disputes::list_erased_files(&mut conn, order).await?;
    drop(conn);
    for (dispute, file) in files {
        match deps.settings.files.delete(&evidence::path(dispute, file)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(error).context("removing a file of evidence"),
        }
    }
    Ok(())
}
