//! The organizer's books over the API.

use axum::Json;
use domain::permission::Permission;
use operations::api_keys::Scope;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::api::caller::{Caller, Walled};
use crate::routes::api::problem::Problem;

/// The balance of one account.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceView {
    /// `provider_clearing`, `organizer_payable`, `buyer_credit`, `refunds_payable`, `provider_fees`, `platform_fees`,
    /// `payouts_in_transit`, `disputes`, `organizer_bank` or `organizer_own`.
    #[schema(example = "organizer_payable")]
    account: String,
    currency: &'static str,
    /// In minor units; debits are positive, credits negative.
    balance: i64,
}

/// All of an organizer's balances.
#[derive(Debug, Serialize, ToSchema)]
pub struct Balances {
    data: Vec<BalanceView>,
}

/// Tells the balances of the organizer's ledger accounts.
#[utoipa::path(get, path = "/api/v1/ledger/balances", tag = "ledger",
    responses((status = 200, body = Balances)))]
pub async fn get_balances(
    Walled(state): Walled,
    caller: Caller,
) -> Result<Json<Balances>, Problem> {
    let access = caller.needs(Scope::LedgerRead)?;
    let organizer = access.organizer_for(Permission::ViewMoney).map_err(Problem::from_store)?;
    let mut conn = state.deps.db.acquire().await.map_err(Problem::from_store)?;
    let balances =
        store::ledger::list_balances(&mut conn, organizer).await.map_err(Problem::from_store)?;
    let data = balances.into_iter().map(|it| BalanceView {
        account: it.account.to_string(),
        currency: it.balance.currency().code(),
        balance: it.balance.minor(),
    });
    Ok(Json(Balances { data: data.collect() }))
}
