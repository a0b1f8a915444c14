//! What the audit log is about, for those who look through it.

crate::words! {
    /// A matter that the log's reader may choose.
    AuditMatter {
        Money = "money",
        Orders = "orders",
        Events = "events",
        /// Who may do what: members, keys, receivers of webhooks, the profile.
        Permissions = "permissions",
    }
}

impl AuditMatter {
    /// The nouns before the dot of the actions that belong to it.
    pub const fn nouns(self) -> &'static [&'static str] {
        match self {
            Self::Money => &[
                "payment",
                "refund",
                "payout",
                "dispute",
                "settlement",
                "bank_account",
                "receiving_account",
                "statement",
                "statement_line",
                "statement_proposal",
                "transfer",
                "fee",
            ],
            Self::Orders => &["order", "ticket", "return_request", "screening"],
            Self::Events => &["event", "ticket_type", "cancel_policy", "event_cancellation"],
            Self::Permissions => &[
                "organizer",
                "member",
                "invitation",
                "access",
                "api_key",
                "publishable_key",
                "webhook_endpoint",
                "user",
                "login_link",
                "visit",
            ],
        }
    }
}
