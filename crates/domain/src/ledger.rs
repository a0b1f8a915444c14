//! The ledger's rules: accounts, and postings that balance or cannot be built. Debits are positive, credits negative.

mod held_by;
mod payouts;
mod settlements;

use crate::fees::Fees;
use crate::ids::OrganizerId;
use crate::money::{Currency, Money, MoneyError};

pub use held_by::HeldBy;

crate::words! {
    /// What an account stands for.
    AccountKind {
        /// Money the provider holds for us (asset).
        ProviderClearing = "provider_clearing",
        /// What we owe the organizer (liability).
        OrganizerPayable = "organizer_payable",
        /// Money that no order claims: late, double, over, short (liability to the buyer).
        BuyerCredit = "buyer_credit",
        /// Refunds promised and not yet made (liability).
        RefundsPayable = "refunds_payable",
        /// What the organizer gave back out of its own pocket: the provider still holds that money for it (liability).
        RefundsByHand = "refunds_by_hand",
        /// What the provider takes: on top from the buyer (konbini fee), or by the fee rules of the event.
        ProviderFees = "provider_fees",
        /// What we take by the fee rules of the event.
        PlatformFees = "platform_fees",
        /// Payouts that are set aside and not with the organizer yet (liability).
        PayoutsInTransit = "payouts_in_transit",
        /// Our account at the bank (asset); it belongs to no organizer.
        BankClearing = "bank_clearing",
        /// Money that banks took back.
        Disputes = "disputes",
        /// Money in the organizer's own bank account (asset of theirs; it never came to us).
        OrganizerBank = "organizer_bank",
        /// What the organizer got there: nothing of it is payable by us.
        OrganizerOwn = "organizer_own",
    }
}

/// One account: its kind, whose it is, its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    pub kind: AccountKind,
    /// The organizer it belongs to; none for accounts of the whole platform.
    pub organizer: Option<OrganizerId>,
    pub currency: Currency,
}

crate::words! {
    /// Why a ledger transaction was written.
    PostingKind {
        /// A payment of an order.
        Capture = "capture",
        /// Money that no order claims.
        CaptureToCredit = "capture_to_credit",
        /// A credit that an order claims after all (late money with a place free).
        CreditApplied = "credit_applied",
        RefundRequested = "refund_requested",
        RefundSucceeded = "refund_succeeded",
        RefundReleased = "refund_released",
        /// A promised refund that the organizer made by itself.
        RefundByHand = "refund_by_hand",
        /// A refund that was made came back; it is promised again.
        RefundReturned = "refund_returned",
        /// A refund made at the provider, not here.
        ProviderRefund = "provider_refund",
        /// A chargeback.
        Dispute = "dispute",
        /// A chargeback that was won: the bank gave the money back.
        DisputeWon = "dispute_won",
        /// A chargeback that was lost: the organizer bears it.
        DisputeLost = "dispute_lost",
        /// Money set aside for a payout.
        PayoutPrepared = "payout_prepared",
        /// The bank paid it to the organizer.
        PayoutPaid = "payout_paid",
        /// A payout that did not happen: the money is payable again.
        PayoutReleased = "payout_released",
        /// A paid payout that the bank sent back: the money is payable again.
        PayoutReturned = "payout_returned",
        /// The provider paid out what it held, less its fees.
        Settlement = "settlement",
    }
}

/// One line of a posting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub account: Account,
    pub amount: Money,
}

/// A balanced set of entries: their sum is zero per currency, or there is no posting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    kind: PostingKind,
    entries: Vec<Entry>,
}

/// Why a posting could not be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unbalanced {
    #[error("the entries sum to {minor}")]
    Sum { minor: i64 },
    #[error("the posting has no entries")]
    Empty,
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Whose money goes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundFrom {
    /// The organizer was to get it.
    Payable,
    /// No order claimed it.
    Credit,
}

impl RefundFrom {
    const fn account(self) -> AccountKind {
        match self {
            Self::Payable => AccountKind::OrganizerPayable,
            Self::Credit => AccountKind::BuyerCredit,
        }
    }
}

impl Posting {
    /// The only way to a posting: lines without an amount are left out, the rest must balance.
    ///
    /// # Errors
    /// When nothing is left, currencies differ, or the sum is not zero.
    pub fn balanced(kind: PostingKind, entries: Vec<Entry>) -> Result<Self, Unbalanced> {
        let entries: Vec<Entry> =
            entries.into_iter().filter(|entry| !entry.amount.is_zero()).collect();
        let currency = entries.first().ok_or(Unbalanced::Empty)?.amount.currency();
        if entries.iter().any(|entry| entry.account.currency != currency) {
            return Err(MoneyError::MixedCurrencies.into());
        }
        let sum = Money::sum(currency, entries.iter().map(|entry| entry.amount))?;
        if sum.is_zero() {
            Ok(Self { kind, entries })
        } else {
            Err(Unbalanced::Sum { minor: sum.minor() })
        }
    }

    /// The same, with the money where it lies.
    #[must_use]
    pub fn held_by(mut self, holder: HeldBy) -> Self {
        for entry in &mut self.entries {
            entry.account.kind = holder.account(entry.account.kind);
        }
        self
    }

