//! The server of EventPay: wiring, routes, worker and command line; no decisions.

pub mod audit_keeper;
pub mod config;
pub mod data_folder;
pub mod demo;
pub mod embedded;
mod eml;
pub mod failure;
pub mod file_store;
pub mod limits;
pub mod logging;
pub mod middleware;
pub mod router;
pub mod routes;
pub mod serve;
pub mod state;
pub mod tls;
pub mod webhook_sender;
pub mod worker;
