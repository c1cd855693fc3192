//! Explanations in English.

use super::super::approval::Approval;
use super::super::caps::{CapReached, CapStep, CapSubject, CapUnit, Over};
use super::super::condition::{Check, Comparison};
use super::super::duplicates::{DuplicateReward, Duplicates};
use super::super::refusal::{Refusal, RuleMiss};
use super::super::terms::in_words;
use super::super::trace::{
    Basis, Combine, CombinedStep, MaxStep, MultiplierStep, Share, Trace, Unfunded, Wait,
};
use super::super::{Fact, Window};
use super::{Label, Words, asked, class_label, factor, joined, left, percent, short};
use crate::points::Points;

pub(super) struct English;

fn label(on: &str, fact: &str) -> Label {
    Label::of(on, fact, en)
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

    fn check(&self, on: &str, check: &Check) -> String {
        let held = if check.held { "Met" } else { "Not met" };
        format!("{held}: {}.", wanted(on, check))
    }

    fn evidence(&self, classes: &[String]) -> String {
        format!("Shown by {}.", labels(classes))
    }

    fn places(&self, layers: &[String]) -> String {
        format!("It happened in {}.", layers.join(", "))
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
                label(&trace.on, per).unit(),
                points(*amount),
            ),
            Basis::Table {
                by,
                value,
                points: amount,
            } => {
                let label = label(&trace.on, by);
                let (name, word) = (label.name(by), label.word(value));
                format!("Base: {name} is {word:?}, {}.", points(*amount))
            }
        }
    }

    fn multiplier(&self, trace: &Trace, step: &MultiplierStep) -> String {
        let title = step.title.as_ref().unwrap_or(&step.name);
        let times = factor(step.times);
        if step.applied && trace.combined.is_some() {
            return format!("{title}: × {times}.");
        }
        if step.applied {
            return format!("{title}: × {times}, making {}.", points(step.after));
        }
        let say = |check: &Check| wanted(&trace.on, check);
        let failed = joined(&step.failed, say, "; ", "; or ");
        format!("{title} (× {times}) did not apply: {}.", failed)
    }

    fn combined(&self, step: &CombinedStep) -> String {
        let how = match step.combine {
            Combine::Highest => "The highest of these counts",
            Combine::Multiply | Combine::Add => "What these add is summed",
        };
        let times = factor(step.times);
        format!("{how}: × {times}, making {}.", points(step.after))
    }

    fn max(&self, max: &MaxStep) -> String {
        let limit = short(max.limit);
        let (most, before) = (points(max.limit), short(max.before));
        format!("At most {most} at a time: {before} count as {limit}.")
    }

    fn share(&self, share: &Share) -> String {
        format!(
            "{} reported the same thing: {} divided equally, {} each.",
            share.reports,
            points(share.whole),
            short(share.each)
        )
    }

    fn wait(&self, wait: &Wait) -> String {
        let reached = &wait.reached;
        let ahead = match wait.ahead {
            0 => String::new(),
            ahead => format!(" and {ahead} were waiting"),
        };
        format!(
            "At most {} {}: {} counted before{ahead} when it was submitted, so its {} had to wait: they count in order of submission when \
             there is room, in a later period if not in this one.",
            amount(reached.unit, reached.limit),
            span(reached.per, reached.window),
            number(reached.unit, reached.used),
            points(reached.wanted),
        )
    }

    fn unfunded(&self, unfunded: &Unfunded) -> String {
        let ahead = match unfunded.ahead {
            0 => String::new(),
            ahead => format!(" and {ahead} were waiting for it"),
        };
        let then = match unfunded.until {
            None => "it waits, and counts in order of submission when the budget is given more",
            Some(_) => "it waited until the budget was given more",
        };
        let left = points(unfunded.available);
        format!("The budget had {left} left{ahead} when it was agreed to: {then}.")
    }

    fn cap(&self, step: &CapStep) -> String {
        let were = |value: i64| {
            let number = number(step.unit, value);
            let verb = if number == "1" { "was" } else { "were" };
            format!("{number} {verb}")
        };
        let clipped = if step.clipped.is_positive() {
            format!(", so {} are not counted", short(step.clipped))
        } else {
            String::new()
        };
        format!(
            "At most {} {}: {} counted before, {} left{clipped}.",
            amount(step.unit, step.limit),
            span(step.per, step.window),
            were(step.used_before),
            were(left(step)),
        )
    }

    fn reached(&self, reached: &CapReached) -> String {
        format!(
            "At most {} {}: {} counted before, so this one {}.",
            amount(reached.unit, reached.limit),
            span(reached.per, reached.window),
            number(reached.unit, reached.used),
            match reached.over {
                Over::Queue => "waits until there is room",
                Over::Clip | Over::Reject => "is not counted",
            },
        )
    }

    fn refused(&self, _on: &str, refusal: &Refusal) -> String {
        match refusal {
            Refusal::NoRuleApplies { .. } => "No rule applies.".to_owned(),
            Refusal::MissingEvidence { missing, any } => {
                let one = if *any { "one of " } else { "" };
                format!(
                    "Not counted: it is to be shown by {one}{}.",
                    labels(missing)
                )
            }
            other => format!("Not counted: {other}."),
        }
    }

    fn missed(&self, on: &str, miss: &RuleMiss) -> String {
        let failed = joined(&miss.failed, |check| wanted(on, check), "; ", "; or ");
        format!("{} did not apply: {failed}.", miss.title)
    }

    fn points(&self, trace: &Trace) -> String {
        format!("In all: {}.", points(trace.points))
    }

    fn duplicates(&self, on: &str, duplicates: &Duplicates) -> String {
        let names: Vec<_> = duplicates
            .key
            .keys()
            .map(|fact| label(on, fact).name(fact))
            .collect();
        let within = duplicates
            .radius_metres
            .map(|metres| format!(" and {metres} m"));
        let reward = match duplicates.reward {
            DuplicateReward::Share => {
                "share one award, divided once that time is over; to be earlier earns nothing more"
            }
            DuplicateReward::First => "earn once, the first of them",
        };
        format!(
            "Deeds of the same {} within {}{} are one thing and {reward}.",
            names.join(" and "),
            in_words(duplicates.window_seconds),
            within.unwrap_or_default(),
        )
    }

    fn approval(&self, approval: Approval) -> Option<String> {
        let people = match approval {
            Approval::None => return None,
            Approval::Single => "Somebody else than whoever enters it",
            Approval::TwoPerson => "Two people, one after the other and neither who enters it,",
        };
        Some(format!("{people} must approve it."))
    }

    fn notice(&self, seconds: i64) -> String {
        let length = in_words(seconds);
        format!("It is on public notice for {length} and counts unless somebody objects.")
    }

    fn expiry_notices(&self, days: &[i64]) -> String {
        let days: Vec<_> = days.iter().map(i64::to_string).collect();
        format!(
            "The member is told {} days before it expires.",
            days.join(", ")
        )
    }

    fn expires_to_budget(&self) -> String {
        "What expires unspent goes back to the budget.".to_owned()
    }

    fn grace(&self, seconds: i64) -> String {
        match seconds {
            0 => "What comes back after it expired cannot be spent.".to_owned(),
            _ => {
                let length = in_words(seconds);
                format!("What comes back after it expired can be spent for {length}.")
            }
        }
    }

    fn debt_cap(&self, cap: Points) -> String {
        format!(
            "Undone after it was spent, it leaves at most {} owing.",
            points(cap)
        )
    }

    fn recovered(&self, share: i64) -> String {
        format!(
            "At most {}% of it goes to what is owed from before.",
            percent(share)
        )
    }

    fn write_off(&self, days: i64) -> String {
        format!("What is owed for {days} days is written off.")
    }
}

