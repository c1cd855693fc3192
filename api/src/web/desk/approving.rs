//! 待审批: what waits for an approver, with what shows it; many decided at once; objections that wait for a reviewer.

mod disputes;
mod item;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use futures::future::join_all;
use ledger::StoreError;
use ledger::community::{Verb, Verbs};
use ledger::ids::AwardId;
use ledger::machine::award::contest::Finding;
use ledger::machine::{Award, Command, Reason};
use ledger::views::Register;
use serde::Deserialize;

use crate::evidence;
use crate::sheet::Cell;
use crate::web::audit::home::{Row, rows};
use crate::web::lists::whole;
use crate::web::lists::{Asked, Line, List, Tools};
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::public::notice::said;
use crate::web::reading::{Say, counted, language, say, t};
use crate::web::visitor::{Approver, At, Id, Minder, Visitor, request};
use crate::web::{Web, words};

use disputes::{Dispute, disputes};
use item::{Item, classes, item};

#[derive(Template)]
#[template(path = "desk/approving.html")]
struct Approving {
    frame: Frame,
    /// Those of a page, which are decided at once.
    items: Vec<Item>,
    tools: Tools,
    /// Which page of them that is, as it was asked for.
    page: String,
    disputes: Vec<Dispute>,
    /// By what is sent, what it is called, and whether it is chosen.
    reasons: Vec<(&'static str, &'static str, bool)>,
    /// What is wrong with the reason that is chosen.
    wrong: Option<&'static str>,
    findings: Vec<(&'static str, &'static str)>,
    notice: Option<String>,
    problems: Vec<String>,
}

impl Approving {
    /// Whether all that is on the page is ticked.
    fn all_ticked(&self) -> bool {
        self.items.iter().all(|item| item.ticked)
    }

    /// With these ticked still, and the reason chosen still.
    fn kept(mut self, ticked: &[AwardId], reason: Option<&str>) -> Self {
        for item in &mut self.items {
            item.ticked = ticked.iter().any(|award| award.0 == item.id);
        }
        for (value, _, chosen) in &mut self.reasons {
            *chosen = reason == Some(*value);
        }
        self
    }
}

/// An award as it is searched and taken along.
struct Queued {
    award: Award,
    row: Row,
}

impl Line for Queued {
    fn header() -> Vec<&'static str> {
        let more = [
            t("凭据", "Evidence"),
            t("怎么算的", "How it was worked out"),
        ];
        Row::header().into_iter().chain(more).collect()
    }

    fn cells(&self) -> Vec<Cell> {
        let sentences = self.award.explained(language());
        let more = [
            classes(&self.award).into(),
            sentences.join(t("；", "; ")).into(),
        ];
        self.row.cells().into_iter().chain(more).collect()
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Paging {
    done: Option<usize>,
    /// `all` shows the page with every award on it ticked.
    tick: String,
    page: String,
}

/// Where a form was sent from: what was looked for there, and on which page.
#[derive(Clone, Copy)]
struct Place<'f> {
    q: &'f str,
    page: &'f str,
}

impl Place<'_> {
    /// Its address, with how many were decided there.
    fn after(self, done: usize) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("done", &done.to_string());
        for (name, value) in [("q", self.q), ("page", self.page)] {
            if !value.is_empty() {
                query.append_pair(name, value);
            }
        }
        format!("desk/approvals?{}", query.finish())
    }
}

/// `GET /{program}/desk/approvals`.
pub async fn show(
    At(web): At,
    Minder(visitor): Minder,
    Query(paging): Query<Paging>,
    Query(asked): Query<Asked>,
) -> Page {
    let found = asked.search(queued(&web, &visitor, asked.reads()).await?);
    if let Some(file) = asked.file("approvals", &found) {
        return file.await;
    }
    let notice = paging.done.map(decided);
    let list = asked.page(&[], found);
    let mut view = view(&web, &visitor, list, notice, Vec::new()).await?;
    view.page = paging.page;
    for item in &mut view.items {
        item.ticked = paging.tick == "all";
    }
    show_as(StatusCode::OK, &view)
}

