//! What a batch has read.

use super::{Balance, InForce, State};
use crate::accounts::Account;
use crate::community::{Code, PolicyDraft};
use crate::ids::{AwardId, DeedId, MemberId};
use crate::lots::{Lot, Taking};
use crate::machine::{Award, CounterKey, Redemption};

impl State {
    /// An account row; the guard's says that its owner is registered.
    pub fn load_account(&mut self, account: Account, balance: Balance) {
        self.changes.accounts.stored(account);
        self.accounts.insert(account, balance);
    }
    /// Marks the owners whose guard row was found.
    pub fn note_registered(&mut self) {
        self.registered = self
            .locked
            .iter()
            .copied()
            .filter(|owner| self.accounts.contains_key(&owner.guard()))
            .collect();
    }
    /// A lot row, once even if read twice.
    pub fn load_lot(&mut self, lot: Lot) {
        self.changes.lots.stored((lot.member, lot.id));
        let lots = self.lots.entry(lot.member).or_default();
        if lots.iter().all(|known| known.id != lot.id) {
            lots.push(lot);
        }
    }
    /// Says that all open lots of these members were read.
    pub fn note_open_lots(&mut self, members: impl IntoIterator<Item = MemberId>) {
        self.open_lots_known.extend(members);
    }
    /// An award row.
    pub fn load_award(&mut self, award: Award) {
        self.changes.awards.stored(award.id);
        self.awards.insert(award.id, award);
    }
    /// The live award of a deed.
    pub fn load_live(&mut self, deed: DeedId, policy: String, award: AwardId) {
        self.live.insert((deed, policy), award);
    }
    /// A redemption row.
    pub fn load_redemption(&mut self, redemption: Redemption) {
        self.changes.redemptions.stored(redemption.id);
        self.redemptions.insert(redemption.id, redemption);
    }
    /// A taking row.
    pub fn load_taking(&mut self, taking: Taking) {
        self.takings
            .entry(taking.redemption)
            .or_default()
            .push(taking);
    }
    /// A counter row.
    pub fn load_counter(&mut self, key: CounterKey, used: i64) {
        self.changes.counters.stored(key.clone());
        self.counters.insert(key, used);
    }
    /// An unspent code's row.
    pub fn load_code(&mut self, code: Code) {
        self.codes.insert(code.hash.clone(), code);
    }
    /// A draft's row.
    pub fn load_draft(&mut self, draft: PolicyDraft) {
        self.changes.drafts.stored(draft.id);
        self.drafts.insert(draft.id, draft);
    }
    /// A policy version's row.
    pub fn load_policy(&mut self, policy: InForce) {
        self.policies.push(policy);
    }
}
