//! What each budget holds, as recorded and as simulated.

use std::collections::{BTreeMap, HashMap};

use super::report::{Both, BudgetLine, Holding, HoldingLine};
use crate::clock::Timestamp;
use crate::ids::{AwardId, BudgetId};
use crate::journal::TransferKind;
use crate::machine::Award;
use crate::points::{AmountError, Points};
use crate::policy::Policy;

/// An entry of a budget's account, in order of version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetEntry {
    /// Why points moved.
    pub kind: TransferKind,
    /// About which award, if it is about one.
    pub subject: AwardId,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// By how much the budget grew; below zero for what was drawn.
    pub amount: Points,
    /// What it held then.
    pub balance_after: Points,
}

/// What an entry tells of an award.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// It drew on the budget, which held so much before.
    Drew(AwardId, Points),
    /// It vested, and something came back: what others who reported the same have of it, or what the member owed.
    Vested(AwardId, Timestamp),
}

/// What became of a budget on record.
#[derive(Debug)]
pub struct Course {
    budget: BudgetId,
    code: String,
    /// What it held before the first of the moments.
    opening: Points,
    /// What it held at the end of each moment in which it changed. What happens within a moment nobody sees.
    moments: Vec<(Timestamp, Points)>,
    appropriated: Vec<(Timestamp, Points)>,
    /// What came back to it from reversed awards: without what had been spent of them.
    returned: HashMap<AwardId, Points>,
}

impl Course {
    /// One that holds so much to begin with.
    pub fn new(budget: BudgetId, code: String, opening: Points) -> Self {
        Self {
            budget,
            code,
            opening,
            moments: Vec::new(),
            appropriated: Vec::new(),
            returned: HashMap::new(),
        }
    }

    /// The next entry. Answers with what it tells of an award, if it does.
    ///
    /// # Errors
    /// When a sum does not fit.
    pub fn add(&mut self, entry: &BudgetEntry) -> Result<Option<Told>, AmountError> {
        let held = (entry.recorded_at, entry.balance_after);
        match self.moments.last_mut() {
            Some(last) if last.0 == entry.recorded_at => *last = held,
            _ => self.moments.push(held),
        }
        match entry.kind {
            TransferKind::Appropriate | TransferKind::ReturnBudget | TransferKind::CarryOver => {
                self.appropriated.push((entry.recorded_at, entry.amount));
            }
            TransferKind::Reverse => {
                self.returned.insert(entry.subject, entry.amount);
            }
            TransferKind::Award | TransferKind::Notice if entry.amount.is_negative() => {
                let before = entry.balance_after.minus(entry.amount)?;
                return Ok(Some(Told::Drew(entry.subject, before)));
            }
            TransferKind::Award => {
                return Ok(Some(Told::Vested(entry.subject, entry.recorded_at)));
            }
            _ => {}
        }
        Ok(None)
    }
}

/// The budgets that the awards replayed draw on, followed from moment to moment.
///
/// On record a budget is what the journal says. In the simulation it differs from that by what replayed awards have drawn otherwise, and
/// by nothing else: appropriations, other policies' awards and what members pay back are as recorded.
#[derive(Debug)]
pub(super) struct Budgets {
    from: Timestamp,
    now: Timestamp,
    followed: Vec<Followed>,
}

#[derive(Debug)]
struct Followed {
    course: Course,
    /// How many of its moments have come.
    come: usize,
    recorded: Points,
    /// What the simulation holds beyond that.
    difference: Points,
    /// Whether something happened in this moment.
    touched: bool,
    holdings: Both<Held>,
    drawn: BTreeMap<String, Both<Points>>,
}

/// What was seen of a budget so far.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    last: Option<Points>,
    lowest: Option<(Points, Timestamp)>,
    ran_out: Option<Timestamp>,
}

impl Held {
    fn see(&mut self, holds: Points, at: Timestamp) {
        // Before it is given anything, it is not low.
        let lower = self
            .lowest
            .map_or_else(|| holds.is_positive(), |(lowest, _)| holds < lowest);
        if lower {
            self.lowest = Some((holds, at));
        }
        if self.last.is_some_and(Points::is_positive) && !holds.is_positive() {
            self.ran_out.get_or_insert(at);
        }
        self.last = Some(holds);
    }

    fn holding(self, candidate: &Policy) -> Holding {
        let day = |at| {
            let day = candidate.day_of(at);
            day.map_or_else(String::new, |day| day.to_string())
        };
        let lowest = self.lowest;
        Holding {
            lowest: lowest.map_or(Points::ZERO, |(lowest, _)| lowest),
            lowest_on: lowest.map(|(_, at)| day(at)),
            ran_out_on: self.ran_out.map(day),
            closing: self.last.unwrap_or_default(),
        }
    }
}

impl Budgets {
    pub fn new(courses: Vec<Course>, from: Timestamp) -> Self {
        let followed = courses.into_iter().map(|course| Followed {
            come: 0,
            recorded: course.opening,
            difference: Points::ZERO,
            touched: true,
            holdings: Both::default(),
            drawn: BTreeMap::new(),
            course,
        });
        let mut budgets = Self {
            from,
            now: from,
            followed: followed.collect(),
        };
        for followed in &mut budgets.followed {
            followed.come_to(from);
        }
        budgets
    }

    pub fn of_code(&self, code: &str) -> Option<BudgetId> {
        let mut courses = self.followed.iter().map(|followed| &followed.course);
        Some(courses.find(|course| course.code == code)?.budget)
    }