    /// Why it is written.
    pub const fn kind(&self) -> PostingKind {
        self.kind
    }

    /// Its lines.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// A payment of an order: `amount` for the organizer less `fees`, `method_fee` paid on top by the buyer for the
    /// provider.
    ///
    /// # Errors
    /// When a sum does not fit or currencies differ.
    pub fn capture(
        organizer: OrganizerId,
        amount: Money,
        method_fee: Money,
        fees: Fees,
    ) -> Result<Self, Unbalanced> {
        Self::captured(PostingKind::Capture, organizer, (amount, amount), method_fee, fees)
    }

    /// Money that no order claims, or of which only `applied` pays one; fees are taken of what is applied.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn capture_to_credit(
        organizer: OrganizerId,
        amount: Money,
        method_fee: Money,
        applied: Money,
        fees: Fees,
    ) -> Result<Self, Unbalanced> {
        Self::captured(PostingKind::CaptureToCredit, organizer, (amount, applied), method_fee, fees)
    }

    fn captured(
        kind: PostingKind,
        organizer: OrganizerId,
        (amount, applied): (Money, Money),
        method_fee: Money,
        fees: Fees,
    ) -> Result<Self, Unbalanced> {
        let received = amount.checked_add(method_fee)?;
        let unclaimed = amount.checked_sub(applied)?;
        let payable = applied.checked_sub(fees.total()?)?;
        let provider = method_fee.checked_add(fees.provider)?;
        Self::balanced(
            kind,
            vec![
                debit(AccountKind::ProviderClearing, organizer, received),
                credit(AccountKind::OrganizerPayable, organizer, payable)?,
                credit(AccountKind::BuyerCredit, organizer, unclaimed)?,
                credit(AccountKind::ProviderFees, organizer, provider)?,
                credit(AccountKind::PlatformFees, organizer, fees.platform)?,
            ],
        )
    }

    /// A credit that an order claims after all, less the fees of it.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn credit_applied(
        organizer: OrganizerId,
        amount: Money,
        fees: Fees,
    ) -> Result<Self, Unbalanced> {
        let payable = amount.checked_sub(fees.total()?)?;
        Self::balanced(
            PostingKind::CreditApplied,
            vec![
                debit(AccountKind::BuyerCredit, organizer, amount),
                credit(AccountKind::OrganizerPayable, organizer, payable)?,
                credit(AccountKind::ProviderFees, organizer, fees.provider)?,
                credit(AccountKind::PlatformFees, organizer, fees.platform)?,
            ],
        )
    }

    /// A refund promised to the buyer.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn refund_requested(
        organizer: OrganizerId,
        from: RefundFrom,
        amount: Money,
    ) -> Result<Self, Unbalanced> {
        transfer(
            PostingKind::RefundRequested,
            from.account(),
            AccountKind::RefundsPayable,
            organizer,
            amount,
        )
    }

    /// A promised refund that the provider made.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn refund_succeeded(organizer: OrganizerId, amount: Money) -> Result<Self, Unbalanced> {
        transfer(
            PostingKind::RefundSucceeded,
            AccountKind::RefundsPayable,
            AccountKind::ProviderClearing,
            organizer,
            amount,
        )
    }

    /// A promised refund that the organizer made by itself: the provider's money is not touched.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn refund_by_hand(organizer: OrganizerId, amount: Money) -> Result<Self, Unbalanced> {
        transfer(
            PostingKind::RefundByHand,
            AccountKind::RefundsPayable,
            AccountKind::RefundsByHand,
            organizer,
            amount,
        )
    }

    /// A refund that was made came back to where it was paid from, and is promised again.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn refund_returned(
        organizer: OrganizerId,
        was_by_hand: bool,
        amount: Money,
    ) -> Result<Self, Unbalanced> {
        let paid_from =
            if was_by_hand { AccountKind::RefundsByHand } else { AccountKind::ProviderClearing };
        transfer(
            PostingKind::RefundReturned,
            paid_from,
            AccountKind::RefundsPayable,
            organizer,
            amount,
        )
    }

    /// A promised refund that did not happen: the money is where it was.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn refund_released(
        organizer: OrganizerId,
        from: RefundFrom,
        amount: Money,
    ) -> Result<Self, Unbalanced> {
        transfer(
            PostingKind::RefundReleased,
            AccountKind::RefundsPayable,
            from.account(),
            organizer,
            amount,
        )
    }

    /// A refund made at the provider, not here.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn provider_refund(
        organizer: OrganizerId,
        from: RefundFrom,
        amount: Money,
    ) -> Result<Self, Unbalanced> {
        transfer(
            PostingKind::ProviderRefund,
            from.account(),
            AccountKind::ProviderClearing,
            organizer,
            amount,
        )
    }

    /// A chargeback: the bank took the money from the provider's account.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn dispute(organizer: OrganizerId, amount: Money) -> Result<Self, Unbalanced> {
        transfer(
            PostingKind::Dispute,
            AccountKind::Disputes,
            AccountKind::ProviderClearing,
            organizer,
            amount,
        )
    }

    /// A chargeback that was won: the money is with the provider again.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn dispute_won(organizer: OrganizerId, amount: Money) -> Result<Self, Unbalanced> {
        transfer(
            PostingKind::DisputeWon,
            AccountKind::ProviderClearing,
            AccountKind::Disputes,
            organizer,
            amount,
        )
    }

    /// A chargeback that was lost: whoever was to have the money does not get it.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn dispute_lost(
        organizer: OrganizerId,
        from: RefundFrom,
        amount: Money,
    ) -> Result<Self, Unbalanced> {
        transfer(PostingKind::DisputeLost, from.account(), AccountKind::Disputes, organizer, amount)
    }
}

