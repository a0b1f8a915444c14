//! The run: every order ends in a small transaction of its own, and its money goes back by the ordinary refunds.
//!
//! Dying anywhere loses nothing: an order is either untouched or ended with its refunds requested, and what waits is
//! found again by [`crate::processes::advance`]. Nobody is done twice: the row of the run is locked first, and what is
//! due is what was paid less what counts as going back already.

use domain::event_cancellation::{
    CancellationOutcome, CancellationState, LineMoney, OrderMoney, due,
};
use domain::ids::{ApiKeyId, EventId, Id, OrderId, ProcessId, RefundId, UserId};
use domain::ledger::RefundFrom;
use domain::limits::{CANCELLATION_ATTEMPTS_MAX, CANCELLATION_BATCH_ORDERS};
use domain::money::Money;
use domain::order::OrderFact;
use domain::permission::Permission;
use domain::process::{ProcessKind, StepName, StepState};
use domain::refund::RefundSource;
use serde_json::json;
use store::db::Conn;
use store::orders::Order;
use store::processes::Process;
use store::read::event_cancellation as results;
use store::{event_cancellations, events, orders, processes};
use time::OffsetDateTime;

use crate::actor::{Actor, OrganizerAccess};
use crate::crash::{self, CrashPoint};
use crate::event_cancellation::CancelEventError;
use crate::jobs::{self, Job};
use crate::mails::enqueue::{OrderMail, enqueue_order_mail};
use crate::orders::end::end_order;
use crate::payments::credit;
use crate::refunds::purse::{self, Purse};
use crate::refunds::request::{Wish, give_back_credit};
use crate::{Deps, trail};

/// Ends the orders of one batch, each by itself: one that cannot be ended holds up nobody else.
///
/// # Errors
/// When some wait still; the job is tried again.
pub async fn end_orders(deps: &Deps, process: ProcessId, batch: i32) -> anyhow::Result<()> {
    let (found, waiting) = {
        let mut conn = deps.db.acquire().await?;
        let found = processes::get(&mut conn, process).await?;
        (found, event_cancellations::list_waiting(&mut conn, process, batch).await?)
    };
    for order in waiting {
        if let Err(error) = end_one(deps, &found, order).await {
            tracing::warn!(process.id = %process, order.id = %order, "an order of a called-off event: {error:#}");
            let now = deps.clock.now();
            let mut conn = deps.db.acquire().await?;
            let (code, max) = (code_of(&error), CANCELLATION_ATTEMPTS_MAX);
            event_cancellations::note_failure(&mut conn, process, order, code, max, now).await?;
        }
        crash::pass(deps, CrashPoint::AfterOrderEnded);
    }
    let mut tx = deps.db.begin().await?;
    let left = event_cancellations::list_waiting(&mut tx, process, batch).await?.len();
    if event_cancellations::list_waiting_batches(&mut tx, process).await?.is_empty() {
        crash::pass(deps, CrashPoint::AfterOrders);
        jobs::enqueue(&mut tx, &Job::AdvanceProcess { process }, deps.clock.now()).await?;
    }
    tx.commit().await?;
    anyhow::ensure!(left == 0, "{left} orders of batch {batch} of {process} wait for another try");
    Ok(())
}

/// What the organizer is told; the log says more.
fn code_of(error: &anyhow::Error) -> &'static str {
    let busy = error.downcast_ref::<store::error::StoreError>().is_some_and(|it| it.is_passing());
    if busy { "busy" } else { "unexpected" }
}

/// Ends one order and requests what is due, in one transaction.
async fn end_one(deps: &Deps, process: &Process, order: OrderId) -> anyhow::Result<()> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    if !event_cancellations::lock_waiting(&mut tx, process.id, order).await? {
        return Ok(());
    }
    let terms = event_cancellations::get_terms(&mut tx, process.id).await?;
    let reason = events::get(&mut tx, process.event).await?.cancel_reason;
    let order_id = order;
    let order = orders::lock(&mut tx, order_id).await?;
    let mut turn = Turn { deps, conn: &mut tx, actor: actor_of(process)?, order, reason, now };
    let purses = purse::list(turn.conn, turn.order.id, true).await?;
    let money = turn.money(&purses).await?;
    let due = due(&terms, &money)?;
    let refunds = turn.give_back(&purses, due.back).await?;
    let outcome = turn.end(money.paid, !refunds.is_empty()).await?;
    for refund in refunds {
        event_cancellations::insert_refund(&mut tx, process.id, order_id, refund).await?;
    }
    event_cancellations::mark_done(&mut tx, process.id, order_id, outcome, now).await?;
    crash::pass(deps, CrashPoint::BeforeOrderEnded);
    Ok(tx.commit().await?)
}

/// In whose name the run acts: of the one who called the event off.
fn actor_of(process: &Process) -> anyhow::Result<Actor> {
    Ok(match (process.actor_kind.as_str(), process.actor_id) {
        ("user", Some(id)) => Actor::User(UserId::from_uuid(id)),
        ("api_key", Some(id)) => Actor::ApiKey(ApiKeyId::from_uuid(id)),
        (kind, _) => anyhow::bail!("{} was begun by {kind}", process.id),
    })
}

