//! Activities, and members' parts in them: planned, signed up for, checked in to and out of, closed.
//!
//! Every command about an activity locks its row, so a slot never has more people than places. What an attendance counts is the time between
//! check-in and check-out within its slot.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::part::Taking;
use super::planning;
use crate::clock::Timestamp;
use crate::community::activity::{Activity, CheckInSecret, reference};
use crate::ids::{ActivityId, DeedId, MemberId, derived};
use crate::machine::award::deed_id_of;
use crate::machine::{Context, Effects, State, Stop};
use crate::policy::Position;

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

impl Attendance {
    /// Whose part it is, where that is known.
    pub const fn part(&self, member: MemberId) -> Part {
        Part {
            activity: self.activity,
            slot: self.slot,
            member,
        }
    }
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
        ActivityCommand::Plan { activity, secret } => {
            planning::plan(state, activity, secret, context)
        }
        ActivityCommand::Change(activity) => planning::change(state, activity),
        ActivityCommand::Cancel { activity } => planning::cancel(state, *activity),
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
