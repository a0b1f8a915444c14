//! Calling off a whole event: see what it means, decide, and give everybody their money back, one by one.
//!
//! [`plan`] is the dry run and changes nothing. [`begin`] closes the sale and lists the orders in one transaction; from
//! then on the worker does the rest ([`run`]), wherever it was interrupted. [`progress`] tells how far it is.

use domain::money::MoneyError;
use store::error::StoreError;

use crate::events::problem::FormProblem;

pub mod begin;
pub mod plan;
pub mod progress;
pub mod run;
pub mod wish;

/// Why an event was not called off.
#[derive(Debug, thiserror::Error)]
pub enum CancelEventError {
    #[error("the form has {} problems", .0.len())]
    Invalid(Vec<FormProblem>),
    #[error("no such event")]
    NotFound,
    /// A draft is deleted instead.
    #[error("nobody can see the event yet")]
    NotVisible,
    /// Orders came or went since the dry run.
    #[error("the orders are others than those that were looked at")]
    Changed,
    #[error("somebody else is changing the event; try again")]
    Busy,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<StoreError> for CancelEventError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            StoreError::Busy(_) => Self::Busy,
            other => Self::Unexpected(other.into()),
        }
    }
}

impl From<MoneyError> for CancelEventError {
    fn from(error: MoneyError) -> Self {
        Self::Unexpected(error.into())
    }
}
