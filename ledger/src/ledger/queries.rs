//! Questions, each answered by one query of the store's of the same name.

use std::collections::{BTreeMap, HashMap};

use uuid::Uuid;

use super::Ledger;
use crate::accounts::{Account, AccountKind};
use crate::clock::Timestamp;
use crate::community::attachment::{Attachment, Twin};
use crate::community::hazard::{Hazard, Terms};
use crate::community::order::Order;
use crate::community::patrol::Grid;
use crate::community::personal::LookupKind;
use crate::community::place::Profile;
use crate::community::pledge::Pledge;
use crate::community::team::{Belonging, Team};
use crate::community::webhook::Endpoint;
use crate::community::{Area, JoinCode, PolicyDraft, PolicyVersion, Program, Who};
use crate::ids::{
    ActivityId, ApiKeyId, AppointmentId, AttachmentId, AwardId, ClerkId, CommandId, DeedId,
    DraftId, EndpointId, HazardId, IdentityId, MemberId, MerchantId, OfferId, OrderId,
    OrganizationId, PledgeId, ProgramId, RedemptionId, SessionId, StaffId, StatementId, StoreId,
};
use crate::journal::PostedTransfer;
use crate::lots::Taking;
use crate::machine::deeds::{AskedAward, Planned};
use crate::machine::settlement::PaymentBatch;
use crate::machine::{Award, Closing, Redemption, Statement};
use crate::points::Points;
use crate::policy::Position;
use crate::store::views::{
    AccountView, Appointed, AppointmentView, ApprovalFilter, Approver, AsOf, Asking, Attempt,
    AwardFilter, Awarded, AwardedBy, BatchPayment, BudgetView, Charger, DeedView, Delivery,
    DeliveryState, DeliveryView, DisputeFilter, Double, DraftFilter, Due, EndpointView,
    ExpiryNotice, Falling, Flow, Found, FunderView, HazardFilter, IdentityView, IssuedRecord,
    JobState, JoiningCount, KeyHolder, KeyView, LayerView, Lease, LoginRow, MemberBalance,
    MerchantView, Named, NearFilter, NearTier, NoticeFilter, OccurredFilter, OfferFilter,
    OfferView, OnNotice, Pair, PairFilter, PayeeRow, Period, PinRow, PlaceView, RedemptionFilter,
    Register, RevisionView, RunReport, SealedRow, ServedDeed, SessionView, SettlementLine,
    StatementFilter, StatementLine, Taken, TeamTotals, TierRange, TrailFilter, TrailPage,
    WaitingFilter,
};
use crate::store::{Store, StoreError, either};

