//! Cells of the map that members patrol.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use ledger::community::patrol::{Grid, GridProblem, PatrolRule};
use ledger::community::{GridDefaults, grids_of};
use ledger::ids::OrganizationId;
use ledger::machine::Command;
use ledger::machine::deeds::PatrolCommand;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use super::page::{Page, cursor, limit};
use super::register::registered;
use crate::auth::{Policymaker, Somebody};
use crate::datum::DatumName;
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The largest body, in bytes: two thousand cells of a hundred corners.
const LARGEST: usize = 8 * 1024 * 1024;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, import))
        .routes(routes!(get))
        .routes(routes!(retire))
        .layer(DefaultBodyLimit::max(LARGEST))
}

/// What counts as a patrol of a cell. What is not said is the usual.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct RuleBody {
    /// The least time between two places that count, in seconds.
    gap: i64,
    /// How far a place is from every earlier one of the shift to count, in metres.
    apart: i64,
    /// How many places a shift needs, at least 2.
    points: u32,
    /// The most that counts until the next place that counts, in seconds.
    stretch: i64,
    /// The longest shift, in seconds.
    longest: i64,
    /// How far outside the boundary is still inside, in metres.
    tolerance: i64,
    /// The policy that prices shifts here, where several do.
    policy: Option<String>,
}

impl Default for RuleBody {
    fn default() -> Self {
        PatrolRule::default().into()
    }
}

impl From<PatrolRule> for RuleBody {
    fn from(rule: PatrolRule) -> Self {
        let PatrolRule {
            gap,
            apart,
            points,
            stretch,
            longest,
            tolerance,
            policy,
        } = rule;
        Self {
            gap,
            apart,
            points,
            stretch,
            longest,
            tolerance,
            policy,
        }
    }
}

impl From<RuleBody> for PatrolRule {
    fn from(body: RuleBody) -> Self {
        Self {
            gap: body.gap,
            apart: body.apart,
            points: body.points,
            stretch: body.stretch,
            longest: body.longest,
            tolerance: body.tolerance,
            policy: body.policy,
        }
    }
}

/// A cell.
#[derive(Debug, Serialize, ToSchema)]
struct GridView {
    /// As deeds name it in their fact `grid`.
    #[schema(example = "YH-0312")]
    code: String,
    name: String,
    /// Whose it is.
    organization: Option<Uuid>,
    rule: RuleBody,
    /// Of its boundary, holes included.
    corners: usize,
    /// Since when nobody begins a shift here.
    retired_at: Option<Moment>,
    /// A MultiPolygon (RFC 7946), in WGS-84, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    geometry: Option<Value>,
}

impl GridView {
    fn whole(grid: Grid) -> Self {
        let geometry = Some(grid.area.to_geojson());
        Self {
            geometry,
            ..grid.into()
        }
    }
}

impl From<Grid> for GridView {
    fn from(grid: Grid) -> Self {
        Self {
            code: grid.code,
            name: grid.name,
            organization: grid.organization.map(|id| id.0),
            rule: grid.rule.into(),
            corners: grid.area.corners(),
            retired_at: grid.retired_at.map(Into::into),
            geometry: None,
        }
    }
}

/// Which cells, and what of them.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct GridQuery {
    /// `next_cursor` of the page before; the first page needs none
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Whether their boundaries are wanted
    #[serde(default)]
    geometry: bool,
}

/// The cells of the map
///
/// In order of code, those that are patrolled no more among them.
#[utoipa::path(get, path = "/v1/grids", tag = "patrols", params(GridQuery),
    responses((status = OK, description = "A page of them", body = Page<GridView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Somebody,
    Query(query): Query<GridQuery>,
) -> Result<Json<Page<GridView>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor::<String>(query.cursor.as_deref())?.unwrap_or_default();
    let grids = app.ledger.grids(caller.program, &after, limit + 1).await?;
    let view = match query.geometry {
        true => GridView::whole,
        false => GridView::from,
    };
    let page = Page::<Grid>::of(grids, limit, |grid: &Grid| grid.code.clone());
    Ok(Json(page.map(view)))
}

