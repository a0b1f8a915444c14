#![doc = include_str!("../README.md")]

pub mod db;
pub mod disputes;
pub mod error;

pub mod alerts;
pub mod audit;
pub mod audit_chain;
pub mod audit_exports;
pub mod bank_accounts;
pub mod cancel_policies;
pub mod cancellations;
pub mod captures;
pub mod credit_notes;
pub mod fee_rules;
pub mod idempotency;
pub mod jobs;
pub mod ledger;
pub mod mails;
pub mod orders;
pub mod outbox;
pub mod outbox_readers;
pub mod payments;
pub mod payout_settings;
pub mod payouts;
pub mod processes;
pub mod provider_report;
pub mod quotas;
pub mod recurring;
pub mod reflection;
pub mod refund_accounts;
pub mod refunds;
pub mod return_requests;
pub mod settlements;
pub mod statements;
pub mod tickets;
pub mod trail;
pub mod transfers;
pub mod watch;
pub mod webhook_deliveries;
pub mod webhook_endpoints;
pub mod webhook_events;

pub mod api_keys;
pub mod web_sessions;

pub mod event_cancellations;
pub mod event_drafts;
pub mod events;
pub mod files;
pub mod read;
pub mod ticket_types;

pub mod login_links;
pub mod organizers;
pub mod users;
