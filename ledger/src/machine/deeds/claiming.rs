//! A member's part in an order: taken on, given back, done, confirmed.

use serde::{Deserialize, Serialize};

use super::ordering::{known, part, settled};
use super::orders::{Claim, Confirmed, Reported, deed_of};
use super::part::not_of_themselves;
use super::{
    Answer, AskedAward, DeedBody, DeedChange, DeedRecord, DeedRejection, DeedState, WhyNot, stepped,
};
use crate::clock::Timestamp;
use crate::community::Actor;
use crate::community::attachment::AttachmentKind;
use crate::community::order::{DEED_KIND, OPEN_CLAIMS, Order, OrderState, check_fact};
use crate::ids::{AttachmentId, DeedId, MemberId, OrderId};
use crate::machine::attachments::Attachments;
use crate::machine::award::{AwardRequest, Reason};
use crate::machine::merge::must_be_active;
use crate::machine::{Effects, Rejection, State, Stop};
use crate::policy::{Deed, Fact};

/// What a member says who has done it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Done {
    /// How long it took, in minutes, up to a day.
    pub minutes: Option<i64>,
    /// For how many people.
    pub people: Option<i64>,
}

/// A member's part in an order, as it is now.
pub(super) struct Part<'s> {
    state: &'s State,
    order: &'s Order,
    member: MemberId,
    id: DeedId,
    record: Option<(&'s DeedRecord, &'s Claim)>,
}

impl<'s> Part<'s> {
    /// Of somebody who would take it on. Of two members merged both may have had a part: it is the one that got further.
    pub(super) fn begin(state: &'s State, order: OrderId, member: MemberId) -> Result<Self, Stop> {
        let order = known(state, order)?;
        must_be_active(state, member)?;
        let theirs = state.deeds.records_of(member);
        let theirs = theirs.filter_map(|record| match &record.body {
            DeedBody::Order(claim) if claim.order == order.id => Some((record, claim)),
            _ => None,
        });
        let record = theirs.max_by_key(|(record, _)| record.state.rank());
        Ok(Self {
            state,
            order,
            member,
            id: record.map_or_else(|| deed_of(order.id, member), |(record, _)| record.id),
            record,
        })
    }

    /// Of a deed on record.
    pub(super) fn of(state: &'s State, deed: DeedId) -> Result<Self, Stop> {
        let (record, claim) = part(state, deed)?;
        Ok(Self {
            state,
            order: known(state, claim.order)?,
            member: record.member,
            id: deed,
            record: Some((record, claim)),
        })
    }

    pub(super) fn claim(&self, team: Option<&str>) -> Result<Effects, Stop> {
        let (order, now) = (self.order, self.state.now);
        match order.state {
            OrderState::Posted if order.wanted.by <= now => {
                return Err(DeedRejection::OrderOver {
                    by: order.wanted.by,
                }
                .into());
            }
            OrderState::Posted => {}
            // Nobody is told what residents ask for before staff have looked at it.
            OrderState::Asked => {
                return Err(DeedRejection::UnknownOrder { order: order.id }.into());
            }
            state => {
                return Err(DeedRejection::OrderState {
                    order: order.id,
                    state,
                }
                .into());
            }
        }
        if let Some((record, _)) = self.record
            && record.state != DeedState::Void
        {
            return Err(Rejection::AlreadyExists.into());
        }
        self.must_be_able()?;
        if let Some(team) = team
            && !self.state.teams.belongs(self.member, team)
        {
            let team = team.chars().take(64).collect();
            return Err(DeedRejection::NotInTeam { team }.into());
        }
        if order.room() < 1 {
            let places = order.wanted.places;
            return Err(DeedRejection::OrderTaken {
                order: order.id,
                places,
            }
            .into());
        }
        self.state.must_be_earning(now)?;
        let claim = Claim {
            order: order.id,
            team: team.map(str::to_owned),
            reported: None,
            confirmed: None,
            refused: None,
        };
        let record = DeedRecord {
            id: self.id,
            member: self.member,
            state: DeedState::Promised,
            began_at: now,
            ended_at: None,
            due_at: Some(order.lapses_at(now)),
            body: DeedBody::Order(claim),
        };
        Ok(self.effects([1, 0, 0], record, None))
    }

