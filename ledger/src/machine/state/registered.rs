//! What registrations change that decisions look at: the map, policies, codes.

use uuid::Uuid;

use super::{InForce, State};
use crate::clock::Timestamp;
use crate::community::{Code, Registration, map_at};
use crate::ids::{AwardId, MemberId};
use crate::machine::AwardState;
use crate::machine::log_in::LogInChange;

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
        match registration {
            Registration::Code(code) => self.load_code(code.clone()),
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
