//! A programme that closes: after one moment nothing more is earned, after a later one nothing more is spent.

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::machine::{Effects, Outcome, Rejection, State, Stop};

/// When a programme closes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closing {
    /// Deeds done and submitted after this moment earn nothing.
    pub last_earning: Timestamp,
    /// After this moment nothing is spent, and every lot expires to where its policy says.
    pub last_spending: Timestamp,
}

impl State {
    /// Stops once nothing is earned any more by deeds of this moment.
    pub(super) fn must_be_earning(&self, occurred_at: Timestamp) -> Result<(), Stop> {
        let last = self.closing.map(|closing| closing.last_earning);
        closed_after(last, self.now.max(occurred_at))
    }

    /// Stops once nothing is spent any more.
    pub(super) fn must_be_spending(&self) -> Result<(), Stop> {
        let last = self.closing.map(|closing| closing.last_spending);
        closed_after(last, self.now)
    }

    /// Whether every lot expires, whatever its own expiry.
    pub(super) fn is_over(&self) -> bool {
        self.must_be_spending().is_err()
    }
}

fn closed_after(last: Option<Timestamp>, moment: Timestamp) -> Result<(), Stop> {
    match last {
        Some(since) if moment > since => Err(Rejection::ProgramClosed { since }.into()),
        _ => Ok(()),
    }
}

/// Sets both moments, or moves them later. What is reached stays.
pub(super) fn close(state: &State, closing: Closing) -> Result<Effects, Stop> {
    state.require(Owner::Program(state.program))?;
    let known = state.closing;
    may_be(
        state.now,
        known.map(|known| known.last_earning),
        closing.last_earning,
    )?;
    may_be(
        state.now,
        known.map(|known| known.last_spending),
        closing.last_spending,
    )?;
    if closing.last_earning > closing.last_spending {
        return Err(Rejection::ClosingOrder.into());
    }
    Ok(Effects {
        closing: Some(closing),
        ..Effects::answering(state.program.0, Outcome::Closing(closing))
    })
}

fn may_be(now: Timestamp, known: Option<Timestamp>, wanted: Timestamp) -> Result<(), Stop> {
    match known {
        Some(known) if wanted == known => Ok(()),
        Some(known) if known <= now => Err(Rejection::ProgramClosed { since: known }.into()),
        _ => {
            let earliest = known.map_or(now, |known| known.max(now));
            if wanted < earliest {
                return Err(Rejection::ClosingTooEarly { earliest }.into());
            }
            Ok(())
        }
    }
}
