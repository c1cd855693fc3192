//! 群众点单 at the desk: what residents ask for is looked at and posted, what was done is confirmed.

mod orders;
mod typed;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::attachment::AttachmentKind;
use ledger::community::order::{DEED_KIND, Order, OrderState};
use ledger::ids::{DeedId, OrderId, derived};
use ledger::machine::Command;
use ledger::machine::award::Reason;
use ledger::machine::deeds::{DeedBody, DeedState, OrderCommand};
use ledger::policy::deed::Choice;
use ledger::views::{DeedView, Register};
use ledger::{StoreError, Upload, WriteError};
use uuid::Uuid;

use super::station::home;
use crate::ordering::{details_of, new_order};
use crate::web::Web;
use crate::web::format::{field, moment};
use crate::web::lists::{Asked, List, Tools};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::rider::activities::said;
use crate::web::rider::orders::{Listed, listed};
use crate::web::visitor::Reached;
use crate::web::visitor::{At, Awarder, Id, request};
use crate::web::words::orders::{order_state, part_state};
use crate::web::wrong::Wrong;

use orders::{Row, orders};
use typed::{Typed, flaw};

/// How many parts in an order are shown.
const MOST: i64 = 200;

#[derive(Template)]
#[template(path = "desk/ordering.html")]
struct Ordering {
    frame: Frame,
    waiting: Vec<Listed>,
    posted: Vec<Listed>,
    tools: Tools,
    typed: Typed,
    categories: Vec<(&'static str, &'static str)>,
    beneficiaries: Vec<(&'static str, &'static str)>,
    /// Where residents ask for something, if the organization has a code.
    wish: Option<String>,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "desk/order.html")]
struct OrderPage {
    frame: Frame,
    id: Uuid,
    title: String,
    what: Listed,
    state: &'static str,
    asked: bool,
    open: bool,
    details: String,
    /// The resident's code, and where they confirm with it.
    code: Option<(String, String)>,
    parts: Vec<PartRow>,
    typed: Typed,
    categories: Vec<(&'static str, &'static str)>,
    beneficiaries: Vec<(&'static str, &'static str)>,
    wrong: Wrong,
}

impl OrderPage {
    /// With what was typed, where that was how it is to be posted, and what is wrong.
    fn again(self, typed: Typed, wrong: Wrong) -> Self {
        match typed.accepts() {
            true => Self {
                typed,
                wrong,
                ..self
            },
            false => Self { wrong, ..self },
        }
    }
}

/// Somebody's part in an order.
struct PartRow {
    deed: Uuid,
    name: String,
    state: &'static str,
    said: Vec<String>,
    waits: bool,
    photos: Vec<Uuid>,
    /// Whether one of them, or one like it, showed something else.
    seen_before: bool,
}

/// What a fact of an order can be.
pub fn choices(fact: &str) -> Vec<(&'static str, &'static str)> {
    let choices = ledger::policy::deed::choices(DEED_KIND, fact);
    let choice = |one: &Choice| (one.value, t(one.zh, one.en));
    choices.iter().map(choice).collect()
}

/// `GET /{program}/desk/orders`.
pub async fn list(At(web): At, staff: Awarder, Query(asked): Query<Asked>) -> Page {
    let found = asked.search(orders(&web, &staff.0).await?);
    if let Some(file) = asked.file("requests", &found) {
        return file.await;
    }
    let list = asked.page(&[], found);
    show(&listing(&web, &staff, Typed::fresh(&web), list).await?)
}

/// The form as it was typed.
async fn again(
    web: &Web,
    staff: &Awarder,
    status: StatusCode,
    (typed, wrong): (Typed, Wrong),
) -> Page {
    let found = orders(web, &staff.0).await?;
    let list = Asked::default().page(&[], found);
    let view = listing(web, staff, typed, list).await?;
    show_as(status, &Ordering { wrong, ..view })
}

