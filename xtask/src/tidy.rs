//! `cargo xtask tidy`: the rules of the house that no compiler knows. Each is a test too.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use crate::tools::Repository;

const LINES_MAX: usize = 500;
/// Such a name says nothing about what is inside.
const BANNED_NAMES: [&str; 11] = [
    "mod", "utils", "util", "helpers", "helper", "common", "core", "manager", "service",
    "services", "types",
];

/// Who may use whom. `testkit` is missing on the right: everybody may, in tests.
const EDGES: [(&str, &[&str]); 13] = [
    ("domain", &[]),
    ("words", &["domain"]),
    ("store", &["domain"]),
    ("providers", &["domain"]),
    ("sandbox", &[]),
    ("embedded-postgres", &[]),
    ("operations", &["domain", "words", "store", "providers"]),
    ("app", &["domain", "words", "operations"]),
    ("frontend", &["app"]),
    (
        "server",
        &[
            "app",
            "domain",
            "words",
            "store",
            "providers",
            "sandbox",
            "operations",
            "embedded-postgres",
        ],
    ),
    (
        "testkit",
        &["domain", "words", "store", "providers", "sandbox", "operations", "embedded-postgres"],
    ),
    ("xtask", &["embedded-postgres"]),
    ("bench", &["domain", "embedded-postgres", "operations", "providers", "sandbox", "store"]),
];

/// Text that may stand only below these paths. Split, so that this file does not hold them.
const CONFINED: [(&str, &[&str]); 4] = [
    (concat!("sql", "x::"), &["crates/store/", "crates/testkit/"]),
    (
        concat!("req", "west::"),
        &["crates/providers/", "crates/sandbox/", "crates/testkit/", "bench/", "server/tests/"],
    ),
    (concat!("env", "::var("), &["server/src/config.rs"]),
    (
        concat!("feature = ", "\"ssr\""),
        &["app/src/lib.rs", "app/src/ssr.rs", "app/src/error.rs", "app/src/api"],
    ),
];

/// Where Japanese may stand in Rust: the words of the product, its made-up data, and tests.
const JAPANESE: [&str; 5] = [
    "crates/words/",
    "crates/sandbox/",
    "crates/testkit/",
    "server/src/demo",
    "crates/operations/src/demo",
];

/// Path below the workspace, and text.
type Sources = BTreeMap<String, String>;
type Rule = fn(&Repository, &Sources) -> Result<Vec<String>>;

const RULES: [(&str, Rule); 9] = [
    ("crates use only those they may", edges),
    ("some words stay in their crates", |_, sources| Ok(confined(sources))),
    ("server functions say where they are", |_, sources| Ok(endpoints(sources))),
    ("files open with a sentence", |_, sources| Ok(first_lines(sources))),
    ("files are short", |_, sources| Ok(lengths(sources))),
    ("files have telling names", |_, sources| Ok(names(sources))),
    ("Japanese stays in the words", |_, sources| Ok(japanese(sources))),
    ("no function takes both a connection and a provider", |_, sources| Ok(seams(sources))),
    ("migrations say what they are for", migrations),
];

pub(crate) fn tidy(repository: &Repository) -> Result<()> {
    let sources = rust_files(&repository.root)?;
    let mut found = Vec::new();
    for (name, rule) in RULES {
        let broken = rule(repository, &sources)?;
        if !broken.is_empty() {
            println!("{name}:");
            broken.iter().for_each(|it| println!("  {it}"));
        }
        found.extend(broken);
    }
    if !found.is_empty() {
        bail!("{} places break a rule of the house", found.len());
    }
    println!("- {} files keep {} rules of the house", sources.len(), RULES.len());
    Ok(())
}

/// Reads every Rust file of the workspace.
pub(crate) fn rust_files(root: &Path) -> Result<Sources> {
    let mut sources = Sources::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() {
                if !name.starts_with('.') && !["target", "node_modules"].contains(&&*name) {
                    folders.push(path);
                }
            } else if name.ends_with(".rs") {
                let below = path.strip_prefix(root)?.to_string_lossy().into_owned();
                sources.insert(below, fs::read_to_string(&path)?);
            }
        }
    }
    Ok(sources)
}

