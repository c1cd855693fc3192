//! What members were told ahead.

use axum::Json;
use axum::extract::State;
use ledger::ids::MemberId;
use ledger::views::{ExpiryNotice, Register};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::Reading;
use super::model::{Amount, Moment};
use super::page::{Page, PageQuery, cursor, limit};
use crate::auth::MemberFacing;
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new().routes(routes!(list))
}

/// Points that a member was told will expire.
#[derive(Debug, Serialize, ToSchema)]
struct NoticeView {
    id: Uuid,
    told_at: Moment,
    /// How many were left when this was told.
    points: Amount,
    /// When the first of them expire; the others do on the same day.
    expires_at: Moment,
    /// How many days ahead their policy has this told.
    #[schema(example = 30)]
    days_ahead: i64,
}

impl From<ExpiryNotice> for NoticeView {
    fn from(notice: ExpiryNotice) -> Self {
        Self {
            id: notice.id.0,
            told_at: notice.told_at.into(),
            points: notice.points.into(),
            expires_at: notice.expires_at.into(),
            days_ahead: notice.days,
        }
    }
}

/// What a member was told will expire, newest first
///
/// One notice for all that expires on one day, as many days ahead as the policies say, of what was left at that moment. What was
/// told to a member merged into another stays with whom it was told to.
#[utoipa::path(get, path = "/v1/members/{id}/notices", tag = "members", params(("id" = Uuid, Path), PageQuery),
    responses((status = OK, description = "As it stands", body = Page<NoticeView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<MemberId>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<NoticeView>>, Problem> {
    caller.must_see_member(&app, id).await?;
    let limit = limit(query.limit)?;
    let before = cursor(query.cursor.as_deref())?;
    let notices = app
        .ledger
        .expiry_notices(caller.program, id, before, limit + 1);
    let notices = notices.await?;
    if notices.is_empty() {
        let member = app
            .ledger
            .registered(caller.program, Register::Members, id.0);
        member.await?.ok_or_else(Problem::not_found)?;
    }
    Ok(Json(Page::of(notices, limit, |notice| notice.id)))
}
