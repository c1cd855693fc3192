//! What was left of a budget over its period, by week or by month: its account as it was recorded, read at the moments at which they begin.

use futures::future::try_join_all;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::journal::TransferKind;
use ledger::points::Points;
use ledger::views::{AsOf, BudgetView, StatementFilter, StatementLine};

use crate::web::Web;
use crate::web::chart::{Curve, curve};
use crate::web::format::{full, points};
use crate::web::reading::t;

/// Up to so many seconds are told by the week, more by the month: half a year.
const BY_WEEK: i64 = 26 * 7 * 86_400;
/// At most so many moments: the months of the longest period, and what it takes to settle it.
const MOST: usize = 80;
/// How many lines of the account are read at a time.
const PAGE: i64 = 200;

/// What was left, and when.
pub struct Burning {
    pub chart: Option<Curve>,
    pub rows: Vec<Row>,
    /// By the week, not by the month.
    pub weekly: bool,
}

/// Up to a moment, from the one before.
pub struct Row {
    pub until: String,
    pub given: String,
    pub used: String,
    pub left: String,
}

/// The same as amounts.
#[derive(Debug, PartialEq, Eq)]
struct Step {
    until: Timestamp,
    given: Points,
    used: Points,
    left: Points,
}

/// Of a budget that was given something; nothing of any other.
pub async fn burning(web: &Web, budget: &BudgetView) -> Result<Option<Burning>, StoreError> {
    let account = Account::budget(budget.id);
    let Some(first) = lines(web, account, Some(2), None).await?.pop() else {
        return Ok(None);
    };
    let (now, zone) = (web.now(), web.zone());
    let plan = budget.record.plan.as_ref();
    let begun = plan.map(|plan| plan.starts_at).filter(|at| *at <= now);
    let begins = begun.map_or(first.recorded_at, |at| at.max(first.recorded_at));
    let until = budget.record.closed_at.unwrap_or(now).min(now).max(begins);
    let ends = plan.map_or(until, |plan| plan.ends_at.max(until));
    let weekly = ends.seconds_since(begins) <= BY_WEEK;
    let cuts = cuts((begins, until), weekly, &zone);
    let left = try_join_all(cuts.iter().map(|at| left(web, account, *at))).await?;
    let held: Vec<(Timestamp, Points)> = cuts.into_iter().zip(left).collect();
    let steps = steps(&held, &moved(web, account).await?);
    let even = plan.map(|plan| (plan.ends_at, budget.record.provided));
    Ok(Some(Burning {
        chart: drawn(&held, even, along((begins, ends), weekly, &zone)),
        rows: steps.iter().map(|step| row(step, &zone)).collect(),
        weekly,
    }))
}

/// Lines of the account before a version, newest first; of one kind, if one is named.
async fn lines(
    web: &Web,
    account: Account,
    before: Option<i64>,
    kind: Option<TransferKind>,
) -> Result<Vec<StatementLine>, StoreError> {
    let filter = StatementFilter {
        before,
        kind,
        from: None,
        until: None,
        limit: PAGE,
    };
    web.ledger.statement(web.program.id, account, &filter).await
}

/// What it held at a moment.
async fn left(web: &Web, account: Account, at: Timestamp) -> Result<Points, StoreError> {
    let program = web.program.id;
    let held = web
        .ledger
        .account_as_of(program, account, at, AsOf::Recorded);
    Ok(held.await?.map_or(Points::ZERO, |held| held.balance))
}

/// What it was given, and what was returned or went to another: few lines among many awards.
async fn moved(web: &Web, account: Account) -> Result<Vec<(Timestamp, Points)>, StoreError> {
    let mut moved = Vec::new();
    for kind in [
        TransferKind::Appropriate,
        TransferKind::ReturnBudget,
        TransferKind::CarryOver,
    ] {
        let mut before = None;
        loop {
            let page = lines(web, account, before, Some(kind)).await?;
            moved.extend(page.iter().map(|line| (line.recorded_at, line.amount)));
            let is_full = i64::try_from(page.len()).unwrap_or(0) == PAGE;
            match page.last().filter(|_| is_full) {
                Some(last) => before = Some(last.version),
                None => break,
            }
        }
    }
    Ok(moved)
}

/// The first moment, each week or month that begins after it, and the last moment.
fn cuts((begins, until): (Timestamp, Timestamp), weekly: bool, zone: &TimeZone) -> Vec<Timestamp> {
    let mut cuts = vec![begins];
    let mut day = begins.to_jiff().to_zoned(zone.clone()).date();
    while let Some(next) = following(day, weekly) {
        let Ok(at) = next.to_zoned(zone.clone()) else {
            break;
        };
        let at = Timestamp::from(at.timestamp());
        if at >= until || cuts.len() >= MOST {
            break;
        }
        cuts.push(at);
        day = next;
    }
    cuts.push(until);
    cuts
}

/// The Monday after a day, or the first of the next month.
fn following(day: Date, weekly: bool) -> Option<Date> {
    if weekly {
        return day.nth_weekday(1, Weekday::Monday).ok();
    }
    let month = jiff::Span::new().months(1);
    day.first_of_month().checked_add(month).ok()
}

