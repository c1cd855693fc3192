//! Classes of evidence: what may show that a deed was done. The evidence itself is kept elsewhere.

use std::collections::BTreeSet;

use super::deed::{Choice, Deed};
use super::near;
use super::refusal::Refusal;

/// Every class, with its labels.
pub(crate) const CLASSES: &[Choice] = &[
    class("photo", "现场照片", "a photo"),
    class("check_in", "签到", "a check-in"),
    class("sign_off", "签字确认", "a sign-off"),
    class("witness", "证人", "a witness"),
    class("system", "系统记录", "a system record"),
    class("backfill", "事后补录", "a later entry"),
    class("document", "书面材料", "a document"),
];

const fn class(value: &'static str, zh: &'static str, en: &'static str) -> Choice {
    Choice { value, zh, en }
}

/// Under which name a rule asks for a class among the facts of a deed. No declared fact has a dot.
pub(crate) const ASKED: &str = "evidence.";

/// Every class of evidence.
pub const fn evidence_classes() -> &'static [Choice] {
    CLASSES
}

/// The class of that name.
pub(crate) fn class_of(name: &str) -> Option<&'static Choice> {
    CLASSES.iter().find(|class| class.value == name)
}

/// What a policy or a rule wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// Each of these.
    All(Vec<String>),
    /// One of these.
    Any(Vec<String>),
}

impl Evidence {
    /// The classes named, which are there.
    pub fn found(&self, deed: &Deed) -> Result<Vec<String>, Refusal> {
        let (classes, any) = match self {
            Self::All(classes) => (classes, false),
            Self::Any(classes) => (classes, true),
        };
        let (found, missing): (Vec<_>, Vec<_>) = classes
            .iter()
            .cloned()
            .partition(|class| deed.evidence.contains(class));
        let enough = if any {
            !found.is_empty()
        } else {
            missing.is_empty()
        };
        if enough {
            return Ok(found);
        }
        Err(Refusal::MissingEvidence { missing, any })
    }
}

/// Refuses a class that nobody knows.
pub(crate) fn check(evidence: &BTreeSet<String>) -> Result<(), Refusal> {
    let Some(unknown) = evidence.iter().find(|name| class_of(name).is_none()) else {
        return Ok(());
    };
    let words = CLASSES.iter().map(|class| class.value);
    Err(Refusal::UnknownEvidence {
        evidence: unknown.chars().take(40).collect(),
        near: near::nearest(unknown, words).map(str::to_owned),
    })
}
