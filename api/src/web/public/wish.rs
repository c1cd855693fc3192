//! 微心愿: the page on which residents ask a community for something, and the page on which they confirm that it was done. Without a log-in.
//!
//! What they write is sealed; nobody but the community's staff sees that they asked before these have looked at it.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use ledger::community::JoinCode;
use ledger::ids::{DeedId, OrderId};
use ledger::machine::deeds::{DeedState, OrderCommand};
use ledger::machine::{Command, Rejection};
use ledger::{Ledger, WriteError};
use serde::Deserialize;
use uuid::Uuid;

use crate::auth::session::Asking;
use crate::edge::Who;
use crate::outside::{NotWished, Wish, at_door, wish};
use crate::web::desk::ordering::choices;
use crate::web::desk::station::{leads, organization};
use crate::web::door::entrance;
use crate::web::fields::fresh_key;
use crate::web::page::{Frame, Page, Trouble, show};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Code, Id};
use crate::web::wrong::Wrong;
use crate::web::{Site, Web, words};

#[derive(Template)]
#[template(path = "public/wish.html")]
struct WishPage {
    frame: Frame,
    code: String,
    station: String,
    typed: Typed,
    categories: Vec<(&'static str, &'static str)>,
    beneficiaries: Vec<(&'static str, &'static str)>,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "public/wished.html")]
struct Wished {
    frame: Frame,
    station: String,
    /// With which, and where, they confirm.
    code: String,
    path: String,
}

#[derive(Template)]
#[template(path = "public/confirm.html")]
struct Confirm {
    frame: Frame,
    id: Uuid,
    code: String,
    key: String,
    done: usize,
    wrong: Wrong,
}

/// What was typed.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    key: String,
    #[serde(default)]
    category: String,
    #[serde(default)]
    beneficiary: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    words: String,
    /// Nobody sees this field: whatever fills it in is no resident.
    #[serde(default)]
    website: String,
}

/// Somebody at the door: counted by address.
fn count(web: &Web, asking: &Asking) -> Result<(), Trouble> {
    let who = Who::Door(asking.address);
    let counted = web.app.quotas.count(&asking.counting, who, web.now());
    Ok(counted?)
}

/// `GET /{program}/wish/{code}`.
pub async fn show_form(
    State(site): State<Arc<Site>>,
    At(web): At,
    Code(code): Code,
    headers: HeaderMap,
) -> Page {
    let code = leads(&web, &code).await?;
    let typed = Typed {
        key: fresh_key(),
        ..Typed::default()
    };
    form(&site, &web, &headers, &code, typed, Wrong::default()).await
}

