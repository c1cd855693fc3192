//! What stands in cells: moments, places, facts, words to choose from.

use std::collections::BTreeSet;

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::columns::same;
use super::flaw::shown;
use crate::clock::Timestamp;
use crate::policy::deed::{Choice, DeedKind, Fact, FactSpec, FactType, kind, kinds};
use crate::policy::near::nearest;
use crate::policy::{Position, evidence_classes};

/// What stands between several words of one cell.
const BETWEEN: [char; 6] = [';', '；', '、', '，', ',', '|'];

/// RFC 3339, or a local moment of the programme's as people and spreadsheets write it: `2026-03-05 19:30`, `2026/3/5 19:30`.
pub(super) fn moment(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    if let Ok(moment) = text.parse::<Timestamp>() {
        return Ok(moment);
    }
    let expected = || {
        let found = shown(text);
        format!(
            "expected a moment such as 2026-03-05 19:30 or 2026-03-05T19:30:00+08:00, found {found:?}"
        )
    };
    let local = local(text).ok_or_else(expected)?;
    let zoned = zone.to_ambiguous_zoned(local).unambiguous();
    let zoned = zoned.map_err(|_| {
        format!("there is no one moment {text:?} where clocks change: write it with its offset")
    })?;
    Ok(zoned.timestamp().into())
}

/// `2026-03-05 19:30`, `2026/3/5 19:30:00`, also with `T` between.
fn local(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once([' ', 'T'])?;
    let numbers = |text: &str, at: &[char]| -> Option<Vec<i16>> {
        let parts = text.trim().split(at);
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        parts
            .map(|part| digits(part).then(|| part.parse().ok())?)
            .collect()
    };
    let date = numbers(date, &['-', '/'])?;
    let time = numbers(time, &[':'])?;
    let (&[year, month, day], second) = (date.as_slice(), time.get(2).copied().unwrap_or(0)) else {
        return None;
    };
    let (2..=3, 1_000..) = (time.len(), year) else {
        return None;
    };
    let small = |number: i16| i8::try_from(number).ok();
    let (hour, minute) = (small(time[0])?, small(time[1])?);
    let date = (year, small(month)?, small(day)?);
    DateTime::new(date.0, date.1, date.2, hour, minute, small(second)?, 0).ok()
}

/// Degrees with a point, of as many places as a phone gives; `None` for both cells empty.
pub(super) fn position(latitude: &str, longitude: &str) -> Result<Option<Position>, String> {
    if latitude.is_empty() && longitude.is_empty() {
        return Ok(None);
    }
    let millionths = |text: &str| {
        let degrees = Decimal::from_str_exact(text).ok()?;
        let millionths = degrees.checked_mul(Decimal::from(1_000_000))?;
        millionths.round().to_i64()
    };
    let place = millionths(latitude).zip(millionths(longitude));
    place
        .and_then(|(latitude, longitude)| Position::from_millionths(latitude, longitude))
        .map(Some)
        .ok_or_else(|| {
            "expected latitude and longitude in degrees, such as 41.80512 and 123.30877".to_owned()
        })
}

/// A kind of deed by its name or a label.
pub(super) fn deed_kind(text: &str) -> Result<&'static DeedKind, String> {
    let labelled = |kind: &&DeedKind| same(kind.zh, text) || same(kind.en, text);
    if let Some(kind) = kind(text).or_else(|| kinds().iter().find(labelled)) {
        return Ok(kind);
    }
    let names = kinds().iter().flat_map(|kind| [kind.name, kind.zh]);
    let known: Vec<String> = kinds()
        .iter()
        .map(|kind| format!("{} ({})", kind.name, kind.zh))
        .collect();
    Err(expected_one_of(text, nearest(text, names), &known))
}

/// The fact that a column of this name gives for this kind.
pub(super) fn fact_called(kind: &DeedKind, header: &str) -> Option<&'static FactSpec> {
    let called = |fact: &&FactSpec| {
        same(fact.name, header) || same(fact.zh, header) || same(fact.en, header)
    };
    let facts: &'static [FactSpec] = kind.facts;
    facts.iter().find(called)
}

/// A fact of its declared type.
pub(super) fn fact(spec: &FactSpec, text: &str) -> Result<Fact, String> {
    let fact = match spec.kind {
        FactType::Bool => yes_or_no(text).map(Fact::Bool),
        FactType::Number { .. } => Decimal::from_str_exact(text).ok().map(Fact::Number),
        FactType::Choice { values } => {
            let Some(choice) = chosen(values, text) else {
                return Err(unknown_choice(values, text));
            };
            Some(Fact::from(choice.value))
        }
        FactType::Code => Some(Fact::from(text)),
    };
    fact.filter(|fact| spec.kind.check(fact).is_ok())
        .ok_or_else(|| {
            let expected = match spec.kind {
                FactType::Bool => "yes or no (是 or 否)".to_owned(),
                kind => kind.describe(),
            };
            format!("expected {expected}, found {:?}", shown(text))
        })
}

