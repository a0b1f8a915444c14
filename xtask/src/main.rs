//! The project's own commands and checks: `cargo xtask --help` lists them.

#![expect(clippy::print_stdout, reason = "a command line tool speaks on stdout")]

mod api;
mod bench;
mod browser;
mod database;
mod prepare;
mod run;
mod serving;
mod site;
mod test;
mod tidy;
mod tools;
mod zengin;

use std::process::ExitCode;

use anyhow::{Result, bail};

use crate::site::Kind;
use crate::tools::Repository;

const HELP: &str = "\
EventPay's own commands

Usage: cargo xtask COMMAND

Commands:
  run [--release] [-- ARGS]  Builds everything and serves a filled demo; ARGS go to `eventpay serve --demo`
  site [--release]           Builds what browsers load, into site-dev or site-release of the target folder
  test [WORD]...             Runs every check and test; a word keeps the steps of that name or group:
                               rust: tidy fmt clippy clippy-wasm sqlx tests
                               site: bundle size
                               e2e:  api e2e
  bench [NAME]...             Measures a release build; docs/benchmarks.md says what and how to read it:
                               start idle_memory first_load event_page orders
  prepare [--check]          Writes .sqlx, which lets the build know the types of our SQL without a database;
                             --check only compares it with the sources
  zengin FOLDER              Writes the list of banks and branches from the unpacked npm package zengin-code
  tidy                       Checks the rules of the house: who may import whom, names, lengths, first lines

The target folder is CARGO_TARGET_DIR. EVENTPAY_POSTGRES_BIN_DIR names the folder of another PostgreSQL's programs.
";

fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|it| it.to_string_lossy().into_owned()).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match dispatch(&arguments) {
        Ok(code) => code,
        Err(error) => {
            println!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(arguments: &[&str]) -> Result<ExitCode> {
    let Some((command, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(ExitCode::FAILURE);
    };
    if ["help", "--help", "-h"].contains(command) || rest.first() == Some(&"--help") {
        print!("{HELP}");
        return Ok(ExitCode::SUCCESS);
    }
    let repository = Repository::find()?;
    match (*command, rest) {
        ("run", rest) => {
            let (ours, for_server) = split_at_dashes(rest);
            run::run(&repository, kind(ours)?, for_server)?;
        }
        ("site", rest) => {
            tools::ensure_wasm_target(&repository)?;
            site::build(&repository, kind(rest)?)?;
        }
        ("test", words) => return test::test(&repository, words),
        ("bench", wish) => return bench::bench(&repository, wish),
        ("prepare", []) => prepare::write(&repository)?,
        ("prepare", ["--check"]) => prepare::check(&repository)?,
        ("zengin", [folder]) => zengin::write(&repository, folder.as_ref())?,
        ("tidy", []) => tidy::tidy(&repository)?,
        _ => bail!("`{}` is not understood; see `cargo xtask --help`", arguments.join(" ")),
    }
    Ok(ExitCode::SUCCESS)
}

fn kind(arguments: &[&str]) -> Result<Kind> {
    match arguments {
        [] => Ok(Kind::Dev),
        ["--release"] => Ok(Kind::Release),
        _ => bail!("`{}` is not understood; see `cargo xtask --help`", arguments.join(" ")),
    }
}

fn split_at_dashes<'a>(arguments: &'a [&'a str]) -> (&'a [&'a str], &'a [&'a str]) {
    match arguments.iter().position(|it| *it == "--") {
        Some(at) => (
            arguments.get(..at).unwrap_or_default(),
            arguments.get(at.saturating_add(1)..).unwrap_or_default(),
        ),
        None => (arguments, &[]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_two_dashes_is_for_the_server() {
        assert_eq!(split_at_dashes(&["--release", "--", "a"]), (&["--release"][..], &["a"][..]));
        assert_eq!(split_at_dashes(&["--release"]), (&["--release"][..], &[][..]));
    }
}
