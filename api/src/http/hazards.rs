//! Hazards: reported, listed, on the map, and how fast they are seen to.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use jiff::tz::TimeZone;
use ledger::clock::Timestamp;
use ledger::community::hazard::{Figure, Hazard, HazardCategory, HazardState, Pace, Terms};
use ledger::ids::{AttachmentId, HazardId, MemberId, OrganizationId};
use ledger::machine::Command;
use ledger::machine::hazards::{HazardCommand, Report};
use ledger::policy::Position;
use ledger::views::{Due, HazardFilter};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::activities::PlaceInList;
use super::awards::PositionBody;
use super::docs::{Changing, Reading};
use super::hazard_view::{HazardDetail, HazardReceipt, HazardView, feature, receipt};
use super::model::{Created, Moment, created};
use super::page::{Page, cursor, limit};
use super::register::new_id;
use crate::auth::{Awarder, Caller, Overseer, Participant, Policymaker, Somebody};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The most points on the map at once.
const MOST: i64 = 2_000;
/// The longest time for which figures are told, in seconds.
const LONGEST: i64 = 366 * 24 * 3_600;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, report))
        .routes(routes!(map))
        .routes(routes!(figures))
        .routes(routes!(terms))
        .routes(routes!(set_terms))
        .routes(routes!(get))
}

/// A hazard that somebody saw.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReportHazard {
    /// Who saw it. Members say nothing, it is they; staff name a member, or nobody for a resident's report, which earns nothing.
    member: Option<Uuid>,
    /// `fire`, `road`, `electrical`, `gas`, `facility`, `environment`, `dispute`, `traffic` or `other`.
    #[schema(value_type = String, example = "road")]
    category: HazardCategory,
    /// Where it is. Staff may say so later.
    #[validate(nested)]
    position: Option<PositionBody>,
    /// Whose it is to see to; the member's own organization if not said.
    organization: Option<Uuid>,
    /// The grid it lies in, by its code.
    #[schema(example = "YH-0312")]
    grid: Option<String>,
    /// The team it was reported with, by its code.
    team: Option<String>,
    /// When it was seen, by the device; now, if not said. What was kept while there was no network may come up to 24 hours late.
    seen_at: Option<Moment>,
    /// Photos that were uploaded (`POST /v1/attachments`), up to 6.
    #[serde(default)]
    #[validate(length(max = 6, message = "has at most 6 photos"))]
    photos: Vec<Uuid>,
    /// A text that was uploaded.
    text: Option<Uuid>,
}

/// Report a hazard
///
/// It is taken at once, and looked at by staff. What is awarded for it depends on what it comes to, never on how fast it was reported: stop before
/// you take a photo.
#[utoipa::path(post, path = "/v1/hazards", tag = "hazards", request_body = ReportHazard,
    params(("Idempotency-Key" = String, Header)),
    responses((status = CREATED, description = "It is taken", body = HazardReceipt), Changing))]
async fn report(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<ReportHazard>,
) -> Result<Created<HazardReceipt>, Problem> {
    let member = match caller.is_member() {
        true => body.member.map(MemberId).or(caller.actor.member),
        false => body.member.map(MemberId),
    };
    if let Some(member) = member {
        caller.must_see_member(&app, member).await?;
    }
    let node = node_of(&app, &caller, body.organization, member).await?;
    let report = Report {
        hazard: HazardId(new_id(&app, &caller, Some(&key))),
        member,
        node,
        category: body.category,
        position: body.position.and_then(PositionBody::position),
        grid: body.grid,
        team: body.team,
        seen_at: body
            .seen_at
            .map_or_else(|| app.ledger.clock().now(), |at| at.0),
        photos: body.photos.into_iter().map(AttachmentId).collect(),
        text: body.text.map(AttachmentId),
    };
    let id = report.hazard;
    let request = caller.request(Some(key));
    let (done, answer) = app
        .execute_hazard(&request, HazardCommand::Report(report))
        .await?;
    let body = receipt(&app, caller.program, done, answer).await?;
    Ok(created(format!("/v1/hazards/{id}"), body))
}

/// Whose it is to see to. Members may name any, as they may stand anywhere; staff those they reach.
async fn node_of(
    app: &App,
    caller: &Caller,
    named: Option<Uuid>,
    member: Option<MemberId>,
) -> Result<Option<OrganizationId>, Problem> {
    let node = match (named.map(OrganizationId), member) {
        (Some(node), _) => Some(node),
        (None, Some(member)) => {
            let path = app.ledger.path_of_member(caller.program, member).await?;
            path.first().copied()
        }
        (None, None) => None,
    };
    if !caller.is_member() {
        caller.must_reach_node(app, node).await?;
    }
    Ok(node)
}

