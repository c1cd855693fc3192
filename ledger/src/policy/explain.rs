//! A trace in sentences that the person it is about understands.

mod en;
mod zh;

use rust_decimal::Decimal;

use super::approval::Approval;
use super::caps::CapReached;
use super::condition::Check;
use super::deed::{Choice, Fact, FactSpec, FactType, kind};
use super::duplicates::Duplicates;
use super::evidence::{ASKED, class_of};
use super::refusal::{Refusal, RuleMiss};
use super::rule::ONE;
use super::terms::Terms;
use super::trace::Trace;
use crate::lots::GRACE_SECONDS;
use crate::points::Points;

/// The language of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Chinese, as written on the mainland.
    Zh,
    /// English.
    En,
}

/// How an award came to its points, one sentence a step. Titles stay as the policy writes them.
pub fn explain(trace: &Trace, language: Language) -> Vec<String> {
    let words = words(language);
    let mut sentences = vec![words.rule(trace)];
    if !trace.evidence.is_empty() {
        sentences.push(words.evidence(&trace.evidence));
    }
    if !trace.places.is_empty() {
        sentences.push(words.places(&trace.places));
    }
    sentences.push(words.basis(trace));
    for step in &trace.multipliers {
        sentences.push(words.multiplier(trace, step));
    }
    if let Some(step) = &trace.combined
        && trace.multipliers.iter().any(|step| step.applied)
    {
        sentences.push(words.combined(step));
    }
    if let Some(max) = &trace.max
        && max.before > max.limit
    {
        sentences.push(words.max(max));
    }
    if let Some(share) = &trace.share
        && share.reports > 1
    {
        sentences.push(words.share(share));
    }
    sentences.extend(trace.wait.as_ref().map(|wait| words.wait(wait)));
    if trace.waits() {
        return sentences;
    }
    for step in &trace.caps {
        sentences.push(words.cap(step));
    }
    sentences.extend(trace.unfunded.as_ref().map(|told| words.unfunded(told)));
    sentences.push(words.points(trace));
    sentences
}

/// Why a deed of the kind `on` earned nothing, in sentences: the reason first, then, where no rule
/// applied, each rule with what stood in its way.
pub fn explain_refusal(on: &str, refusal: &Refusal, language: Language) -> Vec<String> {
    let words = words(language);
    let mut sentences = vec![words.refused(on, refusal)];
    if let Refusal::NoRuleApplies { rules } = refusal {
        sentences.extend(rules.iter().map(|miss| words.missed(on, miss)));
    }
    sentences
}

/// Why a deed that a rule rewards earned nothing: the cap that left no room.
pub fn explain_reached(reached: &CapReached, language: Language) -> String {
    words(language).reached(reached)
}

/// Each condition of the rule that applied, and how it turned out, one sentence each.
pub fn explain_checks(trace: &Trace, language: Language) -> Vec<String> {
    let words = words(language);
    let say = |check| words.check(&trace.on, check);
    trace.checks.iter().map(say).collect()
}

/// What is the same thing as a deed of the kind `on`, and who is rewarded for it.
pub fn explain_duplicates(on: &str, duplicates: &Duplicates, language: Language) -> String {
    words(language).duplicates(on, duplicates)
}

/// What binds an award from now on, one sentence a term; none if it vests at once and nothing more is agreed.
pub fn explain_terms(terms: &Terms, language: Language) -> Vec<String> {
    let words = words(language);
    let mut sentences = Vec::new();
    sentences.extend(words.approval(terms.approval));
    if terms.notice_seconds > 0 {
        sentences.push(words.notice(terms.notice_seconds));
    }
    if !terms.expiry_notice_days.is_empty() {
        sentences.push(words.expiry_notices(&terms.expiry_notice_days));
    }
    if terms.expires_to_budget {
        sentences.push(words.expires_to_budget());
    }
    if terms.grace_seconds != GRACE_SECONDS {
        sentences.push(words.grace(terms.grace_seconds));
    }
    sentences.extend(terms.debt_cap.map(|cap| words.debt_cap(cap)));
    if terms.recovered_share < ONE {
        sentences.push(words.recovered(terms.recovered_share));
    }
    sentences.extend(terms.write_off_days.map(|days| words.write_off(days)));
    sentences
}

