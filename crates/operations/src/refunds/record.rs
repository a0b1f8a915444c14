//! Matching the provider's list of refunds with ours: ours succeed, strange ones (made at the provider, or taken by the
//! buyer's bank) are written down too.

use domain::ids::{PaymentId, RefundId};
use domain::ledger::RefundFrom;
use domain::money::Money;
use domain::refund::{RefundFact, RefundSource, RefundStatus, RefundStep, RefundWay, step};
use providers::payments::{
    ProviderPayment, ProviderRefund, ProviderRefundRequest, RefundRequestStatus,
};
use serde_json::json;
use store::alerts::{self, NewAlert};
use store::db::Conn;
use store::ledger::{self, RefundMove};
use store::orders::{self, Order};
use store::payments::{self, Payment};
use store::refunds::{self, NewRefund, Refund};
use time::OffsetDateTime;

use crate::actor::Actor;
use crate::cancellations::decide::complete_for_refund;
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::refunds::account::need_account;
use crate::refunds::by_hand;
use crate::refunds::credit_note;
use crate::refunds::request::subject;
use crate::trail;
use crate::{Deps, disputes, fresh};

/// The provider's people could not transfer to the account.
const REJECTED: &str = "account_rejected";

/// Records every refund the provider lists for a payment whose row is locked. Twice the same list changes nothing.
///
/// # Errors
/// When the database fails.
pub(crate) async fn record_refunds(
    deps: &Deps,
    conn: &mut Conn,
    payment: PaymentId,
    read: &ProviderPayment,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let payment = payments::get(conn, payment).await?;
    let order = orders::get(conn, payment.order).await?;
    for theirs in &read.refund_requests {
        record_request(deps, conn, (&order, &payment), theirs, now).await?;
    }
    let mut ours = refunds::list_for_payment(conn, payment.id).await?;
    for theirs in &read.refunds {
        if ours.iter().any(|it| is_known(it, theirs)) {
            continue;
        }
        let matching = ours.iter_mut().find(|it| is_the_same(it, theirs));
        if let Some(refund) = matching {
            refund.provider_refund_id = Some(theirs.id.clone());
            if refund.status == RefundStatus::Succeeded {
                refunds::keep_names(conn, refund.id, None, Some(&theirs.id)).await?;
            } else {
                refund.status = RefundStatus::Succeeded;
                succeed(deps, conn, (&order, &payment), refund, now).await?;
            }
        } else {
            record_strange(deps, conn, (&order, &payment), theirs, now).await?;
        }
    }
    disputes::record_won(deps, conn, (&order, &payment), read).await
}

/// What became of a transfer that we asked for. One that we did not name was asked for at the provider's own screen;
/// its money is seen in the list of refunds.
async fn record_request(
    deps: &Deps,
    conn: &mut Conn,
    (order, payment): (&Order, &Payment),
    theirs: &ProviderRefundRequest,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let ours = refunds::list_for_payment(conn, payment.id).await?;
    let is_named = |it: &&Refund| Some(it.provider_key()) == theirs.key;
    let Some(refund) = ours.iter().filter(|it| it.way == RefundWay::Account).find(is_named) else {
        return Ok(());
    };
    if refund.provider_request_id.is_none() {
        refunds::keep_names(conn, refund.id, Some(&theirs.id), None).await?;
    }
    match theirs.status {
        RefundRequestStatus::Completed => {
            if let RefundStep::Move(_) = step(refund.status, RefundFact::Succeeded) {
                succeed(deps, conn, (order, payment), refund, now).await?;
            }
        }
        RefundRequestStatus::Rejected => {
            if let RefundStep::Move(_) = step(refund.status, RefundFact::AccountNeeded) {
                need_account(deps, conn, order, refund.id, REJECTED).await?;
            } else if let RefundStep::Move(_) = step(refund.status, RefundFact::Returned) {
                by_hand::take_back(deps, conn, (order, payment, refund)).await?;
            }
        }
        RefundRequestStatus::Pending | RefundRequestStatus::Other(_) => {}
    }
    Ok(())
}

/// A refund at the provider that was recorded, whatever became of it since.
fn is_known(ours: &Refund, theirs: &ProviderRefund) -> bool {
    ours.provider_refund_id.as_deref() == Some(&theirs.id)
        || ours.undone_provider_refund_ids.contains(&theirs.id)
}

