//! Orders (点单): asked for by residents or posted by staff, taken on by members, done, confirmed; released when late.
//!
//! Every command about an order locks its row, so it never has more members than it wants. What a member does for it is a deed of theirs:
//! `promised` while they have it, `begun` once they say that it is done, `done` when the resident or staff confirm it. Nothing is awarded before.

use std::collections::{BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::claiming::Done;
use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::order::{DEED_KIND, Order, Wanted};
use crate::ids::{AttachmentId, DeedId, MemberId, OrderId, derived};
use crate::machine::award::{Reason, deed_id_of};
use crate::machine::effects::Rows;
use crate::machine::{Links, Needs};
use crate::policy::Position;

/// A command about an order, or a member's part in one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderCommand {
    /// Staff post one. Who posts it answers for it.
    Post(Box<Order>),
    /// A resident asks for one on the public page; nobody but staff sees it.
    Ask(Box<Order>),
    /// Staff look at what a resident asks for, say what members may read of it, and post it. From now on they answer for it.
    Accept {
        /// Which.
        order: OrderId,
        /// What members read.
        wanted: Box<Wanted>,
        /// Where it is, if that is known.
        position: Option<Position>,
    },
    /// Take an order back, or do not post what a resident asks for.
    Withdraw {
        /// Which.
        order: OrderId,
    },
    /// Take it on.
    Claim {
        /// Which.
        order: OrderId,
        /// Who.
        member: MemberId,
        /// With which team.
        team: Option<String>,
    },
    /// Give it back.
    Release {
        /// Which.
        deed: DeedId,
    },
    /// Say that it is done.
    Done {
        /// Which.
        deed: DeedId,
        /// What is said.
        done: Done,
        /// What shows it.
        attachments: Vec<AttachmentId>,
    },
    /// It is done indeed: the resident says so by their code, or staff do.
    Confirm {
        /// Which.
        deed: DeedId,
        /// SHA-256 of the resident's code; `None` for staff.
        code_hash: Option<String>,
    },
    /// It is not done, or not so: somebody else may take it on.
    Refuse {
        /// Which.
        deed: DeedId,
        /// Why.
        reason: Reason,
    },
    /// Nobody has done it by when it was wanted.
    Close {
        /// Which.
        order: OrderId,
    },
    /// Note what a member is able to do.
    Skills {
        /// Who.
        member: MemberId,
        /// All of it.
        skills: BTreeSet<String>,
    },
}

/// What a member does for an order, as far as it got.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Which order.
    pub order: OrderId,
    /// With which team.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// What they say that they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported>,
    /// Who says that it is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmed: Option<Confirmed>,
    /// Why it is not so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Reason>,
}

/// What a member says that they did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// When they said so.
    pub at: Timestamp,
    /// How long it took, if they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<i64>,
    /// For how many people, if they say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<i64>,
    /// How many photos show it.
    pub photos: i64,
}

/// That something was done indeed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Confirmed {
    /// When.
    pub at: Timestamp,
    /// By the resident's code; else by staff.
    pub by_resident: bool,
}

/// What a batch knows of orders.
#[derive(Clone, Debug, Default)]
pub struct Orders {
    known: HashMap<OrderId, Order>,
    skills: HashMap<MemberId, BTreeSet<String>>,
    /// Orders posted or changed.
    pub rows: Rows<OrderId>,
    /// Skills that members have from now on, and those that they have no more.
    pub skill_rows: [BTreeSet<(MemberId, String)>; 2],
}

/// What to lock and read of orders.
#[derive(Clone, Debug, Default)]
pub struct OrderNeeds {
    /// To lock and read.
    pub orders: BTreeSet<OrderId>,
    /// Who takes which order on: what they do for it already, what else they have promised, and what they can do.
    pub claims: BTreeSet<(OrderId, MemberId)>,
    /// Members whose skills change.
    pub skills: BTreeSet<MemberId>,
}

impl Orders {
    /// An order's row.
    pub fn load(&mut self, order: Order) {
        self.rows.stored(order.id);
        self.known.insert(order.id, order);
    }
    /// A skill of a member's.
    pub fn load_skill(&mut self, member: MemberId, skill: String) {
        self.skills.entry(member).or_default().insert(skill);
    }

    /// An order.
    pub fn get(&self, id: OrderId) -> Option<&Order> {
        self.known.get(&id)
    }

