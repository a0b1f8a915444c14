//! Starts a private PostgreSQL and takes it along when it leaves.
//!
//! The cluster listens on a socket in a folder only its user can enter, never on TCP.
//! It cannot outlive the process that started it, even when that process is killed (see `guard.rs`).

mod account;
mod binaries;
mod guard;
mod place;
mod postmaster;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::account::Account;
use crate::guard::Guard;
use crate::place::Place;
use crate::postmaster::Postmaster;

pub use crate::binaries::{Binaries, NoBinaries};

/// The superuser of every cluster started here.
const USER: &str = "eventpay";
/// How long a lock that was let go of may seem to be held still.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);
const LOCK_PAUSE: Duration = Duration::from_millis(20);
/// Half the default: a laptop runs the demo beside everything else, and its data fits many times over.
const SHARED_BUFFERS: &str = "64MB";
/// A batch of captures writes 1.5 MB of log, and several are written at once: they end up in memory first, not in each
/// other's way.
const WAL_BUFFERS: &str = "16MB";
/// Files of the log are used again instead of being made anew, up to so much: a rush is when nobody has time to make them.
/// Whoever never had a rush never has that many.
const MIN_WAL_SIZE: &str = "512MB";

/// Says where a cluster lives and how careful it has to be.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Holds the cluster, or says where it is when PostgreSQL's user cannot reach this folder.
    pub data_dir: PathBuf,
    /// Looked at first and alone; `None` searches the usual places.
    pub bin_dir: Option<PathBuf>,
    /// `false` gives up surviving a power cut for speed: tests only.
    pub durable: bool,
    pub max_connections: u32,
}

/// Refuses a start because another process has started a cluster on the same folder.
#[derive(Debug)]
pub struct AlreadyRunning {
    pub data_dir: PathBuf,
}

impl std::fmt::Display for AlreadyRunning {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "the database in {} is in use by another EventPay process: stop that one, or choose another data folder",
            self.data_dir.display()
        )
    }
}

impl std::error::Error for AlreadyRunning {}

/// Knows how to reach a running cluster, and nothing else about it.
#[derive(Clone, Debug)]
pub struct Address {
    socket_dir: PathBuf,
}

impl Address {
    /// Gives the URL of one database for sqlx and for `psql`; the database need not exist.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let host = percent_encoded(&self.socket_dir.to_string_lossy());
        format!("postgres:///{}?host={host}&user={USER}", percent_encoded(database))
    }

    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }
}

/// A running PostgreSQL; dropping it stops the server.
#[derive(Debug)]
pub struct Cluster {
    guard: Guard,
    place: Place,
    binaries: Binaries,
    // Declared last: fields drop in order, and the next start may begin only once the server is gone.
    _lock: File,
}

impl Cluster {
    /// Creates the cluster if there is none and waits until it accepts connections.
    ///
    /// Refuses with [`NoBinaries`] or [`AlreadyRunning`]; a server left behind by a crash is stopped first.
    pub fn start(settings: &Settings) -> Result<Self> {
        let since = Instant::now();
        fs::create_dir_all(&settings.data_dir)
            .with_context(|| format!("creating {}", settings.data_dir.display()))?;
        let data_dir = settings.data_dir.canonicalize()?;
        let lock = lock(&data_dir)?;
        let account = Account::choose(&data_dir)?;
        let place = Place::prepare(&data_dir, account)?;
        postmaster::end_previous(&place.data())?;
        let binaries = Binaries::find(settings.bin_dir.as_deref(), place.version_of_data())?;
        if place.version_of_data().is_none() {
            create(&place, &binaries, account, settings.durable)?;
        }
        let guard = Guard::start(server(&place, &binaries, settings), &place, account)?;
        tracing::info!(
            postgres.version = binaries.major(),
            postgres.data = %place.data().display(),
            duration_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX),
            "started the embedded PostgreSQL"
        );
        Ok(Self { guard, place, binaries, _lock: lock })
    }

    /// Finds a cluster that another process serves from this folder; `None` if there is none.
    #[must_use]
    pub fn attach(data_dir: &Path) -> Option<Address> {
        let place = Place::look_up(&data_dir.canonicalize().ok()?);
        let postmaster = Postmaster::read(&place.data())?;
        let is_usable = postmaster.is_ready && postmaster.is_alive(&place.data());
        is_usable.then_some(Address { socket_dir: postmaster.socket_dir })
    }

    #[must_use]
    pub fn address(&self) -> Address {
        Address { socket_dir: self.place.socket_dir().to_owned() }
    }

    /// Gives the URL of one database for sqlx and for `psql`; the database need not exist.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        self.address().url(database)
    }

    /// The programs this cluster runs on; `psql` is usually among them.
    #[must_use]
    pub fn binaries(&self) -> &Binaries {
        &self.binaries
    }

    /// Disconnects everybody, writes what is in memory, and waits for the server to be gone.
    pub fn stop(mut self) -> Result<()> {
        self.guard.stop()
    }

    /// Stops the server and deletes its data, wherever that lives.
    pub fn delete(mut self) -> Result<()> {
        self.guard.stop()?;
        self.place.delete()
    }
}