/// Each becomes a method.
macro_rules! queries {
    ($($(#[$doc:meta])* $name:ident($($argument:ident: $kind:ty),*) -> $answer:ty;)+) => {
        impl Ledger {
            $($(#[$doc])*
            pub async fn $name(&self, $($argument: $kind),*) -> Result<$answer, StoreError> {
                either!(&self.store, Store, store => store.$name($($argument),*).await)
            })+
        }
    };
}

queries! {
    /// Every programme of this database.
    programs() -> Vec<Program>;
    /// The holder of the API key whose secret has this SHA-256, ended or not.
    key_holder(program: ProgramId, hash: &str) -> Option<KeyHolder>;
    /// A page of API keys after one, in order of id, those that ended among them; begin with the nil id.
    keys(program: ProgramId, after: ApiKeyId, limit: i64) -> Vec<KeyView>;
    /// Whose session has a secret of this SHA-256, ended or not.
    session_holder(program: ProgramId, hash: &str) -> Option<KeyHolder>;
    /// A page of somebody's sessions after one, in order of id, those that ended in the last 30 days among them; begin with the nil id.
    sessions_of(program: ProgramId, subject: Uuid, after: SessionId, limit: i64) -> Vec<SessionView>;
    /// One session.
    session(program: ProgramId, id: SessionId) -> Option<SessionView>;
    /// Notes when sessions were last used, beside the writer.
    note_sessions_used(program: ProgramId, used: &[(SessionId, Timestamp)]) -> ();
    /// What somebody logs in with, by whose it is.
    login(program: ProgramId, subject: Uuid) -> Option<LoginRow>;
    /// How many recovery codes somebody has left.
    recovery_left(program: ProgramId, subject: Uuid) -> i64;
    /// The clerks who may take over the counter of a store by a PIN: who works there, or at all of its merchant's, and may charge. By name.
    pins_at(program: ProgramId, store: StoreId) -> Vec<PinRow>;
    /// Whether a clerk has a PIN.
    has_pin(program: ProgramId, clerk: ClerkId) -> bool;
    /// Notes when keys were last used, beside the writer.
    note_keys_used(program: ProgramId, used: &[(ApiKeyId, Timestamp)]) -> ();
    /// To what a staff member was ever appointed, ended or not.
    appointed(program: ProgramId, staff: StaffId) -> Vec<Appointed>;
    /// A page of appointments after one, in order of id, those that ended among them; begin with the nil id.
    appointments(program: ProgramId, after: AppointmentId, limit: i64) -> Vec<AppointmentView>;
    /// A page of identities after one, in order of id; begin with the nil id.
    identities(program: ProgramId, after: IdentityId, limit: i64) -> Vec<IdentityView>;
    /// Every identity that somebody logs in with, in order of id.
    identities_of(program: ProgramId, who: Who) -> Vec<IdentityView>;
    /// An organization and all above it; nothing for one that is not on record.
    path(program: ProgramId, organization: OrganizationId) -> Vec<OrganizationId>;
    /// The organization that looks after a member, and all above it.
    path_of_member(program: ProgramId, member: MemberId) -> Vec<OrganizationId>;
    /// A page of the members below a node after one, in order of id.
    members_within(program: ProgramId, node: OrganizationId, after: Uuid, limit: i64) -> Vec<Named>;
    /// A page of records after an id, in order of id; begin with the nil id.
    register(program: ProgramId, register: Register, after: Uuid, limit: i64) -> Vec<Named>;
    /// One record.
    registered(program: ProgramId, register: Register, id: Uuid) -> Option<Named>;
    /// Those of these ids that are on record, in any order.
    registered_of(program: ProgramId, register: Register, ids: &[Uuid]) -> Vec<Named>;
    /// Those of these members who were merged or erased, and who they are now (another; themselves, where they were erased), in any order.
    merged_among(program: ProgramId, members: &[MemberId]) -> Vec<(MemberId, MemberId)>;
    /// Who these members are now (another, where they were merged; themselves, where they were erased) and what they can spend at `now`,
    /// in any order.
    standings(program: ProgramId, members: &[MemberId], now: Timestamp) -> Vec<(MemberId, Option<MemberId>, Points)>;
    /// A member's balance at `now`; `None` for an unknown member.
    balance(program: ProgramId, member: MemberId, now: Timestamp) -> Option<MemberBalance>;
    /// What a member held at a moment, by what was known then or by what was true then. Of the books: points that had run out are in it
    /// until the sweep recorded that. What another process was about to commit may still be recorded before `at` for a second.
    balance_as_of(program: ProgramId, member: MemberId, at: Timestamp, by: AsOf) -> Option<MemberBalance>;
    /// One account at a moment, in the same way. Its version is the number of its entries by then.
    account_as_of(program: ProgramId, account: Account, at: Timestamp, by: AsOf) -> Option<AccountView>;
    /// Lines of an account, the last that happened first, each with the running balance in that order.
    statement_by_occurrence(program: ProgramId, account: Account, filter: &OccurredFilter) -> Vec<StatementLine>;
    /// Lines of an account, newest first.
    statement(program: ProgramId, account: Account, filter: &StatementFilter) -> Vec<StatementLine>;
    /// One account.
    account(program: ProgramId, account: Account) -> Option<AccountView>;
    /// A page of accounts after one, in order of owner and kind.
    accounts(program: ProgramId, after: Option<Account>, limit: i64) -> Vec<AccountView>;
    /// One transfer with its entries.
    transfer(program: ProgramId, id: CommandId) -> Option<PostedTransfer>;
    /// A page of transfers before one, newest first.
    transfers_before(program: ProgramId, before: Option<CommandId>, limit: i64) -> Vec<PostedTransfer>;
    /// A page of transfers after one, oldest first.
    transfers_after(program: ProgramId, after: Option<CommandId>, limit: i64) -> Vec<PostedTransfer>;
    /// One award.
    award(program: ProgramId, id: AwardId) -> Option<Award>;
    /// A page of the awards of members below a node that wait in a state, newest first.
    waiting_within(program: ProgramId, node: OrganizationId, filter: &WaitingFilter) -> Vec<Award>;
    /// A page of awards, newest first.
    awards(program: ProgramId, filter: &AwardFilter) -> Vec<Award>;
    /// One redemption.
    redemption(program: ProgramId, id: RedemptionId) -> Option<Redemption>;
    /// Which lots a redemption took, in the order taken.
    takings(program: ProgramId, id: RedemptionId) -> Vec<Taking>;
    /// A page of a store's redemptions, newest first.
    redemptions_of_store(program: ProgramId, store: Uuid, filter: &RedemptionFilter) -> Vec<Redemption>;
    /// How many redemptions of a store were authorised in a period, in whatever state, and what the store has of them.
    kept_by_store(program: ProgramId, store: Uuid, period: Period) -> (i64, Points);
    /// Who authorised these redemptions, of those that are on record.
    chargers(program: ProgramId, ids: &[RedemptionId]) -> HashMap<RedemptionId, Charger>;
    /// One merchant.
    merchant(program: ProgramId, id: MerchantId) -> Option<MerchantView>;
    /// A page of merchants after one, in order of id; begin with the nil id.
    merchants(program: ProgramId, after: MerchantId, limit: i64) -> Vec<MerchantView>;
    /// One offer, as it stands now.
    offer(program: ProgramId, id: OfferId, now: Timestamp) -> Option<OfferView>;
    /// Those of these offers that are on record, as they stand now.
    offers_of_ids(program: ProgramId, ids: &[OfferId], now: Timestamp) -> HashMap<OfferId, OfferView>;
    /// A page of offers, in order of id.
    offers(program: ProgramId, filter: &OfferFilter) -> Vec<OfferView>;
    /// A page of an offer's revisions before one, newest first.
    revisions_of(program: ProgramId, offer: OfferId, before: Option<i64>, limit: i64) -> Vec<RevisionView>;
    /// The merchant whose store this is.
    merchant_of(program: ProgramId, store: StoreId) -> Option<MerchantId>;
    /// What is known of a store or station.
    profile(program: ProgramId, id: Uuid) -> Option<Profile>;
    /// A page of stations, and stores of merchants that take part, within walking time of a place, the nearest first; with what stores offer now.
    places_near(program: ProgramId, filter: &NearFilter) -> Vec<PlaceView>;
    /// Every budget with what it holds.
    budgets(program: ProgramId) -> Vec<BudgetView>;
    /// Into whom a member was merged, if they were.
    merged_into(program: ProgramId, member: MemberId) -> Option<MemberId>;
    /// Who was merged into a member.
    merged_from(program: ProgramId, member: MemberId) -> Vec<MemberId>;
    /// A member's sealed row, and those of whoever was merged into them.
    personal_of(program: ProgramId, member: MemberId) -> Vec<SealedRow>;
    /// Whom a keyed hash leads to.
    found_by(program: ProgramId, kind: LookupKind, hash: &str) -> Option<Found>;
    /// A page of rows sealed under other master keys than this, in order of member.
    under_other_keys(program: ProgramId, key_id: &str, after: MemberId, limit: i64) -> Vec<SealedRow>;
    /// A page of members of whom nothing is sealed, in order of id.
    unsealed(program: ProgramId, after: MemberId, limit: i64) -> Vec<Named>;
    /// The master keys that rows are sealed under, and how many rows each.
    master_keys(program: ProgramId) -> Vec<(String, i64)>;
    /// An organization's code for joining, ended or not.
    join_code(program: ProgramId, organization: OrganizationId) -> Option<JoinCode>;
    /// Where a code for joining leads, ended or not.
    join_code_leads(program: ProgramId, code: &str) -> Option<JoinCode>;
    /// A page of those who ask to be enrolled after one, in order of id; begin with the nil id.
    joining(program: ProgramId, after: MemberId, limit: i64) -> Vec<Asking>;
    /// One who asks to be enrolled.
    joining_of(program: ProgramId, member: MemberId) -> Option<Asking>;
    /// How many ask an organization, and how many of them have since a moment.
    joining_count(program: ProgramId, organization: OrganizationId, since: Timestamp) -> JoiningCount;
    /// One activity, and how many come.
    activity(program: ProgramId, activity: ActivityId) -> Option<Planned>;
    /// A page of the activities that end after a moment, and after a place among them, the one that ends first at first.
    activities(program: ProgramId, after: Due, limit: i64) -> Vec<Planned>;
    /// A page of the parts in an activity after a slot and member, in order of both.
    parts(program: ProgramId, activity: ActivityId, after: (u32, MemberId), limit: i64) -> Vec<DeedView>;
    /// What shows a deed or report, in the order in which it was uploaded.
    attachments_of(program: ProgramId, of: Uuid) -> Vec<Attachment>;
    /// A page of what a member, or whoever was merged into them, uploaded, after one of them; begin with the nil id.
    attachments_by(program: ProgramId, member: MemberId, after: AttachmentId, limit: i64) -> Vec<Attachment>;
    /// What else was shown with a photo that shows this, or with one that looks like it, those first that differ least.
    twins_of(program: ProgramId, of: Uuid) -> Vec<Twin>;
    /// A page of a member's deeds before a place among them, the newest first.
    deeds_of(program: ProgramId, member: MemberId, before: Due, limit: i64) -> Vec<DeedView>;
    /// One order.
    order(program: ProgramId, order: OrderId) -> Option<Order>;
    /// A page of the orders that members may take on, wanted after a moment and a place among them, the one that is wanted first at first.
    orders_posted(program: ProgramId, after: Due, limit: i64) -> Vec<Order>;
    /// A page of the orders about which something waits for staff, after a place among them, since longest at first.
    orders_waiting(program: ProgramId, after: Due, limit: i64) -> Vec<Order>;
    /// How many residents' orders nobody of an organization has looked at, and how many of them came since a moment.
    orders_asked(program: ProgramId, organization: OrganizationId, since: Timestamp) -> JoiningCount;
    /// A page of what members do or did for an order, after a deed, in order of id; begin with the nil id.
    parts_of_order(program: ProgramId, order: OrderId, after: DeedId, limit: i64) -> Vec<DeedView>;
    /// A page of the exceptional deeds that nobody has verified, after one, in order of id; begin with the nil id.
    exceptional_proposed(program: ProgramId, after: DeedId, limit: i64) -> Vec<DeedView>;
    /// What a member is able to do: codes.
    skills_of(program: ProgramId, member: MemberId) -> Vec<String>;
    /// One team.
    team(program: ProgramId, code: &str) -> Option<Team>;
    /// A page of teams after one, in order of code.
    teams(program: ProgramId, after: &str, limit: i64) -> Vec<Team>;
    /// A page of who belongs or belonged to a team, after somebody's time in it, in order of member and moment.
    team_members(program: ProgramId, code: &str, after: (MemberId, Timestamp), limit: i64) -> Vec<Belonging>;
    /// The teams that a member belongs to.
    teams_of(program: ProgramId, member: MemberId) -> Vec<String>;
    /// What a team did from a moment until before another, of awards that stand.
    team_totals(program: ProgramId, code: &str, from: Timestamp, until: Timestamp) -> TeamTotals;
    /// A page of a member's pledges before one, the newest first; begin with the largest id.
    pledges_of(program: ProgramId, member: MemberId, before: PledgeId, limit: i64) -> Vec<Pledge>;
    /// A page of the pledges that everybody may see, after one, in order of id; begin with the nil id.
    pledges_shown(program: ProgramId, after: PledgeId, limit: i64) -> Vec<Pledge>;
    /// One deed, and what came of it.
    deed(program: ProgramId, deed: DeedId) -> Option<DeedView>;
    /// Those of these deeds that are on record, in no order.
    deeds(program: ProgramId, deeds: &[DeedId]) -> Vec<DeedView>;
    /// How many parts in an activity have begun: who checked in, gone since or not.
    present(program: ProgramId, activity: ActivityId) -> i64;
    /// What was asked for a deed.
    asked(program: ProgramId, deed: DeedId) -> Option<AskedAward>;
    /// One hazard.
    hazard(program: ProgramId, hazard: HazardId) -> Option<Hazard>;
    /// The hazard that a deed reported.
    hazard_of_deed(program: ProgramId, deed: DeedId) -> Option<Hazard>;
    /// A page of hazards before a place among them, the newest first.
    hazards(program: ProgramId, filter: &HazardFilter) -> Vec<Hazard>;
    /// A page of a member's reports before a place among them, the newest first.
    hazards_of(program: ProgramId, member: MemberId, before: Due, limit: i64) -> Vec<Hazard>;
    /// The first so many duplicates of a hazard, in order of id.
    duplicates_of(program: ProgramId, hazard: HazardId, limit: i64) -> Vec<Hazard>;
    /// Other reports that may be of the same hazard, the nearest first: of one category, within 50 metres and 7 days.
    hazards_near(program: ProgramId, hazard: &Hazard) -> Vec<Hazard>;
    /// How long may be taken for each category for which the programme says something.
    hazard_terms(program: ProgramId) -> Vec<Terms>;
    /// One cell of the map.
    grid(program: ProgramId, code: &str) -> Option<Grid>;
    /// A page of cells of the map after one, in order of code; begin with no code.
    grids(program: ProgramId, after: &str, limit: i64) -> Vec<Grid>;
    /// The cell that somebody there would patrol.
    grid_at(program: ProgramId, place: Position) -> Option<Grid>;
    /// The cells that are patrolled and whose rectangles meet this one (west, south, east, north, in millionths of a degree), in order of code.
    grids_in(program: ProgramId, around: [i64; 4]) -> Vec<Grid>;
    /// A page of shifts before a place among them, the newest first; of members below a node, if one is named.
    shifts(program: ProgramId, node: Option<OrganizationId>, before: Due, limit: i64) -> Vec<DeedView>;
    /// How many places are known at which a member was: those of shifts that have not ended.
    waypoints_of(program: ProgramId, member: MemberId) -> i64;
    /// A page of members who are probably one person after two of them, in order of their ids; begin with the nil id twice.
    doubles(program: ProgramId, after: (MemberId, MemberId), limit: i64) -> Vec<Double>;
    /// Whether two are noted as probably one person, and nobody has said that they are two.
    are_doubles(program: ProgramId, one: MemberId, other: MemberId) -> bool;
    /// Every funder with what its fund holds, in order of id.
    funders(program: ProgramId) -> Vec<FunderView>;
    /// One statement of what a store is owed.
    settlement(program: ProgramId, id: StatementId) -> Option<Statement>;
    /// A page of a store's statements, newest first, that end before a version.
    settlements(program: ProgramId, store: StoreId, before: Option<i64>, limit: i64) -> Vec<Statement>;
    /// A page of the lines a statement covers after a version, oldest first.
    settlement_lines(program: ProgramId, statement: &Statement, after: Option<i64>, limit: i64) -> Vec<SettlementLine>;
    /// A page of the stores with something that no statement covers, after one, in order of id; begin with the nil id.
    unsettled(program: ProgramId, after: StoreId, limit: i64) -> Vec<StoreId>;
    /// A page of the approved statements in no batch of payments, after one, in order of id; begin with the nil id.
    to_pay(program: ProgramId, after: StatementId, limit: i64) -> Vec<Statement>;
    /// What all accounts of a kind hold together, in order of kind.
    totals(program: ProgramId) -> Vec<(AccountKind, Points)>;
    /// One batch of payments.
    payment_batch(program: ProgramId, id: CommandId) -> Option<PaymentBatch>;
    /// A page of batches of payments before one, newest first.
    payment_batches(program: ProgramId, before: Option<CommandId>, limit: i64) -> Vec<PaymentBatch>;
    /// What a batch pays, in order of statement.
    batch_payments(program: ProgramId, id: CommandId) -> Vec<BatchPayment>;
    /// To whom a merchant's money goes, sealed.
    payee_row(program: ProgramId, merchant: MerchantId) -> Option<PayeeRow>;
    /// Every version of every policy, by name and then by when it takes effect.
    policies(program: ProgramId) -> Vec<PolicyVersion>;
    /// Every version of every layer of the map, by name and then by when it takes effect.
    layer_views(program: ProgramId) -> Vec<LayerView>;
    /// What a version of a layer covers.
    layer_area(program: ProgramId, name: &str, effective_from: Timestamp) -> Option<Area>;
    /// One policy on its way into force.
    draft(program: ProgramId, id: DraftId) -> Option<PolicyDraft>;
    /// A page of policies on their way into force, those imported last first.
    drafts(program: ProgramId, filter: &DraftFilter) -> Vec<PolicyDraft>;
    /// A page of reversed awards of which something is still owed, after one, in order of id; begin with the nil id.
    owing_awards(program: ProgramId, after: AwardId, limit: i64) -> Vec<Award>;
    /// A page of the awards that wait for this approver, oldest first.
    approvals(program: ProgramId, filter: &ApprovalFilter) -> Vec<Award>;
    /// A page of the objections and appeals that wait for a reviewer, those escalated first, then the oldest.
    disputes(program: ProgramId, filter: &DisputeFilter) -> Vec<Award>;
    /// A page of the awards on public notice, those first whose notice closes first.
    on_notice(program: ProgramId, filter: &NoticeFilter) -> Vec<OnNotice>;
    /// The award on public notice that goes by this number, if there is one.
    noticed(program: ProgramId, number: Uuid, now: Timestamp) -> Option<AwardId>;
    /// A page of a member's deeds whose award vested, after an award, in order of it; and whether each stands.
    served(program: ProgramId, member: MemberId, after: AwardId, limit: i64) -> Vec<ServedDeed>;
    /// Other awards for the same thing, up to twenty.
    alike(program: ProgramId, award: AwardId) -> Vec<AwardId>;
    /// A signed service record, if it was issued.
    issued_record(program: ProgramId, record: CommandId) -> Option<IssuedRecord>;
    /// Who approved how much in each of these periods.
    approvers(program: ProgramId, periods: &[Period]) -> Vec<Approver>;
    /// Pairs of who awards or approves and who is awarded that meet more often than chance would have it.
    pairs(program: ProgramId, filter: &PairFilter) -> Vec<Pair>;
    /// How many awards of each submitter come close below where more people would have to agree.
    near_tiers(program: ProgramId, period: Period, tiers: &[TierRange]) -> Vec<NearTier>;
    /// What became of what was awarded in each of these periods, by whose it was.
    awarded_points(program: ProgramId, by: AwardedBy, periods: &[Period]) -> Vec<Awarded>;
    /// What was issued, and what expired to the programme, in each of these periods in which anything was.
    flows(program: ProgramId, periods: &[Period]) -> BTreeMap<Timestamp, Flow>;
    /// What each store took of what was authorised in each of these periods.
    taken(program: ProgramId, periods: &[Period]) -> Vec<Taken<StoreId>>;
    /// What was paid for each offer of what was authorised in each of these periods.
    taken_up(program: ProgramId, periods: &[Period]) -> Vec<Taken<OfferId>>;
    /// When the programme closes, if it does.
    closing(program: ProgramId) -> Option<Closing>;
    /// What has fallen due by `now`, after a place in the order in which it did.
    due(program: ProgramId, what: Falling, now: Timestamp, after: Option<Due>, limit: i64) -> Vec<Due>;
    /// Whom to tell now what will expire: a member as often as lots of theirs expire at different moments, which are `since`; in order of both,
    /// after one.
    untold(program: ProgramId, now: Timestamp, after: Option<Due>, limit: i64) -> Vec<Due>;
    /// Since when somebody waits to be told what will expire.
    untold_since(program: ProgramId, now: Timestamp) -> Option<Timestamp>;
    /// A page of what a member was told will expire, newest first, before one.
    expiry_notices(program: ProgramId, member: MemberId, before: Option<CommandId>, limit: i64) -> Vec<ExpiryNotice>;
    /// A page of what was changed, newest first: by whom, by what, from where and why.
    trail(program: ProgramId, filter: &TrailFilter) -> TrailPage;
    /// The first day of which it is still known from which addresses changes were made.
    oldest_address(program: ProgramId) -> Option<Timestamp>;
    /// Forgets the addresses of days that began by `until`, up to so many; answers with how many.
    forget_addresses(program: ProgramId, until: Timestamp, limit: i64) -> u64;
    /// One endpoint that is told of events.
    endpoint(program: ProgramId, id: EndpointId) -> Option<Endpoint>;
    /// How many endpoints there are that have not ended.
    live_endpoints(program: ProgramId) -> i64;
    /// How one endpoint fares, or every one, those that ended among them, in order of id.
    endpoint_views(program: ProgramId, id: Option<EndpointId>) -> Vec<EndpointView>;
    /// The endpoints that can be told something now, and how often each failed in a row.
    endpoints_due(program: ProgramId, now: Timestamp) -> Vec<(Endpoint, i64)>;
    /// Since when what waits longest could have been told.
    deliveries_since(program: ProgramId, now: Timestamp) -> Option<Timestamp>;
    /// What an endpoint can be told now: of each subject what comes first.
    deliveries_due(program: ProgramId, endpoint: EndpointId, now: Timestamp, limit: i64) -> Vec<Delivery>;
    /// Keeps what came of attempts to tell events.
    settle_deliveries(program: ProgramId, attempts: &[Attempt]) -> ();
    /// Notes how often an endpoint failed in a row, and until when it is left alone.
    note_rest(program: ProgramId, endpoint: EndpointId, failures: i64, until: Timestamp) -> ();
    /// A page of what an endpoint was told or is to be, before an event, the newest first; of all states or of one.
    deliveries(program: ProgramId, endpoint: EndpointId, state: Option<DeliveryState>, before: CommandId, limit: i64) -> Vec<DeliveryView>;
    /// Every job that ever ran, by name.
    jobs(program: ProgramId) -> Vec<JobState>;
    /// Takes a job that is due and free; `None` when it is neither. Answers with how far a run that was cut off came.
    ///
    /// Leases are compared by the clocks of the processes that ask. A clock that runs ahead takes a job over early, which does no harm:
    /// what jobs do has one effect however often it is done.
    claim_job(program: ProgramId, lease: &Lease, now: Timestamp) -> Option<Option<Due>>;
    /// Keeps a lease, and how far the run came; `false` when another has it.
    renew_job(program: ProgramId, lease: &Lease, reached: Option<Due>) -> bool;
    /// Ends a run and says when the next is due; `false` when another has the lease.
    finish_job(program: ProgramId, lease: &Lease, report: &RunReport) -> bool;
}
