//! `when`: conditions, each held against the declaration of its fact.

use rust_decimal::Decimal;
use toml::de::DeValue;

use super::super::condition::{Comparison, Condition};
use super::super::deed::{DeedKind, Fact, FactSpec, FactType};
use super::super::evidence::ASKED;
use super::super::facts::Mismatch;
use super::reader::{Fault, Reader, Section, Value};

/// How deep `all`, `any` and `none` may nest.
const DEEPEST: usize = 4;
/// The most conditions in one list, and the most values of one `in`.
const LONGEST: usize = 64;

pub const OPERATORS: &[&str] = &[
    "is",
    "is_not",
    "in",
    "at_least",
    "at_most",
    "more_than",
    "less_than",
    "between",
];
pub const GROUPS: &[&str] = &["all", "any", "none"];
pub const CONDITION_KEYS: &[&str] = &["all", "any", "none", "fact", "evidence"];
const WANTED: &str =
    "`fact` with a comparison, `evidence` with a class, or `all`, `any` or `none` with a list";

/// The optional `when` of a section; without one, always.
pub fn when(reader: &mut Reader<'_>, section: &Section<'_>, kind: &DeedKind) -> Option<Condition> {
    match section.get("when") {
        None => Some(Condition::ALWAYS),
        Some(value) => condition(reader, value, kind, DEEPEST),
    }
}

fn condition(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    kind: &DeedKind,
    deeper: usize,
) -> Option<Condition> {
    let section = reader.section(value, "when", "condition")?;
    if section.get("fact").is_some() {
        return leaf(reader, &section, kind);
    }
    if let Some(value) = section.get("evidence") {
        return shown(reader, &section, value);
    }
    let known = reader.keys(&section, CONDITION_KEYS);
    if !GROUPS.iter().any(|group| section.get(group).is_some()) {
        if !known {
            return None;
        }
        reader.fault(
            section.span(),
            Fault::new("an empty condition").expected(WANTED),
        );
        return None;
    }
    if deeper == 0 {
        let fault = Fault::new("conditions nest too deep").expected("at most four levels");
        reader.fault(section.span(), fault);
        return None;
    }
    let mut parts = Vec::new();
    let mut whole = true;
    for group in GROUPS.iter().filter(|group| section.get(group).is_some()) {
        match list(reader, &section, group, kind, deeper) {
            Some(list) => parts.push(match *group {
                "all" => Condition::All(list),
                "any" => Condition::Any(list),
                _ => Condition::Any(list).not(),
            }),
            None => whole = false,
        }
    }
    match (whole, parts.len()) {
        (false, _) => None,
        (true, 1) => parts.pop(),
        (true, _) => Some(Condition::All(parts)),
    }
}

fn list(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    group: &str,
    kind: &DeedKind,
    deeper: usize,
) -> Option<Vec<Condition>> {
    let value = section.get(group)?;
    let elements = reader.list(value, group, LONGEST)?;
    if elements.is_empty() {
        let fault = Fault::new(format!("`{group}` is empty")).expected("at least one condition");
        reader.fault(value.span(), fault);
        return None;
    }
    let conditions: Vec<_> = elements
        .iter()
        .map(|element| condition(reader, element, kind, deeper - 1))
        .collect();
    conditions.into_iter().collect()
}

/// `{ evidence = "backfill" }`: the deed is shown by that class.
fn shown(reader: &mut Reader<'_>, section: &Section<'_>, value: &Value<'_>) -> Option<Condition> {
    reader.keys(section, &["evidence"]);
    let class = super::evidence::class(reader, value)?;
    Some(Condition::Fact {
        fact: format!("{ASKED}{class}"),
        comparison: Comparison::Is(Fact::Bool(true)),
        negated: false,
    })
}

fn leaf(reader: &mut Reader<'_>, section: &Section<'_>, kind: &DeedKind) -> Option<Condition> {
    let keys: Vec<_> = ["fact"].iter().chain(OPERATORS).copied().collect();
    let known = reader.keys(section, &keys);
    let spec = fact(reader, section.get("fact")?, "fact", kind);
    let mut used = OPERATORS
        .iter()
        .filter_map(|operator| section.get(operator).map(|value| (*operator, value)));
    let Some((operator, operand)) = used.next() else {
        let expected = format!("one of: {}", OPERATORS.join(", "));
        let fault = Fault::new("a condition without a comparison").expected(expected);
        // A comparison misspelt has been noted already.
        if known {
            reader.fault(section.span(), fault);
        }
        return None;
    };
    if let Some((second, value)) = used.next() {
        let fault = Fault::new(format!("`{second}` beside `{operator}`"));
        let expected = "one comparison; put two conditions in `all`";
        reader.fault(value.span(), fault.expected(expected));
        return None;
    }
    let spec = spec?;
    if spec.name == "team" {
        let fault = Fault::new("`team` is asked: it is for caps alone");
        let expected = "no condition on whom somebody belongs to";
        reader.fault(section.span(), fault.expected(expected));
        return None;
    }
    Some(Condition::Fact {
        fact: spec.name.to_owned(),
        comparison: comparison(reader, operator, operand, spec)?,
        negated: false,
    })
}