fn lock(data_dir: &Path) -> Result<File> {
    let path = data_dir.join("postgres.lock");
    let file = File::options()
        .create(true)
        .write(true)
        .truncate(false)
        .open(&path)
        .with_context(|| format!("opening {}", path.display()))?;
    let since = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // Whoever has just let go of it may have started a child meanwhile, which holds it until it runs.
            Err(TryLockError::WouldBlock) if since.elapsed() < LOCK_PATIENCE => {
                std::thread::sleep(LOCK_PAUSE);
            }
            Err(TryLockError::WouldBlock) => {
                return Err(AlreadyRunning { data_dir: data_dir.to_owned() }.into());
            }
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("locking {}", path.display()));
            }
        }
    }
}

/// Builds the cluster beside its place and moves it there, so that half a cluster is never mistaken for one.
fn create(
    place: &Place,
    binaries: &Binaries,
    account: Option<Account>,
    is_durable: bool,
) -> Result<()> {
    let unfinished = place.fresh_unfinished()?;
    let mut initdb = Command::new(binaries.path("initdb"));
    initdb.arg("-D").arg(&unfinished);
    initdb.args(["--username", USER, "--auth", "trust", "--encoding", "UTF8", "--locale", "C"]);
    initdb.arg("--no-instructions");
    if !is_durable {
        // Two thirds of the time of an initdb is waiting for the disk.
        initdb.arg("--no-sync");
    }
    account::run_as(&mut initdb, account);
    let output = initdb.output().context("running initdb")?;
    if !output.status.success() {
        bail!("initdb failed: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    fs::rename(&unfinished, place.data()).context("moving the new cluster to its place")
}

fn server(place: &Place, binaries: &Binaries, settings: &Settings) -> Command {
    let mut server = Command::new(binaries.path("postgres"));
    server.arg("-D").arg(place.data());
    server.arg("-k").arg(place.socket_dir());
    let mut set = |name: &str, value: &str| {
        server.arg("-c").arg(format!("{name}={value}"));
    };
    set("listen_addresses", "");
    set("unix_socket_permissions", "0700");
    set("max_connections", &settings.max_connections.to_string());
    set("shared_buffers", SHARED_BUFFERS);
    set("wal_buffers", WAL_BUFFERS);
    set("min_wal_size", MIN_WAL_SIZE);
    set("timezone", "UTC");
    set("log_timezone", "UTC");
    // Our queries are short; compiling them costs more than it gives.
    set("jit", "off");
    if !settings.durable {
        set("fsync", "off");
        set("synchronous_commit", "off");
        set("full_page_writes", "off");
    }
    server
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                encoded.push(char::from(byte));
            }
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_survives_odd_folder_names() {
        let address = Address { socket_dir: PathBuf::from("/tmp/a b&c=é") };
        assert_eq!(
            address.url("postgres"),
            "postgres:///postgres?host=/tmp/a%20b%26c%3D%C3%A9&user=eventpay"
        );
    }
}
