//! What people see: pages rendered on the server, islands that wake up in the browser, and the functions forms post to.

pub mod api;
pub mod components;
pub mod error;
pub mod islands;
pub mod paths;

#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
pub mod routes;
#[cfg(feature = "ssr")]
pub mod shell;
#[cfg(feature = "ssr")]
pub mod ssr;

#[cfg(feature = "ssr")]
pub use crate::routes::App;
#[cfg(feature = "ssr")]
pub use crate::shell::shell;
