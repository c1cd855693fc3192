//! Orders (群众点单、微心愿): what residents ask for, posted by staff or let in by them.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::order::{Order, OrderState};
use ledger::ids::{AttachmentId, DeedId, MemberId, OrderId, OrganizationId, ProgramId};
use ledger::machine::Command;
use ledger::machine::deeds::{DeedState, OrderCommand};
use ledger::views::Due;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::activities::PlaceInList;
use super::awards::PositionBody;
use super::deeds::DeedView;
use super::docs::{Changing, Reading};
use super::model::{Created, Moment, created};
use super::order_body::{OrderView, PostOrder, WantedBody};
use super::page::{Page, PageQuery, cursor, limit};
use super::register::{Registered, new_id, registered};
use crate::auth::{Awarder, Caller, MemberFacing, Participant};
use crate::extract::{IdempotencyKey, Path, Query, ValidatedJson};
use crate::ordering::{details_of, new_order};
use crate::problem::{Code, Problem};
use crate::state::App;

/// The routes of this file.
pub fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list, post))
        .routes(routes!(waiting))
        .routes(routes!(get))
        .routes(routes!(accept))
        .routes(routes!(withdraw))
        .routes(routes!(parts))
        .routes(routes!(details))
}

fn place(since: Timestamp, order: &Order) -> PlaceInList {
    PlaceInList(Due {
        since,
        id: order.id.0,
    })
}

/// Orders that members may take on
///
/// The one that is wanted first at first.
#[utoipa::path(get, path = "/v1/orders", tag = "orders", params(PageQuery),
    responses((status = OK, description = "A page of them", body = Page<OrderView>), Reading))]
async fn list(
    State(app): State<App>,
    caller: MemberFacing,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<OrderView>>, Problem> {
    let limit = limit(query.limit)?;
    let after = match cursor::<PlaceInList>(query.cursor.as_deref())? {
        Some(PlaceInList(place)) => place,
        None => Due {
            since: app.ledger.clock().now(),
            id: Uuid::max(),
        },
    };
    let orders = app.ledger.orders_posted(caller.program, after, limit + 1);
    Ok(Json(Page::of(orders.await?, limit, |order: &Order| {
        place(order.wanted.by, order)
    })))
}

/// An order was posted.
#[derive(Debug, Serialize, ToSchema)]
struct Posted {
    id: Uuid,
    recorded_at: Moment,
    /// With this the resident confirms on `/{program}/confirm/{id}` that it was done. For them alone; only its hash is kept. Null where the
    /// server has no keys.
    #[schema(example = "k7m2x9qa4tbc")]
    code: Option<String>,
}

/// Post an order
///
/// Whoever posts it answers for it: what the resident confirms is awarded in their name.
#[utoipa::path(post, path = "/v1/orders", tag = "orders", request_body = PostOrder,
    params(("Idempotency-Key" = Option<String>, Header)),
    responses((status = CREATED, description = "Members may take it on", body = Posted), Changing))]
async fn post(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    ValidatedJson(body): ValidatedJson<PostOrder>,
) -> Result<Created<Posted>, Problem> {
    let organization = OrganizationId(body.organization);
    staff.must_reach_node(&app, Some(organization)).await?;
    let id = OrderId(new_id(&app, &staff, key.as_ref()));
    let code = app.ledger.order_code(staff.program, id);
    let position = body.wanted.position.and_then(PositionBody::position);
    let order = Order {
        position,
        details: body.details.map(AttachmentId),
        ..new_order(
            (staff.program, id),
            organization,
            body.wanted.wanted(),
            staff.actor,
            code.as_deref(),
        )
    };
    let posted = registered(&app, &staff, key, of(OrderCommand::Post(Box::new(order)))).await?;
    let posted = Posted {
        id: posted.id,
        recorded_at: posted.recorded_at,
        code,
    };
    Ok(created(format!("/v1/orders/{id}"), posted))
}

pub(super) fn of(command: OrderCommand) -> Command {
    Command::Order(Box::new(command))
}

