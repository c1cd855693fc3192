//! What a command must lock and load before it can be decided.

use std::collections::{BTreeSet, HashMap};

use uuid::Uuid;

use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::ids::{
    ActivityId, ActorId, AttachmentId, AwardId, BudgetId, DeedId, DraftId, EndpointId, HazardId,
    MemberId, MerchantId, OfferId, OrderId, PledgeId, ProgramId, RedemptionId, StatementId,
    StoreId,
};
use crate::machine::award::counting::{Subjects, approver};
use crate::machine::deeds::{OrderNeeds, Part};
use crate::machine::duplicates::{self, Like};
use crate::machine::offers::OfferNeeds;
use crate::machine::paying::PayingNeeds;
use crate::machine::people::PeopleNeeds;
use crate::machine::teams::TeamNeeds;
use crate::machine::{Admission, Command, CounterKey};

/// Facts that never change once made, so they are read before anything is locked.
#[derive(Clone, Debug, Default)]
pub struct Links {
    /// Award → its member and budget.
    pub awards: HashMap<AwardId, (MemberId, BudgetId)>,
    /// Redemption → its member and store, and the offer it was agreed on.
    pub redemptions: HashMap<RedemptionId, (MemberId, StoreId, Option<OfferId>)>,
    /// Hash of a one-time code → its member.
    pub codes: HashMap<String, MemberId>,
    /// Merchant → its stores. More may come; one that is missing is locked in the next batch.
    pub stores: HashMap<MerchantId, Vec<StoreId>>,
    /// Statement → its store.
    pub statements: HashMap<StatementId, StoreId>,
    /// Deed → its member and activity. A merge changes the member; whoever is missing is locked in the next batch.
    pub deeds: HashMap<DeedId, (MemberId, Option<ActivityId>)>,
    /// Hazard → who reported it, and their deed. A merge changes the member, too.
    pub hazards: HashMap<HazardId, (MemberId, DeedId)>,
    /// Deed → the photos that show it, or the hazard that it reports.
    pub shown: HashMap<DeedId, Vec<AttachmentId>>,
    /// Deed → the order it is done for.
    pub orders: HashMap<DeedId, OrderId>,
    /// Member → to whom their open lots go when they expire. This one does change; whoever is missing is locked in the next batch.
    pub heirs: HashMap<MemberId, BTreeSet<Owner>>,
}

/// Which links a command rests on.
#[derive(Clone, Debug, Default)]
pub struct LinkNeeds {
    /// Awards named by id.
    pub awards: BTreeSet<AwardId>,
    /// Redemptions named by id.
    pub redemptions: BTreeSet<RedemptionId>,
    /// Codes named by hash.
    pub codes: BTreeSet<String>,
    /// Statements named by id.
    pub statements: BTreeSet<StatementId>,
    /// Deeds named by id.
    pub deeds: BTreeSet<DeedId>,
    /// Hazards named by id.
    pub hazards: BTreeSet<HazardId>,
    /// Deeds submitted that may be shown with photos.
    pub reports: BTreeSet<DeedId>,
    /// Merchants that are moved.
    pub merchants: BTreeSet<MerchantId>,
    /// Members whose lots expire.
    pub expiring: BTreeSet<MemberId>,
}

impl LinkNeeds {
    /// Adds what this command rests on.
    pub fn add(&mut self, command: &Command) {
        match command {
            Command::ApproveAward { award }
            | Command::WithdrawAward { award }
            | Command::ObjectAward { award, .. }
            | Command::ReviewObjection { award, .. }
            | Command::AppealReview { award, .. }
            | Command::EscalateObjection { award }
            | Command::SettleObjection { award }
            | Command::VestAward { award }
            | Command::WriteOff { award }
            | Command::RejectAward { award, .. }
            | Command::ReverseAward { award, .. } => {
                self.awards.insert(*award);
            }
            Command::AdmitAward(admission) => {
                self.awards.insert(admission.award);
            }
            Command::Authorise { payer, .. } => {
                self.codes.extend(payer.code().map(str::to_owned));
            }
            Command::Capture { redemption, .. }
            | Command::Void { redemption }
            | Command::Refund { redemption, .. }
            | Command::Undo { redemption }
            | Command::ReleaseHold { redemption } => {
                self.redemptions.insert(*redemption);
            }
            Command::Paying(command) => self.redemptions.extend(command.redemption()),
            Command::PayStatement { statement, .. } => {
                self.statements.insert(*statement);
            }
            Command::Settlement(command) => self.add_settlement(command),
            Command::ExpireLots { member } => {
                self.expiring.insert(*member);
            }
            Command::SubmitAward(submission) => self.reports.extend(submission.shown()),
            Command::Hazard(command) => self.hazards.extend(command.hazard()),
            Command::CloseDeed { deed }
            | Command::RefuseDeed { deed, .. }
            | Command::AskAgain { deed } => {
                self.deeds.insert(*deed);
            }
            Command::Patrol(command) => self.deeds.extend(command.deed()),
            Command::Merchant(command) => self.merchants.extend(command.moved()),
            Command::Order(command) => self.deeds.extend(command.deed()),
            Command::Exceptional(command) => self.deeds.extend(command.deed()),
            Command::Group(members) => members.iter().for_each(|(_, member)| self.add(member)),
            _ => {}
        }
    }
}

