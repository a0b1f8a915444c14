//! How a call to a provider ended.

/// How a call to a provider ended. Not a `Result`: `?` must not turn "unknown" into "failed".
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<T> {
    /// The provider said yes.
    Accepted(T),
    /// The provider said no, and nothing happened.
    Refused(Refusal),
    /// We cannot tell; whoever asked must find out.
    Unknown(Cause),
}

impl<T> Outcome<T> {
    /// Changes what was accepted; refusals and doubts pass through.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Outcome<U> {
        self.and_then(|value| Outcome::Accepted(change(value)))
    }

    /// Goes on reading what was accepted; refusals and doubts pass through.
    pub fn and_then<U>(self, read: impl FnOnce(T) -> Outcome<U>) -> Outcome<U> {
        match self {
            Self::Accepted(value) => read(value),
            Self::Refused(refusal) => Outcome::Refused(refusal),
            Self::Unknown(cause) => Outcome::Unknown(cause),
        }
    }

    /// One word for logs and metrics.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Accepted(_) => "accepted",
            Self::Refused(_) => "refused",
            Self::Unknown(_) => "unknown",
        }
    }
}

/// Why the provider said no, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("refused with {code}: {message}")]
pub struct Refusal {
    pub code: String,
    pub message: String,
    /// Whether the same request may succeed later.
    pub retryable: bool,
}

impl Refusal {
    /// A refusal that will not change by asking again.
    pub fn last(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned(), retryable: false }
    }
}

/// Why we do not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    #[error("the request was not sent: {0}")]
    NotSent(String),
    #[error("the provider says it did not process the request")]
    NotProcessed,
    #[error("an earlier request with the same key is still running")]
    InFlight,
    #[error("no answer in time")]
    TimedOut,
    #[error("the connection broke before the answer was whole")]
    Broken,
    #[error("the provider answered {status}")]
    ServerError { status: u16 },
    #[error("the answer could not be read: {0}")]
    Unreadable(String),
}

impl Cause {
    /// Whether repeating the request cannot do anything twice, even without an idempotency key.
    pub const fn is_safe_to_retry(&self) -> bool {
        match self {
            Self::NotSent(_) | Self::NotProcessed => true,
            Self::InFlight
            | Self::TimedOut
            | Self::Broken
            | Self::ServerError { .. }
            | Self::Unreadable(_) => false,
        }
    }
}

/// Why a provider or a mail transport could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    #[error("{0} is not an address of a provider")]
    BadUrl(String),
    #[error("the HTTP client could not be built")]
    Client(#[from] reqwest::Error),
    #[error("the mail transport could not be built")]
    Mail(#[from] lettre::transport::smtp::Error),
    #[error("the address of the shared counters cannot be read")]
    Counters,
}
