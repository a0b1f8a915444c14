//! Cancelling tickets of paid and free orders: what it would cost, doing it, and asking for it where the organizer decides.

pub mod cancel;
pub mod decide;
pub mod figures;
pub mod request;
pub mod show;
