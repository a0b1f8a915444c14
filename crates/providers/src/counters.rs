//! Counters that all nodes share, in a store that speaks Redis's protocol: how often somebody came within a window.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Client, RedisError};
use tokio::sync::Mutex;

use crate::outcome::SetupError;
use crate::secret::Secret;

/// A counter is asked before the work: whoever waits longer for it than this waits for nothing.
const PATIENCE: Duration = Duration::from_millis(800);
/// After a failure nobody asks for so long, so that a store that is down delays one request a second and not each.
const REST: Duration = Duration::from_secs(1);

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
    is_down: AtomicBool,
}

enum Connection {
    Open(MultiplexedConnection),
    /// Not to be tried before.
    Closed(Instant),
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
        let connection = Mutex::new(Connection::Closed(Instant::now()));
        Ok(Self(Arc::new(Inner { client, connection, is_down: AtomicBool::new(false) })))
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

    async fn try_to_count(&self, tallies: &[Tally]) -> Result<Vec<Counted>, CountersDown> {
        let mut connection = self.connection().await?;
        // Plain commands, no script: every store of this protocol knows them.
        let mut pipe = redis::pipe();
        pipe.atomic();
        for Tally { key, window } in tallies {
            let window = millis(*window);
            pipe.cmd("SET").arg(key).arg(0).arg("PX").arg(window).arg("NX").ignore();
            pipe.cmd("INCR").arg(key).cmd("PTTL").arg(key);
        }
        let asked = pipe.query_async::<Vec<i64>>(&mut connection);
        let Ok(Ok(answer)) = tokio::time::timeout(PATIENCE, asked).await else {
            return Err(self.failed().await);
        };
        let mut counted = Vec::with_capacity(tallies.len());
        for (tally, pair) in tallies.iter().zip(answer.chunks(2)) {
            let [n, left] = pair else { return Err(self.failed().await) };
            if *left < 0 {
                // It ended between two of our commands and was born without an end.
                self.end(&mut connection, tally).await?;
            }
            let left = u64::try_from(*left).map_or(tally.window, Duration::from_millis);
            counted.push(Counted { n: u64::try_from(*n).unwrap_or_default(), left });
        }
        Ok(counted)
    }

    async fn end(
        &self,
        connection: &mut MultiplexedConnection,
        tally: &Tally,
    ) -> Result<(), CountersDown> {
        let mut command = redis::cmd("PEXPIRE");
        command.arg(&tally.key).arg(millis(tally.window));
        let ended: Result<Result<i64, RedisError>, _> =
            tokio::time::timeout(PATIENCE, command.query_async(connection)).await;
        if matches!(ended, Ok(Ok(_))) { Ok(()) } else { Err(self.failed().await) }
    }

    async fn connection(&self) -> Result<MultiplexedConnection, CountersDown> {
        let mut slot = self.0.connection.lock().await;
        match &*slot {
            Connection::Open(connection) => return Ok(connection.clone()),
            Connection::Closed(until) if *until > Instant::now() => return Err(CountersDown),
            Connection::Closed(_) => {}
        }
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE));
        let opened = self.0.client.get_multiplexed_async_connection_with_config(&config);
        match tokio::time::timeout(PATIENCE, opened).await {
            Ok(Ok(connection)) => {
                *slot = Connection::Open(connection.clone());
                Ok(connection)
            }
            Ok(Err(_)) | Err(_) => {
                *slot = Connection::Closed(later());
                Err(CountersDown)
            }
        }
    }

    async fn failed(&self) -> CountersDown {
        *self.0.connection.lock().await = Connection::Closed(later());
        CountersDown
    }
}

fn later() -> Instant {
    let now = Instant::now();
    now.checked_add(REST).unwrap_or(now)
}

fn millis(window: Duration) -> u64 {
    u64::try_from(window.as_millis()).unwrap_or(u64::MAX)
}
