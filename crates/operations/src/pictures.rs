//! Pictures that somebody sent: decoded within bounds and drawn anew, so that nothing but their pixels is kept.

use std::io::Cursor;

use bytes::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, RgbImage};
use tokio::sync::Semaphore;

/// Pixels of a side of a picture as sent.
pub(crate) const SIDE_MAX: u32 = 12_000;
/// Memory that one decoded picture may take, and the work of decoding it.
const DECODE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Pictures decoded at the same time: the memory of all is bounded, not only that of one.
static DECODING: Semaphore = Semaphore::const_new(2);

/// No JPEG, PNG or WebP, broken, or larger than any picture of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the picture cannot be read")]
pub(crate) struct Unreadable;

/// Does `work` with a picture away from where requests are answered, when there is room for another one.
///
/// # Errors
/// When the work ended by itself.
pub(crate) async fn apart<T: Send + 'static>(
    picture: Bytes,
    work: impl FnOnce(&[u8]) -> T + Send + 'static,
) -> anyhow::Result<T> {
    let turn = DECODING.acquire().await?;
    let work = move || {
        // Held until the work ends, even if nobody waits for it any more: it cannot be stopped.
        let _turn = turn;
        work(&picture)
    };
    Ok(tokio::task::spawn_blocking(work).await?)
}

/// Decodes within bounds and turns the picture upright.
///
/// # Errors
/// [`Unreadable`].
pub(crate) fn decode(picture: &[u8]) -> Result<DynamicImage, Unreadable> {
    let mut reader =
        ImageReader::new(Cursor::new(picture)).with_guessed_format().map_err(|_| Unreadable)?;
    let mut limits = Limits::default();
    limits.max_image_width = Some(SIDE_MAX);
    limits.max_image_height = Some(SIDE_MAX);
    limits.max_alloc = Some(DECODE_BYTES_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|_| Unreadable)?;
    // The limits are about the decoder's own memory; the picture itself is told before it is unpacked.
    if decoder.total_bytes() > DECODE_BYTES_MAX {
        return Err(Unreadable);
    }
    let orientation = decoder.orientation().map_err(|_| Unreadable)?;
    let mut decoded = DynamicImage::from_decoder(decoder).map_err(|_| Unreadable)?;
    decoded.apply_orientation(orientation);
    Ok(decoded)
}

/// The picture as JPEG, on white where something shone through.
///
/// # Errors
/// [`Unreadable`] when it cannot be encoded.
pub(crate) fn jpeg(picture: &DynamicImage, quality: u8) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    on_white(picture).write_with_encoder(encoder).map_err(|_| Unreadable)?;
    Ok(bytes)
}

/// The picture as PNG.
///
/// # Errors
/// [`Unreadable`] when it cannot be encoded.
pub(crate) fn png(picture: &DynamicImage) -> Result<Vec<u8>, Unreadable> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).map_err(|_| Unreadable)?;
    Ok(bytes.into_inner())
}

/// JPEG knows no transparency: what shone through becomes paper.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let source = picture.to_rgba8();
    RgbImage::from_fn(source.width(), source.height(), |x, y| {
        let [red, green, blue, alpha] = source.get_pixel(x, y).0;
        let blend = |part: u8| {
            let sum = u32::from(part) * u32::from(alpha) + 255 * (255 - u32::from(alpha));
            u8::try_from(sum / 255).unwrap_or(u8::MAX)
        };
        image::Rgb([blend(red), blend(green), blend(blue)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flat(width: u32, height: u32) -> Vec<u8> {
        png(&DynamicImage::new_luma8(width, height)).unwrap()
    }

    #[test]
    fn a_bomb_is_refused_before_it_is_unpacked() {
        // A few kilobytes that say they are gigabytes: the size stands in the first chunk.
        let mut claims = flat(1, 1);
        claims[16..24].copy_from_slice(&[0, 0, 0x2e, 0xe0, 0, 0, 0x2e, 0xe0]);
        claims[25] = 6;
        assert_eq!(decode(&claims).map(|_| ()), Err(Unreadable));
        // Within the sides, beyond the memory: 11,000 by 11,000 with four bytes a pixel.
        let wide = DynamicImage::new_rgba8(1, 1);
        let mut bytes = png(&wide).unwrap();
        bytes[16..24].copy_from_slice(&[0, 0, 0x2a, 0xf8, 0, 0, 0x2a, 0xf8]);
        let head = crc32(&bytes[12..29]);
        bytes[29..33].copy_from_slice(&head.to_be_bytes());
        assert_eq!(decode(&bytes).map(|_| ()), Err(Unreadable));
        assert_eq!(decode(&flat(12_001, 1)).map(|_| ()), Err(Unreadable));
        assert!(decode(&flat(12_000, 2)).is_ok());
    }

    /// PNG's checksum, so that only the size is what is wrong.
    fn crc32(bytes: &[u8]) -> u32 {
        let mut crc = u32::MAX;
        for byte in bytes {
            crc ^= u32::from(*byte);
            for _ in 0..8 {
                crc = if crc & 1 == 1 { (crc >> 1) ^ 0xedb8_8320 } else { crc >> 1 };
            }
        }
        !crc
    }

    #[test]
    fn only_pixels_survive() {
        let script = b"<script>alert(1)</script>";
        let picture = DynamicImage::new_rgb8(8, 8);
        // Both a picture and a page: what follows the end of a picture is not read by who shows it.
        let mut polyglot = jpeg(&picture, 90).unwrap();
        let comment = [&[0xff, 0xfe, 0, 27][..], script].concat();
        polyglot.splice(2..2, comment);
        polyglot.extend_from_slice(script);
        let holds = |bytes: &[u8]| bytes.windows(script.len()).any(|it| it == script);
        assert!(holds(&polyglot));
        let read = decode(&polyglot).unwrap();
        assert!(!holds(&jpeg(&read, 90).unwrap()) && !holds(&png(&read).unwrap()));
        let mut with_tail = png(&picture).unwrap();
        with_tail.extend_from_slice(b"PK\x03\x04");
        with_tail.extend_from_slice(script);
        let drawn = png(&decode(&with_tail).unwrap()).unwrap();
        assert!(!holds(&drawn) && drawn.ends_with(b"IEND\xaeB`\x82"));
    }
}
