//! Caps: how much may be earned in a day, a month, any thirty days.
//!
//! A policy makes [`CapClaim`]s without knowing what was used; whoever holds the counters, under
//! their lock, reads them and calls [`apply_caps`]. Caps per approver are counted when somebody
//! approves, the others when the award is submitted: [`split_caps`] parts them.

use serde::{Deserialize, Serialize};

use super::calendar::Window;
use crate::clock::Timestamp;
use crate::points::Points;

/// Whose counter a cap counts on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapSubject {
    /// One per member.
    Member,
    /// One per grid, named by the deed's fact `grid`.
    Grid,
    /// One per team, named by the deed's fact `team`.
    Team,
    /// One per person who approves.
    Approver,
    /// One for the budget the award is paid from.
    Budget,
}

impl CapSubject {
    /// Every subject.
    pub const ALL: [Self; 5] = [
        Self::Member,
        Self::Grid,
        Self::Team,
        Self::Approver,
        Self::Budget,
    ];

    /// The word for it in policies and in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Grid => "grid",
            Self::Team => "team",
            Self::Approver => "approver",
            Self::Budget => "budget",
        }
    }

    /// The fact of the deed that names it, if one does.
    pub const fn fact(self) -> Option<&'static str> {
        match self {
            Self::Grid | Self::Team => Some(self.name()),
            Self::Member | Self::Approver | Self::Budget => None,
        }
    }
}

/// What a cap counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CapUnit {
    /// Hundredths of a point.
    Points,
    /// Awards.
    Count,
}

/// What happens to an award that does not fit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// It is cut to what is left; with nothing left, refused.
    Clip,
    /// It is refused whole.
    #[default]
    Reject,
    /// It waits whole until there is room. One that is larger than the cap itself is refused.
    Queue,
}

/// A cap that an award has to fit under, with the window its deed falls in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapClaim {
    /// `policy/cap`: the same in every version of the policy, so that counters go on.
    pub cap: String,
    /// Whose counter.
    pub per: CapSubject,
    /// What the deed's fact names, for a counter per grid or team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The length of the window.
    pub window: Window,
    /// The first instant of the window; of a rolling one, of the deed's day.
    pub window_start: Timestamp,
    /// The first instant after it; of a rolling one, after the deed's day.
    pub window_end: Timestamp,
    /// For a rolling window of N days the first instants of the 2N − 1 days around the deed's, in
    /// order: what their counters say goes to [`rolling_used`]. Empty for every other.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub around: Vec<Timestamp>,
    /// What is counted.
    pub unit: CapUnit,
    /// The most: hundredths of a point, or a count.
    pub limit: i64,
    /// What happens to what does not fit.
    pub over: Over,
}

/// An award that fits under its caps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capped {
    /// What is granted.
    pub points: Points,
    /// What each cap did, in the order of the claims.
    pub steps: Vec<CapStep>,
    /// By how much each claim's counter grows: hundredths granted in the end, or 1.
    pub adds: Vec<i64>,
}

/// What one cap did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapStep {
    /// `policy/cap`.
    pub cap: String,
    /// Whose counter.
    pub per: CapSubject,
    /// The length of the window.
    pub window: Window,
    /// What is counted.
    pub unit: CapUnit,
    /// The counter before: hundredths, or a count.
    pub used_before: i64,
    /// The most: hundredths, or a count.
    pub limit: i64,
    /// What was granted after this cap and those before it.
    pub granted: Points,
    /// What this cap took off.
    pub clipped: Points,
}

/// A cap that leaves no room for an award.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("cap {cap} is reached: {} of {} used, free again {}{window_end}", amount(*unit, *used), amount(*unit, *limit), at(*window))]
pub struct CapReached {
    /// `policy/cap`.
    pub cap: String,
    /// Whose counter.
    pub per: CapSubject,
    /// The length of the window.
    pub window: Window,
    /// What is counted.
    pub unit: CapUnit,
    /// The most: hundredths, or a count.
    pub limit: i64,
    /// The counter: hundredths, or a count.
    pub used: i64,
    /// What the award would have given.
    pub wanted: Points,
    /// When it frees again; for a rolling window, the earliest moment it may.
    pub window_end: Timestamp,
    /// What happens to the award: refused, or waiting for room. An award waits only if every cap
    /// that leaves no room lets it.
    #[serde(default)]
    pub over: Over,
}

impl CapReached {
    /// The stable code, beside those of [`super::Refusal`].
    pub const fn code(&self) -> &'static str {
        "cap_reached"
    }
}

