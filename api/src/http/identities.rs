//! Who is who with providers of identities: linked and unlinked by an administrator.

use axum::Json;
use axum::extract::State;
use ledger::community::{Access, OutsideIdentity, Registration, Role, Who};
use ledger::ids::IdentityId;
use ledger::views::IdentityView;
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
use crate::auth::Operator;
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(link, list))
        .routes(routes!(unlink))
}

/// Somebody as a provider knows them, and who that is.
#[derive(Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewIdentity {
    /// The provider's address, as it calls itself (`iss`).
    #[validate(length(min = 1, max = 500, message = "has 1 to 500 characters"))]
    #[schema(example = "https://id.example.cn")]
    issuer: String,
    /// What it calls them (`sub`). Only a hash of it is kept.
    #[validate(length(min = 1, max = 255, message = "has 1 to 255 characters"))]
    sub: String,
    /// `staff`, `merchant` or `member`.
    #[schema(value_type = String, example = "staff")]
    role: Role,
    /// Which staff member, clerk or member.
    subject: Uuid,
}

/// Link an identity
///
/// From then on whoever logs in through the provider under this name is this staff member, clerk or member.
#[utoipa::path(post, path = "/v1/identities", tag = "access", request_body = NewIdentity,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "It is on record", body = Registered), Changing))]
async fn link(
    State(app): State<App>,
    operator: Operator,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<NewIdentity>,
) -> Result<Created<Registered>, Problem> {
    let record = Registration::Identity(OutsideIdentity {
        id: IdentityId(new_id(&app, &operator, key.as_ref())),
        subject_hash: OutsideIdentity::hash_of(&body.issuer, &body.sub),
        issuer: body.issuer,
        who: Who {
            role: body.role,
            subject: body.subject,
        },
    });
    let registered = register(&app, &operator, key, record).await?;
    Ok(created("/v1/identities".to_owned(), registered))
}

/// Who somebody is whom a provider knows.
#[derive(Debug, Serialize, ToSchema)]
struct IdentityBody {
    id: Uuid,
    issuer: String,
    #[schema(value_type = String, example = "staff")]
    role: Role,
    subject: Uuid,
}

impl From<IdentityView> for IdentityBody {
    fn from(identity: IdentityView) -> Self {
        Self {
            id: identity.id.0,
            issuer: identity.issuer,
            role: identity.who.role,
            subject: identity.who.subject,
        }
    }
}

/// Every identity that is linked
#[utoipa::path(get, path = "/v1/identities", tag = "access", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<IdentityBody>), Reading))]
async fn list(
    State(app): State<App>,
    operator: Operator,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<IdentityBody>>, Problem> {
    let limit = limit(query.limit)?;
    let after: Uuid = cursor(query.cursor.as_deref())?.unwrap_or_default();
    let after = IdentityId(after);
    let identities = app
        .ledger
        .identities(operator.program, after, limit + 1)
        .await?;
    Ok(Json(Page::of(identities, limit, |identity| identity.id.0)))
}

/// Unlink an identity
///
/// Nobody logs in with it from then on. Sessions that were opened with it go on.
#[utoipa::path(post, path = "/v1/identities/{id}/unlink", tag = "access",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It took effect", body = EndedBody), Changing))]
async fn unlink(
    State(app): State<App>,
    operator: Operator,
    key: Option<IdempotencyKey>,
    Path(id): Path<IdentityId>,
) -> Result<Json<EndedBody>, Problem> {
    end_access(&app, &operator, key, Access::Identity(id)).await
}
