//! A server with demo data for the tests that speak to a real one: browsers, and the API's document.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use crate::tools::{self, Repository};

/// A first start creates the database and fills it.
const START_MAX: Duration = Duration::from_secs(120);
const STOP_MAX: Duration = Duration::from_secs(30);
/// People of the staff: a worker that saw a test fail is followed by another, who knows nothing of the first's second
/// factor.
const STAFF: usize = 20;
/// What we are known by at the login provider of the tests.
const CLIENT_SECRET: &str = "the-browser-tests-are-known-by-this";

/// Waits for the end of our pipe, so that the server goes when we go, whatever ends us.
const GUARD: &str = r#"
exec 3<&0 </dev/null
"$@" 3<&- &
server=$!
( while read -r line; do :; done <&3; kill -TERM "$server" ) &
watcher=$!
exec 3<&-
wait "$server"
code=$?
kill -KILL "$watcher" 2>/dev/null
exit "$code"
"#;

/// A server with demo data on a free port; dropping it stops it and deletes its data.
#[derive(Debug)]
pub(crate) struct Server {
    guard: Child,
    address: SocketAddr,
    login_provider: SocketAddr,
    binary: PathBuf,
    data_dir: PathBuf,
    postgres_bin_dir: Option<PathBuf>,
}

impl Server {
    /// Starts it; `name` tells its log and its data from others'.
    pub(crate) fn start(repository: &Repository, site_dir: &Path, name: &str) -> Result<Self> {
        let [address, sandbox, login_provider] = free_addresses()?;
        let data_dir = std::env::temp_dir().join(format!("eventpay-{name}-{}", std::process::id()));
        fs::create_dir_all(&data_dir)?;
        let log_path = repository.target.join(format!("{name}-server.log"));
        let log = File::create(&log_path)?;
        let binary = repository.target.join("debug/eventpay");
        let postgres_bin_dir = tools::ensure_postgres(repository)?;
        let mut command: Command = repository.command("/bin/sh");
        command.args(["-c", GUARD, "eventpay-test-server"]).arg(&binary).args(["serve", "--demo"]);
        command.env("EVENTPAY_LISTEN", address.to_string());
        command.env("EVENTPAY_SANDBOX_LISTEN", sandbox.to_string());
        command.env("EVENTPAY_PUBLIC_URL", public_url(address));
        command.env("EVENTPAY_DATA_DIR", &data_dir).env("EVENTPAY_SITE_DIR", site_dir);
        // Every visitor of the tests has an address of their own, so that none uses up the limits of another.
        command.env("EVENTPAY_TRUST_PROXY", "true");
        // Alerts are a part of a journey, and nobody waits five minutes for one.
        command.env("EVENTPAY_ALERT_GRACE_SECONDS", "5");
        // Others look after the platform: somebody for each worker of the tests, who keeps the own second factor.
        let staff: String = (0..STAFF).map(|n| format!(",staff-{n}@example.com")).collect();
        command.env("EVENTPAY_ADMINISTRATORS", format!("operator@example.com{staff}"));
        // Who sends payouts to the bank, from which account.
        command.env("EVENTPAY_PAYOUT_FROM", "12345,EVENTPAY,0001,001,ordinary,1234567");
        // A real OpenID Connect provider, which the test of logging in starts there.
        let provider = format!("Club,http://{login_provider},eventpay,{CLIENT_SECRET}");
        command.env("EVENTPAY_LOGIN_PROVIDERS", provider);
        // The tests' receivers of webhooks are on this machine.
        command.env("EVENTPAY_WEBHOOKS_ALLOW_PRIVATE", "true");
        if let Some(bin_dir) = &postgres_bin_dir {
            command.env("EVENTPAY_POSTGRES_BIN_DIR", bin_dir);
        }
        command.env_remove("DATABASE_URL");
        command.stdin(Stdio::piped()).stdout(log.try_clone()?).stderr(log);
        let guard = command.spawn()?;
        let mut server =
            Self { guard, address, login_provider, binary, data_dir, postgres_bin_dir };
        tools::timed("starting the server", || server.wait_until_healthy(&log_path))?;
        Ok(server)
    }

    pub(crate) fn binary(&self) -> &Path {
        &self.binary
    }

    pub(crate) fn url(&self) -> String {
        public_url(self.address)
    }

    /// Tells a command how to run `eventpay` beside this server.
    pub(crate) fn share_settings_with(&self, command: &mut Command) {
        command.env("EVENTPAY_BINARY", &self.binary).env("EVENTPAY_DATA_DIR", &self.data_dir);
        command.env("EVENTPAY_PUBLIC_URL", self.url());
        command.env("EVENTPAY_E2E_ISSUER", format!("http://{}", self.login_provider));
        command.env("EVENTPAY_E2E_CLIENT_SECRET", CLIENT_SECRET);
        if let Some(bin_dir) = &self.postgres_bin_dir {
            command.env("EVENTPAY_POSTGRES_BIN_DIR", bin_dir);
        }
    }

    fn wait_until_healthy(&mut self, log: &Path) -> Result<()> {
        let since = Instant::now();
        while since.elapsed() < START_MAX {
            if is_healthy(self.address).unwrap_or(false) {
                return Ok(());
            }
            if let Some(status) = self.guard.try_wait()? {
                bail!("the server ended ({status}): {}", end_of(log));
            }
            thread::sleep(Duration::from_millis(50));
        }
        bail!("the server was not healthy after {} s: {}", START_MAX.as_secs(), end_of(log))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let since = Instant::now();
        while since.elapsed() < STOP_MAX {
            if !matches!(self.guard.try_wait(), Ok(None)) {
                let _ = fs::remove_dir_all(&self.data_dir);
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        println!("warning: the server for the tests does not stop");
        let _ = self.guard.kill();
    }
}

/// By name: passkeys are made for a host with a name, and this one counts as safe without TLS.
fn public_url(address: SocketAddr) -> String {
    format!("http://localhost:{}", address.port())
}

/// Free now, and most probably still free in a moment.
fn free_addresses() -> Result<[SocketAddr; 3]> {
    let open = || TcpListener::bind("127.0.0.1:0");
    let (one, two, three) = (open()?, open()?, open()?);
    Ok([one.local_addr()?, two.local_addr()?, three.local_addr()?])
}

fn is_healthy(address: SocketAddr) -> Result<bool> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
    stream.set_read_timeout(Some(Duration::from_secs(5)))?;
    write!(stream, "GET /healthz HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer.starts_with("HTTP/1.1 200"))
}

fn end_of(log: &Path) -> String {
    let text = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    lines.get(lines.len().saturating_sub(20)..).unwrap_or_default().join("\n")
}
