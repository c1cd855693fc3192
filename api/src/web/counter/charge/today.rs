//! What a store has today, and what it holds.

use jiff::civil::Date;
use ledger::StoreError;
use ledger::ids::{RedemptionId, StoreId};
use ledger::machine::{Redemption, RedemptionState};
use ledger::points::Points;
use ledger::views::{Period, RedemptionFilter};

use crate::web::Web;
use crate::web::format::day_start;
use crate::web::lists::whole::{self, MOST};

/// How many of the newest of today's are listed; all of them are summed up.
const NEWEST: usize = 300;
/// No hold lasts longer, in seconds: what was asked for before is none any more.
pub const LONGEST: i64 = 24 * 3_600;

/// What is shown of a store's day.
pub struct Today {
    pub day: Date,
    /// The newest first.
    pub newest: Vec<Redemption>,
    /// How many of today's are not among them.
    pub more: usize,
    /// What the store has of all of today's.
    pub kept: Points,
    /// All that is on hold, whether it is of today or not.
    pub holds: Vec<Redemption>,
}

/// As many redemptions are read as there are since yesterday at this time, or since the day began.
pub async fn today(web: &Web, store: StoreId) -> Result<Today, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let (now, zone) = (web.now(), web.zone());
    let begun = day_start(now, &zone);
    // What another server recorded by a clock that is ahead is among it.
    let until = now.plus_seconds(LONGEST);
    let since = now.plus_seconds(-LONGEST).min(begun);
    let recent = Period { from: since, until };
    let (recent, _) = ledger.kept_by_store(program, store.0, recent).await?;
    let day = Period { from: begun, until };
    let (number, kept) = ledger.kept_by_store(program, store.0, day).await?;
    let most = usize::try_from(recent).unwrap_or_default().min(MOST);
    let found = newest(web, store, most).await?;
    let is_held = |one: &&Redemption| one.state == RedemptionState::Held;
    let holds: Vec<Redemption> = found.iter().filter(is_held).cloned().collect();
    let of_today = found.into_iter().filter(|one| begun <= one.authorised_at);
    let newest: Vec<Redemption> = of_today.take(NEWEST).collect();
    let number = usize::try_from(number).unwrap_or_default();
    Ok(Today {
        day: now.to_jiff().to_zoned(zone).date(),
        more: number.saturating_sub(newest.len()),
        newest,
        kept,
        holds,
    })
}

/// So many of a store's redemptions, the newest first.
async fn newest(web: &Web, store: StoreId, most: usize) -> Result<Vec<Redemption>, StoreError> {
    if most == 0 {
        return Ok(Vec::new());
    }
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = move |before: Option<RedemptionId>, limit: i64| async move {
        let filter = RedemptionFilter { before, limit };
        ledger.redemptions_of_store(program, store.0, &filter).await
    };
    whole::rows(most, None, |one: &Redemption| Some(one.id), page).await
}
