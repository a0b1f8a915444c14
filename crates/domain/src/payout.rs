//! Payouts: whose hands the money passes through, what can be paid out when, and the life of a payout.

use time::{Date, Duration, OffsetDateTime};

use crate::business_day;
use crate::ids::UserId;
use crate::money::{Currency, Money, MoneyError};

crate::words! {
    /// Whose account at the provider the money comes to.
    PayoutModel {
        /// The organizer's own: we never hold it, we only reconcile.
        Direct = "direct",
        /// Ours: we hold it and pay it out.
        Collect = "collect",
    }
}

crate::words! {
    /// The life of a payout.
    PayoutStatus {
        /// A member prepared it; its money is set aside.
        Draft = "draft",
        /// Another member agreed.
        Approved = "approved",
        /// The bank was told.
        Submitted = "submitted",
        Paid = "paid",
        /// The bank refused it.
        Failed = "failed",
        /// The money came back (組戻し, no such account).
        Returned = "returned",
        /// A member took it back before the bank was told.
        Cancelled = "cancelled",
    }
}

impl PayoutStatus {
    /// Whether its money is set aside and on its way.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Approved | Self::Submitted)
    }
}

/// What can happen to a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayoutFact {
    Approved,
    Submitted,
    Paid,
    Failed,
    Returned,
    Cancelled,
}

impl PayoutFact {
    /// Every fact, for the transition table.
    pub const ALL: [Self; 6] = [
        Self::Approved,
        Self::Submitted,
        Self::Paid,
        Self::Failed,
        Self::Returned,
        Self::Cancelled,
    ];
}

/// What a fact does to a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayoutStep {
    Move(PayoutStatus),
    /// The same fact came twice.
    AlreadyThere,
    /// It cannot be: nothing changes, and whoever says so is told.
    Refused,
}

/// Decides what `fact` does to a payout that is `status`.
pub const fn step(status: PayoutStatus, fact: PayoutFact) -> PayoutStep {
    use PayoutFact as F;
    use PayoutStatus as S;
    match (status, fact) {
        (S::Draft, F::Approved) => PayoutStep::Move(S::Approved),
        (S::Approved, F::Submitted) => PayoutStep::Move(S::Submitted),
        (S::Submitted, F::Paid) => PayoutStep::Move(S::Paid),
        (S::Submitted, F::Failed) => PayoutStep::Move(S::Failed),
        // A bank may send money back days after it reported it as paid.
        (S::Submitted | S::Paid, F::Returned) => PayoutStep::Move(S::Returned),
        (S::Draft | S::Approved, F::Cancelled) => PayoutStep::Move(S::Cancelled),
        (S::Approved, F::Approved)
        | (S::Submitted, F::Submitted)
        | (S::Paid, F::Paid)
        | (S::Failed, F::Failed)
        | (S::Returned, F::Returned)
        | (S::Cancelled, F::Cancelled) => PayoutStep::AlreadyThere,
        (S::Draft, F::Submitted | F::Paid | F::Failed | F::Returned)
        | (S::Approved, F::Paid | F::Failed | F::Returned)
        | (S::Submitted, F::Approved | F::Cancelled)
        | (S::Paid, F::Approved | F::Submitted | F::Failed | F::Cancelled)
        | (S::Failed, F::Approved | F::Submitted | F::Paid | F::Returned | F::Cancelled)
        | (S::Returned, F::Approved | F::Submitted | F::Paid | F::Failed | F::Cancelled)
        | (S::Cancelled, F::Approved | F::Submitted | F::Paid | F::Failed | F::Returned) => {
            PayoutStep::Refused
        }
    }
}

/// When an organizer's money is paid out, and how much of it waits for refunds that may still come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PayoutTerms {
    /// Business days between an event's last day and its money.
    pub business_days: u8,
    /// The share of what came in that waits longer.
    pub reserve_basis_points: u16,
    /// Days after an event's last day that the share waits.
    pub reserve_days: u16,
    /// Less than this is not worth a transfer.
    pub minimum: Money,
}

/// What an event's ledger says, as far as payouts ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventBalance {
    /// When the event is over.
    pub ends_at: Option<OffsetDateTime>,
    /// What came in for the organizer before refunds, disputes and payouts, fees already taken.
    pub sales: Money,
    /// What is owed to the organizer now, refunds asked for and disputes already taken; less than nothing when more
    /// went back than came in.
    pub balance: Money,
}

