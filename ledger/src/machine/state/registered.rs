//! What registrations change that decisions look at: the map, policies, codes.

use uuid::Uuid;

use super::{InForce, State};
use crate::clock::Timestamp;
use crate::community::place::Profile;
use crate::community::{Code, Registration, map_at};
use crate::ids::{AwardId, MemberId};
use crate::machine::budget::BudgetRecord;
use crate::machine::log_in::LogInChange;
use crate::machine::merchants::Moved;
use crate::machine::{Award, AwardState, RedemptionState};

impl State {
    /// A layer version's row.
    pub fn load_layer(&mut self, layer: InForce) {
        self.layers.push(layer);
    }

    /// What stands for the whole map at a moment: see [`map_at`].
    pub fn map_at(&self, moment: Timestamp) -> Uuid {
        let versions = self.layers.iter();
        let versions = versions.map(|v| (v.name.as_str(), v.digest.as_str(), v.from));
        map_at(versions, moment)
    }

    /// The newest version of a layer.
    pub fn newest_layer(&self, name: &str) -> Option<&InForce> {
        let versions = self.layers.iter().filter(|known| known.name == name);
        versions.max_by_key(|known| known.from)
    }

    /// How many layers the map has.
    pub fn layers(&self) -> usize {
        let mut names: Vec<&str> = self.layers.iter().map(|v| v.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        names.len()
    }

    /// A loaded award of the member's that somebody objects to.
    pub fn frozen_award(&self, member: MemberId) -> Option<AwardId> {
        let mut awards = self.awards.values();
        let frozen = awards.find(|a| a.member == member && a.state == AwardState::Frozen);
        frozen.map(|award| award.id)
    }

    /// The loaded awards of a member.
    pub(in crate::machine) fn awards_of(&self, member: MemberId) -> impl Iterator<Item = &Award> {
        let awards = self.awards.values();
        awards.filter(move |award| award.member == member)
    }

    /// What became of merchants and their stores.
    pub(super) fn keep_trade(&mut self, moved: Option<Moved>, place: Option<Box<Profile>>) {
        if let Some(moved) = moved {
            self.keep_moved(moved);
        }
        if let Some(profile) = place {
            self.places.keep(*profile);
        }
    }

    /// A merchant stands elsewhere from now on. Where that ends holds, it does so for those that are loaded, too.
    fn keep_moved(&mut self, moved: Moved) {
        let (ended, now) = (self.merchants.keep(moved), self.now);
        let redemptions = self.redemptions.values_mut();
        for redemption in redemptions.filter(|known| ended.contains(&known.store)) {
            if redemption.state == RedemptionState::Held {
                redemption.hold_expires_at = redemption.hold_expires_at.min(now);
            }
        }
    }

    pub(super) fn keep_log_in(&mut self, change: LogInChange) {
        self.people.log_ins.keep(&change);
        self.changes.log_ins.push(change);
    }

    /// A member's codes before this one are worthless, those of this batch among them.
    fn keep_only(&mut self, code: &Code) {
        let member = code.member;
        self.codes.retain(|_, known| known.member != member);
        let spent = |hash: &String| {
            self.changes
                .spent_codes
                .iter()
                .any(|(known, _)| known == hash)
        };
        let stays = |registration: &Registration| match registration {
            Registration::Code(of) | Registration::OnlyCode(of) => {
                of.member != member || spent(&of.hash)
            }
            _ => true,
        };
        let mut registrations = std::mem::take(&mut self.changes.registrations);
        registrations.retain(stays);
        self.changes.registrations = registrations;
        self.changes.rotated.insert(member);
        self.load_code(code.clone());
    }

    pub(super) fn keep_registration(&mut self, registration: &Registration) {
        self.people.keep(registration);
        self.merchants.keep_registration(registration);
        match registration {
            Registration::Code(code) => self.load_code(code.clone()),
            Registration::Budget(budget) => self.budgets.load(budget.id, BudgetRecord::default()),
            Registration::Store(store) => self.offers.load_store(store.id, store.merchant),
            Registration::OnlyCode(code) => self.keep_only(code),
            Registration::Policy(version) => self.policies.push(InForce {
                name: version.name.clone(),
                digest: version.digest.clone(),
                from: version.effective_from.unwrap_or(self.now),
            }),
            Registration::Layer(version) => self.layers.push(InForce {
                name: version.name.clone(),
                digest: version.area.digest(),
                from: version.effective_from.unwrap_or(self.now),
            }),
            _ => {}
        }
    }
}
