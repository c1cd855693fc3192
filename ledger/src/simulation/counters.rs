//! What each of the candidate's caps has counted, as recorded and as simulated.

use std::collections::HashMap;

use uuid::Uuid;

use super::report::Both;
use crate::clock::Timestamp;
use crate::machine::award::Counted;
use crate::machine::award::counting::Subjects;
use crate::machine::{Award, CounterKey};
use crate::policy::{
    CapClaim, CapKind, CapReached, CapSubject, CapUnit, Policy, Wait, Window, rolling_used,
};

/// A counter's place: its cap in the candidate's file, whose it is, and when its window began. Small, because there may be one a
/// member and day.
type Place = (u16, Uuid, Timestamp);

/// When an award counts.
#[derive(Clone, Copy, Debug)]
pub(super) enum Part {
    /// When it is submitted and has to wait: in the queue.
    Waiting,
    /// When it is submitted, or let in.
    Submission,
    /// When somebody approves it: the first, the second.
    Approval(usize),
}

/// Every counter of the candidate's caps that an award on record, or a simulated one, counted on.
#[derive(Debug)]
pub(super) struct Counters {
    /// The candidate's.
    digest: String,
    caps: Vec<CapKind>,
    counters: HashMap<Place, Both<i64>>,
}

impl Counters {
    pub fn new(candidate: &Policy) -> Self {
        Self {
            digest: candidate.digest().to_owned(),
            caps: candidate.cap_kinds().collect(),
            counters: HashMap::new(),
        }
    }

    fn place(&self, key: &CounterKey) -> Option<Place> {
        let cap = self.caps.iter().position(|cap| cap.cap == key.cap)?;
        Some((u16::try_from(cap).ok()?, key.subject, key.window_start))
    }

    /// What a part of an award did on caps that the candidate has too. A cap of the same name that counts something else or over
    /// another stretch of time is another cap.
    fn places(&self, award: &Award, part: Part) -> Vec<(Place, i64)> {
        if matches!(part, Part::Waiting) {
            let queue = award.trace.wait.as_ref().and_then(|wait| {
                let subject = waits_as(award, wait)?;
                self.queue(&kind_of(&wait.reached), subject)
            });
            return queue.map(|place| (place, 1)).into_iter().collect();
        }
        let counted = counted(award, part).filter_map(|(kind, counted)| {
            let place = self.place(&counted.key)?;
            let cap = &self.caps[usize::from(place.0)];
            ((cap.per, cap.window, cap.unit) == kind).then_some((place, counted.add))
        });
        counted.collect()
    }

    /// Counts what a part of an award on record counted (`sign` 1), or gives it back (−1).
    pub fn count_recorded(&mut self, award: &Award, part: Part, sign: i64) {
        for (place, add) in self.places(award, part) {
            let counter = self.counters.entry(place).or_default();
            counter.recorded = counter.recorded.saturating_add(sign * add);
        }
    }

    /// The same of a simulated award.
    pub fn count_simulated(&mut self, award: &Award, part: Part, sign: i64) {
        for (place, add) in self.places(award, part) {
            let counter = self.counters.entry(place).or_default();
            counter.simulated = counter.simulated.saturating_add(sign * add);
        }
    }

    /// What a claim finds used, as far as the replay has counted.
    fn used(&self, claim: &CapClaim, key: &CounterKey) -> Both<i64> {
        let Some(place) = self.place(key) else {
            return Both::default();
        };
        let at = |window_start| {
            let counter = self.counters.get(&(place.0, place.1, window_start));
            counter.copied().unwrap_or_default()
        };
        let Window::Rolling { days } = claim.window else {
            return at(place.2);
        };
        let around: Vec<Both<i64>> = claim.around.iter().map(|day| at(*day)).collect();
        let recorded: Vec<i64> = around.iter().map(|counter| counter.recorded).collect();
        let simulated: Vec<i64> = around.iter().map(|counter| counter.simulated).collect();
        Both {
            recorded: rolling_used(days, &recorded),
            simulated: rolling_used(days, &simulated),
        }
    }

    /// Where it is counted who waits under one of the candidate's caps: after the counters of all of them.
    fn queue(&self, kind: &CapKind, subject: Uuid) -> Option<Place> {
        let cap = self.caps.iter().position(|cap| cap == kind)?;
        let queue = u16::try_from(self.caps.len() + cap).ok()?;
        Some((queue, subject, Timestamp::from_micros(0)))
    }

    /// What the candidate's claim finds used when a recorded award is submitted.
    ///
    /// Of an award that waited, its trace tells of the cap that made it wait; if the policy is the same, it fitted under the others, or
    /// did not matter there.
    pub fn used_at_submission(&self, claim: &CapClaim, key: &CounterKey, award: &Award) -> i64 {
        let Some(wait) = &award.trace.wait else {
            return self.used_when_counted(claim, key, award);
        };
        let used = self.used(claim, key);
        let difference = used.simulated.saturating_sub(used.recorded);
        if kind_of(&wait.reached) == kind(claim) {
            wait.reached.used.saturating_add(difference)
        } else if award.digest == self.digest {
            let most = claim.most_beside(wait.reached.wanted);
            used.simulated.min(most.saturating_add(difference))
        } else {
            used.simulated
        }
    }

