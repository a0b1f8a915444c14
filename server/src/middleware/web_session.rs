//! Signed-in browsers: the cookie, and how long it lives.

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use operations::account::sessions::AGE_KEY as AGE;
use store::web_sessions::WebSessions;
use time::Duration;
use tower_sessions::cookie::SameSite;
use tower_sessions::{Expiry, Session, SessionManagerLayer};

use crate::state::AppState;

/// A browser that does not come back for so long is signed out.
const IDLE_MAX: Duration = Duration::days(14);
/// However often it comes back.
const AGE_MAX: Duration = Duration::days(60);
/// Coming back is noted once in this time, so that most requests write nothing.
const NOTED_EVERY: Duration = Duration::days(1);
/// When a session began and was last noted, in seconds since 1970. Signing in leaves none of it behind.
type Age = (i64, i64);

/// The name of the cookie.
pub fn cookie_name(state: &AppState) -> &'static str {
    if state.is_https() { "__Host-eventpay" } else { "eventpay" }
}

/// The layer that reads and writes the cookie.
pub fn layer(state: &AppState) -> SessionManagerLayer<WebSessions> {
    SessionManagerLayer::new(WebSessions::new(state.deps.db.clone()))
        .with_name(cookie_name(state))
        .with_secure(state.is_https())
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        .with_path("/")
        .with_expiry(Expiry::OnInactivity(IDLE_MAX))
        .with_always_save(false)
}

/// Prolongs a session in use, and ends it when it is too old.
pub async fn keep_age(
    State(state): State<AppState>,
    session: Session,
    request: Request,
    next: Next,
) -> Response {
    let now = state.deps.clock.now().unix_timestamp();
    if session.id().is_some() && !session.is_empty().await {
        let age: Option<Age> = session.get(AGE).await.ok().flatten();
        let outcome = match age {
            Some((began, _)) if now.saturating_sub(began) > AGE_MAX.whole_seconds() => {
                session.flush().await
            }
            Some((began, noted)) if now.saturating_sub(noted) > NOTED_EVERY.whole_seconds() => {
                session.insert(AGE, (began, now)).await
            }
            Some(_) => Ok(()),
            None => session.insert(AGE, (now, now)).await,
        };
        if let Err(error) = outcome {
            tracing::warn!(%error, "a web session could not be kept up");
        }
    }
    next.run(request).await
}
