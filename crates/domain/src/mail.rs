//! A mail in the outbox: what it is about and how far it is.

crate::words! {
    /// What a mail says.
    MailKind {
        LoginLink = "login_link",
        /// To both mailboxes of a user who wants to log in with another address.
        EmailChange = "email_change",
        /// To a user: something happened to the own account.
        AccountNotice = "account_notice",
        /// Places are held, the payment is missing.
        OrderReceived = "order_received",
        /// How to pay at the konbini, by transfer or by Pay-easy.
        PaymentInstructions = "payment_instructions",
        /// The tickets; for free orders too.
        OrderPaid = "order_paid",
        Refunded = "refunded",
        /// A refund needs a bank account; with the link to the form.
        AccountNeeded = "account_needed",
        /// Money that no order claims (paid twice, too late) goes back.
        CreditReturned = "credit_returned",
        /// Nothing goes on before somebody at the address has said yes; with the key to say it.
        AddressToConfirm = "address_to_confirm",
        /// The personal link, because it was asked for.
        OrderLink = "order_link",
        /// The personal link that opens the order from now on, alone.
        OrderLinkRenewed = "order_link_renewed",
        OrderCancelled = "order_cancelled",
        OrderExpired = "order_expired",
        /// The organizer let an order through that was held back: it can be paid now.
        PaymentCleared = "payment_cleared",
        /// For the organizer: orders wait to be looked at before they can be paid.
        ScreeningToDecide = "screening_to_decide",
        /// The whole event is called off: what comes back and how.
        EventCancelled = "event_cancelled",
        /// To operators: what does not add up.
        AlertDigest = "alert_digest",
        /// A receiver of webhooks was switched off after days of failure; to its organizer.
        WebhookDisabled = "webhook_disabled",
        /// Tickets of a paid or free order ended, with what is kept and what goes back.
        TicketsCancelled = "tickets_cancelled",
        /// The participant's wish to cancel has arrived.
        ReturnRequested = "return_requested",
        /// The organizer said no to it.
        ReturnRejected = "return_rejected",
        /// Somebody is asked to become a member of an organizer.
        Invitation = "invitation",
        /// For the organizer: somebody wishes to cancel.
        ReturnToDecide = "return_to_decide",
        /// To the organizer: somebody wishes to be forgotten.
        ErasureToDecide = "erasure_to_decide",
    }
}

crate::words! {
    /// How far a mail is.
    MailStatus {
        Queued = "queued",
        /// The mail server took it.
        Sent = "sent",
        /// What it would have said was no longer true when its turn came.
        Skipped = "skipped",
        /// The mail server refused it for good.
        Failed = "failed",
    }
}
