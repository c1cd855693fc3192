//! Riders who ask a station to be enrolled with its code (报到码), and the codes. They ask on a page or by
//! `reporting_in`; here staff decide.

use axum::Json;
use axum::extract::State;
use ledger::Ledger;
use ledger::community::personal::Purpose;
use ledger::community::{JoinCode, Registration};
use ledger::ids::{MemberId, OrganizationId, random_bytes};
use ledger::machine::Command;
use ledger::views::Asking;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use super::personal::HeldView;
use super::register::{Registered, register};
use crate::auth::{Caller, Enroller};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, Problem};
use crate::state::App;

/// How many who ask are looked through at a time.
const MOST: i64 = 500;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(make_code, code))
        .routes(routes!(list))
        .routes(routes!(confirm))
        .routes(routes!(refuse))
        .routes(routes!(look))
}

/// For how long a code is to be good.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewCode {
    /// In days, 30 if not said.
    #[validate(range(min = 1, max = 366, message = "is 1 to 366 days"))]
    days: Option<i64>,
}

/// The code of an organization.
#[derive(Debug, Serialize, ToSchema)]
struct CodeView {
    organization: Uuid,
    /// Riders scan it as a page: `/{program}/join/{code}`.
    code: String,
    expires_at: Moment,
    expired: bool,
}

impl CodeView {
    fn of(code: JoinCode, ledger: &Ledger) -> Self {
        Self {
            organization: code.organization.0,
            expired: code.expires_at <= ledger.clock().now(),
            code: code.code,
            expires_at: code.expires_at.into(),
        }
    }
}

/// Make the code with which riders ask an organization to be enrolled
///
/// The one before ends with it.
#[utoipa::path(post, path = "/v1/organizations/{id}/join-code", tag = "members", request_body = NewCode,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = CodeView), Changing))]
async fn make_code(
    State(app): State<App>,
    staff: Enroller,
    key: Option<IdempotencyKey>,
    Path(id): Path<OrganizationId>,
    ValidatedJson(body): ValidatedJson<NewCode>,
) -> Result<Created<CodeView>, Problem> {
    staff.must_reach_node(&app, Some(id)).await?;
    let ledger = &app.ledger;
    let request = staff.request(key.clone());
    // A repetition is answered with what stands; the code is drawn, so asking again would be asking for another.
    let before = ledger.outcome_of(&request, "register").await?;
    if !matches!(before, Some(Ok(_))) {
        let days = body.days.unwrap_or(JoinCode::DAYS);
        let code = JoinCode::new(id, random_bytes(), ledger.clock().now(), days);
        register(&app, &staff, key, Registration::JoinCode(code)).await?;
    }
    let code = ledger.join_code(staff.program, id).await?;
    let code = code.ok_or_else(Problem::not_found)?;
    let view = CodeView::of(code, ledger);
    Ok(created(format!("/v1/organizations/{id}/join-code"), view))
}

/// The code with which riders ask an organization to be enrolled
#[utoipa::path(get, path = "/v1/organizations/{id}/join-code", tag = "members", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = CodeView), Reading))]
async fn code(
    State(app): State<App>,
    staff: Enroller,
    Path(id): Path<OrganizationId>,
) -> Result<Json<CodeView>, Problem> {
    staff.must_reach_node(&app, Some(id)).await?;
    let code = app.ledger.join_code(staff.program, id).await?;
    let code = code.ok_or_else(Problem::not_found)?;
    Ok(Json(CodeView::of(code, &app.ledger)))
}

/// Somebody who asks to be enrolled.
#[derive(Debug, Serialize, ToSchema)]
struct AskingView {
    /// The member they will be, unless their phone is a member's already.
    id: Uuid,
    organization: Uuid,
    /// Masked.
    name: String,
    asked_at: Moment,
    /// When a one-time code proved that the phone is theirs. Where none did, have them show it.
    phone_proved_at: Option<Moment>,
}

impl From<Asking> for AskingView {
    fn from(asking: Asking) -> Self {
        Self {
            id: asking.member.0,
            organization: asking.organization.0,
            name: asking.name,
            asked_at: asking.asked_at.into(),
            phone_proved_at: asking.proved_at.map(Moment),
        }
    }
}

