//! A cell to tell stories about, and shifts in it.

use ledger::WriteError;
use ledger::clock::Timestamp;
use ledger::community::patrol::NewGrid;
use ledger::community::{Actor, GridDefaults, grids_of};
use ledger::ids::{DeedId, random_bytes};
use ledger::machine::deeds::{Answer, DeedBody, PatrolCommand, Shift, ShiftStart, shift_deed};
use ledger::machine::{Command, Receipt};
use ledger::policy::Position;
use ledger::views::{DeedView, Due, Falling};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::people::rider;
use tests::story::Story;
use uuid::Uuid;

/// A south-western corner whose digits stand nowhere else.
pub const CORNER: (f64, f64) = (41.791_837, 123.301_649);

/// Features of cells, each a square of about a kilometre, side by side to the east.
pub fn cells(codes: &[&str]) -> Value {
    let feature = |(index, code): (usize, &&str)| {
        let (south, west) = CORNER;
        let west = west + 0.02 * f64::from(u32::try_from(index).unwrap());
        let (north, east) = (south + 0.01, west + 0.012);
        json!({
            "type": "Feature", "properties": { "code": code, "name": format!("网格 {code}") },
            "geometry": { "type": "Polygon", "coordinates": [[[west, south], [east, south], [east, north], [west, north], [west, south]]] },
        })
    };
    let features: Vec<_> = codes.iter().enumerate().map(feature).collect();
    json!({ "type": "FeatureCollection", "features": features })
}

pub fn grids(codes: &[&str]) -> Vec<NewGrid> {
    grids_of(&cells(codes), &GridDefaults::default()).unwrap()
}

/// So many metres to the north of a place in the south of the first cell.
pub fn place(metres: i64) -> Position {
    Position::from_millionths(41_792_137 + metres * 9, 123_305_649).unwrap()
}

/// Patrols of cell G-7 in a story.
pub struct Beat<'s> {
    pub story: &'s Story,
    began: Timestamp,
}

impl<'s> Beat<'s> {
    pub async fn begin(story: &'s Story) -> Self {
        let beat = Self {
            story,
            began: story.clock.now(),
        };
        let import = PatrolCommand::Import {
            grids: grids(&["G-7", "G-8"]),
        };
        beat.told(story.staff(0), import).await.unwrap();
        beat
    }

    pub fn member(&self, index: usize) -> Actor {
        let member = self.story.members[index];
        rider(member)
    }

    /// Minutes after the story began.
    pub fn at(&self, minutes: i64) -> Timestamp {
        self.began.plus_seconds(minutes * 60)
    }

    /// Lets it be so many minutes after the story began.
    pub fn now(&self, minutes: i64) {
        self.story.clock.set(self.at(minutes));
    }

    pub async fn told(
        &self,
        actor: Actor,
        command: PatrolCommand,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let key = Uuid::from_bytes(random_bytes()).to_string();
        let request = self.story.request(actor, Some(&key));
        let command = Command::Patrol(Box::new(command));
        self.story.ledger.execute_deed(&request, command).await
    }

    /// Begins a shift at the first place, so many minutes after the story began.
    pub async fn start(&self, member: usize, minutes: i64) -> Result<DeedId, WriteError> {
        let shift = Uuid::from_bytes(random_bytes());
        let start = ShiftStart {
            member: self.story.members[member],
            shift,
            grid: "G-7".to_owned(),
            at: self.at(minutes),
            position: place(0),
        };
        self.told(self.member(member), PatrolCommand::Start(start))
            .await?;
        Ok(shift_deed(self.story.members[member], shift))
    }

    /// Is somewhere, so many metres on.
    pub async fn step(&self, deed: DeedId, minutes: i64, metres: i64) -> Result<(), WriteError> {
        let at = self.at(minutes);
        let position = place(metres);
        let command = PatrolCommand::Waypoint { deed, at, position };
        let member = self.shift(deed).await.record.member;
        let index = self.story.members.iter().position(|known| *known == member);
        self.told(self.member(index.unwrap()), command)
            .await
            .map(|_| ())
    }

    pub async fn end(
        &self,
        member: usize,
        deed: DeedId,
        minutes: i64,
    ) -> Result<(Receipt, Option<Answer>), WriteError> {
        let at = self.at(minutes);
        let command = PatrolCommand::End {
            deed,
            at,
            position: None,
        };
        self.told(self.member(member), command).await
    }

    pub async fn shift(&self, deed: DeedId) -> DeedView {
        let view = self.story.ledger.deed(self.story.program, deed).await;
        view.unwrap().unwrap()
    }

    /// What is known of it.
    pub async fn body(&self, deed: DeedId) -> Shift {
        match self.shift(deed).await.record.body {
            DeedBody::Shift(shift) => shift,
            other => panic!("{other:?} is no shift"),
        }
    }

    /// How many places of a member's are known.
    pub async fn places(&self, member: usize) -> i64 {
        let (program, member) = (self.story.program, self.story.members[member]);
        self.story
            .ledger
            .waypoints_of(program, member)
            .await
            .unwrap()
    }

    pub async fn due(&self) -> Vec<Due> {
        let story = self.story;
        let due = story
            .ledger
            .due(story.program, Falling::Deeds, story.clock.now(), None, 100);
        due.await.unwrap()
    }

    /// What the job does about shifts that nobody ended.
    pub async fn close_all(&self) {
        let story = self.story;
        for due in self.due().await {
            let deed = DeedId(due.id);
            let request = story.request(story.admin(), Some(&format!("close:{deed}")));
            let close = Command::CloseDeed { deed };
            story.ledger.execute_deed(&request, close).await.unwrap();
        }
    }

    pub async fn clean(&self, db: &Database) {
        self.story.clean(db).await;
    }
}
