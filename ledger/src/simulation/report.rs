//! What a simulation answers.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::MemberId;
use crate::points::{AmountError, Points};

/// Who would have gained and who lost, had the candidate been in force.
///
/// It speaks of awards that stand: what was rejected or reversed is worth nothing either way and only gave back to caps and budgets. An
/// award that waits for approval or is on notice counts as it will once it vests; one that waits for room counts nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The candidate's name.
    pub policy: String,
    /// Its title.
    pub title: String,
    /// Its digest.
    pub digest: String,
    /// The first instant of the period.
    pub from: Timestamp,
    /// The first instant after it.
    pub until: Timestamp,
    /// Awards that were rejected or reversed, and so are left out of everything below.
    pub fallen: u64,
    /// As recorded.
    pub recorded: Sum,
    /// As simulated.
    pub simulated: Sum,
    /// Awards that would not have been what they are: other points, rule, budget, expiry or terms, or none at all.
    pub changed: u64,
    /// Awards on record that the candidate refuses.
    pub newly_refused: u64,
    /// Awards that wait for room on record and would not.
    pub newly_awarded: u64,
    /// Awards that would wait for room and do not on record.
    pub newly_waiting: u64,
    /// Who would have had to approve.
    pub approvals: Approvals,
    /// Awards that still wait for somebody to approve: with the candidate, those that needed more people than agreed, or whose approver
    /// had no room left under a cap.
    pub unapproved: Both<Sum>,
    /// Awards on public notice, or objected to and not yet reviewed, when the period ended.
    pub on_notice: Both<Sum>,
    /// Members who would have more.
    pub gaining: Crowd,
    /// Members who would have less.
    pub losing: Crowd,
    /// Rule by rule, in the order of the file, then those that are only on record.
    pub rules: Vec<RuleLine>,
    /// What is drawn from each budget in each month, by code and month.
    pub budgets: Vec<BudgetLine>,
    /// How far each budget reaches, by code.
    pub holdings: Vec<HoldingLine>,
    /// Cap by cap, by name.
    pub caps: Vec<CapLine>,
    /// Why deeds are refused, by code.
    pub refusals: Vec<RefusalLine>,
    /// Those who gain most, at most [`Report::MOST_MEMBERS`].
    pub gainers: Vec<MemberLine>,
    /// Those who lose most, as many.
    pub losers: Vec<MemberLine>,
}

impl Report {
    /// How many members are named on either side.
    pub const MOST_MEMBERS: usize = 20;

    /// Whether the candidate gives exactly what was recorded.
    pub fn is_unchanged(&self) -> bool {
        let same_caps = |line: &CapLine| line.recorded == line.simulated && line.refused == 0;
        self.changed == 0
            && self.recorded == self.simulated
            && self.approvals == Approvals::default()
            && self.unapproved.is_same()
            && self.on_notice.is_same()
            && self.gaining.members + self.losing.members == 0
            && self.refusals.is_empty()
            && self
                .rules
                .iter()
                .all(|line| line.recorded == line.simulated)
            && self
                .budgets
                .iter()
                .all(|line| line.recorded == line.simulated)
            && self
                .holdings
                .iter()
                .all(|line| line.recorded == line.simulated)
            && self.caps.iter().all(same_caps)
    }
}

/// Something as recorded and as simulated.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Both<T> {
    /// On record.
    pub recorded: T,
    /// With the candidate.
    pub simulated: T,
}

impl<T: PartialEq> Both<T> {
    fn is_same(&self) -> bool {
        self.recorded == self.simulated
    }
}

/// So many awards, worth so much.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// How many.
    pub awards: u64,
    /// What they are worth together.
    pub points: Points,
}

impl Sum {
    pub(super) fn add(&mut self, points: Points) -> Result<(), AmountError> {
        self.awards += 1;
        self.points = self.points.plus(points)?;
        Ok(())
    }
}

/// How many awards need other approvals than they did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approvals {
    /// Approval, which they did not need.
    pub newly_needed: u64,
    /// No approval, which they did.
    pub no_longer_needed: u64,
    /// A second person's, where one was enough.
    pub second_needed: u64,
    /// One person's only, where two had to agree.
    pub second_dropped: u64,
}

/// So many members, and by how much together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crowd {
    /// How many.
    pub members: u64,
    /// The sum of their differences, never negative.
    pub points: Points,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLine {
    /// Its name.
    pub rule: String,
    /// Its title.
    pub title: String,
    /// What it gave.
    pub recorded: Sum,
    /// What it would have given.
    pub simulated: Sum,
    /// What its recorded awards would have gained.
    pub gained: Points,
    /// What its recorded awards would have lost.
    pub lost: Points,
}

/// A month of a budget.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BudgetLine {
    /// The budget's code.
    pub budget: String,
    /// The month, by the candidate's calendar, as in `2026-03`.
    pub month: String,
    /// What was put into the budget in that month, less what was taken out of it again; the same either way.
    pub appropriated: Points,
    /// What these awards drew in that month, less what came back from those that fell; below zero if more came back.
    pub recorded: Points,
    /// What they would have drawn.
    pub simulated: Points,
}

/// How far a budget reaches. What else draws on it did so as recorded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldingLine {
    /// The budget's code.
    pub budget: String,
    /// On record.
    pub recorded: Holding,
    /// With the candidate.
    pub simulated: Holding,
}

/// What a budget holds, from the beginning of the period to its end or to the last thing that happened to one of its awards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holding {
    /// The least it held once it held something; below zero if what else drew on it would not all have been covered.
    pub lowest: Points,
    /// The day on which it first held so little, by the candidate's calendar, as in `2026-03-20`; `None` if it never held anything.
    pub lowest_on: Option<String>,
    /// The first day on which it did not cover an award, or on which nothing was left of it.
    pub ran_out_on: Option<String>,
    /// What it held in the end.
    pub closing: Points,
}

/// A cap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CapLine {
    /// `policy/cap`.
    pub cap: String,
    /// What it did.
    pub recorded: Bites,
    /// What it would have done.
    pub simulated: Bites,
    /// Awards on record for which it would have left no room, or approvals if it counts on who approves. What a cap refused at the time
    /// is not on record.
    pub refused: u64,
}

/// What a cap cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bites {
    /// How many awards it clipped.
    pub clipped: u64,
    /// By how much together.
    pub points: Points,
}

/// A reason for which deeds on record are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RefusalLine {
    /// Its stable code.
    pub code: String,
    /// How many deeds, and what they were worth.
    pub recorded: Sum,
}

/// A member, by id only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberLine {
    /// Who.
    pub member: MemberId,
    /// What they were awarded.
    pub recorded: Points,
    /// What they would have been.
    pub simulated: Points,
    /// The difference, below zero for a loss.
    pub difference: Points,
}
