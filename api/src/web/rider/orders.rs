//! 群众点单 as a rider sees it: what residents ask for, and what the rider has taken on.

mod acting;

use askama::Template;
use axum::extract::Query;
use ledger::StoreError;
use ledger::community::order::Order;
use ledger::machine::deeds::DeedState;
use ledger::views::{DeedView, Due};
use uuid::Uuid;

use super::activities::done::{LOOKED_THROUGH, deeds};
use super::activities::said;
use super::me::calm;
use super::my_teams::teams_of;
use crate::ordering::details_of;
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::format::{date, hour};
use crate::web::lists::{Asked, Line, List, Tools, whole};
use crate::web::page::{Frame, Page, Trouble, show};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Rider};
use crate::web::words::orders::part_state;
use crate::web::wrong::Wrong;

use acting::{FIELDS, Typed, field};
pub use acting::{act, claim, done};

#[derive(Template)]
#[template(path = "rider/orders.html")]
struct Orders {
    frame: Frame,
    /// What the rider has on their hands, what there is to take on, what they did before.
    mine: Vec<Mine>,
    posted: Vec<Posted>,
    past: Vec<Mine>,
    /// Whether there is nothing at all to take on.
    none: bool,
    tools: Option<Tools>,
    key: String,
    wrong: Wrong,
    problem: Option<String>,
}

/// An order that the rider may take on.
struct Posted {
    order: Listed,
    /// Codes and names of the teams that they may do it with, and whether one is chosen.
    teams: Vec<(String, String, bool)>,
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
    /// Of what kind, and whom it serves.
    what: String,
    state: &'static str,
    said: Vec<String>,
    /// Whether they have it on their hands: until when, and what only who does it may read.
    open: Option<(String, String)>,
    /// What was typed of it.
    minutes: String,
    people: String,
    /// What its fields are called on the page.
    minutes_field: String,
    people_field: String,
    photo_field: String,
}

/// A line of the list.
enum Entry {
    Mine(Mine),
    Posted(Listed),
}

impl Line for Entry {
    fn header() -> Vec<&'static str> {
        vec![
            t("事项", "What"),
            t("类别和服务对象", "Kind and whom it serves"),
            t("最晚", "By"),
            t("要会", "Needs"),
            t("状态", "State"),
            t("结果", "What came of it"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        match self {
            Self::Mine(one) => {
                let until = one.open.as_ref().map(|(until, _)| until.clone());
                vec![
                    one.title.clone().into(),
                    one.what.clone().into(),
                    until.unwrap_or_default().into(),
                    "".into(),
                    one.state.into(),
                    one.said.join(" ").into(),
                ]
            }
            Self::Posted(order) => vec![
                order.title.clone().into(),
                order.what.clone().into(),
                order.until.clone().into(),
                order.skills.clone().into(),
                t("可以接", "can be taken on").into(),
                order.note.clone().into(),
            ],
        }
    }
}

/// All that is listed, and whether there is anything to take on.
struct Entries {
    rows: Vec<Entry>,
    none: bool,
}

/// The word for what a fact of an order says.
pub fn choice(fact: &str, value: &str) -> &'static str {
    let kind = ledger::community::order::DEED_KIND;
    let found = ledger::policy::deed::choice(kind, fact, value);
    found.map_or("", |choice| t(choice.zh, choice.en))
}

/// Of what kind an order is, and whom it serves.
fn what(order: &Order) -> String {
    let wanted = &order.wanted;
    format!(
        "{} · {}",
        choice("category", &wanted.category),
        choice("beneficiary", &wanted.beneficiary)
    )
}

/// In a list.
pub fn listed(web: &Web, order: &Order, note: String) -> Listed {
    let (wanted, zone) = (&order.wanted, web.zone());
    let skills: Vec<&str> = wanted.skills.iter().map(String::as_str).collect();
    let (day, time) = (date(wanted.by, &zone), hour(wanted.by, &zone));
    Listed {
        id: order.id.0,
        title: wanted.title.clone(),
        what: what(order),
        until: say!("{day} {time} 前", "by {day} {time}"),
        note,
        skills: skills.join(t("、", ", ")),
    }
}

/// `GET /{program}/orders`.
pub async fn list(At(web): At, rider: Rider, Query(asked): Query<Asked>) -> Page {
    let typed = Typed::default();
    if asked.wants_file() {
        let found = entries(&web, &rider, &typed, &asked).await?;
        if let Some(file) = asked.file("requests", &found.rows) {
            return file.await;
        }
    }
    show(&view(&web, &rider, typed, &asked).await?)
}

