//! Writes each day of the audit log to the object store: the same lines, the same bytes, however often it is tried.

use std::io::Write as _;

use anyhow::{Context as _, bail, ensure};
use bytes::Bytes;
use flate2::Compression;
use flate2::write::{GzDecoder, GzEncoder};
use futures::TryStreamExt as _;
use object_store::buffered::BufWriter;
use object_store::{ObjectStoreExt, path::Path};
use sha2::{Digest as _, Sha256};
use std::sync::Arc;
use store::audit_chain;
use store::audit_exports::{self, AuditExport};
use store::db::Conn;
use store::error::StoreError;
use time::{Date, Duration, OffsetDateTime, Time};

use crate::Deps;
use crate::audit::chain::{self, BEGINNING};
use crate::audit::manifest::{self, Manifest, id_of};
use crate::audit::seal::{self, Reach};

/// Lines read at a time.
const LINES_AT_ONCE: i64 = 2000;
/// A day is over for the log a little later than for the clock: what was written at midnight is sealed first.
const AFTER_MIDNIGHT: Duration = Duration::minutes(10);
/// Days written in one go, so that a long pause is caught up with in pieces.
const DAYS_AT_ONCE: usize = 31;
/// A line is far shorter; a longer one is none of ours.
const LINE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Writes every day that is over and not written yet; says how many.
///
/// # Errors
/// When the database or the object store fails, or a line is not what was sealed: then the day stays unwritten.
pub async fn export_due(deps: &Deps) -> anyhow::Result<usize> {
    seal::seal(deps, Reach::Everything).await?;
    let mut n_days = 0;
    while n_days < DAYS_AT_ONCE {
        let Some(export) = plan(deps).await? else { break };
        write(deps, &export).await.with_context(|| format!("exporting {}", export.day))?;
        n_days += 1;
    }
    Ok(n_days)
}

/// What to write next: a day that was begun, else the next day that is over. Its lines are fixed here, once.
async fn plan(deps: &Deps) -> Result<Option<AuditExport>, StoreError> {
    let mut tx = deps.db.begin().await?;
    let export = plan_locked(&mut tx, deps.clock.now()).await?;
    tx.commit().await?;
    Ok(export)
}

async fn plan_locked(
    conn: &mut Conn,
    now: OffsetDateTime,
) -> Result<Option<AuditExport>, StoreError> {
    if audit_chain::lock_head(conn).await?.is_none() {
        return Ok(None);
    }
    if let Some(unfinished) = audit_exports::find_unfinished(conn).await? {
        return Ok(Some(unfinished));
    }
    let last = audit_exports::find_last(conn).await?;
    let day = match &last {
        Some(last) => last.day.next_day(),
        None => audit_exports::find_first_sealed_at(conn).await?.map(OffsetDateTime::date),
    };
    let Some((day, end)) = day.and_then(|day| Some((day, end_of(day)?))) else { return Ok(None) };
    if now < end + AFTER_MIDNIGHT {
        return Ok(None);
    }
    let (before, previous_hash) = match last {
        Some(last) => (last.last_sequence(), last.last_hash),
        None => (0, BEGINNING.to_vec()),
    };
    let last_seal = audit_exports::find_last_before(conn, end).await?;
    let (last_sequence, last_hash) = match last_seal.filter(|seal| seal.sequence > before) {
        Some(seal) => {
            let hash =
                chain::hash(seal.sequence, seal.entry, &seal.entry_hash, &seal.previous_hash);
            (seal.sequence, hash)
        }
        None => (before, previous_hash.clone()),
    };
    let export = AuditExport {
        day,
        first_sequence: before.saturating_add(1),
        n_lines: last_sequence.saturating_sub(before),
        previous_hash,
        last_hash,
        file_hash: None,
        n_bytes: None,
        archived_at: None,
        removed_at: None,
    };
    audit_exports::insert(conn, &export, now).await?;
    Ok(Some(export))
}

fn end_of(day: Date) -> Option<OffsetDateTime> {
    Some(day.next_day()?.with_time(Time::MIDNIGHT).assume_utc())
}

