//! Exceptional deeds (突出事迹): proposed by staff. Another person confirms or refuses them as other deeds: see `order_parts`.

use axum::Json;
use axum::extract::State;
use ledger::ids::{AttachmentId, DeedId, MemberId};
use ledger::machine::Command;
use ledger::machine::deeds::ExceptionalCommand;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::deeds::{DeedReceipt, DeedView, executed};
use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use super::page::{Page, PageQuery, cursor, limit};
use super::register::new_id;
use crate::auth::Awarder;
use crate::extract::{IdempotencyKey, Query, ValidatedJson};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(proposed, propose))
}

/// What somebody did.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct Proposal {
    /// Who.
    member: Uuid,
    /// `rescue`, `firefighting`, `disaster_relief`, `bravery`, `honesty` or `other`: see the fact of `exceptional` in `/v1/deed-kinds`.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "firefighting")]
    category: String,
    /// When.
    occurred_at: Moment,
    /// Uploaded by this caller: a text that says what happened, and photos that show it.
    #[validate(length(min = 1, max = 10, message = "has 1 to 10 attachments"))]
    attachments: Vec<Uuid>,
}

/// Propose an exceptional deed
///
/// Another person confirms it, and then two approve its award where the policy says so, of whom none proposed it.
#[utoipa::path(post, path = "/v1/exceptional", tag = "deeds", request_body = Proposal,
    params(("Idempotency-Key" = String, Header)),
    responses((status = CREATED, description = "It waits for another person", body = DeedReceipt), Changing))]
async fn propose(
    State(app): State<App>,
    staff: Awarder,
    key: IdempotencyKey,
    ValidatedJson(body): ValidatedJson<Proposal>,
) -> Result<Created<DeedReceipt>, Problem> {
    let member = MemberId(body.member);
    staff.must_see_member(&app, member).await?;
    let command = ExceptionalCommand::Propose {
        member,
        reference: new_id(&app, &staff, Some(&key)),
        category: body.category,
        occurred_at: body.occurred_at.0,
        attachments: body.attachments.into_iter().map(AttachmentId).collect(),
    };
    let command = Command::Exceptional(Box::new(command));
    let Json(told) = executed(&app, &staff, key, command).await?;
    Ok(created(format!("/v1/deeds/{}", told.id()), told))
}

/// Exceptional deeds that nobody has confirmed
///
/// Of members whom the caller reaches.
#[utoipa::path(get, path = "/v1/exceptional", tag = "deeds", params(PageQuery),
    responses((status = OK, description = "A page of them", body = Page<DeedView>), Reading))]
async fn proposed(
    State(app): State<App>,
    staff: Awarder,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<DeedView>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor::<Uuid>(query.cursor.as_deref())?.unwrap_or_default();
    let found = app
        .ledger
        .exceptional_proposed(staff.program, DeedId(after), limit);
    let found = found.await?;
    let full = usize::try_from(limit).is_ok_and(|limit| found.len() >= limit);
    let next = found.last().filter(|_| full).map(|deed| deed.record.id);
    let mut items = Vec::new();
    for deed in found {
        if staff.sees_member(&app, deed.record.member).await? {
            items.push(deed.into());
        }
    }
    Ok(Json(Page::new(items, next)))
}
