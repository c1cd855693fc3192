//! 收款记录: what was paid at a store, day by day; given back, whole or in part, by who manages it.

mod one;

use std::collections::HashMap;

use askama::Template;
use axum::extract::Query;
use axum::http::StatusCode;
use jiff::civil::Date;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::Verb;
use ledger::ids::{OfferId, RedemptionId, StoreId, before};
use ledger::machine::{Redemption, RedemptionState};
use ledger::points::Points;
use ledger::views::{Charger, Period, RedemptionFilter};
use serde::Deserialize;
use uuid::Uuid;

use super::shop::{Choice, Chosen, Section, sections};
use crate::sheet::Cell;
use crate::web::format::{full, points};
use crate::web::lists::whole::{self, MOST};
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, AtStore, Visitor};
use crate::web::{Web, words};

pub use one::{known, one, refund};

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
    list: List<Row>,
    /// What was kept of a day, of all that was found of it.
    total: Option<String>,
    /// Whether objections wait for who looks.
    waiting: bool,
    problem: Option<&'static str>,
}

struct Row {
    id: Uuid,
    at: String,
    points: String,
    state: String,
    /// Who authorised it.
    by: String,
    offer: Option<String>,
    struck: bool,
    /// What was taken, what came back of it, and what the store has for good.
    taken: Points,
    refunded: Points,
    kept: Points,
    /// What was to be paid in cash besides, in yuan.
    cash: Points,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("时间", "When"),
            t("编号", "Number"),
            t("积分", "Points"),
            t("已退回", "Given back"),
            t("本店留", "Left with the store"),
            t("状态", "State"),
            t("经办", "Entered by"),
            t("优惠", "Offer"),
            t("另付现金（元）", "In cash besides, in yuan"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.at.clone().into(),
            self.id.into(),
            self.taken.into(),
            self.refunded.into(),
            self.kept.into(),
            self.state.clone().into(),
            self.by.clone().into(),
            self.offer.clone().unwrap_or_default().into(),
            self.cash.into(),
        ]
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    store: Option<StoreId>,
    day: String,
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
    Query(Wanted { store, day }): Query<Wanted>,
    Query(asked): Query<Asked>,
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
    // A file is whole. Of a day the sum is told, so all of it is read.
    let most = match (asked.wants_file(), span) {
        (true, _) => usize::MAX,
        (false, Some(_)) => MOST,
        (false, None) => asked.reads(),
    };
    let found = paid(&web, chosen.store, span, most).await?;
    let found = asked.search(rows(&web, &found).await?);
    let day = date.map_or_else(String::new, |date| date.to_string());
    let named = match day.as_str() {
        "" => "payments".to_owned(),
        day => format!("payments-{day}"),
    };
    if let Some(file) = asked.file(&named, &found) {
        return file.await;
    }
    let total = Points::sum(found.iter().map(|row| row.kept)).unwrap_or(Points::ZERO);
    let kept = chosen.kept();
    let keep = [("store", kept.as_str()), ("day", day.as_str())];
    let list = asked.page(&keep, found);
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let view = Payments {
        frame: Frame::new(&web, t("收款记录", "Payments"), Some(&visitor)),
        sections: sections(&web, &visitor, &chosen, "payments"),
        query: chosen.query(),
        day,
        list,
        total: span.map(|_| points(total)),
        waiting: waits(&web, &visitor, chosen.store).await?,
        store: chosen.name,
        stores: chosen.stores,
        problem,
    };
    show_as(status, &view)
}

/// Up to so many of what was paid at a store on a day, the newest first; how many there are of that day, and what the store has of all of them.
pub async fn paid_on(
    web: &Web,
    store: StoreId,
    day: Date,
    most: usize,
) -> Result<(Vec<Redemption>, i64, Points), StoreError> {
    let Some((from, until)) = span(web, day) else {
        return Ok((Vec::new(), 0, Points::ZERO));
    };
    let newest = paid(web, store, Some((from, until)), most).await?;
    let period = Period { from, until };
    let kept = web.ledger.kept_by_store(web.program.id, store.0, period);
    let (number, kept) = kept.await?;
    Ok((newest, number, kept))
}

/// Up to so many of a store's payments, of all days or of one, the newest first. Ids are in order of time, so a day's lie together.
async fn paid(
    web: &Web,
    store: StoreId,
    span: Option<(Timestamp, Timestamp)>,
    most: usize,
) -> Result<Vec<Redemption>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let end = span.map(|(_, until)| RedemptionId(before(until)));
    let page = move |place: Option<RedemptionId>, limit: i64| async move {
        let filter = RedemptionFilter {
            before: place,
            limit,
        };
        let found = ledger.redemptions_of_store(program, store.0, &filter);
        let mut found = found.await?;
        // What was paid before the day is not read on for.
        found.retain(|one| span.is_none_or(|(from, _)| from <= one.authorised_at));
        Ok::<_, StoreError>(found)
    };
    let mut found = whole::rows(most, end, |one: &Redemption| Some(one.id), page).await?;
    found.retain(|one| span.is_none_or(|(_, until)| one.authorised_at < until));
    Ok(found)
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

/// What the offers are called that were taken up with these.
pub async fn titles(
    web: &Web,
    found: &[Redemption],
) -> Result<HashMap<OfferId, String>, StoreError> {
    let mut offers: Vec<OfferId> = found
        .iter()
        .filter_map(|one| one.terms.map(|terms| terms.offer))
        .collect();
    offers.sort_unstable();
    offers.dedup();
    let offers = web
        .ledger
        .offers_of_ids(web.program.id, &offers, web.now())
        .await?
        .into_iter();
    Ok(offers
        .map(|(id, known)| (id, known.offer.terms.title))
        .collect())
}

async fn rows(web: &Web, found: &[Redemption]) -> Result<Vec<Row>, StoreError> {
    let (titles, zone) = (titles(web, found).await?, web.zone());
    let ids: Vec<RedemptionId> = found.iter().map(|one| one.id).collect();
    let chargers = web.ledger.chargers(web.program.id, &ids).await?;
    let row = |one: &Redemption| Row {
        id: one.id.0,
        at: full(one.authorised_at, &zone),
        points: points(taken(one)),
        state: state(one),
        by: entered_by(chargers.get(&one.id)),
        offer: one
            .terms
            .and_then(|terms| titles.get(&terms.offer).cloned()),
        struck: !one.takes(),
        taken: taken(one),
        refunded: one.refunded,
        kept: kept(one),
        cash: one.terms.map_or(Points::ZERO, |terms| terms.cash),
    };
    Ok(found.iter().map(row).collect())
}

/// Who authorised it: a clerk by name, or riders themselves by the code on the wall.
fn entered_by(charger: Option<&Charger>) -> String {
    let words = match charger {
        Some(Charger::Clerk(name)) => return name.clone(),
        Some(Charger::Member) => t("骑手自助付款", "the rider"),
        Some(Charger::Other) | None => t("其他系统", "another system"),
    };
    words.to_owned()
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
