//! What is known of an award: its state, the submission it came from, the record kept of it.

use std::fmt;

use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::contest::Objection;
use crate::clock::Timestamp;
use crate::community::{hazard, order};
use crate::ids::{ActorId, AwardId, BudgetId, DeedId, HazardId, MemberId, OrganizationId, derived};
use crate::machine::CounterKey;
use crate::machine::deeds::exceptional;
use crate::points::Points;
use crate::policy::{
    Deed, Fact, Language, Position, Quote, Terms, Trace, explain, explain_duplicates,
};

/// Where an award stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AwardState {
    /// Waits for room under a cap: it counts on none, and no point has moved.
    Queued,
    /// Waits for an approver, or for the second of two.
    Submitted,
    /// Approved; in the member's pending account until its public notice closes.
    Pending,
    /// Pending, and objected to.
    Frozen,
    /// In the wallet.
    Vested,
    /// Turned down.
    Rejected,
    /// Undone after it vested.
    Reversed,
}

impl AwardState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Queued,
        Self::Submitted,
        Self::Pending,
        Self::Frozen,
        Self::Vested,
        Self::Rejected,
        Self::Reversed,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Submitted => "submitted",
            Self::Pending => "pending",
            Self::Frozen => "frozen",
            Self::Vested => "vested",
            Self::Rejected => "rejected",
            Self::Reversed => "reversed",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether it stands in the way of another award for the same deed.
    pub const fn is_live(self) -> bool {
        !matches!(self, Self::Rejected | Self::Reversed)
    }
}

impl fmt::Display for AwardState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why an award was rejected or reversed. A code, because the record holds no free text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// What was claimed did not happen so.
    NotAsClaimed,
    /// The evidence does not suffice.
    Evidence,
    /// The same deed was awarded elsewhere.
    Duplicate,
    /// Entered by mistake.
    Mistake,
    /// Withdrawn by whoever submitted it.
    Withdrawn,
    /// Its points would have run out before there was room for it under a cap.
    Expired,
    /// Its member was erased before it vested.
    Erased,
    /// Its budget was closed before it could pay for it.
    BudgetClosed,
}

impl Reason {
    /// Whether a person gives it: the others are for the ledger to find.
    pub const fn is_given(self) -> bool {
        !matches!(
            self,
            Self::Withdrawn | Self::Expired | Self::Erased | Self::BudgetClosed
        )
    }
}

impl Reason {
    /// Every reason.
    pub const ALL: [Self; 8] = [
        Self::NotAsClaimed,
        Self::Evidence,
        Self::Duplicate,
        Self::Mistake,
        Self::Withdrawn,
        Self::Expired,
        Self::Erased,
        Self::BudgetClosed,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotAsClaimed => "not_as_claimed",
            Self::Evidence => "evidence",
            Self::Duplicate => "duplicate",
            Self::Mistake => "mistake",
            Self::Withdrawn => "withdrawn",
            Self::Expired => "expired",
            Self::Erased => "erased",
            Self::BudgetClosed => "budget_closed",
        }
    }

    /// The reason of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }
}

/// One person's approval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approved {
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// On which node they approve: the programme itself for who does on all of it; `None` where nobody was ever appointed to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<OrganizationId>,
}

/// What is asked for when an award is submitted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AwardRequest {
    /// Whose deed it is.
    pub member: MemberId,
    /// What was done.
    pub deed: Deed,
    /// Which policy is to price it; `None` when only one in force prices deeds of this kind.
    pub policy: Option<String>,
    /// Where it happened, if that is known. The layers of the map that hold it become the deed's `places`; itself, it is looked at and not
    /// kept with the award.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
}

/// A deed priced by a rule, to be awarded.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Submission {
    /// Whose deed it is.
    pub member: MemberId,
    /// What was done.
    pub deed: Deed,
    /// The policy the caller named, if they did.
    pub named_policy: Option<String>,
    /// The budget the policy draws on.
    pub budget: BudgetId,
    /// Where it happened, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<Position>,
    /// The map in which its places were looked up, if they were: see [`crate::community::map_at`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub map: Option<Uuid>,
    /// What the policy in force made of it, before caps.
    pub quote: Quote,
    /// The deed on record whose request it answers, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answers: Option<DeedId>,
}

impl Submission {
    /// The deed's id: the same member, kind and reference are the same deed. One on record keeps its id when its member is merged.
    pub fn deed_id(&self) -> DeedId {
        self.answers
            .unwrap_or_else(|| deed_id(self.member, &self.deed))
    }

    /// The deed, if it is a report of a hazard that may be on record: one that is answered for, or one entered by hand with a hazard's id for its
    /// reference.
    pub fn report(&self) -> Option<DeedId> {
        let names_one = || self.deed.reference.parse::<HazardId>().is_ok();
        let recorded =
            self.deed.kind == hazard::DEED_KIND && (self.answers.is_some() || names_one());
        recorded.then(|| self.deed_id())
    }

