//! One batch, one transaction: claimed, locked, loaded, decided, saved.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::origins::Arrivals;
use super::{Answer, Job, Submission, Verdict, WriteError};
use crate::accounts::Owner;
use crate::clock::Clock;
use crate::machine::needs::LinkNeeds;
use crate::machine::{Context, Needs, Rejection, State, Stop, decide_and_apply};
use crate::store::{Claim, Claimed, Connection, StoreError, Tx};

/// How often one command may come again because its lock set proved wrong,
/// each time with one owner more: a refund may reach as many budgets as its lots came from.
const RELOCKS: u32 = 32;

/// What came of a batch.
#[derive(Default)]
pub(super) struct Attempted {
    /// Of each command, in turn.
    pub verdicts: Vec<Verdict>,
    /// Whose guards it held: nobody else's accounts can have changed.
    pub locked: BTreeSet<Owner>,
}

/// One batch, one transaction. Nothing is answered here: the caller does so once this has returned.
pub(super) async fn attempt(
    connection: &mut Connection,
    clock: &Clock,
    batch: &[Job],
    arrivals: &mut Arrivals<'_>,
) -> Result<Attempted, StoreError> {
    let Some(first) = batch.first() else {
        return Ok(Attempted::default());
    };
    let program = first.submission.program;
    let claims: Vec<Claim> = batch.iter().map(Job::claim).collect();
    let mut tx = connection.begin(program).await?;
    let ours = tx.claim(&claims, clock.now()).await?;
    let known = known(&mut tx, &claims, &ours).await?;
    let live = || {
        batch
            .iter()
            .filter(|job| ours.contains(&job.submission.claim))
    };
    if live().next().is_none() {
        let verdicts = batch.iter().map(|job| repetition(job, &known)).collect();
        return Ok(Attempted {
            verdicts,
            ..Attempted::default()
        });
    }

    let mut link_needs = LinkNeeds::default();
    live().for_each(|job| link_needs.add(&job.submission.command));
    let links = tx.links(&link_needs).await?;
    let mut needs = Needs::default();
    for job in live() {
        needs.owners.extend(&job.also_lock);
        let actor = job.submission.actor.id;
        needs.add(program, actor, &job.submission.command, &links);
    }
    // Only a wait for a key means that the same command is running elsewhere.
    tx.lock(&needs).await.map_err(StoreError::not_for_a_key)?;
    let loaded = tx.load(&needs, clock.now()).await;
    let mut state = loaded.map_err(StoreError::not_for_a_key)?;

    let decided = decide_all(&mut state, batch, &ours, &known, arrivals);
    state.changes.origins = arrivals.rows();
    tx.settle_claims(decided.rejected, decided.given_up).await?;
    tx.save(&state).await?;
    tx.commit().await?;
    Ok(Attempted {
        verdicts: decided.verdicts,
        locked: needs.owners,
    })
}

struct Decided {
    verdicts: Vec<Verdict>,
    /// Claims and what they were turned down for.
    rejected: Vec<(Uuid, String)>,
    /// Claims of commands that have not been decided after all.
    given_up: Vec<Uuid>,
}

fn decide_all(
    state: &mut State,
    batch: &[Job],
    ours: &HashSet<Uuid>,
    known: &HashMap<Uuid, Claimed>,
    arrivals: &mut Arrivals<'_>,
) -> Decided {
    let mut decided = Decided {
        verdicts: Vec::with_capacity(batch.len()),
        rejected: Vec::new(),
        given_up: Vec::new(),
    };
    for job in batch {
        let Submission {
            claim, id, actor, ..
        } = job.submission;
        if !ours.contains(&claim) {
            decided.verdicts.push(repetition(job, known));
            continue;
        }
        let (now, told) = (state.now, state.changes.events.len());
        let context = Context { id, actor, now };
        let verdict = match decide_and_apply(state, &job.submission.command, &context) {
            Ok(receipt) => {
                let origin = Some(arrivals.id_of(&job.submission));
                let events = state.changes.events.iter_mut().skip(told);
                events.for_each(|event| event.origin = origin);
                Verdict::Answer(Ok(receipt))
            }
            Err(stop) => {
                // A wrong code is not an answer to keep: the right one may follow under the same key.
                if let Stop::Rejected(rejection) = &stop
                    && *rejection != Rejection::InvalidCode
                {
                    let text = serde_json::to_string(rejection).unwrap_or_default();
                    decided.rejected.push((claim, text));
                } else {
                    decided.given_up.push(claim);
                }
                verdict(job, stop)
            }
        };
        decided.verdicts.push(verdict);
    }
    decided
}

async fn known(
    tx: &mut Tx<'_>,
    claims: &[Claim],
    ours: &HashSet<Uuid>,
) -> Result<HashMap<Uuid, Claimed>, StoreError> {
    let ids = claims.iter().map(|claim| claim.id);
    let others: Vec<Uuid> = ids.filter(|id| !ours.contains(id)).collect();
    if others.is_empty() {
        return Ok(HashMap::new());
    }
    tx.claimed(&others).await
}

fn repetition(job: &Job, known: &HashMap<Uuid, Claimed>) -> Verdict {
    Verdict::Repetition(match known.get(&job.submission.claim) {
        Some(claimed) => replay(claimed, job.submission.body),
        // Claimed by a transaction that has vanished since: the same key may be tried again.
        None => Err(WriteError::InProgress),
    })
}

/// What a key claimed earlier answers to this body.
pub fn replay(claimed: &Claimed, body: Uuid) -> Answer {
    if claimed.body != body {
        return Err(WriteError::KeyReused);
    }
    claimed.answer.clone().map_err(WriteError::Rejected)
}

fn verdict(job: &Job, stop: Stop) -> Verdict {
    Verdict::Answer(Err(match stop {
        Stop::Rejected(rejection) => WriteError::Rejected(rejection),
        Stop::Reprice => WriteError::Reprice,
        Stop::Relock(owner) if job.relocks < RELOCKS => return Verdict::Again(owner),
        Stop::Relock(owner) => {
            tracing::error!(?owner, command.id = %job.submission.id, "a lock set kept proving wrong");
            WriteError::Internal
        }
        Stop::Fault(problem) => {
            let operation = job.submission.command.operation();
            tracing::error!(%problem, operation, command.id = %job.submission.id, "a command would have broken the ledger");
            WriteError::Internal
        }
    }))
}
