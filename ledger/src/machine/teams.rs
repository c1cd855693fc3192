//! Teams (志愿服务队): formed, renamed, joined and left. What a team has done is counted from the awards of deeds that name it.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::order::is_code;
use crate::community::team::{TEAM_KINDS, Team};
use crate::ids::{MemberId, derived};
use crate::machine::deeds::DeedRejection;
use crate::machine::merge::must_be_active;
use crate::machine::{Effects, Needs, Outcome, Rejection, State, Stop};

/// A command about a team.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamCommand {
    /// There is one from now on.
    Form(Team),
    /// It is called otherwise, or somebody else sees to it.
    Rename(Team),
    /// Somebody belongs to it from now on.
    Join {
        /// To which.
        team: String,
        /// Who.
        member: MemberId,
    },
    /// Somebody belongs to it no more.
    Leave {
        /// To which.
        team: String,
        /// Who.
        member: MemberId,
    },
}

/// What a command does to teams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TeamChange {
    /// A team formed.
    Form(Team),
    /// A team that was there, as it is from now on.
    Rename(Team),
    /// Somebody belongs to one from a moment on.
    Join(String, MemberId, Timestamp),
    /// Somebody who belonged to one since a moment leaves it at another.
    Leave(String, MemberId, [Timestamp; 2]),
}

/// What a batch knows of teams.
#[derive(Clone, Debug, Default)]
pub struct Teams {
    known: HashMap<String, Team>,
    belongs: HashMap<(MemberId, String), Timestamp>,
    /// What is to be saved, in order.
    pub changes: Vec<TeamChange>,
}

/// What to lock and read of teams.
#[derive(Clone, Debug, Default)]
pub struct TeamNeeds {
    /// Teams to lock and read.
    pub teams: BTreeSet<String>,
    /// Members, to read which teams they belong to.
    pub members: BTreeSet<MemberId>,
}

impl Teams {
    /// A team's row.
    pub fn load(&mut self, team: Team) {
        self.known.insert(team.code.clone(), team);
    }
    /// That somebody belongs to a team, and since when.
    pub fn load_belonging(&mut self, member: MemberId, team: String, from: Timestamp) {
        self.belongs.insert((member, team), from);
    }

    /// Whether somebody belongs to a team now.
    pub fn belongs(&self, member: MemberId, team: &str) -> bool {
        self.belongs.contains_key(&(member, team.to_owned()))
    }

    pub(super) fn keep(&mut self, change: TeamChange) {
        match &change {
            TeamChange::Form(team) | TeamChange::Rename(team) => self.load(team.clone()),
            TeamChange::Join(team, member, from) => {
                self.load_belonging(*member, team.clone(), *from);
            }
            TeamChange::Leave(team, member, _) => {
                self.belongs.remove(&(*member, team.clone()));
            }
        }
        self.changes.push(change);
    }
}

impl TeamCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Form(_) => "team.form",
            Self::Rename(_) => "team.rename",
            Self::Join { .. } => "team.join",
            Self::Leave { .. } => "team.leave",
        }
    }
}

impl Needs {
    /// Adds what a command about a team needs.
    pub(super) fn add_team(&mut self, command: &TeamCommand) {
        match command {
            TeamCommand::Form(team) | TeamCommand::Rename(team) => {
                self.teams.teams.insert(team.code.clone());
            }
            TeamCommand::Join { team, member } | TeamCommand::Leave { team, member } => {
                self.teams.teams.insert(team.clone());
                self.teams.members.insert(*member);
                self.owners.insert(Owner::Member(*member));
            }
        }
    }
}

/// Decides a command about a team.
pub(super) fn decide(state: &State, command: &TeamCommand) -> Result<Effects, Stop> {
    let change = match command {
        TeamCommand::Form(team) if state.teams.known.contains_key(&team.code) => {
            return Err(Rejection::AlreadyExists.into());
        }
        TeamCommand::Form(team) => TeamChange::Form(fitting(team)?),
        TeamCommand::Rename(team) => {
            must_be_known(state, &team.code)?;
            TeamChange::Rename(fitting(team)?)
        }
        TeamCommand::Join { team, member } => {
            must_be_known(state, team)?;
            must_be_active(state, *member)?;
            if state.teams.belongs(*member, team) {
                return Err(Rejection::AlreadyExists.into());
            }
            TeamChange::Join(team.clone(), *member, state.now)
        }
        TeamCommand::Leave { team, member } => {
            must_be_known(state, team)?;
            state.require(Owner::Member(*member))?;
            let since = state.teams.belongs.get(&(*member, team.clone()));
            let since = since.ok_or_else(|| none(team))?;
            TeamChange::Leave(team.clone(), *member, [*since, state.now])
        }
    };
    let subject = match &change {
        TeamChange::Form(team) | TeamChange::Rename(team) => {
            derived(&[b"team", state.program.0.as_bytes(), team.code.as_bytes()])
        }
        TeamChange::Join(_, member, _) | TeamChange::Leave(_, member, _) => member.0,
    };
    Ok(Effects {
        team: Some(change),
        ..Effects::answering(subject, Outcome::Registered { subject })
    })
}

fn none(team: &str) -> DeedRejection {
    let team = team.chars().take(64).collect();
    DeedRejection::NotInTeam { team }
}

fn must_be_known(state: &State, team: &str) -> Result<(), Stop> {
    match state.teams.known.contains_key(team) {
        true => Ok(()),
        false => Err(none(team).into()),
    }
}

fn fitting(team: &Team) -> Result<Team, Stop> {
    let bad = |fact: &str, expected: String| DeedRejection::BadFact {
        fact: fact.to_owned(),
        expected,
    };
    if !is_code(&team.code) {
        let expected = "a code of at most 64 letters, digits and -_.:/".to_owned();
        return Err(bad("team", expected).into());
    }
    match TEAM_KINDS.contains(&team.kind.as_str()) {
        true => Ok(team.clone()),
        false => Err(bad("kind", TEAM_KINDS.join(", ")).into()),
    }
}
