//! An activity to tell stories about.

use ledger::WriteError;
use ledger::clock::Timestamp;
use ledger::community::Actor;
use ledger::community::activity::{Activity, ActivityForm, CheckInSecret, Fence, Forgotten, Slot};
use ledger::ids::{ActivityId, DeedId, random_bytes};
use ledger::machine::deeds::{ActivityCommand, Answer, Part, Proof};
use ledger::machine::{Command, Receipt};
use ledger::policy::Position;
use ledger::views::{Due, Falling};
use tests::backend::Database;
use tests::people::rider;
use tests::story::{HOUR, Story};
use uuid::Uuid;

use super::award_all;

pub const SECRET: [u8; 20] = [7; 20];

pub fn place() -> Position {
    Position::from_degrees(41.7952, 123.3085).unwrap()
}

/// A volunteer action of two hours that begins in an hour, for two people.
pub struct Gathering<'s> {
    pub story: &'s Story,
    pub activity: Activity,
}

impl<'s> Gathering<'s> {
    pub async fn plan(story: &'s Story, otherwise: impl FnOnce(&mut Activity)) -> Self {
        let organization = story.community().await;
        let starts_at = story.clock.now().plus_seconds(HOUR);
        let mut activity = Activity {
            id: ActivityId(Uuid::from_bytes(random_bytes())),
            organization,
            form: ActivityForm::Volunteer,
            title: "助老".to_owned(),
            place: "活动室".to_owned(),
            fence: Some(Fence {
                position: place(),
                radius: 100,
            }),
            slots: vec![Slot {
                starts_at,
                ends_at: starts_at.plus_seconds(2 * HOUR),
                quota: Some(2),
            }],
            facts: [("beneficiary".to_owned(), "elderly".into())].into(),
            policy: None,
            forgotten: Forgotten::Half,
            opens_before: 1_800,
            organizer: story.staff(0),
            cancelled: false,
        };
        otherwise(&mut activity);
        let plan = ActivityCommand::Plan {
            activity: activity.clone(),
            secret: CheckInSecret::new(SECRET),
        };
        let gathering = Self { story, activity };
        gathering.command(story.staff(0), plan).await.unwrap();
        gathering
    }

    pub async fn command(
        &self,
        actor: Actor,
        command: ActivityCommand,
    ) -> Result<Receipt, WriteError> {
        self.told(actor, command).await.map(|(receipt, _)| receipt)
    }

    pub async fn told(
        &self,
        actor: Actor,
        command: ActivityCommand,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let request = self
            .story
            .request(actor, Some(&Uuid::from_bytes(random_bytes()).to_string()));
        self.story
            .ledger
            .execute_deed(&request, Command::Activity(Box::new(command)))
            .await
    }

    pub fn member(&self, index: usize) -> Actor {
        let member = self.story.members[index];
        rider(member)
    }

    pub fn part(&self, member: usize) -> Part {
        Part {
            activity: self.activity.id,
            slot: 0,
            member: self.story.members[member],
        }
    }

    pub fn code(&self) -> Proof {
        Proof::Code(CheckInSecret::new(SECRET).code_at(self.story.clock.now()))
    }

    pub fn starts_at(&self) -> Timestamp {
        self.activity.slots[0].starts_at
    }

    /// Minutes after the slot begins.
    pub fn at(&self, minutes: i64) -> Timestamp {
        let at = self.starts_at().plus_seconds(minutes * 60);
        self.story.clock.set(at);
        at
    }

    pub async fn check_in(&self, member: usize, minutes: i64) -> Result<Receipt, WriteError> {
        let at = self.at(minutes);
        let command = ActivityCommand::CheckIn {
            part: self.part(member),
            at,
            proof: self.code(),
        };
        self.command(self.member(member), command).await
    }

    pub async fn check_out(
        &self,
        member: usize,
        minutes: i64,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let at = self.at(minutes);
        let command = ActivityCommand::CheckOut {
            part: self.part(member),
            at,
            proof: self.code(),
        };
        self.told(self.member(member), command).await
    }

    pub async fn due(&self) -> Vec<Due> {
        let story = &self.story;
        story
            .ledger
            .due(story.program, Falling::Deeds, story.clock.now(), None, 100)
            .await
            .unwrap()
    }

    /// What the jobs do, once.
    pub async fn jobs(&self) -> Vec<Answer> {
        for due in self.due().await {
            let close = Command::CloseDeed {
                deed: DeedId(due.id),
            };
            self.story
                .execute(
                    self.story.admin(),
                    Some(&format!("close:{}", due.id)),
                    close,
                )
                .await
                .unwrap();
        }
        award_all(&self.story.ledger, self.story).await
    }

    pub async fn clean(&self, db: &Database) {
        self.story.clean(db).await;
    }
}
