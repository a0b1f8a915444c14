//! What the database itself refuses and promises.
#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it should be"
)]

mod in_place;
mod ledger;
mod outbox;
mod schema;
mod screenings;
mod transactions;
mod walls;
