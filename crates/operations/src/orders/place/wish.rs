//! A buyer's wish, field by field: what cannot be used is told by its field.

use domain::limits::NAME_CHARS_MAX;
use domain::parsed::email_address::EmailAddress;
use domain::parsed::{TextError, idempotency_key, text};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::orders::place::{FieldProblem, PlaceOrder, PlaceOrderError};

/// A wish whose every field was read.
pub(super) struct Wish {
    pub(super) command: PlaceOrder,
    pub(super) buyer_name: String,
    pub(super) buyer_email: EmailAddress,
    pub(super) attendee_names: Vec<String>,
    pub(super) idempotency: Option<(String, Vec<u8>)>,
}

impl Wish {
    pub(super) fn parse(command: PlaceOrder) -> Result<Self, PlaceOrderError> {
        let mut problems = Vec::new();
        let mut keep =
            |field: String, error: TextError| problems.push(FieldProblem { field, error });
        let buyer_name = text::line(&command.buyer_name, NAME_CHARS_MAX)
            .map_err(|error| keep("buyer_name".to_owned(), error))
            .unwrap_or_default();
        let buyer_email = EmailAddress::parse(&command.buyer_email)
            .map_err(|error| keep("buyer_email".to_owned(), error))
            .ok();
        let mut attendee_names = Vec::with_capacity(command.attendee_names.len());
        for (i, name) in command.attendee_names.iter().enumerate() {
            match text::optional_line(name, NAME_CHARS_MAX) {
                Ok(name) => attendee_names.push(name),
                Err(error) => keep(format!("attendee_names.{i}"), error),
            }
        }
        let key = command.idempotency_key.as_deref().unwrap_or_default();
        if let (false, Err(error)) = (key.is_empty(), idempotency_key::check(key)) {
            keep("idempotency_key".to_owned(), error);
        }
        let idempotency = (!key.is_empty()).then(|| (key.to_owned(), fingerprint(&command)));
        match buyer_email {
            Some(buyer_email) if problems.is_empty() => {
                Ok(Self { command, buyer_name, buyer_email, attendee_names, idempotency })
            }
            _ => Err(PlaceOrderError::Invalid(problems)),
        }
    }
}

/// What makes two wishes the same wish.
fn fingerprint(command: &PlaceOrder) -> Vec<u8> {
    let event = format!("{:?}", command.event);
    let wish = json!([
        event,
        command.buyer_name,
        command.buyer_email,
        command.selections,
        command.attendee_names,
        command.methods
    ]);
    Sha256::digest(wish.to_string().as_bytes()).to_vec()
}
