//! 付款码: the one-time code a rider pays with, and what its address leads to.

use askama::Template;
use axum::http::{HeaderValue, header};
use ledger::IssuedCode;
use ledger::community::PayCode;
use qrcode::{Color, EcLevel, QrCode};

use super::counter;
use super::format::points;
use super::page::{Frame, Page, Trouble, go, show};
use super::station::Reached;
use super::visitor::{At, Clerk, Digits, Rider, request};

#[derive(Template)]
#[template(path = "pay.html")]
struct Pay {
    frame: Frame,
    groups: [String; 4],
    available: String,
    seconds: i64,
    size: usize,
    path: String,
}

/// `POST /{program}/me/code`: draws a code. Nothing of it is kept but its hash, so it is shown at once; a reload draws another.
pub async fn draw(At(web): At, rider: Rider, Reached(server): Reached) -> Page {
    let now = web.now();
    let balance = web.ledger.balance(web.program.id, rider.member(), now);
    let balance = balance.await?.ok_or(Trouble::Missing)?;
    let request = request(&rider.0, None);
    let issued = web.ledger.issue_code(&request, rider.member()).await;
    let code = issued.map_err(Trouble::Write)?.code;
    // Behind the # it is not sent to any server, so it stands in no log; the counter's page finds it there.
    let address = format!("{server}{}#{}", web.path("pay"), code.text());
    let (size, path) = square(&address);
    show(&Pay {
        frame: Frame::new(&web, "付款码", Some(&rider.0)),
        groups: code.groups().map(str::to_owned),
        available: points(balance.available),
        seconds: IssuedCode::LIFE_SECONDS,
        size,
        path,
    })
}

#[derive(Template)]
#[template(path = "scanned.html")]
struct Scanned {
    frame: Frame,
}

/// `GET /{program}/pay`: where any phone's scanner leads. A clerk comes to the counter, and what stands behind the # with them; whoever
/// else is told what it is.
pub async fn scanned(At(web): At, clerk: Result<Clerk, Trouble>) -> Page {
    match clerk {
        Ok(_) => go(&web.path("counter")),
        Err(trouble) => explain(&web, trouble),
    }
}

/// `GET /{program}/pay/{digits}`: the same with the code in the path, for scanners and browsers without JavaScript. Such a path is
/// logged as its template, and what is on the page says nothing of it to where it leads.
pub async fn scanned_digits(
    At(web): At,
    clerk: Result<Clerk, Trouble>,
    Digits(digits): Digits,
) -> Page {
    let code = PayCode::parse(&digits).ok_or(Trouble::Missing)?;
    let mut page = match clerk {
        Ok(clerk) => counter::filled(&web, &clerk, &code).await?,
        Err(trouble) => explain(&web, trouble)?,
    };
    let origin_alone = HeaderValue::from_static("strict-origin");
    page.headers_mut()
        .insert(header::REFERRER_POLICY, origin_alone);
    Ok(page)
}

fn explain(web: &super::Web, trouble: Trouble) -> Page {
    match trouble {
        Trouble::Outside(_) | Trouble::NotYours(_) => show(&Scanned {
            frame: Frame::new(web, "付款码", None),
        }),
        trouble => Err(trouble),
    }
}

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
