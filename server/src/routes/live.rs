//! A dashboard that stays true: a snapshot on connect, another after every change, by server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, Query, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use domain::ids::{EventId, Id as _};
use futures::Stream;
use http::{StatusCode, header};
use operations::access::AccessError;
use operations::events::live_token::{self, LiveTokenError, Watcher};
use operations::events::summary;
use serde::Deserialize;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::state::AppState;

/// Changes within this time become one message.
const COALESCED: Duration = Duration::from_millis(150);
/// Proxies close what is silent.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// Announcements that a slow page may be behind before it is simply told to look again.
const BEHIND_MAX: usize = 1024;

/// What changed: one event, or, after a lost connection to the database, maybe any.
type Change = Option<Uuid>;

/// Passes the database's announcements to every open page of this process.
#[derive(Debug, Clone)]
pub struct LiveHub {
    changes: broadcast::Sender<Change>,
    n_announced: Arc<AtomicU64>,
    closing: CancellationToken,
}

impl LiveHub {
    /// A hub that ends its streams when `closing` is cancelled.
    pub fn new(closing: CancellationToken) -> Self {
        let (changes, _) = broadcast::channel(BEHIND_MAX);
        Self { changes, n_announced: Arc::default(), closing }
    }

    /// Grows with every announcement.
    pub fn n_announced(&self) -> u64 {
        self.n_announced.load(Ordering::Relaxed)
    }

    /// Tells the pages of an event, or of all events, that something changed.
    pub fn announce(&self, change: Change) {
        self.n_announced.fetch_add(1, Ordering::Relaxed);
        // An error means that nobody looks.
        let _ = self.changes.send(change);
    }
}

#[derive(Debug, Deserialize)]
struct Ticket {
    #[serde(default)]
    token: String,
}

/// `/live/events/{id}` and its snapshot, for pages that cannot keep a stream.
pub fn routes() -> Router<AppState> {
    Router::new()
        .route("/live/events/{id}", get(stream))
        .route("/live/events/{id}/snapshot", get(snapshot))
}

/// Who looks at which event, by the token the page was given.
async fn look(state: &AppState, id: &str, token: &str) -> Result<Look, StatusCode> {
    let event: EventId = id.parse().map_err(|_| StatusCode::NOT_FOUND)?;
    match live_token::verify(&state.deps, event, token).await {
        Ok(watcher) => Ok(Look { watcher, event }),
        Err(LiveTokenError::Access(AccessError::Unexpected(error))) => {
            tracing::warn!("a live page could not be let in: {error:#}");
            Err(StatusCode::SERVICE_UNAVAILABLE)
        }
        Err(_) => Err(StatusCode::FORBIDDEN),
    }
}

#[derive(Debug, Clone, Copy)]
struct Look {
    watcher: Watcher,
    event: EventId,
}

async fn snapshot(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(ticket): Query<Ticket>,
) -> Response {
    let look = match look(&state, &id, &ticket.token).await {
        Ok(look) => look,
        Err(status) => return status.into_response(),
    };
    match take(&state, look).await {
        Taken::State(id, body) => {
            let kind = (header::CONTENT_TYPE, "application/json".to_owned());
            let caching = (header::CACHE_CONTROL, "no-store".to_owned());
            ([kind, caching, (header::ETAG, format!("\"{id}\""))], body).into_response()
        }
        Taken::Over => StatusCode::FORBIDDEN.into_response(),
        Taken::Unknown => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// `Last-Event-ID` needs no memory here: the first message is the whole state, whatever was missed.
async fn stream(
    State(state): State<AppState>,
    Path(id): Path<String>,
    Query(ticket): Query<Ticket>,
) -> Response {
    let look = match look(&state, &id, &ticket.token).await {
        Ok(look) => look,
        Err(status) => return status.into_response(),
    };
    let messages = messages(state, look);
    let caching = [
        (header::CACHE_CONTROL, "no-store"),
        (header::HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let keep_alive = KeepAlive::new().interval(HEARTBEAT).text("");
    (caching, Sse::new(messages).keep_alive(keep_alive)).into_response()
}

fn messages(state: AppState, look: Look) -> impl Stream<Item = Result<Event, Infallible>> {
    // Listening begins before the first look, so that nothing falls between.
    let changes = state.live.changes.subscribe();
    let begin = (state, changes, None::<String>);
    futures::stream::unfold(begin, move |(state, mut changes, last)| async move {
        let mut last = last;
        loop {
            if last.is_some() && !changed(&state, &mut changes, look.event).await {
                return None;
            }
            match take(&state, look).await {
                // Compared whole: facts are numbered before they are committed, so a number can come late.
                Taken::State(_, body) if last.as_ref() == Some(&body) => {}
                Taken::State(id, body) => {
                    let message = Event::default().event("summary").id(id.to_string()).data(&body);
                    return Some((Ok(message), (state, changes, Some(body))));
                }
                Taken::Over => return None,
                Taken::Unknown => {
                    // The page keeps what it shows; the next change, or its own reconnecting, brings the news.
                    last = Some(last.unwrap_or_default());
                }
            }
        }
    })
}

/// Waits until the event changed, and a moment more for what follows at once; `false` when the server closes.
async fn changed(
    state: &AppState,
    changes: &mut broadcast::Receiver<Change>,
    event: EventId,
) -> bool {
    loop {
        let change = tokio::select! {
            change = changes.recv() => change,
            () = state.live.closing.cancelled() => return false,
        };
        match change {
            Ok(Some(changed)) if changed != event.uuid() => {}
            Ok(_) | Err(RecvError::Lagged(_)) => {
                tokio::time::sleep(COALESCED).await;
                *changes = changes.resubscribe();
                return true;
            }
            Err(RecvError::Closed) => return false,
        }
    }
}

/// What a look at the event brings.
enum Taken {
    /// The number of its last change, and its state.
    State(i64, String),
    /// The database did not answer.
    Unknown,
    /// Whoever watched may not any more.
    Over,
}

async fn take(state: &AppState, look: Look) -> Taken {
    let told = async {
        let access = live_token::still(&state.deps, &look.watcher, look.event).await?;
        let summary = summary::summary(&state.deps.of(&access), &access, look.event).await;
        summary.map_err(|error| AccessError::Unexpected(error.into()))
    };
    match told.await {
        Ok(summary) => serde_json::to_string(&summary)
            .map_or(Taken::Unknown, |body| Taken::State(summary.last_fact, body)),
        Err(AccessError::Unexpected(error)) => {
            tracing::warn!(event.id = %look.event, "a live page could not be fed: {error:#}");
            Taken::Unknown
        }
        Err(_) => Taken::Over,
    }
}
