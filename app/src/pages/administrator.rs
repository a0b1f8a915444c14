//! The pages of administrators.

pub mod payouts;
