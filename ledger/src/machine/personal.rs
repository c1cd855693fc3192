//! What is held about people: kept, looked at, erased. Everything arrives sealed; a decision sees ids, versions and keyed hashes.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::community::personal::{Lookup, LookupKind, Purpose, Sealed};
use crate::community::{Member, Registration};
use crate::ids::{AwardId, MemberId, SessionId};
use crate::machine::duplicates::LATE_SECONDS;
use crate::machine::joining::Joining;
use crate::machine::log_in::LogInChange;
use crate::machine::merge::must_be_active;
use crate::machine::{AwardState, Context, Effects, Outcome, Rejection, State, Stop};

/// For how long, in seconds, what an erased member was found by leads to nobody new: until no deed of theirs could be reported anew by
/// somebody who enrols again: the longest window that a policy can have for duplicates (366 days), and how late a report may come. While
/// something is owed it lasts longer.
pub const SUPPRESSED_SECONDS: i64 = 366 * 86_400 + LATE_SECONDS;

/// A sealed row to be made or replaced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keeping {
    /// Whose.
    pub member: MemberId,
    /// The member to be enrolled with it, their name masked.
    pub enrols: Option<Member>,
    /// The row.
    pub sealed: Sealed,
    /// The version it replaces; 0 where there is none.
    pub replaces: i64,
    /// The masked name that lists are to show from now on, if another.
    pub shown: Option<String>,
    /// What they are found by from now on as well.
    pub found_by: Vec<Lookup>,
    /// What they are found by no more.
    pub not_by: Vec<Lookup>,
    /// Who is probably the same person, for somebody to decide.
    pub doubles: Vec<MemberId>,
    /// Whose asking to be enrolled this confirms.
    pub joining: Option<MemberId>,
    /// Which of their sessions goes on where a phone leads to nobody any more: whoever has that phone may be in all others. No device goes on.
    pub session: Option<SessionId>,
}

impl Keeping {
    /// Whether a phone that led to them leads to nobody any more.
    pub(super) fn takes_a_phone(&self) -> bool {
        self.not_by.iter().any(|by| by.kind == LookupKind::Phone)
    }
}

/// A change of what is held about people, to be saved.
#[derive(Clone, Debug)]
pub enum PersonalChange {
    /// A row made or replaced.
    Keep(Box<Keeping>),
    /// A data key destroyed.
    Erase {
        /// Whose.
        member: MemberId,
        /// Until when what they were found by leads to nobody.
        suppressed_until: Timestamp,
    },
    /// Somebody asks to be enrolled.
    Ask(Box<Joining>),
    /// Nothing comes of it.
    Refuse {
        /// Who asked.
        member: MemberId,
    },
    /// Two are two people.
    Distinguish {
        /// The one.
        member: MemberId,
        /// The other.
        other: MemberId,
    },
}

/// What a batch knows of the rows it locked.
#[derive(Clone, Debug, Default)]
pub struct Held {
    versions: HashMap<MemberId, i64>,
    erased: HashSet<MemberId>,
    objected: HashMap<MemberId, Vec<AwardId>>,
    asking: HashSet<MemberId>,
}

impl Held {
    /// A row's version, and whether its key was destroyed.
    pub fn load(&mut self, member: MemberId, version: i64, erased: bool) {
        self.versions.insert(member, version);
        if erased {
            self.erased.insert(member);
        }
    }

    /// An award of a member to be erased that somebody objects to.
    pub fn load_objected(&mut self, member: MemberId, award: AwardId) {
        self.objected.entry(member).or_default().push(award);
    }

    /// Somebody who asks to be enrolled.
    pub fn load_asking(&mut self, member: MemberId) {
        self.asking.insert(member);
    }

    /// Whether somebody asks to be enrolled.
    pub fn asks(&self, member: MemberId) -> bool {
        self.asking.contains(&member)
    }

    /// Whether there is a row of this member.
    pub fn is_kept(&self, member: MemberId) -> bool {
        self.versions.contains_key(&member)
    }

    /// What a change makes true for the rest of the batch.
    pub fn keep(&mut self, change: &PersonalChange) {
        match change {
            PersonalChange::Keep(keeping) => {
                self.asking
                    .retain(|asking| keeping.joining != Some(*asking));
                self.versions.insert(keeping.member, keeping.replaces + 1);
            }
            PersonalChange::Ask(joining) => {
                self.asking.insert(joining.member);
                self.versions.insert(joining.member, 1);
            }
            PersonalChange::Refuse { member } => {
                self.asking.remove(member);
                self.versions.remove(member);
            }
            PersonalChange::Erase { member, .. } => {
                self.erased.insert(*member);
            }
            PersonalChange::Distinguish { .. } => {}
        }
    }
}

pub(super) fn must_not_be_erased(state: &State, member: MemberId) -> Result<(), Stop> {
    match state.personal.erased.contains(&member) {
        true => Err(Rejection::MemberErased { member }.into()),
        false => Ok(()),
    }
}

