//! Screens that join several tables, one file per screen.

pub mod alert_list;
pub mod audit_log;
pub mod dashboard;
pub mod event_cancellation;
pub mod event_page;
pub mod machinery;
pub mod mail_order;
pub mod order_detail;
pub mod order_list;
pub mod order_page;
pub mod payable;
pub mod platform;
pub mod platform_organizers;
pub mod platform_users;
pub mod refund_story;
pub mod sale;
pub mod statements;