/// Which hazards.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct HazardQuery {
    /// `next_cursor` of the page before; the first page needs none
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// How far they got
    #[param(value_type = Option<String>)]
    state: Option<HazardState>,
    /// What they are
    #[param(value_type = Option<String>)]
    category: Option<HazardCategory>,
    /// Only those whose next step was due by now
    #[serde(default)]
    overdue: bool,
    /// Only those within west,south,east,north, in degrees of WGS-84
    #[param(example = "123.2,41.7,123.4,41.9")]
    bbox: Option<String>,
    /// Only those received from this moment on
    #[param(value_type = Option<String>, format = DateTime)]
    since: Option<Timestamp>,
}

impl HazardQuery {
    fn filter(&self, app: &App, limit: i64) -> Result<HazardFilter, Problem> {
        let mut filter = HazardFilter {
            state: self.state,
            category: self.category,
            due_by: self.overdue.then(|| app.ledger.clock().now()),
            since: self.since,
            ..HazardFilter::newest(limit)
        };
        if let Some(PlaceInList(place)) = cursor(self.cursor.as_deref())? {
            filter.before = place;
        }
        if let Some(text) = &self.bbox {
            let why = "bbox is west,south,east,north, in degrees";
            let corners = corners_of(text).ok_or_else(|| Problem::new(Code::InvalidQuery, why))?;
            filter.bounds = Some(corners);
        }
        Ok(filter)
    }
}

fn corners_of(text: &str) -> Option<(Position, Position)> {
    let degrees = text.split(',').map(|degrees| degrees.trim().parse().ok());
    let degrees: Vec<f64> = degrees.collect::<Option<_>>()?;
    let [west, south, east, north] = degrees[..] else {
        return None;
    };
    let low = Position::from_degrees(south, west)?;
    Some((low, Position::from_degrees(north, east)?))
}

/// Hazards
///
/// The newest first. Staff see those that are for their organization, or one below it, to see to, or were when they were reported; members their
/// own, whatever the filter.
#[utoipa::path(get, path = "/v1/hazards", tag = "hazards", params(HazardQuery),
    responses((status = OK, description = "A page of them", body = Page<HazardView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Participant,
    Query(query): Query<HazardQuery>,
) -> Result<Json<Page<HazardView>>, Problem> {
    let limit = limit(query.limit)?;
    let filter = query.filter(&app, limit + 1)?;
    let hazards = caller.hazards(&app, &filter).await?;
    Ok(Json(Page::of(hazards, limit, |hazard: &Hazard| {
        PlaceInList(Due {
            since: hazard.received_at,
            id: hazard.id.0,
        })
    })))
}

/// Hazards on the map
///
/// GeoJSON (RFC 7946): the newest 2,000 that staff see and whose place is known. `due_at` says until when the next step is to be taken.
#[utoipa::path(get, path = "/v1/hazards.geojson", tag = "hazards", params(HazardQuery),
    responses((status = OK, description = "A FeatureCollection of points", body = Object, content_type = "application/geo+json"), Reading))]
async fn map(
    State(app): State<App>,
    staff: Awarder,
    Query(query): Query<HazardQuery>,
) -> Result<Response, Problem> {
    let filter = query.filter(&app, MOST)?;
    let hazards = staff.hazards(&app, &filter).await?;
    let features: Vec<_> = hazards.iter().filter_map(feature).collect();
    let body = json!({ "type": "FeatureCollection", "features": features });
    let headers = [(header::CONTENT_TYPE, "application/geo+json")];
    Ok((headers, body.to_string()).into_response())
}

/// The hazard, if this caller sees it.
pub(super) async fn seen(app: &App, caller: &Caller, id: Uuid) -> Result<Hazard, Problem> {
    let hazard = app.ledger.hazard(caller.program, HazardId(id)).await?;
    let hazard = hazard.ok_or_else(Problem::not_found)?;
    let seen = caller.sees_hazard(app, &hazard).await?;
    seen.then_some(hazard).ok_or_else(Problem::not_found)
}

/// One hazard
///
/// With what was done about it and how long that took, and what came of the report. Staff are told, too, what else was shown with photos like
/// these, and which other reports may be of the same.
#[utoipa::path(get, path = "/v1/hazards/{id}", tag = "hazards", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As far as it got", body = HazardDetail), Reading))]
async fn get(
    State(app): State<App>,
    caller: Participant,
    Path(id): Path<Uuid>,
) -> Result<Json<HazardDetail>, Problem> {
    let hazard = seen(&app, &caller, id).await?;
    let staff = !caller.is_member();
    let detail = HazardDetail::of(&app, caller.program, hazard, staff).await?;
    Ok(Json(detail))
}

/// Of when, and whose.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct FigureQuery {
    /// Of reports received from this moment on
    #[param(value_type = String, format = DateTime)]
    from: Timestamp,
    /// And before this one, at most 366 days later
    #[param(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Only those that are for this organization, or one below it, to see to, or were when they were reported; all, if not said
    organization: Option<Uuid>,
}

/// How long a step took.
#[derive(Debug, Serialize, ToSchema)]
struct PaceView {
    /// For how many it was taken.
    count: u64,
    /// For how many of them it was in time.
    in_time: u64,
    /// The median, in seconds.
    median_seconds: Option<i64>,
}

