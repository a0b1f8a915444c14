//! Runs the browser tests against a server started for them.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::run::build_server;
use crate::site::{self, Kind};
use crate::test::Counts;
use crate::tools::{self, Repository};

/// A first start creates the database and fills it.
const START_MAX: Duration = Duration::from_secs(120);
const STOP_MAX: Duration = Duration::from_secs(30);
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

pub(crate) fn test(repository: &Repository) -> Result<Counts> {
    ensure_browser()?;
    tools::ensure_node_modules(repository)?;
    build_server(repository, Kind::Dev)?;
    let site_dir = site::build(repository, Kind::Dev)?;
    let server = Server::start(repository, &site_dir)?;
    let report = repository.target.join("e2e-report.json");
    let _ = fs::remove_file(&report);
    let mut playwright = repository.command("npx");
    playwright.current_dir(repository.root.join("end2end"));
    playwright.args(["--no-install", "playwright", "test"]);
    playwright.env("EVENTPAY_URL", server.url()).env("EVENTPAY_E2E_REPORT", &report);
    // Tests make their own organizers by `eventpay demo` beside the serving process.
    server.share_settings_with(&mut playwright);
    let result = tools::run(&mut playwright);
    drop(server);
    match fs::read_to_string(&report) {
        Ok(report) => read_report(&report),
        Err(_) => result.map(|()| Counts::default()),
    }
}

fn ensure_browser() -> Result<()> {
    if tools::in_path("npm").is_none() {
        tools::apt_install(&["nodejs", "npm"])?;
    }
    let programs = ["chromium", "chromium-browser", "google-chrome"];
    let is_there = programs.iter().any(|it| tools::in_path(it).is_some())
        || std::env::var_os("CHROMIUM_PATH").is_some()
        || Path::new("/Applications/Google Chrome.app").exists();
    if !is_there {
        tools::apt_install(&["chromium"])?;
    }
    let has_fonts = Path::new("/usr/share/fonts/opentype/noto").exists();
    if Path::new("/usr/share/fonts").exists() && !has_fonts {
        // Pages would be laid out with boxes for letters; not a reason to give up where we may not install.
        if let Err(error) = tools::apt_install(&["fonts-noto-cjk"]) {
            println!("  {error:#}");
        }
    }
    Ok(())
}

fn read_report(report: &str) -> Result<Counts> {
    let report: serde_json::Value = serde_json::from_str(report).context("reading the report")?;
    let count = |name: &str| {
        let value = report.pointer(&format!("/stats/{name}")).and_then(|it| it.as_u64());
        value.and_then(|it| usize::try_from(it).ok()).unwrap_or(0)
    };
    // Errors outside a test, such as a file that does not load.
    let errors = report.get("errors").and_then(|it| it.as_array()).map_or(0, Vec::len);
    Ok(Counts {
        passed: count("expected"),
        failed: count("unexpected").saturating_add(count("flaky")).saturating_add(errors),
    })
}

/// A server with demo data on a free port; dropping it stops it and deletes its data.
#[derive(Debug)]
struct Server {
    guard: Child,
    address: SocketAddr,
    login_provider: SocketAddr,
    binary: PathBuf,
    data_dir: PathBuf,
    postgres_bin_dir: Option<PathBuf>,
}

impl Server {
    fn start(repository: &Repository, site_dir: &Path) -> Result<Self> {
        let [address, sandbox, login_provider] = free_addresses()?;
        let data_dir = std::env::temp_dir().join(format!("eventpay-e2e-{}", std::process::id()));
        fs::create_dir_all(&data_dir)?;
        let log_path = repository.target.join("e2e-server.log");
        let log = File::create(&log_path)?;
        let binary = repository.target.join("debug/eventpay");
        let postgres_bin_dir = tools::ensure_postgres(repository)?;
        let mut command: Command = repository.command("/bin/sh");
        command.args(["-c", GUARD, "eventpay-e2e"]).arg(&binary).args(["serve", "--demo"]);
        command.env("EVENTPAY_LISTEN", address.to_string());
        command.env("EVENTPAY_SANDBOX_LISTEN", sandbox.to_string());
        command.env("EVENTPAY_PUBLIC_URL", public_url(address));
        command.env("EVENTPAY_DATA_DIR", &data_dir).env("EVENTPAY_SITE_DIR", site_dir);
        // Every visitor of the tests has an address of their own, so that none uses up the limits of another.
        command.env("EVENTPAY_TRUST_PROXY", "true");
        // Alerts are a part of a journey, and nobody waits five minutes for one.
        command.env("EVENTPAY_ALERT_GRACE_SECONDS", "5");
        // Who sends payouts to the bank, from which account.
        command.env("EVENTPAY_ADMINISTRATORS", "operator@example.com");
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

    fn url(&self) -> String {
        public_url(self.address)
    }

    /// Tells a command how to run `eventpay` beside this server.
    fn share_settings_with(&self, command: &mut Command) {
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
        println!("warning: the server of the browser tests does not stop");
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flaky_browser_test_is_a_failed_one() {
        let report = r#"{"stats":{"expected":3,"unexpected":1,"flaky":1,"skipped":2},"errors":[]}"#;
        assert_eq!(read_report(report).unwrap(), Counts { passed: 3, failed: 2 });
    }
}