/// What to lock, and what to read once it is locked.
#[derive(Clone, Debug, Default)]
pub struct Needs {
    /// Whose guards to lock and whose accounts to read.
    pub owners: BTreeSet<Owner>,
    /// Members whose open lots are wanted. Those in debt come in any case.
    pub open_lots: BTreeSet<MemberId>,
    /// Lots wanted whether open or not.
    pub lots: BTreeSet<(MemberId, AwardId)>,
    /// Awards to read.
    pub awards: BTreeSet<AwardId>,
    /// Live awards of these deeds under these policies.
    pub deeds: BTreeSet<(DeedId, String)>,
    /// Deeds that may be about the same thing as others: where and when those are looked for.
    pub likes: BTreeSet<Like>,
    /// Activities to lock and read.
    pub activities: BTreeSet<ActivityId>,
    /// Parts in activities to read, with the other time of their members that counts.
    pub parts: BTreeSet<Part>,
    /// When deeds entered by hand were: the time of their members around it that counts for deeds on record is wanted.
    pub entered: Vec<(MemberId, (Timestamp, Timestamp))>,
    /// Deeds to read.
    pub records: BTreeSet<DeedId>,
    /// Awards asked for, to lock and read.
    pub asked: BTreeSet<DeedId>,
    /// Hazards to read, with all reports of the same and how long may be taken for them. All are locked at once: see [`hazards::lock`].
    pub hazards: BTreeSet<HazardId>,
    /// Deeds to be awarded that report hazards or are shown with photos: the same for these, and what was awarded for what was shown with the
    /// same photos.
    pub reports: BTreeSet<DeedId>,
    /// Whether it matters what was awarded for all these reports.
    pub awarded_reports: bool,
    /// Cells of the map to read.
    pub grids: BTreeSet<String>,
    /// Members whose shifts that have not ended are wanted.
    pub patrolling: BTreeSet<MemberId>,
    /// Orders, and who takes them on.
    pub orders: OrderNeeds,
    /// Teams, and who belongs to them.
    pub teams: TeamNeeds,
    /// Pledges to read.
    pub pledges: BTreeSet<PledgeId>,
    /// Endpoints that are told of events, to read.
    pub endpoints: BTreeSet<EndpointId>,
    /// Merchants to lock and read, with their stores.
    pub merchants: BTreeSet<MerchantId>,
    /// Offers, and who takes them up.
    pub offers: OfferNeeds,
    /// Attachments to lock and read, with photos that look like them.
    pub attachments: BTreeSet<AttachmentId>,
    /// Redemptions to read, with their takings and those lots.
    pub redemptions: BTreeSet<RedemptionId>,
    /// Grids, teams and approvers that caps count on: rows of their own are locked.
    pub subjects: BTreeSet<Uuid>,
    /// Who is to approve which award, for what its terms count on an approver.
    pub approvals: BTreeSet<(AwardId, ActorId)>,
    /// Counters to read.
    pub counters: BTreeSet<CounterKey>,
    /// Codes to read.
    pub codes: BTreeSet<String>,
    /// Drafts of policies to read.
    pub drafts: BTreeSet<DraftId>,
    /// Members to be told what will expire: the awards of those lots and the programme's time zone are wanted.
    pub notices: BTreeSet<MemberId>,
    /// What is shown to pay, and what was paid by it.
    pub paying: PayingNeeds,
    /// Whether it matters which day it is in the programme's time zone.
    pub today: bool,
    /// Whether it matters when the programme closes.
    pub closing: bool,
    /// Members to be merged, the first into the second, in order.
    pub merges: Vec<(MemberId, MemberId)>,
    /// Members whose sealed row's version is wanted.
    pub personal: BTreeSet<MemberId>,
    /// Who asked to be enrolled and is to be decided on.
    pub joining: BTreeSet<MemberId>,
    /// Members to be erased: their awards under objection are wanted.
    pub erasures: BTreeSet<MemberId>,
    /// Organizations, staff, appointments and keys to read.
    pub people: PeopleNeeds,
    /// Statements to read.
    pub statements: BTreeSet<StatementId>,
    /// Stores to be settled.
    pub freezes: BTreeSet<StoreId>,
    /// Lines of statements that have to be there.
    pub lines: BTreeSet<(StatementId, i64)>,
    /// Whether the versions of policies are wanted, and to what end.
    pub policies: Option<PolicyLock>,
    /// Whether the versions of the map's layers are wanted; they change under the policies' lock.
    pub layers: bool,
}

