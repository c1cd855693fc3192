//! 承诺践诺: what a rider promises and how far they have come; and the board of those who let everybody see it.

use askama::Template;
use axum::Form;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use ledger::WriteError;
use ledger::community::personal::masked;
use ledger::community::pledge::{Every, Measure, Pledge, PledgeProblem};
use ledger::ids::{PledgeId, derived};
use ledger::machine::deeds::DeedRejection;
use ledger::machine::pledges::PledgeCommand;
use ledger::machine::{Command, Rejection};
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
use crate::web::wrong::Wrong;
use crate::web::{Site, Web, words};

#[derive(Template)]
#[template(path = "rider/pledges.html")]
struct Pledges {
    frame: Frame,
    pledges: Vec<Row>,
    tools: Option<Tools>,
    kinds: Vec<(&'static str, &'static str)>,
    every: Vec<(&'static str, &'static str)>,
    measures: Vec<(&'static str, &'static str)>,
    typed: Act,
    wrong: Wrong,
    problem: Option<String>,
}

/// What is shown in the form, and what did not work.
struct Again {
    typed: Act,
    wrong: Wrong,
    problem: Option<String>,
}

impl Again {
    fn first(web: &Web) -> Self {
        Self {
            typed: Act::fresh(web),
            wrong: Wrong::default(),
            problem: None,
        }
    }

    /// What the ledger turned down, beside its field where it is about one.
    fn refused(typed: Act, error: &WriteError) -> Self {
        let words = words::failure(error);
        let (wrong, problem) = match field_of(error) {
            Some(field) => (Wrong::with(field, words), None),
            None => (Wrong::default(), Some(words)),
        };
        Self {
            typed,
            wrong,
            problem,
        }
    }
}

/// Which field of the form it is about.
fn field_of(error: &WriteError) -> Option<&'static str> {
    let WriteError::Rejected(Rejection::Deed(DeedRejection::BadPledge { problem })) = error else {
        return None;
    };
    Some(match problem {
        PledgeProblem::Kind => "kind",
        PledgeProblem::Target { .. } => "target",
        PledgeProblem::Period => "until",
    })
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
    let list = asked.page(&[], found);
    show(&view(&web, &rider, list, Again::first(&web)))
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

fn view(web: &Web, rider: &Rider, List { rows, tools }: List<Row>, again: Again) -> Pledges {
    Pledges {
        frame: Frame::new(web, t("我的承诺", "My pledges"), Some(&rider.0)),
        pledges: rows,
        tools: calm(tools),
        kinds: kinds()
            .iter()
            .map(|kind| (kind.name, t(kind.zh, kind.en)))
            .collect(),
        every: vec![
            ("week", t("每周", "each week")),
            ("month", t("每月", "each month")),
            ("quarter", t("每季度", "each quarter")),
            ("once", t("一共", "in all")),
        ],
        measures: vec![("hours", t("小时", "hours")), ("deeds", t("件", "deeds"))],
        typed: again.typed,
        wrong: again.wrong,
        problem: again.problem,
    }
}

/// The page once more, with what was typed and what did not work.
async fn again(web: &Web, rider: &Rider, status: StatusCode, again: Again) -> Page {
    let asked = Asked::default();
    let found = own(web, rider, asked.reads()).await?;
    show_as(status, &view(web, rider, asked.page(&[], found), again))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Act {
    act: String,
    key: String,
    pledge: String,
    kind: String,
    measure: String,
    every: String,
    target: String,
    from: String,
    until: String,
    shown: String,
}

impl Act {
    /// The form as it is at first.
    fn fresh(web: &Web) -> Self {
        let (now, zone) = (web.now(), web.zone());
        Self {
            key: fresh_key(),
            target: "2".to_owned(),
            from: field(now, &zone),
            until: field(now.plus_seconds(90 * 86_400), &zone),
            ..Self::default()
        }
    }

    /// What is promised, or what is wrong with how it was typed.
    fn promised(&self, web: &Web, rider: &Rider) -> Result<Pledge, Wrong> {
        let (member, zone) = (rider.member(), web.zone());
        let target = self.target.trim().parse::<i64>();
        let (from, until) = (
            from_field(&self.from, &zone),
            from_field(&self.until, &zone),
        );
        let (Ok(target), Some(from), Some(until)) = (&target, from, until) else {
            let mut wrong = Wrong::default();
            if target.is_err() {
                wrong.note(
                    "target",
                    t("请填整数，如 2。", "Please type a whole number, such as 2."),
                );
            }
            if from.is_none() {
                wrong.note("from", t("请填从什么时候起。", "Please say from when."));
            }
            if until.is_none() {
                wrong.note("until", t("请填到什么时候。", "Please say until when."));
            }
            return Err(wrong);
        };
        Ok(Pledge {
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
            target: *target,
            every: match self.every.as_str() {
                "month" => Every::Month,
                "quarter" => Every::Quarter,
                "once" => Every::Once,
                _ => Every::Week,
            },
            from,
            until,
            shown: self.shown == "yes",
            ended_at: None,
        })
    }
}

/// `POST /{program}/me/pledges`: promises something, or no more.
pub async fn act(At(web): At, rider: Rider, Form(mut act): Form<Act>) -> Page {
    let ends = act.act == "end";
    let command = if ends {
        let pledge = act.pledge.parse::<Uuid>().map_err(|_| Trouble::Missing)?;
        PledgeCommand::End {
            pledge: PledgeId(pledge),
            member: rider.member(),
        }
    } else {
        match act.promised(&web, &rider) {
            Ok(pledge) => PledgeCommand::Make(pledge),
            Err(wrong) => {
                let shown = Again {
                    typed: act,
                    wrong,
                    problem: None,
                };
                return again(&web, &rider, StatusCode::UNPROCESSABLE_ENTITY, shown).await;
            }
        }
    };
    let request = request(&rider.0, Some(act.key.clone()));
    let command = Command::Pledge(Box::new(command));
    let Err(error) = web.app.execute(&request, command).await else {
        return go(&web.path("me/pledges"));
    };
    if ends {
        act = Act::fresh(&web);
    } else if !words::may_try_again(&error) {
        act.key = fresh_key();
    }
    let shown = Again::refused(act, &error);
    again(&web, &rider, StatusCode::CONFLICT, shown).await
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
