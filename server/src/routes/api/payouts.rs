//! Payouts over the API: what was paid out, and what of which event.

use axum::Json;
use domain::ids::{EventId, PayoutId};
use domain::limits::PAGE_ROWS_MAX;
use operations::api_keys::Scope;
use operations::payouts::PayoutError;
use operations::payouts::show::{self, Payout, PayoutDetail, PayoutLine};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::routes::api::caller::{Caller, Walled};
use crate::routes::api::problem::{Code, Problem};
use crate::routes::api::strict::{PathId, StrictQuery};

/// Rows of a page unless the caller says otherwise.
const LIMIT: i64 = 50;

/// A payout.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutView {
    #[schema(value_type = String, example = "po_01k…")]
    id: PayoutId,
    /// What the payee's bank shows.
    code: String,
    /// `draft`, `approved`, `submitted`, `paid`, `failed`, `returned` or `cancelled`.
    #[schema(example = "paid")]
    status: String,
    /// In minor units.
    amount: i64,
    currency: &'static str,
    #[serde(with = "time::serde::rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    created_at: OffsetDateTime,
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    submitted_at: Option<OffsetDateTime>,
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    paid_at: Option<OffsetDateTime>,
    /// Why it failed or came back; empty otherwise.
    reason: String,
}

/// What of an event a payout holds, in minor units; the amount is what is left when the rest is taken off the sales.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutLineView {
    #[schema(value_type = String, example = "evt_01k…")]
    event: EventId,
    title: String,
    sales: i64,
    platform_fees: i64,
    provider_fees: i64,
    refunds: i64,
    disputes: i64,
    paid_before: i64,
    reserve: i64,
    amount: i64,
}

/// A payout with what it is made of.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutDetailView {
    #[serde(flatten)]
    payout: PayoutView,
    lines: Vec<PayoutLineView>,
}

/// A page of payouts.
#[derive(Debug, Serialize, ToSchema)]
pub struct PayoutPage {
    data: Vec<PayoutView>,
    /// Where the next page begins; absent on the last.
    #[schema(value_type = Option<String>)]
    next: Option<PayoutId>,
}

/// Which page.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    after: Option<PayoutId>,
    limit: Option<i64>,
}

/// Lists payouts, newest first.
#[utoipa::path(get, path = "/api/v1/payouts", tag = "payouts",
    params(("after" = Option<String>, Query, description = "`next` of the page before"),
           ("limit" = Option<i64>, Query, description = "1 to 100; 50 unless given", minimum = 1, maximum = 100)),
    responses((status = 200, body = PayoutPage)))]
pub async fn list_payouts(
    Walled(state): Walled,
    caller: Caller,
    StrictQuery(query): StrictQuery<PageQuery>,
) -> Result<Json<PayoutPage>, Problem> {
    let access = caller.needs(Scope::LedgerRead)?;
    let limit = query.limit.unwrap_or(LIMIT);
    if !(1..=PAGE_ROWS_MAX).contains(&limit) {
        let detail = format!("limit: 1 to {PAGE_ROWS_MAX}");
        return Err(Problem::new(Code::MalformedQuery).with_detail(detail));
    }
    // One row more than asked for tells whether there is another page.
    let asked = limit.saturating_add(1);
    let found = show::payouts(&state.deps, access, query.after, asked).await;
    let mut found = found.map_err(|error| Problem::unexpected(&error))?;
    let wanted = usize::try_from(limit).unwrap_or_default();
    let is_more = found.len() > wanted;
    found.truncate(wanted);
    let next = found.last().map(|it| it.id).filter(|_| is_more);
    Ok(Json(PayoutPage { data: found.into_iter().map(view).collect(), next }))
}

/// Reads a payout with what it is made of.
#[utoipa::path(get, path = "/api/v1/payouts/{id}", tag = "payouts",
    params(("id" = String, Path, description = "`po_…`")),
    responses((status = 200, body = PayoutDetailView)))]
pub async fn get_payout(
    Walled(state): Walled,
    caller: Caller,
    PathId(payout): PathId<PayoutId>,
) -> Result<Json<PayoutDetailView>, Problem> {
    let access = caller.needs(Scope::LedgerRead)?;
    let found = show::payout(&state.deps, access, payout).await?;
    let PayoutDetail { payout, lines, .. } = found;
    Ok(Json(PayoutDetailView {
        payout: view(payout),
        lines: lines.into_iter().map(line).collect(),
    }))
}

fn view(payout: Payout) -> PayoutView {
    PayoutView {
        id: payout.id,
        code: payout.code,
        status: payout.status.to_string(),
        amount: payout.amount.minor(),
        currency: payout.amount.currency().code(),
        created_at: payout.created_at,
        submitted_at: payout.submitted_at,
        paid_at: payout.paid_at,
        reason: payout.end_reason,
    }
}

fn line(line: PayoutLine) -> PayoutLineView {
    PayoutLineView {
        event: line.event,
        title: line.event_title,
        sales: line.sales.minor(),
        platform_fees: line.platform_fees.minor(),
        provider_fees: line.provider_fees.minor(),
        refunds: line.refunds.minor(),
        disputes: line.disputes.minor(),
        paid_before: line.paid_before.minor(),
        reserve: line.reserve.minor(),
        amount: line.amount.minor(),
    }
}

impl From<PayoutError> for Problem {
    fn from(error: PayoutError) -> Self {
        match error {
            PayoutError::NotFound => Self::new(Code::NotFound),
            PayoutError::Busy => Self::new(Code::Busy),
            PayoutError::Unexpected(error) => Self::unexpected(&error),
            other => Self::new(Code::Conflict).with_detail(other.to_string()),
        }
    }
}