/// `per member and day`.
fn span(per: CapSubject, every: Window) -> String {
    let window = match every {
        Window::Day => "day".to_owned(),
        Window::Week => "week".to_owned(),
        Window::Month => "month".to_owned(),
        Window::Quarter => "quarter".to_owned(),
        Window::Year => "year".to_owned(),
        Window::Rolling { days } => format!("any {days} days running"),
    };
    let rolling = matches!(every, Window::Rolling { .. });
    match (per, rolling) {
        (CapSubject::Budget, true) => format!("from this budget in {window}"),
        (CapSubject::Budget, false) => format!("from this budget per {window}"),
        (other, true) => format!("per {} in {window}", other.name()),
        (other, false) => format!("per {} and {window}", other.name()),
    }
}

fn labels(classes: &[String]) -> String {
    let labels: Vec<_> = classes.iter().map(|class| class_label(class, en)).collect();
    labels.join(", ")
}

const fn en(_: &'static str, en: &'static str) -> &'static str {
    en
}

/// A counter's figure without its unit.
fn number(unit: CapUnit, value: i64) -> String {
    match unit {
        CapUnit::Points => short(Points::from_hundredths(value)),
        CapUnit::Count => value.to_string(),
    }
}

/// A counter's figure with its unit.
fn amount(unit: CapUnit, value: i64) -> String {
    match unit {
        CapUnit::Points => points(Points::from_hundredths(value)),
        CapUnit::Count if value == 1 => "1 award".to_owned(),
        CapUnit::Count => format!("{value} awards"),
    }
}

/// What a condition wanted, and what it found.
fn wanted(on: &str, check: &Check) -> String {
    if let Some(class) = asked(check, en) {
        let must = if check.negated { "must not" } else { "must" };
        let is = if check.actual.is_some() {
            "it is"
        } else {
            "it is not"
        };
        return format!("it {must} be shown by {class}; {is}");
    }
    let label = label(on, &check.fact);
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
