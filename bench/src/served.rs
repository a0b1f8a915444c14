//! The release build, serving from a data folder of its own, and the commands that run beside it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use embedded_postgres::{Cluster, Settings};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::http::{self, Connection};

const READY_WITHIN: Duration = Duration::from_secs(120);
const LOOKED_EVERY: Duration = Duration::from_millis(2);
/// What may be tried out from outside; everything else is as a newcomer meets it.
const PASSED_ON: [&str; 3] =
    ["EVENTPAY_POSTGRES_BIN_DIR", "EVENTPAY_WORKERS", "EVENTPAY_DATABASE_CONNECTIONS"];

/// What is measured.
#[derive(Debug)]
pub(crate) struct Programs {
    eventpay: PathBuf,
    site: PathBuf,
    work_dir: PathBuf,
}

/// A data folder; dropping it deletes it with its database.
#[derive(Debug)]
pub(crate) struct DataDir(PathBuf);

/// A running `eventpay serve`; dropping it stops it.
#[derive(Debug)]
pub(crate) struct Served {
    process: Child,
    /// Web and API.
    pub(crate) host: String,
    pub(crate) sandbox_host: String,
    /// From the start of the process until `/readyz` said yes.
    pub(crate) ready_after: Duration,
}

/// One part, running by itself; dropping it ends it.
#[derive(Debug)]
pub(crate) struct Process(Child);

/// What `eventpay demo --json` made.
#[derive(Debug)]
pub(crate) struct Demo {
    pub(crate) event: String,
    pub(crate) slug: String,
    pub(crate) ticket_type: String,
    pub(crate) api_key: String,
}

/// What a question to the database answers, as text.
pub(crate) fn psql(cluster: &Cluster, sql: &str) -> Result<String> {
    let mut command = Command::new(cluster.binaries().path("psql"));
    command.arg(cluster.url("postgres")).args(["-X", "-q", "-A", "-t", "-c", sql]);
    let output = command.output().context("starting psql")?;
    ensure!(output.status.success(), "psql: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

impl Programs {
    pub(crate) fn new(eventpay: &Path, site: &Path, work_dir: &Path) -> Result<Self> {
        ensure!(eventpay.is_file(), "there is no {}", eventpay.display());
        let manifest = site.join("manifest.json");
        ensure!(manifest.is_file(), "there is no {}", manifest.display());
        fs::create_dir_all(work_dir)?;
        Ok(Self {
            eventpay: eventpay.canonicalize()?,
            site: site.canonicalize()?,
            work_dir: work_dir.canonicalize()?,
        })
    }

    /// An empty data folder; what a killed run left there goes first.
    pub(crate) fn fresh_data_dir(&self, name: &str) -> Result<DataDir> {
        let data_dir = DataDir(self.work_dir.join(name));
        data_dir.delete()?;
        fs::create_dir_all(&data_dir.0)?;
        Ok(data_dir)
    }

    fn command(&self, data_dir: &DataDir) -> Command {
        let mut command = Command::new(&self.eventpay);
        let is_ours = |name: &OsString| {
            let name = name.to_string_lossy();
            name == "DATABASE_URL" || name.starts_with("KOMOJU_") || name.starts_with("EVENTPAY_")
        };
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_ours(name)) {
            if !PASSED_ON.iter().any(|it| name == *it) {
                command.env_remove(name);
            }
        }
        command.env("EVENTPAY_DATA_DIR", &data_dir.0).env("EVENTPAY_SITE_DIR", &self.site);
        command.env("EVENTPAY_LISTEN", "127.0.0.1:0");
        command.env("EVENTPAY_SANDBOX_LISTEN", "127.0.0.1:0");
        // Who asks from many addresses says which.
        command.env("EVENTPAY_TRUST_PROXY", "true");
        // The whole load comes with one key.
        command.env("EVENTPAY_API_PAYMENTS_PER_SECOND", "1000000");
        command
    }

    /// Starts a server and waits until it is ready.
    pub(crate) async fn serve(&self, data_dir: &DataDir) -> Result<Served> {
        let log_path = self.work_dir.join("serve.log");
        let log = File::create(&log_path)?;
        let mut command = self.command(data_dir);
        command.arg("serve").stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        let since = Instant::now();
        let process = command.spawn().context("starting eventpay serve")?;
        let host = String::new();
        let mut served =
            Served { process, sandbox_host: host.clone(), host, ready_after: Duration::ZERO };
        while !served.is_ready(data_dir).await? {
            let is_late = since.elapsed() > READY_WITHIN;
            if is_late || served.process.try_wait()?.is_some() {
                bail!("eventpay serve did not get ready; its log is {}", log_path.display());
            }
            tokio::time::sleep(LOOKED_EVERY).await;
        }
        served.ready_after = since.elapsed();
        Ok(served)
    }

    /// Starts one part (`web`, `worker`, `sandbox`) by itself.
    pub(crate) fn start(
        &self,
        data_dir: &DataDir,
        part: &str,
        environment: &[(String, String)],
    ) -> Result<Process> {
        let log_path = self.work_dir.join(format!("{part}.log"));
        let log = File::options().create(true).append(true).open(log_path)?;
        let mut command = self.command(data_dir);
        command.envs(environment.iter().cloned()).arg(part);
        command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log);
        Ok(Process(command.spawn().with_context(|| format!("starting eventpay {part}"))?))
    }

    /// Makes an organizer with an event beside the serving process.
    pub(crate) fn demo(&self, data_dir: &DataDir) -> Result<Demo> {
        self.demo_with(data_dir, &[])
    }

    /// The same, beside parts that were started with `environment`.
    pub(crate) fn demo_with(
        &self,
        data_dir: &DataDir,
        environment: &[(String, String)],
    ) -> Result<Demo> {
        let mut command = self.command(data_dir);
        command.envs(environment.iter().cloned());
        command.args(["demo", "--json", "--quota", "1000000", "--price", "3000"]);
        let output = command.output()?;
        let log = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "eventpay demo failed ({}): {log}", output.status);
        let made: Value =
            serde_json::from_slice(&output.stdout).context("reading what eventpay demo made")?;
        let text = |name: &str| {
            let text = made.get(name).and_then(Value::as_str).map(str::to_owned);
            text.with_context(|| format!("eventpay demo told no {name}"))
        };
        Ok(Demo {
            event: text("event_id")?,
            slug: text("event_slug")?,
            ticket_type: text("ticket_type_id")?,
            api_key: text("api_key")?,
        })
    }

    /// What does not add up, one line each.
    pub(crate) fn check(&self, data_dir: &DataDir) -> Result<Vec<String>> {
        self.check_with(data_dir, &[])
    }

    /// The same, beside parts that were started with `environment`.
    pub(crate) fn check_with(
        &self,
        data_dir: &DataDir,
        environment: &[(String, String)],
    ) -> Result<Vec<String>> {
        let mut command = self.command(data_dir);
        let output = command.envs(environment.iter().cloned()).arg("check").output()?;
        if output.status.success() {
            return Ok(Vec::new());
        }
        let told = [output.stdout, output.stderr].concat();
        let told = String::from_utf8_lossy(&told);
        Ok(told.lines().map(|line| format!("eventpay check: {line}")).collect())
    }
}

