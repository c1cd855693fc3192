//! Explanations in Chinese.

use std::borrow::Cow;

use super::super::approval::Approval;
use super::super::caps::{CapReached, CapStep, CapSubject, CapUnit, Over};
use super::super::condition::{Check, Comparison};
use super::super::deed::FactType;
use super::super::duplicates::{DuplicateReward, Duplicates};
use super::super::refusal::{Refusal, RuleMiss};
use super::super::trace::{
    Basis, Combine, CombinedStep, MaxStep, MultiplierStep, Share, Trace, Unfunded, Wait,
};
use super::super::{Fact, Window};
use super::{DAY, Label, Words, asked, class_label, factor, joined, left, percent, short};
use crate::points::Points;

pub(super) struct Chinese;

fn label(on: &str, fact: &str) -> Label {
    Label::of(on, fact, zh)
}

impl Words for Chinese {
    fn rule(&self, trace: &Trace) -> String {
        format!("依据《{}》：{}。", trace.title, trace.rule_title)
    }

    fn check(&self, on: &str, check: &Check) -> String {
        let held = if check.held { "满足" } else { "不满足" };
        format!("{held}：{}。", wanted(on, check))
    }

    fn evidence(&self, classes: &[String]) -> String {
        format!("凭据：{}。", labels(classes))
    }

    fn places(&self, layers: &[String]) -> String {
        format!("地点在规定范围内（{}）。", layers.join("、"))
    }

    fn basis(&self, trace: &Trace) -> String {
        match &trace.basis {
            Basis::Fixed { points } => format!("基础积分：{} 分。", short(*points)),
            Basis::Rate {
                rate,
                per,
                quantity,
                points,
            } => format!(
                "基础积分：每{unit} {} 分 × {} {unit} = {} 分。",
                short(*rate),
                quantity.normalize(),
                short(*points),
                unit = label(&trace.on, per).unit(),
            ),
            Basis::Table { by, value, points } => {
                let label = label(&trace.on, by);
                let (name, word) = (label.name(by), label.word(value));
                format!("基础积分：{name}为“{word}”，{} 分。", short(*points))
            }
        }
    }

    fn multiplier(&self, trace: &Trace, step: &MultiplierStep) -> String {
        let title = step.title.as_ref().unwrap_or(&step.name);
        let times = factor(step.times);
        if step.applied && trace.combined.is_some() {
            return format!("{title}：× {times}。");
        }
        if step.applied {
            return format!("{title}：× {times}，得 {} 分。", short(step.after));
        }
        let say = |check: &Check| wanted(&trace.on, check);
        let failed = joined(&step.failed, say, "；", "；或");
        format!("{title}（× {times}）未适用：{}。", failed)
    }

    fn combined(&self, step: &CombinedStep) -> String {
        let how = match step.combine {
            Combine::Highest => "以上加成取最高一项",
            Combine::Multiply | Combine::Add => "以上加成相加",
        };
        let times = factor(step.times);
        format!("{how}：× {times}，得 {} 分。", short(step.after))
    }

    fn max(&self, max: &MaxStep) -> String {
        let (limit, before) = (short(max.limit), short(max.before));
        format!("单次最多 {limit} 分，由 {before} 分计为 {limit} 分。")
    }

    fn share(&self, share: &Share) -> String {
        format!(
            "共 {} 人报告同一件事，平分 {} 分，各得 {} 分。",
            share.reports,
            short(share.whole),
            short(share.each)
        )
    }

    fn wait(&self, wait: &Wait) -> String {
        let reached = &wait.reached;
        let most = format!(
            "{}{}最多 {}，此前已计 {}",
            subject(reached.per),
            window(reached.window),
            amount(reached.unit, reached.limit),
            amount(reached.unit, reached.used),
        );
        let ahead = match wait.ahead {
            0 => String::new(),
            ahead => format!("、前面还有 {ahead} 笔在排队"),
        };
        let points = short(reached.wanted);
        format!(
            "{most}{ahead}，登记时放不下，{points} 分先排队：按登记先后，有余量时计入，本周期没有就等以后的周期。"
        )
    }

    fn unfunded(&self, unfunded: &Unfunded) -> String {
        let ahead = match unfunded.ahead {
            0 => String::new(),
            ahead => format!("，前面还有 {ahead} 笔在等"),
        };
        let then = match unfunded.until {
            None => "先排队：预算补充后按登记先后计入",
            Some(_) => "先排了队，预算补充后已计入",
        };
        format!(
            "通过时预算只余 {} 分{ahead}，{then}。",
            short(unfunded.available)
        )
    }

