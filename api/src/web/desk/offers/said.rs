//! Offers in plain words.

use std::collections::HashMap;

use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::hours::{Hours, Stretch};
use ledger::community::offer::{Bearer, Limit, Needed, OfferKind, OfferState, OfferTerms, Price};
use ledger::points::Rounding;
use ledger::policy::Window;
use ledger::policy::deed;
use ledger::views::{FunderView, OfferView, Register};
use uuid::Uuid;

use super::called;
use crate::web::Web;
use crate::web::desk::merchants::hours::days_said;
use crate::web::format::full;
use crate::web::reading::{counted, say, t};
use crate::web::rider::places::price;

/// What sorts of things there are, by the names that forms send.
pub const KINDS: [(&str, OfferKind); 3] = [
    ("service", OfferKind::Service),
    ("discount", OfferKind::Discount),
    ("gift", OfferKind::Gift),
];

/// In which stretches of the calendar a limit counts, in the same way.
pub const EVERY: [(&str, Window); 5] = [
    ("day", Window::Day),
    ("week", Window::Week),
    ("month", Window::Month),
    ("quarter", Window::Quarter),
    ("year", Window::Year),
];

/// What sort of thing is given.
pub fn kind(kind: OfferKind) -> &'static str {
    match kind {
        OfferKind::Service => t("服务", "Service"),
        OfferKind::Discount => t("优惠", "Discount"),
        OfferKind::Gift => t("礼品", "Gift"),
    }
}

/// Where it stands by what was done about it.
pub fn state(state: OfferState) -> &'static str {
    match state {
        OfferState::Open => t("开放", "Open"),
        OfferState::Paused => t("已暂停", "Paused"),
        OfferState::Ended => t("已结束", "Over"),
    }
}

/// Whether it can be taken up now, and else why not.
pub fn standing(view: &OfferView, now: Timestamp) -> &'static str {
    let (offer, terms) = (&view.offer, &view.offer.terms);
    match offer.state {
        OfferState::Paused | OfferState::Ended => state(offer.state),
        OfferState::Open if !view.takes_part => t("商户未参加", "Merchant takes no part"),
        OfferState::Open if terms.until.is_some_and(|until| until <= now) => t("已过期", "Expired"),
        OfferState::Open if !terms.is_valid(now) => t("未开始", "Not begun"),
        OfferState::Open if offer.left() == Some(0) => t("已兑完", "All taken"),
        OfferState::Open if !view.open => t("不在使用时段", "Not at this hour"),
        OfferState::Open => t("可以兑", "Open"),
    }
}

/// From when until when it is good.
pub fn validity(terms: &OfferTerms, zone: &TimeZone) -> String {
    let [from, until] = [terms.from, terms.until].map(|at| at.map(|at| full(at, zone)));
    match (from, until) {
        (None, None) => t("长期有效", "no end").to_owned(),
        (Some(from), None) => say!("{from}起", "from {from}"),
        (None, Some(until)) => say!("到{until}为止", "before {until}"),
        (Some(from), Some(until)) => {
            say!("{from}起，到{until}为止", "from {from}, before {until}")
        }
    }
}

/// In each of which stretches.
pub fn every(window: Window) -> &'static str {
    match window {
        Window::Day => t("每天", "a day"),
        Window::Week => t("每周", "a week"),
        Window::Month => t("每月", "a month"),
        Window::Quarter => t("每季度", "a quarter"),
        Window::Year => t("每年", "a year"),
        Window::Rolling { .. } => t("每段时间", "in a while"),
    }
}

fn times(count: i64) -> String {
    let count = usize::try_from(count).unwrap_or_default();
    counted(count, "次", "time", "times")
}

/// How often for one rider.
pub fn limit(limit: Option<Limit>) -> String {
    let Some(limit) = limit else {
        return t("不限次数", "no limit").to_owned();
    };
    let (every, often) = (every(limit.every), times(limit.count));
    say!("每人{every} {often}", "{often} {every} for each rider")
}

fn stretch(stretch: &Stretch) -> String {
    let days = days_said(&stretch.days);
    let (from, until) = (stretch.from, stretch.until);
    format!("{days} {from}–{until}")
}

/// At which hours.
pub fn hours(Hours(stretches): &Hours) -> String {
    if stretches.is_empty() {
        return t("不限时段", "at any time").to_owned();
    }
    let each: Vec<String> = stretches.iter().map(stretch).collect();
    each.join(t("；", "; "))
}

