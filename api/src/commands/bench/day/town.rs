//! The district whose day it is.

use std::sync::Arc;

use axum::body::Bytes;
use ledger::clock::{Clock, Timestamp};
use ledger::community::activity::{Activity, ActivityForm, CheckInSecret, Forgotten, Slot};
use ledger::community::hazard::{HazardCategory, Severity};
use ledger::community::personal::Keyring;
use ledger::community::{
    Actor, Budget, GridDefaults, Member, Organization, Program, Registration, Role, Staff, grids_of,
};
use ledger::ids::{
    ActivityId, ActorId, BudgetId, CommandId, HazardId, MemberId, OrganizationId, ProgramId,
    StaffId, random_bytes,
};
use ledger::machine::deeds::{
    ActivityCommand, Answer, Part, PatrolCommand, Proof, ShiftStart, shift_deed,
};
use ledger::machine::hazards::{HazardCommand, Report};
use ledger::machine::{Command, GROUP_LIMIT};
use ledger::points::Points;
use ledger::policy::Position;
use ledger::{Ledger, Options, Request};
use serde_json::json;
use uuid::Uuid;

use super::super::Failure;
use super::super::policies::{day_policies, enact};
use super::plan::{Moment, SLOTS};
use crate::commands::program::operator;
use crate::config;

/// Eight in the morning, in Shanghai.
const BEGINNING: &str = "2026-03-05T08:00:00+08:00";
/// How many activities there are at a time.
const ACTIVITIES: usize = 20;
/// A corner of the one cell that is patrolled, in millionths of a degree.
const CORNER: (i64, i64) = (41_700_000, 123_200_000);
/// A hundred metres, about, to the north.
const STEP: i64 = 900;

/// The district, and all that its people need to know.
pub struct Town {
    pub ledger: Ledger,
    pub program: ProgramId,
    clock: Clock,
    beginning: Timestamp,
    staff: Actor,
    members: Vec<MemberId>,
    activities: Vec<(ActivityId, CheckInSecret)>,
    shifts: Uuid,
    hazards: Uuid,
}

fn keyring() -> Result<Arc<Keyring>, Failure> {
    let text = format!(
        "{}{}",
        *Keyring::line("lookup", &random_bytes()),
        *Keyring::line("day", &random_bytes())
    );
    let keyring = Keyring::parse(&text);
    Ok(Arc::new(
        keyring.map_err(|error| Failure(error.to_string()))?,
    ))
}

impl Town {
    /// Makes it, an hour before the day begins.
    pub async fn found(
        database: &config::Database,
        code: &str,
        members: usize,
    ) -> Result<Self, Failure> {
        Ledger::migrate(&database.database_url).await?;
        let beginning: Timestamp = BEGINNING.parse()?;
        let clock = Clock::fixed(beginning.plus_seconds(-3_600));
        let options = Options {
            clock: clock.clone(),
            readers: database.readers,
            keyring: Some(keyring()?),
        };
        let ledger = Ledger::open(&database.database_url, options).await?;
        let now = clock.now();
        let staff = StaffId::new(now);
        let town = Self {
            program: ProgramId::new(now),
            staff: Actor {
                id: ActorId(staff.0),
                role: Role::Staff,
                member: None,
                store: None,
                node: None,
            },
            members: (0..members).map(|_| MemberId::new(now)).collect(),
            activities: (0..ACTIVITIES)
                .map(|_| {
                    let secret = CheckInSecret::new(random_bytes());
                    (ActivityId::new(now), secret)
                })
                .collect(),
            shifts: Uuid::from_bytes(random_bytes()),
            hazards: Uuid::from_bytes(random_bytes()),
            ledger,
            clock,
            beginning,
        };
        let program = Program {
            id: town.program,
            code: code.to_owned(),
            name: format!("Day {code}"),
            zone: "Asia/Shanghai".to_owned(),
        };
        let register = Command::Register(Registration::Program(program));
        let request = operator(town.program);
        town.ledger.execute(&request, register).await?;
        let commands = town.records(staff)?;
        for group in commands.chunks(GROUP_LIMIT) {
            let group = group
                .iter()
                .map(|command| (CommandId::new(now), command.clone()));
            let group = Command::Group(group.collect());
            town.ledger.execute(&request, group).await?;
        }
        town.prepare().await?;
        Ok(town)
    }

