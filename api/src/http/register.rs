//! Putting a programme together: organizations, members, staff, merchants and stores.

use axum::Json;
use axum::extract::State;
use ledger::community::{Merchant, Organization, Registration, Staff, Store};
use ledger::ids::{CommandId, MemberId, MerchantId, OrganizationId, StaffId, StoreId};
use ledger::machine::merchants::MerchantCommand;
use ledger::machine::{Command, Outcome};
use ledger::views::{Named, Register};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created, unexpected};
use super::page::{Page, PageQuery, cursor, limit};
use crate::auth::{Caller, Registrar, Somebody, Trader};
use crate::extract::{IdempotencyKey, Query, ValidatedJson};
use crate::problem::Problem;
use crate::registering::record_id;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_organization))
        .routes(routes!(create_staff))
        .routes(routes!(create_merchant))
        .routes(routes!(create_store, stores))
}

/// Something is on record.
#[derive(Debug, Serialize, ToSchema)]
pub struct Registered {
    /// Its id.
    pub id: Uuid,
    /// When.
    pub recorded_at: Moment,
}

/// The id of a record to be made: see [`record_id`], or another each time without an idempotency key.
pub fn new_id(app: &App, caller: &Caller, key: Option<&IdempotencyKey>) -> Uuid {
    match key {
        Some(key) => record_id(caller, &key.0),
        None => CommandId::new(app.ledger.clock().now()).0,
    }
}

/// Puts something on record.
pub async fn register(
    app: &App,
    caller: &Caller,
    key: Option<IdempotencyKey>,
    record: Registration,
) -> Result<Registered, Problem> {
    registered(app, caller, key, Command::Register(record)).await
}

/// The same for whatever else is put on record by a command of its own.
pub async fn registered(
    app: &App,
    caller: &Caller,
    key: Option<IdempotencyKey>,
    command: Command,
) -> Result<Registered, Problem> {
    let receipt = app.execute(&caller.request(key), command).await?;
    match receipt.outcome {
        Outcome::Registered { subject } => Ok(Registered {
            id: subject,
            recorded_at: receipt.recorded_at.into(),
        }),
        other => Err(unexpected(&other)),
    }
}

/// A node of the tree district → street → community → grid, or a committee or team beside it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewOrganization {
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    kind: OrganizationKind,
    /// The node above; none at the root.
    parent: Option<Uuid>,
}

/// A level of the tree, or a group beside it.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum OrganizationKind {
    District,
    Street,
    Community,
    Grid,
    Committee,
    Team,
}

impl OrganizationKind {
    const fn name(self) -> &'static str {
        match self {
            Self::District => "district",
            Self::Street => "street",
            Self::Community => "community",
            Self::Grid => "grid",
            Self::Committee => "committee",
            Self::Team => "team",
        }
    }
}

/// Make an organization
#[utoipa::path(post, path = "/v1/organizations", tag = "register", request_body = NewOrganization,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn create_organization(
    State(app): State<App>,
    operator: Registrar,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewOrganization>,
) -> Result<Created<Registered>, Problem> {
    let parent = body.parent.map(OrganizationId);
    operator.must_reach_node(&app, parent).await?;
    let record = Registration::Organization(Organization {
        id: OrganizationId(new_id(&app, &operator, key.as_ref())),
        parent,
        kind: body.kind.name().to_owned(),
        name: body.name,
    });
    let registered = register(&app, &operator, key, record).await?;
    Ok(created("/v1/organizations".to_owned(), registered))
}

/// A person who works for the programme.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewStaff {
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    /// Where they work.
    organization: Option<Uuid>,
    /// The member they also are, if any: nobody awards themselves.
    member: Option<Uuid>,
}

/// Put a staff member on record
#[utoipa::path(post, path = "/v1/staff", tag = "register", request_body = NewStaff,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn create_staff(
    State(app): State<App>,
    operator: Registrar,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewStaff>,
) -> Result<Created<Registered>, Problem> {
    let organization = body.organization.map(OrganizationId);
    operator.must_reach_node(&app, organization).await?;
    let record = Registration::Staff(Staff {
        id: StaffId(new_id(&app, &operator, key.as_ref())),
        organization,
        name: body.name,
        member: body.member.map(MemberId),
    });
    let registered = register(&app, &operator, key, record).await?;
    Ok(created("/v1/staff".to_owned(), registered))
}

/// A partner.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewMerchant {
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    /// It does not take part yet: nothing is paid at its stores until it is activated.
    #[serde(default)]
    onboarding: bool,
}

/// Make a merchant
#[utoipa::path(post, path = "/v1/merchants", tag = "register", request_body = NewMerchant,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn create_merchant(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewMerchant>,
) -> Result<Created<Registered>, Problem> {
    let merchant = Merchant {
        id: MerchantId(new_id(&app, &operator, key.as_ref())),
        name: body.name,
    };
    let command = match body.onboarding {
        true => Command::Merchant(Box::new(MerchantCommand::Onboard(merchant))),
        false => Command::Register(Registration::Merchant(merchant)),
    };
    let registered = registered(&app, &operator, key, command).await?;
    Ok(created("/v1/merchants".to_owned(), registered))
}

/// Where a merchant redeems points.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewStore {
    merchant: Uuid,
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    #[validate(length(min = 1, max = 200, message = "has 1 to 200 characters"))]
    address: String,
}

/// Make a store
#[utoipa::path(post, path = "/v1/stores", tag = "register", request_body = NewStore,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn create_store(
    State(app): State<App>,
    operator: Trader,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewStore>,
) -> Result<Created<Registered>, Problem> {
    let record = Registration::Store(Store {
        id: StoreId(new_id(&app, &operator, key.as_ref())),
        merchant: MerchantId(body.merchant),
        name: body.name,
        address: body.address,
    });
    let registered = register(&app, &operator, key, record).await?;
    Ok(created("/v1/stores".to_owned(), registered))
}

/// A store.
#[derive(Debug, Serialize, ToSchema)]
struct StoreView {
    id: Uuid,
    merchant: Option<Uuid>,
    name: String,
    address: String,
}

impl From<Named> for StoreView {
    fn from(store: Named) -> Self {
        Self {
            id: store.id,
            merchant: store.belongs_to,
            name: store.name,
            address: store.detail,
        }
    }
}

/// Stores, in order of id
#[utoipa::path(get, path = "/v1/stores", tag = "register", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<StoreView>), Reading))]
async fn stores(
    State(app): State<App>,
    caller: Somebody,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<StoreView>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?.unwrap_or_default();
    let stores = app
        .ledger
        .register(caller.program, Register::Stores, after, limit + 1)
        .await?;
    Ok(Json(Page::of(stores, limit, |store| store.id)))
}