/// Orders about which something waits for staff
///
/// Residents' orders to be looked at, and what was done and is to be confirmed; those first that wait longest. Of those that the caller reaches.
#[utoipa::path(get, path = "/v1/orders/waiting", tag = "orders", params(PageQuery),
    responses((status = OK, description = "A page of them", body = Page<OrderView>), Reading))]
async fn waiting(
    State(app): State<App>,
    staff: Awarder,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<OrderView>>, Problem> {
    let limit = limit(query.limit)?;
    let after = match cursor::<PlaceInList>(query.cursor.as_deref())? {
        Some(PlaceInList(place)) => place,
        None => Due {
            since: Timestamp::from_micros(i64::MIN),
            id: Uuid::nil(),
        },
    };
    let found = app.ledger.orders_waiting(staff.program, after, limit + 1);
    let found = found.await?;
    // A page may show fewer than were asked for, where others' orders lie between.
    let more = usize::try_from(limit).is_ok_and(|limit| found.len() > limit);
    let looked_at = found
        .iter()
        .take(usize::try_from(limit).unwrap_or_default());
    let last = looked_at.clone().next_back().filter(|_| more);
    let next = last.map(|order| place(order.waits_since.unwrap_or(order.wanted.by), order));
    let mut items = Vec::new();
    for order in looked_at {
        if staff.reaches_node(&app, Some(order.organization)).await? {
            items.push(order.clone().into());
        }
    }
    Ok(Json(Page::new(items, next)))
}

/// The order, and that this caller reaches who sees to it. For what they do not reach there is nothing.
pub(super) async fn reached(app: &App, staff: &Caller, order: OrderId) -> Result<Order, Problem> {
    let order = app.ledger.order(staff.program, order).await?;
    let order = order.ok_or_else(Problem::not_found)?;
    let reached = staff.reaches_node(app, Some(order.organization)).await?;
    reached.then_some(order).ok_or_else(Problem::not_found)
}

/// What only who does an order may read.
#[derive(Debug, Serialize, ToSchema)]
struct DetailsView {
    /// What the resident wrote: address, phone and the like. Null once it is forgotten, 30 days after the order is over.
    text: Option<String>,
    /// Degrees, in WGS-84.
    latitude: Option<f64>,
    longitude: Option<f64>,
}

/// What only who does an order may read
///
/// Staff who see to it, and members while they have it on their hands.
#[utoipa::path(get, path = "/v1/orders/{id}/details", tag = "orders", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As the resident wrote it", body = DetailsView), Reading))]
async fn details(
    State(app): State<App>,
    caller: Participant,
    Path(id): Path<Uuid>,
) -> Result<Response, Problem> {
    let program = caller.program;
    let order = in_hand(&app, &caller, OrderId(id)).await?;
    let point = order.position.map(|position| position.point());
    let view = DetailsView {
        text: details_of(&app, program, &order).await?,
        latitude: point.map(|point| point.y()),
        longitude: point.map(|point| point.x()),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(view)).into_response())
}

/// The order, for who may read what only who does it may: staff who reach who sees to it, and members while they have it on their hands.
pub(super) async fn in_hand(app: &App, caller: &Caller, order: OrderId) -> Result<Order, Problem> {
    match caller.actor.member.filter(|_| caller.is_member()) {
        Some(member) => {
            let order = known(app, caller, order).await?;
            let theirs = has_taken(app, caller.program, order.id, member).await?;
            theirs.then_some(order).ok_or_else(Problem::not_found)
        }
        None => reached(app, caller, order).await,
    }
}

/// Whether a member has an order on their hands: until they say that it is done they may read what only who does it may.
async fn has_taken(
    app: &App,
    program: ProgramId,
    order: OrderId,
    member: MemberId,
) -> Result<bool, StoreError> {
    let (mut after, page) = (DeedId(Uuid::nil()), 200);
    loop {
        let parts = app
            .ledger
            .parts_of_order(program, order, after, page)
            .await?;
        let taken = |part: &ledger::views::DeedView| {
            part.record.member == member && part.record.state == DeedState::Promised
        };
        if parts.iter().any(taken) {
            return Ok(true);
        }
        match parts.last() {
            Some(last) if i64::try_from(parts.len()).is_ok_and(|count| count == page) => {
                after = last.record.id;
            }
            _ => return Ok(false),
        }
    }
}

