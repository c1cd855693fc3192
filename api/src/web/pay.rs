//! 付款码: the one-time code a rider pays with.

use askama::Template;
use ledger::IssuedCode;
use qrcode::{Color, EcLevel, QrCode};

use super::format::points;
use super::page::{Frame, Page, Trouble, show};
use super::visitor::{At, Rider, request};

#[derive(Template)]
#[template(path = "pay.html")]
struct Pay {
    frame: Frame,
    groups: [String; 2],
    available: String,
    seconds: i64,
    size: usize,
    path: String,
}

/// `POST /{program}/me/code`: draws a code. Nothing of it is kept but its hash, so it is shown at once; a reload draws another.
pub async fn draw(At(web): At, rider: Rider) -> Page {
    let now = web.now();
    let balance = web.ledger.balance(web.program.id, rider.member(), now);
    let balance = balance.await?.ok_or(Trouble::Missing)?;
    let request = request(&rider.0, None);
    let issued = web.ledger.issue_code(&request, rider.member()).await;
    let digits = issued.map_err(Trouble::Write)?.digits;
    let (size, path) = square(&digits);
    let (first, second) = digits.split_at(IssuedCode::DIGITS / 2);
    show(&Pay {
        frame: Frame::new(&web, "付款码", Some(&rider.0)),
        groups: [first.to_owned(), second.to_owned()],
        available: points(balance.available),
        seconds: IssuedCode::LIFE_SECONDS,
        size,
        path,
    })
}

/// The code as a square of modules: how many on a side with the quiet zone, and the dark ones as an SVG path.
pub fn square(digits: &str) -> (usize, String) {
    use std::fmt::Write;
    const QUIET: usize = 4;
    let Ok(code) = QrCode::with_error_correction_level(digits, EcLevel::M) else {
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