    fn records(&self, staff: StaffId) -> Result<Vec<Command>, Failure> {
        let now = self.clock.now();
        let register = Command::Register;
        let mut commands = vec![register(Registration::Staff(Staff {
            id: staff,
            organization: None,
            name: "Day".to_owned(),
            member: None,
        }))];
        for (name, source) in day_policies() {
            let budget = BudgetId::new(now);
            let points = Points::whole(10_000_000).unwrap_or(Points::MAX);
            commands.push(register(Registration::Budget(Budget {
                id: budget,
                code: name.to_owned(),
                name: name.to_owned(),
            })));
            commands.push(Command::Appropriate { budget, points });
            commands.push(enact(name, source)?);
        }
        let members = self.members.iter().enumerate();
        commands.extend(members.map(|(number, &id)| {
            register(Registration::Member(Member {
                id,
                organization: None,
                name: format!("Member {}", number + 1),
            }))
        }));
        Ok(commands)
    }

    /// Activities and the cell.
    async fn prepare(&self) -> Result<(), Failure> {
        let organization = Organization {
            id: OrganizationId::new(self.clock.now()),
            parent: None,
            kind: "district".to_owned(),
            name: "Day".to_owned(),
        };
        let node = organization.id;
        let request = operator(self.program);
        let register = Command::Register(Registration::Organization(organization));
        self.ledger.execute(&request, register).await?;
        let hour = |slot: usize| self.beginning.plus_seconds(slot as i64 * 3_600);
        for (id, secret) in &self.activities {
            let activity = Activity {
                id: *id,
                organization: node,
                form: ActivityForm::Volunteer,
                title: "助老".to_owned(),
                place: "驿站".to_owned(),
                fence: None,
                slots: (0..SLOTS)
                    .map(|slot| Slot {
                        starts_at: hour(slot),
                        ends_at: hour(slot + 1),
                        quota: Some(1_000),
                    })
                    .collect(),
                facts: [("beneficiary".to_owned(), "elderly".into())].into(),
                policy: None,
                forgotten: Forgotten::Half,
                opens_before: 1_800,
                organizer: self.staff,
                cancelled: false,
            };
            let secret = secret.clone();
            let plan = ActivityCommand::Plan { activity, secret };
            let command = Command::Activity(Box::new(plan));
            self.ledger
                .execute(&self.request(self.staff), command)
                .await?;
        }
        let grids = grids_of(&cell(), &GridDefaults::default());
        let grids = grids.map_err(|error| Failure(format!("{error:?}")))?;
        let import = PatrolCommand::Import { grids };
        let command = Command::Patrol(Box::new(import));
        self.ledger
            .execute(&self.request(self.staff), command)
            .await?;
        Ok(())
    }

    /// Lets it be so many minutes after the day began.
    pub fn set(&self, minute: i64) {
        self.clock.set(self.beginning.plus_seconds(minute * 60));
    }

    fn request(&self, actor: Actor) -> Request {
        Request {
            actor,
            key: Some(Uuid::from_bytes(random_bytes()).to_string()),
            ..operator(self.program)
        }
    }

    fn member(&self, index: usize) -> Actor {
        let member = self.members[index];
        Actor {
            id: ActorId(member.0),
            role: Role::Member,
            member: Some(member),
            store: None,
            node: None,
        }
    }

    /// Has somebody do something, and answers with what came of an award.
    pub async fn take(
        &self,
        moment: &Moment,
        photo: Option<Bytes>,
    ) -> Result<Option<Answer>, Failure> {
        match *moment {
            Moment::CheckIn { member, slot } => self.attend(member, slot, true).await,
            Moment::CheckOut { member, slot } => self.attend(member, slot, false).await,
            Moment::Start { member, .. }
            | Moment::Place { member, .. }
            | Moment::End { member, .. } => self.patrol(member, moment).await,
            Moment::Report { member, hazard } => self.report(member, hazard, photo).await,
            Moment::Triage { hazard } => {
                let triage = HazardCommand::Triage {
                    hazard: self.hazard(hazard),
                    severity: Severity::Low,
                    category: None,
                    position: None,
                    grid: None,
                };
                self.see_to(self.staff, triage).await
            }
            Moment::Verify { hazard } => {
                let verify = HazardCommand::Verify {
                    hazard: self.hazard(hazard),
                    policy: None,
                };
                self.see_to(self.staff, verify).await
            }
        }
    }

