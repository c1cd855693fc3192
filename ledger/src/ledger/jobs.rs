//! How long is kept what is kept for a while. What else jobs ask for is a query like any other.

use super::Ledger;
use crate::clock::Timestamp;
use crate::ids::ProgramId;
use crate::machine::duplicates::LATE_SECONDS;
use crate::store::views::Kept;
use crate::store::{Store, StoreError, either};

/// How long a rejection is kept under its key, a code after it ran out, where a thing was after its window closed, and where a deed was
/// whose award was refused, which may be asked for again until then, in seconds: 30 days.
pub const KEPT_SECONDS: i64 = 30 * 24 * 3_600;

/// The same for what people log in with, whose use is over within minutes: a day, so that codes can be counted for one.
const LOGIN_KEPT_SECONDS: i64 = 24 * 3_600;

/// How long after somebody was somewhere that is forgotten if nothing has ended the shift, in seconds: a week. All else forgets it with the end.
const POSITIONS_KEPT_SECONDS: i64 = 7 * 24 * 3_600;

// A deed may come so late, and must still be told from others.
const _: () = assert!(LATE_SECONDS <= KEPT_SECONDS);

/// Hashes, attachments and hazards' places say themselves until when they are kept.
const fn kept_for(what: Kept) -> i64 {
    match what {
        Kept::Suppressed | Kept::Attachments | Kept::HazardPlaces => 0,
        Kept::Waypoints => POSITIONS_KEPT_SECONDS,
        Kept::LoginCodes | Kept::Visits => LOGIN_KEPT_SECONDS,
        Kept::Rejections
        | Kept::Codes
        | Kept::Sightings
        | Kept::Sessions
        | Kept::Guesses
        | Kept::AskedPlaces
        | Kept::Deliveries => KEPT_SECONDS,
    }
}

impl Ledger {
    /// Since when the oldest of these has been kept too long.
    pub async fn stale_since(
        &self,
        program: ProgramId,
        what: Kept,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let oldest = either!(&self.store, Store, store => store.oldest(program, what).await)?;
        let since = oldest.map(|oldest| oldest.plus_seconds(kept_for(what)));
        Ok(since.filter(|since| *since <= now))
    }

    /// Forgets what has been kept for long enough, up to so many; answers with how many.
    pub async fn forget(
        &self,
        program: ProgramId,
        what: Kept,
        now: Timestamp,
        limit: i64,
    ) -> Result<u64, StoreError> {
        let until = now.plus_seconds(-kept_for(what));
        either!(&self.store, Store, store => store.forget(program, what, until, limit).await)
    }
}
