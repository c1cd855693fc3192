//! Explanations in Chinese.

use super::super::caps::{CapStep, CapSubject, CapUnit};
use super::super::condition::{Check, Comparison};
use super::super::trace::{Basis, MaxStep, MultiplierStep, Trace};
use super::super::{Fact, Window};
use super::{Label, Words, factor, joined, left, short};
use crate::points::Points;

pub(super) struct Chinese;

fn label(trace: &Trace, fact: &str) -> Label {
    Label::of(trace, fact, |zh, _| zh)
}

impl Words for Chinese {
    fn rule(&self, trace: &Trace) -> String {
        format!("依据《{}》：{}。", trace.title, trace.rule_title)
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
                unit = label(trace, per).unit(),
            ),
            Basis::Table { by, value, points } => {
                let label = label(trace, by);
                let (name, word) = (label.name(by), label.word(value));
                format!("基础积分：{name}为“{word}”，{} 分。", short(*points))
            }
        }
    }

    fn multiplier(&self, trace: &Trace, step: &MultiplierStep) -> String {
        let title = step.title.as_ref().unwrap_or(&step.name);
        let times = factor(step.times);
        if step.applied {
            return format!("{title}：× {times}，得 {} 分。", short(step.after));
        }
        let say = |check: &Check| wanted(trace, check);
        let failed = joined(&step.failed, say, "；", "；或");
        format!("{title}（× {times}）未适用：{}。", failed)
    }

    fn max(&self, max: &MaxStep) -> String {
        let (limit, before) = (short(max.limit), short(max.before));
        format!("单次最多 {limit} 分，由 {before} 分计为 {limit} 分。")
    }

    fn cap(&self, step: &CapStep) -> String {
        let window = match step.window {
            Window::Day => "每天",
            Window::Week => "每周",
            Window::Month => "每月",
        };
        let subject = match step.per {
            CapSubject::Member => "每人",
            CapSubject::Budget => "本项资金",
        };
        let amount = |value: i64| match step.unit {
            CapUnit::Points => format!("{} 分", short(Points::from_hundredths(value))),
            CapUnit::Count => format!("{value} 次"),
        };
        let clipped = if step.clipped.is_positive() {
            format!("，本次少计 {} 分", short(step.clipped))
        } else {
            String::new()
        };
        format!(
            "{subject}{window}最多 {}：此前已计 {}，还可计 {}{clipped}。",
            amount(step.limit),
            amount(step.used_before),
            amount(left(step)),
        )
    }

    fn points(&self, trace: &Trace) -> String {
        format!("共得 {} 分。", short(trace.points))
    }
}

/// What a condition wanted, and what it found. Under `none` the opposite was wanted; and since an
/// unstated fact satisfies no comparison, there the fact is always stated.
fn wanted(trace: &Trace, check: &Check) -> String {
    let label = label(trace, &check.fact);
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
        (Some(actual), None) => format!("实际为{}", label.value(actual)),
        (Some(actual), Some(off_by)) if off_by.is_zero() => format!("实际为 {actual}"),
        (Some(actual), Some(off_by)) => format!("实际为 {actual}，相差 {}", off_by.normalize()),
    };
    format!("{name}{wanted}，{found}")
}
