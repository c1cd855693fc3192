//! 收款记录: what was paid at a store, day by day; given back, whole or in part, by who manages it.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use jiff::civil::Date;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::Verb;
use ledger::community::paying::ChargeObjection;
use ledger::ids::{OfferId, RedemptionId, StoreId, before};
use ledger::machine::{Command, Redemption, RedemptionState};
use ledger::points::Points;
use ledger::views::RedemptionFilter;
use serde::Deserialize;
use uuid::Uuid;

use super::objections::{ground, just_before};
use super::shop::{Choice, Chosen, Section, acting, acts_for, sections};
use crate::web::fields::fresh_key;
use crate::web::format::{day_start, full, points};
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, AtStore, Id, Manager, Visitor, request};
use crate::web::{Web, words};

/// How many are shown at once.
const SHOWN: i64 = 50;

#[derive(Template)]
#[template(path = "counter/payments.html")]
struct Payments {
    frame: Frame,
    sections: Vec<Section>,
    store: String,
    stores: Vec<Choice>,
    /// What links to the same store carry.
    query: String,
    day: String,
    rows: Vec<Row>,
    /// What was kept of a day, where all of it is on the page.
    total: Option<String>,
    next: Option<Uuid>,
    paged: bool,
    /// Whether objections wait for who looks.
    waiting: bool,
    problem: Option<&'static str>,
}

struct Row {
    id: Uuid,
    at: String,
    points: String,
    state: String,
    offer: Option<String>,
    struck: bool,
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    store: Option<StoreId>,
    day: String,
    after: Option<RedemptionId>,
}

/// From when until when a day lasts.
fn span(web: &Web, day: Date) -> Option<(Timestamp, Timestamp)> {
    let midnight = |day: Date| -> Option<Timestamp> {
        let midnight = day.to_zoned(web.zone()).ok()?;
        Some(midnight.timestamp().into())
    };
    Some((midnight(day)?, midnight(day.tomorrow().ok()?)?))
}

/// `GET /{program}/counter/payments`: the newest first, of all days or of one.
pub async fn list(
    At(web): At,
    AtStore(visitor): AtStore,
    Query(Wanted { store, day, after }): Query<Wanted>,
) -> Page {
    let chosen = Chosen::of(&web, &visitor, store).await?;
    let date: Option<Date> = day.trim().parse().ok();
    let span = date.and_then(|date| span(&web, date));
    let problem = (span.is_none() && !day.is_empty()).then(|| {
        t(
            "日期要写成 2026-04-01 这样。下面是各天的收款。",
            "Please write a day as in 2026-04-01. These are the payments of all days.",
        )
    });
    let (found, next) = page(&web, chosen.store, span, after).await?;
    let whole = span.is_some() && after.is_none() && next.is_none();
    let kept = Points::sum(found.iter().map(kept)).unwrap_or(Points::ZERO);
    let sections = sections(&web, &visitor, &chosen, "payments");
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let view = Payments {
        frame: Frame::new(&web, t("收款记录", "Payments"), Some(&visitor)),
        sections,
        query: chosen.query(),
        day: date.map_or_else(String::new, |date| date.to_string()),
        rows: rows(&web, &found).await?,
        total: whole.then(|| points(kept)),
        next,
        paged: after.is_some(),
        waiting: waits(&web, &visitor, chosen.store).await?,
        store: chosen.name,
        stores: chosen.stores,
        problem,
    };
    show_as(status, &view)
}

/// A page of a store's payments, and where the next one begins. Ids are in order of time, so a day's lie together.
async fn page(
    web: &Web,
    store: StoreId,
    span: Option<(Timestamp, Timestamp)>,
    after: Option<RedemptionId>,
) -> Result<(Vec<Redemption>, Option<Uuid>), StoreError> {
    let end = span.map(|(_, until)| RedemptionId(before(until)));
    let filter = RedemptionFilter {
        before: after.or(end),
        limit: SHOWN + 1,
    };
    let found = web
        .ledger
        .redemptions_of_store(web.program.id, store.0, &filter);
    let mut found = found.await?;
    let since = |one: &Redemption| span.is_none_or(|(from, _)| from <= one.authorised_at);
    let shown = usize::try_from(SHOWN).unwrap_or_default();
    let more = found.get(shown).is_some_and(since);
    found.truncate(shown);
    let next = found.last().filter(|_| more).map(|one| one.id.0);
    found.retain(|one| since(one) && span.is_none_or(|(_, until)| one.authorised_at < until));
    Ok((found, next))
}

