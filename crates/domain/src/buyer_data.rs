//! What is kept of participants: until when, and what must be over before it is erased.
//!
//! Amounts, dates and numbers stay, with the ledger and the credit notes that were issued: the law wants the books for seven
//! years, for ten after a year with a loss (Corporation Tax Act, Regulation for Enforcement art. 59; Consumption Tax Act
//! art. 57-4 (6)). Everything else goes once it is not needed (Act on the Protection of Personal Information art. 22).

use time::{Duration, OffsetDateTime};

use crate::money::Money;
use crate::order::OrderStatus;

/// The shortest time after an event: a cardholder may turn to the bank for 120 days, and the answer takes a while.
pub const RETENTION_DAYS_MIN: i16 = 180;
/// What holds until the organizer chooses; the column has the same default.
pub const RETENTION_DAYS_DEFAULT: i16 = 365;
/// The longest: seven years, as long as the books themselves.
pub const RETENTION_DAYS_MAX: i16 = 2555;

crate::words! {
    /// Why somebody's data are still needed.
    StillNeeded {
        /// The order can still be paid.
        Unpaid = "unpaid",
        /// The tickets are for an event that is to come.
        Coming = "coming",
        /// An attempt to pay is open.
        Payment = "payment",
        /// Money is on its way back.
        Refund = "refund",
        /// Money arrived that pays for nothing.
        Credit = "credit",
        /// The buyer's bank asks.
        Dispute = "dispute",
        /// The participant asks to cancel.
        Return = "return",
        /// The event is being called off.
        Cancellation = "cancellation",
        /// Something does not add up.
        Alert = "alert",
    }
}

/// What of an order may still go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Matters {
    pub status: OrderStatus,
    pub n_valid_tickets: i64,
    /// When the event is over; none where nobody knows.
    pub event_ends_at: Option<OffsetDateTime>,
    pub is_called_off: bool,
    pub n_open_payments: i64,
    pub n_open_refunds: i64,
    /// What arrived and pays for nothing.
    pub credit: Money,
    pub n_open_disputes: i64,
    pub n_open_returns: i64,
    /// Whether the run that calls the event off has not come to it.
    pub is_to_be_ended: bool,
    pub n_open_alerts: i64,
}

/// Everything that the data are still needed for; nothing where they may go.
pub fn still_needed(it: &Matters, now: OffsetDateTime) -> Vec<StillNeeded> {
    let is_over = it.is_called_off || it.event_ends_at.is_some_and(|end| end <= now);
    let all = [
        (StillNeeded::Unpaid, it.status.is_payable()),
        (StillNeeded::Coming, it.n_valid_tickets > 0 && !is_over),
        (StillNeeded::Payment, it.n_open_payments > 0),
        (StillNeeded::Refund, it.n_open_refunds > 0),
        (StillNeeded::Credit, it.credit.is_positive()),
        (StillNeeded::Dispute, it.n_open_disputes > 0),
        (StillNeeded::Return, it.n_open_returns > 0),
        (StillNeeded::Cancellation, it.is_to_be_ended),
        (StillNeeded::Alert, it.n_open_alerts > 0),
    ];
    all.into_iter().filter(|(_, is_so)| *is_so).map(|(why, _)| why).collect()
}

/// When the data are erased by themselves; none where nobody knows when the event is over.
pub fn erased_from(
    event_ends_at: Option<OffsetDateTime>,
    paid_at: Option<OffsetDateTime>,
    retention_days: i16,
) -> Option<OffsetDateTime> {
    let since = event_ends_at?.max(paid_at.unwrap_or(OffsetDateTime::UNIX_EPOCH));
    since.checked_add(Duration::days(retention_days.into()))
}

/// A number of days that an organizer may choose.
///
/// # Errors
/// When it is none, or out of bounds.
pub fn parse_retention(text: &str) -> Result<i16, OutOfBounds> {
    let days = text.trim().parse().map_err(|_| OutOfBounds)?;
    if (RETENTION_DAYS_MIN..=RETENTION_DAYS_MAX).contains(&days) {
        Ok(days)
    } else {
        Err(OutOfBounds)
    }
}

/// No number of days between the least and the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no number of days within the bounds")]
pub struct OutOfBounds;

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;

    fn over() -> Matters {
        Matters {
            status: OrderStatus::Paid,
            n_valid_tickets: 1,
            event_ends_at: Some(NOW),
            is_called_off: false,
            n_open_payments: 0,
            n_open_refunds: 0,
            credit: Money::yen(0),
            n_open_disputes: 0,
            n_open_returns: 0,
            is_to_be_ended: false,
            n_open_alerts: 0,
        }
    }

    #[test]
    fn what_is_over_may_go_and_what_is_open_says_so() {
        assert_eq!(still_needed(&over(), NOW), []);
        let cases = [
            (Matters { status: OrderStatus::Pending, ..over() }, StillNeeded::Unpaid),
            (Matters { status: OrderStatus::AwaitingPayment, ..over() }, StillNeeded::Unpaid),
            (
                Matters { event_ends_at: Some(NOW + Duration::SECOND), ..over() },
                StillNeeded::Coming,
            ),
            (Matters { event_ends_at: None, ..over() }, StillNeeded::Coming),
            (Matters { n_open_payments: 1, ..over() }, StillNeeded::Payment),
            (Matters { n_open_refunds: 1, ..over() }, StillNeeded::Refund),
            (Matters { credit: Money::yen(1), ..over() }, StillNeeded::Credit),
            (Matters { n_open_disputes: 1, ..over() }, StillNeeded::Dispute),
            (Matters { n_open_returns: 1, ..over() }, StillNeeded::Return),
            (Matters { is_to_be_ended: true, ..over() }, StillNeeded::Cancellation),
            (Matters { n_open_alerts: 1, ..over() }, StillNeeded::Alert),
        ];
        for (matters, why) in cases {
            assert_eq!(still_needed(&matters, NOW), [why]);
        }
        // Nobody comes with a ticket that is none any more, or to an event that does not take place.
        let coming = Matters { event_ends_at: None, ..over() };
        assert_eq!(still_needed(&Matters { n_valid_tickets: 0, ..coming.clone() }, NOW), []);
        assert_eq!(still_needed(&Matters { is_called_off: true, ..coming }, NOW), []);
    }

    #[test]
    fn days_count_from_the_event_or_a_later_payment() {
        let day = |n| NOW + Duration::days(n);
        assert_eq!(erased_from(Some(day(10)), Some(day(1)), 180), Some(day(190)));
        assert_eq!(erased_from(Some(day(10)), Some(day(20)), 180), Some(day(200)));
        assert_eq!(erased_from(None, Some(day(20)), 180), None);
    }

    #[test]
    fn an_organizer_chooses_within_bounds() {
        assert_eq!(parse_retention(" 180 "), Ok(180));
        assert_eq!(parse_retention("2555"), Ok(2555));
        for text in ["179", "2556", "", "x", "-180", "99999"] {
            assert_eq!(parse_retention(text), Err(OutOfBounds), "{text}");
        }
    }
}
