//! Calling off an event over the API: the dry run, the decision, and how far it is.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use domain::event_cancellation::CancellationState;
use domain::ids::{EventId, OrderId};
use domain::payment::PaymentMethod;
use domain::process::{ProcessState, StepName, StepState};
use http::StatusCode;
use operations::api_keys::Scope;
use operations::event_cancellation::CancelEventError;
use operations::event_cancellation::begin::begin;
use operations::event_cancellation::plan::{Plan, Totals, plan};
use operations::event_cancellation::progress::{list_results, progress};
use operations::event_cancellation::wish::{CancelForm, Wish};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::routes::api::caller::{Caller, Walled};
use crate::routes::api::events::{invalid, read_event};
use crate::routes::api::problem::{Code, Problem};
use crate::routes::api::strict::{PathId, StrictJson, StrictQuery};
use crate::state::AppState;

/// An event to be called off.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CancelEvent {
    /// `true` changes nothing and tells what would happen; `false` does it, for good.
    dry_run: bool,
    /// Participants read it.
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
    /// Kept of every price, in whole percent.
    #[schema(example = 0, minimum = 0, maximum = 100)]
    fee_percent: Option<u32>,
    /// Kept of every ticket beside that, in minor units.
    #[schema(example = 0, minimum = 0)]
    fee_per_ticket: Option<u32>,
    /// Only these come back (`tt_…`); absent, everything does.
    ticket_types: Option<Vec<String>>,
    /// The `fingerprint` of a dry run; refused with 409 when orders came or went since.
    fingerprint: Option<String>,
}

/// Sums, in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancellationTotals {
    /// What goes back.
    refund: i64,
    /// What the organizer keeps.
    kept: i64,
    /// What had gone back before.
    refunded_before: i64,
    /// Fees that buyers paid on top for their way of paying; nobody gives these back.
    fees_lost: i64,
    /// Fees that platform and provider took of what goes back; the organizer does not get them back.
    fees_taken: i64,
}

/// Orders that were paid by one method.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancellationMethod {
    /// `null` where the provider named none of ours.
    #[schema(value_type = Option<String>, example = "credit_card")]
    method: Option<PaymentMethod>,
    orders: usize,
    #[serde(flatten)]
    totals: CancellationTotals,
}

/// An order whose money cannot go back by itself.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountNeeded {
    #[schema(value_type = String, example = "ord_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    order: OrderId,
    code: String,
    buyer_name: String,
    refund: i64,
}

/// What calling an event off would mean.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancellationPlan {
    #[schema(value_type = String, example = "evt_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    event: EventId,
    currency: &'static str,
    /// Orders that end.
    orders: usize,
    /// Of them, those that nobody paid for.
    unpaid_orders: usize,
    totals: CancellationTotals,
    by_method: Vec<CancellationMethod>,
    needs_account: Vec<AccountNeeded>,
    /// Names exactly these orders and amounts.
    fingerprint: String,
}

/// Orders of a run in one state.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancellationCount {
    #[schema(value_type = String, example = "refunded")]
    state: CancellationState,
    orders: i64,
    refund: i64,
}

/// One step of the run.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancellationStep {
    #[schema(value_type = String, example = "end_orders")]
    step: StepName,
    #[schema(value_type = String, example = "done")]
    state: StepState,
    #[serde(with = "time::serde::rfc3339::option")]
    at: Option<OffsetDateTime>,
}

/// What became of one order.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancellationResult {
    #[schema(value_type = String, example = "ord_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    order: OrderId,
    code: String,
    #[schema(value_type = String, example = "refunded")]
    state: CancellationState,
    refund: i64,
    failure_code: Option<String>,
}

/// How far a called-off event is; amounts are in minor units.
#[derive(Debug, Serialize, ToSchema)]
pub struct CancellationView {
    #[schema(value_type = String, example = "evt_01kb2v3c4d5e6f7g8h9jkmnpqr")]
    event: EventId,
    /// `running`, `failed` (something has to be tried again) or `succeeded`.
    #[schema(value_type = String, example = "running")]
    state: ProcessState,
    reason: String,
    currency: &'static str,
    orders: i64,
    ended_orders: i64,
    /// What goes back to everybody whose turn has come.
    refund: i64,
    /// Of it, what is back.
    refunded: i64,
    counts: Vec<CancellationCount>,
    steps: Vec<CancellationStep>,
    /// A page of orders, oldest first.
    results: Vec<CancellationResult>,
    /// `after` of the following page.
    #[schema(value_type = Option<String>)]
    next: Option<OrderId>,
    #[serde(with = "time::serde::rfc3339")]
    started_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    finished_at: Option<OffsetDateTime>,
}

/// Which orders of a run are wanted.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ResultQuery {
    state: Option<CancellationState>,
    after: Option<OrderId>,
}

/// Calls off a whole event, or tells what that would mean.
#[utoipa::path(post, path = "/api/v1/events/{id}/cancel", tag = "events", request_body = CancelEvent,
    params(("id" = String, Path, description = "`evt_…`")),
    responses(
        (status = 200, description = "The dry run.", body = CancellationPlan),
        (status = 202, description = "Called off; refunds are under way.", body = CancellationView)))]
