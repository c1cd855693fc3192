//! A programme's own days: a time zone, and the hour at which a day starts.
//!
//! With a day that starts at 04:00 the night shift of Friday ends on Friday. Zones come from the
//! database compiled in, so that a deed is priced alike on every machine.

use std::sync::LazyLock;

use jiff::civil::{Date, DateTime, Time, Weekday};
use jiff::tz::{TimeZone, TimeZoneDatabase};
use jiff::{Span, ToSpan};
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Over which stretch of the calendar a cap counts. Each begins at the hour the day starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// One day.
    Day,
    /// Monday to Sunday.
    Week,
    /// A calendar month.
    Month,
    /// January to March, and so on.
    Quarter,
    /// A calendar year.
    Year,
    /// Any so many days running, the deed's among them. Counted by day: see [`super::rolling_used`].
    Rolling {
        /// How many, from 2 to 366.
        days: u16,
    },
}

/// When points of an award run out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Expiry {
    pub after: Period,
    pub round_up: Option<RoundUp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Period {
    Days(i32),
    Months(i32),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RoundUp {
    Month,
    Quarter,
    Year,
}

/// Days in a time zone, each from the hour it starts.
#[derive(Clone, Debug)]
pub struct Calendar {
    zone: TimeZone,
    day_start: Time,
}

/// The zone of an IANA name, such as `Asia/Shanghai`.
pub(crate) fn zone(name: &str) -> Option<TimeZone> {
    ZONES.get(name).ok()
}

/// Every zone's name.
pub(crate) fn zone_names() -> Vec<String> {
    ZONES.available().map(|name| name.to_string()).collect()
}

impl Calendar {
    pub(crate) const fn new(zone: TimeZone, day_start: Time) -> Self {
        Self { zone, day_start }
    }

    /// Days that start at midnight, in the zone of an IANA name.
    pub(crate) fn of_zone(name: &str) -> Option<Self> {
        Some(Self::new(zone(name)?, Time::midnight()))
    }

    /// The zone's IANA name.
    pub fn zone_name(&self) -> &str {
        self.zone.iana_name().unwrap_or_default()
    }

    /// At which hour a day starts.
    pub const fn day_start(&self) -> Time {
        self.day_start
    }

    /// The first instant of a day. `None` beyond the years jiff knows, here as below.
    pub(crate) fn start_of(&self, day: Date) -> Option<Timestamp> {
        self.at(day.to_datetime(self.day_start))
    }

    /// The instant of a local time. One that a clock change skips is moved on by as much, one that
    /// it repeats is the earlier.
    pub(crate) fn at(&self, local: DateTime) -> Option<Timestamp> {
        self.zone.to_timestamp(local).ok().map(Timestamp::from)
    }

    /// The local time of an instant.
    pub(crate) fn local(&self, moment: Timestamp) -> DateTime {
        self.zone.to_datetime(moment.to_jiff())
    }

    /// The same time of day so many days earlier: when people are told that something runs out in so many days. A clock change in
    /// between makes it an hour less or more.
    pub(crate) fn days_before(&self, end: Timestamp, days: i64) -> Option<Timestamp> {
        self.at(self.local(end).checked_sub(days.days()).ok()?)
    }

    /// The same time of day so many days later.
    pub(crate) fn days_after(&self, moment: Timestamp, days: i64) -> Option<Timestamp> {
        self.at(self.local(moment).checked_add(days.days()).ok()?)
    }

    /// The programme's day an instant falls in.
    pub(crate) fn day_of(&self, moment: Timestamp) -> Option<Date> {
        let date = self.local(moment).date();
        if moment < self.start_of(date)? {
            date.yesterday().ok()
        } else {
            Some(date)
        }
    }

    /// The window an instant falls in: its first instant, and the first one after it. Of a rolling
    /// one, the day on which the deed itself counts.
    pub(crate) fn window(
        &self,
        every: Window,
        moment: Timestamp,
    ) -> Option<(Timestamp, Timestamp)> {
        let day = self.day_of(moment)?;
        let (first, length) = match every {
            Window::Day | Window::Rolling { .. } => (day, 1.day()),
            Window::Week => (monday_of(day)?, 1.week()),
            Window::Month => (day.first_of_month(), 1.month()),
            Window::Quarter => (first_of_quarter(day)?, 3.months()),
            Window::Year => (day.first_of_year(), 1.year()),
        };
        let next = first.checked_add(length).ok()?;
        Some((self.start_of(first)?, self.start_of(next)?))
    }

    /// The days whose counters a rolling window of `days` days asks: each with which the deed's day
    /// lies in one window, by their first instants, `2 × days − 1` of them with the deed's in the middle.
    pub(crate) fn around(&self, days: u16, moment: Timestamp) -> Option<Vec<Timestamp>> {
        let day = self.day_of(moment)?;
        let reach = i32::from(days) - 1;
        let start = |offset: i32| self.start_of(day.checked_add(offset.days()).ok()?);
        (-reach..=reach).map(start).collect()
    }

    /// The first instant at which points earned by a deed of that moment have run out.
    ///
    /// Counted as the Civil Code of the PRC counts periods (articles 201 and 202): the day itself
    /// does not count, a period in months ends with the day of the same number, or with the last
    /// of the month where there is none. The points are good through that last day, or through the
    /// end of the month, quarter or year it lies in.
    pub(crate) fn expires(&self, expiry: Expiry, moment: Timestamp) -> Option<Timestamp> {
        let span: Span = match expiry.after {
            Period::Days(days) => days.days(),
            Period::Months(months) => months.months(),
        };
        let last = self.day_of(moment)?.checked_add(span).ok()?;
        let last = match expiry.round_up {
            None => last,
            Some(RoundUp::Month) => last.last_of_month(),
            Some(RoundUp::Quarter) => {
                let last_month = first_of_quarter(last)?.checked_add(2.months()).ok()?;
                last_month.last_of_month()
            }
            Some(RoundUp::Year) => last.last_of_year(),
        };
        self.start_of(last.tomorrow().ok()?)
    }
}

fn first_of_quarter(day: Date) -> Option<Date> {
    Date::new(day.year(), (day.month() - 1) / 3 * 3 + 1, 1).ok()
}

fn monday_of(day: Date) -> Option<Date> {
    let since_monday = day.weekday().since(Weekday::Monday);
    day.checked_sub(i32::from(since_monday).days()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::time;

    fn shanghai() -> Calendar {
        Calendar::new(zone("Asia/Shanghai").expect("a zone"), time(4, 0, 0, 0))
    }

    fn moment(text: &str) -> Timestamp {
        text.parse().expect(text)
    }

    #[test]
    fn windows_begin_when_the_day_does() {
        use Window::{Day, Month, Quarter, Rolling, Week, Year};
        for (every, at, start, end) in [
            (
                Day,
                "2026-03-05T04:00:00+08:00",
                "2026-03-05T04:00:00+08:00",
                "2026-03-06T04:00:00+08:00",
            ),
            (
                Day,
                "2026-03-05T03:59:59+08:00",
                "2026-03-04T04:00:00+08:00",
                "2026-03-05T04:00:00+08:00",
            ),
            (
                Week,
                "2026-03-09T03:59:00+08:00",
                "2026-03-02T04:00:00+08:00",
                "2026-03-09T04:00:00+08:00",
            ),
            (
                Week,
                "2026-03-09T04:00:00+08:00",
                "2026-03-09T04:00:00+08:00",
                "2026-03-16T04:00:00+08:00",
            ),
            (
                Month,
                "2026-03-01T03:00:00+08:00",
                "2026-02-01T04:00:00+08:00",
                "2026-03-01T04:00:00+08:00",
            ),
            (
                Month,
                "2026-12-31T23:00:00+08:00",
                "2026-12-01T04:00:00+08:00",
                "2027-01-01T04:00:00+08:00",
            ),
            (
                Quarter,
                "2026-07-01T03:59:00+08:00",
                "2026-04-01T04:00:00+08:00",
                "2026-07-01T04:00:00+08:00",
            ),
            (
                Quarter,
                "2026-12-31T23:00:00+08:00",
                "2026-10-01T04:00:00+08:00",
                "2027-01-01T04:00:00+08:00",
            ),
            (
                Year,
                "2027-01-01T03:00:00+08:00",
                "2026-01-01T04:00:00+08:00",
                "2027-01-01T04:00:00+08:00",
            ),
            (
                Rolling { days: 30 },
                "2026-03-05T03:59:59+08:00",
                "2026-03-04T04:00:00+08:00",
                "2026-03-05T04:00:00+08:00",
            ),
        ] {
            let expected = Some((moment(start), moment(end)));
            assert_eq!(
                shanghai().window(every, moment(at)),
                expected,
                "{every:?} {at}"
            );
        }
    }

    #[test]
    fn a_day_with_a_clock_change_is_shorter_or_longer() {
        let berlin = Calendar::new(zone("Europe/Berlin").expect("a zone"), time(2, 30, 0, 0));
        let hours = |at: &str| {
            let (start, end) = berlin.window(Window::Day, moment(at)).expect("a window");
            end.seconds_since(start) / 1800
        };
        assert_eq!(hours("2026-03-28T12:00:00Z"), 48);
        assert_eq!(hours("2026-03-29T12:00:00Z"), 46);
        assert_eq!(hours("2026-10-24T12:00:00Z"), 48);
        assert_eq!(hours("2026-10-25T12:00:00Z"), 50);
    }

    #[test]
    fn a_rolling_window_asks_the_days_on_either_side() {
        let around = shanghai().around(3, moment("2026-03-01T03:00:00+08:00"));
        let days = [
            "2026-02-26",
            "2026-02-27",
            "2026-02-28",
            "2026-03-01",
            "2026-03-02",
        ];
        let starts = days.map(|day| moment(&format!("{day}T04:00:00+08:00")));
        assert_eq!(around, Some(starts.to_vec()));
    }

    #[test]
    fn points_are_good_through_the_last_day() {
        use Period::{Days, Months};
        for (after, round_up, at, end) in [
            (
                Months(12),
                None,
                "2026-03-05T19:30:00+08:00",
                "2027-03-06T04:00:00+08:00",
            ),
            (
                Months(12),
                Some(RoundUp::Month),
                "2026-03-05T19:30:00+08:00",
                "2027-04-01T04:00:00+08:00",
            ),
            (
                Months(1),
                None,
                "2026-01-31T12:00:00+08:00",
                "2026-03-01T04:00:00+08:00",
            ),
            (
                Months(1),
                Some(RoundUp::Month),
                "2026-01-31T12:00:00+08:00",
                "2026-03-01T04:00:00+08:00",
            ),
            (
                Months(12),
                Some(RoundUp::Month),
                "2026-04-01T03:59:00+08:00",
                "2027-04-01T04:00:00+08:00",
            ),
            (
                Months(24),
                Some(RoundUp::Quarter),
                "2026-10-01T12:00:00+08:00",
                "2029-01-01T04:00:00+08:00",
            ),
            (
                Days(30),
                Some(RoundUp::Year),
                "2026-12-02T12:00:00+08:00",
                "2028-01-01T04:00:00+08:00",
            ),
            (
                Days(29),
                Some(RoundUp::Year),
                "2026-12-02T12:00:00+08:00",
                "2027-01-01T04:00:00+08:00",
            ),
        ] {
            let expiry = Expiry { after, round_up };
            assert_eq!(
                shanghai().expires(expiry, moment(at)),
                Some(moment(end)),
                "{expiry:?} {at}"
            );
        }
    }

    #[test]
    fn the_ends_of_time_are_no_panic() {
        for micros in [i64::MIN, i64::MAX] {
            let end = Timestamp::from_micros(micros);
            let expiry = Expiry {
                after: Period::Months(1),
                round_up: Some(RoundUp::Year),
            };
            let _ = shanghai().window(Window::Month, end);
            let _ = shanghai().window(Window::Week, end);
            let _ = shanghai().window(Window::Quarter, end);
            let _ = shanghai().window(Window::Year, end);
            let _ = shanghai().around(366, end);
            assert_eq!(
                shanghai().expires(expiry, Timestamp::from_micros(i64::MAX)),
                None
            );
        }
    }
}
