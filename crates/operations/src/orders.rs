//! What can be done with an order.

pub mod cancel;
pub mod detail;
pub mod end;
pub mod expire;
pub mod list;
pub mod place;
pub mod show;
