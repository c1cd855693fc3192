//! What a command does, and what a batch of them has to save.

use std::collections::{BTreeSet, HashSet};

use uuid::Uuid;

use crate::accounts::{Account, Owner};
use crate::community::attachment::Attachment;
use crate::community::offer::Offer;
use crate::community::place::Profile;
use crate::community::pledge::Pledge;
use crate::community::{NewOrigin, PolicyDraft, Registration};
use crate::ids::{AwardId, BudgetId, CommandId, DraftId, MemberId, OriginId, RedemptionId};
use crate::journal::{PostedTransfer, Transfer};
use crate::lots::{Lot, Taking};
use crate::machine::award::Counted;
use crate::machine::budget::BudgetRecord;
use crate::machine::deeds::DeedChange;
use crate::machine::duplicates::Report;
use crate::machine::hazards::HazardChange;
use crate::machine::log_in::LogInChange;
use crate::machine::merchants::Moved;
use crate::machine::patrols::PatrolChange;
use crate::machine::paying::PayingChange;
use crate::machine::people::Ended;
use crate::machine::personal::PersonalChange;
use crate::machine::settlement::SettlementChange;
use crate::machine::state::CounterKey;
use crate::machine::teams::TeamChange;
use crate::machine::webhooks::WebhookChange;
use crate::machine::{Award, Closing, Outcome, Receipt, Redemption};

/// What one command does. Whole new images of what it changes; nothing of it is true before [`State::apply`].
#[derive(Clone, Debug)]
pub struct Effects {
    /// Points moved.
    pub transfer: Option<Transfer>,
    /// Awards made or changed.
    pub awards: Vec<Award>,
    /// Lots opened or changed.
    pub lots: Vec<Lot>,
    /// Redemptions made or changed.
    pub redemptions: Vec<Redemption>,
    /// Takings made or changed.
    pub takings: Vec<Taking>,
    /// Budgets that are planned, given or told otherwise.
    pub budgets: Vec<(BudgetId, BudgetRecord)>,
    /// An award that is a report of a thing, made or divided.
    pub report: Option<Report>,
    /// Additions to counters.
    pub counters: Vec<Counted>,
    /// An activity, somebody's part in one, and the award asked for with it.
    pub deeds: DeedChange,
    /// Hazards reported or changed.
    pub hazards: HazardChange,
    /// Cells of the map, and where somebody on a shift was.
    pub patrols: PatrolChange,
    /// Photos and texts attached to what they show.
    pub attached: Vec<Attachment>,
    /// A team, or who belongs to it.
    pub team: Option<TeamChange>,
    /// A pledge made or ended.
    pub pledge: Option<Pledge>,
    /// Who is told of events.
    pub webhook: Option<WebhookChange>,
    /// What is to be known of a store or station.
    pub place: Option<Box<Profile>>,
    /// A merchant that takes part from now on, or does not.
    pub merchant: Option<Moved>,
    /// An offer made or changed.
    pub offer: Option<Box<Offer>>,
    /// What is shown to pay, or what was paid by it.
    pub paying: Option<PayingChange>,
    /// A code spent.
    pub spent_code: Option<String>,
    /// Records to keep.
    pub registrations: Vec<Registration>,
    /// Policies on their way into force, made or changed.
    pub drafts: Vec<PolicyDraft>,
    /// Access ended.
    pub ended: Option<Ended>,
    /// What people log in with, or that somebody has.
    pub log_in: Option<LogInChange>,
    /// When the programme closes from now on.
    pub closing: Option<Closing>,
    /// Members merged: the first into the second.
    pub merge: Option<(MemberId, MemberId)>,
    /// What is held about somebody.
    pub personal: Option<PersonalChange>,
    /// Statements frozen or come a step further, and to whom money goes.
    pub settled: SettlementChange,
    /// Whose guard account the record opens.
    pub opens: Option<Owner>,
    /// What the event is about.
    pub subject: Uuid,
    /// What is answered.
    pub outcome: Outcome,
}

