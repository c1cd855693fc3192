//! What happens to an award one after the other: submitted, let in, approved, divided, fallen.

use super::counters::Part;
use super::decide::{Verdict, divided_like};
use super::report::Both;
use super::{Recorded, Replaces, Replayed, Simulation, SimulationError};
use crate::clock::Timestamp;
use crate::ids::BudgetId;
use crate::machine::{Award, AwardState};
use crate::points::{AmountError, Points};

/// So much drawn from a budget.
type Draw = Option<(BudgetId, Points)>;

/// What happens to an award after it is submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It had waited, and counts from now on.
    LetIn,
    /// The cap is free again under which it waits in the simulation alone.
    Freed,
    /// Somebody approves it: the first, the second.
    Approval(usize),
    /// It gets its share of what several reported.
    Division,
    /// It is rejected or reversed.
    Fall,
}

impl Step {
    /// What happened to an award on record.
    pub fn all(recorded: &Recorded) -> Vec<(Timestamp, Self)> {
        let award = &recorded.award;
        let mut steps = Vec::new();
        let wait = award.trace.wait.as_ref();
        let let_in = wait.and_then(|wait| wait.let_in_at.or(wait.counted_at));
        steps.extend(let_in.map(|at| (at, Self::LetIn)));
        let approvals = award.approvals.iter().enumerate();
        steps.extend(approvals.map(|(number, approved)| (approved.at, Self::Approval(number))));
        if award.trace.share.is_some() {
            // Where nothing came back to the budget, and before what is known of it, it could have been divided from then on.
            let open = award.notice_until.unwrap_or(award.submitted_at);
            steps.push((recorded.came_back_at.unwrap_or(open), Self::Division));
        }
        if !award.state.is_live() {
            let at = award.decided_at.unwrap_or(award.submitted_at);
            steps.push((at, Self::Fall));
        }
        steps
    }
}

/// Whether its budget has paid for it. A rejected one had been paid for if its notice had begun.
const fn has_drawn(award: &Award) -> bool {
    match award.state {
        AwardState::Queued | AwardState::Submitted => false,
        AwardState::Rejected => award.notice_until.is_some(),
        AwardState::Pending | AwardState::Frozen | AwardState::Vested | AwardState::Reversed => {
            true
        }
    }
}

fn drawn(award: &Award) -> Draw {
    has_drawn(award).then_some((award.budget, award.points))
}

/// What the award on record drew when so many people had approved it.
fn drawn_after(award: &Award, approvals: usize) -> Draw {
    drawn(award).filter(|_| award.approvals.len() == approvals)
}

impl Simulation {
    /// It is submitted.
    pub(super) fn submitted(
        &mut self,
        replayed: &mut Replayed,
        inside: bool,
    ) -> Result<(), SimulationError> {
        let recorded = &replayed.recorded;
        self.budgets.go_on_to(recorded.submitted_at)?;
        let (part, draws) = match recorded.trace.wait {
            Some(_) => (Part::Waiting, None),
            None => (Part::Submission, drawn_after(recorded, 0)),
        };
        if !inside {
            self.counters.count_recorded(recorded, part, 1);
            self.counters.count_simulated(recorded, part, 1);
            return Ok(());
        }
        let available = self.available(replayed, self.budget, draws)?;
        let verdict = self.submit(recorded, self.budget, available)?;
        self.counters.count_recorded(recorded, part, 1);
        if let Verdict::Awarded(award) = &verdict {
            self.counters.count_simulated(award, first_part(award), 1);
            if self.replaces == Replaces::ItsKind {
                self.live.insert(recorded.deed_id, recorded.id);
            }
        }
        self.note_uncovered(&verdict, self.budget);
        self.draw(draws, verdict.award().and_then(drawn))?;
        let alone = verdict.award().filter(|_| recorded.trace.wait.is_none());
        if let Some(wait) = alone.and_then(|award| award.trace.wait.as_ref()) {
            // Behind others it may fit once they have been looked at.
            let free = match wait.ahead {
                0 => wait.reached.window_end,
                _ => recorded.submitted_at,
            };
            self.wait_until(replayed, free);
        }
        replayed.simulated = Some(verdict);
        Ok(())
    }

