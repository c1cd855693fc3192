//! Stores and stations near a place, and what is to be known of them.

use axum::Json;
use axum::extract::State;
use ledger::community::place::{PlaceOf, Profile};
use ledger::community::{Registration, Site};
use ledger::ids::{OrganizationId, SiteId, StoreId};
use ledger::machine::Command;
use ledger::machine::places::PlaceCommand;
use ledger::policy::Position;
use ledger::views::{NearFilter, PlaceView};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::awards::PositionBody;
use super::docs::{Changing, Reading};
use super::model::{Created, created};
use super::offer_body::{OfferAnswer, StretchBody, hours, stretches};
use super::page::{Page, cursor, limit};
use super::register::{Registered, new_id, register, registered};
use crate::auth::{Somebody, Trader};
use crate::datum::DatumName;
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// How long somebody walks if nothing is said, in minutes: a service circle (服务圈).
const MINUTES: u32 = 15;
/// And at most.
const MOST_MINUTES: u32 = 60;
/// How many places are on a page if nothing is said, and at most: each comes with its offers.
const PAGE: i64 = 20;
const MOST: i64 = 50;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(near))
        .routes(routes!(create_site))
        .routes(routes!(describe_store))
        .routes(routes!(describe_site))
}

/// A station riders rest at (驿站).
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewSite {
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    #[validate(length(min = 1, max = 200, message = "has 1 to 200 characters"))]
    address: String,
    /// Who runs it.
    organization: Option<Uuid>,
}

/// Put a station on record
#[utoipa::path(post, path = "/v1/sites", tag = "places", request_body = NewSite,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn create_site(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewSite>,
) -> Result<Created<Registered>, Problem> {
    let record = Registration::Site(Site {
        id: SiteId(new_id(&app, &operator, key.as_ref())),
        organization: body.organization.map(OrganizationId),
        name: body.name,
        address: body.address,
    });
    let registered = register(&app, &operator, key, record).await?;
    Ok(created("/v1/places".to_owned(), registered))
}

/// What is to be known of a store or station by whoever wants to go there.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ProfileBody {
    /// Where it is. Without, nobody finds it near them.
    #[validate(nested)]
    position: Option<PositionBody>,
    /// When it is open.
    #[serde(default)]
    hours: Vec<StretchBody>,
    /// What it has, in short words.
    #[serde(default)]
    #[schema(example = json!(["饮水", "充电", "微波炉"]))]
    services: Vec<String>,
    #[schema(example = "024-2530 0000")]
    phone: Option<String>,
}

impl ProfileBody {
    fn command(self, of: PlaceOf) -> Result<Command, Problem> {
        let profile = Profile {
            of,
            position: self.position.and_then(PositionBody::position),
            hours: hours(self.hours),
            services: self.services,
            phone: self.phone,
        };
        let flaws = profile.flaws().into_iter();
        let errors: Vec<FieldError> = flaws
            .map(|flaw| FieldError::new(flaw.field, "profile", flaw.problem))
            .collect();
        match errors.is_empty() {
            true => Ok(Command::Place(Box::new(PlaceCommand::Describe(profile)))),
            false => {
                let detail = "the body is not as it should be";
                Err(Problem::new(Code::InvalidBody, detail).with_errors(errors))
            }
        }
    }
}

/// Say where a store is, when it is open and what it has
///
/// In place of what was said before.
#[utoipa::path(put, path = "/v1/stores/{id}/profile", tag = "places",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = ProfileBody,
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn describe_store(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    Path(store): Path<StoreId>,
    ValidatedJson(body): ValidatedJson<ProfileBody>,
) -> Result<Json<Registered>, Problem> {
    let command = body.command(PlaceOf::Store(store))?;
    Ok(Json(registered(&app, &operator, key, command).await?))
}

/// Say where a station is, when it is open and what it has
///
/// In place of what was said before.
#[utoipa::path(put, path = "/v1/sites/{id}/profile", tag = "places",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)), request_body = ProfileBody,
    responses((status = OK, description = "It took effect", body = Registered), Changing))]
async fn describe_site(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    Path(site): Path<SiteId>,
    ValidatedJson(body): ValidatedJson<ProfileBody>,
) -> Result<Json<Registered>, Problem> {
    let command = body.command(PlaceOf::Site(site))?;
    Ok(Json(registered(&app, &operator, key, command).await?))
}

