//! What a batch has locked and loaded, and what its commands have made of it so far.

mod days;
mod groups;
mod loading;
mod merging;
mod posting;
mod registered;
mod rows;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::accounts::{Account, Owner};
use crate::clock::Timestamp;
use crate::community::{Code, PolicyDraft};
use crate::ids::{AwardId, DeedId, DraftId, MemberId, ProgramId, RedemptionId};
use crate::lots::{Lot, Taking};
use crate::machine::attachments::Attachments;
use crate::machine::award::Counted;
use crate::machine::budget::Budgets;
use crate::machine::deeds::Deeds;
use crate::machine::duplicates::Things;
use crate::machine::effects::{Changes, Effects, Event};
use crate::machine::hazards::Hazards;
use crate::machine::merchants::Merchants;
use crate::machine::offers::Offers;
use crate::machine::patrols::Patrols;
use crate::machine::paying::Paying;
use crate::machine::people::People;
use crate::machine::personal::Held;
use crate::machine::places::Places;
use crate::machine::pledges::Pledges;
use crate::machine::settlement::Settling;
use crate::machine::teams::Teams;
use crate::machine::webhooks::Webhooks;
use crate::machine::{Award, Closing, Command, Context, Receipt, Redemption, Stop};
use crate::points::Points;
use crate::policy::Calendar;

pub use rows::{Balance, CounterKey, InForce};

/// What is true of everything a batch has locked.
#[derive(Clone, Debug)]
pub struct State {
    /// Whose points these are.
    pub program: ProgramId,
    /// The batch's moment, by this process's clock.
    pub now: Timestamp,
    /// What is to be saved.
    pub changes: Changes,
    /// Budgets, beside what they hold.
    pub budgets: Budgets,
    /// Statements.
    pub settling: Settling,
    /// Things that were reported.
    pub things: Things,
    /// Activities, deeds, and awards asked for.
    pub deeds: Deeds,
    /// Hazards that were reported.
    pub hazards: Hazards,
    /// Photos and texts.
    pub attachments: Attachments,
    /// Cells of the map, and where those on a shift were.
    pub patrols: Patrols,
    /// Teams, and who belongs to them.
    pub teams: Teams,
    /// What members promise.
    pub pledges: Pledges,
    /// Who is told of events.
    pub webhooks: Webhooks,
    /// Merchants, and which stores take points.
    pub merchants: Merchants,
    /// Where stores and stations are.
    pub places: Places,
    /// What merchants offer.
    pub offers: Offers,
    /// What is shown to pay.
    pub paying: Paying,
    /// What is held about members.
    pub personal: Held,
    /// Staff, and what their access rests on.
    pub people: People,
    /// When the programme closes.
    pub closing: Option<Closing>,
    /// Whether the programme has any deed on record.
    pub records_deeds: bool,
    locked: HashSet<Owner>,
    registered: HashSet<Owner>,
    accounts: HashMap<Account, Balance>,
    lots: HashMap<MemberId, Vec<Lot>>,
    open_lots_known: HashSet<MemberId>,
    awards: HashMap<AwardId, Award>,
    live: BTreeMap<(DeedId, String), AwardId>,
    redemptions: HashMap<RedemptionId, Redemption>,
    takings: HashMap<RedemptionId, Vec<Taking>>,
    counters: HashMap<CounterKey, i64>,
    codes: HashMap<String, Code>,
    policies: Vec<InForce>,
    layers: Vec<InForce>,
    drafts: HashMap<DraftId, PolicyDraft>,
    merged: HashMap<MemberId, MemberId>,
    calendar: Option<Calendar>,
}

impl State {
    /// A state of which nothing is known yet but who was locked.
    pub fn new(
        program: ProgramId,
        now: Timestamp,
        locked: impl IntoIterator<Item = Owner>,
    ) -> Self {
        Self {
            program,
            now,
            changes: Changes::default(),
            budgets: Budgets::default(),
            settling: Settling::default(),
            things: Things::default(),
            deeds: Deeds::default(),
            hazards: Hazards::default(),
            attachments: Attachments::default(),
            patrols: Patrols::default(),
            teams: Teams::default(),
            pledges: Pledges::default(),
            webhooks: Webhooks::default(),
            merchants: Merchants::default(),
            places: Places::default(),
            offers: Offers::default(),
            paying: Paying::default(),
            people: People::default(),
            personal: Held::default(),
            closing: None,
            records_deeds: false,
            locked: locked.into_iter().collect(),
            registered: HashSet::new(),
            accounts: HashMap::new(),
            lots: HashMap::new(),
            open_lots_known: HashSet::new(),
            awards: HashMap::new(),
            live: BTreeMap::new(),
            redemptions: HashMap::new(),
            takings: HashMap::new(),
            counters: HashMap::new(),
            codes: HashMap::new(),
            policies: Vec::new(),
            layers: Vec::new(),
            drafts: HashMap::new(),
            merged: HashMap::new(),
            calendar: None,
        }
    }