fn words(language: Language) -> &'static dyn Words {
    match language {
        Language::Zh => &zh::Chinese,
        Language::En => &en::English,
    }
}

/// What a language has to be able to say.
trait Words {
    fn refused(&self, on: &str, refusal: &Refusal) -> String;
    fn missed(&self, on: &str, miss: &RuleMiss) -> String;
    fn reached(&self, reached: &CapReached) -> String;
    fn rule(&self, trace: &Trace) -> String;
    fn check(&self, on: &str, check: &Check) -> String;
    fn evidence(&self, classes: &[String]) -> String;
    fn places(&self, layers: &[String]) -> String;
    fn basis(&self, trace: &Trace) -> String;
    fn multiplier(&self, trace: &Trace, step: &super::MultiplierStep) -> String;
    fn combined(&self, step: &super::CombinedStep) -> String;
    fn max(&self, max: &super::MaxStep) -> String;
    fn share(&self, share: &super::Share) -> String;
    /// Why it waits or waited, and when it counts.
    fn wait(&self, wait: &super::Wait) -> String;
    /// What it found in its budget, and that it waits or waited.
    fn unfunded(&self, unfunded: &super::Unfunded) -> String;
    fn cap(&self, step: &super::CapStep) -> String;
    fn points(&self, trace: &Trace) -> String;
    fn duplicates(&self, on: &str, duplicates: &Duplicates) -> String;
    fn approval(&self, approval: Approval) -> Option<String>;
    /// A length in seconds, of whole hours.
    fn notice(&self, seconds: i64) -> String;
    fn expiry_notices(&self, days: &[i64]) -> String;
    fn expires_to_budget(&self) -> String;
    fn grace(&self, seconds: i64) -> String;
    fn debt_cap(&self, cap: Points) -> String;
    /// A share in basis points.
    fn recovered(&self, share: i64) -> String;
    fn write_off(&self, days: i64) -> String;
}

/// A day in seconds.
pub(super) const DAY: i64 = 86_400;

/// Points as people write them: 12, 12.5, 12.05.
pub(super) fn short(points: Points) -> String {
    points.to_decimal().normalize().to_string()
}

/// A factor in basis points as people write it: 1.5.
pub(super) fn factor(times: i64) -> String {
    Decimal::new(times, 4).normalize().to_string()
}

/// A share in basis points as a percentage: 50.
pub(super) fn percent(share: i64) -> String {
    Decimal::new(share, 2).normalize().to_string()
}

/// What a cap has left before the award: hundredths or a count, never below zero.
fn left(step: &super::CapStep) -> i64 {
    step.limit.saturating_sub(step.used_before).max(0)
}

/// What stood in the way, joined: alternatives by `or`, the rest by `and`.
fn joined(checks: &[Check], say: impl Fn(&Check) -> String, and: &str, or: &str) -> String {
    let mut text = String::new();
    let mut before = None;
    for check in checks {
        if let Some(before) = before {
            let alternative = check.any_of.is_some() && before == check.any_of;
            text.push_str(if alternative { or } else { and });
        }
        text.push_str(&say(check));
        before = Some(check.any_of);
    }
    text
}

/// The class a condition asks for, if it asks for evidence, by its label.
fn asked(check: &Check, pick: Pick) -> Option<String> {
    let class = check.fact.strip_prefix(ASKED)?;
    Some(class_label(class, pick))
}

/// A class of evidence for people; as in the policy if a later version no longer knows it.
pub(super) fn class_label(class: &str, pick: Pick) -> String {
    let label = class_of(class).map_or(class, |class| pick(class.zh, class.en));
    label.to_owned()
}

/// A language's choice between the Chinese and the English label.
pub(super) type Pick = fn(&'static str, &'static str) -> &'static str;

/// A fact's declaration, with a language's choice between the two labels.
pub(super) struct Label {
    spec: Option<&'static FactSpec>,
    pick: Pick,
}

impl Label {
    pub(super) fn of(on: &str, fact: &str, pick: Pick) -> Self {
        let spec = kind(on).and_then(|kind| kind.fact(fact));
        Self { spec, pick }
    }

    /// The fact's name for people; as in the policy if a later version no longer declares it.
    pub(super) fn name(&self, fact: &str) -> String {
        self.spec
            .map_or(fact, |spec| (self.pick)(spec.zh, spec.en))
            .to_owned()
    }

