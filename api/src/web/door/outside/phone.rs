//! Log-in by phone: a page that asks for a code, and then for what it says. It works without JavaScript.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use ledger::community::personal::Phone;
use serde::Deserialize;

use super::super::entrance::at_door;
use super::words;
use crate::auth::session::Asking;
use crate::outside::{Refusal, ask_for_code, keep_pace, log_in_with_code};
use crate::web::page::{Frame, Page, waiting};
use crate::web::reading::{Say, t};
use crate::web::visitor::At;
use crate::web::wrong::Wrong;
use crate::web::{Site, Web};

#[derive(Template)]
#[template(path = "door/login_phone.html")]
struct PhonePage<'a> {
    frame: Frame,
    phone: &'a str,
    /// A code was asked for.
    sent: bool,
    wrong: Wrong,
}

/// Whoever stands at this page.
struct Here<'a> {
    site: &'a Site,
    web: &'a Web,
    headers: &'a HeaderMap,
}

impl Here<'_> {
    /// What was typed stays.
    fn show(&self, phone: &str, sent: bool, problem: Option<(StatusCode, Wrong)>) -> Page {
        let (status, wrong) = problem.unwrap_or((StatusCode::OK, Wrong::default()));
        at_door(self.site, self.headers, status, |csrf| PhonePage {
            frame: Frame::at_door(self.web, t("手机号登录", "Log in by phone"), csrf),
            phone,
            sent,
            wrong,
        })
    }

    fn refused(&self, refusal: &Refusal, phone: &str, sent: bool) -> Page {
        let (status, problem, after) = words(refusal);
        let field = match refusal {
            Refusal::WrongCode if sent => "code",
            _ => "form",
        };
        let problem = (status, Wrong::with(field, problem));
        let page = self.show(phone, sent, Some(problem))?;
        Ok(waiting(page, after))
    }

    fn no_phone(&self, typed: &str) -> Page {
        let why = t(
            "这不像手机号。请填 11 位手机号，境外号码以 + 和国家代码开头。",
            "This does not look like a phone number. Please give 11 digits; a number from abroad begins with + and the country code.",
        );
        let wrong = Wrong::with("phone", why);
        self.show(
            typed,
            false,
            Some((StatusCode::UNPROCESSABLE_ENTITY, wrong)),
        )
    }
}

/// `GET /{program}/login/phone`.
pub async fn show(State(site): State<Arc<Site>>, At(web): At, headers: HeaderMap) -> Page {
    let here = Here {
        site: &site,
        web: &web,
        headers: &headers,
    };
    match site.app.outside.has_sms() {
        true => here.show("", false, None),
        false => here.refused(&Refusal::NoSms, "", false),
    }
}

#[derive(Deserialize)]
pub struct Wanting {
    phone: String,
}

/// `POST /{program}/login/phone`: has a code sent, or seems to.
pub async fn ask(
    State(site): State<Arc<Site>>,
    At(web): At,
    asking: Asking,
    Form(Wanting { phone }): Form<Wanting>,
) -> Page {
    let here = Here {
        site: &site,
        web: &web,
        headers: &asking.headers,
    };
    if let Err(refusal) = keep_pace(&site.app, &asking) {
        return here.refused(&refusal, &phone, false);
    }
    let Ok(number) = Phone::parse(&phone) else {
        return here.no_phone(&phone);
    };
    match ask_for_code(&site.app, &web.program, number).await {
        Ok(()) => here.show(&phone, true, None),
        // The code that was asked for before can still be used.
        Err(refusal) => {
            let sent = matches!(refusal, Refusal::TooOften(_));
            here.refused(&refusal, &phone, sent)
        }
    }
}

#[derive(Deserialize)]
pub struct Using {
    phone: String,
    code: String,
}

/// `POST /{program}/login/phone/code`: whoever has the code is in.
pub async fn log_in(
    State(site): State<Arc<Site>>,
    At(web): At,
    asking: Asking,
    Form(Using { phone, code }): Form<Using>,
) -> Page {
    let here = Here {
        site: &site,
        web: &web,
        headers: &asking.headers,
    };
    if let Err(refusal) = keep_pace(&site.app, &asking) {
        return here.refused(&refusal, &phone, true);
    }
    let Ok(number) = Phone::parse(&phone) else {
        return here.no_phone(&phone);
    };
    match log_in_with_code(&site.app, &web.program, &number, &code).await {
        Ok(known) => super::enter(&site, &web, &asking, known).await,
        Err(refusal) => here.refused(&refusal, &phone, true),
    }
}
