//! What is held about a rider, looked at from the desk for a reason, and their change of phone.

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use ledger::community::personal::{Phone, Purpose};
use ledger::ids::MemberId;
use ledger::views::Register;
use serde::Deserialize;

use crate::web::page::{Frame, Page, Trouble, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::rider::mine::{Entry, entries};
use crate::web::visitor::{At, Enroller, Id, request};
use crate::web::{Web, words};

/// Why somebody may look, and what it is called.
const PURPOSES: [(Purpose, &str, &str, &str); 5] = [
    (Purpose::Contact, "contact", "联系本人", "To get in touch"),
    (
        Purpose::Identification,
        "identification",
        "核对身份",
        "To see who they are",
    ),
    (
        Purpose::Correction,
        "correction",
        "更正信息",
        "To correct something",
    ),
    (
        Purpose::Complaint,
        "complaint",
        "处理异议投诉",
        "To answer an objection or complaint",
    ),
    (
        Purpose::Request,
        "request",
        "本人要求查看",
        "They asked to see it",
    ),
];

#[derive(Template)]
#[template(path = "desk/person.html")]
struct Person {
    frame: Frame,
    member: MemberId,
    name: String,
    purposes: Vec<(&'static str, &'static str)>,
    /// Once a reason was given.
    entries: Option<Vec<Entry>>,
    /// Another phone number as it was typed, and what is wrong with it.
    phone: String,
    wrong: Option<&'static str>,
    notice: Option<&'static str>,
    problem: Option<String>,
}

async fn page(web: &Web, worker: &Enroller, member: MemberId) -> Result<Person, Trouble> {
    worker.0.must_see(web, member).await?;
    let named = web
        .ledger
        .registered(web.program.id, Register::Members, member.0);
    let named = named.await?.ok_or(Trouble::Missing)?;
    Ok(Person {
        frame: Frame::new(web, t("骑手资料", "Rider's data"), Some(&worker.0)),
        member,
        name: named.name,
        purposes: PURPOSES
            .iter()
            .map(|(_, value, zh, en)| (*value, t(zh, en)))
            .collect(),
        entries: None,
        phone: String::new(),
        wrong: None,
        notice: None,
        problem: None,
    })
}

/// `GET /{program}/desk/people/{id}`: asks for the reason.
pub async fn ask(At(web): At, worker: Enroller, Id(member): Id<MemberId>) -> Page {
    show(&page(&web, &worker, member).await?)
}

#[derive(Deserialize)]
pub struct Why {
    purpose: String,
}

/// `POST /{program}/desk/people/{id}`: shows it; who looked, when and why is recorded.
pub async fn look(
    At(web): At,
    worker: Enroller,
    Id(member): Id<MemberId>,
    Form(why): Form<Why>,
) -> Page {
    let mut view = page(&web, &worker, member).await?;
    let Some((purpose, ..)) = PURPOSES.iter().find(|(_, value, ..)| *value == why.purpose) else {
        view.problem =
            Some(t("请先选查看的理由。", "Please choose why you look first.").to_owned());
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    let request = request(&worker.0, None);
    match web.ledger.reveal(&request, member, *purpose).await {
        Ok(held) => {
            let held = held
                .own
                .iter()
                .chain(held.merged.iter().map(|(_, held)| held));
            let zone = web.zone();
            view.entries = Some(held.flat_map(|held| entries(held, &zone)).collect());
            show(&view)
        }
        Err(error) => {
            view.problem = Some(words::personal(&error));
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}

#[derive(Deserialize)]
pub struct NewPhone {
    key: String,
    phone: String,
}

/// `POST /{program}/desk/people/{id}/phone`: another phone; the earlier one leads to nobody any more.
pub async fn change_phone(
    At(web): At,
    worker: Enroller,
    Id(member): Id<MemberId>,
    Form(typed): Form<NewPhone>,
) -> Page {
    let mut view = page(&web, &worker, member).await?;
    let Ok(phone) = Phone::parse(&typed.phone) else {
        view.wrong = Some(t(
            "手机号应是 11 位数字，没有更换。",
            "A phone number has 11 digits. It was not changed.",
        ));
        view.phone = typed.phone;
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    let request = request(&worker.0, Some(typed.key));
    match web.app.change_phone(&request, member, &phone).await {
        Ok(_) => {
            view.notice = Some(t(
                "已换成新手机号，旧号不再指向这位骑手。",
                "The phone number was changed; the old one no longer leads to this rider.",
            ));
            show(&view)
        }
        Err(error) => {
            view.problem = Some(words::personal(&error));
            view.phone = typed.phone;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}

impl Person {
    /// A key for the form.
    fn key(&self) -> String {
        crate::web::fields::fresh_key()
    }
}