pub async fn cancel_event(
    Walled(state): Walled,
    caller: Caller,
    PathId(event): PathId<EventId>,
    StrictJson(wish): StrictJson<CancelEvent>,
) -> Result<Response, Problem> {
    caller.needs(Scope::EventsWrite)?;
    let access = caller.needs(Scope::RefundsWrite)?;
    let currency = read_event(&state, &caller, event).await?.currency;
    let read = Wish::parse(&wish.form(), currency)?;
    if wish.dry_run {
        let plan = plan(&state.deps, access, event, &read.terms).await?;
        return Ok(Json(CancellationPlan::from(&plan)).into_response());
    }
    begin(&state.deps, access, event, &read, wish.fingerprint.as_deref()).await?;
    let view = view(&state, &caller, event, ResultQuery::default()).await?;
    Ok((StatusCode::ACCEPTED, Json(view)).into_response())
}

/// Tells how far a called-off event is, order by order.
#[utoipa::path(get, path = "/api/v1/events/{id}/cancellation", tag = "events",
    params(("id" = String, Path, description = "`evt_…`"),
        ("state" = Option<String>, Query, description = "Only orders in this state."),
        ("after" = Option<String>, Query, description = "`next` of the page before.")),
    responses((status = 200, body = CancellationView)))]
pub async fn get_cancellation(
    Walled(state): Walled,
    caller: Caller,
    PathId(event): PathId<EventId>,
    StrictQuery(query): StrictQuery<ResultQuery>,
) -> Result<Json<CancellationView>, Problem> {
    caller.needs(Scope::EventsRead)?;
    Ok(Json(view(&state, &caller, event, query).await?))
}

impl CancelEvent {
    fn form(&self) -> CancelForm {
        let number = |n: Option<u32>| n.map(|it| it.to_string()).unwrap_or_default();
        CancelForm {
            reason: self.reason.clone(),
            fee_percent: number(self.fee_percent),
            fee_per_ticket: number(self.fee_per_ticket),
            ticket_types: self.ticket_types.clone(),
        }
    }
}

impl From<Totals> for CancellationTotals {
    fn from(totals: Totals) -> Self {
        Self {
            refund: totals.back.minor(),
            kept: totals.kept.minor(),
            refunded_before: totals.back_before.minor(),
            fees_lost: totals.fees_lost.minor(),
            fees_taken: totals.fees_taken.minor(),
        }
    }
}

impl From<&Plan> for CancellationPlan {
    fn from(plan: &Plan) -> Self {
        let by_method = plan.by_method.iter().map(|it| CancellationMethod {
            method: it.method,
            orders: it.n_orders,
            totals: it.total.into(),
        });
        let needs_account = plan.needs_account.iter().map(|it| AccountNeeded {
            order: it.order,
            code: it.code.clone(),
            buyer_name: it.buyer_name.clone(),
            refund: it.back.minor(),
        });
        Self {
            event: plan.event.id,
            currency: plan.event.currency.code(),
            orders: plan.n_orders,
            unpaid_orders: plan.n_unpaid,
            totals: plan.total.into(),
            by_method: by_method.collect(),
            needs_account: needs_account.collect(),
            fingerprint: plan.fingerprint(),
        }
    }
}

async fn view(
    state: &AppState,
    caller: &Caller,
    event: EventId,
    query: ResultQuery,
) -> Result<CancellationView, Problem> {
    let (deps, access) = (&state.deps, &caller.access);
    let found = progress(deps, access, event).await?;
    let page = list_results(deps, access, event, query.state, query.after).await?;
    let counts = found.totals.iter().map(|it| CancellationCount {
        state: it.state,
        orders: it.n_orders,
        refund: it.due_minor,
    });
    let steps = found.timeline.steps.iter().map(|it| CancellationStep {
        step: it.name,
        state: it.state,
        at: it.at,
    });
    let results = page.lines.iter().map(|it| CancellationResult {
        order: it.order,
        code: it.code.clone(),
        state: it.state,
        refund: it.due_minor,
        failure_code: it.failure_code.clone(),
    });
    Ok(CancellationView {
        event,
        state: found.timeline.state,
        reason: found.event.cancel_reason.clone(),
        currency: found.event.currency.code(),
        orders: found.n_orders(),
        ended_orders: found.n_ended(),
        refund: found.due().minor(),
        refunded: found.succeeded().minor(),
        counts: counts.collect(),
        steps: steps.collect(),
        results: results.collect(),
        next: page.next,
        started_at: found.process.started_at,
        finished_at: found.process.finished_at,
    })
}

impl From<CancelEventError> for Problem {
    fn from(error: CancelEventError) -> Self {
        match error {
            CancelEventError::Invalid(problems) => invalid(&problems),
            CancelEventError::NotFound => Self::new(Code::NotFound),
            CancelEventError::NotVisible | CancelEventError::Changed => {
                Self::new(Code::Conflict).with_detail(error.to_string())
            }
            CancelEventError::Busy => Self::new(Code::Busy),
            CancelEventError::Unexpected(error) => Self::unexpected(&error),
        }
    }
}
