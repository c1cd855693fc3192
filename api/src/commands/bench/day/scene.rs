//! Photos, as cameras send them.

use axum::body::Bytes;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, Rgb, RgbImage};

/// A picture like no other of another number, as a camera would send it: 1,600 by 1,200 pixels of blocks, shades and grain, in JPEG.
pub fn scene(number: u64) -> Bytes {
    let mixed = |at: u64| {
        let mut bits = at.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    };
    let pixel = |x: u32, y: u32| {
        let block = mixed(u64::from(x / 200 * 8 + y / 150)) % 200;
        let grain = mixed(u64::from(x * 1_200 + y) + 1_000) % 24;
        let shade = u8::try_from(block + grain).unwrap_or(u8::MAX);
        Rgb([shade, shade / 2 + 40, 200 - shade / 2])
    };
    let picture = RgbImage::from_fn(1_600, 1_200, pixel);
    let mut jpeg = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut jpeg, 85);
    let packed = DynamicImage::ImageRgb8(picture).write_with_encoder(encoder);
    debug_assert!(packed.is_ok(), "a picture of this size is packed");
    jpeg.into()
}
