//! Log-ins from outside.

use crate::clock::Timestamp;
use crate::community::Who;
use crate::ids::IdentityId;

/// A code to be kept, and what would make it too soon for it.
#[derive(Clone, Debug)]
pub struct NewCode {
    /// The phone's keyed hash.
    pub phone_hash: String,
    /// The code's keyed hash.
    pub code_hash: String,
    /// From this moment on it is worthless.
    pub expires_at: Timestamp,
    /// When it was asked for.
    pub now: Timestamp,
    /// The last was asked for then or before.
    pub apart: Timestamp,
    /// What was asked for first then or before counts no more.
    pub a_day_ago: Timestamp,
    /// How many there may be since the first.
    pub a_day: i64,
}

/// How often codes were asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// When the last was.
    pub last: Timestamp,
    /// Since when they are counted.
    pub first: Timestamp,
    /// How many there were since.
    pub times: i64,
}

/// A browser that was sent to a provider of identities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Visit {
    /// Which.
    pub provider: String,
    /// Who is to be linked to what comes back; `None` to log in.
    pub links: Option<Who>,
    /// Whoever comes back then or later begins anew.
    pub expires_at: Timestamp,
}

/// Somebody as a provider knows them, without what it calls them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdentityView {
    /// Its id.
    pub id: IdentityId,
    /// The provider.
    pub issuer: String,
    /// Who that is.
    pub who: Who,
}
