//! An activity as callers plan it and see it.

use std::collections::BTreeMap;

use ledger::community::activity::{Activity, ActivityForm, Fence, Forgotten, Slot};
use ledger::ids::{ActivityId, OrganizationId};
use ledger::machine::deeds::Planned;
use ledger::policy::Fact;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::awards::PositionBody;
use super::model::Moment;
use crate::auth::Awarder;

/// What is done at an activity.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    Meeting,
    Study,
    PartyDay,
    Training,
    Volunteer,
    Convoy,
}

impl From<Form> for ActivityForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Meeting => Self::Meeting,
            Form::Study => Self::Study,
            Form::PartyDay => Self::PartyDay,
            Form::Training => Self::Training,
            Form::Volunteer => Self::Volunteer,
            Form::Convoy => Self::Convoy,
        }
    }
}

/// What becomes of the time of who never checked out.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ForgottenRule {
    /// Nothing of it counts.
    Nothing,
    /// Half of what was left of the slot.
    #[default]
    Half,
    /// All of it; also for activities at which nobody need check out.
    Whole,
}

impl From<ForgottenRule> for Forgotten {
    fn from(rule: ForgottenRule) -> Self {
        match rule {
            ForgottenRule::Nothing => Self::Nothing,
            ForgottenRule::Half => Self::Half,
            ForgottenRule::Whole => Self::Whole,
        }
    }
}

/// A stretch of time for which members sign up.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SlotBody {
    starts_at: Moment,
    ends_at: Moment,
    /// How many may take part; any number if not said.
    #[validate(range(min = 1, max = 100_000, message = "is 1 to 100000"))]
    quota: Option<i64>,
}

/// Where one has to be to check in by position.
#[derive(Clone, Copy, Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FenceBody {
    #[validate(nested)]
    position: PositionBody,
    /// How far around, in metres.
    #[validate(range(min = 10, max = 5_000, message = "is 10 to 5000"))]
    radius: i64,
}

/// An activity to be held.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanActivity {
    /// Who holds it.
    pub organization: Uuid,
    form: Form,
    #[validate(length(min = 1, max = 80, message = "has 1 to 80 characters"))]
    title: String,
    /// Where it is, in words.
    #[validate(length(min = 1, max = 120, message = "has 1 to 120 characters"))]
    place: String,
    /// Where it is on the map: then one can check in by position, and policies with a geofence know where it was.
    #[validate(nested)]
    fence: Option<FenceBody>,
    #[validate(length(min = 1, max = 96, message = "has 1 to 96 slots"), nested)]
    slots: Vec<SlotBody>,
    /// What is known of each deed done there, besides its kind and minutes: `beneficiary`, `team`, `grid`.
    #[serde(default)]
    #[validate(length(max = 16, message = "has at most 16 facts"))]
    #[schema(value_type = Object, example = json!({"beneficiary": "elderly"}))]
    facts: BTreeMap<String, Fact>,
    /// The policy that is to price it; needed only when several in force are about this kind of deed.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    policy: Option<String>,
    #[serde(default)]
    forgotten: ForgottenRule,
    /// How long before a slot begins one may check in, in minutes.
    #[serde(default = "half_an_hour")]
    #[validate(range(min = 0, max = 1_440, message = "is 0 to 1440"))]
    opens_before_minutes: i64,
}

const fn half_an_hour() -> i64 {
    30
}

impl PlanActivity {
    /// The organizer is whoever gives the command; the machine says so.
    pub fn activity(self, id: ActivityId, staff: &Awarder) -> Activity {
        let slot = |slot: SlotBody| Slot {
            starts_at: slot.starts_at.0,
            ends_at: slot.ends_at.0,
            quota: slot.quota,
        };
        let fence = self.fence.and_then(|fence| {
            let position = fence.position.position()?;
            let radius = fence.radius;
            Some(Fence { position, radius })
        });
        Activity {
            id,
            organization: OrganizationId(self.organization),
            form: self.form.into(),
            title: self.title,
            place: self.place,
            fence,
            slots: self.slots.into_iter().map(slot).collect(),
            facts: self.facts,
            policy: self.policy,
            forgotten: self.forgotten.into(),
            opens_before: self.opens_before_minutes * 60,
            organizer: staff.actor,
            cancelled: false,
        }
    }
}

/// A slot, and how many come.
#[derive(Debug, Serialize, ToSchema)]
pub struct SlotView {
    /// Counted from 0.
    slot: usize,
    starts_at: Moment,
    ends_at: Moment,
    quota: Option<i64>,
    /// How many have a place.
    taken: i64,
}

/// An activity.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActivityView {
    id: Uuid,
    organization: Uuid,
    #[schema(value_type = String, example = "study")]
    form: ActivityForm,
    title: String,
    place: String,
    /// Degrees, in WGS-84.
    latitude: Option<f64>,
    longitude: Option<f64>,
    /// How near one has to be to check in by position, in metres.
    radius: Option<i64>,
    slots: Vec<SlotView>,
    #[schema(value_type = Object)]
    facts: BTreeMap<String, Fact>,
    policy: Option<String>,
    #[schema(value_type = String, example = "half")]
    forgotten: Forgotten,
    opens_before_minutes: i64,
    organizer: Uuid,
    cancelled: bool,
}

impl From<Planned> for ActivityView {
    fn from(
        Planned {
            activity, taken, ..
        }: Planned,
    ) -> Self {
        let point = activity.fence.map(|fence| fence.position.point());
        let slots = activity.slots.iter().zip(taken).enumerate();
        Self {
            id: activity.id.0,
            organization: activity.organization.0,
            form: activity.form,
            latitude: point.map(|point| point.y()),
            longitude: point.map(|point| point.x()),
            radius: activity.fence.map(|fence| fence.radius),
            slots: slots
                .map(|(slot, (of, taken))| SlotView {
                    slot,
                    starts_at: of.starts_at.into(),
                    ends_at: of.ends_at.into(),
                    quota: of.quota,
                    taken,
                })
                .collect(),
            title: activity.title,
            place: activity.place,
            facts: activity.facts,
            policy: activity.policy,
            forgotten: activity.forgotten,
            opens_before_minutes: activity.opens_before / 60,
            organizer: activity.organizer.id.0,
            cancelled: activity.cancelled,
        }
    }
}
