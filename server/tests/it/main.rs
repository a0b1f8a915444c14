//! The server through its router, with a real database and the sandbox provider.
#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests stop at the first thing that is not as it should be"
)]

mod administration;
mod api;
mod audit;
mod browsers;
mod cancelling;
mod code_app;
mod confirming;
mod crash;
mod database_tls;
mod embed;
mod event_cancellation;
mod files_in_a_bucket;
mod harness;
mod headers;
mod hostile;
mod limits;
mod live;
mod machinery;
mod own_account;
mod own_profile;
mod permission_routes;
mod permission_scan;
mod permission_table;
mod permissions;
mod refund_doors;
mod refunds;
mod screening;
mod secrets;
mod tls;
mod visits;
mod webhook_doors;
mod webhook_endpoints;
