//! Keys to be made: for whom, and in place of which. The same for the API and the command line.

use ledger::clock::Timestamp;
use ledger::community::{Access, ApiKey, Registration, Role};
use ledger::ids::{ApiKeyId, CommandId, ProgramId};
use ledger::machine::Command;
use ledger::views::{KeyView, Register};
use ledger::{Ledger, StoreError};

use super::Token;

/// Why a key cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum KeyProblem {
    /// There is no key to be rotated.
    #[error("no such key in this programme")]
    Unknown,
    /// What is wrong with what was asked for.
    #[error("{field}: {message}")]
    Field {
        /// Of which part.
        field: &'static str,
        /// What would do.
        message: String,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

fn wrong(field: &'static str, message: impl Into<String>) -> KeyProblem {
    let message = message.into();
    KeyProblem::Field { field, message }
}

/// Puts a key on record whose subject is, and that may do something.
pub async fn new_key(
    ledger: &Ledger,
    program: ProgramId,
    key: ApiKey,
) -> Result<Command, KeyProblem> {
    let all = key.role.verbs();
    if key.verbs.is_some_and(|verbs| verbs.is_empty()) {
        return Err(wrong("verbs", "name at least one, or leave it out"));
    }
    if key.verbs.is_some_and(|verbs| !verbs.are_within(all)) {
        let why = format!("a key of this role may do no more than: {all}");
        return Err(wrong("verbs", why));
    }
    if key.node.is_some() && matches!(key.role, Role::Merchant | Role::Member) {
        let why = "leave it out: this key reaches its store or member alone";
        return Err(wrong("organization", why));
    }
    let now = ledger.clock().now();
    if key.expires_at.is_some_and(|at| at <= now) {
        return Err(wrong("expires_at", "it has to be a moment still to come"));
    }
    let (register, what) = match key.role {
        Role::Staff => (Register::Staff, "staff member"),
        Role::Merchant => (Register::Stores, "store"),
        Role::Member => (Register::Members, "member"),
        Role::Auditor | Role::Admin if key.subject.is_none() => {
            return Ok(Command::Register(Registration::ApiKey(key)));
        }
        Role::Auditor | Role::Admin => {
            let why = "auditor and admin keys speak for themselves: leave it out";
            return Err(wrong("subject", why));
        }
    };
    let Some(subject) = key.subject else {
        return Err(wrong("subject", format!("say which {what}")));
    };
    match ledger.registered(program, register, subject).await? {
        Some(_) => Ok(Command::Register(Registration::ApiKey(key))),
        None => Err(wrong(
            "subject",
            format!("no {what} {subject} in this programme"),
        )),
    }
}

/// A key that takes the place of another.
#[derive(Debug)]
pub struct Rotation {
    /// Makes the one and ends the other, or neither.
    pub command: Command,
    /// The new key.
    pub id: ApiKeyId,
    /// Until when the old one works.
    pub old_ends_at: Timestamp,
}

/// Gives a new token what a key may do, and has the key end some hours later, or when it was to end if that is sooner.
pub async fn rotation(
    ledger: &Ledger,
    token: &Token,
    old: ApiKeyId,
    overlap_hours: i64,
) -> Result<Rotation, KeyProblem> {
    let now = ledger.clock().now();
    let key = found(ledger, token.program, old).await?;
    let id = ApiKeyId::new(now);
    let ends_at = key.ended_at.into_iter().chain(key.expires_at).min();
    let until = now.plus_seconds(overlap_hours.saturating_mul(3_600));
    let copy = ApiKey {
        id,
        secret_hash: token.hash(),
        role: key.role,
        subject: key.subject,
        name: key.name,
        verbs: key.verbs,
        node: key.node,
        expires_at: key.expires_at,
    };
    let mut commands = vec![Command::Register(Registration::ApiKey(copy))];
    // What ended stays ended: then the group is turned down.
    let (access, soon) = (Access::Key(old), ends_at.is_none_or(|at| until < at));
    if soon || ends_at.is_some_and(|at| at <= now) {
        let at = (overlap_hours > 0).then_some(until);
        commands.push(Command::EndAccess { access, at });
    }
    let commands = commands.into_iter();
    let command = Command::Group(commands.map(|c| (CommandId::new(now), c)).collect());
    Ok(Rotation {
        command,
        id,
        old_ends_at: ends_at.map_or(until, |at| at.min(until)),
    })
}

async fn found(ledger: &Ledger, program: ProgramId, id: ApiKeyId) -> Result<KeyView, KeyProblem> {
    // The one after the id before it.
    let before = ApiKeyId(uuid::Uuid::from_u128(id.0.as_u128().saturating_sub(1)));
    let keys = ledger.keys(program, before, 1).await?;
    let key = keys.into_iter().next().filter(|key| key.id == id);
    key.ok_or(KeyProblem::Unknown)
}
