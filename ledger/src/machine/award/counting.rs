//! Which counters caps look at and count on.

use uuid::Uuid;

use crate::ids::{ActorId, BudgetId, MemberId, derived};
use crate::machine::award::Counted;
use crate::machine::{Award, CounterKey, Rejection, State, Submission};
use crate::points::Points;
use crate::policy::{
    CapClaim, CapSubject, CapUnit, Capped, Over, Wait, Window, apply_caps, rolling_used, split_caps,
};

/// Whom caps may count on.
#[derive(Clone, Copy, Debug)]
pub struct Subjects {
    /// Whose award it is.
    pub member: MemberId,
    /// Out of which budget.
    pub budget: BudgetId,
    /// Who approves, for what is counted then.
    pub approver: Option<ActorId>,
}

impl Subjects {
    fn of(self, claim: &CapClaim) -> Uuid {
        match claim.per {
            CapSubject::Member => self.member.0,
            CapSubject::Budget => self.budget.0,
            CapSubject::Approver => self.approver.map_or(Uuid::nil(), approver),
            CapSubject::Grid | CapSubject::Team => {
                let named = claim.subject.as_deref().unwrap_or_default();
                derived(&[claim.per.name().as_bytes(), named.as_bytes()])
            }
        }
    }

    /// The counter that a claim counts on: of a rolling window, the one of the deed's day.
    pub fn counter(self, claim: &CapClaim) -> CounterKey {
        self.counter_from(claim, claim.window_start)
    }

    fn counter_from(self, claim: &CapClaim, window_start: crate::clock::Timestamp) -> CounterKey {
        CounterKey {
            cap: claim.cap.clone(),
            subject: self.of(claim),
            window_start,
        }
    }

    /// The counters that tell what is used: one, or for a rolling window one for each day around; and who waits, where awards may wait.
    pub fn looked_at(self, claims: &[CapClaim]) -> impl Iterator<Item = CounterKey> {
        claims.iter().flat_map(move |claim| {
            let days = claim.around.iter();
            let days = days.map(move |day| self.counter_from(claim, *day));
            let plain = claim.around.is_empty().then(|| self.counter(claim));
            days.chain(plain).chain(self.waiting(claim))
        })
    }

    /// The counter of those who wait for room under this cap, if it lets them: one for all its windows.
    pub fn waiting(self, claim: &CapClaim) -> Option<CounterKey> {
        (claim.over == Over::Queue).then(|| CounterKey {
            cap: format!("{}/queue", claim.cap),
            subject: self.of(claim),
            window_start: crate::clock::Timestamp::from_micros(0),
        })
    }

    /// The first of the caps under which somebody waits, what it has counted, and how many wait.
    pub(in crate::machine) fn somebody_waits(
        self,
        state: &State,
        claims: &[CapClaim],
    ) -> Option<(usize, i64, i64)> {
        let waiting = |claim| Some(state.counter(&self.waiting(claim)?));
        let first = claims.iter().enumerate().find_map(|(index, claim)| {
            let ahead = waiting(claim).filter(|ahead| *ahead > 0)?;
            Some((index, ahead))
        });
        let (index, ahead) = first?;
        let used = self.used(state, &claims[index..=index]);
        Some((index, used.first().copied().unwrap_or(0), ahead))
    }

    /// What an award counts while it waits: itself, in the queue of the cap that made it wait.
    pub fn counted_waiting(self, claims: &[CapClaim], wait: &Wait) -> Vec<Counted> {
        let reached = claims.iter().find(|claim| claim.cap == wait.reached.cap);
        let key = reached.and_then(|claim| self.waiting(claim));
        key.map(|key| Counted { key, add: 1 }).into_iter().collect()
    }

    /// Those of the subjects that have no account, so that a row of their own is locked: grids, teams, approvers.
    pub fn without_account(self, claims: &[CapClaim]) -> impl Iterator<Item = Uuid> {
        let own = |claim: &&CapClaim| !matches!(claim.per, CapSubject::Member | CapSubject::Budget);
        claims.iter().filter(own).map(move |claim| self.of(claim))
    }

    /// What each claim's counters say.
    fn used(self, state: &State, claims: &[CapClaim]) -> Vec<i64> {
        let one = |claim: &CapClaim| match claim.window {
            Window::Rolling { days } => {
                let days_around = claim.around.iter();
                let counters: Vec<i64> = days_around
                    .map(|day| state.counter(&self.counter_from(claim, *day)))
                    .collect();
                rolling_used(days, &counters)
            }
            _ => state.counter(&self.counter(claim)),
        };
        claims.iter().map(one).collect()
    }

    /// Fits points under caps; with them, what is added to which counter.
    pub(in crate::machine) fn fit(
        self,
        state: &State,
        points: Points,
        claims: &[CapClaim],
    ) -> Result<(Capped, Vec<Counted>), Rejection> {
        let used = self.used(state, claims);
        let capped = apply_caps(points, claims, &used).map_err(Rejection::CapReached)?;
        let counted = self.counted(claims, &capped);
        Ok((capped, counted))
    }

    /// What caps that do not cut add for an award of so many points.
    pub fn counted_whole(self, claims: &[CapClaim], points: Points) -> Vec<Counted> {
        let add = |claim: &CapClaim| match claim.unit {
            CapUnit::Points => points.hundredths(),
            CapUnit::Count => 1,
        };
        let counted = |claim| Counted {
            key: self.counter(claim),
            add: add(claim),
        };
        claims.iter().map(counted).collect()
    }

    /// What is added to which counter.
    pub fn counted(self, claims: &[CapClaim], capped: &Capped) -> Vec<Counted> {
        let counted = claims.iter().zip(&capped.adds);
        counted
            .map(|(claim, &add)| Counted {
                key: self.counter(claim),
                add,
            })
            .collect()
    }
}

/// The subject that stands for a person who approves.
pub fn approver(actor: ActorId) -> Uuid {
    derived(&[CapSubject::Approver.name().as_bytes(), actor.0.as_bytes()])
}

impl Submission {
    /// Whom its caps count on.
    pub const fn subjects(&self) -> Subjects {
        Subjects {
            member: self.member,
            budget: self.budget,
            approver: None,
        }
    }

    /// The caps counted when it is submitted.
    pub fn caps(&self) -> &[CapClaim] {
        split_caps(&self.quote.caps).0
    }
}

impl Award {
    /// Whom its caps count on when this person approves.
    pub const fn subjects(&self, approver: ActorId) -> Subjects {
        Subjects {
            member: self.member,
            budget: self.budget,
            approver: Some(approver),
        }
    }
}