/// A refund we asked for, of the same amount, whose name at the provider we do not know yet.
fn is_the_same(ours: &Refund, theirs: &ProviderRefund) -> bool {
    let is_waiting = matches!(ours.status, RefundStatus::Processing | RefundStatus::NeedsAccount);
    // A transfer is told of twice: by its request, and by the refund that came of it.
    let is_transferred = ours.status == RefundStatus::Succeeded && ours.way == RefundWay::Account;
    (is_waiting || is_transferred)
        && ours.provider_refund_id.is_none()
        && !theirs.is_chargeback
        && ours.amount == theirs.amount
}

async fn succeed(
    deps: &Deps,
    conn: &mut Conn,
    (order, payment): (&Order, &Payment),
    refund: &Refund,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let name = refund.provider_refund_id.as_deref();
    refunds::mark_moved(conn, refund.id, RefundStatus::Succeeded, name, None, now).await?;
    let subject = subject(order, payment, Some(refund.id));
    let what = (refund.from, refund.amount, refund.round);
    ledger::post_refund_round(conn, subject, RefundMove::Succeeded, what, now).await?;
    complete_for_refund(conn, order, refund.id, now).await?;
    if refund.from == RefundFrom::Credit {
        alerts::resolve_for_payment(conn, payment.id, now).await?;
    }
    let returned = Returned { refund: refund.id, source: refund.source, amount: refund.amount };
    tell(deps, conn, order, &returned, now).await
}

async fn record_strange(
    deps: &Deps,
    conn: &mut Conn,
    (order, payment): (&Order, &Payment),
    theirs: &ProviderRefund,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let (source, what, rule) = if theirs.is_chargeback {
        (RefundSource::Dispute, RefundMove::ByDispute, "money.dispute")
    } else {
        (RefundSource::Provider, RefundMove::ByProvider, "money.refunded_at_provider")
    };
    let payment = payments::get(conn, payment.id).await?;
    let counted = payment.refunds.checked_add(theirs.amount)?;
    let fits = counted.minor() <= payment.captured.minor();
    let rule = if fits { rule } else { "money.refunds_exceed_capture" };
    let alert = NewAlert {
        id: fresh::id(),
        rule,
        organizer: order.organizer,
        event: order.event,
        order: order.id,
        payment: payment.id,
        detail: json!({ "provider_refund_id": theirs.id, "amount_minor": theirs.amount.minor() }),
        now,
    };
    alerts::insert_once(conn, &alert).await?;
    if !fits {
        // Our own requests and theirs together would exceed what was taken: a person decides, nothing is booked.
        tracing::error!(payment.id = %payment.id, "refunds at the provider exceed what was captured");
        return Ok(());
    }
    let refund: RefundId = fresh::id();
    let from = if payment.applied.is_zero() { RefundFrom::Credit } else { RefundFrom::Payable };
    let new = NewRefund {
        id: refund,
        payment: payment.id,
        order: order.id,
        organizer: order.organizer,
        amount: theirs.amount,
        status: RefundStatus::Succeeded,
        source,
        from,
        reason: String::new(),
        requested_by: None,
        provider_refund_id: Some(theirs.id.clone()),
        now,
    };
    refunds::insert(conn, &new).await?;
    let subject = subject(order, &payment, Some(refund));
    ledger::post_refund(conn, subject, what, from, theirs.amount, now).await?;
    if theirs.is_chargeback {
        let taken = (refund, theirs.amount);
        return Ok(disputes::open(conn, (order, &payment), taken, theirs.created_at, now).await?);
    }
    tell(deps, conn, order, &Returned { refund, source, amount: theirs.amount }, now).await
}

/// Money that went back.
struct Returned {
    refund: RefundId,
    source: RefundSource,
    amount: Money,
}

async fn tell(
    deps: &Deps,
    conn: &mut Conn,
    order: &Order,
    returned: &Returned,
    now: OffsetDateTime,
) -> anyhow::Result<()> {
    let Returned { refund, source, amount } = *returned;
    credit_note::issue(conn, refund, now).await?;
    enqueue_order_mail(conn, deps, order.id, OrderMail::Refunded(refund)).await?;
    let detail = json!({ "refund": refund, "source": source, "amount_minor": amount.minor() });
    let key = refund.to_string();
    Ok(trail::leave(conn, order, Actor::Provider, "refund.succeeded", (&key, detail), now).await?)
}
