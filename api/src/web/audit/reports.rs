//! For auditors: what became of points month by month, how approving is spread, and who meets whom more often than chance would have it.

use askama::Template;
use axum::extract::Query;
use jiff::ToSpan;
use jiff::tz::TimeZone;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::points::{AmountError, Points};
use ledger::views::{Awarded, AwardedBy, Flow, PairOf, Period};
use serde::Deserialize;

use crate::reports::{self, decimal};
use crate::sheet::Form;
use crate::web::Web;
use crate::web::chart::{Bars, bars};
use crate::web::format::{month as whole_month, points};
use crate::web::page::{Frame, Page, Trouble, show as render};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Auditor};

/// How many months are shown where nothing is said.
const LAST_MONTHS: i32 = 3;

#[derive(Template)]
#[template(path = "audit/reports.html")]
struct Reports {
    frame: Frame,
    wanted: Wanted,
    problem: Option<&'static str>,
    charts: Vec<Chart>,
    flows: Vec<FlowLine>,
    files: Vec<File>,
    months: Vec<Month>,
    pairs: Vec<PairLine>,
    tiers: Vec<TierLine>,
    least: i64,
    times: i64,
    percent: i64,
}

/// Months, the last one among them, as `2026-03`.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    from: String,
    to: String,
}

/// Two things beside each other.
struct Chart {
    title: &'static str,
    one: &'static str,
    other: &'static str,
    bars: Bars,
}

/// A month of points: what each figure is called, and the figure.
struct FlowLine {
    title: String,
    cells: [(&'static str, String); 8],
}

/// What was issued in a month, and what became of what was awarded in it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Became {
    issued: Points,
    awards: i64,
    points: Points,
    redeemed: Points,
    expired: Points,
    reversed: Points,
    outstanding: Points,
}

/// A report to take along, as the API makes it.
struct File {
    name: &'static str,
    csv: String,
    xlsx: String,
}

struct Month {
    title: String,
    approvals: usize,
    hhi: i64,
    lines: Vec<ApproverLine>,
}

struct ApproverLine {
    name: String,
    approvals: i64,
    points: String,
    share: String,
    hasty: i64,
}

struct PairLine {
    one: String,
    as_what: &'static str,
    member: String,
    observed: i64,
    expected: String,
    times: String,
    share: String,
}

struct TierLine {
    name: String,
    tier: String,
    near: i64,
    all: i64,
}

impl Wanted {
    /// The months it names; as many up to the last as are shown where nothing is said, if only that is named.
    fn months(&self, zone: &TimeZone, now: Timestamp) -> Result<Vec<Period>, &'static str> {
        let wrong = t(
            "月份写成 2026-03 这样，从早到晚，一次最多 24 个月。",
            "Months are written as 2026-03, the earlier one first, 24 of them at most.",
        );
        let month = |text: &str| match text.trim() {
            "" => Ok(None),
            text => Period::of_month(text, zone).map(Some).ok_or(wrong),
        };
        let to = month(&self.to)?;
        let until = to.map_or(now, |to| to.until.min(now));
        let from = match (month(&self.from)?, to) {
            (Some(from), _) => Some(from.from),
            (None, Some(to)) => Some(earlier(to.from, zone).ok_or(wrong)?),
            (None, None) => None,
        };
        reports::months(zone, now, from, Some(until)).map_err(|_| wrong)
    }
}

/// The first of so many months, of which the last begins at a moment.
fn earlier(last: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let last = last.to_jiff().to_zoned(zone.clone());
    let first = last.checked_sub((LAST_MONTHS - 1).months()).ok()?;
    Some(first.timestamp().into())
}

/// As a field for months has it.
fn written(at: Timestamp, zone: &TimeZone) -> String {
    let at = at.to_jiff().to_zoned(zone.clone());
    at.strftime("%Y-%m").to_string()
}

/// `GET /{program}/audit/reports`: of the months asked for, the last three if none are.
pub async fn show(At(web): At, auditor: Auditor, Query(wanted): Query<Wanted>) -> Page {
    let (zone, now) = (web.zone(), web.now());
    let (periods, problem) = match wanted.months(&zone, now) {
        Ok(periods) => (periods, None),
        Err(problem) => {
            let periods = reports::months(&zone, now, None, None);
            (periods.map_err(|_| Trouble::Missing)?, Some(problem))
        }
    };
    render(&view(&web, &auditor, (wanted, problem), &periods).await?)
}

