//! `AppError`: the only error that crosses the wire. Codes, not prose; nothing secret or personal.

use std::collections::BTreeMap;

use leptos::prelude::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::codec::JsonEncoding;
use serde::{Deserialize, Serialize};
use words::errors;
use words::lang::Lang;

/// What is wrong with a form, by field; the words are for people.
pub type FieldErrors = BTreeMap<String, String>;

/// Why the server did not do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum AppError {
    #[error("not found")]
    NotFound,
    #[error("sign-in needed")]
    SignInNeeded,
    #[error("not allowed")]
    NotAllowed,
    #[error("invalid")]
    Invalid(FieldErrors),
    /// The state of things does not allow it any more.
    #[error("conflict")]
    Conflict,
    #[error("too many requests")]
    TooMany,
    #[error("unavailable")]
    Unavailable,
    #[error("unexpected ({request_id})")]
    Unexpected { request_id: String },
}

impl AppError {
    /// The HTTP status that says the same.
    pub const fn status(&self) -> u16 {
        match self {
            Self::NotFound => 404,
            Self::SignInNeeded => 401,
            Self::NotAllowed => 403,
            Self::Invalid(_) => 422,
            Self::Conflict => 409,
            Self::TooMany => 429,
            Self::Unavailable => 503,
            Self::Unexpected { .. } => 500,
        }
    }

    /// The sentence for people.
    pub const fn sentence(&self, lang: Lang) -> &'static str {
        match self {
            Self::NotFound => words::frame::not_found_text(lang),
            Self::SignInNeeded => errors::sign_in_needed(lang),
            Self::NotAllowed => errors::not_allowed(lang),
            Self::Invalid(_) => errors::summary(lang),
            Self::Conflict => errors::not_payable(lang),
            Self::TooMany => errors::too_many_requests(lang),
            Self::Unavailable => errors::busy(lang),
            Self::Unexpected { .. } => errors::unexpected(lang),
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    /// What went wrong on the wire itself: arguments that do not parse are the sender's, the rest is ours.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        let error = match error {
            ServerFnErrorErr::Args(_)
            | ServerFnErrorErr::MissingArg(_)
            | ServerFnErrorErr::Request(_)
            | ServerFnErrorErr::Deserialization(_) => Self::Invalid(FieldErrors::new()),
            _ => Self::Unexpected { request_id: String::new() },
        };
        #[cfg(feature = "ssr")]
        crate::ssr::set_status(error.status());
        error
    }
}

#[cfg(feature = "ssr")]
impl From<operations::access::AccessError> for AppError {
    fn from(error: operations::access::AccessError) -> Self {
        use operations::access::AccessError as E;
        match error {
            E::Unknown => Self::NotFound,
            // Pages lead to where it is proved, and forms are held back before they come here.
            E::NotAllowed | E::SecondFactorNeeded => Self::NotAllowed,
            E::Unexpected(error) => crate::ssr::unexpected(error),
        }
    }
}
