//! `[[cap]]`: how much in a day, a week or a month.

use super::super::calendar::Window;
use super::super::caps::{CapSubject, CapUnit, Over};
use super::super::price::Cap;
use super::reader::{Fault, Reader, Section};

const MOST_CAPS: usize = 16;
const LARGEST_COUNT: i64 = 1_000_000;

const SUBJECTS: &[(&str, CapSubject)] = &[
    ("member", CapSubject::Member),
    ("budget", CapSubject::Budget),
];
const WINDOWS: &[(&str, Window)] = &[
    ("day", Window::Day),
    ("week", Window::Week),
    ("month", Window::Month),
];
const OVERS: &[(&str, Over)] = &[("clip", Over::Clip), ("reject", Over::Reject)];

/// The caps that can be read, and the names of all.
pub fn caps(
    reader: &mut Reader<'_>,
    root: &Section<'_>,
    rules: &[String],
) -> (Vec<Cap>, Vec<String>) {
    let sections = reader.sections(root, "cap", MOST_CAPS);
    let mut names = Vec::new();
    let read = |section| cap(reader, section, rules, &mut names);
    let caps = sections.iter().filter_map(read).collect();
    (caps, names)
}

fn cap(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    rules: &[String],
    taken: &mut Vec<String>,
) -> Option<Cap> {
    let keys = ["name", "per", "every", "points", "count", "over", "rules"];
    reader.keys(section, &keys);
    let name = reader.new_name(section, taken);
    let per = reader.need(section, "per", "one of: member, budget");
    let per = per.and_then(|value| reader.word(value, "per", SUBJECTS));
    let every = reader.need(section, "every", "one of: day, week, month");
    let every = every.and_then(|value| reader.word(value, "every", WINDOWS));
    let limit = limit(reader, section);
    let over = over(reader, section, limit.map(|(unit, _)| unit));
    let rules = rule_names(reader, section, rules);
    let (unit, limit) = limit?;
    Some(Cap {
        name: name?,
        per: per?,
        every: every?,
        unit,
        limit,
        over: over?,
        rules,
    })
}

fn limit(reader: &mut Reader<'_>, section: &Section<'_>) -> Option<(CapUnit, i64)> {
    match (section.get("points"), section.get("count")) {
        (Some(value), None) => {
            let points = reader.amount(value, "points")?;
            Some((CapUnit::Points, points.hundredths()))
        }
        (None, Some(value)) => {
            let count = reader.whole(value, "count", 1..LARGEST_COUNT + 1)?;
            Some((CapUnit::Count, count))
        }
        (points, _) => {
            let found = points.map_or("cap has no limit", |_| "cap has two limits");
            let fault = Fault::new(found).expected("either `points` or `count`");
            reader.fault(section.span(), fault);
            None
        }
    }
}

/// Points are clipped unless the cap says otherwise; a count cannot be.
fn over(reader: &mut Reader<'_>, section: &Section<'_>, unit: Option<CapUnit>) -> Option<Over> {
    let Some(value) = section.get("over") else {
        return Some(match unit {
            Some(CapUnit::Count) => Over::Reject,
            _ => Over::Clip,
        });
    };
    let over = reader.word(value, "over", OVERS)?;
    if unit == Some(CapUnit::Count) && over == Over::Clip {
        let fault = Fault::new("a count cannot be clipped").expected("over = \"reject\"");
        reader.fault(value.span(), fault);
    }
    Some(over)
}

fn rule_names(reader: &mut Reader<'_>, section: &Section<'_>, rules: &[String]) -> Vec<String> {
    let Some(value) = section.get("rules") else {
        return Vec::new();
    };
    let elements = reader.list(value, "rules", rules.len().max(1));
    let elements = elements.unwrap_or_default();
    if elements.is_empty() {
        let fault = Fault::new("`rules` names none").expected("rule names, or no `rules` for all");
        reader.fault(value.span(), fault);
    }
    let read = |element| reader.one_of(element, "rules", rules);
    elements.iter().filter_map(read).collect()
}
