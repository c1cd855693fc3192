//! A policy held against the past: what a simulation asks of it.

use jiff::civil::Date;
use toml::de::DeTable;

use super::calendar::Window;
use super::{CapSubject, CapUnit, Policy, PolicyErrors};
use crate::clock::Timestamp;

/// A cap of a policy, as its counters know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CapKind {
    /// `policy/cap`.
    pub cap: String,
    /// Whose counter.
    pub per: CapSubject,
    /// The length of the window.
    pub window: Window,
    /// What is counted.
    pub unit: CapUnit,
}

impl Policy {
    /// Reads a policy that comes without a file: its own `name` is taken for the stem.
    ///
    /// # Errors
    /// As [`Policy::parse`].
    pub fn parse_unfiled(source: &str) -> Result<Self, PolicyErrors> {
        let (document, _) = DeTable::parse_recoverable(source);
        let name = document.get_ref().get("name");
        let name = name.and_then(|name| name.get_ref().as_str());
        Self::parse(&format!("{}.toml", name.unwrap_or("policy")), source)
    }

    /// The same policy without the days between which it holds, to price deeds of any other time by it.
    #[must_use]
    pub fn at_any_time(self) -> Self {
        Self {
            from: None,
            until: None,
            ..self
        }
    }

    /// The first instant of a day of its calendar; `None` beyond the years that can be computed.
    pub fn start_of(&self, day: Date) -> Option<Timestamp> {
        self.calendar.start_of(day)
    }

    /// The day of its calendar that an instant falls in; `None` as above.
    pub fn day_of(&self, moment: Timestamp) -> Option<Date> {
        self.calendar.day_of(moment)
    }

    /// The month of its calendar that an instant falls in, as in `2026-03`.
    pub fn month_of(&self, moment: Timestamp) -> Option<String> {
        let day = self.calendar.day_of(moment)?;
        Some(format!("{:04}-{:02}", day.year(), day.month()))
    }

    /// Its caps, in the order of the file.
    pub fn cap_kinds(&self) -> impl Iterator<Item = CapKind> {
        self.caps.iter().map(|cap| CapKind {
            cap: format!("{}/{}", self.name, cap.name),
            per: cap.per,
            window: cap.every,
            unit: cap.unit,
        })
    }

    /// The first instant of the earliest window that a deed of this moment counts in.
    pub fn counts_since(&self, moment: Timestamp) -> Timestamp {
        let starts = self.caps.iter().filter_map(|cap| match cap.every {
            Window::Rolling { days } => self.calendar.around(days, moment)?.first().copied(),
            window => self.calendar.window(window, moment).map(|(start, _)| start),
        });
        starts.fold(moment, Timestamp::min)
    }
}
