//! Logging in: sessions, what they are opened by, and how guessing is slowed.

mod hashing;
mod pin;
mod set;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Ledger, Request};
use crate::buckets::network_of;
use crate::clock::Timestamp;
use crate::community::{
    Actor, LONGEST_WAIT, Origin, Role, Session, Via, Way, Who, guess_delay, handle_of, step_of,
};
use crate::ids::{
    ActorId, MemberId, ProgramId, SessionId, StoreId, derived, random_bytes, sha256_hex,
};
use crate::machine::{Command, Rejection};
use crate::store::views::{Guesses, LoginRow};
use crate::store::{Store, StoreError, either};
use crate::writer::WriteError;

pub use pin::Takeover;
pub use set::{Offer, SetError};

/// A day without another failure, in seconds, and all failures are forgotten.
const DAY: i64 = 24 * 3_600;
/// How many failures a handle has for nothing. Whoever mistypes once or twice notices no delay.
const FREE_OF_HANDLE: i64 = 5;
/// The same for an address, which a whole office may share.
const FREE_OF_ADDRESS: i64 = 20;
/// How long there is for the second step, in seconds.
const SECOND_STEP: i64 = 300;
/// What is sealed between the two steps, and for keeps.
const PENDING: &str = "log-in pending";
const TOTP: &str = "totp";

/// Why somebody is not let in.
#[derive(Debug, thiserror::Error)]
pub enum LogInError {
    /// They did not show who they are. It is not said what was wrong, nor whether there is anybody of that name.
    #[error("the name, the password or the code is not right")]
    Refused,
    /// Too many failures: of this handle, or from this address.
    #[error("too many failures: try again in {retry_after} seconds")]
    TooMany {
        /// In how many seconds the next try is looked at.
        retry_after: i64,
    },
    /// What the codes follow from is sealed, and there is no master key for it here.
    #[error("there is no master key here, so no second factor can be kept or checked")]
    NoKeyring,
    /// The writer's answer.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Somebody who has shown who they are, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// As what: staff, or merchant for a clerk.
    pub role: Role,
    /// The staff member, clerk or member.
    pub subject: Uuid,
    /// How.
    pub way: Way,
}

/// A session to be opened.
#[derive(Clone, Copy, Debug)]
pub struct Opening<'s> {
    /// Whose.
    pub known: Known,
    /// SHA-256 of its secret, in hexadecimal.
    pub secret_hash: &'s str,
    /// What the device calls itself; shortened.
    pub agent: &'s str,
    /// From where they logged in, where that is known.
    pub address: Option<IpAddr>,
}

/// Between the two steps.
#[derive(Serialize, Deserialize)]
struct Pending {
    subject: Uuid,
    handle: String,
    until: Timestamp,
    /// The first step was a provider's word instead of a password.
    #[serde(default)]
    vouched: bool,
}

/// What a guess is counted on.
#[derive(Clone, Copy)]
struct Bucket {
    id: Uuid,
    free: i64,
    /// How long the next has to wait after so many, in seconds, of which so many are free.
    wait: fn(i64, i64) -> i64,
    /// Without another for so many seconds, all are forgotten.
    kept: i64,
}

impl Bucket {
    fn of_handle(handle: &str) -> Self {
        Self {
            id: derived(&[b"handle", handle.as_bytes()]),
            free: FREE_OF_HANDLE,
            wait: guess_delay,
            kept: DAY,
        }
    }

    fn of_address(address: IpAddr) -> Self {
        let address = network_of(address).to_string();
        Self {
            id: derived(&[b"address", address.as_bytes()]),
            free: FREE_OF_ADDRESS,
            wait: guess_delay,
            kept: DAY,
        }
    }
}

fn seconds_until(moment: Timestamp, now: Timestamp) -> i64 {
    let left = moment.as_micros().saturating_sub(now.as_micros());
    left.max(0).saturating_add(999_999).div_euclid(1_000_000)
}

/// Whoever acts for themselves.
fn oneself(role: Role, subject: Uuid) -> Actor {
    Actor {
        id: ActorId(subject),
        role,
        member: (role == Role::Member).then_some(MemberId(subject)),
        store: None::<StoreId>,
        node: None,
    }
}

impl Ledger {
    /// Opens a session for somebody who has shown who they are. Who left, was merged or erased has none.
    pub async fn open_session(
        &self,
        program: ProgramId,
        opening: &Opening<'_>,
    ) -> Result<Session, WriteError> {
        let now = self.clock.now();
        let Known { role, subject, way } = opening.known;
        let id = SessionId::new(now);
        let hash = opening.secret_hash.to_owned();
        let session = Session::new(id, hash, (role, subject), way, opening.agent, now);
        let request = Request {
            program,
            actor: oneself(role, subject),
            origin: Origin {
                via: Via::Door,
                address: opening.address,
            },
            key: None,
        };
        let command = Command::OpenSession(Box::new(session.clone()));
        self.execute(&request, command).await?;
        Ok(session)
    }

