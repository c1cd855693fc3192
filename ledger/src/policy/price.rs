//! From a deed to a quote.

use serde::{Deserialize, Serialize};

use super::Policy;
use super::calendar::Window;
use super::caps::{CapClaim, CapSubject, CapUnit, Over, split_caps};
use super::condition::Check;
use super::deed::{Deed, Fact};
use super::facts::{self, Facts};
use super::refusal::{Refusal, RuleMiss};
use super::rule::{Given, Rule};
use super::terms::Terms;
use super::trace::Trace;
use crate::clock::Timestamp;
use crate::points::Points;

/// What a policy gives for a deed, before caps.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Quote {
    /// The policy's name.
    pub policy: String,
    /// SHA-256 of its source.
    pub digest: String,
    /// The rule that applied.
    pub rule: String,
    /// The code of the budget it is paid from.
    pub budget: String,
    /// After multipliers and the rule's maximum, before caps; above zero.
    pub points: Points,
    /// The caps it has to fit under, those of approvers last: see [`super::apply_caps`] and
    /// [`super::split_caps`].
    pub caps: Vec<CapClaim>,
    /// What binds it from now on.
    pub terms: Terms,
    /// The first instant at which the points have run out; `None` if they never do.
    pub expires_at: Option<Timestamp>,
    /// How it came to the points.
    pub trace: Trace,
}

/// A cap as the policy states it.
#[derive(Clone, Debug)]
pub(crate) struct Cap {
    pub name: String,
    pub per: CapSubject,
    pub every: Window,
    pub unit: CapUnit,
    pub limit: i64,
    pub over: Over,
    /// The rules it counts; all if empty.
    pub rules: Vec<String>,
}

/// What a deed was asked to show, and showed.
#[derive(Default)]
struct Shown {
    evidence: Vec<String>,
    places: Vec<String>,
}

impl Policy {
    /// What this policy gives for a deed: the first rule from top to bottom whose conditions hold.
    ///
    /// The same deed and the same source give the same quote, always and on every machine.
    ///
    /// # Errors
    /// A [`Refusal`] that says why it gives nothing.
    pub fn price(&self, deed: &Deed) -> Result<Quote, Refusal> {
        if deed.kind != self.kind.name {
            return Err(Refusal::WrongDeedKind {
                expected: self.kind.name.to_owned(),
                found: deed.kind.chars().take(64).collect(),
            });
        }
        self.in_effect(deed.occurred_at)?;
        let facts = facts::resolve(self.kind, deed, &self.calendar)?;
        let (rule, checks) = self.choose(&facts)?;
        let shown = self.shown(deed, rule)?;
        let given = rule.give(&facts)?;
        self.quote(deed, rule, (checks, shown), given, &facts)
    }

    /// The caps of a deed as if it had happened at another moment: an award that waited counts in the windows in which it was let in.
    ///
    /// # Errors
    /// As [`Policy::price`].
    pub fn caps_at(&self, deed: &Deed, moment: Timestamp) -> Result<Vec<CapClaim>, Refusal> {
        let facts = facts::resolve(self.kind, deed, &self.calendar)?;
        let (rule, _) = self.choose(&facts)?;
        self.claims(rule, moment, &facts)
    }

    fn in_effect(&self, occurred_at: Timestamp) -> Result<(), Refusal> {
        let begun = self.from.is_none_or(|from| from <= occurred_at);
        let over = self.until.is_some_and(|until| until <= occurred_at);
        if begun && !over {
            return Ok(());
        }
        Err(Refusal::OutsideEffectiveWindow {
            occurred_at,
            from: self.from,
            until: self.until,
        })
    }

    fn choose(&self, facts: &Facts) -> Result<(&Rule, Vec<Check>), Refusal> {
        let mut misses = Vec::new();
        for rule in &self.rules {
            let (held, checks) = rule.when.check(facts);
            if held {
                return Ok((rule, checks));
            }
            misses.push(RuleMiss {
                rule: rule.name.clone(),
                title: rule.title.clone(),
                failed: rule.when.failures(facts),
            });
        }
        Err(Refusal::NoRuleApplies { rules: misses })
    }

