//! A database for tests and for `prepare`, gone afterwards.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use embedded_postgres::{Cluster, Settings};

use crate::tools::{self, Repository};

const PREFIX: &str = "eventpay-xtask-";

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

/// Deletes what killed runs left in the temporary folder. The lock tells: who lives, holds it.
fn sweep(temporary: &Path) {
    let Ok(entries) = fs::read_dir(temporary) else { return };
    for entry in entries.flatten() {
        if !entry.file_name().to_string_lossy().starts_with(PREFIX) {
            continue;
        }
        let is_free = File::open(entry.path().join("postgres.lock"))
            .is_ok_and(|lock| lock.try_lock().is_ok());
        if is_free {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}