    /// Counts a guess at somebody's secret before it is looked at, so that many at once are not many for nothing. `who` is what is guessed
    /// at: a handle, a phone. Whether there is anybody of that name makes no difference.
    pub async fn take_guess(
        &self,
        program: ProgramId,
        who: &str,
        address: IpAddr,
    ) -> Result<(), LogInError> {
        let (handle, address) = (Bucket::of_handle(who), Bucket::of_address(address));
        self.count(program, address).await?;
        let counted = self.count(program, handle).await;
        if matches!(counted, Err(LogInError::TooMany { .. })) {
            self.take_back(program, address).await?;
        }
        counted.map(drop)
    }

    /// The guess was right. Once somebody is in, what others tried in their name is forgotten; what else came from the address is not, or
    /// anybody with a password of their own could try others' for nothing.
    pub async fn guess_was_right(
        &self,
        program: ProgramId,
        who: &str,
        address: IpAddr,
        is_in: bool,
    ) -> Result<(), StoreError> {
        let (handle, address) = (Bucket::of_handle(who), Bucket::of_address(address));
        self.take_back(program, address).await?;
        if is_in {
            self.forgive(program, handle).await
        } else {
            self.take_back(program, handle).await
        }
    }

    async fn forgive(&self, program: ProgramId, bucket: Bucket) -> Result<(), StoreError> {
        either!(&self.store, Store, store => store.forgive(program, bucket.id).await)?;
        Ok(())
    }

    /// It was none, and what comes next, the second step, need not wait for it either.
    async fn take_back(&self, program: ProgramId, bucket: Bucket) -> Result<(), StoreError> {
        let last_at = self.clock.now().plus_seconds(-LONGEST_WAIT);
        either!(&self.store, Store, store => {
            store.uncount_guess(program, bucket.id, last_at).await
        })?;
        Ok(())
    }

    /// Counts a guess, and answers with how many there were with it.
    async fn count(&self, program: ProgramId, bucket: Bucket) -> Result<i64, LogInError> {
        const TRIES: usize = 10;
        for _ in 0..TRIES {
            let now = self.clock.now();
            let seen: Option<Guesses> =
                either!(&self.store, Store, store => store.guesses(program, bucket.id).await)?;
            let recent = seen.filter(|seen| now < seen.last_at.plus_seconds(bucket.kept));
            let failures = recent.map_or(0, |seen| seen.failures);
            let wait = (bucket.wait)(failures, bucket.free);
            if let Some(until) = recent.map(|seen| seen.last_at.plus_seconds(wait))
                && now < until
            {
                let retry_after = seconds_until(until, now);
                return Err(LogInError::TooMany { retry_after });
            }
            let counted = Guesses {
                failures: failures + 1,
                last_at: now,
            };
            let ours = either!(&self.store, Store, store => {
                store.count_guess(program, bucket.id, counted, seen).await
            })?;
            if ours {
                return Ok(counted.failures);
            }
        }
        Err(LogInError::TooMany { retry_after: 1 })
    }

    /// The first step: a handle and its password. Answers with what the second step asks for; good for five minutes, and no session.
    pub async fn check_password(
        &self,
        program: ProgramId,
        handle: &str,
        password: &str,
        address: IpAddr,
    ) -> Result<String, LogInError> {
        // What can be no handle is counted and hashed like one that nobody has.
        let handle = handle_of(handle).unwrap_or_else(|| handle.chars().take(64).collect());
        self.take_guess(program, &handle, address).await?;
        let row: Option<LoginRow> =
            either!(&self.store, Store, store => store.login_by_handle(program, &handle).await)?;
        let hash = row.as_ref().and_then(|row| row.password.clone());
        let verdict = hashing::verify(hash.clone(), password).await;
        let (Some(row), Some(hash), true) = (row, hash, verdict.is_right) else {
            return Err(LogInError::Refused);
        };
        if let Some(renewed) = verdict.renewed {
            either!(&self.store, Store, store => {
                store.rehash(program, row.subject, &renewed, &hash).await
            })?;
        }
        let pending = self.pending(program, &row, false)?;
        self.guess_was_right(program, &handle, address, false)
            .await?;
        Ok(pending)
    }

