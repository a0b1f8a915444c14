//! Shows an order to the one who holds its personal link, and says in which of all situations it is.

use domain::money::{Money, MoneyError};
use domain::order::OrderStatus;
use domain::payment::PaymentStatus;
use domain::refund::{RefundStatus, Refunded, refunded};
use domain::screening::Decision;
use store::error::StoreError;
use store::orders;
use store::read::order_page;
pub use store::read::order_page::{
    EventOnOrder, LineOnOrder, OrderPage, PaymentOnOrder, RefundOnOrder, TicketOnOrder,
};
use store::switches;
use time::OffsetDateTime;

use crate::Deps;
use crate::actor::BuyerAccess;
use crate::payments::start::bearable;
use crate::refunds::follow::{self, FollowedRefund};

/// An order, ready for its page.
#[derive(Debug, Clone)]
pub struct ShownOrder {
    pub page: OrderPage,
    pub situation: Situation,
    pub refunded: Refunded,
    /// Money that arrived and that the order does not claim: twice, too much, too little, too late.
    pub credit: Option<Credit>,
    /// First to last, with what happens next.
    pub refunds: Vec<FollowedRefund>,
    /// Changes whenever the page would.
    pub version: i64,
    pub now: OffsetDateTime,
}

/// What the buyer is told first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    Paid,
    /// Nothing was owed.
    Registered,
    /// A number for the store or the bank is out.
    AwaitingCash,
    /// Places are held, and nobody has gone to pay yet or the payment page is open.
    Unpaid,
    /// Somebody at the mail address has to say yes first.
    Unconfirmed,
    /// Held back: the organizer looks at it before it can be paid.
    UnderReview,
    /// Held back: it cannot be paid here unless the organizer lets it through.
    Blocked,
    /// We asked the provider and do not know the answer yet.
    Checking,
    /// The last attempt was refused.
    Declined,
    /// The last attempt was broken off or ran out of time; the places are still held.
    Aborted,
    Expired,
    Cancelled,
}

impl Situation {
    /// Whether it may change by itself while the page is open.
    pub const fn may_change(self) -> bool {
        match self {
            Self::AwaitingCash
            | Self::Unpaid
            | Self::Unconfirmed
            | Self::UnderReview
            | Self::Blocked
            | Self::Checking
            | Self::Declined
            | Self::Aborted => true,
            Self::Paid | Self::Registered | Self::Expired | Self::Cancelled => false,
        }
    }
}

/// Money of the buyer that waits for its way back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credit {
    pub amount: Money,
    pub kind: CreditKind,
    /// Whether a refund of it was requested; else a person looks at it first.
    pub is_promised: bool,
    /// Whether all of it is back.
    pub is_returned: bool,
}

/// Why the order does not claim it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CreditKind {
    Twice,
    Over,
    Short,
    Late,
}

