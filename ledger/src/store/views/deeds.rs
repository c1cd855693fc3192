//! Deeds as they are shown.

use crate::machine::deeds::{Answer, DeedRecord};
use crate::points::Points;

/// A deed, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeedView {
    /// The deed.
    pub record: DeedRecord,
    /// Whether its award was asked for.
    pub asked: bool,
    /// What came of that; `None` while it is open.
    pub answer: Option<Answer>,
}

/// What a team did within a time, of awards that stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamTotals {
    /// How many deeds.
    pub deeds: i64,
    /// How long they took, in minutes.
    pub minutes: i64,
    /// How many people were served; what several members did together served them once.
    pub people: i64,
    /// What they were awarded.
    pub points: Points,
    /// How many members did them.
    pub members: i64,
}