/// Keeps a sealed row. One that was sealed over another version than is on record is sealed anew.
pub(super) fn keep(state: &State, keeping: &Keeping, context: &Context) -> Result<Effects, Stop> {
    let Keeping {
        member, replaces, ..
    } = *keeping;
    let owner = Owner::Member(member);
    match &keeping.enrols {
        Some(record) if record.id != member => {
            return Err(Stop::Fault(format!("{member} is enrolled as another")));
        }
        Some(_) if state.is_registered(owner)? => return Err(Rejection::AlreadyExists.into()),
        Some(_) => {}
        None => must_be_active(state, member)?,
    }
    must_not_be_erased(state, member)?;
    if let Some(asking) = keeping.joining
        && !state.personal.asks(asking)
    {
        return Err(Rejection::UnknownMember { member: asking }.into());
    }
    if state.personal.versions.get(&member).copied().unwrap_or(0) != replaces {
        return Err(Stop::Reprice);
    }
    let enrols = keeping.enrols.clone();
    let outcome = Outcome::PersonalKept {
        member,
        enrolled: enrols.is_some(),
        doubles: keeping.doubles.len() as u64,
    };
    let lost = keeping.takes_a_phone();
    let ends = lost.then_some(LogInChange::End {
        member,
        but: keeping.session,
        by: context.actor.id,
        at: context.now,
    });
    let devices = lost.then(|| state.paying.ending(member, context.now));
    Ok(Effects {
        log_in: ends,
        paying: devices.flatten(),
        opens: enrols.is_some().then_some(owner),
        registrations: enrols.map(Registration::Member).into_iter().collect(),
        personal: Some(PersonalChange::Keep(Box::new(keeping.clone()))),
        ..Effects::answering(member.0, outcome)
    })
}

/// Keeps a row whose data key is under another master key. Of a member merged into another too: they have a row of their own; so does who asks
/// to be enrolled, and is no member.
pub(super) fn rewrap(
    state: &State,
    member: MemberId,
    sealed: &Sealed,
    replaces: i64,
) -> Result<Effects, Stop> {
    must_not_be_erased(state, member)?;
    if state.personal.versions.get(&member) != Some(&replaces) {
        return Err(Stop::Reprice);
    }
    let keeping = Keeping {
        member,
        enrols: None,
        sealed: sealed.clone(),
        replaces,
        shown: None,
        found_by: Vec::new(),
        not_by: Vec::new(),
        doubles: Vec::new(),
        joining: None,
        session: None,
    };
    let outcome = Outcome::PersonalKept {
        member,
        enrolled: false,
        doubles: 0,
    };
    Ok(Effects {
        personal: Some(PersonalChange::Keep(Box::new(keeping))),
        ..Effects::answering(member.0, outcome)
    })
}

/// Notes that somebody looked, and why.
pub(super) fn reveal(
    state: &State,
    member: MemberId,
    purpose: Purpose,
    context: &Context,
) -> Result<Effects, Stop> {
    // Who asks to be enrolled is no member yet.
    if !state.is_registered(Owner::Member(member))? && !state.personal.is_kept(member) {
        return Err(Rejection::UnknownMember { member }.into());
    }
    must_not_be_erased(state, member)?;
    let outcome = Outcome::PersonalRevealed {
        member,
        purpose,
        by: context.actor.id,
    };
    Ok(Effects::answering(member.0, outcome))
}

/// Notes that a signed service record of a member's was issued: what was signed is told by its digest alone.
pub(super) fn issue(state: &State, member: MemberId, digest: &str) -> Result<Effects, Stop> {
    if !state.is_registered(Owner::Member(member))? {
        return Err(Rejection::UnknownMember { member }.into());
    }
    must_be_active(state, member)?;
    must_not_be_erased(state, member)?;
    let outcome = Outcome::RecordIssued {
        member,
        digest: digest.to_owned(),
    };
    Ok(Effects::answering(member.0, outcome))
}

/// Destroys a member's data key, once nothing is under way that has to be settled with them.
///
/// From then on nothing is awarded to them and nothing paid with their points. What was awarded and has not vested falls when its time comes;
/// what is in the wallet stays and expires as its policies say, as if they had gone away and never come back: an erasure moves no points, so
/// nothing can be gained or lost by asking for one.
pub(super) fn erase(state: &State, member: MemberId, context: &Context) -> Result<Effects, Stop> {
    must_be_active(state, member)?;
    must_not_be_erased(state, member)?;
    let held = state.balance(Account::hold(member), Owner::Member(member))?;
    let objected = state.personal.objected.get(&member);
    let mut objected = objected.into_iter().flatten().copied();
    let frozen = |award: &AwardId| match state.award(*award) {
        Some(award) => award.state == AwardState::Frozen,
        None => true,
    };
    let award = objected.find(frozen).or_else(|| state.frozen_award(member));
    if held.is_positive() || award.is_some() {
        return Err(Rejection::ErasureBlocked {
            member,
            held,
            award,
        }
        .into());
    }
    let balance = |account| state.balance(account, Owner::Member(member));
    let (points, pending) = (
        balance(Account::wallet(member))?,
        balance(Account::pending(member))?,
    );
    let suppressed_until = context.now.plus_seconds(SUPPRESSED_SECONDS);
    Ok(Effects {
        personal: Some(PersonalChange::Erase {
            member,
            suppressed_until,
        }),
        ..Effects::answering(
            member.0,
            Outcome::PersonalErased {
                member,
                suppressed_until,
                points,
                pending,
            },
        )
    })
}

/// A person decided that two who looked like one are two.
pub(super) fn distinguish(
    state: &State,
    member: MemberId,
    other: MemberId,
) -> Result<Effects, Stop> {
    must_be_active(state, member)?;
    must_be_active(state, other)?;
    Ok(Effects {
        personal: Some(PersonalChange::Distinguish { member, other }),
        ..Effects::answering(member.0, Outcome::Registered { subject: member.0 })
    })
}
