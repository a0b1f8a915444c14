//! A database for tests and for `prepare`, gone afterwards.

use std::fs::{self, DirEntry, File};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result};
use embedded_postgres::{Cluster, Settings};

use crate::tools::{self, Repository};

const PREFIX: &str = "eventpay-xtask-";
/// Clusters of test programs that were started without us; nothing in them can delete them at the end.
const OF_TEST_PROGRAMS: &str = "eventpay-test-";
/// What single tests write beside their database, and how old it must be for nobody to need it.
const LEFT_BY_TESTS: [&str; 3] = ["eventpay-mail-", "eventpay-crash-", "eventpay-s3-"];
const OLD: Duration = Duration::from_secs(24 * 60 * 60);

/// A cluster that need not survive a power cut; dropping it deletes it.
#[derive(Debug)]
pub(crate) struct ScratchCluster {
    // Only `None` while it is being dropped.
    cluster: Option<Cluster>,
    folder: PathBuf,
    url: String,
}

impl ScratchCluster {
    pub(crate) fn start(repository: &Repository) -> Result<Self> {
        let temporary = std::env::temp_dir();
        sweep(&temporary);
        let folder = temporary.join(format!("{PREFIX}{}", std::process::id()));
        let bin_dir = tools::ensure_postgres(repository)?;
        let settings = Settings {
            data_dir: folder.clone(),
            bin_dir,
            durable: false,
            // Several test programs with a pool each may run at once.
            max_connections: 300,
        };
        let cluster = Cluster::start(&settings).context("starting a database for tests")?;
        Ok(Self { url: cluster.url("postgres"), cluster: Some(cluster), folder })
    }

    /// The URL of the database `postgres`.
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    pub(crate) fn cluster(&self) -> Result<&Cluster> {
        self.cluster.as_ref().context("the database has been stopped")
    }
}

impl Drop for ScratchCluster {
    fn drop(&mut self) {
        let deleted = self.cluster.take().map_or(Ok(()), Cluster::delete);
        if let Err(error) = deleted {
            println!("warning: deleting the tests' database: {error:#}");
        }
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Deletes what earlier runs left in the temporary folder. The lock of a cluster tells: who lives, holds it.
fn sweep(temporary: &Path) {
    let Ok(entries) = fs::read_dir(temporary) else { return };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_cluster = [PREFIX, OF_TEST_PROGRAMS].iter().any(|it| name.starts_with(it));
        let is_left = LEFT_BY_TESTS.iter().any(|it| name.starts_with(it));
        if (is_cluster && is_free(&entry.path())) || (is_left && is_old(&entry)) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn is_free(cluster: &Path) -> bool {
    File::open(cluster.join("postgres.lock")).is_ok_and(|lock| lock.try_lock().is_ok())
}

fn is_old(entry: &DirEntry) -> bool {
    let written = entry.metadata().and_then(|it| it.modified());
    written.is_ok_and(|it| it.elapsed().is_ok_and(|age| age > OLD))
}
