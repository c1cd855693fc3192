//! Why a deed earns nothing, as a code with its particulars.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::condition::Check;
use crate::clock::Timestamp;
use crate::points::AmountError;

/// Why a policy puts no price on a deed. In JSON, `code` says which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum Refusal {
    /// The policy is about another kind of deed.
    #[error("this policy is about {expected}, not {found}")]
    WrongDeedKind {
        /// The kind the policy is about.
        expected: String,
        /// The deed's.
        found: String,
    },
    /// The deed happened before or after the policy holds.
    #[error("{occurred_at} is outside the time this policy holds")]
    OutsideEffectiveWindow {
        /// When the deed happened.
        occurred_at: Timestamp,
        /// The first instant the policy holds, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Timestamp>,
        /// The first instant it no longer holds, if it has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// The deed's moment, or one that follows from it, is beyond the calendar.
    #[error("the moment is beyond the calendar")]
    MomentOutOfRange,
    /// A fact that this kind of deed does not declare.
    #[error("unknown fact {fact:?}{}", did_you_mean(near.as_deref()))]
    UnknownFact {
        /// Its name, shortened.
        fact: String,
        /// The declared one nearest to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        near: Option<String>,
    },
    /// A fact that is computed, and so not to be given.
    #[error("{fact} is computed from other facts and cannot be given")]
    DerivedFact {
        /// Its name.
        fact: String,
    },
    /// A fact of another type than declared.
    #[error("{fact} must be {expected}, found {found}")]
    WrongFactType {
        /// Its name.
        fact: String,
        /// What is declared.
        expected: String,
        /// The type found.
        found: String,
    },
    /// A fact outside its declared range or list.
    #[error("{fact} must be {expected}, found {found}")]
    WrongFactValue {
        /// Its name.
        fact: String,
        /// What is declared.
        expected: String,
        /// The value found, shortened.
        found: String,
    },
    /// A fact every deed of this kind states.
    #[error("{fact} is missing: expected {expected}")]
    MissingFact {
        /// Its name.
        fact: String,
        /// What is declared.
        expected: String,
    },
    /// A class of evidence that nobody knows.
    #[error("unknown evidence {evidence:?}{}", did_you_mean(near.as_deref()))]
    UnknownEvidence {
        /// Its name, shortened.
        evidence: String,
        /// The class nearest to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        near: Option<String>,
    },
    /// The deed is not shown by what the policy wants to see.
    #[error("evidence is missing: {}{}", if *any { "one of " } else { "" }, missing.join(", "))]
    MissingEvidence {
        /// The classes it lacks.
        missing: Vec<String>,
        /// Whether one of them would do.
        #[serde(default, skip_serializing_if = "is_false")]
        any: bool,
    },
    /// The deed did not happen where the policy holds.
    #[error("it did not happen in {layer}")]
    OutsideGeofence {
        /// The layer of the map that does not hold its place.
        layer: String,
    },
    /// No rule's conditions hold.
    #[error("no rule applies: {}", Misses(rules))]
    NoRuleApplies {
        /// Each rule, in the order of the file, with what stood in its way.
        rules: Vec<RuleMiss>,
    },
    /// A rule applies but what it gives rounds to nothing.
    #[error("rule {rule} gives less than a hundredth of a point")]
    NothingEarned {
        /// The rule's name.
        rule: String,
    },
    /// What a rule gives is more than can be held.
    #[error("rule {rule}: {reason}")]
    Amount {
        /// The rule's name.
        rule: String,
        /// What is wrong with the amount.
        reason: String,
    },
}

/// A rule that did not apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleMiss {
    /// The rule's name.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// The conditions that failed, and by how much.
    pub failed: Vec<Check>,
}

/// Every code a refusal may have, and that of a reached cap.
pub(crate) const CODES: &[&str] = &[
    "wrong_deed_kind",
    "outside_effective_window",
    "moment_out_of_range",
    "unknown_fact",
    "derived_fact",
    "wrong_fact_type",
    "wrong_fact_value",
    "missing_fact",
    "unknown_evidence",
    "missing_evidence",
    "outside_geofence",
    "no_rule_applies",
    "nothing_earned",
    "amount",
    "cap_reached",
];

impl Refusal {
    /// The stable code, the same as in JSON.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::WrongDeedKind { .. } => "wrong_deed_kind",
            Self::OutsideEffectiveWindow { .. } => "outside_effective_window",
            Self::MomentOutOfRange => "moment_out_of_range",
            Self::UnknownFact { .. } => "unknown_fact",
            Self::DerivedFact { .. } => "derived_fact",
            Self::WrongFactType { .. } => "wrong_fact_type",
            Self::WrongFactValue { .. } => "wrong_fact_value",
            Self::MissingFact { .. } => "missing_fact",
            Self::UnknownEvidence { .. } => "unknown_evidence",
            Self::MissingEvidence { .. } => "missing_evidence",
            Self::OutsideGeofence { .. } => "outside_geofence",
            Self::NoRuleApplies { .. } => "no_rule_applies",
            Self::NothingEarned { .. } => "nothing_earned",
            Self::Amount { .. } => "amount",
        }
    }

    pub(crate) fn amount(rule: &str, error: AmountError) -> Self {
        Self::Amount {
            rule: rule.to_owned(),
            reason: error.to_string(),
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_false(value: &bool) -> bool {
    !value
}

fn did_you_mean(near: Option<&str>) -> String {
    near.map_or_else(String::new, |near| format!(" — did you mean {near:?}?"))
}

struct Misses<'m>(&'m [RuleMiss]);

impl fmt::Display for Misses<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, miss) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            let failed: Vec<_> = miss.failed.iter().map(Check::to_string).collect();
            write!(f, "{} wants {}", miss.rule, failed.join(" and "))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_is_the_same_in_json() {
        let fact = || "hours".to_owned();
        let text = String::new;
        let all = [
            Refusal::WrongDeedKind {
                expected: text(),
                found: text(),
            },
            Refusal::OutsideEffectiveWindow {
                occurred_at: Timestamp::from_micros(0),
                from: None,
                until: None,
            },
            Refusal::MomentOutOfRange,
            Refusal::UnknownFact {
                fact: fact(),
                near: None,
            },
            Refusal::DerivedFact { fact: fact() },
            Refusal::WrongFactType {
                fact: fact(),
                expected: text(),
                found: text(),
            },
            Refusal::WrongFactValue {
                fact: fact(),
                expected: text(),
                found: text(),
            },
            Refusal::MissingFact {
                fact: fact(),
                expected: text(),
            },
            Refusal::UnknownEvidence {
                evidence: text(),
                near: None,
            },
            Refusal::MissingEvidence {
                missing: vec![fact()],
                any: true,
            },
            Refusal::OutsideGeofence { layer: text() },
            Refusal::NoRuleApplies { rules: vec![] },
            Refusal::NothingEarned { rule: text() },
            Refusal::amount("r", AmountError::Overflow),
        ];
        for refusal in all {
            let json = serde_json::to_value(&refusal).expect("json");
            assert_eq!(json["code"], refusal.code());
            assert!(CODES.contains(&refusal.code()));
            assert_eq!(
                serde_json::from_value::<Refusal>(json).expect("again"),
                refusal
            );
        }
    }
}