    fn must_be_able(&self) -> Result<(), Stop> {
        let mine = self.state.deeds.records_of(self.member);
        let open =
            |record: &&DeedRecord| record.order().is_some() && record.state == DeedState::Promised;
        if mine.filter(open).count() >= OPEN_CLAIMS {
            let limit = OPEN_CLAIMS as u64;
            return Err(DeedRejection::TooManyClaims { limit }.into());
        }
        let skills = self.order.wanted.skills.iter();
        let missing: Vec<String> = skills
            .filter(|skill| !self.state.deeds.orders.can(self.member, skill))
            .cloned()
            .collect();
        match missing.is_empty() {
            true => Ok(()),
            false => Err(DeedRejection::SkillsMissing { missing }.into()),
        }
    }

    pub(super) fn release(&self) -> Result<Effects, Stop> {
        let (record, claim) = self.being(DeedState::Promised)?;
        Ok(self.effects([-1, 0, 0], void(record, claim, None), None))
    }

    pub(super) fn report(
        &self,
        done: Done,
        attachments: &[AttachmentId],
        actor: &Actor,
    ) -> Result<Effects, Stop> {
        let (record, claim) = self.being(DeedState::Promised)?;
        let (order, now) = (self.order, self.state.now);
        if order.state != OrderState::Posted {
            let state = order.state;
            return Err(DeedRejection::OrderState {
                order: order.id,
                state,
            }
            .into());
        }
        let (minutes, people) = (done.minutes, done.people);
        for (fact, value) in [("minutes", minutes), ("people_served", people)] {
            let checked = value.map_or(Ok(()), |value| check_fact(DEED_KIND, fact, &value.into()));
            checked.map_err(|(fact, expected)| DeedRejection::BadFact { fact, expected })?;
        }
        let attached = Attachments::attach(self.state, attachments, self.id.0, actor)?;
        let photos = attached.iter().filter(|a| a.kind == AttachmentKind::Photo);
        let reported = Reported {
            at: now,
            minutes: done.minutes,
            people: done.people,
            photos: i64::try_from(photos.count()).unwrap_or(i64::MAX),
        };
        // What took no time that was told stands in the way of nothing else at that time.
        let ended_at = done.minutes.map(|_| now);
        let began_at = now.plus_seconds(-done.minutes.unwrap_or_default() * 60);
        let record = DeedRecord {
            state: DeedState::Begun,
            began_at,
            ended_at,
            due_at: None,
            body: DeedBody::Order(Claim {
                reported: Some(reported),
                refused: None,
                ..claim.clone()
            }),
            ..record.clone()
        };
        Ok(Effects {
            attached,
            ..self.effects([-1, 1, 0], record, None)
        })
    }

    pub(super) fn confirm(&self, code_hash: Option<&str>, actor: &Actor) -> Result<Effects, Stop> {
        let by_resident = code_hash.is_some();
        if by_resident && self.order.code_hash.as_deref() != code_hash {
            return Err(Rejection::InvalidCode.into());
        }
        let (record, claim) = self.being(DeedState::Begun)?;
        not_of_themselves(actor, self.member)?;
        let now = self.state.now;
        let claim = Claim {
            confirmed: Some(Confirmed {
                at: now,
                by_resident,
            }),
            ..claim.clone()
        };
        let by = match by_resident {
            true => self.order.answerable,
            false => *actor,
        };
        let asked = self.asks(record, &claim, by);
        let record = DeedRecord {
            state: DeedState::Done,
            body: DeedBody::Order(claim),
            ..record.clone()
        };
        Ok(self.effects([0, -1, 1], record, Some(asked)))
    }

