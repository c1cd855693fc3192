//! Photos to upload.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageBuffer, ImageFormat, Rgb};

/// A scene of coloured blocks, another one for each seed.
pub fn scene(seed: u32) -> DynamicImage {
    let block = |x: u32, y: u32| {
        let at = x / 80 * 8 + y / 60 + 1;
        let mixed = at
            .wrapping_mul(seed.wrapping_mul(2_654_435_761) | 1)
            .rotate_left(13)
            .wrapping_mul(2_246_822_519);
        u8::try_from(mixed >> 24).unwrap_or_default()
    };
    let pixel = |x, y| Rgb([block(x, y), block(x, y) / 2, 40]);
    DynamicImage::ImageRgb8(ImageBuffer::from_fn(640, 480, pixel))
}

/// It as JPEG, of so many hundredths of the best quality.
///
/// # Panics
/// Never, for pictures of this size.
pub fn jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    picture.write_with_encoder(encoder).expect("packed");
    bytes
}

/// It as PNG.
///
/// # Panics
/// Never, for pictures of this size.
pub fn png(picture: &DynamicImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture
        .write_to(&mut bytes, ImageFormat::Png)
        .expect("packed");
    bytes.into_inner()
}
