#![doc = include_str!("../README.md")]
#![cfg_attr(
    not(test),
    deny(
        clippy::arithmetic_side_effects,
        clippy::wildcard_enum_match_arm,
        reason = "money and states: nothing overflows and no case is forgotten"
    )
)]

pub mod ids;
pub mod limits;
pub mod money;
pub mod parsed;
pub mod status;
pub mod tax;

pub mod account;
pub mod alert;
pub mod audit;
pub mod avatar;
pub mod bank;
pub mod business_day;
pub mod buyer_data;
pub mod cancel_policy;
pub mod credit_note;
pub mod dispute;
pub mod event;
pub mod event_cancellation;
pub mod fees;
pub mod ledger;
pub mod login;
pub mod mail;
pub mod mail_choice;
pub mod nesting;
pub mod network;
pub mod notice;
pub mod order;
pub mod origin;
pub mod payment;
pub mod payout;
pub mod permission;
pub mod process;
pub mod refund;
pub mod refund_story;
pub mod return_request;
pub mod screening;
pub mod settlement;
pub mod standing;
pub mod statement;
pub mod step_up;
pub mod switch;
pub mod ticket_type;
pub mod time_zone;
pub mod transfer;
pub mod upkeep;
pub mod user_agent;
pub mod webhook_endpoint;
pub mod zengin;
