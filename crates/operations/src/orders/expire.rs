//! Ending a hold whose time is over, without anyone loading a page.

use domain::ids::OrderId;
use domain::order::{OrderFact, OrderStatus};
use domain::payment::PaymentStatus;
use store::{orders, payments};

use crate::Deps;
use crate::actor::Actor;
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::orders::end::end_order;
use crate::payments::{credit, sync};

/// Ends the hold if its time is over and no money came: the provider is asked once more before places are given away.
///
/// # Errors
/// When the provider gives no readable answer or the database fails; the hold then lasts until the next attempt.
pub async fn expire_order(deps: &Deps, order: OrderId) -> anyhow::Result<()> {
    let open = {
        let mut conn = deps.db.acquire().await?;
        payments::list_for_order(&mut conn, order).await?
    };
    for payment in open.iter().filter(|payment| payment.status.is_open()) {
        sync::sync_payment(deps, payment.id).await?;
    }
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let locked = orders::lock(&mut tx, order).await?;
    if !locked.status.is_payable() || locked.hold_expires_at > now {
        return Ok(());
    }
    let was_promised = locked.status == OrderStatus::AwaitingPayment
        || open.iter().any(|payment| payment.status == PaymentStatus::Authorized);
    if end_order(&mut tx, &locked, OrderFact::HoldEnded, Actor::System, "", now).await? {
        credit::give_back_all(deps, &mut tx, &locked, now).await?;
        if was_promised {
            enqueue_order_mail(&mut tx, deps, order, OrderMail::Expired).await?;
        }
    }
    Ok(tx.commit().await?)
}
