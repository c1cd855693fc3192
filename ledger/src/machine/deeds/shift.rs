//! A member's shift in a cell: where it began, where they were since, and what counts of it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::part::{LATE_SECONDS, arrives_late, not_of_themselves};
use super::patrol::{ShiftStart, shift_deed};
use super::{
    Answer, AskedAward, DeedBody, DeedRecord, DeedRejection, DeedState, WhyNot, recorded, stepped,
};
use crate::clock::Timestamp;
use crate::community::patrol::{Grid, PATROL_SHIFT, Tally, WAYPOINT_LIMIT, Waypoint, tally};
use crate::community::{Actor, Role};
use crate::ids::DeedId;
use crate::machine::award::AwardRequest;
use crate::machine::merge::must_be_active;
use crate::machine::patrols::PatrolChange;
use crate::machine::{Effects, Rejection, State, Stop};
use crate::policy::{Deed, Position};

/// Who ended a shift.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndedBy {
    /// Whose it was.
    Member,
    /// Staff.
    Staff,
    /// Nobody did, and nothing that was kept offline can arrive any more.
    Rule,
}

/// A shift, as far as it got. Of where somebody was it says how many places.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shift {
    /// In which cell.
    pub grid: String,
    /// What the device calls it.
    pub shift: Uuid,
    /// When it is over at the latest.
    pub ends_by: Timestamp,
    /// How many places were said, its beginning included.
    pub waypoints: u32,
    /// How many of them count, by what has arrived so far.
    pub points: u32,
    /// When somebody came to the last one that counts.
    pub last_at: Timestamp,
    /// Whether some of it arrived long after it was.
    pub late: bool,
    /// Who ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<EndedBy>,
    /// What counts of it, in minutes, once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
}

impl Shift {
    /// The classes of evidence that it makes.
    fn evidence(&self) -> BTreeSet<String> {
        let by = match self.ended_by {
            Some(EndedBy::Staff) => Some("sign_off"),
            Some(EndedBy::Rule) => Some("system"),
            Some(EndedBy::Member) | None => None,
        };
        let late = self.late.then_some("backfill");
        let all = [Some("check_in"), by, late].into_iter().flatten();
        all.map(str::to_owned).collect()
    }
}

/// A shift about to begin.
pub(super) struct Begin<'s> {
    state: &'s State,
    start: &'s ShiftStart,
    grid: &'s Grid,
    late: bool,
}

impl<'s> Begin<'s> {
    pub(super) fn of(state: &'s State, start: &'s ShiftStart) -> Result<Self, Stop> {
        must_be_active(state, start.member)?;
        let grid = grid_of(state, &start.grid)?;
        if grid.retired_at.is_some() {
            let grid = grid.code.clone();
            return Err(DeedRejection::GridRetired { grid }.into());
        }
        let late = arrives_late(state.now, start.at)?;
        must_be_within(grid, start.position)?;
        state.must_be_earning(start.at)?;
        Ok(Self {
            state,
            start,
            grid,
            late,
        })
    }

    /// Nobody is on two shifts at once.
    fn must_be_free(&self, id: DeedId, ends_by: Timestamp) -> Result<(), Stop> {
        if let Some(DeedRecord { state, .. }) = self.state.deeds.record(id) {
            let state = *state;
            return Err(DeedRejection::DeedState { deed: id, state }.into());
        }
        let at_once = |(record, shift): &(&DeedRecord, &Shift)| {
            record.began_at < ends_by && self.start.at < shift.ends_by
        };
        let mut open = self.state.deeds.open_shifts(self.start.member);
        match open.find(at_once) {
            Some((record, _)) => Err(DeedRejection::ShiftOpen { deed: record.id }.into()),
            None => Ok(()),
        }
    }

    pub(super) fn effects(&self) -> Result<Effects, Stop> {
        let ShiftStart {
            member,
            shift,
            at,
            position,
            ..
        } = *self.start;
        let id = shift_deed(member, shift);
        let ends_by = at.plus_seconds(self.grid.rule.longest);
        self.must_be_free(id, ends_by)?;
        let record = DeedRecord {
            id,
            member,
            state: DeedState::Begun,
            began_at: at,
            ended_at: None,
            due_at: Some(ends_by.plus_seconds(LATE_SECONDS)),
            body: DeedBody::Shift(Shift {
                grid: self.grid.code.clone(),
                shift,
                ends_by,
                waypoints: 1,
                points: 1,
                last_at: at,
                late: self.late,
                ended_by: None,
                minutes: None,
            }),
        };
        let sent = Some((id, Waypoint { at, position }));
        let patrols = PatrolChange {
            sent,
            ..PatrolChange::default()
        };
        Ok(walked(patrols, stepped(record, None)))
    }
}

