//! Exceptional deeds (突出事迹): what nobody could have planned. Proposed by staff with words and photos, verified by somebody else, and then awarded
//! as the policy says, with its two approvals.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::part::not_of_themselves;
use super::{AskedAward, DeedBody, DeedRecord, DeedRejection, DeedState, recorded, stepped};
use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::Actor;
use crate::community::attachment::AttachmentKind;
use crate::community::order::check_fact;
use crate::ids::{ActorId, AttachmentId, DeedId, MemberId};
use crate::machine::attachments::Attachments;
use crate::machine::award::{AwardRequest, CLOCK_SKEW_SECONDS, Reason, deed_id_of};
use crate::machine::merge::must_be_active;
use crate::machine::{Context, Effects, Links, Needs, Rejection, State, Stop};
use crate::policy::{Deed, Fact};

/// The kind of deed.
pub const DEED_KIND: &str = "exceptional";

/// A command about an exceptional deed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExceptionalCommand {
    /// Say what somebody did.
    Propose {
        /// Who.
        member: MemberId,
        /// What makes it another than the member's others.
        reference: Uuid,
        /// What it was: one of the fact `category`.
        category: String,
        /// When.
        occurred_at: Timestamp,
        /// The words, and what shows it.
        attachments: Vec<AttachmentId>,
    },
    /// Having looked into it, say that it was so.
    Verify {
        /// Which.
        deed: DeedId,
    },
    /// It was not so, or is nothing exceptional.
    Refuse {
        /// Which.
        deed: DeedId,
        /// Why.
        reason: Reason,
    },
}

/// What somebody did whom nobody had asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exceptional {
    /// What makes it another than the member's others.
    pub reference: Uuid,
    /// What it was.
    pub category: String,
    /// Who says so. The award is asked for in their name, so they do not approve it.
    pub proposed_by: Actor,
    /// How many photos show it.
    pub photos: i64,
    /// Who looked into it, and found it so or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decided_by: Option<ActorId>,
    /// Why it was turned down, if it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Reason>,
}

impl ExceptionalCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::Propose { .. } => "exceptional.propose",
            Self::Verify { .. } => "exceptional.verify",
            Self::Refuse { .. } => "exceptional.refuse",
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
            Self::Propose { .. } => None,
            Self::Verify { deed } | Self::Refuse { deed, .. } => Some(*deed),
        }
    }
}

impl Needs {
    /// Adds what a command about an exceptional deed needs.
    pub(in crate::machine) fn add_exceptional(
        &mut self,
        command: &ExceptionalCommand,
        links: &Links,
    ) {
        match command {
            ExceptionalCommand::Propose {
                member,
                reference,
                attachments,
                ..
            } => {
                self.owners.insert(Owner::Member(*member));
                self.records.insert(deed_of(*member, *reference));
                self.attachments.extend(attachments);
            }
            ExceptionalCommand::Verify { deed } | ExceptionalCommand::Refuse { deed, .. } => {
                self.add_deed(*deed, links);
            }
        }
    }
}

/// The deed that comes of a proposal.
pub fn deed_of(member: MemberId, reference: Uuid) -> DeedId {
    deed_id_of(member, DEED_KIND, &reference.to_string())
}

/// Decides a command about an exceptional deed.
pub(in crate::machine) fn decide(
    state: &State,
    command: &ExceptionalCommand,
    context: &Context,
) -> Result<Effects, Stop> {
    match command {
        ExceptionalCommand::Propose {
            member,
            reference,
            category,
            occurred_at,
            attachments,
        } => {
            let body = Exceptional {
                reference: *reference,
                category: category.clone(),
                proposed_by: context.actor,
                photos: 0,
                decided_by: None,
                refused: None,
            };
            propose(state, *member, *occurred_at, body, attachments)
        }
        ExceptionalCommand::Verify { deed } => verify(state, *deed, context),
        ExceptionalCommand::Refuse { deed, reason } => refuse(state, *deed, *reason, context),
    }
}

