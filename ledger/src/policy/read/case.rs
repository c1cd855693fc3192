//! `[[test]]`: the policy's own cases.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Time;
use toml::de::DeValue;

use super::super::calendar::Calendar;
use super::super::cases::{Case, Expect, Expires, Grant, counter};
use super::super::deed::{DeedKind, Fact};
use super::super::price::Cap;
use super::super::refusal::CODES;
use super::condition::untyped;
use super::header::{date, to_date};
use super::reader::{Fault, Reader, Section, Value};
use crate::clock::Timestamp;
use crate::points::Points;

const MOST_CASES: usize = 256;
/// The most classes of evidence, and layers of the map, of one deed.
const MOST_WORDS: usize = 16;

pub const CASE_KEYS: &[&str] = &[
    "name", "at", "facts", "evidence", "places", "used", "expect",
];
pub const GRANT_KEYS: &[&str] = &["points", "rule", "approval", "notice", "expires"];
pub const REFUSED_KEYS: &[&str] = &["refused", "cap"];

/// What a case may speak of.
pub struct Scope<'s> {
    pub kind: &'static DeedKind,
    pub rules: &'s [String],
    pub caps: &'s [Cap],
    /// Of all caps, the broken ones too.
    pub cap_names: &'s [String],
    pub calendar: Option<&'s Calendar>,
}

pub fn cases(reader: &mut Reader<'_>, root: &Section<'_>, scope: &Scope<'_>) -> Vec<Case> {
    let sections = reader.sections(root, "test", MOST_CASES);
    if sections.is_empty() {
        let fault = Fault::new("policy has no `[[test]]`");
        reader.fault(root.span(), fault.expected("at least one case"));
    }
    let mut taken = Vec::new();
    let read = |section| case(reader, section, scope, &mut taken);
    sections.iter().filter_map(read).collect()
}

fn case(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    scope: &Scope<'_>,
    taken: &mut Vec<String>,
) -> Option<Case> {
    reader.keys(section, CASE_KEYS);
    let name = title(reader, section, taken);
    let at = reader.need(section, "at", AT);
    let at = at.and_then(|value| moment(reader, value, scope.calendar));
    let expect = reader.need(section, "expect", EXPECT);
    let expect = expect.and_then(|value| expect_of(reader, value, scope));
    let facts = facts(reader, section, scope.kind, expect.as_ref());
    let evidence = evidence(reader, section, expect.as_ref());
    let places = places(reader, section);
    let used = used(reader, section, scope);
    Some(Case {
        name: name?,
        line: reader.place(section.start).0,
        at: at?,
        facts: facts?,
        evidence,
        places,
        used,
        expect: expect?,
    })
}

/// A case's name is a sentence, but like any name it is used once.
fn title(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    taken: &mut Vec<String>,
) -> Option<String> {
    let value = reader.need(section, "name", "what the case shows")?;
    let name = reader.title(value, "name")?;
    if taken.contains(&name) {
        let fault = Fault::new(format!("a second test named {name:?}"));
        reader.fault(value.span(), fault.expected("another name"));
    }
    taken.push(name.clone());
    Some(name)
}

const AT: &str = "a local date and time such as 2026-03-05T19:30:00, without an offset";

fn moment(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    calendar: Option<&Calendar>,
) -> Option<Timestamp> {
    let parts = match value.get_ref() {
        DeValue::Datetime(at) if at.offset.is_none() => at.date.zip(at.time),
        _ => None,
    };
    let local = parts.and_then(|(date, time)| {
        let (hour, minute) = (
            i8::try_from(time.hour).ok()?,
            i8::try_from(time.minute).ok()?,
        );
        let second = i8::try_from(time.second.unwrap_or(0)).ok()?;
        let nanosecond = i32::try_from(time.nanosecond.unwrap_or(0)).ok()?;
        let time = Time::new(hour, minute, second, nanosecond).ok()?;
        Some(to_date(date)?.to_datetime(time))
    });
    let Some(local) = local else {
        let found = value.get_ref().type_str();
        reader.fault(
            value.span(),
            Fault::new(format!("`at` is a {found}")).expected(AT),
        );
        return None;
    };
    calendar?.at(local)
}

