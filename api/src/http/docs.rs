//! The description of the API, from the code, and the pages that show it; both from this binary alone.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::{HeaderValue, header};
use axum::response::IntoResponse;
use axum::{Router, routing};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{IntoResponses, Modify, OpenApi as _};
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::problem::Details;
use crate::state::App;

/// What is said once for all routes.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "jifen",
        description = "A points-for-services ledger for districts (积分兑服务).\n\n\
            Amounts are decimal strings of points with two places; requests may also use numbers. Moments are RFC 3339. \
            Lists come in pages: give `next_cursor` back as `cursor` until it is null. \
            Every POST that moves points needs an `Idempotency-Key`: repeat it with the same key and body as often as need be, \
            it has one effect and one answer. Errors are problems (RFC 9457); `GET /problems/{code}` explains each.",
    ),
    components(schemas(Details)),
    modifiers(&ApiKey),
    security(("api_key" = [])),
)]
struct About;

struct ApiKey;

impl Modify for ApiKey {
    fn modify(&self, openapi: &mut OpenApi) {
        let mut scheme = Http::new(HttpAuthScheme::Bearer);
        scheme.description = Some("A token made by `jifen key create`.".to_owned());
        let components = openapi.components.get_or_insert_default();
        components.add_security_scheme("api_key", SecurityScheme::Http(scheme));
    }
}

/// What is said once for all routes.
pub fn about() -> OpenApi {
    About::openapi()
}

/// Names each operation by its tag and its handler, so that names are unique and generated clients readable.
fn name_operations(description: &mut OpenApi) {
    for item in description.paths.paths.values_mut() {
        for operation in [&mut item.get, &mut item.post, &mut item.delete]
            .into_iter()
            .flatten()
        {
            let tag = operation.tags.iter().flatten().next();
            if let (Some(tag), Some(name)) = (tag, &operation.operation_id) {
                operation.operation_id = Some(format!("{tag}_{name}"));
            }
        }
    }
}

/// /openapi.json and /docs.
pub fn router(mut description: OpenApi) -> Router<App> {
    name_operations(&mut description);
    let text: Arc<str> = description.to_json().unwrap_or_default().into();
    let serve = async move || {
        let json = HeaderValue::from_static("application/json");
        ([(header::CONTENT_TYPE, json)], text.to_string()).into_response()
    };
    // Its badge would ask a server elsewhere whether the description is valid.
    let config = Config::from("/openapi.json").validator_url("none");
    let pages = SwaggerUi::new("/docs").config(config);
    Router::new()
        .route("/openapi.json", routing::get(serve))
        .merge(pages)
}

/// The problems of a request that reads.
pub struct Reading;
/// The problems of a request that changes something.
pub struct Changing;

impl IntoResponses for Reading {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        problems(&[
            ("400", "The request cannot be understood"),
            ("401", "No valid API key"),
            ("403", "Not with a key of this role"),
            ("404", "No such thing, or not this caller's"),
            (
                "429",
                "Too many requests: ask again after Retry-After seconds",
            ),
            ("503", "Not now: ask again after Retry-After seconds"),
        ])
    }
}

impl IntoResponses for Changing {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut all = Reading::responses();
        all.extend(problems(&[
            ("409", "Turned down: `code` and its facts say why"),
            ("413", "The body is too large"),
            ("415", "The body is not JSON"),
            (
                "422",
                "The body is not as it should be, or its key was used before",
            ),
        ]));
        all
    }
}

fn problems(of: &[(&str, &str)]) -> BTreeMap<String, RefOr<Response>> {
    let problem = |&(status, description): &(&str, &str)| {
        let schema = Ref::from_schema_name("Problem");
        let response = ResponseBuilder::new()
            .description(description)
            .content("application/problem+json", Content::new(Some(schema)))
            .build();
        (status.to_owned(), response.into())
    };
    of.iter().map(problem).collect()
}