    /// What the second step asks for of somebody whom a provider vouches for; `None` where they have no second step to do.
    pub async fn ask_second(
        &self,
        program: ProgramId,
        who: Who,
    ) -> Result<Option<String>, LogInError> {
        let row = self.login(program, who.subject).await?;
        let row = row.filter(|row| row.role == who.role && row.totp.is_some());
        row.map(|row| self.pending(program, &row, true)).transpose()
    }

    /// Who has done the first step, sealed.
    fn pending(
        &self,
        program: ProgramId,
        row: &LoginRow,
        vouched: bool,
    ) -> Result<String, LogInError> {
        let pending = Pending {
            subject: row.subject,
            handle: row.handle.clone(),
            until: self.clock.now().plus_seconds(SECOND_STEP),
            vouched,
        };
        let text = serde_json::to_vec(&pending).map_err(|_| LogInError::Refused)?;
        let (key, sealed) = self.seal_secret(program, PENDING, &text)?;
        Ok(format!("{key}~{sealed}"))
    }

    /// The second step: a code of the moment, or a recovery code. Each works once.
    pub async fn check_second(
        &self,
        program: ProgramId,
        pending: &str,
        code: &str,
        address: IpAddr,
    ) -> Result<Known, LogInError> {
        let sealed = pending.split_once('~').ok_or(LogInError::Refused)?;
        let opened = self.sealing()?.open_secret(program, PENDING, sealed);
        let pending = opened.map_err(|_| LogInError::Refused)?;
        let pending: Pending = serde_json::from_slice(&pending).map_err(|_| LogInError::Refused)?;
        if pending.until <= self.clock.now() {
            return Err(LogInError::Refused);
        }
        self.take_guess(program, &pending.handle, address).await?;
        let row = self.login(program, pending.subject).await?;
        let row = row.ok_or(LogInError::Refused)?;
        let way = match self.use_code(program, &row, code).await? {
            Way::Password if pending.vouched => Way::Oidc,
            way => way,
        };
        self.guess_was_right(program, &pending.handle, address, true)
            .await?;
        Ok(Known {
            role: row.role,
            subject: row.subject,
            way,
        })
    }

    /// How a code shows who somebody is; it is used up then.
    async fn use_code(
        &self,
        program: ProgramId,
        row: &LoginRow,
        code: &str,
    ) -> Result<Way, LogInError> {
        let Some((key, sealed)) = &row.totp else {
            return Err(LogInError::Refused);
        };
        let subject = row.subject;
        let secret = self.sealing()?.open_secret(program, TOTP, (key, sealed));
        let secret = secret.map_err(|_| LogInError::NoKeyring)?;
        if let Some(step) = step_of(&secret, code, self.clock.now()) {
            let used = either!(&self.store, Store, store => {
                store.use_step(program, subject, step).await
            })?;
            return used.then_some(Way::Password).ok_or(LogInError::Refused);
        }
        let hash = recovery_hash(program, subject, code);
        let used = either!(&self.store, Store, store => {
            store.use_recovery(program, subject, &hash).await
        })?;
        used.then_some(Way::Recovery).ok_or(LogInError::Refused)
    }

    fn sealing(&self) -> Result<&crate::community::personal::Keyring, LogInError> {
        self.keyring().map_err(|_| LogInError::NoKeyring)
    }

    fn seal_secret(
        &self,
        program: ProgramId,
        purpose: &str,
        secret: &[u8],
    ) -> Result<(String, String), LogInError> {
        let sealed = self
            .sealing()?
            .seal_secret(program, purpose, secret, &random_bytes());
        sealed.map_err(|_| LogInError::NoKeyring)
    }
}

/// Codes have 80 random bits, so a fast hash suffices; spaces, hyphens and capitals make no difference.
fn recovery_hash(program: ProgramId, subject: Uuid, code: &str) -> String {
    let plain: String = code.chars().filter(char::is_ascii_alphanumeric).collect();
    let plain = plain.to_ascii_lowercase();
    sha256_hex(&[program.0.as_bytes(), subject.as_bytes(), plain.as_bytes()].concat())
}

impl LogInError {
    /// Of somebody who has shown who they are and has no access any more, nothing else is said than of a stranger.
    pub fn of_opening(error: WriteError) -> Self {
        match error {
            WriteError::Rejected(
                Rejection::StaffLeft { .. }
                | Rejection::AlreadyEnded { .. }
                | Rejection::UnknownReference,
            ) => Self::Refused,
            WriteError::Rejected(Rejection::InGroup { rejection, .. }) => {
                Self::of_opening(WriteError::Rejected(*rejection))
            }
            other => Self::Write(other),
        }
    }
}
