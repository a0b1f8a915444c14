//! Verifies the audit log: every line against its seal, every seal against the one before, every export against its
//! manifest.

use store::audit_chain::{self, Head, Seal};
use store::audit_exports::{self, AuditExport};
use store::db::Conn;

use crate::Deps;
use crate::audit::chain::{self, BEGINNING};
use crate::audit::export::read_manifest;
use crate::audit::manifest::Manifest;
use crate::audit::seal::{Anchor, read_anchor};
use crate::check::Finding;

/// Seals read at a time.
const SEALS_AT_ONCE: i64 = 2000;
/// A committed line is sealed long before this.
const SEALED_WITHIN_MINUTES: i32 = 60;
/// A log that was rewritten is told by its first differences; the rest says the same.
const FINDINGS_MAX: usize = 200;

const LINES: &str = "every audit line is as it was sealed";
const CHAIN: &str = "the audit chain has no gap and no foreign link";
const EXPORTS: &str = "audit exports follow each other and match their manifests";
const FORGOTTEN: &str = "every audit line older than an hour is sealed";

/// Looks for changed and removed lines, in one state of the database.
///
/// # Errors
/// When the database or the object store fails.
pub async fn verify(deps: &Deps) -> anyhow::Result<Vec<Finding>> {
    // Read before the chain: it may grow in between, never shrink.
    let anchor = read_anchor(deps).await?;
    let mut tx = deps.db.begin().await?;
    audit_chain::freeze(&mut tx).await?;
    let exports = audit_exports::list(&mut tx).await?;
    let mut findings = Findings::default();
    walk(&mut tx, &exports, anchor.as_ref(), &mut findings).await?;
    if let Some((oldest, n)) = audit_chain::count_forgotten(&mut tx, SEALED_WITHIN_MINUTES).await? {
        findings.add(FORGOTTEN, oldest.to_string(), format!("{n} lines have no seal"));
    }
    tx.commit().await?;
    follow(&exports, &mut findings);
    for export in exports.iter().filter(|it| it.file_hash.is_some()) {
        compare(export, read_manifest(deps, export.day).await?, &mut findings);
    }
    Ok(findings.0)
}

#[derive(Default)]
struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, rule: &'static str, subject: String, detail: impl Into<String>) {
        if self.0.len() < FINDINGS_MAX {
            self.0.push(Finding { rule, subject, detail: detail.into() });
        }
    }
}

/// Where the walk is.
struct Walk<'a> {
    exports: &'a [AuditExport],
    anchor: Option<&'a Anchor>,
    sequence: i64,
    hash: Vec<u8>,
}

async fn walk(
    conn: &mut Conn,
    exports: &[AuditExport],
    anchor: Option<&Anchor>,
    findings: &mut Findings,
) -> anyhow::Result<()> {
    let Some(head) = audit_chain::find_head(conn).await? else {
        findings.add(CHAIN, "head".to_owned(), "the end of the chain was removed");
        return Ok(());
    };
    let mut seals = audit_chain::list_seals(conn, 0, SEALS_AT_ONCE).await?;
    let (sequence, hash) = beginning(exports, seals.first());
    let mut walk = Walk { exports, anchor, sequence, hash };
    while let Some(last) = seals.last().map(|seal| seal.sequence) {
        seals.iter().for_each(|seal| walk.step(seal, findings));
        seals = audit_chain::list_seals(conn, last, SEALS_AT_ONCE).await?;
    }
    walk.arrive(&head, findings);
    Ok(())
}

/// What the chain in the hot table begins after: nothing, or what was archived.
fn beginning(exports: &[AuditExport], first: Option<&Seal>) -> (i64, Vec<u8>) {
    let archived = exports.iter().rev().find(|export| export.archived_at.is_some());
    let Some(export) = archived else { return (0, BEGINNING.to_vec()) };
    match first {
        // A day that is on its way out; its end is compared when the walk comes there.
        Some(seal) if seal.sequence <= export.last_sequence() => {
            (seal.sequence.saturating_sub(1), seal.previous_hash.clone())
        }
        Some(_) | None => (export.last_sequence(), export.last_hash.clone()),
    }
}

impl Walk<'_> {
    fn step(&mut self, seal: &Seal, findings: &mut Findings) {
        let subject = format!("seal {}", seal.sequence);
        if seal.sequence != self.sequence.saturating_add(1) {
            let gap = format!("follows seal {}: what was between is gone", self.sequence);
            findings.add(CHAIN, subject, gap);
        } else if seal.previous_hash != self.hash {
            findings.add(CHAIN, subject, "does not hang on the seal before");
        }
        match &seal.hash_now {
            None => findings.add(LINES, seal.entry.to_string(), "the line was removed"),
            Some(hash) if *hash != seal.entry_hash => {
                findings.add(LINES, seal.entry.to_string(), "the line was changed");
            }
            Some(_) => {}
        }
        self.sequence = seal.sequence;
        self.hash = chain::hash(seal.sequence, seal.entry, &seal.entry_hash, &seal.previous_hash);
        let ends = self.exports.iter().find(|export| export.last_sequence() == self.sequence);
        if let Some(export) = ends.filter(|it| it.n_lines > 0 && it.last_hash != self.hash) {
            findings.add(EXPORTS, export.day.to_string(), "the chain is not what was exported");
        }
        let anchored = self.anchor.filter(|anchor| anchor.n_sealed == self.sequence);
        if anchored.is_some_and(|anchor| anchor.last_hash != self.hash) {
            let detail = "the chain is not what was written down outside of the database";
            findings.add(CHAIN, format!("seal {}", self.sequence), detail);
        }
    }

    fn arrive(&self, head: &Head, findings: &mut Findings) {
        let subject = || format!("seal {}", head.n_sealed);
        if (head.n_sealed, &head.last_hash) != (self.sequence, &self.hash) {
            let detail = format!("is noted as the last one, but seal {} is", self.sequence);
            findings.add(CHAIN, subject(), detail);
        }
        if let Some(anchor) = self.anchor.filter(|anchor| anchor.n_sealed > self.sequence) {
            let detail = format!("seal {} was written down, and is gone", anchor.n_sealed);
            findings.add(CHAIN, subject(), detail);
        }
    }
}

/// Whether each day begins where the day before ended.
fn follow(exports: &[AuditExport], findings: &mut Findings) {
    for (before, export) in exports.iter().zip(exports.iter().skip(1)) {
        let is_next = export.first_sequence == before.last_sequence().saturating_add(1)
            && export.previous_hash == before.last_hash
            && before.day.next_day() == Some(export.day);
        if !is_next {
            findings.add(EXPORTS, export.day.to_string(), "does not follow the day before");
        }
    }
}

fn compare(export: &AuditExport, manifest: Option<Manifest>, findings: &mut Findings) {
    let subject = || export.day.to_string();
    let Some(manifest) = manifest else {
        findings.add(EXPORTS, subject(), "the manifest is gone");
        return;
    };
    let (hash, n_bytes) =
        (export.file_hash.clone().unwrap_or_default(), export.n_bytes.unwrap_or_default());
    if manifest != Manifest::of(export, &hash, n_bytes) {
        findings.add(EXPORTS, subject(), "the manifest says something else");
    }
}
