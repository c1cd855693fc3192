//! Moments as people type them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use ledger::clock::Timestamp;

use super::Failure;

/// What somebody typed.
pub enum Typed {
    /// A day such as 2026-04-01.
    Day(Date),
    /// A moment (RFC 3339).
    Moment(Timestamp),
}

/// A day or a moment.
pub fn typed(text: &str) -> Result<Typed, Failure> {
    if let Ok(day) = text.parse::<Date>()
        && text.len() == "2026-04-01".len()
    {
        return Ok(Typed::Day(day));
    }
    let moment = text.parse().map(Typed::Moment);
    moment.map_err(|_| {
        Failure(format!(
            "{text:?} is no date: expected a day such as 2026-04-01 or a moment such as 2026-04-01T04:00:00+08:00"
        ))
    })
}

/// A moment, or a day's midnight in a zone.
pub fn at_midnight(text: &str, zone: &str) -> Result<Timestamp, Failure> {
    match typed(text)? {
        Typed::Moment(moment) => Ok(moment),
        Typed::Day(day) => Ok(day.to_zoned(TimeZone::get(zone)?)?.timestamp().into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_and_a_moment_is_itself() {
        for (text, moment) in [
            ("2026-04-01", "2026-03-31T16:00:00Z"),
            ("2026-04-01T04:00:00+08:00", "2026-03-31T20:00:00Z"),
        ] {
            let expected: Timestamp = moment.parse().expect(moment);
            assert_eq!(at_midnight(text, "Asia/Shanghai").expect(text), expected);
        }
        assert!(at_midnight("tomorrow", "Asia/Shanghai").is_err());
        assert!(at_midnight("2026-04-01T04:00:00", "Asia/Shanghai").is_err());
    }
}
