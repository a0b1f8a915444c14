//! Links about events inside of other websites.

use domain::ids::PublishableKeyId;

/// An organizer's keys for websites.
pub const KEYS: &str = "/o/settings/embed";
pub const KEYS_FORM: &str = "/o/settings/embed#add";
pub const KEY_CREATED: &str = "/o/settings/embed?done=created";
pub const KEY_REVOKED: &str = "/o/settings/embed?done=revoked";
pub const CREATE_KEY: &str = "/api/publishable_keys/create";
pub const REVOKE_KEY: &str = "/api/publishable_keys/revoke";

/// What all frames begin with.
pub const FRAMES: &str = "/embed/";

/// What a website shows in a frame.
pub fn frame(slug: &str, key: PublishableKeyId) -> String {
    format!("{FRAMES}{slug}?key={key}")
}