    // What decisions look at.

    /// Stops unless this owner was locked, so that the command is tried again with them.
    pub fn require(&self, owner: Owner) -> Result<(), Stop> {
        if self.locked.contains(&owner) {
            Ok(())
        } else {
            Err(Stop::Relock(owner))
        }
    }

    /// Whether this locked owner is on record.
    pub fn is_registered(&self, owner: Owner) -> Result<bool, Stop> {
        self.require(owner)?;
        Ok(self.registered.contains(&owner))
    }

    /// The balance of a locked owner's account; an account never posted to holds nothing.
    pub fn balance(&self, account: Account, owner: Owner) -> Result<Points, Stop> {
        self.require(owner)?;
        Ok(self
            .accounts
            .get(&account)
            .copied()
            .unwrap_or_default()
            .points)
    }

    /// The loaded lots of a member.
    pub fn lots(&self, member: MemberId) -> &[Lot] {
        self.lots.get(&member).map_or(&[], Vec::as_slice)
    }
    /// The lots of a member, all open ones among them; stops when they were not read.
    pub fn open_lots(&self, member: MemberId) -> Result<&[Lot], Stop> {
        self.require(Owner::Member(member))?;
        if self.open_lots_known.contains(&member) {
            Ok(self.lots(member))
        } else {
            Err(Stop::Relock(Owner::Member(member)))
        }
    }
    /// One lot of a member.
    pub fn lot(&self, member: MemberId, id: AwardId) -> Option<&Lot> {
        self.lots(member).iter().find(|lot| lot.id == id)
    }
    /// An award.
    pub fn award(&self, id: AwardId) -> Option<&Award> {
        self.awards.get(&id)
    }
    /// The award that a deed has under a policy, submitted or vested.
    pub fn live_award(&self, deed: DeedId, policy: &str) -> Option<AwardId> {
        self.live.get(&(deed, policy.to_owned())).copied()
    }
    /// The live awards of a deed that are known, by whichever policies.
    pub fn live_awards(&self, deed: DeedId) -> impl Iterator<Item = AwardId> {
        let from = self.live.range((deed, String::new())..);
        let of = from.take_while(move |((known, _), _)| *known == deed);
        of.map(|(_, award)| *award)
    }
    /// A redemption.
    pub fn redemption(&self, id: RedemptionId) -> Option<&Redemption> {
        self.redemptions.get(&id)
    }
    /// What a redemption took.
    pub fn takings(&self, id: RedemptionId) -> &[Taking] {
        self.takings.get(&id).map_or(&[], Vec::as_slice)
    }
    /// What a counter has counted.
    pub fn counter(&self, key: &CounterKey) -> i64 {
        self.counters.get(key).copied().unwrap_or(0)
    }
    /// A code that is neither spent nor expired.
    pub fn unspent_code(&self, hash: &str) -> Option<&Code> {
        self.codes
            .get(hash)
            .filter(|code| code.expires_at > self.now)
    }
    /// Whether this digest is the version of the policy in force at `moment`.
    pub fn is_in_force(&self, policy: &str, digest: &str, moment: Timestamp) -> bool {
        self.policies
            .iter()
            .filter(|known| known.name == policy && known.from <= moment)
            .max_by_key(|known| known.from)
            .is_some_and(|known| known.digest == digest)
    }
    /// A policy on its way into force.
    pub fn draft(&self, id: DraftId) -> Option<&PolicyDraft> {
        self.drafts.get(&id)
    }
    /// When the newest version of a policy takes effect.
    pub fn newest_policy(&self, name: &str) -> Option<Timestamp> {
        let versions = self.policies.iter().filter(|known| known.name == name);
        versions.map(|known| known.from).max()
    }

    // What is to be saved.

    /// The image of an account.
    pub fn account(&self, account: Account) -> Balance {
        self.accounts.get(&account).copied().unwrap_or_default()
    }
    // What effects make true.

