//! The text that members agree to, and their agreement to a newer one.

use axum::Json;
use axum::extract::State;
use ledger::ids::MemberId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

use super::docs::{Changing, Reading};
use crate::auth::Oneself;
use crate::consent;
use crate::extract::{Path, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(text))
        .routes(routes!(agree))
}

/// The text in force.
#[derive(Debug, Serialize, ToSchema)]
struct ConsentBody {
    /// What agreement to it is recorded as.
    #[schema(example = "2026-1")]
    version: &'static str,
    /// In full.
    text: &'static str,
}

impl ConsentBody {
    fn in_force() -> Self {
        let text = consent::in_force();
        Self {
            version: text.version,
            text: text.text,
        }
    }
}

/// Only what is in force now can be agreed to: nobody reads another.
pub fn must_be_in_force(version: &str) -> Result<(), Problem> {
    let now = consent::in_force().version;
    if version == now {
        return Ok(());
    }
    let why = format!("agree to the text in force, {now:?}: see GET /v1/consent");
    let item = FieldError::new("/consent", "version", why);
    let problem = Problem::new(Code::InvalidBody, "the body is not as it should be");
    Err(problem.with_errors(vec![item]))
}

/// The text that whoever enrols agrees to
#[utoipa::path(get, path = "/v1/consent", tag = "personal", security(()),
    responses((status = OK, description = "In force now", body = ConsentBody), Reading))]
async fn text() -> Json<ConsentBody> {
    Json(ConsentBody::in_force())
}

/// Agreement.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Agreement {
    /// The version that was read and agreed to, just now: the one in force.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    consent: String,
}

/// Agree to the text in force
///
/// By the member themselves. Agreed to again, it stays as it was.
#[utoipa::path(post, path = "/v1/members/{id}/consents", tag = "personal", request_body = Agreement,
    params(("id" = Uuid, Path)),
    responses((status = OK, description = "It is on record", body = ConsentBody), Changing))]
async fn agree(
    State(app): State<App>,
    member: Oneself,
    Path(id): Path<MemberId>,
    ValidatedJson(body): ValidatedJson<Agreement>,
) -> Result<Json<ConsentBody>, Problem> {
    member.must_see_member(&app, id).await?;
    must_be_in_force(&body.consent)?;
    let request = member.request(None);
    app.ledger.agree(&request, id, &body.consent).await?;
    Ok(Json(ConsentBody::in_force()))
}
