//! An event's link as a QR code: to print, and to show.

use domain::permission::Permission;
use std::io::Cursor;

use anyhow::Context;
use domain::ids::EventId;
use image::{ImageFormat, Luma};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};
use store::error::StoreError;
use store::events;

use crate::actor::OrganizerAccess;
use crate::{Deps, links};

/// Pixels of the picture's side, at least: sharp on a poster of a few centimetres.
const PIXELS_MIN: u32 = 1024;

/// The code of one event's link, and a name for its file.
pub struct LinkCode {
    pub slug: String,
    code: QrCode,
}

/// The code of the organizer's event; `None` when there is none or it is somebody else's.
///
/// # Errors
/// When the database fails.
pub async fn link_code(
    deps: &Deps,
    access: &OrganizerAccess,
    event: EventId,
) -> Result<Option<LinkCode>, anyhow::Error> {
    let mut conn = deps.db.acquire().await?;
    let Ok(organizer) = access.organizer_for(Permission::ViewEvents) else { return Ok(None) };
    let found = match events::get_for_organizer(&mut conn, organizer, event).await {
        Ok(found) => found,
        Err(StoreError::NotFound) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let url = links::event(&deps.settings, &found.slug);
    // A quarter of it may be dirty or torn and it still reads.
    let code = QrCode::with_error_correction_level(url, EcLevel::Q).context("drawing a link")?;
    Ok(Some(LinkCode { slug: found.slug, code }))
}

impl LinkCode {
    /// As a drawing, black on white with its quiet edge: readers need the contrast in dark mode too.
    pub fn svg(&self) -> String {
        self.code
            .render::<svg::Color<'_>>()
            .min_dimensions(PIXELS_MIN, PIXELS_MIN)
            .dark_color(svg::Color("#000000"))
            .light_color(svg::Color("#ffffff"))
            .build()
    }

    /// As a picture.
    ///
    /// # Errors
    /// When it cannot be encoded.
    pub fn png(&self) -> anyhow::Result<Vec<u8>> {
        let picture = self.code.render::<Luma<u8>>().min_dimensions(PIXELS_MIN, PIXELS_MIN).build();
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, ImageFormat::Png)?;
        Ok(bytes.into_inner())
    }
}
