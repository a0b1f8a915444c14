//! Calling off a whole event: what goes back to whom, and what may be kept.

use std::collections::BTreeSet;

use crate::ids::TicketTypeId;
use crate::money::{Money, MoneyError};

crate::words! {
    /// How far one order of a called-off event is.
    CancellationStatus {
        Waiting = "waiting",
        Done = "done",
        /// It could not be ended; a person looks and tries again.
        Failed = "failed",
    }
}

crate::words! {
    /// What became of one order of a called-off event.
    CancellationOutcome {
        /// Money goes back; how far it is stands on the refunds.
        Refunded = "refunded",
        /// Nothing had been paid.
        Unpaid = "unpaid",
        /// It was free, or all of it is kept or came back before.
        NothingDue = "nothing_due",
        /// It had ended by itself before its turn came.
        EndedBefore = "ended_before",
    }
}

crate::words! {
    /// One order of a called-off event and its money, as one word.
    CancellationState {
        Waiting = "waiting",
        /// The order could not be ended.
        Failed = "failed",
        /// A refund was refused.
        RefundFailed = "refund_failed",
        /// A bank account is needed before money can go back.
        NeedsAccount = "needs_account",
        /// The provider has been asked, or is about to be.
        Refunding = "refunding",
        /// The money is back.
        Refunded = "refunded",
        Unpaid = "unpaid",
        NothingDue = "nothing_due",
        EndedBefore = "ended_before",
    }
}

impl CancellationState {
    /// Whether a person has to try again.
    pub const fn is_failed(self) -> bool {
        matches!(self, Self::Failed | Self::RefundFailed)
    }

    /// Whether nothing will change any more.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Refunded | Self::Unpaid | Self::NothingDue | Self::EndedBefore)
    }
}

/// A whole, in basis points.
pub const WHOLE_BASIS_POINTS: u16 = 10_000;

/// What an organizer gives back when an event is called off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancellationTerms {
    /// Only these ticket types come back (merchandise, say); none means everything.
    pub only: Option<BTreeSet<TicketTypeId>>,
    /// Kept of every price, for costs that arose already.
    pub fee_basis_points: u16,
    /// Kept of every ticket beside that.
    pub fee_per_ticket: Money,
}

/// Why terms cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TermsError {
    #[error("a fee lies between nothing and everything")]
    FeeOutOfRange,
    #[error("no ticket type was chosen")]
    NothingChosen,
}

impl CancellationTerms {
    /// Everything goes back.
    pub const fn everything(nothing: Money) -> Self {
        Self { only: None, fee_basis_points: 0, fee_per_ticket: nothing }
    }

    /// Whether the line comes back; what may be kept of it is another matter.
    fn calls_off(&self, line: &LineMoney) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&line.ticket_type))
    }

    /// Says what is wrong with them.
    ///
    /// # Errors
    /// See [`TermsError`].
    pub fn check(&self) -> Result<(), TermsError> {
        if self.fee_basis_points > WHOLE_BASIS_POINTS || self.fee_per_ticket.minor() < 0 {
            return Err(TermsError::FeeOutOfRange);
        }
        if self.only.as_ref().is_some_and(BTreeSet::is_empty) {
            return Err(TermsError::NothingChosen);
        }
        Ok(())
    }
}

/// A line of an order, as far as its price matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineMoney {
    pub ticket_type: TicketTypeId,
    pub quantity: u32,
    pub amount: Money,
}

/// The money of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderMoney {
    pub lines: Vec<LineMoney>,
    /// What the buyer pays for fees, beside the lines.
    pub fee: Money,
    /// What pays the order.
    pub paid: Money,
    /// Of it, what came back or is on its way back.
    pub back: Money,
}

/// What becomes of the money of one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// What is still to go back.
    pub back: Money,
    /// What the organizer keeps of what was paid.
    pub kept: Money,
}

/// Computes what still goes back of an order.
///
/// It is the whole of what was paid, less what may be kept, less what went back before; so asking again after a part
/// went back asks for the rest, and asking twice asks for nothing. What is kept is rounded down, in the participant's
/// favour. What the participant paid for fees goes back with a whole order, and stays when a line of it stays.
///
/// # Errors
/// When a sum does not fit or currencies differ.
pub fn due(terms: &CancellationTerms, order: &OrderMoney) -> Result<Due, MoneyError> {
    let nothing = Money::zero(order.paid.currency());
    let mut kept = nothing;
    for line in &order.lines {
        kept = kept.checked_add(kept_of(terms, line)?)?;
    }
    if order.lines.iter().any(|line| !terms.calls_off(line)) {
        kept = kept.checked_add(order.fee)?;
    }
    let kept = if kept.minor() > order.paid.minor() { order.paid } else { kept };
    let back = order.paid.checked_sub(order.back)?.checked_sub(kept)?;
    Ok(Due { back: if back.is_positive() { back } else { nothing }, kept })
}

