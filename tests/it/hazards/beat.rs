//! Riders who report hazards, and staff who see to them.

use ledger::WriteError;
use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::community::hazard::{Hazard, HazardState, InvalidReason, Severity, StepKind};
use ledger::community::{Actor, Budget, Registration};
use ledger::ids::{
    AttachmentId, AwardId, BudgetId, DeedId, HazardId, OrganizationId, random_bytes,
};
use ledger::machine::deeds::Answer;
use ledger::machine::hazards::{HazardCommand, Report};
use ledger::machine::{Award, Command, Receipt};
use ledger::policy::Position;
use ledger::views::Falling;
use tests::backend::Database;
use tests::people::rider;
use tests::story::{Story, points};
use uuid::Uuid;

/// Ten points once it is clear that it is so. `REST` is what else the policy says.
const REPORT: &str = r#"
schema = "jifen/1"
name = "hazard"
title = "随手拍"
on = "hazard_report"
budget = "hazard"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

REST

[[rule]]
name = "hazard"
title = "隐患"
when = { fact = "outcome", in = OUTCOMES }
points = 10

[[test]]
name = "十分"
at = 2026-03-05T10:00:00
facts = { category = "gas", severity = "high", outcome = "fixed" }
expect = { points = 10 }
"#;

/// Reports of one category within 50 m and a day share.
pub const SHARED: &str = r#"[duplicates]
key = ["category"]
radius = "50 m"
window = "24 hours"
reward = "share""#;

pub fn at(latitude: i64, longitude: i64) -> Position {
    Position::from_millionths(latitude, longitude).unwrap()
}

/// Where most things are reported.
pub fn here() -> Position {
    at(41_795_200, 123_308_500)
}

/// A programme that awards reports.
pub struct Beat {
    pub story: Story,
    pub budget: BudgetId,
}

