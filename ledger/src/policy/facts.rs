//! From the facts a deed states to the facts a rule may ask: checked against their declarations,
//! and completed by the derived ones.

use std::collections::BTreeMap;

use rust_decimal::{Decimal, RoundingStrategy};

use super::calendar::Calendar;
use super::deed::{Deed, DeedKind, Fact, FactSpec, FactType};
use super::evidence;
use super::near;
use super::refusal::Refusal;

/// Facts by name, all declared, all of their declared type.
pub(crate) type Facts = BTreeMap<String, Fact>;

/// How many letters of a value somebody else sent are repeated to them.
const SHOWN: usize = 40;

/// The facts of a deed that rules may ask, or why the deed cannot be priced.
pub(crate) fn resolve(
    kind: &'static DeedKind,
    deed: &Deed,
    calendar: &Calendar,
) -> Result<Facts, Refusal> {
    for (name, fact) in &deed.facts {
        check(kind, name, fact)?;
    }
    evidence::check(&deed.evidence)?;
    let mut facts = deed.facts.clone();
    let shown = deed.evidence.iter();
    facts.extend(shown.map(|class| (format!("{}{class}", evidence::ASKED), Fact::Bool(true))));
    derive(kind, deed, calendar, &mut facts)?;
    match missing(kind, &facts) {
        Some(spec) => Err(Refusal::MissingFact {
            fact: spec.name.to_owned(),
            expected: spec.kind.describe(),
        }),
        None => Ok(facts),
    }
}

fn missing(kind: &DeedKind, facts: &Facts) -> Option<&'static FactSpec> {
    let required = |spec: &&FactSpec| spec.required && !spec.derived;
    kind.facts
        .iter()
        .filter(required)
        .find(|spec| !facts.contains_key(spec.name))
}

fn check(kind: &DeedKind, name: &str, fact: &Fact) -> Result<(), Refusal> {
    let Some(spec) = kind.fact(name) else {
        let names = kind.facts.iter().filter(|spec| !spec.derived);
        return Err(Refusal::UnknownFact {
            fact: clipped(name),
            near: near::nearest(name, names.map(|spec| spec.name)).map(str::to_owned),
        });
    };
    if spec.derived {
        return Err(Refusal::DerivedFact {
            fact: name.to_owned(),
        });
    }
    match spec.kind.check(fact) {
        Ok(()) => Ok(()),
        Err(Mismatch::Type) => Err(Refusal::WrongFactType {
            fact: name.to_owned(),
            expected: spec.kind.describe(),
            found: fact.type_name().to_owned(),
        }),
        Err(Mismatch::Value) => Err(Refusal::WrongFactValue {
            fact: name.to_owned(),
            expected: spec.kind.describe(),
            found: clipped(&fact.to_string()),
        }),
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(SHOWN).collect()
}

/// Why a value does not fit a declaration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mismatch {
    /// It is of another type.
    Type,
    /// It is of the type, but outside its range or list.
    Value,
}

impl FactType {
    /// Whether a value fits.
    pub(crate) fn check(&self, fact: &Fact) -> Result<(), Mismatch> {
        let fits = match (self, fact) {
            (Self::Bool, Fact::Bool(_)) => true,
            (
                Self::Number {
                    min, max, places, ..
                },
                Fact::Number(number),
            ) => {
                number.normalize().scale() <= *places
                    && (Decimal::from(*min)..=Decimal::from(*max)).contains(number)
            }
            (Self::Choice { values }, Fact::Text(text)) => {
                values.iter().any(|choice| choice.value == text)
            }
            (Self::Code, Fact::Text(text)) => is_code(text),
            _ => return Err(Mismatch::Type),
        };
        if fits { Ok(()) } else { Err(Mismatch::Value) }
    }
}

fn is_code(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:/".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(allowed)
}

