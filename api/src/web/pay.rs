//! 付款码: the one-time code a rider pays with.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use ledger::WriteError;
use ledger::community::{Code, Registration};
use ledger::ids::{ProgramId, random_bytes, sha256_hex};
use ledger::machine::{Command, Rejection};
use qrcode::{Color, EcLevel, QrCode};

use super::Web;
use super::format::points;
use super::page::{Frame, Page, Trouble, show};
use super::visitor::{Rider, request};

/// How long a code can be used, in seconds.
const LIFETIME: i64 = 120;
/// Digits of a code: with 10⁸ of them and two minutes, guessing one at a counter is hopeless.
const DIGITS: usize = 8;
/// A code drawn before is drawn again; that this happens thrice running does not happen.
const TRIES: u32 = 3;

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

/// What is stored of a code, and looked for at the counter.
pub fn code_hash(program: ProgramId, digits: &str) -> String {
    sha256_hex(&[program.0.as_bytes().as_slice(), digits.as_bytes()].concat())
}

/// `POST /{program}/me/code`: draws a code. Nothing of it is kept but its hash, so it is shown at once; a reload draws another.
pub async fn draw(State(web): State<Arc<Web>>, rider: Rider) -> Page {
    let now = web.now();
    let balance = web.ledger.balance(web.program.id, rider.member(), now);
    let balance = balance.await?.ok_or(Trouble::Missing)?;
    let digits = register(&web, &rider).await?;
    let (size, path) = square(&digits);
    let (first, second) = digits.split_at(DIGITS / 2);
    show(&Pay {
        frame: Frame::new(&web, "付款码", Some(&rider.0)),
        groups: [first.to_owned(), second.to_owned()],
        available: points(balance.available),
        seconds: LIFETIME,
        size,
        path,
    })
}

async fn register(web: &Web, rider: &Rider) -> Result<String, Trouble> {
    for _ in 0..TRIES {
        let number = u64::from_be_bytes(random_bytes()) % 10_u64.pow(8);
        let digits = format!("{number:0DIGITS$}");
        let code = Registration::Code(Code {
            hash: code_hash(web.program.id, &digits),
            member: rider.member(),
            expires_at: web.now().plus_seconds(LIFETIME),
        });
        let request = request(web, &rider.0, None);
        match web.ledger.execute(&request, Command::Register(code)).await {
            Ok(_) => return Ok(digits),
            Err(WriteError::Rejected(Rejection::AlreadyExists)) => {}
            Err(error) => return Err(Trouble::Write(error)),
        }
    }
    Err(Trouble::Write(WriteError::Busy))
}

/// The code as a square of modules: how many on a side with the quiet zone, and the dark ones as an SVG path.
fn square(digits: &str) -> (usize, String) {
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
