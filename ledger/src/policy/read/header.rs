//! The head of a policy: what it is called, and when it holds.

use std::path::Path;

use jiff::civil::{Date, Time};
use toml::de::DeValue;

use super::super::calendar::{self, Calendar};
use super::reader::{Fault, Reader, Section, Value};
use crate::clock::Timestamp;

pub const SCHEMA: &str = "jifen/1";
pub const EFFECTIVE_KEYS: &[&str] = &["from", "until"];

pub fn schema(reader: &mut Reader<'_>, root: &Section<'_>) {
    if let Some(value) = reader.need(root, "schema", "schema = \"jifen/1\"") {
        reader.word(value, "schema", &[(SCHEMA, ())]);
    }
}

/// The name, which is also the file's: what is in force is looked up by it.
pub fn name(reader: &mut Reader<'_>, root: &Section<'_>, file: &str) -> Option<String> {
    let value = reader.need(root, "name", "the stem of the file's name")?;
    let name = reader.name(value, "name")?;
    let stem = Path::new(file).file_stem().and_then(|stem| stem.to_str());
    if let Some(stem) = stem
        && stem != name
    {
        let fault = Fault::new(format!("`name` is {name:?}"));
        let expected = format!("{stem:?}, the stem of the file's name");
        reader.fault(value.span(), fault.expected(expected));
    }
    Some(name)
}

/// The zone and the hour the day starts.
pub fn calendar(reader: &mut Reader<'_>, root: &Section<'_>) -> Option<Calendar> {
    const ZONE: &str = "an IANA time zone such as \"Asia/Shanghai\"";
    let zone = reader.need(root, "zone", ZONE).and_then(|value| {
        let name = reader.text(value, "zone", ZONE)?;
        let zone = calendar::zone(name);
        if zone.is_none() {
            let names = calendar::zone_names();
            let mut fault = Fault::unknown("time zone", name, names.iter().map(String::as_str));
            fault = fault.expected(ZONE);
            reader.fault(value.span(), fault);
        }
        zone
    });
    let start = reader.need(root, "day_start", DAY_START);
    let start = start.and_then(|value| day_start(reader, value));
    Some(Calendar::new(zone?, start?))
}

const DAY_START: &str = "a time of day before noon such as \"04:00\"";

fn day_start(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Time> {
    let text = reader.text(value, "day_start", DAY_START)?;
    let time = text.split_once(':').and_then(|(hour, minute)| {
        let two = |text: &str| text.len() == 2 && text.bytes().all(|b| b.is_ascii_digit());
        let parsed = two(hour) && two(minute);
        let hour: i8 = hour.parse().ok().filter(|hour| parsed && *hour < 12)?;
        Time::new(hour, minute.parse().ok()?, 0, 0).ok()
    });
    if time.is_none() {
        let fault = Fault::new(format!("`day_start` is {text:?}")).expected(DAY_START);
        reader.fault(value.span(), fault);
    }
    time
}

/// A local date.
pub fn date(reader: &mut Reader<'_>, value: &Value<'_>, key: &str) -> Option<Date> {
    const EXPECTED: &str = "a date from 2000 to 2999 such as 2026-01-01";
    let date = match value.get_ref() {
        DeValue::Datetime(datetime) if datetime.time.is_none() => datetime.date,
        _ => None,
    };
    let date = date.and_then(to_date);
    if date.is_none() {
        let found = value.get_ref().type_str();
        let fault = Fault::new(format!("`{key}` is a {found}")).expected(EXPECTED);
        reader.fault(value.span(), fault);
    }
    date
}

/// A date in years for which every instant and every period can be computed.
pub fn to_date(date: toml::value::Date) -> Option<Date> {
    let year = i16::try_from(date.year).ok()?;
    if !(2000..3000).contains(&year) {
        return None;
    }
    let (month, day) = (i8::try_from(date.month).ok()?, i8::try_from(date.day).ok()?);
    Date::new(year, month, day).ok()
}

/// The first instant the policy holds, and the first it no longer does.
pub fn effective(
    reader: &mut Reader<'_>,
    root: &Section<'_>,
    calendar: Option<&Calendar>,
) -> (Option<Timestamp>, Option<Timestamp>) {
    let Some(value) = root.get("effective") else {
        return (None, None);
    };
    let Some(section) = reader.section(value, "effective", "effective") else {
        return (None, None);
    };
    reader.keys(&section, EFFECTIVE_KEYS);
    let from = reader.need(&section, "from", "a date such as 2026-01-01");
    let from = from.and_then(|value| date(reader, value, "from"));
    let last = section.get("until").and_then(|value| {
        let last = date(reader, value, "until")?;
        if from.is_some_and(|from| last < from) {
            let fault = Fault::new(format!("`until` is {last}, before `from`"));
            reader.fault(
                value.span(),
                fault.expected("the last day on which it holds"),
            );
        }
        Some(last)
    });
    let start = |day: Date| calendar.and_then(|calendar| calendar.start_of(day));
    let after = last.and_then(|last| last.tomorrow().ok());
    (from.and_then(start), after.and_then(start))
}
