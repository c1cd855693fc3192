//! 付款码: the one-time code a rider pays with, and what its address leads to.

use askama::Template;
use axum::http::{HeaderValue, header};
use ledger::IssuedCode;
use ledger::community::PayCode;

use crate::web::assets::SCAN;
use crate::web::counter::charge;
use crate::web::format::points;
use crate::web::page::{Frame, Page, Trouble, go, show};
use crate::web::reading::{Say, t};
use crate::web::square::square;
use crate::web::visitor::Reached;
use crate::web::visitor::{At, Clerk, Digits, Rider, request};

#[derive(Template)]
#[template(path = "rider/pay.html")]
struct Pay {
    frame: Frame,
    groups: [String; 4],
    available: String,
    seconds: i64,
    size: usize,
    path: String,
    /// The script of the camera.
    scan: &'static str,
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
        frame: Frame::new(&web, t("付款码", "Payment code"), Some(&rider.0)),
        groups: code.groups().map(str::to_owned),
        available: points(balance.available),
        seconds: IssuedCode::LIFE_SECONDS,
        size,
        path,
        scan: &SCAN,
    })
}

#[derive(Template)]
#[template(path = "rider/scanned.html")]
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
        Ok(clerk) => charge::filled(&web, &clerk, &code).await?,
        Err(trouble) => explain(&web, trouble)?,
    };
    let origin_alone = HeaderValue::from_static("strict-origin");
    page.headers_mut()
        .insert(header::REFERRER_POLICY, origin_alone);
    Ok(page)
}

fn explain(web: &crate::web::Web, trouble: Trouble) -> Page {
    match trouble {
        Trouble::Outside(_) | Trouble::NotYours(_) => show(&Scanned {
            frame: Frame::new(web, t("付款码", "Payment code"), None),
        }),
        trouble => Err(trouble),
    }
}
