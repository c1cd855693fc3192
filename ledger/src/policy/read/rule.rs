//! `[[rule]]`: conditions, points, multipliers.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use toml::de::DeValue;

use super::super::condition::{Comparison, Condition};
use super::super::deed::{DeedKind, FactSpec, FactType};
use super::super::rule::{Amount, Multiplier, ONE, Rule};
use super::super::trace::Combine;
use super::condition::{fact, when};
use super::reader::{Fault, Reader, Section, Value};
use crate::points::Rounding;

/// The most rules of a policy, and multipliers of a rule.
const MOST_RULES: usize = 64;
const MOST_MULTIPLIERS: usize = 16;
/// A multiplier is above zero and at most a hundredfold, in basis points.
const LARGEST_TIMES: i64 = 100 * ONE;

pub const RULE_KEYS: &[&str] = &[
    "name",
    "title",
    "when",
    "points",
    "max",
    "multiplier",
    "combine",
    "rounding",
    "evidence",
    "geofence",
    "approval",
];
pub const RATE_KEYS: &[&str] = &["rate", "per", "rounding"];
pub const TABLE_KEYS: &[&str] = &["by", "table"];
pub const MULTIPLIER_KEYS: &[&str] = &["name", "title", "times", "when", "rounding"];
pub const COMBINES: &[(&str, Combine)] = &[
    ("multiply", Combine::Multiply),
    ("highest", Combine::Highest),
    ("add", Combine::Add),
];
pub const ROUNDINGS: &[(&str, Rounding)] = &[
    ("half_up", Rounding::HalfUp),
    ("half_even", Rounding::HalfEven),
    ("down", Rounding::Down),
    ("up", Rounding::Up),
];

/// The rules that can be read, and the names of all: what refers to a broken rule is not wrong.
pub fn rules(
    reader: &mut Reader<'_>,
    root: &Section<'_>,
    kind: &'static DeedKind,
) -> (Vec<Rule>, Vec<String>) {
    let sections = reader.sections(root, "rule", MOST_RULES);
    if root.get("rule").is_none() {
        let fault = Fault::new("policy has no `[[rule]]`").expected("at least one rule");
        reader.fault(root.span(), fault);
    }
    let mut names = Vec::new();
    let mut rules: Vec<Rule> = Vec::new();
    for section in &sections {
        if let Some(rule) = rule(reader, section, kind, &mut names) {
            reachable(reader, section, &rules, &rule);
            rules.push(rule);
        }
    }
    (rules, names)
}

/// A rule below one that always holds, or that holds whenever it does, never applies.
fn reachable(reader: &mut Reader<'_>, section: &Section<'_>, above: &[Rule], rule: &Rule) {
    let hides = |other: &&Rule| other.when == Condition::ALWAYS || other.when == rule.when;
    if let Some(other) = above.iter().find(hides) {
        let fault = Fault::new(format!(
            "rule {:?} never applies: {:?} above it takes every deed it would",
            rule.name, other.name
        ));
        reader.fault(section.span(), fault.expected("the narrower rule first"));
    }
}

fn rule(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    kind: &'static DeedKind,
    taken: &mut Vec<String>,
) -> Option<Rule> {
    reader.keys(section, RULE_KEYS);
    let name = reader.new_name(section, taken);
    let title = reader.need(section, "title", "a title people understand");
    let title = title.and_then(|value| reader.title(value, "title"));
    let when = when(reader, section, kind);
    let amount = reader.need(section, "points", POINTS);
    let amount = amount.and_then(|value| points(reader, value, kind));
    let max = section
        .get("max")
        .and_then(|value| reader.amount(value, "max"));
    let combine = combine(reader, section);
    let rounding = rounding(reader, section);
    let multipliers = multipliers(reader, section, kind, combine);
    let evidence = super::evidence::evidence(reader, section);
    let geofence = super::evidence::geofence(reader, section);
    let approvals = super::approval::approvals(reader, section, kind);
    let (amount, implied) = amount?;
    let when = when?;
    Some(Rule {
        name: name?,
        title: title?,
        when: match implied {
            Some(implied) => when.and(implied),
            None => when,
        },
        amount,
        max,
        multipliers,
        combine,
        rounding,
        evidence,
        geofence,
        approvals,
    })
}

