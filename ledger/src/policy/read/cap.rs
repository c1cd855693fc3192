//! `[[cap]]`: how much in a day, a month, any thirty days.

use super::super::calendar::Window;
use super::super::caps::{CapSubject, CapUnit, Over};
use super::super::deed::DeedKind;
use super::super::price::Cap;
use super::reader::{Fault, Reader, Section, Value};

const MOST_CAPS: usize = 16;
const LARGEST_COUNT: i64 = 1_000_000;
/// Each award asks nearly twice as many counters.
const LONGEST_ROLLING: u16 = 366;

pub const CAP_KEYS: &[&str] = &["name", "per", "every", "points", "count", "over", "rules"];
pub const WINDOWS: &[(&str, Window)] = &[
    ("day", Window::Day),
    ("week", Window::Week),
    ("month", Window::Month),
    ("quarter", Window::Quarter),
    ("year", Window::Year),
];
pub const OVERS: &[(&str, Over)] = &[
    ("clip", Over::Clip),
    ("reject", Over::Reject),
    ("queue", Over::Queue),
];
const EVERY: &str = "one of: day, week, month, quarter, year, rolling 30 days";
const ROLLING: &str = "from \"rolling 2 days\" to \"rolling 366 days\"";

/// What a cap may speak of.
pub struct Scope<'s> {
    pub kind: &'static DeedKind,
    pub rules: &'s [String],
    /// Whether any award needs somebody's approval.
    pub approved: bool,
}

/// The caps that can be read, and the names of all. Those counted when somebody approves come last.
pub fn caps(
    reader: &mut Reader<'_>,
    root: &Section<'_>,
    scope: &Scope<'_>,
) -> (Vec<Cap>, Vec<String>) {
    let sections = reader.sections(root, "cap", MOST_CAPS);
    let mut names = Vec::new();
    let read = |section| cap(reader, section, scope, &mut names);
    let mut caps: Vec<_> = sections.iter().filter_map(read).collect();
    caps.sort_by_key(|cap| cap.per == CapSubject::Approver);
    (caps, names)
}

fn cap(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    scope: &Scope<'_>,
    taken: &mut Vec<String>,
) -> Option<Cap> {
    reader.keys(section, CAP_KEYS);
    let name = reader.new_name(section, taken);
    let per = per(reader, section, scope);
    let every = reader.need(section, "every", EVERY);
    let every = every.and_then(|value| window(reader, value));
    let limit = limit(reader, section);
    let over = over(reader, section, limit.map(|(unit, _)| unit), per);
    let rules = rule_names(reader, section, scope.rules);
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

/// Whose counter: one that the deed can name, and that somebody will count on.
fn per(reader: &mut Reader<'_>, section: &Section<'_>, scope: &Scope<'_>) -> Option<CapSubject> {
    let subjects = CapSubject::ALL.map(|per| (per.name(), per));
    let words: Vec<_> = subjects.iter().map(|(word, _)| *word).collect();
    let value = reader.need(section, "per", &format!("one of: {}", words.join(", ")))?;
    let per = reader.word(value, "per", &subjects)?;
    let unnamed = per.fact().filter(|fact| scope.kind.fact(fact).is_none());
    let fault = match (unnamed, per) {
        (Some(fact), _) => Fault::new(format!("{} has no fact `{fact}`", scope.kind.name))
            .expected("a subject that every such deed can name"),
        (None, CapSubject::Approver) if !scope.approved => {
            Fault::new("no award of this policy is approved by anybody")
                .expected("`approval` somewhere, or a cap on somebody else")
        }
        _ => return Some(per),
    };
    reader.fault(value.span(), fault);
    None
}

/// A stretch of the calendar, or any so many days running.
fn window(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Window> {
    let text = reader.text(value, "every", EVERY)?;
    let Some(days) = text.strip_prefix("rolling") else {
        let known = WINDOWS.iter().find(|(word, _)| *word == text);
        if known.is_none() {
            let words = WINDOWS.iter().map(|(word, _)| *word);
            let fault = Fault::unknown("`every`", text, words.chain(["rolling 30 days"]));
            reader.fault(value.span(), fault);
        }
        return known.map(|(_, window)| *window);
    };
    let days = days
        .strip_prefix(' ')
        .and_then(|days| days.strip_suffix(" days"));
    let days = days.filter(|days| days.bytes().all(|byte| byte.is_ascii_digit()));
    let days = days.and_then(|days| days.parse().ok());
    let days = days.filter(|days| (2..=LONGEST_ROLLING).contains(days));
    if days.is_none() {
        let shown: String = text.chars().take(40).collect();
        let fault = Fault::new(format!("`every` is {shown:?}")).expected(ROLLING);
        reader.fault(value.span(), fault);
    }
    days.map(|days| Window::Rolling { days })
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

/// Points are clipped unless the cap says otherwise; a count cannot be. Nor can what waits for
/// approval: it is approved as it stands, or by somebody else.
fn over(
    reader: &mut Reader<'_>,
    section: &Section<'_>,
    unit: Option<CapUnit>,
    per: Option<CapSubject>,
) -> Option<Over> {
    let approver = per == Some(CapSubject::Approver);
    let count = unit == Some(CapUnit::Count);
    let Some(value) = section.get("over") else {
        return Some(if approver || count {
            Over::Reject
        } else {
            Over::Clip
        });
    };
    let over = reader.word(value, "over", OVERS)?;
    if approver && over != Over::Reject {
        let found = "what somebody may approve is neither clipped nor queued";
        reader.fault(
            value.span(),
            Fault::new(found).expected("over = \"reject\""),
        );
    } else if count && over == Over::Clip {
        let expected = "over = \"reject\" or \"queue\"";
        reader.fault(
            value.span(),
            Fault::new("a count cannot be clipped").expected(expected),
        );
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
