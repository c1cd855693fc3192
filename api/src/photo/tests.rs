use image::{ImageBuffer, Rgb};

use super::*;

/// A scene of blocks, another one for each seed.
fn scene(seed: u32, width: u32, height: u32) -> DynamicImage {
    let block = |x: u32, y: u32| {
        let at = (x * 8 / width, y * 8 / height);
        let mixed = (at.0 * 8 + at.1 + 1)
            .wrapping_mul(seed.wrapping_mul(2_654_435_761) | 1)
            .rotate_left(13)
            .wrapping_mul(2_246_822_519);
        u8::try_from(mixed >> 24).unwrap_or_default()
    };
    let pixel = |x, y| Rgb([block(x, y), block(x, y) / 2, 40]);
    DynamicImage::ImageRgb8(ImageBuffer::from_fn(width, height, pixel))
}

fn packed(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, format).expect("packed");
    bytes.into_inner()
}

fn jpeg(picture: &DynamicImage, quality: u8) -> Vec<u8> {
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
    picture.write_with_encoder(encoder).expect("packed");
    bytes
}

fn photo(bytes: &[u8]) -> (Vec<u8>, Looks) {
    match made_anew(bytes).expect("a photo") {
        Upload::Photo(jpeg, looks) => (jpeg, looks),
        Upload::Text(_) => unreachable!("a photo"),
    }
}

/// A JPEG with an EXIF segment: a maker's name, and how the camera was held.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x02".to_vec();
    // Make (ASCII, 12 letters, at offset 38) and Orientation (SHORT).
    exif.extend(*b"\x01\x0f\0\x02\0\0\0\x0c\0\0\0\x26");
    exif.extend([1, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0]);
    exif.extend([0, 0, 0, 0]);
    exif.extend(*b"SECRETMAKER\0");
    let length = u16::try_from(exif.len() + 2).expect("short");
    let mut whole = jpeg[..2].to_vec();
    whole.extend([0xff, 0xe1]);
    whole.extend(length.to_be_bytes());
    whole.extend(exif);
    whole.extend(&jpeg[2..]);
    whole
}

#[test]
fn nothing_is_kept_but_the_pixels_upright_and_bounded() {
    let sent = with_exif(&jpeg(&scene(1, 2_400, 1_600), 90), 6);
    assert!(sent.windows(11).any(|part| part == b"SECRETMAKER"));
    let (kept, _) = photo(&sent);
    assert!(!kept.windows(11).any(|part| part == b"SECRETMAKER"));
    assert!(!kept.windows(4).any(|part| part == b"Exif"));
    let kept = image::load_from_memory(&kept).expect("a picture");
    // Held on its side: as wide as it was high.
    assert_eq!((kept.width(), kept.height()), (1_067, 1_600));
}

#[test]
fn the_same_picture_is_known_again_and_others_are_not() {
    for seed in 1..6 {
        let picture = scene(seed, 800, 600);
        let (_, looks) = photo(&jpeg(&picture, 95));
        let again = [
            jpeg(&picture, 40),
            jpeg(&picture.resize(500, 500, FilterType::Lanczos3), 70),
            jpeg(&picture.brighten(12), 85),
            packed(&picture, ImageFormat::Png),
            packed(&picture, ImageFormat::WebP),
            with_exif(&jpeg(&picture, 95), 1),
        ];
        for sent in again {
            let distance = looks.distance(photo(&sent).1);
            assert!(distance <= Looks::SAME, "{seed}: {distance}");
        }
        for other in seed + 1..12 {
            let (_, other_looks) = photo(&jpeg(&scene(other, 400, 300), 90));
            assert!(
                looks.distance(other_looks) > Looks::ALIKE,
                "{seed} and {other}"
            );
        }
    }
}

#[test]
fn of_many_pictures_no_two_look_alike() {
    let looks: Vec<Looks> = (1..=150)
        .map(|seed| looks(&scene(seed, 160, 120)))
        .collect();
    let mut nearest = u32::MAX;
    for (index, one) in looks.iter().enumerate() {
        let others = looks[..index].iter().map(|other| one.distance(*other));
        nearest = nearest.min(others.min().unwrap_or(u32::MAX));
    }
    assert!(nearest > Looks::ALIKE, "{nearest}");
}

#[test]
fn the_same_bytes_become_the_same_photo() {
    let sent = jpeg(&scene(3, 640, 480), 90);
    assert_eq!(photo(&sent), photo(&with_exif(&sent, 1)));
}

#[test]
fn what_is_no_photo_is_told() {
    let whole = jpeg(&scene(1, 640, 480), 90);
    assert_eq!(made_anew(b"GIF89a nothing"), Err(PhotoError::Format));
    assert_eq!(made_anew(b""), Err(PhotoError::Format));
    assert_eq!(made_anew(&whole[..200]), Err(PhotoError::Broken));
    let dot = packed(&scene(1, 16, 900), ImageFormat::Png);
    assert_eq!(made_anew(&dot), Err(PhotoError::TooSmall));
    let wide = packed(&scene(1, LONGEST + 1, 40), ImageFormat::Png);
    assert_eq!(made_anew(&wide), Err(PhotoError::TooLarge));
}

/// What changes a picture more than saving it again: it is shown to who decides, at least.
#[test]
fn a_picture_that_was_changed_still_looks_alike() {
    for seed in 1..=4 {
        let picture = scene(seed, 640, 480);
        let (_, looks) = photo(&jpeg(&picture, 92));
        let changed = [
            jpeg(&picture.brighten(30), 85),
            jpeg(&picture.brighten(-30), 85),
            jpeg(&picture.crop_imm(6, 5, 628, 470), 85),
        ];
        for sent in changed {
            let distance = looks.distance(photo(&sent).1);
            assert!(distance <= Looks::ALIKE, "{seed}: {distance}");
        }
    }
}
