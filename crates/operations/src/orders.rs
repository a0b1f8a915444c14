//! What can be done with an order.

pub mod cancel;
pub mod confirm_address;
pub mod detail;
pub mod end;
pub mod expire;
pub mod list;
pub mod personal_link;
pub mod place;
pub mod show;
