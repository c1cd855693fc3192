//! Who is appointed to what, and that they leave.

use axum::Json;
use axum::extract::State;
use ledger::community::{Access, Appointment, Registration, StaffRole};
use ledger::ids::{AppointmentId, OrganizationId, StaffId};
use ledger::machine::{Command, Outcome};
use ledger::views::AppointmentView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created, unexpected};
use super::page::{Page, PageQuery, cursor, limit};
use super::register::{Registered, new_id, register};
use crate::auth::{Caller, Operator, Registrar};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(appoint, list))
        .routes(routes!(end))
        .routes(routes!(leave))
}

/// A role for a staff member.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAppointment {
    staff: Uuid,
    /// `awarder`, `approver`, `budget_manager`, `merchant_manager`, `auditor` or `administrator`.
    #[schema(value_type = String, example = "approver")]
    role: StaffRole,
    /// The node on which they hold it, and all below; the whole programme if not said.
    organization: Option<Uuid>,
}

/// Appoint a staff member to a role
///
/// On a node it reaches all that lies below. From the programme's first appointment on, staff may do what their appointments say, and no more;
/// before it, all do a desk's work.
#[utoipa::path(post, path = "/v1/appointments", tag = "access", request_body = NewAppointment,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn appoint(
    State(app): State<App>,
    registrar: Registrar,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewAppointment>,
) -> Result<Created<Registered>, Problem> {
    let organization = body.organization.map(OrganizationId);
    registrar.must_reach_node(&app, organization).await?;
    let record = Registration::Appointment(Appointment {
        id: AppointmentId(new_id(&app, &registrar, key.as_ref())),
        staff: StaffId(body.staff),
        role: body.role,
        organization,
    });
    let registered = register(&app, &registrar, key, record).await?;
    Ok(created("/v1/appointments".to_owned(), registered))
}

/// A role that somebody has, or had.
#[derive(Debug, Serialize, ToSchema)]
struct AppointmentBody {
    id: Uuid,
    staff: Uuid,
    #[schema(value_type = String, example = "approver")]
    role: StaffRole,
    /// None is the whole programme.
    organization: Option<Uuid>,
    ended_at: Option<Moment>,
    ended_by: Option<Uuid>,
}

impl From<AppointmentView> for AppointmentBody {
    fn from(of: AppointmentView) -> Self {
        Self {
            id: of.id.0,
            staff: of.staff.0,
            role: of.role,
            organization: of.organization.map(|id| id.0),
            ended_at: of.ended_at.map(Moment),
            ended_by: of.ended_by.map(|id| id.0),
        }
    }
}

/// Every appointment, those that ended among them
#[utoipa::path(get, path = "/v1/appointments", tag = "access", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<AppointmentBody>), Reading))]
async fn list(
    State(app): State<App>,
    operator: Operator,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<AppointmentBody>>, Problem> {
    let limit = limit(query.limit)?;
    let after: Uuid = cursor(query.cursor.as_deref())?.unwrap_or_default();
    let appointments = app
        .ledger
        .appointments(operator.program, AppointmentId(after), limit + 1)
        .await?;
    Ok(Json(Page::of(appointments, limit, |of| of.id.0)))
}

/// Access has ended, or will.
#[derive(Debug, Serialize, ToSchema)]
pub struct EndedBody {
    /// What ended: an appointment, a staff member's access, a key.
    id: Uuid,
    /// From when on.
    ends_at: Moment,
}

/// Ends access.
pub async fn end_access(
    app: &App,
    caller: &Caller,
    key: Option<IdempotencyKey>,
    access: Access,
) -> Result<Json<EndedBody>, Problem> {
    let command = Command::EndAccess { access, at: None };
    let receipt = app.execute(&caller.request(key), command).await?;
    match receipt.outcome {
        Outcome::AccessEnded { id, at } => Ok(Json(EndedBody {
            id,
            ends_at: at.into(),
        })),
        other => Err(unexpected(&other)),
    }
}

/// End an appointment
#[utoipa::path(post, path = "/v1/appointments/{id}/end", tag = "access",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It took effect", body = EndedBody), Changing))]
async fn end(
    State(app): State<App>,
    operator: Operator,
    key: Option<IdempotencyKey>,
    Path(id): Path<AppointmentId>,
) -> Result<Json<EndedBody>, Problem> {
    end_access(&app, &operator, key, Access::Appointment(id)).await
}

/// A staff member leaves
///
/// All their appointments and keys end at once. What they did stays on record under their id.
#[utoipa::path(post, path = "/v1/staff/{id}/leave", tag = "access",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It took effect", body = EndedBody), Changing))]
async fn leave(
    State(app): State<App>,
    registrar: Registrar,
    key: Option<IdempotencyKey>,
    Path(id): Path<StaffId>,
) -> Result<Json<EndedBody>, Problem> {
    registrar.must_reach_staff(&app, id).await?;
    end_access(&app, &registrar, key, Access::Staff(id)).await
}
