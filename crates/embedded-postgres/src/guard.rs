//! Ties the server's life to ours, whatever becomes of us.
//!
//! A small shell starts the server and holds the reading end of a pipe whose writing end is ours alone.
//! However we end, the kernel closes our end; the shell reads "end of file" and shuts the server down.

use std::fs::File;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::Signal;

use crate::account::{self, Account};
use crate::place::Place;
use crate::postmaster::Postmaster;

/// `read` is built into every shell: nothing but the shell itself waits on the pipe.
/// The watcher is a second shell, so that the first notices when the server ends by itself.
/// SIGINT is PostgreSQL's fast shutdown: it disconnects everybody and loses nothing.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
( while read -r line; do :; done <&3; kill -INT "$server" ) &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill -KILL "$watcher" 2>/dev/null
exit "$code"
"#;

/// Recovery after a crash replays the log; a laptop's disk may take its time.
const START_MAX: Duration = Duration::from_secs(120);
const STOP_MAX: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(10);

/// The shell that runs the server; dropping it stops both.
#[derive(Debug)]
pub(crate) struct Guard {
    shell: Child,
    data: std::path::PathBuf,
}

impl Guard {
    /// Starts the server under a guard and waits until it accepts connections.
    pub(crate) fn start(server: Command, place: &Place, account: Option<Account>) -> Result<Self> {
        let log = place.open_log()?;
        let mut command = Command::new("/bin/sh");
        command.args(["-c", SCRIPT, "eventpay-postgres"]);
        command.arg(server.get_program()).args(server.get_args());
        command.stdin(Stdio::piped());
        command.stdout(log.try_clone()?).stderr(log);
        // Ctrl-C in a terminal goes to the whole foreground group: we must be able to finish requests first.
        command.process_group(0);
        account::run_as(&mut command, account);
        let shell = command.spawn().context("starting the guard of PostgreSQL")?;
        let mut guard = Self { shell, data: place.data() };
        guard.wait_until_ready(&place.log())?;
        Ok(guard)
    }

    fn wait_until_ready(&mut self, log: &Path) -> Result<()> {
        let since = Instant::now();
        while since.elapsed() < START_MAX {
            if Postmaster::read(&self.data).is_some_and(|postmaster| postmaster.is_ready) {
                return Ok(());
            }
            if let Some(status) = self.shell.try_wait()? {
                bail!("PostgreSQL did not start ({status}): {}", end_of(log));
            }
            thread::sleep(POLL);
        }
        bail!("PostgreSQL was not ready after {} s: {}", START_MAX.as_secs(), end_of(log))
    }

    /// Does nothing the second time.
    pub(crate) fn stop(&mut self) -> Result<()> {
        drop(self.shell.stdin.take());
        if self.wait(STOP_MAX)?.is_some() {
            return Ok(());
        }
        tracing::warn!("PostgreSQL does not stop; ending it without a checkpoint");
        if let Some(postmaster) = Postmaster::read(&self.data) {
            postmaster.signal(Signal::QUIT);
        }
        match self.wait(STOP_MAX)? {
            Some(_) => Ok(()),
            None => bail!("PostgreSQL still runs on {}", self.data.display()),
        }
    }

    fn wait(&mut self, at_most: Duration) -> Result<Option<ExitStatus>> {
        let since = Instant::now();
        loop {
            if let Some(status) = self.shell.try_wait()? {
                return Ok(Some(status));
            }
            if since.elapsed() > at_most {
                return Ok(None);
            }
            thread::sleep(POLL);
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!("stopping the embedded PostgreSQL: {error:#}");
        }
    }
}

fn end_of(log: &Path) -> String {
    use std::io::{Read as _, Seek as _, SeekFrom};

    let mut end = Vec::new();
    if let Ok(mut file) = File::open(log) {
        // A file shorter than this refuses to seek before its start, and is then read whole.
        let _ = file.seek(SeekFrom::End(-1500));
        let _ = file.read_to_end(&mut end);
    }
    String::from_utf8_lossy(&end).trim().to_owned()
}
