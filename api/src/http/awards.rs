//! Awards: submitted, looked up, explained.

use axum::Json;
use axum::extract::State;
use ledger::AwardRequest;
use ledger::clock::Timestamp;
use ledger::ids::{AwardId, MemberId};
use ledger::machine::AwardState;
use ledger::policy::{Deed, Fact, Language, Position, explain};
use ledger::views::{AwardFilter, WaitingFilter};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::decided::{ApprovalView, ObjectionView};
use super::decisions::AwardReceipt;
use super::docs::{Changing, Reading};
use super::lang::LangQuery;
use super::model::{Amount, Created, Moment, created};
use super::page::{Page, cursor, limit};
use crate::auth::{Awarder, Caller, MemberFacing};
use crate::datum::DatumName;
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(submit, list))
        .routes(routes!(preview))
        .routes(routes!(get))
        .routes(routes!(explanation))
}

/// An award to be made: a policy in force when the deed happened puts the price on it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmitAward {
    /// Whose deed it is.
    member: Uuid,
    /// The policy that is to price it; needed only when several in force are about this kind of deed.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    policy: Option<String>,
    /// What was done.
    #[validate(nested)]
    deed: DeedBody,
    /// Where it happened, if that is known. The layers of the map in which it lies are kept with the deed, the position is not.
    #[validate(nested)]
    position: Option<PositionBody>,
}

/// A place, in degrees; decimals beyond the sixth, a tenth of a metre, are rounded.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PositionBody {
    /// North of the equator positive.
    #[validate(range(
        min = -90.0,
        max = 90.0,
        message = "goes from -90 to 90: were latitude and longitude swapped?"
    ))]
    #[schema(example = 41.7952)]
    latitude: f64,
    /// East of Greenwich positive.
    #[validate(range(min = -180.0, max = 180.0, message = "goes from -180 to 180"))]
    #[schema(example = 123.3085)]
    longitude: f64,
    /// In which coordinates these are.
    #[serde(default)]
    datum: DatumName,
}

impl PositionBody {
    /// The place. Validation has refused what is none.
    pub fn position(self) -> Option<Position> {
        Position::from_degrees_in(self.datum.into(), self.latitude, self.longitude)
    }
}

/// What a member did, once.
#[derive(Debug, Deserialize, Serialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeedBody {
    /// One of `/v1/deed-kinds`.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "patrol_shift")]
    kind: String,
    /// The caller's own identifier of the deed: the same member, kind and reference are one deed.
    #[validate(length(min = 1, max = 128, message = "has 1 to 128 characters"))]
    #[schema(example = "shift-2026-03-05-0312")]
    reference: String,
    /// When it happened; for a deed that lasted, when it began.
    occurred_at: Moment,
    /// What is known about it, by the names its kind declares: true or false, numbers, words and codes.
    #[validate(length(max = 32, message = "has at most 32 facts"))]
    #[schema(value_type = Object, example = json!({"minutes": 120, "grid": "YH-0312"}))]
    facts: BTreeMap<String, Fact>,
    /// What shows that it was done: `photo`, `check_in`, `sign_off`, `witness`, `system`, `backfill`, `document`.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    #[validate(length(max = 16, message = "has at most 16 classes"))]
    evidence: BTreeSet<String>,
}

impl From<Deed> for DeedBody {
    fn from(deed: Deed) -> Self {
        Self {
            kind: deed.kind,
            reference: deed.reference,
            occurred_at: deed.occurred_at.into(),
            facts: deed.facts,
            evidence: deed.evidence,
        }
    }
}

impl From<SubmitAward> for AwardRequest {
    fn from(body: SubmitAward) -> Self {
        Self {
            member: MemberId(body.member),
            deed: Deed {
                kind: body.deed.kind,
                reference: body.deed.reference,
                occurred_at: body.deed.occurred_at.0,
                facts: body.deed.facts,
                evidence: body.deed.evidence,
                places: Vec::new(),
            },
            policy: body.policy,
            position: body.position.and_then(PositionBody::position),
        }
    }
}

