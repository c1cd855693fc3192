//! Decisions about orders: posted, asked for, let in, taken back, over.

use std::collections::BTreeSet;

use super::claiming::Part;
use super::orders::{Claim, OrderCommand};
use super::{DeedBody, DeedChange, DeedRecord, DeedRejection, DeedState, recorded};
use crate::clock::Timestamp;
use crate::community::Actor;
use crate::community::order::{Order, OrderState, Wanted, check_skills};
use crate::ids::{DeedId, MemberId, OrderId};
use crate::machine::attachments::Attachments;
use crate::machine::merge::must_be_active;
use crate::machine::{Context, Effects, Outcome, Rejection, State, Stop};
use crate::policy::Position;

/// Decides a command about an order.
pub(in crate::machine) fn decide(
    state: &State,
    command: &OrderCommand,
    context: &Context,
) -> Result<Effects, Stop> {
    let actor = &context.actor;
    match command {
        OrderCommand::Post(order) => begin(state, order, OrderState::Posted, actor),
        OrderCommand::Ask(order) => begin(state, order, OrderState::Asked, actor),
        OrderCommand::Accept {
            order,
            wanted,
            position,
        } => accept(state, *order, wanted, *position, actor),
        OrderCommand::Withdraw { order } => withdraw(state, *order),
        OrderCommand::Claim {
            order,
            member,
            team,
        } => Part::begin(state, *order, *member)?.claim(team.as_deref()),
        OrderCommand::Release { deed } => Part::of(state, *deed)?.release(),
        OrderCommand::Done {
            deed,
            done,
            attachments,
        } => Part::of(state, *deed)?.report(*done, attachments, actor),
        OrderCommand::Confirm { deed, code_hash } => {
            Part::of(state, *deed)?.confirm(code_hash.as_deref(), actor)
        }
        OrderCommand::Refuse { deed, reason } => Part::of(state, *deed)?.refuse(*reason, actor),
        OrderCommand::Close { order } => close(state, *order),
        OrderCommand::Skills { member, skills } => note_skills(state, *member, skills),
    }
}

/// The order, on record.
pub(super) fn known(state: &State, order: OrderId) -> Result<&Order, Stop> {
    let known = state.deeds.orders.get(order);
    Ok(known.ok_or(DeedRejection::UnknownOrder { order })?)
}

/// The order, in a state.
fn being(state: &State, order: OrderId, wanted: OrderState) -> Result<&Order, Stop> {
    let known = known(state, order)?;
    match known.state == wanted {
        true => Ok(known),
        false => Err(DeedRejection::OrderState {
            order,
            state: known.state,
        }
        .into()),
    }
}

fn begin(state: &State, order: &Order, to: OrderState, actor: &Actor) -> Result<Effects, Stop> {
    if state.deeds.orders.get(order.id).is_some() {
        return Err(Rejection::AlreadyExists.into());
    }
    must_fit(state, &order.wanted)?;
    state.must_be_earning(state.now)?;
    let details = order.details.as_slice();
    let attached = Attachments::attach(state, details, order.id.0, actor)?;
    let asked = to == OrderState::Asked;
    let begun = Order {
        state: to,
        public: asked,
        answerable: *actor,
        taken: 0,
        reported: 0,
        confirmed: 0,
        waits_since: asked.then_some(state.now),
        due_at: Some(order.wanted.by),
        ..order.clone()
    };
    Ok(Effects {
        attached,
        ..changed(begun)
    })
}

fn must_fit(state: &State, wanted: &Wanted) -> Result<(), Stop> {
    let fits = wanted.check(state.now);
    Ok(fits.map_err(|problem| DeedRejection::BadOrder { problem })?)
}

fn accept(
    state: &State,
    order: OrderId,
    wanted: &Wanted,
    position: Option<Position>,
    actor: &Actor,
) -> Result<Effects, Stop> {
    let asked = being(state, order, OrderState::Asked)?;
    must_fit(state, wanted)?;
    Ok(changed(Order {
        wanted: wanted.clone(),
        position,
        state: OrderState::Posted,
        answerable: *actor,
        waits_since: None,
        due_at: Some(wanted.by),
        ..asked.clone()
    }))
}