impl Process {
    /// Ends it at once, in the middle of whatever it does.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.0.kill()?;
        self.0.wait()?;
        Ok(())
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        kill_process(Pid::from_child(&self.0), Signal::TERM)?;
        let status = self.0.wait()?;
        ensure!(status.success(), "a part ended with {status}");
        Ok(())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // One that has ended already cannot be killed, and need not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl DataDir {
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    /// Starts the database alone; nobody else may be using it.
    pub(crate) fn cluster(&self) -> Result<Cluster> {
        Cluster::start(&Settings {
            data_dir: self.0.clone(),
            bin_dir: std::env::var_os("EVENTPAY_POSTGRES_BIN_DIR").map(PathBuf::from),
            durable: true,
            max_connections: 100,
        })
    }

    /// The secrets that the server made for itself and the sandbox.
    pub(crate) fn secrets(&self) -> Result<Value> {
        let secrets = fs::read(self.0.join("secrets.json")).context("reading secrets.json")?;
        Ok(serde_json::from_slice(&secrets)?)
    }

    fn delete(&self) -> Result<()> {
        let is_cluster = |name: &str| self.0.join(name).exists();
        if is_cluster("postgres") || is_cluster("postgres.location") {
            // Only the cluster itself knows where all of it is.
            self.cluster()?.delete()?;
        }
        if self.0.exists() {
            fs::remove_dir_all(&self.0)?;
        }
        Ok(())
    }
}

impl Drop for DataDir {
    fn drop(&mut self) {
        if let Err(error) = self.delete() {
            eprintln!("warning: deleting {}: {error:#}", self.0.display());
        }
    }
}

impl Served {
    async fn is_ready(&mut self, data_dir: &DataDir) -> Result<bool> {
        // It chose its ports itself and says there which; an older word may still be standing.
        let Ok(word) = fs::read(data_dir.0.join("serve.json")) else { return Ok(false) };
        let word: Value = serde_json::from_slice(&word)?;
        if word.get("pid").and_then(Value::as_u64) != Some(self.process.id().into()) {
            return Ok(false);
        }
        let host = |name: &str| {
            let url = word.get(name).and_then(Value::as_str);
            http::host_of(url.with_context(|| format!("serve.json tells no {name}"))?)
        };
        host("public_url")?.clone_into(&mut self.host);
        host("sandbox_url")?.clone_into(&mut self.sandbox_host);
        let request = http::request("GET", &self.host, "/readyz", &[], None);
        let answer = Connection::open(&self.host).await?.exchange(&request).await?;
        Ok(answer.status == 200)
    }

    /// The memory of the process alone, without its database.
    pub(crate) fn resident_bytes(&self) -> Result<u64> {
        let pid = self.process.id().to_string();
        let kilobytes = match fs::read_to_string(format!("/proc/{pid}/status")) {
            Ok(status) => {
                let line = status.lines().find_map(|it| it.strip_prefix("VmRSS:"));
                line.map(|it| it.replace("kB", "")).context("a process without VmRSS")?
            }
            Err(_) => {
                let output = Command::new("ps").args(["-o", "rss=", "-p", &pid]).output()?;
                String::from_utf8_lossy(&output.stdout).into_owned()
            }
        };
        let kilobytes: u64 = kilobytes.trim().parse().context("reading a process's memory")?;
        Ok(kilobytes.saturating_mul(1024))
    }

    /// Asks it to stop, and waits until it has.
    pub(crate) fn stop(mut self) -> Result<()> {
        let status = self.end()?;
        ensure!(status.success(), "eventpay serve ended with {status}");
        Ok(())
    }

    fn end(&mut self) -> Result<std::process::ExitStatus> {
        if let Some(status) = self.process.try_wait()? {
            return Ok(status);
        }
        kill_process(Pid::from_child(&self.process), Signal::TERM)?;
        Ok(self.process.wait()?)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("warning: stopping eventpay serve: {error:#}");
        }
    }
}
