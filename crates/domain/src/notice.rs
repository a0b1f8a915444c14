//! What is told to people about their own accounts.

crate::words! {
    /// Something that the owner of an account should know of, whoever did it.
    Notice {
        /// Logged in with a browser that was not seen before.
        NewDevice = "new_device",
        FactorAdded = "factor_added",
        FactorRemoved = "factor_removed",
        RecoveryCodeUsed = "recovery_code_used",
        CodesRenewed = "codes_renewed",
        /// Wrong so often that codes are not looked at for a while.
        Guessed = "guessed",
        IdentityLinked = "identity_linked",
        IdentityUnlinked = "identity_unlinked",
        /// Another address is logged in with from now on; said to the one before.
        EmailChanged = "email_changed",
        /// This address is logged in with from now on.
        EmailConfirmed = "email_confirmed",
        /// The account is gone; the last mail to its owner.
        AccountDeleted = "account_deleted",
        /// Our staff shut the account.
        AccountDisabled = "account_disabled",
        /// Our staff opened the account again.
        AccountEnabled = "account_enabled",
        /// Our staff took all second factors away.
        FactorsForgotten = "factors_forgotten",
        /// Members need not confirm any more, or only for more.
        RuleLoosened = "rule_loosened",
    }
}

impl Notice {
    /// Whether the reader can still log in and look: not after the account went away from them.
    pub const fn leads_to_the_account(self) -> bool {
        !matches!(self, Self::EmailChanged | Self::AccountDeleted | Self::AccountDisabled)
    }
}
