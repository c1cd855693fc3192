//! A member's part in a slot of an activity: a place, check-in, check-out, and what counts.

use super::attendance::{Attendance, Mark, Part, Proof, ProofKind};
use super::{
    Answer, AskedAward, DeedBody, DeedChange, DeedRecord, DeedRejection, DeedState, Planned,
    WhyNot, stepped,
};
use crate::clock::Timestamp;
use crate::community::Actor;
use crate::community::activity::{Activity, Forgotten, Slot};
use crate::ids::{DeedId, MemberId};
use crate::machine::award::{AwardRequest, CLOCK_SKEW_SECONDS};
use crate::machine::merge::must_be_active;
use crate::machine::{Effects, Rejection, State, Stop};
use crate::policy::Position;

/// How late what a device kept while it was offline may arrive, in seconds.
pub const LATE_SECONDS: i64 = 24 * 3_600;
/// How much later than it was made it still counts as checked in; what comes later counts as entered afterwards.
const FRESH_SECONDS: i64 = 2 * 3_600;
/// How long after its slot an attendance is closed, in seconds: whoever stays to the end has time to check out.
pub const CLOSES_AFTER: i64 = 1_800;

/// Somebody's part in a slot of an activity, as it is now.
pub(super) struct Taking<'s> {
    state: &'s State,
    planned: &'s Planned,
    slot: Slot,
    part: Part,
    id: DeedId,
    record: Option<&'s DeedRecord>,
}

impl<'s> Taking<'s> {
    pub(super) fn of(state: &'s State, part: Part) -> Result<Self, Stop> {
        let unknown = || DeedRejection::UnknownActivity {
            activity: part.activity,
        };
        let planned = state.deeds.activity(part.activity).ok_or_else(unknown)?;
        let slot = *planned.activity.slot(part.slot).ok_or_else(unknown)?;
        must_be_active(state, part.member)?;
        let record = state.deeds.part(part);
        Ok(Self {
            state,
            planned,
            slot,
            part,
            id: record.map_or_else(|| part.deed(&planned.activity), |record| record.id),
            record,
        })
    }

    fn state_now(&self) -> Option<DeedState> {
        self.record.map(|record| record.state)
    }

    fn attendance(&self) -> Attendance {
        match self.record.map(|record| &record.body) {
            Some(DeedBody::Attendance(attendance)) => attendance.clone(),
            _ => Attendance {
                activity: self.part.activity,
                slot: self.part.slot,
                checked_in: None,
                checked_out: None,
                minutes: None,
            },
        }
    }

    fn index(&self) -> usize {
        usize::try_from(self.part.slot).unwrap_or_default()
    }

    /// The activity with one more or one fewer place taken.
    fn taking(&self, more: i64) -> Planned {
        let mut planned = self.planned.clone();
        planned.taken[self.index()] += more;
        planned
    }

    /// A place, where there is one and they have none.
    fn place(&self) -> Result<Option<Planned>, Stop> {
        if self.planned.activity.cancelled {
            return Err(DeedRejection::ActivityCancelled {
                activity: self.part.activity,
            }
            .into());
        }
        if matches!(
            self.state_now(),
            Some(DeedState::Promised | DeedState::Begun)
        ) {
            return Ok(None);
        }
        match self.slot.quota {
            Some(quota) if self.planned.taken[self.index()] >= quota => {
                Err(DeedRejection::ActivityFull {
                    activity: self.part.activity,
                    quota,
                }
                .into())
            }
            _ => Ok(Some(self.taking(1))),
        }
    }

    pub(super) fn sign_up(&self) -> Result<Effects, Stop> {
        self.must_not_be_done()?;
        if self.state.now >= self.slot.ends_at {
            return Err(DeedRejection::ActivityOver {
                ended_at: self.slot.ends_at,
            }
            .into());
        }
        let activity = self.place()?;
        if activity.is_none() {
            return Err(Rejection::AlreadyExists.into());
        }
        self.state.must_be_earning(self.slot.starts_at)?;
        let record = self.record_in(DeedState::Promised, self.attendance());
        Ok(placed(activity, stepped(record, None)))
    }

    pub(super) fn withdraw(&self) -> Result<Effects, Stop> {
        match self.state_now() {
            Some(DeedState::Promised) => {}
            Some(state) => {
                return Err(DeedRejection::DeedState {
                    deed: self.id,
                    state,
                }
                .into());
            }
            None => return Err(DeedRejection::UnknownDeed { deed: self.id }.into()),
        }
        let record = self.record_in(DeedState::Void, self.attendance());
        Ok(placed(Some(self.taking(-1)), stepped(record, None)))
    }

