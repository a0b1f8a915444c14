//! What every request passes on its way in and out.

pub mod form_errors;
pub mod last_resort;
pub mod origin;
pub mod origin_check;
pub mod rate_limit;
pub mod request_id;
pub mod request_log;
pub mod security_headers;
pub mod shared_pages;
pub mod step_up;
pub mod web_session;