const POINTS: &str = "a number, { rate = …, per = \"…\" } or { by = \"…\", table = { … } }";

/// The amount, with what it requires of the facts.
type Priced = (Amount, Option<Condition>);

fn points(reader: &mut Reader<'_>, value: &Value<'_>, kind: &DeedKind) -> Option<Priced> {
    if !matches!(value.get_ref(), DeValue::Table(_)) {
        let points = reader.amount(value, "points")?;
        return Some((Amount::Fixed(points), None));
    }
    let section = reader.section(value, "points", "points")?;
    if section.get("by").is_some() || section.get("table").is_some() {
        table(reader, &section, kind)
    } else {
        rate(reader, &section, kind)
    }
}

fn rate(reader: &mut Reader<'_>, section: &Section<'_>, kind: &DeedKind) -> Option<Priced> {
    reader.keys(section, RATE_KEYS);
    let rate = reader.need(section, "rate", "points for one unit");
    let rate = rate.and_then(|value| reader.amount(value, "rate"));
    let rounding = rounding(reader, section);
    let value = reader.need(section, "per", "the fact that is the quantity")?;
    let spec = fact(reader, value, "per", kind)?;
    if !matches!(spec.kind, FactType::Number { .. }) || spec.name == "local_hour" {
        let fault = Fault::new(format!("`{}` is not a quantity", spec.name));
        let expected = format!("one of: {}", names(kind, is_quantity));
        reader.fault(value.span(), fault.expected(expected));
        return None;
    }
    let stated = || Condition::Fact {
        fact: spec.name.to_owned(),
        comparison: Comparison::AtLeast(Decimal::ZERO),
        negated: false,
    };
    let amount = Amount::Rate {
        rate: rate?,
        per: spec.name.to_owned(),
        rounding,
    };
    Some((amount, (!spec.required).then(stated)))
}

fn is_quantity(spec: &FactSpec) -> bool {
    matches!(spec.kind, FactType::Number { .. }) && spec.name != "local_hour"
}

fn is_choice(spec: &FactSpec) -> bool {
    matches!(spec.kind, FactType::Choice { .. })
}

fn names(kind: &DeedKind, which: fn(&FactSpec) -> bool) -> String {
    let facts = kind.facts.iter().filter(|spec| which(spec));
    facts.map(|spec| spec.name).collect::<Vec<_>>().join(", ")
}

fn table(reader: &mut Reader<'_>, section: &Section<'_>, kind: &DeedKind) -> Option<Priced> {
    reader.keys(section, TABLE_KEYS);
    let by = reader.need(section, "by", "the fact that chooses the row");
    let by = by.and_then(|value| {
        let spec = fact(reader, value, "by", kind)?;
        if is_choice(spec) {
            return Some(spec);
        }
        let fault = Fault::new(format!("`{}` has no list of values", spec.name));
        let expected = format!("one of: {}", names(kind, is_choice));
        reader.fault(value.span(), fault.expected(expected));
        None
    });
    let value = reader.need(section, "table", "points for each value")?;
    let rows = reader.section(value, "table", "table")?;
    let spec = by?;
    let allowed: Vec<_> = spec.kind.choices().iter().map(|c| c.value).collect();
    reader.keys(&rows, &allowed);
    let mut table = BTreeMap::new();
    for key in &allowed {
        if let Some(points) = rows.get(key).and_then(|value| reader.amount(value, key)) {
            table.insert((*key).to_owned(), points);
        }
    }
    if rows.table.is_empty() {
        let expected = format!("one or more of: {}", allowed.join(", "));
        reader.fault(
            value.span(),
            Fault::new("`table` is empty").expected(expected),
        );
    }
    let listed = Condition::Fact {
        fact: spec.name.to_owned(),
        comparison: Comparison::In(table.keys().map(|key| key.as_str().into()).collect()),
        negated: false,
    };
    let total = spec.required && table.len() == allowed.len();
    let by = spec.name.to_owned();
    Some((Amount::Table { by, table }, (!total).then_some(listed)))
}

