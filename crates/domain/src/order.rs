//! An order: its price, its life, and what arriving money means to it.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use crate::ids::TicketTypeId;
use crate::limits::{ORDER_MINOR_MAX, TICKETS_PER_ORDER_MAX};
use crate::money::{Currency, Money, MoneyError};
use crate::tax::{TaxPart, TaxRate, tax_inside};
use crate::ticket_type::{SaleState, SaleTerms};

crate::words! {
    /// The life of an order. How much came back is derived from refunds, never a status.
    OrderStatus {
        /// Places are held while the buyer pays.
        Pending = "pending",
        /// The buyer holds a konbini code or promised a transfer; the money is on its way.
        AwaitingPayment = "awaiting_payment",
        /// The whole amount is in the ledger, or nothing was owed.
        Paid = "paid",
        /// Ended by a person.
        Cancelled = "cancelled",
        /// Ended by time.
        Expired = "expired",
    }
}

impl OrderStatus {
    /// Whether the order keeps places.
    pub const fn holds_places(self) -> bool {
        matches!(self, Self::Pending | Self::AwaitingPayment | Self::Paid)
    }

    /// Whether the buyer may still pay it.
    pub const fn is_payable(self) -> bool {
        matches!(self, Self::Pending | Self::AwaitingPayment)
    }
}

/// What can happen to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderFact {
    /// A payment was authorized and waits for the buyer's cash.
    PaymentPromised,
    /// No payment is on its way any more, but the hold goes on (a konbini code lapsed early, say).
    PromiseLapsed,
    /// The whole amount is in the ledger.
    Paid,
    /// The hold ended and no payment is on its way.
    HoldEnded,
    /// The buyer, the organizer or an administrator ended it.
    Cancelled,
}

impl OrderFact {
    /// Every fact, for the transition table.
    pub const ALL: [Self; 5] =
        [Self::PaymentPromised, Self::PromiseLapsed, Self::Paid, Self::HoldEnded, Self::Cancelled];
}

/// What a fact does to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderStep {
    Move(OrderStatus),
    /// The order is there already; the same fact came twice.
    AlreadyThere,
    /// The fact is late and changes nothing.
    Stale,
}

/// Decides what `fact` does to an order that is `status`.
///
/// `Paid` on an ended order is the acceptance of late money; the caller made sure of a place first.
pub const fn step(status: OrderStatus, fact: OrderFact) -> OrderStep {
    use OrderFact as F;
    use OrderStatus as S;
    match (status, fact) {
        (S::Pending, F::PaymentPromised) => OrderStep::Move(S::AwaitingPayment),
        (S::AwaitingPayment, F::PromiseLapsed) => OrderStep::Move(S::Pending),
        (S::Pending | S::AwaitingPayment | S::Cancelled | S::Expired, F::Paid) => {
            OrderStep::Move(S::Paid)
        }
        (S::Pending | S::AwaitingPayment, F::HoldEnded) => OrderStep::Move(S::Expired),
        (S::Pending | S::AwaitingPayment | S::Paid, F::Cancelled) => OrderStep::Move(S::Cancelled),
        (S::AwaitingPayment, F::PaymentPromised)
        | (S::Pending, F::PromiseLapsed)
        | (S::Paid, F::Paid)
        | (S::Expired, F::HoldEnded)
        | (S::Cancelled, F::Cancelled) => OrderStep::AlreadyThere,
        (S::Paid | S::Cancelled | S::Expired, F::PaymentPromised | F::PromiseLapsed)
        | (S::Paid | S::Cancelled, F::HoldEnded)
        | (S::Expired, F::Cancelled) => OrderStep::Stale,
    }
}

/// What captured money means to its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// Exactly what is owed, in time.
    Exact,
    /// The order was paid before: all of it is a credit.
    Double,
    /// The order had ended: it is accepted if the places are still free, else a credit.
    Late,
    /// Less than owed: a credit until the rest comes or it goes back.
    Short { missing: Money },
    /// More than owed: the order is paid and `surplus` is a credit.
    Over { surplus: Money },
}

