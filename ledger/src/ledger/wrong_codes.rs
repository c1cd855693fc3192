//! Wrong codes, at a store's counter and at check-in: after ten, one a minute is looked at.
//!
//! A code at a counter has ten digits and lives two minutes, one on an organizer's screen six and half a minute, so they are found by trying only
//! by whoever may try without end. Counted in this process alone.

use uuid::Uuid;

use super::Request;
use crate::buckets::{Buckets, Quota, Wait};
use crate::clock::Timestamp;
use crate::ids::ProgramId;
use crate::machine::{Command, Rejection};
use crate::writer::WriteError;

/// So many wrong codes, and then one a minute.
const QUOTA: Quota = Quota {
    most: 10,
    seconds: 600,
};

/// Who tries codes: a store, and whoever tries them there, because some may charge at any store; a member, and whoever tries them for one.
type Guesser = (ProgramId, Uuid);

/// Wrong codes so far.
#[derive(Debug, Default)]
pub struct WrongCodes {
    buckets: Buckets<Guesser>,
}

/// A code is about to be looked at.
#[derive(Debug)]
pub struct Guess([Guesser; 2]);

impl WrongCodes {
    /// Whether a command may be looked at now; nothing for one that tries no code.
    ///
    /// # Errors
    /// Too many codes were wrong.
    pub fn before(
        &self,
        request: &Request,
        command: &Command,
        now: Timestamp,
    ) -> Result<Option<Guess>, WriteError> {
        let whose = match command {
            Command::Authorise { store, .. } => Some(store.0),
            Command::Activity(command) if command.tries_code() => {
                command.part().map(|part| part.member.0)
            }
            Command::Order(command) => command.tries_code().map(|deed| deed.0),
            _ => None,
        };
        let Some(whose) = whose else {
            return Ok(None);
        };
        let guesser = |id| (request.program, id);
        let guess = Guess([guesser(whose), guesser(request.actor.id.0)]);
        for guesser in &guess.0 {
            let looked = self.buckets.look(guesser, QUOTA, now);
            looked.map_err(|Wait(seconds)| WriteError::TooManyGuesses(seconds))?;
        }
        Ok(Some(guess))
    }

    /// Counts it if it was wrong.
    pub fn after<T>(&self, Guess(guessers): Guess, answer: &Result<T, WriteError>, now: Timestamp) {
        let wrong = matches!(answer, Err(WriteError::Rejected(Rejection::InvalidCode)));
        if !wrong {
            return;
        }
        let [whose, actor] = guessers;
        self.buckets.charge(whose, QUOTA, now);
        if actor != whose {
            self.buckets.charge(actor, QUOTA, now);
        }
    }
}
