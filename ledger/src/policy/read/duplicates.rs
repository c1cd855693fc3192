//! `[duplicates]`: what makes two deeds one thing.

use super::super::deed::{DeedKind, FactSpec, FactType};
use super::super::duplicates::{Alike, DuplicateReward};
use super::condition::fact;
use super::reader::{Fault, Reader, Section, Value};
use super::terms::length;

/// The largest radius, in metres.
const FARTHEST: i64 = 10_000;
const MOST_FACTS: usize = 8;

pub const DUPLICATE_KEYS: &[&str] = &["key", "radius", "window", "reward"];
pub const REWARDS: &[(&str, DuplicateReward)] = &[
    ("share", DuplicateReward::Share),
    ("first", DuplicateReward::First),
];
const RADIUS: &str = "a whole number of metres from \"1 m\" to \"10000 m\"";

pub fn duplicates(
    reader: &mut Reader<'_>,
    root: &Section<'_>,
    kind: &'static DeedKind,
) -> Option<Alike> {
    let section = reader.section(root.get("duplicates")?, "duplicates", "duplicates")?;
    reader.keys(&section, DUPLICATE_KEYS);
    let key = reader.need(&section, "key", "a list of facts that must be equal");
    let key = key.and_then(|value| key_of(reader, value, kind));
    let radius_metres = match section.get("radius") {
        Some(value) => Some(radius(reader, value)?),
        None => None,
    };
    let window = reader.need(&section, "window", "a length of time such as \"24 hours\"");
    let window_seconds = window.and_then(|value| length(reader, value, "window"));
    let reward = section
        .get("reward")
        .and_then(|value| reader.word(value, "reward", REWARDS));
    Some(Alike {
        key: key?,
        radius_metres,
        window_seconds: window_seconds?,
        reward: reward.unwrap_or_default(),
    })
}

/// Facts that every deed states: what is unknown is like nothing.
fn key_of(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    kind: &'static DeedKind,
) -> Option<Vec<String>> {
    let elements = reader.list(value, "key", MOST_FACTS)?;
    if elements.is_empty() {
        let fault = Fault::new("`key` names no fact").expected("at least one fact");
        reader.fault(value.span(), fault);
        return None;
    }
    let mut names = Vec::new();
    for element in elements {
        let spec = fact(reader, element, "key", kind)?;
        if !is_telling(spec) {
            let telling = kind.facts.iter().filter(|spec| is_telling(spec));
            let words: Vec<_> = telling.map(|spec| spec.name).collect();
            let fault = Fault::new(format!("`{}` does not tell deeds apart", spec.name));
            reader.fault(
                element.span(),
                fault.expected(format!("one of: {}", words.join(", "))),
            );
            return None;
        }
        names.push(spec.name.to_owned());
    }
    Some(names)
}

const fn is_telling(spec: &FactSpec) -> bool {
    let word = matches!(spec.kind, FactType::Choice { .. } | FactType::Code);
    word && spec.required && !spec.derived
}

fn radius(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<i64> {
    let text = reader.text(value, "radius", RADIUS)?;
    let metres = text.strip_suffix(" m");
    let metres = metres.filter(|metres| metres.bytes().all(|byte| byte.is_ascii_digit()));
    let metres = metres.and_then(|metres| metres.parse().ok());
    let metres = metres.filter(|metres| (1..=FARTHEST).contains(metres));
    if metres.is_none() {
        let shown: String = text.chars().take(40).collect();
        let fault = Fault::new(format!("`radius` is {shown:?}")).expected(RADIUS);
        reader.fault(value.span(), fault);
    }
    metres
}
