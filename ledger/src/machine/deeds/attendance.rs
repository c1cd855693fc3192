//! Activities, and members' parts in them: planned, signed up for, checked in to and out of, closed.
//!
//! Every command about an activity locks its row, so a slot never has more people than places. What an attendance counts is the time between
//! check-in and check-out within its slot.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{
    AskedAward, DeedBody, DeedChange, DeedRecord, DeedRejection, DeedState, Planned, WhyNot,
    asking::Answer,
};
use crate::clock::Timestamp;
use crate::community::Actor;
use crate::community::activity::{Activity, CheckInSecret, Forgotten, Slot, reference};
use crate::ids::{ActivityId, DeedId, MemberId, derived};
use crate::machine::award::{AwardRequest, CLOCK_SKEW_SECONDS, deed_id_of};
use crate::machine::merge::must_be_active;
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};
use crate::policy::Position;

/// How late what a device kept while it was offline may arrive, in seconds.
pub const LATE_SECONDS: i64 = 24 * 3_600;
/// How much later than it was made it still counts as checked in; what comes later counts as entered afterwards.
const FRESH_SECONDS: i64 = 2 * 3_600;
/// How long after its slot an attendance is closed, in seconds: whoever stays to the end has time to check out.
pub const CLOSES_AFTER: i64 = 1_800;

/// A command about an activity.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityCommand {
    /// Plan one. Who plans it is its organizer.
    Plan {
        /// As planned.
        activity: Activity,
        /// For the codes on the organizer's screen.
        #[serde(skip)]
        secret: CheckInSecret,
    },
    /// Hold it otherwise than planned, as long as nobody has checked in.
    Change(Activity),
    /// It does not take place.
    Cancel {
        /// Which.
        activity: ActivityId,
    },
    /// Take a place.
    SignUp(Part),
    /// Give it back before the slot begins.
    Withdraw(Part),
    /// Be there.
    CheckIn {
        /// Who, where.
        part: Part,
        /// When, by the device; it may arrive late.
        at: Timestamp,
        /// How that is shown.
        proof: Proof,
    },
    /// Go.
    CheckOut {
        /// Who, where.
        part: Part,
        /// When, by the device.
        at: Timestamp,
        /// How that is shown.
        proof: Proof,
    },
    /// Staff say afterwards that somebody was there.
    Backfill {
        /// Who, where.
        part: Part,
        /// From when.
        from: Timestamp,
        /// Until when.
        until: Timestamp,
    },
}

/// Somebody's part in an activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Part {
    /// Which activity.
    pub activity: ActivityId,
    /// Which slot of it, counted from 0.
    pub slot: u32,
    /// Whose.
    pub member: MemberId,
}

/// How it is shown that somebody is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// The code on the organizer's screen.
    Code(String),
    /// Where the device says it is. Looked at and not kept.
    Position(Position),
    /// Staff say so.
    Staff,
}

/// What showed it, as it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProofKind {
    /// The code on the organizer's screen.
    Code,
    /// Being within the fence.
    Fence,
    /// Staff, there and then.
    Staff,
    /// Staff, afterwards; or a device, long afterwards.
    Backfill,
    /// The activity's rule for those who never checked out.
    Rule,
}

impl ProofKind {
    /// The class of evidence it makes.
    pub const fn evidence(self) -> &'static str {
        match self {
            Self::Code | Self::Fence => "check_in",
            Self::Staff => "sign_off",
            Self::Backfill => "backfill",
            Self::Rule => "system",
        }
    }
}

/// A check-in or check-out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// When.
    pub at: Timestamp,
    /// What showed it.
    pub by: ProofKind,
}

/// Somebody's part in an activity, as far as it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attendance {
    /// Which activity.
    pub activity: ActivityId,
    /// Which slot.
    pub slot: u32,
    /// When and how they checked in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_in: Option<Mark>,
    /// When and how they checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checked_out: Option<Mark>,
    /// What counts of it, in minutes, once it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
}

