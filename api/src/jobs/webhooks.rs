//! Telling events to who is told of them. Each is told at least once, those about one subject in order: the next waits for the one before to be taken,
//! or given up.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures::{StreamExt, stream};
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::webhook::{Endpoint, EndpointState, pause_after, rest_after};
use ledger::ids::random_bytes;
use ledger::machine::Command;
use ledger::machine::webhooks::WebhookCommand;
use ledger::views::{Attempt, Delivery, DeliveryState, Due};

use super::{Answer, Job, Page, Shift};
use crate::outside::message;

/// How many events an endpoint is told of at a time, and how many of those side by side.
const AT_A_TIME: i64 = 64;
const SIDE_BY_SIDE: usize = 8;

/// See above.
pub struct TellEvents;

/// What came of what an endpoint was told.
#[derive(Default)]
struct Told {
    delivered: u64,
    failed: u64,
    /// It says that it will never take anything again.
    gone: bool,
}

impl Job for TellEvents {
    fn name(&self) -> &'static str {
        "tell_events"
    }

    fn every(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn lease(&self) -> Duration {
        Duration::from_secs(20)
    }

    fn waits_since<'a>(&'a self, shift: &'a Shift) -> Answer<'a, Option<Timestamp>> {
        Box::pin(shift.ledger().deliveries_since(shift.program, shift.now))
    }

    /// Endpoints side by side, so that none waits for another longer than one page takes.
    fn page<'a>(&'a self, shift: &'a Shift, _: Option<Due>) -> Answer<'a, Page> {
        Box::pin(async move {
            let now = shift.ledger().clock().now();
            let due = shift.ledger().endpoints_due(shift.program, now).await?;
            let telling = due
                .iter()
                .map(|(endpoint, failures)| tell(shift, endpoint, *failures))
                .collect::<Vec<_>>();
            let mut page = Page::default();
            for told in futures::future::join_all(telling).await {
                match told {
                    Ok(told) => {
                        page.done += told.delivered;
                        page.failed += told.failed;
                    }
                    Err(error) => {
                        page.error.get_or_insert(error.to_string());
                    }
                }
            }
            // Whoever took something may be told the next; who did not rests.
            page.next = (page.done > 0 && page.error.is_none()).then_some(Due {
                since: shift.now,
                id: shift.program.0,
            });
            Ok(page)
        })
    }
}

/// Tells an endpoint what it can be told now. After the first that fails the others are left for later.
async fn tell(shift: &Shift, endpoint: &Endpoint, failures: i64) -> Result<Told, StoreError> {
    let (ledger, program) = (shift.ledger(), shift.program);
    let now = ledger.clock().now();
    let due = ledger
        .deliveries_due(program, endpoint.id, now, AT_A_TIME)
        .await?;
    let failing = AtomicBool::new(false);
    // A list of them first: a closure over borrowed deliveries is not general enough for the stream.
    let tries: Vec<_> = due
        .iter()
        .map(|delivery| attempt(shift, endpoint, delivery, &failing))
        .collect();
    let attempts: Vec<(Attempt, bool)> = stream::iter(tries)
        .buffer_unordered(SIDE_BY_SIDE)
        .filter_map(std::future::ready)
        .collect()
        .await;
    let mut told = Told::default();
    for (attempt, gone) in &attempts {
        match attempt.state {
            DeliveryState::Delivered => told.delivered += 1,
            DeliveryState::Waiting | DeliveryState::Dead => told.failed += 1,
        }
        told.gone |= gone;
    }
    let attempts: Vec<Attempt> = attempts.into_iter().map(|(attempt, _)| attempt).collect();
    ledger.settle_deliveries(program, &attempts).await?;
    let now = ledger.clock().now();
    let rest = match (told.delivered, told.failed) {
        (0, 0) => None,
        (0, _) => Some((failures + 1, now.plus_seconds(rest_after(failures + 1)))),
        _ => (failures > 0).then_some((0, now)),
    };
    if let Some((failures, until)) = rest {
        ledger
            .note_rest(program, endpoint.id, failures, until)
            .await?;
    }
    if told.gone {
        pause(shift, endpoint).await;
    }
    Ok(told)
}

/// One attempt, and whether the endpoint says that it is gone for good; `None` where another failed meanwhile.
async fn attempt(
    shift: &Shift,
    endpoint: &Endpoint,
    delivery: &Delivery,
    failing: &AtomicBool,
) -> Option<(Attempt, bool)> {
    if failing.load(Ordering::Relaxed) {
        return None;
    }
    let app = shift.app();
    let now = app.ledger.clock().now();
    let answer = match message(&app.ledger, shift.program, endpoint, delivery, now) {
        Ok((headers, body)) => {
            app.outside
                .webhooks
                .tell(&endpoint.url, headers, body)
                .await
        }
        Err(error) => {
            tracing::warn!(%error, "an event cannot be signed");
            return None;
        }
    };
    let taken = answer.is_taken();
    failing.fetch_or(!taken, Ordering::Relaxed);
    let attempts = delivery.attempts + 1;
    let [chance] = random_bytes();
    let again = pause_after(attempts, chance).filter(|_| !taken);
    let at = app.ledger.clock().now();
    let attempt = Attempt {
        endpoint: endpoint.id,
        event: delivery.event,
        state: match (taken, again) {
            (true, _) => DeliveryState::Delivered,
            (false, Some(_)) => DeliveryState::Waiting,
            (false, None) => DeliveryState::Dead,
        },
        attempts,
        due_at: at.plus_seconds(again.unwrap_or_default()),
        at,
        answer: answer.word(),
    };
    Some((attempt, answer.is_gone()))
}

/// Whoever answers 410 is told nothing until somebody looks after it; what happens meanwhile waits.
async fn pause(shift: &Shift, endpoint: &Endpoint) {
    let due = Due {
        since: shift.now,
        id: endpoint.id.0,
    };
    let command = |due: Due| {
        let paused = Endpoint {
            state: EndpointState::Paused,
            ..endpoint.clone()
        };
        let command = WebhookCommand::Change(paused);
        let key = format!("gone:{}:{}", due.id, due.since.as_micros());
        (key, Command::Webhook(Box::new(command)))
    };
    shift.execute(vec![due], command).await;
}
