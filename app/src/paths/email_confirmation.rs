//! Where mail addresses of orders are confirmed, and where events ask for it.

use domain::ids::{EventId, OrderId};

/// The participant's forms.
pub const CONFIRM: &str = "/api/email_confirmations/confirm";
/// See [`CONFIRM`].
pub const MAIL_AGAIN: &str = "/api/email_confirmations/mail_again";
/// The organizer's form.
pub const SET: &str = "/api/email_confirmations/set";

/// Where the mail leads.
pub fn page(order: OrderId, key: &str) -> String {
    format!("/e/confirm/{order}/{key}")
}

/// An order's page right after the mail was sent again.
pub fn mailed(token: &str) -> String {
    format!("{}?done=mailed", super::order_status(token))
}

/// Where an event asks for it or not, right after that changed.
pub fn saved(event: EventId) -> String {
    format!("{}#addresses", super::edit_event_after(event, "addresses_saved"))
}
