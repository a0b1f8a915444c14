//! Cancelling over the API: an unpaid order as a whole, tickets of a paid one at the policy's fee or without it.

use axum::Json;
use data_encoding::HEXLOWER;
use domain::cancel_policy::{CancelMode, CancelPolicy, Fee, Terms, Until};
use domain::ids::{CancellationId, OrderId, RefundId, TicketTypeId};
use domain::order::OrderStatus;
use operations::api_keys::Scope;
use operations::cancellations::cancel::{
    CancelError, CancelForParticipant, cancel_for_participant,
};
use operations::cancellations::figures::Which;
use operations::cancellations::show::for_organizer;
use operations::orders::cancel::{CancelOrderError, cancel_by_organizer};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::routes::api::caller::{Caller, Walled};
use crate::routes::api::problem::{Code, FieldError, Problem};
use crate::routes::api::strict::{PathId, StrictJson};
use crate::state::AppState;

/// What shall end.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelOrder {
    /// Codes of tickets; absent, the whole order. An unpaid order ends as a whole.
    #[schema(example = json!(["K7M2Q4XWP3RT"]))]
    tickets: Option<Vec<String>>,
    /// Whether the fee of the order's policy is let go.
    #[serde(default)]
    waive_fee: bool,
    /// Shown to the buyer.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
}

/// What ended, and what it moved; amounts are in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancelledView {
    /// `null` for an order that was not paid.
    #[schema(value_type = Option<String>, example = "can_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    id: Option<CancellationId>,
    #[schema(value_type = String)]
    order: OrderId,
    /// `cancelled`, or `paid` while other tickets stay valid.
    #[schema(value_type = String, example = "cancelled")]
    status: OrderStatus,
    /// Codes of the tickets that ended.
    tickets: Vec<String>,
    /// What is kept.
    fee: i64,
    /// What the policy would have kept and was let go.
    waived: i64,
    /// What goes back.
    back: i64,
    currency: Option<&'static str>,
    /// The refunds that give it back: one for each payment it goes back from.
    #[schema(value_type = Vec<String>)]
    refunds: Vec<RefundId>,
}

/// What an event says about cancelling.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancelPolicyView {
    /// `self_service`, `approval` or `closed`.
    #[schema(value_type = String, example = "self_service")]
    mode: CancelMode,
    steps: Vec<StepView>,
    /// From the last step to the start; `null` when nobody cancels any more.
    after: Option<FeeView>,
    /// Ticket types with terms of their own.
    by_ticket_type: Vec<TypeTermsView>,
}

/// A fee and until when it holds: to the end of the day so many days before, or so many hours before the start.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    days_before: Option<u16>,
    hours_before: Option<u16>,
    fee: FeeView,
}

/// A part of the ticket's price and an amount on top, never more than the price.
#[derive(Debug, Serialize, ToSchema)]
pub struct FeeView {
    /// Basis points of the price: 5000 is half.
    #[schema(example = 5000)]
    rate: u16,
    /// In minor units.
    fixed: i64,
}

/// Terms of one ticket type.
#[derive(Debug, Serialize, ToSchema)]
pub struct TypeTermsView {
    #[schema(value_type = String)]
    ticket_type: TicketTypeId,
    steps: Vec<StepView>,
    after: Option<FeeView>,
}

/// Cancels an order, or tickets of it, for its buyer.
#[utoipa::path(post, path = "/api/v1/orders/{id}/cancel", tag = "orders", request_body = CancelOrder,
    params(("id" = String, Path, description = "`ord_…`")),
    responses((status = 200, body = CancelledView)))]
pub async fn cancel_order(
    Walled(state): Walled,
    caller: Caller,
    PathId(order): PathId<OrderId>,
    StrictJson(wish): StrictJson<CancelOrder>,
) -> Result<Json<CancelledView>, Problem> {
    let access = *caller.needs(Scope::OrdersWrite)?;
    let status = for_organizer(&state.deps, &access, order).await?.status;
    if status.is_payable() && wish.tickets.is_none() {
        cancel_by_organizer(&state.deps, &access, order, &wish.reason).await?;
        return Ok(Json(view(&state, &caller, order, None).await?));
    }
    // Money goes back.
    caller.needs(Scope::RefundsWrite)?;
    let command = CancelForParticipant {
        which: wish.tickets.map_or(Which::All, Which::Codes),
        waives_fee: wish.waive_fee,
        reason: wish.reason,
        idempotency_key: caller.idempotency_key.as_deref().map(inner_key),
    };
    let made = cancel_for_participant(&state.deps, &access, order, command).await?;
    Ok(Json(view(&state, &caller, order, Some(made)).await?))
}

