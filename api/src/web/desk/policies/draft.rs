//! One draft: how its own cases fare, what it changes, what it would have done to a stretch of the past, and its approval by another person.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use jiff::Span;
use jiff::civil::Date;
use ledger::clock::Timestamp;
use ledger::community::{DraftState, PolicyDraft, Verb, changed_by};
use ledger::ids::DraftId;
use ledger::machine::{Command, Rejection};
use ledger::policy::Policy;
use ledger::simulation::{Period, Report, SimulationError};
use ledger::views::Register;
use ledger::{SimulateError, WriteError};
use serde::Deserialize;
use uuid::Uuid;

use crate::web::desk::policies::diff::changes;
use crate::web::desk::policies::told::{Told, told};
use crate::web::desk::policies::{Cases, PolicyName, Tag, mark_of, parsed, tag_of_draft, title_of};
use crate::web::fields::fresh_key;
use crate::web::format::{full, last_day, whole_date};
use crate::web::names::name as name_of;
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Id, Planner, Policymaker, Visitor, request};
use crate::web::{Web, words};

/// How many awards a request replays at most: as many as take a few seconds. The API has the same limit.
const MOST_AWARDS: usize = 50_000;
/// Over how many months a draft is simulated where nothing is said.
const MONTHS: i64 = 3;

#[derive(Template)]
#[template(path = "desk/policy_draft.html")]
struct DraftPage {
    frame: Frame,
    id: Uuid,
    name: String,
    title: String,
    tag: Tag,
    facts: Vec<(&'static str, String)>,
    cases: Option<Cases>,
    /// Whether there is a version that it changes.
    base: Option<i64>,
    changes: Vec<String>,
    source: String,
    may_change: bool,
    /// Whether whoever looks at it made it.
    own: bool,
    may_simulate: bool,
    may_approve: bool,
    typed: Typed,
    notice: Option<&'static str>,
    problem: Option<String>,
    told: Option<Told>,
}

/// The forms of the page.
#[derive(Clone, Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    act: String,
    #[serde(default)]
    key: String,
    /// The first day that is simulated, and the last.
    #[serde(default)]
    from: String,
    #[serde(default)]
    until: String,
    /// The day from which it is to be in force; empty is at once.
    #[serde(default)]
    effective: String,
}

/// What was just done.
#[derive(Default, Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

/// `GET /{program}/desk/policies/{policy}/drafts/{id}`.
pub async fn one(
    At(web): At,
    Planner(visitor): Planner,
    PolicyName(name): PolicyName,
    Id(id): Id<DraftId>,
    Query(done): Query<Done>,
) -> Page {
    let draft = found(&web, &name, id).await?;
    let notice = match done.done.as_str() {
        "saved" => Some(t("草案已保存。", "The draft is saved.")),
        "approved" => Some(t("草案已批准。", "The draft is approved.")),
        _ => None,
    };
    let view = view(&web, &visitor, draft, Typed::default()).await?;
    show(&DraftPage { notice, ..view })
}

/// Of that policy.
async fn found(web: &Web, name: &str, id: DraftId) -> Result<PolicyDraft, Trouble> {
    let draft = web.ledger.draft(web.program.id, id).await?;
    let draft = draft.filter(|draft| draft.name == name);
    draft.ok_or(Trouble::Missing)
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    draft: PolicyDraft,
    typed: Typed,
) -> Result<DraftPage, Trouble> {
    let now = web.now();
    let versions = web.ledger.policies(web.program.id).await?;
    let policy = parsed(&draft.name, &draft.source).ok();
    let base = changed_by(&draft, &versions, now);
    let may_change = visitor.may_everywhere(&[Verb::Policies]);
    let own = draft.imported_by == visitor.caller.actor.id;
    let ready = |states: &[DraftState]| may_change && states.contains(&draft.state);
    Ok(DraftPage {
        frame: Frame::new(web, t("办法草案", "Draft of a policy"), Some(visitor)),
        id: draft.id.0,
        title: title_of(policy.as_ref(), &draft.name),
        tag: tag_of_draft(&draft, &versions, now),
        facts: facts(web, &draft).await?,
        cases: policy.as_ref().map(Cases::of),
        changes: base.map_or_else(Vec::new, |base| {
            changes(&draft.name, &base.source, &draft.source)
        }),
        base: base.map(mark_of),
        may_simulate: ready(&[DraftState::Tested, DraftState::Simulated]),
        may_approve: ready(&[DraftState::Simulated]) && !own,
        typed: filled(typed, &draft, policy.as_ref(), now),
        may_change,
        own,
        notice: None,
        problem: None,
        told: None,
        source: draft.source,
        name: draft.name,
    })
}