/// Writes a day's file, reads it back, writes its manifest. Doing it again writes the same.
///
/// # Errors
/// When a line is not what was sealed, or the store fails.
pub async fn write(deps: &Deps, export: &AuditExport) -> anyhow::Result<()> {
    write_file(deps, export).await?;
    let (file_hash, n_bytes) = verify_file(deps, export).await?;
    let manifest = Manifest::of(export, &file_hash, n_bytes);
    let body = serde_json::to_vec_pretty(&manifest)?;
    deps.settings.files.put(&manifest::path(export.day), body.into()).await?;
    let now = deps.clock.now();
    let mut conn = deps.db.acquire().await?;
    audit_exports::mark_verified(&mut conn, export.day, &file_hash, n_bytes, now).await?;
    Ok(())
}

/// Nothing in the bytes tells when they were written: gzip's own time stays zero.
async fn write_file(deps: &Deps, export: &AuditExport) -> anyhow::Result<()> {
    let mut file = BufWriter::new(Arc::clone(&deps.settings.files), manifest::file(export.day));
    let mut zipped = GzEncoder::new(Vec::new(), Compression::default());
    let mut next = export.first_sequence;
    while next <= export.last_sequence() {
        let last = next.saturating_add(LINES_AT_ONCE - 1).min(export.last_sequence());
        let mut conn = deps.db.acquire().await?;
        let lines = audit_exports::list_lines(&mut conn, next, last).await?;
        drop(conn);
        for line in &lines {
            if chain::hash_line(&line.line) != line.entry_hash {
                file.abort().await?;
                bail!("{} is not what was sealed", line.entry);
            }
            zipped.write_all(line.line.as_bytes())?;
            zipped.write_all(b"\n")?;
        }
        file.put(Bytes::from(std::mem::take(zipped.get_mut()))).await?;
        next = last.saturating_add(1);
    }
    file.put(Bytes::from(zipped.finish()?)).await?;
    tokio::io::AsyncWriteExt::shutdown(&mut file).await?;
    Ok(())
}

/// Reads a day's file back and walks its chain from the day before to the day's end; gives its hash and size.
///
/// # Errors
/// When it holds anything else than the sealed lines.
pub async fn verify_file(deps: &Deps, export: &AuditExport) -> anyhow::Result<(Vec<u8>, i64)> {
    let found = deps.settings.files.get(&manifest::file(export.day)).await?;
    let mut bytes = found.into_stream();
    let mut digest = Sha256::new();
    let mut n_bytes: i64 = 0;
    let mut lines = GzDecoder::new(Lines::after(export));
    while let Some(chunk) = bytes.try_next().await? {
        digest.update(&chunk);
        n_bytes = n_bytes.saturating_add(i64::try_from(chunk.len())?);
        lines.write_all(&chunk)?;
    }
    let lines = lines.finish()?;
    ensure!(lines.rest.is_empty(), "the file breaks off in a line");
    ensure!(lines.sequence == export.last_sequence(), "the file holds {} lines", lines.n_lines);
    ensure!(lines.hash == export.last_hash, "the lines are not those that were sealed");
    Ok((digest.finalize().to_vec(), n_bytes))
}

/// Takes a file's text as it is unzipped and walks the chain, line by line.
struct Lines {
    rest: Vec<u8>,
    sequence: i64,
    n_lines: i64,
    hash: Vec<u8>,
}

impl Lines {
    fn after(export: &AuditExport) -> Self {
        Self {
            rest: Vec::new(),
            sequence: export.first_sequence.saturating_sub(1),
            n_lines: 0,
            hash: export.previous_hash.clone(),
        }
    }

    fn take(&mut self, line: &[u8]) -> anyhow::Result<()> {
        let line = std::str::from_utf8(line)?;
        self.sequence = self.sequence.saturating_add(1);
        self.n_lines = self.n_lines.saturating_add(1);
        self.hash = chain::hash(self.sequence, id_of(line)?, &chain::hash_line(line), &self.hash);
        Ok(())
    }
}

impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let mut parts = bytes.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            self.rest.extend_from_slice(part);
            if self.rest.len() > LINE_BYTES_MAX {
                return Err(std::io::Error::other("a line is longer than any of ours"));
            }
            if parts.peek().is_some() {
                let line = std::mem::take(&mut self.rest);
                self.take(&line).map_err(std::io::Error::other)?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A day's manifest, if it is there.
///
/// # Errors
/// When the object store fails, or holds something else there.
pub async fn read_manifest(deps: &Deps, day: Date) -> anyhow::Result<Option<Manifest>> {
    let path: Path = manifest::path(day);
    match deps.settings.files.get(&path).await {
        Ok(found) => Ok(Some(serde_json::from_slice(&found.bytes().await?)?)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
