//! Links that leave the house: in mails, to the provider, in the API. `app::paths` names the same pages.

use domain::ids::{EventId, OrderId, PublishableKeyId, WebhookEndpointId};

use crate::Settings;

/// An event's page.
pub fn event(settings: &Settings, slug: &str) -> String {
    format!("{}/e/{slug}", settings.public_url)
}

/// An event for a frame in a website that has the key.
pub fn embedded_event(settings: &Settings, slug: &str, key: PublishableKeyId) -> String {
    format!("{}/embed/{slug}?key={key}", settings.public_url)
}

/// What fits such frames to what they show.
pub fn embed_script(settings: &Settings) -> String {
    format!("{}/embed.js", settings.public_url)
}

/// An event as a calendar file.
pub fn event_calendar(settings: &Settings, slug: &str) -> String {
    format!("{}/e/{slug}/calendar.ics", settings.public_url)
}

/// An order's personal page.
pub fn order(settings: &Settings, link_token: &str) -> String {
    format!("{}/e/orders/{link_token}", settings.public_url)
}

/// Where a buyer confirms the mail address of an order.
pub fn confirm_address(settings: &Settings, order: OrderId, key: &str) -> String {
    format!("{}/e/confirm/{order}/{key}", settings.public_url)
}

/// Where the provider sends the buyer back to.
pub fn order_return(settings: &Settings, link_token: &str) -> String {
    format!("{}/e/orders/{link_token}/return", settings.public_url)
}

/// The administrators' list of alerts.
pub fn administrators_alerts(settings: &Settings) -> String {
    format!("{}/admin/alerts", settings.public_url)
}

/// The organizer's page of a receiver of webhooks.
pub fn webhook(settings: &Settings, endpoint: WebhookEndpointId) -> String {
    format!("{}/o/settings/webhooks/{endpoint}", settings.public_url)
}

/// Where an organizer decides about wishes to cancel.
pub fn return_requests(settings: &Settings, event: EventId) -> String {
    format!("{}/o/events/{event}/returns", settings.public_url)
}

/// Where an organizer decides about orders that were held back.
pub fn screenings(settings: &Settings, event: EventId) -> String {
    format!("{}/o/events/{event}/screenings", settings.public_url)
}

/// Where an organizer decides about somebody's wish to be forgotten.
pub fn erase_order(settings: &Settings, order: OrderId) -> String {
    format!("{}/o/orders/{order}/erase", settings.public_url)
}

/// Where somebody chooses which mails come.
pub fn mail_choices(settings: &Settings) -> String {
    format!("{}/o/account/mails", settings.public_url)
}

/// Where a login link leads: a page with one button, because mail scanners follow links.
pub fn login(settings: &Settings, token: &str) -> String {
    format!("{}/o/login/confirm?token={token}", settings.public_url)
}

/// What an invited person opens: a page with one button, because mail scanners follow links.
pub fn invitation(settings: &Settings, token: &str) -> String {
    format!("{}/o/invitations/{token}", settings.public_url)
}

/// Where a login provider sends the browser back to; registered there, letter by letter.
pub fn login_return(settings: &Settings, provider: &str) -> String {
    format!("{}/o/login/return/{provider}", settings.public_url)
}

/// Where a mailbox says yes to another address.
pub fn email_change(settings: &Settings, token: &str) -> String {
    format!("{}/o/account/email?token={token}", settings.public_url)
}

/// One's own account.
pub fn account(settings: &Settings) -> String {
    format!("{}/o/account", settings.public_url)
}

/// The form that asks where a refund shall go.
pub fn refund_account(settings: &Settings, token: &str) -> String {
    format!("{}/e/refunds/{token}", settings.public_url)
}
