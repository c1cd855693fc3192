//! `approval`: a word, or tiers with what each is needed for.

use toml::de::DeValue;

use super::super::approval::{Approval, Approvals, Raise};
use super::super::condition::Condition;
use super::super::deed::DeedKind;
use super::condition::when;
use super::reader::{Fault, Reader, Section, Value};

/// The most tiers of a policy, and of a rule.
const MOST_TIERS: usize = 8;

pub const APPROVALS: &[(&str, Approval)] = &[
    ("none", Approval::None),
    ("single", Approval::Single),
    ("two_person", Approval::TwoPerson),
];
pub const TIERS: &[(&str, Approval)] = &[
    ("single", Approval::Single),
    ("two_person", Approval::TwoPerson),
];
pub const TIER_KEYS: &[&str] = &["tier", "when", "points_at_least"];

pub fn approvals(reader: &mut Reader<'_>, section: &Section<'_>, kind: &DeedKind) -> Approvals {
    let is_list = |value: &&Value<'_>| matches!(value.get_ref(), DeValue::Array(_));
    let Some(value) = section.get("approval").filter(is_list) else {
        return Approvals {
            word: word(reader, section),
            raises: Vec::new(),
        };
    };
    let sections = reader.sections(section, "approval", MOST_TIERS);
    if value
        .get_ref()
        .as_array()
        .is_some_and(|tiers| tiers.is_empty())
    {
        let fault = Fault::new("`approval` names no tier").expected("one of: single, two_person");
        reader.fault(value.span(), fault);
    }
    let read = |section| raise(reader, section, kind);
    let tiers = sections.iter().filter_map(read);
    let (always, raises): (Vec<_>, Vec<_>) = tiers.partition(Raise::is_unconditional);
    Approvals {
        word: always.iter().map(|raise| raise.tier).max(),
        raises,
    }
}

/// One word for every award.
pub fn word(reader: &mut Reader<'_>, section: &Section<'_>) -> Option<Approval> {
    reader.word(section.get("approval")?, "approval", APPROVALS)
}

fn raise(reader: &mut Reader<'_>, section: &Section<'_>, kind: &DeedKind) -> Option<Raise> {
    reader.keys(section, TIER_KEYS);
    let tier = reader.need(section, "tier", "one of: single, two_person");
    let tier = tier.and_then(|value| reader.word(value, "tier", TIERS));
    let when = when(reader, section, kind);
    let least = section.get("points_at_least");
    let points_at_least = match least {
        Some(value) => Some(reader.amount(value, "points_at_least")?),
        None => None,
    };
    Some(Raise {
        tier: tier?,
        when: when?,
        points_at_least,
    })
}

impl Raise {
    fn is_unconditional(&self) -> bool {
        self.points_at_least.is_none() && self.when == Condition::ALWAYS
    }
}