fn needed(needed: &Needed) -> String {
    let known = deed::kind(&needed.deed);
    let deed = known.map_or(needed.deed.as_str(), |kind| t(kind.zh, kind.en));
    let (often, days) = (times(needed.count), needed.within_days);
    say!(
        "近 {days} 天做满 {often}“{deed}”",
        "{deed}: {often} in the last {days} days"
    )
}

/// How a product becomes hundredths of a point, or whole fen.
pub fn rounding(rounding: Rounding) -> &'static str {
    match rounding {
        Rounding::HalfUp => t("四舍五入", "rounded half up"),
        Rounding::HalfEven => t("四舍六入五成双", "rounded half to even"),
        Rounding::Down => t("舍去", "rounded down"),
        Rounding::Up => t("进一", "rounded up"),
    }
}

/// What it takes to say an offer's terms: where the hours are, and what stores and funds are called.
pub struct Names {
    zone: TimeZone,
    stores: HashMap<Uuid, String>,
    funders: Vec<FunderView>,
}

impl Names {
    /// Of all that these name.
    pub async fn of(web: &Web, said: &[&OfferTerms]) -> Result<Self, StoreError> {
        let mut stores: Vec<Uuid> = said
            .iter()
            .flat_map(|terms| terms.stores.iter().map(|store| store.0))
            .collect();
        stores.sort_unstable();
        stores.dedup();
        Ok(Self {
            zone: web.zone(),
            stores: called(web, Register::Stores, &stores).await?,
            funders: web.ledger.funders(web.program.id).await?,
        })
    }

    fn bearer(&self, bearer: Bearer) -> String {
        match bearer {
            Bearer::Merchant => t(
                "商户自己承担，不结算",
                "the merchant: nothing is paid for its points",
            )
            .to_owned(),
            Bearer::InKind => t(
                "捐赠的物品，不结算",
                "goods that were given: nothing is paid for their points",
            )
            .to_owned(),
            Bearer::Fund { funder, rate } => {
                let funder = self.funders.iter().find(|known| known.id == funder);
                let name = funder.map_or("", |funder| funder.name.as_str());
                let (fen, how) = (rate.fen.normalize(), rounding(rate.rounding));
                say!(
                    "{name}，每分 {fen} 分钱，不足一分钱的{how}",
                    "{name}, {fen} fen a point, {how}"
                )
            }
        }
    }

    fn places(&self, terms: &OfferTerms) -> String {
        if terms.stores.is_empty() {
            return t("商户的全部门店", "all of the merchant's stores").to_owned();
        }
        let called = terms.stores.iter();
        let called: Vec<&str> = called
            .filter_map(|store| self.stores.get(&store.0).map(String::as_str))
            .collect();
        called.join(t("、", ", "))
    }

    /// What an offer says, as pairs of what it is about and what is said of it.
    pub fn facts(&self, terms: &OfferTerms) -> Vec<(&'static str, String)> {
        let mut facts = vec![
            (t("类别", "Kind"), kind(terms.kind).to_owned()),
            (t("价格", "Price"), price(&terms.price)),
        ];
        if let Price::Amount { rounding: how, .. } = &terms.price {
            let parts = t("不足 0.01 分的", "Parts of 0.01 points");
            facts.push((parts, rounding(*how).to_owned()));
        }
        facts.extend([
            (t("由谁承担", "Borne by"), self.bearer(terms.bearer)),
            (t("门店", "Stores"), self.places(terms)),
            (t("有效期", "Good"), validity(terms, &self.zone)),
            (t("使用时段", "Hours"), hours(&terms.hours)),
            (t("总份数", "How many there are"), stock(terms.stock)),
            (t("每人限次", "Limit"), limit(terms.limit)),
        ]);
        if !terms.needed.is_empty() {
            let each: Vec<String> = terms.needed.iter().map(needed).collect();
            facts.push((t("要先做过", "For who has done"), each.join(t("；", "; "))));
        }
        if let Some(about) = &terms.description {
            facts.push((t("说明", "About it"), about.clone()));
        }
        facts
    }
}

fn stock(stock: Option<i64>) -> String {
    match stock {
        Some(stock) => say!("{stock} 份", "{stock}"),
        None => t("不限", "unlimited").to_owned(),
    }
}
