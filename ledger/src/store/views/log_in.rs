//! Logging in, as it is asked for.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::community::{Role, Way};
use crate::ids::{ActorId, ClerkId, SessionId};

/// A session, for its owner's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionView {
    /// Its id.
    pub id: SessionId,
    /// As what.
    pub role: Role,
    /// The staff member, clerk or member.
    pub subject: Uuid,
    /// How they showed who they are.
    pub way: Way,
    /// What the device calls itself.
    pub agent: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was last used, to a minute.
    pub seen_at: Timestamp,
    /// When it ends or ended: by its absolute limit, for being unused since `seen_at`, or because it was ended.
    pub ends_at: Timestamp,
    /// Who ended it.
    pub ended_by: Option<ActorId>,
}

/// What somebody logs in with.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginRow {
    /// Whose: a staff member or clerk.
    pub subject: Uuid,
    /// Which of the two.
    pub role: Role,
    /// By what name.
    pub handle: String,
    /// Argon2id of the password, in PHC form.
    pub password: Option<String>,
    /// The master key that seals the secret of the one-time codes, and that secret, sealed.
    pub totp: Option<(String, String)>,
    /// The newest time step that was used.
    pub step: i64,
    /// The hash of an invitation, and when it ends.
    pub invitation: Option<(String, Timestamp)>,
}

impl std::fmt::Debug for LoginRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoginRow")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}

/// A clerk who may take over a counter, and with what.
#[derive(Clone, PartialEq, Eq)]
pub struct PinRow {
    /// Who.
    pub clerk: ClerkId,
    /// What they are called.
    pub name: String,
    /// Argon2id of the PIN, in PHC form.
    pub hash: String,
}

impl std::fmt::Debug for PinRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PinRow")
            .field("clerk", &self.clerk)
            .finish_non_exhaustive()
    }
}

/// How often was guessed at something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guesses {
    /// How often in vain.
    pub failures: i64,
    /// When last.
    pub last_at: Timestamp,
}