    fn cap(&self, step: &CapStep) -> String {
        let clipped = if step.clipped.is_positive() {
            format!("，本次少计 {} 分", short(step.clipped))
        } else {
            String::new()
        };
        format!(
            "{}{}最多 {}：此前已计 {}，还可计 {}{clipped}。",
            subject(step.per),
            window(step.window),
            amount(step.unit, step.limit),
            amount(step.unit, step.used_before),
            amount(step.unit, left(step)),
        )
    }

    fn reached(&self, reached: &CapReached) -> String {
        format!(
            "{}{}最多 {}，此前已计 {}，{}。",
            subject(reached.per),
            window(reached.window),
            amount(reached.unit, reached.limit),
            amount(reached.unit, reached.used),
            match reached.over {
                Over::Queue => "本次须等有余量时再计",
                Over::Clip | Over::Reject => "本次不再计分",
            },
        )
    }

    fn refused(&self, on: &str, refusal: &Refusal) -> String {
        let name = |fact: &str| label(on, fact).name(fact);
        match refusal {
            Refusal::WrongDeedKind { .. } => "本办法不适用于这类事项。".to_owned(),
            Refusal::OutsideEffectiveWindow { .. } => "事项发生时本办法不在施行期内。".to_owned(),
            Refusal::MomentOutOfRange => "时间超出可计算的范围。".to_owned(),
            Refusal::UnknownFact { fact, near } => {
                let near = near.as_ref().map(|near| format!("，是否指“{near}”"));
                format!("没有“{fact}”这一项{}。", near.unwrap_or_default())
            }
            Refusal::DerivedFact { fact } => format!("{}由系统计算，不能填写。", name(fact)),
            Refusal::WrongFactType { fact, .. } | Refusal::WrongFactValue { fact, .. } => {
                format!(
                    "{}填写有误，应为{}。",
                    name(fact),
                    described(&label(on, fact))
                )
            }
            Refusal::MissingFact { fact, .. } => {
                format!(
                    "没有填写{}，应为{}。",
                    name(fact),
                    described(&label(on, fact))
                )
            }
            Refusal::UnknownEvidence { evidence, near } => {
                let near = near.as_ref().map(|near| format!("，是否指“{near}”"));
                format!("没有“{evidence}”这类凭据{}。", near.unwrap_or_default())
            }
            Refusal::MissingEvidence { missing, any } => {
                let one = if *any { "之一" } else { "" };
                format!("缺少凭据：须有{}{one}。", labels(missing))
            }
            Refusal::OutsideGeofence { layer } => {
                format!("事发地点不在规定范围内（{layer}），不计分。")
            }
            Refusal::NoRuleApplies { .. } => "没有适用的规则，不计分。".to_owned(),
            Refusal::NothingEarned { .. } => "按规则计算不足 0.01 分，不计分。".to_owned(),
            Refusal::Amount { .. } => "按规则计算的积分过大，无法登记。".to_owned(),
        }
    }

    fn missed(&self, on: &str, miss: &RuleMiss) -> String {
        let failed = joined(&miss.failed, |check| wanted(on, check), "；", "；或");
        format!("“{}”未适用：{failed}。", miss.title)
    }

    fn points(&self, trace: &Trace) -> String {
        format!("共得 {} 分。", short(trace.points))
    }

    fn duplicates(&self, on: &str, duplicates: &Duplicates) -> String {
        let names: Vec<_> = duplicates
            .key
            .keys()
            .map(|fact| label(on, fact).name(fact))
            .collect();
        let within = duplicates
            .radius_metres
            .map(|metres| format!("、相距 {metres} 米以内"));
        let reward = match duplicates.reward {
            DuplicateReward::Share => "共享一份积分，期满平分，先报的不多得",
            DuplicateReward::First => "只计第一次",
        };
        format!(
            "{}相同、{}以内{}的算同一件事，{reward}。",
            names.join("、"),
            length(duplicates.window_seconds),
            within.unwrap_or_default(),
        )
    }

    fn approval(&self, approval: Approval) -> Option<String> {
        let people = match approval {
            Approval::None => return None,
            Approval::Single => "一人",
            Approval::TwoPerson => "两人先后",
        };
        Some(format!("须由登记人以外的{people}审核。"))
    }

    fn notice(&self, seconds: i64) -> String {
        format!("公示 {}，期满没有异议后计入余额。", length(seconds))
    }

    fn expiry_notices(&self, days: &[i64]) -> String {
        let days: Vec<_> = days.iter().map(|days| format!("{days} 天")).collect();
        format!("积分到期前 {}提醒。", days.join("、"))
    }

    fn expires_to_budget(&self) -> String {
        "到期未用的积分退回本项资金。".to_owned()
    }

    fn grace(&self, seconds: i64) -> String {
        match seconds {
            0 => "到期后才退回的积分不能再用。".to_owned(),
            _ => format!("到期后才退回的积分还可用 {}。", length(seconds)),
        }
    }

    fn debt_cap(&self, cap: Points) -> String {
        format!("如被撤销而积分已用，最多欠 {} 分。", short(cap))
    }

