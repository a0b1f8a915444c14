//! `cargo xtask run`: from a fresh checkout to a served demo.

use std::os::unix::process::CommandExt as _;

use anyhow::{Context as _, Result};

use crate::site::{self, Kind};
use crate::tools::{self, Repository};

/// Builds both halves and becomes the server: with no parent left, there is nobody to outlive it.
pub(crate) fn run(repository: &Repository, kind: Kind, for_server: &[&str]) -> Result<()> {
    tools::ensure_wasm_target(repository)?;
    let bin_dir = tools::ensure_postgres(repository)?;
    build_server(repository, kind)?;
    // After the server, not beside it: they share nothing, and would only fight over the processors.
    let site_dir = site::build(repository, kind)?;
    let folder = match kind {
        Kind::Dev => "debug",
        Kind::Release => "release",
    };
    let binary = repository.target.join(folder).join("eventpay");
    let mut server = repository.command(&binary.to_string_lossy());
    server.args(["serve", "--demo"]).args(for_server);
    server.env("EVENTPAY_SITE_DIR", site_dir);
    if let Some(bin_dir) = bin_dir {
        server.env("EVENTPAY_POSTGRES_BIN_DIR", bin_dir);
    }
    println!("- {}", tools::words(&server));
    Err(server.exec()).with_context(|| format!("becoming {}", binary.display()))
}

pub(crate) fn build_server(repository: &Repository, kind: Kind) -> Result<()> {
    let mut cargo = repository.cargo(&["build", "-p", "server"]);
    if kind == Kind::Release {
        cargo.arg("--release");
    }
    tools::timed("building the server", || tools::run(&mut cargo))
}
