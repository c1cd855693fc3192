//! Differences in English.

use super::{Change, Kind, What, Words};
use crate::points::{Points, Rounding};
use crate::policy::approval::{Approval, Raise};
use crate::policy::calendar::{Expiry, Period, RoundUp, Window};
use crate::policy::caps::{CapSubject, CapUnit, Over};
use crate::policy::condition::{Comparison, Condition};
use crate::policy::deed::kind;
use crate::policy::duplicates::{Alike, DuplicateReward};
use crate::policy::evidence::{ASKED, Evidence};
use crate::policy::explain::{Label, class_label, short};
use crate::policy::rule::Amount;
use crate::policy::terms::in_words;
use crate::policy::trace::Combine;

pub(super) struct English;

const fn en(_: &'static str, en: &'static str) -> &'static str {
    en
}

fn label(on: &str, fact: &str) -> Label {
    Label::of(on, fact, en)
}

/// `1 day`, `2 days`.
fn counted(count: i64, one: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {one}{plural}")
}

impl Words for English {
    fn only_text(&self) -> &'static str {
        "Nothing changes for riders, only the text, its comments or its own cases."
    }

    fn label(&self, what: What) -> &'static str {
        match what {
            What::Name => "name",
            What::Title => "title",
            What::On => "kind of deed",
            What::Budget => "budget",
            What::Zone => "time zone",
            What::DayStart => "start of the day",
            What::From => "first day in effect",
            What::Until => "last day in effect",
            What::Approval => "approval",
            What::Tiers => "further approval",
            What::Notice => "public notice",
            What::Expiry => "expiry",
            What::Reminders => "reminder before expiry",
            What::Unspent => "what expires unspent",
            What::Grace => "grace for what comes back after expiry",
            What::DebtCap => "most owed after a reversal",
            What::Recovered => "share of later awards that goes to what is owed",
            What::WriteOff => "write-off of what is owed",
            What::Evidence => "evidence",
            What::Geofence => "geofence",
            What::Duplicates => "duplicates",
            What::When => "condition",
            What::Points => "points",
            What::Max => "most at a time",
            What::Combine => "how multipliers combine",
            What::Rounding => "rounding",
            What::Times => "factor",
            What::Subject => "who is counted",
            What::Window => "over how long",
            What::Over => "beyond it",
            What::Rules => "rules it counts",
            What::RuleOrder => "order of rules",
            What::MultiplierOrder => "order of multipliers",
            What::CapOrder => "order of caps",
        }
    }

    fn row(&self, on: &str, by: &str, value: &str) -> String {
        let label = label(on, by);
        format!("points where {} is {}", label.name(by), label.word(value))
    }

    fn limit_of(&self, per: CapSubject, every: Window, unit: CapUnit, rules: &[String]) -> String {
        let unit = match unit {
            CapUnit::Points => "points",
            CapUnit::Count => "awards",
        };
        let only = match rules {
            [] => String::new(),
            rules => format!(" (only of {})", self.titles(rules)),
        };
        let (subject, window) = (self.subject(per), self.window(every));
        format!("the limit on {unit} {subject} and {window}{only}")
    }

    fn change(&self, Change { label, was, is }: &Change) -> String {
        match (was, is) {
            (Some(was), Some(is)) => format!("{label} changes from {was} to {is}"),
            (None, Some(is)) => format!("{label} is new: {is}"),
            (Some(was), None) => format!("{label} is dropped (was {was})"),
            (None, None) => format!("{label} changes"),
        }
    }

    fn part(&self, label: &str, words: &str) -> String {
        if label.is_empty() {
            return words.to_owned();
        }
        format!("{label}: {words}")
    }

    fn phrases(&self, phrases: &[String]) -> String {
        phrases.join("; ")
    }

    fn sentence(&self, phrase: &str) -> String {
        let mut letters = phrase.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        format!("{}{}.", first.unwrap_or_default(), letters.as_str())
    }

    fn named(&self, kind: Kind, title: &str) -> String {
        match kind {
            Kind::Rule => format!("rule {title}"),
            Kind::Multiplier => format!("multiplier {title}"),
            Kind::Cap => title.to_owned(),
        }
    }

    fn within(&self, named: &str, phrase: &str) -> String {
        format!("{named}: {phrase}")
    }

    fn added(&self, named: &str, after: Option<&str>, parts: &[String]) -> String {
        let after = after.map(|title| format!(" (after {title})"));
        format!(
            "new {named}{}: {}",
            after.unwrap_or_default(),
            self.phrases(parts)
        )
    }

    fn removed(&self, named: &str, parts: &[String]) -> String {
        format!("{named} is removed (was {})", self.phrases(parts))
    }

    fn titles(&self, titles: &[String]) -> String {
        titles.join(", ")
    }

    fn quoted(&self, text: &str) -> String {
        format!("“{text}”")
    }

    fn kind_of_deed(&self, on: &str) -> String {
        kind(on).map_or(on, |kind| kind.en).to_owned()
    }

    fn condition(&self, on: &str, condition: &Condition) -> Option<String> {
        let inner = |part: &Condition| match part {
            Condition::All(parts) | Condition::Any(parts) if parts.len() > 1 => {
                self.condition(on, part).map(|words| format!("({words})"))
            }
            other => self.condition(on, other),
        };
        let join = |parts: &[Condition], with: &str| {
            let words: Vec<_> = parts.iter().filter_map(inner).collect();
            words.join(with)
        };
        match condition {
            Condition::All(parts) if parts.is_empty() => None,
            Condition::Any(parts) if parts.is_empty() => Some("never".to_owned()),
            Condition::All(parts) => Some(join(parts, " and ")),
            Condition::Any(parts) => Some(join(parts, " or ")),
            Condition::Fact {
                fact,
                comparison,
                negated,
            } => Some(compared(on, fact, comparison, *negated)),
        }
    }

    fn points(&self, points: Points) -> String {
        let plural = if points.hundredths() == 100 { "" } else { "s" };
        format!("{} point{plural}", short(points))
    }

    fn amount(&self, on: &str, amount: &Amount) -> String {
        match amount {
            Amount::Fixed(points) => self.points(*points),
            Amount::Rate {
                rate,
                per,
                rounding,
            } => {
                let name = label(on, per).name(per);
                let rounding = self.rounding(*rounding);
                format!("{} a unit of {name} ({rounding})", self.points(*rate))
            }
            Amount::Table { by, table } => {
                let label = label(on, by);
                let row = |(value, points): (&String, &Points)| {
                    format!("{} {}", label.word(value), self.points(*points))
                };
                let rows: Vec<_> = table.iter().map(row).collect();
                format!("by {}: {}", label.name(by), rows.join(", "))
            }
        }
    }

    fn rounding(&self, rounding: Rounding) -> String {
        let how = match rounding {
            Rounding::HalfUp => "half up",
            Rounding::HalfEven => "half to even",
            Rounding::Down => "down",
            Rounding::Up => "up",
        };
        format!("hundredths rounded {how}")
    }

    fn combine(&self, combine: Combine) -> &'static str {
        match combine {
            Combine::Multiply => "multiplied one after the other",
            Combine::Highest => "the highest counts",
            Combine::Add => "what they add is summed",
        }
    }

    fn evidence(&self, evidence: &Evidence) -> String {
        let labels = |classes: &[String]| {
            let labels: Vec<_> = classes.iter().map(|class| class_label(class, en)).collect();
            labels.join(", ")
        };
        match evidence {
            Evidence::All(classes) => labels(classes),
            Evidence::Any(classes) => format!("one of {}", labels(classes)),
        }
    }

    fn approval(&self, approval: Approval) -> &'static str {
        match approval {
            Approval::None => "nobody",
            Approval::Single => "one person",
            Approval::TwoPerson => "two people",
        }
    }

    fn tiers(&self, on: &str, raises: &[Raise]) -> Option<String> {
        let tier = |raise: &Raise| {
            let points = raise
                .points_at_least
                .map(|least| format!("from {}", self.points(least)));
            let parts: Vec<_> = self
                .condition(on, &raise.when)
                .into_iter()
                .chain(points)
                .collect();
            format!("{} {}", self.approval(raise.tier), parts.join(" and "))
        };
        let tiers: Vec<_> = raises.iter().map(tier).collect();
        (!tiers.is_empty()).then(|| tiers.join(", "))
    }

    fn length(&self, seconds: i64) -> String {
        in_words(seconds)
    }

    fn expiry(&self, Expiry { after, round_up }: Expiry) -> String {
        let after = match after {
            Period::Days(days) => counted(i64::from(days), "day"),
            Period::Months(months) => counted(i64::from(months), "month"),
        };
        let end = match round_up {
            None => "",
            Some(RoundUp::Month) => ", to the end of the month",
            Some(RoundUp::Quarter) => ", to the end of the quarter",
            Some(RoundUp::Year) => ", to the end of the year",
        };
        format!("after {after}{end}")
    }

    fn days(&self, days: &[i64]) -> String {
        let days: Vec<_> = days.iter().map(|days| counted(*days, "day")).collect();
        days.join(", ")
    }

    fn unspent(&self, to_budget: bool) -> &'static str {
        if to_budget {
            "goes back to the budget"
        } else {
            "is lost"
        }
    }

    fn duplicates(&self, on: &str, alike: &Alike) -> String {
        let names: Vec<_> = alike
            .key
            .iter()
            .map(|fact| label(on, fact).name(fact))
            .collect();
        let within = alike.radius_metres.map(|metres| format!(" and {metres} m"));
        let reward = match alike.reward {
            DuplicateReward::Share => "share one award",
            DuplicateReward::First => "earn once, the first of them",
        };
        let length = in_words(alike.window_seconds);
        let within = within.unwrap_or_default();
        format!(
            "deeds of the same {} within {length}{within} {reward}",
            names.join(" and ")
        )
    }

    fn subject(&self, per: CapSubject) -> &'static str {
        match per {
            CapSubject::Member => "per member",
            CapSubject::Grid => "per grid",
            CapSubject::Team => "per team",
            CapSubject::Approver => "per approver",
            CapSubject::Budget => "for the budget",
        }
    }

    fn window(&self, every: Window) -> String {
        match every {
            Window::Day => "day".to_owned(),
            Window::Week => "week".to_owned(),
            Window::Month => "month".to_owned(),
            Window::Quarter => "quarter".to_owned(),
            Window::Year => "year".to_owned(),
            Window::Rolling { days } => format!("any {days} days running"),
        }
    }

    fn count(&self, unit: CapUnit, limit: i64) -> String {
        match unit {
            CapUnit::Points => self.points(Points::from_hundredths(limit)),
            CapUnit::Count => counted(limit, "award"),
        }
    }

    fn over(&self, over: Over) -> &'static str {
        match over {
            Over::Clip => "awards are cut to it",
            Over::Reject => "awards are refused",
            Over::Queue => "awards wait for room",
        }
    }
}

/// One fact and what it has to be.
fn compared(on: &str, fact: &str, comparison: &Comparison, negated: bool) -> String {
    if let Some(class) = fact.strip_prefix(ASKED) {
        let has = if negated { "not shown by" } else { "shown by" };
        return format!("{has} {}", class_label(class, en));
    }
    let label = label(on, fact);
    let wanted = match comparison {
        Comparison::Is(value) => format!("is {}", label.value(value)),
        Comparison::IsNot(value) => format!("is other than {}", label.value(value)),
        Comparison::In(values) => format!("is one of {}", label.values(values, ", ")),
        Comparison::AtLeast(n) => format!("is at least {}", n.normalize()),
        Comparison::AtMost(n) => format!("is at most {}", n.normalize()),
        Comparison::MoreThan(n) => format!("is more than {}", n.normalize()),
        Comparison::LessThan(n) => format!("is less than {}", n.normalize()),
        Comparison::Between(low, high) => {
            format!("is between {} and {}", low.normalize(), high.normalize())
        }
    };
    let not = if negated { "not: " } else { "" };
    format!("{not}{} {wanted}", label.name(fact))
}
