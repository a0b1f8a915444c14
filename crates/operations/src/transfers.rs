//! Transfers to the organizer's own account: promised with a number, told of by a statement of the bank or by hand.

pub mod account;
pub mod arrive;
pub mod by_hand;
pub mod promise;
