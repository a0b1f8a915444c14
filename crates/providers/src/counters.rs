//! Counters that all nodes share, in a store that speaks Redis's protocol: how often somebody came within a window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError};
use tokio::sync::Mutex;

use crate::outcome::SetupError;
use crate::secret::Secret;

/// A counter is asked before the work: whoever waits longer for it than this waits for nothing.
const PATIENCE: Duration = Duration::from_millis(800);
/// After a failure nobody asks for so long, and longer while it fails again: those who come while a store that is down
/// is tried wait for it.
const REST: Duration = Duration::from_secs(1);
const REST_MAX: Duration = Duration::from_secs(16);

/// The store did not answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store of counters did not answer")]
pub struct CountersDown;

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    pub key: String,
    /// How long the counter lives from its first count.
    pub window: Duration,
}

/// How a counter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    /// With this time.
    pub n: u64,
    /// Until it begins anew.
    pub left: Duration,
}

/// The shared counters. Connects when first asked, and again after a failure.
#[derive(Clone)]
pub struct Counters(Arc<Inner>);

struct Inner {
    client: Client,
    connection: Mutex<Connection>,
    n_opened: AtomicU64,
    is_down: AtomicBool,
}

/// The number tells connections apart: who fails late on an earlier one does not close the one after it.
#[derive(Clone)]
struct Numbered {
    number: u64,
    connection: MultiplexedConnection,
}

enum Connection {
    Open(Numbered),
    /// Not to be tried before `until`; after one more failure, not for twice as long.
    Closed {
        until: Instant,
        rest: Duration,
    },
}

impl std::fmt::Debug for Counters {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Counters")
    }
}

impl Counters {
    /// Counters at `redis://…`, or `rediss://…` over TLS.
    ///
    /// # Errors
    /// When the address cannot be one.
    pub fn new(url: &Secret) -> Result<Self, SetupError> {
        // Two sets of ciphers are in the tree; without a choice the client would not know which to take.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::open(url.expose()).map_err(|_| SetupError::Counters)?;
        let connection = Mutex::new(Connection::Closed { until: Instant::now(), rest: REST });
        let (n_opened, is_down) = (AtomicU64::new(0), AtomicBool::new(false));
        Ok(Self(Arc::new(Inner { client, connection, n_opened, is_down })))
    }

    /// Counts one more on each, all in one step that nothing comes between.
    ///
    /// # Errors
    /// [`CountersDown`].
    pub async fn count(&self, tallies: &[Tally]) -> Result<Vec<Counted>, CountersDown> {
        let outcome = self.try_to_count(tallies).await;
        let is_down = outcome.is_err();
        if self.0.is_down.swap(is_down, Ordering::Relaxed) != is_down {
            if is_down {
                tracing::error!("the shared counters do not answer: money routes refuse");
            } else {
                tracing::info!("the shared counters answer again");
            }
        }
        outcome
    }

    /// Whether the last question went unanswered.
    pub fn is_down(&self) -> bool {
        self.0.is_down.load(Ordering::Relaxed)
    }

    /// A connection that broke while nobody used it (the store restarted, or closed what was idle) is opened anew at
    /// once; a store that is silent is left alone for a while.
    async fn try_to_count(&self, tallies: &[Tally]) -> Result<Vec<Counted>, CountersDown> {
        let mut connection = self.connection().await?;
        match ask(&mut connection.connection, tallies).await {
            Ok(counted) => return Ok(counted),
            Err(Failed::Broken) => self.closed(connection.number, Instant::now()).await,
            Err(Failed::Silent) => {
                self.closed(connection.number, after(REST)).await;
                return Err(CountersDown);
            }
        }
        let mut connection = self.connection().await?;
        match ask(&mut connection.connection, tallies).await {
            Ok(counted) => Ok(counted),
            Err(_) => {
                self.closed(connection.number, after(REST)).await;
                Err(CountersDown)
            }
        }
    }

    async fn connection(&self) -> Result<Numbered, CountersDown> {
        let mut slot = self.0.connection.lock().await;
        let rest = match &*slot {
            Connection::Open(connection) => return Ok(connection.clone()),
            Connection::Closed { until, .. } if *until > Instant::now() => {
                return Err(CountersDown);
            }
            Connection::Closed { rest, .. } => *rest,
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let opened = self.0.client.get_multiplexed_async_connection_with_config(&config);
        match tokio::time::timeout(PATIENCE, opened).await {
            Ok(Ok(connection)) => {
                let number = self.0.n_opened.fetch_add(1, Ordering::Relaxed);
                let opened = Numbered { number, connection };
                *slot = Connection::Open(opened.clone());
                Ok(opened)
            }
            Ok(Err(_)) | Err(_) => {
                let next = rest.saturating_mul(2).min(REST_MAX);
                *slot = Connection::Closed { until: after(rest), rest: next };
                Err(CountersDown)
            }
        }
    }

    /// Closes this connection, and no other that was opened since.
    async fn closed(&self, number: u64, until: Instant) {
        let mut slot = self.0.connection.lock().await;
        if matches!(&*slot, Connection::Open(open) if open.number == number) {
            *slot = Connection::Closed { until, rest: REST };
        }
    }
}

/// Why there is no answer.
enum Failed {
    /// The connection is of no use any more.
    Broken,
    /// Nobody answers in time.
    Silent,
}

impl From<RedisError> for Failed {
    fn from(error: RedisError) -> Self {
        if error.is_timeout() { Self::Silent } else { Self::Broken }
    }
}

async fn ask(
    connection: &mut MultiplexedConnection,
    tallies: &[Tally],
) -> Result<Vec<Counted>, Failed> {
    // Plain commands, no script: every store of this protocol knows them.
    let mut pipe = redis::pipe();
    pipe.atomic();
    for Tally { key, window } in tallies {
        let window = millis(*window);
        pipe.cmd("SET").arg(key).arg(0).arg("PX").arg(window).arg("NX").ignore();
        pipe.cmd("INCR").arg(key).cmd("PTTL").arg(key);
    }
    let asked = pipe.query_async::<Vec<i64>>(connection);
    let answer = tokio::time::timeout(PATIENCE, asked).await.map_err(|_| Failed::Silent)??;
    let mut counted = Vec::with_capacity(tallies.len());
    for (tally, pair) in tallies.iter().zip(answer.chunks(2)) {
        let [n, left] = pair else { return Err(Failed::Broken) };
        if *left < 0 {
            // It ended between two of our commands and was born without an end.
            end(connection, tally).await?;
        }
        let left = u64::try_from(*left).map_or(tally.window, Duration::from_millis);
        counted.push(Counted { n: u64::try_from(*n).unwrap_or_default(), left });
    }
    Ok(counted)
}

async fn end(connection: &mut MultiplexedConnection, tally: &Tally) -> Result<(), Failed> {
    let mut command = redis::cmd("PEXPIRE");
    command.arg(&tally.key).arg(millis(tally.window));
    let ended = command.query_async::<i64>(connection);
    tokio::time::timeout(PATIENCE, ended).await.map_err(|_| Failed::Silent)??;
    Ok(())
}

fn after(rest: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(rest).unwrap_or(now)
}

fn millis(window: Duration) -> u64 {
    u64::try_from(window.as_millis()).unwrap_or(u64::MAX)
}
