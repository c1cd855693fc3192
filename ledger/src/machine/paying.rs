//! What is done about paying besides charging: printed codes of stores, devices that show codes without signal, charges undone; and why a
//! payment is turned down.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::community::paying::{ChargeGround, ChargeObjection, Device, StoreCode, Verdict};
use crate::ids::{DeviceId, MemberId, RedemptionId, StoreId};
use crate::machine::charge_objection::{answer, object};
use crate::machine::merge::must_be_active;
use crate::machine::redemption::{must_speak_for, own, refund};
use crate::machine::{Context, Effects, Links, Needs, Outcome, State, Stop};
use crate::points::Points;

/// See [`crate::machine::Rejection`], among whose codes these are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "code", rename_all = "snake_case")]
pub enum PayingRejection {
    /// The day of the charge is over.
    #[error(
        "redemption {redemption} could be undone until {until}; whoever manages the store refunds it"
    )]
    UndoOver {
        /// Which.
        redemption: RedemptionId,
        /// The end of its day.
        until: Timestamp,
    },
    /// A member has paid by themselves often enough today.
    #[error("a member pays by a store's code {limit} times a day at most")]
    TooManyPayments {
        /// How often.
        limit: i64,
    },
    /// More than is paid without signal at once, or in a day.
    #[error("without signal at most {at_once} points are paid at once; {left} are left today")]
    OfflineLimit {
        /// At once.
        at_once: Points,
        /// Today, by this device.
        left: Points,
    },
    /// No such device of this member, or it has ended.
    #[error("the member has no device {device}")]
    UnknownDevice {
        /// As given.
        device: DeviceId,
    },
    /// It is too late to object to a charge.
    #[error("redemption {redemption} could be objected to until {until}")]
    ObjectionLate {
        /// Which.
        redemption: RedemptionId,
        /// Until when.
        until: Timestamp,
    },
    /// There was an objection to this charge before.
    #[error("redemption {redemption} was objected to before")]
    ChargeObjected {
        /// Which.
        redemption: RedemptionId,
    },
    /// There is no objection to this charge, or it is answered.
    #[error("no objection to redemption {redemption} waits for an answer")]
    NoOpenObjection {
        /// Which.
        redemption: RedemptionId,
    },
    /// The member has as many devices as one may have.
    #[error("a member has {limit} devices at most: end one first")]
    TooManyDevices {
        /// How many.
        limit: u64,
    },
}

/// A command about paying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayingCommand {
    /// A store prints a code; the one it printed before leads nowhere any more.
    PrintCode {
        /// Which.
        store: StoreId,
        /// The number that it has if it has none yet.
        number: String,
    },
    /// A device shows codes of a member's from now on.
    AddDevice(Device),
    /// A rider objects to a charge.
    Object {
        /// To which.
        redemption: RedemptionId,
        /// Why.
        ground: ChargeGround,
    },
    /// Points come back, or a reason why not.
    Answer {
        /// To which charge.
        redemption: RedemptionId,
        /// What.
        verdict: Verdict,
    },
    /// It does no longer.
    EndDevice {
        /// Whose.
        member: MemberId,
        /// Which.
        device: DeviceId,
    },
}

impl PayingCommand {
    /// The operation's stable name.
    pub const fn operation(&self) -> &'static str {
        match self {
            Self::PrintCode { .. } => "store.print_code",
            Self::AddDevice(_) => "device.add",
            Self::EndDevice { .. } => "device.end",
            Self::Object { .. } => "charge.object",
            Self::Answer { .. } => "charge.answer",
        }
    }

    /// The redemption that it is about.
    pub const fn redemption(&self) -> Option<RedemptionId> {
        match self {
            Self::Object { redemption, .. } | Self::Answer { redemption, .. } => Some(*redemption),
            Self::PrintCode { .. } | Self::AddDevice(_) | Self::EndDevice { .. } => None,
        }
    }

    /// Why it is given, where it says so.
    pub const fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Object { ground, .. } => Some(ground.name()),
            _ => None,
        }
    }
}

/// What somebody, or a device, paid on the newest day on which they paid anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PaidDay {
    /// The day in the programme's time zone, counted from 1970-01-01.
    pub day: i64,
    /// How often.
    pub payments: i64,
    /// How much.
    pub points: Points,
}

