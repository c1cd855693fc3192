//! Pledges (承诺践诺): what members promise, and how far they have come.

use axum::Json;
use axum::extract::State;
use jiff::tz::TimeZone;
use ledger::community::pledge::{Every, Measure, Period, Pledge};
use ledger::ids::{MemberId, PledgeId, ProgramId};
use ledger::machine::Command;
use ledger::machine::pledges::PledgeCommand;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use super::page::{Page, PageQuery, cursor, limit};
use super::register::{Registered, new_id, registered};
use crate::auth::{MemberFacing, Oneself};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(end))
}

/// A period of a pledge.
#[derive(Debug, Serialize, ToSchema)]
struct PeriodView {
    from: Moment,
    until: Moment,
    /// What was done: minutes where hours are counted, else deeds.
    done: i64,
    /// What was promised, in the same.
    target: i64,
    kept: bool,
}

impl From<Period> for PeriodView {
    fn from(period: Period) -> Self {
        Self {
            from: period.from.into(),
            until: period.until.into(),
            done: period.done,
            target: period.target,
            kept: period.is_kept(),
        }
    }
}

/// A pledge, and how far the member has come.
#[derive(Debug, Serialize, ToSchema)]
struct PledgeView {
    id: Uuid,
    /// Which kind of deed; null for any.
    kind: Option<String>,
    #[schema(value_type = String, example = "hours")]
    measure: Measure,
    /// In whole hours, or deeds.
    target: i64,
    #[schema(value_type = String, example = "week")]
    every: Every,
    from: Moment,
    until: Moment,
    /// Whether everybody may see it, with the name masked.
    shown: bool,
    ended_at: Option<Moment>,
    /// The periods that have begun, in order. The last may still go on.
    periods: Vec<PeriodView>,
}

fn view(pledge: Pledge, periods: Vec<Period>) -> PledgeView {
    PledgeView {
        id: pledge.id.0,
        kind: pledge.kind,
        measure: pledge.measure,
        target: pledge.target,
        every: pledge.every,
        from: pledge.from.into(),
        until: pledge.until.into(),
        shown: pledge.shown,
        ended_at: pledge.ended_at.map(Into::into),
        periods: periods.into_iter().map(Into::into).collect(),
    }
}

async fn zone(app: &App, program: ProgramId) -> Result<TimeZone, Problem> {
    let programs = app.ledger.programs().await?;
    let known = programs.into_iter().find(|known| known.id == program);
    let zone = known.and_then(|known| TimeZone::get(&known.zone).ok());
    Ok(zone.unwrap_or(TimeZone::UTC))
}

/// A member's pledges
///
/// The newest first, with what was done in each period. Only deeds count whose award stands.
#[utoipa::path(get, path = "/v1/members/{id}/pledges", tag = "members", params(("id" = Uuid, Path), PageQuery),
    responses((status = OK, description = "A page of them", body = Page<PledgeView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<Uuid>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<PledgeView>>, Problem> {
    let member = MemberId(id);
    caller.must_see_member(&app, member).await?;
    let limit = limit(query.limit)?;
    let before = cursor::<Uuid>(query.cursor.as_deref())?.unwrap_or(Uuid::max());
    let (ledger, program) = (&app.ledger, caller.program);
    let pledges = ledger.pledges_of(program, member, PledgeId(before), limit);
    let pledges = pledges.await?;
    let full = usize::try_from(limit).is_ok_and(|limit| pledges.len() >= limit);
    let next = pledges.last().filter(|_| full).map(|pledge| pledge.id);
    let zone = zone(&app, program).await?;
    let progress = ledger.progress_of(program, member, &pledges, &zone).await?;
    let each = pledges.into_iter().zip(progress);
    let items = each
        .map(|(pledge, periods)| view(pledge, periods))
        .collect();
    Ok(Json(Page::new(items, next)))
}

/// What is counted.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum MeasureBody {
    Hours,
    Deeds,
}

/// How often.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EveryBody {
    Week,
    Month,
    Quarter,
    Once,
}

/// Something to be promised.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPledge {
    /// Which kind of deed, one of `/v1/deed-kinds`; any, if not said.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    kind: Option<String>,
    measure: MeasureBody,
    /// In whole hours, or deeds: at most 20 hours or 14 deeds a week.
    #[validate(range(min = 1, max = 1_000, message = "is 1 to 1000"))]
    target: i64,
    every: EveryBody,
    from: Moment,
    until: Moment,
    /// Whether everybody may see it, with the name masked.
    #[serde(default)]
    shown: bool,
}

/// Promise something
///
/// A pledge gives no points by itself.
#[utoipa::path(post, path = "/v1/members/{id}/pledges", tag = "members", request_body = NewPledge,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn make(
    State(app): State<App>,
    caller: Oneself,
    key: Option<IdempotencyKey>,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<NewPledge>,
) -> Result<Created<Registered>, Problem> {
    let member = MemberId(id);
    caller.must_see_member(&app, member).await?;
    let pledge = Pledge {
        id: PledgeId(new_id(&app, &caller, key.as_ref())),
        member,
        kind: body.kind,
        measure: match body.measure {
            MeasureBody::Hours => Measure::Hours,
            MeasureBody::Deeds => Measure::Deeds,
        },
        target: body.target,
        every: match body.every {
            EveryBody::Week => Every::Week,
            EveryBody::Month => Every::Month,
            EveryBody::Quarter => Every::Quarter,
            EveryBody::Once => Every::Once,
        },
        from: body.from.0,
        until: body.until.0,
        shown: body.shown,
        ended_at: None,
    };
    let command = Command::Pledge(Box::new(PledgeCommand::Make(pledge)));
    let made = registered(&app, &caller, key, command).await?;
    Ok(created(format!("/v1/members/{member}/pledges"), made))
}

/// Which.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhichPledge {
    pledge: Uuid,
}

/// Promise something no more
///
/// What was done stays on record.
#[utoipa::path(post, path = "/v1/members/{id}/pledges/end", tag = "members", request_body = WhichPledge,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It is over", body = Registered), Changing))]
async fn end(
    State(app): State<App>,
    caller: Oneself,
    key: Option<IdempotencyKey>,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<WhichPledge>,
) -> Result<Json<Registered>, Problem> {
    let member = MemberId(id);
    caller.must_see_member(&app, member).await?;
    let pledge = PledgeId(body.pledge);
    let command = Command::Pledge(Box::new(PledgeCommand::End { pledge, member }));
    Ok(Json(registered(&app, &caller, key, command).await?))
}
