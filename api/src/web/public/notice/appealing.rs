//! A rider appeals, whose award is to fall: from the page that explains it, and once more from a page of its own where that did not work.

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use ledger::ids::AwardId;
use ledger::machine::{Award, AwardState, Command};
use serde::Deserialize;
use uuid::Uuid;

use super::said;
use crate::web::fields::fresh_key;
use crate::web::format::{full, points};
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Id, Rider, request};
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "public/appeal.html")]
struct AppealPage {
    frame: Frame,
    id: Uuid,
    what: String,
    points: String,
    /// Until when they may appeal; nothing once they may not.
    until: Option<String>,
    typed: Appealed,
    wrong: Wrong,
}

#[derive(Deserialize)]
pub struct Appealed {
    #[serde(default)]
    words: String,
    /// Nothing from the page that explains the award.
    #[serde(default)]
    key: String,
}

/// Whether the member may appeal against what was made of an objection to their award, and until when.
pub fn appealable(web: &Web, award: &Award) -> Option<String> {
    let objection = award.objection.filter(|o| o.appeal.is_none())?;
    let review = objection.review.filter(|review| review.upheld)?;
    let until = review.appeal_until.filter(|until| *until > web.now())?;
    (award.state == AwardState::Frozen).then(|| full(until, &web.zone()))
}

/// `POST /{program}/me/awards/{id}`: the rider appeals. What they typed is shown again where it did not work.
pub async fn appeal(
    At(web): At,
    rider: Rider,
    Id(id): Id<AwardId>,
    Form(mut typed): Form<Appealed>,
) -> Page {
    let award = web.ledger.award(web.program.id, id).await?;
    let award = award.filter(|award| award.member == rider.member());
    let award = award.ok_or(Trouble::Missing)?;
    let request = request(&rider.0, Some(format!("appeal-{id}{}", typed.key)));
    if let Some(Ok(_)) = web.ledger.outcome_of(&request, "award.appeal").await? {
        return go(&web.path(&format!("me/awards/{id}")));
    }
    let words = match said(&web, &rider.0, &typed.words).await {
        Ok(words) => words,
        Err(problem) => {
            let told = (
                StatusCode::UNPROCESSABLE_ENTITY,
                Wrong::with("words", problem),
            );
            return again(&web, &rider, &award, typed, told);
        }
    };
    let command = Command::AppealReview { award: id, words };
    let Err(error) = web.app.execute(&request, command).await else {
        return go(&web.path(&format!("me/awards/{id}")));
    };
    let status = match words::may_try_again(&error) {
        true => StatusCode::SERVICE_UNAVAILABLE,
        false => StatusCode::CONFLICT,
    };
    if !words::may_try_again(&error) {
        typed.key = fresh_key();
    }
    let told = (status, Wrong::with("form", words::failure(&error)));
    // It may be another than it was.
    let now = web.ledger.award(web.program.id, id).await?;
    let objection = now.as_ref().and_then(|award| award.objection.as_ref());
    let appealed = objection.is_some_and(|objection| objection.appeal.is_some());
    if appealed && words::may_try_again(&error) {
        // It took effect, though nobody could say so at first.
        return go(&web.path(&format!("me/awards/{id}")));
    }
    again(&web, &rider, &now.unwrap_or(award), typed, told)
}

fn again(
    web: &Web,
    rider: &Rider,
    award: &Award,
    typed: Appealed,
    (status, wrong): (StatusCode, Wrong),
) -> Page {
    let page = AppealPage {
        frame: Frame::new(web, t("申诉", "Appeal"), Some(&rider.0)),
        id: award.id.0,
        what: award.trace.rule_title.clone(),
        points: points(award.points),
        until: appealable(web, award),
        typed,
        wrong,
    };
    show_as(status, &page)
}
