//! PostgreSQL's own benchmark on the same cluster: what the machine's disk and processors give at best.

use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use embedded_postgres::Cluster;

/// Small transactions of the simple-update kind per second; `None` where pgbench is not installed.
pub(crate) fn transactions_per_second(cluster: &Cluster) -> Result<Option<f64>> {
    let pgbench = cluster.binaries().path("pgbench");
    if !pgbench.exists() {
        return Ok(None);
    }
    // A database of its own: none of the product's tables is touched.
    let url = cluster.url("pgbench");
    let commands = ["drop database if exists pgbench", "checkpoint", "create database pgbench"];
    said(
        Command::new(cluster.binaries().path("psql"))
            .arg(cluster.url("postgres"))
            .arg("-q")
            .args(commands.iter().flat_map(|it| ["-c", it])),
    )?;
    said(Command::new(&pgbench).args(["-i", "-q", "-s", "10", &url]))?;
    let text = said(
        Command::new(&pgbench)
            .args(["-N", "-M", "prepared", "-c", "32", "-j", "2", "-T", "5", &url]),
    )?;
    let line = text.lines().find_map(|it| it.strip_prefix("tps = "));
    let digits = line.and_then(|it| it.split(' ').next());
    let tps = digits.and_then(|it| it.parse().ok());
    Ok(Some(tps.with_context(|| format!("pgbench told no tps: {text}"))?))
}

fn said(command: &mut Command) -> Result<String> {
    let output = command.output().with_context(|| format!("starting {command:?}"))?;
    let errors = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?} failed: {errors}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
