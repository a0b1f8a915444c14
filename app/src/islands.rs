//! What wakes up in the browser: small, and never needed to get through.

pub mod autosave;
pub mod countdown;
pub mod dashboard;
pub mod order_form;
pub mod share;
pub mod status_watch;