/// Why money of an event waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// The event is not over for long enough; none when nobody knows its date.
    Schedule { until: Option<Date> },
    /// A share waits for refunds that may still come.
    Reserve { until: Date },
}

impl Wait {
    /// The day on which it is over.
    pub const fn until(self) -> Option<Date> {
        match self {
            Self::Schedule { until } => until,
            Self::Reserve { until } => Some(until),
        }
    }
}

/// An event's money, parted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventShare {
    /// Can be paid out today; less than nothing is taken from the payout.
    pub available: Money,
    /// Waits, and why.
    pub waiting: Option<(Money, Wait)>,
}

/// Parts an event's money into what can be paid out on `today` and what waits.
///
/// # Errors
/// When a sum does not fit.
pub fn share(
    terms: &PayoutTerms,
    event: &EventBalance,
    today: Date,
) -> Result<EventShare, MoneyError> {
    let nothing = Money::zero(event.balance.currency());
    if !event.balance.is_positive() {
        return Ok(EventShare { available: event.balance, waiting: None });
    }
    let last_day = event.ends_at.map(business_day::japan_date);
    let due = last_day.map(|day| business_day::after(day, terms.business_days));
    if due.is_none_or(|due| today < due) {
        let wait = Wait::Schedule { until: due };
        return Ok(EventShare { available: nothing, waiting: Some((event.balance, wait)) });
    }
    let days = Duration::days(terms.reserve_days.into());
    let until = last_day.and_then(|day| day.checked_add(days));
    let reserve = match until {
        Some(until) if today < until => reserve(terms, event)?,
        Some(_) | None => nothing,
    };
    let available = event.balance.checked_sub(reserve)?;
    let wait = until.filter(|_| reserve.is_positive()).map(|until| Wait::Reserve { until });
    Ok(EventShare { available, waiting: wait.map(|wait| (reserve, wait)) })
}

/// The share of the sales that waits, rounded up, at most what there is.
fn reserve(terms: &PayoutTerms, event: &EventBalance) -> Result<Money, MoneyError> {
    let currency = event.balance.currency();
    let exact = i128::from(event.sales.minor()).checked_mul(i128::from(terms.reserve_basis_points));
    let rounded = exact.and_then(|it| it.checked_add(9_999)).and_then(|it| it.checked_div(10_000));
    let minor = rounded.and_then(|it| i64::try_from(it).ok()).ok_or(MoneyError::OutOfRange)?;
    Ok(Money::new(minor.clamp(0, event.balance.minor()), currency))
}

/// What a payout of all of these would be: everything available, debts of other events taken off.
///
/// # Errors
/// When the sum does not fit.
pub fn available(currency: Currency, shares: &[EventShare]) -> Result<Money, MoneyError> {
    Money::sum(currency, shares.iter().map(|share| share.available))
}

/// Why a member cannot approve a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotApprovable {
    #[error("another member has to approve what one prepared")]
    SameMember,
    #[error("the amount has to be typed again, and is another")]
    AmountDiffers,
}

