//! For auditors: how approving is spread, and who meets whom more often than chance would have it.

use askama::Template;
use ledger::views::PairOf;

use crate::reports::{self, decimal};
use crate::web::format::points;
use crate::web::page::{Frame, Page, Trouble, show as render};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Auditor};

#[derive(Template)]
#[template(path = "audit/reports.html")]
struct Reports {
    frame: Frame,
    months: Vec<Month>,
    pairs: Vec<PairLine>,
    tiers: Vec<TierLine>,
    least: i64,
    times: i64,
    percent: i64,
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

/// `GET /{program}/audit/reports`: of the last three months.
pub async fn show(At(web): At, auditor: Auditor) -> Page {
    let (program, zone) = (web.program.id, web.zone());
    let periods = reports::months(&zone, web.now(), None, None).map_err(|_| Trouble::Missing)?;
    let whole = reports::whole(&periods);
    let named = |name: String| {
        if name.is_empty() {
            t("系统", "the system").to_owned()
        } else {
            name
        }
    };
    let month = |month: reports::MonthOfApprovals| Month {
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
    };
    let months = reports::approvals(&web.app, program, &zone, &periods).await?;
    let pair = |pair: reports::UnusualPair| PairLine {
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
    };
    let pairs = reports::pairs(&web.app, program, whole).await?;
    let tiers = reports::tiers(&web.app, program, whole).await?;
    render(&Reports {
        frame: Frame::new(&web, t("审批分析", "Reports"), Some(&auditor.0)),
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