/// Who has it finds out when they look; what was done already can still be confirmed.
fn withdraw(state: &State, order: OrderId) -> Result<Effects, Stop> {
    let known = known(state, order)?;
    if !known.state.is_open() {
        return Err(DeedRejection::OrderState {
            order,
            state: known.state,
        }
        .into());
    }
    Ok(changed(settled(
        Order {
            state: OrderState::Withdrawn,
            waits_since: known.waits_since.filter(|_| known.reported > 0),
            due_at: None,
            ..known.clone()
        },
        state.now,
    )))
}

fn close(state: &State, order: OrderId) -> Result<Effects, Stop> {
    let known = known(state, order)?;
    match known.due_at {
        Some(due) if due <= state.now && known.state.is_open() => Ok(changed(settled(
            Order {
                due_at: None,
                ..known.clone()
            },
            state.now,
        ))),
        Some(until) if known.state.is_open() => Err(DeedRejection::ClaimNotDue { until }.into()),
        _ => Err(DeedRejection::OrderState {
            order,
            state: known.state,
        }
        .into()),
    }
}

/// An order of which nothing more can come is over, and where it was is forgotten with that.
pub(super) fn settled(order: Order, now: Timestamp) -> Order {
    let at_it = order.taken + order.reported > 0;
    let full = order.confirmed >= order.wanted.places;
    let late = order.wanted.by <= now;
    let waits_since = order
        .waits_since
        .filter(|_| order.reported > 0 || order.state == OrderState::Asked);
    let order = Order {
        waits_since,
        ..order
    };
    let over = Order {
        position: None,
        due_at: None,
        ..order.clone()
    };
    match order.state {
        _ if at_it => order,
        OrderState::Asked if late => Order {
            state: OrderState::Expired,
            waits_since: None,
            ..over
        },
        OrderState::Posted if full || (late && order.confirmed > 0) => Order {
            state: OrderState::Confirmed,
            ..over
        },
        OrderState::Posted if late => Order {
            state: OrderState::Expired,
            ..over
        },
        OrderState::Asked | OrderState::Posted => order,
        _ => over,
    }
}

fn changed(order: Order) -> Effects {
    let subject = order.id.0;
    Effects {
        deeds: DeedChange {
            order: Some(order),
            ..DeedChange::NONE
        },
        ..Effects::answering(subject, Outcome::Registered { subject })
    }
}

fn note_skills(
    state: &State,
    member: MemberId,
    skills: &BTreeSet<String>,
) -> Result<Effects, Stop> {
    must_be_active(state, member)?;
    let wanted = check_skills(skills);
    wanted.map_err(|problem| DeedRejection::BadOrder { problem })?;
    let subject = member.0;
    Ok(Effects {
        deeds: DeedChange {
            skills: Some((member, skills.clone())),
            ..DeedChange::NONE
        },
        ..Effects::answering(subject, Outcome::Registered { subject })
    })
}

/// Whoever took it on has not done it in time.
pub(super) fn lapse(state: &State, record: &DeedRecord) -> Result<Effects, Stop> {
    let part = Part::of(state, record.id)?;
    match (record.state, record.due_at) {
        (DeedState::Promised, Some(until)) if until > state.now => {
            Err(DeedRejection::ClaimNotDue { until }.into())
        }
        _ => part.release(),
    }
}

/// A deed that is done for an order, its member locked.
pub(super) fn part(state: &State, deed: DeedId) -> Result<(&DeedRecord, &Claim), Stop> {
    let record = recorded(state, deed)?;
    match &record.body {
        DeedBody::Order(claim) => Ok((record, claim)),
        _ => Err(DeedRejection::UnknownDeed { deed }.into()),
    }
}
