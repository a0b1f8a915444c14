//! The append-only file that lets the sandbox remember across a restart.

use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use anyhow::Context;

use crate::book::{Book, Line};

/// Reads what an earlier run wrote into `book`, and opens the file for more.
pub(crate) fn open(path: &Path, book: &mut Book) -> anyhow::Result<File> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("creating the folder of {}", path.display()))?;
    }
    let opening = || format!("opening the sandbox journal {}", path.display());
    let mut file =
        OpenOptions::new().create(true).read(true).append(true).open(path).with_context(opening)?;
    let mut is_torn = false;
    for line in BufReader::new(&file).split(b'\n') {
        let line = line.with_context(opening)?;
        if line.is_empty() {
            continue;
        }
        match serde_json::from_slice::<Line>(&line) {
            Ok(line) => book.apply(line),
            // A crash can cut the last line short. What it said was never promised to anybody for good.
            Err(error) => {
                tracing::warn!(%error, "skipping a sandbox journal line that cannot be read");
                is_torn = true;
            }
        }
    }
    if is_torn {
        file.write_all(b"\n").with_context(opening)?;
    }
    Ok(file)
}

/// Appends collected lines.
pub(crate) fn append(file: &mut File, lines: &[u8]) {
    if lines.is_empty() {
        return;
    }
    if let Err(error) = file.write_all(lines) {
        tracing::error!(%error, "the sandbox journal could not be written");
    }
}
