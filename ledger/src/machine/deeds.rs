//! Deeds on their way from a promise to an award.
//!
//! A [`DeedRecord`] is what a member promised, began and did. Its outcome is decided by a command, and the same transaction asks for the award
//! ([`AskedAward`]): whoever dies in between, the request is there, and it is one for each deed. It is submitted at once, or by a job, under a key that
//! follows from the deed; the award and the request's answer are one transaction again.

pub mod asking;
pub mod attendance;
mod claiming;
pub mod exceptional;
mod explain;
pub(super) mod ordering;
pub mod orders;
mod part;
pub mod patrol;
mod planning;
mod rejection;
pub mod shift;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::activity::{Activity, CheckInSecret};
use crate::community::order::Order;
use crate::community::patrol::PATROL_SHIFT;
use crate::ids::{ActivityId, DeedId, HazardId, MemberId, OrderId};
use crate::machine::award::takes;
use crate::machine::effects::Rows;
use crate::machine::{Award, Effects, Outcome, Rejection, State, Stop};

pub use asking::{Answer, AskedAward, WhyNot};
pub use attendance::{ActivityCommand, Attendance, Mark, Part, Proof, ProofKind};
pub use claiming::Done;
pub use exceptional::{Exceptional, ExceptionalCommand};
pub use explain::explain_why_not;
pub use orders::{Claim, Confirmed, OrderCommand, OrderNeeds, Reported};
pub use patrol::{PatrolCommand, ShiftStart, shift_deed};
pub use rejection::DeedRejection;
pub use shift::{EndedBy, Shift};

/// Where a deed stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeedState {
    /// A member has said that they will do it.
    Promised,
    /// They are at it.
    Begun,
    /// It is done, and its award is asked for.
    Done,
    /// Nothing comes of it.
    Void,
}

impl DeedState {
    /// Every state.
    pub const ALL: [Self; 4] = [Self::Promised, Self::Begun, Self::Done, Self::Void];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Promised => "promised",
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Void => "void",
        }
    }

    const fn rank(self) -> u8 {
        match self {
            Self::Void => 0,
            Self::Promised => 1,
            Self::Begun => 2,
            Self::Done => 3,
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A deed on record.
#[derive(Clone, Debug, PartialEq)]
pub struct DeedRecord {
    /// The same as of its award: see [`crate::machine::award::deed_id`].
    pub id: DeedId,
    /// Whose.
    pub member: MemberId,
    /// Where it stands.
    pub state: DeedState,
    /// When it began or is to begin.
    pub began_at: Timestamp,
    /// When it ended, once it has.
    pub ended_at: Option<Timestamp>,
    /// When something is to be done about it by itself; `None` once it is done or void.
    pub due_at: Option<Timestamp>,
    /// What is known of it.
    pub body: DeedBody,
}

/// What is known of a deed, by what it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum DeedBody {
    /// Somebody's part in an activity.
    Attendance(Attendance),
    /// A report of a hazard.
    HazardReport {
        /// Which.
        hazard: HazardId,
    },
    /// A patrol of a cell.
    Shift(Shift),
    /// What a member does for an order.
    Order(Claim),
    /// What nobody could have planned.
    Exceptional(Exceptional),
}

impl DeedBody {
    /// What it is: one of [`crate::policy::deed_kinds`].
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Attendance(_) => "attendance",
            Self::HazardReport { .. } => "hazard_report",
            Self::Shift(_) => PATROL_SHIFT,
            Self::Order(_) => "request_fulfilled",
            Self::Exceptional(_) => "exceptional",
        }
    }

    /// What counts of it, in minutes, once that is known and if it is counted so.
    pub const fn minutes(&self) -> Option<i64> {
        match self {
            Self::Attendance(attendance) => attendance.minutes,
            Self::HazardReport { .. } => None,
            Self::Shift(shift) => shift.minutes,
            Self::Order(claim) => match &claim.reported {
                Some(reported) => reported.minutes,
                None => None,
            },
            Self::Exceptional(_) => None,
        }
    }
}

impl DeedRecord {
    /// Whose part in which activity it is; `None` for what is part of none.
    pub const fn part(&self) -> Option<Part> {
        match &self.body {
            DeedBody::Attendance(attendance) => Some(attendance.part(self.member)),
            DeedBody::HazardReport { .. }
            | DeedBody::Shift(_)
            | DeedBody::Order(_)
            | DeedBody::Exceptional(_) => None,
        }
    }

