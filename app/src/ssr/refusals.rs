//! What an organizer's operations refuse, as errors of the wire and as sentences beside fields.

use domain::parsed::TextError;
use operations::cancellations::cancel::CancelError;
use operations::events::cancel_policy::CancelPolicyError;
use operations::events::close::CloseError;
use operations::events::draft::DraftError;
use operations::events::list::ListEventsError;
use operations::events::problem::{FormProblem, Why};
use operations::events::summary::SummaryError;
use operations::events::ticket_types::TicketTypeError;
use operations::fees::FeeError;
use operations::orders::detail::OrderDetailError;
use operations::orders::list::ListOrdersError;
use operations::webhook_endpoints::EndpointError;
use words::lang::Lang;
use words::{cancelling, errors, organizer, transfer};

use crate::error::{AppError, FieldErrors};
use crate::ssr;

macro_rules! not_found_or_unexpected {
    ($($error:ident),+) => {$(
        impl From<$error> for AppError {
            fn from(error: $error) -> Self {
                match error {
                    $error::NotFound => Self::NotFound,
                    $error::Unexpected(error) => ssr::unexpected(error),
                }
            }
        }
    )+};
}

not_found_or_unexpected!(ListEventsError, SummaryError, ListOrdersError, OrderDetailError);

impl From<CloseError> for AppError {
    fn from(error: CloseError) -> Self {
        match error {
            CloseError::NotFound => Self::NotFound,
            CloseError::NotDeletable => Self::Conflict,
            CloseError::Unexpected(error) => ssr::unexpected(error),
        }
    }
}

impl From<FeeError> for AppError {
    fn from(error: FeeError) -> Self {
        match error {
            FeeError::NotFound => Self::NotFound,
            FeeError::OutOfBounds => Self::Invalid(FieldErrors::new()),
            FeeError::Unexpected(error) => ssr::unexpected(error),
        }
    }
}

impl From<DraftError> for AppError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::NotFound => Self::NotFound,
            DraftError::TooLarge => Self::Invalid(FieldErrors::new()),
            DraftError::NotAUser => Self::NotAllowed,
            DraftError::Unexpected(error) => ssr::unexpected(error),
        }
    }
}

impl From<TicketTypeError> for AppError {
    fn from(error: TicketTypeError) -> Self {
        match error {
            TicketTypeError::Invalid(_) => Self::Invalid(FieldErrors::new()),
            TicketTypeError::NotFound => Self::NotFound,
            TicketTypeError::Unexpected(error) => ssr::unexpected(error),
        }
    }
}

impl From<EndpointError> for AppError {
    fn from(error: EndpointError) -> Self {
        match error {
            EndpointError::Url(_) | EndpointError::Description(_) | EndpointError::NoTopic => {
                Self::Invalid(FieldErrors::new())
            }
            EndpointError::TooMany | EndpointError::Disabled => Self::Conflict,
            EndpointError::NotFound => Self::NotFound,
            EndpointError::Unexpected(error) => ssr::unexpected(error),
        }
    }
}

impl From<CancelPolicyError> for AppError {
    fn from(error: CancelPolicyError) -> Self {
        match error {
            CancelPolicyError::Invalid(_) => Self::Invalid(FieldErrors::new()),
            CancelPolicyError::NotFound => Self::NotFound,
            CancelPolicyError::Unexpected(error) => ssr::unexpected(error),
        }
    }
}

impl From<CancelError> for AppError {
    fn from(error: CancelError) -> Self {
        match error {
            CancelError::NotFound | CancelError::UnknownTicket => Self::NotFound,
            CancelError::Busy => Self::Unavailable,
            CancelError::Unexpected(error) => ssr::unexpected(error),
            _ => Self::Conflict,
        }
    }
}

/// The problems of a form by the names of its inputs.
pub fn field_errors(problems: &[FormProblem], lang: Lang) -> FieldErrors {
    problems
        .iter()
        .map(|problem| (crate::api::in_form(problem.field), sentence_of(problem, lang)))
        .collect()
}

/// What is wrong with one field.
pub fn sentence_of(problem: &FormProblem, lang: Lang) -> String {
    match problem.why {
        Why::Text(TextError::Malformed) if problem.field == "slug" => {
            organizer::link_malformed(lang).to_owned()
        }
        Why::Text(error) => errors::text(error, lang),
        Why::NotANumber => organizer::not_a_number(lang).to_owned(),
        Why::OutOfRange { min, max } => organizer::out_of_range(min, max, lang),
        Why::UnknownTime => organizer::unknown_time(lang).to_owned(),
        Why::UnknownTimeZone => organizer::unknown_time_zone(lang).to_owned(),
        Why::EndsBeforeStart => organizer::ends_before_start(lang).to_owned(),
        Why::UnknownChoice => organizer::unknown_choice(lang).to_owned(),
        Why::NoMethod => organizer::no_method(lang).to_owned(),
        Why::NoReceivingAccount => transfer::account_needed(lang).to_owned(),
        Why::LinkTaken => organizer::link_taken(lang).to_owned(),
        Why::PlacesTaken { n_taken } => organizer::places_taken_by(n_taken, lang),
        Why::MinAboveMax => organizer::min_above_max(lang).to_owned(),
        Why::TooManyTicketTypes { max } => organizer::too_many_ticket_types(max, lang),
        Why::StepOutOfOrder => cancelling::problem_order(lang).to_owned(),
        Why::FeeFalls => cancelling::problem_falls(lang).to_owned(),
    }
}
