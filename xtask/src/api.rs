//! Holds the REST API to its own document: Schemathesis sends what the document allows and forbids, and reads the answers.

use std::fs;
use std::path::PathBuf;
use std::process::Stdio;

use anyhow::{Context as _, Result, bail};

use crate::run::build_server;
use crate::serving::Server;
use crate::site::{self, Kind};
use crate::test::Counts;
use crate::tools::{self, Repository};

/// Calls of each operation that are made up at random, beside those that try each bound of the document.
const EXAMPLES: &str = "25";
/// The same calls in every run: a test that fails by luck tells nobody anything.
const SEED: &str = "20261122";
/// The document cannot say all that is asked for: an event without ticket types, say, is not published.
const NOT_CHECKED: &str = "positive_data_acceptance";

pub(crate) fn test(repository: &Repository) -> Result<Counts> {
    let schemathesis = ensure_schemathesis(repository)?;
    build_server(repository, Kind::Dev)?;
    let site_dir = site::build(repository, Kind::Dev)?;
    let server = Server::start(repository, &site_dir, "api")?;
    let report = repository.target.join("api-report.json");
    let _ = fs::remove_file(&report);
    let mut command = repository.command(&schemathesis.to_string_lossy());
    command.arg("run").arg(format!("{}/api/openapi.json", server.url()));
    command.args(["--header", &format!("Authorization: Bearer {}", api_key(repository, &server)?)]);
    command.args(["--phases", "examples,coverage,fuzzing", "--max-examples", EXAMPLES]);
    command.args(["--seed", SEED, "--exclude-checks", NOT_CHECKED, "--continue-on-failure"]);
    // Slow machines are no failure, and neither is being asked to slow down.
    command.args(["--suppress-health-check", "all", "--rate-limit", "auto"]);
    command.args(["--report", "json", "--report-json-path"]).arg(&report);
    let result = tools::run(&mut command);
    drop(server);
    match fs::read_to_string(&report) {
        Ok(report) => read_report(&report),
        Err(_) => result.map(|()| Counts::default()),
    }
}

/// Installs what `end2end/requirements.txt` names, once per version of that file.
fn ensure_schemathesis(repository: &Repository) -> Result<PathBuf> {
    let wanted = repository.root.join("end2end/requirements.txt");
    let python = repository.target.join("python");
    let stamp = python.join(".eventpay-stamp");
    let program = python.join("bin/schemathesis");
    let version = tools::short_hash(&fs::read(&wanted)?);
    if fs::read_to_string(&stamp).is_ok_and(|it| it == version) {
        return Ok(program);
    }
    tools::timed("installing Schemathesis", || {
        let make = || {
            let mut venv = repository.command("python3");
            tools::run(venv.args(["-m", "venv", "--clear"]).arg(&python))
        };
        // Debian keeps this part of Python in a package of its own.
        make()
            .or_else(|_| tools::apt_install(&["python3", "python3-venv"]).and_then(|()| make()))?;
        let mut pip = repository.command(&python.join("bin/pip").to_string_lossy());
        pip.args(["install", "-q", "--disable-pip-version-check", "-r"]).arg(&wanted);
        tools::run(&mut pip)
    })?;
    fs::write(&stamp, version)?;
    Ok(program)
}

/// A key that may do everything, of an organizer made for this run.
fn api_key(repository: &Repository, server: &Server) -> Result<String> {
    let mut demo = repository.command(&server.binary().to_string_lossy());
    demo.args(["demo", "--json"]).stderr(Stdio::null());
    server.share_settings_with(&mut demo);
    let output = demo.output()?;
    if !output.status.success() {
        bail!("{} ({})", tools::words(&demo), output.status);
    }
    let made: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let key = made.get("api_key").and_then(|it| it.as_str());
    key.map(str::to_owned).context("`eventpay demo` made no key")
}

/// Every operation counts; what failed is counted by its kind and place.
fn read_report(report: &str) -> Result<Counts> {
    let report: serde_json::Value = serde_json::from_str(report).context("reading the report")?;
    let count = |pointer: &str| {
        let value = report.pointer(pointer).and_then(serde_json::Value::as_u64);
        value
            .and_then(|it| usize::try_from(it).ok())
            .with_context(|| format!("{pointer} is missing"))
    };
    let failed = [
        "/test_cases/unique_failures",
        "/test_cases/errored",
        "/operations/errored",
        "/operations/skipped",
    ];
    let mut n_failed = 0_usize;
    for pointer in failed {
        n_failed = n_failed.saturating_add(count(pointer)?);
    }
    let tested = count("/operations/tested")?;
    if tested == 0 {
        bail!("nothing was tested");
    }
    Ok(Counts { passed: tested.saturating_sub(n_failed), failed: n_failed })
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = r#"{"operations":{"tested":20,"errored":0,"skipped":1},
        "test_cases":{"unique_failures":2,"errored":0}}"#;

    #[test]
    fn failures_and_what_was_not_tried_count_as_failed() {
        assert_eq!(read_report(REPORT).unwrap(), Counts { passed: 17, failed: 3 });
        let nothing = REPORT.replace("20", "0");
        assert!(read_report(&nothing).is_err());
        assert!(read_report("{}").is_err());
    }
}
