//! Codes in pictures.

use image::imageops::FilterType;
use rqrr::PreparedImage;

use super::{AT_ONCE, Bytes, PhotoError, read};

/// The longer side of what is searched, in pixels: a code that is held before a camera is far larger than the noise that this leaves out.
const SEARCHED: u32 = 1_200;

/// What the first QR code in a picture says; nothing if there is none that can be read. The picture is not kept.
///
/// # Errors
/// See [`PhotoError`].
pub async fn code_in(bytes: Bytes) -> Result<Option<String>, PhotoError> {
    let _turn = AT_ONCE.acquire().await;
    let found = tokio::task::spawn_blocking(move || found_in(&bytes)).await;
    found.unwrap_or(Err(PhotoError::Broken))
}

fn found_in(bytes: &[u8]) -> Result<Option<String>, PhotoError> {
    let picture = read(bytes)?;
    let picture = match picture.width().max(picture.height()) > SEARCHED {
        true => picture.resize(SEARCHED, SEARCHED, FilterType::Triangle),
        false => picture,
    };
    let grey = picture.into_luma8();
    let (width, height) = (grey.width() as usize, grey.height() as usize);
    let mut prepared =
        PreparedImage::prepare_from_greyscale(width, height, |x, y| grey.as_raw()[y * width + x]);
    let codes = prepared.detect_grids();
    let said = codes.iter().find_map(|code| code.decode().ok());
    Ok(said.map(|(_, text)| text))
}

#[cfg(test)]
mod tests {
    use image::{GrayImage, Luma};
    use qrcode::QrCode;

    use super::*;

    fn png(picture: &GrayImage) -> Vec<u8> {
        let mut bytes = std::io::Cursor::new(Vec::new());
        picture
            .write_to(&mut bytes, image::ImageFormat::Png)
            .expect("a picture");
        bytes.into_inner()
    }

    #[test]
    fn a_code_before_the_camera_is_read() {
        let text = "http://127.0.0.1:8080/yuhong/pay#123456712345678";
        let code = QrCode::new(text).expect("a code");
        let (side, width) = (7, code.width());
        let colors = code.to_colors();
        let picture = GrayImage::from_fn(640, 480, |x, y| {
            let (x, y) = (
                (x as usize).wrapping_sub(120) / side,
                (y as usize).wrapping_sub(60) / side,
            );
            let dark = x < width && y < width && colors[y * width + x] == qrcode::Color::Dark;
            Luma([if dark { 40 } else { 210 }])
        });
        assert_eq!(found_in(&png(&picture)), Ok(Some(text.to_owned())));
        let nothing = GrayImage::from_pixel(640, 480, Luma([127]));
        assert_eq!(found_in(&png(&nothing)), Ok(None));
        assert_eq!(found_in(b"no picture"), Err(PhotoError::Format));
    }
}