/// What a deed would earn.
#[derive(Debug, Serialize, ToSchema)]
pub struct QuoteView {
    policy: String,
    digest: String,
    rule: String,
    budget: String,
    /// What the policy gives for the deed, before caps.
    quoted: Amount,
    /// What caps leave of it now.
    points: Amount,
    #[schema(value_type = String, example = "vested")]
    state: AwardState,
    /// `none`, `single` or `two_person`: how many people other than the one who submits it.
    approval: &'static str,
    /// How long it is on public notice before it vests, in seconds.
    notice_seconds: i64,
    expires_at: Option<Moment>,
    /// How it came to the points, in Chinese.
    explanation: Vec<String>,
}

/// An award on record.
#[derive(Debug, Serialize, ToSchema)]
pub struct AwardView {
    id: Uuid,
    member: Uuid,
    budget: Uuid,
    deed: DeedBody,
    /// The layers of the map that held the place where it happened, as the map was then.
    places: Vec<String>,
    policy: String,
    /// SHA-256 of the policy's source that priced it.
    digest: String,
    rule: String,
    points: Amount,
    #[schema(value_type = String, example = "vested")]
    state: AwardState,
    expires_at: Option<Moment>,
    submitted_by: Uuid,
    submitted_at: Moment,
    /// Who approved it, in order.
    approvals: Vec<ApprovalView>,
    /// When its public notice closes, once it has begun.
    notice_until: Option<Moment>,
    /// What somebody holds against it.
    objection: Option<ObjectionView>,
    decided_by: Option<Uuid>,
    decided_at: Option<Moment>,
    /// Why it was rejected or reversed.
    reason: Option<&'static str>,
}

impl From<ledger::machine::Award> for AwardView {
    fn from(award: ledger::machine::Award) -> Self {
        Self {
            id: award.id.0,
            member: award.member.0,
            budget: award.budget.0,
            places: award.deed.places.clone(),
            deed: award.deed.into(),
            policy: award.policy,
            digest: award.digest,
            rule: award.rule,
            points: award.points.into(),
            state: award.state,
            expires_at: award.expires_at.map(Moment),
            submitted_by: award.submitted_by.0,
            submitted_at: award.submitted_at.into(),
            approvals: award.approvals.into_iter().map(Into::into).collect(),
            notice_until: award.notice_until.map(Moment),
            objection: award.objection.map(Into::into),
            decided_by: award.decided_by.map(|actor| actor.0),
            decided_at: award.decided_at.map(Moment),
            reason: award.reason.map(ledger::machine::Reason::name),
        }
    }
}

/// Submit an award
///
/// Vests at once unless the policy wants a second person's approval.
#[utoipa::path(post, path = "/v1/awards", tag = "awards", params(IdempotencyKey), request_body = SubmitAward,
    responses((status = CREATED, description = "It is on record", body = AwardReceipt), Changing))]
async fn submit(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<SubmitAward>,
) -> Result<Created<AwardReceipt>, Problem> {
    let award = AwardRequest::from(body);
    staff.must_see_member(&app, award.member).await?;
    let request = staff.request(Some(key));
    let receipt = app.submit_award(&request, &award).await?;
    let receipt = AwardReceipt::try_from(receipt)?;
    Ok(created(format!("/v1/awards/{}", receipt.id), receipt))
}

/// What a deed would earn
///
/// Prices the deed by the policy in force when it happened, and decides it as if it were submitted now: what caps leave of it, or why it would be
/// turned down. Nothing is recorded.
#[utoipa::path(post, path = "/v1/awards/preview", tag = "awards", request_body = SubmitAward,
    responses((status = OK, description = "It took effect", body = QuoteView), Changing))]
async fn preview(
    State(app): State<App>,
    staff: Awarder,
    ValidatedJson(body): ValidatedJson<SubmitAward>,
) -> Result<Json<QuoteView>, Problem> {
    let award = AwardRequest::from(body);
    staff.must_see_member(&app, award.member).await?;
    let request = staff.request(None);
    let preview = app.ledger.preview_award(&request, &award).await?;
    let (quote, award) = (preview.submission.quote, preview.award);
    Ok(Json(QuoteView {
        explanation: explain(&award.trace, Language::Zh),
        policy: quote.policy,
        digest: quote.digest,
        rule: quote.rule,
        budget: quote.budget,
        quoted: quote.points.into(),
        points: award.points.into(),
        state: award.state,
        approval: quote.terms.approval.name(),
        notice_seconds: quote.terms.notice_seconds,
        expires_at: quote.expires_at.map(Moment),
    }))
}

