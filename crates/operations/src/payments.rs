//! What can be done with a payment. Money becomes ours in `record_fact` and nowhere else.

pub mod close;
pub(crate) mod credit;
pub(crate) mod promise;
pub mod record_captures;
pub mod record_fact;
pub mod settle;
pub mod start;
pub mod sync;
