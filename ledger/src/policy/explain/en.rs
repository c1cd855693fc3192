//! Explanations in English.

use super::super::caps::{CapStep, CapSubject, CapUnit};
use super::super::condition::{Check, Comparison};
use super::super::trace::{Basis, MaxStep, MultiplierStep, Trace};
use super::super::{Fact, Window};
use super::{Label, Words, factor, joined, left, short};
use crate::points::Points;

pub(super) struct English;

fn label(trace: &Trace, fact: &str) -> Label {
    Label::of(trace, fact, |_, en| en)
}

/// `1 point`, `2 points`.
fn points(amount: Points) -> String {
    let plural = if amount.hundredths() == 100 { "" } else { "s" };
    format!("{} point{plural}", short(amount))
}

impl Words for English {
    fn rule(&self, trace: &Trace) -> String {
        format!("Under {}: {}.", trace.title, trace.rule_title)
    }

    fn basis(&self, trace: &Trace) -> String {
        match &trace.basis {
            Basis::Fixed { points: amount } => format!("Base: {}.", points(*amount)),
            Basis::Rate {
                rate,
                per,
                quantity,
                points: amount,
            } => format!(
                "Base: {} × {} {} = {}.",
                points(*rate),
                quantity.normalize(),
                label(trace, per).unit(),
                points(*amount),
            ),
            Basis::Table {
                by,
                value,
                points: amount,
            } => {
                let label = label(trace, by);
                let (name, word) = (label.name(by), label.word(value));
                format!("Base: {name} is {word:?}, {}.", points(*amount))
            }
        }
    }

    fn multiplier(&self, trace: &Trace, step: &MultiplierStep) -> String {
        let title = step.title.as_ref().unwrap_or(&step.name);
        let times = factor(step.times);
        if step.applied {
            return format!("{title}: × {times}, making {}.", points(step.after));
        }
        let say = |check: &Check| wanted(trace, check);
        let failed = joined(&step.failed, say, "; ", "; or ");
        format!("{title} (× {times}) did not apply: {}.", failed)
    }

    fn max(&self, max: &MaxStep) -> String {
        let limit = short(max.limit);
        let (most, before) = (points(max.limit), short(max.before));
        format!("At most {most} at a time: {before} count as {limit}.")
    }

    fn cap(&self, step: &CapStep) -> String {
        let window = match step.window {
            Window::Day => "day",
            Window::Week => "week",
            Window::Month => "month",
        };
        let subject = match step.per {
            CapSubject::Member => "per member and",
            CapSubject::Budget => "from this budget per",
        };
        let (limit, amount): (String, fn(i64) -> String) = match step.unit {
            CapUnit::Points => (points(Points::from_hundredths(step.limit)), |value| {
                short(Points::from_hundredths(value))
            }),
            CapUnit::Count if step.limit == 1 => ("1 award".to_owned(), |value| value.to_string()),
            CapUnit::Count => (format!("{} awards", step.limit), |value| value.to_string()),
        };
        let were = |value: i64| {
            let amount = amount(value);
            let verb = if amount == "1" { "was" } else { "were" };
            format!("{amount} {verb}")
        };
        let clipped = if step.clipped.is_positive() {
            format!(", so {} are not counted", short(step.clipped))
        } else {
            String::new()
        };
        format!(
            "At most {limit} {subject} {window}: {} counted before, {} left{clipped}.",
            were(step.used_before),
            were(left(step)),
        )
    }

    fn points(&self, trace: &Trace) -> String {
        format!("In all: {}.", points(trace.points))
    }
}

/// What a condition wanted, and what it found.
fn wanted(trace: &Trace, check: &Check) -> String {
    let label = label(trace, &check.fact);
    let wanted = match &check.expected {
        Comparison::Is(value) => format!("be {}", label.value(value)),
        Comparison::IsNot(value) => format!("be other than {}", label.value(value)),
        Comparison::In(values) => format!("be one of {}", label.values(values, ", ")),
        Comparison::AtLeast(n) => format!("be at least {n}"),
        Comparison::AtMost(n) => format!("be at most {n}"),
        Comparison::MoreThan(n) => format!("be more than {n}"),
        Comparison::LessThan(n) => format!("be less than {n}"),
        Comparison::Between(low, high) => format!("be between {low} and {high}"),
    };
    let must = if check.negated { "must not" } else { "must" };
    let found = match (&check.actual, check.off_by.as_ref().and_then(Fact::number)) {
        (None, _) => "it is not stated".to_owned(),
        (Some(actual), None) => format!("it is {}", label.value(actual)),
        (Some(actual), Some(off_by)) if off_by.is_zero() => format!("it is {actual}"),
        (Some(actual), Some(off_by)) => {
            format!("it is {actual}, off by {}", off_by.normalize())
        }
    };
    format!("{} {must} {wanted}; {found}", label.name(&check.fact))
}
