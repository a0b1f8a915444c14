//! Addresses about the personal data of participants.

use domain::ids::OrderId;

/// Where the forms post to.
pub const ASK_ERASURE: &str = "/api/buyer_data/ask";
pub const ERASE_BUYER: &str = "/api/buyer_data/erase";
pub const REFUSE_ERASURE: &str = "/api/buyer_data/refuse";
pub const SAVE_RETENTION: &str = "/api/buyer_data/retention";
/// The settings where the days stand; after they were saved, and after they were not.
pub const SETTINGS_RETENTION: &str = "/o/settings?done=retention#retention";
pub const RETENTION_FORM: &str = "/o/settings#retention";

/// Where the organizer erases the data of an order, or answers that it cannot.
pub fn erase_order(order: OrderId) -> String {
    format!("/o/orders/{order}/erase")
}

/// What is kept about who placed an order, as a file.
pub fn order_data(order: OrderId) -> String {
    format!("/o/orders/{order}/data.json")
}

/// The same by the order's personal link.
pub fn own_order_data(token: &str) -> String {
    format!("/e/orders/{token}/data.json")
}
