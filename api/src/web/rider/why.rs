//! 为什么是这个数: an award or a redemption explained.

use askama::Template;
use axum::Form;
use futures::future::try_join_all;
use jiff::tz::TimeZone;
use ledger::community::paying::{ChargeGround, ChargeObjection};
use ledger::ids::{AwardId, RedemptionId};
use ledger::lots::Taking;
use ledger::machine::{Award, AwardState, Command, PayingCommand, RedemptionState, Rejection};
use ledger::policy::Fact;
use ledger::policy::deed::{FactSpec, FactType, kind};
use ledger::views::Register;
use ledger::{StoreError, WriteError};
use serde::Deserialize;
use uuid::Uuid;

use super::pending::stage;
use crate::web::fields::fresh_key;
use crate::web::format::{full, last_day, points};
use crate::web::names::name;
use crate::web::names::store_name;
use crate::web::page::{Frame, Page, Trouble, go, show};
use crate::web::public::notice::appealable;
use crate::web::reading::{Say, language, say, t};
use crate::web::visitor::{At, Id, Reader, Rider, request};
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "rider/why_award.html")]
struct WhyAward {
    frame: Frame,
    id: Uuid,
    /// Until when the rider may appeal against what was made of an objection.
    appeal: Option<String>,
    back: String,
    member: Option<String>,
    points: String,
    rule: String,
    policy: String,
    digest: String,
    state: &'static str,
    /// What it waits for, if it is not paid out.
    stage: Option<String>,
    stands: bool,
    sentences: Vec<String>,
    facts: Vec<(String, String)>,
    dates: Vec<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "rider/why_redemption.html")]
