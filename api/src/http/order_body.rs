//! An order as callers post it and see it.

use std::collections::BTreeSet;

use ledger::community::order::{Order, OrderState, Wanted};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::awards::PositionBody;
use super::model::Moment;

/// What is wanted, as everybody may read it.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedBody {
    /// `errand`, `delivery`, `repair`, `escort`, `wish` or `other`: see the fact of `request_fulfilled` in `/v1/deed-kinds`.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "escort")]
    category: String,
    /// Whom it serves: `elderly`, `child`, `hardship` or `community`.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    #[schema(example = "elderly")]
    beneficiary: String,
    /// What it is called. It names nobody and no address.
    #[validate(length(min = 1, max = 80, message = "has 1 to 80 characters"))]
    #[schema(example = "陪老人去医院复查")]
    title: String,
    /// The grid it is done in.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    grid: Option<String>,
    /// What a member must be able to do: codes, as they are noted with `PUT /v1/members/{id}/skills`.
    #[serde(default)]
    #[validate(length(max = 20, message = "has at most 20 skills"))]
    skills: BTreeSet<String>,
    /// How many members are wanted.
    #[serde(default = "one")]
    #[validate(range(min = 1, max = 100, message = "is 1 to 100"))]
    places: i64,
    /// Until when it is wanted, at most 92 days ahead.
    wanted_by: Moment,
    /// For how long a member who takes it on keeps it from others, in hours.
    #[serde(default = "two_days")]
    #[validate(range(min = 1, max = 720, message = "is 1 to 720"))]
    claim_hours: i64,
    /// The policy that is to price it; needed only when several in force are about such deeds.
    #[validate(length(min = 1, max = 64, message = "has 1 to 64 characters"))]
    policy: Option<String>,
    /// Where it is, for policies with a geofence. Shown to whoever took it on, and forgotten once it is over.
    #[validate(nested)]
    pub position: Option<PositionBody>,
}

const fn one() -> i64 {
    1
}

const fn two_days() -> i64 {
    48
}

impl WantedBody {
    /// As the ledger has it; where it is goes beside.
    pub fn wanted(self) -> Wanted {
        Wanted {
            category: self.category,
            beneficiary: self.beneficiary,
            title: self.title,
            grid: self.grid,
            skills: self.skills,
            places: self.places,
            by: self.wanted_by.0,
            claim_hours: self.claim_hours,
            policy: self.policy,
        }
    }
}

/// An order to be posted.
#[derive(Debug, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PostOrder {
    /// Who sees to it.
    pub organization: Uuid,
    #[validate(nested)]
    pub wanted: WantedBody,
    /// A text that was uploaded: the resident's address and phone, and what else only who does it may read.
    pub details: Option<Uuid>,
}

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    id: Uuid,
    organization: Uuid,
    /// `asked` (by a resident, for staff to look at), `posted`, `confirmed`, `withdrawn` or `expired`.
    #[schema(value_type = String, example = "posted")]
    state: OrderState,
    /// Whether a resident asked for it on the public page.
    public: bool,
    category: String,
    beneficiary: String,
    title: String,
    grid: Option<String>,
    skills: BTreeSet<String>,
    places: i64,
    /// How many have taken it on and not done it.
    taken: i64,
    /// How many say that they did it.
    reported: i64,
    /// For how many that is confirmed.
    confirmed: i64,
    wanted_by: Moment,
    claim_hours: i64,
    policy: Option<String>,
    /// Whether there is something that only who does it may read.
    has_details: bool,
    /// Since when something about it waits for staff: to be posted, or to be confirmed.
    waits_since: Option<Moment>,
}

impl From<Order> for OrderView {
    fn from(order: Order) -> Self {
        let wanted = order.wanted;
        Self {
            id: order.id.0,
            organization: order.organization.0,
            state: order.state,
            public: order.public,
            category: wanted.category,
            beneficiary: wanted.beneficiary,
            title: wanted.title,
            grid: wanted.grid,
            skills: wanted.skills,
            places: wanted.places,
            taken: order.taken,
            reported: order.reported,
            confirmed: order.confirmed,
            wanted_by: wanted.by.into(),
            claim_hours: wanted.claim_hours,
            policy: wanted.policy,
            has_details: order.details.is_some(),
            waits_since: order.waits_since.map(Into::into),
        }
    }
}