impl Beat {
    /// Of which the policy says so much, besides that it awards what is verified and what is fixed.
    pub async fn begin(db: &Database, rest: &str) -> Self {
        Self::awarding(db, rest, r#"["verified", "fixed"]"#).await
    }

    pub async fn awarding(db: &Database, rest: &str, outcomes: &str) -> Self {
        let story = Story::begin(db).await;
        let budget = BudgetId(Uuid::from_bytes(random_bytes()));
        let record = Budget {
            id: budget,
            code: "hazard".to_owned(),
            name: String::new(),
        };
        story.register(Registration::Budget(record)).await;
        let points = points(10_000);
        let appropriate = Command::Appropriate { budget, points };
        story
            .execute(story.admin(), None, appropriate)
            .await
            .unwrap();
        let policy = REPORT.replace("REST", rest).replace("OUTCOMES", outcomes);
        story.enact("hazard", &policy).await;
        story.later(3_600);
        Self { story, budget }
    }

    pub fn rider(&self, index: usize) -> Actor {
        let member = self.story.members[index];
        rider(member)
    }

    pub async fn node(&self) -> OrganizationId {
        self.story.community().await
    }

    /// A report of a hole in the road, made now; a resident's without a rider.
    pub fn report(
        &self,
        rider: Option<usize>,
        position: Position,
        photos: Vec<AttachmentId>,
    ) -> Report {
        Report {
            position: Some(position),
            grid: Some("YH-0312".to_owned()),
            photos,
            ..self
                .story
                .report(rider.map(|index| self.story.members[index]))
        }
    }

    pub async fn told(
        &self,
        actor: Actor,
        command: HazardCommand,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let key = Uuid::from_bytes(random_bytes()).to_string();
        let request = self.story.request(actor, Some(&key));
        self.story.ledger.execute_hazard(&request, command).await
    }

    /// By the first member of staff.
    pub async fn does(&self, command: HazardCommand) -> Option<Answer> {
        self.told(self.story.staff(0), command).await.unwrap().1
    }

    pub async fn reported(&self, rider: usize, position: Position) -> HazardId {
        let report = self.report(Some(rider), position, Vec::new());
        let hazard = report.hazard;
        let command = HazardCommand::Report(report);
        self.told(self.rider(rider), command).await.unwrap();
        hazard
    }

    pub async fn triaged(&self, hazard: HazardId) {
        self.does(triage(hazard)).await;
    }

    pub async fn verified(&self, hazard: HazardId) -> Option<Answer> {
        self.triaged(hazard).await;
        self.does(verify(hazard)).await
    }

    pub async fn hazard(&self, id: HazardId) -> Hazard {
        let hazard = self.story.ledger.hazard(self.story.program, id).await;
        hazard.unwrap().unwrap()
    }

    /// What came of a report.
    pub async fn answer(&self, hazard: HazardId) -> Option<Answer> {
        let deed = self.hazard(hazard).await.deed.unwrap();
        let view = self.story.ledger.deed(self.story.program, deed).await;
        view.unwrap().unwrap().answer
    }

    pub async fn award(&self, id: AwardId) -> Award {
        let award = self.story.ledger.award(self.story.program, id).await;
        award.unwrap().unwrap()
    }

    /// What the jobs do about duplicates and awards asked for, once.
    pub async fn jobs(&self) -> usize {
        let story = &self.story;
        let now = story.clock.now();
        let due = |what| story.ledger.due(story.program, what, now, None, 100);
        let mut done = 0;
        for due in due(Falling::Hazards).await.unwrap() {
            let follow = HazardCommand::Follow {
                hazard: HazardId(due.id),
            };
            let key = format!("follow:{}:{}", due.id, now.as_micros());
            let command = Command::Hazard(Box::new(follow));
            story
                .execute(story.admin(), Some(&key), command)
                .await
                .unwrap();
            done += 1;
        }
        let origin = ledger::community::Origin::default();
        for due in due(Falling::Asked).await.unwrap() {
            let deed = DeedId(due.id);
            let award = story.ledger.award_deed(story.program, deed, origin);
            assert!(award.await.unwrap().is_some());
            done += 1;
        }
        done
    }

    /// Closes notices that have ended.
    pub async fn vest(&self) {
        let story = &self.story;
        let now = story.clock.now();
        let due = story
            .ledger
            .due(story.program, Falling::Notices, now, None, 100);
        for due in due.await.unwrap() {
            let award = AwardId(due.id);
            let key = format!("vest:{award}:{}", now.as_micros());
            let vest = Command::VestAward { award };
            story
                .execute(story.admin(), Some(&key), vest)
                .await
                .unwrap();
        }
    }

    /// The books are sound, and the budget gave what was earned.
    pub async fn clean(&self, db: &Database, given: i64) {
        self.story.clean(db).await;
        let left = self.story.holds(Account::budget(self.budget)).await;
        assert_eq!(1_000_000 - left, given, "hundredths given");
    }

    pub fn later(&self, seconds: i64) -> Timestamp {
        self.story.later(seconds);
        self.story.clock.now()
    }
}

pub const fn triage(hazard: HazardId) -> HazardCommand {
    HazardCommand::Triage {
        hazard,
        severity: Severity::High,
        category: None,
        position: None,
        grid: None,
    }
}

pub const fn verify(hazard: HazardId) -> HazardCommand {
    HazardCommand::Verify {
        hazard,
        policy: None,
    }
}

pub const fn invalid(hazard: HazardId) -> HazardCommand {
    HazardCommand::Invalid {
        hazard,
        reason: InvalidReason::NotFound,
    }
}

/// The command of a step; duplicates are of `of`, and what is to be seen to is `node`'s.
pub fn step(kind: StepKind, hazard: HazardId, of: HazardId, node: OrganizationId) -> HazardCommand {
    match kind {
        StepKind::Report => panic!("reporting is no step from anywhere"),
        StepKind::Triage => triage(hazard),
        StepKind::Verify => verify(hazard),
        StepKind::Invalid => invalid(hazard),
        StepKind::Duplicate => HazardCommand::Duplicate { hazard, of },
        StepKind::Assign => HazardCommand::Assign {
            hazard,
            node,
            staff: None,
        },
        StepKind::Fix => HazardCommand::Fix { hazard },
        StepKind::Confirm => HazardCommand::Confirm { hazard },
        StepKind::Reopen => HazardCommand::Reopen { hazard },
    }
}

/// The steps that lead to a state.
pub const fn way(state: HazardState) -> &'static [StepKind] {
    use StepKind as K;
    match state {
        HazardState::Received => &[],
        HazardState::Triaged => &[K::Triage],
        HazardState::Verified => &[K::Triage, K::Verify],
        HazardState::Invalid => &[K::Invalid],
        HazardState::Duplicate => &[K::Duplicate],
        HazardState::Assigned => &[K::Triage, K::Verify, K::Assign],
        HazardState::Fixed => &[K::Triage, K::Verify, K::Fix],
        HazardState::Confirmed => &[K::Triage, K::Verify, K::Fix, K::Confirm],
    }
}
