//! Who asks to be enrolled with a station's code (报到码): kept, sealed, until staff confirm or refuse it or its time is over.
//!
//! Whoever asks has proved nothing yet, so they are no member and are found by nothing: an asking never tells whether a phone is a member's.
//! Confirming is an enrolment like any other ([`super::personal::keep`]), which takes the asking away in the same step.

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::personal::Sealed;
use crate::ids::{MemberId, OrganizationId};
use crate::machine::personal::PersonalChange;
use crate::machine::{Effects, Outcome, Rejection, State, Stop};

/// For how long, in seconds, somebody's asking waits for a decision: 7 days.
pub const JOINING_SECONDS: i64 = 7 * 86_400;

/// Somebody who asks to be enrolled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// Who they will be, unless they are a member already.
    pub member: MemberId,
    /// Which organization they ask.
    pub organization: OrganizationId,
    /// The masked name, for lists.
    pub name: String,
    /// What they said.
    pub sealed: Sealed,
    /// When a one-time code proved that the phone is theirs; `None` leaves it to whoever confirms.
    pub proved_at: Option<Timestamp>,
}

/// Keeps what somebody said. It can be asked for once under an id.
pub(super) fn ask(state: &State, joining: &Joining) -> Result<Effects, Stop> {
    let member = joining.member;
    if state.is_registered(Owner::Member(member))? || state.personal.is_kept(member) {
        return Err(Rejection::AlreadyExists.into());
    }
    Ok(Effects {
        personal: Some(PersonalChange::Ask(Box::new(joining.clone()))),
        ..Effects::answering(member.0, Outcome::Registered { subject: member.0 })
    })
}

/// Deletes what somebody said.
pub(super) fn refuse(state: &State, member: MemberId) -> Result<Effects, Stop> {
    if !state.personal.asks(member) {
        return Err(Rejection::UnknownMember { member }.into());
    }
    Ok(Effects {
        personal: Some(PersonalChange::Refuse { member }),
        ..Effects::answering(member.0, Outcome::Registered { subject: member.0 })
    })
}