/// Which of these to read.
#[derive(Clone, Debug, Default)]
pub struct PayingNeeds {
    /// Stores whose printed code matters.
    pub stores: BTreeSet<StoreId>,
    /// Devices by id.
    pub devices: BTreeSet<DeviceId>,
    /// Members all of whose devices matter.
    pub devices_of: BTreeSet<MemberId>,
    /// Time steps of devices, and whether they were used.
    pub steps: BTreeSet<(DeviceId, i64)>,
    /// Redemptions to which somebody may have objected.
    pub objections: BTreeSet<RedemptionId>,
    /// Members and devices of which it matters what they paid today.
    pub days: BTreeSet<Uuid>,
}

/// What a batch knows of it, and what is to be saved.
#[derive(Clone, Debug, Default)]
pub struct Paying {
    codes: HashMap<StoreId, StoreCode>,
    devices: HashMap<DeviceId, Device>,
    used: HashSet<(DeviceId, i64)>,
    days: HashMap<Uuid, PaidDay>,
    objections: HashMap<RedemptionId, ChargeObjection>,
    /// What is to be saved.
    pub changes: PayingChanges,
}

/// What a batch has to save of it.
#[derive(Clone, Debug, Default)]
pub struct PayingChanges {
    /// Codes printed.
    pub codes: BTreeMap<StoreId, StoreCode>,
    /// Devices made or ended.
    pub devices: BTreeMap<DeviceId, Device>,
    /// Objections made or answered.
    pub objections: BTreeMap<RedemptionId, ChargeObjection>,
    /// Time steps used, and by which redemption.
    pub steps: BTreeMap<(DeviceId, i64), RedemptionId>,
    /// What was paid on the day of somebody's last payment.
    pub days: BTreeMap<Uuid, PaidDay>,
}

/// What one command changes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayingChange {
    /// A store's code.
    Code(StoreCode),
    /// Devices made or ended.
    Devices(Vec<Device>),
    /// An objection to a charge.
    Objection(ChargeObjection),
    /// What was paid on a day; by a device, in which of its time steps.
    Paid {
        /// The member or device.
        who: Uuid,
        /// All of that day's.
        day: PaidDay,
        /// The step, and the redemption it was used for.
        step: Option<(DeviceId, i64, RedemptionId)>,
    },
}

impl Paying {
    /// A store's printed code.
    pub fn load_code(&mut self, code: StoreCode) {
        self.codes.insert(code.store, code);
    }
    /// A device's row.
    pub fn load_device(&mut self, device: Device) {
        self.devices.insert(device.id, device);
    }
    /// A time step that was used.
    pub fn load_step(&mut self, device: DeviceId, step: i64) {
        self.used.insert((device, step));
    }
    /// What was paid on a day.
    pub fn load_day(&mut self, who: Uuid, day: PaidDay) {
        self.days.insert(who, day);
    }

    /// An objection's row.
    pub fn load_objection(&mut self, objection: ChargeObjection) {
        self.objections.insert(objection.redemption, objection);
    }

    /// The objection to a charge.
    pub(super) fn objection(&self, redemption: RedemptionId) -> Option<&ChargeObjection> {
        self.objections.get(&redemption)
    }
    /// A member's devices that go on.
    fn devices_of(&self, member: MemberId) -> impl Iterator<Item = &Device> {
        let known = self.devices.values();
        known.filter(move |of| of.member == member && of.ended_at.is_none())
    }
    /// A member's devices, all of them ended at this moment; nothing where none goes on.
    pub(super) fn ending(&self, member: MemberId, at: Timestamp) -> Option<PayingChange> {
        let ended = self.devices_of(member).map(|device| Device {
            ended_at: Some(at),
            ..device.clone()
        });
        let ended: Vec<Device> = ended.collect();
        (!ended.is_empty()).then_some(PayingChange::Devices(ended))
    }
    /// A device, ended or not.
    pub(super) fn device(&self, id: DeviceId) -> Option<&Device> {
        self.devices.get(&id)
    }
    /// Whether a time step was used.
    pub(super) fn is_used(&self, device: DeviceId, step: i64) -> bool {
        self.used.contains(&(device, step))
    }
    /// What was paid on this day.
    pub(super) fn paid(&self, who: Uuid, day: i64) -> PaidDay {
        let none = PaidDay {
            day,
            ..PaidDay::default()
        };
        let known = self.days.get(&who).filter(|known| known.day == day);
        known.copied().unwrap_or(none)
    }