/// How the programme's set of policies is locked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyLock {
    /// Others may read it too; nobody may change it.
    Read,
    /// Nobody else may read or change it.
    Change,
}

impl Needs {
    /// Adds what this command needs. What no link leads to does not exist; the machine will say so.
    pub fn add(&mut self, program: ProgramId, actor: ActorId, command: &Command, links: &Links) {
        self.add_people(program, command);
        match command {
            Command::Register(registration) => self.add_registration(registration),
            Command::Appropriate { budget, .. } | Command::ReturnBudget { budget, .. } => {
                self.owners.insert(Owner::Program(program));
                self.owners.insert(Owner::Budget(*budget));
            }
            Command::Budget(command) => self.add_budget(program, command),
            Command::SubmitAward(submission) => {
                self.policies.get_or_insert(PolicyLock::Read);
                self.layers |= submission.map.is_some();
                self.closing = true;
                self.owners.insert(Owner::Member(submission.member));
                self.owners.insert(Owner::Budget(submission.budget));
                let deed = (submission.deed_id(), submission.quote.policy.clone());
                self.deeds.insert(deed);
                let (subjects, caps) = (submission.subjects(), submission.caps());
                self.counters.extend(subjects.looked_at(caps));
                self.subjects.extend(subjects.without_account(caps));
                self.likes.extend(duplicates::like(submission));
                self.asked.extend(submission.answers);
                let time = submission.takes().map(|time| (submission.member, time));
                self.entered.extend(time);
                self.add_shown(submission, links);
            }
            Command::AdmitAward(admission) => self.add_admission(admission, links),
            Command::ApproveAward { award } => {
                self.subjects.insert(approver(actor));
                self.approvals.insert((*award, actor));
                self.add_award(*award, links);
            }
            Command::ObjectAward { award, words, .. }
            | Command::ReviewObjection { award, words, .. }
            | Command::AppealReview { award, words } => {
                self.attachments.extend(words);
                self.add_award(*award, links);
            }
            Command::WithdrawAward { award }
            | Command::EscalateObjection { award }
            | Command::SettleObjection { award }
            | Command::VestAward { award }
            | Command::WriteOff { award }
            | Command::RejectAward { award, .. } => self.add_award(*award, links),
            Command::ReverseAward { award, .. } => {
                // What had expired of it and was not swept yet may go to breakage.
                self.owners.insert(Owner::Program(program));
                self.add_award(*award, links);
            }
            Command::Authorise {
                payer,
                store,
                charge,
                ..
            } => self.add_payment(payer, *store, charge, links),
            Command::Capture { redemption, .. }
            | Command::Void { redemption }
            | Command::Refund { redemption, .. }
            | Command::Undo { redemption }
            | Command::ReleaseHold { redemption } => {
                self.today |= matches!(command, Command::Undo { .. });
                if let Some(&(member, store, offer)) = links.redemptions.get(redemption) {
                    self.redemptions.insert(*redemption);
                    self.offers.offers.extend(offer);
                    self.owners.insert(Owner::Member(member));
                    self.owners.insert(Owner::Store(store));
                }
            }
            Command::ExpireLots { member } => {
                self.closing = true;
                self.owners.insert(Owner::Member(*member));
                let heirs = links.heirs.get(member);
                self.owners.extend(heirs.into_iter().flatten());
                self.open_lots.insert(*member);
            }
            Command::TellExpiring { member } => {
                self.closing = true;
                self.owners.insert(Owner::Member(*member));
                self.open_lots.insert(*member);
                self.notices.insert(*member);
            }
            Command::ImportPolicies { .. } => self.policies = Some(PolicyLock::Change),
            Command::PolicySimulated { draft, .. } => {
                self.policies = Some(PolicyLock::Change);
                self.drafts.insert(*draft);
            }
            Command::ApprovePolicies { drafts, .. } => {
                self.policies = Some(PolicyLock::Change);
                self.drafts.extend(drafts);
            }
            Command::EndAccess { .. }
            | Command::OpenSession(_)
            | Command::Invite(_)
            | Command::SetLogin(_)
            | Command::SetPin(_) => {}
            Command::CloseProgram(_) => {
                self.policies = Some(PolicyLock::Change);
                self.closing = true;
                self.owners.insert(Owner::Program(program));
            }
            Command::MergeMembers { from, into } => {
                for member in [*from, *into] {
                    self.owners.insert(Owner::Member(member));
                    self.open_lots.insert(member);
                }
                self.merges.push((*from, *into));
            }
            Command::KeepPersonal(keeping) => {
                self.owners.insert(Owner::Member(keeping.member));
                self.personal.insert(keeping.member);
                self.joining.extend(keeping.joining);
            }
            Command::AskToJoin(joining) => {
                self.owners.insert(Owner::Member(joining.member));
                self.personal.insert(joining.member);
            }
            Command::RefuseJoining { member } => {
                self.owners.insert(Owner::Member(*member));
                self.joining.insert(*member);
            }
            Command::RewrapPersonal { member, .. } | Command::RevealPersonal { member, .. } => {
                self.owners.insert(Owner::Member(*member));
                self.personal.insert(*member);
            }
            Command::IssueRecord { member, .. } => {
                self.owners.insert(Owner::Member(*member));
            }
            Command::ErasePersonal { member } => {
                self.owners.insert(Owner::Member(*member));
                self.personal.insert(*member);
                self.erasures.insert(*member);
            }
            Command::Distinguish { member, other } => {
                let both = [*member, *other].map(Owner::Member);
                self.owners.extend(both);
            }
            Command::Activity(command) => {
                self.closing = true;
                self.activities.insert(command.activity());
                self.parts.extend(command.part());
                let member = command.part().map(|part| Owner::Member(part.member));
                self.owners.extend(member);
            }
            Command::Hazard(command) => self.add_hazard(command, links),
            Command::Patrol(command) => self.add_patrol(program, command, links),
            Command::CloseDeed { deed }
            | Command::RefuseDeed { deed, .. }
            | Command::AskAgain { deed } => {
                self.add_deed(*deed, links);
            }
            Command::Order(command) => self.add_order(command, links),
            Command::Exceptional(command) => self.add_exceptional(command, links),
            Command::Team(command) => self.add_team(command),
            Command::Pledge(command) => self.add_pledge(command),
            Command::Webhook(command) => self.add_webhook(program, command),
            Command::Offer(command) => self.add_offer(command),
            Command::Merchant(command) => self.add_merchant(command, links),
            Command::Place(command) => self.add_place(command),
            Command::Paying(command) => self.add_paying(command, links),
            Command::ReceiveFunds { .. }
            | Command::FreezeStatement { .. }
            | Command::PayStatement { .. }
            | Command::Settlement(_) => self.add_settlement(program, command, links),
            Command::Group(members) => {
                for (_, member) in members {
                    self.add(program, actor, member, links);
                }
            }
        }
    }

    /// A deed on record, and what it is a part of.
    pub(super) fn add_deed(&mut self, deed: DeedId, links: &Links) {
        if let Some(&(member, activity)) = links.deeds.get(&deed) {
            self.closing = true;
            self.activities.extend(activity);
            self.orders.orders.extend(links.orders.get(&deed));
            self.owners.insert(Owner::Member(member));
            self.records.insert(deed);
            self.asked.insert(deed);
        }
    }

    fn add_admission(&mut self, admission: &Admission, links: &Links) {
        self.closing = true;
        self.add_award(admission.award, links);
        if let Some(&(_, budget)) = links.awards.get(&admission.award) {
            let subjects = Subjects {
                member: admission.member,
                budget,
                approver: None,
            };
            for caps in admission.ways() {
                self.counters.extend(subjects.looked_at(caps));
                self.subjects.extend(subjects.without_account(caps));
            }
        }
    }

    fn add_award(&mut self, award: AwardId, links: &Links) {
        if let Some(&(member, budget)) = links.awards.get(&award) {
            self.awards.insert(award);
            self.owners.insert(Owner::Member(member));
            self.owners.insert(Owner::Budget(budget));
            self.lots.insert((member, award));
        }
    }
}
