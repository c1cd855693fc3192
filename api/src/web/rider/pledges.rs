//! 承诺践诺: what a rider promises and how far they have come; and the board of those who let everybody see it.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use ledger::community::personal::masked;
use ledger::community::pledge::{Every, Measure, Pledge};
use ledger::ids::{PledgeId, derived};
use ledger::machine::Command;
use ledger::machine::pledges::PledgeCommand;
use ledger::policy::deed::kinds;
use ledger::views::Register;
use serde::Deserialize;
use std::sync::Arc;
use uuid::Uuid;

use super::me::calm;
use crate::sheet::Cell;
use crate::web::door::entrance::Visiting;
use crate::web::fields::fresh_key;
use crate::web::format::{date, day, field, from_field};
use crate::web::lists::{Asked, Line, List, Tools, whole};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, counted, say, t};
use crate::web::visitor::{At, Rider, request};
use crate::web::{Site, Web, words};

#[derive(Template)]
#[template(path = "rider/pledges.html")]
struct Pledges {
    frame: Frame,
    pledges: Vec<Row>,
    tools: Option<Tools>,
    kinds: Vec<(&'static str, &'static str)>,
    from: String,
    until: String,
    key: String,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "rider/board.html")]
struct Board {
    frame: Frame,
    list: List<Row>,
}

/// A pledge.
struct Row {
    id: Uuid,
    /// Whose, where others see it.
    who: String,
    what: String,
    when: String,
    goes_on: bool,
    /// What was done in each period.
    periods: Vec<String>,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("骑手", "Rider"),
            t("承诺", "Pledge"),
            t("期限", "When"),
            t("状态", "State"),
            t("每期", "Each period"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let state = match self.goes_on {
            true => t("进行中", "under way"),
            false => t("已结束", "over"),
        };
        vec![
            self.who.clone().into(),
            self.what.clone().into(),
            self.when.clone().into(),
            state.into(),
            self.periods.join(t("；", "; ")).into(),
        ]
    }
}

/// 每周 2 小时 志愿服务
fn what(pledge: &Pledge) -> String {
    let every = match pledge.every {
        Every::Week => t("每周", "a week"),
        Every::Month => t("每月", "a month"),
        Every::Quarter => t("每季度", "a quarter"),
        Every::Once => t("一共", "in all"),
    };
    let target = usize::try_from(pledge.target).unwrap_or_default();
    let target = match pledge.measure {
        Measure::Hours => counted(target, "小时", "hour", "hours"),
        Measure::Deeds => counted(target, "件", "deed", "deeds"),
    };
    let kind = pledge.kind.as_deref().and_then(ledger::policy::deed::kind);
    let any = t("各类事项", "any kind of deed");
    let kind = kind.map_or(any, |kind| t(kind.zh, kind.en));
    say!("{every} {target}{kind}", "{target} {every}, {kind}")
}

/// Pledges of one member.
async fn rows(web: &Web, pledges: Vec<Pledge>, who: &str) -> Result<Vec<Row>, Trouble> {
    let Some(first) = pledges.first() else {
        return Ok(Vec::new());
    };
    let (zone, now) = (web.zone(), web.now());
    let progress = web
        .ledger
        .progress_of(web.program.id, first.member, &pledges, &zone);
    let progress = progress.await?;
    let told = |pledge: &Pledge, done: i64| match pledge.measure {
        Measure::Hours => {
            let (hours, minutes) = (done / 60, done % 60);
            say!("{hours} 小时 {minutes} 分", "{hours} h {minutes} min")
        }
        Measure::Deeds => {
            let done = usize::try_from(done).unwrap_or_default();
            counted(done, "件", "deed", "deeds")
        }
    };
    let each = pledges.iter().zip(progress);
    Ok(each
        .map(|(pledge, periods)| Row {
            id: pledge.id.0,
            who: who.to_owned(),
            what: what(pledge),
            when: format!(
                "{}–{}",
                date(pledge.from, &zone),
                date(pledge.over_at(), &zone)
            ),
            goes_on: pledge.over_at() > now,
            periods: periods
                .iter()
                .rev()
                .take(8)
                .map(|period| {
                    let done = told(pledge, period.done);
                    let state = match (period.is_kept(), period.until > now) {
                        (true, _) => t("已做到", "kept"),
                        (false, true) => t("进行中", "under way"),
                        (false, false) => t("没做到", "not kept"),
                    };
                    let (day, date) = (day(period.from, &zone), date(period.from, &zone));
                    say!("{day} 起：{done}，{state}", "From {date}: {done}, {state}")
                })
                .collect(),
        })
        .collect())
}

/// `GET /{program}/me/pledges`.
pub async fn list(At(web): At, rider: Rider, Query(asked): Query<Asked>) -> Page {
    let found = asked.search(own(&web, &rider, asked.reads()).await?);
    if let Some(file) = asked.file("pledges", &found) {
        return file.await;
    }
    show(&view(&web, &rider, asked.page(&[], found), None))
}

