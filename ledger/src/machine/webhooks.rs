//! Endpoints that are told of events: put on record, changed, ended, told again.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::webhook::{Again, Endpoint, EndpointState, SecretNumber};
use crate::ids::{EndpointId, ProgramId};
use crate::machine::effects::Rows;
use crate::machine::{Effects, Needs, Outcome, Rejection, State, Stop};

/// A command about an endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WebhookCommand {
    /// It is told from now on.
    Register(Endpoint),
    /// It is called otherwise, is elsewhere, is told of something else, pauses or goes on.
    Change(Endpoint),
    /// Another secret signs; the one before signs as well for so many seconds.
    Rotate {
        /// Whose.
        endpoint: EndpointId,
        /// For how long.
        overlap_seconds: i64,
    },
    /// It is told nothing any more.
    End {
        /// Which.
        endpoint: EndpointId,
    },
    /// What it was told, or was not, is sent again.
    Repeat {
        /// To which.
        endpoint: EndpointId,
        /// What.
        again: Again,
    },
}

/// What a batch knows of endpoints.
#[derive(Clone, Debug, Default)]
pub struct Webhooks {
    known: HashMap<EndpointId, Endpoint>,
    /// Endpoints made or changed.
    pub rows: Rows<EndpointId>,
    /// What is sent again, and from when on.
    pub repeats: Vec<(EndpointId, Again, Timestamp)>,
    /// Whether anybody is told of anything, so that this batch's events are noted for them.
    pub watched: bool,
}

/// What a command does to endpoints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WebhookChange {
    /// It is so from now on.
    Keep(Endpoint),
    /// This is sent again, from a moment on.
    Repeat(EndpointId, Again, Timestamp),
}

impl Webhooks {
    /// An endpoint's row.
    pub fn load(&mut self, endpoint: Endpoint) {
        self.rows.stored(endpoint.id);
        self.known.insert(endpoint.id, endpoint);
    }
    /// An endpoint.
    pub fn get(&self, id: EndpointId) -> Option<&Endpoint> {
        self.known.get(&id)
    }
    pub(super) fn keep(&mut self, change: WebhookChange) {
        match change {
            WebhookChange::Keep(endpoint) => {
                self.rows.touch(endpoint.id);
                self.known.insert(endpoint.id, endpoint);
            }
            WebhookChange::Repeat(endpoint, again, at) => self.repeats.push((endpoint, again, at)),
        }
    }
}

impl WebhookCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Register(_) => "webhook.register",
            Self::Change(_) => "webhook.change",
            Self::Rotate { .. } => "webhook.rotate",
            Self::End { .. } => "webhook.end",
            Self::Repeat { .. } => "webhook.repeat",
        }
    }

    const fn endpoint(&self) -> EndpointId {
        match self {
            Self::Register(endpoint) | Self::Change(endpoint) => endpoint.id,
            Self::Rotate { endpoint, .. }
            | Self::End { endpoint }
            | Self::Repeat { endpoint, .. } => *endpoint,
        }
    }
}

impl Needs {
    /// Adds what a command about an endpoint needs.
    pub(super) fn add_webhook(&mut self, program: ProgramId, command: &WebhookCommand) {
        self.owners.insert(Owner::Program(program));
        self.endpoints.insert(command.endpoint());
    }
}

/// Decides a command about an endpoint.
pub(super) fn decide(state: &State, command: &WebhookCommand) -> Result<Effects, Stop> {
    state.require(Owner::Program(state.program))?;
    let id = command.endpoint();
    let known = || {
        let known = state.webhooks.get(id).ok_or(Rejection::UnknownReference)?;
        match known.state {
            EndpointState::Ended => Err(Rejection::UnknownReference),
            EndpointState::Active | EndpointState::Paused => Ok(known),
        }
    };
    let change = match command {
        WebhookCommand::Register(_) if state.webhooks.get(id).is_some() => {
            return Err(Rejection::AlreadyExists.into());
        }
        WebhookCommand::Register(endpoint) => WebhookChange::Keep(endpoint.clone()),
        // Whose events it is told of, and what signs, is not changed in passing.
        WebhookCommand::Change(endpoint) => {
            let Endpoint { store, secret, .. } = *known()?;
            WebhookChange::Keep(Endpoint {
                store,
                secret,
                ..endpoint.clone()
            })
        }
        WebhookCommand::Rotate {
            overlap_seconds, ..
        } => {
            let known = known()?;
            let secret = SecretNumber {
                newest: known.secret.newest + 1,
                before_until: Some(state.now.plus_seconds(*overlap_seconds)),
            };
            WebhookChange::Keep(Endpoint {
                secret,
                ..known.clone()
            })
        }
        WebhookCommand::End { .. } => WebhookChange::Keep(Endpoint {
            state: EndpointState::Ended,
            ..known()?.clone()
        }),
        WebhookCommand::Repeat { again, .. } => {
            known()?;
            WebhookChange::Repeat(id, *again, state.now)
        }
    };
    let subject = id.0;
    Ok(Effects {
        webhook: Some(change),
        ..Effects::answering(subject, Outcome::Registered { subject })
    })
}
