//! API keys: made, listed, ended, rotated. A secret is told once, and only its hash is kept.

use axum::Json;
use axum::extract::State;
use ledger::community::{Access, ApiKey, Role, Verbs};
use ledger::ids::{ApiKeyId, OrganizationId};
use ledger::views::KeyView;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use super::page::{Page, PageQuery, cursor, limit};
use super::staffing::{EndedBody, end_access};
use crate::auth::{KeyProblem, Kind, Operator, Token, new_key, rotation};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, FieldError, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(create, list))
        .routes(routes!(revoke))
        .routes(routes!(rotate))
}

/// A key to be made.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewKey {
    /// What it is for.
    #[validate(length(min = 1, max = 100, message = "has 1 to 100 characters"))]
    name: String,
    /// `staff`, `merchant`, `member`, `auditor` or `admin`.
    #[schema(value_type = String, example = "merchant")]
    role: Role,
    /// Whom it speaks for: a staff member, store or member. Auditor and admin keys speak for themselves.
    subject: Option<Uuid>,
    /// Of what its role may do, this: names of verbs with spaces between; all if not said.
    #[schema(value_type = Option<String>, example = "award read")]
    verbs: Option<Verbs>,
    /// It reaches this organization and all below; the whole programme if not said.
    organization: Option<Uuid>,
    /// From this moment on it is worthless.
    expires_at: Option<Moment>,
}

/// A key that was made.
#[derive(Debug, Serialize, ToSchema)]
struct MadeKey {
    id: Uuid,
    /// To be sent as `Authorization: Bearer …`. It is told this once.
    token: String,
    /// Until when the key it takes the place of still works.
    #[serde(skip_serializing_if = "Option::is_none")]
    old_ends_at: Option<Moment>,
}

/// Make an API key
///
/// Its token is in the answer, and nowhere else. Not to be repeated: each request makes another key.
#[utoipa::path(post, path = "/v1/keys", tag = "access", request_body = NewKey,
    responses((status = CREATED, description = "It is on record", body = MadeKey), Changing))]
async fn create(
    State(app): State<App>,
    operator: Operator,
    ValidatedJson(body): ValidatedJson<NewKey>,
) -> Result<Created<MadeKey>, Problem> {
    let token = Token::new(Kind::Key, operator.program);
    let key = ApiKey {
        id: ApiKeyId::new(app.ledger.clock().now()),
        secret_hash: token.hash(),
        role: body.role,
        subject: body.subject,
        name: body.name,
        verbs: body.verbs,
        node: body.organization.map(OrganizationId),
        expires_at: body.expires_at.map(|at| at.0),
    };
    let id = key.id.0;
    let command = new_key(&app.ledger, operator.program, key).await?;
    app.execute(&operator.request(None), command).await?;
    let made = MadeKey {
        id,
        token: token.text(),
        old_ends_at: None,
    };
    Ok(created("/v1/keys".to_owned(), made))
}

impl From<KeyProblem> for Problem {
    fn from(problem: KeyProblem) -> Self {
        match problem {
            KeyProblem::Store(error) => error.into(),
            KeyProblem::Unknown => Self::not_found(),
            KeyProblem::Field { field, message } => {
                let error = FieldError::new(format!("/{field}"), "invalid", message);
                Self::new(Code::InvalidBody, "the key cannot be made so").with_errors(vec![error])
            }
        }
    }
}

/// A key, without its secret.
#[derive(Debug, Serialize, ToSchema)]
struct KeyBody {
    id: Uuid,
    name: String,
    #[schema(value_type = String, example = "merchant")]
    role: Role,
    subject: Option<Uuid>,
    #[schema(value_type = Option<String>, example = "award read")]
    verbs: Option<Verbs>,
    organization: Option<Uuid>,
    expires_at: Option<Moment>,
    /// When it was, or will be, ended.
    ended_at: Option<Moment>,
    /// When it was last used; a minute may pass before that is known.
    last_used_at: Option<Moment>,
}

impl From<KeyView> for KeyBody {
    fn from(key: KeyView) -> Self {
        Self {
            id: key.id.0,
            name: key.name,
            role: key.role,
            subject: key.subject,
            verbs: key.verbs,
            organization: key.node.map(|id| id.0),
            expires_at: key.expires_at.map(Moment),
            ended_at: key.ended_at.map(Moment),
            last_used_at: key.last_used_at.map(Moment),
        }
    }
}

/// Every API key, those that ended among them
#[utoipa::path(get, path = "/v1/keys", tag = "access", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<KeyBody>), Reading))]
async fn list(
    State(app): State<App>,
    operator: Operator,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<KeyBody>>, Problem> {
    let limit = limit(query.limit)?;
    let after: Uuid = cursor(query.cursor.as_deref())?.unwrap_or_default();
    let keys = app
        .ledger
        .keys(operator.program, ApiKeyId(after), limit + 1)
        .await?;
    Ok(Json(Page::of(keys, limit, |key| key.id.0)))
}

/// End an API key at once
///
/// The process that answers refuses it from then on, others within five seconds.
#[utoipa::path(post, path = "/v1/keys/{id}/revoke", tag = "access",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "It took effect", body = EndedBody), Changing))]
async fn revoke(
    State(app): State<App>,
    operator: Operator,
    key: Option<IdempotencyKey>,
    Path(id): Path<ApiKeyId>,
) -> Result<Json<EndedBody>, Problem> {
    end_access(&app, &operator, key, Access::Key(id)).await
}

/// How a key is rotated.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Rotation {
    /// How many hours the old one still works, 0 to 720.
    #[validate(range(min = 0, max = 720, message = "is 0 to 720 hours"))]
    overlap_hours: i64,
}

/// Make a key that takes the place of another
///
/// It may do the same for the same subject. The old one ends after the overlap.
#[utoipa::path(post, path = "/v1/keys/{id}/rotate", tag = "access", params(("id" = Uuid, Path)), request_body = Rotation,
    responses((status = CREATED, description = "It is on record", body = MadeKey), Changing))]
async fn rotate(
    State(app): State<App>,
    operator: Operator,
    Path(id): Path<ApiKeyId>,
    ValidatedJson(Rotation { overlap_hours }): ValidatedJson<Rotation>,
) -> Result<Created<MadeKey>, Problem> {
    let token = Token::new(Kind::Key, operator.program);
    let rotation = rotation(&app.ledger, &token, id, overlap_hours).await?;
    app.execute(&operator.request(None), rotation.command)
        .await?;
    let made = MadeKey {
        id: rotation.id.0,
        token: token.text(),
        old_ends_at: Some(rotation.old_ends_at.into()),
    };
    Ok(created("/v1/keys".to_owned(), made))
}
