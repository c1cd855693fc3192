//! Policies: which deed earns how much, and why.
//!
//! A policy is a declarative TOML file. [`Policy::parse`] checks it whole and reports every error
//! with its place; [`Policy::price`] turns a [`Deed`] into a [`Quote`]; [`apply_caps`] fits the
//! quote under its caps once their counters are known; [`explain`] says in sentences how the points
//! came about. Nothing here does I/O, reads a clock or draws a random number: the same source and
//! the same deed give the same points on every machine.
//!
//! ```
//! use ledger::policy::{Deed, Language, Policy, apply_caps, explain};
//!
//! let policy = Policy::parse("patrol.toml", r#"
//! schema = "jifen/1"
//! name = "patrol"
//! title = "网格巡查"
//! on = "patrol_shift"
//! budget = "community"
//! zone = "Asia/Shanghai"
//! day_start = "04:00"
//!
//! [[rule]]
//! name = "shift"
//! title = "完成一次巡查"
//! when = { fact = "minutes", at_least = 30 }
//! points = { rate = 2, per = "hours" }
//!
//! [[cap]]
//! name = "member-day"
//! per = "member"
//! every = "day"
//! points = 10
//!
//! [[test]]
//! name = "两小时得四分"
//! at = 2026-03-05T10:00:00
//! facts = { minutes = 120, grid = "G-7" }
//! expect = { points = 4 }
//! "#)?;
//! assert!(policy.run_cases().iter().all(|case| case.outcome.is_ok()));
//!
//! let deed: Deed = serde_json::from_str(r#"{
//!     "kind": "patrol_shift", "reference": "shift-1", "occurred_at": "2026-03-05T10:00:00+08:00",
//!     "facts": { "minutes": 120, "grid": "G-7" }
//! }"#)?;
//! let quote = policy.price(&deed)?;
//! let nine_already = [900];
//! let capped = apply_caps(quote.points, &quote.caps, &nine_already)?;
//! assert_eq!(capped.points.to_string(), "1.00");
//! let why = explain(&quote.trace.with_caps(&capped), Language::Zh);
//! assert_eq!(why[2], "每人每天最多 10 分：此前已计 9 分，还可计 1 分，本次少计 3 分。");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod approval;
mod calendar;
mod caps;
mod cases;
mod condition;
mod datum;
pub mod deed;
mod diff;
mod duplicates;
mod errors;
mod evidence;
mod explain;
mod facts;
mod kinds;
pub(crate) mod near;
mod past;
mod position;
mod price;
mod read;
mod refusal;
mod rule;
mod terms;
mod trace;

#[cfg(test)]
mod tests;

pub use approval::Approval;
pub use calendar::{Calendar, Window};
pub use caps::{
    CapClaim, CapReached, CapStep, CapSubject, CapUnit, Capped, Over, apply_caps, rolling_used,
    split_caps,
};
pub use cases::CaseResult;
pub use condition::{Check, Comparison};
pub use datum::{Datum, gcj02_of};
pub use deed::{Deed, DeedKind, Fact, kinds};
pub use diff::{diff, diff_in_words};
pub use duplicates::{DuplicateReward, Duplicates, MILLIONTHS_A_METRE};
pub use errors::{PolicyError, PolicyErrors};
pub use evidence::evidence_classes;
pub use explain::{
    Language, explain, explain_checks, explain_duplicates, explain_reached, explain_refusal,
    explain_terms,
};
pub use past::CapKind;
pub use position::Position;
pub use price::Quote;
pub use read::schema;
pub use refusal::{Refusal, RuleMiss};
pub use terms::Terms;
pub use trace::{
    Basis, Combine, CombinedStep, MaxStep, MultiplierStep, Share, Trace, Unfunded, Wait,
};

use crate::clock::Timestamp;
use crate::ids;

/// One version of one policy, checked and ready to price deeds.
#[derive(Clone, Debug)]
pub struct Policy {
    name: String,
    title: String,
    digest: String,
    source: String,
    kind: &'static DeedKind,
    budget: String,
    calendar: calendar::Calendar,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    approvals: approval::Approvals,
    /// Of every award, but for who must approve it.
    terms: Terms,
    expiry: Option<calendar::Expiry>,
    evidence: Option<evidence::Evidence>,
    /// The layer of the map in which every deed must lie.
    geofence: Option<String>,
    duplicates: Option<duplicates::Alike>,
    rules: Vec<rule::Rule>,
    caps: Vec<price::Cap>,
    cases: Vec<cases::Case>,
}

impl Policy {
    /// Reads a policy. `file` is used in messages, and its stem must be the policy's name; a policy
    /// that does not come from a file passes `<name>.toml`.
    ///
    /// # Errors
    /// Everything that is wrong with the source, each with its line and column.
    pub fn parse(file: &str, source: &str) -> Result<Self, PolicyErrors> {
        read::policy(file, source)
    }

    /// Its name: the stem of its file, the same in every version.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its title, as people know it.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// SHA-256 of its source, in lower-case hexadecimal.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// Its source, byte for byte.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The kind of deed it is about: the name of one of [`kinds`].
    pub fn on(&self) -> &str {
        self.kind.name
    }

    /// The code of the budget its awards are paid from.
    pub fn budget(&self) -> &str {
        &self.budget
    }

    /// The first instant it holds: the start of its day `effective.from`.
    pub const fn effective_from(&self) -> Option<Timestamp> {
        self.from
    }

    /// The first instant it no longer holds: the end of its day `effective.until`, which is the
    /// last on which it holds.
    pub const fn effective_until(&self) -> Option<Timestamp> {
        self.until
    }

    /// Its rules in the order they are tried: name and title.
    pub fn rules(&self) -> impl Iterator<Item = (&str, &str)> {
        self.rules
            .iter()
            .map(|rule| (rule.name.as_str(), rule.title.as_str()))
    }

    /// From how many points on, before caps, an award needs more people to agree; in order, each once.
    pub fn tiers(&self) -> Vec<crate::points::Points> {
        let rules = self.rules.iter().map(|rule| &rule.approvals);
        let raises = rules.chain([&self.approvals]).flat_map(|of| &of.raises);
        let mut tiers: Vec<_> = raises.filter_map(|raise| raise.points_at_least).collect();
        tiers.sort_unstable();
        tiers.dedup();
        tiers
    }

    /// The names of its caps.
    pub fn caps(&self) -> impl Iterator<Item = &str> {
        self.caps.iter().map(|cap| cap.name.as_str())
    }

    fn digest_of(source: &str) -> String {
        ids::sha256_hex(source.as_bytes())
    }
}
