//! Reads `postmaster.pid` and deals with a server that an earlier process left behind.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

/// A fast shutdown writes a checkpoint; the second limit is for one that cannot.
const FAST_MAX: Duration = Duration::from_secs(30);
const IMMEDIATE_MAX: Duration = Duration::from_secs(10);

/// What a running server says about itself in its data folder.
#[derive(Debug)]
pub(crate) struct Postmaster {
    pid: Pid,
    pub(crate) socket_dir: PathBuf,
    pub(crate) is_ready: bool,
}

impl Postmaster {
    /// Gives `None` while there is no file, or only half of one.
    pub(crate) fn read(data: &Path) -> Option<Self> {
        let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
        let mut lines = text.lines();
        let pid = Pid::from_raw(lines.next()?.trim().parse().ok()?)?;
        let socket_dir = PathBuf::from(lines.nth(3)?);
        let is_ready = lines.nth(2).is_some_and(|status| status.trim() == "ready");
        Some(Self { pid, socket_dir, is_ready })
    }

    /// Compares the command line: after a crash or in a new container the number may be another process's.
    pub(crate) fn is_alive(&self, data: &Path) -> bool {
        command_line(self.pid).is_some_and(|line| {
            line.contains("postgres") && line.contains(&*data.to_string_lossy())
        })
    }

    pub(crate) fn signal(&self, signal: Signal) {
        // It may have ended by itself meanwhile, which is what we want.
        let _ = kill_process(self.pid, signal);
    }
}

/// Stops a server that outlived its process and removes the file of one that crashed. The caller holds the lock of
/// the data folder, so nobody can be relying on it.
pub(crate) fn end_previous(data: &Path) -> Result<()> {
    let pid_file = data.join("postmaster.pid");
    if !pid_file.exists() {
        return Ok(());
    }
    if let Some(previous) = Postmaster::read(data).filter(|previous| previous.is_alive(data)) {
        tracing::warn!("waiting for the PostgreSQL of an earlier process to stop");
        previous.signal(Signal::INT);
        if !is_gone(&previous, data, FAST_MAX) {
            previous.signal(Signal::QUIT);
            if !is_gone(&previous, data, IMMEDIATE_MAX) {
                bail!("a PostgreSQL left behind on {} does not stop", data.display());
            }
        }
    }
    match fs::remove_file(&pid_file) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).context("removing the file of a crashed PostgreSQL")
        }
        _ => Ok(()),
    }
}

fn is_gone(postmaster: &Postmaster, data: &Path, at_most: Duration) -> bool {
    let since = Instant::now();
    while postmaster.is_alive(data) {
        if since.elapsed() > at_most {
            return false;
        }
        thread::sleep(Duration::from_millis(20));
    }
    true
}

fn command_line(pid: Pid) -> Option<String> {
    if Path::new("/proc/self/cmdline").exists() {
        // Empty for a zombie, which is as good as gone.
        let line = fs::read(format!("/proc/{}/cmdline", pid.as_raw_nonzero())).ok()?;
        return Some(String::from_utf8_lossy(&line).replace('\0', " "));
    }
    let output = Command::new("ps")
        .args(["-ww", "-o", "command=", "-p"])
        .arg(pid.as_raw_nonzero().to_string())
        .output();
    Some(String::from_utf8_lossy(&output.ok()?.stdout).into_owned())
}
