//! Awards as work: what waits for an approver, with what shows it; many decisions at once; objections that wait for a reviewer.

use axum::Json;
use axum::extract::State;
use futures::{StreamExt, stream};
use ledger::ids::AwardId;
use ledger::machine::{Award, AwardState, Command, Reason};
use ledger::policy::Language;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::awards::AwardView;
use super::decisions::{AwardReceipt, given};
use super::deeds::DeedView;
use super::docs::{Changing, Reading};
use super::model::{Amount, Moment};
use super::page::{Page, PageQuery, cursor, limit};
use crate::auth::{Approver, Caller, Minder, dispute_place};
use crate::evidence::{self, Evidence};
use crate::extract::{IdempotencyKey, Line, Lines, Query};
use crate::problem::{Code, Details, Problem};
use crate::state::App;

/// The most decisions of one request.
const MOST: usize = 200;
/// How many decisions are under way at a time.
const SIDE_BY_SIDE: usize = 64;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(decide))
        .routes(routes!(disputes))
}

/// An award of the member's before.
#[derive(Debug, Serialize, ToSchema)]
struct EarlierView {
    id: Uuid,
    occurred_at: Moment,
    points: Amount,
    #[schema(value_type = String, example = "vested")]
    state: AwardState,
    submitted_by: Uuid,
}

impl From<Award> for EarlierView {
    fn from(award: Award) -> Self {
        Self {
            id: award.id.0,
            occurred_at: award.deed.occurred_at.into(),
            points: award.points.into(),
            state: award.state,
            submitted_by: award.submitted_by.0,
        }
    }
}

/// A photo or a text.
#[derive(Debug, Serialize, ToSchema)]
struct AttachmentView {
    id: Uuid,
    #[schema(example = "photo")]
    kind: &'static str,
}

/// An award that waits, and what shows it.
#[derive(Debug, Serialize, ToSchema)]
struct ApprovalView {
    award: AwardView,
    /// The member's name as lists have it.
    name: String,
    /// How it came to its points, in Chinese.
    explanation: Vec<String>,
    /// The deed on record that it is for, with its check-ins; null where it was submitted without one.
    deed: Option<DeedView>,
    /// The member's last awards for deeds of that kind, newest first.
    last: Vec<EarlierView>,
    /// Other awards for the same thing.
    alike: Vec<Uuid>,
    /// Photos and texts that show it: /v1/attachments/{id}.
    attachments: Vec<AttachmentView>,
    /// What to look at twice: `shared_thing`, `same_photo` (something else was shown with it), `one_submitter` (of four in five of the member's last awards and more).
    #[schema(example = json!(["one_submitter"]))]
    flags: Vec<&'static str>,
}

impl From<Evidence> for ApprovalView {
    fn from(evidence: Evidence) -> Self {
        let flags = [
            (!evidence.alike.is_empty(), "shared_thing"),
            (!evidence.same_photo.is_empty(), "same_photo"),
            (evidence.one_submitter, "one_submitter"),
        ];
        Self {
            explanation: evidence.award.explained(Language::Zh),
            award: evidence.award.into(),
            name: evidence.name,
            deed: evidence.deed.map(Into::into),
            last: evidence.last.into_iter().map(Into::into).collect(),
            alike: evidence.alike.into_iter().map(|award| award.0).collect(),
            attachments: evidence
                .attachments
                .iter()
                .map(|attachment| AttachmentView {
                    id: attachment.id.0,
                    kind: attachment.kind.name(),
                })
                .collect(),
            flags: flags
                .into_iter()
                .filter_map(|(is, flag)| is.then_some(flag))
                .collect(),
        }
    }
}

/// What waits for this approver, oldest first
///
/// Awards that they may approve where they reach: not what they submitted, benefit from or approved already, nor what somebody of their node did.
#[utoipa::path(get, path = "/v1/approvals", tag = "approvals", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<ApprovalView>), Reading))]
async fn list(
    State(app): State<App>,
    staff: Approver,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ApprovalView>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?;
    let awards = staff.approvals(&app, after, limit + 1).await?;
    let page = Page::<Award>::of(awards, limit, |award: &Award| award.id);
    let evidence = evidence::of(&app, staff.program, page.items).await?;
    Ok(Json(Page {
        items: evidence.into_iter().map(Into::into).collect(),
        next_cursor: page.next_cursor,
    }))
}

/// What is decided.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Decision {
    Approve,
    Reject,
}

/// What is decided about one award.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct DecisionBody {
    award: Uuid,
    #[schema(inline)]
    decision: Decision,
    /// Why it is rejected: `not_as_claimed`, `evidence`, `duplicate` or `mistake`.
    #[validate(custom(function = given))]
    #[schema(value_type = Option<String>, example = "mistake")]
    reason: Option<Reason>,
}

