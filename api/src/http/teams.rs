//! Teams (志愿服务队): who belongs to them, and what they did.

use axum::Json;
use axum::extract::State;
use ledger::clock::Timestamp;
use ledger::community::team::{Belonging, TEAM_KINDS, Team};
use ledger::ids::{MemberId, OrganizationId};
use ledger::machine::Command;
use ledger::machine::teams::TeamCommand;
use ledger::views::TeamTotals;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Amount, Created, Moment, created};
use super::orders::needed;
use super::page::{Page, PageQuery, cursor, limit};
use super::register::{Registered, registered};
use crate::auth::{Awarder, MemberFacing, Participant};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, form))
        .routes(routes!(get, rename))
        .routes(routes!(totals))
        .routes(routes!(members, join))
        .routes(routes!(leave))
}

/// A team.
#[derive(Debug, Serialize, ToSchema)]
struct TeamView {
    /// As deeds name it in the fact `team`.
    #[schema(example = "yifeng")]
    code: String,
    organization: Uuid,
    /// `volunteer`, `safety`, `civility`, `publicity` or `other`.
    #[schema(example = "volunteer")]
    kind: String,
    name: String,
}

impl From<Team> for TeamView {
    fn from(team: Team) -> Self {
        Self {
            code: team.code,
            organization: team.organization.0,
            kind: team.kind,
            name: team.name,
        }
    }
}

/// Teams
///
/// In order of their code.
#[utoipa::path(get, path = "/v1/teams", tag = "teams", params(PageQuery),
    responses((status = OK, description = "A page of them", body = Page<TeamView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: MemberFacing,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<TeamView>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor::<String>(query.cursor.as_deref())?.unwrap_or_default();
    let teams = app.ledger.teams(caller.program, &after, limit + 1).await?;
    Ok(Json(Page::of(teams, limit, |team: &Team| {
        team.code.clone()
    })))
}

/// What a team is to be called, and who sees to it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct TeamBody {
    organization: Uuid,
    /// `volunteer`, `safety`, `civility`, `publicity` or `other`.
    #[schema(example = "volunteer")]
    kind: String,
    #[validate(length(min = 1, max = 80, message = "has 1 to 80 characters"))]
    name: String,
}

impl TeamBody {
    fn team(self, code: String) -> Result<Team, Problem> {
        match TEAM_KINDS.contains(&self.kind.as_str()) {
            true => Ok(Team {
                code,
                organization: OrganizationId(self.organization),
                kind: self.kind,
                name: self.name,
            }),
            false => Err(needed(
                "/kind",
                "a team is volunteer, safety, civility, publicity or other",
            )),
        }
    }
}

/// A team to be formed.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewTeam {
    /// As deeds are to name it in the fact `team`: at most 64 letters, digits and -_.:/
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "yifeng")]
    code: String,
    #[validate(nested)]
    team: TeamBody,
}

fn of(command: TeamCommand) -> Command {
    Command::Team(Box::new(command))
}

/// Form a team
#[utoipa::path(post, path = "/v1/teams", tag = "teams", request_body = NewTeam,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn form(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewTeam>,
) -> Result<Created<Registered>, Problem> {
    let team = body.team.team(body.code)?;
    staff.must_reach_node(&app, Some(team.organization)).await?;
    let path = format!("/v1/teams/{}", team.code);
    let formed = registered(&app, &staff, key, of(TeamCommand::Form(team))).await?;
    Ok(created(path, formed))
}

async fn found(app: &App, program: ledger::ids::ProgramId, code: &str) -> Result<Team, Problem> {
    let team = app.ledger.team(program, code).await?;
    team.ok_or_else(Problem::not_found)
}

/// The team, and that this caller reaches who sees to it.
async fn reached(app: &App, staff: &Awarder, code: &str) -> Result<Team, Problem> {
    let team = found(app, staff.program, code).await?;
    let reached = staff.reaches_node(app, Some(team.organization)).await?;
    reached.then_some(team).ok_or_else(Problem::not_found)
}

/// One team
#[utoipa::path(get, path = "/v1/teams/{code}", tag = "teams", params(("code" = String, Path)),
    responses((status = OK, description = "As it stands", body = TeamView), Reading))]
async fn get(
    State(app): State<App>,
    caller: MemberFacing,
    Path(code): Path<String>,
) -> Result<Json<TeamView>, Problem> {
    Ok(Json(found(&app, caller.program, &code).await?.into()))
}

