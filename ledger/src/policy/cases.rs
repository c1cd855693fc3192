//! A policy's own cases: deeds with what they must come to, run before it may take effect.

use std::collections::BTreeMap;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Policy;
use super::caps::{CapReached, CapUnit, Capped, apply_caps};
use super::deed::{Deed, Fact};
use super::price::Quote;
use super::refusal::Refusal;
use super::rule::Approval;
use crate::clock::Timestamp;
use crate::points::Points;

/// How one case of a policy turned out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseResult {
    /// The case's name.
    pub name: String,
    /// The line of the file it begins on, from 1.
    pub line: usize,
    /// Nothing, or what differed, one sentence each.
    pub outcome: Result<(), Vec<String>>,
}

/// A `[[test]]` of a policy file.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub name: String,
    pub line: usize,
    pub at: Timestamp,
    pub facts: BTreeMap<String, Fact>,
    /// By cap name: hundredths, or a count.
    pub used: BTreeMap<String, i64>,
    pub expect: Expect,
}

#[derive(Clone, Debug)]
pub(crate) enum Expect {
    Refused {
        code: String,
        /// Which cap, if the case says.
        cap: Option<String>,
    },
    Granted {
        points: Points,
        rule: Option<String>,
        approval: Option<Approval>,
        expires: Option<Expires>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expires {
    Never,
    /// At the start of that day.
    On(Date),
}

enum Ended {
    Granted(Quote, Capped),
    Refused(Refusal),
    Reached(CapReached),
}

impl Policy {
    /// Runs every case of the file, in its order.
    pub fn run_cases(&self) -> Vec<CaseResult> {
        let run = |case: &Case| {
            let differences = self.differences(case);
            CaseResult {
                name: case.name.clone(),
                line: case.line,
                outcome: if differences.is_empty() {
                    Ok(())
                } else {
                    Err(differences)
                },
            }
        };
        self.cases.iter().map(run).collect()
    }

    fn end(&self, case: &Case) -> Ended {
        let deed = Deed {
            kind: self.kind.name.to_owned(),
            reference: case.name.clone(),
            occurred_at: case.at,
            facts: case.facts.clone(),
        };
        let quote = match self.price(&deed) {
            Ok(quote) => quote,
            Err(refusal) => return Ended::Refused(refusal),
        };
        let used = quote.caps.iter().map(|claim| {
            let short = claim.cap.rsplit('/').next().unwrap_or_default();
            case.used.get(short).copied().unwrap_or(0)
        });
        let used: Vec<_> = used.collect();
        match apply_caps(quote.points, &quote.caps, &used) {
            Ok(capped) => Ended::Granted(quote, capped),
            Err(reached) => Ended::Reached(reached),
        }
    }

    fn differences(&self, case: &Case) -> Vec<String> {
        match (&case.expect, self.end(case)) {
            (Expect::Granted { .. }, Ended::Granted(quote, capped)) => {
                self.compare(&case.expect, &quote, &capped)
            }
            (Expect::Granted { points, .. }, Ended::Refused(refusal)) => {
                let code = refusal.code();
                vec![format!(
                    "expected {points} points, refused: {code}: {refusal}"
                )]
            }
            (Expect::Granted { points, .. }, Ended::Reached(reached)) => {
                let code = reached.code();
                vec![format!(
                    "expected {points} points, refused: {code}: {reached}"
                )]
            }
            (Expect::Refused { code, .. }, Ended::Granted(quote, capped)) => vec![format!(
                "expected refusal {code}, got {} points by rule {}",
                capped.points, quote.rule
            )],
            (Expect::Refused { code, .. }, Ended::Refused(refusal)) => {
                differ("refusal", code.as_str(), refusal.code())
            }
            (Expect::Refused { code, cap }, Ended::Reached(reached)) => {
                let mut differences = differ("refusal", code.as_str(), reached.code());
                if let Some(cap) = cap {
                    let expected = format!("{}/{cap}", self.name);
                    differences.extend(differ("cap", &expected, &reached.cap));
                }
                differences
            }
        }
    }

    fn compare(&self, expect: &Expect, quote: &Quote, capped: &Capped) -> Vec<String> {
        let Expect::Granted {
            points,
            rule,
            approval,
            expires,
        } = expect
        else {
            return Vec::new();
        };
        let mut differences = differ("points", points, &capped.points);
        if let Some(rule) = rule {
            differences.extend(differ("rule", rule, &quote.rule));
        }
        if let Some(approval) = approval {
            differences.extend(differ(
                "approval",
                &format!("{approval:?}").to_lowercase(),
                &format!("{:?}", quote.approval).to_lowercase(),
            ));
        }
        if let Some(expires) = expires {
            let expected = match expires {
                Expires::Never => "never".to_owned(),
                Expires::On(day) => self.moment(self.calendar.start_of(*day)),
            };
            differences.extend(differ("expiry", &expected, &self.moment(quote.expires_at)));
        }
        differences
    }

    fn moment(&self, moment: Option<Timestamp>) -> String {
        moment.map_or_else(
            || "never".to_owned(),
            |moment| self.calendar.local(moment).to_string(),
        )
    }
}

fn differ<T: PartialEq + std::fmt::Display + ?Sized>(
    what: &str,
    expected: &T,
    found: &T,
) -> Vec<String> {
    if expected == found {
        return Vec::new();
    }
    vec![format!("{what}: expected {expected}, found {found}")]
}

/// What a case says of a counter, in the counter's unit: hundredths, or a count.
pub(crate) fn counter(unit: CapUnit, value: Decimal) -> Option<i64> {
    let hundredths = Points::try_from_decimal(value).ok()?.hundredths();
    match unit {
        CapUnit::Points => Some(hundredths),
        CapUnit::Count if hundredths % 100 == 0 => Some(hundredths / 100),
        CapUnit::Count => None,
    }
}
