//! A payment: one attempt to collect an order's amount through one provider. Never backwards.

use time::OffsetDateTime;

crate::words! {
    /// The life of a payment. Captured stays captured: refunds and disputes hang on it.
    PaymentStatus {
        /// We mean to ask the provider, or asked and got no readable answer.
        Created = "created",
        /// The provider's page waits for the buyer.
        Pending = "pending",
        /// A konbini code, transfer or Pay-easy number is out; the buyer's cash is awaited.
        Authorized = "authorized",
        /// The provider took the money.
        Captured = "captured",
        /// The provider refused for good.
        Failed = "failed",
        /// Its time ran out.
        Expired = "expired",
        /// Ended by a person.
        Cancelled = "cancelled",
    }
}

impl PaymentStatus {
    /// Whether the provider may still change it.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Created | Self::Pending | Self::Authorized)
    }
}

crate::words! {
    /// How a buyer pays.
    PaymentMethod {
        CreditCard = "credit_card",
        Konbini = "konbini",
        PayPay = "paypay",
        BankTransfer = "bank_transfer",
        PayEasy = "pay_easy",
        /// 振込 to an account of the organizer's own, past every provider.
        DirectTransfer = "direct_transfer",
    }
}

/// Who "provides" a transfer to the organizer's own account: nobody who could be asked. Stands where a provider's name
/// stands.
pub const OWN_BANK: &str = "bank";

impl PaymentMethod {
    /// Whether the money arrives later than the promise, so that places wait for a deadline.
    pub const fn is_delayed(self) -> bool {
        matches!(self, Self::Konbini | Self::BankTransfer | Self::PayEasy | Self::DirectTransfer)
    }

    /// Whether a provider's page takes the money; a transfer needs none.
    pub const fn is_hosted(self) -> bool {
        !matches!(self, Self::DirectTransfer)
    }

    /// Whether platform and provider take their fees of it: the money passes through the provider.
    pub const fn has_fees(self) -> bool {
        match self {
            Self::CreditCard
            | Self::Konbini
            | Self::PayPay
            | Self::BankTransfer
            | Self::PayEasy => true,
            Self::DirectTransfer => false,
        }
    }
}

/// What was learned about a payment. The amount of a capture is judged by [`crate::order::arrival`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentFact {
    /// The provider opened its page and nothing happened there yet.
    Opened,
    /// Cash is awaited until the deadline.
    Authorized {
        deadline_at: Option<OffsetDateTime>,
    },
    Captured,
    /// The provider refused and the page cannot be used again.
    Failed,
    Expired,
    Cancelled,
}

impl PaymentFact {
    /// Every fact, for the transition table.
    pub const ALL: [Self; 6] = [
        Self::Opened,
        Self::Authorized { deadline_at: None },
        Self::Captured,
        Self::Failed,
        Self::Expired,
        Self::Cancelled,
    ];
}

/// What a fact does to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PaymentStep {
    Move(PaymentStatus),
    /// The provider took the money.
    Capture,
    /// The same fact came twice.
    AlreadyThere,
    /// The fact is older than what we know: logged, nothing changes.
    Stale,
}

