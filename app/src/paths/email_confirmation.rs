//! Where mail addresses of orders are confirmed, and where events ask for it.

use domain::ids::EventId;

/// The participant's forms.
pub const CONFIRM: &str = "/api/email_confirmations/confirm";
/// See [`CONFIRM`].
pub const MAIL_AGAIN: &str = "/api/email_confirmations/mail_again";
/// The organizer's form.
pub const SET: &str = "/api/email_confirmations/set";

/// Where an event asks for it or not, right after that changed.
pub fn saved(event: EventId) -> String {
    format!("{}#addresses", super::edit_event_after(event, "addresses_saved"))
}
