//! Two riders who are one person: looked at side by side first, then merged.

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use ledger::StoreError;
use ledger::ids::MemberId;
use ledger::machine::{Command, Rejection};
use serde::Deserialize;

use super::{Listed, Person, listed, read};
use crate::web::desk::home::{FOUND, search};
use crate::web::fields::fresh_key;
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Id, Operator, Visitor, request};
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "desk/merge.html")]
struct Merge {
    frame: Frame,
    /// Whose account ends.
    one: Person,
    /// Whose stays, once that is one.
    other: Option<Person>,
    /// Whether they are noted as probably one person, and nobody has decided about them.
    noted: bool,
    /// Who may be meant.
    found: Vec<Listed>,
    more: bool,
    /// Whom they look for, as it was typed.
    sought: String,
    key: String,
    /// What is wrong with that.
    wrong: Option<String>,
    problem: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    act: String,
    key: String,
    with: String,
    into: String,
}

/// Who was named as the other.
enum Meant {
    One(MemberId),
    Several(Vec<Listed>, bool),
    Nobody(&'static str),
}

/// `POST /{program}/desk/members/{id}/merge`: `look` finds the other and shows both, `merge` merges them, once for each form, and `two` says
/// that they are two people after all.
pub async fn act(
    At(web): At,
    Operator(visitor): Operator,
    Id(from): Id<MemberId>,
    Form(typed): Form<Typed>,
) -> Page {
    let one = read(&web, &visitor, from).await?;
    let view = Merge {
        frame: Frame::new(&web, t("合并账户", "Merge accounts"), Some(&visitor)),
        one: one.ok_or(Trouble::Missing)?,
        other: None,
        noted: false,
        found: Vec::new(),
        more: false,
        sought: typed.with.trim().to_owned(),
        key: fresh_key(),
        wrong: None,
        problem: None,
    };
    match (typed.into.parse::<MemberId>().ok(), typed.act.as_str()) {
        (Some(into), "merge") => {
            let command = Command::MergeMembers { from, into };
            let done = format!("desk/members/{into}?done={from}");
            decide(&web, &visitor, (view, into, typed.key), command, &done).await
        }
        (Some(other), "two") => {
            let member = from;
            let command = Command::Distinguish { member, other };
            let done = "desk/members/doubles?done=two";
            decide(&web, &visitor, (view, other, typed.key), command, done).await
        }
        (chosen, _) => look(&web, &visitor, view, chosen).await,
    }
}

async fn look(web: &Web, visitor: &Visitor, mut view: Merge, chosen: Option<MemberId>) -> Page {
    view.problem = gone(&view.one);
    if view.problem.is_some() {
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    let meant = match chosen {
        Some(into) => Meant::One(into),
        None => meant(web, visitor, &view).await?,
    };
    match meant {
        Meant::One(into) => {
            let other = read(web, visitor, into).await?;
            view.wrong = hinders(&view.one, other.as_ref());
            view.other = other.filter(|_| view.wrong.is_none());
            view.noted = noted(web, &view.one, into).await?;
        }
        Meant::Several(found, more) => (view.found, view.more) = (found, more),
        Meant::Nobody(why) => view.wrong = Some(why.to_owned()),
    }
    let status = match view.wrong {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    show_as(status, &view)
}

async fn noted(web: &Web, one: &Person, other: MemberId) -> Result<bool, StoreError> {
    let (program, one) = (web.program.id, MemberId(one.id));
    web.ledger.are_doubles(program, one, other).await
}

/// Who goes by what was typed: an id, a name or a phone.
async fn meant(web: &Web, visitor: &Visitor, view: &Merge) -> Result<Meant, StoreError> {
    if view.sought.is_empty() {
        return Ok(Meant::Nobody(t(
            "请填写另一位的姓名、手机号或编号。",
            "Please type the other rider's name, phone number or id.",
        )));
    }
    if let Ok(into) = view.sought.parse::<MemberId>() {
        return Ok(Meant::One(into));
    }
    let mut found = search(web, visitor, &view.sought).await?;
    let more = found.len() > FOUND;
    found.truncate(FOUND);
    let any = !found.is_empty();
    found.retain(|named| named.id != view.one.id);
    let only = found.first().filter(|_| found.len() == 1 && !more);
    if let Some(only) = only {
        return Ok(Meant::One(MemberId(only.id)));
    }
    Ok(match (found.is_empty(), any) {
        (false, _) => Meant::Several(listed(web, found).await?, more),
        // Nobody but themselves.
        (true, true) => Meant::One(MemberId(view.one.id)),
        (true, false) => Meant::Nobody(t(
            "没有找到这样的骑手。请写全名、手机号或编号。",
            "No such rider was found. Please type the whole name, the phone number or the id.",
        )),
    })
}

/// Why these two cannot be merged, as far as that can be seen.
fn hinders(one: &Person, other: Option<&Person>) -> Option<String> {
    match other {
        None => Some(t("没有这位骑手。", "There is no such rider.").to_owned()),
        Some(other) if other.id == one.id => {
            let member = MemberId(one.id);
            Some(words::rejection(&Rejection::MergeIntoSelf { member }))
        }
        Some(other) => gone(other),
    }
}

/// What became of somebody who cannot be merged any more.
fn gone(person: &Person) -> Option<String> {
    let name = &person.name;
    match (person.erased, person.merged) {
        (true, _) => Some(
            t(
                "这位骑手的个人信息已经注销，不能再合并。",
                "This rider's data were erased, so they cannot be merged any more.",
            )
            .to_owned(),
        ),
        (_, true) => Some(say!(
            "{name}的账户已经并入另一个账户，请用合并后的账户办理。",
            "The account of {name} was merged into another. Please use that one."
        )),
        (false, false) => None,
    }
}

/// Pressed twice, it is done once.
async fn decide(
    web: &Web,
    visitor: &Visitor,
    (mut view, other, key): (Merge, MemberId, String),
    command: Command,
    done: &str,
) -> Page {
    let request = request(visitor, Some(key.clone()));
    let Err(error) = web.app.execute(&request, command).await else {
        return go(&web.path(done));
    };
    if words::may_try_again(&error) {
        view.key = key;
        view.other = read(web, visitor, other).await?;
        view.noted = noted(web, &view.one, other).await?;
    }
    view.problem = Some(words::failure(&error));
    show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
}