/// The operation keeps keys by order; hashed, they fit beside those of pages.
fn inner_key(key: &str) -> String {
    format!("api:{}", HEXLOWER.encode(&Sha256::digest(key.as_bytes())))
}

async fn view(
    state: &AppState,
    caller: &Caller,
    order: OrderId,
    made: Option<CancellationId>,
) -> Result<CancelledView, Problem> {
    let found = for_organizer(&state.deps, &caller.access, order).await?;
    let made = found.cancellations.into_iter().find(|it| Some(it.id) == made);
    Ok(CancelledView {
        id: made.as_ref().map(|it| it.id),
        order,
        status: found.status,
        fee: made.as_ref().map_or(0, |it| it.fee.minor()),
        waived: made.as_ref().map_or(0, |it| it.waived.minor()),
        back: made.as_ref().map_or(0, |it| it.back.minor()),
        currency: made.as_ref().map(|it| it.fee.currency().code()),
        refunds: made.as_ref().map(|it| it.refunds.clone()).unwrap_or_default(),
        tickets: made.map(|it| it.tickets).unwrap_or_default(),
    })
}

/// A policy as the API shows it.
pub(crate) fn policy_view(policy: &CancelPolicy) -> CancelPolicyView {
    let own = policy.by_type.iter().map(|it| TypeTermsView {
        ticket_type: it.ticket_type,
        steps: steps(&it.terms),
        after: it.terms.after.map(fee),
    });
    CancelPolicyView {
        mode: policy.mode,
        steps: steps(&policy.general),
        after: policy.general.after.map(fee),
        by_ticket_type: own.collect(),
    }
}

fn steps(terms: &Terms) -> Vec<StepView> {
    let steps = terms.steps.iter().map(|step| {
        let (days_before, hours_before) = match step.until {
            Until::Days(days) => (Some(days), None),
            Until::Hours(hours) => (None, Some(hours)),
        };
        StepView { days_before, hours_before, fee: fee(step.fee) }
    });
    steps.collect()
}

const fn fee(fee: Fee) -> FeeView {
    FeeView { rate: fee.basis_points, fixed: fee.fixed_minor }
}

impl From<CancelError> for Problem {
    fn from(error: CancelError) -> Self {
        let code = match &error {
            CancelError::NotFound => Code::NotFound,
            CancelError::UnknownTicket => return invalid("tickets", &error.to_string()),
            CancelError::MalformedReason => return invalid("reason", &error.to_string()),
            CancelError::AlreadyCancelled
            | CancelError::NotPaid
            | CancelError::NotBySelf
            | CancelError::NeedsApproval
            | CancelError::TooLate
            | CancelError::FeeChanged { .. } => Code::NotCancellable,
            CancelError::MalformedKey => Code::MalformedKey,
            CancelError::KeyReused => Code::KeyReused,
            CancelError::StillRunning => Code::StillRunning,
            CancelError::Busy => Code::Busy,
            CancelError::Unexpected(error) => return Self::unexpected(error),
        };
        Self::new(code).with_detail(error.to_string())
    }
}

impl From<CancelOrderError> for Problem {
    fn from(error: CancelOrderError) -> Self {
        let code = match &error {
            CancelOrderError::NotFound => Code::NotFound,
            CancelOrderError::Paid => Code::Conflict,
            CancelOrderError::MalformedReason => return invalid("reason", &error.to_string()),
            CancelOrderError::Busy => Code::Busy,
            CancelOrderError::Unexpected(error) => return Self::unexpected(error),
        };
        Self::new(code).with_detail(error.to_string())
    }
}

fn invalid(field: &str, detail: &str) -> Problem {
    let error = FieldError { field: field.to_owned(), detail: detail.to_owned() };
    Problem::new(Code::Invalid).with_errors(vec![error])
}