    /// How many wait under the candidate's claim when a recorded award is submitted: as many as its trace says, but for what the
    /// simulation counted otherwise.
    pub fn waiting_at_submission(&self, claim: &CapClaim, key: &CounterKey, award: &Award) -> i64 {
        let place = self.queue(&kind(claim), key.subject);
        let waiting = place.and_then(|place| self.counters.get(&place));
        let Both {
            recorded,
            simulated,
        } = waiting.copied().unwrap_or_default();
        let wait = award.trace.wait.as_ref();
        let told = wait.filter(|wait| kind_of(&wait.reached) == kind(claim));
        let ahead = told.map_or(0, |wait| wait.ahead);
        ahead.saturating_add(simulated).saturating_sub(recorded)
    }

    /// Whether the simulation has counted what these claims look at as it is on record.
    pub fn is_as_recorded(&self, claims: &[CapClaim], subjects: Subjects) -> bool {
        let used = |claim| self.used(claim, &subjects.counter(claim));
        let mut used = claims.iter().map(used);
        used.all(|used| used.recorded == used.simulated)
    }

    /// What the candidate's claim finds used when a recorded award counts: as it is submitted, or let in.
    ///
    /// Where the award's trace tells what the same cap had counted before it, that is believed, and only what the simulation counted
    /// otherwise is added: so the order within a batch, which is not on record, and members merged since change nothing by themselves.
    pub fn used_when_counted(&self, claim: &CapClaim, key: &CounterKey, award: &Award) -> i64 {
        let used = self.used(claim, key);
        let mut steps = award.trace.caps.iter().zip(&award.counted);
        let told = steps.find(|(step, counted)| {
            counted.key == *key
                && (step.per, step.window, step.unit) == (claim.per, claim.window, claim.unit)
        });
        told.map_or(used.simulated, |(step, _)| {
            let difference = used.simulated.saturating_sub(used.recorded);
            step.used_before.saturating_add(difference)
        })
    }

    /// What the candidate's claim finds used when a recorded award is approved. There the record tells only that it fitted, so what
    /// was used before is taken to have left that much room at least.
    pub fn used_at_approval(
        &self,
        claim: &CapClaim,
        key: &CounterKey,
        award: &Award,
        approval: usize,
    ) -> i64 {
        let used = self.used(claim, key);
        let on_record = counted(award, Part::Approval(approval)).zip(&award.terms.approver_caps);
        let mut on_record = on_record.filter(|((kind, counted), _)| {
            counted.key == *key && *kind == (claim.per, claim.window, claim.unit)
        });
        on_record
            .next()
            .map_or(used.simulated, |((_, counted), then)| {
                let difference = used.simulated.saturating_sub(used.recorded);
                let most = then.limit.saturating_sub(counted.add);
                used.simulated.min(most.saturating_add(difference))
            })
    }
}

fn kind(claim: &CapClaim) -> CapKind {
    CapKind {
        cap: claim.cap.clone(),
        per: claim.per,
        window: claim.window,
        unit: claim.unit,
    }
}

fn kind_of(reached: &CapReached) -> CapKind {
    CapKind {
        cap: reached.cap.clone(),
        per: reached.per,
        window: reached.window,
        unit: reached.unit,
    }
}

/// Whose counter tells who waits under the cap that made an award wait: the one of the queue, and once it is let in the cap's own.
fn waits_as(award: &Award, wait: &Wait) -> Option<Uuid> {
    let mut steps = award.trace.caps.iter();
    let step = steps.position(|step| step.cap == wait.reached.cap);
    let counted = award.counted.get(step.unwrap_or(0))?;
    Some(counted.key.subject)
}

/// What a part of an award counted, and on what kind of cap. It keeps what was counted at its submission first, then each approval's.
fn counted(
    award: &Award,
    part: Part,
) -> impl Iterator<Item = ((CapSubject, Window, CapUnit), &Counted)> {
    let (steps, caps) = (&award.trace.caps, &award.terms.approver_caps);
    let (submitted, approved) = award.counted.split_at(steps.len().min(award.counted.len()));
    let (submitted, approved) = match part {
        Part::Waiting => ([].as_slice(), [].as_slice()),
        Part::Submission => (submitted, [].as_slice()),
        Part::Approval(number) => {
            let first = number.saturating_mul(caps.len()).min(approved.len());
            (&[][..], &approved[first..])
        }
    };
    let steps = steps.iter().map(|step| (step.per, step.window, step.unit));
    let caps = caps
        .iter()
        .map(|claim| (claim.per, claim.window, claim.unit));
    steps.zip(submitted).chain(caps.zip(approved))
}

/// Each counter an award counted on when it was submitted, with what its trace says was counted before. What rolling windows used is
/// worked out from several counters, so it says nothing of one; what was used when a waiting award was let in says nothing of before.
pub(super) fn told(award: &Award) -> impl Iterator<Item = (&CounterKey, i64)> {
    let steps = award.trace.caps.iter().zip(&award.counted);
    steps
        .filter(|(step, _)| !matches!(step.window, Window::Rolling { .. }))
        .filter(|_| award.trace.wait.is_none())
        .map(|(step, Counted { key, .. })| (key, step.used_before))
}