    async fn attend(
        &self,
        member: usize,
        slot: usize,
        comes: bool,
    ) -> Result<Option<Answer>, Failure> {
        let (activity, secret) = &self.activities[member % self.activities.len()];
        let (at, actor) = (self.clock.now(), self.member(member));
        let part = Part {
            activity: *activity,
            slot: u32::try_from(slot).unwrap_or_default(),
            member: self.members[member],
        };
        let proof = Proof::Code(secret.code_at(at));
        let command = match comes {
            true => ActivityCommand::CheckIn { part, at, proof },
            false => ActivityCommand::CheckOut { part, at, proof },
        };
        let command = Command::Activity(Box::new(command));
        let request = self.request(actor);
        Ok(self.ledger.execute_deed(&request, command).await?.1)
    }

    async fn patrol(&self, member: usize, moment: &Moment) -> Result<Option<Answer>, Failure> {
        let (at, id) = (self.clock.now(), self.members[member]);
        let named =
            |shift: usize| Uuid::from_u128(self.shifts.as_u128().wrapping_add(shift as u128));
        let command = match *moment {
            Moment::Start { shift, .. } => PatrolCommand::Start(ShiftStart {
                member: id,
                shift: named(shift),
                grid: "G-1".to_owned(),
                at,
                position: place(shift, 0)?,
            }),
            Moment::Place { shift, number, .. } => PatrolCommand::Waypoint {
                deed: shift_deed(id, named(shift)),
                at,
                position: place(shift, number + 1)?,
            },
            Moment::End { shift, .. } => PatrolCommand::End {
                deed: shift_deed(id, named(shift)),
                at,
                position: None,
            },
            _ => return Ok(None),
        };
        let command = Command::Patrol(Box::new(command));
        let request = self.request(self.member(member));
        Ok(self.ledger.execute_deed(&request, command).await?.1)
    }

    fn hazard(&self, number: usize) -> HazardId {
        HazardId(Uuid::from_u128(
            self.hazards.as_u128().wrapping_add(number as u128),
        ))
    }

    async fn report(
        &self,
        member: usize,
        hazard: usize,
        photo: Option<Bytes>,
    ) -> Result<Option<Answer>, Failure> {
        let actor = self.member(member);
        let mut photos = Vec::new();
        if let Some(photo) = photo {
            photos.push(self.keep(&actor, photo).await?);
        }
        let report = Report {
            hazard: self.hazard(hazard),
            member: Some(self.members[member]),
            node: None,
            category: HazardCategory::Road,
            position: Some(place(hazard, 0)?),
            grid: None,
            team: None,
            seen_at: self.clock.now(),
            photos,
            text: None,
        };
        self.see_to(actor, HazardCommand::Report(report)).await
    }

    async fn see_to(
        &self,
        actor: Actor,
        command: HazardCommand,
    ) -> Result<Option<Answer>, Failure> {
        let request = self.request(actor);
        Ok(self.ledger.execute_hazard(&request, command).await?.1)
    }
}

/// A square of about eleven kilometres.
fn cell() -> serde_json::Value {
    let degrees = |millionths: i64| millionths as f64 / 1_000_000.0;
    let (south, west) = (degrees(CORNER.0), degrees(CORNER.1));
    let (north, east) = (south + 0.1, west + 0.13);
    let ring = [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
        [west, south],
    ];
    json!({ "type": "FeatureCollection", "features": [{
        "type": "Feature", "properties": { "code": "G-1", "name": "G-1" }, "geometry": { "type": "Polygon", "coordinates": [ring] },
    }] })
}

/// The places of a shift are a hundred metres apart, those of different ones too.
fn place(number: usize, step: usize) -> Result<Position, Failure> {
    let (north, east) = (number % 100, number / 100);
    let latitude = CORNER.0 + (1 + (north + step) % 108) as i64 * STEP;
    let longitude = CORNER.1 + (1 + east) as i64 * 2_000;
    Position::from_millionths(latitude, longitude).ok_or_else(|| Failure("no such place".into()))
}
