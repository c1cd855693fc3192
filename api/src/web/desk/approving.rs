//! 待审批: what waits for an approver, with what shows it; many decided at once; objections that wait for a reviewer.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use futures::future::join_all;
use ledger::StoreError;
use ledger::community::attachment::AttachmentKind;
use ledger::community::{Verb, Verbs};
use ledger::ids::AwardId;
use ledger::machine::award::contest::Finding;
use ledger::machine::deeds::{DeedBody, Mark};
use ledger::machine::{Award, Command, Reason};
use ledger::policy::evidence_classes;
use ledger::views::Register;
use serde::Deserialize;
use uuid::Uuid;

use crate::evidence::{self, Evidence};
use crate::web::format::{full, moment, points};
use crate::web::names::name;
use crate::web::page::{Frame, Page, Trouble, go, show_as};
use crate::web::public::notice::said;
use crate::web::reading::{Say, counted, language, say, t};
use crate::web::visitor::{Approver, At, Id, Minder, Visitor, request};
use crate::web::{Web, words};

/// How many are shown, and decided, at once.
const SHOWN: i64 = 50;
/// How many objections are shown.
const DISPUTES: i64 = 50;

#[derive(Template)]
#[template(path = "desk/approving.html")]
struct Approving {
    frame: Frame,
    items: Vec<Item>,
    /// Where the next page begins.
    next: Option<Uuid>,
    paged: bool,
    disputes: Vec<Dispute>,
    reasons: Vec<(&'static str, &'static str)>,
    findings: Vec<(&'static str, &'static str)>,
    notice: Option<String>,
    problems: Vec<String>,
}

/// An award, and what shows it.
struct Item {
    id: Uuid,
    member: String,
    rule: String,
    points: String,
    at: String,
    by: String,
    /// Classes of evidence.
    evidence: String,
    /// Check-ins and check-outs of the deed on record.
    marks: Vec<String>,
    sentences: Vec<String>,
    last: Vec<String>,
    flags: Vec<String>,
    photos: Vec<Uuid>,
    texts: Vec<Uuid>,
}

/// An objection or appeal.
struct Dispute {
    id: Uuid,
    member: String,
    rule: String,
    points: String,
    ground: &'static str,
    appeal: bool,
    since: String,
    escalated: Option<String>,
    may_review: bool,
}

#[derive(Default, Deserialize)]
pub struct Paging {
    after: Option<AwardId>,
    done: Option<usize>,
}

