//! Asking for the award of a deed: with its outcome, answered with the award.

use serde::{Deserialize, Serialize};

use super::{DeedChange, DeedRejection, recorded};
use crate::clock::Timestamp;
use crate::community::{Actor, order};
use crate::ids::{AwardId, DeedId};
use crate::machine::award::AwardRequest;
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};
use crate::policy::Refusal;

/// An award that is asked for. One for each deed.
#[derive(Clone, Debug, PartialEq)]
pub struct AskedAward {
    /// For which deed.
    pub deed: DeedId,
    /// In whose name it is submitted: whoever found that the deed was done.
    pub by: Actor,
    /// What is submitted.
    pub request: AwardRequest,
    /// When it was asked for last.
    pub asked_at: Timestamp,
    /// How often it was asked for: a part of its key, so that it can be asked for again.
    pub attempt: i64,
    /// What came of it; `None` while it is open.
    pub answer: Option<Answer>,
}

/// What came of a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// An award, in whatever state.
    Awarded(AwardId),
    /// None.
    Refused(Box<WhyNot>),
}

/// Why a deed has no award.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyNot {
    /// The ledger turned it down.
    Rejected(Rejection),
    /// The policy does not award it.
    Refused {
        /// Which.
        policy: String,
        /// Why.
        refusal: Refusal,
    },
    /// No policy prices such deeds.
    NoPolicy,
    /// Several do, and none was named.
    SeveralPolicies,
    /// Some of its time counts for another deed of the same member.
    TimeCounted {
        /// Which.
        deed: DeedId,
    },
    /// It lasted less than a minute.
    TooShort,
    /// A shift with too few places that differ: standing still is no patrol.
    TooFewPoints {
        /// How many count.
        points: u32,
        /// How many it needs.
        needed: u32,
    },
}

impl WhyNot {
    /// Whether asking again would change nothing.
    const fn is_final(&self) -> bool {
        matches!(self, Self::TooShort | Self::TooFewPoints { .. })
    }

    /// A stable name.
    pub fn code(&self) -> String {
        match self {
            Self::Rejected(rejection) => rejection.code(),
            Self::Refused { refusal, .. } => refusal.code().to_owned(),
            Self::NoPolicy => "no_policy".to_owned(),
            Self::SeveralPolicies => "several_policies".to_owned(),
            Self::TimeCounted { .. } => "time_counted".to_owned(),
            Self::TooShort => "too_short".to_owned(),
            Self::TooFewPoints { .. } => "too_few_points".to_owned(),
        }
    }
}

impl AskedAward {
    /// The idempotency key under which it is submitted, in the name of who asked. Whose it is changes with a merge, and is then asked anew.
    pub fn key(&self) -> String {
        let member = self.request.member;
        format!("deed:{}:{}:{member}", self.deed, self.attempt)
    }

    /// Whether it is for an order: then it is where a resident lives.
    pub fn is_of_order(&self) -> bool {
        self.request.deed.kind == order::DEED_KIND
    }

    /// With what came of it. Where a resident lives is not needed any more once nothing else can come.
    fn answered(&self, answer: Answer) -> Self {
        let over = match &answer {
            Answer::Awarded(_) => true,
            Answer::Refused(why) => why.is_final(),
        };
        let position = self
            .request
            .position
            .filter(|_| !(over && self.is_of_order()));
        Self {
            request: AwardRequest {
                position,
                ..self.request.clone()
            },
            answer: Some(answer),
            ..self.clone()
        }
    }
}

/// The request that an award answers, if it is open.
pub(in crate::machine) fn answered(
    state: &State,
    deed: DeedId,
    award: AwardId,
) -> Result<AskedAward, Stop> {
    let asked = open(state, deed)?;
    Ok(asked.answered(Answer::Awarded(award)))
}

fn open(state: &State, deed: DeedId) -> Result<&AskedAward, Stop> {
    let asked = state.deeds.asked(deed);
    let asked = asked.ok_or(DeedRejection::UnknownDeed { deed })?;
    match &asked.answer {
        None => Ok(asked),
        Some(_) => Err(DeedRejection::DeedAnswered { deed }.into()),
    }
}

/// No award comes of it. Nothing happens to a request that was asked for again meanwhile.
pub(in crate::machine) fn refuse(
    state: &State,
    deed: DeedId,
    attempt: i64,
    why: &WhyNot,
) -> Result<Effects, Stop> {
    let record = recorded(state, deed)?;
    let asked = open(state, deed)?;
    if asked.attempt != attempt {
        return Err(DeedRejection::DeedAnswered { deed }.into());
    }
    let answer = Answer::Refused(Box::new(why.clone()));
    Ok(asking(record.id, asked.answered(answer)))
}

/// It is asked for once more, in the name of who does: a cap may have room again, a budget money.
pub(in crate::machine) fn again(
    state: &State,
    deed: DeedId,
    context: &Context,
) -> Result<Effects, Stop> {
    let record = recorded(state, deed)?;
    let (asked, at) = (state.deeds.asked(deed), record.state);
    let asked = asked.ok_or(DeedRejection::DeedState { deed, state: at })?;
    match &asked.answer {
        Some(Answer::Refused(why)) if !why.is_final() => {}
        Some(Answer::Refused(_)) => return Err(DeedRejection::DeedAnswered { deed }.into()),
        Some(Answer::Awarded(award)) => {
            return Err(Rejection::AlreadyAwarded { award: *award }.into());
        }
        None => return Err(DeedRejection::DeedAnswered { deed }.into()),
    }
    // Its time, if it took any, may count for something else since.
    let took = record.ended_at.map(|until| (record.began_at, until));
    let counted = took.and_then(|took| state.deeds.counts(record.member, deed, took));
    let answer = counted.map(|deed| Answer::Refused(Box::new(WhyNot::TimeCounted { deed })));
    // Where an order is, is known as long as it is not over.
    let order = record.order().and_then(|id| state.deeds.orders.get(id));
    let position = order.and_then(|order| order.position);
    let asked = AskedAward {
        request: AwardRequest {
            position: position.or(asked.request.position),
            ..asked.request.clone()
        },
        by: context.actor,
        asked_at: state.now,
        attempt: asked.attempt + 1,
        answer,
        ..asked.clone()
    };
    Ok(asking(record.id, asked))
}

fn asking(deed: DeedId, asked: AskedAward) -> Effects {
    let outcome = Outcome::Deed {
        deed,
        member: asked.request.member,
        state: super::DeedState::Done,
        asks: asked.answer.is_none(),
    };
    Effects {
        deeds: DeedChange {
            asked: Some(asked),
            ..DeedChange::default()
        },
        ..Effects::answering(deed.0, outcome)
    }
}
