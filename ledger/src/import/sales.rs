//! A merchant's own list of sales, beside what is on record of the store: which are the same, and why the others are not.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use serde::Serialize;

use super::cells::moment;
use super::columns::{Cells, Field};
use super::flaw::{Flaw, shown};
use super::records::{field, read};
use crate::clock::Timestamp;
use crate::ids::RedemptionId;
use crate::points::Points;

const SALE: &[Field] = &[
    field("code", &["reference", "编号", "单号", "流水号"], false),
    field("points", &["积分", "分数"], true),
    field("time", &["时间", "交易时间"], true),
];

/// A sale by the merchant's own list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    /// Where it stands in the file, from 1.
    pub line: u64,
    /// A redemption's id, the key under which it was charged, or a number of the merchant's own; empty where there is none.
    pub reference: String,
    /// How many points.
    pub points: Points,
    /// When.
    pub at: Timestamp,
}

/// A redemption that a store captured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Own {
    /// Which.
    pub id: RedemptionId,
    /// What the store took.
    pub captured: Points,
    /// What came back of that.
    pub refunded: Points,
    /// When it was authorised.
    pub at: Timestamp,
}

/// Why a sale of the merchant's list is not one of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Theirs {
    /// It is ours, of other points.
    AmountDiffers,
    /// It was, and came back since, whole or in part.
    RefundedSince,
    /// Nothing of ours is like it.
    NotOurs,
    /// It happened before or after what is looked at.
    OutsideRange,
    /// It may be one of several.
    TwoCandidates,
    /// Another line of the list is the same redemption.
    Twice,
}

/// What became of a line of the merchant's list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmatched {
    /// The line.
    pub line: u64,
    /// Why it has no match.
    pub why: Theirs,
    /// The redemption that it is about, if that is known.
    pub redemption: Option<RedemptionId>,
}

/// Two lists, one beside the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reconciled {
    /// Lines and the redemptions that they are.
    pub matched: Vec<(u64, RedemptionId)>,
    /// Lines that are none of ours as they stand.
    pub theirs: Vec<Unmatched>,
    /// Redemptions that the list does not have.
    pub ours: Vec<RedemptionId>,
}

/// What is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Scope {
    /// The first moment.
    pub from: Timestamp,
    /// The first moment after it.
    pub until: Timestamp,
    /// By how many seconds two clocks may differ.
    pub tolerance: i64,
}

impl Own {
    fn net(&self) -> Points {
        self.captured.minus(self.refunded).unwrap_or_default()
    }
}

impl Scope {
    fn holds(&self, at: Timestamp) -> bool {
        (self.from..self.until).contains(&at)
    }

    fn near(&self, one: Timestamp, other: Timestamp) -> bool {
        one.as_micros().abs_diff(other.as_micros()) <= self.tolerance.unsigned_abs() * 1_000_000
    }
}

/// Reads a merchant's list of sales.
///
/// # Errors
/// What is wrong with the file, line by line.
pub fn sales(bytes: &[u8], zone: &TimeZone) -> Result<Vec<Sale>, Vec<Flaw>> {
    let sheet = read(bytes, SALE, |cells, flaws| sale(cells, flaws, zone))?;
    match sheet.flaws.is_empty() {
        true => Ok(sheet
            .lines
            .into_iter()
            .map(|(line, sale)| Sale { line, ..sale })
            .collect()),
        false => Err(sheet.flaws),
    }
}

fn sale(cells: Cells<'_>, flaws: &mut Vec<Flaw>, zone: &TimeZone) -> Option<Sale> {
    let reference = cells.at_most("code", 255, flaws).to_owned();
    let text = cells.required("points", 32, flaws);
    let points = Decimal::from_str_exact(text).ok();
    let points = points.and_then(|points| Points::try_from_decimal(points).ok());
    let points = points.filter(|points| points.is_positive());
    if points.is_none() && !text.is_empty() {
        let found = shown(text);
        let message = format!("expected points above zero such as 12 or 12.50, found {found:?}");
        flaws.push(cells.flaw("points", "format", message));
    }
    let at = moment(cells.required("time", 64, flaws), zone);
    let at = at.map_err(|message| flaws.push(cells.flaw("time", "format", message)));
    Some(Sale {
        line: 0,
        reference,
        points: points?,
        at: at.ok()?,
    })
}