    pub(super) fn check_in(
        &self,
        at: Timestamp,
        proof: &Proof,
        actor: &Actor,
    ) -> Result<Effects, Stop> {
        self.must_not_be_done()?;
        if self.state_now() == Some(DeedState::Begun) {
            return Err(DeedRejection::DeedState {
                deed: self.id,
                state: DeedState::Begun,
            }
            .into());
        }
        let opens_at = self
            .slot
            .starts_at
            .plus_seconds(-self.planned.activity.opens_before);
        if at < opens_at {
            return Err(DeedRejection::ActivityNotOpen { opens_at }.into());
        }
        if at >= self.slot.ends_at {
            return Err(DeedRejection::ActivityOver {
                ended_at: self.slot.ends_at,
            }
            .into());
        }
        let by = self.shown(at, proof, actor)?;
        let activity = self.place()?;
        let attendance = Attendance {
            checked_in: Some(Mark { at, by }),
            checked_out: None,
            ..self.attendance()
        };
        let record = self.record_in(DeedState::Begun, attendance);
        Ok(placed(activity, stepped(record, None)))
    }

    pub(super) fn check_out(
        &self,
        at: Timestamp,
        proof: &Proof,
        actor: &Actor,
    ) -> Result<Effects, Stop> {
        let begun = self.begun()?;
        // Pressed by mistake, it must not cost them what they came for.
        let opens_at = begun.at.max(self.slot.starts_at).plus_seconds(60);
        if at < opens_at && begun.at < self.slot.ends_at {
            return Err(DeedRejection::ActivityNotOpen { opens_at }.into());
        }
        let by = self.shown(at, proof, actor)?;
        self.done(
            begun,
            Mark { at, by },
            actor_of(by, actor, &self.planned.activity),
        )
    }

    pub(super) fn backfill(
        &self,
        (from, until): (Timestamp, Timestamp),
        actor: &Actor,
    ) -> Result<Effects, Stop> {
        self.must_not_be_done()?;
        not_of_themselves(actor, self.part.member)?;
        let within = from < until && from >= self.slot.starts_at && until <= self.slot.ends_at;
        if !within || until > self.state.now.plus_seconds(CLOCK_SKEW_SECONDS) {
            return Err(DeedRejection::OutsideSlot {
                from: self.slot.starts_at,
                until: self.slot.ends_at,
            }
            .into());
        }
        let activity = self.place()?;
        let mark = |at| Mark {
            at,
            by: ProofKind::Backfill,
        };
        let done = self.done(mark(from), mark(until), *actor)?;
        Ok(placed(activity, done))
    }

    /// Who only promised to come did not; for who did not check out the activity's rule says when they went.
    pub(super) fn close(&self) -> Result<Effects, Stop> {
        let due = self.slot.ends_at.plus_seconds(CLOSES_AFTER);
        if self.state.now < due && !self.planned.activity.cancelled {
            return Err(DeedRejection::ActivityNotOpen { opens_at: due }.into());
        }
        if self.state_now() == Some(DeedState::Promised) {
            let record = self.record_in(DeedState::Void, self.attendance());
            return Ok(stepped(record, None));
        }
        let begun = self.begun()?;
        let began = begun.at.max(self.slot.starts_at);
        let left = self.slot.ends_at.seconds_since(began).max(0);
        let stayed = match self.planned.activity.forgotten {
            Forgotten::Nothing => 0,
            Forgotten::Half => left / 2,
            Forgotten::Whole => left,
        };
        let out = Mark {
            at: began.plus_seconds(stayed),
            by: ProofKind::Rule,
        };
        self.done(begun, out, self.planned.activity.organizer)
    }

    fn begun(&self) -> Result<Mark, Stop> {
        let checked_in = self.attendance().checked_in;
        match (self.state_now(), checked_in) {
            (Some(DeedState::Begun), Some(mark)) => Ok(mark),
            (Some(state), _) => Err(DeedRejection::DeedState {
                deed: self.id,
                state,
            }
            .into()),
            (None, _) => Err(DeedRejection::UnknownDeed { deed: self.id }.into()),
        }
    }

    fn must_not_be_done(&self) -> Result<(), Stop> {
        match self.state_now() {
            Some(state @ DeedState::Done) => Err(DeedRejection::DeedState {
                deed: self.id,
                state,
            }
            .into()),
            _ => Ok(()),
        }
    }