    /// Posts the transfer, keeps the images, records the event. Everything that could fail is checked before anything changes.
    pub fn apply(
        &mut self,
        effects: Effects,
        command: &Command,
        context: &Context,
    ) -> Result<Receipt, Stop> {
        self.require_owners(&effects)?;
        let posted = match &effects.transfer {
            Some(transfer) => Some(self.plan_posting(transfer, &effects, context)?),
            None => None,
        };
        let moved = posted.is_some();
        let recorded_at = posted
            .as_ref()
            .map_or(self.now, |(transfer, _)| transfer.recorded_at);
        if let Some((transfer, balances)) = posted {
            for (account, balance) in balances {
                self.accounts.insert(account, balance);
                self.changes.accounts.touch(account);
            }
            self.changes.transfers.push(transfer);
        }
        let subject = effects.subject;
        let receipt = Receipt {
            id: context.id,
            recorded_at,
            moved,
            outcome: effects.outcome.clone(),
        };
        self.keep(effects, context);
        self.changes.events.push(Event {
            id: context.id,
            kind: command.operation(),
            subject,
            receipt: receipt.clone(),
            reason: command.reason(),
            origin: None,
        });
        Ok(receipt)
    }

    fn keep(&mut self, effects: Effects, context: &Context) {
        for award in effects.awards {
            self.keep_award(award);
        }
        for lot in effects.lots {
            self.changes.lots.touch((lot.member, lot.id));
            let lots = self.lots.entry(lot.member).or_default();
            match lots.iter_mut().find(|known| known.id == lot.id) {
                Some(known) => *known = lot,
                None => lots.push(lot),
            }
        }
        for taking in effects.takings {
            let takings = self.takings.entry(taking.redemption).or_default();
            match takings.iter_mut().find(|known| known.lot == taking.lot) {
                Some(known) => *known = taking,
                None => takings.push(taking),
            }
        }
        for redemption in effects.redemptions {
            let before = self.redemptions.get(&redemption.id);
            self.offers.count(before, &redemption);
            self.changes.redemptions.touch(redemption.id);
            self.redemptions.insert(redemption.id, redemption);
        }
        for Counted { key, add } in effects.counters {
            *self.counters.entry(key.clone()).or_insert(0) += add;
            self.changes.counters.touch(key);
        }
        for budget in effects.budgets {
            self.budgets.keep(budget);
        }
        if let Some(report) = effects.report {
            self.things.keep(report);
        }
        self.deeds.keep(effects.deeds);
        self.hazards.keep(effects.hazards);
        self.patrols.keep(effects.patrols);
        for attachment in effects.attached {
            self.attachments.keep(attachment);
        }
        effects
            .team
            .into_iter()
            .for_each(|change| self.teams.keep(change));
        effects
            .pledge
            .into_iter()
            .for_each(|pledge| self.pledges.keep(pledge));
        effects
            .webhook
            .into_iter()
            .for_each(|change| self.webhooks.keep(change));
        if let Some(offer) = effects.offer {
            self.offers.keep(*offer);
        }
        if let Some(change) = effects.paying {
            self.paying.keep(change);
        }
        if let Some(hash) = effects.spent_code {
            self.codes.remove(&hash);
            self.changes.spent_codes.push((hash, context.id));
        }
        if let Some(ended) = effects.ended {
            self.people.keep_end(ended);
            self.changes.ended.push(ended);
        }
        if let Some(change) = effects.log_in {
            self.keep_log_in(change);
        }
        if let Some(closing) = effects.closing {
            self.closing = Some(closing);
            self.changes.closing = Some(closing);
        }
        if let Some((from, into)) = effects.merge {
            self.keep_merge(from, into);
        }
        if let Some(change) = effects.personal {
            self.keep_personal(change);
        }
        self.settling.keep(effects.settled);
        if let Some(owner) = effects.opens {
            self.registered.insert(owner);
            self.accounts.entry(owner.guard()).or_default();
            self.changes.accounts.touch(owner.guard());
        }
        for draft in effects.drafts {
            self.changes.drafts.touch(draft.id);
            self.drafts.insert(draft.id, draft);
        }
        for registration in effects.registrations {
            self.keep_registration(&registration);
            self.changes.registrations.push(registration);
        }
        self.keep_trade(effects.merchant, effects.place);
    }

    fn keep_award(&mut self, award: Award) {
        let deed = (award.deed_id, award.policy.clone());
        if award.state.is_live() {
            self.live.insert(deed, award.id);
        } else {
            self.live.remove(&deed);
        }
        self.deeds.keep_award(&award);
        self.changes.awards.touch(award.id);
        self.awards.insert(award.id, award);
    }
}