/// One cell, with its boundary
#[utoipa::path(get, path = "/v1/grids/{code}", tag = "patrols", params(("code" = String, Path)),
    responses((status = OK, description = "As it stands", body = GridView), Reading))]
async fn get(
    State(app): State<App>,
    caller: Somebody,
    Path(code): Path<String>,
) -> Result<Json<GridView>, Problem> {
    let grid = app.ledger.grid(caller.program, &code).await?;
    let grid = grid.ok_or_else(Problem::not_found)?;
    Ok(Json(GridView::whole(grid)))
}

/// Cells to be put on the map.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewGrids {
    /// A FeatureCollection (RFC 7946) with a feature of polygons for each cell. Of its properties, `code` is what deeds call the cell, `name` what
    /// people do, `organization` the id of whose it is. Longitude first.
    #[schema(value_type = Object)]
    geojson: Value,
    /// In which coordinates it is.
    #[serde(default)]
    datum: DatumName,
    /// Whose the cells are that do not say so themselves.
    organization: Option<Uuid>,
    /// What counts as a patrol of these cells. Not said, it stays as it was, or is the usual: 3 places, 5 minutes and 50 metres apart, at most 45
    /// minutes from one to the next, 4 hours, 50 metres of tolerance.
    rule: Option<RuleBody>,
}

/// What came of an import.
#[derive(Debug, Serialize, ToSchema)]
struct Imported {
    /// How many cells are on the map as the file has them.
    grids: usize,
    recorded_at: Moment,
}

/// Put cells on the map, or change them
///
/// All of them or none, up to 2,000 at once. A cell that is on the map under the same code is changed; those that the file does not have stay.
/// Shifts are awarded in the name of whoever imports their cell, so they get none for their own.
#[utoipa::path(post, path = "/v1/grids", tag = "patrols", request_body = NewGrids,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "They are on the map", body = Imported), Changing))]
async fn import(
    State(app): State<App>,
    operator: Policymaker,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewGrids>,
) -> Result<Created<Imported>, Problem> {
    let rule: Option<PatrolRule> = body.rule.map(Into::into);
    if let Some(problem) = rule.as_ref().and_then(|rule| rule.check().err()) {
        return Err(wrong(&problem));
    }
    let defaults = GridDefaults {
        datum: body.datum.into(),
        organization: body.organization.map(OrganizationId),
        rule,
    };
    // Telling whether thousands of corners cross takes long enough to be in the way of other requests.
    let grids = tokio::task::spawn_blocking(move || grids_of(&body.geojson, &defaults)).await;
    let grids = grids.map_err(Problem::internal)??;
    let count = grids.len();
    let command = PatrolCommand::Import { grids };
    let registered = registered(&app, &operator, key, of(command)).await?;
    let imported = Imported {
        grids: count,
        recorded_at: registered.recorded_at,
    };
    Ok(created("/v1/grids".to_owned(), imported))
}

/// Which number of the rule is out of range.
fn wrong(problem: &GridProblem) -> Problem {
    let pointer = match problem {
        GridProblem::Rule { field, .. } => format!("/rule/{field}"),
        _ => "/rule".to_owned(),
    };
    let error = FieldError::new(pointer, "range", problem.to_string());
    Problem::new(Code::InvalidBody, "the body is not as it should be").with_errors(vec![error])
}

fn of(command: PatrolCommand) -> Command {
    Command::Patrol(Box::new(command))
}

/// Patrol a cell no more
///
/// Nobody begins a shift there, until it is imported again; those that have begun go on.
#[utoipa::path(post, path = "/v1/grids/{code}/retire", tag = "patrols", params(("code" = String, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It is patrolled no more", body = GridView), Changing))]
async fn retire(
    State(app): State<App>,
    operator: Policymaker,
    key: Option<IdempotencyKey>,
    Path(code): Path<String>,
) -> Result<Json<GridView>, Problem> {
    let command = PatrolCommand::Retire { grid: code.clone() };
    registered(&app, &operator, key, of(command)).await?;
    let grid = app.ledger.grid(operator.program, &code).await?;
    let grid = grid.ok_or_else(Problem::not_found)?;
    Ok(Json(grid.into()))
}
