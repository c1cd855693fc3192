//! Members: who they are, what they hold, and how it came about.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::ids::{MemberId, sha256_hex};
use ledger::journal::TransferKind;
use ledger::views::{MemberBalance, Named, Register, StatementFilter};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::accounts::Line;
use super::docs::Reading;
use super::model::{Amount, Moment};
use super::page::{Page, PageQuery, cursor, limit};
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
    let members = app
        .ledger
        .register(caller.program, Register::Members, after, limit + 1)
        .await?;
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
    caller.must_see_member(id)?;
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
struct BalanceView {
    member: Uuid,
    /// What can be spent now.
    available: Amount,
    /// On hold for redemptions.
    held: Amount,
    /// Awarded, not yet vested.
    pending: Amount,
    /// Owed after a reversal; later awards pay it first.
    debt: Amount,
    /// What of the available points expires when, soonest first.
    expiring: Vec<ExpiringView>,
    /// The moment this is true of.
    as_of: Moment,
}

/// Points that expire at one moment.
#[derive(Debug, Serialize, ToSchema)]
struct ExpiringView {
    at: Moment,
    points: Amount,
}

impl From<MemberBalance> for BalanceView {
    fn from(balance: MemberBalance) -> Self {
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
            expiring: expiring.collect(),
            as_of: balance.as_of.into(),
        }
    }
}

/// What a member holds
///
/// Send the ETag back as If-None-Match to learn cheaply that nothing changed (304).
#[utoipa::path(get, path = "/v1/members/{id}/balance", tag = "members",
    params(("id" = Uuid, Path), ("If-None-Match" = Option<String>, Header)),
    responses((status = OK, description = "As it stands", body = BalanceView), (status = NOT_MODIFIED, description = "As before"), Reading))]
async fn balance(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<MemberId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.must_see_member(id)?;
    let now = app.ledger.clock().now();
    let balance = app.ledger.balance(caller.program, id, now).await?;
    let balance = balance.ok_or_else(Problem::not_found)?;
    let tag = tag_of(&balance)?;
    let known = headers.get(header::IF_NONE_MATCH);
    let unchanged = known.is_some_and(|known| matches_tag(known, &tag));
    let headers = [
        (header::ETAG, tag),
        (header::CACHE_CONTROL, "private, no-cache".to_owned()),
    ];
    Ok(if unchanged {
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        (headers, Json(BalanceView::from(balance))).into_response()
    })
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

/// Which lines of a statement.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StatementQuery {
    /// `next_cursor` of the page before
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Only this kind of transfer, such as award, charge, refund or expire
    #[param(value_type = Option<String>)]
    kind: Option<TransferKind>,
    /// Recorded at or after this moment
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Recorded before this moment
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
}

impl StatementQuery {
    /// The page's length, and the filter that reads one line more.
    pub fn filter(&self) -> Result<(i64, StatementFilter), Problem> {
        let limit = limit(self.limit)?;
        let filter = StatementFilter {
            before: cursor(self.cursor.as_deref())?,
            kind: self.kind,
            from: self.from,
            until: self.until,
            limit: limit + 1,
        };
        Ok((limit, filter))
    }
}

/// A member's statement, newest first
///
/// The lines of the wallet, each with the running balance after it.
#[utoipa::path(get, path = "/v1/members/{id}/statement", tag = "members", params(("id" = Uuid, Path), StatementQuery),
    responses((status = OK, description = "As it stands", body = Page<Line>), Reading))]
async fn statement(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<MemberId>,
    Query(query): Query<StatementQuery>,
) -> Result<Json<Page<Line>>, Problem> {
    caller.must_see_member(id)?;
    let (limit, filter) = query.filter()?;
    super::accounts::lines(&app, caller.program, Account::wallet(id), limit, &filter).await
}
