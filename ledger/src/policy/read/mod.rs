//! Reading a policy file: strict, whole, every error with its place.

mod approval;
mod cap;
mod case;
mod condition;
mod duplicates;
mod evidence;
mod header;
mod reader;
mod rule;
mod schema;
mod terms;

use toml::de::DeTable;

pub use self::schema::schema;

use self::reader::{Fault, Reader, Section};
use super::deed::{DeedKind, kinds};
use super::{Policy, PolicyErrors};

/// The largest file, in bytes.
pub(super) const LARGEST: usize = 64 * 1024;

const KEYS: &[&str] = &[
    "schema",
    "name",
    "title",
    "on",
    "budget",
    "zone",
    "day_start",
    "effective",
    "approval",
    "notice",
    "evidence",
    "geofence",
    "expiry",
    "reversal",
    "duplicates",
    "rule",
    "cap",
    "test",
];

/// Reads a policy, or finds all that is wrong with it.
pub(super) fn policy(file: &str, source: &str) -> Result<Policy, PolicyErrors> {
    let mut reader = Reader::new(file, source);
    if source.len() > LARGEST {
        let fault = Fault::new(format!("the file has {} bytes", source.len()));
        reader.fault(0..0, fault.expected(format!("at most {LARGEST}")));
        return Err(reader.into_errors());
    }
    let (document, syntax) = DeTable::parse_recoverable(source);
    for error in &syntax {
        let span = error.span().unwrap_or_default();
        reader.fault(span, Fault::new(error.message()));
    }
    // What a broken line was meant to say is anybody's guess: no errors upon errors.
    if !reader.is_clean() {
        return Err(reader.into_errors());
    }
    let root = Section {
        what: "policy",
        table: document.get_ref(),
        start: 0,
        end: 0,
    };
    match root_of(&mut reader, &root, file, source) {
        Some(policy) if reader.is_clean() => Ok(policy),
        _ => {
            // Whatever is missing has been noted; should it ever not be, an error is never empty.
            if reader.is_clean() {
                reader.fault(0..0, Fault::new("the file is not a policy"));
            }
            Err(reader.into_errors())
        }
    }
}

fn root_of(
    reader: &mut Reader<'_>,
    root: &Section<'_>,
    file: &str,
    source: &str,
) -> Option<Policy> {
    reader.keys(root, KEYS);
    header::schema(reader, root);
    let name = header::name(reader, root, file);
    let title = reader.need(root, "title", "a title people know it by");
    let title = title.and_then(|value| reader.title(value, "title"));
    let budget = reader.need(root, "budget", "the code of a budget");
    let budget = budget.and_then(|value| reader.name(value, "budget"));
    let calendar = header::calendar(reader, root);
    let (from, until) = header::effective(reader, root, calendar.as_ref());
    let (terms, expiry) = terms::terms(reader, root);
    let evidence = evidence::evidence(reader, root);
    let geofence = evidence::geofence(reader, root);
    // Without a kind there is nothing to hold facts against: rules and cases wait.
    let kind = kind(reader, root)?;
    let approvals = approval::approvals(reader, root, kind);
    let duplicates = duplicates::duplicates(reader, root, kind);
    let (rules, rule_names) = rule::rules(reader, root, kind);
    let approved = approvals.is_ever_asked();
    let scope = cap::Scope {
        kind,
        rules: &rule_names,
        approved: approved || rules.iter().any(|rule| rule.approvals.is_ever_asked()),
    };
    let (caps, cap_names) = cap::caps(reader, root, &scope);
    let scope = case::Scope {
        kind,
        rules: &rule_names,
        caps: &caps,
        cap_names: &cap_names,
        calendar: calendar.as_ref(),
    };
    let cases = case::cases(reader, root, &scope);
    Some(Policy {
        name: name?,
        title: title?,
        digest: Policy::digest_of(source),
        source: source.to_owned(),
        kind,
        budget: budget?,
        calendar: calendar?,
        from,
        until,
        approvals,
        terms,
        expiry,
        evidence,
        geofence,
        duplicates,
        rules,
        caps,
        cases,
    })
}

fn kind(reader: &mut Reader<'_>, root: &Section<'_>) -> Option<&'static DeedKind> {
    let kinds: Vec<_> = kinds().iter().map(|kind| (kind.name, kind)).collect();
    let value = reader.need(root, "on", "a kind of deed")?;
    reader.word(value, "on", &kinds)
}
