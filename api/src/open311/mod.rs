//! Open311 GeoReport v2: hazards are reported and followed by clients that know nothing of this programme.
//!
//! See <https://wiki.open311.org/GeoReport_v2/>. A jurisdiction is a programme's code; a service is a category of hazards, a service request a report. What
//! anybody may read tells nothing of who reported it nor what they wrote, and its place to about a hundred metres; whoever shows a key reads what
//! that key lets them.

mod filing;
mod reading;
mod services;
mod wire;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::Extensions;
use axum::routing::{get, post};
use ledger::community::Program;

use crate::auth::Caller;
use crate::problem::Problem;
use crate::state::App;
use wire::Fault;

/// The largest report, with its photos.
const LARGEST: usize = 4 * crate::photo::LARGEST;

/// Every route. In addresses, what comes after the last dot is the format.
pub fn router() -> Router<App> {
    Router::new()
        .route("/open311/{discovery}", get(services::discovery))
        .route("/open311/v2/{file}", get(reading::collection))
        .route("/open311/v2/{file}", post(filing::file))
        .route("/open311/v2/services/{file}", get(services::definition))
        .route("/open311/v2/requests/{file}", get(reading::request))
        .route("/open311/v2/tokens/{file}", get(reading::token))
        .layer(DefaultBodyLimit::max(LARGEST))
}

/// The programme of a jurisdiction; the only one, where there is one and none was said.
async fn jurisdiction(app: &App, said: Option<&str>) -> Result<Program, Fault> {
    let programs = app.ledger.programs().await.map_err(Problem::from)?;
    match said {
        Some(code) => {
            let known = programs.into_iter().find(|program| program.code == code);
            known.ok_or_else(|| Fault::not_found("jurisdiction_id was not found"))
        }
        None => {
            let mut programs = programs.into_iter();
            match (programs.next(), programs.next()) {
                (Some(only), None) => Ok(only),
                _ => Err(Fault::bad("jurisdiction_id was not provided")),
            }
        }
    }
}

/// Who shows this key, in this programme. Keys that are none count against the address.
async fn bearer(
    app: &App,
    extensions: &Extensions,
    program: &Program,
    key: &str,
) -> Result<Caller, Fault> {
    let caller = Caller::bearing(app, extensions, key).await?;
    match caller.program == program.id {
        true => Ok(caller),
        false => Err(Fault::forbidden(
            "this api_key is for another jurisdiction_id",
        )),
    }
}
