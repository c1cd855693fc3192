//! Half a year, day by day: what was done, entered, decided, spent.

use std::collections::{BTreeMap, VecDeque};

use futures::future::join_all;
use indicatif::ProgressBar;
use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;
use ledger::clock::{Clock, Timestamp};
use ledger::community::{Actor, Role};
use ledger::ids::{ActorId, AwardId, CommandId, MemberId};
use ledger::machine::{Award, AwardState, Command, Outcome, Reason, Receipt};
use ledger::points::Points;
use ledger::views::Falling;
use ledger::{AwardRequest, ExecuteError, Ledger, WriteError};

use super::cast;
use super::chance::Chance;
use super::deeds::{self, Done, Habits, moment};
use super::names::{STAFF, riders};
use super::places::position_of;
use super::records::{RIDERS, operator, request};
use super::story::{self, CAST};
use crate::commands::Failure;

/// How many days a submitted award waits for its decision, at most.
const DECIDED_AFTER: i64 = 2;

/// What the story came to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Counts {
    pub awards: u64,
    pub redemptions: u64,
}

/// A submitted award on its way to a decision.
struct Waiting {
    award: AwardId,
    rider: usize,
    since: Date,
}

/// The district while its story is told.
pub struct Town<'t> {
    pub ledger: &'t Ledger,
    clock: &'t Clock,
    progress: &'t ProgressBar,
    pub chance: Chance,
    pub riders: Vec<MemberId>,
    pub habits: Vec<Habits>,
    /// What each rider can spend, as far as the receipts told.
    pub purses: Vec<Points>,
    pub counts: Counts,
    pub false_award: Option<AwardId>,
    noted: Vec<Done>,
    waiting: VecDeque<Waiting>,
}

impl<'t> Town<'t> {
    pub fn new(
        ledger: &'t Ledger,
        clock: &'t Clock,
        progress: &'t ProgressBar,
    ) -> Result<Self, Failure> {
        let mut chance = Chance::new(2026);
        let habits = (0..RIDERS).map(|rider| match rider {
            0..CAST => story::habits(rider),
            _ => Habits::of_the_crowd(&mut chance),
        });
        let habits = habits.collect();
        let names = riders(RIDERS);
        let riders = names.iter().map(|name| cast::member(name));
        Ok(Self {
            ledger,
            clock,
            progress,
            chance,
            riders: riders.collect(),
            habits,
            purses: vec![Points::ZERO; RIDERS],
            counts: Counts::default(),
            false_award: None,
            noted: Vec::new(),
            waiting: VecDeque::new(),
        })
    }

    pub async fn live(mut self, begin: Timestamp, end: Timestamp) -> Result<Counts, Failure> {
        let zone = TimeZone::get(cast::ZONE)?;
        let last = end.to_jiff().to_zoned(zone.clone()).date();
        let mut date = begin.to_jiff().to_zoned(zone).date();
        while date <= last {
            let left = i64::from(date.until(last)?.get_days());
            self.progress.set_message(date.to_string());
            self.day(date, left).await?;
            self.progress.inc(1);
            date = date.checked_add(1.day())?;
        }
        Ok(self.counts)
    }

    async fn day(&mut self, date: Date, left: i64) -> Result<(), Failure> {
        let weekend = matches!(date.weekday(), Weekday::Saturday | Weekday::Sunday);
        if date.day() == 1 {
            self.at(date, 8, 5)?;
            self.vest(date).await?;
            self.expire().await?;
            self.settle(left).await?;
        }
        if !weekend || left == 0 {
            self.at(date, 9, 10)?;
            self.enter(date).await?;
            self.at(date, 10, 20)?;
            self.decide(date).await?;
            self.vest(date).await?;
        }
        self.at(date, 11, 30)?;
        self.spend().await?;
        self.at(date, 17, 40)?;
        self.spend().await?;
        self.scenes(left).await?;
        self.hazards(left).await?;
        self.note(date, left)
    }

    /// Moves the clock to the hour, give or take some minutes: nobody works to the second.
    pub fn at(&mut self, date: Date, hour: i8, minute: i8) -> Result<(), Failure> {
        let late = self.chance.between(0, 3_000);
        self.clock
            .set(moment(date, hour, minute)?.plus_seconds(late));
        Ok(())
    }

