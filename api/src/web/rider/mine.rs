//! 我的资料: all that is held about a rider, for them to read, take along and have erased.

use askama::Template;
use axum::Form;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::community::personal::Personal;
use ledger::machine::Command;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::consent;
use crate::held::{Doings, doings_of};
use crate::web::format::{full, points};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Rider, request};
use crate::web::{Web, words};

/// What has to be typed to be erased, in either language.
const CONFIRMED: (&str, &str) = ("注销", "erase");

/// Something that is held.
pub struct Entry {
    pub label: &'static str,
    pub value: String,
}

#[derive(Template)]
#[template(path = "rider/mine.html")]
struct Mine {
    frame: Frame,
    entries: Vec<Entry>,
    /// Of accounts that were merged into this one.
    merged: Vec<Vec<Entry>>,
    /// A text that was not agreed to yet.
    newer: Option<consent::ConsentText>,
    /// How many places are kept of patrols that have not ended.
    positions: i64,
    /// They can have another phone by themselves.
    can_change: bool,
}

#[derive(Template)]
#[template(path = "rider/erase.html")]
struct Erase {
    frame: Frame,
    available: String,
    pending: Option<String>,
    debt: Option<String>,
    confirmed: &'static str,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "rider/erased.html")]
struct Erased {
    frame: Frame,
}

/// Line by line, in words.
pub fn entries(held: &Personal, zone: &TimeZone) -> Vec<Entry> {
    let entry = |label, value| Entry { label, value };
    let mut all = vec![entry(t("姓名", "Name"), held.name.clone())];
    for phone in &held.phones {
        all.push(entry(t("手机号", "Phone"), phone.as_str().to_owned()));
    }
    for platform in &held.platforms {
        let account = platform.account.as_ref();
        let account =
            account.map_or_else(String::new, |account| say!("（{account}）", " ({account})"));
        all.push(entry(
            t("平台", "Platform"),
            format!("{}{account}", platform.name),
        ));
    }
    let identity = held.identity.iter();
    all.extend(
        identity.map(|number| entry(t("身份证号", "Identity number"), number.as_str().to_owned())),
    );
    all.extend(
        held.home
            .iter()
            .map(|home| entry(t("流出地", "Home organization"), home.clone())),
    );
    for consent in &held.consents {
        let (version, at) = (&consent.version, full(consent.at, zone));
        let value = say!("{version} 版，{at}", "version {version}, {at}");
        all.push(entry(t("同意告知书", "Privacy notice agreed to"), value));
    }
    all
}

/// `GET /{program}/me/data`.
pub async fn show_data(At(web): At, rider: Rider) -> Page {
    let held = web
        .ledger
        .held_about(web.program.id, rider.member())
        .await?;
    let zone = web.zone();
    let text = consent::in_force();
    let agreed = |held: &Personal| held.consents.iter().any(|c| c.version == text.version);
    let newer = held.own.as_ref().is_some_and(|own| !agreed(own));
    show(&Mine {
        frame: Frame::new(&web, t("我的资料", "My data"), Some(&rider.0)),
        entries: held
            .own
            .iter()
            .flat_map(|own| entries(own, &zone))
            .collect(),
        merged: held
            .merged
            .iter()
            .map(|(_, held)| entries(held, &zone))
            .collect(),
        newer: newer.then_some(text),
        positions: positions(&web, &rider).await?,
        can_change: web.app.outside.has_sms(),
    })
}

async fn positions(web: &Web, rider: &Rider) -> Result<i64, StoreError> {
    let program = web.program.id;
    web.ledger.waypoints_of(program, rider.member()).await
}

/// What is taken along.
#[derive(Serialize)]
struct Export<'a> {
    member: Uuid,
    held: Option<&'a Personal>,
    merged: Vec<(Uuid, &'a Personal)>,
    /// How many places are kept of patrols that have not ended.
    positions: i64,
    #[serde(flatten)]
    doings: Doings,
}

/// `POST /{program}/me/data/export`: the same as a file.
pub async fn export(At(web): At, rider: Rider) -> Page {
    let held = web
        .ledger
        .held_about(web.program.id, rider.member())
        .await?;
    let merged = held.merged.iter().map(|(id, held)| (id.0, held));
    let export = Export {
        member: rider.member().0,
        held: held.own.as_ref(),
        merged: merged.collect(),
        positions: positions(&web, &rider).await?,
        doings: doings_of(&web.ledger, web.program.id, rider.member()).await?,
    };
    let body = serde_json::to_string_pretty(&export).unwrap_or_default();
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"jifen.json\"",
        ),
    ];
    Ok((headers, body).into_response())
}

#[derive(Deserialize)]
pub struct Agreed {
    version: String,
}

/// `POST /{program}/me/data/consent`: agrees to a newer text.
pub async fn agree(At(web): At, rider: Rider, Form(agreed): Form<Agreed>) -> Page {
    let text = consent::in_force();
    if agreed.version != text.version {
        return Err(Trouble::Missing);
    }
    let request = request(&rider.0, None);
    let agreed = web.ledger.agree(&request, rider.member(), text.version);
    agreed.await?;
    go(&web.path("me/data"))
}

/// `GET /{program}/me/data/erase`: what happens, before it does.
pub async fn ask_erase(At(web): At, rider: Rider) -> Page {
    show(&before(&web, &rider, None).await?)
}

async fn before(web: &Web, rider: &Rider, problem: Option<String>) -> Result<Erase, Trouble> {
    let balance = web
        .ledger
        .balance(web.program.id, rider.member(), web.now());
    let balance = balance.await?.ok_or(Trouble::Missing)?;
    let some = |amount: ledger::points::Points| amount.is_positive().then(|| points(amount));
    Ok(Erase {
        frame: Frame::new(web, t("注销", "Erase my data"), Some(&rider.0)),
        available: points(balance.available),
        pending: some(balance.pending),
        debt: some(balance.debt),
        confirmed: t(CONFIRMED.0, CONFIRMED.1),
        problem,
    })
}

#[derive(Deserialize)]
pub struct Confirmation {
    confirm: String,
}

/// `POST /{program}/me/data/erase`: once it was typed out.
pub async fn erase(At(web): At, rider: Rider, Form(typed): Form<Confirmation>) -> Page {
    let refused = |problem: String| before(&web, &rider, Some(problem));
    let word = typed.confirm.trim().to_lowercase();
    if word != CONFIRMED.0 && word != CONFIRMED.1 {
        let (zh, en) = CONFIRMED;
        let problem = say!(
            "请在框里写“{zh}”两个字。没有注销。",
            "Please type “{en}” in the box. Nothing was erased."
        );
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &refused(problem).await?);
    }
    let member = rider.member();
    let request = request(&rider.0, Some(format!("erase-{member}-{}", web.now())));
    let command = Command::ErasePersonal { member };
    match web.app.execute(&request, command).await {
        Ok(_) => show(&Erased {
            frame: Frame::at_door(&web, t("已注销", "Erased"), rider.0.csrf.clone()),
        }),
        Err(error) => {
            let problem = words::failure(&error);
            show_as(StatusCode::CONFLICT, &refused(problem).await?)
        }
    }
}