fn propose(
    state: &State,
    member: MemberId,
    occurred_at: Timestamp,
    body: Exceptional,
    attachments: &[AttachmentId],
) -> Result<Effects, Stop> {
    must_be_active(state, member)?;
    not_of_themselves(&body.proposed_by, member)?;
    let id = deed_of(member, body.reference);
    if state.deeds.record(id).is_some() {
        return Err(Rejection::AlreadyExists.into());
    }
    if occurred_at > state.now.plus_seconds(CLOCK_SKEW_SECONDS) {
        return Err(Rejection::DeedInFuture { occurred_at }.into());
    }
    let category = Fact::from(body.category.as_str());
    check_fact(DEED_KIND, "category", &category)
        .map_err(|(fact, expected)| DeedRejection::BadFact { fact, expected })?;
    let attached = Attachments::attach(state, attachments, id.0, &body.proposed_by)?;
    let photos = attached.iter().filter(|a| a.kind == AttachmentKind::Photo);
    let body = Exceptional {
        photos: i64::try_from(photos.count()).unwrap_or(i64::MAX),
        ..body
    };
    let record = DeedRecord {
        id,
        member,
        state: DeedState::Begun,
        began_at: occurred_at,
        ended_at: None,
        due_at: None,
        body: DeedBody::Exceptional(body),
    };
    Ok(Effects {
        attached,
        ..stepped(record, None)
    })
}

/// A proposal that somebody other than who made it, and whom it is about, decides on.
fn proposed<'s>(
    state: &'s State,
    deed: DeedId,
    context: &Context,
) -> Result<(&'s DeedRecord, &'s Exceptional), Stop> {
    let record = recorded(state, deed)?;
    let DeedBody::Exceptional(body) = &record.body else {
        return Err(DeedRejection::UnknownDeed { deed }.into());
    };
    if record.state != DeedState::Begun {
        let state = record.state;
        return Err(DeedRejection::DeedState { deed, state }.into());
    }
    not_of_themselves(&context.actor, record.member)?;
    match context.actor.id == body.proposed_by.id {
        true => Err(DeedRejection::OwnProposal.into()),
        false => Ok((record, body)),
    }
}

fn verify(state: &State, deed: DeedId, context: &Context) -> Result<Effects, Stop> {
    let (record, body) = proposed(state, deed, context)?;
    let facts = [
        ("category", Fact::from(body.category.as_str())),
        ("verified", Fact::from(true)),
    ];
    let photo = (body.photos > 0).then_some("photo");
    let evidence = photo.into_iter().chain(["witness"]);
    let asked = AskedAward {
        deed,
        by: body.proposed_by,
        request: AwardRequest {
            member: record.member,
            deed: Deed {
                kind: DEED_KIND.to_owned(),
                reference: body.reference.to_string(),
                occurred_at: record.began_at,
                facts: facts.map(|(fact, value)| (fact.to_owned(), value)).into(),
                evidence: evidence.map(str::to_owned).collect(),
                places: Vec::new(),
            },
            policy: None,
            position: None,
        },
        asked_at: state.now,
        attempt: 1,
        answer: None,
    };
    let record = decided(record, body, DeedState::Done, context, None);
    Ok(stepped(record, Some(asked)))
}

fn refuse(state: &State, deed: DeedId, reason: Reason, context: &Context) -> Result<Effects, Stop> {
    let (record, body) = proposed(state, deed, context)?;
    let record = decided(record, body, DeedState::Void, context, Some(reason));
    Ok(stepped(record, None))
}

fn decided(
    record: &DeedRecord,
    body: &Exceptional,
    state: DeedState,
    context: &Context,
    refused: Option<Reason>,
) -> DeedRecord {
    DeedRecord {
        state,
        body: DeedBody::Exceptional(Exceptional {
            decided_by: Some(context.actor.id),
            refused,
            ..body.clone()
        }),
        ..record.clone()
    }
}
