//! Clerks: who works at a store, and as what.

use axum::Json;
use axum::extract::State;
use ledger::community::{Access, Clerk, ClerkRole, Registration};
use ledger::ids::{ClerkId, StoreId};
use ledger::views::{Named, Register};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Created, created};
use super::page::{Page, PageQuery, cursor, limit};
use super::register::{Registered, new_id, register};
use super::staffing::{EndedBody, end_access};
use crate::auth::{Caller, Employer, Trader};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create_clerk, clerks))
        .routes(routes!(clerk_leaves))
}

/// A person who works at a store's counter.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewClerk {
    store: Uuid,
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    /// clerk (if not said): charges, and undoes what was charged that day. manager: also refunds, and sees to the store's clerks, statements
    /// and webhooks. finance: reads what the store took and is owed.
    #[serde(default = "clerk")]
    #[schema(value_type = String, default = "clerk", example = "manager")]
    role: ClerkRole,
    /// At every store of the store's merchant.
    #[serde(default)]
    whole_merchant: bool,
}

const fn clerk() -> ClerkRole {
    ClerkRole::Clerk
}

/// Put a clerk on record
///
/// By who has to do with merchants; by who manages a store for that store, and for its whole merchant by who manages that. A role is not
/// changed: the clerk leaves, and is put on record anew.
#[utoipa::path(post, path = "/v1/clerks", tag = "register", request_body = NewClerk,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn create_clerk(
    State(app): State<App>,
    employer: Employer,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewClerk>,
) -> Result<Created<Registered>, Problem> {
    let store = StoreId(body.store);
    if !employer.speaks_for(store) {
        return Err(ledger::machine::Rejection::UnknownStore { store }.into());
    }
    if body.whole_merchant && !employer.has_merchant() {
        let why = "only who manages the whole merchant appoints somebody to all of it";
        return Err(Problem::new(Code::Forbidden, why));
    }
    let record = Registration::Clerk(Clerk {
        id: ClerkId(new_id(&app, &employer, key.as_ref())),
        store,
        name: body.name,
        role: body.role,
        whole_merchant: body.whole_merchant,
    });
    let registered = register(&app, &employer, key, record).await?;
    Ok(created("/v1/clerks".to_owned(), registered))
}

/// A clerk.
#[derive(Serialize, ToSchema)]
struct ClerkBody {
    id: Uuid,
    store: Option<Uuid>,
    name: String,
    /// clerk, manager or finance
    role: String,
    /// At every store of the store's merchant.
    whole_merchant: bool,
}

impl From<Named> for ClerkBody {
    fn from(clerk: Named) -> Self {
        let everywhere = is_everywhere(&clerk);
        let role = clerk.detail.split(' ').next().unwrap_or_default();
        Self {
            id: clerk.id,
            store: clerk.belongs_to,
            role: role.to_owned(),
            name: clerk.name,
            whole_merchant: everywhere,
        }
    }
}

/// Whether they work at every store of the merchant: beside their role.
fn is_everywhere(clerk: &Named) -> bool {
    clerk.detail.split(' ').any(|word| word == "everywhere")
}

/// A clerk of a store that somebody manages, or any for who speaks for no store; whose else it is does not exist for them.
pub async fn must_employ(app: &App, caller: &Caller, clerk: Uuid) -> Result<(), Problem> {
    if caller.actor.store.is_none() {
        return Ok(());
    }
    let known = app
        .ledger
        .registered(caller.program, Register::Clerks, clerk)
        .await?;
    let own = known.filter(|clerk| {
        let store = clerk.belongs_to.map(StoreId);
        let everywhere = is_everywhere(clerk);
        store.is_some_and(|store| caller.speaks_for(store))
            && (!everywhere || caller.has_merchant())
    });
    own.map(|_| ()).ok_or_else(Problem::not_found)
}

/// Clerks, in order of id, those who left among them
#[utoipa::path(get, path = "/v1/clerks", tag = "register", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<ClerkBody>), Reading))]
async fn clerks(
    State(app): State<App>,
    trader: Trader,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<ClerkBody>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?.unwrap_or_default();
    let clerks = app
        .ledger
        .register(trader.program, Register::Clerks, after, limit + 1);
    Ok(Json(Page::of(clerks.await?, limit, |clerk| clerk.id)))
}

/// A clerk leaves
///
/// All their sessions end at once. What they did stays on record under their id.
#[utoipa::path(post, path = "/v1/clerks/{id}/leave", tag = "access",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It took effect", body = EndedBody), Changing))]
async fn clerk_leaves(
    State(app): State<App>,
    employer: Employer,
    key: Option<IdempotencyKey>,
    Path(id): Path<ClerkId>,
) -> Result<Json<EndedBody>, Problem> {
    must_employ(&app, &employer, id.0).await?;
    end_access(&app, &employer, key, Access::Clerk(id)).await
}
