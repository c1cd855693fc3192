//! Points and times as people write them.

use jiff::Zoned;
use jiff::tz::TimeZone;
use ledger::clock::Timestamp;
use ledger::points::Points;

use super::reading::t;

/// 12, 12.5, 1,204.05: no needless decimals, thousands apart.
pub fn points(points: Points) -> String {
    let text = points.to_decimal().abs().normalize().to_string();
    let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
    let mut grouped = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if points.is_negative() { "−" } else { "" };
    if fraction.is_empty() {
        format!("{sign}{grouped}")
    } else {
        format!("{sign}{grouped}.{fraction}")
    }
}

/// With a sign, as in a statement: +12, −5.
pub fn signed(amount: Points) -> String {
    if amount.is_negative() {
        points(amount)
    } else {
        format!("+{}", points(amount))
    }
}

fn zoned(at: Timestamp, zone: &TimeZone) -> Zoned {
    at.to_jiff().to_zoned(zone.clone())
}

/// 11月20日 19:30
pub fn moment(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone)
        .strftime(t("%-m月%-d日 %H:%M", "%-d %b %H:%M"))
        .to_string()
}

/// 2026年11月20日 19:30
pub fn full(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone)
        .strftime(t("%Y年%-m月%-d日 %H:%M", "%-d %b %Y %H:%M"))
        .to_string()
}

/// 19:30
pub fn hour(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%H:%M").to_string()
}

/// 20日
pub fn day(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime(t("%-d日", "%-d")).to_string()
}

/// 11月20日
pub fn date(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone)
        .strftime(t("%-m月%-d日", "%-d %b"))
        .to_string()
}

/// 2026年11月20日
pub fn whole_date(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone)
        .strftime(t("%Y年%-m月%-d日", "%-d %b %Y"))
        .to_string()
}

/// 2026年11月
pub fn month(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone)
        .strftime(t("%Y年%-m月", "%B %Y"))
        .to_string()
}

/// The last whole day on which points can be spent that expire at `at`: 2026年11月30日. They expire as a programme's day begins, which
/// is some hours after midnight: to people, that night still belongs to the day before.
pub fn last_day(at: Timestamp, zone: &TimeZone) -> String {
    const HALF_A_DAY: i64 = 12 * 3_600;
    zoned(at.plus_seconds(-HALF_A_DAY), zone)
        .strftime(t("%Y年%-m月%-d日", "%-d %b %Y"))
        .to_string()
}

/// For a field of type datetime-local: 2026-11-20T19:30
pub fn field(at: Timestamp, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// From such a field.
pub fn from_field(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let civil: jiff::civil::DateTime = text.parse().ok()?;
    Some(civil.to_zoned(zone.clone()).ok()?.timestamp().into())
}

/// The first instant of the day that `at` is in.
pub fn day_start(at: Timestamp, zone: &TimeZone) -> Timestamp {
    zoned(at, zone)
        .start_of_day()
        .map_or(at, |start| start.timestamp().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_have_no_needless_decimals() {
        for (hundredths, text) in [
            (0, "0"),
            (1_250, "12.5"),
            (-1_205, "−12.05"),
            (123_456_700, "1,234,567"),
        ] {
            assert_eq!(points(Points::from_hundredths(hundredths)), text);
        }
        assert_eq!(signed(Points::from_hundredths(500)), "+5");
    }

    #[test]
    fn fields_round_trip() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let at = from_field("2026-11-20T19:30", &zone).expect("a moment");
        assert_eq!(field(at, &zone), "2026-11-20T19:30");
        assert_eq!(full(at, &zone), "2026年11月20日 19:30");
        assert_eq!(field(day_start(at, &zone), &zone), "2026-11-20T00:00");
        let four = from_field("2026-12-01T04:00", &zone).expect("a moment");
        assert_eq!(last_day(four, &zone), "2026年11月30日");
        assert!(from_field("yesterday", &zone).is_none());
    }
}
