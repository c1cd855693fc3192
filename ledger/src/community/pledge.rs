//! Pledges (承诺践诺): what a member promises to do over a time, and how far they have come.
//!
//! A pledge gives no points, and each period stands by itself: nothing is lost that another day could have kept.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{DeedId, MemberId, PledgeId};
use crate::policy::deed::kind;

/// For how long at most something is promised, in seconds: two years.
pub const LONGEST_PLEDGE: i64 = 732 * 86_400;

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// The time that deeds took; those that tell none count nothing.
    Hours,
    /// How many deeds.
    Deeds,
}

/// How often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Every {
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// January to March, and so on.
    Quarter,
    /// Over the whole time.
    Once,
}

/// What a member promises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pledge {
    /// Its id.
    pub id: PledgeId,
    /// Whose.
    pub member: MemberId,
    /// Which kind of deed; `None` for any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// What is counted.
    pub measure: Measure,
    /// How much, in whole hours or deeds.
    pub target: i64,
    /// How often.
    pub every: Every,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Whether everybody may see it, with the name masked.
    pub shown: bool,
    /// When the member ended it before its time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

/// What is wrong with a pledge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum PledgeProblem {
    /// No such kind of deed.
    #[error("there is no such kind of deed: see GET /v1/deed-kinds")]
    Kind,
    /// Too little or too much.
    #[error("the target is 1 to {limit}")]
    Target {
        /// The most that can be asked of anybody in such a period.
        limit: i64,
    },
    /// It ends before it begins, lasts too long, or is past.
    #[error("a pledge ends after it begins, in the future, and within two years")]
    Period,
}

/// A deed that stands, as far as pledges count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Which.
    pub deed: DeedId,
    /// Of which kind.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// How long it took, in minutes, where that is told.
    pub minutes: i64,
}

/// One period of a pledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// How much was done: minutes, or deeds.
    pub done: i64,
    /// How much was promised, in the same.
    pub target: i64,
}

impl Period {
    /// Whether what was promised was done.
    pub const fn is_kept(&self) -> bool {
        self.done >= self.target
    }
}

impl Every {
    /// The most that may be promised: nobody is to ride tired for a promise.
    const fn limit(self, measure: Measure) -> i64 {
        match (self, measure) {
            (Self::Week, Measure::Hours) => 20,
            (Self::Week, Measure::Deeds) => 14,
            (Self::Month, Measure::Hours) => 80,
            (Self::Month, Measure::Deeds) => 60,
            (Self::Quarter, _) => 240,
            (Self::Once, _) => 1_000,
        }
    }

    /// The first day of the period that holds a day, and of the next; `None` where there is only one.
    fn around(self, day: Date) -> Option<(Date, Date)> {
        let first = match self {
            Self::Once => return None,
            Self::Week => {
                let back = day.weekday().since(Weekday::Monday);
                day.checked_sub(back.days()).ok()?
            }
            Self::Month => day.first_of_month(),
            Self::Quarter => {
                let month = (day.month() - 1) / 3 * 3 + 1;
                Date::new(day.year(), month, 1).ok()?
            }
        };
        let span = match self {
            Self::Week => 7.days(),
            Self::Month | Self::Once => 1.month(),
            Self::Quarter => 3.months(),
        };
        Some((first, first.checked_add(span).ok()?))
    }
}