/// One order while its rows are locked.
struct Turn<'a> {
    deps: &'a Deps,
    conn: &'a mut Conn,
    actor: Actor,
    order: Order,
    reason: String,
    now: OffsetDateTime,
}

impl Turn<'_> {
    async fn money(&mut self, purses: &[Purse]) -> anyhow::Result<OrderMoney> {
        let currency = self.order.amount.currency();
        let lines = orders::list_lines(self.conn, self.order.id, currency).await?;
        let paid = Money::sum(currency, purses.iter().map(|it| it.payment.applied))?;
        let left = Money::sum(currency, purses.iter().map(|it| it.left.payable))?;
        let lines = lines.into_iter().map(|line| LineMoney {
            ticket_type: line.ticket_type,
            quantity: line.quantity,
            amount: line.amount,
        });
        let fee = self.order.fee;
        Ok(OrderMoney { lines: lines.collect(), fee, paid, back: paid.checked_sub(left)? })
    }

    /// Requests what is due, payment by payment, and all that no order claims.
    async fn give_back(&mut self, purses: &[Purse], due: Money) -> anyhow::Result<Vec<RefundId>> {
        let wish = Wish {
            amount: due,
            from: RefundFrom::Payable,
            source: RefundSource::Organizer,
            actor: self.actor,
            reason: &self.reason,
            is_by_hand: false,
        };
        let mut asked = {
            let of = (&self.order, purses);
            purse::give_back(self.deps, self.conn, of, &wish, self.now).await?
        };
        let (deps, order) = (self.deps, &self.order);
        let goes_back =
            |it: &&Purse| it.left.credit.is_positive() && !credit::is_doubtful(order, &it.payment);
        for Purse { payment, left } in purses.iter().filter(goes_back) {
            asked.push(
                give_back_credit(deps, self.conn, order, payment, left.credit, self.now).await?,
            );
        }
        Ok(asked)
    }

    /// Ends the order if it stands, and tells its buyer.
    async fn end(&mut self, paid: Money, has_refunds: bool) -> anyhow::Result<CancellationOutcome> {
        let (order, reason) = (&self.order, self.reason.as_str());
        let ends = end_order(self.conn, order, OrderFact::Cancelled, self.actor, reason, self.now);
        let has_ended = ends.await?;
        if has_ended || has_refunds {
            enqueue_order_mail(self.conn, self.deps, order.id, OrderMail::EventCancelled).await?;
        }
        Ok(match (has_refunds, has_ended) {
            (true, _) => CancellationOutcome::Refunded,
            (false, false) => CancellationOutcome::EndedBefore,
            (false, true) if paid.is_positive() || order.amount.is_zero() => {
                CancellationOutcome::NothingDue
            }
            (false, true) => CancellationOutcome::Unpaid,
        })
    }
}

/// How far a step is; what it needs is set off here, as often as anybody asks.
///
/// # Errors
/// When the database fails.
pub(crate) async fn look(
    conn: &mut Conn,
    process: &Process,
    step: StepName,
    now: OffsetDateTime,
) -> anyhow::Result<StepState> {
    if step == StepName::ListOrders {
        let batch = CANCELLATION_BATCH_ORDERS;
        event_cancellations::insert_orders(conn, process.id, process.event, batch, now).await?;
        return Ok(StepState::Done);
    }
    let totals = results::list_state_totals(conn, process.id).await?;
    let is_any = |wanted: fn(CancellationState) -> bool| totals.iter().any(|it| wanted(it.state));
    if step == StepName::EndOrders {
        let batches = event_cancellations::list_waiting_batches(conn, process.id).await?;
        for batch in &batches {
            let job = Job::EndOrders { process: process.id, batch: *batch };
            jobs::enqueue(conn, &job, now).await?;
        }
        return Ok(if !batches.is_empty() {
            StepState::Running
        } else if is_any(|it| it == CancellationState::Failed) {
            StepState::Failed
        } else {
            StepState::Done
        });
    }
    Ok(if is_any(CancellationState::is_failed) {
        StepState::Failed
    } else if is_any(|it| !it.is_over()) {
        StepState::Running
    } else {
        StepState::Done
    })
}

/// Gives everything that failed another turn; says how many orders.
///
/// # Errors
/// `NotFound` when the event was not called off, or is somebody else's.
pub async fn retry(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<u64, CancelEventError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    events::get_for_organizer(&mut tx, access.organizer_for(Permission::CancelEvents)?, event)
        .await?;
    let kind = ProcessKind::EventCancellation;
    let process = processes::find_for_event(&mut tx, kind, event).await?;
    let process = processes::lock(&mut tx, process.ok_or(CancelEventError::NotFound)?.id).await?;
    let n_orders = event_cancellations::retry_failed(&mut tx, process.id, now).await?;
    if n_orders > 0 {
        processes::reopen_from(&mut tx, process.id, StepName::EndOrders, now).await?;
        jobs::enqueue(&mut tx, &Job::AdvanceProcess { process: process.id }, now).await?;
        let detail = json!({ "process": process.id, "n_orders": n_orders });
        trail::leave_event(&mut tx, access, event, "event.cancellation_retried", detail, now)
            .await?;
    }
    tx.commit().await?;
    Ok(n_orders)
}