async fn listing(
    web: &Web,
    staff: &Awarder,
    typed: Typed,
    list: List<Row>,
) -> Result<Ordering, Trouble> {
    let (waiting, posted): (Vec<Row>, Vec<Row>) = list.rows.into_iter().partition(|row| row.waits);
    let code = match home(web, &staff.0).await? {
        Some(home) => web.ledger.join_code(web.program.id, home).await?,
        None => None,
    };
    let code = code.filter(|code| code.expires_at > web.now());
    Ok(Ordering {
        frame: Frame::new(web, t("群众点单", "Requests"), Some(&staff.0)),
        waiting: waiting.into_iter().map(|row| row.listed).collect(),
        posted: posted.into_iter().map(|row| row.listed).collect(),
        tools: list.tools,
        typed,
        categories: choices("category"),
        beneficiaries: choices("beneficiary"),
        wish: code.map(|code| web.path(&format!("wish/{}", code.code))),
        wrong: Wrong::default(),
    })
}

/// `POST /{program}/desk/orders`: posts one, once for each form.
pub async fn post(At(web): At, staff: Awarder, Form(mut typed): Form<Typed>) -> Page {
    let Some(organization) = home(&web, &staff.0).await? else {
        let words = t(
            "您还没有归属的组织，请管理员先登记。",
            "You belong to no organisation yet. Please ask an administrator to record one.",
        );
        let form = (typed, Wrong::with("form", words));
        return again(&web, &staff, StatusCode::CONFLICT, form).await;
    };
    let wanted = match typed.wanted(&web) {
        Ok(wanted) => wanted,
        Err(wrong) => {
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return again(&web, &staff, status, (typed, wrong)).await;
        }
    };
    let actor = staff.0.caller.actor;
    // The same form is the same order.
    let id = OrderId(derived(&[
        b"order",
        actor.id.0.as_bytes(),
        typed.key.as_bytes(),
    ]));
    let request = request(&staff.0, Some(typed.key.clone()));
    let before = web.ledger.outcome_of(&request, "order.post").await?;
    if matches!(before, Some(Ok(_))) {
        return go(&web.path(&format!("desk/orders/{id}")));
    }
    let mut details = None;
    let text = typed.details.trim();
    if !text.is_empty() {
        let text = Upload::Text(text.chars().take(2_000).collect());
        let kept = web.ledger.upload(web.program.id, &actor, text).await;
        match kept {
            Ok(kept) => details = Some(kept.id),
            Err(error) => {
                tracing::warn!(%error, "what goes with an order was not kept");
                let words = t(
                    "联系方式没有保存上，请稍后再试。",
                    "What goes with it could not be kept. Please try again later.",
                );
                let form = (typed, Wrong::with("form", words));
                return again(&web, &staff, StatusCode::SERVICE_UNAVAILABLE, form).await;
            }
        }
    }
    let code = web.ledger.order_code(web.program.id, id);
    let of = (web.program.id, id);
    let order = Order {
        details,
        ..new_order(of, organization, wanted, actor, code.as_deref())
    };
    let command = Command::Order(Box::new(OrderCommand::Post(Box::new(order))));
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path(&format!("desk/orders/{id}"))),
        Err(error) => {
            typed.renew(&error);
            let form = (typed, flaw(&error));
            again(&web, &staff, StatusCode::CONFLICT, form).await
        }
    }
}

async fn reached(web: &Web, staff: &Awarder, id: OrderId) -> Result<Order, Trouble> {
    let order = web.ledger.order(web.program.id, id).await?;
    let order = order.ok_or(Trouble::Missing)?;
    let node = Some(order.organization);
    let reached = staff.0.caller.reaches_node(&web.app, node).await?;
    reached.then_some(order).ok_or(Trouble::Missing)
}

/// `GET /{program}/desk/orders/{id}`.
pub async fn one(At(web): At, staff: Awarder, server: Reached, Id(id): Id<OrderId>) -> Page {
    let order = reached(&web, &staff, id).await?;
    show(&page(&web, &staff, &server, order).await?)
}

