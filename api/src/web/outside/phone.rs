//! Log-in by phone: a page that asks for a code, and then for what it says. It works without JavaScript.

use askama::Template;
use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use ledger::community::Program;
use ledger::community::personal::Phone;
use serde::Deserialize;

use super::super::page::{Frame, Page, Trouble, show_as};
use super::{patient, words};
use crate::auth::session::Asking;
use crate::outside::{Refusal, ask_for_code, keep_pace, log_in_with_code, program_of};
use crate::state::App;

#[derive(Template)]
#[template(path = "login_phone.html")]
struct PhonePage<'a> {
    frame: Frame,
    phone: &'a str,
    /// A code was asked for.
    sent: bool,
    problem: Option<&'a str>,
}

impl PhonePage<'_> {
    fn show(program: &Program, status: StatusCode, phone: &str, sent: bool) -> Page {
        Self::with(program, status, phone, sent, None)
    }

    fn with(
        program: &Program,
        status: StatusCode,
        phone: &str,
        sent: bool,
        problem: Option<&str>,
    ) -> Page {
        let page = PhonePage {
            frame: Frame::of(program, "手机号登录"),
            phone,
            sent,
            problem,
        };
        show_as(status, &page)
    }

    /// What was typed stays.
    fn refused(program: &Program, refusal: &Refusal, phone: &str, sent: bool) -> Page {
        let (status, problem) = words(refusal);
        let page = Self::with(program, status, phone, sent, Some(problem));
        patient(refusal, page)
    }
}

/// `GET /{program}/login/phone`.
pub async fn show(State(app): State<App>, Path(code): Path<String>) -> Page {
    let program = program_of(&app, &code).await?;
    if !app.outside.has_sms() {
        return PhonePage::refused(&program, &Refusal::NoSms, "", false);
    }
    PhonePage::show(&program, StatusCode::OK, "", false)
}

#[derive(Deserialize)]
pub struct Wanting {
    phone: String,
}

/// `POST /{program}/login/phone`: has a code sent, or seems to.
pub async fn ask(
    State(app): State<App>,
    Path(code): Path<String>,
    asking: Asking,
    Form(Wanting { phone }): Form<Wanting>,
) -> Page {
    let program = program_of(&app, &code).await?;
    if let Err(refusal) = keep_pace(&app, &asking) {
        return PhonePage::refused(&program, &refusal, &phone, false);
    }
    let Ok(number) = Phone::parse(&phone) else {
        return no_phone(&program, &phone);
    };
    match ask_for_code(&app, &program, number).await {
        Ok(()) => PhonePage::show(&program, StatusCode::OK, &phone, true),
        // The code that was asked for before can still be used.
        Err(refusal) => {
            let sent = matches!(refusal, Refusal::TooOften(_));
            PhonePage::refused(&program, &refusal, &phone, sent)
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
    State(app): State<App>,
    Path(program): Path<String>,
    asking: Asking,
    Form(Using { phone, code }): Form<Using>,
) -> Result<axum::response::Response, Trouble> {
    let program = program_of(&app, &program).await?;
    if let Err(refusal) = keep_pace(&app, &asking) {
        return PhonePage::refused(&program, &refusal, &phone, true);
    }
    let Ok(number) = Phone::parse(&phone) else {
        return no_phone(&program, &phone);
    };
    match log_in_with_code(&app, &program, &number, &code).await {
        Ok(known) => super::enter(&app, &program, &asking, known).await,
        Err(refusal) => PhonePage::refused(&program, &refusal, &phone, true),
    }
}

fn no_phone(program: &Program, typed: &str) -> Page {
    let why = "这不像手机号。请填 11 位手机号，境外号码以 + 和国家代码开头。";
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    PhonePage::with(program, status, typed, false, Some(why))
}