/// Call a team otherwise
#[utoipa::path(put, path = "/v1/teams/{code}", tag = "teams", request_body = TeamBody,
    params(("code" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It is on record", body = Registered), Changing))]
async fn rename(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    Path(code): Path<String>,
    ValidatedJson(body): ValidatedJson<TeamBody>,
) -> Result<Json<Registered>, Problem> {
    reached(&app, &staff, &code).await?;
    let team = body.team(code)?;
    staff.must_reach_node(&app, Some(team.organization)).await?;
    let command = of(TeamCommand::Rename(team));
    Ok(Json(registered(&app, &staff, key, command).await?))
}

/// Within which time.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct TotalsQuery {
    /// Deeds from this moment on
    #[param(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Deeds before this one
    #[param(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// What a team did.
#[derive(Debug, Serialize, ToSchema)]
pub struct TotalsView {
    /// How many deeds. One that two policies award is one.
    deeds: i64,
    /// How long they took.
    minutes: i64,
    /// How many people were served; what several members did together served them once.
    people_served: i64,
    /// What they were awarded.
    points: Amount,
    /// How many members did them.
    members: i64,
}

impl From<TeamTotals> for TotalsView {
    fn from(totals: TeamTotals) -> Self {
        Self {
            deeds: totals.deeds,
            minutes: totals.minutes,
            people_served: totals.people,
            points: totals.points.into(),
            members: totals.members,
        }
    }
}

/// What a team did within a time
///
/// Counted from awards that stand: what was turned down or reversed is not in it.
#[utoipa::path(get, path = "/v1/teams/{code}/totals", tag = "teams", params(("code" = String, Path), TotalsQuery),
    responses((status = OK, description = "Totals", body = TotalsView), Reading))]
async fn totals(
    State(app): State<App>,
    caller: MemberFacing,
    Path(code): Path<String>,
    Query(query): Query<TotalsQuery>,
) -> Result<Json<TotalsView>, Problem> {
    found(&app, caller.program, &code).await?;
    let (from, until) = (query.from, query.until);
    let totals = app.ledger.team_totals(caller.program, &code, from, until);
    Ok(Json(totals.await?.into()))
}

/// Somebody's time in a team.
#[derive(Debug, Serialize, ToSchema)]
struct BelongingView {
    member: Uuid,
    from: Moment,
    /// Null while they belong to it.
    until: Option<Moment>,
}

impl From<Belonging> for BelongingView {
    fn from(belonging: Belonging) -> Self {
        Self {
            member: belonging.member.0,
            from: belonging.from.into(),
            until: belonging.until.map(Into::into),
        }
    }
}

/// Who belongs to a team
///
/// And who did, in order of member.
#[utoipa::path(get, path = "/v1/teams/{code}/members", tag = "teams", params(("code" = String, Path), PageQuery),
    responses((status = OK, description = "A page of them", body = Page<BelongingView>), Reading))]
async fn members(
    State(app): State<App>,
    staff: Awarder,
    Path(code): Path<String>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<BelongingView>>, Problem> {
    reached(&app, &staff, &code).await?;
    let limit = limit(query.limit)?;
    let after = match cursor::<super::activities::PlaceInList>(query.cursor.as_deref())? {
        Some(super::activities::PlaceInList(place)) => (MemberId(place.id), place.since),
        None => (MemberId(Uuid::nil()), Timestamp::from_micros(0)),
    };
    let members = app
        .ledger
        .team_members(staff.program, &code, after, limit + 1);
    Ok(Json(Page::of(members.await?, limit, |one: &Belonging| {
        super::activities::PlaceInList(ledger::views::Due {
            since: one.from,
            id: one.member.0,
        })
    })))
}

/// Who.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct WhichMember {
    member: Uuid,
}

/// Take somebody into a team
#[utoipa::path(post, path = "/v1/teams/{code}/members", tag = "teams", request_body = WhichMember,
    params(("code" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "They belong to it", body = Registered), Changing))]
async fn join(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    Path(code): Path<String>,
    ValidatedJson(body): ValidatedJson<WhichMember>,
) -> Result<Json<Registered>, Problem> {
    let team = reached(&app, &staff, &code).await?.code;
    let member = MemberId(body.member);
    staff.must_see_member(&app, member).await?;
    let command = of(TeamCommand::Join { team, member });
    Ok(Json(registered(&app, &staff, key, command).await?))
}

/// Let somebody leave a team
///
/// Staff who see to it, and members themselves.
#[utoipa::path(post, path = "/v1/teams/{code}/leave", tag = "teams", request_body = WhichMember,
    params(("code" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "They belong to it no more", body = Registered), Changing))]
async fn leave(
    State(app): State<App>,
    caller: Participant,
    key: Option<IdempotencyKey>,
    Path(code): Path<String>,
    ValidatedJson(body): ValidatedJson<WhichMember>,
) -> Result<Json<Registered>, Problem> {
    let member = MemberId(body.member);
    let team = match caller.is_member() {
        true => {
            caller.must_see_member(&app, member).await?;
            found(&app, caller.program, &code).await?.code
        }
        false => reached(&app, &Awarder(caller.0.clone()), &code).await?.code,
    };
    let command = of(TeamCommand::Leave { team, member });
    Ok(Json(registered(&app, &caller, key, command).await?))
}