/// Who did what with it, and when.
async fn facts(web: &Web, draft: &PolicyDraft) -> Result<Vec<(&'static str, String)>, Trouble> {
    let zone = web.zone();
    let author = name_of(web, Register::Staff, draft.imported_by.0).await?;
    let made = full(draft.imported_at, &zone);
    let mut facts = vec![(
        t("存入", "Made"),
        say!("{author}，{made}", "by {author}, {made}"),
    )];
    let simulated = draft.simulated.map(|over| {
        let (from, last) = (whole_date(over.from, &zone), last_day(over.until, &zone));
        say!("{from}至{last}", "{from} to {last}")
    });
    let not_yet = || t("还没有", "not yet").to_owned();
    facts.push((
        t("最近一次模拟", "Last simulated over"),
        simulated.unwrap_or_else(not_yet),
    ));
    let approved = match draft.approved_by {
        Some(who) => {
            let who = name_of(web, Register::Staff, who.0).await?;
            let when = draft.approved_at.map(|at| full(at, &zone));
            let when = when.unwrap_or_default();
            say!("{who}，{when}", "by {who}, {when}")
        }
        None => not_yet(),
    };
    facts.push((t("批准", "Approved"), approved));
    if let Some(from) = draft.effective_from {
        facts.push((t("施行", "In force from"), full(from, &zone)));
    }
    Ok(facts)
}

/// What was typed, or what is likely meant: the days last simulated, or the last months.
fn filled(typed: Typed, draft: &PolicyDraft, policy: Option<&Policy>, now: Timestamp) -> Typed {
    let usual = || {
        let policy = policy?;
        let (from, last) = match draft.simulated {
            Some(over) => (
                policy.day_of(over.from)?,
                policy.day_of(over.until)?.yesterday().ok()?,
            ),
            None => {
                let today = policy.day_of(now)?;
                let months = Span::new().months(MONTHS);
                (today.checked_sub(months).ok()?, today)
            }
        };
        Some((from.to_string(), last.to_string()))
    };
    let (from, until) = match typed.act == "simulate" {
        true => (typed.from, typed.until),
        false => usual().unwrap_or_default(),
    };
    let key = match typed.key.is_empty() {
        true => fresh_key(),
        false => typed.key,
    };
    Typed {
        key,
        from,
        until,
        ..typed
    }
}

/// Why something was not done, and with which status.
struct Refusal(StatusCode, String);

impl Refusal {
    fn unfilled(words: &str) -> Self {
        Self(StatusCode::UNPROCESSABLE_ENTITY, words.to_owned())
    }
}

/// `POST /{program}/desk/policies/{policy}/drafts/{id}`: simulates it, or puts it in force.
pub async fn act(
    At(web): At,
    Policymaker(visitor): Policymaker,
    PolicyName(name): PolicyName,
    Id(id): Id<DraftId>,
    Form(typed): Form<Typed>,
) -> Page {
    let draft = found(&web, &name, id).await?;
    let policy = parsed(&name, &draft.source).map_err(|_| Trouble::Missing)?;
    let refusal = match typed.act.as_str() {
        "simulate" => match simulate(&web, &visitor, (&draft, &policy), &typed).await? {
            Ok(report) => {
                let draft = found(&web, &name, id).await?;
                let view = view(&web, &visitor, draft, typed.again()).await?;
                let told = Some(told(&web, &visitor, &report).await?);
                return show(&DraftPage { told, ..view });
            }
            Err(refusal) => refusal,
        },
        "approve" => match approve(&web, &visitor, (&draft, &policy), &typed).await {
            Ok(()) => {
                let path = format!("desk/policies/{name}/drafts/{id}?done=approved");
                return go(&web.path(&path));
            }
            Err(refusal) => refusal,
        },
        _ => return Err(Trouble::Missing),
    };
    let Refusal(status, words) = refusal;
    let view = view(&web, &visitor, draft, typed.again()).await?;
    let problem = Some(words);
    show_as(status, &DraftPage { problem, ..view })
}

impl Typed {
    /// The same for another try, under another key.
    fn again(&self) -> Self {
        Self {
            key: fresh_key(),
            ..self.clone()
        }
    }
}

/// A draft, and what it says.
type Read<'d> = (&'d PolicyDraft, &'d Policy);

