//! The pool of connections, and transactions that operations open.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use domain::ids::{Id as _, OrganizerId};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgListener, PgPool, PgPoolOptions};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, Postgres, Transaction};
use tokio::sync::Notify;

use crate::error::StoreError;

mod address;

/// What every function of this crate works on.
pub type Conn = PgConnection;

/// How long a request waits for a connection before it answers that we are busy.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection that lay idle for longer is tested before it is given out.
const TESTED_AFTER: Duration = Duration::from_secs(1);

/// Opens a transaction whose statements are planned once a connection, not once a call: those that take columns of a
/// batch look cheaper to the planner when it knows the batch, and cost more to plan than to run. What lists and searches
/// with optional conditions does it outside of transactions, where plans know their values.
const BEGIN: &str = "begin; set local plan_cache_mode = force_generic_plan";

/// Prepared statements that a connection keeps: more than there are queries.
const STATEMENTS_CACHED: usize = 1000;

static MIGRATIONS: sqlx::migrate::Migrator = sqlx::migrate!("../../migrations");

/// A name for exactly these migrations, so that tests know when a copied schema is out of date.
pub fn schema_version() -> String {
    let checksums = MIGRATIONS.iter().flat_map(|migration| migration.checksum.iter().copied());
    // FNV-1a: a name, not a secret.
    let hash = checksums.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    format!("{hash:016x}")
}

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    pool: PgPool,
    commits: Arc<Commits>,
    wall: Option<Wall>,
}

/// The second wall between organizers: whoever works for one of them works in a role that sees no other's rows
/// (migration `202611222500_walls`), even where a query forgot to ask for its organizer.
#[derive(Clone, Copy, Debug)]
struct Wall(OrganizerId);

impl Wall {
    /// `begin` with the wall, which stands until the transaction's end.
    fn behind(self, begin: &str) -> AssertSqlSafe<String> {
        // A UUID's own digits, never anybody's text.
        let organizer = self.0.uuid();
        AssertSqlSafe(format!(
            "{begin}; set local role eventpay_organizer; set local eventpay.organizer = '{organizer}'"
        ))
    }
}

/// The commits of this process.
#[derive(Debug, Default)]
struct Commits {
    news: Notify,
    n: AtomicU64,
}

impl Db {
    /// Connects; every statement is bounded in time, so that nothing waits for ever.
    ///
    /// # Errors
    /// When the address is malformed or the database cannot be reached.
    pub async fn connect(url: &str, connections_max: u32) -> Result<Self, StoreError> {
        let options = address::read(url)?
            .application_name("eventpay")
            .statement_cache_capacity(STATEMENTS_CACHED)
            .options([("statement_timeout", "15s"), ("lock_timeout", "5s"), ("timezone", "UTC")]);
        let pool = PgPoolOptions::new()
            .max_connections(connections_max)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A connection in use is known to work; asking it each time would be a round trip for every request.
            .test_before_acquire(false)
            .before_acquire(|conn, meta| {
                Box::pin(async move {
                    if meta.idle_for > TESTED_AFTER {
                        conn.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self { pool, commits: Arc::default(), wall: None })
    }

    /// Brings the schema up to this release. Safe to run from several processes at once.
    ///
    /// # Errors
    /// When a migration fails or was changed after it ran.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        MIGRATIONS.run(&self.pool).await.map_err(|error| StoreError::Unexpected(error.into()))
    }

    /// The same database, where nobody's rows but this organizer's are to be seen or changed.
    #[must_use]
    pub fn of_organizer(&self, organizer: OrganizerId) -> Self {
        Self { wall: Some(Wall(organizer)), ..self.clone() }
    }

    /// The whole database, for work that is done for everybody at once, whoever happens to do it.
    #[must_use]
    pub fn of_everybody(&self) -> Self {
        Self { wall: None, ..self.clone() }
    }

    /// A connection for statements that need no transaction; for one organizer, for reading only.
    ///
    /// # Errors
    /// When none is free in time.
    pub async fn acquire(&self) -> Result<PooledConn, StoreError> {
        Ok(match self.wall {
            None => PooledConn::Open(self.pool.acquire().await?),
            Some(wall) => PooledConn::Walled(self.open(wall.behind("begin read only")).await?),
        })
    }

    /// Opens a transaction; dropped without [`Tx::commit`] it leaves nothing.
    ///
    /// # Errors
    /// When no connection is free in time.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let inner = match self.wall {
            None => self.open(AssertSqlSafe(BEGIN.to_owned())).await?,
            Some(wall) => self.open(wall.behind(BEGIN)).await?,
        };
        Ok(Tx { inner, commits: Arc::clone(&self.commits) })
    }

    /// Opens a transaction in a task of its own, so that it is opened to the end even if nobody waits for it any more: a
    /// request that goes away in the middle would leave its connection inside of a transaction that the driver does not
    /// know of, and whoever gets the connection next would work in it.
    #[expect(clippy::disallowed_methods, reason = "the task ends with its statement")]
    async fn open(
        &self,
        begin: AssertSqlSafe<String>,
    ) -> Result<Transaction<'static, Postgres>, StoreError> {
        let pool = self.pool.clone();
        let opened = tokio::spawn(async move { pool.begin_with(begin).await });
        Ok(opened.await.map_err(|_| StoreError::Unexpected(sqlx::Error::WorkerCrashed))??)
    }