    /// The unit of a quantity.
    pub(super) fn unit(&self) -> &'static str {
        match self.spec.map(|spec| spec.kind) {
            Some(FactType::Number { unit, .. }) => {
                let (zh, en) = unit.labels();
                (self.pick)(zh, en)
            }
            _ => "",
        }
    }

    /// A word of a list, for people.
    pub(super) fn word(&self, value: &str) -> String {
        let choices: &[Choice] = self.spec.map_or(&[], |spec| spec.kind.choices());
        choices
            .iter()
            .find(|choice| choice.value == value)
            .map_or(value, |choice| (self.pick)(choice.zh, choice.en))
            .to_owned()
    }

    /// Any value, for people, without quotes.
    pub(super) fn value(&self, fact: &Fact) -> String {
        match fact {
            Fact::Text(text) => self.word(text),
            Fact::Bool(true) => (self.pick)("是", "yes").to_owned(),
            Fact::Bool(false) => (self.pick)("否", "no").to_owned(),
            Fact::Number(_) => fact.to_string(),
        }
    }

    pub(super) fn values(&self, facts: &[Fact], separator: &str) -> String {
        let values: Vec<_> = facts.iter().map(|fact| self.value(fact)).collect();
        values.join(separator)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::files::policy;
    use super::super::{Deed, apply_caps};
    use super::*;

    /// The sentences for a deed priced by a policy of the project, with counters as given.
    fn sentences(name: &str, at: &str, facts: &str, used: &[i64], language: Language) -> String {
        let policy = policy(name);
        let deed = Deed {
            kind: policy.on().to_owned(),
            reference: "r".to_owned(),
            occurred_at: at.parse().expect(at),
            facts: serde_json::from_str(facts).expect(facts),
            evidence: ["photo".to_owned()].into(),
            places: Vec::new(),
        };
        let quote = policy.price(&deed).expect("a quote");
        let capped = apply_caps(quote.points, &quote.caps, used).expect("room");
        explain(&quote.trace.with_caps(&capped), language).join("\n")
    }

    const NIGHT: (&str, &str, &str, &[i64]) = (
        "grid-patrol",
        "2026-03-05T23:00:00+08:00",
        r#"{"minutes": 240, "grid": "YH-0312"}"#,
        &[3000, 1, 0],
    );
    const DAY: (&str, &str, &str, &[i64]) = (
        "grid-patrol",
        "2026-03-05T10:00:00+08:00",
        r#"{"minutes": 60, "grid": "YH-0312"}"#,
        &[0, 0, 0],
    );
    const HAZARD: (&str, &str, &str, &[i64]) = (
        "hazard-report",
        "2026-03-05T12:00:00+08:00",
        r#"{"category": "road", "severity": "high", "outcome": "verified"}"#,
        &[0, 0],
    );
    const STUDY: (&str, &str, &str, &[i64]) = (
        "organizational-life",
        "2026-03-05T19:30:00+08:00",
        r#"{"activity": "study"}"#,
        &[0, 0],
    );

    fn refusal(name: &str, facts: &str, language: Language) -> Vec<String> {
        let policy = policy(name);
        let deed = Deed {
            kind: policy.on().to_owned(),
            reference: "r".to_owned(),
            occurred_at: "2026-03-05T14:00:00+08:00".parse().expect("a moment"),
            facts: serde_json::from_str(facts).expect(facts),
            evidence: ["photo".to_owned()].into(),
            places: Vec::new(),
        };
        let refusal = policy.price(&deed).expect_err(facts);
        explain_refusal(policy.on(), &refusal, language)
    }

    #[test]
    fn a_refusal_says_what_was_short() {
        let short = r#"{"minutes": 20, "beneficiary": "elderly"}"#;
        assert_eq!(
            refusal("volunteer-service", short, Language::Zh),
            [
                "没有适用的规则，不计分。",
                "“单次四小时以上的志愿服务”未适用：小时数须不少于 4，实际为 0.33，相差 3.67。",
                "“志愿服务”未适用：时长须不少于 30，实际为 20，相差 10。",
            ]
        );
        assert_eq!(
            refusal("volunteer-service", short, Language::En)[2],
            "志愿服务 did not apply: duration must be at least 30; it is 20, off by 10."
        );
        let wrong = r#"{"minutes": 20, "beneficiary": "rich"}"#;
        assert_eq!(
            refusal("volunteer-service", wrong, Language::Zh),
            ["服务对象填写有误，应为老人、儿童、困难群众、社区居民之一。"]
        );
        assert_eq!(
            refusal("volunteer-service", wrong, Language::En),
            [
                "Not counted: beneficiary must be one of: elderly, child, hardship, community, \
              found \"rich\"."
            ]
        );
    }

    #[test]
    fn a_reached_cap_says_how_much_was_counted() {
        let policy = policy("hazard-report");
        let deed = Deed {
            kind: policy.on().to_owned(),
            reference: "r".to_owned(),
            occurred_at: HAZARD.1.parse().expect("a moment"),
            facts: serde_json::from_str(HAZARD.2).expect("facts"),
            evidence: ["photo".to_owned()].into(),
            places: Vec::new(),
        };
        let quote = policy.price(&deed).expect("a quote");
        let reached = apply_caps(quote.points, &quote.caps, &[3, 0]).expect_err("no room");
        assert_eq!(
            explain_reached(&reached, Language::Zh),
            "每人每天最多 3 次，此前已计 3 次，本次不再计分。"
        );
        assert_eq!(
            explain_reached(&reached, Language::En),
            "At most 3 awards per member and day: 3 counted before, so this one is not counted."
        );
    }

    #[test]
    fn a_rider_reads_why_in_chinese() {
        let say = |(name, at, facts, used)| sentences(name, at, facts, used, Language::Zh);
        assert_eq!(
            say(NIGHT),
            "依据《于洪区兼职网格员巡查积分办法》：完成一次网格巡查。\n\
             基础积分：每小时 6 分 × 4 小时 = 24 分。\n\
             夜间巡查：× 1.5，得 36 分。\n\
             单次最多 24 分，由 36 分计为 24 分。\n\
             每人每天最多 36 分：此前已计 30 分，还可计 6 分，本次少计 18 分。\n\
             每人每天最多 2 次：此前已计 1 次，还可计 1 次。\n\
             本项资金每月最多 60000 分：此前已计 0 分，还可计 60000 分。\n\
             共得 6 分。"
        );
        assert_eq!(
            say(HAZARD),
            "依据《于洪区“随手拍、马上传”隐患上报积分办法》：上报安全隐患并经核实。\n\
             凭据：现场照片。\n\
             基础积分：严重程度为“重大”，20 分。\n\
             消防、燃气隐患（× 1.5）未适用：隐患类别须为消防隐患、燃气隐患之一，实际为道路设施。\n\
             每人每天最多 3 次：此前已计 0 次，还可计 3 次。\n\
             每人每月最多 200 分：此前已计 0 分，还可计 200 分。\n\
             共得 20 分。"
        );
        assert!(say(DAY).contains(
            "夜间巡查（× 1.5）未适用：当地钟点须不少于 22，实际为 10，相差 12；\
             或当地钟点须少于 6，实际为 10，相差 4。"
        ));
        assert!(say(STUDY).contains(
            "午后错峰场次（× 1.25）未适用：当地钟点须在 14 到 16 之间，实际为 19，相差 3。"
        ));
    }

    #[test]
    fn a_rider_reads_why_in_english() {
        let say = |(name, at, facts, used)| sentences(name, at, facts, used, Language::En);
        assert_eq!(
            say(NIGHT),
            "Under 于洪区兼职网格员巡查积分办法: 完成一次网格巡查.\n\
             Base: 6 points × 4 hours = 24 points.\n\
             夜间巡查: × 1.5, making 36 points.\n\
             At most 24 points at a time: 36 count as 24.\n\
             At most 36 points per member and day: 30 were counted before, 6 were left, \
             so 18 are not counted.\n\
             At most 2 awards per member and day: 1 was counted before, 1 was left.\n\
             At most 60000 points from this budget per month: 0 were counted before, 60000 were \
             left.\n\
             In all: 6 points."
        );
        assert!(say(HAZARD).contains("Base: severity is \"high\", 20 points."));
        assert!(say(HAZARD).contains(
            "消防、燃气隐患 (× 1.5) did not apply: category must be one of fire, gas; it is road."
        ));
        assert!(
            say(STUDY).contains(
                "did not apply: local hour must be between 14 and 16; it is 19, off by 3."
            )
        );
    }
}
