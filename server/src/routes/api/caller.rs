//! Who calls the API: the key behind `Authorization: Bearer`, what it may do, and how often.

use app::ssr::lang_of_headers;
use axum::extract::{FromRequestParts, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use domain::ids::OrganizerId;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use operations::access::{self, AccessError};
use operations::actor::OrganizerAccess;
use operations::api_keys::Scope;
use words::lang::Lang;

use crate::middleware::rate_limit;
use crate::routes::api::problem::{Code, Problem};
use crate::state::AppState;

/// Longer than any key of ours.
const BEARER_BYTES_MAX: usize = 200;

/// Proof that the request carried a key that works.
#[derive(Debug, Clone)]
pub struct Caller {
    pub access: OrganizerAccess,
    organizer: OrganizerId,
    scopes: Vec<Scope>,
    pub lang: Lang,
    /// The caller's name for what this request shall do once.
    pub idempotency_key: Option<String>,
}

impl Caller {
    /// Whose key it is, for the caller's own names of requests. Rows are found by the access alone.
    pub const fn organizer(&self) -> OrganizerId {
        self.organizer
    }

    /// Goes on only when the key may do this.
    ///
    /// # Errors
    /// With the scope that is missing.
    pub fn needs(&self, scope: Scope) -> Result<&OrganizerAccess, Problem> {
        if self.scopes.contains(&scope) {
            Ok(&self.access)
        } else {
            let detail = words::api::missing_scope_detail(scope.as_str(), self.lang);
            Err(Problem::for_want_of(scope).with_detail(detail))
        }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        parts.extensions.get::<Self>().cloned().ok_or(Problem::new(Code::Unauthorized))
    }
}

/// Everything a handler needs, where no other organizer's rows than the caller's are to be seen.
pub struct Walled(pub AppState);

impl FromRequestParts<AppState> for Walled {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, state).await?;
        Ok(Self(AppState { deps: state.deps.of(&caller.access), ..state.clone() }))
    }
}

/// Lets only callers with a working key through, each at its pace.
pub async fn authenticate(
    State(state): State<AppState>,
    mut request: Request,
    next: Next,
) -> Response {
    let caller = match caller(&state, request.headers().clone()).await {
        Ok(caller) => caller,
        Err(problem) if problem.is_unauthorized() => {
            tracing::warn!("no API key that works came with a request");
            let refusal = rate_limit::limit_wrong_key(&state, &request).await;
            return refusal.unwrap_or_else(|| problem.into_response());
        }
        Err(problem) => return problem.into_response(),
    };
    let key = caller.access.actor().id().unwrap_or_default().to_string();
    if let Some(refusal) = rate_limit::limit_key(&state, &request, key).await {
        return refusal;
    }
    let access = caller.access;
    request.extensions_mut().insert(caller);
    let response = next.run(request).await;
    let missing = response.extensions().get::<Problem>().and_then(Problem::missing_scope);
    if let Some(scope) = missing {
        let noted = access::note_refusal(&state.deps, &access, scope.as_str()).await;
        if let Err(error) = noted {
            tracing::error!("a refusal could not be written down: {error:#}");
        }
    }
    response
}

async fn caller(state: &AppState, headers: HeaderMap) -> Result<Caller, Problem> {
    let unauthorized = || Problem::new(Code::Unauthorized);
    let header = headers.get(AUTHORIZATION).ok_or_else(unauthorized)?;
    let (scheme, key) =
        header.to_str().ok().and_then(|it| it.split_once(' ')).ok_or_else(unauthorized)?;
    let key = key.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || key.len() > BEARER_BYTES_MAX {
        return Err(unauthorized());
    }
    let (access, scopes) = access::api_key_access(&state.deps, key).await?;
    let organizer = access.named();
    Ok(Caller { access, organizer, scopes, lang: lang_of_headers(&headers), idempotency_key: None })
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Unexpected(error) => Self::unexpected(&error),
            _ => Self::new(Code::Unauthorized),
        }
    }
}