/// A shift under way.
pub(super) struct Walk<'s> {
    state: &'s State,
    record: &'s DeedRecord,
    shift: &'s Shift,
    grid: &'s Grid,
}

impl<'s> Walk<'s> {
    pub(super) fn of(state: &'s State, deed: DeedId) -> Result<Self, Stop> {
        let record = recorded(state, deed)?;
        let DeedBody::Shift(shift) = &record.body else {
            return Err(DeedRejection::UnknownDeed { deed }.into());
        };
        if record.state != DeedState::Begun {
            let state = record.state;
            return Err(DeedRejection::DeedState { deed, state }.into());
        }
        Ok(Self {
            state,
            record,
            shift,
            grid: grid_of(state, &shift.grid)?,
        })
    }

    /// Whether it arrives late. It must have been on the shift.
    fn must_be_on_it(&self, at: Timestamp) -> Result<bool, Stop> {
        let (from, until) = (self.record.began_at, self.shift.ends_by);
        if !(from..=until).contains(&at) {
            return Err(DeedRejection::OutsideShift { from, until }.into());
        }
        arrives_late(self.state.now, at)
    }

    pub(super) fn waypoint(&self, at: Timestamp, position: Position) -> Result<Effects, Stop> {
        must_be_active(self.state, self.record.member)?;
        let late = self.must_be_on_it(at)?;
        must_be_within(self.grid, position)?;
        let mut waypoints = self.state.patrols.waypoints(self.record.id).to_vec();
        if waypoints.len() >= WAYPOINT_LIMIT {
            let limit = WAYPOINT_LIMIT as u64;
            return Err(DeedRejection::TooManyWaypoints { limit }.into());
        }
        if waypoints.iter().any(|known| known.at == at) {
            return Err(Rejection::AlreadyExists.into());
        }
        let waypoint = Waypoint { at, position };
        waypoints.push(waypoint);
        let (points, last_at) = match tally(&waypoints, &self.grid.rule, None) {
            Some(tally) => (tally.points, tally.last_at),
            None => (self.shift.points, self.shift.last_at),
        };
        let record = DeedRecord {
            body: DeedBody::Shift(Shift {
                waypoints: self.shift.waypoints + 1,
                points,
                last_at,
                late: self.shift.late || late,
                ..self.shift.clone()
            }),
            ..self.record.clone()
        };
        let patrols = PatrolChange {
            sent: Some((self.record.id, waypoint)),
            ..PatrolChange::default()
        };
        Ok(walked(patrols, stepped(record, None)))
    }

    /// Where it ended is a place like any other, if it is in the cell. What staff end counts up to the last place, as what nobody ends does.
    pub(super) fn end(
        &self,
        at: Timestamp,
        position: Option<Position>,
        actor: &Actor,
    ) -> Result<Effects, Stop> {
        must_be_active(self.state, self.record.member)?;
        if actor.role != Role::Member {
            not_of_themselves(actor, self.record.member)?;
            return self.done(None, EndedBy::Staff, self.shift.late, *actor);
        }
        // Who ends it after it was over anyway ends it then.
        let late = arrives_late(self.state.now, at)?;
        let ended = at.min(self.shift.ends_by);
        self.must_be_on_it(ended)?;
        let place = position.filter(|place| at <= self.shift.ends_by && self.grid.holds(*place));
        let last = place.map(|position| Waypoint { at, position });
        self.done(
            Some((ended, last)),
            EndedBy::Member,
            self.shift.late || late,
            self.grid.keeper,
        )
    }

    /// Nobody ended it.
    pub(super) fn close(&self) -> Result<Effects, Stop> {
        let due = self.shift.ends_by.plus_seconds(LATE_SECONDS);
        if self.state.now < due {
            return Err(DeedRejection::ActivityNotOpen { opens_at: due }.into());
        }
        match must_be_active(self.state, self.record.member) {
            // Nothing is awarded to who is erased.
            Err(Stop::Rejected(_)) => self.void(),
            Err(stop) => Err(stop),
            Ok(()) => self.done(None, EndedBy::Rule, self.shift.late, self.grid.keeper),
        }
    }

