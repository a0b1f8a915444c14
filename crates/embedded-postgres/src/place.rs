//! Decides where the cluster's files and its socket live.

use std::fs::{self, DirBuilder, File};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::account::Account;

/// A socket's path has room for 103 bytes on macOS, 107 on Linux; `/.s.PGSQL.5432` is 14 of them.
const SOCKET_DIR_BYTES_MAX: usize = 88;
/// A log above this size is set aside at the next start.
const LOG_BYTES_MAX: u64 = 8 * 1024 * 1024;

/// The private folder of one cluster.
#[derive(Debug)]
pub(crate) struct Place {
    /// Belongs to the user who runs PostgreSQL; nobody else can enter.
    home: PathBuf,
    socket_dir: PathBuf,
    /// Names `home` when that is outside the data folder.
    pointer: PathBuf,
}

impl Place {
    /// Finds the place without creating anything.
    pub(crate) fn look_up(data_dir: &Path) -> Self {
        let pointer = data_dir.join("postgres.location");
        let home = match fs::read_to_string(&pointer) {
            Ok(elsewhere) => PathBuf::from(elsewhere.trim()),
            Err(_) => data_dir.join("postgres"),
        };
        Self::at(home, pointer)
    }

    /// Creates the folders. Where PostgreSQL's user cannot enter the data folder (below `/root`, say), the cluster
    /// goes to `/var/tmp` and a file says so: the data must be found again after a restart.
    pub(crate) fn prepare(data_dir: &Path, account: Option<Account>) -> Result<Self> {
        let mut place = Self::look_up(data_dir);
        private_folder(&place.home, account)?;
        if let Some(account) = account
            && !account.can_enter(&place.home)
        {
            let closed = place.home;
            let elsewhere =
                PathBuf::from(format!("/var/tmp/eventpay-{:016x}", fingerprint(data_dir)));
            private_folder(&elsewhere, Some(account))?;
            fs::write(&place.pointer, format!("{}\n", elsewhere.display()))
                .context("noting where the cluster lives")?;
            // Empty, or it could have been entered before: then it stays for its owner to look at.
            let _ = fs::remove_dir(&closed);
            place = Self::at(elsewhere, place.pointer);
        }
        private_folder(&place.socket_dir, account)?;
        place.remove_unfinished();
        Ok(place)
    }

    fn at(home: PathBuf, pointer: PathBuf) -> Self {
        let mut socket_dir = home.join("socket");
        if socket_dir.as_os_str().len() > SOCKET_DIR_BYTES_MAX {
            socket_dir = PathBuf::from(format!("/tmp/eventpay-{:016x}", fingerprint(&home)));
        }
        Self { home, socket_dir, pointer }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.home.join("data")
    }

    pub(crate) fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.home.join("postgres.log")
    }

    /// `None` means that there is no cluster yet.
    pub(crate) fn version_of_data(&self) -> Option<u32> {
        fs::read_to_string(self.data().join("PG_VERSION")).ok()?.trim().parse().ok()
    }

    pub(crate) fn open_log(&self) -> Result<File> {
        let path = self.log();
        if fs::metadata(&path).is_ok_and(|log| log.len() > LOG_BYTES_MAX) {
            fs::rename(&path, self.home.join("postgres.log.old"))?;
        }
        File::options()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("opening {}", path.display()))
    }

    /// Named after our process: an `initdb` whose parent was killed may still be writing to its own.
    pub(crate) fn fresh_unfinished(&self) -> Result<PathBuf> {
        let path = self.home.join(format!("unfinished-{}", std::process::id()));
        if path.exists() {
            fs::remove_dir_all(&path)?;
        }
        Ok(path)
    }

    fn remove_unfinished(&self) {
        let Ok(entries) = fs::read_dir(&self.home) else { return };
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with("unfinished-") {
                // Left for the next start if somebody still writes to it.
                let _ = fs::remove_dir_all(entry.path());
            }
        }
    }

    /// Removes every file of the cluster; the server must be stopped.
    pub(crate) fn delete(&self) -> Result<()> {
        for folder in [&self.socket_dir, &self.home] {
            if folder.exists() {
                fs::remove_dir_all(folder)
                    .with_context(|| format!("deleting {}", folder.display()))?;
            }
        }
        if self.pointer.exists() {
            fs::remove_file(&self.pointer)?;
        }
        Ok(())
    }
}

/// Creates a folder for one user, or accepts it if it is that user's already: in `/tmp` somebody else may have put
/// one in our way.
fn private_folder(path: &Path, account: Option<Account>) -> Result<()> {
    let ours = rustix::process::geteuid().as_raw();
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            return Err(error).with_context(|| format!("creating {}", path.display()));
        }
        _ => {}
    }
    let found = fs::symlink_metadata(path)?;
    let is_known_owner = found.uid() == ours || account.is_some_and(|it| it.uid == found.uid());
    if !found.is_dir() || !is_known_owner {
        bail!(
            "{} belongs to somebody else: delete it, or choose another data folder",
            path.display()
        );
    }
    if let Some(account) = account {
        chown(path, Some(account.uid), Some(account.gid))
            .with_context(|| format!("giving {} to PostgreSQL's user", path.display()))?;
    }
    Ok(())
}

/// FNV-1a: the standard library's hashes may differ from one release to the next, and these names are kept.
fn fingerprint(path: &Path) -> u64 {
    path.as_os_str().as_encoded_bytes().iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_path_gets_a_short_socket_folder() {
        let deep = PathBuf::from(format!("/tmp/{}", "a".repeat(100)));
        let place = Place::at(deep.clone(), deep.join("pointer"));
        assert!(place.socket_dir().as_os_str().len() < SOCKET_DIR_BYTES_MAX);
        assert!(place.data().starts_with(&deep));
    }

    #[test]
    fn fingerprints_do_not_change() {
        assert_eq!(fingerprint(Path::new("/root/data")), 0x9752435bb7e5347);
    }
}