fn edges(repository: &Repository, _: &Sources) -> Result<Vec<String>> {
    let metadata = repository.metadata()?;
    let packages = metadata.get("packages").and_then(|it| it.as_array()).context("no packages")?;
    let text = |value: &serde_json::Value, field: &str| {
        value.get(field).and_then(|it| it.as_str()).unwrap_or_default().to_owned()
    };
    let mut found = Vec::new();
    for package in packages {
        let user = text(package, "name");
        let Some((_, allowed)) = EDGES.iter().find(|(name, _)| *name == user) else {
            found.push(format!("{user} is missing in the table of xtask/src/tidy.rs"));
            continue;
        };
        let dependencies = package.get("dependencies").and_then(|it| it.as_array());
        for dependency in dependencies.into_iter().flatten() {
            let used = text(dependency, "name");
            let is_ours = dependency.get("path").is_some_and(|it| it.is_string());
            // `testkit` is for everybody's tests; the adapter's contract is tested against the sandbox.
            let is_for_tests = text(dependency, "kind") == "dev"
                && (used == "testkit"
                    || (user.as_str(), used.as_str()) == ("providers", "sandbox"));
            if is_ours && !is_for_tests && !allowed.contains(&used.as_str()) {
                found.push(format!("{user} must not use {used}"));
            }
        }
    }
    Ok(found)
}

fn confined(sources: &Sources) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in sources {
        for (number, line) in code_lines(text) {
            for (word, homes) in CONFINED {
                let is_home = homes.iter().any(|home| path.starts_with(home));
                if !is_home && line.contains(word) {
                    found
                        .push(format!("{path}:{number}: `{word}` belongs to {}", homes.join(", ")));
                }
            }
        }
    }
    found
}

fn endpoints(sources: &Sources) -> Vec<String> {
    let attribute = concat!("#[ser", "ver");
    let mut found = Vec::new();
    for (path, text) in sources {
        for (at, _) in text.match_indices(attribute) {
            let rest = text.get(at..).unwrap_or_default();
            let is_comment = text
                .get(..at)
                .and_then(|before| before.lines().last())
                .is_some_and(|line| line.trim_start().starts_with("//"));
            let arguments = rest.split(']').next().unwrap_or_default();
            let is_other =
                rest.get(attribute.len()..).is_some_and(|it| !it.starts_with(['(', ']']));
            // `#[server(default)]` stands on an argument.
            let is_other = is_other || arguments.ends_with("(default)");
            if !is_comment && !is_other && !arguments.contains("endpoint =") {
                let line = text.get(..at).unwrap_or_default().lines().count();
                found.push(format!("{path}:{line}: a server function without `endpoint =`"));
            }
        }
    }
    found
}

fn first_lines(sources: &Sources) -> Vec<String> {
    let opens_well = |text: &str| {
        let mut lines = text.lines().skip_while(|line| line.starts_with("#![cfg"));
        lines.next().is_some_and(|line| line.starts_with("//! ") || line.starts_with("#![doc = "))
    };
    let broken = sources.iter().filter(|(_, text)| !opens_well(text));
    broken.map(|(path, _)| format!("{path}: does not open with a `//!` sentence")).collect()
}

fn lengths(sources: &Sources) -> Vec<String> {
    let lengths = sources.iter().map(|(path, text)| (path, text.lines().count()));
    let long = lengths.filter(|(_, length)| *length > LINES_MAX);
    long.map(|(path, length)| format!("{path}: {length} lines, at most {LINES_MAX}")).collect()
}

fn names(sources: &Sources) -> Vec<String> {
    let is_banned = |path: &str| {
        path.trim_end_matches(".rs").split('/').any(|part| BANNED_NAMES.contains(&part))
    };
    let broken = sources.keys().filter(|path| is_banned(path));
    broken.map(|path| format!("{path}: the name does not say what is inside")).collect()
}

fn japanese(sources: &Sources) -> Vec<String> {
    // Hiragana, katakana (full and half width), kanji. Full-width Latin is left out: input is converted from it.
    // The middle dot parts things in both languages.
    let is_japanese = |it: char| {
        it != '・'
            && matches!(it, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ff66}'..='\u{ff9f}')
    };
    let mut found = Vec::new();
    for (path, text) in sources {
        if path.contains("tests/")
            || path.ends_with("/tests.rs")
            || JAPANESE.iter().any(|home| path.starts_with(home))
        {
            continue;
        }
        // Unit tests stand at the end of their file.
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in code_lines(product) {
            if line.contains(is_japanese) {
                found.push(format!("{path}:{number}: Japanese belongs to crates/words"));
            }
        }
    }
    found
}

