//! A plan as it is typed, and what is wrong with it, beside its fields.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use ledger::WriteError;
use ledger::community::activity::{Activity, ActivityForm, Fence, Forgotten, PlanProblem, Slot};
use ledger::ids::{ActivityId, OrganizationId, derived};
use ledger::machine::Rejection;
use ledger::machine::deeds::DeedRejection;
use ledger::policy::Fact;

use crate::web::fields::{datum, position};
use crate::web::format::{field, from_field};
use crate::web::reading::t;
use crate::web::visitor::Awarder;
use crate::web::wrong::Wrong;
use crate::web::{Web, words};

/// How long before it begins one may check in, in seconds.
const OPENS_BEFORE: i64 = 1_800;

/// A plan as it was typed.
#[derive(Default)]
pub(super) struct Typed {
    pub form: String,
    pub title: String,
    pub place: String,
    pub slots: Vec<TypedSlot>,
    /// Where it is on the map, how far around that is near, and in which coordinates it was read off.
    pub at: String,
    pub radius: String,
    pub datum: String,
    pub beneficiary: String,
    pub forgotten: String,
    pub key: String,
}

/// A slot as it was typed.
#[derive(Clone, Default)]
pub(super) struct TypedSlot {
    pub from: String,
    pub until: String,
    pub quota: String,
}

impl TypedSlot {
    /// Whether it is left out.
    fn is_blank(&self) -> bool {
        self.from.is_empty() && self.until.is_empty()
    }

    /// The slot, or what is wrong with the one of this number.
    fn read(&self, number: usize, zone: &TimeZone, wrong: &mut Wrong) -> Option<Slot> {
        let starts_at = from_field(&self.from, zone);
        if starts_at.is_none() {
            let words = t("请填什么时候开始。", "Please fill in when it begins.");
            wrong.note(&format!("from-{number}"), words);
        }
        let ends_at = from_field(&self.until, zone);
        if ends_at.is_none() {
            let words = t("请填什么时候结束。", "Please fill in when it ends.");
            wrong.note(&format!("until-{number}"), words);
        }
        let quota = match self.quota.trim() {
            "" => None,
            quota => {
                let quota = quota.parse::<i64>().ok().filter(|quota| *quota > 0);
                if quota.is_none() {
                    let words = t(
                        "名额填大于 0 的整数，不限就留空。",
                        "Places are a whole number above 0, or left empty for no limit.",
                    );
                    wrong.note(&format!("quota-{number}"), words);
                }
                quota
            }
        };
        let (starts_at, ends_at) = starts_at.zip(ends_at)?;
        Some(Slot {
            starts_at,
            ends_at,
            quota,
        })
    }
}

/// A slot in the form: its number from 1, what its fields are called, and what they say.
pub(super) struct SlotRow {
    pub number: usize,
    pub from_id: String,
    pub until_id: String,
    pub quota_id: String,
    pub from: String,
    pub until: String,
    pub quota: String,
}

impl Typed {
    /// Fields of slots come as often as there are slots.
    pub fn read(fields: Vec<(String, String)>) -> Self {
        let mut typed = Self::default();
        for (name, value) in fields {
            let slot = typed.slots.last_mut();
            match (name.as_str(), slot) {
                ("from", _) => typed.slots.push(TypedSlot {
                    from: value,
                    ..TypedSlot::default()
                }),
                ("until", Some(slot)) => slot.until = value,
                ("quota", Some(slot)) => slot.quota = value,
                ("form", _) => typed.form = value,
                ("title", _) => typed.title = value,
                ("place", _) => typed.place = value,
                ("at", _) => typed.at = value,
                ("radius", _) => typed.radius = value,
                ("datum", _) => typed.datum = value,
                ("beneficiary", _) => typed.beneficiary = value,
                ("forgotten", _) => typed.forgotten = value,
                ("key", _) => typed.key = value,
                _ => {}
            }
        }
        if typed.slots.is_empty() {
            typed.slots.push(TypedSlot::default());
        }
        typed
    }

    /// One more slot, a day after the last.
    pub fn add_slot(&mut self, web: &Web) {
        let zone = web.zone();
        let next = |text: &str| {
            let at = from_field(text, &zone);
            at.map_or_else(String::new, |at| field(at.plus_seconds(86_400), &zone))
        };
        let last = self.slots.last().cloned().unwrap_or_default();
        self.slots.push(TypedSlot {
            from: next(&last.from),
            until: next(&last.until),
            quota: last.quota,
        });
    }

    /// The slots as the form has them.
    pub fn rows(&self) -> Vec<SlotRow> {
        let row = |(number, slot): (usize, &TypedSlot)| SlotRow {
            number,
            from_id: format!("from-{number}"),
            until_id: format!("until-{number}"),
            quota_id: format!("quota-{number}"),
            from: slot.from.clone(),
            until: slot.until.clone(),
            quota: slot.quota.clone(),
        };
        (1_usize..).zip(&self.slots).map(row).collect()
    }