/// Whether objections to charges wait for somebody.
async fn waits(web: &Web, visitor: &Visitor, store: StoreId) -> Result<bool, StoreError> {
    if !visitor.may(&[Verb::Manage]) {
        return Ok(false);
    }
    let (program, first) = (web.program.id, Uuid::nil());
    let waiting = web.ledger.charge_objections(program, Some(store), first, 1);
    Ok(!waiting.await?.is_empty())
}

async fn rows(web: &Web, found: &[Redemption]) -> Result<Vec<Row>, StoreError> {
    let mut offers: Vec<OfferId> = found
        .iter()
        .filter_map(|one| one.terms.map(|terms| terms.offer))
        .collect();
    offers.sort_unstable();
    offers.dedup();
    let offers = web
        .ledger
        .offers_of_ids(web.program.id, &offers, web.now())
        .await?;
    let title = |one: &Redemption| {
        let known = offers.get(&one.terms?.offer)?;
        Some(known.offer.terms.title.clone())
    };
    let row = |one: &Redemption| Row {
        id: one.id.0,
        at: full(one.authorised_at, &web.zone()),
        points: points(taken(one)),
        state: state(one),
        offer: title(one),
        struck: !one.takes(),
    };
    Ok(found.iter().map(row).collect())
}

/// What was asked for, or what was taken of it.
fn taken(redemption: &Redemption) -> Points {
    match redemption.state {
        RedemptionState::Captured => redemption.captured,
        _ => redemption.authorised,
    }
}

/// What the store has of it for good.
pub fn kept(redemption: &Redemption) -> Points {
    let kept = redemption.captured.minus(redemption.refunded);
    kept.unwrap_or(Points::ZERO)
}

fn state(redemption: &Redemption) -> String {
    let back = points(redemption.refunded);
    match redemption.refunded.is_positive() {
        true => say!("已退 {back} 分", "{back} given back"),
        false => words::redemption_state(redemption.state).to_owned(),
    }
}

#[derive(Template)]
#[template(path = "counter/payment.html")]
struct Payment {
    frame: Frame,
    id: RedemptionId,
    back: String,
    store: String,
    points: String,
    state: String,
    facts: Vec<(&'static str, String)>,
    /// Where an objection to it is answered, if one waits for who looks.
    answer: Option<String>,
    /// What can still be given back by who looks, and what was typed.
    refund: Option<(String, Typed)>,
    /// Whether the counter's page undoes it.
    today: bool,
    /// Whether it takes somebody else to give it back.
    others: bool,
    notice: Option<&'static str>,
    problem: Option<String>,
}

/// A refund as it was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    points: String,
    key: String,
}

#[derive(Deserialize)]
pub struct Shown {
    done: Option<String>,
}

/// What was paid at a store that somebody acts for. Another's is not found.
pub async fn known(web: &Web, visitor: &Visitor, id: RedemptionId) -> Result<Redemption, Trouble> {
    let redemption = web.ledger.redemption(web.program.id, id).await?;
    let redemption = redemption.ok_or(Trouble::Missing)?;
    acts_for(visitor, redemption.store)?;
    Ok(redemption)
}

/// `GET /{program}/counter/payments/{id}`.
pub async fn one(
    At(web): At,
    AtStore(visitor): AtStore,
    Id(id): Id<RedemptionId>,
    Query(shown): Query<Shown>,
) -> Page {
    let redemption = known(&web, &visitor, id).await?;
    let mut view = view(&web, &visitor, &redemption, None).await?;
    let refunded = shown.done.is_some() && redemption.refunded.is_positive();
    view.notice = refunded.then(|| {
        t(
            "已退回骑手。退回的积分从下一张结算单里扣除。",
            "Given back to the rider. It is taken off the next statement.",
        )
    });
    show(&view)
}