    fn recovered(&self, share: i64) -> String {
        format!("此前若有欠分，本次最多拿出 {}% 抵还。", percent(share))
    }

    fn write_off(&self, days: i64) -> String {
        format!("欠分满 {days} 天仍未还清的，予以核销。")
    }
}

fn window(window: Window) -> Cow<'static, str> {
    match window {
        Window::Day => "每天".into(),
        Window::Week => "每周".into(),
        Window::Month => "每月".into(),
        Window::Quarter => "每季度".into(),
        Window::Year => "每年".into(),
        Window::Rolling { days } => format!("任意连续 {days} 天").into(),
    }
}

const fn subject(per: CapSubject) -> &'static str {
    match per {
        CapSubject::Member => "每人",
        CapSubject::Grid => "每个网格",
        CapSubject::Team => "每支队伍",
        CapSubject::Approver => "每位审核人",
        CapSubject::Budget => "本项资金",
    }
}

/// A length of time of whole hours.
fn length(seconds: i64) -> String {
    match seconds % DAY {
        0 => format!("{} 天", seconds / DAY),
        _ => format!("{} 小时", seconds / 3600),
    }
}

fn labels(classes: &[String]) -> String {
    let labels: Vec<_> = classes.iter().map(|class| class_label(class, zh)).collect();
    labels.join("、")
}

const fn zh(zh: &'static str, _: &'static str) -> &'static str {
    zh
}

fn amount(unit: CapUnit, value: i64) -> String {
    match unit {
        CapUnit::Points => format!("{} 分", short(Points::from_hundredths(value))),
        CapUnit::Count => format!("{value} 次"),
    }
}

/// Which values a fact takes.
fn described(label: &Label) -> String {
    match label.spec.map(|spec| spec.kind) {
        None => "其他内容".to_owned(),
        Some(FactType::Bool) => "是或否".to_owned(),
        Some(FactType::Code) => "不超过 64 位的编号".to_owned(),
        Some(FactType::Number { min, max, .. }) => format!("{min} 到 {max} 之间的数"),
        Some(FactType::Choice { values }) => {
            let words: Vec<_> = values.iter().map(|choice| choice.zh).collect();
            format!("{}之一", words.join("、"))
        }
    }
}

/// What a condition wanted, and what it found. Under `none` the opposite was wanted; and since an
/// unstated fact satisfies no comparison, there the fact is always stated.
fn wanted(on: &str, check: &Check) -> String {
    if let Some(class) = asked(check, zh) {
        let (must, has) = match (check.negated, check.actual.is_some()) {
            (false, true) => ("须有", "有"),
            (false, false) => ("须有", "没有"),
            (true, true) => ("不得有", "有"),
            (true, false) => ("不得有", "没有"),
        };
        return format!("凭据{must}{class}，实际{has}");
    }
    let label = label(on, &check.fact);
    let wanted = match (&check.expected, check.negated) {
        (Comparison::Is(value), false) => format!("须为{}", label.value(value)),
        (Comparison::Is(value), true) | (Comparison::IsNot(value), false) => {
            format!("不得为{}", label.value(value))
        }
        (Comparison::IsNot(value), true) => format!("须为{}", label.value(value)),
        (Comparison::In(values), false) => format!("须为{}之一", label.values(values, "、")),
        (Comparison::In(values), true) => format!("不得为{}", label.values(values, "、")),
        (Comparison::AtLeast(n), false) => format!("须不少于 {n}"),
        (Comparison::AtMost(n), false) => format!("须不多于 {n}"),
        (Comparison::MoreThan(n), false) | (Comparison::AtMost(n), true) => {
            format!("须多于 {n}")
        }
        (Comparison::LessThan(n), false) | (Comparison::AtLeast(n), true) => {
            format!("须少于 {n}")
        }
        (Comparison::MoreThan(n), true) => format!("须不多于 {n}"),
        (Comparison::LessThan(n), true) => format!("须不少于 {n}"),
        (Comparison::Between(low, high), false) => format!("须在 {low} 到 {high} 之间"),
        (Comparison::Between(low, high), true) => format!("不得在 {low} 到 {high} 之间"),
    };
    let name = label.name(&check.fact);
    let found = match (&check.actual, check.off_by.as_ref().and_then(Fact::number)) {
        (None, _) => "未填写".to_owned(),
        (Some(Fact::Number(actual)), None) => format!("实际为 {}", actual.normalize()),
        (Some(actual), None) => format!("实际为{}", label.value(actual)),
        (Some(actual), Some(off_by)) if off_by.is_zero() => format!("实际为 {actual}"),
        (Some(actual), Some(off_by)) => format!("实际为 {actual}，相差 {}", off_by.normalize()),
    };
    format!("{name}{wanted}，{found}")
}
