//! Rules: on which conditions how much is earned, and how it multiplies.

use std::collections::BTreeMap;

use super::approval::Approvals;
use super::condition::Condition;
use super::evidence::Evidence;
use super::facts::Facts;
use super::refusal::Refusal;
use super::trace::{Basis, Combine, CombinedStep, MaxStep, MultiplierStep};
use crate::points::{AmountError, Points, Rounding};
use rust_decimal::Decimal;

/// 1 in basis points.
pub(crate) const ONE: i64 = 10_000;

#[derive(Clone, Debug)]
pub(crate) struct Rule {
    pub name: String,
    pub title: String,
    /// With what the amount itself requires: a table by a fact wants the fact in the table.
    pub when: Condition,
    pub amount: Amount,
    pub max: Option<Points>,
    pub multipliers: Vec<Multiplier>,
    pub combine: Combine,
    /// Of the multipliers together; one after the other, each has its own.
    pub rounding: Rounding,
    /// Besides what the policy wants; the geofence likewise.
    pub evidence: Option<Evidence>,
    pub geofence: Option<String>,
    pub approvals: Approvals,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Amount {
    Fixed(Points),
    /// So many points for one unit of a fact.
    Rate {
        rate: Points,
        per: String,
        rounding: Rounding,
    },
    /// So many points by the value of a fact.
    Table {
        by: String,
        table: BTreeMap<String, Points>,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Multiplier {
    pub name: String,
    pub title: Option<String>,
    /// In basis points: 15000 is one and a half.
    pub times: i64,
    pub when: Condition,
    pub rounding: Rounding,
}

/// What a rule gives for facts that satisfy it, step by step.
pub(crate) struct Given {
    pub basis: Basis,
    pub multipliers: Vec<MultiplierStep>,
    pub combined: Option<CombinedStep>,
    pub max: Option<MaxStep>,
    pub points: Points,
}

/// The steps, and what they come to together where they are combined.
type Multiplied = (Vec<MultiplierStep>, Option<CombinedStep>);

impl Rule {
    /// Base, then the multipliers in the order of the file, then the rule's own maximum.
    pub fn give(&self, facts: &Facts) -> Result<Given, Refusal> {
        let (basis, base) = self.amount.base(&self.name, facts)?;
        let multiplied = match self.combine {
            Combine::Multiply => self.multiply(base, facts),
            Combine::Highest | Combine::Add => self.combine(base, facts),
        };
        let (multipliers, combined) =
            multiplied.map_err(|error| Refusal::amount(&self.name, error))?;
        let last = multipliers.last().map_or(base, |step| step.after);
        let mut points = combined.map_or(last, |step| step.after);
        let max = self.max.map(|limit| MaxStep {
            limit,
            before: points,
        });
        points = self.max.map_or(points, |limit| limit.min(points));
        if !points.is_positive() {
            return Err(Refusal::NothingEarned {
                rule: self.name.clone(),
            });
        }
        Ok(Given {
            basis,
            multipliers,
            combined,
            max,
            points,
        })
    }

    /// Each that applies, one after the other.
    fn multiply(&self, base: Points, facts: &Facts) -> Result<Multiplied, AmountError> {
        let mut points = base;
        let mut steps = Vec::with_capacity(self.multipliers.len());
        for multiplier in &self.multipliers {
            let mut step = multiplier.step(points, facts);
            if step.applied {
                step.after = times_of(points, step.times, multiplier.rounding)?;
            }
            points = step.after;
            steps.push(step);
        }
        Ok((steps, None))
    }

    /// Those that apply as one factor, rounded once.
    fn combine(&self, base: Points, facts: &Facts) -> Result<Multiplied, AmountError> {
        let step = |multiplier: &Multiplier| multiplier.step(base, facts);
        let steps: Vec<_> = self.multipliers.iter().map(step).collect();
        let applied = steps.iter().filter(|step| step.applied);
        let applied = applied.map(|step| step.times);
        let times = match self.combine {
            Combine::Highest => applied.max().unwrap_or(ONE),
            Combine::Multiply | Combine::Add => ONE + applied.map(|times| times - ONE).sum::<i64>(),
        };
        let combined = CombinedStep {
            combine: self.combine,
            times,
            after: times_of(base, times, self.rounding)?,
        };
        Ok((steps, Some(combined)))
    }
}

impl Amount {
    fn base(&self, rule: &str, facts: &Facts) -> Result<(Basis, Points), Refusal> {
        match self {
            Self::Fixed(points) => Ok((Basis::Fixed { points: *points }, *points)),
            Self::Rate {
                rate,
                per,
                rounding,
            } => {
                let quantity = facts.get(per).and_then(super::deed::Fact::number);
                let quantity = quantity.ok_or_else(|| missing(per, "a number"))?;
                let points = rate_times(*rate, quantity, *rounding)
                    .map_err(|error| Refusal::amount(rule, error))?;
                let basis = Basis::Rate {
                    rate: *rate,
                    per: per.clone(),
                    quantity,
                    points,
                };
                Ok((basis, points))
            }
            Self::Table { by, table } => {
                let value = facts.get(by).and_then(super::deed::Fact::text);
                let row = value.and_then(|value| table.get_key_value(value));
                let (value, points) = row.ok_or_else(|| missing(by, "a value in the table"))?;
                let basis = Basis::Table {
                    by: by.clone(),
                    value: value.clone(),
                    points: *points,
                };
                Ok((basis, *points))
            }
        }
    }
}

fn missing(fact: &str, expected: &str) -> Refusal {
    Refusal::MissingFact {
        fact: fact.to_owned(),
        expected: expected.to_owned(),
    }
}

fn rate_times(rate: Points, quantity: Decimal, rounding: Rounding) -> Result<Points, AmountError> {
    let product = rate.to_decimal().checked_mul(quantity);
    Points::rounded(product.ok_or(AmountError::Overflow)?, rounding)
}

fn times_of(points: Points, times: i64, rounding: Rounding) -> Result<Points, AmountError> {
    rate_times(points, Decimal::new(times, 4), rounding)
}

impl Multiplier {
    /// Whether it applies; the points are still those before it.
    fn step(&self, points: Points, facts: &Facts) -> MultiplierStep {
        let failed = self.when.failures(facts);
        MultiplierStep {
            name: self.name.clone(),
            title: self.title.clone(),
            times: self.times,
            applied: failed.is_empty(),
            failed,
            after: points,
        }
    }
}
