//! What participants see: an event, their order, and the start page.

pub mod cancel;
pub mod cancel_tickets;
pub mod cancelled_facts;
pub mod confirm_address;
pub mod cover;
pub mod embed;
pub mod event;
pub mod event_facts;
pub mod home;
pub mod machine_readable;
pub mod order;
pub mod order_facts;
pub mod order_lead;
pub mod own_data;
pub mod payment_instructions;
pub mod payment_return;
pub mod personal_link;
pub mod refund_account;
pub mod ticket;
