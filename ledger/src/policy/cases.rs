//! A policy's own cases: deeds with what they must come to, run before it may take effect.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use jiff::civil::Date;
use rust_decimal::Decimal;

use super::Policy;
use super::approval::Approval;
use super::caps::{CapReached, CapUnit, Capped, apply_caps};
use super::deed::{Deed, Fact};
use super::price::Quote;
use super::refusal::Refusal;
use super::terms::in_words;
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
    pub evidence: BTreeSet<String>,
    pub places: Vec<String>,
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
    Granted(Grant),
}

/// What a case says of an award; what it leaves out may be anything.
#[derive(Clone, Debug)]
pub(crate) struct Grant {
    pub points: Points,
    pub rule: Option<String>,
    pub approval: Option<Approval>,
    /// In seconds.
    pub notice: Option<i64>,
    pub expires: Option<Expires>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expires {
    Never,
    /// At the start of that day.
    On(Date),
}

enum Refused {
    ByRule(Refusal),
    ByCap(CapReached),
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

    fn award(&self, case: &Case) -> Result<(Quote, Capped), Refused> {
        let deed = Deed {
            kind: self.kind.name.to_owned(),
            reference: case.name.clone(),
            occurred_at: case.at,
            facts: case.facts.clone(),
            evidence: case.evidence.clone(),
            places: case.places.clone(),
        };
        let quote = self.price(&deed).map_err(Refused::ByRule)?;
        let used = quote.caps.iter().map(|claim| {
            let short = claim.cap.rsplit('/').next().unwrap_or_default();
            case.used.get(short).copied().unwrap_or(0)
        });
        let used: Vec<_> = used.collect();
        let capped = apply_caps(quote.points, &quote.caps, &used).map_err(Refused::ByCap)?;
        Ok((quote, capped))
    }

    fn differences(&self, case: &Case) -> Vec<String> {
        match (&case.expect, self.award(case)) {
            (Expect::Granted(grant), Ok((quote, capped))) => self.compare(grant, &quote, &capped),
            (Expect::Granted(grant), Err(refused)) => vec![format!(
                "expected {} points, refused: {}: {refused}",
                grant.points,
                refused.code()
            )],
            (Expect::Refused { code, .. }, Ok((quote, capped))) => vec![format!(
                "expected refusal {code}, got {} points by rule {}",
                capped.points, quote.rule
            )],
            (Expect::Refused { code, cap }, Err(refused)) => {
                let mut differences = differ("refusal", code.as_str(), refused.code());
                if let (Some(cap), Refused::ByCap(reached)) = (cap, &refused) {
                    let expected = format!("{}/{cap}", self.name);
                    differences.extend(differ("cap", &expected, &reached.cap));
                }
                differences
            }
        }
    }

    fn compare(&self, grant: &Grant, quote: &Quote, capped: &Capped) -> Vec<String> {
        let mut differences = differ("points", &grant.points, &capped.points);
        if let Some(rule) = &grant.rule {
            differences.extend(differ("rule", rule, &quote.rule));
        }
        if let Some(approval) = grant.approval {
            differences.extend(differ(
                "approval",
                approval.name(),
                quote.terms.approval.name(),
            ));
        }
        if let Some(notice) = grant.notice {
            let found = in_words(quote.terms.notice_seconds);
            differences.extend(differ("notice", &in_words(notice), &found));
        }
        if let Some(expires) = grant.expires {
            let expected = match expires {
                Expires::Never => "never".to_owned(),
                Expires::On(day) => self.moment(self.calendar.start_of(day)),
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

impl Refused {
    const fn code(&self) -> &'static str {
        match self {
            Self::ByRule(refusal) => refusal.code(),
            Self::ByCap(reached) => reached.code(),
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByRule(refusal) => refusal.fmt(f),
            Self::ByCap(reached) => reached.fmt(f),
        }
    }
}

fn differ<T: PartialEq + fmt::Display + ?Sized>(
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
