//! The demo: a programme of 于洪区 with half a year behind it.
//!
//! Everything is done by the ledger's own commands, under a clock that is moved through the months, so what one sees is history the
//! ledger recorded, not rows that were made up. It is deterministic but for the day it ends on.

mod cast;
mod chance;
mod coming;
mod deeds;
mod hazards;
mod history;
mod names;
mod offers;
mod places;
mod records;
mod settling;
mod shops;
mod spending;
mod story;
mod turns;
mod waiting;

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use jiff::ToSpan;
use jiff::tz::TimeZone;
use ledger::clock::{Clock, Timestamp};
use ledger::community::Program;
use ledger::community::personal::Keyring;
use ledger::ids::ProgramId;
use ledger::{Ledger, Options};

pub use cast::{DemoPerson, DemoToken, PROGRAM_CODE};
#[cfg(test)]
pub use cast::{NOODLES, REPAIR, merchant, people, site, store};

use crate::commands::Failure;
use history::Town;

/// How far back the story begins.
const DAYS: i64 = 183;

/// What was seeded, or found.
#[derive(Debug)]
pub struct Seeded {
    /// The demo's programme.
    pub program: ProgramId,
    /// Who the demo can be entered as.
    pub people: Vec<DemoPerson>,
    /// Tokens of its API: for a demo on loopback only.
    pub tokens: Vec<DemoToken>,
    /// Whether it was made just now.
    pub fresh: bool,
}

/// Migrates the database and fills in the demo programme if it is not there yet.
///
/// # Errors
/// When the database cannot be reached, or holds a programme `yuhong` that is not the whole demo.
pub async fn seed(database_url: &str, keyring: Arc<Keyring>) -> Result<Seeded, Failure> {
    Ledger::migrate(database_url).await?;
    let clock = Clock::fixed(Clock::System.now());
    let ledger = Ledger::open(
        database_url,
        Options {
            clock: clock.clone(),
            readers: 2,
            keyring: Some(keyring),
        },
    )
    .await?;
    let outcome = fill(&ledger, &clock).await;
    ledger.close().await;
    Ok(Seeded {
        program: cast::program(),
        people: cast::people(),
        tokens: cast::tokens(),
        fresh: outcome?,
    })
}

/// The programme with its people and shops an hour after it began, for tests of what is built on it.
#[cfg(test)]
pub async fn enter_without_history(
    database_url: &str,
    keyring: Arc<Keyring>,
) -> Result<(), Failure> {
    Ledger::migrate(database_url).await?;
    let clock = Clock::fixed(Clock::System.now().plus_seconds(-3_600));
    let options = Options {
        clock,
        keyring: Some(keyring),
        ..Options::default()
    };
    let ledger = Ledger::open(database_url, options).await?;
    let outcome = records::register(&ledger).await;
    ledger.close().await;
    outcome
}

/// Whether it had to be filled in.
async fn fill(ledger: &Ledger, clock: &Clock) -> Result<bool, Failure> {
    let programs = ledger.programs().await?;
    if let Some(program) = programs.iter().find(|p| p.code == PROGRAM_CODE) {
        whole(ledger, program).await?;
        return Ok(false);
    }
    let (begin, end) = span(clock.now())?;
    let progress = progress();
    progress.set_message("正在登记机构、骑手和商户");
    clock.set(begin);
    records::register(ledger).await?;
    turns::register(ledger).await?;
    let counts = Town::new(ledger, clock, &progress)?
        .live(begin, end)
        .await?;
    clock.set(end.plus_seconds(60));
    coming::register(ledger).await?;
    waiting::register(ledger).await?;
    records::appoint(ledger).await?;
    records::register_keys(ledger).await?;
    progress.finish_and_clear();
    eprintln!(
        "Demo programme {PROGRAM_CODE}: {} awards, {} redemptions in {DAYS} days.",
        counts.awards, counts.redemptions
    );
    Ok(true)
}

/// The keys come last, so where they are, everything is.
async fn whole(ledger: &Ledger, program: &Program) -> Result<(), Failure> {
    let marker = cast::keys().pop();
    let found = match marker {
        Some(key) if program.id == cast::program() => {
            ledger.key_holder(program.id, &key.secret_hash()).await?
        }
        _ => None,
    };
    if found.is_some() {
        return Ok(());
    }
    Err(Failure(format!(
        "this database holds a programme {PROGRAM_CODE} that is not the whole demo: \
         either filling it in was interrupted, or it is a real one. The demo needs a database of its own: remove this one \
         if it is only a demo, or name another with --database-url"
    )))
}

/// From the morning [`DAYS`] days ago to yesterday's evening, in the programme's zone.
fn span(now: Timestamp) -> Result<(Timestamp, Timestamp), Failure> {
    let zone = TimeZone::get(cast::ZONE)?;
    let today = now.to_jiff().to_zoned(zone).date();
    let at = |date: jiff::civil::Date, hour| -> Result<Timestamp, Failure> {
        let zoned = date.at(hour, 0, 0, 0).in_tz(cast::ZONE)?;
        Ok(zoned.timestamp().into())
    };
    let begin = today.checked_sub(DAYS.days())?;
    Ok((at(begin, 8)?, at(today.checked_sub(1.day())?, 22)?))
}

/// On standard error, and only where somebody looks.
fn progress() -> ProgressBar {
    let progress = ProgressBar::new(DAYS.unsigned_abs());
    let style = ProgressStyle::with_template("{spinner} {msg} {wide_bar} {pos}/{len}");
    if let Ok(style) = style {
        progress.set_style(style);
    }
    progress.enable_steady_tick(Duration::from_millis(120));
    progress
}
