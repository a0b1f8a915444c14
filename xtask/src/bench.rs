//! `cargo xtask bench`: builds for release, then measures.

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use crate::site::{self, Kind};
use crate::tools::{self, Repository};

/// Passes the names of benchmarks, and their options, on to the program `bench`.
pub(crate) fn bench(repository: &Repository, wish: &[&str]) -> Result<ExitCode> {
    tools::ensure_wasm_target(repository)?;
    let bin_dir = tools::ensure_postgres(repository)?;
    tools::timed("building server and benchmarks", || {
        // At once, so that both share what they are built from.
        tools::run(&mut repository.cargo(&["build", "--release", "-p", "server", "-p", "bench"]))
    })?;
    let site_dir = site::build(repository, Kind::Release)?;
    let programs = repository.target.join("release");
    let mut bench = repository.command(&programs.join("bench").to_string_lossy());
    bench.arg("run").args(wish);
    bench.arg("--eventpay").arg(programs.join("eventpay"));
    bench.arg("--site").arg(site_dir);
    bench.arg("--work-dir").arg(repository.target.join("bench"));
    if let Some(bin_dir) = bin_dir {
        bench.env("EVENTPAY_POSTGRES_BIN_DIR", bin_dir);
    }
    let status = bench.status().with_context(|| format!("starting {}", tools::words(&bench)))?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
