//! Places where a test makes the process die, to show that a death there loses nothing. No effect unless configured.

use crate::Deps;

domain::words! {
    /// Where the process dies.
    CrashPoint {
        /// Places are kept, the provider was not asked.
        AfterReserve = "after_reserve",
        /// The provider's page is open, we did not write it down.
        AfterPageOpened = "after_page_opened",
        /// A message is stored, its sender has no answer.
        AfterWebhookStored = "after_webhook_stored",
        /// A job is leased, the provider was not asked.
        BeforeQuestion = "before_question",
        /// The provider said it has the money, nothing is written.
        AfterAnswer = "after_answer",
        /// Everything is written, nothing is committed.
        BeforeCommit = "before_commit",
        /// Everything is committed, the job is not finished.
        AfterCommit = "after_commit",
        /// The provider made the refund, we did not write it down.
        AfterRefund = "after_refund",
        /// An event is called off, none of its orders has ended.
        AfterCallOff = "after_call_off",
        /// An order of a called-off event ended with its refund, uncommitted.
        BeforeOrderEnded = "before_order_ended",
        /// The same, committed; its neighbours wait.
        AfterOrderEnded = "after_order_ended",
        /// Every order has ended, the step is not marked done.
        AfterOrders = "after_orders",
    }
}

/// Dies here if the configuration says so, as by `kill -9`: nothing is flushed, closed or told.
pub(crate) fn pass(deps: &Deps, point: CrashPoint) {
    if deps.settings.crash_at == Some(point) {
        std::process::abort();
    }
}