fn transfer(
    kind: PostingKind,
    debited: AccountKind,
    credited: AccountKind,
    organizer: OrganizerId,
    amount: Money,
) -> Result<Posting, Unbalanced> {
    Posting::balanced(
        kind,
        vec![debit(debited, organizer, amount), credit(credited, organizer, amount)?],
    )
}

const fn debit(kind: AccountKind, organizer: OrganizerId, amount: Money) -> Entry {
    let account = Account { kind, organizer: Some(organizer), currency: amount.currency() };
    Entry { account, amount }
}

fn credit(kind: AccountKind, organizer: OrganizerId, amount: Money) -> Result<Entry, MoneyError> {
    Ok(debit(kind, organizer, amount.checked_neg()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::Id;
    use crate::payout::PayoutModel;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn organizer() -> OrganizerId {
        OrganizerId::from_uuid(Uuid::from_u128(1))
    }

    proptest! {
        #[test]
        fn every_posting_sums_to_zero(
            amount in 1i64..1_000_000_000, fee in 0i64..1000, applied in 0i64..1_000_000_000, taken in (0i64..500, 0i64..500),
        ) {
            let (amount, fee) = (Money::yen(amount), Money::yen(fee));
            let applied = Money::yen(applied.min(amount.minor()));
            let fees = Fees { platform: Money::yen(taken.0), provider: Money::yen(taken.1) };
            let org = organizer();
            for posting in [
                Posting::capture(org, amount, fee, fees),
                Posting::capture_to_credit(org, amount, fee, applied, fees.within(applied).unwrap()),
                Posting::payout_prepared(org, amount),
                Posting::payout_paid(org, amount),
                Posting::payout_released(org, amount),
                Posting::payout_returned(org, amount),
                Posting::credit_applied(org, amount, fees.within(amount).unwrap()),
                Posting::refund_requested(org, RefundFrom::Payable, amount),
                Posting::refund_succeeded(org, amount),
                Posting::refund_released(org, RefundFrom::Credit, amount),
                Posting::provider_refund(org, RefundFrom::Payable, amount),
                Posting::refund_by_hand(org, amount),
                Posting::refund_returned(org, true, amount),
                Posting::refund_returned(org, false, amount),
                Posting::dispute(org, amount),
                Posting::dispute_won(org, amount),
                Posting::dispute_lost(org, RefundFrom::Payable, amount),
                Posting::settlement(org, PayoutModel::Direct, amount, fee),
                Posting::settlement(org, PayoutModel::Collect, amount, fee),
            ] {
                let posting = posting.unwrap().held_by(HeldBy::OrganizerBank);
                let is_elsewhere = |entry: &Entry| entry.account.kind != AccountKind::ProviderClearing;
                prop_assert!(posting.entries().iter().all(is_elsewhere));
                let sum: i64 = posting.entries().iter().map(|entry| entry.amount.minor()).sum();
                prop_assert_eq!(sum, 0);
                prop_assert!(posting.entries().iter().all(|entry| !entry.amount.is_zero()));
            }
        }
    }

    #[test]
    fn fees_are_taken_from_the_organizers_part_alone() {
        let fees = Fees { platform: Money::yen(154), provider: Money::yen(108) };
        let posting =
            Posting::capture(organizer(), Money::yen(3000), Money::yen(190), fees).unwrap();
        let told: Vec<_> = posting
            .entries()
            .iter()
            .map(|it| (it.account.kind.as_str(), it.amount.minor()))
            .collect();
        assert_eq!(
            told,
            [
                ("provider_clearing", 3190),
                ("organizer_payable", -2738),
                ("provider_fees", -298),
                ("platform_fees", -154),
            ]
        );
    }

    #[test]
    fn what_does_not_balance_cannot_be_built() {
        let entry = debit(AccountKind::ProviderClearing, organizer(), Money::yen(5));
        assert_eq!(
            Posting::balanced(PostingKind::Capture, vec![entry]),
            Err(Unbalanced::Sum { minor: 5 })
        );
        assert_eq!(Posting::balanced(PostingKind::Capture, vec![]), Err(Unbalanced::Empty));
        let dollars =
            debit(AccountKind::ProviderClearing, organizer(), Money::new(-5, Currency::USD));
        assert!(Posting::balanced(PostingKind::Capture, vec![entry, dollars]).is_err());
    }
}
