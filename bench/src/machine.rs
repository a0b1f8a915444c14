//! Which machine and which sources the figures are from.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};

/// The machine, as far as it tells.
pub(crate) fn describe() -> Value {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    json!({
        "os": std::env::consts::OS,
        "architecture": std::env::consts::ARCH,
        "kernel": said_by("uname", &["-r"]),
        "processor": field("/proc/cpuinfo", "model name"),
        "cores": cores,
        "memory": field("/proc/meminfo", "MemTotal"),
    })
}

/// The commit, with a mark when files differ from it.
pub(crate) fn revision() -> Option<String> {
    said_by("git", &["describe", "--always", "--dirty", "--exclude", "*"])
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said_by(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    (output.status.success() && !text.is_empty()).then_some(text)
}