/// Facts by declared names, unless that is what the case is about; their values are the price's
/// to judge.
fn facts(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    kind: &DeedKind,
    expect: Option<&Expect>,
) -> Option<BTreeMap<String, Fact>> {
    let value = reader.need(section, "facts", "a table of facts, maybe empty")?;
    let given = reader.section(value, "facts", "facts")?;
    let stranger = matches!(expect, Some(Expect::Refused { code, .. })
        if matches!(code.as_str(), "unknown_fact" | "derived_fact"));
    if !stranger {
        let names = kind.facts.iter().filter(|spec| !spec.derived);
        let names: Vec<_> = names.map(|spec| spec.name).collect();
        reader.keys(&given, &names);
    }
    let mut facts = BTreeMap::new();
    for (key, value) in given.table {
        let fact = untyped(
            reader,
            value,
            key.get_ref(),
            "true, false, a number or text",
        );
        facts.insert(key.get_ref().to_string(), fact?);
    }
    Some(facts)
}

/// Of known classes, unless that is what the case is about.
fn evidence(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    expect: Option<&Expect>,
) -> BTreeSet<String> {
    let Some(value) = section.get("evidence") else {
        return BTreeSet::new();
    };
    let stranger = matches!(expect, Some(Expect::Refused { code, .. })
        if code == "unknown_evidence");
    let elements = reader.list(value, "evidence", MOST_WORDS);
    let read = |element| match stranger {
        true => reader.text(element, "evidence", "a class of evidence"),
        false => super::evidence::class(reader, element),
    };
    let words = elements.unwrap_or_default().iter().filter_map(read);
    words.map(str::to_owned).collect()
}

fn places(reader: &mut Reader<'_>, section: &Section<'_>) -> Vec<String> {
    let Some(value) = section.get("places") else {
        return Vec::new();
    };
    let elements = reader.list(value, "places", MOST_WORDS);
    let read = |element| reader.name(element, "places");
    elements
        .unwrap_or_default()
        .iter()
        .filter_map(read)
        .collect()
}

fn used(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    scope: &Scope<'_>,
) -> BTreeMap<String, i64> {
    let counters = section.get("used");
    let counters = counters.and_then(|value| reader.section(value, "used", "used"));
    let Some(counters) = counters else {
        return BTreeMap::new();
    };
    let names: Vec<_> = scope.cap_names.iter().map(String::as_str).collect();
    reader.keys(&counters, &names);
    let mut used = BTreeMap::new();
    for cap in scope.caps {
        let Some(value) = counters.get(&cap.name) else {
            continue;
        };
        let expected = "what the cap has counted: points, or a whole count";
        let Some(number) = reader.number(value, &cap.name, expected) else {
            continue;
        };
        match counter(cap.unit, number).filter(|counted| *counted >= 0) {
            Some(counted) => drop(used.insert(cap.name.clone(), counted)),
            None => {
                let fault = Fault::new(format!("`{}` is {number}", cap.name));
                reader.fault(value.span(), fault.expected(expected));
            }
        }
    }
    used
}

const EXPECT: &str = "{ points = … } or { refused = \"…\" }";

fn expect_of(reader: &mut Reader<'_>, value: &Value<'_>, scope: &Scope<'_>) -> Option<Expect> {
    let section = reader.section(value, "expect", "expect")?;
    if let Some(refused) = section.get("refused") {
        reader.keys(&section, REFUSED_KEYS);
        let codes: Vec<_> = CODES.iter().map(|code| (*code, *code)).collect();
        let cap = section.get("cap");
        let cap = cap.and_then(|value| reader.one_of(value, "cap", scope.cap_names));
        let code = reader.word(refused, "refused", &codes)?.to_owned();
        return Some(Expect::Refused { code, cap });
    }
    reader.keys(&section, GRANT_KEYS);
    let points: Option<Points> = reader
        .need(&section, "points", EXPECT)
        .and_then(|value| reader.amount(value, "points"));
    let rule = section.get("rule");
    let rule = rule.and_then(|value| reader.one_of(value, "rule", scope.rules));
    let approval = super::approval::word(reader, &section);
    let notice = section.get("notice");
    let notice = notice.and_then(|value| super::terms::length(reader, value, "notice"));
    let expires = section
        .get("expires")
        .and_then(|value| match value.get_ref() {
            DeValue::String(text) if text == "never" => Some(Expires::Never),
            _ => date(reader, value, "expires").map(Expires::On),
        });
    Some(Expect::Granted(Grant {
        points: points?,
        rule,
        approval,
        notice,
        expires,
    }))
}
