//! Every call to the outside.
#![doc = include_str!("../README.md")]

pub mod breaker;
pub mod counters;
pub mod http;
pub mod login;
pub mod mail;
pub mod outcome;
pub mod payments;
pub mod secret;
pub mod webhook_sender;

pub use breaker::BreakerState;
pub use counters::Counters;
pub use mail::{MailTransport, OutgoingMail};
pub use outcome::{Cause, Outcome, Refusal, SetupError};
pub use payments::PaymentProvider;
pub use payments::komoju::KomojuConfig;
pub use secret::Secret;
pub use webhook_sender::WebhookSender;