/// Who asks to be enrolled
///
/// Those who ask an organization that the caller reaches, at most 500. Nobody waits longer than 7 days: then what they said is deleted.
#[utoipa::path(get, path = "/v1/joining", tag = "members",
    responses((status = OK, description = "As it stands", body = [AskingView]), Reading))]
async fn list(State(app): State<App>, staff: Enroller) -> Result<Json<Vec<AskingView>>, Problem> {
    let nobody = MemberId(Uuid::nil());
    let all = app.ledger.joining(staff.program, nobody, MOST).await?;
    let mut asking = Vec::new();
    for one in all {
        match staff.must_reach_node(&app, Some(one.organization)).await {
            Ok(()) => asking.push(one.into()),
            Err(problem) if problem.code() == Code::Forbidden.name() => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(Json(asking))
}

/// Who asks an organization that the caller reaches.
async fn reached(app: &App, staff: &Caller, id: MemberId) -> Result<Asking, Problem> {
    let asking = app.ledger.joining_of(staff.program, id).await?;
    let asking = asking.ok_or_else(Problem::not_found)?;
    let reached = staff.must_reach_node(app, Some(asking.organization)).await;
    reached.map_err(|_| Problem::not_found())?;
    Ok(asking)
}

/// Somebody was enrolled.
#[derive(Debug, Serialize, ToSchema)]
struct Confirmed {
    /// The member.
    id: Uuid,
    /// Whether they were one before: then what is new was added.
    known: bool,
    /// How many members are probably the same person: see `GET /v1/members/duplicates`.
    duplicates: u64,
    recorded_at: Moment,
}

/// Enrol somebody who asks to be
///
/// Once they stand at the desk and are who they say: have them show the phone, where no code proved that it is theirs.
#[utoipa::path(post, path = "/v1/joining/{id}/confirm", tag = "members", params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = Confirmed), Changing))]
async fn confirm(
    State(app): State<App>,
    staff: Enroller,
    key: IdempotencyKey,
    Path(id): Path<MemberId>,
) -> Result<Json<Confirmed>, Problem> {
    let request = staff.request(Some(key));
    // Confirmed under this key, they ask no more.
    if app
        .ledger
        .outcome_of(&request, "personal.keep")
        .await?
        .is_none()
    {
        reached(&app, &staff, id).await?;
    }
    let enrolled = app.ledger.confirm_joining(&request, id).await?;
    Ok(Json(Confirmed {
        id: enrolled.member.0,
        known: enrolled.known,
        duplicates: enrolled.doubles,
        recorded_at: enrolled.receipt.recorded_at.into(),
    }))
}

/// Refuse somebody who asks to be enrolled
///
/// What they said is deleted.
#[utoipa::path(post, path = "/v1/joining/{id}/refuse", tag = "members", params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn refuse(
    State(app): State<App>,
    staff: Enroller,
    key: IdempotencyKey,
    Path(id): Path<MemberId>,
) -> Result<Json<Registered>, Problem> {
    let request = staff.request(Some(key));
    if app
        .ledger
        .outcome_of(&request, "joining.refuse")
        .await?
        .is_none()
    {
        reached(&app, &staff, id).await?;
    }
    let command = Command::RefuseJoining { member: id };
    let receipt = app.execute(&request, command).await?;
    Ok(Json(Registered {
        id: id.0,
        recorded_at: receipt.recorded_at.into(),
    }))
}

/// Why a look is taken.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Why {
    /// contact, identification, correction, complaint or request.
    #[param(value_type = String)]
    purpose: Purpose,
}

/// What somebody said who asks to be enrolled
///
/// Who looked, when and why is recorded.
#[utoipa::path(get, path = "/v1/joining/{id}/personal", tag = "members", params(("id" = Uuid, Path), Why),
    responses((status = OK, description = "As it stands", body = HeldView), Reading))]
async fn look(
    State(app): State<App>,
    staff: Enroller,
    Path(id): Path<MemberId>,
    Query(why): Query<Why>,
) -> Result<Json<HeldView>, Problem> {
    reached(&app, &staff, id).await?;
    let held = app
        .ledger
        .reveal(&staff.request(None), id, why.purpose)
        .await?;
    let own = held.own.ok_or_else(Problem::not_found)?;
    Ok(Json(HeldView::new(id, own)))
}