fn kept_of(terms: &CancellationTerms, line: &LineMoney) -> Result<Money, MoneyError> {
    if !terms.calls_off(line) {
        return Ok(line.amount);
    }
    let share = i128::from(line.amount.minor())
        .checked_mul(i128::from(terms.fee_basis_points))
        .and_then(|product| product.checked_div_euclid(i128::from(WHOLE_BASIS_POINTS)))
        .and_then(|share| i64::try_from(share).ok())
        .ok_or(MoneyError::OutOfRange)?;
    let fee = terms
        .fee_per_ticket
        .checked_mul(i64::from(line.quantity))?
        .checked_add(Money::new(share, line.amount.currency()))?;
    Ok(if fee.minor() > line.amount.minor() { line.amount } else { fee })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use crate::money::Currency;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn kind(n: u128) -> TicketTypeId {
        TicketTypeId::from_uuid(Uuid::from_u128(n))
    }

    fn line(n: u128, quantity: u32, price: i64) -> LineMoney {
        let amount = Money::yen(price * i64::from(quantity));
        LineMoney { ticket_type: kind(n), quantity, amount }
    }

    fn paid(lines: Vec<LineMoney>, back: i64) -> OrderMoney {
        let paid = Money::sum(Currency::JPY, lines.iter().map(|line| line.amount)).unwrap();
        OrderMoney { lines, fee: Money::yen(0), paid, back: Money::yen(back) }
    }

    fn everything() -> CancellationTerms {
        CancellationTerms::everything(Money::yen(0))
    }

    fn yen(terms: &CancellationTerms, order: &OrderMoney) -> (i64, i64) {
        let due = due(terms, order).unwrap();
        (due.back.minor(), due.kept.minor())
    }

    #[test]
    fn everything_goes_back_once() {
        assert_eq!(yen(&everything(), &paid(vec![line(1, 2, 5500)], 0)), (11_000, 0));
        assert_eq!(yen(&everything(), &paid(vec![line(1, 2, 5500)], 5500)), (5500, 0));
        assert_eq!(yen(&everything(), &paid(vec![line(1, 2, 5500)], 11_000)), (0, 0));
        let unpaid = OrderMoney { paid: Money::yen(0), ..paid(vec![line(1, 1, 5500)], 0) };
        assert_eq!(yen(&everything(), &unpaid), (0, 0));
    }

    #[test]
    fn fees_are_kept_and_never_more_than_the_price() {
        let ten = CancellationTerms { fee_basis_points: 1000, ..everything() };
        assert_eq!(yen(&ten, &paid(vec![line(1, 1, 5555)], 0)), (5000, 555));
        let fixed = CancellationTerms { fee_per_ticket: Money::yen(300), ..ten.clone() };
        assert_eq!(yen(&fixed, &paid(vec![line(1, 2, 3000)], 0)), (4800, 1200));
        assert_eq!(yen(&fixed, &paid(vec![line(1, 1, 200), line(2, 1, 0)], 0)), (0, 200));
    }

    #[test]
    fn only_the_chosen_ticket_types_go_back() {
        let merchandise =
            CancellationTerms { only: Some(BTreeSet::from([kind(2)])), ..everything() };
        assert_eq!(
            yen(&merchandise, &paid(vec![line(1, 1, 5000), line(2, 1, 2000)], 0)),
            (2000, 5000)
        );
        let nobody = CancellationTerms { only: Some(BTreeSet::new()), ..everything() };
        assert_eq!(nobody.check(), Err(TermsError::NothingChosen));
        let all = CancellationTerms { fee_basis_points: 10_001, ..everything() };
        assert_eq!(all.check(), Err(TermsError::FeeOutOfRange));
    }

    #[test]
    fn a_participants_fee_goes_back_with_a_whole_order_alone() {
        let mut order = paid(vec![line(1, 1, 5000), line(2, 1, 2000)], 0);
        order.fee = Money::yen(300);
        order.paid = Money::yen(7300);
        assert_eq!(yen(&everything(), &order), (7300, 0));
        let ten = CancellationTerms { fee_basis_points: 1000, ..everything() };
        assert_eq!(yen(&ten, &order), (6600, 700));
        let merchandise =
            CancellationTerms { only: Some(BTreeSet::from([kind(2)])), ..everything() };
        assert_eq!(yen(&merchandise, &order), (2000, 5300));
    }

    proptest! {
        #[test]
        fn nobody_gets_back_more_than_was_paid_and_asking_again_asks_for_the_rest(
            prices in prop::collection::vec((0i64..50_000, 1u32..5), 1..6),
            points in 0u16..=10_000, fixed in 0i64..3000, before in 0i64..100_000, fee in 0i64..2000,
        ) {
            let lines: Vec<_> =
                prices.iter().zip(1u128..).map(|((price, n), id)| line(id, *n, *price)).collect();
            let mut order = paid(lines, 0);
            order.fee = Money::yen(fee);
            order.paid = order.paid.checked_add(order.fee).unwrap();
            order.back = Money::yen(before.min(order.paid.minor()));
            let terms = CancellationTerms {
                fee_basis_points: points, fee_per_ticket: Money::yen(fixed), ..everything()
            };
            let first = due(&terms, &order).unwrap();
            prop_assert!(first.back.minor() >= 0);
            prop_assert!(first.back.minor() + order.back.minor() <= order.paid.minor());
            order.back = order.back.checked_add(first.back).unwrap();
            prop_assert!(due(&terms, &order).unwrap().back.is_zero());
        }
    }
}
