//! Refunds over the API.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use data_encoding::HEXLOWER;
use domain::ids::PaymentId;
use domain::money::Money;
use domain::permission::Permission;
use http::StatusCode;
use operations::api_keys::Scope;
use operations::refunds::request::{RefundError, RequestRefund, request_refund};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use utoipa::ToSchema;

use crate::routes::api::caller::{Caller, Walled};
use crate::routes::api::orders::{RefundView, refund_view};
use crate::routes::api::problem::{Code, FieldError, Problem};
use crate::routes::api::strict::{PathId, StrictJson};

/// A refund to be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateRefund {
    /// In minor units; absent, all that is left.
    #[schema(example = 1500, minimum = 1)]
    amount: Option<i64>,
    #[serde(default)]
    #[schema(max_length = 500)]
    reason: String,
    /// Whether the order ends too: its tickets become void and its places free.
    #[serde(default)]
    cancel_order: bool,
}

/// Gives money back, in part or all of it.
#[utoipa::path(post, path = "/api/v1/payments/{id}/refunds", tag = "refunds", request_body = CreateRefund,
    params(("id" = String, Path, description = "`pay_…`")),
    responses((status = 201, body = RefundView)))]
pub async fn create_refund(
    Walled(state): Walled,
    caller: Caller,
    PathId(payment): PathId<PaymentId>,
    StrictJson(wish): StrictJson<CreateRefund>,
) -> Result<Response, Problem> {
    let access = caller.needs(Scope::RefundsWrite)?;
    let mut conn = state.deps.db.acquire().await.map_err(Problem::from_store)?;
    let found = store::payments::get(&mut conn, payment).await.map_err(Problem::from_store)?;
    let organizer = access.organizer_for(Permission::RefundPayments);
    if found.organizer != organizer.map_err(Problem::from_store)? {
        return Err(Problem::new(Code::NotFound));
    }
    let left = found.captured.minor().saturating_sub(found.refunds.minor());
    let amount = Money::new(wish.amount.unwrap_or(left), found.amount.currency());
    drop(conn);
    let command = RequestRefund {
        payment,
        amount,
        reason: wish.reason,
        cancels_order: wish.cancel_order,
        idempotency_key: caller.idempotency_key.as_deref().map(inner_key),
    };
    let refund = request_refund(&state.deps, access, command).await?;
    let mut conn = state.deps.db.acquire().await.map_err(Problem::from_store)?;
    let refund = store::refunds::get(&mut conn, refund).await.map_err(Problem::from_store)?;
    Ok((StatusCode::CREATED, Json(refund_view(refund))).into_response())
}

/// The operation keeps keys by organizer; hashed, they fit beside those of pages.
fn inner_key(key: &str) -> String {
    format!("api:{}", HEXLOWER.encode(&Sha256::digest(key.as_bytes())))
}

impl From<RefundError> for Problem {
    fn from(error: RefundError) -> Self {
        let code = match &error {
            RefundError::NotFound => Code::NotFound,
            RefundError::NotCaptured => Code::NotRefundable,
            RefundError::TooMuch { .. } => Code::RefundExceedsCaptured,
            RefundError::CreditFirst { .. } => Code::Conflict,
            RefundError::MalformedAmount => return invalid("amount", &error),
            RefundError::MalformedReason => return invalid("reason", &error),
            RefundError::MalformedKey => Code::MalformedKey,
            RefundError::KeyReused => Code::KeyReused,
            RefundError::StillRunning => Code::StillRunning,
            RefundError::Busy => Code::Busy,
            RefundError::Unexpected(error) => return Self::unexpected(error),
        };
        Self::new(code).with_detail(error.to_string())
    }
}

fn invalid(field: &str, error: &RefundError) -> Problem {
    let error = FieldError { field: field.to_owned(), detail: error.to_string() };
    Problem::new(Code::Invalid).with_errors(vec![error])
}
