//! What staff do about a hazard, a step at a time.

use axum::Json;
use axum::extract::State;
use ledger::community::hazard::{HazardCategory, InvalidReason, Severity};
use ledger::ids::{HazardId, OrganizationId, StaffId};
use ledger::machine::hazards::HazardCommand;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::awards::PositionBody;
use super::docs::Changing;
use super::hazard_view::{HazardReceipt, receipt};
use super::hazards::seen;
use crate::auth::{Awarder, Caller, Participant};
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(triage))
        .routes(routes!(verify))
        .routes(routes!(invalid))
        .routes(routes!(duplicate))
        .routes(routes!(assign))
        .routes(routes!(fix))
        .routes(routes!(confirm))
        .routes(routes!(reopen))
}

/// Takes a step about a hazard that the caller sees.
async fn step(
    app: &App,
    caller: &Caller,
    key: IdempotencyKey,
    id: Uuid,
    command: impl FnOnce(HazardId) -> HazardCommand,
) -> Result<Json<HazardReceipt>, Problem> {
    let hazard = seen(app, caller, id).await?.id;
    let request = caller.request(Some(key));
    let (done, answer) = app.execute_hazard(&request, command(hazard)).await?;
    receipt(app, caller.program, done, answer).await.map(Json)
}

/// How bad it is, and what was not right in the report.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Triage {
    /// `low`, `medium` or `high`.
    #[schema(value_type = String, example = "high")]
    severity: Severity,
    /// What it is, if not what was reported.
    #[schema(value_type = Option<String>, example = "road")]
    category: Option<HazardCategory>,
    /// Where it is, if not where it was reported.
    #[validate(nested)]
    position: Option<PositionBody>,
    /// The grid it lies in.
    grid: Option<String>,
}

/// Settle how bad it is
///
/// From `received` or `triaged`. Corrects what was reported, too.
#[utoipa::path(post, path = "/v1/hazards/{id}/triage", tag = "hazards", request_body = Triage,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is settled", body = HazardReceipt), Changing))]
async fn triage(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<Triage>,
) -> Result<Json<HazardReceipt>, Problem> {
    let command = |hazard| HazardCommand::Triage {
        hazard,
        severity: body.severity,
        category: body.category,
        position: body.position.and_then(PositionBody::position),
        grid: body.grid,
    };
    step(&app, &staff, key, id, command).await
}

/// By which policy.
#[derive(Debug, Default, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Verify {
    /// The policy that is to price the report, where several do.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    policy: Option<String>,
}

/// It is so
///
/// From `triaged`. Asks for the award, of its duplicates, too; a policy that wants it to be mended first is asked again then.
#[utoipa::path(post, path = "/v1/hazards/{id}/verify", tag = "hazards", request_body = Verify,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is so", body = HazardReceipt), Changing))]
async fn verify(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<Verify>,
) -> Result<Json<HazardReceipt>, Problem> {
    let policy = body.policy;
    let command = |hazard| HazardCommand::Verify { hazard, policy };
    step(&app, &staff, key, id, command).await
}

/// Why nothing comes of it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Invalid {
    /// `not_found`, `no_hazard`, `unclear`, `outside`, `made_up` or `other`.
    #[schema(value_type = String, example = "not_found")]
    reason: InvalidReason,
}

/// Nothing comes of it
///
/// From `received` or `triaged`; its duplicates come to nothing, too.
#[utoipa::path(post, path = "/v1/hazards/{id}/invalid", tag = "hazards", request_body = Invalid,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is closed", body = HazardReceipt), Changing))]
async fn invalid(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<Invalid>,
) -> Result<Json<HazardReceipt>, Problem> {
    let reason = body.reason;
    let command = |hazard| HazardCommand::Invalid { hazard, reason };
    step(&app, &staff, key, id, command).await
}

/// Of which report.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Duplicate {
    /// The report that goes on for both.
    of: Uuid,
}

/// It was reported before
///
/// From `received` or `triaged`. They share the award where the policy lets them; else one of them is awarded. Duplicates of it are of the other
/// from now on. Where both are awarded already and share nothing, it is refused (`both_awarded`) until one of the awards is reversed or rejected.
#[utoipa::path(post, path = "/v1/hazards/{id}/duplicate", tag = "hazards", request_body = Duplicate,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is closed", body = HazardReceipt), Changing))]
async fn duplicate(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<Duplicate>,
) -> Result<Json<HazardReceipt>, Problem> {
    let of = seen(&app, &staff, body.of).await?.id;
    let command = |hazard| HazardCommand::Duplicate { hazard, of };
    step(&app, &staff, key, id, command).await
}

/// Who is to see to it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Assign {
    organization: Uuid,
    /// Who of them.
    staff: Option<Uuid>,
}

/// Have somebody see to it
///
/// From `verified` or `assigned`. It may go to any organization, and is then for that one to see to. Where it was reported it is still seen, and
/// confirmed or opened again.
#[utoipa::path(post, path = "/v1/hazards/{id}/assign", tag = "hazards", request_body = Assign,
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is theirs", body = HazardReceipt), Changing))]
async fn assign(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<Assign>,
) -> Result<Json<HazardReceipt>, Problem> {
    let command = |hazard| HazardCommand::Assign {
        hazard,
        node: OrganizationId(body.organization),
        staff: body.staff.map(StaffId),
    };
    step(&app, &staff, key, id, command).await
}

/// It is mended
///
/// From `verified` or `assigned`. Asks for the award once more where it was refused.
#[utoipa::path(post, path = "/v1/hazards/{id}/fix", tag = "hazards",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is mended", body = HazardReceipt), Changing))]
async fn fix(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
) -> Result<Json<HazardReceipt>, Problem> {
    let command = |hazard| HazardCommand::Fix { hazard };
    step(&app, &staff, key, id, command).await
}

/// It is gone
///
/// From `fixed`, by staff or by who reported it.
#[utoipa::path(post, path = "/v1/hazards/{id}/confirm", tag = "hazards",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is closed", body = HazardReceipt), Changing))]
async fn confirm(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
) -> Result<Json<HazardReceipt>, Problem> {
    let command = |hazard| HazardCommand::Confirm { hazard };
    step(&app, &caller, key, id, command).await
}

/// Look at it again
///
/// What was mended is `verified` again, by staff or by who reported it; what was decided otherwise is `triaged` or `received`, by staff.
#[utoipa::path(post, path = "/v1/hazards/{id}/reopen", tag = "hazards",
    params(("id" = Uuid, Path), ("Idempotency-Key" = String, Header)),
    responses((status = OK, description = "It is open", body = HazardReceipt), Changing))]
async fn reopen(
    State(app): State<App>,
    caller: Participant,
    key: IdempotencyKey,
    Path(id): Path<Uuid>,
) -> Result<Json<HazardReceipt>, Problem> {
    let command = |hazard| HazardCommand::Reopen { hazard };
    step(&app, &caller, key, id, command).await
}
