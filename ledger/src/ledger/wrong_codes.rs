//! Wrong codes, at a store's counter and at check-in: after ten, one a minute is looked at.
//!
//! A code at a counter is a handle, which is no secret, and eight digits that live two minutes; one on an organizer's screen has six and lives half
//! a minute. So they are found by trying only by whoever may try without end. Each wrong one counts on the store, on whoever tries and on the
//! handle; the right one waits as well while one of them has to. Whoever tries, and the store, may go into debt and wait for long: it is their
//! own doing. The rider whose handle it is has done nothing, so of a handle one more is looked at every six seconds whatever was tried before:
//! nobody can keep a rider from paying, and 14,400 guesses a day at one handle, by clerks of whom each has ten and then one a minute, find
//! digits that change every two minutes once in some seven thousand days. Devices without signal show up to seven steps each at once, three of
//! them one in three hundred days, for 50 points at most. What is said of a wrong code, and how soon, does not depend on whether
//! anybody has the handle. Counted in this process alone.

use uuid::Uuid;

use super::Request;
use crate::buckets::{Buckets, Quota, Wait};
use crate::clock::Timestamp;
use crate::ids::ProgramId;
use crate::machine::Command;
use crate::writer::WriteError;

/// So many wrong codes, and then one a minute.
const QUOTA: Quota = Quota {
    most: 10,
    seconds: 600,
};

/// The same of one handle: then one every six seconds.
const OF_A_HANDLE: Quota = Quota {
    most: 10,
    seconds: 60,
};

/// Who tries codes: a store, and whoever tries them there, because some may charge at any store; a member, and whoever tries them for one.
type Guesser = (ProgramId, Uuid);
/// Whose codes are tried, as it was typed.
type Tried = (ProgramId, String);

/// Wrong codes so far. Handles have buckets of their own, so that made-up ones crowd out nobody who tries.
#[derive(Debug, Default)]
pub struct WrongCodes {
    guessers: Buckets<Guesser>,
    handles: Buckets<Tried>,
}

/// A code is about to be looked at.
#[derive(Debug)]
pub struct Guess {
    guessers: [Guesser; 2],
    handle: Option<Tried>,
}

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
        let mut handle = None;
        let whose = match command {
            Command::Authorise { store, payer, .. } if payer.code().is_some() => {
                handle = payer.handle().map(str::to_owned);
                Some(store.0)
            }
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
        let guess = Guess {
            guessers: [guesser(whose), guesser(request.actor.id.0)],
            handle: handle.map(|handle| (request.program, handle)),
        };
        let guessers = guess.guessers.iter();
        let looked = guessers.map(|guesser| self.guessers.look(guesser, QUOTA, now));
        let handles = guess.handle.iter();
        let tried = handles.map(|handle| self.handles.look(handle, OF_A_HANDLE, now));
        let looked: Result<(), Wait> = looked.chain(tried).collect();
        looked.map_err(|Wait(seconds)| WriteError::TooManyGuesses(seconds))?;
        Ok(Some(guess))
    }

    /// Counts one that was wrong.
    pub fn count(&self, guess: Guess, now: Timestamp) {
        let [whose, actor] = guess.guessers;
        self.guessers.charge(whose, QUOTA, now);
        if actor != whose {
            self.guessers.charge(actor, QUOTA, now);
        }
        if let Some(handle) = guess.handle {
            self.handles.empty(handle, OF_A_HANDLE, now);
        }
    }
}
