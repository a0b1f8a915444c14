//! Where personal links are asked for, sent again and made anew.

/// The form.
pub const ASK: &str = "/api/personal_links/ask";
/// The participant's form.
pub const RENEW: &str = "/api/personal_links/renew";
/// The organizer's forms.
pub const SEND_FOR: &str = "/api/personal_links/send_for_buyer";
/// See [`SEND_FOR`].
pub const RENEW_FOR: &str = "/api/personal_links/renew_for_buyer";

/// Where whoever ordered asks for the link.
pub fn of_event(slug: &str) -> String {
    format!("/e/{slug}/link")
}

/// The same, right after something happened: `sent`, `renewed`, `replaced`.
pub fn after(slug: &str, done: &str) -> String {
    format!("/e/{slug}/link?done={done}")
}
