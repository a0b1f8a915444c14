//! Stories of operations against a real database and the provider's real protocol.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test stops at the first thing that is not as it should be, and asks the system for the time"
)]

mod account;
mod account_providers;
mod account_states;
mod audit;
mod authenticator;
mod broken_files;
mod buyer_data;
mod cancellations;
mod captures;
mod credit_notes;
mod devices;
mod disputes;
mod email_change;
mod email_confirmation;
mod event_cancellation;
mod fees;
mod histories;
mod jobs;
mod mail_choices;
mod mails;
mod members;
mod outgoing_webhooks;
mod own_profile;
mod parts;
mod passkeys;
mod payments;
mod payouts;
mod personal_data;
mod personal_links;
mod places;
mod platform;
mod publishable_keys;
mod refund_accounts;
mod refunds;
mod return_requests;
mod screening;
mod second_factors;
mod secrets;
mod settlements;
mod statements;
mod step_up;
mod sweep;
mod transfers;
mod watch;
mod webhook_receivers;
mod webhooks;