fn rounding(reader: &mut Reader<'_>, section: &Section<'_>) -> Rounding {
    let value = section.get("rounding");
    let rounding = value.and_then(|value| reader.word(value, "rounding", ROUNDINGS));
    rounding.unwrap_or_default()
}

/// How the multipliers work together. What is rounded once names its rounding at the rule, the rest
/// at each multiplier.
fn combine(reader: &mut Reader<'_>, section: &Section<'_>) -> Combine {
    let combine = match section.get("combine") {
        Some(value) => reader.word(value, "combine", COMBINES),
        None => Some(Combine::Multiply),
    };
    if let Some(rounding) = section.get("rounding")
        && combine == Some(Combine::Multiply)
    {
        let fault = Fault::new("`rounding` of a rule that rounds each multiplier");
        let expected = "combine = \"highest\" or \"add\", or `rounding` at the multipliers";
        reader.fault(rounding.span(), fault.expected(expected));
    }
    combine.unwrap_or_default()
}

fn multipliers(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    kind: &'static DeedKind,
    combine: Combine,
) -> Vec<Multiplier> {
    let sections = reader.sections(section, "multiplier", MOST_MULTIPLIERS);
    if let Some(value) = section.get("combine")
        && sections.is_empty()
    {
        let fault = Fault::new("`combine` without a multiplier");
        reader.fault(value.span(), fault.expected("`[[rule.multiplier]]`"));
    }
    let mut taken = Vec::new();
    let read = |section| multiplier(reader, section, kind, combine, &mut taken);
    sections.iter().filter_map(read).collect()
}

fn multiplier(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    kind: &'static DeedKind,
    combine: Combine,
    taken: &mut Vec<String>,
) -> Option<Multiplier> {
    reader.keys(section, MULTIPLIER_KEYS);
    if let Some(rounding) = section.get("rounding")
        && combine != Combine::Multiply
    {
        let fault = Fault::new("`rounding` of a multiplier that is combined with others");
        reader.fault(rounding.span(), fault.expected("`rounding` at the rule"));
    }
    let name = reader.new_name(section, taken);
    let title = section.get("title");
    let title = title.and_then(|value| reader.title(value, "title"));
    let when = when(reader, section, kind);
    let rounding = rounding(reader, section);
    let times = reader.need(section, "times", TIMES);
    let times = times.and_then(|value| times_of(reader, value));
    Some(Multiplier {
        name: name?,
        title,
        times: times?,
        when: when?,
        rounding,
    })
}

const TIMES: &str =
    "a factor above 0 and at most 100, with at most four decimal places, such as \"1.5\"";

/// A factor in basis points; in quotes or as a number.
fn times_of(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<i64> {
    let number = match value.get_ref() {
        DeValue::String(text) => Decimal::from_str_exact(text).ok(),
        _ => Some(reader.number(value, "times", TIMES)?),
    };
    let in_basis_points = |number: Decimal| {
        let points = number.checked_mul(Decimal::from(ONE))?.normalize();
        if points.scale() > 0 {
            return None;
        }
        let points = i64::try_from(points.mantissa()).ok()?;
        (1..=LARGEST_TIMES).contains(&points).then_some(points)
    };
    let times = number.and_then(in_basis_points);
    if times.is_none() {
        let found: String = match value.get_ref() {
            DeValue::String(text) => text.chars().take(40).collect(),
            _ => number.map_or_else(String::new, |number| number.to_string()),
        };
        let fault = Fault::new(format!("`times` is {found}")).expected(TIMES);
        reader.fault(value.span(), fault);
    }
    times
}