/// Puts both lists side by side. What a reference stands for is `known`; sales without one that is known are matched by points and time, where
/// exactly one redemption and no other sale comes into question.
pub fn reconcile(
    sales: &[Sale],
    known: &HashMap<String, RedemptionId>,
    own: &[Own],
    scope: &Scope,
) -> Reconciled {
    let by_id: BTreeMap<RedemptionId, &Own> = own.iter().map(|own| (own.id, own)).collect();
    let mut found = Reconciled::default();
    let mut named: HashSet<RedemptionId> = HashSet::new();
    let mut rest = Vec::new();
    for sale in sales {
        let ours = known.get(&sale.reference).and_then(|id| by_id.get(id));
        let Some(ours) = ours else {
            rest.push(sale);
            continue;
        };
        let why = match named.insert(ours.id) {
            false => Some(Theirs::Twice),
            true if ours.net() == sale.points => None,
            true if ours.captured == sale.points => Some(Theirs::RefundedSince),
            true => Some(Theirs::AmountDiffers),
        };
        found.tell(sale, why, Some(ours.id));
    }
    let left: Vec<&Own> = own.iter().filter(|own| !named.contains(&own.id)).collect();
    let like = |sale: &Sale, points: fn(&Own) -> Points| -> Vec<RedemptionId> {
        let near = left.iter().filter(|own| scope.near(own.at, sale.at));
        near.filter(|own| points(own) == sale.points)
            .map(|own| own.id)
            .collect()
    };
    let mut wanted: HashMap<RedemptionId, usize> = HashMap::new();
    for id in rest.iter().flat_map(|sale| like(sale, Own::net)) {
        *wanted.entry(id).or_default() += 1;
    }
    for sale in rest {
        let (why, id) = match like(sale, Own::net).as_slice() {
            [one] if wanted.get(one) == Some(&1) => (None, Some(*one)),
            [] if !scope.holds(sale.at) => (Some(Theirs::OutsideRange), None),
            [] => match like(sale, |own| own.captured).as_slice() {
                [] => (Some(Theirs::NotOurs), None),
                [one] => (Some(Theirs::RefundedSince), Some(*one)),
                _ => (Some(Theirs::TwoCandidates), None),
            },
            _ => (Some(Theirs::TwoCandidates), None),
        };
        named.extend(id);
        found.tell(sale, why, id);
    }
    found.matched.sort_unstable();
    found
        .theirs
        .sort_unstable_by_key(|unmatched| unmatched.line);
    let missing = own
        .iter()
        .filter(|own| scope.holds(own.at) && own.net().is_positive() && !named.contains(&own.id));
    found.ours = missing.map(|own| own.id).collect();
    found
}

impl Reconciled {
    fn tell(&mut self, sale: &Sale, why: Option<Theirs>, redemption: Option<RedemptionId>) {
        let line = sale.line;
        match (why, redemption) {
            (None, Some(id)) => self.matched.push((line, id)),
            (why, redemption) => self.theirs.push(Unmatched {
                line,
                why: why.unwrap_or(Theirs::NotOurs),
                redemption,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    const FILE: &str = "单号,积分,时间\n\
        k1,10,2026-03-05 10:00\n\
        k2,20,2026-03-05 10:05\n\
        k1,10,2026-03-05 10:06\n\
        k4,8,2026-03-05 10:10\n\
        ,7,2026-03-05 11:00\n\
        ,7.5,2026-03-05 11:30\n\
        own-9,5,2026-03-05 12:01\n\
        own-10,6,2026-03-05 13:00\n\
        own-11,6,2026-03-06 13:00\n\
        own-12,99,2026-03-05 13:00\n";

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a moment")
    }

    fn own(id: u128, captured: i64, refunded: i64, time: &str) -> Own {
        Own {
            id: RedemptionId(Uuid::from_u128(id)),
            captured: Points::from_hundredths(captured),
            refunded: Points::from_hundredths(refunded),
            at: at(&format!("2026-03-05T{time}:00+08:00")),
        }
    }

    #[test]
    fn both_sides_are_explained() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let sales = sales(FILE.as_bytes(), &zone).expect("a list");
        let ours = [
            own(1, 1_000, 0, "10:00"),
            own(2, 2_100, 0, "10:05"),
            own(4, 800, 300, "10:10"),
            own(5, 700, 0, "11:01"),
            own(6, 750, 0, "11:29"),
            own(7, 750, 0, "11:31"),
            own(8, 500, 0, "12:00"),
            own(9, 600, 600, "13:00"),
            own(10, 100, 0, "14:00"),
        ];
        let id = |number: u128| RedemptionId(Uuid::from_u128(number));
        let known = [("k1", 1), ("k2", 2), ("k4", 4)];
        let known = known
            .map(|(key, number)| (key.to_owned(), id(number)))
            .into();
        let scope = Scope {
            from: at("2026-03-05T00:00:00+08:00"),
            until: at("2026-03-06T00:00:00+08:00"),
            tolerance: 120,
        };
        let found = reconcile(&sales, &known, &ours, &scope);
        assert_eq!(found.matched, [(2, id(1)), (6, id(5)), (8, id(8))]);
        let why: Vec<_> = found
            .theirs
            .iter()
            .map(|one| (one.line, one.why, one.redemption))
            .collect();
        assert_eq!(
            why,
            [
                (3, Theirs::AmountDiffers, Some(id(2))),
                (4, Theirs::Twice, Some(id(1))),
                (5, Theirs::RefundedSince, Some(id(4))),
                (7, Theirs::TwoCandidates, None),
                (9, Theirs::RefundedSince, Some(id(9))),
                (10, Theirs::OutsideRange, None),
                (11, Theirs::NotOurs, None),
            ]
        );
        assert_eq!(found.ours, [id(6), id(7), id(10)]);
    }

    #[test]
    fn a_bad_cell_is_told_by_line_and_column() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let flaws = sales("积分,时间\n-1,2026-03-05 10:00\n3,昨天\n".as_bytes(), &zone)
            .expect_err("two flaws");
        let told: Vec<_> = flaws.iter().map(ToString::to_string).collect();
        assert_eq!(told.len(), 2);
        assert!(
            told[0].starts_with("line 2, column 积分: expected points above zero"),
            "{}",
            told[0]
        );
        assert!(
            told[1].starts_with("line 3, column 时间: expected a moment"),
            "{}",
            told[1]
        );
    }
}
