//! Activities: planned, changed, called off; and the code on the organizer's screen.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use ledger::clock::Timestamp;
use ledger::community::activity::CheckInSecret;
use ledger::ids::{ActivityId, OrganizationId, random_bytes};
use ledger::machine::Command;
use ledger::machine::deeds::{ActivityCommand, Planned};
use ledger::views::Due;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::activity_plan::{ActivityView, PlanActivity};
use super::docs::{Changing, Reading};
use super::model::{Created, created};
use super::page::{Page, cursor, limit};
use super::register::{Registered, new_id, registered};
use crate::auth::{Awarder, Somebody};
use crate::calendar;
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, plan))
        .routes(routes!(get, change))
        .routes(routes!(cancel))
        .routes(routes!(code))
        .routes(routes!(calendar_file))
}

/// Which activities.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct ActivityQuery {
    /// `next_cursor` of the page before; the first page needs none
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Those that end after this moment; now, if not said
    #[param(value_type = Option<String>, format = DateTime)]
    after: Option<Timestamp>,
}

/// The activity, and that this caller reaches who holds it.
pub(super) async fn reached(
    app: &App,
    staff: &Awarder,
    activity: ActivityId,
) -> Result<Planned, Problem> {
    let planned = found(app, staff.program, activity).await?;
    let node = planned.activity.organization;
    staff.must_reach_node(app, Some(node)).await?;
    Ok(planned)
}

/// The activity.
pub(super) async fn found(
    app: &App,
    program: ledger::ids::ProgramId,
    activity: ActivityId,
) -> Result<Planned, Problem> {
    let planned = app.ledger.activity(program, activity).await?;
    planned.ok_or_else(Problem::not_found)
}

/// Activities
///
/// Those that are not over yet, the one that ends first at first. Members and staff see all of the programme's.
#[utoipa::path(get, path = "/v1/activities", tag = "activities", params(ActivityQuery),
    responses((status = OK, description = "A page of them", body = Page<ActivityView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Somebody,
    Query(query): Query<ActivityQuery>,
) -> Result<Json<Page<ActivityView>>, Problem> {
    let limit = limit(query.limit)?;
    let after = match cursor::<PlaceInList>(query.cursor.as_deref())? {
        Some(PlaceInList(place)) => place,
        None => Due {
            since: query.after.unwrap_or_else(|| app.ledger.clock().now()),
            id: Uuid::max(),
        },
    };
    let activities = app
        .ledger
        .activities(caller.program, after, limit + 1)
        .await?;
    Ok(Json(Page::of(activities, limit, |planned| {
        PlaceInList(Due {
            since: planned.activity.ends_at(),
            id: planned.activity.id.0,
        })
    })))
}

/// Where a list in order of a moment and an id goes on.
pub(super) struct PlaceInList(pub Due);

impl std::fmt::Display for PlaceInList {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.0.since.as_micros(), self.0.id)
    }
}

impl std::str::FromStr for PlaceInList {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (since, id) = text.split_once(' ').ok_or(())?;
        Ok(Self(Due {
            since: Timestamp::from_micros(since.parse().map_err(|_| ())?),
            id: id.parse().map_err(|_| ())?,
        }))
    }
}

/// Plan an activity
///
/// Whoever plans it is its organizer: awards for those who check in by code or position are asked for in their name, so they get none
/// themselves.
#[utoipa::path(post, path = "/v1/activities", tag = "activities", request_body = PlanActivity,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is planned", body = Registered), Changing))]
async fn plan(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<PlanActivity>,
) -> Result<Created<Registered>, Problem> {
    let node = Some(OrganizationId(body.organization));
    staff.must_reach_node(&app, node).await?;
    let id = ActivityId(new_id(&app, &staff, key.as_ref()));
    let command = ActivityCommand::Plan {
        activity: body.activity(id, &staff),
        secret: CheckInSecret::new(random_bytes()),
    };
    let planned = registered(&app, &staff, key, of(command)).await?;
    Ok(created(format!("/v1/activities/{id}"), planned))
}

fn of(command: ActivityCommand) -> Command {
    Command::Activity(Box::new(command))
}

/// One activity
#[utoipa::path(get, path = "/v1/activities/{id}", tag = "activities", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As planned", body = ActivityView), Reading))]
async fn get(
    State(app): State<App>,
    caller: Somebody,
    Path(id): Path<Uuid>,
) -> Result<Json<ActivityView>, Problem> {
    let planned = found(&app, caller.program, ActivityId(id)).await?;
    Ok(Json(planned.into()))
}

/// Hold it otherwise
///
/// While nobody has a place everything may change; afterwards times, form and facts stay, slots may be added and quotas may grow.
#[utoipa::path(put, path = "/v1/activities/{id}", tag = "activities", request_body = PlanActivity,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It is planned so", body = Registered), Changing))]
async fn change(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<PlanActivity>,
) -> Result<Json<Registered>, Problem> {
    let id = ActivityId(id);
    reached(&app, &staff, id).await?;
    let node = Some(OrganizationId(body.organization));
    staff.must_reach_node(&app, node).await?;
    let command = ActivityCommand::Change(body.activity(id, &staff));
    Ok(Json(registered(&app, &staff, key, of(command)).await?))
}

/// Call an activity off
///
/// Nobody can sign up or check in any more. Who is there already is closed by the activity's rule.
#[utoipa::path(post, path = "/v1/activities/{id}/cancel", tag = "activities",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It does not take place", body = Registered), Changing))]
async fn cancel(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    Path(id): Path<Uuid>,
) -> Result<Json<Registered>, Problem> {
    let activity = ActivityId(id);
    reached(&app, &staff, activity).await?;
    let command = ActivityCommand::Cancel { activity };
    Ok(Json(registered(&app, &staff, key, of(command)).await?))
}

/// What the organizer's screen shows.
#[derive(Debug, Serialize, ToSchema)]
struct CodeView {
    /// Six digits; another every 30 seconds.
    #[schema(example = "041736")]
    code: String,
    /// For how many seconds it is shown. It can be used for half a minute longer.
    seconds: i64,
}

/// The code on the organizer's screen
///
/// Members who are there type it, or scan it as a QR code, to check in and out.
#[utoipa::path(get, path = "/v1/activities/{id}/code", tag = "activities", params(("id" = Uuid, Path)),
    responses((status = OK, description = "The code of now", body = CodeView), Reading))]
async fn code(
    State(app): State<App>,
    staff: Awarder,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let planned = reached(&app, &staff, ActivityId(id)).await?;
    let now = app.ledger.clock().now();
    let view = CodeView {
        code: planned.secret.code_at(now),
        seconds: 30 - now.as_micros().div_euclid(1_000_000).rem_euclid(30),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response())
}

/// An activity for the calendar
///
/// iCalendar (RFC 5545), an entry a slot.
#[utoipa::path(get, path = "/v1/activities/{id}/calendar", tag = "activities", params(("id" = Uuid, Path)),
    responses((status = OK, description = "iCalendar", body = String, content_type = "text/calendar"), Reading))]
async fn calendar_file(
    State(app): State<App>,
    caller: Somebody,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let planned = found(&app, caller.program, ActivityId(id)).await?;
    Ok(calendar::of_activity(
        &planned.activity,
        app.ledger.clock().now(),
    ))
}
