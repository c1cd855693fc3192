//! A member who changes their own phone, by a code that is sent to the new one.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ledger::community::CodeFor;
use ledger::community::personal::Phone;
use ledger::ids::{MemberId, ProgramId};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

use super::docs::Changing;
use super::personal::malformed;
use super::phone_login::Asked;
use super::register::Registered;
use crate::auth::Oneself;
use crate::auth::session::Asking;
use crate::extract::{IdempotencyKey, Path, ValidatedJson};
use crate::outside::{ask_for_proof, change_own_phone};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(change))
}

/// The phone to be changed to.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Wanted {
    /// A Chinese mobile number, or one in E.164.
    #[validate(length(min = 1, max = 32, message = "has 1 to 32 characters"))]
    phone: String,
}

/// Ask for a code to change one's phone
///
/// Six digits are sent to the new phone, whoever has it.
#[utoipa::path(post, path = "/v1/members/{id}/phone/code", tag = "personal", request_body = Wanted,
    params(("id" = Uuid, Path)),
    responses((status = ACCEPTED, description = "It was asked for", body = Asked), Changing))]
async fn ask(
    State(app): State<App>,
    member: Oneself,
    Path(id): Path<MemberId>,
    asking: Asking,
    ValidatedJson(body): ValidatedJson<Wanted>,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    member.must_see_member(&app, id).await?;
    let phone = Phone::parse(&body.phone).map_err(|error| malformed("/phone", error))?;
    let program = program_of(&app, member.program).await?;
    let purpose = CodeFor::Change(id);
    ask_for_proof(&app, &program, purpose, &phone, &asking).await?;
    Ok((StatusCode::ACCEPTED, Json(Asked::now())))
}

async fn program_of(app: &App, id: ProgramId) -> Result<ledger::community::Program, Problem> {
    let programs = app.ledger.programs().await?;
    let program = programs.into_iter().find(|program| program.id == id);
    program.ok_or_else(Problem::not_found)
}

/// The new phone, and the code that was sent to it.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proved {
    #[validate(length(min = 1, max = 32, message = "has 1 to 32 characters"))]
    phone: String,
    /// Six digits.
    #[validate(length(min = 1, max = 16, message = "has 6 digits"))]
    #[schema(example = "041736")]
    code: String,
}

/// Change one's phone
///
/// The earlier one leads to nobody any more, and all sessions of the member end but the one that asks, and all devices that show codes. That the phone is another member's
/// is said only once the code is right (`phone_taken`): staff find both among `GET /v1/members/duplicates`.
#[utoipa::path(post, path = "/v1/members/{id}/phone/own", tag = "personal", request_body = Proved,
    params(("id" = Uuid, Path), IdempotencyKey),
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn change(
    State(app): State<App>,
    member: Oneself,
    key: IdempotencyKey,
    Path(id): Path<MemberId>,
    asking: Asking,
    ValidatedJson(body): ValidatedJson<Proved>,
) -> Result<Json<Registered>, Problem> {
    member.must_see_member(&app, id).await?;
    let phone = Phone::parse(&body.phone).map_err(|error| malformed("/phone", error))?;
    let request = member.request(Some(key));
    let by = (&phone, body.code.as_str());
    let receipt = change_own_phone(&app, &request, id, by, &asking).await?;
    Ok(Json(Registered {
        id: id.0,
        recorded_at: receipt.recorded_at.into(),
    }))
}
