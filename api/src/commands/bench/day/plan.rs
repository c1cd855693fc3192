//! Who does what in which minute of the day.

use super::super::Failure;
use super::super::tally::Operation;

/// From eight in the morning to nine at night.
pub const MINUTES: usize = 13 * 60;
/// Activities have ten slots of an hour each.
pub const SLOTS: usize = 10;
/// How many places a shift has besides its beginning.
const PLACES: usize = 5;

/// Something that somebody does. Numbers are places in the town's lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// A member comes to a slot.
    CheckIn { member: usize, slot: usize },
    /// And goes.
    CheckOut { member: usize, slot: usize },
    /// A member begins a shift.
    Start { member: usize, shift: usize },
    /// Is at another place.
    Place {
        member: usize,
        shift: usize,
        number: usize,
    },
    /// And ends it.
    End { member: usize, shift: usize },
    /// A member reports a hazard.
    Report { member: usize, hazard: usize },
    /// Staff look at it.
    Triage { hazard: usize },
    /// It is there.
    Verify { hazard: usize },
}

impl Moment {
    /// What it counts as.
    pub const fn operation(self) -> Operation {
        match self {
            Self::CheckIn { .. } => Operation::CheckIn,
            Self::CheckOut { .. } => Operation::CheckOut,
            Self::Start { .. } => Operation::ShiftStart,
            Self::Place { .. } => Operation::Waypoint,
            Self::End { .. } => Operation::ShiftEnd,
            Self::Report { .. } => Operation::Report,
            Self::Triage { .. } => Operation::Triage,
            Self::Verify { .. } => Operation::Verify,
        }
    }

    /// Whose photo it needs.
    pub const fn photo(self) -> Option<usize> {
        match self {
            Self::Report { hazard, .. } => Some(hazard),
            _ => None,
        }
    }
}

/// Everything that happens, by minute. The last members patrol, the others come to activities, and all report hazards.
pub fn plan(
    members: usize,
    check_ins: usize,
    waypoints: usize,
    hazards: usize,
) -> Result<Vec<Vec<Moment>>, Failure> {
    let shifts = waypoints.div_ceil(PLACES);
    // Two shifts a day each, the second in the afternoon.
    let patrolling = shifts.div_ceil(2);
    let coming = check_ins.div_ceil(SLOTS);
    if coming + patrolling > members || members == 0 {
        let needed = (coming + patrolling).max(1);
        return Err(Failure(format!(
            "that many deeds need at least {needed} members"
        )));
    }
    let mut minutes = vec![Vec::new(); MINUTES];
    for number in 0..check_ins {
        let (member, slot) = (number % coming, number / coming);
        // They come within ten minutes and stay three quarters of an hour.
        let came = slot * 60 + member % 10;
        minutes[came].push(Moment::CheckIn { member, slot });
        minutes[came + 45].push(Moment::CheckOut { member, slot });
    }
    for shift in 0..shifts {
        let member = members - 1 - shift % patrolling;
        let begins = (shift / patrolling) * 360 + shift % 240;
        minutes[begins].push(Moment::Start { member, shift });
        let places = PLACES.min(waypoints - shift * PLACES);
        for number in 0..places {
            let at = begins + 10 * (number + 1);
            minutes[at].push(Moment::Place {
                member,
                shift,
                number,
            });
        }
        let ends = begins + 10 * (places + 1);
        minutes[ends].push(Moment::End { member, shift });
    }
    for hazard in 0..hazards {
        let seen = hazard % (MINUTES - 120);
        let member = hazard * 7 % members;
        minutes[seen].push(Moment::Report { member, hazard });
        minutes[seen + 30].push(Moment::Triage { hazard });
        minutes[seen + 90].push(Moment::Verify { hazard });
    }
    Ok(minutes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_has_all_that_was_asked_for() {
        let minutes = plan(2_500, 20_000, 3_000, 1_000).unwrap();
        let count = |operation| {
            let all = minutes.iter().flatten();
            all.filter(|moment| moment.operation() == operation).count()
        };
        let of = [
            Operation::CheckIn,
            Operation::CheckOut,
            Operation::ShiftStart,
            Operation::Waypoint,
            Operation::ShiftEnd,
            Operation::Report,
            Operation::Verify,
        ];
        assert_eq!(
            of.map(count),
            [20_000, 20_000, 600, 3_000, 600, 1_000, 1_000]
        );
        assert!(plan(2_000, 20_000, 3_000, 1_000).is_err());
    }
}
