//! Seals committed lines of the audit log: the chain grows shortly after the commits, so that writers never wait for it.
//!
//! A line is written in its own transaction without knowing its place. What has no seal is found by looking for exactly
//! that, so a transaction that commits late is sealed late and lost never.

use domain::ids::{AuditEntryId, Id};
use object_store::ObjectStoreExt;
use object_store::path::Path;
use serde::{Deserialize, Serialize};
use store::audit_chain::{self, Head};
use store::error::StoreError;
use uuid::Uuid;

use crate::Deps;
use crate::audit::chain;
use crate::audit::manifest::hex;

/// Lines sealed in one transaction.
const LINES_AT_ONCE: i64 = 1000;
/// A usual look begins so long before the newest sealed line: transactions last seconds.
const LOOK_BACK_MS: u128 = 120_000;
/// The end of the chain, written down outside of the database: whoever cuts lines off there cannot cut them off here.
const ANCHOR: &str = "audit/head.json";

/// How far back a look goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// A little before the newest sealed line.
    Recent,
    /// The whole hot table: for transactions that took longer than anyone thought.
    Everything,
}

/// The end of the chain as the object store knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Anchor {
    pub n_sealed: i64,
    #[serde(with = "hex")]
    pub last_hash: Vec<u8>,
}

/// Seals what is committed and has no seal, and says how many lines it sealed. One process at a time does; the others
/// have nothing to do.
///
/// # Errors
/// When the database or the object store fails.
pub async fn seal(deps: &Deps, reach: Reach) -> anyhow::Result<u64> {
    let mut n_sealed: u64 = 0;
    let mut after = None;
    let mut end = None;
    while let Some(sealed) = seal_some(deps, reach, after).await? {
        n_sealed = n_sealed.saturating_add(sealed.n_lines);
        after = Some(sealed.last_looked_at);
        end = Some(sealed.head);
        if !sealed.is_more_likely {
            break;
        }
    }
    if let Some(head) = end {
        write_anchor(deps, head).await?;
    }
    Ok(n_sealed)
}

struct Sealed {
    n_lines: u64,
    /// The next look in the same run begins here; what commits behind it is found by the next run.
    last_looked_at: AuditEntryId,
    head: Head,
    is_more_likely: bool,
}

async fn seal_some(
    deps: &Deps,
    reach: Reach,
    after: Option<AuditEntryId>,
) -> Result<Option<Sealed>, StoreError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let Some((head, now_ms)) = audit_chain::lock_head(&mut tx).await? else { return Ok(None) };
    let after = after.unwrap_or_else(|| beginning(reach, &head, now_ms));
    let lines = audit_chain::list_unsealed(&mut tx, after, LINES_AT_ONCE).await?;
    let Some(last_looked_at) = lines.last().map(|line| line.entry) else {
        // Ended here rather than some time after the drop: the next look wants the end of the chain at once.
        tx.commit().await?;
        return Ok(None);
    };
    let n_lines = lines.len();
    let (seals, head) = chain::extend(&head, lines);
    audit_chain::append(&mut tx, &seals, &head, now).await?;
    tx.commit().await?;
    let is_more_likely = i64::try_from(n_lines).is_ok_and(|n| n == LINES_AT_ONCE);
    let n_lines = u64::try_from(n_lines).unwrap_or(u64::MAX);
    Ok(Some(Sealed { n_lines, last_looked_at, head, is_more_likely }))
}

/// Where a look begins: ids carry their time in the first 48 bits. A machine whose clock is ahead hides nobody's lines.
fn beginning(reach: Reach, head: &Head, now_ms: u64) -> AuditEntryId {
    let from = match reach {
        Reach::Everything => 0,
        Reach::Recent => {
            let newest = head.newest_entry.uuid().as_u128() >> 80;
            newest.min(u128::from(now_ms)).saturating_sub(LOOK_BACK_MS)
        }
    };
    AuditEntryId::from_uuid(Uuid::from_u128(from << 80))
}

async fn write_anchor(deps: &Deps, head: Head) -> anyhow::Result<()> {
    let anchor = Anchor { n_sealed: head.n_sealed, last_hash: head.last_hash };
    let body = serde_json::to_vec(&anchor)?;
    deps.settings.files.put(&Path::from(ANCHOR), body.into()).await?;
    Ok(())
}

/// The end of the chain as it was last written down outside of the database.
///
/// # Errors
/// When the object store fails, or holds something else there.
pub async fn read_anchor(deps: &Deps) -> anyhow::Result<Option<Anchor>> {
    match deps.settings.files.get(&Path::from(ANCHOR)).await {
        Ok(found) => Ok(Some(serde_json::from_slice(&found.bytes().await?)?)),
        Err(object_store::Error::NotFound { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}
