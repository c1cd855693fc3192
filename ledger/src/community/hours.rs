//! When something is open: stretches of a day on days of the week, in the programme's time zone.

use std::fmt;
use std::str::FromStr;

use jiff::civil::DateTime;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Minutes in a day.
const DAY: u16 = 24 * 60;

/// The most stretches that a week is divided into.
pub const STRETCH_LIMIT: usize = 28;

/// A time of day to the minute, from `00:00` to `24:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Minute(u16);

impl FromStr for Minute {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "expected a time of day such as 08:30, at most 24:00";
        let two = |text: &str| {
            let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| text.parse().ok()).flatten()
        };
        let (hours, minutes) = text.split_once(':').ok_or(WRONG)?;
        let (hours, minutes): (u16, u16) = two(hours).zip(two(minutes)).ok_or(WRONG)?;
        let minute = hours * 60 + minutes;
        match minutes < 60 && minute <= DAY {
            true => Ok(Self(minute)),
            false => Err(WRONG),
        }
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for Minute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Minute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// A stretch of the day, the same on some days of the week.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stretch {
    /// On which days: 1 is Monday, 7 Sunday.
    pub days: Vec<u8>,
    /// From when.
    pub from: Minute,
    /// Until before when; at or before `from`, of the next day.
    pub until: Minute,
}

/// When something is open. No stretch at all is always.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hours(pub Vec<Stretch>);

impl Stretch {
    fn holds(&self, day: u8, minute: u16) -> bool {
        let on = |day: u8| self.days.contains(&day);
        let (Minute(from), Minute(until)) = (self.from, self.until);
        if from < until {
            return on(day) && (from..until).contains(&minute);
        }
        let yesterday = if day == 1 { 7 } else { day - 1 };
        (on(day) && minute >= from) || (on(yesterday) && minute < until)
    }
}

impl Hours {
    /// Whether it is open at a local time.
    pub fn hold(&self, at: DateTime) -> bool {
        let day = u8::try_from(at.weekday().to_monday_one_offset()).unwrap_or(1);
        let minute = u16::try_from(i32::from(at.hour()) * 60 + i32::from(at.minute()));
        let minute = minute.unwrap_or_default();
        self.0.is_empty() || self.0.iter().any(|stretch| stretch.holds(day, minute))
    }

    /// What is wrong with it, if something is.
    pub fn flaw(&self) -> Option<String> {
        if self.0.len() > STRETCH_LIMIT {
            return Some(format!("are at most {STRETCH_LIMIT} stretches"));
        }
        for (index, stretch) in self.0.iter().enumerate() {
            let mut days = stretch.days.clone();
            days.sort_unstable();
            days.dedup();
            let known = days.iter().all(|day| (1..=7).contains(day));
            if days.is_empty() || days.len() != stretch.days.len() || !known {
                return Some(format!(
                    "stretch {}: days are numbers from 1 (Monday) to 7 (Sunday), each once",
                    index + 1
                ));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hours(text: &str) -> Hours {
        serde_json::from_str(text).expect(text)
    }

    #[test]
    fn hours_hold_on_their_days_and_over_midnight() {
        let lunch = hours(r#"[{"days": [1, 5], "from": "11:00", "until": "13:30"}]"#);
        let night = hours(r#"[{"days": [7], "from": "22:00", "until": "06:00"}]"#);
        // The fifth of March 2026 is a Thursday.
        for (at, at_lunch, at_night) in [
            ("2026-03-06T11:00", true, false),
            ("2026-03-06T13:29:59", true, false),
            ("2026-03-06T13:30", false, false),
            ("2026-03-05T12:00", false, false),
            ("2026-03-08T22:00", false, true),
            ("2026-03-09T05:59", false, true),
            ("2026-03-09T06:00", false, false),
            ("2026-03-08T05:00", false, false),
        ] {
            let local: DateTime = at.parse().expect(at);
            assert_eq!(
                (lunch.hold(local), night.hold(local)),
                (at_lunch, at_night),
                "{at}"
            );
            assert!(Hours::default().hold(local));
        }
    }

    #[test]
    fn times_and_days_are_checked() {
        assert_eq!(
            "24:00".parse::<Minute>().expect("a time").to_string(),
            "24:00"
        );
        for wrong in ["24:01", "8:30", "08:60", "0830", "+8:30"] {
            assert!(wrong.parse::<Minute>().is_err(), "{wrong}");
        }
        for wrong in ["[]", "[0]", "[8]", "[1, 1]"] {
            let text = format!(r#"[{{"days": {wrong}, "from": "08:00", "until": "09:00"}}]"#);
            assert!(hours(&text).flaw().is_some(), "{wrong}");
        }
    }
}