    /// Waits until a transaction of this process was committed; several in the meantime count as one.
    pub async fn committed(&self) {
        self.commits.news.notified().await;
    }

    /// How many transactions this process has committed.
    pub fn n_commits(&self) -> u64 {
        self.commits.n.load(Ordering::Relaxed)
    }

    /// Hears `NOTIFY` on `channels`, reconnecting by itself.
    ///
    /// # Errors
    /// When the first connection fails.
    pub async fn listen(&self, channels: &[&str]) -> Result<Listener, StoreError> {
        let mut listener = PgListener::connect_with(&self.pool).await?;
        listener.listen_all(channels.iter().copied()).await?;
        Ok(Listener(listener))
    }

    /// Whether the database answers.
    pub async fn is_up(&self) -> bool {
        sqlx::query_scalar!("select 1 as one").fetch_one(&self.pool).await.is_ok()
    }

    /// Closes every connection.
    pub async fn close(&self) {
        self.pool.close().await;
    }
}

/// A connection that goes back to the pool when dropped.
#[derive(Debug)]
pub enum PooledConn {
    Open(PoolConnection<Postgres>),
    /// The wall stands as long as its transaction.
    Walled(Transaction<'static, Postgres>),
}

impl Deref for PooledConn {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        match self {
            Self::Open(conn) => conn,
            Self::Walled(tx) => tx,
        }
    }
}

impl DerefMut for PooledConn {
    fn deref_mut(&mut self) -> &mut Conn {
        match self {
            Self::Open(conn) => conn,
            Self::Walled(tx) => tx,
        }
    }
}

/// An open transaction.
#[derive(Debug)]
pub struct Tx {
    inner: Transaction<'static, Postgres>,
    commits: Arc<Commits>,
}

impl Tx {
    /// Lets the commit not wait for the disk: it lasts from the next ordinary commit of this database on. For what
    /// nobody is told before such a commit follows; rows that many wait for are free sooner.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn last_later(&mut self) -> Result<(), StoreError> {
        sqlx::query!("set local synchronous_commit = off").execute(&mut *self.inner).await?;
        Ok(())
    }

    /// Makes everything done in it visible and lasting at once.
    ///
    /// # Errors
    /// When a deferred constraint refuses or the database is gone.
    pub async fn commit(self) -> Result<(), StoreError> {
        self.inner.commit().await?;
        self.commits.n.fetch_add(1, Ordering::Relaxed);
        self.commits.news.notify_one();
        Ok(())
    }
}

impl Deref for Tx {
    type Target = Conn;
    fn deref(&self) -> &Conn {
        &self.inner
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        &mut self.inner
    }
}

/// Hears what other connections announce.
#[derive(Debug)]
pub struct Listener(PgListener);

/// One announcement.
#[derive(Debug, Clone)]
pub struct Notice {
    pub channel: String,
    pub payload: String,
}

impl Listener {
    /// The next announcement; `None` after a lost connection was made again, when some may have been missed.
    ///
    /// # Errors
    /// When the connection cannot be made again.
    pub async fn next(&mut self) -> Result<Option<Notice>, StoreError> {
        let notice = self.0.try_recv().await?;
        Ok(notice.map(|notice| Notice {
            channel: notice.channel().to_owned(),
            payload: notice.payload().to_owned(),
        }))
    }
}
