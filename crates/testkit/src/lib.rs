#![doc = include_str!("../README.md")]
#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::panic,
    reason = "tests stop at the first thing that is not as it should be"
)]

pub mod app;
pub mod database;
pub mod receiver;
pub mod story;
