//! From where a command comes and by what, for whoever asks later. Nothing is decided by it.

use core::net::IpAddr;

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::ids::{ActorId, ApiKeyId, OriginId, SessionId};

use super::Role;

/// By what somebody gave a command.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Via {
    /// An API key.
    Key(ApiKeyId),
    /// A session of somebody who logged in.
    Session(SessionId),
    /// The door: somebody who logs in, or follows an invitation.
    Door,
    /// A process at the server's console.
    #[default]
    Console,
    /// A job of the server's.
    Job(&'static str),
}

impl Via {
    /// As it is written down: `key`, `session`, `login`, `cli`, or `job` and the job's name.
    pub fn name(self) -> String {
        match self {
            Self::Key(_) => "key".to_owned(),
            Self::Session(_) => "session".to_owned(),
            Self::Door => "login".to_owned(),
            Self::Console => "cli".to_owned(),
            Self::Job(name) => format!("job {name}"),
        }
    }

    /// Which key or session.
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Key(key) => Some(key.0),
            Self::Session(session) => Some(session.0),
            Self::Door | Self::Console | Self::Job(_) => None,
        }
    }
}

/// By what a command came, and from where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Origin {
    /// By what.
    pub via: Via,
    /// The address of whoever asked, where one is known. It tells of a person, so it is kept for a while and not in the event.
    pub address: Option<IpAddr>,
}

impl From<Via> for Origin {
    fn from(via: Via) -> Self {
        Self { via, address: None }
    }
}

/// An origin to be written down: whoever came by it, on one day.
#[derive(Clone, Copy, Debug)]
pub struct NewOrigin {
    /// Named by the events.
    pub id: OriginId,
    /// Who acts.
    pub actor: ActorId,
    /// As what.
    pub role: Role,
    /// By what, and from where.
    pub origin: Origin,
    /// The beginning of the day, in UTC.
    pub day: Timestamp,
}
