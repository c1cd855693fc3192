//! Activities: planned, changed, called off; and the code on the organizer's screen.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use ledger::clock::Timestamp;
use ledger::community::activity::{Activity, ActivityForm, CheckInSecret, Fence, Forgotten, Slot};
use ledger::ids::{ActivityId, OrganizationId, random_bytes};
use ledger::machine::Command;
use ledger::machine::deeds::{ActivityCommand, Planned};
use ledger::policy::Fact;
use ledger::views::Due;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::awards::PositionBody;
use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created, unexpected};
use super::page::{Page, cursor, limit};
use super::register::{Registered, new_id};
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

/// What is done at an activity.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Form {
    Meeting,
    Study,
    PartyDay,
    Training,
    Volunteer,
    Convoy,
}

impl From<Form> for ActivityForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Meeting => Self::Meeting,
            Form::Study => Self::Study,
            Form::PartyDay => Self::PartyDay,
            Form::Training => Self::Training,
            Form::Volunteer => Self::Volunteer,
            Form::Convoy => Self::Convoy,
        }
    }
}

/// What becomes of the time of who never checked out.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ForgottenRule {
    /// Nothing of it counts.
    Nothing,
    /// Half of what was left of the slot.
    #[default]
    Half,
    /// All of it; also for activities at which nobody need check out.
    Whole,
}

impl From<ForgottenRule> for Forgotten {
    fn from(rule: ForgottenRule) -> Self {
        match rule {
            ForgottenRule::Nothing => Self::Nothing,
            ForgottenRule::Half => Self::Half,
            ForgottenRule::Whole => Self::Whole,
        }
    }
}

/// A stretch of time for which members sign up.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct SlotBody {
    starts_at: Moment,
    ends_at: Moment,
    /// How many may take part; any number if not said.
    #[validate(range(min = 1, max = 100_000, message = "is 1 to 100000"))]
    quota: Option<i64>,
}

/// Where one has to be to check in by position.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct FenceBody {
    #[validate(nested)]
    position: PositionBody,
    /// How far around, in metres.
    #[validate(range(min = 10, max = 5_000, message = "is 10 to 5000"))]
    radius: i64,
}

/// An activity to be held.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct PlanActivity {
    /// Who holds it.
    organization: Uuid,
    form: Form,
    #[validate(length(min = 1, max = 80, message = "has 1 to 80 characters"))]
    title: String,
    /// Where it is, in words.
    #[validate(length(min = 1, max = 120, message = "has 1 to 120 characters"))]
    place: String,
    /// Where it is on the map: then one can check in by position, and policies with a geofence know where it was.
    #[validate(nested)]
    fence: Option<FenceBody>,
    #[validate(length(min = 1, max = 96, message = "has 1 to 96 slots"), nested)]
    slots: Vec<SlotBody>,
    /// What is known of each deed done there, besides its kind and minutes: `beneficiary`, `team`, `grid`.
    #[serde(default)]
    #[validate(length(max = 16, message = "has at most 16 facts"))]
    #[schema(value_type = Object, example = json!({"beneficiary": "elderly"}))]
    facts: BTreeMap<String, Fact>,
    /// The policy that is to price it; needed only when several in force are about this kind of deed.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    policy: Option<String>,
    #[serde(default)]
    forgotten: ForgottenRule,
    /// How long before a slot begins one may check in, in minutes.
    #[serde(default = "half_an_hour")]
    #[validate(range(min = 0, max = 1_440, message = "is 0 to 1440"))]
    opens_before_minutes: i64,
}

const fn half_an_hour() -> i64 {
    30
}

impl PlanActivity {
    /// The organizer is whoever gives the command; the machine says so.
    fn activity(self, id: ActivityId, staff: &Awarder) -> Activity {
        let slot = |slot: SlotBody| Slot {
            starts_at: slot.starts_at.0,
            ends_at: slot.ends_at.0,
            quota: slot.quota,
        };
        let fence = self.fence.and_then(|fence| {
            let position = fence.position.position()?;
            let radius = fence.radius;
            Some(Fence { position, radius })
        });
        Activity {
            id,
            organization: OrganizationId(self.organization),
            form: self.form.into(),
            title: self.title,
            place: self.place,
            fence,
            slots: self.slots.into_iter().map(slot).collect(),
            facts: self.facts,
            policy: self.policy,
            forgotten: self.forgotten.into(),
            opens_before: self.opens_before_minutes * 60,
            organizer: staff.actor,
            cancelled: false,
        }
    }
}

/// A slot, and how many come.
#[derive(Debug, Serialize, ToSchema)]
struct SlotView {
    /// Counted from 0.
    slot: usize,
    starts_at: Moment,
    ends_at: Moment,
    quota: Option<i64>,
    /// How many have a place.
    taken: i64,
}

/// An activity.
#[derive(Debug, Serialize, ToSchema)]
struct ActivityView {
    id: Uuid,
    organization: Uuid,
    #[schema(value_type = String, example = "study")]
    form: ActivityForm,
    title: String,
    place: String,
    /// Degrees, in WGS-84.
    latitude: Option<f64>,
    longitude: Option<f64>,
    /// How near one has to be to check in by position, in metres.
    radius: Option<i64>,
    slots: Vec<SlotView>,
    #[schema(value_type = Object)]
    facts: BTreeMap<String, Fact>,
    policy: Option<String>,
    #[schema(value_type = String, example = "half")]
    forgotten: Forgotten,
    opens_before_minutes: i64,
    organizer: Uuid,
    cancelled: bool,
}

impl From<Planned> for ActivityView {
    fn from(
        Planned {
            activity, taken, ..
        }: Planned,
    ) -> Self {
        let point = activity.fence.map(|fence| fence.position.point());
        let slots = activity.slots.iter().zip(taken).enumerate();
        Self {
            id: activity.id.0,
            organization: activity.organization.0,
            form: activity.form,
            latitude: point.map(|point| point.y()),
            longitude: point.map(|point| point.x()),
            radius: activity.fence.map(|fence| fence.radius),
            slots: slots
                .map(|(slot, (of, taken))| SlotView {
                    slot,
                    starts_at: of.starts_at.into(),
                    ends_at: of.ends_at.into(),
                    quota: of.quota,
                    taken,
                })
                .collect(),
            title: activity.title,
            place: activity.place,
            facts: activity.facts,
            policy: activity.policy,
            forgotten: activity.forgotten,
            opens_before_minutes: activity.opens_before / 60,
            organizer: activity.organizer.id.0,
            cancelled: activity.cancelled,
        }
    }
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
        let ends = planned.activity.slots.iter().map(|slot| slot.ends_at).max();
        let since = ends.unwrap_or(planned.activity.slots[0].ends_at);
        PlaceInList(Due {
            since,
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
    let registered = executed(&app, &staff, key, command).await?;
    Ok(created(format!("/v1/activities/{id}"), registered))
}

async fn executed(
    app: &App,
    staff: &Awarder,
    key: Option<IdempotencyKey>,
    command: ActivityCommand,
) -> Result<Registered, Problem> {
    let request = staff.request(key);
    let receipt = app
        .execute(&request, Command::Activity(Box::new(command)))
        .await?;
    match receipt.outcome {
        ledger::machine::Outcome::Registered { subject } => Ok(Registered {
            id: subject,
            recorded_at: receipt.recorded_at.into(),
        }),
        other => Err(unexpected(&other)),
    }
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
    Ok(Json(executed(&app, &staff, key, command).await?))
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
    Ok(Json(executed(&app, &staff, key, command).await?))
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
