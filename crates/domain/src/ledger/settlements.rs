//! What a settlement of the provider does to the ledger.

use super::payouts::bank;
use super::{AccountKind, Posting, PostingKind, Unbalanced, credit, debit};
use crate::ids::OrganizerId;
use crate::money::Money;
use crate::payout::PayoutModel;

impl Posting {
    /// What the provider settled of an organizer's money: `amount` leaves its account, `fees` of it are its own, the rest
    /// is at the bank: at ours where we collect for the organizer, else at the organizer's own.
    ///
    /// # Errors
    /// As [`Posting::capture`].
    pub fn settlement(
        organizer: OrganizerId,
        model: PayoutModel,
        amount: Money,
        fees: Money,
    ) -> Result<Self, Unbalanced> {
        let paid_out = amount.checked_sub(fees)?;
        let at_the_bank = match model {
            PayoutModel::Collect => bank(paid_out),
            PayoutModel::Direct => debit(AccountKind::OrganizerBank, organizer, paid_out),
        };
        Self::balanced(
            PostingKind::Settlement,
            vec![
                at_the_bank,
                debit(AccountKind::ProviderFees, organizer, fees),
                credit(AccountKind::ProviderClearing, organizer, amount)?,
            ],
        )
    }
}