/// So many were.
fn decided(done: usize) -> String {
    let awards = counted(done, "笔", "award", "awards");
    say!("已办理 {awards}。", "{awards} decided.")
}

/// `POST /{program}/desk/approvals`: those that are ticked, each for itself. Pressed twice, each is done once.
pub async fn decide(
    At(web): At,
    approver: Approver,
    Form(fields): Form<Vec<(String, String)>>,
) -> Page {
    let field = |wanted: &str| {
        let found = fields.iter().find(|(name, _)| name == wanted);
        found.map(|(_, value)| value.as_str())
    };
    let ticked = fields.iter().filter(|(name, _)| name == "award");
    let ticked: Vec<AwardId> = ticked.filter_map(|(_, id)| id.parse().ok()).collect();
    let reason = field("reason").and_then(Reason::from_name);
    let reason = reason.filter(|reason| reason.is_given());
    let command: Option<fn(AwardId, Reason) -> Command> = match field("act") {
        Some("approve") => Some(|award, _| Command::ApproveAward { award }),
        Some("reject") if reason.is_some() => {
            Some(|award, reason| Command::RejectAward { award, reason })
        }
        Some("reject") => None,
        _ => return Err(Trouble::Missing),
    };
    let wrong = match (command, ticked.is_empty()) {
        (None, _) => Some(t("请先选不通过的原因。", "Please choose why not first.")),
        (_, true) => Some(t(
            "请先勾选要办理的奖励。",
            "Please tick the awards to decide first.",
        )),
        _ => None,
    };
    let place = Place {
        q: field("q").unwrap_or_default(),
        page: field("page").unwrap_or_default(),
    };
    if let Some(wrong) = wrong {
        let view = again(&web, &approver.0, place, None, vec![wrong.to_owned()]).await?;
        let mut view = view.kept(&ticked, field("reason"));
        view.wrong = command.is_none().then_some(wrong);
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    }
    let reason = reason.unwrap_or(Reason::Mistake);
    let Some(command) = command else {
        return Err(Trouble::Missing);
    };
    let act = field("act").unwrap_or_default();
    let each = ticked.iter().map(async |&award| {
        let key = format!("{act}-{award}-{}", field("reason").unwrap_or_default());
        one(&web, &approver, award, key, command(award, reason)).await
    });
    let (mut problems, mut left) = (Vec::new(), Vec::new());
    for (&award, outcome) in ticked.iter().zip(join_all(each).await) {
        if let Some(problem) = outcome? {
            problems.push(problem);
            left.push(award);
        }
    }
    let done = ticked.len() - problems.len();
    if problems.is_empty() {
        return go(&web.path(&place.after(done)));
    }
    let notice = Some(decided(done));
    let view = again(&web, &approver.0, place, notice, problems).await?;
    show_as(StatusCode::CONFLICT, &view.kept(&left, field("reason")))
}

