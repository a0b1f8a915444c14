//! What is kept about somebody, taken out as JSON: by the organizer about everything that one address ordered, by the
//! participant about the own order.

use domain::ids::OrderId;
use domain::permission::Permission;
use serde_json::{Value, json};
use store::buyer_data::{self, Reader};
use store::orders;

use super::BuyerDataError;
use crate::actor::{Actor, BuyerAccess, OrganizerAccess, Reach};
use crate::{Deps, trail};

/// Orders of one address in one file; more say so.
const ORDERS_MAX: i64 = 500;
/// The line in the audit log.
const EXPORTED: &str = "order.data_exported";

/// Everything that is kept about who placed the organizer's order: this order, and every other of the same address. Who may
/// act for one event only is told of its orders alone.
///
/// # Errors
/// [`BuyerDataError::NotFound`].
pub async fn by_organizer(
    deps: &Deps,
    access: &OrganizerAccess,
    order: OrderId,
) -> Result<(String, Value), BuyerDataError> {
    let organizer = access.organizer_for(Permission::ManageBuyerData)?;
    // Written first, in a transaction that may write.
    let mut tx = deps.db.begin().await?;
    let asked = orders::get(&mut tx, order).await?;
    if asked.organizer != organizer {
        return Err(BuyerDataError::NotFound);
    }
    let all = buyer_data::orders_of_buyer(&mut tx, organizer, order, ORDERS_MAX + 1).await?;
    let is_cut = i64::try_from(all.len()).is_ok_and(|n| n > ORDERS_MAX);
    let mut told = Vec::new();
    for (order, event) in all.into_iter().take(usize::try_from(ORDERS_MAX).unwrap_or_default()) {
        let is_reached = match access.reach {
            Reach::Organizer => true,
            Reach::Event | Reach::OwnEvents(_) => event == asked.event,
        };
        if is_reached {
            told.push(buyer_data::tell(&mut tx, order, Reader::Organizer).await?);
        }
    }
    let detail = json!({ "code": asked.code, "n_orders": told.len() });
    trail::note(&mut tx, &asked, access.actor(), (EXPORTED, detail), deps.clock.now()).await?;
    tx.commit().await?;
    Ok((asked.code, json!({ "orders": told, "is_cut": is_cut })))
}

/// Everything that is kept about the order of a personal link.
///
/// # Errors
/// When the database fails.
pub async fn by_buyer(
    deps: &Deps,
    access: &BuyerAccess,
) -> Result<(String, Value), BuyerDataError> {
    let mut tx = deps.db.begin().await?;
    let order = orders::get(&mut tx, access.order()).await?;
    let told = buyer_data::tell(&mut tx, order.id, Reader::Buyer).await?;
    let detail = json!({ "code": order.code, "n_orders": 1 });
    trail::note(&mut tx, &order, Actor::Buyer, (EXPORTED, detail), deps.clock.now()).await?;
    tx.commit().await?;
    Ok((order.code, json!({ "orders": [told], "is_cut": false })))
}
