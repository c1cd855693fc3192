//! Log-ins by phone. What is answered does not tell whether the phone is a member's; phones stand in bodies alone.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use ledger::community::LoginCode;
use ledger::community::personal::Phone;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::Changing;
use super::model::Moment;
use super::personal::malformed;
use crate::auth::session::Asking;
use crate::extract::ValidatedJson;
use crate::outside::{ask_for_code, identified, keep_pace, log_in_with_code, program_of};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask))
        .routes(routes!(log_in))
}

/// For whom a code is asked.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AskForCode {
    /// The programme's code.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "yuhong")]
    pub program: String,
    /// A Chinese mobile number, or one in E.164.
    #[validate(length(min = 1, max = 32, message = "has 1 to 32 characters"))]
    phone: String,
}

impl AskForCode {
    /// The phone, if it is one.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn phone(&self) -> Result<Phone, Problem> {
        Phone::parse(&self.phone).map_err(|error| malformed("/phone", error))
    }
}

/// A code was asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Asked {
    /// How many seconds a code can be used.
    expires_in: i64,
    /// After how many seconds another can be asked for.
    next_in: i64,
}

impl Asked {
    /// Just now.
    pub const fn now() -> Self {
        Self {
            expires_in: LoginCode::LIFE_SECONDS,
            next_in: LoginCode::APART_SECONDS,
        }
    }
}

/// Ask for a code to log in with by phone
///
/// If the phone is a member's, six digits are sent to it. The answer is the same if it is not.
#[utoipa::path(post, path = "/v1/login/phone", tag = "login", request_body = AskForCode, security(()),
    responses((status = ACCEPTED, description = "It was asked for", body = Asked), Changing))]
async fn ask(
    State(app): State<App>,
    asking: Asking,
    ValidatedJson(body): ValidatedJson<AskForCode>,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    keep_pace(&app, &asking)?;
    let phone = body.phone()?;
    let program = program_of(&app, &body.program).await?;
    ask_for_code(&app, &program, phone).await?;
    Ok((StatusCode::ACCEPTED, Json(Asked::now())))
}

/// A code, and whose it is.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct UseCode {
    /// The programme's code.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "yuhong")]
    program: String,
    /// The phone that it was sent to.
    #[validate(length(min = 1, max = 32, message = "has 1 to 32 characters"))]
    phone: String,
    /// Six digits.
    #[validate(length(min = 1, max = 16, message = "has 6 digits"))]
    #[schema(example = "041736")]
    code: String,
}

/// Who logged in.
#[derive(Debug, Serialize, ToSchema)]
struct LoggedIn {
    member: Uuid,
    /// What requests that change something say in `X-CSRF-Token`, beside the cookie.
    csrf_token: String,
    /// From this moment on the session is worthless, however much it is used.
    ends_at: Moment,
}

/// Log in with a code
///
/// Once, within five minutes, and with at most five guesses. The answer sets the cookie of a session.
#[utoipa::path(post, path = "/v1/login/phone/code", tag = "login", request_body = UseCode, security(()),
    responses((status = OK, description = "They are logged in", body = LoggedIn), Changing))]
async fn log_in(
    State(app): State<App>,
    asking: Asking,
    ValidatedJson(body): ValidatedJson<UseCode>,
) -> Result<Response, Problem> {
    keep_pace(&app, &asking)?;
    let phone = Phone::parse(&body.phone).map_err(|error| malformed("/phone", error))?;
    let program = program_of(&app, &body.program).await?;
    let known = log_in_with_code(&app, &program, &phone, &body.code).await?;
    let opened = identified(&app, program.id, known, &asking).await?;
    let logged_in = LoggedIn {
        member: known.subject,
        csrf_token: opened.csrf,
        ends_at: opened.session.ends_at.into(),
    };
    let jar = CookieJar::new().add(opened.cookie);
    Ok((jar, Json(logged_in)).into_response())
}