async fn page(
    web: &Web,
    staff: &Awarder,
    Reached(server): &Reached,
    order: Order,
) -> Result<OrderPage, Trouble> {
    let program = web.program.id;
    let code = web.ledger.order_code(program, order.id);
    let code = code.filter(|_| order.state.is_open()).map(|code| {
        let path = web.path(&format!("confirm/{}", order.id));
        (code, format!("{server}{path}"))
    });
    let details = details_of(&web.app, program, &order).await?;
    let first = DeedId(Uuid::nil());
    let found = web.ledger.parts_of_order(program, order.id, first, MOST);
    let mut parts = Vec::new();
    for part in found.await? {
        let (deed, member) = (part.record.id.0, part.record.member.0);
        let named = web.ledger.registered(program, Register::Members, member);
        let shown = shown(web, &part).await?;
        let seen_before =
            !shown.is_empty() && !web.ledger.twins_of(program, deed).await?.is_empty();
        parts.push(PartRow {
            photos: shown,
            seen_before,
            deed,
            name: named.await?.map_or_else(String::new, |named| named.name),
            state: part_state(part.record.state),
            said: said(web, &part).await?,
            waits: part.record.state == DeedState::Begun,
        });
    }
    let typed = Typed {
        category: order.wanted.category.clone(),
        beneficiary: order.wanted.beneficiary.clone(),
        by: field(order.wanted.by, &web.zone()),
        ..Typed::fresh(web)
    };
    let since = order.waits_since.map(|at| moment(at, &web.zone()));
    Ok(OrderPage {
        frame: Frame::new(web, t("群众点单", "Requests"), Some(&staff.0)),
        id: order.id.0,
        title: order.wanted.title.clone(),
        what: listed(web, &order, since.unwrap_or_default()),
        state: order_state(order.state),
        asked: order.state == OrderState::Asked,
        open: order.state.is_open(),
        details: details.unwrap_or_default(),
        code,
        parts,
        typed,
        categories: choices("category"),
        beneficiaries: choices("beneficiary"),
        wrong: Wrong::default(),
    })
}

/// The photos that show what was done, if there are any.
async fn shown(web: &Web, part: &DeedView) -> Result<Vec<Uuid>, StoreError> {
    let reported = match &part.record.body {
        DeedBody::Order(claim) => claim.reported,
        _ => None,
    };
    if reported.is_none_or(|reported| reported.photos == 0) {
        return Ok(Vec::new());
    }
    let of = part.record.id.0;
    let attached = web.ledger.attachments_of(web.program.id, of).await?;
    let photos = attached
        .iter()
        .filter(|one| one.kind == AttachmentKind::Photo);
    Ok(photos.map(|photo| photo.id.0).collect())
}

/// `POST /{program}/desk/orders/{id}`: let in, taken back; what was done confirmed or refused.
pub async fn act(
    At(web): At,
    staff: Awarder,
    server: Reached,
    Id(order): Id<OrderId>,
    Form(mut typed): Form<Typed>,
) -> Page {
    let known = reached(&web, &staff, order).await?;
    let deed = typed
        .deed
        .parse()
        .map(DeedId)
        .unwrap_or(DeedId(Uuid::nil()));
    if matches!(typed.act.as_str(), "confirm" | "refuse") {
        let view = web.ledger.deed(web.program.id, deed).await?;
        let of = view.and_then(|view| view.record.order());
        if of != Some(order) {
            return Err(Trouble::Missing);
        }
    }
    let command = match typed.act.as_str() {
        "accept" => match typed.wanted(&web) {
            Ok(wanted) => OrderCommand::Accept {
                order,
                wanted: Box::new(wanted),
                position: None,
            },
            Err(wrong) => {
                let view = page(&web, &staff, &server, known).await?;
                let view = view.again(typed, wrong);
                return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
            }
        },
        "withdraw" => OrderCommand::Withdraw { order },
        "confirm" => OrderCommand::Confirm {
            deed,
            code_hash: None,
        },
        "refuse" => OrderCommand::Refuse {
            deed,
            reason: Reason::NotAsClaimed,
        },
        _ => return Err(Trouble::Missing),
    };
    let request = request(&staff.0, Some(typed.key.clone()));
    let done = web
        .app
        .execute_deed(&request, Command::Order(Box::new(command)));
    match done.await {
        Ok(_) => go(&web.path(&format!("desk/orders/{order}"))),
        // What was typed stays; a button is simply pressed again.
        Err(error) if typed.accepts() || matches!(error, WriteError::Rejected(_)) => {
            typed.renew(&error);
            let now = reached(&web, &staff, order).await?;
            let view = page(&web, &staff, &server, now).await?;
            show_as(StatusCode::CONFLICT, &view.again(typed, flaw(&error)))
        }
        Err(error) => Err(Trouble::Write(error)),
    }
}
