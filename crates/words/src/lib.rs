#![doc = include_str!("../README.md")]

pub mod lang;

pub mod account;
pub mod administration;
pub mod alerts;
pub mod api;
pub mod audit;
pub mod bank;
pub mod cancellation;
pub mod cancelling;
pub mod credit_note;
pub mod date;
pub mod errors;
pub mod frame;
pub mod history;
pub mod mails;
pub mod money;
pub mod organizer;
pub mod participant;
pub mod payouts;
pub mod process;
pub mod refunds;
pub mod sharing;
pub mod status;
pub mod todo;
pub mod webhooks;