async fn view(web: &Web, rider: &Rider, typed: Typed, asked: &Asked) -> Result<Orders, Trouble> {
    let Entries { rows, none } = entries(web, rider, &typed, asked).await?;
    let List { rows, tools } = asked.page(&[], rows);
    let teams = teams_of(web, rider.member()).await?;
    let chosen = |order: &Listed, team: &str| {
        let taking = typed.taking.as_ref();
        taking.is_some_and(|(id, with)| id.0 == order.id && with == team)
    };
    let (mut mine, mut posted, mut past) = (Vec::new(), Vec::new(), Vec::new());
    for entry in rows {
        match entry {
            Entry::Mine(one) if one.open.is_some() => mine.push(one),
            Entry::Mine(one) => past.push(one),
            Entry::Posted(order) => {
                let teams = teams.iter().map(|(team, name)| {
                    let chosen = chosen(&order, team);
                    (team.clone(), name.clone(), chosen)
                });
                let teams = teams.collect();
                posted.push(Posted { order, teams });
            }
        }
    }
    Ok(Orders {
        frame: Frame::new(web, t("群众点单", "Requests"), Some(&rider.0)),
        mine,
        posted,
        past,
        none,
        // A form of one order was sent to an address of its own.
        tools: calm(tools.at(web.path("orders"))),
        key: typed.again.unwrap_or_else(fresh_key),
        wrong: typed.wrong,
        problem: typed.problem,
    })
}

/// What the rider has on their hands, what there is to take on, and what they did before: of the last as much as is asked for.
async fn entries(
    web: &Web,
    rider: &Rider,
    typed: &Typed,
    asked: &Asked,
) -> Result<Entries, Trouble> {
    let (mut open, past) = mine(web, rider, typed, asked.reads()).await?;
    let posted = posted(web).await?;
    let none = posted.is_empty();
    open.extend(posted);
    open.extend(past);
    Ok(Entries {
        rows: asked.search(open),
        none,
    })
}

/// What there is to take on.
async fn posted(web: &Web) -> Result<Vec<Entry>, StoreError> {
    let after = Due {
        since: web.now(),
        id: Uuid::max(),
    };
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = move |after: Due, limit: i64| async move {
        ledger.orders_posted(program, after, limit).await
    };
    let place = |order: &Order| Due {
        since: order.wanted.by,
        id: order.id.0,
    };
    let posted = whole::rows(whole::MOST, after, place, page).await?;
    let free = posted.iter().filter(|order| order.room() > 0);
    let free = free.map(|order| {
        let room = order.room();
        Entry::Posted(listed(web, order, say!("还要 {room} 人", "Wanted: {room}")))
    });
    Ok(free.collect())
}

/// What the rider has on their hands, and up to so many that they had before, the newest first.
async fn mine(
    web: &Web,
    rider: &Rider,
    typed: &Typed,
    most: usize,
) -> Result<(Vec<Entry>, Vec<Entry>), Trouble> {
    let program = web.program.id;
    let (mut open, mut past) = (Vec::new(), Vec::new());
    let looked_through = most.max(LOOKED_THROUGH);
    for deed in deeds(web, rider.member(), looked_through).await? {
        let on_hand = deed.record.state == DeedState::Promised;
        let Some(order) = deed.record.order().filter(|_| on_hand || past.len() < most) else {
            continue;
        };
        let Some(order) = web.ledger.order(program, order).await? else {
            continue;
        };
        let one = one(web, &deed, order, typed).await?;
        match one.open.is_some() {
            true => open.push(Entry::Mine(one)),
            false => past.push(Entry::Mine(one)),
        }
    }
    Ok((open, past))
}

/// An order that was taken on, in words.
async fn one(web: &Web, deed: &DeedView, order: Order, typed: &Typed) -> Result<Mine, Trouble> {
    let (program, zone) = (web.program.id, web.zone());
    let open = match (deed.record.state, deed.record.due_at) {
        (DeedState::Promised, Some(due)) => {
            let until = format!("{} {}", date(due, &zone), hour(due, &zone));
            let text = details_of(&web.app, program, &order).await?;
            Some((until, text.unwrap_or_default()))
        }
        _ => None,
    };
    let typed = Some(typed).filter(|typed| typed.deed == Some(deed.record.id));
    let [minutes_field, people_field, photo_field] = FIELDS.map(|name| field(name, deed.record.id));
    Ok(Mine {
        minutes_field,
        people_field,
        photo_field,
        minutes: typed.map_or_else(String::new, |typed| typed.minutes.clone()),
        people: typed.map_or_else(String::new, |typed| typed.people.clone()),
        deed: deed.record.id.0,
        state: part_state(deed.record.state),
        said: said(web, deed).await?,
        what: what(&order),
        title: order.wanted.title,
        open,
    })
}
