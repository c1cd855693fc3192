//! Rules: on which conditions how much is earned, and how it multiplies.

use std::collections::BTreeMap;

use super::approval::Approvals;
use super::condition::Condition;
use super::facts::Facts;
use super::refusal::Refusal;
use super::trace::{Basis, MaxStep, MultiplierStep};
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
    pub approvals: Approvals,
}

#[derive(Clone, Debug)]
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

#[derive(Clone, Debug)]
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
    pub max: Option<MaxStep>,
    pub points: Points,
}

impl Rule {
    /// Base, then each multiplier in the order of the file, then the rule's own maximum.
    pub fn give(&self, facts: &Facts) -> Result<Given, Refusal> {
        let (basis, mut points) = self.amount.base(&self.name, facts)?;
        let mut multipliers = Vec::with_capacity(self.multipliers.len());
        for multiplier in &self.multipliers {
            let step = multiplier
                .apply(points, facts)
                .map_err(|error| Refusal::amount(&self.name, error))?;
            points = step.after;
            multipliers.push(step);
        }
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
            max,
            points,
        })
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

impl Multiplier {
    fn apply(&self, points: Points, facts: &Facts) -> Result<MultiplierStep, AmountError> {
        let failed = self.when.failures(facts);
        let applied = failed.is_empty();
        let after = if applied {
            let factor = Decimal::new(self.times, 4);
            rate_times(points, factor, self.rounding)?
        } else {
            points
        };
        Ok(MultiplierStep {
            name: self.name.clone(),
            title: self.title.clone(),
            times: self.times,
            applied,
            failed,
            after,
        })
    }
}