/// Decides what `fact` does to a payment that is `status`.
///
/// Money is real whenever it comes: an ended payment that turns out captured is captured. What that means to its order
/// is another question ([`crate::order::arrival`]).
pub const fn step(status: PaymentStatus, fact: PaymentFact) -> PaymentStep {
    use PaymentFact as F;
    use PaymentStatus as S;
    match (status, fact) {
        (S::Created, F::Opened) => PaymentStep::Move(S::Pending),
        (S::Created | S::Pending, F::Authorized { .. }) => PaymentStep::Move(S::Authorized),
        (
            S::Created | S::Pending | S::Authorized | S::Failed | S::Expired | S::Cancelled,
            F::Captured,
        ) => PaymentStep::Capture,
        (S::Created | S::Pending | S::Authorized, F::Failed) => PaymentStep::Move(S::Failed),
        (S::Created | S::Pending | S::Authorized, F::Expired) => PaymentStep::Move(S::Expired),
        (S::Created | S::Pending | S::Authorized, F::Cancelled) => PaymentStep::Move(S::Cancelled),
        (S::Pending, F::Opened)
        | (S::Authorized, F::Authorized { .. })
        | (S::Captured, F::Captured)
        | (S::Failed, F::Failed)
        | (S::Expired, F::Expired)
        | (S::Cancelled, F::Cancelled) => PaymentStep::AlreadyThere,
        (S::Authorized, F::Opened)
        | (S::Captured, F::Opened | F::Authorized { .. } | F::Failed | F::Expired | F::Cancelled)
        | (S::Failed, F::Opened | F::Authorized { .. } | F::Expired | F::Cancelled)
        | (S::Expired, F::Opened | F::Authorized { .. } | F::Failed | F::Cancelled)
        | (S::Cancelled, F::Opened | F::Authorized { .. } | F::Failed | F::Expired) => {
            PaymentStep::Stale
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use proptest::prelude::*;
    use std::fmt::Write;

    #[test]
    fn every_status_meets_every_fact() {
        let mut table = String::new();
        for status in PaymentStatus::ALL {
            for fact in PaymentFact::ALL {
                let cell = format!("{fact:?}");
                let cell = cell.split([' ', '{']).next().unwrap_or_default();
                writeln!(table, "{status:<11}{cell:<11}{:?}", step(*status, fact)).unwrap();
            }
        }
        expect![[r#"
            created    Opened     Move(Pending)
            created    Authorized Move(Authorized)
            created    Captured   Capture
            created    Failed     Move(Failed)
            created    Expired    Move(Expired)
            created    Cancelled  Move(Cancelled)
            pending    Opened     AlreadyThere
            pending    Authorized Move(Authorized)
            pending    Captured   Capture
            pending    Failed     Move(Failed)
            pending    Expired    Move(Expired)
            pending    Cancelled  Move(Cancelled)
            authorized Opened     Stale
            authorized Authorized AlreadyThere
            authorized Captured   Capture
            authorized Failed     Move(Failed)
            authorized Expired    Move(Expired)
            authorized Cancelled  Move(Cancelled)
            captured   Opened     Stale
            captured   Authorized Stale
            captured   Captured   AlreadyThere
            captured   Failed     Stale
            captured   Expired    Stale
            captured   Cancelled  Stale
            failed     Opened     Stale
            failed     Authorized Stale
            failed     Captured   Capture
            failed     Failed     AlreadyThere
            failed     Expired    Stale
            failed     Cancelled  Stale
            expired    Opened     Stale
            expired    Authorized Stale
            expired    Captured   Capture
            expired    Failed     Stale
            expired    Expired    AlreadyThere
            expired    Cancelled  Stale
            cancelled  Opened     Stale
            cancelled  Authorized Stale
            cancelled  Captured   Capture
            cancelled  Failed     Stale
            cancelled  Expired    Stale
            cancelled  Cancelled  AlreadyThere
        "#]]
        .assert_eq(&table);
    }

    proptest! {
        #[test]
        fn any_history_captures_once_at_most(facts in prop::collection::vec(0usize..6, 0..60)) {
            let mut status = PaymentStatus::Created;
            let mut n_captures = 0;
            for i in facts {
                match step(status, PaymentFact::ALL[i]) {
                    PaymentStep::Capture => {
                        n_captures += 1;
                        status = PaymentStatus::Captured;
                    }
                    PaymentStep::Move(next) => {
                        prop_assert!(status < next, "{status} went back to {next}");
                        status = next;
                    }
                    PaymentStep::AlreadyThere | PaymentStep::Stale => {}
                }
            }
            prop_assert!(n_captures <= 1);
        }
    }
}
