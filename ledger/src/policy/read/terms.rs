//! What binds an award after it was priced: `notice`, `expiry`, `reversal`.

use rust_decimal::Decimal;

use super::super::calendar::{Expiry, Period, RoundUp};
use super::super::rule::ONE;
use super::super::terms::Terms;
use super::reader::{Fault, Reader, Section, Value};
use crate::lots::GRACE_SECONDS;

/// The longest time points are good for, and until a debt is written off, in years.
const LONGEST_YEARS: i32 = 20;
/// The longest public notice and grace, and the earliest word of an expiry, in days.
const LONGEST_DAYS: i64 = 366;
const MOST_NOTICES: usize = 8;

pub const EXPIRY_KEYS: &[&str] = &["after", "round_up", "to", "grace", "notices"];
/// Where what expires goes: whether to the budget.
pub const DESTINATIONS: &[(&str, bool)] = &[("breakage", false), ("budget", true)];
pub const REVERSAL_KEYS: &[&str] = &["debt_cap", "recovered", "write_off_after"];
pub const ROUND_UPS: &[(&str, RoundUp)] = &[
    ("month", RoundUp::Month),
    ("quarter", RoundUp::Quarter),
    ("year", RoundUp::Year),
];

/// The terms of every award, but for who must approve it; and when its points run out.
pub fn terms(reader: &mut Reader<'_>, root: &Section<'_>) -> (Terms, Option<Expiry>) {
    let mut terms = Terms::NONE;
    if let Some(value) = root.get("notice") {
        terms.notice_seconds = length(reader, value, "notice").unwrap_or(0);
    }
    let expiry = expiry(reader, root, &mut terms);
    reversal(reader, root, &mut terms);
    (terms, expiry)
}

const LENGTH: &str = "hours or days, at most 366 days, such as \"7 days\" or \"48 hours\"";

/// A length of time, in seconds.
pub fn length(reader: &mut Reader<'_>, value: &Value<'_>, key: &str) -> Option<i64> {
    let text = reader.text(value, key, LENGTH)?;
    let seconds = counted(text).and_then(in_seconds);
    or_fault(reader, value, key, LENGTH, seconds)
}

fn in_seconds((count, unit): (i64, &str)) -> Option<i64> {
    let hours = match unit {
        "hour" | "hours" => count,
        "day" | "days" => count.checked_mul(24)?,
        _ => return None,
    };
    (hours <= LONGEST_DAYS * 24).then_some(hours * 3600)
}

/// A whole count above zero and its unit: `7 days`.
fn counted(text: &str) -> Option<(i64, &str)> {
    count_of(text).filter(|(count, _)| *count > 0)
}

/// The same, or zero of it.
fn count_of(text: &str) -> Option<(i64, &str)> {
    let (count, unit) = text.split_once(' ')?;
    let digits = count.bytes().all(|byte| byte.is_ascii_digit());
    let count = count.parse().ok().filter(|_| digits)?;
    Some((count, unit))
}

const GRACE: &str = "hours or days, at most 366 days, such as \"7 days\", or \"0 days\" for none";

