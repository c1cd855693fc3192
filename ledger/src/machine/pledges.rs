//! Pledges (承诺践诺): made by members, and ended by them. How far one has come is counted from awards when somebody looks.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::community::pledge::Pledge;
use crate::ids::{MemberId, PledgeId};
use crate::machine::deeds::DeedRejection;
use crate::machine::effects::Rows;
use crate::machine::merge::must_be_active;
use crate::machine::{Effects, Needs, Outcome, Rejection, State, Stop};

/// A command about a pledge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PledgeCommand {
    /// Promise something.
    Make(Pledge),
    /// Promise it no more.
    End {
        /// Which.
        pledge: PledgeId,
        /// Whose.
        member: MemberId,
    },
}

/// What a batch knows of pledges.
#[derive(Clone, Debug, Default)]
pub struct Pledges {
    known: HashMap<PledgeId, Pledge>,
    /// Pledges made or ended.
    pub rows: Rows<PledgeId>,
}

impl Pledges {
    /// A pledge's row.
    pub fn load(&mut self, pledge: Pledge) {
        self.rows.stored(pledge.id);
        self.known.insert(pledge.id, pledge);
    }
    /// A pledge.
    pub fn get(&self, id: PledgeId) -> Option<&Pledge> {
        self.known.get(&id)
    }
    pub(super) fn keep(&mut self, pledge: Pledge) {
        self.rows.touch(pledge.id);
        self.known.insert(pledge.id, pledge);
    }
}

impl PledgeCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Make(_) => "pledge.make",
            Self::End { .. } => "pledge.end",
        }
    }
}

impl Needs {
    /// Adds what a command about a pledge needs.
    pub(super) fn add_pledge(&mut self, command: &PledgeCommand) {
        let (pledge, member) = match command {
            PledgeCommand::Make(pledge) => (pledge.id, pledge.member),
            PledgeCommand::End { pledge, member } => (*pledge, *member),
        };
        self.pledges.insert(pledge);
        self.owners.insert(Owner::Member(member));
    }
}

/// Decides a command about a pledge.
pub(super) fn decide(state: &State, command: &PledgeCommand) -> Result<Effects, Stop> {
    match command {
        PledgeCommand::Make(pledge) => {
            must_be_active(state, pledge.member)?;
            if state.pledges.get(pledge.id).is_some() {
                return Err(Rejection::AlreadyExists.into());
            }
            let fits = pledge.check(state.now);
            fits.map_err(|problem| DeedRejection::BadPledge { problem })?;
            let ended_at = None;
            Ok(kept(Pledge {
                ended_at,
                ..pledge.clone()
            }))
        }
        PledgeCommand::End { pledge, member } => {
            must_be_active(state, *member)?;
            let known = state.pledges.get(*pledge);
            let known =
                known.filter(|known| known.member == *member && known.over_at() > state.now);
            let known = known.ok_or(DeedRejection::UnknownPledge { pledge: *pledge })?;
            let ended_at = Some(state.now);
            Ok(kept(Pledge {
                ended_at,
                ..known.clone()
            }))
        }
    }
}

fn kept(pledge: Pledge) -> Effects {
    let subject = pledge.id.0;
    Effects {
        pledge: Some(pledge),
        ..Effects::answering(subject, Outcome::Registered { subject })
    }
}
