//! What ought to happen, said naively: whole lists searched from the front, windows by division, 128-bit sums.

mod redemptions;

use std::collections::BTreeMap;

use super::steps::{Expiry, Step, meant};

type Amount = i128;
const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

struct Lot {
    id: usize,
    member: usize,
    budget: usize,
    opened: Amount,
    left: Amount,
    expired: Amount,
    owed: Amount,
    ends: Option<i64>,
    to_budget: bool,
    /// In seconds.
    grace: i64,
}

struct Award {
    member: usize,
    budget: usize,
    /// When its deed was done.
    day: i64,
    points: Amount,
    state: &'static str,
    counted: Vec<((&'static str, usize, i64), Amount)>,
    ends: Option<i64>,
}

struct Redemption {
    member: usize,
    store: usize,
    state: &'static str,
    authorised: Amount,
    captured: Amount,
    refunded: Amount,
    ends: i64,
    /// Lot, taken and not returned yet.
    took: Vec<(usize, Amount)>,
}

/// A programme as one would keep it on paper. Moments are seconds, amounts hundredths; accounts of members, stores and budgets.
#[derive(Default)]
pub struct Model {
    pub now: i64,
    pub issued: Amount,
    pub breakage: Amount,
    pub budgets: [Amount; 2],
    pub accepted: [Amount; 2],
    pub held: [Amount; 3],
    lots: Vec<Lot>,
    awards: BTreeMap<usize, Award>,
    redemptions: BTreeMap<usize, Redemption>,
    counters: BTreeMap<(&'static str, usize, i64), Amount>,
    submitted: Vec<usize>,
    shifts: Vec<usize>,
    paid: Vec<usize>,
    /// Whose the newest code is, and whether it is spent.
    code: Option<(usize, bool)>,
    patrols: Option<Expiry>,
}

type Outcome = Result<(), &'static str>;

impl Model {
    pub fn beginning(now: i64, patrols: Expiry) -> Self {
        Self {
            now,
            patrols: Some(patrols),
            issued: -2_000_000,
            budgets: [1_000_000; 2],
            ..Self::default()
        }
    }
    pub fn wallet(&self, member: usize) -> Amount {
        self.of(member).map(|lot| lot.left).sum()
    }
    pub fn debt(&self, member: usize) -> Amount {
        self.of(member).map(|lot| lot.owed).sum()
    }
    pub fn recoverable(&self, budget: usize) -> Amount {
        self.lots
            .iter()
            .filter(|lot| lot.budget == budget)
            .map(|lot| lot.owed)
            .sum()
    }
    pub fn available(&self, member: usize) -> Amount {
        self.of(member)
            .filter(|lot| !self.over(lot))
            .map(|lot| lot.left)
            .sum()
    }
    fn of(&self, member: usize) -> impl Iterator<Item = &Lot> {
        self.lots.iter().filter(move |lot| lot.member == member)
    }
    fn over(&self, lot: &Lot) -> bool {
        lot.ends.is_some_and(|end| end <= self.now)
    }
    /// Days begin at 04:00 in Shanghai, which is 20:00 UTC.
    fn day(&self) -> i64 {
        (self.now + 4 * HOUR).div_euclid(DAY)
    }

    pub fn take(&mut self, index: usize, step: &Step) -> Outcome {
        match *step {
            Step::Wait { hours } => self.now += hours * HOUR,
            Step::Appropriate { budget, points } => {
                self.budgets[budget] += hundredths(points);
                self.issued -= hundredths(points);
            }
            Step::Return { budget, points } => {
                check(
                    self.budgets[budget] >= hundredths(points),
                    "budget_exhausted",
                )?;
                self.budgets[budget] -= hundredths(points);
                self.issued += hundredths(points);
            }
            Step::Serve { member, minutes } => return self.serve(index, member, minutes),
            Step::Patrol { member, minutes } => return self.patrol(index, member, minutes),
            Step::Approve { nth, by } => return self.approve(nth, by),
            Step::Reject { nth } => {
                let id = self.award(nth)?;
                let state = self.awards[&id].state;
                check(
                    ["submitted", "queued"].contains(&state),
                    "award_already_decided",
                )?;
                self.give_back_caps(id, "rejected");
            }
            Step::Admit { nth } => return self.admit(nth),
            Step::Reverse { nth } => return self.reverse(nth),
            Step::Pay {
                member,
                store,
                points,
                capture,
                again,
            } => {
                return self.pay(index, member, store, hundredths(points), capture, again);
            }
            Step::Capture { nth, store, points } => return self.capture(nth, store, points),
            Step::Void { nth, store } => {
                let id = self.held_one(nth, Some(store))?;
                self.resolve(id, "voided");
            }
            Step::Release { nth } => {
                let id = self.held_one(nth, None)?;
                check(self.redemptions[&id].ends <= self.now, "hold_not_due")?;
                self.resolve(id, "released");
            }
            Step::Refund { nth, store, points } => return self.refund(nth, store, points),
            Step::Expire { member } => {
                let now = self.now;
                let due = |lot: &&mut Lot| {
                    lot.member == member && lot.left > 0 && lot.ends.is_some_and(|end| end <= now)
                };
                let mut any = false;
                for lot in self.lots.iter_mut().filter(due) {
                    any = true;
                    let whole = lot.left;
                    run_out(lot, whole, &mut self.breakage, &mut self.budgets);
                }
                check(any, "nothing_due")?;
            }
        }
        Ok(())
    }

    fn serve(&mut self, index: usize, member: usize, minutes: i64) -> Outcome {
        self.submitted.push(index);
        let key = ("service", member, self.day());
        let room = 12_000 - self.counters.get(&key).copied().unwrap_or(0);
        check(room >= 1, "cap_reached")?;
        let points = hundredths(minutes).min(room);
        check(self.budgets[0] >= points, "budget_exhausted")?;
        let ends = Some((self.day() + 31) * DAY - 4 * HOUR);
        self.submit(
            index,
            Award {
                member,
                budget: 0,
                day: self.day(),
                points,
                state: "submitted",
                counted: vec![(key, points)],
                ends,
            },
        );
        self.vest(index);
        Ok(())
    }

    fn patrol(&mut self, index: usize, member: usize, minutes: i64) -> Outcome {
        self.submitted.push(index);
        self.shifts.push(index);
        let day = self.day();
        let mut award = Award {
            member,
            budget: 1,
            day,
            points: hundredths(minutes) / 2,
            state: "submitted",
            counted: Vec::new(),
            ends: Some((day + 11) * DAY - 4 * HOUR),
        };
        let (one_a_day, week) = self.room(&award, day);
        check(week, "cap_reached")?;
        let somebody_waits = self.awards.values().any(|one| one.waits_of(member));
        if one_a_day && !somebody_waits {
            award.counted = award.counts_on(day);
        } else {
            award.state = "queued";
        }
        self.submit(index, award);
        Ok(())
    }

    /// Whether there is room for a patrol among those of its member's on a day, and in the budget's week.
    fn room(&self, award: &Award, day: i64) -> (bool, bool) {
        let used = |key| self.counters.get(&key).copied().unwrap_or(0);
        let (of_day, of_week) = (award.counts_on(day)[0].0, award.counts_on(day)[1].0);
        (used(of_day) < 1, used(of_week) + award.points <= 50_000)
    }

    /// On the day of its deed, else today.
    fn admit(&mut self, nth: usize) -> Outcome {
        let id = meant(&self.shifts, nth).ok_or("unknown_award")?;
        let award = self.awards.get(&id).ok_or("unknown_award")?;
        check(award.state == "queued", "award_already_decided")?;
        if award.ends.is_some_and(|end| end <= self.now) {
            self.give_back_caps(id, "rejected");
            return Ok(());
        }
        let days = [award.day, self.day()];
        let mut days = days.into_iter();
        let day = days.find(|day| self.room(award, *day) == (true, true));
        let counted = award.counts_on(day.ok_or("cap_reached")?);
        let mut award = self.awards.remove(&id).expect("it waits");
        (award.state, award.counted) = ("submitted", counted);
        self.submit(id, award);
        Ok(())
    }

    fn submit(&mut self, index: usize, award: Award) {
        for (key, add) in &award.counted {
            *self.counters.entry(*key).or_default() += add;
        }
        self.awards.insert(index, award);
    }

    fn vest(&mut self, id: usize) {
        let award = self.awards.get_mut(&id).expect("it was submitted");
        award.state = "vested";
        let (member, budget, opened, ends) = (award.member, award.budget, award.points, award.ends);
        self.budgets[budget] -= opened;
        let patrols = self.patrols.filter(|_| budget == 1);
        let mut left = opened;
        for lot in self.lots.iter_mut().filter(|lot| lot.member == member) {
            let paid = left.min(lot.owed);
            lot.owed -= paid;
            left -= paid;
            self.budgets[lot.budget] += paid;
        }
        self.lots.push(Lot {
            id,
            member,
            budget,
            opened,
            left,
            expired: 0,
            owed: 0,
            ends,
            to_budget: patrols.is_some_and(|patrols| patrols.to_budget),
            grace: patrols.map_or(7 * DAY, |patrols| patrols.grace_hours * HOUR),
        });
        self.lots.sort_by_key(|lot| lot.id);
    }

    fn award(&self, nth: usize) -> Result<usize, &'static str> {
        let id = meant(&self.submitted, nth).ok_or("unknown_award")?;
        if self.awards.contains_key(&id) {
            Ok(id)
        } else {
            Err("unknown_award")
        }
    }

    fn waiting(&self, nth: usize) -> Result<usize, &'static str> {
        let id = self.award(nth)?;
        check(
            self.awards[&id].state == "submitted",
            "award_already_decided",
        )?;
        Ok(id)
    }

    fn approve(&mut self, nth: usize, by: u8) -> Outcome {
        let id = self.waiting(nth)?;
        check(by != 0, "self_approval")?;
        let award = &self.awards[&id];
        check(
            award.ends.is_none_or(|end| end > self.now),
            "already_expired",
        )?;
        check(
            self.budgets[award.budget] >= award.points,
            "budget_exhausted",
        )?;
        self.vest(id);
        Ok(())
    }

    fn give_back_caps(&mut self, id: usize, state: &'static str) {
        let award = self.awards.get_mut(&id).expect("it is known");
        award.state = state;
        for (key, add) in &award.counted {
            *self.counters.entry(*key).or_default() -= add;
        }
    }

    fn reverse(&mut self, nth: usize) -> Outcome {
        let id = self.award(nth)?;
        check(self.awards[&id].state == "vested", "award_already_decided")?;
        self.give_back_caps(id, "reversed");
        let lot = self
            .lots
            .iter_mut()
            .find(|lot| lot.id == id)
            .expect("its lot");
        let spent = lot.opened - lot.left - lot.expired;
        lot.owed = if lot.budget == 0 {
            spent.min(10_000)
        } else {
            spent
        };
        if lot.ends.is_some_and(|end| end <= self.now) {
            let whole = lot.left;
            run_out(lot, whole, &mut self.breakage, &mut self.budgets);
        }
        self.budgets[lot.budget] += lot.left;
        lot.left = 0;
        Ok(())
    }
}

impl Award {
    fn waits_of(&self, member: usize) -> bool {
        self.state == "queued" && self.member == member
    }

    /// A patrol counts one on its member's day and its points on the budget's week. Weeks begin on Monday; day 0 was a Thursday.
    fn counts_on(&self, day: i64) -> Vec<((&'static str, usize, i64), Amount)> {
        let week = (day + 3).div_euclid(7);
        vec![
            (("shifts", self.member, day), 1),
            (("week", 0, week), self.points),
        ]
    }
}

/// So much of what is left in a lot is over.
fn run_out(lot: &mut Lot, points: Amount, breakage: &mut Amount, budgets: &mut [Amount; 2]) {
    lot.left -= points;
    lot.expired += points;
    if lot.to_budget {
        budgets[lot.budget] += points;
    } else {
        *breakage += points;
    }
}

fn hundredths(points: i64) -> Amount {
    Amount::from(points) * 100
}

fn check(holds: bool, otherwise: &'static str) -> Outcome {
    if holds { Ok(()) } else { Err(otherwise) }
}