/// Near where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct NearQuery {
    /// Degrees, north of the equator positive
    lat: f64,
    /// Degrees, east of Greenwich positive
    lon: f64,
    /// In which coordinates these are: wgs84 (if not said) or gcj02
    #[param(inline)]
    datum: Option<DatumName>,
    /// At most so many minutes away, 1 to 60; 15 if not said
    #[param(minimum = 1, maximum = 60)]
    minutes: Option<u32>,
    /// `next_cursor` of the page before
    cursor: Option<String>,
    /// How many at most, 1 to 50; 20 if not said
    #[param(minimum = 1, maximum = 50)]
    limit: Option<i64>,
}

/// A store or a station.
#[derive(Debug, Serialize, ToSchema)]
struct PlaceAnswer {
    /// `store` or `station`.
    #[schema(example = "store")]
    kind: &'static str,
    id: Uuid,
    name: String,
    address: String,
    /// Degrees of WGS-84.
    latitude: f64,
    longitude: f64,
    /// Along a straight line.
    metres: f64,
    /// On foot: 1.3 times the straight line at 75 metres a minute. An estimate, no route.
    walking_minutes: f64,
    /// Null where its hours are not known.
    open_now: Option<bool>,
    hours: Vec<StretchBody>,
    services: Vec<String>,
    phone: Option<String>,
    /// What can be taken up there now; the first twenty.
    offers: Vec<OfferAnswer>,
}

impl From<PlaceView> for PlaceAnswer {
    fn from(view: PlaceView) -> Self {
        let profile = view.profile;
        let tenths = |number: f64| (number * 10.0).round() / 10.0;
        let point = profile.position.map(Position::point);
        Self {
            kind: match profile.of {
                PlaceOf::Store(_) => "store",
                PlaceOf::Site(_) => "station",
            },
            id: profile.of.id(),
            name: view.name,
            address: view.address,
            latitude: point.map_or(0.0, |point| point.y()),
            longitude: point.map_or(0.0, |point| point.x()),
            metres: view.metres.round(),
            walking_minutes: tenths(view.minutes),
            open_now: view.open,
            hours: stretches(profile.hours),
            services: profile.services,
            phone: profile.phone,
            offers: view.offers.into_iter().map(Into::into).collect(),
        }
    }
}

/// Stores and stations within walking time, the nearest first
///
/// Stores come with what can be taken up there now. The walking time is 1.3 times the straight line at 75 metres a minute.
#[utoipa::path(get, path = "/v1/places", tag = "places", params(NearQuery),
    responses((status = OK, description = "As they stand", body = Page<PlaceAnswer>), Reading))]
async fn near(
    State(app): State<App>,
    caller: Somebody,
    Query(query): Query<NearQuery>,
) -> Result<Json<Page<PlaceAnswer>>, Problem> {
    let wrong = |detail: &str| Problem::new(Code::InvalidQuery, detail);
    let datum = query.datum.unwrap_or_default().into();
    let here = Position::from_degrees_in(datum, query.lat, query.lon)
        .ok_or_else(|| wrong("lat goes from -90 to 90, lon from -180 to 180"))?;
    let minutes = query.minutes.unwrap_or(MINUTES);
    if !(1..=MOST_MINUTES).contains(&minutes) {
        return Err(wrong("minutes is 1 to 60"));
    }
    let wanted = limit(Some(query.limit.unwrap_or(PAGE)))?;
    if wanted > MOST {
        return Err(wrong("limit is 1 to 50"));
    }
    let skip = cursor::<u32>(query.cursor.as_deref())?.map_or(0, i64::from);
    let filter = NearFilter {
        here,
        minutes: f64::from(minutes),
        now: app.ledger.clock().now(),
        skip,
        limit: wanted + 1,
    };
    let mut places = app.ledger.places_near(caller.program, &filter).await?;
    let count = usize::try_from(wanted).unwrap_or_default();
    let next = (places.len() > count).then_some(skip + wanted);
    places.truncate(count);
    let items = places.into_iter().map(Into::into).collect();
    Ok(Json(Page::new(items, next)))
}