    fn asks(&self, record: &DeedRecord, claim: &Claim, by: Actor) -> AskedAward {
        let counted = record.ended_at.and_then(|until| {
            let time = (record.began_at, until);
            self.state.deeds.counts(self.member, self.id, time)
        });
        let answer = counted.map(|deed| Answer::Refused(Box::new(WhyNot::TimeCounted { deed })));
        AskedAward {
            deed: self.id,
            by,
            request: AwardRequest {
                member: self.member,
                deed: self.deed(record.began_at, claim),
                policy: self.order.wanted.policy.clone(),
                position: self.order.position,
            },
            asked_at: self.state.now,
            attempt: 1,
            answer,
        }
    }

    fn deed(&self, occurred_at: Timestamp, claim: &Claim) -> Deed {
        let reported = claim.reported.as_ref();
        let minutes = reported.and_then(|reported| reported.minutes);
        let people = reported.and_then(|reported| reported.people);
        let team = claim.team.as_deref();
        let told = [
            ("confirmed", Some(Fact::from(true))),
            ("minutes", minutes.map(Fact::from)),
            ("people_served", people.map(Fact::from)),
            ("team", team.map(Fact::from)),
        ];
        let told = told
            .into_iter()
            .filter_map(|(fact, value)| Some((fact, value?)));
        let facts = self.order.wanted.facts().chain(told);
        let shown = reported.is_some_and(|reported| reported.photos > 0);
        let photo = shown.then_some("photo");
        Deed {
            kind: DEED_KIND.to_owned(),
            reference: self.order.id.to_string(),
            occurred_at,
            facts: facts
                .map(|(fact, value)| (fact.to_owned(), value))
                .collect(),
            evidence: photo
                .into_iter()
                .chain(["sign_off"])
                .map(str::to_owned)
                .collect(),
            places: Vec::new(),
        }
    }

    pub(super) fn refuse(&self, reason: Reason, actor: &Actor) -> Result<Effects, Stop> {
        let (record, claim) = self.being(DeedState::Begun)?;
        not_of_themselves(actor, self.member)?;
        Ok(self.effects([0, -1, 0], void(record, claim, Some(reason)), None))
    }

    /// The record, in a state.
    fn being(&self, wanted: DeedState) -> Result<(&'s DeedRecord, &'s Claim), Stop> {
        match self.record {
            Some((record, claim)) if record.state == wanted => Ok((record, claim)),
            Some((record, _)) => Err(DeedRejection::DeedState {
                deed: self.id,
                state: record.state,
            }
            .into()),
            None => Err(DeedRejection::UnknownDeed { deed: self.id }.into()),
        }
    }

    /// The order with so many more taken, reported and confirmed, and the deed.
    fn effects(
        &self,
        [taken, reported, confirmed]: [i64; 3],
        record: DeedRecord,
        asked: Option<AskedAward>,
    ) -> Effects {
        let now = self.state.now;
        let order = Order {
            taken: self.order.taken + taken,
            reported: self.order.reported + reported,
            confirmed: self.order.confirmed + confirmed,
            // Since the first that was said to be done, until none is left.
            waits_since: match reported > 0 {
                true => self.order.waits_since.or(Some(now)),
                false => self.order.waits_since,
            },
            ..self.order.clone()
        };
        let effects = stepped(record, asked);
        Effects {
            deeds: DeedChange {
                order: Some(settled(order, now)),
                ..effects.deeds
            },
            ..effects
        }
    }
}

/// Nothing comes of it.
fn void(record: &DeedRecord, claim: &Claim, refused: Option<Reason>) -> DeedRecord {
    DeedRecord {
        state: DeedState::Void,
        ended_at: None,
        due_at: None,
        body: DeedBody::Order(Claim {
            refused,
            ..claim.clone()
        }),
        ..record.clone()
    }
}
