//! Who pays at a store, and what shows that they want to: a one-time code, a code of a device without signal, or that it is they who ask.

use serde::{Deserialize, Serialize};

use crate::accounts::Owner;
use crate::community::paying::Device;
use crate::community::{PayCode, Role};
use crate::ids::{DeviceId, MemberId, ProgramId, RedemptionId};
use crate::machine::merge::must_be_active;
use crate::machine::paying::{PaidDay, PayingChange, PayingRejection, today};
use crate::machine::{Context, Links, Needs, Rejection, State, Stop};
use crate::points::Points;

/// How often a member pays at stores' own codes in a day at most, so that somebody who has their phone does not empty the wallet in small
/// sums all over town.
pub const MOST_BY_ONESELF: i64 = 20;

/// Who pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payer {
    /// Whose code this is: they showed it to the store, which asks.
    Code(ShownCode),
    /// Who asks, at the code that the store has on its wall: nobody but this member themselves.
    Oneself(MemberId),
}

/// A code that was shown. What makes two requests under one key the same is its hash alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct ShownCode {
    /// Its hash, as that of a one-time code.
    pub hash: String,
    /// As it was typed or scanned; `None` where nobody typed it.
    pub typed: Option<PayCode>,
    /// The devices that show this code at about this time, looked up once it has proved to be no one-time code; `None` before that. Decided
    /// on under the lock.
    pub devices: Option<Vec<ShownBy>>,
}

/// A device that shows a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShownBy {
    /// Which.
    pub device: DeviceId,
    /// Whose.
    pub member: MemberId,
    /// In which time step.
    pub step: i64,
}

impl From<String> for ShownCode {
    fn from(hash: String) -> Self {
        Self {
            hash,
            typed: None,
            devices: Some(Vec::new()),
        }
    }
}

impl From<ShownCode> for String {
    fn from(code: ShownCode) -> Self {
        code.hash
    }
}

impl From<String> for Payer {
    fn from(hash: String) -> Self {
        Self::Code(hash.into())
    }
}

impl Payer {
    /// By what somebody typed or scanned at a counter.
    ///
    /// # Errors
    /// It is no code at all, which anybody can see.
    pub fn typed(program: ProgramId, text: &str) -> Result<Self, Rejection> {
        let typed = PayCode::parse(text).ok_or(Rejection::InvalidCode)?;
        Ok(Self::Code(ShownCode {
            hash: typed.hash(program),
            typed: Some(typed),
            devices: None,
        }))
    }

    /// The hash of the one-time code that it may be.
    pub fn code(&self) -> Option<&str> {
        match self {
            Self::Code(code) => Some(&code.hash),
            Self::Oneself(_) => None,
        }
    }

    /// Whose code somebody says it is.
    pub fn handle(&self) -> Option<&str> {
        match self {
            Self::Code(code) => code.typed.as_ref().map(|typed| typed.handle.as_str()),
            Self::Oneself(_) => None,
        }
    }
}

impl Needs {
    /// Whoever pays, and what shows that they want to; answers with who that may be.
    pub(super) fn add_payer(&mut self, payer: &Payer, links: &Links) -> Vec<MemberId> {
        let mut members = Vec::new();
        match payer {
            Payer::Code(code) => {
                if let Some(&member) = links.codes.get(&code.hash) {
                    self.codes.insert(code.hash.clone());
                    members.push(member);
                }
                for shown in code.devices.iter().flatten() {
                    self.today = true;
                    self.paying.devices.insert(shown.device);
                    self.paying.steps.insert((shown.device, shown.step));
                    self.paying.days.insert(shown.device.0);
                    members.push(shown.member);
                }
            }
            Payer::Oneself(member) => {
                self.today = true;
                self.paying.days.insert(member.0);
                members.push(*member);
            }
        }
        for member in &members {
            self.owners.insert(Owner::Member(*member));
            self.open_lots.insert(*member);
        }
        members
    }
}