/// How long what comes back to an expired lot can be spent, in seconds.
fn grace(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<i64> {
    let text = reader.text(value, "grace", GRACE)?;
    let seconds = count_of(text).and_then(in_seconds);
    or_fault(reader, value, "grace", GRACE, seconds)
}

/// Notes that a text was not understood, if it was not.
fn or_fault<T>(
    reader: &mut Reader<'_>,
    value: &Value<'_>,
    key: &str,
    expected: &str,
    found: Option<T>,
) -> Option<T> {
    if found.is_none() {
        let text = value.get_ref().as_str().unwrap_or_default();
        let shown: String = text.chars().take(40).collect();
        let fault = Fault::new(format!("`{key}` is {shown:?}")).expected(expected);
        reader.fault(value.span(), fault);
    }
    found
}

fn expiry(reader: &mut Reader<'_>, root: &Section<'_>, terms: &mut Terms) -> Option<Expiry> {
    let section = reader.section(root.get("expiry")?, "expiry", "expiry")?;
    reader.keys(&section, EXPIRY_KEYS);
    let after = reader.need(&section, "after", PERIOD);
    let after = after.and_then(|value| period(reader, value));
    let round_up = section
        .get("round_up")
        .and_then(|value| reader.word(value, "round_up", ROUND_UPS));
    let to = section.get("to");
    terms.expires_to_budget = to
        .and_then(|value| reader.word(value, "to", DESTINATIONS))
        .unwrap_or(false);
    if let Some(value) = section.get("grace") {
        terms.grace_seconds = grace(reader, value).unwrap_or(GRACE_SECONDS);
    }
    if let Some(value) = section.get("notices") {
        let longest = after.map_or(LONGEST_DAYS, shortest_days).min(LONGEST_DAYS);
        terms.expiry_notice_days = notices(reader, value, longest);
    }
    Some(Expiry {
        after: after?,
        round_up,
    })
}

/// The fewest days a period has.
const fn shortest_days(period: Period) -> i64 {
    match period {
        Period::Days(days) => days as i64,
        Period::Months(months) => months as i64 * 28,
    }
}

const PERIOD: &str = "a period of at most 20 years such as \"12 months\" or \"90 days\"";

fn period(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<Period> {
    let text = reader.text(value, "after", PERIOD)?;
    let period = counted(text).and_then(|(count, unit)| {
        let count = i32::try_from(count).ok()?;
        let most = |per_year: i32| count <= LONGEST_YEARS * per_year;
        match unit {
            "day" | "days" if most(366) => Some(Period::Days(count)),
            "month" | "months" if most(12) => Some(Period::Months(count)),
            "year" | "years" if most(1) => Some(Period::Months(count * 12)),
            _ => None,
        }
    });
    or_fault(reader, value, "after", PERIOD, period)
}

/// How many days before the expiry members are told, the earliest first.
fn notices(reader: &mut Reader<'_>, value: &Value<'_>, longest: i64) -> Vec<i64> {
    let expected = format!("days before the expiry, from \"1 day\" to \"{longest} days\"");
    let mut notices = Vec::new();
    for element in reader
        .list(value, "notices", MOST_NOTICES)
        .unwrap_or_default()
    {
        if reader.text(element, "notices", &expected).is_none() {
            continue;
        }
        let days = days(element).filter(|days| *days <= longest);
        if let Some(days) = or_fault(reader, element, "notices", &expected, days) {
            if notices.contains(&days) {
                let fault = Fault::new(format!("`notices` names {days} days twice"));
                reader.fault(element.span(), fault.expected("each once"));
            }
            notices.push(days);
        }
    }
    notices.sort_unstable_by(|a, b| b.cmp(a));
    notices
}

fn days(value: &Value<'_>) -> Option<i64> {
    let (count, unit) = counted(value.get_ref().as_str()?)?;
    matches!(unit, "day" | "days").then_some(count)
}

fn reversal(reader: &mut Reader<'_>, root: &Section<'_>, terms: &mut Terms) {
    let section = root.get("reversal");
    let section = section.and_then(|value| reader.section(value, "reversal", "reversal"));
    let Some(section) = section else { return };
    let known = reader.keys(&section, REVERSAL_KEYS);
    if known && section.table.is_empty() {
        let expected = format!("one or more of: {}", REVERSAL_KEYS.join(", "));
        let fault = Fault::new("`reversal` is empty").expected(expected);
        reader.fault(section.span(), fault);
    }
    terms.debt_cap = section
        .get("debt_cap")
        .and_then(|value| reader.amount(value, "debt_cap"));
    terms.recovered_share = section
        .get("recovered")
        .and_then(|value| share(reader, value))
        .unwrap_or(ONE);
    terms.write_off_days = section
        .get("write_off_after")
        .and_then(|value| write_off(reader, value));
}

const SHARE: &str =
    "a percentage above 0 and at most 100, with at most two decimal places, such as \"50 %\"";

/// A share in basis points.
fn share(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<i64> {
    let text = reader.text(value, "recovered", SHARE)?;
    let number = text.strip_suffix('%').map(str::trim_end);
    let number = number.and_then(|text| Decimal::from_str_exact(text).ok());
    let share = number.and_then(|percent| {
        let points = percent.checked_mul(Decimal::ONE_HUNDRED)?;
        let whole = i64::try_from(points).ok()?;
        (Decimal::from(whole) == points && (1..=ONE).contains(&whole)).then_some(whole)
    });
    or_fault(reader, value, "recovered", SHARE, share)
}

const WRITE_OFF: &str =
    "days, because months are not equally long, at most 7320, such as \"365 days\"";

/// Counted in days from the reversal: a debt belongs to no calendar month.
fn write_off(reader: &mut Reader<'_>, value: &Value<'_>) -> Option<i64> {
    reader.text(value, "write_off_after", WRITE_OFF)?;
    let most = i64::from(LONGEST_YEARS) * 366;
    let days = days(value).filter(|days| *days <= most);
    or_fault(reader, value, "write_off_after", WRITE_OFF, days)
}