/// Compares what arrived with what is owed. `held` came before and the order claims none of it yet: money that was short.
///
/// # Errors
/// When the currencies differ or the sum does not fit.
pub fn arrival(
    status: OrderStatus,
    owed: Money,
    held: Money,
    captured: Money,
) -> Result<Arrival, MoneyError> {
    let difference = captured.checked_add(held)?.checked_sub(owed)?;
    Ok(match status {
        OrderStatus::Paid => Arrival::Double,
        OrderStatus::Pending
        | OrderStatus::AwaitingPayment
        | OrderStatus::Cancelled
        | OrderStatus::Expired => {
            if difference.minor() < 0 {
                Arrival::Short { missing: difference.checked_neg()? }
            } else if !status.is_payable() {
                Arrival::Late
            } else if difference.is_zero() {
                Arrival::Exact
            } else {
                Arrival::Over { surplus: difference }
            }
        }
    })
}

/// What of each credit, and of the money that came last, pays an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// As many as there were credits, in their order.
    pub from_credits: Vec<Money>,
    pub from_captured: Money,
}

/// Takes `owed` from the credits, the oldest first, and the rest from what was captured last.
///
/// # Errors
/// When the currencies differ.
pub fn claim(owed: Money, credits: &[Money], captured: Money) -> Result<Claimed, MoneyError> {
    let mut left = owed;
    let mut take = |available: Money| {
        let minor = available.minor().min(left.minor()).max(0);
        let taken = Money::new(minor, available.currency());
        left = left.checked_sub(taken)?;
        Ok(taken)
    };
    let from_credits = credits.iter().map(|credit| take(*credit)).collect::<Result<_, _>>()?;
    Ok(Claimed { from_credits, from_captured: take(captured)? })
}

/// How many tickets of one type a buyer wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Selection {
    pub ticket_type: TicketTypeId,
    pub quantity: u32,
}

/// A priced line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PricedLine {
    pub ticket_type: TicketTypeId,
    pub quantity: u32,
    pub unit_price: Money,
    pub tax_rate: TaxRate,
    pub amount: Money,
}

/// A selection with its price.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    pub lines: Vec<PricedLine>,
    /// What the buyer pays, tax included.
    pub total: Money,
    pub tax: Vec<TaxPart>,
}

/// Why a selection cannot be ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotOrderable {
    #[error("nothing was chosen")]
    NothingChosen,
    #[error("more than {TICKETS_PER_ORDER_MAX} tickets")]
    TooManyTickets,
    #[error("{ticket_type} is not a ticket type of this event")]
    UnknownTicketType { ticket_type: TicketTypeId },
    #[error("{ticket_type} is not on sale yet")]
    NotOnSaleYet { ticket_type: TicketTypeId },
    #[error("sales of {ticket_type} have ended")]
    SalesEnded { ticket_type: TicketTypeId },
    #[error("fewer than {min} of {ticket_type}")]
    TooFew { ticket_type: TicketTypeId, min: u32 },
    #[error("more than {max} of {ticket_type}")]
    TooMany { ticket_type: TicketTypeId, max: u32 },
    #[error("the amount is out of range")]
    AmountOutOfRange,
}

impl From<MoneyError> for NotOrderable {
    fn from(_: MoneyError) -> Self {
        Self::AmountOutOfRange
    }
}

/// Prices a selection by the terms of the event's ticket types, in their order.
///
/// The same type chosen twice is summed; zero of a type is not a choice.
///
/// # Errors
/// With the first reason why the selection cannot be ordered at `now`.
pub fn quote(
    currency: Currency,
    terms: &[SaleTerms],
    selections: &[Selection],
    now: OffsetDateTime,
) -> Result<Quote, NotOrderable> {
    for Selection { ticket_type, .. } in selections {
        if !terms.iter().any(|terms| terms.ticket_type == *ticket_type) {
            return Err(NotOrderable::UnknownTicketType { ticket_type: *ticket_type });
        }
    }
    let mut lines = Vec::new();
    let mut n_tickets: u32 = 0;
    for terms in terms {
        let quantity = selections
            .iter()
            .filter(|selection| selection.ticket_type == terms.ticket_type)
            .try_fold(0u32, |sum, selection| sum.checked_add(selection.quantity))
            .ok_or(NotOrderable::TooManyTickets)?;
        if quantity == 0 {
            continue;
        }
        n_tickets = n_tickets.checked_add(quantity).ok_or(NotOrderable::TooManyTickets)?;
        lines.push(price_line(terms, quantity, now)?);
    }
    if lines.is_empty() {
        return Err(NotOrderable::NothingChosen);
    }
    if n_tickets > TICKETS_PER_ORDER_MAX {
        return Err(NotOrderable::TooManyTickets);
    }
    let total = Money::sum(currency, lines.iter().map(|line| line.amount))?;
    if total.minor() > ORDER_MINOR_MAX {
        return Err(NotOrderable::AmountOutOfRange);
    }
    let tax = tax_inside(currency, lines.iter().map(|line| (line.tax_rate, line.amount)))?;
    Ok(Quote { lines, total, tax })
}

