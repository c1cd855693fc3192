//! One-time codes with which a member pays.

use axum::extract::State;
use ledger::ids::MemberId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::docs::Changing;
use super::model::{Created, Moment, created};
use crate::auth::CodeMaker;
use crate::extract::Path;
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(make))
}

/// A code to show at the counter.
#[derive(Debug, Serialize, ToSchema)]
struct CodeBody {
    /// 15 digits: the member's handle, seven that stay the same, and eight that are told once and stored as a hash.
    #[schema(example = "123456704173655")]
    code: String,
    /// From this moment on it is worthless.
    expires_at: Moment,
}

/// Make a one-time code to pay with
///
/// Worth one payment within two minutes. The one made before is worthless from now on.
#[utoipa::path(post, path = "/v1/members/{id}/codes", tag = "members", params(("id" = Uuid, Path)),
    responses((status = CREATED, description = "It is on record", body = CodeBody), Changing))]
async fn make(
    State(app): State<App>,
    caller: CodeMaker,
    Path(member): Path<MemberId>,
) -> Result<Created<CodeBody>, Problem> {
    caller.must_see_member(&app, member).await?;
    let issued = app.ledger.issue_code(&caller.request(None), member).await?;
    let body = CodeBody {
        code: issued.code.text(),
        expires_at: issued.expires_at.into(),
    };
    Ok(created(format!("/v1/members/{member}"), body))
}