/// Up to so many of the rider's, the newest first.
async fn own(web: &Web, rider: &Rider, most: usize) -> Result<Vec<Row>, Trouble> {
    let (ledger, program, member) = (&web.ledger, web.program.id, rider.member());
    let page = move |before: PledgeId, limit: i64| async move {
        ledger.pledges_of(program, member, before, limit).await
    };
    let place = |pledge: &Pledge| pledge.id;
    let newest = PledgeId(Uuid::max());
    let pledges = whole::rows(most, newest, place, page).await?;
    rows(web, pledges, &rider.0.name).await
}

fn view(
    web: &Web,
    rider: &Rider,
    List { rows, tools }: List<Row>,
    problem: Option<String>,
) -> Pledges {
    let (now, zone) = (web.now(), web.zone());
    Pledges {
        frame: Frame::new(web, t("我的承诺", "My pledges"), Some(&rider.0)),
        pledges: rows,
        tools: calm(tools),
        kinds: kinds()
            .iter()
            .map(|kind| (kind.name, t(kind.zh, kind.en)))
            .collect(),
        from: field(now, &zone),
        until: field(now.plus_seconds(90 * 86_400), &zone),
        key: fresh_key(),
        problem,
    }
}

/// The page once more, with what did not work.
async fn again(web: &Web, rider: &Rider, status: StatusCode, problem: String) -> Page {
    let asked = Asked::default();
    let found = own(web, rider, asked.reads()).await?;
    let list = asked.page(&[], found);
    show_as(status, &view(web, rider, list, Some(problem)))
}

#[derive(Deserialize)]
pub struct Act {
    #[serde(default)]
    act: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    pledge: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    measure: String,
    #[serde(default)]
    every: String,
    #[serde(default)]
    target: String,
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    #[serde(default)]
    shown: String,
}

impl Act {
    fn command(&self, web: &Web, rider: &Rider) -> Option<PledgeCommand> {
        let (member, zone) = (rider.member(), web.zone());
        if self.act == "end" {
            let pledge = PledgeId(self.pledge.parse().ok()?);
            return Some(PledgeCommand::End { pledge, member });
        }
        Some(PledgeCommand::Make(Pledge {
            // The same form is the same pledge.
            id: PledgeId(derived(&[
                b"pledge",
                member.0.as_bytes(),
                self.key.as_bytes(),
            ])),
            member,
            kind: (!self.kind.is_empty()).then(|| self.kind.clone()),
            measure: match self.measure.as_str() {
                "deeds" => Measure::Deeds,
                _ => Measure::Hours,
            },
            target: self.target.trim().parse().ok()?,
            every: match self.every.as_str() {
                "month" => Every::Month,
                "quarter" => Every::Quarter,
                "once" => Every::Once,
                _ => Every::Week,
            },
            from: from_field(&self.from, &zone)?,
            until: from_field(&self.until, &zone)?,
            shown: self.shown == "yes",
            ended_at: None,
        }))
    }
}

/// `POST /{program}/me/pledges`: promises something, or no more.
pub async fn act(At(web): At, rider: Rider, Form(act): Form<Act>) -> Page {
    let Some(command) = act.command(&web, &rider) else {
        let problem = t(
            "请把目标和起止时间填好。",
            "Please fill in how much, from when and until when.",
        );
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return again(&web, &rider, status, problem.to_owned()).await;
    };
    let request = request(&rider.0, Some(act.key));
    let command = Command::Pledge(Box::new(command));
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path("me/pledges")),
        Err(error) => again(&web, &rider, StatusCode::CONFLICT, words::failure(&error)).await,
    }
}

/// `GET /{program}/pledges`: for everybody, of those who agreed to it, with their names masked.
pub async fn board(
    State(site): State<Arc<Site>>,
    At(web): At,
    headers: HeaderMap,
    Query(asked): Query<Asked>,
) -> Page {
    let found = asked.search(shown(&web, asked.reads()).await?);
    if let Some(file) = asked.file("pledges", &found) {
        return file.await;
    }
    let visiting = Visiting::of(&site, &headers);
    show(&Board {
        frame: Frame::at_door(&web, t("承诺践诺", "Pledges kept"), visiting.csrf),
        list: asked.page(&[], found),
    })
}

/// Up to so many of those that everybody may see and that are not over.
async fn shown(web: &Web, most: usize) -> Result<Vec<Row>, Trouble> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = move |after: PledgeId, limit: i64| async move {
        ledger.pledges_shown(program, after, limit).await
    };
    let (first, place) = (PledgeId(Uuid::nil()), |pledge: &Pledge| pledge.id);
    let pledges = whole::rows(whole::MOST, first, place, page).await?;
    let now = web.now();
    let going_on = pledges.into_iter().filter(|pledge| pledge.over_at() > now);
    let mut shown = Vec::new();
    for pledge in going_on.take(most) {
        let named = ledger.registered(program, Register::Members, pledge.member.0);
        let who = named
            .await?
            .map_or_else(String::new, |named| masked(&named.name));
        shown.extend(rows(web, vec![pledge], &who).await?);
    }
    Ok(shown)
}