/// `POST /{program}/counter/payments/{id}`: gives back what was typed, once for each form.
pub async fn refund(
    At(web): At,
    Manager(visitor): Manager,
    Id(id): Id<RedemptionId>,
    Form(typed): Form<Typed>,
) -> Page {
    let redemption = known(&web, &visitor, id).await?;
    let wanted = typed.points.trim().parse::<Points>().ok();
    let Some(wanted) = wanted.filter(|points| points.is_positive()) else {
        let problem = t(
            "请填要退多少积分，最多两位小数。",
            "Please enter how many points to give back, with at most two decimals.",
        );
        let mut view = view(&web, &visitor, &redemption, Some(typed)).await?;
        view.problem = Some(problem.to_owned());
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &view);
    };
    let request = request(&acting(&visitor, redemption.store), Some(typed.key.clone()));
    let command = Command::Refund {
        redemption: id,
        points: Some(wanted),
    };
    match web.app.execute(&request, command).await {
        Ok(_) => go(&web.path(&format!("counter/payments/{id}?done=refunded"))),
        Err(error) => {
            let key = match words::may_try_again(&error) {
                true => typed.key.clone(),
                false => fresh_key(),
            };
            let redemption = known(&web, &visitor, id).await?;
            let typed = Typed { key, ..typed };
            let mut view = view(&web, &visitor, &redemption, Some(typed)).await?;
            view.problem = Some(words::failure(&error));
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    redemption: &Redemption,
    typed: Option<Typed>,
) -> Result<Payment, Trouble> {
    let chosen = Chosen::of(web, visitor, Some(redemption.store)).await?;
    let (id, query) = (redemption.id, chosen.query());
    let objection = web.ledger.charge_objection(web.program.id, id).await?;
    let open = objection.as_ref().is_some_and(|one| one.answer.is_none());
    let manages = visitor.may(&[Verb::Manage]);
    let left = kept(redemption);
    let back = left.is_positive() && redemption.state == RedemptionState::Captured;
    let answer = || {
        let after = just_before(id);
        web.path(&format!("counter/objections?{query}after={after}"))
    };
    let today = redemption.authorised_at >= day_start(web.now(), &web.zone());
    let refund = (back && manages && !open).then(|| {
        let all = left.to_decimal().normalize().to_string();
        let fresh = || Typed {
            points: all,
            key: fresh_key(),
        };
        (points(left), typed.unwrap_or_else(fresh))
    });
    Ok(Payment {
        frame: Frame::new(web, t("这笔收款", "This payment"), Some(visitor)),
        id,
        back: chosen.path(web, "payments"),
        points: points(taken(redemption)),
        state: state(redemption),
        facts: facts(web, redemption, objection.as_ref()).await?,
        answer: (open && manages).then(answer),
        refund,
        today: back && today && visitor.may(&[Verb::Redeem]),
        others: back && !manages,
        notice: None,
        problem: None,
        store: chosen.name,
    })
}

async fn facts(
    web: &Web,
    redemption: &Redemption,
    objection: Option<&ChargeObjection>,
) -> Result<Vec<(&'static str, String)>, StoreError> {
    let zone = web.zone();
    let mut facts = vec![(t("时间", "When"), full(redemption.authorised_at, &zone))];
    if redemption.state == RedemptionState::Held {
        let until = full(redemption.hold_expires_at, &zone);
        facts.push((t("冻结至", "On hold until"), until));
    }
    if redemption.refunded.is_positive() {
        let (back, left) = (points(redemption.refunded), points(kept(redemption)));
        let both = say!(
            "{back} 分，本店留 {left} 分",
            "{back} points, {left} left with the store"
        );
        facts.push((t("已退回", "Given back"), both));
    }
    if let Some(terms) = redemption.terms {
        let row = rows(web, std::slice::from_ref(redemption)).await?.pop();
        let title = row.and_then(|row| row.offer).unwrap_or_default();
        facts.push((t("优惠", "Offer"), title));
        if terms.cash.is_positive() {
            let cash = points(terms.cash);
            let cash = say!("{cash} 元", "{cash} yuan");
            facts.push((t("另付现金", "In cash besides"), cash));
        }
    }
    if let Some(objection) = objection {
        let made = full(objection.made_at, &zone);
        let ground = ground(objection.ground);
        let said = say!("{ground}（{made}）", "{ground} ({made})");
        facts.push((t("骑手异议", "The rider's objection"), said));
        let came = words::paying::objection(objection);
        facts.push((t("处理", "What came of it"), came));
    }
    facts.push((t("编号", "Number"), redemption.id.to_string()));
    Ok(facts)
}
