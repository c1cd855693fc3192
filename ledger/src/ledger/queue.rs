//! Which of the awards that wait for room under a cap, or for their budget, may be let in.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::Ledger;
use super::tariff::Tariff;
use crate::accounts::Account;
use crate::clock::Timestamp;
use crate::ids::ProgramId;
use crate::machine::award::Counted;
use crate::machine::award::counting::Subjects;
use crate::machine::state::Balance;
use crate::machine::{Admission, Award, State};
use crate::points::Points;
use crate::policy::split_caps;
use crate::store::views::{BudgetView, Due};
use crate::store::{Store, StoreError, either};

/// A page of the queue.
#[derive(Debug, Default)]
pub struct Queue {
    /// Those for which there seems to be room, or whose points have run out, in order of submission.
    pub admissions: Vec<Admission>,
    /// Since when there may have been room for the first of them.
    pub since: Option<Timestamp>,
    /// Where the next page begins; `None` after the last.
    pub next: Option<Due>,
}

impl Ledger {
    /// Looks through a page of the queue, in order of submission, without locking anything: whether an award is let in is decided by
    /// [`crate::machine::Command::AdmitAward`]. What still does not fit costs a look at its counters and no more.
    pub async fn queue(
        &self,
        program: ProgramId,
        now: Timestamp,
        after: Option<Due>,
        limit: i64,
    ) -> Result<Queue, StoreError> {
        let waiting =
            either!(&self.store, Store, store => store.queued(program, after, limit).await)?;
        let Some(last) = waiting.last() else {
            return Ok(Queue::default());
        };
        let is_last = i64::try_from(waiting.len()).unwrap_or(limit) < limit;
        let next = Due {
            since: last.submitted_at,
            id: last.id.0,
        };
        let closing = either!(&self.store, Store, store => store.closing(program).await)?;
        let over = closing.is_some_and(|closing| closing.last_spending < now);
        let tariff = self.tariff_of(program, &waiting).await?;
        let admissions: Vec<(&Award, Admission)> = waiting
            .iter()
            .map(|award| Ok((award, admission(&tariff, award, now)?)))
            .collect::<Result<_, StoreError>>()?;
        let budgets = either!(&self.store, Store, store => store.budgets(program).await)?;
        let mut room = self.room(program, now, &admissions, &budgets).await?;
        let closed = |budget| {
            let mut budgets = budgets.iter();
            let budget = budgets.find(|known| known.id == budget);
            budget.and_then(|known| known.record.closed_at)
        };
        let mut queue = Queue {
            next: (!is_last).then_some(next),
            ..Queue::default()
        };
        for (award, admission) in admissions {
            let ended = award.expires_at.filter(|end| *end <= now);
            let ended = ended
                .or(over.then_some(now))
                .or_else(|| closed(award.budget));
            if let Some(since) = ended.or_else(|| may_begin(&mut room, award, &admission)) {
                queue.since = queue.since.min(Some(since)).or(Some(since));
                queue.admissions.push(admission);
            }
        }
        Ok(queue)
    }

    /// The policies that priced these awards.
    async fn tariff_of(
        &self,
        program: ProgramId,
        awards: &[Award],
    ) -> Result<Arc<Tariff>, StoreError> {
        let tariff = self.tariff(program).await?;
        let known = |award: &Award| tariff.version(&award.policy, &award.digest).is_some();
        if awards.iter().all(known) {
            return Ok(tariff);
        }
        Ok(match tariff.newer(&self.store, program).await? {
            Some(newer) => self.remember_tariff(program, newer),
            None => tariff,
        })
    }

    /// A state that knows the counters of these awards' caps, what their budgets hold, and nothing else.
    async fn room(
        &self,
        program: ProgramId,
        now: Timestamp,
        admissions: &[(&Award, Admission)],
        budgets: &[BudgetView],
    ) -> Result<State, StoreError> {
        let mut keys = BTreeSet::new();
        for (award, admission) in admissions {
            for caps in admission.ways() {
                keys.extend(subjects(award).looked_at(caps));
            }
        }
        let counters = either!(&self.store, Store, store => store.counters(program, &keys).await)?;
        let mut state = State::new(program, now, []);
        for (key, used) in counters {
            state.load_counter(key, used);
        }
        for budget in budgets {
            state.load_account(Account::budget(budget.id), holding(budget.balance));
        }
        Ok(state)
    }
}

const fn subjects(award: &Award) -> Subjects {
    Subjects {
        member: award.member,
        budget: award.budget,
        approver: None,
    }
}

fn holding(points: Points) -> Balance {
    Balance {
        points,
        ..Balance::default()
    }
}

/// Its caps, by the version that priced it: in the windows of its deed, and in those of now. One that waits for its budget counts on them already.
fn admission(tariff: &Tariff, award: &Award, now: Timestamp) -> Result<Admission, StoreError> {
    if award.is_unfunded() {
        return Ok(Admission {
            award: award.id,
            member: award.member,
            of_deed: Vec::new(),
            of_now: Vec::new(),
        });
    }
    let corrupt = |problem: String| StoreError::corrupt("awards", "digest", award.id, problem);
    let policy = tariff
        .version(&award.policy, &award.digest)
        .ok_or_else(|| {
            corrupt(format!(
                "no version of {} is {}",
                award.policy, award.digest
            ))
        })?;
    let caps = |moment| {
        let caps = policy.caps_at(&award.deed, moment);
        let caps = caps.map_err(|refusal| corrupt(refusal.to_string()))?;
        Ok::<_, StoreError>(split_caps(&caps).0.to_vec())
    };
    Ok(Admission {
        award: award.id,
        member: award.member,
        of_deed: caps(award.deed.occurred_at)?,
        of_now: caps(now)?,
    })
}

/// Since when there may have been room for it, if there is: it is taken, so that the next finds it taken.
fn may_begin(room: &mut State, award: &Award, admission: &Admission) -> Option<Timestamp> {
    let (capped, counted, of_now) = admission.fit(room, subjects(award), award.points).ok()?;
    if award.is_unfunded() || award.terms.approval.people() == 0 {
        let budget = Account::budget(award.budget);
        let left = room.account(budget).points.minus(capped.points).ok()?;
        if left.is_negative() {
            return None;
        }
        room.load_account(budget, holding(left));
    }
    for Counted { key, add } in counted {
        let used = room.counter(&key).saturating_add(add);
        room.load_counter(key, used);
    }
    if award.is_unfunded() {
        // When its budget was given more is not kept.
        return Some(room.now);
    }
    let began = admission
        .of_now
        .iter()
        .map(|claim| claim.window_start)
        .max();
    let began = began.filter(|_| of_now.is_some());
    Some(award.submitted_at.max(began.unwrap_or(award.submitted_at)))
}