    /// For which order it is done, if it is.
    pub const fn order(&self) -> Option<OrderId> {
        match &self.body {
            DeedBody::Order(claim) => Some(claim.order),
            _ => None,
        }
    }
}

/// An activity, what its codes follow from, and how many have a place in each slot.
#[derive(Clone, Debug, PartialEq)]
pub struct Planned {
    /// As planned.
    pub activity: Activity,
    /// For the codes on the organizer's screen.
    pub secret: CheckInSecret,
    /// How many have a place, by slot.
    pub taken: Vec<i64>,
}

/// Time of a member's that counts already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counted {
    /// By which deed.
    pub deed: DeedId,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// What is known of deeds while a batch is decided.
#[derive(Clone, Debug, Default)]
pub struct Deeds {
    activities: HashMap<ActivityId, Planned>,
    records: HashMap<DeedId, DeedRecord>,
    parts: HashMap<Part, DeedId>,
    asked: HashMap<DeedId, AskedAward>,
    counted: HashMap<MemberId, Vec<Counted>>,
    entered: HashMap<MemberId, BTreeMap<DeedId, Counted>>,
    /// Orders, and who can do what.
    pub orders: orders::Orders,
    /// Activities planned or changed.
    pub activity_rows: Rows<ActivityId>,
    /// Deeds promised or changed.
    pub record_rows: Rows<DeedId>,
    /// Awards asked for or answered.
    pub asked_rows: Rows<DeedId>,
}

/// What a command does to deeds. Whole new images.
#[derive(Clone, Debug, Default)]
pub struct DeedChange {
    /// An activity planned or changed.
    pub activity: Option<Planned>,
    /// A deed promised or changed.
    pub record: Option<DeedRecord>,
    /// An award asked for or answered.
    pub asked: Option<AskedAward>,
    /// An order posted or changed.
    pub order: Option<Order>,
    /// What a member can do from now on.
    pub skills: Option<(MemberId, BTreeSet<String>)>,
}

impl DeedChange {
    /// Nothing.
    pub const NONE: Self = Self {
        activity: None,
        record: None,
        asked: None,
        order: None,
        skills: None,
    };
}

impl Deeds {
    /// An activity's row.
    pub fn load_activity(&mut self, planned: Planned) {
        self.activity_rows.stored(planned.activity.id);
        self.activities.insert(planned.activity.id, planned);
    }
    /// A deed's row.
    pub fn load_record(&mut self, record: DeedRecord) {
        self.record_rows.stored(record.id);
        self.insert(record);
    }
    /// A request's row.
    pub fn load_asked(&mut self, asked: AskedAward) {
        self.asked_rows.stored(asked.deed);
        self.asked.insert(asked.deed, asked);
    }
    /// Time of a member's that counts.
    pub fn load_counted(&mut self, member: MemberId, counted: Counted) {
        self.counted.entry(member).or_default().push(counted);
    }

    /// Time of a member's for which an award stands, be its deed on record or entered by hand.
    pub fn load_entered(&mut self, member: MemberId, counted: Counted) {
        let entered = self.entered.entry(member).or_default();
        entered.insert(counted.deed, counted);
    }

    /// An activity.
    pub fn activity(&self, id: ActivityId) -> Option<&Planned> {
        self.activities.get(&id)
    }
    /// Somebody's part in an activity. Of two members merged both may have one: it is the one that got further.
    pub fn part(&self, part: Part) -> Option<&DeedRecord> {
        self.records.get(self.parts.get(&part)?)
    }
    /// A deed.
    pub fn record(&self, id: DeedId) -> Option<&DeedRecord> {
        self.records.get(&id)
    }
    /// The member's shifts that have not ended.
    pub(super) fn open_shifts(
        &self,
        member: MemberId,
    ) -> impl Iterator<Item = (&DeedRecord, &Shift)> {
        let theirs = self.records_of(member);
        let open = theirs.filter(|known| known.state == DeedState::Begun);
        open.filter_map(|record| match &record.body {
            DeedBody::Shift(shift) => Some((record, shift)),
            _ => None,
        })
    }
    /// The loaded deeds of a member.
    pub(super) fn records_of(&self, member: MemberId) -> impl Iterator<Item = &DeedRecord> {
        let all = self.records.values();
        all.filter(move |record| record.member == member)
    }
    /// Whether rows change that held where a resident lives.
    pub fn forgets_places(&self) -> bool {
        let mut asked = self.asked_rows.changed.iter();
        let of_order = |id: &DeedId| self.asked(*id).is_some_and(AskedAward::is_of_order);
        !self.orders.rows.changed.is_empty() || asked.any(of_order)
    }
    /// What was asked for a deed.
    pub fn asked(&self, id: DeedId) -> Option<&AskedAward> {
        self.asked.get(&id)
    }

