//! Conditions: what a rule asks of a deed's facts, and a record of each answer.

use std::fmt;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::deed::{Fact, exact};
use super::facts::Facts;

/// A condition with negation pushed down to the leaves, so that every leaf says by itself whether
/// it stood in the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// All of these; of none, always.
    All(Vec<Condition>),
    /// At least one of these.
    Any(Vec<Condition>),
    /// One fact against one comparison.
    Fact {
        fact: String,
        comparison: Comparison,
        negated: bool,
    },
}

/// How one fact is compared. A fact that the deed does not state satisfies none of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Comparison {
    /// Equal to it.
    Is(Fact),
    /// Stated, and not equal to it.
    IsNot(Fact),
    /// Equal to one of them.
    In(Vec<Fact>),
    /// ≥
    AtLeast(#[serde(with = "exact")] Decimal),
    /// ≤
    AtMost(#[serde(with = "exact")] Decimal),
    /// >
    MoreThan(#[serde(with = "exact")] Decimal),
    /// <
    LessThan(#[serde(with = "exact")] Decimal),
    /// From the first to the second, both included.
    Between(
        #[serde(with = "exact")] Decimal,
        #[serde(with = "exact")] Decimal,
    ),
}

/// One comparison as it turned out for one deed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The fact asked.
    pub fact: String,
    /// What was expected of it.
    pub expected: Comparison,
    /// Whether the opposite was expected (it stood under `none`).
    #[serde(default, skip_serializing_if = "is_false")]
    pub negated: bool,
    /// Checks with the same number are alternatives: one of them suffices.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub any_of: Option<u32>,
    /// What the deed states; absent if it does not state the fact.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actual: Option<Fact>,
    /// Whether the expectation was met.
    pub held: bool,
    /// For a number that missed: how far it was from the nearest that counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub off_by: Option<Fact>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Condition {
    /// The condition that always holds.
    pub const ALWAYS: Self = Self::All(Vec::new());

    /// The opposite.
    pub fn not(self) -> Self {
        match self {
            Self::All(parts) => Self::Any(parts.into_iter().map(Self::not).collect()),
            Self::Any(parts) => Self::All(parts.into_iter().map(Self::not).collect()),
            Self::Fact {
                fact,
                comparison,
                negated,
            } => Self::Fact {
                fact,
                comparison,
                negated: !negated,
            },
        }
    }

    /// This one and another.
    pub fn and(self, other: Self) -> Self {
        match self {
            Self::All(mut parts) => {
                parts.push(other);
                Self::All(parts)
            }
            single => Self::All(vec![single, other]),
        }
    }

    /// Whether it holds, and every comparison made, in the order of the file.
    pub fn check(&self, facts: &Facts) -> (bool, Vec<Check>) {
        let mut checks = Vec::new();
        let mut alternatives = 0;
        let held = self.record(facts, None, &mut alternatives, &mut checks);
        (held, checks)
    }

    /// The comparisons that stood in the way; none if it holds.
    pub fn failures(&self, facts: &Facts) -> Vec<Check> {
        let mut failed = Vec::new();
        let mut alternatives = 0;
        self.blame(facts, None, &mut alternatives, &mut failed);
        failed
    }

    /// Whether it holds.
    pub fn holds(&self, facts: &Facts) -> bool {
        match self {
            Self::All(parts) => parts.iter().all(|part| part.holds(facts)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(facts)),
            Self::Fact {
                fact,
                comparison,
                negated,
            } => comparison.holds(facts.get(fact)) != *negated,
        }
    }

    fn record(
        &self,
        facts: &Facts,
        any_of: Option<u32>,
        alternatives: &mut u32,
        checks: &mut Vec<Check>,
    ) -> bool {
        let (parts, any_of) = match self {
            Self::All(parts) => (parts, any_of),
            Self::Any(parts) => (parts, Some(next(alternatives))),
            Self::Fact {
                fact,
                comparison,
                negated,
            } => {
                let check = comparison.check(fact, facts.get(fact), *negated, any_of);
                let held = check.held;
                checks.push(check);
                return held;
            }
        };
        let held = parts
            .iter()
            .filter(|part| part.record(facts, any_of, alternatives, checks))
            .count();
        match self {
            Self::Any(_) => held > 0,
            _ => held == parts.len(),
        }
    }

    fn blame(
        &self,
        facts: &Facts,
        any_of: Option<u32>,
        alternatives: &mut u32,
        failed: &mut Vec<Check>,
    ) {
        if self.holds(facts) {
            return;
        }
        match self {
            Self::All(parts) => {
                for part in parts {
                    part.blame(facts, any_of, alternatives, failed);
                }
            }
            Self::Any(parts) => {
                let group = Some(next(alternatives));
                for part in parts {
                    part.blame(facts, group, alternatives, failed);
                }
            }
            Self::Fact {
                fact,
                comparison,
                negated,
            } => failed.push(comparison.check(fact, facts.get(fact), *negated, any_of)),
        }
    }
}

fn next(counter: &mut u32) -> u32 {
    *counter = counter.saturating_add(1);
    *counter
}

impl Comparison {
    /// Whether a fact satisfies it.
    pub fn holds(&self, actual: Option<&Fact>) -> bool {
        let Some(actual) = actual else { return false };
        let number = actual.number();
        let is = |test: fn(&Decimal, &Decimal) -> bool, bound: &Decimal| {
            number.is_some_and(|number| test(&number, bound))
        };
        match self {
            Self::Is(value) => actual == value,
            Self::IsNot(value) => actual != value,
            Self::In(values) => values.contains(actual),
            Self::AtLeast(bound) => is(Decimal::ge, bound),
            Self::AtMost(bound) => is(Decimal::le, bound),
            Self::MoreThan(bound) => is(Decimal::gt, bound),
            Self::LessThan(bound) => is(Decimal::lt, bound),
            Self::Between(low, high) => is(Decimal::ge, low) && is(Decimal::le, high),
        }
    }

    fn check(
        &self,
        fact: &str,
        actual: Option<&Fact>,
        negated: bool,
        any_of: Option<u32>,
    ) -> Check {
        let held = self.holds(actual) != negated;
        let off_by = if held || negated {
            None
        } else {
            actual.and_then(Fact::number).and_then(|n| self.distance(n))
        };
        Check {
            fact: fact.to_owned(),
            expected: self.clone(),
            negated,
            any_of,
            actual: actual.cloned(),
            held,
            off_by: off_by.map(Fact::Number),
        }
    }

    /// How far a number that missed is from the bound it missed.
    fn distance(&self, actual: Decimal) -> Option<Decimal> {
        let bound = match self {
            Self::Is(_) | Self::IsNot(_) | Self::In(_) => return None,
            Self::AtLeast(bound)
            | Self::AtMost(bound)
            | Self::MoreThan(bound)
            | Self::LessThan(bound) => bound,
            Self::Between(low, _) if actual < *low => low,
            Self::Between(_, high) => high,
        };
        bound.checked_sub(actual).map(|distance| distance.abs())
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Is(value) => write!(f, "is {value}"),
            Self::IsNot(value) => write!(f, "is not {value}"),
            Self::In(values) => {
                let words: Vec<_> = values.iter().map(Fact::to_string).collect();
                write!(f, "is one of {}", words.join(", "))
            }
            Self::AtLeast(bound) => write!(f, "is at least {bound}"),
            Self::AtMost(bound) => write!(f, "is at most {bound}"),
            Self::MoreThan(bound) => write!(f, "is more than {bound}"),
            Self::LessThan(bound) => write!(f, "is less than {bound}"),
            Self::Between(low, high) => write!(f, "is between {low} and {high}"),
        }
    }
}

impl fmt::Display for Check {
    /// `hours is at least 2 (it is 1.5, off by 0.5)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let not = if self.negated { "not that " } else { "" };
        write!(f, "{not}{} {}", self.fact, self.expected)?;
        match (&self.actual, &self.off_by) {
            (None, _) => f.write_str(" (it is not stated)"),
            (Some(actual), None) => write!(f, " (it is {actual})"),
            (Some(actual), Some(off_by)) => write!(f, " (it is {actual}, off by {off_by})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(fact: &str, comparison: Comparison) -> Condition {
        Condition::Fact {
            fact: fact.to_owned(),
            comparison,
            negated: false,
        }
    }

    fn facts() -> Facts {
        let facts = [
            ("hours", Fact::from(Decimal::new(15, 1))),
            ("grid", "G-07".into()),
        ];
        facts.map(|(name, fact)| (name.to_owned(), fact)).into()
    }

    #[test]
    fn comparisons_hold_as_they_read() {
        use Comparison::*;
        let two = Decimal::TWO;
        let exactly = Decimal::new(15, 1);
        for (fact, comparison, held, off_by) in [
            ("hours", AtLeast(exactly), true, None),
            ("hours", AtLeast(two), false, Some("0.5")),
            ("hours", MoreThan(exactly), false, Some("0")),
            ("hours", AtMost(exactly), true, None),
            ("hours", LessThan(exactly), false, Some("0.0")),
            ("hours", Between(Decimal::ONE, exactly), true, None),
            ("hours", Between(two, Decimal::TEN), false, Some("0.5")),
            (
                "hours",
                Between(Decimal::ZERO, Decimal::ONE),
                false,
                Some("0.5"),
            ),
            ("grid", Is("G-07".into()), true, None),
            ("grid", IsNot("G-07".into()), false, None),
            ("grid", In(vec!["G-08".into()]), false, None),
            ("grid", AtLeast(two), false, None),
            ("nothing", IsNot("G-07".into()), false, None),
        ] {
            let (answer, checks) = leaf(fact, comparison.clone()).check(&facts());
            assert_eq!(answer, held, "{fact} {comparison}");
            let off_by = off_by.map(|n| Fact::Number(Decimal::from_str_exact(n).expect(n)));
            assert_eq!(checks[0].off_by, off_by, "{fact} {comparison}");
        }
    }

    #[test]
    fn failures_name_only_what_stood_in_the_way() {
        let good = || leaf("hours", Comparison::AtLeast(Decimal::ONE));
        let bad = || leaf("hours", Comparison::AtLeast(Decimal::TWO));
        let worse = || leaf("grid", Comparison::Is("G-08".into()));
        let failed = |condition: Condition| {
            let failures = condition.failures(&facts());
            assert_eq!(condition.check(&facts()).0, failures.is_empty());
            failures.iter().map(Check::to_string).collect::<Vec<_>>()
        };
        let short = "hours is at least 2 (it is 1.5, off by 0.5)";
        let elsewhere = "grid is \"G-08\" (it is \"G-07\")";
        assert!(failed(Condition::ALWAYS).is_empty());
        assert_eq!(failed(Condition::All(vec![good(), bad()])), [short]);
        assert!(failed(Condition::Any(vec![good(), bad()])).is_empty());
        assert_eq!(
            failed(Condition::Any(vec![bad(), worse()])),
            [short, elsewhere]
        );
        assert_eq!(
            failed(Condition::Any(vec![good(), bad()]).not()),
            ["not that hours is at least 1 (it is 1.5)"]
        );
        assert!(failed(Condition::All(vec![good(), bad()]).not()).is_empty());
    }

    #[test]
    fn every_comparison_round_trips() {
        use Comparison::*;
        for comparison in [
            Is(true.into()),
            In(vec!["a".into(), 2.into()]),
            AtLeast(Decimal::new(15, 1)),
            Between(Decimal::ZERO, Decimal::TEN),
        ] {
            let json = serde_json::to_string(&comparison).expect("json");
            assert_eq!(
                serde_json::from_str::<Comparison>(&json).expect(&json),
                comparison
            );
        }
    }
}
