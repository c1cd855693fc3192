//! The programme's map: layers in which policies want deeds to have happened.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use ledger::community::{
    GeoJsonErrors, LayerVersion, Registration, Standing, area_of, is_layer_name, standings,
};
use ledger::views::LayerView;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use validator::{Validate, ValidationError};

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use super::register::register;
use crate::auth::{Policymaker, Somebody};
use crate::datum::DatumName;
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The largest body, in bytes: ten thousand corners, written out with room.
const LARGEST: usize = 2 * 1024 * 1024;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, publish))
        .routes(routes!(get))
        .layer(DefaultBodyLimit::max(LARGEST))
}

/// A version of a layer.
#[derive(Debug, Serialize, ToSchema)]
struct LayerStanding {
    /// As policies write it in `geofence`.
    #[schema(example = "yuhong-district")]
    name: String,
    /// SHA-256 of what it covers.
    digest: String,
    /// Deeds that happened from this moment on are held against it, until the next version's.
    effective_from: Moment,
    /// `in_force`, `to_come` or `superseded`.
    #[schema(value_type = String, example = "in_force")]
    standing: Standing,
    polygons: i64,
    /// Of all polygons, holes included.
    corners: i64,
}

impl LayerStanding {
    fn of(layer: LayerView, standing: Standing) -> Self {
        Self {
            name: layer.name,
            digest: layer.digest,
            effective_from: layer.effective_from.into(),
            standing,
            polygons: layer.polygons,
            corners: layer.corners,
        }
    }
}

/// The layers of the map
///
/// Every version of each, by name and then by when it takes effect.
#[utoipa::path(get, path = "/v1/layers", tag = "layers", responses((status = OK, description = "As it stands", body = Vec<LayerStanding>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Somebody,
) -> Result<Json<Vec<LayerStanding>>, Problem> {
    let layers = app.ledger.layer_views(caller.program).await?;
    let now = app.ledger.clock().now();
    let views = standings(layers, |v| (v.name.as_str(), v.effective_from), now).into_iter();
    Ok(Json(
        views
            .map(|(layer, standing)| LayerStanding::of(layer, standing))
            .collect(),
    ))
}

/// A layer with what it covers.
#[derive(Debug, Serialize, ToSchema)]
struct LayerBody {
    #[serde(flatten)]
    version: LayerStanding,
    /// A MultiPolygon (RFC 7946), in WGS-84.
    #[schema(value_type = Object)]
    geometry: Value,
}

/// As of when.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct LayerQuery {
    /// The version that holds for what happened at this moment; now if not said
    #[param(value_type = Option<String>)]
    as_of: Option<Moment>,
}

/// One layer, with what it covers
///
/// The version in force at a moment. One that is all to come is shown as it will be first.
#[utoipa::path(get, path = "/v1/layers/{name}", tag = "layers", params(("name" = String, Path), LayerQuery),
    responses((status = OK, description = "As it stands", body = LayerBody), Reading))]
async fn get(
    State(app): State<App>,
    caller: Somebody,
    Path(name): Path<String>,
    Query(query): Query<LayerQuery>,
) -> Result<Json<LayerBody>, Problem> {
    let now = app.ledger.clock().now();
    let moment = query.as_of.map_or(now, |moment| moment.0);
    let mut layers = app.ledger.layer_views(caller.program).await?;
    layers.retain(|layer| layer.name == name);
    let begun = layers
        .iter()
        .rposition(|layer| layer.effective_from <= moment);
    let wanted = match begun {
        Some(index) => index,
        None if query.as_of.is_none() => 0,
        None => return Err(Problem::not_found()),
    };
    let views = standings(
        layers,
        |layer| (layer.name.as_str(), layer.effective_from),
        now,
    );
    let (layer, standing) = views
        .into_iter()
        .nth(wanted)
        .ok_or_else(Problem::not_found)?;
    let area = app
        .ledger
        .layer_area(caller.program, &name, layer.effective_from)
        .await?;
    Ok(Json(LayerBody {
        geometry: area.ok_or_else(Problem::not_found)?.to_geojson(),
        version: LayerStanding::of(layer, standing),
    }))
}

/// A layer to be put on the map.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewLayer {
    /// Its name, as policies write it in `geofence`.
    #[validate(custom(function = layer_name))]
    #[schema(example = "yuhong-district")]
    name: String,
    /// GeoJSON (RFC 7946): a FeatureCollection, a Feature or a geometry, of polygons. Longitude first; properties are left out.
    #[schema(value_type = Object)]
    geojson: Value,
    /// In which coordinates it is.
    #[serde(default)]
    datum: DatumName,
    /// From when on deeds are held against it; from now if not said, never in the past.
    effective_from: Option<Moment>,
}

fn layer_name(name: &str) -> Result<(), ValidationError> {
    if is_layer_name(name) {
        return Ok(());
    }
    let error = ValidationError::new("layer_name");
    Err(error.with_message("has 1 to 64 lower-case letters, digits and hyphens".into()))
}

/// Put a layer on the map, or change one
///
/// Deeds of before are held against the map as it was. The edge of an area belongs to it, that of a hole too.
#[utoipa::path(post, path = "/v1/layers", tag = "layers", request_body = NewLayer,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = LayerStanding), Changing))]
async fn publish(
    State(app): State<App>,
    operator: Policymaker,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewLayer>,
) -> Result<Created<LayerStanding>, Problem> {
    // Telling whether thousands of corners cross takes long enough to be in the way of other requests.
    let area = tokio::task::spawn_blocking(move || area_of(&body.geojson, body.datum.into())).await;
    let version = LayerVersion {
        name: body.name,
        area: area.map_err(Problem::internal)??,
        effective_from: body.effective_from.map(|moment| moment.0),
    };
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let mut view = LayerView {
        name: version.name.clone(),
        digest: version.area.digest(),
        effective_from: version.effective_from.unwrap_or(app.ledger.clock().now()),
        polygons: count(version.area.polygons()),
        corners: count(version.area.corners()),
    };
    let wanted = version.effective_from;
    let registered = register(&app, &operator, key, Registration::Layer(version)).await?;
    view.effective_from = wanted.unwrap_or(registered.recorded_at.0);
    let standing = if view.effective_from > registered.recorded_at.0 {
        Standing::ToCome
    } else {
        Standing::InForce
    };
    let path = format!("/v1/layers/{}", view.name);
    Ok(created(path, LayerStanding::of(view, standing)))
}

impl From<GeoJsonErrors> for Problem {
    fn from(errors: GeoJsonErrors) -> Self {
        let items = errors.0.into_iter().map(|error| {
            FieldError::new(
                format!("/geojson{}", error.pointer),
                "geojson",
                error.message,
            )
        });
        let detail = "nothing was put on the map";
        Self::new(Code::InvalidLayer, detail).with_errors(items.collect())
    }
}
