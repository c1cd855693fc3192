//! Pictures made anew: nothing of what was sent is kept but the pixels, so neither where nor with what it was taken.

mod code;

use std::io::Cursor;
use std::sync::LazyLock;

use axum::body::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};
use image_hasher::{HashAlg, Hasher, HasherConfig};
use ledger::Upload;
use ledger::community::attachment::Looks;
use tokio::sync::Semaphore;

use crate::problem::{Code, Problem};
pub use code::code_in;

/// How large a picture may be as it is sent, in bytes: 12 MB, what a telephone takes.
pub const LARGEST: usize = 12 * 1_024 * 1_024;
/// The longer side of what is kept, in pixels.
const SIDE: u32 = 1_600;
/// The least that shows anything, in pixels.
const LEAST: u32 = 32;
/// The longest side of what is read, in pixels, and the most memory that reading it may take.
const LONGEST: u32 = 12_000;
const MEMORY: u64 = 256 * 1_024 * 1_024;
/// Of JPEG, of 100.
const QUALITY: u8 = 80;

/// Pictures are unpacked one or two at a time: each may take a few hundred megabytes.
static AT_ONCE: Semaphore = Semaphore::const_new(2);

/// The well-known hash of a picture's lowest frequencies ("pHash"): it stays when the picture is made smaller, brighter or packed again. Against
/// the median half of its bits are set; against the mean, which the brightness outweighs, hardly any are, and different pictures look alike.
static HASHER: LazyLock<Hasher> = LazyLock::new(|| {
    HasherConfig::new()
        .hash_size(8, 8)
        .hash_alg(HashAlg::Median)
        .preproc_dct()
        .to_hasher()
});

/// Why a picture is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhotoError {
    /// Of no kind that is read here.
    #[error("send a photo as JPEG, PNG or WebP")]
    Format,
    /// It is cut off or damaged.
    #[error("the photo is damaged: take it again")]
    Broken,
    /// Too many pixels.
    #[error(
        "the photo has more than {LONGEST} pixels on a side, or too many in all: send a smaller one"
    )]
    TooLarge,
    /// Too few.
    #[error("the photo has fewer than {LEAST} pixels on a side: nothing can be seen on it")]
    TooSmall,
}

impl From<PhotoError> for Problem {
    fn from(error: PhotoError) -> Self {
        let code = match error {
            PhotoError::Format => Code::UnsupportedMediaType,
            PhotoError::TooLarge => Code::PayloadTooLarge,
            PhotoError::Broken | PhotoError::TooSmall => Code::BadPhoto,
        };
        Self::new(code, error.to_string())
    }
}

/// The same picture, upright, small enough to keep, in JPEG, and what it looks like.
///
/// # Errors
/// See [`PhotoError`].
pub async fn remake(bytes: Bytes) -> Result<Upload, PhotoError> {
    let _turn = AT_ONCE.acquire().await;
    let made = tokio::task::spawn_blocking(move || made_anew(&bytes)).await;
    made.unwrap_or(Err(PhotoError::Broken))
}

fn made_anew(bytes: &[u8]) -> Result<Upload, PhotoError> {
    let picture = read(bytes)?;
    if picture.width().min(picture.height()) < LEAST {
        return Err(PhotoError::TooSmall);
    }
    let picture = match picture.width().max(picture.height()) > SIDE {
        true => picture.resize(SIDE, SIDE, FilterType::Triangle),
        false => picture,
    };
    let picture = DynamicImage::ImageRgb8(picture.into_rgb8());
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
    picture
        .write_with_encoder(encoder)
        .map_err(|_| PhotoError::Broken)?;
    Ok(Upload::Photo(jpeg, looks(&picture)))
}

fn read(bytes: &[u8]) -> Result<DynamicImage, PhotoError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(|_| PhotoError::Format)?;
    let known = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];
    if !reader
        .format()
        .is_some_and(|format| known.contains(&format))
    {
        return Err(PhotoError::Format);
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST);
    limits.max_image_height = Some(LONGEST);
    limits.max_alloc = Some(MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| problem(&error))?;
    let upright = decoder.orientation();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| problem(&error))?;
    if let Ok(upright) = upright {
        picture.apply_orientation(upright);
    }
    Ok(picture)
}

const fn problem(error: &image::ImageError) -> PhotoError {
    match error {
        image::ImageError::Limits(_) => PhotoError::TooLarge,
        image::ImageError::Unsupported(_) => PhotoError::Format,
        _ => PhotoError::Broken,
    }
}

fn looks(picture: &DynamicImage) -> Looks {
    let hash = HASHER.hash_image(picture);
    let bits = hash.as_bytes().iter().take(8);
    Looks(bits.fold(0, |looks, byte| looks << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests;