/// What was given and used from each moment to the next, the first from the beginning on.
fn steps(held: &[(Timestamp, Points)], moved: &[(Timestamp, Points)]) -> Vec<Step> {
    let mut before: Option<(Timestamp, Points)> = None;
    let mut steps = Vec::with_capacity(held.len());
    for &(until, left) in held {
        let since = before.map(|(at, _)| at);
        let had = before.map_or(Points::ZERO, |(_, left)| left);
        let within = moved
            .iter()
            .filter(|(at, _)| *at <= until && since.is_none_or(|since| since < *at));
        let given = Points::sum(within.map(|(_, amount)| *amount)).unwrap_or(Points::ZERO);
        let used = had.plus(given).and_then(|all| all.minus(left));
        steps.push(Step {
            until,
            given,
            used: used.unwrap_or(Points::ZERO),
            left,
        });
        before = Some((until, left));
    }
    steps
}

fn row(step: &Step, zone: &TimeZone) -> Row {
    Row {
        until: full(step.until, zone),
        given: points(step.given),
        used: points(step.used),
        left: points(step.left),
    }
}

/// What stands along the bottom, to the end of the period.
fn along(period: (Timestamp, Timestamp), weekly: bool, zone: &TimeZone) -> Vec<(i64, String)> {
    let written = if weekly {
        t("%-m/%-d", "%-d/%-m")
    } else {
        t("%-m月", "%b")
    };
    let word = |at: &Timestamp| {
        let zoned = at.to_jiff().to_zoned(zone.clone());
        (at.as_micros(), zoned.strftime(written).to_string())
    };
    let cuts = cuts(period, weekly, zone);
    // The two ends are no beginnings of a week or month.
    let inner = cuts.get(1..cuts.len().saturating_sub(1));
    inner.unwrap_or_default().iter().map(word).collect()
}

/// What was left, beside what would be left if all of it were used evenly by the end of the period.
fn drawn(
    held: &[(Timestamp, Points)],
    even: Option<(Timestamp, Points)>,
    words: Vec<(i64, String)>,
) -> Option<Curve> {
    let known: Vec<(i64, i64)> = held
        .iter()
        .map(|(at, left)| (at.as_micros(), left.hundredths()))
        .collect();
    let even = known.first().zip(even).map(|((begins, _), (ends, all))| {
        let begins = (*begins, all.hundredths());
        [begins, (ends.as_micros(), 0)]
    });
    let even = even.filter(|[begins, ends]| begins.0 < ends.0);
    let even = even.as_ref().map(|line| line.as_slice());
    curve(&known, even.unwrap_or_default(), words, |hundredths| {
        points(Points::from_hundredths(hundredths))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn whole(points: i64) -> Points {
        Points::whole(points).expect("points")
    }

    #[test]
    fn cuts_are_where_weeks_and_months_begin() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let (begins, until) = (
            at("2026-01-15T09:00:00+08:00"),
            at("2026-03-05T10:00:00+08:00"),
        );
        let months = cuts((begins, until), false, &zone);
        let expected = [
            begins,
            at("2026-02-01T00:00:00+08:00"),
            at("2026-03-01T00:00:00+08:00"),
            until,
        ];
        assert_eq!(months, expected);
        // The fifteenth is a Thursday.
        let weeks = cuts((begins, until), true, &zone);
        assert_eq!(weeks.len(), 9);
        assert_eq!(weeks[1], at("2026-01-19T00:00:00+08:00"));
        assert_eq!(weeks[7], at("2026-03-02T00:00:00+08:00"));
        let words = along((begins, until), false, &zone);
        let words: Vec<&str> = words.iter().map(|(_, word)| word.as_str()).collect();
        assert_eq!(words, ["2月", "3月"]);
        assert_eq!(cuts((begins, begins), true, &zone), [begins, begins]);
        let long = at("2060-01-01T00:00:00Z");
        assert_eq!(cuts((begins, long), true, &zone).len(), MOST + 1);
    }

    #[test]
    fn what_was_used_is_what_was_there_and_is_not() {
        let moments = [10, 20, 30].map(Timestamp::from_micros);
        let [first, second, third] = moments;
        let held = [(first, whole(100)), (second, whole(70)), (third, whole(85))];
        let moved = [
            (first, whole(100)),
            (Timestamp::from_micros(25), whole(40)),
            (third, Points::from_hundredths(-500)),
        ];
        let step = |until, given, used, left| Step {
            until,
            given: whole(given),
            used: whole(used),
            left: whole(left),
        };
        let expected = [
            step(first, 100, 0, 100),
            step(second, 0, 30, 70),
            step(third, 35, 20, 85),
        ];
        assert_eq!(steps(&held, &moved), expected);
        let even = Some((Timestamp::from_micros(50), whole(135)));
        let chart = drawn(&held, even, Vec::new()).expect("a chart");
        assert_eq!(chart.dots.len(), 3);
        assert!(!chart.other.is_empty());
        let over = Some((Timestamp::from_micros(5), whole(135)));
        let chart = drawn(&held, over, Vec::new()).expect("a chart");
        assert!(chart.other.is_empty(), "its period was over before");
    }
}
