//! Outgoing webhooks: what receivers may choose, when a delivery is tried again, when a receiver is given up.

use time::Duration;

crate::words! {
    /// A fact that receivers may choose: the topics of the outbox that mean something outside.
    WebhookTopic {
        OrderPlaced = "order.placed",
        OrderAwaitingPayment = "order.awaiting_payment",
        OrderPaid = "order.paid",
        OrderCancelled = "order.cancelled",
        OrderExpired = "order.expired",
        OrderDataErased = "order.data_erased",
        PaymentAuthorized = "payment.authorized",
        PaymentCaptured = "payment.captured",
        PaymentFailed = "payment.failed",
        PaymentExpired = "payment.expired",
        PaymentCancelled = "payment.cancelled",
        RefundRequested = "refund.requested",
        RefundSucceeded = "refund.succeeded",
        RefundFailed = "refund.failed",
        DisputeOpened = "dispute.opened",
        DisputeWon = "dispute.won",
        DisputeLost = "dispute.lost",
        EventCreated = "event.created",
        EventChanged = "event.changed",
        EventPublished = "event.published",
        EventClosed = "event.closed",
        EventReopened = "event.reopened",
        EventCancelled = "event.cancelled",
    }
}

/// What a test is called; nobody can choose it, everybody can send it.
pub const TEST_TOPIC: &str = "webhook_endpoint.tested";

crate::words! {
    /// How far a delivery is.
    DeliveryStatus {
        /// Its next attempt has a time.
        Pending = "pending",
        /// The receiver said yes.
        Delivered = "delivered",
        /// Its attempts are used up, or its receiver was given up.
        Failed = "failed",
    }
}

crate::words! {
    /// How one attempt ended.
    AttemptOutcome {
        /// A status of the 200s.
        Accepted = "accepted",
        /// Any other status.
        Refused = "refused",
        /// A status of the 300s: we follow nobody.
        Redirected = "redirected",
        TimedOut = "timed_out",
        /// No connection, a broken one, or no trusted certificate.
        Unreachable = "unreachable",
        /// The name leads to an address inside a private network.
        PrivateAddress = "private_address",
        /// The secret could not be opened, so nothing was sent: our own fault.
        Unsigned = "unsigned",
    }
}

/// The pauses between attempts, as the Standard Webhooks specification suggests: ten attempts over three days.
pub const PAUSES: [Duration; 9] = [
    Duration::seconds(5),
    Duration::minutes(5),
    Duration::minutes(30),
    Duration::hours(2),
    Duration::hours(5),
    Duration::hours(10),
    Duration::hours(14),
    Duration::hours(20),
    Duration::hours(24),
];
/// A receiver that asks for a pause gets it, up to this.
pub const ASKED_PAUSE_MAX: Duration = Duration::hours(24);
/// A receiver that has failed for so long without one success is switched off.
pub const GIVEN_UP_AFTER: Duration = Duration::days(5);
/// After a new secret was made, the one before signs too for so long.
pub const SECRETS_OVERLAP: Duration = Duration::days(1);
/// How long deliveries are kept to be looked at and sent again.
pub const DELIVERIES_KEPT: Duration = Duration::days(30);
/// Receivers of one organizer.
pub const ENDPOINTS_MAX: i64 = 20;
/// Bytes of a receiver's address.
pub const URL_BYTES_MAX: usize = 2000;
/// Letters of an answer that the log keeps.
pub const ANSWER_CHARS_MAX: usize = 1000;

/// The pause after the `n`th attempt of a round; none when it was the last. `chance` spreads a crowd by up to a tenth,
/// only ever later; what the receiver asked for counts when it is longer.
pub fn pause_after(n: u32, chance: u8, asked: Option<Duration>) -> Option<Duration> {
    let index = usize::try_from(n.checked_sub(1)?).ok()?;
    let pause = *PAUSES.get(index)?;
    let share = pause.whole_milliseconds().checked_mul(i128::from(chance))?.checked_div(2550)?;
    let spread = Duration::milliseconds(i64::try_from(share).ok()?);
    let pause = pause.checked_add(spread)?;
    Some(asked.map_or(pause, |asked| pause.max(asked.min(ASKED_PAUSE_MAX))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_attempts_take_three_days_and_a_little() {
        let pauses: Vec<_> = (1..20).map_while(|n| pause_after(n, 0, None)).collect();
        assert_eq!(pauses, PAUSES);
        let total: Duration = pauses.iter().sum();
        assert!(total >= Duration::days(3) && total < Duration::days(4), "{total}");
        assert!(total < GIVEN_UP_AFTER, "a message ends before its receiver is given up");
        assert_eq!((pause_after(0, 0, None), pause_after(10, 0, None)), (None, None));
    }

    #[test]
    fn a_pause_is_spread_later_and_grows_when_asked_for() {
        let plain = pause_after(2, 0, None).unwrap();
        let spread = pause_after(2, 255, None).unwrap();
        assert!(spread > plain && spread <= plain + plain / 10, "{spread}");
        let asked = |pause| pause_after(2, 0, Some(pause));
        assert_eq!(asked(Duration::hours(1)), Some(Duration::hours(1)));
        assert_eq!(asked(Duration::seconds(1)), Some(plain));
        assert_eq!(asked(Duration::days(30)), Some(ASKED_PAUSE_MAX));
    }
}