/// The order as far as this caller may know of it: members know of what was posted.
pub(super) async fn known(app: &App, caller: &Caller, order: OrderId) -> Result<Order, Problem> {
    let order = app.ledger.order(caller.program, order).await?;
    let order = order.ok_or_else(Problem::not_found)?;
    let hidden = order.state == OrderState::Asked
        && (caller.is_member() || !caller.reaches_node(app, Some(order.organization)).await?);
    match hidden {
        true => Err(Problem::not_found()),
        false => Ok(order),
    }
}

/// One order
#[utoipa::path(get, path = "/v1/orders/{id}", tag = "orders", params(("id" = Uuid, Path)),
    responses((status = OK, description = "As it stands", body = OrderView), Reading))]
async fn get(
    State(app): State<App>,
    caller: MemberFacing,
    Path(id): Path<Uuid>,
) -> Result<Json<OrderView>, Problem> {
    let order = known(&app, &caller, OrderId(id)).await?;
    Ok(Json(order.into()))
}

/// Post what a resident asks for
///
/// Having looked at it, staff say what members may read of it. From now on they answer for it.
#[utoipa::path(post, path = "/v1/orders/{id}/accept", tag = "orders", request_body = WantedBody,
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "Members may take it on", body = Registered), Changing))]
async fn accept(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    Path(id): Path<Uuid>,
    ValidatedJson(body): ValidatedJson<WantedBody>,
) -> Result<Json<Registered>, Problem> {
    let order = reached(&app, &staff, OrderId(id)).await?.id;
    let position = body.position.and_then(PositionBody::position);
    let command = OrderCommand::Accept {
        order,
        wanted: Box::new(body.wanted()),
        position,
    };
    Ok(Json(registered(&app, &staff, key, of(command)).await?))
}

/// Take an order back
///
/// Or do not post what a resident asks for. What members say that they did can still be confirmed.
#[utoipa::path(post, path = "/v1/orders/{id}/withdraw", tag = "orders",
    params(("id" = Uuid, Path), ("Idempotency-Key" = Option<String>, Header)),
    responses((status = OK, description = "Nobody can take it on any more", body = Registered), Changing))]
async fn withdraw(
    State(app): State<App>,
    staff: Awarder,
    key: Option<IdempotencyKey>,
    Path(id): Path<Uuid>,
) -> Result<Json<Registered>, Problem> {
    let order = reached(&app, &staff, OrderId(id)).await?.id;
    let command = OrderCommand::Withdraw { order };
    Ok(Json(registered(&app, &staff, key, of(command)).await?))
}

/// Who does or did an order
#[utoipa::path(get, path = "/v1/orders/{id}/parts", tag = "orders", params(("id" = Uuid, Path), PageQuery),
    responses((status = OK, description = "A page of deeds", body = Page<DeedView>), Reading))]
async fn parts(
    State(app): State<App>,
    staff: Awarder,
    Path(id): Path<Uuid>,
    Query(query): Query<PageQuery>,
) -> Result<Json<Page<DeedView>>, Problem> {
    let order = reached(&app, &staff, OrderId(id)).await?.id;
    let limit = limit(query.limit)?;
    let after = cursor::<Uuid>(query.cursor.as_deref())?.unwrap_or_default();
    let parts = app
        .ledger
        .parts_of_order(staff.program, order, DeedId(after), limit + 1);
    Ok(Json(Page::of(
        parts.await?,
        limit,
        |part: &ledger::views::DeedView| part.record.id,
    )))
}

/// Something that staff reach, or a code of theirs, is needed: what is missing is said.
pub(super) fn needed(field: &'static str, why: &str) -> Problem {
    let error = crate::problem::FieldError::new(field, "required", why.to_owned());
    Problem::new(Code::InvalidBody, why.to_owned()).with_errors(vec![error])
}