/// A network call inside a database transaction would have to look like this.
fn seams(sources: &Sources) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in
        sources.iter().filter(|(path, _)| path.starts_with("crates/operations/src/"))
    {
        for (at, _) in text.match_indices("fn ") {
            let signature = text.get(at..).and_then(|it| it.split('{').next()).unwrap_or_default();
            let has_connection = ["conn:", "tx:"].iter().any(|it| signature.contains(it));
            let has_provider = ["provider:", "providers:"].iter().any(|it| signature.contains(it));
            if has_connection && has_provider {
                let name = signature.split('(').next().unwrap_or_default();
                found.push(format!("{path}: `{name}` takes a connection and a provider"));
            }
        }
    }
    found
}

fn migrations(repository: &Repository, _: &Sources) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(repository.root.join("migrations")) else { return Ok(found) };
    for entry in entries {
        let path = entry?.path();
        let is_sql = path.extension().is_some_and(|it| it == "sql");
        if is_sql && !fs::read_to_string(&path)?.starts_with("--") {
            found.push(format!("{}: does not open with a `--` comment", path.display()));
        }
    }
    found.sort();
    Ok(found)
}

/// Gives the numbered lines that are not comments.
fn code_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.lines()).filter(|(_, line)| !line.trim_start().starts_with("//"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(wanted: &str) -> Vec<String> {
        let repository = Repository::find().unwrap();
        let sources = rust_files(&repository.root).unwrap();
        let (_, rule) = RULES.iter().find(|(name, _)| *name == wanted).unwrap();
        rule(&repository, &sources).unwrap()
    }

    macro_rules! kept {
        ($($test:ident: $name:literal,)+) => {
            $(#[test]
            fn $test() {
                assert_eq!(broken($name), Vec::<String>::new());
            })+
        };
    }

    kept! {
        crates_use_only_those_they_may: "crates use only those they may",
        some_words_stay_in_their_crates: "some words stay in their crates",
        server_functions_say_where_they_are: "server functions say where they are",
        files_open_with_a_sentence: "files open with a sentence",
        files_are_short: "files are short",
        files_have_telling_names: "files have telling names",
        japanese_stays_in_the_words: "Japanese stays in the words",
        no_function_takes_both_a_connection_and_a_provider: "no function takes both a connection and a provider",
        migrations_say_what_they_are_for: "migrations say what they are for",
    }

    fn one(path: &str, text: &str) -> Sources {
        Sources::from([(path.to_owned(), text.to_owned())])
    }

    #[test]
    fn the_rules_notice_what_they_are_for() {
        let sql = concat!("use sql", "x::PgPool;");
        assert_eq!(confined(&one("server/src/serve.rs", sql)).len(), 1);
        assert_eq!(confined(&one("crates/store/src/orders.rs", sql)).len(), 0);
        assert_eq!(endpoints(&one("a.rs", concat!("#[ser", "ver]\nfn a() {}"))).len(), 1);
        assert_eq!(
            endpoints(&one("a.rs", concat!("#[ser", "ver(\n  endpoint = \"a/b\",\n)]"))).len(),
            0
        );
        assert_eq!(first_lines(&one("a.rs", "#![cfg(x)]\n//! Says.\n")).len(), 0);
        assert_eq!(first_lines(&one("a.rs", "use a::b;\n")).len(), 1);
        assert_eq!(names(&one("app/src/utils/a.rs", "")).len(), 1);
        assert_eq!(names(&one("app/src/pages/a.rs", "")).len(), 0);
        let word = "let a = \"\u{652f}\u{6255}\u{3044}\";";
        assert_eq!(japanese(&one("app/src/a.rs", word)).len(), 1);
        assert_eq!(japanese(&one("app/src/a.rs", &format!("#[cfg(test)]\n{word}"))).len(), 0);
        let both = "async fn start(conn: &mut C, provider: &P) -> R {}";
        assert_eq!(seams(&one("crates/operations/src/a.rs", both)).len(), 1);
    }
}
