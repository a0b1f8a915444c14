//! The functions that forms post to: doors, not rooms.

pub mod account;
pub mod alerts;

pub mod administration;
pub mod api_keys;
pub mod buyer_data;
pub mod cancel_policies;
pub mod cancellations;
pub mod disputes;
pub mod email_change;
pub mod email_confirmations;
pub mod event_cancellation;
pub mod events;
pub mod login;
pub mod mail_choices;
pub mod members;
pub mod orders;
pub mod organizer_orders;
pub mod own_profile;
pub mod payments;
pub mod payouts;
pub mod personal_data;
pub mod personal_links;
pub mod publishable_keys;
pub mod refunds;
pub mod return_requests;
pub mod screenings;
pub mod second_factors;
pub mod sessions;
pub mod statements;
pub mod step_up;
pub mod ticket_types;
pub mod transfers;
pub mod webhook_endpoints;

/// The name of an input whose form is read as one struct.
pub fn in_form(field: &str) -> String {
    format!("form[{field}]")
}

/// The fields of a form by the names of their inputs; a box that was not ticked is empty.
#[cfg(feature = "ssr")]
fn values_of<F: serde::Serialize>(form: &F) -> std::collections::BTreeMap<String, String> {
    let fields = match serde_json::to_value(form) {
        Ok(serde_json::Value::Object(fields)) => fields,
        _ => return std::collections::BTreeMap::new(),
    };
    fields
        .into_iter()
        .map(|(name, value)| (in_form(&name), value.as_str().unwrap_or_default().to_owned()))
        .collect()
}