    /// An award that had waited on record is let in.
    pub(super) fn let_in(
        &mut self,
        replayed: &mut Replayed,
        at: Timestamp,
    ) -> Result<(), SimulationError> {
        let parts = [(Part::Waiting, -1), (Part::Submission, 1)];
        if replayed.simulated.is_none() {
            for (part, sign) in parts {
                let recorded = &replayed.recorded;
                self.counters.count_recorded(recorded, part, sign);
                self.counters.count_simulated(recorded, part, sign);
            }
            return Ok(());
        }
        let draws = drawn_after(&replayed.recorded, 0);
        let simulated = self.admitted(replayed, at, draws)?;
        for (part, sign) in parts {
            self.counters.count_recorded(&replayed.recorded, part, sign);
        }
        Ok(self.draw(draws, simulated)?)
    }

    /// An award that waits in the simulation alone may be let in.
    pub(super) fn freed(
        &mut self,
        replayed: &mut Replayed,
        at: Timestamp,
    ) -> Result<(), SimulationError> {
        let simulated = self.admitted(replayed, at, None)?;
        Ok(self.draw(None, simulated)?)
    }

    /// Lets a simulated award in if it waits and there is room now; else it waits on. Answers with what it draws.
    fn admitted(
        &mut self,
        replayed: &mut Replayed,
        at: Timestamp,
        draws: Draw,
    ) -> Result<Draw, SimulationError> {
        let waits = |award: &&Award| award.state == AwardState::Queued;
        let simulated = replayed.simulated.as_ref().and_then(Verdict::award);
        let Some(before) = simulated.filter(waits).cloned() else {
            return Ok(None);
        };
        let available = self.available(replayed, before.budget, draws)?;
        match self.admit(&replayed.recorded, &before, at, available)? {
            Verdict::Awarded(award) => {
                // One that waits for its budget alone counts already.
                if before.trace.waits() {
                    self.counters.count_simulated(&before, Part::Waiting, -1);
                    self.counters.count_simulated(&award, Part::Submission, 1);
                }
                let draws = drawn(&award);
                replayed.simulated = Some(Verdict::Awarded(award));
                Ok(draws)
            }
            Verdict::Refused { cap: Some(cap), .. } => {
                self.wait_until(replayed, cap.window_end);
                Ok(None)
            }
            refused @ Verdict::Refused { .. } => {
                self.note_uncovered(&refused, before.budget);
                if !refused.is_for_now() {
                    self.give_back(&before);
                    self.live.remove(&replayed.recorded.deed_id);
                    replayed.simulated = Some(refused);
                }
                Ok(None)
            }
        }
    }

    /// Looks for room again then, if the period is not over.
    fn wait_until(&self, replayed: &mut Replayed, free: Timestamp) {
        if free < self.period.until {
            let steps = &mut replayed.steps;
            let place = steps.partition_point(|(at, _)| *at <= free);
            steps.insert(place, (free, Step::Freed));
        }
    }

    /// It is divided among all who reported the same.
    pub(super) fn divided(&mut self, replayed: &mut Replayed) -> Result<(), SimulationError> {
        let Some(divided) = replayed.divided.take() else {
            return Ok(());
        };
        let whole = std::mem::replace(&mut replayed.recorded, divided);
        let recorded = &replayed.recorded;
        for (award, sign) in [(&whole, -1), (recorded, 1)] {
            for part in parts(award) {
                self.counters.count_recorded(award, part, sign);
                if replayed.simulated.is_none() {
                    self.counters.count_simulated(award, part, sign);
                }
            }
        }
        let mut simulated = None;
        if let Some(Verdict::Awarded(award)) = &mut replayed.simulated
            && let Some(share) = divided_like(recorded, award)
        {
            for (award, sign) in [(&**award, -1), (&share, 1)] {
                for part in parts(award) {
                    self.counters.count_simulated(award, part, sign);
                }
            }
            simulated = less(award, &share)?;
            **award = share;
        }
        let recorded = match &replayed.simulated {
            Some(_) => less(&whole, recorded)?,
            None => None,
        };
        Ok(self.draw(recorded, simulated)?)
    }

    /// Somebody approves it.
    pub(super) fn approved(
        &mut self,
        replayed: &mut Replayed,
        approval: usize,
    ) -> Result<(), SimulationError> {
        let part = Part::Approval(approval);
        let Some(before) = replayed.simulated.take() else {
            self.counters.count_recorded(&replayed.recorded, part, 1);
            self.counters.count_simulated(&replayed.recorded, part, 1);
            return Ok(());
        };
        let draws = drawn_after(&replayed.recorded, approval + 1);
        let mut simulated = None;
        let verdict = match before {
            Verdict::Awarded(award) if award.state == AwardState::Submitted => {
                let available = self.available(replayed, award.budget, draws)?;
                let verdict = self.approve(&replayed.recorded, &award, approval, available)?;
                simulated = verdict.award().and_then(drawn);
                self.agreed(replayed, award, verdict)
            }
            as_it_was => as_it_was,
        };
        self.counters.count_recorded(&replayed.recorded, part, 1);
        replayed.simulated = Some(verdict);
        Ok(self.draw(draws, simulated)?)
    }