const fn at(window: Window) -> &'static str {
    match window {
        Window::Rolling { .. } => "at the earliest at ",
        _ => "at ",
    }
}

fn amount(unit: CapUnit, value: i64) -> String {
    match unit {
        CapUnit::Points => Points::from_hundredths(value).to_string(),
        CapUnit::Count => value.to_string(),
    }
}

/// Fits points under caps, given what each counter stands at (hundredths, or a count).
///
/// The order of the claims does not change what is granted: a cap that clips leaves the least
/// that any of them leaves; one that rejects or queues wants room for the full amount. A counter
/// that is not given counts as full, one below zero as zero.
///
/// # Errors
/// [`CapReached`] for the first cap that leaves no room and refuses; if all that leave none let the
/// award wait, for the first of those.
pub fn apply_caps(points: Points, claims: &[CapClaim], used: &[i64]) -> Result<Capped, CapReached> {
    let used = |index: usize, limit: i64| used.get(index).map_or(limit, |used| (*used).max(0));
    let full = |(index, claim): (usize, &CapClaim)| {
        let used = used(index, claim.limit);
        (!claim.has_room(points, used)).then(|| claim.reached(points, used))
    };
    let mut reached: Vec<_> = claims.iter().enumerate().filter_map(full).collect();
    if !reached.is_empty() {
        let refusing = reached.iter().position(|cap| cap.over != Over::Queue);
        return Err(reached.swap_remove(refusing.unwrap_or(0)));
    }
    let mut granted = points;
    let mut steps = Vec::with_capacity(claims.len());
    for (index, claim) in claims.iter().enumerate() {
        let used = used(index, claim.limit);
        let left = match claim.unit {
            CapUnit::Points => granted.min(Points::from_hundredths(claim.limit - used)),
            CapUnit::Count => granted,
        };
        steps.push(CapStep {
            cap: claim.cap.clone(),
            per: claim.per,
            window: claim.window,
            unit: claim.unit,
            used_before: used,
            limit: claim.limit,
            granted: left,
            clipped: Points::from_hundredths(granted.hundredths() - left.hundredths()),
        });
        granted = left;
    }
    let adds = claims.iter().map(|claim| match claim.unit {
        CapUnit::Points => granted.hundredths().max(0),
        CapUnit::Count => 1,
    });
    Ok(Capped {
        points: granted,
        steps,
        adds: adds.collect(),
    })
}

impl CapClaim {
    /// Whether anything fits beside `used`, or all of it where nothing is cut.
    fn has_room(&self, full: Points, used: i64) -> bool {
        self.most_beside(full) >= used
    }

    /// The most that may be used already if so many points are to fit: all of them, or where they are cut, something.
    pub fn most_beside(&self, full: Points) -> i64 {
        let least = match (self.unit, self.over) {
            (CapUnit::Count, _) | (CapUnit::Points, Over::Clip) => 1,
            (CapUnit::Points, Over::Reject | Over::Queue) => full.hundredths(),
        };
        self.limit.saturating_sub(least)
    }

    /// What is said when it leaves no room for so many points beside `used`.
    pub fn reached(&self, wanted: Points, used: i64) -> CapReached {
        let never = self.unit == CapUnit::Points && wanted.hundredths() > self.limit;
        CapReached {
            cap: self.cap.clone(),
            per: self.per,
            window: self.window,
            unit: self.unit,
            limit: self.limit,
            used,
            wanted,
            window_end: self.window_end,
            over: match self.over {
                Over::Queue if never => Over::Reject,
                over => over,
            },
        }
    }
}

/// The claims counted when an award is submitted, and those counted when somebody approves it:
/// [`super::Quote::caps`] has them in this order.
pub fn split_caps(claims: &[CapClaim]) -> (&[CapClaim], &[CapClaim]) {
    claims.split_at(claims.partition_point(|claim| claim.per != CapSubject::Approver))
}

/// What a rolling window of `days` days has used, given the counters of the days in
/// [`CapClaim::around`], in that order: the largest sum over any `days` days running that include
/// the deed's. So an award for a deed of long ago fills no window that has begun since.
///
/// Counters below zero count as zero; if there are not `2 × days − 1` of them, it is full.
pub fn rolling_used(days: u16, counters: &[i64]) -> i64 {
    let days = usize::from(days);
    if days == 0 || counters.len() != 2 * days - 1 {
        return i64::MAX;
    }
    let sum = |window: &[i64]| {
        let used = window.iter().map(|used| (*used).max(0));
        used.fold(0, i64::saturating_add)
    };
    counters.windows(days).map(sum).max().unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
