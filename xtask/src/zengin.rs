//! `cargo xtask zengin`: turns the npm package `zengin-code` into the list of banks and branches that we keep.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde_json::{Map, Value};

use crate::tools::Repository;

/// Where the list is kept; `operations::zengin` reads it.
const LIST: &str = "crates/operations/data/zengin.tsv";
/// Fewer would be a broken package, not a wave of mergers.
const BANKS_MIN: usize = 900;

/// Reads the unpacked package in `folder` (`npm pack zengin-code && tar xzf zengin-code-*.tgz`) and writes the list.
pub(crate) fn write(repository: &Repository, folder: &Path) -> Result<()> {
    let read = |file: &str| {
        fs::read_to_string(folder.join(file)).with_context(|| format!("reading {file}"))
    };
    let package: Value = serde_json::from_str(&read("package.json")?)?;
    let version = text(&package, "version")?;
    let module = read("lib/zengin-data.js")?;
    let (from, to) = (module.find('{').context("no data")?, module.rfind('}').context("no data")?);
    let banks: Map<String, Value> =
        serde_json::from_str(module.get(from..=to).unwrap_or_default())?;
    if banks.len() < BANKS_MIN {
        bail!("{} banks are too few to be the whole list", banks.len());
    }
    let mut list = format!(
        "# Japan's banks and branches (Zengin codes): code, name, kana, romaji; branches are indented.\n\
         # Source: npm package zengin-code {version} (https://github.com/zengin-code/zengin-js), MIT,\n\
         # Copyright (c) 2015 Sho Kusano. Written by `cargo xtask zengin`; do not edit.\n"
    );
    let mut n_branches = 0_usize;
    for (code, bank) in &banks {
        line(&mut list, "", code, bank)?;
        let branches = bank.get("branches").and_then(Value::as_object).context("no branches")?;
        for (code, branch) in branches {
            line(&mut list, "\t", code, branch)?;
        }
        n_branches = n_branches.saturating_add(branches.len());
    }
    fs::write(repository.root.join(LIST), list)?;
    println!("- {LIST} holds {} banks and {n_branches} branches of {version}", banks.len());
    Ok(())
}

fn line(list: &mut String, indent: &str, code: &str, place: &Value) -> Result<()> {
    let (name, kana, romaji) = (text(place, "name")?, text(place, "kana")?, text(place, "roma")?);
    let is_clean = [name, kana, romaji].iter().all(|it| !it.contains(['\t', '\n', '\r']));
    if !is_clean || !code.bytes().all(|it| it.is_ascii_digit()) {
        bail!("{code} cannot be written as a line");
    }
    Ok(writeln!(list, "{indent}{code}\t{name}\t{kana}\t{romaji}")?)
}

fn text<'a>(value: &'a Value, field: &str) -> Result<&'a str> {
    value.get(field).and_then(Value::as_str).with_context(|| format!("no {field}"))
}