async fn view(
    web: &Web,
    auditor: &Auditor,
    (wanted, problem): (Wanted, Option<&'static str>),
    periods: &[Period],
) -> Result<Reports, StoreError> {
    let (program, zone) = (web.program.id, web.zone());
    let whole = reports::whole(periods);
    let wanted = match problem {
        Some(_) => wanted,
        None => Wanted {
            from: written(whole.from, &zone),
            to: periods
                .last()
                .map_or_else(String::new, |last| written(last.from, &zone)),
        },
    };
    let months = reports::approvals(&web.app, program, &zone, periods).await?;
    let pairs = reports::pairs(&web.app, program, whole).await?;
    let tiers = reports::tiers(&web.app, program, whole).await?;
    let became = became(web, periods).await?;
    Ok(Reports {
        frame: Frame::new(web, t("报表", "Reports"), Some(&auditor.0)),
        wanted,
        problem,
        charts: charts(&became, &zone),
        flows: became.iter().rev().map(|one| flow(one, &zone)).collect(),
        files: files(whole),
        months: months.into_iter().rev().map(month).collect(),
        pairs: pairs.into_iter().map(pair).collect(),
        tiers: tiers
            .into_iter()
            .map(|(name, tier)| TierLine {
                name: named(name),
                tier: points(tier.tier),
                near: tier.near,
                all: tier.all,
            })
            .collect(),
        least: reports::LEAST,
        times: reports::TIMES,
        percent: reports::PERCENT,
    })
}

/// Of each of these months.
async fn became(web: &Web, periods: &[Period]) -> Result<Vec<(Timestamp, Became)>, StoreError> {
    let program = web.program.id;
    let awarded = web
        .ledger
        .awarded_points(program, AwardedBy::Budget, periods);
    let awarded = awarded.await?;
    let flows = web.ledger.flows(program, periods).await?;
    let of = |period: &Period| {
        let flow = flows.get(&period.from).copied().unwrap_or_default();
        let awarded = awarded.iter().filter(|one| one.from == period.from);
        // What is on record can be added up.
        let became = Became::of(flow, awarded).unwrap_or_default();
        (period.from, became)
    };
    Ok(periods.iter().map(of).collect())
}

impl Became {
    fn of<'a>(flow: Flow, awarded: impl Iterator<Item = &'a Awarded>) -> Result<Self, AmountError> {
        let mut became = Self {
            issued: flow.issued,
            ..Self::default()
        };
        for one in awarded {
            became.awards += one.awards;
            became.points = became.points.plus(one.points)?;
            became.redeemed = became.redeemed.plus(one.redeemed()?)?;
            became.expired = became.expired.plus(one.expired)?;
            became.reversed = became.reversed.plus(one.reversed)?;
            became.outstanding = became.outstanding.plus(one.outstanding)?;
        }
        Ok(became)
    }

    /// What expired of what was awarded, in hundredths of a per cent.
    fn breakage(&self) -> i64 {
        let (expired, all) = (self.expired.hundredths(), self.points.hundredths());
        let share = i128::from(expired) * 10_000 / i128::from(all.max(1));
        i64::try_from(share).unwrap_or(0)
    }
}

fn flow((from, became): &(Timestamp, Became), zone: &TimeZone) -> FlowLine {
    FlowLine {
        title: whole_month(*from, zone),
        cells: [
            (t("发行", "Issued"), points(became.issued)),
            (t("发放笔数", "Awards"), became.awards.to_string()),
            (t("发放", "Awarded"), points(became.points)),
            (t("已兑换", "Redeemed"), points(became.redeemed)),
            (t("已到期", "Expired"), points(became.expired)),
            (t("已撤销", "Taken back"), points(became.reversed)),
            (t("未用", "Outstanding"), points(became.outstanding)),
            (t("到期占比 %", "Expired in %"), decimal(became.breakage())),
        ],
    }
}

/// Issued beside redeemed, and what expired beside what can still be spent: what is large is not drawn beside what is small.
fn charts(months: &[(Timestamp, Became)], zone: &TimeZone) -> Vec<Chart> {
    let drawn = |amounts: fn(&Became) -> [Points; 2]| {
        let group = |(from, became): &(Timestamp, Became)| {
            let from = from.to_jiff().to_zoned(zone.clone());
            let word = from.strftime(t("%-m月", "%b")).to_string();
            (word, amounts(became).map(Points::hundredths))
        };
        let groups: Vec<_> = months.iter().map(group).collect();
        bars(&groups, |hundredths| {
            points(Points::from_hundredths(hundredths))
        })
    };
    let spent = drawn(|became| [became.issued, became.redeemed]).map(|bars| Chart {
        title: t("发行和兑换", "Issued and redeemed"),
        one: t("发行", "issued"),
        other: t("已兑换", "redeemed"),
        bars,
    });
    let left = drawn(|became| [became.expired, became.outstanding]).map(|bars| Chart {
        title: t("到期和未用", "Expired and outstanding"),
        one: t("已到期", "expired"),
        other: t("未用", "outstanding"),
        bars,
    });
    spent.into_iter().chain(left).collect()
}

