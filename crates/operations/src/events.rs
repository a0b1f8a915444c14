//! What can be done with an event.

pub mod cancel_policy;
pub mod close;
pub mod cover;
pub mod dashboard;
pub mod draft;
pub mod duplicate;
pub mod embed;
pub mod export;
pub mod list;
pub mod live_token;
pub mod markdown;
pub mod problem;
pub mod publish;
pub mod qr;
pub mod save;
pub mod show;
pub mod summary;
pub mod ticket_types;
