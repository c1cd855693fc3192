//! Texts for a camera.

use qrcode::{Color, EcLevel, QrCode};

/// A text as a square of modules: how many on a side with the quiet zone, and the dark ones as an SVG path.
pub fn square(text: &str) -> (usize, String) {
    use std::fmt::Write;
    const QUIET: usize = 4;
    let Ok(code) = QrCode::with_error_correction_level(text, EcLevel::M) else {
        return (0, String::new());
    };
    let width = code.width();
    let mut path = String::new();
    for (index, _) in code
        .to_colors()
        .iter()
        .enumerate()
        .filter(|(_, color)| **color == Color::Dark)
    {
        let (x, y) = (index % width + QUIET, index / width + QUIET);
        let _ = write!(path, "M{x} {y}h1v1h-1z");
    }
    (width + 2 * QUIET, path)
}
