//! 群众点单 as a rider sees it: what residents ask for, and what the rider has taken on.

use askama::Template;
use axum::Form;
use axum::body::Bytes;
use axum::extract::{FromRequest, Multipart, Query, Request};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use ledger::StoreError;
use ledger::community::order::Order;
use ledger::ids::{DeedId, OrderId};
use ledger::machine::Command;
use ledger::machine::deeds::{DeedState, Done, OrderCommand};
use ledger::views::{DeedView, Due};
use serde::Deserialize;
use uuid::Uuid;

use super::activities::done::{LOOKED_THROUGH, deeds};
use super::activities::said;
use super::me::calm;
use super::my_teams::teams_of;
use crate::ordering::details_of;
use crate::sheet::Cell;
use crate::web::fields::fresh_key;
use crate::web::format::{date, hour};
use crate::web::lists::{Asked, Line, List, Tools, whole};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::photos::{Wrong, keep_photos, must_be_meant, sent};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Id, Rider, request};
use crate::web::words::orders::part_state;
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "rider/orders.html")]
struct Orders {
    frame: Frame,
    /// What the rider has on their hands, what there is to take on, what they did before.
    mine: Vec<Mine>,
    posted: Vec<Listed>,
    past: Vec<Mine>,
    /// Whether there is nothing at all to take on.
    none: bool,
    tools: Option<Tools>,
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
    /// Of what kind, and whom it serves.
    what: String,
    state: &'static str,
    said: Vec<String>,
    /// Whether they have it on their hands: until when, and what only who does it may read.
    open: Option<(String, String)>,
    /// What was typed of it.
    minutes: String,
    people: String,
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
    let typed = Report::default();
    if asked.wants_file() {
        let found = entries(&web, &rider, &typed, &asked).await?;
        if let Some(file) = asked.file("requests", &found.rows) {
            return file.await;
        }
    }
    show(&view(&web, &rider, &typed, &asked, None).await?)
}

async fn view(
    web: &Web,
    rider: &Rider,
    typed: &Report,
    asked: &Asked,
    problem: Option<String>,
) -> Result<Orders, Trouble> {
    let Entries { rows, none } = entries(web, rider, typed, asked).await?;
    let List { rows, tools } = asked.page(&[], rows);
    let (mut mine, mut posted, mut past) = (Vec::new(), Vec::new(), Vec::new());
    for entry in rows {
        match entry {
            Entry::Mine(one) if one.open.is_some() => mine.push(one),
            Entry::Mine(one) => past.push(one),
            Entry::Posted(order) => posted.push(order),
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
        teams: teams_of(web, rider.member()).await?,
        key: fresh_key(),
        problem,
    })
}

/// What the rider has on their hands, what there is to take on, and what they did before: of the last as much as is asked for.
async fn entries(
    web: &Web,
    rider: &Rider,
    typed: &Report,
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
    typed: &Report,
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
async fn one(web: &Web, deed: &DeedView, order: Order, typed: &Report) -> Result<Mine, Trouble> {
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
    Ok(Mine {
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
            let view = view(&web, &rider, &report, &Asked::default(), Some(problem)).await?;
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
            let view = view(web, rider, typed, &Asked::default(), problem).await?;
            show_as(StatusCode::CONFLICT, &view)
        }
    }
}
