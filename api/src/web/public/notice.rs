//! 公示: awards on public notice, for anybody to read; and the page of one, on which whoever is known objects.

mod appealing;
mod listed;

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use ledger::Upload;
use ledger::community::personal::masked;
use ledger::ids::{AttachmentId, AwardId};
use ledger::machine::{Award, AwardState, Command, Reason};
use ledger::views::Register;
use serde::Deserialize;
use uuid::Uuid;

use crate::auth::session::{Jar, value_of};
use crate::web::fields::fresh_key;
use crate::web::format::{full, month, points};
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{Anybody, At, Id, Visitor, request};
use crate::web::wrong::Wrong;
use crate::web::{Site, Web, words};

pub use appealing::{appeal, appealable};
pub use listed::list;

/// How long what somebody says may be, in characters.
const LONGEST_WORDS: usize = 2_000;

/// Whoever comes by: somebody who has logged in, or nobody.
pub struct Passing(pub Option<Visitor>);

impl FromRequestParts<Arc<Site>> for Passing {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Trouble> {
        // Who brings no session was counted at the door.
        if value_of(Jar::Session, &parts.headers, site.app.secure).is_none() {
            return Ok(Self(None));
        }
        match Anybody::from_request_parts(parts, site).await {
            Ok(Anybody(visitor)) => Ok(Self(Some(visitor))),
            Err(Trouble::Outside(_)) => Ok(Self(None)),
            Err(trouble) => Err(trouble),
        }
    }
}

/// Nobody is to find people by a search for their names.
pub fn unindexed(page: Page) -> Page {
    let mut page: Response = page?.into_response();
    let name = HeaderName::from_static("x-robots-tag");
    page.headers_mut()
        .insert(name, HeaderValue::from_static("noindex, nofollow"));
    Ok(page)
}

#[derive(Template)]
#[template(path = "public/notice_one.html")]
struct NoticePage {
    frame: Frame,
    number: Uuid,
    name: String,
    what: String,
    points: String,
    month: String,
    until: Option<String>,
    /// What they may do: object, appeal, nothing.
    may_object: bool,
    may_appeal: Option<String>,
    reasons: Vec<(&'static str, &'static str)>,
    typed: Said,
    wrong: Wrong,
    notice: Option<&'static str>,
}

#[derive(Default, Deserialize)]
pub struct Shown {
    done: Option<String>,
}

/// `GET /{program}/notice/{id}`: for who has logged in.
pub async fn one(
    At(web): At,
    visitor: Anybody,
    Id(number): Id<Uuid>,
    Query(shown): Query<Shown>,
) -> Page {
    let notice = match shown.done.as_deref() {
        Some("object") => Some(t(
            "已提出异议，奖励暂停发放，由无关的工作人员复核。",
            "Your objection is on record. The award is not paid out for now, and staff who have nothing to do with it review it.",
        )),
        Some("appeal") => Some(t(
            "已申诉，由另一位工作人员作最终复核。",
            "Your appeal is on record. Another member of staff reviews it, and that is final.",
        )),
        _ => None,
    };
    if notice.is_some() {
        // It is off the list now.
        let view = thanks(&web, &visitor, number, notice);
        return unindexed(show_as(StatusCode::OK, &view));
    }
    let first = (Said::default(), Wrong::default());
    let view = view(&web, &visitor, number, first).await?;
    unindexed(show_as(StatusCode::OK, &view))
}

#[derive(Default, Deserialize)]
pub struct Said {
    act: String,
    /// Nothing but where the page is shown again: once is once for everybody who objects to an award.
    #[serde(default)]
    key: String,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    words: String,
}

/// Keeps what somebody said, to be attached to an award; the error says in a sentence why it could not be.
pub async fn said(
    web: &Web,
    visitor: &Visitor,
    words: &str,
) -> Result<Option<AttachmentId>, &'static str> {
    let words = words.trim();
    if words.is_empty() {
        return Ok(None);
    }
    if let Some(problem) = too_long(words) {
        return Err(problem);
    }
    let upload = Upload::Text(words.to_owned());
    let actor = &visitor.caller.actor;
    match web.ledger.upload(web.program.id, actor, upload).await {
        Ok(kept) => Ok(Some(kept.id)),
        Err(error) => {
            tracing::warn!(%error, "what somebody said could not be kept");
            Err(unkept())
        }
    }
}

/// What is wrong with what somebody says, if it is too long.
pub fn too_long(words: &str) -> Option<&'static str> {
    let fits = words.trim().chars().count() <= LONGEST_WORDS;
    (!fits).then(|| {
        t(
            "说明最多 2,000 字。",
            "What you say has at most 2,000 characters.",
        )
    })
}

/// That what somebody says was not kept.
pub fn unkept() -> &'static str {
    t(
        "说明暂时存不下，请稍后再试，或不填说明。",
        "What you say cannot be kept just now. Please try again later, or leave it empty.",
    )
}

/// That nobody said why they object.
pub fn no_reason() -> &'static str {
    t("请先选异议的理由。", "Please choose why you object first.")
}