    pub(super) fn keep(&mut self, change: PayingChange) {
        match change {
            PayingChange::Code(code) => {
                self.changes.codes.insert(code.store, code.clone());
                self.load_code(code);
            }
            PayingChange::Devices(devices) => {
                for device in devices {
                    self.changes.devices.insert(device.id, device.clone());
                    self.load_device(device);
                }
            }
            PayingChange::Objection(objection) => {
                let id = objection.redemption;
                self.changes.objections.insert(id, objection.clone());
                self.load_objection(objection);
            }
            PayingChange::Paid { who, day, step } => {
                self.changes.days.insert(who, day);
                self.load_day(who, day);
                if let Some((device, step, redemption)) = step {
                    self.changes.steps.insert((device, step), redemption);
                    self.load_step(device, step);
                }
            }
        }
    }
}

impl Needs {
    /// Adds what a command about paying needs.
    pub(super) fn add_paying(&mut self, command: &PayingCommand, links: &Links) {
        match command {
            PayingCommand::PrintCode { store, .. } => {
                self.owners.insert(Owner::Store(*store));
                self.paying.stores.insert(*store);
            }
            PayingCommand::Object { redemption, .. } | PayingCommand::Answer { redemption, .. } => {
                if let Some(&(member, store, offer)) = links.redemptions.get(redemption) {
                    self.redemptions.insert(*redemption);
                    self.offers.offers.extend(offer);
                    self.owners.insert(Owner::Member(member));
                    self.owners.insert(Owner::Store(store));
                    self.paying.objections.insert(*redemption);
                }
            }
            PayingCommand::AddDevice(device) => {
                self.owners.insert(Owner::Member(device.member));
                self.paying.devices_of.insert(device.member);
            }
            PayingCommand::EndDevice { member, device } => {
                self.owners.insert(Owner::Member(*member));
                self.paying.devices.insert(*device);
            }
        }
    }
}

/// Decides a command about paying.
pub(super) fn decide(
    state: &State,
    command: &PayingCommand,
    context: &Context,
) -> Result<Effects, Stop> {
    let (subject, change) = match command {
        PayingCommand::Object { redemption, ground } => {
            return object(state, *redemption, *ground, context);
        }
        PayingCommand::Answer {
            redemption,
            verdict,
        } => return answer(state, *redemption, *verdict, context),
        PayingCommand::PrintCode { store, number } => {
            must_speak_for(state, *store, context)?;
            let code = match state.paying.codes.get(store) {
                Some(known) => StoreCode {
                    version: known.version + 1,
                    ..known.clone()
                },
                None => StoreCode {
                    store: *store,
                    number: number.clone(),
                    version: 1,
                },
            };
            (store.0, PayingChange::Code(code))
        }
        PayingCommand::AddDevice(device) => {
            must_be_active(state, device.member)?;
            if state.paying.devices_of(device.member).count() >= Device::MOST {
                let limit = Device::MOST as u64;
                return Err(PayingRejection::TooManyDevices { limit }.into());
            }
            (device.id.0, PayingChange::Devices(vec![device.clone()]))
        }
        PayingCommand::EndDevice { member, device } => {
            state.require(Owner::Member(*member))?;
            let known = state.paying.device(*device);
            let known = known.filter(|of| of.member == *member && of.ended_at.is_none());
            let known = known.ok_or(PayingRejection::UnknownDevice { device: *device })?;
            let ended = Device {
                ended_at: Some(state.now),
                ..known.clone()
            };
            (device.0, PayingChange::Devices(vec![ended]))
        }
    };
    Ok(Effects {
        paying: Some(change),
        ..Effects::answering(subject, Outcome::Registered { subject })
    })
}

/// Which day it is in the programme's time zone, counted from 1970-01-01.
pub(super) fn today(state: &State) -> Result<i64, Stop> {
    let epoch = jiff::civil::date(1970, 1, 1);
    let today = state.calendar()?.local(state.now).date();
    let days = today.since(epoch).map(|span| i64::from(span.get_days()));
    days.map_err(|error| Stop::Fault(format!("no day: {error}")))
}

/// merchant:accepted:S → member:wallet:M, all of it: what was charged by mistake. On the day of the charge, as the programme's zone has it.
pub(super) fn undo(state: &State, id: RedemptionId, context: &Context) -> Result<Effects, Stop> {
    let redemption = own(state, id, context)?;
    let calendar = state.calendar()?;
    let day = calendar.local(redemption.authorised_at).date();
    if day != calendar.local(state.now).date() {
        let next = day.tomorrow().ok().and_then(|next| calendar.start_of(next));
        let until = next.unwrap_or(redemption.authorised_at);
        let redemption = id;
        return Err(PayingRejection::UndoOver { redemption, until }.into());
    }
    refund(state, id, None, context)
}
