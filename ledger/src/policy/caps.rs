//! Caps: how much may be earned in a day, a week or a month.
//!
//! A policy makes [`CapClaim`]s without knowing what was used; whoever holds the counters, under
//! their lock, reads them and calls [`apply_caps`].

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
    /// One for the budget the award is paid from.
    Budget,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// It is cut to what is left; with nothing left, refused.
    Clip,
    /// It is refused whole.
    Reject,
}

/// A cap that an award has to fit under, with the window its deed falls in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapClaim {
    /// `policy/cap`: the same in every version of the policy, so that counters go on.
    pub cap: String,
    /// Whose counter.
    pub per: CapSubject,
    /// The length of the window.
    pub window: Window,
    /// The first instant of the window.
    pub window_start: Timestamp,
    /// The first instant after it.
    pub window_end: Timestamp,
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
#[error("cap {cap} is reached: {} of {} used, free again at {window_end}", amount(*unit, *used), amount(*unit, *limit))]
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
    /// When it frees again.
    pub window_end: Timestamp,
}

impl CapReached {
    /// The stable code, beside those of [`super::Refusal`].
    pub const fn code(&self) -> &'static str {
        "cap_reached"
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
/// that any of them leaves; one that rejects wants room for the full amount. A counter that is not
/// given counts as full, one below zero as zero.
///
/// # Errors
/// [`CapReached`] for the first cap that leaves no room.
pub fn apply_caps(points: Points, claims: &[CapClaim], used: &[i64]) -> Result<Capped, CapReached> {
    let mut granted = points;
    let mut steps = Vec::with_capacity(claims.len());
    for (index, claim) in claims.iter().enumerate() {
        let used = used.get(index).map_or(claim.limit, |used| (*used).max(0));
        let left = claim.room(points, granted, used)?;
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
    /// What of `granted` fits beside `used`, never less than a hundredth.
    fn room(&self, full: Points, granted: Points, used: i64) -> Result<Points, CapReached> {
        let left = self.limit.saturating_sub(used);
        let fits = match (self.unit, self.over) {
            (CapUnit::Count, _) => left >= 1,
            (CapUnit::Points, Over::Clip) => left >= 1,
            (CapUnit::Points, Over::Reject) => left >= full.hundredths(),
        };
        if !fits {
            return Err(self.reached(full, used));
        }
        Ok(match self.unit {
            CapUnit::Points => granted.min(Points::from_hundredths(left)),
            CapUnit::Count => granted,
        })
    }

    fn reached(&self, wanted: Points, used: i64) -> CapReached {
        CapReached {
            cap: self.cap.clone(),
            per: self.per,
            window: self.window,
            unit: self.unit,
            limit: self.limit,
            used,
            wanted,
            window_end: self.window_end,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn claim(unit: CapUnit, limit: i64, over: Over) -> CapClaim {
        CapClaim {
            cap: "p/c".to_owned(),
            per: CapSubject::Member,
            window: Window::Day,
            window_start: Timestamp::from_micros(0),
            window_end: Timestamp::from_micros(1),
            unit,
            limit,
            over,
        }
    }

    #[test]
    fn caps_clip_and_reject() {
        use CapUnit::{Count, Points as Pts};
        use Over::{Clip, Reject};
        for (claims, used, granted) in [
            (vec![], vec![], Some(1000)),
            (vec![claim(Pts, 5000, Clip)], vec![0], Some(1000)),
            (vec![claim(Pts, 5000, Clip)], vec![4800], Some(200)),
            (vec![claim(Pts, 5000, Clip)], vec![5000], None),
            (vec![claim(Pts, 5000, Clip)], vec![9000], None),
            (vec![claim(Pts, 5000, Clip)], vec![-100], Some(1000)),
            (vec![claim(Pts, 500, Clip)], vec![-100], Some(500)),
            (vec![claim(Pts, 5000, Clip)], vec![], None),
            (vec![claim(Pts, 5000, Reject)], vec![4000], Some(1000)),
            (vec![claim(Pts, 5000, Reject)], vec![4001], None),
            (vec![claim(Count, 3, Reject)], vec![2], Some(1000)),
            (vec![claim(Count, 3, Reject)], vec![3], None),
            (
                vec![claim(Pts, 5000, Clip), claim(Pts, 300, Clip)],
                vec![4800, 250],
                Some(50),
            ),
            (
                vec![claim(Pts, 300, Clip), claim(Pts, 900, Reject)],
                vec![0, 0],
                None,
            ),
            (
                vec![claim(Pts, 900, Reject), claim(Pts, 300, Clip)],
                vec![0, 0],
                None,
            ),
        ] {
            let result = apply_caps(Points::from_hundredths(1000), &claims, &used);
            let points = result.ok().map(|capped| capped.points.hundredths());
            assert_eq!(points, granted, "{claims:?} {used:?}");
        }
    }

    #[test]
    fn counters_grow_by_what_is_granted_in_the_end() {
        let claims = [
            claim(CapUnit::Points, 5000, Over::Clip),
            claim(CapUnit::Count, 3, Over::Reject),
            claim(CapUnit::Points, 300, Over::Clip),
        ];
        let capped = apply_caps(Points::from_hundredths(1000), &claims, &[4500, 1, 0]);
        let capped = capped.expect("it fits");
        assert_eq!(capped.adds, [300, 1, 300]);
        let clipped: Vec<_> = capped
            .steps
            .iter()
            .map(|s| s.clipped.hundredths())
            .collect();
        assert_eq!(clipped, [500, 0, 200]);
    }

    #[test]
    fn a_reached_cap_says_when_it_frees() {
        let claims = [claim(CapUnit::Points, 5000, Over::Reject)];
        let reached = apply_caps(Points::from_hundredths(1000), &claims, &[4500]);
        let reached = reached.expect_err("no room");
        assert_eq!((reached.limit, reached.used), (5000, 4500));
        assert_eq!(
            reached.to_string(),
            "cap p/c is reached: 45.00 of 50.00 used, free again at 1970-01-01T00:00:00.000001Z"
        );
    }

    fn any_claim() -> impl Strategy<Value = CapClaim> {
        let unit = prop_oneof![Just(CapUnit::Points), Just(CapUnit::Count)];
        let over = prop_oneof![Just(Over::Clip), Just(Over::Reject)];
        let limit = prop_oneof![1..2_000_i64, 1..=i64::MAX];
        (unit, limit, over).prop_map(|(unit, limit, over)| claim(unit, limit, over))
    }

    proptest! {
        #[test]
        fn no_limit_is_passed(
            points in prop_oneof![1..2_000_i64, 1..=i64::MAX],
            claims in prop::collection::vec(any_claim(), 0..5),
            used in prop::collection::vec(prop_oneof![0..2_000_i64, any::<i64>()], 0..6),
        ) {
            if let Ok(capped) = apply_caps(Points::from_hundredths(points), &claims, &used) {
                prop_assert!(capped.points.is_positive());
                prop_assert!(capped.points.hundredths() <= points);
                prop_assert_eq!(capped.adds.len(), claims.len());
                for ((claim, add), used) in claims.iter().zip(&capped.adds).zip(&used) {
                    prop_assert!(used.max(&0) + add <= claim.limit);
                }
                let off: i64 = capped.steps.iter().map(|step| step.clipped.hundredths()).sum();
                prop_assert_eq!(capped.points.hundredths() + off, points);
            }
        }

        #[test]
        fn the_order_of_caps_changes_nothing(
            points in 1..2_000_i64,
            claims in prop::collection::vec((any_claim(), 0..2_000_i64), 0..5),
        ) {
            let grant = |claims: &[(CapClaim, i64)]| {
                let (claims, used): (Vec<_>, Vec<_>) = claims.iter().cloned().unzip();
                apply_caps(Points::from_hundredths(points), &claims, &used).ok().map(|c| c.points)
            };
            let reversed: Vec<_> = claims.iter().rev().cloned().collect();
            prop_assert_eq!(grant(&claims), grant(&reversed));
        }
    }
}