    pub(super) fn can(&self, member: MemberId, skill: &str) -> bool {
        let skills = self.skills.get(&member);
        skills.is_some_and(|skills| skills.contains(skill))
    }

    pub(super) fn keep(
        &mut self,
        order: Option<Order>,
        skills: Option<(MemberId, BTreeSet<String>)>,
    ) {
        if let Some(order) = order {
            self.rows.touch(order.id);
            self.known.insert(order.id, order);
        }
        let Some((member, skills)) = skills else {
            return;
        };
        let before = self.skills.insert(member, skills.clone());
        let before = before.unwrap_or_default();
        let [made, ended] = &mut self.skill_rows;
        for skill in &skills - &before {
            let row = (member, skill);
            if !ended.remove(&row) {
                made.insert(row);
            }
        }
        for skill in &before - &skills {
            let row = (member, skill);
            if !made.remove(&row) {
                ended.insert(row);
            }
        }
    }
}

impl OrderCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Post(_) => "order.post",
            Self::Ask(_) => "order.ask",
            Self::Accept { .. } => "order.accept",
            Self::Withdraw { .. } => "order.withdraw",
            Self::Claim { .. } => "order.claim",
            Self::Release { .. } => "order.release",
            Self::Done { .. } => "order.done",
            Self::Confirm { .. } => "order.confirm",
            Self::Refuse { .. } => "order.refuse",
            Self::Close { .. } => "order.close",
            Self::Skills { .. } => "member.skills",
        }
    }

    /// Why it is given, where it says so.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Refuse { reason, .. } => Some(reason.name()),
            _ => None,
        }
    }

    /// Which deed it names.
    pub const fn deed(&self) -> Option<DeedId> {
        match self {
            Self::Release { deed }
            | Self::Done { deed, .. }
            | Self::Confirm { deed, .. }
            | Self::Refuse { deed, .. } => Some(*deed),
            _ => None,
        }
    }

    /// Which order it names.
    pub const fn order(&self) -> Option<OrderId> {
        match self {
            Self::Post(order) | Self::Ask(order) => Some(order.id),
            Self::Accept { order, .. }
            | Self::Withdraw { order }
            | Self::Claim { order, .. }
            | Self::Close { order } => Some(*order),
            _ => None,
        }
    }

    /// What is attached with it.
    pub fn attachments(&self) -> Vec<AttachmentId> {
        match self {
            Self::Post(order) | Self::Ask(order) => order.details.into_iter().collect(),
            Self::Done { attachments, .. } => attachments.clone(),
            _ => Vec::new(),
        }
    }

    /// The deed whose code is tried.
    pub const fn tries_code(&self) -> Option<DeedId> {
        match self {
            Self::Confirm {
                deed,
                code_hash: Some(_),
            } => Some(*deed),
            _ => None,
        }
    }

    /// What makes two under one key the same. Codes and places are left out: a hash with only them unknown would tell them.
    pub fn fingerprint(&self) -> Uuid {
        let bare = |order: &Order| Order {
            position: None,
            code_hash: None,
            ..order.clone()
        };
        let body = match self {
            Self::Post(order) | Self::Ask(order) => serde_json::to_vec(&bare(order)),
            Self::Accept { order, wanted, .. } => serde_json::to_vec(&(order, wanted)),
            Self::Confirm { deed, .. } => serde_json::to_vec(deed),
            other => serde_json::to_vec(other),
        };
        derived(&[self.operation().as_bytes(), &body.unwrap_or_default()])
    }
}

impl Needs {
    /// Adds what a command about an order needs.
    pub(in crate::machine) fn add_order(&mut self, command: &OrderCommand, links: &Links) {
        self.closing = true;
        self.orders.orders.extend(command.order());
        self.attachments.extend(command.attachments());
        if let Some(deed) = command.deed() {
            self.add_deed(deed, links);
        }
        match command {
            OrderCommand::Claim { order, member, .. } => {
                self.owners.insert(Owner::Member(*member));
                self.orders.claims.insert((*order, *member));
                self.orders.skills.insert(*member);
                self.teams.members.insert(*member);
            }
            OrderCommand::Skills { member, .. } => {
                self.owners.insert(Owner::Member(*member));
                self.orders.skills.insert(*member);
            }
            _ => {}
        }
    }
}

/// The deed that comes of a member's part in an order.
pub fn deed_of(order: OrderId, member: MemberId) -> DeedId {
    deed_id_of(member, DEED_KIND, &order.to_string())
}