/// The API's reports of the same time; a session opens them.
fn files(whole: Period) -> Vec<File> {
    let Period { from, until } = whole;
    let reports = [
        (t("积分去向，按规则", "Points by rule"), "points?by=rule&"),
        (
            t("积分去向，按组织", "Points by organisation"),
            "points?by=organization&",
        ),
        (
            t("积分去向，按资金", "Points by budget"),
            "points?by=budget&",
        ),
        (t("门店收取", "What stores took"), "redemptions?"),
        (t("优惠兑换", "What was paid for offers"), "offers?"),
        (t("审批集中度", "How approving is spread"), "approvals?"),
        (t("异常搭配", "Unusual pairs"), "pairs?"),
        (t("紧贴审批线", "Close below a tier"), "tiers?"),
    ];
    let file = |(name, report): (&'static str, &str)| {
        let as_what = |form: Form| {
            let form = form.ending();
            format!("/v1/reports/{report}format={form}&from={from}&until={until}")
        };
        File {
            name,
            csv: as_what(Form::Csv),
            xlsx: as_what(Form::Xlsx),
        }
    };
    reports.map(file).into_iter().collect()
}

fn named(name: String) -> String {
    if name.is_empty() {
        t("系统", "the system").to_owned()
    } else {
        name
    }
}

fn month(month: reports::MonthOfApprovals) -> Month {
    Month {
        title: month.month,
        approvals: usize::try_from(month.approvals).unwrap_or(0),
        hhi: month.hhi,
        lines: month
            .approvers
            .into_iter()
            .map(|one| ApproverLine {
                name: named(one.name),
                approvals: one.approvals,
                points: points(one.points),
                share: decimal(one.share),
                hasty: one.hasty,
            })
            .collect(),
    }
}

fn pair(pair: reports::UnusualPair) -> PairLine {
    PairLine {
        expected: decimal(pair.expected()),
        times: decimal(pair.times()),
        share: decimal(pair.share()),
        as_what: match pair.of {
            PairOf::Submitter => t("登记", "recorded"),
            PairOf::Approver => t("审批", "approved"),
        },
        observed: pair.pair.observed,
        one: named(pair.name),
        member: pair.member,
    }
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
    fn months_are_asked_for_by_the_first_and_the_last() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let now = at("2026-05-20T10:00:00+08:00");
        let months = |from: &str, to: &str| {
            let wanted = Wanted {
                from: from.to_owned(),
                to: to.to_owned(),
            };
            let months = wanted.months(&zone, now).ok()?;
            let months = months.iter().map(|month| written(month.from, &zone));
            Some(months.collect::<Vec<_>>().join(" "))
        };
        let three = Some("2026-03 2026-04 2026-05".to_owned());
        assert_eq!(months("", ""), three);
        assert_eq!(months("2026-03", ""), three);
        assert_eq!(months("2026-03", "2026-12"), three, "none is to come");
        let earlier = Some("2025-12 2026-01 2026-02".to_owned());
        assert_eq!(months("", "2026-02"), earlier);
        assert_eq!(months("2026-02", "2026-02"), Some("2026-02".to_owned()));
        for (from, to) in [
            ("March", ""),
            ("2026-04", "2026-03"),
            ("2020-01", "2026-05"),
        ] {
            assert_eq!(months(from, to), None, "{from} {to}");
        }
    }

    #[test]
    fn what_became_of_points_is_summed_up_and_drawn() {
        let (from, zone) = (at("2026-03-01T00:00:00Z"), TimeZone::UTC);
        let one = |outstanding, expired| Awarded {
            from,
            key: ledger::views::AwardedKey::Of(None),
            awards: 2,
            points: whole(100),
            outstanding: whole(outstanding),
            expired: whole(expired),
            reversed: whole(5),
        };
        let flow = Flow {
            issued: whole(1_000),
            breakage: Points::ZERO,
        };
        let awarded = [one(60, 5), one(20, 15)];
        let became = Became::of(flow, awarded.iter()).expect("sums");
        let expected = Became {
            issued: whole(1_000),
            awards: 4,
            points: whole(200),
            redeemed: whole(90),
            expired: whole(20),
            reversed: whole(10),
            outstanding: whole(80),
        };
        assert_eq!(became, expected);
        assert_eq!(decimal(became.breakage()), "10.00");
        let drawn = charts(&[(from, became)], &zone);
        let said: Vec<&str> = drawn
            .iter()
            .flat_map(|chart| chart.bars.bars.iter())
            .map(|bar| bar.said.as_str())
            .collect();
        assert_eq!(said, ["3月 1,000", "3月 90", "3月 20", "3月 80"]);
        assert!(charts(&[(from, Became::default())], &zone).is_empty());
    }
}
