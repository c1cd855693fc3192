//! A rider changes their own phone: a code is sent to the new one, and typed here.

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use ledger::PersonalError;
use ledger::community::CodeFor;
use ledger::community::personal::Phone;
use serde::Deserialize;

use crate::auth::session::Asking;
use crate::outside::{NotChanged, Refusal, ask_for_proof, change_own_phone};
use crate::web::fields::fresh_key;
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Rider, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "rider/my_phone.html")]
struct MyPhone {
    frame: Frame,
    phone: String,
    key: String,
    /// A code was asked for.
    sent: bool,
    wrong: Wrong,
    problem: Option<&'static str>,
}

/// Why it did not work: with which status, about which field if it is about one, in which words.
type Told = (StatusCode, Option<&'static str>, &'static str);

/// The page, with what was typed. Where no codes can be sent there is none: staff change phones.
fn page(web: &Web, rider: &Rider, (phone, sent): (String, bool), told: Option<Told>) -> Page {
    if !web.app.outside.has_sms() {
        return Err(Trouble::Missing);
    }
    let (status, wrong, problem) = match told {
        None => (StatusCode::OK, Wrong::default(), None),
        Some((status, Some(field), words)) => (status, Wrong::with(field, words), None),
        Some((status, None, words)) => (status, Wrong::default(), Some(words)),
    };
    let page = MyPhone {
        frame: Frame::new(
            web,
            t("更换手机号", "Change my phone number"),
            Some(&rider.0),
        ),
        phone,
        key: fresh_key(),
        sent,
        wrong,
        problem,
    };
    show_as(status, &page)
}

fn no_phone() -> Told {
    let words = t(
        "这不像手机号。请填 11 位手机号，境外号码以 + 和国家代码开头。",
        "This does not look like a phone number. Type 11 digits; a number from abroad begins with + and its country's code.",
    );
    (StatusCode::UNPROCESSABLE_ENTITY, Some("phone"), words)
}

/// Why no code was sent, or the one that was typed shows nothing.
fn unproved(refusal: &Refusal) -> Told {
    let (status, words) = words::unproved(refusal);
    let field = matches!(refusal, Refusal::WrongCode).then_some("code");
    (status, field, words)
}

/// `GET /{program}/me/data/phone`.
pub async fn show(At(web): At, rider: Rider) -> Page {
    page(&web, &rider, (String::new(), false), None)
}

#[derive(Deserialize)]
pub struct Wanting {
    phone: String,
}

/// `POST /{program}/me/data/phone`: a code is sent to the new phone, whoever has it.
pub async fn ask(At(web): At, rider: Rider, asking: Asking, Form(typed): Form<Wanting>) -> Page {
    let Ok(phone) = Phone::parse(&typed.phone) else {
        return page(&web, &rider, (typed.phone, false), Some(no_phone()));
    };
    let purpose = CodeFor::Change(rider.member());
    let sent = ask_for_proof(&web.app, &web.program, purpose, &phone, &asking);
    // Where it was refused, the code that was asked for before can still be used.
    let told = sent.await.err().map(|refusal| unproved(&refusal));
    page(&web, &rider, (typed.phone, true), told)
}

#[derive(Deserialize)]
pub struct Using {
    key: String,
    phone: String,
    code: String,
}

/// `POST /{program}/me/data/phone/code`: whoever has the code has the phone.
pub async fn change(At(web): At, rider: Rider, asking: Asking, Form(typed): Form<Using>) -> Page {
    let Ok(phone) = Phone::parse(&typed.phone) else {
        return page(&web, &rider, (typed.phone, false), Some(no_phone()));
    };
    let member = rider.member();
    let request = request(&rider.0, Some(typed.key));
    let by = (&phone, typed.code.as_str());
    let told = match change_own_phone(&web.app, &request, member, by, &asking).await {
        Ok(_) => return go(&web.path("me/data")),
        Err(NotChanged::Unproved(refusal)) => unproved(&refusal),
        Err(NotChanged::Taken) => (
            StatusCode::CONFLICT,
            Some("phone"),
            t(
                "这个手机号现在不能由您自己换上，没有更换。请到社区前台，由工作人员核对。",
                "You cannot take this number by yourself just now; nothing was changed. Please ask at the community's desk.",
            ),
        ),
        Err(NotChanged::Unkept(PersonalError::Write(error))) if words::may_try_again(&error) => (
            StatusCode::SERVICE_UNAVAILABLE,
            None,
            t(
                "系统正忙，没有更换。请重新获取验证码再试。",
                "The system is busy; nothing was changed. Please get another code and try again.",
            ),
        ),
        Err(NotChanged::Unkept(error)) => return Err(error.into()),
    };
    page(&web, &rider, (typed.phone, true), Some(told))
}