    /// So much later on the same day.
    pub fn later(&self, seconds: i64) {
        self.clock.set(self.clock.now().plus_seconds(seconds));
    }

    /// Remembers what was done on a date, to be entered on the next working day.
    fn note(&mut self, date: Date, left: i64) -> Result<(), Failure> {
        for rider in 0..RIDERS {
            let habits = self.habits[rider];
            let deeds = deeds::day(&mut self.chance, &habits, rider, date)?;
            let done = deeds.into_iter().map(|deed| Done { rider, deed });
            self.noted.extend(done);
        }
        let deeds = story::deeds(left, date)?.into_iter();
        self.noted
            .extend(deeds.map(|(rider, deed)| Done { rider, deed }));
        Ok(())
    }

    /// Staff enter what was noted, each in their own name, never for themselves.
    async fn enter(&mut self, date: Date) -> Result<(), Failure> {
        let noted = std::mem::take(&mut self.noted);
        let mut entries = Vec::with_capacity(noted.len());
        for done in noted {
            let member = self.riders[done.rider];
            let actor = self.clerk_for(member, &done);
            let key = format!("{member}/{}", done.deed.reference);
            entries.push((done, request(actor, key)));
        }
        let (ledger, riders) = (self.ledger, &self.riders);
        let answers = entries.iter().map(|(done, request)| async move {
            let award = AwardRequest {
                member: riders[done.rider],
                deed: done.deed.clone(),
                policy: None,
                position: position_of(&done.deed, done.rider >= CAST),
            };
            ledger.submit_award(request, &award).await
        });
        let answers = join_all(answers).await;
        for ((done, _), answer) in entries.iter().zip(answers) {
            match answer {
                Ok(receipt) => self.awarded(done, &receipt, date)?,
                // A cap was reached: life goes on.
                Err(
                    ExecuteError::Write(WriteError::Rejected(_)) | ExecuteError::Refused { .. },
                ) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    fn clerk_for(&mut self, member: MemberId, done: &Done) -> Actor {
        if done.rider < CAST {
            return worker(0);
        }
        loop {
            let actor = worker(self.chance.below(STAFF.len()));
            if actor.member != Some(member) {
                return actor;
            }
        }
    }

    fn awarded(&mut self, done: &Done, receipt: &Receipt, date: Date) -> Result<(), Failure> {
        let Outcome::Award {
            award,
            state,
            points,
            recovered,
            ..
        } = receipt.outcome
        else {
            return Ok(());
        };
        self.counts.awards += 1;
        if done.deed.reference == story::FALSE_REPORT {
            self.false_award = Some(award);
        }
        if state == AwardState::Vested {
            self.gain(done.rider, points.minus(recovered)?)?;
        } else {
            self.waiting.push_back(Waiting {
                award,
                rider: done.rider,
                since: date,
            });
        }
        Ok(())
    }

    pub fn gain(&mut self, rider: usize, points: Points) -> Result<(), Failure> {
        self.purses[rider] = self.purses[rider].plus(points)?;
        Ok(())
    }

    /// The approver goes through what has waited: most stand, some do not.
    async fn decide(&mut self, date: Date) -> Result<(), Failure> {
        let mut due = Vec::new();
        while let Some(first) = self.waiting.front() {
            if i64::from(first.since.until(date)?.get_days()) < DECIDED_AFTER {
                break;
            }
            due.extend(self.waiting.pop_front());
        }
        // The second in the list is the approver; what she entered herself is the third's to decide.
        for (approver, own) in [(1, false), (6, true)] {
            let mut commands = Vec::new();
            let mut riders = Vec::new();
            for waiting in &due {
                let award = self.ledger.award(cast::program(), waiting.award).await?;
                let by = award.map(|award| award.submitted_by);
                if (by == Some(worker(1).id)) != own {
                    continue;
                }
                let turned_down = waiting.rider >= CAST && self.chance.per_mille(90);
                commands.push((
                    CommandId::new(self.clock.now()),
                    self.decision(waiting.award, turned_down),
                ));
                riders.push(waiting.rider);
            }
            if commands.is_empty() {
                continue;
            }
            let request = request(worker(approver), format!("decide-{date}"));
            let receipt = self
                .ledger
                .execute(&request, Command::Group(commands))
                .await?;
            self.decided(&riders, &receipt)?;
        }
        self.second(&due, date).await
    }

    /// A second approver, where the policy wants two.
    async fn second(&mut self, due: &[Waiting], date: Date) -> Result<(), Failure> {
        for waiting in due {
            let id = waiting.award;
            let award = self.ledger.award(cast::program(), id).await?;
            let half =
                |award: &Award| award.state == AwardState::Submitted && !award.approvals.is_empty();
            if award.as_ref().is_some_and(half) {
                let request = request(worker(5), format!("second-{id}-{date}"));
                let command = Command::ApproveAward { award: id };
                self.ledger.execute(&request, command).await?;
            }
        }
        Ok(())
    }

    /// Awards whose public notice has closed, as the job would.
    async fn vest(&mut self, date: Date) -> Result<(), Failure> {
        let now = self.clock.now();
        let due = self
            .ledger
            .due(cast::program(), Falling::Notices, now, None, 1_000);
        for due in due.await? {
            let award = AwardId(due.id);
            let request = request(operator(), format!("vest:{award}:{date}"));
            let vest = Command::VestAward { award };
            let receipt = match self.ledger.execute(&request, vest).await {
                Ok(receipt) => receipt,
                // Another report of the same is not decided yet.
                Err(WriteError::Rejected(_)) => continue,
                Err(error) => return Err(error.into()),
            };
            if let Outcome::Award {
                member,
                points,
                recovered,
                ..
            } = receipt.outcome
                && let Some(rider) = self.riders.iter().position(|id| *id == member)
            {
                self.gain(rider, points.minus(recovered)?)?;
            }
        }
        Ok(())
    }

    fn decision(&mut self, award: AwardId, turned_down: bool) -> Command {
        if !turned_down {
            return Command::ApproveAward { award };
        }
        let reason = *self.chance.pick(&[
            Reason::Evidence,
            Reason::Evidence,
            Reason::NotAsClaimed,
            Reason::Duplicate,
        ]);
        Command::RejectAward { award, reason }
    }

    fn decided(&mut self, riders: &[usize], receipt: &Receipt) -> Result<(), Failure> {
        let Outcome::Group { receipts } = &receipt.outcome else {
            return Ok(());
        };
        for (rider, receipt) in riders.iter().zip(receipts) {
            if let Outcome::Award {
                state: AwardState::Vested,
                points,
                recovered,
                ..
            } = receipt.outcome
            {
                self.gain(*rider, points.minus(recovered)?)?;
            }
        }
        Ok(())
    }

    /// Lots whose time ran out, as the nightly job would.
    async fn expire(&mut self) -> Result<(), Failure> {
        let now = self.clock.now();
        let ledger = self.ledger;
        let due = ledger
            .due(cast::program(), Falling::Lots, now, None, 1_000)
            .await?;
        // All of a member's expire at once, however many are due.
        let first: BTreeMap<_, _> = due.iter().rev().map(|due| (due.id, due.since)).collect();
        let expiries = first.into_iter().map(|(member, since)| {
            let request = request(operator(), format!("expire:{member}:{since}"));
            let member = MemberId(member);
            async move {
                ledger
                    .execute(&request, Command::ExpireLots { member })
                    .await
            }
        });
        for receipt in join_all(expiries).await {
            if let Outcome::Expired { member, points, .. } = receipt?.outcome
                && let Some(rider) = self.riders.iter().position(|id| *id == member)
            {
                self.purses[rider] = self.purses[rider].minus(points)?;
            }
        }
        Ok(())
    }
}

/// A member of staff as the ledger knows them.
pub fn worker(number: usize) -> Actor {
    let (name, _, rides) = STAFF[number];
    Actor {
        id: ActorId(cast::staff(name).0),
        role: Role::Staff,
        member: rides.then(|| cast::member(name)),
        store: None,
        node: None,
    }
}
