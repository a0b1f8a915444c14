//! `cargo xtask test`: every check and every test, in the order in which they are quick.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

use crate::database::ScratchCluster;
use crate::site::{self, Kind};
use crate::tools::{self, Repository};
use crate::{api, browser, prepare, tidy};

/// What a first visit may load besides its HTML, by brotli: the limit is 180,000 bytes in all, the goal 150,000; this
/// keeps what is reached from growing back.
const FIRST_LOAD_BYTES_MAX: u64 = 165_000;
/// Crates that must never reach a browser.
const NOT_FOR_BROWSERS: [&str; 11] = [
    "sqlx",
    "tokio",
    "reqwest",
    "axum",
    "hyper",
    "rustls",
    "mio",
    "store",
    "providers",
    "operations",
    "server",
];

/// How many tests a step ran; a step without tests counts as one itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
}

impl Counts {
    fn plus(self, other: Self) -> Self {
        Self {
            passed: self.passed.saturating_add(other.passed),
            failed: self.failed.saturating_add(other.failed),
        }
    }
}

enum Outcome {
    Done(Counts),
    Skipped(&'static str),
}

struct Step {
    group: &'static str,
    name: &'static str,
    run: fn(&Repository) -> Result<Outcome>,
}

const STEPS: [Step; 10] = [
    Step { group: "rust", name: "tidy", run: |it| plain(tidy::tidy(it)) },
    Step { group: "rust", name: "fmt", run: |it| cargo(it, &["fmt", "--all", "--check"]) },
    Step { group: "rust", name: "clippy", run: clippy },
    Step { group: "rust", name: "clippy-wasm", run: clippy_wasm },
    Step { group: "rust", name: "sqlx", run: |it| plain(prepare::check(it)) },
    Step { group: "rust", name: "tests", run: rust_tests },
    Step { group: "site", name: "bundle", run: |it| plain(bundle(it)) },
    Step { group: "site", name: "size", run: size },
    Step { group: "e2e", name: "api", run: |it| api::test(it).map(Outcome::Done) },
    Step { group: "e2e", name: "e2e", run: |it| browser::test(it).map(Outcome::Done) },
];

/// Runs the chosen steps, all of them even if one fails; the closing line says how it went.
pub(crate) fn test(repository: &Repository, words: &[&str]) -> Result<ExitCode> {
    let is_known = |word: &&str| STEPS.iter().any(|it| it.group == *word || it.name == *word);
    if let Some(word) = words.iter().find(|word| !is_known(word)) {
        bail!("no step is called `{word}`; see `cargo xtask --help`");
    }
    let _alone = alone(repository)?;
    let mut total = Counts::default();
    let mut summary = Vec::new();
    for step in &STEPS {
        if !words.is_empty() && !words.contains(&step.group) && !words.contains(&step.name) {
            continue;
        }
        println!("\n== {} ==", step.name);
        let since = Instant::now();
        let result = (step.run)(repository);
        let (counts, outcome) = judge(result);
        total = total.plus(counts);
        let line = format!("{:<12} {:>7.1} s  {outcome}", step.name, since.elapsed().as_secs_f32());
        println!("== {line}");
        summary.push(line);
    }
    println!("\n{}\n", summary.join("\n"));
    println!("{} passed, {} failed", total.passed, total.failed);
    Ok(if total.failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Waits until no other run is under way in this checkout: two would delete each other's site and pictures. Held by
/// a file that is always there; the kernel lets go of it however we end.
fn alone(repository: &Repository) -> Result<File> {
    let held = File::open(repository.root.join("Cargo.toml")).context("opening Cargo.toml")?;
    if held.try_lock().is_err() {
        println!("another run is under way in this checkout; waiting for its end");
        held.lock().context("waiting for another run")?;
    }
    Ok(held)
}

fn judge(result: Result<Outcome>) -> (Counts, String) {
    match result {
        Ok(Outcome::Skipped(why)) => (Counts::default(), format!("skipped: {why}")),
        Ok(Outcome::Done(counts)) if counts == Counts::default() => {
            (Counts { passed: 1, failed: 0 }, "passed".to_owned())
        }
        Ok(Outcome::Done(counts)) => {
            (counts, format!("{} passed, {} failed", counts.passed, counts.failed))
        }
        Err(error) => {
            println!("{error:#}");
            (Counts { passed: 0, failed: 1 }, "failed".to_owned())
        }
    }
}

fn plain(result: Result<()>) -> Result<Outcome> {
    result.map(|()| Outcome::Done(Counts::default()))
}

fn cargo(repository: &Repository, arguments: &[&str]) -> Result<Outcome> {
    plain(tools::run(&mut repository.cargo(arguments)))
}

fn clippy(repository: &Repository) -> Result<Outcome> {
    cargo(repository, &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

fn clippy_wasm(repository: &Repository) -> Result<Outcome> {
    tools::ensure_wasm_target(repository)?;
    let target = "wasm32-unknown-unknown";
    cargo(repository, &["clippy", "-p", "frontend", "--target", target, "--", "-D", "warnings"])
}

fn rust_tests(repository: &Repository) -> Result<Outcome> {
    let database = ScratchCluster::start(repository)?;
    let mut command = repository.cargo(&["test", "--workspace", "--no-fail-fast"]);
    command.env("EVENTPAY_TEST_POSTGRES", database.url());
    let (is_success, mut counts) = count_tests(&mut command)?;
    if !is_success && counts.failed == 0 {
        // It did not compile, or a test program crashed before it could count.
        counts.failed = 1;
    }
    Ok(Outcome::Done(counts))
}

fn count_tests(command: &mut Command) -> Result<(bool, Counts)> {
    let mut child = command.stdout(Stdio::piped()).spawn()?;
    let mut counts = Counts::default();
    let stdout = child.stdout.take().context("a pipe was asked for")?;
    for line in BufReader::new(stdout).split(b'\n') {
        let line = line?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        counts = counts.plus(result_line(&line).unwrap_or_default());
    }
    Ok((child.wait()?.success(), counts))
}

/// Reads `test result: ok. 5 passed; 0 failed; 0 ignored; …`.
fn result_line(line: &str) -> Option<Counts> {
    let rest = line.strip_prefix("test result: ")?.split_once(". ")?.1;
    let count = |word: &str| {
        let part = rest.split(';').find(|part| part.trim().ends_with(word))?;
        part.split_whitespace().next()?.parse().ok()
    };
    Some(Counts { passed: count("passed")?, failed: count("failed")? })
}

fn bundle(repository: &Repository) -> Result<()> {
    let mut command = repository.cargo(&["tree", "-p", "frontend", "-e", "normal"]);
    command.args(["--target", "wasm32-unknown-unknown", "--prefix", "none", "--format", "{p}"]);
    let output = command.stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        bail!("{} ({})", tools::words(&command), output.status);
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let names = text.lines().filter_map(|line| line.split(' ').next());
    let mut found: Vec<&str> = names.filter(|name| NOT_FOR_BROWSERS.contains(name)).collect();
    found.sort_unstable();
    found.dedup();
    if !found.is_empty() {
        bail!("the browser's bundle holds {}", found.join(", "));
    }
    Ok(())
}

fn size(repository: &Repository) -> Result<Outcome> {
    let site_dir = Kind::Release.site_dir(repository);
    if !site_dir.join("manifest.json").exists() {
        return Ok(Outcome::Skipped("no release site was built"));
    }
    let mut total: u64 = 0;
    for (path, raw, compressed) in site::sizes(&site_dir)? {
        let compressed = compressed.with_context(|| format!("{path} is not compressed"))?;
        println!("  {path}: {raw} bytes, {compressed} by brotli");
        total = total.saturating_add(compressed);
    }
    if total > FIRST_LOAD_BYTES_MAX {
        bail!("a first visit loads {total} bytes, at most {FIRST_LOAD_BYTES_MAX}");
    }
    Ok(Outcome::Done(Counts::default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn result_lines_are_counted() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.1s";
        assert_eq!(result_line(line), Some(Counts { passed: 12, failed: 3 }));
        assert_eq!(result_line("test a ... ok"), None);
    }

    #[test]
    fn a_step_without_tests_counts_as_one() {
        let (counts, _) = judge(Ok(Outcome::Done(Counts::default())));
        assert_eq!(counts, Counts { passed: 1, failed: 0 });
        assert_eq!(judge(Ok(Outcome::Skipped("a reason"))).0, Counts::default());
    }
}
