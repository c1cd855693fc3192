//! Members merged: who they are now, and what of theirs a batch has loaded.

use super::State;
use crate::accounts::Owner;
use crate::ids::MemberId;
use crate::machine::award::Counted;
use crate::machine::effects::Effects;
use crate::machine::personal::PersonalChange;
use crate::machine::{CounterKey, Stop};

impl State {
    /// A member merged into another, or into themselves: erased.
    pub fn load_merged(&mut self, member: MemberId, into: MemberId) {
        self.merged.insert(member, into);
    }

    /// Into whom a member was merged.
    pub fn merged_into(&self, member: MemberId) -> Option<MemberId> {
        let into = self.merged.get(&member).copied();
        into.filter(|into| *into != member)
    }

    /// Whether nothing personal is left of a member: what is theirs reaches nobody.
    pub fn is_erased(&self, member: MemberId) -> bool {
        self.merged.get(&member) == Some(&member)
    }

    /// What a change of what is held about people makes true for the rest of the batch.
    pub(super) fn keep_personal(&mut self, change: PersonalChange) {
        if let PersonalChange::Erase { member, .. } = change {
            self.merged.insert(member, member);
        }
        self.personal.keep(&change);
        self.changes.personal.push(change);
    }

    /// Stops unless every member and store whose rows change was locked. Links are read before the lock, and a merge may have come in
    /// between.
    pub(super) fn require_owners(&self, effects: &Effects) -> Result<(), Stop> {
        let awards = effects.awards.iter().map(|award| award.member);
        let lots = effects.lots.iter().map(|lot| lot.member);
        let redemptions = effects.redemptions.iter();
        redemptions
            .clone()
            .try_for_each(|redemption| self.offers.require(redemption))?;
        let redeemers = redemptions.clone().map(|redemption| redemption.member);
        let members = awards.chain(lots).chain(redeemers);
        members
            .map(Owner::Member)
            .chain(redemptions.map(|redemption| Owner::Store(redemption.store)))
            .try_for_each(|owner| self.require(owner))
    }

    /// Points and what they rest on are the other's from now on where they are loaded; the rest the database sees to. The writer lets nobody
    /// else act in the same batch: what they would do rests on what was read for the one or the other.
    pub(super) fn keep_merge(&mut self, from: MemberId, into: MemberId) {
        self.changes.merges.push((from, into));
        self.merged.insert(from, into);
        for earlier in self.merged.values_mut().filter(|known| **known == from) {
            *earlier = into;
        }
        for mut lot in self.lots.remove(&from).unwrap_or_default() {
            self.changes.lots.rename(&(from, lot.id), (into, lot.id));
            lot.member = into;
            self.lots.entry(into).or_default().push(lot);
        }
        for award in self.awards.values_mut().filter(|a| a.member == from) {
            award.member = into;
            for Counted { key, .. } in &mut award.counted {
                if key.subject == from.0 {
                    key.subject = into.0;
                }
            }
        }
        let redemptions = self.redemptions.values_mut();
        for redemption in redemptions.filter(|known| known.member == from) {
            redemption.member = into;
        }
        for code in self.codes.values_mut().filter(|code| code.member == from) {
            code.member = into;
        }
        self.keep_merged_counters(from, into);
    }

    fn keep_merged_counters(&mut self, from: MemberId, into: MemberId) {
        let counted: Vec<(CounterKey, i64)> = self
            .counters
            .iter()
            .filter(|(key, used)| key.subject == from.0 && **used != 0)
            .map(|(key, used)| (key.clone(), *used))
            .collect();
        for (key, used) in counted {
            let theirs = CounterKey {
                subject: into.0,
                ..key.clone()
            };
            for (key, add) in [(key, -used), (theirs, used)] {
                *self.counters.entry(key.clone()).or_insert(0) += add;
                self.changes.counters.touch(key);
            }
        }
    }
}
