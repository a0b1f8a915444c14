//! Where files lie: the data folder, or a bucket that speaks S3.

use std::fmt;

use super::Reader;

/// Where covers, evidence and the audit log's days are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// `files` in the data folder.
    Folder,
    Bucket(Bucket),
}

/// A bucket that speaks S3's protocol.
#[derive(Clone, PartialEq, Eq)]
pub struct Bucket {
    pub name: String,
    /// What every path begins with; empty for none.
    pub prefix: String,
    /// Absent for Amazon's own, which follows from the region.
    pub endpoint: Option<String>,
    pub region: String,
    pub key_id: String,
    pub secret_key: String,
}

impl fmt::Debug for Bucket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Bucket({}/{} at {:?})", self.name, self.prefix, self.endpoint)
    }
}

const FILES: &str = "EVENTPAY_FILES";
/// What together with [`FILES`] makes a bucket usable.
const PARTS: [&str; 4] = ["S3_ENDPOINT", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY"];

impl Reader<'_> {
    pub(super) fn files(&mut self) -> Files {
        let endpoint = self.url("S3_ENDPOINT");
        let region = self.text_or_default("S3_REGION");
        let key_id = self.text("S3_ACCESS_KEY_ID");
        let secret_key = self.text("S3_SECRET_ACCESS_KEY");
        let Some(place) = self.text(FILES) else {
            if PARTS.iter().any(|name| self.text(name).is_some()) {
                self.problem(FILES, "set when an S3_ variable is, as s3://bucket/prefix");
            }
            return Files::Folder;
        };
        let path = place.strip_prefix("s3://").unwrap_or_default();
        let (name, prefix) = path.split_once('/').unwrap_or((path, ""));
        if name.is_empty() {
            self.problem(FILES, "a bucket such as s3://bucket/prefix");
        }
        for (part, is_absent) in
            [("S3_ACCESS_KEY_ID", key_id.is_none()), ("S3_SECRET_ACCESS_KEY", secret_key.is_none())]
        {
            if is_absent {
                self.problem(part, "set when EVENTPAY_FILES names a bucket");
            }
        }
        Files::Bucket(Bucket {
            name: name.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            endpoint,
            region,
            key_id: key_id.unwrap_or_default(),
            secret_key: secret_key.unwrap_or_default(),
        })
    }
}