/// Adds `local_hour`, `weekday` and, where minutes are known, `hours`.
fn derive(
    kind: &DeedKind,
    deed: &Deed,
    calendar: &Calendar,
    facts: &mut Facts,
) -> Result<(), Refusal> {
    let day = calendar
        .day_of(deed.occurred_at)
        .ok_or(Refusal::MomentOutOfRange)?;
    let local_hour = i64::from(calendar.local(deed.occurred_at).hour());
    let weekday = usize::try_from(day.weekday().to_monday_zero_offset()).unwrap_or_default();
    if let Some(spec) = kind.fact("weekday")
        && let Some(choice) = spec.kind.choices().get(weekday)
    {
        facts.insert("weekday".to_owned(), choice.value.into());
    }
    facts.insert("local_hour".to_owned(), local_hour.into());
    if let Some(minutes) = facts.get("minutes").and_then(Fact::number)
        && let Some(hours) = minutes.checked_div(Decimal::from(60))
    {
        let hours = hours.round_dp_with_strategy(2, RoundingStrategy::ToZero);
        facts.insert("hours".to_owned(), hours.into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::calendar::zone;
    use super::super::deed::kind;
    use super::*;
    use jiff::civil::time;
    use std::collections::BTreeSet;

    fn facts_of(kind_name: &str, at: &str, given: &[(&str, Fact)]) -> Result<Facts, Refusal> {
        let calendar = Calendar::new(zone("Asia/Shanghai").expect("a zone"), time(4, 0, 0, 0));
        let facts = given.iter().map(|(k, v)| ((*k).to_owned(), v.clone()));
        let deed = Deed {
            kind: kind_name.to_owned(),
            reference: "r".to_owned(),
            occurred_at: at.parse().expect(at),
            facts: facts.collect(),
            evidence: BTreeSet::new(),
            places: Vec::new(),
        };
        resolve(kind(kind_name).expect("a kind"), &deed, &calendar)
    }

    #[test]
    fn derived_facts_follow_the_programmes_day() {
        // 2026-03-07 is a Saturday; at 03:10 the programme's Friday is not over.
        for (at, hour, weekday) in [
            ("2026-03-07T03:10:00+08:00", 3, "friday"),
            ("2026-03-07T04:00:00+08:00", 4, "saturday"),
            ("2026-03-08T16:30:00Z", 0, "sunday"),
        ] {
            let given = [("activity", Fact::from("study"))];
            let facts = facts_of("attendance", at, &given).expect(at);
            assert_eq!(facts["local_hour"], Fact::from(hour), "{at}");
            assert_eq!(facts["weekday"], Fact::from(weekday), "{at}");
            assert!(!facts.contains_key("hours"));
        }
    }

    #[test]
    fn hours_are_minutes_rounded_down() {
        for (minutes, hours) in [(1, "0.01"), (59, "0.98"), (100, "1.66"), (120, "2")] {
            let given = [("minutes", Fact::from(minutes)), ("grid", "G-07".into())];
            let facts = facts_of("patrol_shift", "2026-03-05T20:00:00+08:00", &given);
            let hours = Decimal::from_str_exact(hours).expect(hours);
            assert_eq!(facts.expect("facts")["hours"], Fact::Number(hours));
        }
    }

    #[test]
    fn what_is_not_declared_is_refused() {
        let at = "2026-03-05T20:00:00+08:00";
        let code = |given: &[(&str, Fact)]| {
            facts_of("patrol_shift", at, given).map_err(|refusal| refusal.code())
        };
        let grid = ("grid", Fact::from("G-07"));
        for (given, expected) in [
            (vec![grid.clone()], "missing_fact"),
            (vec![grid.clone(), ("minuets", 9.into())], "unknown_fact"),
            (vec![grid.clone(), ("hours", 9.into())], "derived_fact"),
            (
                vec![grid.clone(), ("minutes", "9".into())],
                "wrong_fact_type",
            ),
            (
                vec![grid.clone(), ("minutes", 1441.into())],
                "wrong_fact_value",
            ),
            (
                vec![grid, ("minutes", Decimal::new(15, 1).into())],
                "wrong_fact_value",
            ),
            (vec![("grid", "张三家门口".into())], "wrong_fact_value"),
        ] {
            assert_eq!(code(&given).expect_err(expected), expected, "{given:?}");
        }
    }
}