    pub(super) fn void(&self) -> Result<Effects, Stop> {
        let record = DeedRecord {
            state: DeedState::Void,
            due_at: None,
            ..self.record.clone()
        };
        Ok(walked(self.dropped(), stepped(record, None)))
    }

    fn dropped(&self) -> PatrolChange {
        PatrolChange {
            dropped: Some(self.record.id),
            ..PatrolChange::default()
        }
    }

    /// It is done: the award is asked for with it, unless there is nothing to award.
    fn done(
        &self,
        ended: Option<(Timestamp, Option<Waypoint>)>,
        by: EndedBy,
        late: bool,
        asks: Actor,
    ) -> Result<Effects, Stop> {
        let mut waypoints = self.state.patrols.waypoints(self.record.id).to_vec();
        waypoints.extend(ended.and_then(|(_, last)| last));
        let ended = ended.map(|(at, _)| at);
        let nothing = Tally {
            points: 0,
            last_at: self.record.began_at,
            until: self.record.began_at,
            minutes: 0,
        };
        // Where somebody was may have been forgotten before anything ended the shift.
        let tally = tally(&waypoints, &self.grid.rule, ended).unwrap_or(nothing);
        let shift = Shift {
            waypoints: u32::try_from(waypoints.len()).unwrap_or(u32::MAX),
            points: tally.points,
            last_at: tally.last_at,
            late,
            ended_by: Some(by),
            minutes: Some(tally.minutes),
            ..self.shift.clone()
        };
        let asked = AskedAward {
            deed: self.record.id,
            by: asks,
            request: self.request(&shift, &tally),
            asked_at: self.state.now,
            attempt: 1,
            answer: self
                .why_not(&tally)
                .map(|why| Answer::Refused(Box::new(why))),
        };
        let record = DeedRecord {
            state: DeedState::Done,
            ended_at: Some(tally.until),
            due_at: None,
            body: DeedBody::Shift(shift),
            ..self.record.clone()
        };
        Ok(walked(self.dropped(), stepped(record, Some(asked))))
    }

    fn why_not(&self, tally: &Tally) -> Option<WhyNot> {
        let DeedRecord {
            id,
            member,
            began_at,
            ..
        } = *self.record;
        let (points, needed) = (tally.points, self.grid.rule.points);
        let counted = self.state.deeds.counts(member, id, (began_at, tally.until));
        match counted {
            _ if points < needed => Some(WhyNot::TooFewPoints { points, needed }),
            _ if tally.minutes < 1 => Some(WhyNot::TooShort),
            Some(deed) => Some(WhyNot::TimeCounted { deed }),
            None => None,
        }
    }

    /// What is submitted. The place is one of the cell's, and none where somebody was.
    fn request(&self, shift: &Shift, tally: &Tally) -> AwardRequest {
        let facts = [
            ("minutes".to_owned(), tally.minutes.into()),
            ("grid".to_owned(), shift.grid.as_str().into()),
            ("checkpoints".to_owned(), i64::from(tally.points).into()),
        ];
        AwardRequest {
            member: self.record.member,
            deed: Deed {
                kind: PATROL_SHIFT.to_owned(),
                reference: shift.shift.to_string(),
                occurred_at: self.record.began_at,
                facts: facts.into(),
                evidence: shift.evidence(),
                places: Vec::new(),
            },
            policy: self.grid.rule.policy.clone(),
            position: self.grid.area.inside(),
        }
    }
}

fn grid_of<'s>(state: &'s State, code: &str) -> Result<&'s Grid, Stop> {
    let grid = state.patrols.grid(code);
    Ok(grid.ok_or_else(|| DeedRejection::unknown_grid(code))?)
}

fn must_be_within(grid: &Grid, position: Position) -> Result<(), Stop> {
    match grid.holds(position) {
        true => Ok(()),
        false => Err(DeedRejection::OutsideGrid {
            grid: grid.code.clone(),
        }
        .into()),
    }
}

/// With what is kept of where somebody was from now on.
fn walked(patrols: PatrolChange, effects: Effects) -> Effects {
    Effects { patrols, ..effects }
}
