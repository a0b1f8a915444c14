//! Settlements of the provider over the API: the organizer's own part of each.

use axum::Json;
use operations::api_keys::Scope;
use operations::settlements::list::{OrganizerSettlement, list_settlements};
use serde::Serialize;
use time::OffsetDateTime;
use utoipa::ToSchema;

use crate::routes::api::caller::{Caller, Walled};
use crate::routes::api::problem::Problem;

/// What of a settlement is the organizer's.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettlementView {
    id: String,
    /// The provider's own number.
    reference: String,
    /// The provider's word: `paid`, or what became of it afterwards: `bounced`, `cancelled`, `suspended`, `pending`.
    status: String,
    cycle: String,
    #[serde(with = "time::serde::rfc3339::option")]
    #[schema(value_type = Option<String>, format = DateTime)]
    settled_at: Option<OffsetDateTime>,
    n_lines: i64,
    currency: &'static str,
    /// What came in less what went back, in minor units.
    amount: i64,
    /// What the provider kept of it, tax included.
    fees: i64,
    /// What does not add up: `missing_there`, `other_amount`, `other_fee`.
    differences: Vec<String>,
}

/// The organizer's settlements, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Settlements {
    data: Vec<SettlementView>,
}

/// Tells what the provider settled of the organizer's payments, refunds and chargebacks.
#[utoipa::path(get, path = "/api/v1/settlements", tag = "ledger",
    responses((status = 200, body = Settlements)))]
pub async fn list_own_settlements(
    Walled(state): Walled,
    caller: Caller,
) -> Result<Json<Settlements>, Problem> {
    let access = caller.needs(Scope::LedgerRead)?;
    let found = list_settlements(&state.deps, access).await.map_err(Problem::from_store)?;
    Ok(Json(Settlements { data: found.into_iter().map(view).collect() }))
}

fn view(it: OrganizerSettlement) -> SettlementView {
    SettlementView {
        id: it.id.to_string(),
        reference: it.reference,
        status: it.status,
        cycle: it.cycle,
        settled_at: it.settled_at,
        n_lines: it.n_lines,
        currency: it.amount.currency().code(),
        amount: it.amount.minor(),
        fees: it.fees.minor(),
        differences: it.differences.iter().map(ToString::to_string).collect(),
    }
}
