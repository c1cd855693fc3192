//! Awards on public notice (公示): who, by family name, how much and for what, by the month; and objecting to one.

use axum::Json;
use axum::extract::State;
use ledger::community::personal::masked;
use ledger::ids::{AttachmentId, OrganizationId};
use ledger::machine::{Command, Reason};
use ledger::views::{NoticeFilter, OnNotice, Period};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use validator::Validate;

use super::decisions::{AppealBody, NoticeReceipt, given};
use super::docs::{Changing, Reading};
use super::model::{Amount, Moment};
use super::page::{Page, cursor, limit};
use crate::auth::{Objector, Somebody};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::problem::{Code, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(object))
        .routes(routes!(appeal))
}

/// An award on public notice, as anybody may know it: neither where it was nor when.
#[derive(Debug, Serialize, ToSchema)]
struct NoticeView {
    /// By what it goes while it is on notice; another than the award's id, which says when it was made.
    number: Uuid,
    /// The family name and stars.
    #[schema(example = "赵**")]
    name: String,
    organization: Option<String>,
    /// What it is for: the rule's title.
    title: String,
    points: Amount,
    /// The month of the deed, on the programme's calendar.
    #[schema(example = "2026-03")]
    month: String,
    /// Until when somebody may object.
    until: Moment,
    /// Whether somebody may still: an objection was not made and dismissed before.
    open: bool,
}

/// Which.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
struct NoticesQuery {
    /// Only of members whom this organization looks after, or one below it
    organization: Option<Uuid>,
    /// Only for deeds of this month of the programme's calendar, such as `2026-03`
    #[param(example = "2026-03")]
    month: Option<String>,
    /// `next_cursor` of the page before; the first page needs none
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
}

/// Awards on public notice, those first whose notice closes first
#[utoipa::path(get, path = "/v1/public-notices", tag = "approvals", params(NoticesQuery),
    responses((status = OK, description = "As it stands", body = Page<NoticeView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Somebody,
    Query(query): Query<NoticesQuery>,
) -> Result<Json<Page<NoticeView>>, Problem> {
    let limit = limit(query.limit)?;
    let filter = NoticeFilter {
        now: app.ledger.clock().now(),
        within: query.organization.map(OrganizationId),
        after: cursor(query.cursor.as_deref())?,
        limit: limit + 1,
    };
    let zone = app.ledger.calendar_zone(caller.program).await?;
    let notices = match query.month {
        None => app.ledger.on_notice(caller.program, &filter).await?,
        Some(month) => {
            let period = Period::of_month(&month, &zone);
            let wrong = || Problem::new(Code::InvalidQuery, "month is written as in 2026-03");
            let of_month =
                (app.ledger).on_notice_in(caller.program, &filter, period.ok_or_else(wrong)?);
            of_month.await?
        }
    };
    let page = Page::<OnNotice>::of(notices, limit, OnNotice::place);
    let view = |notice: OnNotice| NoticeView {
        number: notice.number(),
        month: notice.month(&zone),
        name: masked(&notice.name),
        organization: notice.organization,
        title: notice.title,
        points: notice.points.into(),
        until: notice.until.into(),
        open: !notice.objected,
    };
    Ok(Json(page.map(view)))
}

/// What somebody holds against an award.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
struct ObjectionBody {
    /// `not_as_claimed`, `evidence`, `duplicate` or `mistake`.
    #[validate(custom(function = given))]
    #[schema(value_type = String, example = "not_as_claimed")]
    reason: Reason,
    /// A text that was uploaded before.
    words: Option<Uuid>,
}

/// Object to an award on public notice
///
/// By anybody who is known, whoever's award it is; once an award. It is frozen until somebody who has no part in it has decided.
#[utoipa::path(post, path = "/v1/public-notices/{id}/object", tag = "approvals",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = ObjectionBody,
    responses((status = OK, description = "It took effect", body = NoticeReceipt), Changing))]
async fn object(
    State(app): State<App>,
    objector: Objector,
    key: IdempotencyKey,
    Path(number): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<ObjectionBody>,
) -> Result<Json<NoticeReceipt>, Problem> {
    let request = objector.request(Some(key));
    let now = app.ledger.clock().now();
    let award = app.ledger.noticed(objector.program, number, now).await?;
    let command = |award| Command::ObjectAward {
        award,
        ground: body.reason,
        words: body.words.map(AttachmentId),
    };
    match award {
        Some(award) => {
            let receipt = app.execute(&request, command(award)).await?;
            Ok(Json(NoticeReceipt::of(number, &receipt)))
        }
        // It is on notice no more; if that was by this very request, the answer is the same.
        None => match app.ledger.outcome_of(&request, "award.object").await? {
            Some(answer) => Ok(Json(NoticeReceipt::of(number, &answer?))),
            None => Err(Problem::not_found()),
        },
    }
}

/// Appeal against what was made of one's objection
///
/// By who objected, where that was dismissed, once and within seven days; till then the award stays on the list.
#[utoipa::path(post, path = "/v1/public-notices/{id}/appeal", tag = "approvals",
    params(("id" = Uuid, Path), IdempotencyKey), request_body = AppealBody,
    responses((status = OK, description = "It took effect", body = NoticeReceipt), Changing))]
async fn appeal(
    State(app): State<App>,
    objector: Objector,
    key: IdempotencyKey,
    Path(number): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<AppealBody>,
) -> Result<Json<NoticeReceipt>, Problem> {
    let request = objector.request(Some(key));
    let now = app.ledger.clock().now();
    let award = app.ledger.noticed(objector.program, number, now).await?;
    let words = body.words.map(AttachmentId);
    match award {
        Some(award) => {
            let command = Command::AppealReview { award, words };
            let receipt = app.execute(&request, command).await?;
            Ok(Json(NoticeReceipt::of(number, &receipt)))
        }
        None => match app.ledger.outcome_of(&request, "award.appeal").await? {
            Some(answer) => Ok(Json(NoticeReceipt::of(number, &answer?))),
            None => Err(Problem::not_found()),
        },
    }
}