    /// What becomes of a simulated award that somebody approved, or could not.
    fn agreed(&mut self, replayed: &mut Replayed, before: Box<Award>, verdict: Verdict) -> Verdict {
        match verdict {
            Verdict::Awarded(award) => {
                let part = Part::Approval(before.approvals.len());
                self.counters.count_simulated(&award, part, 1);
                Verdict::Awarded(award)
            }
            // It waits for somebody else.
            Verdict::Refused { cap: Some(cap), .. } => {
                replayed.held_up = Some(cap.cap);
                Verdict::Awarded(before)
            }
            refused @ Verdict::Refused { .. } => {
                self.note_uncovered(&refused, before.budget);
                self.give_back(&before);
                self.live.remove(&replayed.recorded.deed_id);
                refused
            }
        }
    }

    /// It is rejected or reversed.
    pub(super) fn fell(&mut self, replayed: &mut Replayed) -> Result<(), SimulationError> {
        replayed.steps.clear();
        let recorded = &replayed.recorded;
        for part in parts(recorded) {
            self.counters.count_recorded(recorded, part, -1);
        }
        let Some(verdict) = &replayed.simulated else {
            for part in parts(recorded) {
                self.counters.count_simulated(recorded, part, -1);
            }
            return Ok(());
        };
        if self.live.get(&recorded.deed_id) == Some(&recorded.id) {
            self.live.remove(&recorded.deed_id);
        }
        let spent = match recorded.state {
            AwardState::Reversed => self.budgets.spent(recorded)?,
            _ => Points::ZERO,
        };
        let back = |(budget, points): (BudgetId, Points)| {
            Ok::<_, AmountError>((budget, spent.minus(points)?.min(Points::ZERO)))
        };
        let simulated = verdict.award();
        if let Some(award) = simulated {
            self.give_back(award);
        }
        let recorded = drawn(recorded).map(back).transpose()?;
        let simulated = simulated.and_then(drawn).map(back).transpose()?;
        Ok(self.draw(recorded, simulated)?)
    }

    /// The caps get back what a simulated award counted.
    fn give_back(&mut self, award: &Award) {
        for part in parts(award) {
            self.counters.count_simulated(award, part, -1);
        }
    }

    /// What the simulation finds in a budget when the award on record draws this.
    fn available(
        &mut self,
        replayed: &Replayed,
        budget: BudgetId,
        draws: Draw,
    ) -> Result<Points, AmountError> {
        let draws = draws.filter(|(drawn_on, _)| *drawn_on == budget);
        let before = draws.and(replayed.before);
        let drawn = draws.map(|(_, points)| points);
        self.budgets.available(budget, drawn, before)
    }

    fn draw(&mut self, recorded: Draw, simulated: Draw) -> Result<(), AmountError> {
        if let Some((budget, recorded)) = recorded {
            let simulated = Points::ZERO;
            let both = Both {
                recorded,
                simulated,
            };
            self.budgets.draw(budget, both, &self.candidate)?;
        }
        if let Some((budget, simulated)) = simulated {
            let recorded = Points::ZERO;
            let both = Both {
                recorded,
                simulated,
            };
            self.budgets.draw(budget, both, &self.candidate)?;
        }
        Ok(())
    }

    fn note_uncovered(&mut self, verdict: &Verdict, budget: BudgetId) {
        if let Verdict::Refused { code, .. } = verdict
            && code == "budget_exhausted"
        {
            self.budgets.not_covered(budget);
        }
    }
}

/// What it counts before anybody approves it.
const fn first_part(award: &Award) -> Part {
    if award.trace.waits() {
        Part::Waiting
    } else {
        Part::Submission
    }
}

/// Everything an award has counted.
fn parts(award: &Award) -> impl Iterator<Item = Part> + use<> {
    let approvals = 0..award.approvals.len();
    std::iter::once(first_part(award)).chain(approvals.map(Part::Approval))
}

/// What goes back to its budget when an award is divided, below zero.
fn less(whole: &Award, share: &Award) -> Result<Draw, AmountError> {
    let less = |(budget, points)| Ok((budget, share.points.minus(points)?));
    drawn(whole).map(less).transpose()
}