/// Decides one; answers with why not, in a sentence.
async fn one(
    web: &Web,
    approver: &Approver,
    award: AwardId,
    key: String,
    command: Command,
) -> Result<Option<String>, StoreError> {
    if !approver.0.caller.reaches_award(&web.app, award).await? {
        return Ok(Some(
            t("没有这笔奖励。", "There is no such award.").to_owned(),
        ));
    }
    let request = request(&approver.0, Some(key));
    let Err(error) = web.app.execute(&request, command).await else {
        return Ok(None);
    };
    let award = web.ledger.award(web.program.id, award).await?;
    let whose = match award {
        Some(award) => name(web, Register::Members, award.member.0).await?,
        None => String::new(),
    };
    let why = words::failure(&error);
    Ok(Some(say!("{whose}：{why}", "{whose}: {why}")))
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Verdict {
    finding: String,
    words: String,
    q: String,
    page: String,
}

/// `POST /{program}/desk/objections/{id}`: what was found decides whether the objection is right.
pub async fn review(
    At(web): At,
    approver: Approver,
    Id(award): Id<AwardId>,
    Form(verdict): Form<Verdict>,
) -> Page {
    if !approver.0.caller.reaches_award(&web.app, award).await? {
        return Err(Trouble::Missing);
    }
    let (q, page) = (verdict.q.as_str(), verdict.page.as_str());
    let place = Place { q, page };
    let refused = async |problem: String| {
        let mut view = again(&web, &approver.0, place, None, vec![problem]).await?;
        for dispute in view.disputes.iter_mut().filter(|one| one.id == award.0) {
            dispute.found = verdict.finding.clone();
            dispute.words = verdict.words.clone();
        }
        show_as(StatusCode::CONFLICT, &view)
    };
    let Some(finding) = Finding::from_name(&verdict.finding) else {
        return refused(t("请先选复核结论。", "Please choose what you found first.").to_owned())
            .await;
    };
    // The review of an appeal is another request than the first.
    let found = web.ledger.award(web.program.id, award).await?;
    let objection = found.and_then(|award| award.objection);
    let appealed = objection.is_some_and(|objection| objection.appeal.is_some());
    let key = format!("review-{award}-{}-{appealed}", finding.name());
    let request = request(&approver.0, Some(key));
    if let Some(Ok(_)) = web.ledger.outcome_of(&request, "award.review").await? {
        return go(&web.path(&place.after(1)));
    }
    let words = match said(&web, &approver.0, &verdict.words).await {
        Ok(words) => words,
        Err(problem) => return refused(problem.to_owned()).await,
    };
    let command = Command::ReviewObjection {
        award,
        upheld: finding.reason().is_some(),
        finding: Some(finding),
        words,
    };
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path(&place.after(1))),
        Err(error) => refused(words::failure(&error)).await,
    }
}

/// The first that wait for this approver, the oldest at first.
async fn queued(web: &Web, visitor: &Visitor, most: usize) -> Result<Vec<Queued>, StoreError> {
    let Some(approver) = visitor.caller.asking(Verbs::of(&[Verb::Approve])) else {
        return Ok(Vec::new());
    };
    let (approver, app) = (&approver, &web.app);
    let page = |after, limit| async move { approver.approvals(app, after, limit).await };
    let place = |award: &Award| Some(award.id);
    let awards = whole::rows(most, None, place, page).await?;
    let rows = rows(web, &awards, visitor.id()).await?;
    let both = awards.into_iter().zip(rows);
    Ok(both.map(|(award, row)| Queued { award, row }).collect())
}

/// The page once more after a form, where it was sent from.
async fn again(
    web: &Web,
    visitor: &Visitor,
    place: Place<'_>,
    notice: Option<String>,
    problems: Vec<String>,
) -> Result<Approving, StoreError> {
    let asked = Asked::again(place.q, place.page);
    let found = asked.search(queued(web, visitor, asked.reads()).await?);
    let list = asked.page(&[], found);
    let view = view(web, visitor, list, notice, problems).await?;
    Ok(Approving {
        tools: view.tools.at(web.path("desk/approvals")),
        page: place.page.to_owned(),
        ..view
    })
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    list: List<Queued>,
    notice: Option<String>,
    problems: Vec<String>,
) -> Result<Approving, StoreError> {
    let awards = list.rows.into_iter().map(|queued| queued.award).collect();
    let mut items = Vec::new();
    for evidence in evidence::of(&web.app, web.program.id, awards).await? {
        items.push(item(web, evidence).await?);
    }
    let reasons = Reason::ALL.into_iter().filter(|reason| reason.is_given());
    Ok(Approving {
        frame: Frame::new(web, t("待审批", "Approvals"), Some(visitor)),
        items,
        tools: list.tools,
        page: String::new(),
        disputes: disputes(web, visitor).await?,
        reasons: reasons
            .map(|r| (r.name(), words::reason(r), false))
            .collect(),
        wrong: None,
        findings: Finding::ALL
            .into_iter()
            .map(|finding| (finding.name(), words::finding(finding)))
            .collect(),
        notice,
        problems,
    })
}
