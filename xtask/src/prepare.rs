//! `cargo xtask prepare`: asks a database for the types of our SQL and keeps the answers in `.sqlx`.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::{Context as _, Result, bail};

use crate::database::ScratchCluster;
use crate::tidy::rust_files;
use crate::tools::{self, Repository};

type Answers = BTreeMap<String, String>;

pub(crate) fn write(repository: &Repository) -> Result<()> {
    let fresh = ask(repository)?;
    let folder = repository.root.join(".sqlx");
    fs::create_dir_all(&folder)?;
    let kept = read(&folder)?;
    for (name, _) in kept.iter().filter(|(name, _)| !fresh.contains_key(*name)) {
        fs::remove_file(folder.join(name))?;
    }
    // Unchanged files keep their time: the build watches it.
    for (name, answer) in fresh.iter().filter(|(name, answer)| kept.get(*name) != Some(*answer)) {
        fs::write(folder.join(name), answer)?;
    }
    println!("- .sqlx holds {} queries", fresh.len());
    Ok(())
}

pub(crate) fn check(repository: &Repository) -> Result<()> {
    let differences = differences(&read(&repository.root.join(".sqlx"))?, &ask(repository)?);
    if !differences.is_empty() {
        bail!(".sqlx is out of date; run `cargo xtask prepare`:\n{}", differences.join("\n"));
    }
    Ok(())
}

fn differences(kept: &Answers, fresh: &Answers) -> Vec<String> {
    let query = |answer: &str| {
        let value: serde_json::Value = serde_json::from_str(answer).unwrap_or_default();
        let text = value.get("query").and_then(|it| it.as_str()).unwrap_or_default();
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut found = Vec::new();
    for (name, answer) in fresh {
        match kept.get(name) {
            None => found.push(format!("  missing: {name}: {}", query(answer))),
            Some(old) if old != answer => {
                found.push(format!("  changed: {name}: {}", query(answer)));
            }
            Some(_) => {}
        }
    }
    for (name, answer) in kept.iter().filter(|(name, _)| !fresh.contains_key(*name)) {
        found.push(format!("  no longer used: {name}: {}", query(answer)));
    }
    found
}

fn ask(repository: &Repository) -> Result<Answers> {
    let database = ScratchCluster::start(repository)?;
    let url = migrated(repository, &database)?;
    let answers = repository.target.join(format!("sqlx-{}", std::process::id()));
    fs::create_dir_all(&answers)?;
    let result = tools::timed("checking the SQL against a database", || {
        check_crates(repository, &url, &answers)?;
        read(&answers)
    });
    fs::remove_dir_all(&answers)?;
    result
}

fn migrated(repository: &Repository, database: &ScratchCluster) -> Result<String> {
    let cluster = database.cluster()?;
    let psql = |url: &str| {
        let mut command = repository.command(&cluster.binaries().path("psql").to_string_lossy());
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]);
        // Notices about objects that are not there yet say nothing.
        command.env("PGOPTIONS", "-c client_min_messages=warning");
        command
    };
    tools::run(psql(database.url()).args(["-c", "create database prepare"]))?;
    let url = cluster.url("prepare");
    for migration in migrations(&repository.root)? {
        let mut command = psql(&url);
        // The same rule as sqlx's: everything in one transaction, unless the file says otherwise.
        if !fs::read_to_string(&migration)?.starts_with("-- no-transaction") {
            command.arg("--single-transaction");
        }
        tools::run(command.arg("-f").arg(&migration))?;
    }
    Ok(url)
}

fn migrations(root: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(root.join("migrations"))
        .context("reading migrations/")?
        .flatten()
        .map(|it| it.path())
        .filter(|it| it.extension().is_some_and(|it| it == "sql"))
        .filter(|it| !it.to_string_lossy().ends_with(".down.sql"))
        .collect();
    files.sort();
    Ok(files)
}

/// The macros write an answer for each query they meet, but only while their crate is compiled.
fn check_crates(repository: &Repository, url: &str, answers: &Path) -> Result<()> {
    let mut cargo = repository.cargo(&["check", "--all-targets"]);
    cargo.env("DATABASE_URL", url).env("SQLX_OFFLINE", "false").env("SQLX_OFFLINE_DIR", answers);
    let mut aged = Vec::new();
    for (name, folder) in crates_with_queries(repository)? {
        cargo.args(["-p", &name]);
        aged.extend(Aged::pretend_new(&repository.root, &folder)?);
    }
    tools::run(&mut cargo)
    // The old times come back here: what other builds made of these sources is still right.
}

fn crates_with_queries(repository: &Repository) -> Result<Vec<(String, PathBuf)>> {
    let macros = ["query!(", "query_as!(", "query_scalar!(", "query_file", "query_unchecked!("];
    let mut crates = vec![("store".to_owned(), repository.root.join("crates/store"))];
    let testkit = repository.root.join("crates/testkit");
    for (path, text) in rust_files(&repository.root)? {
        if path.starts_with("crates/testkit") && macros.iter().any(|it| text.contains(it)) {
            crates.push(("testkit".to_owned(), testkit));
            break;
        }
    }
    Ok(crates)
}

/// A source file that looks new until this is dropped.
#[derive(Debug)]
struct Aged {
    file: File,
    modified: SystemTime,
    pretended: SystemTime,
}

impl Aged {
    fn pretend_new(root: &Path, folder: &Path) -> Result<Vec<Self>> {
        let below = folder.strip_prefix(root)?;
        let now = SystemTime::now();
        let mut aged = Vec::new();
        for (path, _) in rust_files(root)? {
            if Path::new(&path).starts_with(below) {
                let file = File::options().write(true).open(root.join(&path))?;
                let modified = file.metadata()?.modified()?;
                file.set_modified(now)?;
                let pretended = file.metadata()?.modified()?;
                aged.push(Self { file, modified, pretended });
            }
        }
        Ok(aged)
    }
}

impl Drop for Aged {
    fn drop(&mut self) {
        // Somebody may have saved the file meanwhile; then its time is true.
        let now = self.file.metadata().and_then(|it| it.modified());
        if now.is_ok_and(|now| now == self.pretended) {
            let _ = self.file.set_modified(self.modified);
        }
    }
}

fn read(folder: &Path) -> Result<Answers> {
    let mut answers = Answers::new();
    if !folder.exists() {
        return Ok(answers);
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("query-") {
            answers.insert(name, fs::read_to_string(entry.path())?);
        }
    }
    Ok(answers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_name_the_query() {
        let answers = |pairs: &[(&str, &str)]| {
            pairs
                .iter()
                .map(|(name, sql)| ((*name).into(), format!("{{\"query\":\"{sql}\"}}")))
                .collect()
        };
        let kept: Answers = answers(&[("a", "select 1"), ("b", "select 2")]);
        let fresh: Answers = answers(&[("a", "select   1, 2"), ("c", "select 3")]);
        assert_eq!(
            differences(&kept, &fresh),
            [
                "  changed: a: select 1, 2",
                "  missing: c: select 3",
                "  no longer used: b: select 2"
            ]
        );
    }
}