/// `POST /{program}/notice/{id}`: objects, or appeals against what was made of that. Pressed twice, it is done once.
pub async fn act(
    At(web): At,
    visitor: Anybody,
    Id(number): Id<Uuid>,
    Form(mut typed): Form<Said>,
) -> Page {
    let reason = Reason::from_name(&typed.reason).filter(|reason| reason.is_given());
    let key = format!("{}-{number}-{}{}", typed.act, typed.reason, typed.key);
    let request = request(&visitor.0, Some(key));
    let appeals = match typed.act.as_str() {
        "object" => false,
        "appeal" => true,
        _ => return Err(Trouble::Missing),
    };
    let operation = match appeals {
        true => "award.appeal",
        false => "award.object",
    };
    if let Some(Ok(_)) = web.ledger.outcome_of(&request, operation).await? {
        return go(&web.path(&format!("notice/{number}?done={}", typed.act)));
    }
    let award = find(&web, number).await?.id;
    if !appeals && reason.is_none() {
        let again = (typed, Wrong::with("reason", no_reason()));
        let view = view(&web, &visitor, number, again).await?;
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    let words = match said(&web, &visitor.0, &typed.words).await {
        Ok(words) => words,
        Err(problem) => {
            let again = (typed, Wrong::with("words", problem));
            let view = view(&web, &visitor, number, again).await?;
            return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    let command = match reason.filter(|_| !appeals) {
        Some(ground) => Command::ObjectAward {
            award,
            ground,
            words,
        },
        None => Command::AppealReview { award, words },
    };
    let Err(error) = web.app.execute(&request, command).await else {
        return go(&web.path(&format!("notice/{number}?done={}", typed.act)));
    };
    if !words::may_try_again(&error) {
        typed.key = fresh_key();
    }
    let again = (typed, Wrong::with("form", words::failure(&error)));
    let view = again_or_off(&web, &visitor, number, again).await?;
    unindexed(show_as(StatusCode::CONFLICT, &view))
}

/// The award on notice that goes by this number.
pub async fn find(web: &Web, number: Uuid) -> Result<Award, Trouble> {
    let (program, now) = (web.program.id, web.now());
    let award: Option<AwardId> = web.ledger.noticed(program, number, now).await?;
    let award = web.ledger.award(program, award.ok_or(Trouble::Missing)?);
    award.await?.ok_or(Trouble::Missing)
}

/// Why somebody may object.
pub fn reasons() -> Vec<(&'static str, &'static str)> {
    let given = Reason::ALL.into_iter().filter(|reason| reason.is_given());
    given.map(|r| (r.name(), words::reason(r))).collect()
}

fn thanks(web: &Web, visitor: &Anybody, number: Uuid, notice: Option<&'static str>) -> NoticePage {
    NoticePage {
        frame: Frame::new(web, t("公示", "Public notice"), Some(&visitor.0)),
        number,
        name: String::new(),
        what: String::new(),
        points: String::new(),
        month: String::new(),
        until: None,
        may_object: false,
        may_appeal: None,
        reasons: reasons(),
        typed: Said::default(),
        wrong: Wrong::default(),
        notice,
    }
}

/// The page once more, without the award where that is off the list by now.
async fn again_or_off(
    web: &Web,
    visitor: &Anybody,
    number: Uuid,
    (typed, wrong): (Said, Wrong),
) -> Result<NoticePage, Trouble> {
    match find(web, number).await {
        Err(Trouble::Missing) => Ok(NoticePage {
            typed,
            wrong,
            ..thanks(web, visitor, number, None)
        }),
        Err(trouble) => Err(trouble),
        Ok(award) => of(web, visitor, (number, &award), (typed, wrong)).await,
    }
}

async fn view(
    web: &Web,
    visitor: &Anybody,
    number: Uuid,
    again: (Said, Wrong),
) -> Result<NoticePage, Trouble> {
    let award = find(web, number).await?;
    of(web, visitor, (number, &award), again).await
}

/// An award by its number, with what was typed and what is wrong with it.
async fn of(
    web: &Web,
    visitor: &Anybody,
    (number, award): (Uuid, &Award),
    (typed, wrong): (Said, Wrong),
) -> Result<NoticePage, Trouble> {
    let zone = web.zone();
    let theirs = award
        .objection
        .filter(|objection| objection.by.0 == visitor.0.id());
    let appealable = theirs.filter(|objection| objection.appeal.is_none());
    let review = appealable.and_then(|objection| objection.review);
    let until = review.and_then(|review| review.appeal_until);
    let until = until.filter(|until| *until > web.now());
    let pending = award.state == AwardState::Pending;
    Ok(NoticePage {
        name: masked(&name(web, Register::Members, award.member.0).await?),
        what: award.trace.rule_title.clone(),
        points: points(award.points),
        month: month(award.deed.occurred_at, &zone),
        until: award.notice_until.map(|at| full(at, &zone)),
        may_object: pending && award.objection.is_none(),
        may_appeal: until.map(|at| full(at, &zone)),
        typed,
        wrong,
        ..thanks(web, visitor, number, None)
    })
}
