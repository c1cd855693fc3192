//! PINs: set by clerks who have a log-in, and a counter taken over with one from whoever is logged in there.

use super::{Bucket, LogInError, SetError, hashing, oneself};
use crate::clock::Timestamp;
use crate::community::{Access, ClerkPin, LONGEST_WAIT, Origin, Role, Session, Way, pin_problem};
use crate::ids::{ClerkId, CommandId, ProgramId, SessionId, StoreId, derived};
use crate::ledger::{Ledger, Request};
use crate::machine::Command;
use crate::store::{Store, StoreError, either};
use crate::writer::WriteError;

/// So many wrong PINs, none later than a quarter of an hour after the one before, lock a clerk's PIN for a quarter of an hour.
const FREE_OF_PIN: i64 = 5;

impl Bucket {
    /// A PIN's own: what goes wrong with it locks no password.
    fn of_pin(clerk: ClerkId) -> Self {
        Self {
            id: derived(&[b"pin", clerk.0.as_bytes()]),
            free: FREE_OF_PIN,
            wait: |failures, free| match failures < free {
                true => 0,
                false => LONGEST_WAIT,
            },
            kept: LONGEST_WAIT,
        }
    }
}

/// A clerk is about to take over a counter.
#[derive(Clone, Copy, Debug)]
pub struct Takeover<'s> {
    /// Who comes.
    pub clerk: ClerkId,
    /// At which store.
    pub store: StoreId,
    /// The session of whoever is there. It ends.
    pub from: SessionId,
    /// SHA-256 of the secret of the session that takes its place, in hexadecimal.
    pub secret_hash: &'s str,
    /// What the device calls itself; shortened.
    pub agent: &'s str,
}

impl Ledger {
    /// Sets one's own PIN, in place of an earlier one. Whoever has proved who they are need not wait for wrong ones either.
    pub async fn set_pin(
        &self,
        request: &Request,
        password: &str,
        pin: &str,
    ) -> Result<(), SetError> {
        if let Some(problem) = pin_problem(pin) {
            return Err(SetError::Pin(problem));
        }
        let row = self.proved(request, password).await?;
        let hash = hashing::hash(pin).await.ok_or(WriteError::Busy)?;
        let clerk = ClerkId(row.subject);
        let hash = Some(hash);
        self.keep_pin(request, ClerkPin { clerk, hash }).await?;
        self.forgive(request.program, Bucket::of_pin(clerk)).await?;
        Ok(())
    }

    /// Takes one's own PIN away.
    pub async fn remove_pin(&self, request: &Request) -> Result<(), SetError> {
        let clerk = ClerkId(request.actor.id.0);
        self.keep_pin(request, ClerkPin { clerk, hash: None }).await
    }

    async fn keep_pin(&self, request: &Request, pin: ClerkPin) -> Result<(), SetError> {
        self.execute(request, Command::SetPin(pin)).await?;
        Ok(())
    }

    /// Lets a clerk take over a counter by their PIN: the session of whoever is there ends, and theirs takes its place or neither happens. It
    /// ends when the one before was to end at the latest, so a shift that began with a log-in is not made longer by PINs.
    pub async fn take_over(
        &self,
        program: ProgramId,
        takeover: &Takeover<'_>,
        pin: &str,
        origin: Origin,
    ) -> Result<Session, LogInError> {
        let Takeover {
            clerk, store, from, ..
        } = *takeover;
        let mut here = self.pins_at(program, store).await?.into_iter();
        let known = here.find(|row| row.clerk == clerk);
        let hash = known.ok_or(LogInError::Refused)?.hash;
        let bucket = Bucket::of_pin(clerk);
        let guesses = self.count(program, bucket).await?;
        if !hashing::verify(Some(hash), pin).await.is_right {
            return Err(match guesses < FREE_OF_PIN {
                true => LogInError::Refused,
                false => LogInError::TooMany {
                    retry_after: LONGEST_WAIT,
                },
            });
        }
        self.forgive(program, bucket).await?;
        let limit = self.limit_of(program, from).await?;
        let now = self.clock.now();
        let whose = (Role::Merchant, clerk.0);
        let hash = takeover.secret_hash.to_owned();
        let id = SessionId::new(now);
        let session = Session::new(id, hash, whose, Way::Pin, takeover.agent, now);
        let session = Session {
            ends_at: session.ends_at.min(limit.ok_or(LogInError::Refused)?),
            store: Some(store),
            ..session
        };
        let end = Command::EndAccess {
            access: Access::Session(from),
            at: None,
        };
        let open = Command::OpenSession(Box::new(session.clone()));
        let both = [end, open].map(|command| (CommandId::new(now), command));
        let request = Request {
            program,
            actor: oneself(Role::Merchant, clerk.0),
            origin,
            key: None,
        };
        let done = self.execute(&request, Command::Group(both.into())).await;
        done.map_err(LogInError::of_opening)?;
        Ok(session)
    }

    /// When a session ends however much it is used.
    async fn limit_of(
        &self,
        program: ProgramId,
        session: SessionId,
    ) -> Result<Option<Timestamp>, StoreError> {
        either!(&self.store, Store, store => store.session_limit(program, session).await)
    }
}