/// Why an order is not shown.
#[derive(Debug, thiserror::Error)]
pub enum ShowOrderError {
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for ShowOrderError {
    fn from(error: StoreError) -> Self {
        Self::Unexpected(error.into())
    }
}

impl From<MoneyError> for ShowOrderError {
    fn from(error: MoneyError) -> Self {
        Self::Unexpected(error.into())
    }
}

/// Reads the order of a personal link.
///
/// # Errors
/// When the database fails.
pub async fn show_order(deps: &Deps, access: &BuyerAccess) -> Result<ShownOrder, ShowOrderError> {
    let now = deps.clock.now();
    let (page, refunds, version) = {
        let mut conn = deps.db.acquire().await?;
        // The version first: what changes in between is seen by the next question.
        let version = order_page::version(&mut conn, access.order()).await?;
        let mut page = order_page::get(&mut conn, access.order()).await?;
        if page.status.is_payable() {
            let order = orders::get(&mut conn, access.order()).await?;
            let off = switches::list_off(&mut conn).await?;
            page.event.methods = off.left_of(bearable(&order, page.event.methods)?);
        }
        let is_refunded = !page.refunds.is_empty();
        let refunds = if is_refunded {
            follow::list(&mut conn, &deps.settings, access.order(), now).await?
        } else {
            Vec::new()
        };
        (page, refunds, version)
    };
    let situation = situation(&page);
    Ok(ShownOrder {
        situation,
        refunded: how_much_came_back(&page)?,
        credit: credit(&page)?,
        refunds,
        version,
        now,
        page,
    })
}

/// The number that changes whenever the order's page would.
///
/// # Errors
/// When the database fails.
pub async fn order_version(deps: &Deps, access: &BuyerAccess) -> Result<i64, ShowOrderError> {
    let mut conn = deps.db.acquire().await?;
    Ok(order_page::version(&mut conn, access.order()).await?)
}

fn situation(page: &OrderPage) -> Situation {
    match page.status {
        OrderStatus::Paid if page.amount.is_zero() => Situation::Registered,
        OrderStatus::Paid => Situation::Paid,
        OrderStatus::AwaitingPayment => Situation::AwaitingCash,
        OrderStatus::Cancelled => Situation::Cancelled,
        OrderStatus::Expired => Situation::Expired,
        OrderStatus::Pending if page.is_unconfirmed => Situation::Unconfirmed,
        OrderStatus::Pending if page.screening == Some(Decision::Review) => Situation::UnderReview,
        OrderStatus::Pending if page.screening == Some(Decision::Blocked) => Situation::Blocked,
        OrderStatus::Pending => match page.payments.last().map(|payment| payment.status) {
            // The provider refused a card, and its page is still open for another.
            Some(PaymentStatus::Pending) if was_refused(page) => Situation::Declined,
            None | Some(PaymentStatus::Pending | PaymentStatus::Captured) => Situation::Unpaid,
            Some(PaymentStatus::Created) => Situation::Checking,
            Some(PaymentStatus::Authorized) => Situation::AwaitingCash,
            Some(PaymentStatus::Failed) => Situation::Declined,
            Some(PaymentStatus::Expired | PaymentStatus::Cancelled) => Situation::Aborted,
        },
    }
}

fn was_refused(page: &OrderPage) -> bool {
    page.payments.last().is_some_and(|payment| payment.failure_code.is_some())
}

/// Refunds of what pays the order; credits that go back are no refunds of it.
fn how_much_came_back(page: &OrderPage) -> Result<Refunded, MoneyError> {
    let currency = page.amount.currency();
    let applied = Money::sum(currency, page.payments.iter().map(|payment| payment.applied))?;
    let back = page
        .refunds
        .iter()
        .filter(|refund| refund.status == RefundStatus::Succeeded && !refund.is_from_credit)
        .map(|refund| refund.amount);
    refunded(applied, Money::sum(currency, back)?)
}

fn credit(page: &OrderPage) -> Result<Option<Credit>, MoneyError> {
    let currency = page.amount.currency();
    let unclaimed = page
        .payments
        .iter()
        .map(|payment| payment.captured.checked_sub(payment.applied))
        .collect::<Result<Vec<_>, _>>()?;
    let amount = Money::sum(currency, unclaimed)?;
    if !amount.is_positive() {
        return Ok(None);
    }
    let of_credit = || page.refunds.iter().filter(|refund| refund.is_from_credit);
    let back = of_credit()
        .filter(|refund| refund.status == RefundStatus::Succeeded)
        .map(|refund| refund.amount);
    let left = amount.checked_sub(Money::sum(currency, back)?)?;
    Ok(Some(Credit {
        amount,
        kind: credit_kind(page),
        is_promised: of_credit().any(|refund| refund.status.is_counted()),
        is_returned: !left.is_positive(),
    }))
}

fn credit_kind(page: &OrderPage) -> CreditKind {
    let is_unclaimed =
        |payment: &&PaymentOnOrder| payment.captured.is_positive() && payment.applied.is_zero();
    match page.status {
        OrderStatus::Paid if page.payments.iter().any(|payment| is_unclaimed(&payment)) => {
            CreditKind::Twice
        }
        OrderStatus::Paid => CreditKind::Over,
        OrderStatus::Pending | OrderStatus::AwaitingPayment => CreditKind::Short,
        OrderStatus::Cancelled | OrderStatus::Expired => CreditKind::Late,
    }
}
