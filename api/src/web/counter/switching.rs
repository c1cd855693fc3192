//! 换人: another clerk of the store takes over the counter with their PIN, so that each payment is under the name of who charged.

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::CookieJar;
use ledger::LogInError;
use ledger::ids::ClerkId;
use ledger::views::PinRow;
use serde::Deserialize;
use uuid::Uuid;

use crate::auth::session::{Asking, Jar, no_cookie, take_over};
use crate::web::Web;
use crate::web::names::store_name;
use crate::web::page::{Frame, Page, Trouble, show_as, waiting};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Clerk};

#[derive(Template)]
#[template(path = "counter/switch.html")]
struct Switch {
    frame: Frame,
    store: String,
    others: Vec<Other>,
    problem: Option<String>,
}

/// Somebody who may take over.
struct Other {
    id: Uuid,
    name: String,
    chosen: bool,
}

/// Who takes over, as typed. The PIN is never shown again.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    clerk: String,
    pin: String,
}

/// `GET /{program}/counter/switch`.
pub async fn show(At(web): At, clerk: Clerk) -> Page {
    let view = view(&web, &clerk, None, None).await?;
    show_as(StatusCode::OK, &view)
}

async fn view(
    web: &Web,
    clerk: &Clerk,
    chosen: Option<ClerkId>,
    problem: Option<String>,
) -> Result<Switch, Trouble> {
    let own = clerk.0.id();
    let here = web.ledger.pins_at(web.program.id, clerk.store()).await?;
    let others = here.into_iter().filter(|row| row.clerk.0 != own);
    let other = |row: PinRow| Other {
        id: row.clerk.0,
        name: row.name,
        chosen: chosen == Some(row.clerk),
    };
    Ok(Switch {
        frame: Frame::new(web, t("换人收款", "Switch clerk"), Some(&clerk.0)),
        store: store_name(web, clerk.store().0).await?,
        others: others.map(other).collect(),
        problem,
    })
}

/// `POST /{program}/counter/switch`: their session takes the place of the one that is there, in the same browser.
pub async fn switch(At(web): At, clerk: Clerk, asking: Asking, Form(typed): Form<Typed>) -> Page {
    let Ok(chosen) = typed.clerk.parse::<ClerkId>() else {
        let words = t(
            "请选谁来收款，再输入本人的 PIN 码。",
            "Please choose who takes over, and have them type their PIN.",
        );
        let told = (StatusCode::UNPROCESSABLE_ENTITY, words.to_owned());
        return again(&web, &clerk, None, (told, None)).await;
    };
    let whom = (clerk.store(), chosen);
    let pin = typed.pin.trim();
    match take_over(&web.app, &clerk.0.caller, whom, pin, &asking).await {
        Ok(opened) => {
            // What whoever was here before had begun with a provider of identities is not for the next one to finish.
            let ticket = no_cookie(Jar::Ticket, web.app.secure);
            let jar = CookieJar::new().add(opened.cookie).add(ticket);
            Ok((jar, Redirect::to(&web.path("counter"))).into_response())
        }
        Err(error) => {
            let told = words(error)?;
            again(&web, &clerk, Some(chosen), told).await
        }
    }
}

/// Status and sentence of a refusal, and after how many seconds to try again.
type Told = ((StatusCode, String), Option<i64>);

async fn again(
    web: &Web,
    clerk: &Clerk,
    chosen: Option<ClerkId>,
    ((status, words), after): Told,
) -> Page {
    let view = view(web, clerk, chosen, Some(words)).await?;
    Ok(waiting(show_as(status, &view)?, after))
}

fn words(error: LogInError) -> Result<Told, Trouble> {
    Ok(match error {
        LogInError::Refused => {
            let words = t(
                "PIN 码不对，或者这位店员现在不能在本店收款。连续输错五次，PIN 码会锁定 15 分钟。",
                "The PIN is wrong, or this clerk cannot charge here now. After five wrong tries the PIN is locked for 15 minutes.",
            );
            ((StatusCode::UNPROCESSABLE_ENTITY, words.to_owned()), None)
        }
        LogInError::TooMany { retry_after } => {
            let minutes = retry_after.saturating_add(59) / 60;
            let words = say!(
                "PIN 码输错太多次，已锁定，请 {minutes} 分钟后再试。密码没有锁定，本人可以用密码登录。",
                "Too many wrong tries: the PIN is locked. Please try again in {minutes} minutes. The password is not locked; its owner can log in with it."
            );
            let status = StatusCode::TOO_MANY_REQUESTS;
            ((status, words), Some(retry_after))
        }
        other => return Err(other.into()),
    })
}
