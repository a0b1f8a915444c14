//! Outgoing webhooks on their way: from the outbox to deliveries, from deliveries to receivers, with a log of it all.

pub mod envelope;
pub mod fan_out;
pub mod list;
pub mod send;
