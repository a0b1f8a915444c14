//! Evidence against a chargeback: texts and files, and the note that it was sent.

use bytes::Bytes;
use domain::dispute::{DisputeFact, DisputeStatus, DisputeStep, step};
use domain::ids::{DisputeId, EvidenceId};
use domain::limits::{EVIDENCE_BYTES_MAX, EVIDENCE_CHARS_MAX, EVIDENCE_MAX, LINE_CHARS_MAX};
use domain::parsed::text;
use domain::permission::Permission;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use serde_json::json;
use store::db::Conn;
use store::disputes::{self, Evidence};
use store::orders::Order;

use crate::actor::OrganizerAccess;
use crate::disputes::{DisputeError, lock};
use crate::pictures::{Unreadable, apart, decode, jpeg, png};
use crate::{Deps, fresh, trail};

/// What card companies take, by the bytes they begin with.
const FORMATS: [(&[u8], Format); 3] =
    [(b"%PDF-", Format::Pdf), (b"\xFF\xD8\xFF", Format::Jpeg), (b"\x89PNG\r\n\x1A\n", Format::Png)];
/// Receipts have small print.
const QUALITY: u8 = 90;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Pdf,
    Jpeg,
    Png,
}

impl Format {
    const fn content_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
        }
    }
}

/// A file of evidence, for whoever may see it.
#[derive(Debug, Clone)]
pub struct EvidenceFile {
    pub name: String,
    pub content_type: String,
    pub bytes: Bytes,
}

/// Adds a text.
///
/// # Errors
/// As [`DisputeError`] says.
pub async fn add_text(
    deps: &Deps,
    access: &OrganizerAccess,
    dispute: DisputeId,
    body: &str,
) -> Result<EvidenceId, DisputeError> {
    let body = text::paragraphs(body, EVIDENCE_CHARS_MAX);
    let body =
        body.ok().filter(|body| !body.trim().is_empty()).ok_or(DisputeError::MalformedText)?;
    let new = Evidence { body: Some(body), ..blank(deps, access, dispute) };
    add(deps, access, &new).await?;
    Ok(new.id)
}

/// Adds a file: a PDF, JPEG or PNG, by its bytes and not by its name.
///
/// # Errors
/// As [`DisputeError`] says.
pub async fn add_file(
    deps: &Deps,
    access: &OrganizerAccess,
    dispute: DisputeId,
    name: &str,
    bytes: Bytes,
) -> Result<EvidenceId, DisputeError> {
    if bytes.len() > EVIDENCE_BYTES_MAX {
        return Err(DisputeError::TooLarge);
    }
    let found = FORMATS.iter().find(|(head, _)| bytes.starts_with(head));
    let (_, format) = *found.ok_or(DisputeError::Unreadable)?;
    // Folders in a name are somebody's idea of a trick.
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let name: String = name.chars().filter(|c| !c.is_control()).take(LINE_CHARS_MAX).collect();
    {
        // Asked before anything is stored: strangers' files are not, nor those that there is no room for.
        let mut tx = deps.db.begin().await?;
        room_for_more(&mut tx, access, dispute).await?;
    }
    let bytes = drawn_anew(format, bytes).await?;
    // Few bytes can draw a picture of many.
    if bytes.len() > EVIDENCE_BYTES_MAX {
        return Err(DisputeError::TooLarge);
    }
    let new = Evidence {
        file_name: Some(name),
        content_type: Some(format.content_type().to_owned()),
        n_bytes: i64::try_from(bytes.len()).ok(),
        ..blank(deps, access, dispute)
    };
    // The file first: a row without its file would be a promise that cannot be kept.
    let stored = deps.settings.files.put(&path(dispute, new.id), bytes.into()).await;
    stored.map_err(|error| DisputeError::Unexpected(error.into()))?;
    match add(deps, access, &new).await {
        Ok(()) => Ok(new.id),
        // Whether it was written is not known: its file stays.
        Err(DisputeError::Unexpected(error)) => Err(DisputeError::Unexpected(error)),
        Err(refused) => {
            if let Err(error) = deps.settings.files.delete(&path(dispute, new.id)).await {
                tracing::warn!(%error, "a file of evidence that was refused stays in the store");
            }
            Err(refused)
        }
    }
}

/// Pictures are drawn anew: their pixels are the evidence, and nothing else that a file can carry (places, scripts) is
/// kept. A PDF is kept as it is, because there is no reading it without believing it; it is only ever saved, never shown.
async fn drawn_anew(format: Format, bytes: Bytes) -> Result<Bytes, DisputeError> {
    let draw: fn(&[u8]) -> Result<Vec<u8>, Unreadable> = match format {
        Format::Pdf => return Ok(bytes),
        Format::Jpeg => |bytes| jpeg(&decode(bytes)?, QUALITY),
        Format::Png => |bytes| png(&decode(bytes)?),
    };
    let drawn = apart(bytes, draw).await.map_err(DisputeError::Unexpected)?;
    Ok(drawn.map_err(|_| DisputeError::Unreadable)?.into())
}

