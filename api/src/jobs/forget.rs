//! What is kept for a while is forgotten 30 days after; what people log in with, after a day; what erased members were found by once they owe
//! nothing, at the moment set then.

use std::time::Duration;

use ledger::clock::Timestamp;
use ledger::views::{Due, Kept};

use super::{Answer, Job, PAGE, Page, Shift};

/// Deletes what has been kept long enough.
pub struct Forgetting {
    name: &'static str,
    what: Kept,
}

impl Forgetting {
    const fn new(name: &'static str, what: Kept) -> Self {
        Self { name, what }
    }
}

/// Rejections under their keys, which makes those keys free again.
pub static FORGET_REJECTIONS: Forgetting = Forgetting::new("forget_rejections", Kept::Rejections);

/// One-time codes that ran out, spent or not.
pub static FORGET_CODES: Forgetting = Forgetting::new("forget_codes", Kept::Codes);

/// Where things were that several may have reported.
pub static FORGET_SIGHTINGS: Forgetting = Forgetting::new("forget_sightings", Kept::Sightings);

/// Sessions that have ended, with what their devices called themselves.
pub static FORGET_SESSIONS: Forgetting = Forgetting::new("forget_sessions", Kept::Sessions);

/// Failures to log in, which count for a day.
pub static FORGET_GUESSES: Forgetting = Forgetting::new("forget_guesses", Kept::Guesses);

/// Codes sent to phones, a day after they were asked for.
pub static FORGET_LOGIN_CODES: Forgetting = Forgetting::new("forget_login_codes", Kept::LoginCodes);

/// Browsers that went to a provider of identities and did not come back.
pub static FORGET_VISITS: Forgetting = Forgetting::new("forget_visits", Kept::Visits);

/// Where those on a shift were that nothing has ended: a shift that ends forgets it at once.
pub static FORGET_WAYPOINTS: Forgetting = Forgetting::new("forget_waypoints", Kept::Waypoints);

/// What endpoints were told, or not.
pub static FORGET_DELIVERIES: Forgetting = Forgetting::new("forget_deliveries", Kept::Deliveries);

/// Hashes of what erased members were found by: they may lead to others now.
pub static FORGET_SUPPRESSED: Forgetting = Forgetting::new("forget_suppressed", Kept::Suppressed);

/// Where hazards are, exactly, once they are closed long enough: it is rounded to about a kilometre.
pub static ROUND_HAZARD_PLACES: Forgetting =
    Forgetting::new("round_hazard_places", Kept::HazardPlaces);

/// Where deeds were whose award was asked for and refused a month ago.
pub static FORGET_ASKED_PLACES: Forgetting =
    Forgetting::new("forget_asked_places", Kept::AskedPlaces);

/// Photos and texts: those attached to nothing after a day, others when they have been kept long enough.
pub static FORGET_ATTACHMENTS: Forgetting =
    Forgetting::new("forget_attachments", Kept::Attachments);

impl Job for Forgetting {
    fn name(&self) -> &'static str {
        self.name
    }

    fn every(&self) -> Duration {
        Duration::from_secs(3_600)
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        let ledger = shift.ledger();
        Box::pin(ledger.stale_since(shift.program, self.what, shift.now))
    }

    /// The oldest first.
    fn page<'a>(&'a self, shift: &'a Shift, _: Option<Due>) -> Answer<'a, Page> {
        Box::pin(async {
            let ledger = shift.ledger();
            let forgotten = ledger.forget(shift.program, self.what, shift.now, PAGE);
            Ok(Page::again(shift, forgotten.await?))
        })
    }
}
