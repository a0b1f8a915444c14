//! The manifest beside a day's file: enough to verify the file and its place in the chain with nothing of ours.

use domain::ids::Id;
use object_store::path::Path;
use serde::{Deserialize, Serialize};
use store::audit_exports::AuditExport;
use time::Date;

/// The form of manifests and files; readers refuse another.
pub const FORMAT: u32 = 1;

/// What is known of a day's file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub format: u32,
    /// In UTC, by the time of sealing.
    pub day: String,
    /// Lines of JSON, compressed by gzip; the hash of each line is the SHA-256 of its bytes without the line's end.
    pub file: String,
    pub n_lines: i64,
    /// The number of the first line in the chain; the others follow without gaps.
    pub first_sequence: i64,
    /// The chain's hash before the first line and after the last. After a line it is the SHA-256 of the line's number
    /// (8 bytes), its id (16 bytes), its hash and the hash before.
    #[serde(with = "hex")]
    pub previous_hash: Vec<u8>,
    #[serde(with = "hex")]
    pub last_hash: Vec<u8>,
    /// SHA-256 of the compressed file.
    #[serde(with = "hex")]
    pub file_hash: Vec<u8>,
    pub n_bytes: i64,
}

impl Manifest {
    /// The manifest of a finished export.
    pub fn of(export: &AuditExport, file_hash: &[u8], n_bytes: i64) -> Self {
        Self {
            format: FORMAT,
            day: export.day.to_string(),
            file: file(export.day).to_string(),
            n_lines: export.n_lines,
            first_sequence: export.first_sequence,
            previous_hash: export.previous_hash.clone(),
            last_hash: export.last_hash.clone(),
            file_hash: file_hash.to_vec(),
            n_bytes,
        }
    }
}

/// Where a day's lines are.
pub fn file(day: Date) -> Path {
    Path::from(format!("{}.jsonl.gz", stem(day)))
}

/// Where a day's manifest is.
pub fn path(day: Date) -> Path {
    Path::from(format!("{}.manifest.json", stem(day)))
}

fn stem(day: Date) -> String {
    format!("audit/{:04}/{:02}/{:02}", day.year(), u8::from(day.month()), day.day())
}

/// A line's id, as it stands in the line.
#[derive(Debug, Deserialize)]
struct LineId {
    id: uuid::Uuid,
}

/// Reads the id that stands in a line.
///
/// # Errors
/// When the line is none of ours.
pub(crate) fn id_of(line: &str) -> anyhow::Result<domain::ids::AuditEntryId> {
    let LineId { id } = serde_json::from_str(line)?;
    Ok(domain::ids::AuditEntryId::from_uuid(id))
}

/// Hashes as people compare them.
pub(crate) mod hex {
    use data_encoding::HEXLOWER;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(hash: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&HEXLOWER.encode(hash))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        HEXLOWER.decode(text.as_bytes()).map_err(serde::de::Error::custom)
    }
}
