//! Errors in the words of the provider's protocol.

use serde_json::{Value, json};

/// An answer that is not the one asked for: status, code, sentence and the parameter at fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) message: String,
    pub(crate) param: Option<String>,
}

impl Fault {
    pub(crate) fn new(status: u16, code: &str, message: &str) -> Self {
        Self { status, code: code.to_owned(), message: message.to_owned(), param: None }
    }

    pub(crate) fn not_found() -> Self {
        Self::new(404, "not_found", "The requested resource could not be found.")
    }

    pub(crate) fn missing(param: &str) -> Self {
        let message = format!("A required parameter ({param}) is missing");
        Self::new(422, "missing_parameter", &message).at(param)
    }

    pub(crate) fn invalid(param: &str, message: &str) -> Self {
        Self::new(422, "invalid_parameter", message).at(param)
    }

    pub(crate) fn not_refundable() -> Self {
        Self::new(422, "not_refundable", "The payment you requested is not refundable.")
    }

    /// A refusal by the card network or the wallet, which the protocol reports as 502.
    pub(crate) fn declined(code: &str) -> Self {
        Self::new(502, code, decline_message(code))
    }

    fn at(mut self, param: &str) -> Self {
        self.param = Some(param.to_owned());
        self
    }

    pub(crate) fn body(&self) -> Value {
        let Self { code, message, param, .. } = self;
        json!({"error": {"code": code, "message": message, "param": param, "details": {}}})
    }
}

fn decline_message(code: &str) -> &'static str {
    match code {
        "insufficient_funds" => "The card has insufficient funds.",
        "exceeds_limit" => "Exceeds card limit",
        "bad_verification_value" => "The security code you have entered is incorrect.",
        "card_expired" => "The card has expired.",
        "invalid_number" => "The card number is invalid.",
        "invalid_password" => "The password you have entered is incorrect.",
        "card_declined" => "Your card has been declined.",
        _ => "The payment could not be completed.",
    }
}
