//! Starts real clusters, kills their owners, and looks for what is left.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use embedded_postgres::{AlreadyRunning, Cluster, Settings};

/// Enterable by everybody, as a folder made by `mkdir` is: `mktemp -d` would send root's clusters to `/var/tmp`.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("ep-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn settings(&self) -> Settings {
        Settings { data_dir: self.0.clone(), bin_dir: None, durable: false, max_connections: 10 }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn answers(socket_dir: &Path) -> bool {
    UnixStream::connect(socket_dir.join(".s.PGSQL.5432")).is_ok()
}

fn psql(cluster: &Cluster, sql: &str) -> String {
    let output = Command::new(cluster.binaries().path("psql"))
        .args([
            "-X",
            "-q",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-d",
            &cluster.url("postgres"),
            "-c",
            sql,
        ])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// The example is built beside the tests, in `target/debug/examples`.
fn hold(data_dir: &Path) -> (Child, PathBuf) {
    let here = std::env::current_exe().unwrap();
    let example = here.ancestors().nth(2).unwrap().join("examples/hold");
    let mut child = Command::new(example).arg(data_dir).stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(url.starts_with("postgres:///"), "{url}");
    let socket_dir = Cluster::attach(data_dir).unwrap().socket_dir().to_owned();
    (child, socket_dir)
}

/// Every process whose command line names the folder; reads `/proc`, so Linux only.
fn processes_naming(folder: &Path) -> Vec<String> {
    let wanted = folder.to_string_lossy().into_owned();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries
        .flatten()
        .filter_map(|entry| fs::read(entry.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).replace('\0', " "))
        .filter(|line| line.contains(&wanted))
        .collect()
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let since = Instant::now();
    while !is_so() {
        assert!(since.elapsed() < Duration::from_secs(20), "{what} did not happen");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_second_start_keeps_the_data() {
    let folder = Folder::new("keeps");
    let cluster = Cluster::start(&folder.settings()).unwrap();
    psql(&cluster, "create table kept as select 42 as answer");
    assert_eq!(psql(&cluster, "show listen_addresses"), "");
    assert_eq!(psql(&cluster, "show server_encoding"), "UTF8");
    cluster.stop().unwrap();
    assert!(Cluster::attach(&folder.0).is_none());

    let cluster = Cluster::start(&folder.settings()).unwrap();
    assert_eq!(psql(&cluster, "select answer from kept"), "42");
    cluster.delete().unwrap();
    assert_eq!(processes_naming(&folder.0), Vec::<String>::new());
}

#[test]
fn two_starts_on_one_folder_give_a_clear_error() {
    let folder = Folder::new("twice");
    let cluster = Cluster::start(&folder.settings()).unwrap();
    let error = Cluster::start(&folder.settings()).unwrap_err();
    assert!(error.is::<AlreadyRunning>(), "{error:#}");
    assert!(error.to_string().contains("in use by another EventPay process"), "{error:#}");

    let beside = Cluster::attach(&folder.0).unwrap();
    assert_eq!(beside.url("postgres"), cluster.url("postgres"));
    assert!(answers(beside.socket_dir()));
}

/// Goal: no server outlives its owner. Method: SIGKILL, which leaves the owner no chance to clean up.
#[test]
fn a_killed_owner_leaves_no_server_behind() {
    let folder = Folder::new("killed");
    let (mut owner, socket_dir) = hold(&folder.0);
    assert!(answers(&socket_dir));
    owner.kill().unwrap();
    owner.wait().unwrap();
    wait_until("the end of the server", || !answers(&socket_dir));
    wait_until("the end of every process", || processes_naming(&folder.0).is_empty());
}

/// Goal: a restart right after a crash works. Method: SIGKILL, then start while the old server shuts down.
#[test]
fn a_start_right_after_a_kill_waits_for_the_old_server() {
    let folder = Folder::new("restart");
    let (mut owner, _) = hold(&folder.0);
    owner.kill().unwrap();
    owner.wait().unwrap();
    let cluster = Cluster::start(&folder.settings()).unwrap();
    assert_eq!(psql(&cluster, "select 1"), "1");
}

/// Goal: neither a stale file nor an orphan prevents a start. Method: SIGKILL for the owner's guard, then for the
/// server itself, so that nobody removes `postmaster.pid`.
#[test]
fn a_crashed_server_does_not_prevent_the_next_start() {
    let folder = Folder::new("crashed");
    let (mut owner, _) = hold(&folder.0);
    let pid_file = folder.0.join("postgres/data/postmaster.pid");
    let pid = fs::read_to_string(&pid_file).unwrap().lines().next().unwrap().to_owned();
    Command::new("kill").args(["-KILL", &pid]).status().unwrap();
    owner.kill().unwrap();
    owner.wait().unwrap();
    // Another process now has the number: ours, which is surely alive.
    let stale = fs::read_to_string(&pid_file).unwrap_or_default().replacen(
        &pid,
        &std::process::id().to_string(),
        1,
    );
    fs::write(&pid_file, stale).unwrap();
    assert!(Cluster::attach(&folder.0).is_none());
    let cluster = Cluster::start(&folder.settings()).unwrap();
    assert_eq!(psql(&cluster, "select 1"), "1");
}

#[test]
fn a_folder_closed_to_the_server_gets_its_cluster_elsewhere() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = Folder::new("closed");
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o700)).unwrap();
    let cluster = Cluster::start(&folder.settings()).unwrap();
    psql(&cluster, "create table kept as select 42 as answer");
    cluster.stop().unwrap();
    let cluster = Cluster::start(&folder.settings()).unwrap();
    assert_eq!(psql(&cluster, "select answer from kept"), "42");
    let home = cluster.address().socket_dir().parent().unwrap().to_owned();
    cluster.delete().unwrap();
    assert!(!home.exists());
}

#[test]
fn a_long_path_still_gets_a_socket() {
    let folder = Folder::new("long");
    let deep = folder.0.join("a-folder-with-a-long-name".repeat(4));
    let cluster = Cluster::start(&Settings { data_dir: deep, ..folder.settings() }).unwrap();
    assert_eq!(psql(&cluster, "select 1"), "1");
    cluster.delete().unwrap();
}
