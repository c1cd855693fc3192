//! 群众点单 as a rider sees it: what residents ask for, and what the rider has taken on.

use askama::Template;
use axum::Form;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use ledger::clock::Timestamp;
use ledger::community::order::Order;
use ledger::ids::{DeedId, OrderId};
use ledger::machine::Command;
use ledger::machine::deeds::{DeedState, Done, OrderCommand};
use ledger::views::Due;
use serde::Deserialize;
use uuid::Uuid;

use super::activities::said;
use super::my_teams::teams_of;
use crate::ordering::details_of;
use crate::web::fields::fresh_key;
use crate::web::format::{date, hour};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::photos::{Wrong, keep_photos, must_be_meant, sent};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Id, Rider, request};
use crate::web::words::orders::part_state;
use crate::web::{Web, words};

/// How many orders are listed, and how many deeds are looked through for the rider's own.
const MOST: i64 = 100;

#[derive(Template)]
#[template(path = "rider/orders.html")]
struct Orders {
    frame: Frame,
    posted: Vec<Listed>,
    mine: Vec<Mine>,
    /// Codes and names of the teams that the rider may do it with.
    teams: Vec<(String, String)>,
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
    /// What was typed of it.
    minutes: String,
    people: String,
}

/// That an order is done, as it was typed.
#[derive(Default)]
struct Report {
    deed: Option<DeedId>,
    minutes: String,
    people: String,
    key: String,
    csrf: String,
    photos: Vec<Bytes>,
}

impl Report {
    async fn read(deed: DeedId, mut form: Multipart) -> Result<Self, Wrong> {
        let mut report = Self {
            deed: Some(deed),
            ..Self::default()
        };
        while let Some(field) = form.next_field().await? {
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "minutes" => report.minutes = field.text().await?,
                "people" => report.people = field.text().await?,
                "key" => report.key = field.text().await?,
                "csrf" => report.csrf = field.text().await?,
                "photo" => report.photos.extend(sent(field).await?),
                _ => {}
            }
        }
        Ok(report)
    }
}

/// The word for what a fact of an order says.
pub fn choice(fact: &str, value: &str) -> &'static str {
    let kind = ledger::community::order::DEED_KIND;
    let found = ledger::policy::deed::choice(kind, fact, value);
    found.map_or("", |choice| t(choice.zh, choice.en))
}

/// In a list.
pub fn listed(web: &Web, order: &Order, note: String) -> Listed {
    let (wanted, zone) = (&order.wanted, web.zone());
    let skills: Vec<&str> = wanted.skills.iter().map(String::as_str).collect();
    let (day, time) = (date(wanted.by, &zone), hour(wanted.by, &zone));
    Listed {
        id: order.id.0,
        title: wanted.title.clone(),
        what: format!(
            "{} · {}",
            choice("category", &wanted.category),
            choice("beneficiary", &wanted.beneficiary)
        ),
        until: say!("{day} {time} 前", "by {day} {time}"),
        note,
        skills: skills.join(t("、", ", ")),
    }
}

/// `GET /{program}/orders`.
pub async fn list(At(web): At, rider: Rider) -> Page {
    show(&view(&web, &rider, &Report::default(), None).await?)
}

async fn view(
    web: &Web,
    rider: &Rider,
    typed: &Report,
    problem: Option<String>,
) -> Result<Orders, Trouble> {
    let program = web.program.id;
    let after = Due {
        since: web.now(),
        id: Uuid::max(),
    };
    let posted = web.ledger.orders_posted(program, after, MOST).await?;
    let free = posted.iter().filter(|order| order.room() > 0);
    let posted = free.map(|order| {
        let room = order.room();
        listed(web, order, say!("还要 {room} 人", "Wanted: {room}"))
    });
    Ok(Orders {
        frame: Frame::new(web, t("群众点单", "Requests"), Some(&rider.0)),
        posted: posted.collect(),
        mine: mine(web, rider, typed).await?,
        teams: teams_of(web, rider.member()).await?,
        key: fresh_key(),
        problem,
    })
}

async fn mine(web: &Web, rider: &Rider, typed: &Report) -> Result<Vec<Mine>, Trouble> {
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
        let typed = Some(typed).filter(|typed| typed.deed == Some(deed.record.id));
        mine.push(Mine {
            minutes: typed.map_or_else(String::new, |typed| typed.minutes.clone()),
            people: typed.map_or_else(String::new, |typed| typed.people.clone()),
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
    /// In which team's name.
    #[serde(default)]
    team: String,
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
        team: (!act.team.is_empty()).then_some(act.team),
    };
    run(&web, &rider, act.key, command, &Report::default()).await
}

/// `POST /{program}/orders/mine/{id}`: gives it back; `id` is the deed's.
pub async fn act(At(web): At, rider: Rider, Id(deed): Id<DeedId>, Form(act): Form<Act>) -> Page {
    must_be_theirs(&web, &rider, deed).await?;
    if act.act != "release" {
        return Err(Trouble::Missing);
    }
    let command = OrderCommand::Release { deed };
    run(&web, &rider, act.key, command, &Report::default()).await
}

/// A deed of somebody else's is none.
async fn must_be_theirs(web: &Web, rider: &Rider, deed: DeedId) -> Result<(), Trouble> {
    let view = web.ledger.deed(web.program.id, deed).await?;
    let theirs = view.is_some_and(|view| view.record.member == rider.member());
    theirs.then_some(()).ok_or(Trouble::Missing)
}

/// `POST /{program}/orders/mine/{id}/done`: says that it is done, with photos that show it, once for each form; `id` is the deed's.
pub async fn done(At(web): At, rider: Rider, Id(deed): Id<DeedId>, form: Request) -> Page {
    must_be_theirs(&web, &rider, deed).await?;
    let form = match Multipart::from_request(form, &()).await {
        Ok(form) => form,
        Err(no_form) => return Ok(no_form.into_response()),
    };
    let report = Report::read(deed, form).await?;
    must_be_meant(&rider.0, &report.csrf)?;
    let own = request(&rider.0, Some(report.key.clone()));
    let before = web.ledger.outcome_of(&own, "order.done").await?;
    if matches!(before, Some(Ok(_))) {
        return go(&web.path("orders"));
    }
    let number = |text: &str| match text.trim() {
        "" => Ok(None),
        text => text.parse().map(Some),
    };
    let kept = match (number(&report.minutes), number(&report.people)) {
        (Ok(minutes), Ok(people)) => keep_photos(&web, &rider, &report.photos)
            .await
            .map(|photos| (Done { minutes, people }, photos)),
        _ => Err(t(
            "分钟和人数要填整数，不填就留空。",
            "Minutes and people are whole numbers; leave them empty if you do not know.",
        )
        .to_owned()),
    };
    let (done, attachments) = match kept {
        Ok(kept) => kept,
        Err(problem) => {
            let view = view(&web, &rider, &report, Some(problem)).await?;
            return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
        }
    };
    let command = OrderCommand::Done {
        deed,
        done,
        attachments,
    };
    run(&web, &rider, report.key.clone(), command, &report).await
}

async fn run(web: &Web, rider: &Rider, key: String, command: OrderCommand, typed: &Report) -> Page {
    let request = request(&rider.0, Some(key));
    let command = Command::Order(Box::new(command));
    match web.app.execute_deed(&request, command).await {
        Ok(_) => go(&web.path("orders")),
        Err(error) => {
            let problem = Some(words::failure(&error));
            let view = view(web, rider, typed, problem).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}
