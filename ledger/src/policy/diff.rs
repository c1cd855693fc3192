//! What is different between two versions of a policy, in sentences that a clerk can read aloud.
//!
//! The checked policies are compared, not their texts: layout, comments and a policy's own cases change nothing for riders. Structures are
//! taken apart whole, so that a field added to one of them asks to be compared here.

mod en;
mod found;
mod parts;
mod rules;
#[cfg(test)]
mod tests;
mod zh;

use super::Policy;
use super::approval::{Approval, Raise};
use super::calendar::{Expiry, Window};
use super::caps::{CapSubject, CapUnit, Over};
use super::condition::Condition;
use super::duplicates::Alike;
use super::evidence::Evidence;
use super::explain::Language;
use super::rule::Amount;
use super::trace::Combine;
use crate::points::{Points, Rounding};

/// What is different for riders and clerks, one sentence a thing; none if nothing is.
pub fn diff(old: &Policy, new: &Policy, language: Language) -> Vec<String> {
    parts::policy(old, new, words(language))
}

/// The same, and where nothing is different, a sentence that says so; none if the texts are the same.
pub fn diff_in_words(old: &Policy, new: &Policy, language: Language) -> Vec<String> {
    let mut sentences = diff(old, new, language);
    if sentences.is_empty() && old.digest() != new.digest() {
        sentences.push(words(language).only_text().to_owned());
    }
    sentences
}

fn words(language: Language) -> &'static dyn Words {
    match language {
        Language::Zh => &zh::Chinese,
        Language::En => &en::English,
    }
}

/// What may be different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    Name,
    Title,
    On,
    Budget,
    Zone,
    DayStart,
    From,
    Until,
    Approval,
    Tiers,
    Notice,
    Expiry,
    Reminders,
    Unspent,
    Grace,
    DebtCap,
    Recovered,
    WriteOff,
    Evidence,
    Geofence,
    Duplicates,
    When,
    Points,
    Max,
    Combine,
    Rounding,
    Times,
    Subject,
    Window,
    Over,
    Rules,
    RuleOrder,
    MultiplierOrder,
    CapOrder,
}

/// A thing that has a name of its own and parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rule,
    Multiplier,
    Cap,
}

/// One thing that is different: what it was and is in words, `None` where there is no such thing.
struct Change {
    label: String,
    was: Option<String>,
    is: Option<String>,
}

/// What a language has to be able to say. Phrases have no full stop.
trait Words: Sync {
    fn only_text(&self) -> &'static str;
    fn label(&self, what: What) -> &'static str;
    /// The label of a row of a table: a value of a fact.
    fn row(&self, on: &str, by: &str, value: &str) -> String;
    /// How a cap is called; `rules` are the titles of those it counts, none if it counts all.
    fn limit_of(&self, per: CapSubject, every: Window, unit: CapUnit, rules: &[String]) -> String;
    /// A change as a phrase; what has no label follows the name of the thing itself.
    fn change(&self, change: &Change) -> String;
    /// What somebody finds in something new, or found in something gone: `label: words`.
    fn part(&self, label: &str, words: &str) -> String;
    /// Several phrases as one.
    fn phrases(&self, phrases: &[String]) -> String;
    fn sentence(&self, phrase: &str) -> String;
    /// Something of its own, by its title.
    fn named(&self, kind: Kind, title: &str) -> String;
    /// A phrase about something of its own.
    fn within(&self, named: &str, phrase: &str) -> String;
    /// `after` is the title of what stands before it, if it is one of several and not the first.
    fn added(&self, named: &str, after: Option<&str>, parts: &[String]) -> String;
    fn removed(&self, named: &str, parts: &[String]) -> String;
    fn titles(&self, titles: &[String]) -> String;

    fn quoted(&self, text: &str) -> String;
    fn kind_of_deed(&self, on: &str) -> String;
    fn condition(&self, on: &str, condition: &Condition) -> Option<String>;
    fn points(&self, points: Points) -> String;
    fn amount(&self, on: &str, amount: &Amount) -> String;
    fn rounding(&self, rounding: Rounding) -> String;
    fn combine(&self, combine: Combine) -> &'static str;
    fn evidence(&self, evidence: &Evidence) -> String;
    fn approval(&self, approval: Approval) -> &'static str;
    fn tiers(&self, on: &str, raises: &[Raise]) -> Option<String>;
    /// A length in seconds, of whole hours.
    fn length(&self, seconds: i64) -> String;
    fn expiry(&self, expiry: Expiry) -> String;
    fn days(&self, days: &[i64]) -> String;
    /// Where what expires unspent goes.
    fn unspent(&self, to_budget: bool) -> &'static str;
    fn duplicates(&self, on: &str, alike: &Alike) -> String;
    fn subject(&self, per: CapSubject) -> &'static str;
    fn window(&self, every: Window) -> String;
    fn count(&self, unit: CapUnit, limit: i64) -> String;
    fn over(&self, over: Over) -> &'static str;
}
