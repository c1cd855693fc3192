//! The pages that the `type` of a problem leads to.

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::extract::Path;
use crate::problem::{Code, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
}

/// What a problem's code means.
#[derive(Debug, Serialize, ToSchema)]
struct ProblemType {
    /// As in `/problems/insufficient_points`.
    #[serde(rename = "type")]
    kind: String,
    code: &'static str,
    status: u16,
    title: &'static str,
    /// What it means and what to do; members of the problem are named in backquotes.
    text: &'static str,
}

impl From<Code> for ProblemType {
    fn from(code: Code) -> Self {
        Self {
            kind: format!("/problems/{}", code.name()),
            code: code.name(),
            status: code.status().as_u16(),
            title: code.title(),
            text: code.text(),
        }
    }
}

/// Every type of problem
#[utoipa::path(get, path = "/problems", tag = "problems", security(()),
    responses((status = OK, description = "As it stands", body = Vec<ProblemType>)))]
async fn list() -> Json<Vec<ProblemType>> {
    let all = Code::ALL.iter().copied();
    Json(all.map(ProblemType::from).collect())
}

/// What a type of problem means
#[utoipa::path(get, path = "/problems/{code}", tag = "problems", security(()), params(("code" = String, Path)),
    responses((status = OK, description = "As it stands", body = ProblemType), (status = NOT_FOUND, description = "No such code")))]
async fn get(Path(code): Path<String>) -> Result<Json<ProblemType>, Problem> {
    let code = Code::from_name(&code).ok_or_else(Problem::not_found)?;
    Ok(Json(code.into()))
}
