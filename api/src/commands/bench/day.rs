//! A day of a district, lived through as fast as it goes: people check in and out, patrol, report hazards with photos; staff look at them; and what
//! comes of each is awarded. The clock is moved from minute to minute, and what happens in a minute happens at once.

mod plan;
mod scene;
mod town;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Bytes;
use futures::{StreamExt as _, stream};
use ledger::Upload;
use ledger::machine::deeds::Answer;
use serde_json::json;

use super::Failure;
use super::setup::bar;
use super::tally::Tally;
use crate::config;
use crate::photo;
use plan::{Moment, plan};
use town::Town;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    database: config::Database,
    /// The code of the programme to make; it must be new
    #[arg(long, default_value = "day")]
    code: String,
    /// How many members, each at one thing at a time
    #[arg(long, default_value_t = 2_500, value_name = "N")]
    members: usize,
    /// How many check-ins, each with its check-out
    #[arg(long, default_value_t = 20_000, value_name = "N")]
    check_ins: usize,
    /// How many places said on patrols, five a shift
    #[arg(long, default_value_t = 3_000, value_name = "N")]
    waypoints: usize,
    /// How many hazards reported, each with a photo of its own
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    hazards: usize,
    /// How many do something at the same time
    #[arg(long, default_value_t = 64, value_name = "N")]
    concurrency: usize,
}

impl Args {
    /// Makes the district, lives through the day, has the books verified, and prints a JSON line.
    pub async fn run(self) -> Result<(), Failure> {
        let steps = plan(self.members, self.check_ins, self.waypoints, self.hazards)?;
        let photos = photos(self.hazards).await?;
        let town = Town::found(&self.database, &self.code, self.members).await?;
        let town = Arc::new(town);
        let (tally, seconds, awarded) = self.live(&town, steps, &photos).await?;
        let began = Instant::now();
        let report = town.ledger.verify(town.program, |_| {}).await?;
        let verified = began.elapsed().as_secs_f64();
        let whole = seconds.ceil().max(1.0) as u64;
        tally.print(whole, 1);
        println!("{awarded:>10} awarded; a day in {seconds:.1} s, verified in {verified:.1} s");
        let line = json!({
            "bench": "day", "mode": "in-process", "concurrency": self.concurrency, "seconds": seconds, "members": self.members,
            "debug_build": cfg!(debug_assertions), "awarded": awarded, "operations": tally.operations(whole), "errors": tally.errors(),
            "verify_seconds": verified, "problems": report.problems.len(),
        });
        println!("{line}");
        if let Some(town) = Arc::into_inner(town) {
            town.ledger.close().await;
        }
        match report.problems.is_empty() && tally.errors().is_empty() {
            true => Ok(()),
            false => Err(Failure("not everything went as it should".into())),
        }
    }

    /// Answers with what was answered, how long the day took, and how many deeds were awarded.
    async fn live(
        &self,
        town: &Arc<Town>,
        steps: Vec<Vec<Moment>>,
        photos: &[Bytes],
    ) -> Result<(Tally, f64, u64), Failure> {
        let now = Instant::now();
        let mut total = Tally::between(now, now + Duration::from_secs(24 * 3_600));
        let mut awarded = 0;
        let bar = bar(steps.len(), "minutes")?;
        let began = Instant::now();
        for (minute, steps) in (0..).zip(steps) {
            town.set(minute);
            let done = stream::iter(steps).map(|step| {
                let town = Arc::clone(town);
                let photo = step.photo().map(|number| photos[number].clone());
                tokio::spawn(async move {
                    let asked = Instant::now();
                    let answer = town.take(&step, photo).await;
                    (step.operation(), asked, answer)
                })
            });
            let mut done = done.buffer_unordered(self.concurrency.max(1));
            while let Some(step) = done.next().await {
                let (operation, asked, answer) = step?;
                let error = match answer {
                    Ok(answer) => {
                        awarded += u64::from(matches!(answer, Some(Answer::Awarded(_))));
                        refused(answer)
                    }
                    Err(error) => Some(error.to_string()),
                };
                total.record(operation, asked, error);
            }
            bar.inc(1);
        }
        bar.finish_and_clear();
        total.sort();
        Ok((total, began.elapsed().as_secs_f64(), awarded))
    }
}

/// Why a deed was not awarded.
fn refused(answer: Option<Answer>) -> Option<String> {
    match answer {
        Some(Answer::Refused(why)) => Some(why.code()),
        _ => None,
    }
}

/// Photos of 1,600 by 1,200 pixels, none like another, as cameras send them.
async fn photos(count: usize) -> Result<Vec<Bytes>, Failure> {
    let bar = bar(count, "photos")?;
    let one = |number: usize| {
        let bar = bar.clone();
        tokio::task::spawn_blocking(move || {
            bar.inc(1);
            scene::scene(number as u64)
        })
    };
    let photos = stream::iter(0..count).map(one).buffered(4);
    let photos: Vec<_> = photos.collect().await;
    bar.finish_and_clear();
    let photos: Result<Vec<_>, _> = photos.into_iter().collect();
    Ok(photos?)
}

impl Town {
    /// A photo, made anew and kept, as a server does with what is uploaded.
    async fn keep(
        &self,
        by: &ledger::community::Actor,
        photo: Bytes,
    ) -> Result<ledger::ids::AttachmentId, Failure> {
        let made = photo::remake(photo).await;
        let made: Upload = made.map_err(|error| Failure(error.to_string()))?;
        let kept = self.ledger.upload(self.program, by, made).await;
        Ok(kept.map_err(|error| Failure(error.to_string()))?.id)
    }
}
