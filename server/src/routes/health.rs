//! Is the process up, can it do its work, and in which figures.

use std::fmt::Write as _;

use axum::extract::State;
use axum::response::IntoResponse;
use axum::routing::get;
use axum::{Json, Router};
use http::{StatusCode, header};
use operations::reflection::BOUNDS;
use providers::BreakerState;
use serde_json::json;
use store::read::machinery;

use crate::state::AppState;

/// A queue that waits longer than this is not being worked on.
const LAG_SECONDS_MAX: i64 = 120;

/// `/healthz`, `/readyz`, `/metrics`.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/healthz", get(async || Json(json!({"status": "ok"}))))
        .route("/readyz", get(ready))
        .route("/metrics", get(figures))
}

async fn ready(State(state): State<AppState>) -> impl IntoResponse {
    let now = state.deps.clock.now();
    let queue = async {
        let mut conn = state.deps.db.acquire().await?;
        store::jobs::state(&mut conn, now).await
    };
    let queue = queue.await;
    let is_provider_up = state.deps.provider.breaker_state() != BreakerState::Open;
    let (queue_view, is_queue_moving) = match &queue {
        Ok(queue) => (
            json!({"status": if queue.lag_seconds > LAG_SECONDS_MAX { "late" } else { "ok" },
                   "ready": queue.n_ready, "lag_seconds": queue.lag_seconds, "dead_letters": queue.n_dead}),
            queue.lag_seconds <= LAG_SECONDS_MAX,
        ),
        Err(_) => (json!({"status": "unknown"}), false),
    };
    let is_ready = queue.is_ok() && is_queue_moving;
    let counters = match state.limits.is_cache_down() {
        None => "local",
        Some(true) => "down",
        Some(false) => "ok",
    };
    let view = json!({
        "status": if is_ready { "ok" } else { "not_ready" },
        "database": {"status": if queue.is_ok() { "ok" } else { "down" }},
        "queue": queue_view,
        // A provider that is down stops payments, not pages: told, but no reason to take this node out.
        "provider": {"status": if is_provider_up { "ok" } else { "circuit_open" }},
        // Likewise: without the shared counters only what moves money is refused.
        "counters": {"status": counters},
    });
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, [(header::CACHE_CONTROL, "no-store")], Json(view))
}

async fn figures(State(state): State<AppState>) -> impl IntoResponse {
    if let Err(error) = measure(&state).await {
        tracing::warn!(%error, "the database could not be measured");
    }
    let reflection = reflection(&state).await.unwrap_or_else(|error| {
        tracing::warn!(%error, "reflection could not be read");
        String::new()
    });
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(header::CONTENT_TYPE, kind)], format!("{}{reflection}", state.metrics.0.render()))
}

/// Reads what only the database knows.
async fn measure(state: &AppState) -> anyhow::Result<()> {
    let now = state.deps.clock.now();
    let mut conn = state.deps.db.acquire().await?;
    let queue = store::jobs::state(&mut conn, now).await?;
    gauge("jobs_ready", queue.n_ready);
    gauge("jobs_scheduled", queue.n_later);
    gauge("jobs_dead", queue.n_dead);
    gauge("jobs_lag_seconds", queue.lag_seconds);
    let lag = store::webhook_events::lag_seconds(&mut conn, now).await?;
    gauge("webhook_lag_seconds", lag);
    for (rule, n) in store::alerts::count_open_by_rule(&mut conn).await? {
        metrics::gauge!("alerts_open", "rule" => rule).set(float(n));
    }
    for (status, n) in machinery::count_recent_payments(&mut conn, now).await? {
        metrics::gauge!("payments_last_day", "status" => status).set(float(n));
    }
    for (status, n) in machinery::count_recent_mails(&mut conn, now).await? {
        metrics::gauge!("mails_last_day", "status" => status).set(float(n));
    }
    Ok(())
}

/// From the provider's capture to our commit, as a histogram counted in the database: every process tells the same one.
async fn reflection(state: &AppState) -> anyhow::Result<String> {
    let name = "payment_reflection_seconds";
    let mut conn = state.deps.db.acquire().await?;
    let buckets = store::reflection::histogram(&mut conn, None).await?;
    let below = |bound: i32| -> i64 {
        buckets.iter().filter(|it| it.seconds_max <= bound).map(|it| it.n_payments).sum()
    };
    let mut text = format!("# TYPE {name} histogram\n");
    for bound in BOUNDS {
        writeln!(text, "{name}_bucket{{le=\"{bound}\"}} {}", below(bound))?;
    }
    let (n, seconds) = (below(i32::MAX), buckets.iter().map(|it| it.seconds_sum).sum::<i64>());
    writeln!(text, "{name}_bucket{{le=\"+Inf\"}} {n}\n{name}_sum {seconds}\n{name}_count {n}")?;
    Ok(text)
}

fn gauge(name: &'static str, value: i64) {
    metrics::gauge!(name).set(float(value));
}

/// Prometheus speaks floats; counts stay far below where they lose digits.
fn float(value: i64) -> f64 {
    i32::try_from(value).map_or(f64::from(i32::MAX), f64::from)
}
