//! Members: who they are, what they hold, and how it came about.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::ids::{MemberId, ProgramId, sha256_hex};
use ledger::views::{AsOf, MemberBalance, Named, Register};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::docs::Reading;
use super::model::{Amount, Moment};
use super::page::{Page, PageQuery, cursor, limit};
use super::statement::{AsOfQuery, Line, StatementQuery, page};
use crate::auth::{MemberFacing, Overseer};
use crate::extract::{Path, Query};
use crate::problem::Problem;
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(balance))
        .routes(routes!(statement))
}

/// A rider.
#[derive(Debug, Serialize, ToSchema)]
struct MemberView {
    id: Uuid,
    name: String,
    /// The organization that looks after them.
    organization: Option<Uuid>,
}

/// A rider, and who they are now.
#[derive(Debug, Serialize, ToSchema)]
struct MemberDetail {
    #[serde(flatten)]
    member: MemberView,
    /// The member they were merged into.
    merged_into: Option<Uuid>,
}

impl From<Named> for MemberView {
    fn from(member: Named) -> Self {
        Self {
            id: member.id,
            name: member.name,
            organization: member.belongs_to,
        }
    }
}

/// Members, in order of id
#[utoipa::path(get, path = "/v1/members", tag = "members", params(PageQuery),
    responses((status = OK, description = "As it stands", body = Page<MemberView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: Overseer,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<MemberView>>, Problem> {
    let limit = limit(query.limit)?;
    let after = cursor(query.cursor.as_deref())?.unwrap_or_default();
    let members = caller.members(&app, after, limit + 1).await?;
    Ok(Json(Page::of(members, limit, |member| member.id)))
}

/// One member
#[utoipa::path(get, path = "/v1/members/{id}", tag = "members", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = MemberDetail), Reading))]
async fn get(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<MemberId>,
) -> Result<Json<MemberDetail>, Problem> {
    caller.must_see_member(&app, id).await?;
    let member = app
        .ledger
        .registered(caller.program, Register::Members, id.0)
        .await?;
    let member = member.ok_or_else(Problem::not_found)?.into();
    let merged_into = app.ledger.merged_into(caller.program, id).await?;
    let merged_into = merged_into.map(|into| into.0);
    Ok(Json(MemberDetail {
        member,
        merged_into,
    }))
}

/// What a member holds, all of it of one moment.
#[derive(Debug, Serialize, ToSchema)]
pub struct BalanceView {
    member: Uuid,
    /// What can be spent now; of a past moment, what the wallet held by the books.
    available: Amount,
    /// On hold for redemptions.
    held: Amount,
    /// Awarded, not yet vested.
    pending: Amount,
    /// Owed after a reversal; later awards pay it first.
    debt: Amount,
    /// What of the available points expires when, soonest first; absent where `as_of` or `by` was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    expiring: Option<Vec<ExpiringView>>,
    /// The moment this is true of.
    as_of: Moment,
    /// By which time, where `as_of` or `by` was asked for: recorded or occurred.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, example = "recorded")]
    by: Option<AsOf>,
}

/// Points that expire at one moment.
#[derive(Debug, Serialize, ToSchema)]
struct ExpiringView {
    at: Moment,
    points: Amount,
}

impl BalanceView {
    /// Of a balance, by which time if it was asked for by one.
    pub fn new(balance: MemberBalance, by: Option<AsOf>) -> Self {
        let expiring = balance.expiring.into_iter().map(|part| ExpiringView {
            at: part.at.into(),
            points: part.points.into(),
        });
        Self {
            member: balance.member.0,
            available: balance.available.into(),
            held: balance.held.into(),
            pending: balance.pending.into(),
            debt: balance.debt.into(),
            expiring: by.is_none().then(|| expiring.collect()),
            as_of: balance.as_of.into(),
            by,
        }
    }
}

/// What a member holds
///
/// Send the ETag back as If-None-Match to learn cheaply that nothing changed (304). With `as_of` it is the balance by the books at
/// that moment: `by=recorded` what was known then, `by=occurred` what was true then by all that is known now. Before the first
/// entry it is zero; points that had run out are in it until their expiry was recorded.
#[utoipa::path(get, path = "/v1/members/{id}/balance", tag = "members",
    params(("id" = Uuid, Path), AsOfQuery, ("If-None-Match" = Option<String>, Header)),
    responses((status = OK, description = "As it stands", body = BalanceView), (status = NOT_MODIFIED, description = "As before"), Reading))]
async fn balance(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<MemberId>,
    Query(query): Query<AsOfQuery>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.must_see_member(&app, id).await?;
    let as_of = query.moment(app.ledger.clock().now())?;
    let (balance, tag) = match as_of {
        None => balance_of(&app, caller.program, id).await?,
        Some((at, by)) => {
            let balance = app.ledger.balance_as_of(caller.program, id, at, by);
            let balance = balance.await?.ok_or_else(Problem::not_found)?;
            let tag = tag_of(&balance)?;
            (balance, tag)
        }
    };
    let known = headers.get(header::IF_NONE_MATCH);
    let unchanged = known.is_some_and(|known| matches_tag(known, &tag));
    let headers = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok(if unchanged {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        let by = as_of.map(|(_, by)| by);
        (headers, Json(BalanceView::new(balance, by))).into_response()
    })
}

/// What a member holds now, and what it says apart from when.
pub async fn balance_of(
    app: &App,
    program: ProgramId,
    id: MemberId,
) -> Result<(MemberBalance, String), Problem> {
    let now = app.ledger.clock().now();
    let balance = app.ledger.balance(program, id, now).await?;
    let balance = balance.ok_or_else(Problem::not_found)?;
    let tag = tag_of(&balance)?;
    Ok((balance, tag))
}

/// A weak tag of what the balance says, not of when it was asked.
fn tag_of(balance: &MemberBalance) -> Result<String, Problem> {
    let timeless = MemberBalance {
        as_of: Timestamp::from_micros(0),
        ..balance.clone()
    };
    let text = serde_json::to_vec(&timeless).map_err(Problem::internal)?;
    Ok(format!("W/\"{}\"", &sha256_hex(&text)[..24]))
}

fn matches_tag(known: &HeaderValue, tag: &str) -> bool {
    let known = known.to_str().unwrap_or_default();
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    known.trim() == "*" || known.split(',').any(|known| bare(known) == bare(tag))
}

/// A member's statement, newest first
///
/// The lines of the wallet, each with the running balance after it. With `by=occurred` they stand in the order in which they
/// happened, and the balance runs in that order: a deed of last month that was recorded today stands in last month.
#[utoipa::path(get, path = "/v1/members/{id}/statement", tag = "members", params(("id" = Uuid, Path), StatementQuery),
    responses((status = OK, description = "As it stands", body = Page<Line>), Reading))]
async fn statement(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<MemberId>,
    Query(query): Query<StatementQuery>,
) -> Result<Json<Page<Line>>, Problem> {
    caller.must_see_member(&app, id).await?;
    page(&app, caller.program, Account::wallet(id), &query).await
}