async fn form(
    site: &Site,
    web: &Web,
    headers: &HeaderMap,
    code: &JoinCode,
    typed: Typed,
    wrong: Wrong,
) -> Page {
    let station = organization(web, code.organization).await?;
    let status = match wrong.is_empty() {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    entrance::at_door(site, headers, status, |csrf| WishPage {
        frame: Frame::at_door(web, t("微心愿", "A small wish"), csrf),
        code: code.code.clone(),
        station,
        typed,
        categories: choices("category"),
        beneficiaries: choices("beneficiary"),
        wrong,
    })
}

/// `POST /{program}/wish/{code}`: keeps what was said until staff look at it.
pub async fn ask(
    State(site): State<Arc<Site>>,
    At(web): At,
    Code(code): Code,
    asking: Asking,
    Form(mut typed): Form<Typed>,
) -> Page {
    let code = leads(&web, &code).await?;
    count(&web, &asking)?;
    let headers = &asking.headers;
    let wrong = wrong_with(&typed);
    if !wrong.is_empty() {
        if typed.key.is_empty() {
            typed.key = fresh_key();
        }
        return form(&site, &web, headers, &code, typed, wrong).await;
    }
    let wanted = Wish {
        program: web.program.id,
        station: &code,
        key: &typed.key,
        category: &typed.category,
        beneficiary: &typed.beneficiary,
        words: [&typed.words, &typed.name, &typed.phone],
        from: &asking,
    };
    let id = wanted.order();
    // Whatever fills that field in is answered like a resident.
    let kept = match typed.website.is_empty() {
        true => wish(&web.app, &wanted).await,
        false => web
            .ledger
            .order_code(web.program.id, id)
            .ok_or(NotWished::NoKeys),
    };
    let secret = match kept {
        Ok(secret) => secret,
        Err(NotWished::NoKeys) => return Err(Trouble::CodeOver),
        Err(NotWished::Full) => {
            let full = t(
                "现在许愿的人太多，请联系社区，或过一会儿再试。",
                "Too many people ask for something just now. Please contact the community, or try again in a while.",
            );
            let wrong = Wrong::with("form", full);
            return form(&site, &web, headers, &code, typed, wrong).await;
        }
        Err(unkept @ (NotWished::Unkept(_) | NotWished::Write(_))) => {
            if matches!(&unkept, NotWished::Write(error) if !words::may_try_again(error)) {
                typed.key = fresh_key();
            }
            let again = t(
                "没有保存上，请再提交一次。",
                "It was not kept. Please send it again.",
            );
            let wrong = Wrong::with("form", again);
            return form(&site, &web, headers, &code, typed, wrong).await;
        }
    };
    show(&Wished {
        frame: Frame::new(&web, t("微心愿", "A small wish"), None),
        station: organization(&web, code.organization).await?,
        code: secret,
        path: web.path(&format!("confirm/{id}")),
    })
}

/// What is to be put right, beside its field.
fn wrong_with(typed: &Typed) -> Wrong {
    let filled = |text: &str, most: usize| (1..=most).contains(&text.trim().chars().count());
    let known = |fact: &str, value: &str| choices(fact).iter().any(|(known, _)| *known == value);
    let checked = [
        (
            "category",
            known("category", &typed.category),
            t("请选择类别。", "Please choose what kind it is."),
        ),
        (
            "beneficiary",
            known("beneficiary", &typed.beneficiary),
            t("请选择为谁。", "Please choose whom it is for."),
        ),
        (
            "words",
            filled(&typed.words, 1_000),
            t(
                "请写清楚需要什么，最多 1000 个字。",
                "Please say what is needed, in at most 1000 characters.",
            ),
        ),
        (
            "name",
            filled(&typed.name, 40),
            t(
                "请填写称呼，最多 40 个字，好让接单的人知道找谁。",
                "Please give a name of at most 40 characters, so that who takes it on knows whom to ask for.",
            ),
        ),
        (
            "phone",
            filled(&typed.phone, 32),
            t(
                "请填写电话，好让接单的人联系您。",
                "Please give a phone number, so that who takes it on can reach you.",
            ),
        ),
        (
            "form",
            !typed.key.is_empty(),
            t("请再提交一次。", "Please send it once more."),
        ),
    ];
    let mut wrong = Wrong::default();
    for (field, fits, words) in checked {
        if !fits {
            wrong.note(field, words);
        }
    }
    wrong
}

#[derive(Default, Deserialize)]
pub struct Shown {
    #[serde(default)]
    code: String,
    #[serde(default)]
    key: String,
}

/// `GET /{program}/confirm/{id}`. It tells nothing of the order, not even whether there is one.
pub async fn show_confirm(
    State(site): State<Arc<Site>>,
    At(web): At,
    Id(id): Id<OrderId>,
    headers: HeaderMap,
    Query(shown): Query<Shown>,
) -> Page {
    confirmed(
        &site,
        &web,
        &headers,
        id,
        (StatusCode::OK, shown.code, 0, Wrong::default()),
    )
}

fn confirmed(
    site: &Site,
    web: &Web,
    headers: &HeaderMap,
    id: OrderId,
    (status, code, done, wrong): (StatusCode, String, usize, Wrong),
) -> Page {
    entrance::at_door(site, headers, status, |csrf| Confirm {
        frame: Frame::at_door(web, t("确认办好", "Confirm that it is done"), csrf),
        id: id.0,
        code,
        key: fresh_key(),
        done,
        wrong,
    })
}

/// `POST /{program}/confirm/{id}`: all that was done for the order and waits is confirmed, if the code is right.
pub async fn confirm(
    State(site): State<Arc<Site>>,
    At(web): At,
    Id(id): Id<OrderId>,
    asking: Asking,
    Form(said): Form<Shown>,
) -> Page {
    count(&web, &asking)?;
    let program = web.program.id;
    let hash = Ledger::order_code_hash(program, id, &said.code);
    let first = DeedId(Uuid::nil());
    let parts = web.ledger.parts_of_order(program, id, first, 200).await?;
    let waiting = parts
        .iter()
        .filter(|part| part.record.state == DeedState::Begun);
    let mut done = 0;
    let unsure = t(
        "还没有骑手办好，或确认码不对。请核对后再试。",
        "No rider is done with it yet, or the code is wrong. Please check it and try again.",
    );
    let mut failed = Wrong::with("code", unsure);
    for part in waiting {
        let deed = part.record.id;
        let key = format!("{}-{deed}", said.key);
        let request = at_door(program, id.0, &asking, &key);
        let code_hash = Some(hash.clone());
        let command = OrderCommand::Confirm { deed, code_hash };
        let command = Command::Order(Box::new(command));
        match web.app.execute_deed(&request, command).await {
            Ok(_) => done += 1,
            Err(WriteError::Rejected(Rejection::InvalidCode)) => break,
            Err(WriteError::TooManyGuesses(_)) => {
                let wait = t(
                    "错得太多了，请过几分钟再试。",
                    "Too many wrong tries. Please try again in a few minutes.",
                );
                failed = Wrong::with("form", wait);
                break;
            }
            Err(WriteError::Rejected(_)) => {}
            Err(error) => return Err(Trouble::Write(error)),
        }
    }
    let told = match done {
        0 => (StatusCode::UNPROCESSABLE_ENTITY, said.code, 0, failed),
        done => (StatusCode::OK, String::new(), done, Wrong::default()),
    };
    confirmed(&site, &web, &asking.headers, id, told)
}