impl ActivityCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Plan { .. } => "activity.plan",
            Self::Change(_) => "activity.change",
            Self::Cancel { .. } => "activity.cancel",
            Self::SignUp(_) => "activity.sign_up",
            Self::Withdraw(_) => "activity.withdraw",
            Self::CheckIn { .. } => "activity.check_in",
            Self::CheckOut { .. } => "activity.check_out",
            Self::Backfill { .. } => "activity.backfill",
        }
    }

    /// Which activity.
    pub const fn activity(&self) -> ActivityId {
        match self {
            Self::Plan { activity, .. } | Self::Change(activity) => activity.id,
            Self::Cancel { activity } => *activity,
            Self::SignUp(part) | Self::Withdraw(part) => part.activity,
            Self::CheckIn { part, .. }
            | Self::CheckOut { part, .. }
            | Self::Backfill { part, .. } => part.activity,
        }
    }

    /// Whose part.
    pub const fn part(&self) -> Option<Part> {
        match self {
            Self::Plan { .. } | Self::Change(_) | Self::Cancel { .. } => None,
            Self::SignUp(part) | Self::Withdraw(part) => Some(*part),
            Self::CheckIn { part, .. }
            | Self::CheckOut { part, .. }
            | Self::Backfill { part, .. } => Some(*part),
        }
    }

    /// The code that is tried.
    pub const fn tries_code(&self) -> bool {
        matches!(
            self,
            Self::CheckIn {
                proof: Proof::Code(_),
                ..
            } | Self::CheckOut {
                proof: Proof::Code(_),
                ..
            }
        )
    }

    /// What makes two under one key the same. Codes and places are left out: they are few enough to try each; and the moment, which may be
    /// that of asking.
    pub fn fingerprint(&self) -> Uuid {
        let body = match self {
            Self::CheckIn { part, .. } | Self::CheckOut { part, .. } => serde_json::to_vec(part),
            other => serde_json::to_vec(other),
        };
        derived(&[self.operation().as_bytes(), &body.unwrap_or_default()])
    }
}

impl Part {
    /// The deed that comes of it.
    pub fn deed(&self, activity: &Activity) -> DeedId {
        deed_id_of(
            self.member,
            activity.form.deed_kind(),
            &reference(self.activity, self.slot),
        )
    }
}

/// Decides a command about an activity.
pub(in crate::machine) fn decide(
    state: &State,
    command: &ActivityCommand,
    context: &Context,
) -> Result<Effects, Stop> {
    match command {
        ActivityCommand::Plan { activity, secret } => plan(state, activity, secret, context),
        ActivityCommand::Change(activity) => change(state, activity),
        ActivityCommand::Cancel { activity } => cancel(state, *activity),
        ActivityCommand::SignUp(part) => Taking::of(state, *part)?.sign_up(),
        ActivityCommand::Withdraw(part) => Taking::of(state, *part)?.withdraw(),
        ActivityCommand::CheckIn { part, at, proof } => {
            Taking::of(state, *part)?.check_in(*at, proof, &context.actor)
        }
        ActivityCommand::CheckOut { part, at, proof } => {
            Taking::of(state, *part)?.check_out(*at, proof, &context.actor)
        }
        ActivityCommand::Backfill { part, from, until } => {
            Taking::of(state, *part)?.backfill((*from, *until), &context.actor)
        }
    }
}

/// The slot is over: by the activity's rule for who never checked out.
pub(super) fn close(state: &State, part: Part) -> Result<Effects, Stop> {
    Taking::of(state, part)?.close()
}

fn plan(
    state: &State,
    activity: &Activity,
    secret: &CheckInSecret,
    context: &Context,
) -> Result<Effects, Stop> {
    if state.deeds.activity(activity.id).is_some() {
        return Err(Rejection::AlreadyExists.into());
    }
    activity
        .check()
        .map_err(|problem| DeedRejection::BadPlan { problem })?;
    state.must_be_earning(state.now)?;
    Ok(planned(Planned {
        taken: vec![0; activity.slots.len()],
        activity: Activity {
            organizer: context.actor,
            cancelled: false,
            ..activity.clone()
        },
        secret: secret.clone(),
    }))
}

/// Of an activity for which nobody has a place anything may change; else slots may be added and quotas may grow, and its times stay.
fn change(state: &State, activity: &Activity) -> Result<Effects, Stop> {
    let known = held(state, activity.id)?;
    activity
        .check()
        .map_err(|problem| DeedRejection::BadPlan { problem })?;
    let mut taken = known.taken.clone();
    if taken.iter().any(|taken| *taken > 0) {
        let kept = |(index, slot): (usize, &Slot)| {
            activity.slots.get(index).is_some_and(|new| {
                (new.starts_at, new.ends_at) == (slot.starts_at, slot.ends_at)
                    && new.quota.is_none_or(|most| most >= known.taken[index])
            })
        };
        let same_deed =
            activity.form == known.activity.form && activity.facts == known.activity.facts;
        if !same_deed || !known.activity.slots.iter().enumerate().all(kept) {
            return Err(DeedRejection::ActivityTaken {
                activity: activity.id,
            }
            .into());
        }
    }
    taken.resize(activity.slots.len(), 0);
    Ok(planned(Planned {
        activity: Activity {
            organizer: known.activity.organizer,
            cancelled: false,
            ..activity.clone()
        },
        taken,
        secret: known.secret.clone(),
    }))
}