    /// Another deed of the member's that counts some of this time, be it on record or entered by hand.
    pub(super) fn counts(
        &self,
        member: MemberId,
        deed: DeedId,
        time: (Timestamp, Timestamp),
    ) -> Option<DeedId> {
        let on_record = self.counts_on_record(member, deed, time);
        let counted =
            on_record.or_else(|| overlapping(self.entered.get(&member)?.values(), deed, time));
        counted.map(|other| other.deed)
    }

    /// Another deed of the member's on record that counts some of this time.
    pub(super) fn counts_on_record(
        &self,
        member: MemberId,
        deed: DeedId,
        time: (Timestamp, Timestamp),
    ) -> Option<&Counted> {
        overlapping(self.counted.get(&member)?.iter(), deed, time)
    }

    /// An award stands: from now on its time counts. One that falls frees it for what is decided in a later batch.
    pub(super) fn keep_award(&mut self, award: &Award) {
        let time = takes(&award.deed).filter(|_| award.state.is_live());
        if let Some((from, until)) = time {
            let deed = award.deed_id;
            self.load_entered(award.member, Counted { deed, from, until });
        }
    }

    fn insert(&mut self, record: DeedRecord) {
        let further =
            |known: &DeedRecord| known.id != record.id && known.state.rank() > record.state.rank();
        if let Some(part) = record.part()
            && !self.part(part).is_some_and(further)
        {
            self.parts.insert(part, record.id);
        }
        self.records.insert(record.id, record);
    }

    pub(super) fn keep(&mut self, change: DeedChange) {
        let DeedChange {
            activity,
            record,
            asked,
            order,
            skills,
        } = change;
        self.orders.keep(order, skills);
        if let Some(planned) = activity {
            self.activity_rows.touch(planned.activity.id);
            self.activities.insert(planned.activity.id, planned);
        }
        if let Some(record) = record {
            self.record_rows.touch(record.id);
            self.insert(record);
        }
        if let Some(asked) = asked {
            // From now on its time counts.
            let record = self.records.get(&asked.deed);
            if let (None, Some(record)) = (&asked.answer, record)
                && let Some(until) = record.ended_at
            {
                let (deed, from) = (record.id, record.began_at);
                self.load_counted(record.member, Counted { deed, from, until });
            }
            self.asked_rows.touch(asked.deed);
            self.asked.insert(asked.deed, asked);
        }
    }
}

fn overlapping<'d>(
    mut known: impl Iterator<Item = &'d Counted>,
    deed: DeedId,
    (from, until): (Timestamp, Timestamp),
) -> Option<&'d Counted> {
    known.find(|other| other.deed != deed && other.from < until && from < other.until)
}

/// A deed that came a step further, and the award that is asked for with it.
fn stepped(record: DeedRecord, asked: Option<AskedAward>) -> Effects {
    let deed = record.id;
    let outcome = Outcome::Deed {
        deed,
        member: record.member,
        state: record.state,
        asks: asked.as_ref().is_some_and(|asked| asked.answer.is_none()),
    };
    Effects {
        deeds: DeedChange {
            record: Some(record),
            asked,
            ..DeedChange::NONE
        },
        ..Effects::answering(deed.0, outcome)
    }
}

/// Something is due about a deed by itself.
pub(super) fn close(state: &State, id: DeedId) -> Result<Effects, Stop> {
    let record = recorded(state, id)?;
    match &record.body {
        DeedBody::Attendance(attendance) => {
            attendance::close(state, attendance.part(record.member))
        }
        // Nothing is ever due about it by itself.
        DeedBody::HazardReport { .. } => Err(Rejection::NothingDue.into()),
        DeedBody::Shift(_) => shift::Walk::of(state, id)?.close(),
        DeedBody::Order(_) => ordering::lapse(state, record),
        DeedBody::Exceptional(_) => Err(DeedRejection::DeedState {
            deed: id,
            state: record.state,
        }
        .into()),
    }
}

/// A deed that is on record, its member locked.
fn recorded(state: &State, id: DeedId) -> Result<&DeedRecord, Stop> {
    let record = state
        .deeds
        .record(id)
        .ok_or(DeedRejection::UnknownDeed { deed: id })?;
    state.require(Owner::Member(record.member))?;
    Ok(record)
}