    /// The numbers of those with a time; what has none is left out.
    fn filled(&self) -> Vec<(usize, &TypedSlot)> {
        let slots = (1_usize..).zip(&self.slots);
        slots.filter(|(_, slot)| !slot.is_blank()).collect()
    }

    /// Slots with a time.
    fn slots(&self, zone: &TimeZone, wrong: &mut Wrong) -> Vec<Slot> {
        let mut filled = self.filled();
        // There is one at least.
        if filled.is_empty() {
            filled.extend((1_usize..).zip(&self.slots).take(1));
        }
        let slots = filled.into_iter();
        slots
            .filter_map(|(number, slot)| slot.read(number, zone, wrong))
            .collect()
    }

    /// Where one has to be, if it is said.
    fn fence(&self, wrong: &mut Wrong) -> Option<Fence> {
        if self.at.trim().is_empty() {
            return None;
        }
        let position = position(&self.at, datum(&self.datum));
        if position.is_none() {
            let words = t(
                "签到位置要填“纬度, 经度”，如 41.7952, 123.3085；不用就留空。",
                "Where to check in is written as latitude, longitude, such as 41.7952, 123.3085; leave it empty if it is not needed.",
            );
            wrong.note("at", words);
        }
        let radius = self.radius.trim().parse::<i64>().ok();
        let radius = radius.filter(|radius| (10..=5_000).contains(radius));
        if radius.is_none() {
            let words = t(
                "范围填 10 到 5000 米。",
                "It reaches 10 to 5000 metres: a whole number.",
            );
            wrong.note("radius", words);
        }
        let (position, radius) = position.zip(radius)?;
        Some(Fence { position, radius })
    }

    /// Held by an organization, or what is wrong with it.
    pub fn activity(
        &self,
        web: &Web,
        organization: OrganizationId,
        staff: &Awarder,
    ) -> Result<Activity, Wrong> {
        let mut wrong = Wrong::default();
        let form = ActivityForm::from_name(&self.form);
        if form.is_none() {
            wrong.note("form", t("请选类型。", "Please choose the kind."));
        }
        if self.title.trim().is_empty() {
            wrong.note("title", t("请填名称。", "Please fill in the name."));
        }
        if self.place.trim().is_empty() {
            wrong.note("place", t("请填地点。", "Please fill in the place."));
        }
        let slots = self.slots(&web.zone(), &mut wrong);
        let fence = self.fence(&mut wrong);
        let (Some(form), true) = (form, wrong.is_empty()) else {
            return Err(wrong);
        };
        let mut facts = BTreeMap::new();
        if form.deed_kind() == ActivityForm::Volunteer.deed_kind() {
            facts.insert(
                "beneficiary".to_owned(),
                Fact::from(self.beneficiary.as_str()),
            );
        }
        Ok(Activity {
            // The same form is the same activity.
            id: ActivityId(derived(&[
                b"activity",
                staff.0.id().as_bytes(),
                self.key.as_bytes(),
            ])),
            organization,
            form,
            title: self.title.trim().to_owned(),
            place: self.place.trim().to_owned(),
            fence,
            slots,
            facts,
            policy: None,
            forgotten: match self.forgotten.as_str() {
                "nothing" => Forgotten::Nothing,
                "whole" => Forgotten::Whole,
                _ => Forgotten::Half,
            },
            opens_before: OPENS_BEFORE,
            organizer: staff.0.caller.actor,
            cancelled: false,
        })
    }

    /// Why the ledger does not plan it: beside the field that this is about, else in a sentence above the form.
    pub fn refused(&self, error: &WriteError) -> (Wrong, Option<String>) {
        let said = words::failure(error);
        match self.about(error) {
            Some(field) => (Wrong::with(&field, said), None),
            None => (Wrong::default(), Some(said)),
        }
    }

    /// The one field that a refusal is about.
    fn about(&self, error: &WriteError) -> Option<String> {
        let WriteError::Rejected(Rejection::Deed(DeedRejection::BadPlan { problem })) = error
        else {
            return None;
        };
        match problem {
            PlanProblem::Slot { slot } => {
                let before = usize::try_from(*slot).ok()?.checked_sub(1)?;
                let (number, _) = *self.filled().get(before)?;
                Some(format!("until-{number}"))
            }
            PlanProblem::Fence { .. } => Some("radius".to_owned()),
            PlanProblem::Fact { .. } | PlanProblem::Missing { .. } => {
                Some("beneficiary".to_owned())
            }
            PlanProblem::Slots { .. } | PlanProblem::Opens => None,
        }
    }
}