    /// What the policy and the rule want to see, and where they hold.
    fn shown(&self, deed: &Deed, rule: &Rule) -> Result<Shown, Refusal> {
        let mut shown = Shown::default();
        for wanted in self.evidence.iter().chain(&rule.evidence) {
            shown.evidence.extend(wanted.found(deed)?);
        }
        for layer in self.geofence.iter().chain(&rule.geofence) {
            if !deed.places.contains(layer) {
                return Err(Refusal::OutsideGeofence {
                    layer: layer.clone(),
                });
            }
            shown.places.push(layer.clone());
        }
        shown.evidence.sort_unstable();
        shown.evidence.dedup();
        shown.places.dedup();
        Ok(shown)
    }

    fn quote(
        &self,
        deed: &Deed,
        rule: &Rule,
        (checks, shown): (Vec<Check>, Shown),
        given: Given,
        facts: &Facts,
    ) -> Result<Quote, Refusal> {
        let expires_at = match self.expiry {
            Some(expiry) => {
                let end = self.calendar.expires(expiry, deed.occurred_at);
                Some(end.ok_or(Refusal::MomentOutOfRange)?)
            }
            None => None,
        };
        let caps = self.claims(rule, deed.occurred_at, facts)?;
        let approver_caps = split_caps(&caps).1.to_vec();
        Ok(Quote {
            policy: self.name.clone(),
            digest: self.digest.clone(),
            rule: rule.name.clone(),
            budget: self.budget.clone(),
            points: given.points,
            caps,
            terms: Terms {
                approval: self.approvals.tier(&rule.approvals, given.points, facts),
                approver_caps,
                duplicates: self.duplicates.as_ref().map(|alike| alike.of(facts)),
                ..self.terms.clone()
            },
            expires_at,
            trace: Trace {
                title: self.title.clone(),
                on: self.kind.name.to_owned(),
                rule: rule.name.clone(),
                rule_title: rule.title.clone(),
                checks,
                evidence: shown.evidence,
                places: shown.places,
                basis: given.basis,
                multipliers: given.multipliers,
                combined: given.combined,
                max: given.max,
                share: None,
                wait: None,
                unfunded: None,
                caps: Vec::new(),
                points: given.points,
            },
        })
    }

    fn claims(
        &self,
        rule: &Rule,
        occurred_at: Timestamp,
        facts: &Facts,
    ) -> Result<Vec<CapClaim>, Refusal> {
        let applies = |cap: &&Cap| cap.rules.is_empty() || cap.rules.contains(&rule.name);
        let claim = |cap: &Cap| self.claim(cap, occurred_at, facts);
        self.caps.iter().filter(applies).map(claim).collect()
    }

    fn claim(&self, cap: &Cap, occurred_at: Timestamp, facts: &Facts) -> Result<CapClaim, Refusal> {
        let window = self.calendar.window(cap.every, occurred_at);
        let (window_start, window_end) = window.ok_or(Refusal::MomentOutOfRange)?;
        let around = match cap.every {
            Window::Rolling { days } => self.calendar.around(days, occurred_at),
            _ => Some(Vec::new()),
        };
        Ok(CapClaim {
            cap: format!("{}/{}", self.name, cap.name),
            per: cap.per,
            subject: self.subject(cap.per, facts)?,
            window: cap.every,
            window_start,
            window_end,
            around: around.ok_or(Refusal::MomentOutOfRange)?,
            unit: cap.unit,
            limit: cap.limit,
            over: cap.over,
        })
    }

    /// What the deed's fact names, for a cap on whatever that is.
    fn subject(&self, per: CapSubject, facts: &Facts) -> Result<Option<String>, Refusal> {
        let Some(name) = per.fact() else {
            return Ok(None);
        };
        let value = facts.get(name).and_then(Fact::text);
        let missing = || Refusal::MissingFact {
            fact: name.to_owned(),
            expected: self
                .kind
                .fact(name)
                .map_or_else(String::new, |spec| spec.kind.describe()),
        };
        Ok(Some(value.ok_or_else(missing)?.to_owned()))
    }
}