/// What the days that were named would have come to. That they were looked at is noted on the draft.
async fn simulate(
    web: &Web,
    visitor: &Visitor,
    (draft, policy): Read<'_>,
    typed: &Typed,
) -> Result<Result<Report, Refusal>, Trouble> {
    if !matches!(draft.state, DraftState::Tested | DraftState::Simulated) {
        let state = draft.state;
        let unready = Rejection::DraftNotReady {
            draft: draft.id,
            state,
        };
        return Ok(Err(refused(web, &WriteError::Rejected(unready))));
    }
    let Some(period) = period(policy, typed) else {
        return Ok(Err(Refusal::unfilled(t(
            "请选好模拟的第一天和最后一天，最后一天不能早于第一天。",
            "Please choose the first and the last day to simulate, the last not before the first.",
        ))));
    };
    let report = web
        .ledger
        .simulate(web.program.id, policy, period, Some(MOST_AWARDS), |_| {});
    let report = match report.await {
        Ok(report) => report,
        Err(error) => return Ok(Err(Refusal::unfilled(&unsimulated(error)?))),
    };
    let command = Command::PolicySimulated {
        draft: draft.id,
        from: period.from,
        until: period.until,
    };
    let request = request(visitor, Some(typed.key.clone()));
    match web.app.execute(&request, command).await {
        Ok(_) => Ok(Ok(report)),
        Err(error) => Ok(Err(refused(web, &error))),
    }
}

/// From the beginning of the first day to the end of the last, by the policy's calendar.
fn period(policy: &Policy, typed: &Typed) -> Option<Period> {
    let day = |text: &str| text.trim().parse::<Date>().ok();
    let (first, last) = (day(&typed.from)?, day(&typed.until)?);
    let period = Period {
        from: policy.start_of(first)?,
        until: policy.start_of(last.tomorrow().ok()?)?,
    };
    (first <= last).then_some(period)
}

/// Why there is no report.
fn unsimulated(error: SimulateError) -> Result<String, Trouble> {
    let words = match error {
        SimulateError::Store(error) => return Err(Trouble::Store(error)),
        SimulateError::TooMany { most } => say!(
            "这段时间的奖励超过 {most} 笔，请选短一些的时间；再长的可以在服务器上用 jifen policy simulate 模拟。",
            "There are more than {most} awards in these days. Please choose fewer days; \
             `jifen policy simulate` on the server takes any number."
        ),
        SimulateError::Simulation(SimulationError::UnknownBudget { budget }) => say!(
            "草案里的经费“{budget}”在本计划中没有。",
            "This programme has no budget “{budget}”, on which the draft draws."
        ),
        SimulateError::EmptyPeriod { .. } => t(
            "最后一天不能早于第一天。",
            "The last day cannot be before the first.",
        )
        .to_owned(),
        SimulateError::Simulation(error) => {
            tracing::error!(%error, "a draft could not be simulated");
            t(
                "模拟没有算完，请联系管理员。草案和施行中的办法都没有变。",
                "The simulation did not come to an end. Please ask an administrator. Nothing was changed.",
            )
            .to_owned()
        }
    };
    Ok(words)
}

/// Puts it in force from the day that was named, or at once.
async fn approve(
    web: &Web,
    visitor: &Visitor,
    (draft, policy): Read<'_>,
    typed: &Typed,
) -> Result<(), Refusal> {
    let text = typed.effective.trim();
    let day = text.parse::<Date>().ok();
    let effective_from = day.and_then(|day| policy.start_of(day));
    if !text.is_empty() && effective_from.is_none() {
        let words = t(
            "施行日期没有填对。要立即施行就留空。",
            "That is no day. To put it in force at once, leave it empty.",
        );
        return Err(Refusal::unfilled(words));
    }
    let command = Command::ApprovePolicies {
        drafts: vec![draft.id],
        effective_from,
    };
    let request = request(visitor, Some(typed.key.clone()));
    match web.app.execute(&request, command).await {
        Ok(_) => Ok(()),
        Err(error) => Err(refused(web, &error)),
    }
}

/// Why the ledger turned it down, in the words of this page.
fn refused(web: &Web, error: &WriteError) -> Refusal {
    let words = match error {
        WriteError::Rejected(Rejection::SelfApproval) => t(
            "草案是您存入的，不能由您批准，请另一位负责办法的人批准。",
            "You made this draft, so somebody else in charge of policies has to approve it.",
        )
        .to_owned(),
        WriteError::Rejected(Rejection::DraftNotReady { .. }) => t(
            "草案还没到这一步，或者已经批准过：例子先要全部符合，再模拟，再由另一个人批准。",
            "The draft is not that far, or was approved before: first its cases pass, then it is simulated, \
             then another person approves it.",
        )
        .to_owned(),
        WriteError::Rejected(Rejection::EffectiveInPast { .. }) => t(
            "施行日期要晚于今天。要立即施行就留空。",
            "It is put in force on a later day than today. To put it in force at once, leave the day empty.",
        )
        .to_owned(),
        WriteError::Rejected(Rejection::Superseded { from }) => {
            let from = full(*from, &web.zone());
            say!(
                "已有一个自 {from} 起施行的版本，这一份要在那以后施行。",
                "A version is on record that holds from {from}. This one has to come after it."
            )
        }
        error => words::failure(error),
    };
    Refusal(StatusCode::CONFLICT, words)
}