impl DecisionBody {
    fn command(&self) -> Result<(AwardId, Command), Problem> {
        let award = AwardId(self.award);
        let command = match (self.decision, self.reason) {
            (Decision::Approve, None) => Command::ApproveAward { award },
            (Decision::Reject, Some(reason)) => Command::RejectAward { award, reason },
            (Decision::Approve, Some(_)) => {
                let why = "an approval has no reason: leave it out";
                return Err(Problem::new(Code::InvalidBody, why));
            }
            (Decision::Reject, None) => {
                let why = "say why it is rejected: reason is not_as_claimed, evidence, duplicate or mistake";
                return Err(Problem::new(Code::InvalidBody, why));
            }
        };
        Ok((award, command))
    }
}

/// What came of many decisions.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionsAnswer {
    /// How many took effect.
    accepted: usize,
    /// How many did not.
    refused: usize,
    /// One for each line, in the order sent.
    results: Vec<DecisionAnswer>,
}

/// What came of a decision.
#[derive(Debug, Serialize, ToSchema)]
struct DecisionAnswer {
    /// Its place in the list, from 1. The line's own key is the request's, `#` and this.
    line: usize,
    /// What the line would have been answered by itself.
    #[schema(example = 200)]
    status: u16,
    /// The receipt, if it took effect.
    #[serde(skip_serializing_if = "Option::is_none")]
    award: Option<AwardReceipt>,
    /// Why not, otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Details>,
}

/// Decide up to 200 awards, each for itself
///
/// Every line is a command of its own under the key `<Idempotency-Key>#<line>`, lines counted from 1: one that is turned down does not hold up the
/// others. The answer is 200 as soon as the body is a list of objects; what came of each line stands in `results`.
#[utoipa::path(post, path = "/v1/approvals/decisions", tag = "approvals", params(IdempotencyKey), request_body = Vec<DecisionBody>,
    responses((status = OK, description = "What came of each line", body = DecisionsAnswer), Changing))]
async fn decide(
    State(app): State<App>,
    staff: Approver,
    key: IdempotencyKey,
    Lines(lines): Lines<DecisionBody>,
) -> Result<Json<DecisionsAnswer>, Problem> {
    if lines.len() > MOST {
        let why = format!("1 to {MOST} decisions at once, not {}", lines.len());
        return Err(Problem::new(Code::InvalidBody, why));
    }
    let decide = |(index, line): (usize, Line<DecisionBody>)| {
        let (app, number) = (&app, index + 1);
        let key = IdempotencyKey(format!("{}#{number}", key.0));
        let caller: &Caller = &staff;
        async move { answer(number, decide_line(app, caller, key, line).await) }
    };
    let results: Vec<DecisionAnswer> = stream::iter(lines.into_iter().enumerate())
        .map(decide)
        .buffered(SIDE_BY_SIDE)
        .collect()
        .await;
    let accepted = results.iter().filter(|line| line.award.is_some()).count();
    Ok(Json(DecisionsAnswer {
        accepted,
        refused: results.len() - accepted,
        results,
    }))
}

async fn decide_line(
    app: &App,
    caller: &Caller,
    key: IdempotencyKey,
    line: Line<DecisionBody>,
) -> Result<AwardReceipt, Problem> {
    let (award, command) = line?.command()?;
    caller.must_reach_award(app, award).await?;
    let request = caller.request(Some(key));
    app.execute(&request, command).await?.try_into()
}

fn answer(line: usize, outcome: Result<AwardReceipt, Problem>) -> DecisionAnswer {
    match outcome {
        Ok(award) => DecisionAnswer {
            line,
            status: 200,
            award: Some(award),
            problem: None,
        },
        Err(mut problem) => {
            if let Some(cause) = problem.take_cause() {
                tracing::error!(error = cause, line, "a line of decisions failed");
            }
            let details = problem.details();
            DecisionAnswer {
                line,
                status: details.status(),
                award: None,
                problem: Some(details),
            }
        }
    }
}

/// An objection or appeal that waits for a reviewer.
#[derive(Debug, Serialize, ToSchema)]
struct DisputeView {
    award: AwardView,
    /// Whether this caller has no part in it and may decide.
    may_review: bool,
    /// Since when it waits; of an appeal, since that was made.
    waits_since: Option<Moment>,
    /// When it had waited too long: 15 days after it began to wait. Null while it has not.
    escalated_at: Option<Moment>,
}

impl DisputeView {
    fn of(caller: &Caller, award: Award) -> Self {
        let objection = award.objection;
        Self {
            may_review: caller.is_outside(&award),
            waits_since: objection.and_then(|o| o.waits_since()).map(Moment),
            escalated_at: objection.and_then(|o| o.overdue_since()).map(Moment),
            award: award.into(),
        }
    }
}

/// Objections and appeals that wait for a reviewer, those that waited too long first
///
/// For who decides awards below a node, and for who administers it: what nobody decides in 15 days is shown to both at the top.
#[utoipa::path(get, path = "/v1/objections", tag = "approvals", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<DisputeView>), Reading))]
async fn disputes(
    State(app): State<App>,
    staff: Minder,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<DisputeView>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?;
    let awards = staff.disputes(&app, after, limit + 1).await?;
    let page = Page::<Award>::of(awards, limit, dispute_place);
    Ok(Json(page.map(|award| DisputeView::of(&staff, award))))
}