fn price_line(
    terms: &SaleTerms,
    quantity: u32,
    now: OffsetDateTime,
) -> Result<PricedLine, NotOrderable> {
    let ticket_type = terms.ticket_type;
    match terms.state(now) {
        SaleState::NotYet => return Err(NotOrderable::NotOnSaleYet { ticket_type }),
        SaleState::Ended => return Err(NotOrderable::SalesEnded { ticket_type }),
        SaleState::Open => {}
    }
    if quantity < terms.per_order_min {
        return Err(NotOrderable::TooFew { ticket_type, min: terms.per_order_min });
    }
    if terms.per_order_max < quantity {
        return Err(NotOrderable::TooMany { ticket_type, max: terms.per_order_max });
    }
    Ok(PricedLine {
        ticket_type,
        quantity,
        unit_price: terms.price,
        tax_rate: terms.tax_rate,
        amount: terms.price.checked_mul(i64::from(quantity))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use expect_test::expect;
    use proptest::prelude::*;
    use std::fmt::Write;
    use time::macros::datetime;
    use uuid::Uuid;

    #[test]
    fn every_status_meets_every_fact() {
        let mut table = String::new();
        for status in OrderStatus::ALL {
            for fact in OrderFact::ALL {
                let cell = format!("{fact:?}");
                writeln!(table, "{status:<17}{cell:<16}{:?}", step(*status, fact)).unwrap();
            }
        }
        expect![[r#"
            pending          PaymentPromised Move(AwaitingPayment)
            pending          PromiseLapsed   AlreadyThere
            pending          Paid            Move(Paid)
            pending          HoldEnded       Move(Expired)
            pending          Cancelled       Move(Cancelled)
            awaiting_payment PaymentPromised AlreadyThere
            awaiting_payment PromiseLapsed   Move(Pending)
            awaiting_payment Paid            Move(Paid)
            awaiting_payment HoldEnded       Move(Expired)
            awaiting_payment Cancelled       Move(Cancelled)
            paid             PaymentPromised Stale
            paid             PromiseLapsed   Stale
            paid             Paid            AlreadyThere
            paid             HoldEnded       Stale
            paid             Cancelled       Move(Cancelled)
            cancelled        PaymentPromised Stale
            cancelled        PromiseLapsed   Stale
            cancelled        Paid            Move(Paid)
            cancelled        HoldEnded       Stale
            cancelled        Cancelled       AlreadyThere
            expired          PaymentPromised Stale
            expired          PromiseLapsed   Stale
            expired          Paid            Move(Paid)
            expired          HoldEnded       AlreadyThere
            expired          Cancelled       Stale
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn arriving_money_is_told_apart() {
        let owed = Money::yen(3000);
        let nothing = Money::yen(0);
        let told = |status, captured| arrival(status, owed, nothing, Money::yen(captured)).unwrap();
        assert_eq!(told(OrderStatus::Pending, 3000), Arrival::Exact);
        assert_eq!(told(OrderStatus::AwaitingPayment, 3000), Arrival::Exact);
        assert_eq!(told(OrderStatus::Pending, 2000), Arrival::Short { missing: Money::yen(1000) });
        assert_eq!(told(OrderStatus::Pending, 3500), Arrival::Over { surplus: Money::yen(500) });
        assert_eq!(told(OrderStatus::Paid, 3000), Arrival::Double);
        assert_eq!(told(OrderStatus::Expired, 3000), Arrival::Late);
        assert_eq!(
            told(OrderStatus::Cancelled, 2000),
            Arrival::Short { missing: Money::yen(1000) }
        );
        let dollar = Money::new(1, Currency::USD);
        assert!(arrival(OrderStatus::Pending, owed, nothing, dollar).is_err());
    }

    #[test]
    fn what_came_before_counts() {
        let (owed, held) = (Money::yen(3000), Money::yen(2000));
        let told = |status, captured| arrival(status, owed, held, Money::yen(captured)).unwrap();
        assert_eq!(told(OrderStatus::AwaitingPayment, 1000), Arrival::Exact);
        assert_eq!(
            told(OrderStatus::AwaitingPayment, 400),
            Arrival::Short { missing: Money::yen(600) }
        );
        assert_eq!(told(OrderStatus::Pending, 3000), Arrival::Over { surplus: Money::yen(2000) });
        assert_eq!(told(OrderStatus::Expired, 1000), Arrival::Late);
    }

    fn terms(n: u128, price: i64) -> SaleTerms {
        SaleTerms {
            ticket_type: TicketTypeId::from_uuid(Uuid::from_u128(n)),
            price: Money::yen(price),
            tax_rate: TaxRate::STANDARD,
            sales_start_at: Some(datetime!(2026-11-01 0:00 UTC)),
            sales_end_at: Some(datetime!(2026-12-01 0:00 UTC)),
            per_order_min: 1,
            per_order_max: 10,
        }
    }

    fn pick(terms: &SaleTerms, quantity: u32) -> Selection {
        Selection { ticket_type: terms.ticket_type, quantity }
    }

    const NOW: OffsetDateTime = datetime!(2026-11-21 0:00 UTC);

    #[test]
    fn a_selection_is_priced_with_its_tax() {
        let (adult, child) = (terms(1, 5500), terms(2, 3500));
        let picks = [pick(&child, 1), pick(&adult, 1), pick(&adult, 1)];
        let quote = quote(Currency::JPY, &[adult, child], &picks, NOW).unwrap();
        assert_eq!(quote.total, Money::yen(14_500));
        assert_eq!(quote.lines.len(), 2);
        assert_eq!(quote.tax.first().map(|part| part.tax), Some(Money::yen(1318)));
    }

    #[test]
    fn what_cannot_be_ordered_says_why() {
        let adult = terms(1, 5500);
        let ticket_type = adult.ticket_type;
        let ask = |picks: &[Selection], now| {
            quote(Currency::JPY, std::slice::from_ref(&adult), picks, now).unwrap_err()
        };
        assert_eq!(ask(&[], NOW), NotOrderable::NothingChosen);
        assert_eq!(ask(&[pick(&adult, 0)], NOW), NotOrderable::NothingChosen);
        let too_many = NotOrderable::TooMany { ticket_type, max: 10 };
        assert_eq!(ask(&[pick(&adult, 11)], NOW), too_many);
        assert_eq!(ask(&[pick(&adult, u32::MAX); 2], NOW), NotOrderable::TooManyTickets);
        let early = datetime!(2026-10-01 0:00 UTC);
        assert_eq!(ask(&[pick(&adult, 1)], early), NotOrderable::NotOnSaleYet { ticket_type });
        let late = datetime!(2026-12-01 0:00 UTC);
        assert_eq!(ask(&[pick(&adult, 1)], late), NotOrderable::SalesEnded { ticket_type });
        let stranger = terms(9, 1);
        assert_eq!(
            ask(&[pick(&stranger, 1)], NOW),
            NotOrderable::UnknownTicketType { ticket_type: stranger.ticket_type }
        );
    }

    proptest! {
        #[test]
        fn what_is_claimed_sums_to_what_is_owed(
            owed in 0i64..10_000,
            credits in prop::collection::vec(0i64..4000, 0..5),
            captured in 0i64..12_000,
        ) {
            let held: Vec<Money> = credits.into_iter().map(Money::yen).collect();
            let claimed = claim(Money::yen(owed), &held, Money::yen(captured)).unwrap();
            let parts = || claimed.from_credits.iter().chain([&claimed.from_captured]);
            let there = || held.iter().copied().chain([Money::yen(captured)]);
            prop_assert!(parts().zip(there()).all(|(part, of)| part.minor() >= 0 && part.minor() <= of.minor()));
            let sum: i64 = parts().map(|part| part.minor()).sum();
            prop_assert_eq!(sum, owed.min(there().map(Money::minor).sum()));
        }

        #[test]
        fn lines_sum_to_the_total(a in 0u32..=10, b in 0u32..=10, price in 0i64..1_000_000) {
            prop_assume!(a + b > 0);
            let (first, second) = (terms(1, price), terms(2, 7));
            let picks = [pick(&first, a), pick(&second, b)];
            let quote = quote(Currency::JPY, &[first, second], &picks, NOW).unwrap();
            prop_assert_eq!(quote.total.minor(), i64::from(a) * price + i64::from(b) * 7);
            let gross: i64 = quote.tax.iter().map(|part| part.gross.minor()).sum();
            prop_assert_eq!(gross, quote.total.minor());
        }
    }
}