fn yes_or_no(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "yes" | "y" | "1" | "是" | "√" => Some(true),
        "false" | "no" | "n" | "0" | "否" | "×" => Some(false),
        _ => None,
    }
}

/// Classes of evidence, several of them in one cell.
pub(super) fn evidence(text: &str) -> Result<BTreeSet<String>, String> {
    let words = text.split(BETWEEN).map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(|word| {
            let class = chosen(evidence_classes(), word);
            class
                .map(|class| class.value.to_owned())
                .ok_or_else(|| unknown_choice(evidence_classes(), word))
        })
        .collect()
}

fn chosen(values: &'static [Choice], text: &str) -> Option<&'static Choice> {
    let called = |choice: &&Choice| {
        [choice.value, choice.zh, choice.en]
            .iter()
            .any(|name| same(name, text))
    };
    values.iter().find(called)
}

fn unknown_choice(values: &'static [Choice], text: &str) -> String {
    let names = values.iter().flat_map(|choice| [choice.value, choice.zh]);
    let known: Vec<String> = values
        .iter()
        .map(|choice| format!("{} ({})", choice.value, choice.zh))
        .collect();
    expected_one_of(text, nearest(text, names), &known)
}

fn expected_one_of(found: &str, near: Option<&str>, known: &[String]) -> String {
    let found = shown(found);
    match near {
        Some(near) => format!("{found:?} is not known — did you mean {near}?"),
        None => format!("expected one of {}, found {found:?}", known.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shanghai() -> TimeZone {
        TimeZone::get("Asia/Shanghai").expect("a zone")
    }

    #[test]
    fn moments_are_read_as_people_write_them() {
        let expected: Timestamp = "2026-03-05T19:30:00+08:00".parse().expect("a moment");
        for text in [
            "2026-03-05T19:30:00+08:00",
            "2026-03-05T11:30:00Z",
            "2026-03-05 19:30",
            "2026-03-05 19:30:00",
            "2026-03-05T19:30",
            "2026/3/5 19:30",
            "2026/03/05 19:30:00",
        ] {
            assert_eq!(moment(text, &shanghai()), Ok(expected), "{text}");
        }
        for text in [
            "",
            "2026-03-05",
            "19:30",
            "2026-13-05 19:30",
            "2026-03-05 25:30",
            "2026-03-05 19",
            "26-03-05 19:30",
            "2026-03-05 +9:30",
            "05/03/2026 19:30",
            "2026-03-05 19:30:00:00",
            "99999-03-05 19:30",
            "2026--3-05 19:30",
        ] {
            assert!(moment(text, &shanghai()).is_err(), "{text}");
        }
        // Clocks in Berlin went back from three to two that night.
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        let twice = moment("2026-10-25 02:30", &berlin).expect_err("ambiguous");
        assert!(twice.contains("offset"), "{twice}");
    }

    #[test]
    fn words_are_taken_in_both_languages_and_near_misses_named() {
        assert_eq!(
            deed_kind("网格巡查").map(|kind| kind.name),
            Ok("patrol_shift")
        );
        assert_eq!(
            deed_kind("patrol_shift").map(|kind| kind.name),
            Ok("patrol_shift")
        );
        let near = deed_kind("patrol_shfit").expect_err("a slip");
        assert!(near.ends_with("did you mean patrol_shift?"), "{near}");
        let kind = kind("volunteer_service").expect("a kind");
        let spec = fact_called(kind, "服务对象").expect("a fact");
        assert_eq!(fact(spec, "老人"), Ok(Fact::from("elderly")));
        assert_eq!(fact(spec, "elderly"), Ok(Fact::from("elderly")));
        let wrong = fact(spec, "eldery").expect_err("a slip");
        assert!(wrong.ends_with("did you mean elderly?"), "{wrong}");
        let minutes = fact_called(kind, "minutes").expect("a fact");
        assert_eq!(fact(minutes, "90"), Ok(Fact::from(90)));
        for text in ["", "0", "1441", "1.5", "ninety", "1,200"] {
            assert!(fact(minutes, text).is_err(), "{text}");
        }
        let classes = evidence("现场照片、sign_off").expect("classes");
        assert_eq!(classes, ["photo", "sign_off"].map(str::to_owned).into());
        assert_eq!(evidence("").expect("none").len(), 0);
        assert!(evidence("fotograph").is_err());
    }

    #[test]
    fn places_are_rounded_to_what_is_kept() {
        let place = position("41.8051234", "123.3087789").expect("a place");
        assert_eq!(place, Position::from_millionths(41_805_123, 123_308_779));
        assert_eq!(position("", ""), Ok(None));
        for (latitude, longitude) in [("41.8", ""), ("", "123"), ("91", "0"), ("x", "1")] {
            assert!(position(latitude, longitude).is_err());
        }
    }
}
