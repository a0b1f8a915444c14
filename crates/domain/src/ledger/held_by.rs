//! Whose account captured money lies in: the provider's, or the organizer's own.

use super::AccountKind;

/// Where captured money lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum HeldBy {
    /// The provider took it for us.
    #[default]
    Provider,
    /// It came to the organizer's own account, past us.
    OrganizerBank,
}

impl HeldBy {
    /// Where a line of a posting stands when the money lies here.
    pub(super) const fn account(self, usual: AccountKind) -> AccountKind {
        match (self, usual) {
            // What the organizer gives back by hand leaves the same account.
            (Self::OrganizerBank, AccountKind::ProviderClearing | AccountKind::RefundsByHand) => {
                AccountKind::OrganizerBank
            }
            (Self::OrganizerBank, AccountKind::OrganizerPayable) => AccountKind::OrganizerOwn,
            _ => usual,
        }
    }
}