    fn followed(&mut self, budget: BudgetId) -> Option<&mut Followed> {
        let mut followed = self.followed.iter_mut();
        followed.find(|followed| followed.course.budget == budget)
    }

    /// Goes on to a moment; what happens from now on happens then. Nothing goes back.
    pub fn go_on_to(&mut self, moment: Timestamp) -> Result<(), AmountError> {
        if moment <= self.now {
            return Ok(());
        }
        for followed in &mut self.followed {
            followed.see(self.now)?;
            while let Some(next) = followed.next_moment()
                && next < moment
            {
                followed.come_to(next);
                followed.see(next)?;
            }
            followed.come_to(moment);
        }
        self.now = moment;
        Ok(())
    }

    /// What the simulation finds in a budget, from which an award of so many points that drew on it on record is about to draw. It
    /// held that much at least; if what exactly is not known, neither is the order within this moment.
    pub fn available(
        &mut self,
        budget: BudgetId,
        drawn: Option<Points>,
        before: Option<Points>,
    ) -> Result<Points, AmountError> {
        let Some(followed) = self.followed(budget) else {
            return Ok(Points::ZERO);
        };
        let held = before.unwrap_or(followed.recorded);
        let held = drawn.map_or(held, |drawn| held.max(drawn));
        held.plus(followed.difference)
    }

    /// An award did not fit into what is left.
    pub fn not_covered(&mut self, budget: BudgetId) {
        let now = self.now;
        if let Some(followed) = self.followed(budget) {
            followed.holdings.simulated.ran_out.get_or_insert(now);
        }
    }

    /// So much is drawn now, on record and in the simulation; given back below zero.
    pub fn draw(
        &mut self,
        budget: BudgetId,
        points: Both<Points>,
        candidate: &Policy,
    ) -> Result<(), AmountError> {
        let month = candidate.month_of(self.now).unwrap_or_default();
        let Some(followed) = self.followed(budget) else {
            return Ok(());
        };
        let drawn = followed.drawn.entry(month).or_default();
        drawn.recorded = drawn.recorded.plus(points.recorded)?;
        drawn.simulated = drawn.simulated.plus(points.simulated)?;
        let less = points.recorded.minus(points.simulated)?;
        followed.difference = followed.difference.plus(less)?;
        followed.touched = true;
        Ok(())
    }

    /// What did not come back to its budget when an award on record was reversed, because it had been spent.
    pub fn spent(&mut self, award: &Award) -> Result<Points, AmountError> {
        let Some(followed) = self.followed(award.budget) else {
            return Ok(Points::ZERO);
        };
        let returned = followed.course.returned.get(&award.id);
        award.points.minus(returned.copied().unwrap_or_default())
    }

    /// What became of the budgets until then, or until now if that is later.
    pub fn report(
        mut self,
        until: Timestamp,
        candidate: &Policy,
    ) -> Result<(Vec<BudgetLine>, Vec<HoldingLine>), AmountError> {
        self.go_on_to(until)?;
        let (from, now) = (self.from, self.now);
        let (mut lines, mut holdings) = (Vec::new(), Vec::new());
        self.followed
            .sort_by(|one, other| one.course.code.cmp(&other.course.code));
        for mut followed in self.followed {
            followed.see(now)?;
            let holding = HoldingLine {
                budget: followed.course.code.clone(),
                recorded: followed.holdings.recorded.holding(candidate),
                simulated: followed.holdings.simulated.holding(candidate),
            };
            holdings.push(holding);
            lines.extend(followed.months((from, now), candidate)?);
        }
        Ok((lines, holdings))
    }
}

impl Followed {
    fn next_moment(&self) -> Option<Timestamp> {
        let next = self.course.moments.get(self.come);
        next.map(|(moment, _)| *moment)
    }

    /// Takes over what the journal says until then.
    fn come_to(&mut self, moment: Timestamp) {
        while let Some((at, holds)) = self.course.moments.get(self.come)
            && *at <= moment
        {
            self.recorded = *holds;
            self.touched = true;
            self.come += 1;
        }
    }

    fn see(&mut self, at: Timestamp) -> Result<(), AmountError> {
        if self.touched {
            let simulated = self.recorded.plus(self.difference)?;
            self.holdings.recorded.see(self.recorded, at);
            self.holdings.simulated.see(simulated, at);
            self.touched = false;
        }
        Ok(())
    }

    fn months(
        self,
        (from, until): (Timestamp, Timestamp),
        candidate: &Policy,
    ) -> Result<impl Iterator<Item = BudgetLine>, AmountError> {
        let mut months: BTreeMap<String, (Points, Both<Points>)> = BTreeMap::new();
        for (month, drawn) in self.drawn {
            months.insert(month, (Points::ZERO, drawn));
        }
        for (at, points) in self.course.appropriated {
            if from <= at && at <= until {
                let month = candidate.month_of(at).unwrap_or_default();
                let (appropriated, _) = months.entry(month).or_default();
                *appropriated = appropriated.plus(points)?;
            }
        }
        let budget = self.course.code;
        Ok(months
            .into_iter()
            .map(move |(month, (appropriated, drawn))| BudgetLine {
                budget: budget.clone(),
                month,
                appropriated,
                recorded: drawn.recorded,
                simulated: drawn.simulated,
            }))
    }
}
