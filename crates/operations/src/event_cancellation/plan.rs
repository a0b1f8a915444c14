//! The dry run: what calling off an event would mean for everybody's money. It changes nothing and asks nobody.

use domain::permission::Permission;
use std::collections::BTreeMap;

use domain::event::EventStatus;
use domain::event_cancellation::{CancellationTerms, due};
use domain::ids::{EventId, OrderId};
use domain::money::{Money, MoneyError};
use domain::payment::PaymentMethod;
use domain::refund::spread;
use store::db::Conn;
use store::events::{self, Event};
pub use store::read::event_cancellation::SoldType;
use store::read::event_cancellation::{self, AffectedOrder};

use crate::Deps;
use crate::actor::OrganizerAccess;
use crate::event_cancellation::CancelEventError;

/// What calling off an event would mean.
#[derive(Debug, Clone)]
pub struct Plan {
    pub event: Event,
    /// Orders that end, with and without money.
    pub n_orders: usize,
    /// Of them, those that nobody paid for.
    pub n_unpaid: usize,
    /// The most money first.
    pub by_method: Vec<MethodPlan>,
    pub total: Totals,
    /// Whose money cannot go back by itself, oldest order first: a bank account (or cash in hand) is needed.
    pub needs_account: Vec<PlannedRefund>,
    /// Ticket types that somebody ordered, in the order of the page.
    pub sold: Vec<SoldType>,
}

/// Sums over orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// What goes back.
    pub back: Money,
    /// What the organizer keeps.
    pub kept: Money,
    /// Of what was paid, what went back before.
    pub back_before: Money,
    /// Fees that buyers paid on top for their way of paying; nobody gives these back.
    pub fees_lost: Money,
    /// Fees that platform and provider took of what goes back: nobody gives them back to the organizer.
    pub fees_taken: Money,
}

/// Orders that were paid by one method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MethodPlan {
    /// None where the provider named no method of ours.
    pub method: Option<PaymentMethod>,
    pub n_orders: usize,
    pub total: Totals,
}

/// One order's money on its way back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlannedRefund {
    pub order: OrderId,
    pub code: String,
    pub buyer_name: String,
    pub method: Option<PaymentMethod>,
    pub back: Money,
}

impl Plan {
    /// A word for exactly these orders and amounts: what is confirmed must be what was looked at.
    pub fn fingerprint(&self) -> String {
        format!("{}-{}-{}", self.n_orders, self.n_unpaid, self.total.back.minor())
    }
}

/// Looks at what would happen.
///
/// # Errors
/// `NotFound`, or `NotVisible` for a draft.
pub async fn plan(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    terms: &CancellationTerms,
) -> Result<Plan, CancelEventError> {
    let mut conn = deps.db.acquire().await?;
    let event = events::get_for_organizer(
        &mut conn,
        access.organizer_for(Permission::CancelEvents)?,
        event,
    )
    .await?;
    plan_of(&mut conn, event, terms).await
}

pub(crate) async fn plan_of(
    conn: &mut Conn,
    event: Event,
    terms: &CancellationTerms,
) -> Result<Plan, CancelEventError> {
    if event.status == EventStatus::Draft {
        return Err(CancelEventError::NotVisible);
    }
    let orders = event_cancellation::list_affected(conn, event.id, event.currency).await?;
    let sold = event_cancellation::list_sold(conn, event.id).await?;
    Ok(Plan { sold, ..put_together(event, &orders, terms)? })
}

fn put_together(
    event: Event,
    orders: &[AffectedOrder],
    terms: &CancellationTerms,
) -> Result<Plan, MoneyError> {
    let nothing = Money::zero(event.currency);
    let zero = Totals {
        back: nothing,
        kept: nothing,
        back_before: nothing,
        fees_lost: nothing,
        fees_taken: nothing,
    };
    let mut plan = Plan {
        event,
        n_orders: orders.len(),
        n_unpaid: 0,
        by_method: Vec::new(),
        total: zero,
        needs_account: Vec::new(),
        sold: Vec::new(),
    };
    let mut methods: BTreeMap<Option<PaymentMethod>, MethodPlan> = BTreeMap::new();
    for order in orders {
        if !order.money.paid.is_positive() {
            plan.n_unpaid = plan.n_unpaid.saturating_add(1);
            continue;
        }
        let due = due(terms, &order.money)?;
        let goes_back = due.back.is_positive();
        let lost = |fee: Money| if goes_back { fee } else { nothing };
        // What is not of one payment stands with the first of them.
        let mut rest = Totals {
            back: nothing,
            kept: due.kept,
            back_before: order.money.back,
            fees_lost: lost(order.method_fee),
            fees_taken: lost(order.fees_taken),
        };
        for (method, back) in parts(order, due.back)? {
            let totals = Totals { back, ..std::mem::replace(&mut rest, zero) };
            plan.total = plan.total.with(totals)?;
            let of_method =
                methods.entry(method).or_insert(MethodPlan { method, n_orders: 0, total: zero });
            of_method.n_orders = of_method.n_orders.saturating_add(1);
            of_method.total = of_method.total.with(totals)?;
            if method.is_some_and(PaymentMethod::is_delayed) && back.is_positive() {
                plan.needs_account.push(PlannedRefund {
                    order: order.id,
                    code: order.code.clone(),
                    buyer_name: order.buyer_name.clone(),
                    method,
                    back,
                });
            }
        }
    }
    plan.by_method = methods.into_values().collect();
    plan.by_method.sort_by_key(|it| std::cmp::Reverse(it.total.back.minor()));
    Ok(plan)
}

/// What goes back by which method: as the run will spread it, payments of one method together.
fn parts(
    order: &AffectedOrder,
    back: Money,
) -> Result<Vec<(Option<PaymentMethod>, Money)>, MoneyError> {
    let left: Vec<Money> = order.purses.iter().map(|it| it.left).collect();
    let mut parts: Vec<(Option<PaymentMethod>, Money)> = Vec::new();
    for (purse, part) in order.purses.iter().zip(spread(back, &left)?) {
        match parts.iter_mut().find(|(method, _)| *method == purse.method) {
            Some((_, sum)) => *sum = sum.checked_add(part)?,
            None => parts.push((purse.method, part)),
        }
    }
    Ok(parts)
}

impl Totals {
    fn with(self, more: Self) -> Result<Self, MoneyError> {
        Ok(Self {
            back: self.back.checked_add(more.back)?,
            kept: self.kept.checked_add(more.kept)?,
            back_before: self.back_before.checked_add(more.back_before)?,
            fees_lost: self.fees_lost.checked_add(more.fees_lost)?,
            fees_taken: self.fees_taken.checked_add(more.fees_taken)?,
        })
    }
}