/// Those who have a place find out when they look; those who are there already are closed by the rule.
fn cancel(state: &State, id: ActivityId) -> Result<Effects, Stop> {
    let known = held(state, id)?;
    let mut known = known.clone();
    known.activity.cancelled = true;
    Ok(planned(known))
}

fn planned(planned: Planned) -> Effects {
    let subject = planned.activity.id.0;
    Effects {
        deeds: DeedChange {
            activity: Some(planned),
            ..DeedChange::default()
        },
        ..Effects::answering(subject, Outcome::Registered { subject })
    }
}

/// An activity that takes place.
fn held(state: &State, id: ActivityId) -> Result<&Planned, Stop> {
    let known = state
        .deeds
        .activity(id)
        .ok_or(DeedRejection::UnknownActivity { activity: id })?;
    match known.activity.cancelled {
        true => Err(DeedRejection::ActivityCancelled { activity: id }.into()),
        false => Ok(known),
    }
}

/// Somebody's part in a slot of an activity, as it is now.
struct Taking<'s> {
    state: &'s State,
    planned: &'s Planned,
    slot: Slot,
    part: Part,
    id: DeedId,
    record: Option<&'s DeedRecord>,
}

impl<'s> Taking<'s> {
    fn of(state: &'s State, part: Part) -> Result<Self, Stop> {
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
            None => Attendance {
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

    fn sign_up(&self) -> Result<Effects, Stop> {
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
        Ok(self.effects(
            activity,
            self.record_in(DeedState::Promised, self.attendance()),
            None,
        ))
    }

    fn withdraw(&self) -> Result<Effects, Stop> {
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
        Ok(self.effects(Some(self.taking(-1)), record, None))
    }

    fn check_in(&self, at: Timestamp, proof: &Proof, actor: &Actor) -> Result<Effects, Stop> {
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
        Ok(self.effects(activity, self.record_in(DeedState::Begun, attendance), None))
    }

    fn check_out(&self, at: Timestamp, proof: &Proof, actor: &Actor) -> Result<Effects, Stop> {
        let begun = self.begun()?;
        if at < begun.at {
            return Err(DeedRejection::ActivityNotOpen { opens_at: begun.at }.into());
        }
        let by = self.shown(at, proof, actor)?;
        self.done(
            begun,
            Mark { at, by },
            actor_of(by, actor, &self.planned.activity),
        )
    }

    fn backfill(
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
        let effects = self.done(mark(from), mark(until), *actor)?;
        Ok(Effects {
            deeds: DeedChange {
                activity,
                ..effects.deeds
            },
            ..effects
        })
    }

    /// Who only promised to come did not; for who did not check out the activity's rule says when they went.
    fn close(&self) -> Result<Effects, Stop> {
        let due = self.slot.ends_at.plus_seconds(CLOSES_AFTER);
        if self.state.now < due && !self.planned.activity.cancelled {
            return Err(DeedRejection::ActivityNotOpen { opens_at: due }.into());
        }
        if self.state_now() == Some(DeedState::Promised) {
            let record = self.record_in(DeedState::Void, self.attendance());
            return Ok(self.effects(None, record, None));
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
        let now = self.state.now;
        if at > now.plus_seconds(CLOCK_SKEW_SECONDS) {
            return Err(Rejection::DeedInFuture { occurred_at: at }.into());
        }
        if now.seconds_since(at) > LATE_SECONDS {
            let until = at.plus_seconds(LATE_SECONDS);
            return Err(Rejection::DeedTooLate { until }.into());
        }
        let by = match proof {
            Proof::Code(code) if self.planned.secret.is_code(code, at) => ProofKind::Code,
            Proof::Code(_) => return Err(Rejection::InvalidCode.into()),
            Proof::Position(position) => self.within_fence(*position)?,
            Proof::Staff => {
                not_of_themselves(actor, self.part.member)?;
                ProofKind::Staff
            }
        };
        Ok(match now.seconds_since(at) > FRESH_SECONDS {
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
        Ok(self.effects(None, record, Some(asked)))
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

    fn effects(
        &self,
        activity: Option<Planned>,
        record: DeedRecord,
        asked: Option<AskedAward>,
    ) -> Effects {
        let outcome = Outcome::Deed {
            deed: self.id,
            member: self.part.member,
            state: record.state,
            asks: asked.as_ref().is_some_and(|asked| asked.answer.is_none()),
        };
        Effects {
            deeds: DeedChange {
                activity,
                record: Some(record),
                asked,
            },
            ..Effects::answering(self.id.0, outcome)
        }
    }
}

/// Nobody says of themselves that they were there.
fn not_of_themselves(actor: &Actor, member: MemberId) -> Result<(), Stop> {
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
