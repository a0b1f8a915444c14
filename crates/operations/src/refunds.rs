//! What can be done with a refund. That the sum never exceeds what was captured is the database's rule.

pub mod account;
pub mod by_hand;
pub mod credit_note;
pub mod follow;
pub(crate) mod purse;
pub mod record;
pub mod request;
pub mod send;
pub mod typed;
pub mod wait;
