//! The cover picture: decoded and drawn anew, so that nothing but its pixels is kept, in the two sizes pages need.

use bytes::Bytes;
use domain::ids::{EventId, FileId};
use domain::limits::COVER_BYTES_MAX;
use domain::permission::Permission;
use image::DynamicImage;
use object_store::ObjectStoreExt;
use object_store::path::Path;
use serde_json::json;
use store::error::StoreError;
use store::events;
use store::files::{self, File};

use crate::actor::OrganizerAccess;
use crate::pictures::{SIDE_MAX, Unreadable, apart, decode, jpeg};
use crate::{Deps, fresh, trail};

/// JPEG's quality: small enough for a phone on the train, without visible blocks.
const QUALITY: u8 = 82;

/// A size that pages ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CoverSize {
    /// 1600 pixels wide at most.
    Wide,
    /// 800 pixels wide at most.
    Narrow,
}

impl CoverSize {
    /// Pixels of the width, at most.
    pub const fn width(self) -> u32 {
        match self {
            Self::Wide => 1600,
            Self::Narrow => 800,
        }
    }

    fn path(self, file: FileId) -> Path {
        Path::from(format!("covers/{file}/{}.jpg", self.width()))
    }
}

/// Why a picture was not kept.
#[derive(Debug, thiserror::Error)]
pub enum CoverError {
    #[error("the picture is larger than {COVER_BYTES_MAX} bytes")]
    TooLarge,
    /// No JPEG, PNG or WebP, or broken.
    #[error("the picture cannot be read")]
    Unreadable,
    #[error("no such event or picture")]
    NotFound,
    #[error(transparent)]
    Unexpected(anyhow::Error),
}

impl From<Unreadable> for CoverError {
    fn from(_: Unreadable) -> Self {
        Self::Unreadable
    }
}

impl From<StoreError> for CoverError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::NotFound,
            other => Self::Unexpected(other.into()),
        }
    }
}

/// Shows `picture` on an event. The picture before it stays stored: another copy of the event may show it.
///
/// # Errors
/// [`CoverError::TooLarge`], [`CoverError::Unreadable`].
pub async fn set(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
    picture: Bytes,
) -> Result<FileId, CoverError> {
    if picture.len() > COVER_BYTES_MAX {
        return Err(CoverError::TooLarge);
    }
    {
        // Asked before the costly part: strangers' pictures are not even decoded.
        let mut conn = deps.db.acquire().await?;
        events::get_for_organizer(&mut conn, access.organizer_for(Permission::EditEvents)?, event)
            .await?;
    }
    let drawn = apart(picture, redraw).await.map_err(CoverError::Unexpected)??;
    let file: FileId = fresh::id();
    for (size, jpeg) in [(CoverSize::Wide, drawn.wide.clone()), (CoverSize::Narrow, drawn.narrow)] {
        deps.settings
            .files
            .put(&size.path(file), jpeg.into())
            .await
            .map_err(|error| CoverError::Unexpected(error.into()))?;
    }
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
        .await?;
    let row = File {
        id: file,
        organizer: access.organizer_for(Permission::EditEvents)?,
        content_type: "image/jpeg".to_owned(),
        n_bytes: i64::try_from(drawn.wide.len()).unwrap_or(i64::MAX),
        width: i32::try_from(drawn.width).unwrap_or(i32::MAX),
        height: i32::try_from(drawn.height).unwrap_or(i32::MAX),
    };
    files::insert(&mut tx, &row, now).await?;
    events::set_cover(&mut tx, event, Some(file), now).await?;
    trail::leave_event(&mut tx, access, event, "event.cover_set", json!({ "file": file }), now)
        .await?;
    tx.commit().await?;
    Ok(file)
}

/// Shows no picture on an event.
///
/// # Errors
/// [`CoverError::NotFound`].
pub async fn remove(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<(), CoverError> {
    let now = deps.clock.now();
    let mut tx = deps.db.begin().await?;
    let found =
        events::lock_for_organizer(&mut tx, access.organizer_for(Permission::EditEvents)?, event)
            .await?;
    if found.cover.is_some() {
        events::set_cover(&mut tx, event, None, now).await?;
        trail::leave_event(&mut tx, access, event, "event.cover_removed", json!({}), now).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// The bytes of a stored picture, a JPEG.
///
/// # Errors
/// [`CoverError::NotFound`].
pub async fn read(deps: &Deps, file: FileId, size: CoverSize) -> Result<Bytes, CoverError> {
    let mut conn = deps.db.acquire().await?;
    files::find(&mut conn, file).await?.ok_or(CoverError::NotFound)?;
    drop(conn);
    match deps.settings.files.get(&size.path(file)).await {
        Ok(found) => found.bytes().await.map_err(|error| CoverError::Unexpected(error.into())),
        Err(object_store::Error::NotFound { .. }) => Err(CoverError::NotFound),
        Err(error) => Err(CoverError::Unexpected(error.into())),
    }
}

#[derive(Debug)]
struct Redrawn {
    wide: Vec<u8>,
    narrow: Vec<u8>,
    width: u32,
    height: u32,
}

/// Draws the picture on white in both sizes.
fn redraw(picture: &[u8]) -> Result<Redrawn, Unreadable> {
    let decoded = decode(picture)?;
    let wide = at_most(&decoded, CoverSize::Wide.width());
    let narrow = at_most(&wide, CoverSize::Narrow.width());
    let (width, height) = (wide.width(), wide.height());
    Ok(Redrawn { wide: jpeg(&wide, QUALITY)?, narrow: jpeg(&narrow, QUALITY)?, width, height })
}

fn at_most(picture: &DynamicImage, width: u32) -> DynamicImage {
    if picture.width() <= width {
        return picture.clone();
    }
    picture.resize(width, SIDE_MAX, image::imageops::FilterType::Triangle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn png(width: u32, height: u32) -> Vec<u8> {
        crate::pictures::png(&DynamicImage::new_rgba8(width, height)).unwrap()
    }

    #[test]
    fn a_picture_is_drawn_anew_in_two_sizes() {
        let drawn = redraw(&png(2000, 1000)).unwrap();
        assert_eq!((drawn.width, drawn.height), (1600, 800));
        let narrow = image::load_from_memory(&drawn.narrow).unwrap();
        assert_eq!((narrow.width(), narrow.height()), (800, 400));
        assert_eq!(image::guess_format(&drawn.wide).unwrap(), image::ImageFormat::Jpeg);
        assert_eq!(narrow.to_rgb8().get_pixel(1, 1).0, [255, 255, 255]);
    }

    #[test]
    fn what_is_no_picture_is_refused() {
        for hostile in [&b"GIF89a"[..], b"<svg onload=alert(1)>", b"", b"\x89PNG\r\n\x1a\nbroken"] {
            assert!(matches!(redraw(hostile), Err(Unreadable)));
        }
    }
}
