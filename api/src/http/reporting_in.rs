//! Riders who ask a station to be enrolled with its code (报到码), for apps beside the page. Staff decide: see `joining`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use ledger::community::personal::{Consent, Personal, Phone};
use ledger::community::{CodeFor, JoinCode, Program};
use ledger::ids::random_bytes;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::Validate;

use super::consents::must_be_in_force;
use super::docs::Changing;
use super::enrolment::NewPlatform;
use super::model::Moment;
use super::personal::malformed;
use super::phone_login::Asked;
use crate::auth::session;
use crate::extract::{IdempotencyKey, ValidatedJson};
use crate::outside::{Joiner, ask_for_proof, ask_to_join, program_of, station_of};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(ask_for_code))
        .routes(routes!(ask))
}

/// Where a station's code leads.
async fn station(app: &App, program: &str, code: &str) -> Result<(Program, JoinCode), Problem> {
    let program = program_of(app, program).await?;
    let station = station_of(app, program.id, code).await?;
    Ok((program, station.ok_or_else(Problem::not_found)?))
}

/// At which station, and whose phone.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct AskForCode {
    /// The programme's code.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "yuhong")]
    program: String,
    /// The station's code, as it is posted there.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    join_code: String,
    /// A Chinese mobile number, or one in E.164.
    #[validate(length(min = 1, max = 32, message = "has 1 to 32 characters"))]
    phone: String,
}

/// Ask for a code that proves one's phone at a station
///
/// Six digits are sent to the phone, whether it is a member's or not.
#[utoipa::path(post, path = "/v1/joining/code", tag = "members", request_body = AskForCode, security(()),
    responses((status = ACCEPTED, description = "It was asked for", body = Asked), Changing))]
async fn ask_for_code(
    State(app): State<App>,
    asking: session::Asking,
    ValidatedJson(body): ValidatedJson<AskForCode>,
) -> Result<(StatusCode, Json<Asked>), Problem> {
    let phone = Phone::parse(&body.phone).map_err(|error| malformed("/phone", error))?;
    let (program, station) = station(&app, &body.program, &body.join_code).await?;
    let purpose = CodeFor::Joining(station.organization);
    ask_for_proof(&app, &program, purpose, &phone, &asking).await?;
    Ok((StatusCode::ACCEPTED, Json(Asked::now())))
}

/// What somebody says who asks to be enrolled.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Said {
    /// The programme's code.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "yuhong")]
    program: String,
    /// The station's code, as it is posted there.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    join_code: String,
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    /// A Chinese mobile number, or one in E.164.
    #[validate(length(min = 1, max = 32, message = "has 1 to 32 characters"))]
    phone: String,
    /// For whom they ride.
    #[validate(length(max = 20, message = "has at most 20 items"), nested)]
    platforms: Option<Vec<NewPlatform>>,
    /// The organization at home, elsewhere (流出地).
    #[validate(length(max = 100, message = "has at most 100 characters"))]
    home: Option<String>,
    /// The version of the text that they agreed to, just now: see `GET /v1/consent`.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    consent: String,
    /// The six digits that were sent to the phone. Without them staff have the phone shown.
    #[validate(length(min = 1, max = 16, message = "has 6 digits"))]
    #[schema(example = "041736")]
    code: Option<String>,
}

impl Said {
    fn personal(&self, app: &App) -> Result<Personal, Problem> {
        must_be_in_force(&self.consent)?;
        let phone = Phone::parse(&self.phone).map_err(|error| malformed("/phone", error))?;
        let platforms = self.platforms.iter().flatten();
        Ok(Personal {
            name: self.name.clone(),
            phones: vec![phone],
            platforms: platforms.map(NewPlatform::platform).collect(),
            identity: None,
            home: self.home.clone(),
            consents: vec![Consent {
                version: self.consent.clone(),
                at: app.ledger.clock().now(),
            }],
        })
    }
}

/// What was said is kept.
#[derive(Debug, Serialize, ToSchema)]
struct Kept {
    recorded_at: Moment,
    /// When the code proved that the phone is theirs.
    phone_proved_at: Option<Moment>,
}

/// Ask a station to be enrolled
///
/// Nobody is enrolled by that: staff look at what was said, and confirm or refuse. What nobody decides on within 7 days is deleted. The
/// answer is the same whether the phone is a member's or not.
#[utoipa::path(post, path = "/v1/joining", tag = "members", request_body = Said, security(()),
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = ACCEPTED, description = "It waits for a decision", body = Kept), Changing))]
async fn ask(
    State(app): State<App>,
    key: Option<IdempotencyKey>,
    from: session::Asking,
    ValidatedJson(body): ValidatedJson<Said>,
) -> Result<(StatusCode, Json<Kept>), Problem> {
    let personal = body.personal(&app)?;
    let (program, station) = station(&app, &body.program, &body.join_code).await?;
    let fresh = || format!("{:032x}", u128::from_be_bytes(random_bytes()));
    let joiner = Joiner {
        program: program.id,
        organization: station.organization,
        key: &key.map_or_else(fresh, |key| key.0),
        personal: &personal,
        from: &from,
    };
    let asked = ask_to_join(&app, &joiner, body.code.as_deref()).await?;
    let kept = Kept {
        recorded_at: asked.receipt.recorded_at.into(),
        phone_proved_at: asked.proved_at.map(Moment),
    };
    Ok((StatusCode::ACCEPTED, Json(kept)))
}
