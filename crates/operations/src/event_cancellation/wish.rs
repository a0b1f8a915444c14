//! What an organizer wants when an event is called off, read from a form or from the API.

use std::collections::BTreeSet;

use domain::event_cancellation::{CancellationTerms, WHOLE_BASIS_POINTS};
use domain::limits::{PRICE_MINOR_MAX, REASON_CHARS_MAX};
use domain::money::{Currency, Money};
use domain::parsed::text::optional_line;

use crate::event_cancellation::CancelEventError;
use crate::events::problem::{Reader, Why};

/// The form as a person or a program typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CancelForm {
    /// Participants read it.
    pub reason: String,
    /// Kept of every price, in whole percent; empty for nothing.
    pub fee_percent: String,
    /// Kept of every ticket beside that, in minor units; empty for nothing.
    pub fee_per_ticket: String,
    /// Which ticket types come back; none means everything.
    pub ticket_types: Option<Vec<String>>,
}

/// A form whose every field was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    pub reason: String,
    pub terms: CancellationTerms,
}

impl Wish {
    /// Reads the form.
    ///
    /// # Errors
    /// `Invalid` with every problem.
    pub fn parse(form: &CancelForm, currency: Currency) -> Result<Self, CancelEventError> {
        let mut reader = Reader::default();
        let reason = reader.text("reason", optional_line(&form.reason, REASON_CHARS_MAX));
        let percent = reader.number("fee_percent", &form.fee_percent, 0, 100);
        let fixed = reader.number("fee_per_ticket", &form.fee_per_ticket, 0, PRICE_MINOR_MAX);
        let only = form.ticket_types.as_ref().map(|ids| {
            let read: Result<BTreeSet<_>, _> = ids.iter().map(|id| id.parse()).collect();
            read.unwrap_or_default()
        });
        if only.as_ref().is_some_and(BTreeSet::is_empty) {
            reader.refuse("ticket_types", Why::UnknownChoice);
        }
        if !reader.problems.is_empty() {
            return Err(CancelEventError::Invalid(reader.problems));
        }
        let terms = CancellationTerms {
            only,
            fee_basis_points: basis_points(percent.unwrap_or_default()),
            fee_per_ticket: Money::new(fixed.unwrap_or_default(), currency),
        };
        Ok(Self { reason, terms })
    }
}

/// Whole percent as basis points; bounds were checked before.
fn basis_points(percent: i64) -> u16 {
    u16::try_from(percent.saturating_mul(100)).unwrap_or(WHOLE_BASIS_POINTS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_as_it_is_typed() {
        let form = CancelForm {
            reason: " 台風のため ".to_owned(),
            fee_percent: "10".to_owned(),
            fee_per_ticket: "５００".to_owned(),
            ticket_types: None,
        };
        let wish = Wish::parse(&form, Currency::JPY).unwrap();
        assert_eq!(wish.reason, "台風のため");
        assert_eq!(wish.terms.fee_basis_points, 1000);
        assert_eq!(wish.terms.fee_per_ticket, Money::yen(500));
        let none = CancelForm { ticket_types: Some(vec![]), ..CancelForm::default() };
        let refused = Wish::parse(&none, Currency::JPY).unwrap_err();
        assert!(matches!(refused, CancelEventError::Invalid(problems) if problems.len() == 1));
        let over = CancelForm { fee_percent: "101".to_owned(), ..CancelForm::default() };
        assert!(Wish::parse(&over, Currency::JPY).is_err());
    }
}
