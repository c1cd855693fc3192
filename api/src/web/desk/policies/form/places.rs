//! Which field a mistake is about: the reader says where it found it, and that is where a value of the document stands.

use ledger::policy::PolicyErrors;
use toml::de::{DeTable, DeValue};

use super::document::Document;
use super::field::Wrong;
use super::outline::{Group, Outline};
use super::rules::called;
use crate::web::desk::policies::Cases;
use crate::web::desk::policies::edit::{Mistake, mistake};
use crate::web::reading::say;

/// Notes each mistake beside its field, or with its group; answers with those about neither.
pub fn beside(source: &str, errors: &PolicyErrors, outline: &mut Outline) -> Vec<Mistake> {
    let places = places(source);
    let mut groups = outline.groups_mut();
    let mut rest = Vec::new();
    for error in errors.iter() {
        let mistake = mistake(source, error);
        let byte = byte_of(source, error.line, error.column);
        let here = places.iter().filter(|(start, _)| *start == byte);
        let inmost = here.max_by_key(|(_, path)| path.len());
        let path = inmost.map_or("", |(_, path)| path.as_str());
        let meant = meant(&groups, path);
        let Some((group, field)) = meant else {
            rest.push(mistake);
            continue;
        };
        let Some(group) = groups.get_mut(group) else {
            continue;
        };
        match field.and_then(|field| group.fields.get_mut(field)) {
            Some(field) if path == field.name || is_within(path, &field.name) => {
                field.blame(mistake);
            }
            Some(field) => field.wrong.push(Wrong::of(mistake)),
            None => {
                let own = hidden(source, &mistake.found).map(Wrong::said);
                group.wrong.push(own.unwrap_or_else(|| Wrong::of(mistake)));
            }
        }
    }
    rest
}

/// That a rule never applies because of one above it, by what people call them.
fn hidden(source: &str, found: &str) -> Option<String> {
    let rest = found.strip_prefix("rule \"")?;
    let (rule, rest) = rest.split_once("\" never applies: \"")?;
    let (above, _) = rest.split_once("\" above it")?;
    let document = Document::of(source)?;
    let (rule, above) = (called(&document, rule), called(&document, above));
    Some(say!(
        "规则“{rule}”永远用不上：排在它前面的“{above}”已经管了同样的情形。",
        "Rule “{rule}” never applies: “{above}” above it takes every deed it would."
    ))
}

/// Notes beside the points of a case that it comes out otherwise.
pub fn otherwise(cases: &Cases, outline: &mut Outline) {
    for failing in &cases.failing {
        let mut fields = outline.cases.fields.iter_mut();
        if let Some(field) = fields.find(|field| field.of.as_ref() == Some(&failing.name)) {
            field.wrong.push(Wrong {
                says: String::new(),
                found: failing.how.clone(),
                hints: Vec::new(),
            });
        }
    }
}

/// The group that is meant by a path, and the field in it.
fn meant(groups: &[&mut Group], path: &str) -> Option<(usize, Option<usize>)> {
    let mut fields = Vec::new();
    for (index, group) in groups.iter().enumerate() {
        for (place, field) in group.fields.iter().enumerate() {
            fields.push((index, place, field.name.as_str()));
        }
    }
    let field = |wanted: &dyn Fn(&str) -> bool| {
        let found = fields.iter().find(|(.., name)| wanted(name));
        found.map(|(group, place, _)| (*group, Some(*place)))
    };
    let group = |wanted: &dyn Fn(&str) -> bool| {
        let named = |group: &&mut Group| !group.path.is_empty() && wanted(&group.path);
        groups.iter().position(named).map(|group| (group, None))
    };
    field(&|name| name == path || is_within(path, name))
        .or_else(|| group(&|of| of == path))
        .or_else(|| field(&|name| is_within(name, path)))
        .or_else(|| group(&|of| is_within(path, of)))
}

fn is_within(inner: &str, outer: &str) -> bool {
    let rest = inner.strip_prefix(outer);
    rest.is_some_and(|rest| rest.starts_with('.'))
}

