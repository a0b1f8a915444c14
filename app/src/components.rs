//! The pieces screens are made of; class names are the component's name in kebab-case.

pub mod amount;
pub mod avatar;
pub mod button;
pub mod card;
pub mod empty_state;
pub mod field;
pub mod icon;
pub mod notice;
pub mod refund_timeline;
pub mod status_badge;
pub mod timeline;