/// `GET /{program}/desk/approvals`.
pub async fn show(At(web): At, Minder(visitor): Minder, Query(paging): Query<Paging>) -> Page {
    let notice = paging.done.map(decided);
    let view = view(&web, &visitor, paging.after, notice, Vec::new()).await?;
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
    if let Some(wrong) = wrong {
        let view = view(&web, &approver.0, None, None, vec![wrong.to_owned()]).await?;
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
    let mut problems = Vec::new();
    for outcome in join_all(each).await {
        problems.extend(outcome?);
    }
    let done = ticked.len() - problems.len();
    if problems.is_empty() {
        return go(&web.path(&format!("desk/approvals?done={done}")));
    }
    let notice = Some(decided(done));
    let view = view(&web, &approver.0, None, notice, problems).await?;
    show_as(StatusCode::CONFLICT, &view)
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

#[derive(Deserialize)]
pub struct Verdict {
    #[serde(default)]
    finding: String,
    #[serde(default)]
    words: String,
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
    let refused = async |problem: String| {
        let view = view(&web, &approver.0, None, None, vec![problem]).await?;
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
        return go(&web.path("desk/approvals?done=1"));
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
        Ok(_) => go(&web.path("desk/approvals?done=1")),
        Err(error) => refused(words::failure(&error)).await,
    }
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    after: Option<AwardId>,
    notice: Option<String>,
    problems: Vec<String>,
) -> Result<Approving, StoreError> {
    let caller = &visitor.caller;
    let approver = caller.asking(Verbs::of(&[Verb::Approve]));
    let mut awards = match &approver {
        Some(approver) => approver.approvals(&web.app, after, SHOWN + 1).await?,
        None => Vec::new(),
    };
    let shown = usize::try_from(SHOWN).unwrap_or_default();
    let more = awards.len() > shown;
    awards.truncate(shown);
    let next = awards.last().filter(|_| more).map(|award| award.id.0);
    let mut items = Vec::with_capacity(awards.len());
    for evidence in evidence::of(&web.app, web.program.id, awards).await? {
        items.push(item(web, evidence).await?);
    }
    let mut disputes = Vec::new();
    for award in caller.disputes(&web.app, None, DISPUTES).await? {
        let may_review = approver.is_some() && caller.is_outside(&award);
        disputes.extend(dispute(web, may_review, &award).await?);
    }
    let reasons = Reason::ALL.into_iter().filter(|reason| reason.is_given());
    Ok(Approving {
        frame: Frame::new(web, t("待审批", "Approvals"), Some(visitor)),
        items,
        next,
        paged: after.is_some(),
        disputes,
        reasons: reasons.map(|r| (r.name(), words::reason(r))).collect(),
        findings: Finding::ALL
            .into_iter()
            .map(|finding| (finding.name(), words::finding(finding)))
            .collect(),
        notice,
        problems,
    })
}

async fn item(web: &Web, evidence: Evidence) -> Result<Item, StoreError> {
    let zone = web.zone();
    let award = &evidence.award;
    let classes = evidence_classes().iter();
    let classes = classes.filter(|class| award.deed.evidence.contains(class.value));
    let classes: Vec<&str> = classes.map(|class| t(class.zh, class.en)).collect();
    let mark = |what: &str, mark: &Mark| {
        let (at, by) = (moment(mark.at, &zone), words::proof(mark.by));
        say!("{what} {at}（{by}）", "{what} {at} ({by})")
    };
    let marks = match evidence.deed.as_ref().map(|deed| &deed.record.body) {
        Some(DeedBody::Attendance(part)) => {
            let checked_in = part
                .checked_in
                .iter()
                .map(|at| mark(t("签到", "Checked in"), at));
            let checked_out = part
                .checked_out
                .iter()
                .map(|at| mark(t("签退", "Checked out"), at));
            checked_in.chain(checked_out).collect()
        }
        Some(DeedBody::Shift(shift)) => {
            let grid = &shift.grid;
            let places = usize::try_from(shift.points).unwrap_or_default();
            let places = counted(places, "个地点", "place", "places");
            vec![say!("巡查 {grid}，{places}", "Patrol of {grid}, {places}")]
        }
        _ => Vec::new(),
    };
    let earlier = |award: &Award| {
        let state = words::award_state(award.state);
        let at = moment(award.deed.occurred_at, &zone);
        let points = points(award.points);
        say!(
            "{at}　{points} 分　{state}",
            "{at} · {points} points · {state}"
        )
    };
    let mut flags = Vec::new();
    if !evidence.alike.is_empty() {
        let alike = evidence.alike.len();
        let alike = counted(alike, "份登记", "other record", "other records");
        flags.push(say!("同一件事另有 {alike}", "{alike} of the same deed"));
    }
    if !evidence.same_photo.is_empty() {
        let alike = t(
            "照片与别处用过的相同或很像",
            "A photo is the same as one used elsewhere, or much like it",
        );
        flags.push(alike.to_owned());
    }
    let shown = |kind: AttachmentKind| {
        let all = evidence.attachments.iter();
        let of_kind = all.filter(move |attachment| attachment.kind == kind);
        of_kind.map(|attachment| attachment.id.0).collect()
    };
    if evidence.one_submitter {
        let same = t(
            "这位骑手近期的奖励几乎都由同一人登记",
            "Nearly all of this rider's recent awards were recorded by one person",
        );
        flags.push(same.to_owned());
    }
    Ok(Item {
        id: award.id.0,
        member: evidence.name.clone(),
        rule: award.trace.rule_title.clone(),
        points: points(award.points),
        at: moment(award.deed.occurred_at, &zone),
        by: name(web, Register::Staff, award.submitted_by.0).await?,
        evidence: classes.join(t("、", ", ")),
        marks,
        sentences: award.explained(language()),
        last: evidence.last.iter().map(earlier).collect(),
        flags,
        photos: shown(AttachmentKind::Photo),
        texts: shown(AttachmentKind::Text),
    })
}

async fn dispute(
    web: &Web,
    may_review: bool,
    award: &Award,
) -> Result<Option<Dispute>, StoreError> {
    let Some(objection) = award.objection else {
        return Ok(None);
    };
    let zone = web.zone();
    let since = objection.waits_since().unwrap_or(objection.at);
    Ok(Some(Dispute {
        id: award.id.0,
        member: name(web, Register::Members, award.member.0).await?,
        rule: award.trace.rule_title.clone(),
        points: points(award.points),
        ground: words::reason(objection.ground),
        appeal: objection.appeal.is_some(),
        since: full(since, &zone),
        escalated: objection.overdue_since().map(|at| full(at, &zone)),
        may_review,
    }))
}
