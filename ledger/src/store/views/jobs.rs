//! What jobs find to do, and who is at which.

use uuid::Uuid;

use crate::clock::Timestamp;

/// What falls due by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Falling {
    /// Redemptions held for longer than they may be.
    Holds,
    /// Awards whose public notice has closed with nobody objecting, or no longer.
    Notices,
    /// Members with lots whose time has run out; once the programme is over, every one who holds anything.
    Lots,
    /// Who asked to be enrolled and was not decided on in time.
    Joining,
    /// Deeds about which something is to be done by itself: slots that are over.
    Deeds,
    /// Orders that nobody has done by when they were wanted.
    Orders,
    /// Awards asked for and not answered.
    Asked,
    /// Duplicates of hazards that came to more, or to nothing, since.
    Hazards,
    /// Objections and appeals that have waited for a reviewer for too long.
    Escalations,
    /// Awards whose objection was upheld and not appealed in time.
    Settlements,
    /// Budgets of which a share is used that nobody was told.
    LowBudgets,
    /// Budgets that are over, with something left in them.
    EndedBudgets,
}

/// What is kept for a while and then forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// Rejections under their keys. Keys with an effect are kept for ever.
    Rejections,
    /// One-time codes that have run out, spent or not.
    Codes,
    /// Where things were that several may have reported, once no further report may happen.
    Sightings,
    /// Sessions that have ended.
    Sessions,
    /// How often somebody guessed at a handle, or from an address.
    Guesses,
    /// Codes sent to phones.
    LoginCodes,
    /// Browsers that were sent to a provider of identities and did not come back.
    Visits,
    /// What endpoints were told, or not, 30 days after.
    Deliveries,
    /// Hashes of what erased members were found by, once they may lead to others.
    Suppressed,
    /// Where hazards are, exactly, that were closed long enough ago.
    HazardPlaces,
    /// Where deeds were whose award was asked for and refused.
    AskedPlaces,
    /// Photos and texts.
    Attachments,
    /// Where those on a shift were that nothing has ended.
    Waypoints,
}

/// Something that fell due, and its place among what did: in order of when, then of id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Due {
    /// Since when.
    pub since: Timestamp,
    /// What: a redemption, an award, a member.
    pub id: Uuid,
}

/// Whose a job is, and until when unless it is renewed.
#[derive(Clone, Copy, Debug)]
pub struct Lease {
    /// The job's name.
    pub job: &'static str,
    /// The process that works at it.
    pub by: Uuid,
    /// From this moment on another may take it over.
    pub until: Timestamp,
}

/// What a run of a job came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunReport {
    /// When it ended.
    pub finished: Timestamp,
    /// How many things it did.
    pub done: u64,
    /// How many it could not do; they come again.
    pub failed: u64,
    /// The first thing that went wrong.
    pub error: Option<String>,
    /// When the job is due again.
    pub next_run: Timestamp,
}

/// A job as last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobState {
    /// Its name.
    pub job: String,
    /// When it is due again.
    pub next_run: Timestamp,
    /// When the last run began; it may be under way.
    pub last_started: Option<Timestamp>,
    /// When the last run that ended did.
    pub last_finished: Option<Timestamp>,
    /// How many things that run did.
    pub last_done: u64,
    /// How many it could not do.
    pub last_failed: u64,
    /// What went wrong in it.
    pub last_error: Option<String>,
    /// Until when a process has it; `None` or in the past when none does.
    pub claimed_until: Option<Timestamp>,
}

impl JobState {
    /// Whether a process is at it.
    pub fn is_running(&self, now: Timestamp) -> bool {
        self.claimed_until.is_some_and(|until| until > now)
    }

    /// Whether it is time to run it, and nobody does.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.next_run <= now && !self.is_running(now)
    }
}
