//! 群众点单 as a rider sees it: what residents ask for, and what the rider has taken on.

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use ledger::clock::Timestamp;
use ledger::community::order::Order;
use ledger::ids::{DeedId, OrderId};
use ledger::machine::Command;
use ledger::machine::deeds::{DeedState, Done, OrderCommand};
use ledger::views::Due;
use serde::Deserialize;
use uuid::Uuid;

use super::activities::said;
use super::counter::fresh_key;
use super::format::{date, hour};
use super::order_words::part_state;
use super::page::{Frame, Page, Trouble, go, show, show_as};
use super::visitor::{At, Id, Rider, request};
use super::{Web, words};
use crate::ordering::details_of;

/// How many orders are listed, and how many deeds are looked through for the rider's own.
const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "orders.html")]
struct Orders {
    frame: Frame,
    posted: Vec<Listed>,
    mine: Vec<Mine>,
    key: String,
    problem: Option<String>,
}

/// An order in a list.
pub struct Listed {
    pub id: Uuid,
    pub title: String,
    /// Of what kind, and whom it serves.
    pub what: String,
    pub until: String,
    pub note: String,
    /// What it takes.
    pub skills: String,
}

/// An order that the rider has taken on, or had.
struct Mine {
    deed: Uuid,
    title: String,
    state: &'static str,
    said: Vec<String>,
    /// Whether they have it on their hands: until when, and what only who does it may read.
    open: Option<(String, String)>,
}

/// The word for what a fact of an order says.
pub fn choice(fact: &str, value: &str) -> &'static str {
    let kind = ledger::community::order::DEED_KIND;
    let found = ledger::policy::deed::choice(kind, fact, value);
    found.map_or("", |choice| choice.zh)
}

/// In a list.
pub fn listed(web: &Web, order: &Order, note: String) -> Listed {
    let (wanted, zone) = (&order.wanted, web.zone());
    let skills: Vec<&str> = wanted.skills.iter().map(String::as_str).collect();
    Listed {
        id: order.id.0,
        title: wanted.title.clone(),
        what: format!(
            "{} · {}",
            choice("category", &wanted.category),
            choice("beneficiary", &wanted.beneficiary)
        ),
        until: format!("{} {} 前", date(wanted.by, &zone), hour(wanted.by, &zone)),
        note,
        skills: skills.join("、"),
    }
}

/// `GET /{program}/orders`.
pub async fn list(At(web): At, rider: Rider) -> Page {
    show(&view(&web, &rider, None).await?)
}

async fn view(web: &Web, rider: &Rider, problem: Option<String>) -> Result<Orders, Trouble> {
    let program = web.program.id;
    let after = Due {
        since: web.now(),
        id: Uuid::max(),
    };
    let posted = web.ledger.orders_posted(program, after, MOST).await?;
    let free = posted.iter().filter(|order| order.room() > 0);
    let posted = free.map(|order| listed(web, order, format!("还要 {} 人", order.room())));
    Ok(Orders {
        frame: Frame::new(web, "群众点单", Some(&rider.0)),
        posted: posted.collect(),
        mine: mine(web, rider).await?,
        key: fresh_key(),
        problem,
    })
}

async fn mine(web: &Web, rider: &Rider) -> Result<Vec<Mine>, Trouble> {
    let (program, zone) = (web.program.id, web.zone());
    let before = Due {
        since: Timestamp::from_micros(i64::MAX),
        id: Uuid::max(),
    };
    let deeds = web.ledger.deeds_of(program, rider.member(), before, MOST);
    let mut mine = Vec::new();
    for deed in deeds.await? {
        let Some(order) = deed.record.order() else {
            continue;
        };
        let Some(order) = web.ledger.order(program, order).await? else {
            continue;
        };
        let open = match (deed.record.state, deed.record.due_at) {
            (DeedState::Promised, Some(due)) => {
                let until = format!("{} {}", date(due, &zone), hour(due, &zone));
                let text = details_of(&web.app, program, &order).await?;
                Some((until, text.unwrap_or_default()))
            }
            _ => None,
        };
        mine.push(Mine {
            deed: deed.record.id.0,
            state: part_state(deed.record.state),
            said: said(web, &deed).await?,
            title: order.wanted.title,
            open,
        });
    }
    Ok(mine)
}

#[derive(Deserialize)]
pub struct Act {
    act: String,
    key: String,
    #[serde(default)]
    minutes: String,
    #[serde(default)]
    people: String,
}

/// `POST /{program}/orders/{id}`: takes an order on; `id` is the order's.
pub async fn claim(
    At(web): At,
    rider: Rider,
    Id(order): Id<OrderId>,
    Form(act): Form<Act>,
) -> Page {
    let command = OrderCommand::Claim {
        order,
        member: rider.member(),
        team: None,
    };
    run(&web, &rider, act.key, command).await
}

/// `POST /{program}/orders/mine/{id}`: gives it back, or says that it is done; `id` is the deed's.
pub async fn act(At(web): At, rider: Rider, Id(deed): Id<DeedId>, Form(act): Form<Act>) -> Page {
    let view = web.ledger.deed(web.program.id, deed).await?;
    let theirs = view.is_some_and(|view| view.record.member == rider.member());
    if !theirs {
        return Err(Trouble::Missing);
    }
    let number = |text: &str| text.trim().parse().ok();
    let command = match act.act.as_str() {
        "release" => OrderCommand::Release { deed },
        "done" => OrderCommand::Done {
            deed,
            done: Done {
                minutes: number(&act.minutes),
                people: number(&act.people),
            },
            attachments: Vec::new(),
        },
        _ => return Err(Trouble::Missing),
    };
    run(&web, &rider, act.key, command).await
}

async fn run(web: &Web, rider: &Rider, key: String, command: OrderCommand) -> Page {
    let request = request(&rider.0, Some(key));
    let command = Command::Order(Box::new(command));
    match web.app.execute_deed(&request, command).await {
        Ok(_) => go(&web.path("orders")),
        Err(error) => {
            let view = view(web, rider, Some(words::failure(&error))).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}