/// The declaration of a fact that a policy names.
pub fn fact(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    key: &str,
    kind: &DeedKind,
) -> Option<&'static FactSpec> {
    let name = reader.text(value, key, "the name of a fact")?;
    let spec = kind.fact(name);
    if spec.is_none() {
        let names = kind.facts.iter().map(|spec| spec.name);
        reader.fault(value.span(), Fault::unknown("fact", name, names));
    }
    spec
}

fn comparison(
    reader: &mut Reader<'_>,
    operator: &str,
    operand: &Value<'_>,
    spec: &FactSpec,
) -> Option<Comparison> {
    let ordered = matches!(spec.kind, FactType::Number { .. });
    if !ordered && !matches!(operator, "is" | "is_not" | "in") {
        let fault = Fault::new(format!(
            "`{operator}` compares numbers, `{}` is not one",
            spec.name
        ));
        reader.fault(operand.span(), fault.expected("one of: is, is_not, in"));
        return None;
    }
    match operator {
        "is" => literal(reader, operand, operator, spec).map(Comparison::Is),
        "is_not" => literal(reader, operand, operator, spec).map(Comparison::IsNot),
        "in" => literals(reader, operand, spec).map(Comparison::In),
        "between" => between(reader, operand, spec),
        _ => {
            let bound = bound(reader, operand, operator, spec)?;
            Some(match operator {
                "at_least" => Comparison::AtLeast(bound),
                "at_most" => Comparison::AtMost(bound),
                "more_than" => Comparison::MoreThan(bound),
                _ => Comparison::LessThan(bound),
            })
        }
    }
}

fn literals(reader: &mut Reader<'_>, operand: &Value<'_>, spec: &FactSpec) -> Option<Vec<Fact>> {
    let elements = reader.list(operand, "in", LONGEST)?;
    if elements.is_empty() {
        let fault = Fault::new("`in` is empty").expected("at least one value");
        reader.fault(operand.span(), fault);
        return None;
    }
    let values: Vec<_> = elements
        .iter()
        .map(|element| literal(reader, element, "in", spec))
        .collect();
    values.into_iter().collect()
}

fn between(reader: &mut Reader<'_>, operand: &Value<'_>, spec: &FactSpec) -> Option<Comparison> {
    let elements = reader.list(operand, "between", LONGEST)?;
    let [low, high] = elements else {
        let fault = Fault::new(format!("`between` has {} values", elements.len()));
        reader.fault(
            operand.span(),
            fault.expected("two: the lowest and the highest"),
        );
        return None;
    };
    let low = bound(reader, low, "between", spec);
    let high = bound(reader, high, "between", spec);
    let (low, high) = (low?, high?);
    if low > high {
        let fault = Fault::new(format!("`between` {low} and {high} holds for no number"));
        let expected = "the lower first; for a stretch over midnight, two conditions in `any`";
        reader.fault(operand.span(), fault.expected(expected));
        return None;
    }
    Some(Comparison::Between(low, high))
}

fn bound(
    reader: &mut Reader<'_>,
    operand: &Value<'_>,
    key: &str,
    spec: &FactSpec,
) -> Option<Decimal> {
    literal(reader, operand, key, spec)?.number()
}

/// A value that a fact may have.
pub fn literal(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    key: &str,
    spec: &FactSpec,
) -> Option<Fact> {
    let expected = spec.kind.describe();
    let found = untyped(reader, value, key, &expected)?;
    let fault = match spec.kind.check(&found) {
        Ok(()) => return Some(found),
        Err(Mismatch::Type) => {
            let name = spec.name;
            Fault::new(format!("`{name}` is compared with {}", found.type_name()))
        }
        Err(Mismatch::Value) => match (&found, spec.kind.choices()) {
            (Fact::Text(word), choices @ [_, ..]) => {
                let words = choices.iter().map(|choice| choice.value);
                Fault::unknown(&format!("value of `{}`", spec.name), word, words)
            }
            _ => Fault::new(format!("`{}` is never {}", spec.name, clipped(&found))),
        },
    };
    reader.fault(value.span(), fault.expected(expected));
    None
}

fn clipped(fact: &Fact) -> String {
    fact.to_string().chars().take(40).collect()
}

/// A value of whatever type it has.
pub fn untyped(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    key: &str,
    expected: &str,
) -> Option<Fact> {
    match value.get_ref() {
        DeValue::Boolean(value) => Some(Fact::Bool(*value)),
        DeValue::String(text) => Some(Fact::Text(text.to_string())),
        _ => reader.number(value, key, expected).map(Fact::Number),
    }
}