    /// What shows that they are there at that moment.
    fn shown(&self, at: Timestamp, proof: &Proof, actor: &Actor) -> Result<ProofKind, Stop> {
        let late = arrives_late(self.state.now, at)?;
        let by = match proof {
            Proof::Code(code) if self.planned.secret.is_code(code, at) => ProofKind::Code,
            Proof::Code(_) => return Err(Rejection::InvalidCode.into()),
            Proof::Position(position) => self.within_fence(*position)?,
            Proof::Staff => {
                not_of_themselves(actor, self.part.member)?;
                ProofKind::Staff
            }
        };
        Ok(match late {
            true => ProofKind::Backfill,
            false => by,
        })
    }

    fn within_fence(&self, position: Position) -> Result<ProofKind, Stop> {
        let fence = self.planned.activity.fence;
        let fence = fence.ok_or(DeedRejection::NoFence {
            activity: self.part.activity,
        })?;
        let metres = fence.position.metres_to(position);
        #[expect(clippy::cast_precision_loss, reason = "a few thousand metres")]
        let inside = metres <= fence.radius as f64;
        match inside {
            true => Ok(ProofKind::Fence),
            false => Err(DeedRejection::OutsideFence {
                radius: fence.radius,
            }
            .into()),
        }
    }

    /// It is done: the award is asked for with it, unless there is nothing to award.
    fn done(&self, checked_in: Mark, checked_out: Mark, by: Actor) -> Result<Effects, Stop> {
        let began_at = checked_in.at.max(self.slot.starts_at);
        let ended_at = checked_out.at.min(self.slot.ends_at).max(began_at);
        let minutes = ended_at.seconds_since(began_at) / 60;
        let attendance = Attendance {
            checked_in: Some(checked_in),
            checked_out: Some(checked_out),
            minutes: Some(minutes),
            ..self.attendance()
        };
        let member = self.part.member;
        let counted = self
            .state
            .deeds
            .counts(member, self.id, (began_at, ended_at));
        let why_not = match counted {
            _ if minutes < 1 => Some(WhyNot::TooShort),
            Some(deed) => Some(WhyNot::TimeCounted { deed }),
            None => None,
        };
        let evidence = [checked_in.by.evidence(), checked_out.by.evidence()];
        let activity = &self.planned.activity;
        let asked = AskedAward {
            deed: self.id,
            by,
            request: AwardRequest {
                member,
                deed: activity.deed(self.part.slot, began_at, minutes, &evidence),
                policy: activity.policy.clone(),
                position: activity.fence.map(|fence| fence.position),
            },
            asked_at: self.state.now,
            attempt: 1,
            answer: why_not.map(|why| Answer::Refused(Box::new(why))),
        };
        let record = DeedRecord {
            began_at,
            ended_at: Some(ended_at),
            ..self.record_in(DeedState::Done, attendance)
        };
        Ok(stepped(record, Some(asked)))
    }

    fn record_in(&self, state: DeedState, attendance: Attendance) -> DeedRecord {
        let is_open = matches!(state, DeedState::Promised | DeedState::Begun);
        DeedRecord {
            id: self.id,
            member: self.part.member,
            state,
            began_at: self.slot.starts_at,
            ended_at: None,
            due_at: is_open.then(|| self.slot.ends_at.plus_seconds(CLOSES_AFTER)),
            body: DeedBody::Attendance(attendance),
        }
    }
}

/// With the places that are taken from now on.
fn placed(activity: Option<Planned>, effects: Effects) -> Effects {
    Effects {
        deeds: DeedChange {
            activity,
            ..effects.deeds
        },
        ..effects
    }
}

/// Whether what is said of a moment arrives long after it. A moment to come, or one too long ago, is none to say anything of.
pub(super) fn arrives_late(now: Timestamp, at: Timestamp) -> Result<bool, Stop> {
    if at > now.plus_seconds(CLOCK_SKEW_SECONDS) {
        return Err(Rejection::DeedInFuture { occurred_at: at }.into());
    }
    if now.seconds_since(at) > LATE_SECONDS {
        let until = at.plus_seconds(LATE_SECONDS);
        return Err(Rejection::DeedTooLate { until }.into());
    }
    Ok(now.seconds_since(at) > FRESH_SECONDS)
}

/// Nobody says of themselves that they were there.
pub(super) fn not_of_themselves(actor: &Actor, member: MemberId) -> Result<(), Stop> {
    match actor.member == Some(member) {
        true => Err(Rejection::SelfAward.into()),
        false => Ok(()),
    }
}

/// In whose name the award is asked for: staff who say they were there, else whoever planned the activity.
const fn actor_of(by: ProofKind, actor: &Actor, activity: &Activity) -> Actor {
    match by {
        ProofKind::Staff => *actor,
        _ => activity.organizer,
    }
}