impl Pledge {
    /// Whether it can be promised so at a moment.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, now: Timestamp) -> Result<(), PledgeProblem> {
        if self
            .kind
            .as_deref()
            .is_some_and(|name| kind(name).is_none())
        {
            return Err(PledgeProblem::Kind);
        }
        let limit = self.every.limit(self.measure);
        if !(1..=limit).contains(&self.target) {
            return Err(PledgeProblem::Target { limit });
        }
        let lasts = self.until.seconds_since(self.from);
        match (1..=LONGEST_PLEDGE).contains(&lasts) && self.until > now {
            true => Ok(()),
            false => Err(PledgeProblem::Period),
        }
    }

    /// When it is over.
    pub fn over_at(&self) -> Timestamp {
        self.ended_at
            .map_or(self.until, |ended| ended.min(self.until))
    }

    /// The periods that have begun by a moment, in order, with what of these deeds falls into each. Deeds count once.
    pub fn progress(&self, deeds: &[Standing], zone: &TimeZone, now: Timestamp) -> Vec<Period> {
        let (target, over) = (self.counted(self.target), self.over_at());
        let mut seen = BTreeSet::new();
        let counts = |deed: &&Standing| {
            self.kind.as_deref().is_none_or(|kind| kind == deed.kind) && seen.insert(deed.deed)
        };
        let deeds: Vec<&Standing> = deeds.iter().filter(counts).collect();
        let mut periods = Vec::new();
        let mut from = self.from;
        while from < over && from <= now {
            let until = self.every.around(day_of(from, zone));
            let until = until.and_then(|(_, next)| begins(next, zone));
            let until = until.unwrap_or(over).min(over);
            let within = deeds
                .iter()
                .filter(|deed| deed.at >= from && deed.at < until);
            let done = within.map(|deed| match self.measure {
                Measure::Hours => deed.minutes,
                Measure::Deeds => 1,
            });
            periods.push(Period {
                from,
                until,
                done: done.sum(),
                target,
            });
            if until <= from {
                break;
            }
            from = until;
        }
        periods
    }

    /// Hours are counted in minutes.
    const fn counted(&self, target: i64) -> i64 {
        match self.measure {
            Measure::Hours => target * 60,
            Measure::Deeds => target,
        }
    }
}

fn day_of(at: Timestamp, zone: &TimeZone) -> Date {
    let at = jiff::Timestamp::from_microsecond(at.as_micros()).unwrap_or_default();
    at.to_zoned(zone.clone()).date()
}

fn begins(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    let midnight = day.to_zoned(zone.clone()).ok()?;
    Some(Timestamp::from_micros(
        midnight.timestamp().as_microsecond(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    fn pledge(measure: Measure, every: Every, target: i64) -> Pledge {
        Pledge {
            id: PledgeId(uuid::Uuid::nil()),
            member: MemberId(uuid::Uuid::nil()),
            kind: Some("volunteer_service".to_owned()),
            measure,
            target,
            every,
            from: at("2026-03-02T00:00:00+08:00"),
            until: at("2026-04-01T00:00:00+08:00"),
            shown: true,
            ended_at: None,
        }
    }

    fn deed(id: u128, kind: &str, moment: &str, minutes: i64) -> Standing {
        Standing {
            deed: DeedId(uuid::Uuid::from_u128(id)),
            kind: kind.to_owned(),
            at: at(moment),
            minutes,
        }
    }

    #[test]
    fn each_week_stands_by_itself() {
        let zone = TimeZone::get("Asia/Shanghai").expect("a zone");
        let deeds = [
            deed(1, "volunteer_service", "2026-03-03T10:00:00+08:00", 90),
            deed(2, "volunteer_service", "2026-03-08T23:59:00+08:00", 30),
            deed(2, "volunteer_service", "2026-03-08T23:59:00+08:00", 30),
            deed(3, "attendance", "2026-03-10T10:00:00+08:00", 600),
            deed(4, "volunteer_service", "2026-03-16T00:00:00+08:00", 119),
        ];
        let now = at("2026-03-18T10:00:00+08:00");
        let pledge = pledge(Measure::Hours, Every::Week, 2);
        let told = |periods: Vec<Period>| -> Vec<(i64, bool)> {
            let each = periods.iter();
            each.map(|period| (period.done, period.is_kept())).collect()
        };
        let weeks = told(pledge.progress(&deeds, &zone, now));
        assert_eq!(weeks, [(120, true), (0, false), (119, false)]);
        let ended = Pledge {
            ended_at: Some(at("2026-03-09T00:00:00+08:00")),
            ..pledge
        };
        assert_eq!(told(ended.progress(&deeds, &zone, now)), [(120, true)]);
        let once = Pledge {
            every: Every::Once,
            measure: Measure::Deeds,
            target: 3,
            ended_at: None,
            ..ended
        };
        assert_eq!(told(once.progress(&deeds, &zone, now)), [(3, true)]);
    }

    #[test]
    fn nobody_promises_more_than_can_be_asked_of_them() {
        let now = at("2026-03-02T10:00:00+08:00");
        assert_eq!(pledge(Measure::Hours, Every::Week, 20).check(now), Ok(()));
        let limit = 20;
        assert_eq!(
            pledge(Measure::Hours, Every::Week, 21).check(now),
            Err(PledgeProblem::Target { limit })
        );
        assert_eq!(
            pledge(Measure::Deeds, Every::Once, 1).check(at("2026-05-01T00:00:00Z")),
            Err(PledgeProblem::Period)
        );
    }
}