/// Four eyes: a second member approves. Where there is no second member, the one types the amount again.
///
/// # Errors
/// When this member cannot approve.
pub fn may_approve(
    prepared_by: UserId,
    approver: UserId,
    n_members: i64,
    typed_again: Option<Money>,
    amount: Money,
) -> Result<(), NotApprovable> {
    if approver != prepared_by {
        Ok(())
    } else if n_members > 1 {
        Err(NotApprovable::SameMember)
    } else if typed_again == Some(amount) {
        Ok(())
    } else {
        Err(NotApprovable::AmountDiffers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use expect_test::expect;
    use proptest::prelude::*;
    use std::fmt::Write;
    use time::macros::{date, datetime};
    use uuid::Uuid;

    #[test]
    fn every_status_meets_every_fact() {
        let mut table = String::new();
        for status in PayoutStatus::ALL {
            let row = PayoutFact::ALL.map(|fact| match step(*status, fact) {
                PayoutStep::Move(next) => next.to_string(),
                PayoutStep::AlreadyThere => "=".to_owned(),
                PayoutStep::Refused => "-".to_owned(),
            });
            writeln!(
                table,
                "{status:<10} {}",
                row.map(|cell| format!("{cell:<10}")).concat().trim_end()
            )
            .unwrap();
        }
        // Approved, Submitted, Paid, Failed, Returned, Cancelled.
        expect![[r#"
            draft      approved  -         -         -         -         cancelled
            approved   =         submitted -         -         -         cancelled
            submitted  -         =         paid      failed    returned  -
            paid       -         -         =         -         returned  -
            failed     -         -         -         =         -         -
            returned   -         -         -         -         =         -
            cancelled  -         -         -         -         -         =
        "#]]
        .assert_eq(&table);
    }

    const TERMS: PayoutTerms = PayoutTerms {
        business_days: 5,
        reserve_basis_points: 1000,
        reserve_days: 30,
        minimum: Money::yen(1000),
    };

    fn event(sales: i64, balance: i64) -> EventBalance {
        EventBalance {
            // 18 December 19:00 in Japan.
            ends_at: Some(datetime!(2026-12-18 10:00 UTC)),
            sales: Money::yen(sales),
            balance: Money::yen(balance),
        }
    }

    #[test]
    fn money_waits_for_the_event_then_a_share_waits_longer() {
        let share = |day| share(&TERMS, &event(100_000, 100_000), day).unwrap();
        let waiting = |minor, wait| Some((Money::yen(minor), wait));
        let due = date!(2026 - 12 - 25);
        let before = share(date!(2026 - 12 - 24));
        assert_eq!(before.available, Money::yen(0));
        assert_eq!(before.waiting, waiting(100_000, Wait::Schedule { until: Some(due) }));
        let until = date!(2027 - 01 - 17);
        let on_the_day = share(due);
        assert_eq!(on_the_day.available, Money::yen(90_000));
        assert_eq!(on_the_day.waiting, waiting(10_000, Wait::Reserve { until }));
        assert_eq!(share(until), EventShare { available: Money::yen(100_000), waiting: None });
    }

    #[test]
    fn a_reserve_is_a_share_of_the_sales_and_at_most_what_is_there() {
        let day = date!(2026 - 12 - 28);
        let share = |balance| share(&TERMS, &event(100_001, balance), day).unwrap();
        // 10 % of 100,001, rounded up; most was paid out before.
        assert_eq!(share(10_001).available, Money::yen(0));
        assert_eq!(share(4000).waiting.map(|it| it.0), Some(Money::yen(4000)));
        assert_eq!(share(20_000).available, Money::yen(9999));
    }

    #[test]
    fn a_debt_is_taken_at_once_and_an_event_without_a_date_waits() {
        let debt = share(&TERMS, &event(3000, -500), date!(2026 - 01 - 01)).unwrap();
        assert_eq!(debt, EventShare { available: Money::yen(-500), waiting: None });
        let undated = EventBalance { ends_at: None, ..event(3000, 3000) };
        let undated = share(&TERMS, &undated, date!(2030 - 01 - 01)).unwrap();
        assert_eq!(undated.waiting.and_then(|(_, wait)| wait.until()), None);
        assert_eq!(available(Currency::JPY, &[debt, undated]), Ok(Money::yen(-500)));
    }

    #[test]
    fn a_second_member_approves_or_the_only_one_types_the_amount_again() {
        let [one, two] = [1, 2].map(|n| UserId::from_uuid(Uuid::from_u128(n)));
        let amount = Money::yen(5000);
        assert_eq!(may_approve(one, two, 2, None, amount), Ok(()));
        let same = Err(NotApprovable::SameMember);
        assert_eq!(may_approve(one, one, 2, Some(amount), amount), same);
        assert_eq!(may_approve(one, one, 1, Some(amount), amount), Ok(()));
        for typed in [None, Some(Money::yen(500))] {
            let differs = Err(NotApprovable::AmountDiffers);
            assert_eq!(may_approve(one, one, 1, typed, amount), differs);
        }
    }

    proptest! {
        #[test]
        fn what_is_available_and_what_waits_is_all_there_is(
            sales in 0i64..10_000_000, balance in -1_000_000i64..10_000_000, days in 0i64..90,
            business_days in 0u8..20, reserve_basis_points in 0u16..=10_000, reserve_days in 0u16..90,
        ) {
            let terms = PayoutTerms { business_days, reserve_basis_points, reserve_days, ..TERMS };
            let today = date!(2026 - 12 - 01) + Duration::days(days);
            let share = share(&terms, &event(sales, balance), today).unwrap();
            let waiting = share.waiting.map_or(Money::yen(0), |(waiting, _)| waiting);
            prop_assert_eq!(share.available.checked_add(waiting), Ok(Money::yen(balance)));
            prop_assert!(share.available.minor() <= balance.max(0));
            prop_assert!(waiting.minor() >= 0);
            if let Some(until) = share.waiting.and_then(|(_, wait)| wait.until()) {
                prop_assert!(today < until, "what waits waits for a day to come");
            }
        }
    }
}