/// Reads a file of evidence.
///
/// # Errors
/// [`DisputeError::NotFound`] when there is none or it is somebody else's.
pub async fn read_file(
    deps: &Deps,
    access: &OrganizerAccess,
    dispute: DisputeId,
    evidence: EvidenceId,
) -> Result<EvidenceFile, DisputeError> {
    let mut conn = deps.db.acquire().await?;
    disputes::get_for_organizer(
        &mut conn,
        access.organizer_for(Permission::AnswerDisputes)?,
        dispute,
    )
    .await?;
    let all = disputes::list_evidence(&mut conn, dispute).await?;
    drop(conn);
    let found = all.into_iter().find(|it| it.id == evidence).ok_or(DisputeError::NotFound)?;
    let (name, content_type) =
        found.file_name.zip(found.content_type).ok_or(DisputeError::NotFound)?;
    let unexpected = |error: object_store::Error| match error {
        object_store::Error::NotFound { .. } => DisputeError::NotFound,
        other => DisputeError::Unexpected(other.into()),
    };
    let file = deps.settings.files.get(&path(dispute, evidence)).await.map_err(unexpected)?;
    Ok(EvidenceFile { name, content_type, bytes: file.bytes().await.map_err(unexpected)? })
}

/// Notes that the evidence went to the card company. Twice is once.
///
/// # Errors
/// As [`DisputeError`] says.
pub async fn mark_sent(
    deps: &Deps,
    access: &OrganizerAccess,
    dispute: DisputeId,
) -> Result<(), DisputeError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let (order, _, _, dispute) = lock(&mut tx, access, dispute).await?;
    match step(dispute.status, DisputeFact::EvidenceSent) {
        DisputeStep::Move(status) => {
            if disputes::list_evidence(&mut tx, dispute.id).await?.is_empty() {
                return Err(DisputeError::NoEvidence);
            }
            disputes::mark_moved(&mut tx, dispute.id, status, now).await?;
        }
        DisputeStep::AlreadyThere => return Ok(()),
        DisputeStep::Stale => return Err(DisputeError::Over),
    }
    leave(deps, &mut tx, access, &order, ("dispute.under_review", dispute.id)).await?;
    Ok(tx.commit().await?)
}

fn blank(deps: &Deps, access: &OrganizerAccess, dispute: DisputeId) -> Evidence {
    Evidence {
        id: fresh::id(),
        dispute,
        body: None,
        file_name: None,
        content_type: None,
        n_bytes: None,
        added_by: access.actor().user(),
        created_at: deps.clock.now(),
    }
}

async fn add(deps: &Deps, access: &OrganizerAccess, new: &Evidence) -> Result<(), DisputeError> {
    let mut tx = deps.db.begin().await?;
    let order = room_for_more(&mut tx, access, new.dispute).await?;
    disputes::insert_evidence(&mut tx, new).await?;
    leave(deps, &mut tx, access, &order, ("dispute.evidence_added", new.dispute)).await?;
    Ok(tx.commit().await?)
}

/// The order of a dispute that can still be answered and has room for one piece more; both stay locked.
async fn room_for_more(
    conn: &mut Conn,
    access: &OrganizerAccess,
    dispute: DisputeId,
) -> Result<Order, DisputeError> {
    let (order, _, _, dispute) = lock(conn, access, dispute).await?;
    if !matches!(dispute.status, DisputeStatus::Open | DisputeStatus::UnderReview) {
        return Err(DisputeError::Over);
    }
    let n = disputes::list_evidence(conn, dispute.id).await?.len();
    if i64::try_from(n).is_ok_and(|n| n >= EVIDENCE_MAX) {
        return Err(DisputeError::TooMany);
    }
    Ok(order)
}

async fn leave(
    deps: &Deps,
    conn: &mut Conn,
    access: &OrganizerAccess,
    order: &Order,
    (what, dispute): (&str, DisputeId),
) -> Result<(), DisputeError> {
    let detail = json!({ "dispute": dispute });
    let key = dispute.to_string();
    trail::leave(conn, order, access.actor(), what, (&key, detail), deps.clock.now()).await?;
    Ok(())
}

/// Where a file is kept.
pub(crate) fn path(dispute: DisputeId, evidence: EvidenceId) -> Path {
    Path::from(format!("disputes/{dispute}/{evidence}"))
}
