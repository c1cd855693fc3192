//! Objections and appeals that wait for a reviewer.

use ledger::StoreError;
use ledger::community::Verb;
use ledger::machine::Award;
use ledger::views::Register;
use uuid::Uuid;

use crate::auth::dispute_place;
use crate::web::format::{full, points};
use crate::web::lists::whole::{self, MOST};
use crate::web::names::name;
use crate::web::reading::say;
use crate::web::visitor::Visitor;
use crate::web::{Web, words};

/// An objection or appeal.
pub(super) struct Dispute {
    pub id: Uuid,
    pub member: String,
    pub rule: String,
    pub points: String,
    pub ground: &'static str,
    pub appeal: bool,
    pub since: String,
    /// Until when it is to be reviewed.
    pub due: Option<String>,
    pub escalated: Option<String>,
    pub may_review: bool,
    /// What was chosen and typed, where that did not do.
    pub found: String,
    pub words: String,
}

/// Objections and appeals are few, and each has its time: all of them stand on the page.
pub(super) async fn disputes(web: &Web, visitor: &Visitor) -> Result<Vec<Dispute>, StoreError> {
    let (caller, app) = (&visitor.caller, &web.app);
    let page = |after, limit| async move { caller.disputes(app, after, limit).await };
    let place = |award: &Award| Some(dispute_place(award));
    let found = whole::rows(MOST, None, place, page).await?;
    let reviews = visitor.may(&[Verb::Approve]);
    let mut disputes = Vec::with_capacity(found.len());
    for award in found {
        let may_review = reviews && caller.is_outside(&award);
        disputes.extend(dispute(web, may_review, &award).await?);
    }
    Ok(disputes)
}

async fn dispute(
    web: &Web,
    may_review: bool,
    award: &Award,
) -> Result<Option<Dispute>, StoreError> {
    let Some(objection) = award.objection else {
        return Ok(None);
    };
    let zone = web.zone();
    let since = objection.waits_since().unwrap_or(objection.at);
    // Nothing is lost by waiting: once its time is over it is passed on, and stands before the others.
    let due = award.escalates_at().map(|at| {
        let by = full(at, &zone);
        match web.now() < at {
            true => say!("应在 {by} 前复核", "to be reviewed by {by}"),
            false => say!(
                "已过 {by} 的复核期限，即将上报",
                "the time to review it ended on {by}: it is about to be passed on upwards"
            ),
        }
    });
    Ok(Some(Dispute {
        id: award.id.0,
        member: name(web, Register::Members, award.member.0).await?,
        rule: award.trace.rule_title.clone(),
        points: points(award.points),
        ground: words::reason(objection.ground),
        appeal: objection.appeal.is_some(),
        since: full(since, &zone),
        due,
        escalated: objection.overdue_since().map(|at| full(at, &zone)),
        may_review,
        found: String::new(),
        words: String::new(),
    }))
}
