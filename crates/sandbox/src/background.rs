//! The one place that starts tasks.

use std::future::Future;

use tokio::task::JoinHandle;

/// Runs `work` beside the caller, so that it ends even when the caller hangs up.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox stands for another company's machines: it has no jobs table to write to"
)]
pub(crate) fn spawn<F>(work: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    tokio::spawn(work)
}