/// Where keys and values begin, by their paths.
fn places(source: &str) -> Vec<(usize, String)> {
    let (document, _) = DeTable::parse_recoverable(source);
    let mut places = Vec::new();
    table(document.get_ref(), "", &mut places);
    places
}

fn table(table: &DeTable<'_>, path: &str, places: &mut Vec<(usize, String)>) {
    for (key, value) in table {
        let name = key.get_ref();
        let path = match path.is_empty() {
            true => name.to_string(),
            false => format!("{path}.{name}"),
        };
        places.push((key.span().start, path.clone()));
        places.push((value.span().start, path.clone()));
        within(value.get_ref(), &path, places);
    }
}

fn within(value: &DeValue<'_>, path: &str, places: &mut Vec<(usize, String)>) {
    match value {
        DeValue::Table(inner) => table(inner, path, places),
        DeValue::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}.{index}");
                places.push((item.span().start, path.clone()));
                within(item.get_ref(), &path, places);
            }
        }
        _ => {}
    }
}

/// From a line and a column, which begin at one and count letters.
fn byte_of(source: &str, line: usize, column: usize) -> usize {
    let before = source.split_inclusive('\n').take(line.saturating_sub(1));
    let start: usize = before.map(str::len).sum();
    let rest = source.get(start..).unwrap_or_default();
    let mut letters = rest.char_indices();
    let within = letters.nth(column.saturating_sub(1));
    start.saturating_add(within.map_or(rest.len(), |(at, _)| at))
}

#[cfg(test)]
mod tests {
    use super::super::document::Document;
    use super::*;
    use crate::web::desk::policies::parsed;

    const SOURCE: &str = include_str!("../../../../../../policies/yuhong/hazard-report.toml");

    /// The fields and groups that are blamed, and how many mistakes are about none.
    fn blamed(was: &str, is: &str) -> (Vec<String>, usize) {
        assert!(SOURCE.contains(was), "{was}");
        let source = SOURCE.replacen(was, is, 1);
        let document = Document::of(&source).expect("a document");
        let mut outline = Outline::of(&document, &[]);
        let errors = parsed("hazard-report", &source).expect_err("a mistake");
        let rest = beside(&source, &errors, &mut outline);
        let mut blamed = Vec::new();
        for group in outline.groups_mut() {
            if !group.wrong.is_empty() {
                blamed.push(group.path.clone());
            }
            let fields = group.fields.iter().filter(|field| !field.wrong.is_empty());
            blamed.extend(fields.map(|field| field.name.clone()));
        }
        (blamed, rest.len())
    }

    #[test]
    fn a_mistake_stands_beside_what_it_is_about() {
        for (was, is, wanted) in [
            ("max = 30", "max = \"much\"", "rule.1.max"),
            ("low = 5", "low = -5", "rule.1.points.table.low"),
            ("points = 200", "points = 0", "cap.1.points"),
            (
                "after = \"12 months\"",
                "after = \"12 moons\"",
                "expiry.after",
            ),
            ("\"7 days\"]", "\"7 hours\"]", "expiry.notices"),
            ("from = 2026-01-01", "from = \"soon\"", "effective.from"),
            (
                "times = \"1.5\"",
                "times = \"0\"",
                "rule.1.multiplier.0.times",
            ),
            ("title = \"上报信息类线索并经核实\"\n", "", "rule.0"),
            (
                "in = [\"verified\", \"fixed\"]",
                "in = [\"seen\"]",
                "rule.1",
            ),
            (
                "expect = { points = 5, rule",
                "expect = { points = \"5\", rule",
                "test.0.expect.points",
            ),
        ] {
            assert_eq!(blamed(was, is), (vec![wanted.to_owned()], 0), "{is}");
        }
        let (fields, rest) = blamed("zone = ", "zoon = ");
        assert!(fields.is_empty() && rest == 1, "{fields:?} {rest}");
    }
}
