//! What payouts do to the ledger: set aside, paid by the bank, or payable again.

use super::{
    Account, AccountKind, Entry, Posting, PostingKind, Unbalanced, credit, debit, transfer,
};
use crate::ids::OrganizerId;
use crate::money::Money;

impl Posting {
    /// Money of an event set aside for a payout; a debt that is taken off the payout comes as less than nothing.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn payout_prepared(organizer: OrganizerId, amount: Money) -> Result<Self, Unbalanced> {
        let (from, to) = (AccountKind::OrganizerPayable, AccountKind::PayoutsInTransit);
        transfer(PostingKind::PayoutPrepared, from, to, organizer, amount)
    }

    /// The bank paid the organizer.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn payout_paid(organizer: OrganizerId, amount: Money) -> Result<Self, Unbalanced> {
        Self::balanced(
            PostingKind::PayoutPaid,
            vec![
                debit(AccountKind::PayoutsInTransit, organizer, amount),
                bank(amount.checked_neg()?),
            ],
        )
    }

    /// Money of an event whose payout did not happen.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn payout_released(organizer: OrganizerId, amount: Money) -> Result<Self, Unbalanced> {
        let (from, to) = (AccountKind::PayoutsInTransit, AccountKind::OrganizerPayable);
        transfer(PostingKind::PayoutReleased, from, to, organizer, amount)
    }

    /// Money of an event whose payout the bank sent back after it was paid.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn payout_returned(organizer: OrganizerId, amount: Money) -> Result<Self, Unbalanced> {
        Self::balanced(
            PostingKind::PayoutReturned,
            vec![bank(amount), credit(AccountKind::OrganizerPayable, organizer, amount)?],
        )
    }
}

/// Our own account at the bank belongs to no organizer.
pub(super) const fn bank(amount: Money) -> Entry {
    let account =
        Account { kind: AccountKind::BankClearing, organizer: None, currency: amount.currency() };
    Entry { account, amount }
}
