//! How a statement can fail, with named constraints turned into answers.

/// Why a statement did not do what was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// There is no such row, or it belongs to somebody else.
    #[error("not found")]
    NotFound,
    /// A named constraint refused.
    #[error("constraint {0} refused")]
    Conflict(String),
    /// Somebody else holds the row for too long, or no connection is free: try again.
    #[error("the database is busy")]
    Busy(#[source] sqlx::Error),
    /// The database is gone: try again later.
    #[error("the database is unavailable")]
    Unavailable(#[source] sqlx::Error),
    /// A row holds what our rules do not know.
    #[error("row holds an unknown {0}")]
    Malformed(&'static str),
    #[error(transparent)]
    Unexpected(sqlx::Error),
}

/// PostgreSQL's codes for "somebody else was first; the same request may succeed now".
const BUSY_CODES: [&str; 4] = ["40001", "40P01", "55P03", "57014"];

/// PostgreSQL's code for a text that none of its rows can hold: one with a NUL. Nothing is found by it.
const NO_TEXT: &str = "22021";

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::RowNotFound => Self::NotFound,
            sqlx::Error::PoolTimedOut => Self::Busy(error),
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed => {
                Self::Unavailable(error)
            }
            sqlx::Error::Database(database) => {
                let code = database.code().unwrap_or_default();
                if BUSY_CODES.contains(&code.as_ref()) {
                    Self::Busy(error)
                } else if code == NO_TEXT {
                    Self::NotFound
                } else if code.starts_with("57P") || code.starts_with("08") {
                    Self::Unavailable(error)
                } else if let Some(constraint) = database.constraint() {
                    Self::Conflict(constraint.to_owned())
                } else {
                    Self::Unexpected(error)
                }
            }
            _ => Self::Unexpected(error),
        }
    }
}

impl StoreError {
    /// Whether the constraint `name` refused.
    pub fn is_conflict(&self, name: &str) -> bool {
        matches!(self, Self::Conflict(constraint) if constraint == name)
    }

    /// Whether the same request may succeed later.
    pub const fn is_passing(&self) -> bool {
        matches!(self, Self::Busy(_) | Self::Unavailable(_))
    }
}

/// Turns a named constraint into an answer at the call.
pub trait ResultExt<T> {
    /// Maps the refusal of constraint `name`; every other error stays.
    ///
    /// # Errors
    /// The mapped one, or the one that was there.
    fn on_constraint<E: From<StoreError>>(
        self,
        name: &str,
        map: impl FnOnce() -> E,
    ) -> Result<T, E>;
}

impl<T> ResultExt<T> for Result<T, StoreError> {
    fn on_constraint<E: From<StoreError>>(
        self,
        name: &str,
        map: impl FnOnce() -> E,
    ) -> Result<T, E> {
        self.map_err(|error| if error.is_conflict(name) { map() } else { error.into() })
    }
}

/// Reads a status or another word of the domain from its column.
pub(crate) fn word<T, E>(parsed: Result<T, E>, what: &'static str) -> Result<T, StoreError> {
    parsed.map_err(|_| StoreError::Malformed(what))
}