/// Whose points are asked for, and what shows that they want to pay.
pub(super) struct Found<'a> {
    pub member: MemberId,
    by: Shown<'a>,
}

enum Shown<'a> {
    Code(&'a str),
    Oneself,
    Device(ShownBy),
}

/// Whose points are asked for. A store asks for another's: nobody is charged by themselves, unless they pay at the store's code, where nobody
/// else asks for theirs.
pub(super) fn who_pays<'a>(
    state: &State,
    context: &Context,
    payer: &'a Payer,
) -> Result<Found<'a>, Stop> {
    let shown = match payer {
        Payer::Oneself(member) => return by_oneself(state, context, *member),
        Payer::Code(shown) => shown,
    };
    let found = match state.unspent_code(&shown.hash) {
        Some(code) => Found {
            member: code.member,
            by: Shown::Code(&shown.hash),
        },
        // Devices are seldom there: they are looked up for what is no one-time code alone.
        None => by_device(state, shown.devices.as_ref().ok_or(Stop::Reprice)?)?,
    };
    if context.actor.member == Some(found.member) {
        return Err(Rejection::SelfAward.into());
    }
    Ok(found)
}

fn by_oneself<'a>(state: &State, context: &Context, member: MemberId) -> Result<Found<'a>, Stop> {
    let actor = &context.actor;
    if actor.role != Role::Member || actor.member != Some(member) {
        return Err(Rejection::UnknownMember { member }.into());
    }
    must_be_active(state, member)?;
    let by = Shown::Oneself;
    Ok(Found { member, by })
}

/// The device that shows the code now, give or take its clock; each of its time steps pays once.
fn by_device<'a>(state: &State, devices: &[ShownBy]) -> Result<Found<'a>, Stop> {
    let now = Device::step_of(state.now);
    let good = |shown: &&ShownBy| {
        let device = state.paying.device(shown.device);
        let shows = device.is_some_and(|of| of.member == shown.member && of.ended_at.is_none());
        let in_time = (shown.step - now).abs() <= Device::STEPS_OFF;
        shows && in_time && !state.paying.is_used(shown.device, shown.step)
    };
    let shown = *devices.iter().find(good).ok_or(Rejection::InvalidCode)?;
    let member = shown.member;
    // Who was merged or erased since shows nothing any more.
    if state.is_erased(member) || state.merged_into(member).is_some() {
        return Err(Rejection::InvalidCode.into());
    }
    let by = Shown::Device(shown);
    Ok(Found { member, by })
}

impl Found<'_> {
    /// The one-time code that is spent.
    pub(super) fn spent_code(&self) -> Option<String> {
        match self.by {
            Shown::Code(hash) => Some(hash.to_owned()),
            Shown::Oneself | Shown::Device(_) => None,
        }
    }

    /// What is counted of so many points, where that is bounded.
    pub(super) fn counted(
        &self,
        state: &State,
        context: &Context,
        points: Points,
    ) -> Result<Option<PayingChange>, Stop> {
        let (who, step) = match self.by {
            Shown::Code(_) => return Ok(None),
            Shown::Oneself => (self.member.0, None),
            Shown::Device(ShownBy { device, step, .. }) => {
                let used = (device, step, RedemptionId(context.id.0));
                (device.0, Some(used))
            }
        };
        let paid = state.paying.paid(who, today(state)?);
        match step {
            None if paid.payments >= MOST_BY_ONESELF => {
                let limit = MOST_BY_ONESELF;
                return Err(PayingRejection::TooManyPayments { limit }.into());
            }
            None => {}
            Some(_) => {
                let left = Device::MOST_A_DAY.minus(paid.points)?;
                if points > Device::MOST_AT_ONCE || points > left {
                    let at_once = Device::MOST_AT_ONCE;
                    return Err(PayingRejection::OfflineLimit { at_once, left }.into());
                }
            }
        }
        let day = PaidDay {
            payments: paid.payments + 1,
            points: paid.points.plus(points)?,
            ..paid
        };
        Ok(Some(PayingChange::Paid { who, day, step }))
    }
}
