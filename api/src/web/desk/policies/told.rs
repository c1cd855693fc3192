//! What a simulation found, in words and tables: who would have more, who less, and by which rule.

use ledger::StoreError;
use ledger::community::Verb;
use ledger::community::personal::masked;
use ledger::points::Points;
use ledger::simulation::{Approvals, Crowd, MemberLine, Report, RuleLine, Sum};
use ledger::views::Register;
use uuid::Uuid;

use crate::web::Web;
use crate::web::chart::{Pairs, pairs};
use crate::web::format::{points, signed};
use crate::web::reading::{counted, say, t};
use crate::web::visitor::Visitor;

/// What is shown of a report.
pub struct Told {
    /// Whether nothing would have been different.
    pub same: bool,
    /// All of it, and what else is counted.
    pub sums: Vec<Line>,
    /// What is worth a sentence.
    pub sentences: Vec<String>,
    /// Rule by rule.
    pub rules: Vec<RuleRow>,
    /// The same as bars.
    pub chart: Option<Pairs>,
    /// Those who gain and those who lose.
    pub groups: Vec<Group>,
    /// What is drawn from each budget in each month.
    pub budgets: Vec<Line>,
    /// Who gains and loses most; nobody where the reader may not know of riders.
    pub riders: Vec<Line>,
}

/// Something before and after.
pub struct Line {
    /// What.
    pub title: String,
    /// On record.
    pub was: String,
    /// With the draft.
    pub will: String,
    /// The difference.
    pub more: String,
}

/// A rule before and after.
pub struct RuleRow {
    /// Its points.
    pub line: Line,
    /// How many awards it gave.
    pub was: u64,
    /// How many it would have given.
    pub will: u64,
}

/// Riders to whom the same would happen.
pub struct Group {
    /// Who.
    pub title: &'static str,
    /// How many.
    pub riders: String,
    /// By how much together.
    pub points: String,
}

/// What a report says, to whom it is shown.
pub async fn told(web: &Web, reader: &Visitor, report: &Report) -> Result<Told, StoreError> {
    let rules = report.rules.iter().map(|rule| RuleRow {
        line: line(
            rule.title.clone(),
            rule.recorded.points,
            rule.simulated.points,
        ),
        was: rule.recorded.awards,
        will: rule.simulated.awards,
    });
    let budgets = report.budgets.iter().map(|month| {
        let title = format!("{} {}", month.budget, month.month);
        line(title, month.recorded, month.simulated)
    });
    Ok(Told {
        same: report.is_unchanged(),
        sums: sums(report),
        sentences: sentences(report),
        rules: rules.collect(),
        chart: drawn(report),
        groups: vec![
            group(
                t("会多得的骑手", "Riders who would have more"),
                &report.gaining,
                "+",
            ),
            group(
                t("会少得的骑手", "Riders who would have less"),
                &report.losing,
                "−",
            ),
        ],
        budgets: budgets.collect(),
        riders: riders(web, reader, report).await?,
    })
}

/// Two bars a rule: what it gave, and what it would have given.
fn drawn(report: &Report) -> Option<Pairs> {
    let row = |rule: &RuleLine| {
        let sums = [rule.recorded.points, rule.simulated.points];
        (rule.title.clone(), sums.map(Points::hundredths))
    };
    let rows: Vec<_> = report.rules.iter().map(row).collect();
    pairs(&rows, |sum| points(Points::from_hundredths(sum)))
}

fn line(title: String, was: Points, will: Points) -> Line {
    let more = will.minus(was);
    Line {
        title,
        was: points(was),
        will: points(will),
        more: more.map_or_else(|_| String::new(), signed),
    }
}

fn group(title: &'static str, crowd: &Crowd, sign: &str) -> Group {
    let sum = points(crowd.points);
    Group {
        title,
        riders: counted(many(crowd.members), "人", "rider", "riders"),
        points: match crowd.points.is_zero() {
            true => sum,
            false => format!("{sign}{sum}"),
        },
    }
}

fn many(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn awards(number: u64) -> String {
    counted(many(number), "笔", "award", "awards")
}

/// All awards that stand, and those among them that are not paid out yet.
fn sums(report: &Report) -> Vec<Line> {
    let sum = |title: &str, was: Sum, will: Sum| {
        let (before, after) = (awards(was.awards), awards(will.awards));
        let title = say!(
            "{title}（{before} → {after}）",
            "{title} ({before} → {after})"
        );
        line(title, was.points, will.points)
    };
    let mut sums = vec![sum(t("合计", "In all"), report.recorded, report.simulated)];
    for (title, both) in [
        (t("其中待审批", "Awaiting approval"), report.unapproved),
        (t("其中公示中", "On notice"), report.on_notice),
    ] {
        if both.recorded.awards > 0 || both.simulated.awards > 0 {
            sums.push(sum(title, both.recorded, both.simulated));
        }
    }
    sums
}

/// What is not nothing.
fn sentences(report: &Report) -> Vec<String> {
    let Approvals {
        newly_needed,
        no_longer_needed,
        second_needed,
        second_dropped,
    } = report.approvals;
    let counts = [
        (report.changed, t("会有变化", "would have been different")),
        (
            report.newly_refused,
            t("会不予登记", "would have been refused"),
        ),
        (
            report.newly_awarded,
            t("不必再排队", "would not have had to wait for room"),
        ),
        (
            report.newly_waiting,
            t("会要排队", "would have had to wait for room"),
        ),
        (
            newly_needed,
            t(
                "会要审核，原来不用",
                "would have needed approval and did not",
            ),
        ),
        (
            no_longer_needed,
            t(
                "不用审核，原来要",
                "would not have needed the approval they did",
            ),
        ),
        (
            second_needed,
            t("还要第二个人审核", "would have needed a second approval"),
        ),
        (
            second_dropped,
            t(
                "只要一个人审核，原来要两个",
                "would have needed one approval, not two",
            ),
        ),
        (
            report.fallen,
            t(
                "未通过或已撤销，没有算进来",
                "rejected or taken back, and left out",
            ),
        ),
    ];
    let told = counts.into_iter().filter(|(count, _)| *count > 0);
    let said = told.map(|(count, words)| {
        let awards = awards(count);
        say!("{awards}{words}。", "{awards} {words}.")
    });
    said.collect()
}

/// Only who may know of riders reads who they are, and by what lists call them.
async fn riders(web: &Web, reader: &Visitor, report: &Report) -> Result<Vec<Line>, StoreError> {
    let knows = reader.may_everywhere(&[Verb::Award, Verb::Approve, Verb::Enrol, Verb::Read]);
    let lines: Vec<&MemberLine> = report.gainers.iter().chain(&report.losers).collect();
    if !knows || lines.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<Uuid> = lines.iter().map(|line| line.member.0).collect();
    let named = web
        .ledger
        .registered_of(web.program.id, Register::Members, &ids)
        .await?;
    let row = |one: &MemberLine| {
        let named = named.iter().find(|named| named.id == one.member.0);
        let name = named.map_or_else(String::new, |named| masked(&named.name));
        line(name, one.recorded, one.simulated)
    };
    Ok(lines.into_iter().map(row).collect())
}