/// Which awards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct AwardsQuery {
    /// Only in this state: queued, submitted, pending, frozen, vested, rejected or reversed
    #[param(value_type = Option<String>)]
    state: Option<AwardState>,
    /// Only this member's
    member: Option<Uuid>,
    /// `next_cursor` of the page before
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Awards, newest first
///
/// A member sees their own; who works on a node those of a member below it, or all that wait there in one state.
#[utoipa::path(get, path = "/v1/awards", tag = "awards", params(AwardsQuery),
    responses((status = OK, description = "As it stands", body = Page<AwardView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: MemberFacing,
    Query(query): Query<AwardsQuery>,
) -> Result<Json<Page<AwardView>>, Problem> {
    let limit = limit(query.limit)?;
    let member = query.member.map(MemberId).or(own(&caller));
    match member {
        Some(member) => caller.must_see_member(&app, member).await?,
        None if caller.has_program() => {}
        None => return Ok(Json(waiting(&app, &caller, &query, limit).await?)),
    }
    let filter = AwardFilter {
        state: query.state,
        member,
        before: cursor(query.cursor.as_deref())?,
        limit: limit + 1,
    };
    let awards = app.ledger.awards(caller.program, &filter).await?;
    Ok(Json(Page::of(awards, limit, |award| award.id)))
}

/// What waits for somebody to decide, below the nodes that they reach. Other awards there are found by their member.
async fn waiting(
    app: &App,
    caller: &Caller,
    query: &AwardsQuery,
    limit: i64,
) -> Result<Page<AwardView>, Problem> {
    use AwardState::{Frozen, Queued, Submitted};
    let Some(state @ (Queued | Submitted | Frozen)) = query.state else {
        let why = "on a node, name a member, or a state in which awards wait: queued, submitted or frozen";
        return Err(Problem::new(Code::Forbidden, why));
    };
    let filter = WaitingFilter {
        state,
        before: cursor(query.cursor.as_deref())?,
        limit: limit + 1,
    };
    let awards = caller.waiting(app, &filter).await?;
    Ok(Page::of(awards, limit, |award| award.id))
}

/// The member a member's key is limited to.
fn own(caller: &Caller) -> Option<MemberId> {
    let is_member = caller.actor.role == ledger::community::Role::Member;
    caller.actor.member.filter(|_| is_member)
}

/// One award
#[utoipa::path(get, path = "/v1/awards/{id}", tag = "awards", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = AwardView), Reading))]
async fn get(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<AwardId>,
) -> Result<Json<AwardView>, Problem> {
    Ok(Json(visible(&app, &caller, id).await?.into()))
}

async fn visible(
    app: &App,
    caller: &Caller,
    id: AwardId,
) -> Result<ledger::machine::Award, Problem> {
    let award = app.ledger.award(caller.program, id).await?;
    let award = award.ok_or_else(Problem::not_found)?;
    caller.must_see_member(app, award.member).await?;
    Ok(award)
}

/// Why an award is worth what it is.
#[derive(Debug, Serialize, ToSchema)]
struct Explanation {
    award: Uuid,
    points: Amount,
    /// One sentence a step.
    sentences: Vec<String>,
    policy: String,
    /// SHA-256 of the policy's source that priced it.
    digest: String,
    rule: String,
    #[schema(value_type = Object)]
    facts: BTreeMap<String, Fact>,
    occurred_at: Moment,
    /// Each step for programs: checks, basis, multipliers, caps.
    #[schema(value_type = Object)]
    trace: Value,
}

/// Why this number
///
/// Rule, facts, base, each multiplier, each cap with what was left, and what was clipped.
#[utoipa::path(get, path = "/v1/awards/{id}/explanation", tag = "awards", params(("id" = Uuid, Path), LangQuery),
    responses((status = OK, description = "As it stands", body = Explanation), Reading))]
async fn explanation(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<AwardId>,
    Query(query): Query<LangQuery>,
) -> Result<Json<Explanation>, Problem> {
    let award = visible(&app, &caller, id).await?;
    let occurred_at: Timestamp = award.deed.occurred_at;
    Ok(Json(Explanation {
        award: award.id.0,
        points: award.points.into(),
        sentences: award.explained(query.language()),
        trace: serde_json::to_value(&award.trace).map_err(Problem::internal)?,
        policy: award.policy,
        digest: award.digest,
        rule: award.rule,
        facts: award.deed.facts,
        occurred_at: occurred_at.into(),
    }))
}