struct WhyRedemption {
    frame: Frame,
    back: String,
    store: String,
    address: String,
    points: String,
    state: &'static str,
    facts: Vec<(&'static str, String)>,
    lots: Vec<Part>,
    /// Under which key, and where to, one may object.
    objects: Option<(String, String)>,
    problem: Option<String>,
}

struct Part {
    what: String,
    why: String,
    taken: String,
    returned: Option<String>,
}

/// `GET /{program}/me/awards/{id}`: one's own.
pub async fn my_award(At(web): At, rider: Rider, Id(id): Id<AwardId>) -> Page {
    let award = web.ledger.award(web.program.id, id).await?;
    let award = award
        .filter(|award| award.member == rider.member())
        .ok_or(Trouble::Missing)?;
    let frame = Frame::new(&web, t("为什么是这个数", "Why this number"), Some(&rider.0));
    let mut view = explained(&web, frame, &award).await?;
    view.appeal = appealable(&web, &award);
    view.back = web.path("me");
    show(&view)
}

/// `GET /{program}/awards/{id}`: for staff and auditors, of anybody they see.
pub async fn award(At(web): At, reader: Reader, Id(id): Id<AwardId>) -> Page {
    let award = web.ledger.award(web.program.id, id).await?;
    let award = award.ok_or(Trouble::Missing)?;
    reader.0.must_see(&web, award.member).await?;
    let frame = Frame::new(
        &web,
        t("为什么是这个数", "Why this number"),
        Some(&reader.0),
    );
    let mut view = explained(&web, frame, &award).await?;
    view.member = Some(name(&web, Register::Members, award.member.0).await?);
    view.back = web.path(reader.0.home());
    show(&view)
}

async fn explained(web: &Web, frame: Frame, award: &Award) -> Result<WhyAward, StoreError> {
    Ok(WhyAward {
        frame,
        id: award.id.0,
        appeal: None,
        back: String::new(),
        member: None,
        points: points(award.points),
        rule: award.trace.rule_title.clone(),
        policy: award.trace.title.clone(),
        digest: award.digest.chars().take(12).collect(),
        state: words::award_state(award.state),
        stage: stage(award, &web.zone(), web.now()),
        stands: award.state.is_live(),
        sentences: award.explained(language()),
        facts: facts(award),
        dates: dates(web, award).await?,
    })
}

/// What happened to it when, and what is still to come.
async fn dates(web: &Web, award: &Award) -> Result<Vec<(&'static str, String)>, StoreError> {
    let zone = web.zone();
    let by = name(web, Register::Staff, award.submitted_by.0).await?;
    let mut dates = vec![
        (
            t("发生时间", "Happened"),
            full(award.deed.occurred_at, &zone),
        ),
        (
            t("登记", "Recorded"),
            beside(full(award.submitted_at, &zone), &by),
        ),
    ];
    let last = award.decided_by.zip(award.decided_at);
    // The last approval stands below, unless something else was decided since.
    let mut earlier = award.approvals.clone();
    earlier.retain(|approved| last != Some((approved.by, approved.at)));
    for approved in earlier {
        let by = name(web, Register::Staff, approved.by.0).await?;
        let at = full(approved.at, &zone);
        dates.push((t("审核通过", "Approved"), beside(at, &by)));
    }
    if let Some((by, at)) = last {
        let by = name(web, Register::Staff, by.0).await?;
        let what = match award.state {
            AwardState::Reversed => t("撤销", "Taken back"),
            _ => t("审核", "Decided"),
        };
        dates.push((what, beside(full(at, &zone), &by)));
    }
    dates.extend(notice(award, &zone));
    if let Some(objection) = award.objection {
        let ground = words::reason(objection.ground);
        dates.push((
            t("异议", "Objection"),
            beside(full(objection.at, &zone), ground),
        ));
        if let Some(at) = objection.overdue_since() {
            dates.push((t("逾期未复核", "Review overdue since"), full(at, &zone)));
        }
        if let Some(appeal) = objection.appeal {
            dates.push((t("申诉", "Appeal"), full(appeal.at, &zone)));
        }
        if let Some(review) = objection.decision() {
            let found = review.finding.map_or("", words::finding);
            dates.push((t("复核", "Review"), beside(full(review.at, &zone), found)));
        }
    }
    if let Some(reason) = award.reason {
        dates.push((t("原因", "Reason"), words::reason(reason).to_owned()));
    }
    if let Some(at) = award.expires_at {
        dates.push((t("有效期至", "Valid until"), last_day(at, &zone)));
    }
    dates.push((t("单据编号", "Reference"), award.deed.reference.clone()));
    Ok(dates)
}

/// Until when it is on notice or was; of one that fell before that, nothing. What is to be shared waits for other reports, on no public notice.
fn notice(award: &Award, zone: &TimeZone) -> Option<(&'static str, String)> {
    let until = award.notice_until?;
    let what = match (award.state, award.terms.notice_seconds > 0) {
        (AwardState::Rejected, _) => return None,
        (AwardState::Frozen, true) => t("原定公示至", "Was to be on notice until"),
        (AwardState::Frozen, false) => t("原定期满", "Was to be due on"),
        (_, true) => t("公示至", "On notice until"),
        (_, false) => t("期满", "Due on"),
    };
    Some((what, full(until, zone)))
}

/// A moment, and who or what belongs to it.
fn beside(at: String, what: &str) -> String {
    say!("{at}　{what}", "{at} · {what}")
}

/// The deed's facts by their names in the reader's language.
fn facts(award: &Award) -> Vec<(String, String)> {
    let declared = kind(&award.deed.kind);
    let say = |(fact, value): (&String, &Fact)| {
        let spec = declared.and_then(|kind| kind.fact(fact));
        let name = spec.map_or(fact.as_str(), |spec| t(spec.zh, spec.en));
        (name.to_owned(), value_of(spec, value))
    };
    award.deed.facts.iter().map(say).collect()
}

fn value_of(spec: Option<&'static FactSpec>, value: &Fact) -> String {
    match (spec.map(|spec| spec.kind), value) {
        (Some(FactType::Choice { values }), Fact::Text(word)) => values
            .iter()
            .find(|choice| choice.value == word)
            .map_or(word.as_str(), |choice| t(choice.zh, choice.en))
            .to_owned(),
        (Some(FactType::Number { unit, .. }), Fact::Number(number)) => {
            let (zh, en) = unit.labels();
            format!("{} {}", number.normalize(), t(zh, en))
        }
        (_, Fact::Bool(yes)) => if *yes {
            t("是", "yes")
        } else {
            t("否", "no")
        }
        .to_owned(),
        (_, Fact::Text(text)) => text.clone(),
        (_, Fact::Number(number)) => number.normalize().to_string(),
    }
}

/// `GET /{program}/me/redemptions/{id}`: where the points went, and which ones.
pub async fn my_redemption(At(web): At, rider: Rider, Id(id): Id<RedemptionId>) -> Page {
    spent(&web, &rider, id, None).await
}

/// Why a rider objects.
#[derive(Deserialize)]
pub struct Objecting {
    key: String,
    ground: ChargeGround,
}

/// `POST /{program}/me/redemptions/{id}`: objects to the charge.
pub async fn object(
    At(web): At,
    rider: Rider,
    Id(redemption): Id<RedemptionId>,
    Form(Objecting { key, ground }): Form<Objecting>,
) -> Page {
    let request = request(&rider.0, Some(key));
    let command = Command::Paying(Box::new(PayingCommand::Object { redemption, ground }));
    match web.ledger.execute(&request, command).await {
        Ok(_) => go(&web.path(&format!("me/redemptions/{redemption}"))),
        Err(WriteError::Rejected(Rejection::UnknownRedemption { .. })) => Err(Trouble::Missing),
        Err(error) => spent(&web, &rider, redemption, Some(words::failure(&error))).await,
    }
}

async fn spent(web: &Web, rider: &Rider, id: RedemptionId, problem: Option<String>) -> Page {
    let redemption = web.ledger.redemption(web.program.id, id).await?;
    let redemption = redemption
        .filter(|redemption| redemption.member == rider.member())
        .ok_or(Trouble::Missing)?;
    let zone = web.zone();
    let takings = web.ledger.takings(web.program.id, id).await?;
    let store = redemption.store.0;
    let stores = web
        .ledger
        .registered(web.program.id, Register::Stores, store);
    let mut facts = vec![(t("时间", "When"), full(redemption.authorised_at, &zone))];
    if redemption.state == RedemptionState::Held {
        facts.push((
            t("冻结至", "On hold until"),
            full(redemption.hold_expires_at, &zone),
        ));
    }
    if redemption.refunded.is_positive() {
        let refunded = points(redemption.refunded);
        facts.push((
            t("已退回", "Given back"),
            say!("{refunded} 分", "{refunded} points"),
        ));
    }
    let objection = web.ledger.charge_objection(web.program.id, id).await?;
    if let Some(objection) = &objection {
        facts.push((t("异议", "Objection"), words::paying::objection(objection)));
    }
    let until = redemption
        .authorised_at
        .plus_seconds(ChargeObjection::DAYS * 86_400);
    let captured = redemption.state == RedemptionState::Captured;
    let may_object = captured && objection.is_none() && web.now() < until;
    show(&WhyRedemption {
        objects: may_object.then(|| (fresh_key(), web.path(&format!("me/redemptions/{id}")))),
        problem,
        frame: Frame::new(web, t("这笔兑换", "This redemption"), Some(&rider.0)),
        back: web.path("me"),
        store: store_name(web, store).await?,
        address: stores.await?.map_or_else(String::new, |s| s.detail),
        points: points(redemption.authorised),
        state: words::redemption_state(redemption.state),
        facts,
        lots: try_join_all(takings.iter().map(|taking| part(web, taking))).await?,
    })
}

async fn part(web: &Web, taking: &Taking) -> Result<Part, StoreError> {
    let award = web.ledger.award(web.program.id, taking.lot).await?;
    let what = award.map_or_else(String::new, |award| {
        let until = award.expires_at.map(|at| last_day(at, &web.zone()));
        let until = until.map_or_else(String::new, |day| say!("（{day}到期）", " (until {day})"));
        format!("{}{until}", award.trace.rule_title)
    });
    let returned = taking.returned;
    Ok(Part {
        what,
        why: web.path(&format!("me/awards/{}", taking.lot)),
        taken: points(taking.taken),
        returned: returned.is_positive().then(|| points(returned)),
    })
}