    /// The deed, if it may be shown with photos: a report of a hazard, what was done for an order, an exceptional deed, on record or by the
    /// reference of one.
    pub fn shown(&self) -> Option<DeedId> {
        let kinds = [order::DEED_KIND, exceptional::DEED_KIND];
        let kind = kinds.contains(&self.deed.kind.as_str());
        let names_one = || self.deed.reference.parse::<Uuid>().is_ok();
        let recorded = kind && (self.answers.is_some() || names_one());
        self.report().or_else(|| recorded.then(|| self.deed_id()))
    }

    /// The time that a deed entered by hand takes, from when it happened; what answers for one on record was looked at with that.
    pub fn takes(&self) -> Option<(Timestamp, Timestamp)> {
        match self.answers {
            None => takes(&self.deed),
            Some(_) => None,
        }
    }

    /// See [`fingerprint`].
    pub fn fingerprint(&self) -> Uuid {
        let policy = self.named_policy.as_deref();
        fingerprint(self.member, policy, &self.deed, self.position)
    }
}

/// See [`Submission::deed_id`].
pub fn deed_id(member: MemberId, deed: &Deed) -> DeedId {
    deed_id_of(member, &deed.kind, &deed.reference)
}

/// The same of a deed that is not done yet.
pub fn deed_id_of(member: MemberId, kind: &str, reference: &str) -> DeedId {
    DeedId(derived(&[
        member.0.as_bytes(),
        kind.as_bytes(),
        reference.as_bytes(),
    ]))
}

/// The time that a deed takes: as many minutes as it says, from when it happened. `None` where it says none.
pub fn takes(deed: &Deed) -> Option<(Timestamp, Timestamp)> {
    let minutes = deed.facts.get("minutes").and_then(Fact::number)?;
    let seconds = minutes.to_i64()?.checked_mul(60)?;
    let until = deed.occurred_at.plus_seconds(seconds);
    (seconds > 0).then_some((deed.occurred_at, until))
}

/// What makes two submissions under one key the same: member, deed, the policy named and whether it was said where it was; neither the price
/// nor the layers of the map that the place was found in. The place itself is left out: this is kept with the key, beside all else that goes
/// into it, and there are few enough places in a city to try each.
pub fn fingerprint(
    member: MemberId,
    named_policy: Option<&str>,
    deed: &Deed,
    position: Option<Position>,
) -> Uuid {
    let json = if deed.places.is_empty() {
        serde_json::to_vec(deed)
    } else {
        serde_json::to_vec(&Deed {
            places: Vec::new(),
            ..deed.clone()
        })
    };
    let deed = json.unwrap_or_default();
    let policy = named_policy.unwrap_or_default().as_bytes();
    let mut parts: Vec<&[u8]> = vec![b"award.submit", member.0.as_bytes(), policy, &deed];
    parts.extend(position.map(|_| b"placed".as_slice()));
    derived(&parts)
}

/// So much counted on a cap's counter, to be given back if the award does not stand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counted {
    /// Which counter.
    pub key: CounterKey,
    /// Hundredths of a point, or a count.
    pub add: i64,
}

/// An award on record.
#[derive(Clone, Debug, PartialEq)]
pub struct Award {
    /// Its id, also of its lot.
    pub id: AwardId,
    /// Whose.
    pub member: MemberId,
    /// Out of which budget.
    pub budget: BudgetId,
    /// For which deed.
    pub deed_id: DeedId,
    /// The deed as submitted: kind, reference, moment and facts.
    pub deed: Deed,
    /// By which policy.
    pub policy: String,
    /// The digest of the version that priced it.
    pub digest: String,
    /// By which rule of it.
    pub rule: String,
    /// What it is worth after caps.
    pub points: Points,
    /// How that came about.
    pub trace: Trace,
    /// What it counted on caps.
    pub counted: Vec<Counted>,
    /// When its lot expires.
    pub expires_at: Option<Timestamp>,
    /// What binds it.
    pub terms: Terms,
    /// Where it stands.
    pub state: AwardState,
    /// Who submitted it.
    pub submitted_by: ActorId,
    /// When.
    pub submitted_at: Timestamp,
    /// Who approved it, in order; at most two.
    pub approvals: Vec<Approved>,
    /// When its public notice closes; `None` if there is none or it has not begun.
    pub notice_until: Option<Timestamp>,
    /// What somebody holds against it.
    pub objection: Option<Objection>,
    /// Who approved, rejected or reversed it last.
    pub decided_by: Option<ActorId>,
    /// When.
    pub decided_at: Option<Timestamp>,
    /// Why it was rejected or reversed.
    pub reason: Option<Reason>,
}

impl Award {
    /// Whether it waits for its budget to be given more.
    pub fn is_unfunded(&self) -> bool {
        self.state == AwardState::Queued && self.trace.is_unfunded()
    }

    /// How it came to its points, one sentence a step; and what else is the same thing, until it is divided among all who reported it.
    pub fn explained(&self, language: Language) -> Vec<String> {
        let mut sentences = explain(&self.trace, language);
        let duplicates = self.terms.duplicates.as_ref();
        let duplicates = duplicates.filter(|_| self.trace.share.is_none());
        let say = |duplicates| explain_duplicates(&self.deed.kind, duplicates, language);
        sentences.extend(duplicates.map(say));
        sentences
    }
}