impl Effects {
    /// No effect but an answer; a starting point for struct update.
    pub const fn answering(subject: Uuid, outcome: Outcome) -> Self {
        Self {
            transfer: None,
            awards: Vec::new(),
            lots: Vec::new(),
            redemptions: Vec::new(),
            takings: Vec::new(),
            budgets: Vec::new(),
            report: None,
            counters: Vec::new(),
            deeds: DeedChange::NONE,
            hazards: HazardChange::NONE,
            patrols: PatrolChange::NONE,
            attached: Vec::new(),
            team: None,
            pledge: None,
            webhook: None,
            merchant: None,
            offer: None,
            paying: None,
            place: None,
            spent_code: None,
            registrations: Vec::new(),
            drafts: Vec::new(),
            ended: None,
            log_in: None,
            closing: None,
            merge: None,
            personal: None,
            settled: SettlementChange::NONE,
            opens: None,
            subject,
            outcome,
        }
    }
}

/// A row of the outbox: what happened, with its receipt.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// The command.
    pub id: CommandId,
    /// Its operation, as in `award.submit`.
    pub kind: &'static str,
    /// What it is about.
    pub subject: Uuid,
    /// The answer.
    pub receipt: Receipt,
    /// Why, where the command says so.
    pub reason: Option<&'static str>,
    /// By what and from where the command came; the writer knows.
    pub origin: Option<OriginId>,
}

/// Which rows a batch made and which it changed.
#[derive(Clone, Debug)]
pub struct Rows<K> {
    stored: HashSet<K>,
    /// Rows to insert.
    pub new: BTreeSet<K>,
    /// Rows to update.
    pub changed: BTreeSet<K>,
}

impl<K> Default for Rows<K> {
    fn default() -> Self {
        Self {
            stored: HashSet::new(),
            new: BTreeSet::new(),
            changed: BTreeSet::new(),
        }
    }
}

impl<K: Clone + Eq + Ord + std::hash::Hash> Rows<K> {
    /// Notes that the database has this row.
    pub(super) fn stored(&mut self, key: K) {
        self.stored.insert(key);
    }

    /// Notes that this row has another key from now on, in the database as well.
    pub(super) fn rename(&mut self, key: &K, to: K) {
        if self.stored.remove(key) {
            self.stored.insert(to.clone());
        }
        for touched in [&mut self.new, &mut self.changed] {
            if touched.remove(key) {
                touched.insert(to.clone());
            }
        }
    }

    /// Notes that this row is made or changed.
    pub(super) fn touch(&mut self, key: K) {
        if self.stored.contains(&key) {
            self.changed.insert(key);
        } else {
            self.new.insert(key);
        }
    }
}

/// What a batch has changed, to be saved set-wise.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// Transfers posted, in order.
    pub transfers: Vec<PostedTransfer>,
    /// Accounts opened or posted to.
    pub accounts: Rows<Account>,
    /// Awards made or decided.
    pub awards: Rows<AwardId>,
    /// Lots opened or changed.
    pub lots: Rows<(MemberId, AwardId)>,
    /// Redemptions made or changed, with their takings.
    pub redemptions: Rows<RedemptionId>,
    /// Counters changed.
    pub counters: Rows<CounterKey>,
    /// Drafts of policies made or changed.
    pub drafts: Rows<DraftId>,
    /// Whose codes of before this batch are worthless; before new records are saved.
    pub rotated: BTreeSet<MemberId>,
    /// Codes spent.
    pub spent_codes: Vec<(String, CommandId)>,
    /// Access ended, in order; after new records are saved.
    pub ended: Vec<Ended>,
    /// What people log in with, and who has, in order; after new records are saved.
    pub log_ins: Vec<LogInChange>,
    /// When the programme closes, if that changed.
    pub closing: Option<Closing>,
    /// Members merged, in order; before anything else is saved.
    pub merges: Vec<(MemberId, MemberId)>,
    /// What is held about people, in order; after the records.
    pub personal: Vec<PersonalChange>,
    /// Records to keep.
    pub registrations: Vec<Registration>,
    /// Events, in order.
    pub events: Vec<Event>,
    /// Origins that were not met before today.
    pub origins: Vec<NewOrigin>,
}
