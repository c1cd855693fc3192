//! What happens to an award one after the other: submitted, approved, fallen.

use super::counters::Part;
use super::decide::Verdict;
use super::report::Both;
use super::{Replaces, Replayed, Simulation, SimulationError};
use crate::ids::BudgetId;
use crate::machine::{Award, AwardState};
use crate::points::{AmountError, Points};

/// So much drawn from a budget.
type Draw = Option<(BudgetId, Points)>;

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
        if !inside {
            self.counters.count_recorded(recorded, Part::Submission, 1);
            self.counters.count_simulated(recorded, Part::Submission, 1);
            return Ok(());
        }
        let draws = drawn_after(recorded, 0);
        let available = self.available(replayed, self.budget, draws)?;
        let verdict = self.submit(recorded, self.budget, available)?;
        self.counters.count_recorded(recorded, Part::Submission, 1);
        if let Verdict::Awarded(award) = &verdict {
            self.counters.count_simulated(award, Part::Submission, 1);
            if self.replaces == Replaces::ItsKind {
                self.live.insert(recorded.deed_id, recorded.id);
            }
        }
        self.note_uncovered(&verdict, self.budget);
        self.draw(draws, verdict.award().and_then(drawn))?;
        replayed.simulated = Some(verdict);
        Ok(())
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
                replayed.held_up = Some(cap);
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
    pub(super) fn fell(&mut self, replayed: &Replayed) -> Result<(), SimulationError> {
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

/// Everything an award has counted.
fn parts(award: &Award) -> impl Iterator<Item = Part> + use<> {
    let approvals = 0..award.approvals.len();
    std::iter::once(Part::Submission).chain(approvals.map(Part::Approval))
}
