//! 公示: awards on public notice, for anybody to read; and the page of one, on which whoever is known objects.

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
use crate::web::format::{full, month, points};
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{Anybody, At, Id, Rider, Visitor, request};
use crate::web::{Site, Web, words};

pub use listed::list;

/// How long what somebody says may be, in characters.
pub const LONGEST_WORDS: usize = 2_000;

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
    notice: Option<&'static str>,
    problem: Option<String>,
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
    let view = view(&web, &visitor, number, None).await?;
    unindexed(show_as(StatusCode::OK, &view))
}

#[derive(Deserialize)]
pub struct Said {
    act: String,
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
    if words.chars().count() > LONGEST_WORDS {
        return Err(t(
            "说明最多 2,000 字。",
            "What you say has at most 2,000 characters.",
        ));
    }
    let upload = Upload::Text(words.to_owned());
    let actor = &visitor.caller.actor;
    match web.ledger.upload(web.program.id, actor, upload).await {
        Ok(kept) => Ok(Some(kept.id)),
        Err(error) => {
            tracing::warn!(%error, "what somebody said could not be kept");
            Err(t(
                "说明暂时存不下，请稍后再试，或不填说明。",
                "What you say cannot be kept just now. Please try again later, or leave it empty.",
            ))
        }
    }
}

/// `POST /{program}/notice/{id}`: objects, or appeals against what was made of that. Pressed twice, it is done once.
pub async fn act(
    At(web): At,
    visitor: Anybody,
    Id(number): Id<Uuid>,
    Form(typed): Form<Said>,
) -> Page {
    let reason = Reason::from_name(&typed.reason).filter(|reason| reason.is_given());
    let key = format!("{}-{number}-{}", typed.act, typed.reason);
    let request = request(&visitor.0, Some(key));
    let operation = match typed.act.as_str() {
        "object" => "award.object",
        "appeal" => "award.appeal",
        _ => return Err(Trouble::Missing),
    };
    if let Some(Ok(_)) = web.ledger.outcome_of(&request, operation).await? {
        return go(&web.path(&format!("notice/{number}?done={}", typed.act)));
    }
    let award = find(&web, number).await?;
    let words = match said(&web, &visitor.0, &typed.words).await {
        Ok(words) => words,
        Err(problem) => {
            let view = view(&web, &visitor, number, Some(problem.to_owned())).await?;
            return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    let command = match (typed.act.as_str(), reason) {
        ("appeal", _) => Command::AppealReview {
            award: award.id,
            words,
        },
        (_, Some(ground)) => Command::ObjectAward {
            award: award.id,
            ground,
            words,
        },
        (_, None) => {
            let problem =
                Some(t("请先选异议的理由。", "Please choose why you object first.").to_owned());
            let view = view(&web, &visitor, number, problem).await?;
            return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path(&format!("notice/{number}?done={}", typed.act))),
        Err(error) => {
            let problem = Some(words::failure(&error));
            let view = view(&web, &visitor, number, problem).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
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
        notice,
        problem: None,
    }
}

async fn view(
    web: &Web,
    visitor: &Anybody,
    number: Uuid,
    problem: Option<String>,
) -> Result<NoticePage, Trouble> {
    let award = find(web, number).await?;
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
        problem,
        ..thanks(web, visitor, number, None)
    })
}

/// Whether the member may appeal against what was made of an objection to their award, and until when.
pub fn appealable(web: &Web, award: &Award) -> Option<String> {
    let objection = award.objection.filter(|o| o.appeal.is_none())?;
    let review = objection.review.filter(|review| review.upheld)?;
    let until = review.appeal_until.filter(|until| *until > web.now())?;
    (award.state == AwardState::Frozen).then(|| full(until, &web.zone()))
}

#[derive(Deserialize)]
pub struct Appealed {
    #[serde(default)]
    words: String,
}

/// `POST /{program}/me/awards/{id}`: the rider appeals, whose award is to fall.
pub async fn appeal(
    At(web): At,
    rider: Rider,
    Id(id): Id<AwardId>,
    Form(typed): Form<Appealed>,
) -> Result<Response, Trouble> {
    let award = web.ledger.award(web.program.id, id).await?;
    let own = award.is_some_and(|award| award.member == rider.member());
    if !own {
        return Err(Trouble::Missing);
    }
    let request = request(&rider.0, Some(format!("appeal-{id}")));
    if let Some(Ok(_)) = web.ledger.outcome_of(&request, "award.appeal").await? {
        return go(&web.path(&format!("me/awards/{id}")));
    }
    let words = said(&web, &rider.0, &typed.words).await;
    let words = words.map_err(|words| Trouble::Refused {
        status: StatusCode::UNPROCESSABLE_ENTITY,
        words,
        after: None,
    })?;
    let command = Command::AppealReview { award: id, words };
    match web.app.execute(&request, command).await {
        // What is not possible any more is told by the page.
        Ok(_) | Err(ledger::WriteError::Rejected(_)) => go(&web.path(&format!("me/awards/{id}"))),
        Err(error) => Err(Trouble::Write(error)),
    }
}
