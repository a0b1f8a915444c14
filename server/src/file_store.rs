//! The store of files that operations write to: opened once, tried once, so that a wrong key is told at the start.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context as _;
use object_store::aws::AmazonS3Builder;
use object_store::local::LocalFileSystem;
use object_store::prefix::PrefixStore;
use object_store::{Error, ObjectStore, ObjectStoreExt as _};

use crate::config::{Bucket, Files};

/// A file that nobody writes: asking for it shows whether the store answers.
const TRIED: &str = "is-this-store-there";

/// Opens the store; `folder` is where files lie unless a bucket is configured.
///
/// # Errors
/// When the folder cannot be used, or the bucket does not answer or refuses the key.
pub async fn open(files: &Files, folder: &Path) -> anyhow::Result<Arc<dyn ObjectStore>> {
    match files {
        Files::Folder => Ok(Arc::new(LocalFileSystem::new_with_prefix(folder)?)),
        Files::Bucket(bucket) => {
            let store = connect(bucket)?;
            match store.head(&TRIED.into()).await {
                Ok(_) | Err(Error::NotFound { .. }) => Ok(store),
                Err(error) => Err(error).with_context(|| {
                    format!(
                        "the bucket {} cannot be used; see EVENTPAY_FILES and the S3_ variables",
                        bucket.name
                    )
                }),
            }
        }
    }
}

fn connect(bucket: &Bucket) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let mut builder = AmazonS3Builder::new()
        .with_bucket_name(&bucket.name)
        .with_region(&bucket.region)
        .with_access_key_id(&bucket.key_id)
        .with_secret_access_key(&bucket.secret_key);
    if let Some(endpoint) = &bucket.endpoint {
        builder = builder.with_endpoint(endpoint).with_allow_http(endpoint.starts_with("http://"));
    }
    let store = builder.build().context("the S3_ variables")?;
    Ok(Arc::new(PrefixStore::new(store, bucket.prefix.as_str())))
}