impl From<Pace> for PaceView {
    fn from(pace: Pace) -> Self {
        Self {
            count: pace.count,
            in_time: pace.in_time,
            median_seconds: pace.median,
        }
    }
}

/// How fast reports of a category were seen to in a month.
#[derive(Debug, Serialize, ToSchema)]
struct FigureView {
    /// Of the report, by the programme's calendar.
    #[schema(example = "2026-03")]
    month: String,
    #[schema(value_type = String, example = "road")]
    category: HazardCategory,
    reported: u64,
    /// Until it was clear whether it is so.
    decided: PaceView,
    /// From then until it was mended.
    fixed: PaceView,
}

impl From<Figure> for FigureView {
    fn from(figure: Figure) -> Self {
        Self {
            month: figure.month,
            category: figure.category,
            reported: figure.reported,
            decided: figure.decided.into(),
            fixed: figure.fixed.into(),
        }
    }
}

/// How fast hazards are seen to
///
/// By month and category. Nobody is awarded for being fast.
#[utoipa::path(get, path = "/v1/hazards/figures", tag = "hazards", params(FigureQuery),
    responses((status = OK, description = "In order of month and category", body = Vec<FigureView>), Reading))]
async fn figures(
    State(app): State<App>,
    staff: Overseer,
    Query(query): Query<FigureQuery>,
) -> Result<Json<Vec<FigureView>>, Problem> {
    let node = query.organization.map(OrganizationId);
    staff.must_reach_node(&app, node).await?;
    if !(0..=LONGEST).contains(&query.until.seconds_since(query.from)) {
        let why = "until is at most 366 days after from";
        return Err(Problem::new(Code::InvalidQuery, why));
    }
    let programs = app.ledger.programs().await?;
    let program = programs.into_iter().find(|known| known.id == staff.program);
    let zone = program.and_then(|program| TimeZone::get(&program.zone).ok());
    let zone = zone.unwrap_or(TimeZone::UTC);
    let time = (query.from, query.until);
    let figures = app
        .ledger
        .hazard_figures(staff.program, time, &zone, node)
        .await?;
    Ok(Json(figures.into_iter().map(Into::into).collect()))
}

/// How long may be taken for reports of a category.
#[derive(Debug, Serialize, ToSchema)]
struct TermsView {
    #[schema(value_type = String, example = "gas")]
    category: HazardCategory,
    /// From the report until it is clear whether it is so.
    decide_hours: i64,
    /// From then until it is mended.
    fix_hours: i64,
}

impl From<Terms> for TermsView {
    fn from(terms: Terms) -> Self {
        Self {
            category: terms.category,
            decide_hours: terms.decide_hours,
            fix_hours: terms.fix_hours,
        }
    }
}

/// How long may be taken
///
/// For each category: what the programme says, or what holds where it says nothing.
#[utoipa::path(get, path = "/v1/hazards/terms", tag = "hazards",
    responses((status = OK, description = "Of every category", body = Vec<TermsView>), Reading))]
async fn terms(State(app): State<App>, caller: Somebody) -> Result<Json<Vec<TermsView>>, Problem> {
    let set = app.ledger.hazard_terms(caller.program).await?;
    let of = |category: &HazardCategory| {
        let own = set.iter().find(|terms| terms.category == *category);
        own.copied().unwrap_or_else(|| Terms::of(*category)).into()
    };
    Ok(Json(HazardCategory::ALL.iter().map(of).collect()))
}

/// How long may be taken for reports of a category from now on.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct SetTerms {
    #[validate(range(min = 1, max = 8784, message = "is 1 to 8784 hours"))]
    decide_hours: i64,
    #[validate(range(min = 1, max = 8784, message = "is 1 to 8784 hours"))]
    fix_hours: i64,
}

/// Say how long may be taken
///
/// For what is reported, or verified, from now on.
#[utoipa::path(put, path = "/v1/hazards/terms/{category}", tag = "hazards", request_body = SetTerms,
    params(("category" = String, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It holds", body = TermsView), Changing))]
async fn set_terms(
    State(app): State<App>,
    operator: Policymaker,
    key: IdempotencyKey,
    Path(category): Path<String>,
    ValidatedJson(body): ValidatedJson<SetTerms>,
) -> Result<Json<TermsView>, Problem> {
    let wrong = || {
        let names: Vec<_> = HazardCategory::ALL.iter().map(|of| of.name()).collect();
        let why = format!("is one of {}", names.join(", "));
        let error = FieldError::new("/category", "unknown", why);
        Problem::new(Code::InvalidQuery, "no such category").with_errors(vec![error])
    };
    let terms = Terms {
        category: HazardCategory::from_name(&category).ok_or_else(wrong)?,
        decide_hours: body.decide_hours,
        fix_hours: body.fix_hours,
    };
    let command = Command::Hazard(Box::new(HazardCommand::SetTerms(terms)));
    app.execute(&operator.request(Some(key)), command).await?;
    Ok(Json(terms.into()))
}
