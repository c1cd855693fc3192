//! Who calls: the bearer of an API key, or somebody who has logged in.
//!
//! A handler names the callers it serves by a type in its signature ([`roles`]); which things of theirs they see is asked of
//! the [`Caller`], and what is another's does not exist for them.

mod cache;
mod making;
mod queue;
mod roles;
pub mod session;
mod token;

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use ledger::community::hazard::Hazard;
use ledger::community::{Actor, Grant, Origin, Role, Verbs, Via};
use ledger::ids::{
    ActorId, ApiKeyId, AwardId, HazardId, MemberId, OrganizationId, ProgramId, RedemptionId,
    SessionId, StaffId, StatementId, StoreId,
};
use ledger::machine::{Award, Redemption};
use ledger::views::{
    AwardFilter, DeedView, Due, HazardFilter, KeyHolder, Named, Register, WaitingFilter,
};
use ledger::{Request, StoreError};
use uuid::Uuid;

pub use cache::KeyCache;
pub use making::{KeyProblem, new_key, rotation};
pub use queue::dispute_place;
pub use roles::{
    Approver, AtStore, Author, Awarder, Books, CodeMaker, Counter, Employer, Enroller, Inviter,
    Listener, Manager, MemberFacing, Minder, Objector, Offering, Oneself, Operator, Overseer,
    Participant, Planner, Policymaker, Receipts, Registrar, Somebody, StoreFacing, Trader,
    Treasurer,
};
pub use token::{Kind, Token};

use crate::extract::IdempotencyKey;
use crate::problem::{Code, Problem};
use crate::state::App;

/// The holder of a key or a session, on a programme.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Whose points.
    pub program: ProgramId,
    /// Who acts.
    pub actor: Actor,
    /// Their session, if they have logged in.
    pub session: Option<SessionId>,
    /// By what they came, and from where.
    pub origin: Origin,
    /// The stores for which they may act, where that is a merchant's and not the one alone.
    stores: Arc<[StoreId]>,
    /// What they may do and where; of a caller that a handler serves, only grants of what it asks for.
    grants: Arc<[Grant]>,
}

impl Caller {
    /// `None` for a key of somebody that does not say of whom: it could act as anybody.
    fn of(program: ProgramId, holder: &KeyHolder) -> Option<Self> {
        let subject = holder.subject;
        let (member, store) = match holder.role {
            Role::Member => (Some(MemberId(subject?)), None),
            Role::Merchant => (None, Some(holder.store?)),
            Role::Staff => (holder.staff_member, None),
            Role::Auditor | Role::Admin => (None, None),
        };
        let actor = Actor {
            id: ActorId(subject.unwrap_or(holder.key)),
            role: holder.role,
            member,
            store,
            node: holder.approves_on(program),
        };
        let grants = holder.grants().into();
        let via = match holder.session {
            Some(session) => Via::Session(session),
            None => Via::Key(ApiKeyId(holder.key)),
        };
        let origin = via.into();
        Some(Self {
            program,
            actor,
            session: holder.session,
            origin,
            stores: holder.stores.as_slice().into(),
            grants,
        })
    }

    /// Whether a store is theirs to act for; whoever speaks for none in particular does for each.
    pub fn speaks_for(&self, store: StoreId) -> bool {
        self.actor.speaks_for(store) || self.stores.contains(&store)
    }

    /// Whether they act for every store of a merchant, or for no store in particular.
    pub fn has_merchant(&self) -> bool {
        self.actor.store.is_none() || !self.stores.is_empty()
    }

    /// As the one who acts at this store of their merchant's; at another's they are who they are.
    #[must_use]
    pub fn at(&self, store: StoreId) -> Self {
        let mut caller = self.clone();
        if self.stores.contains(&store) {
            caller.actor.store = Some(store);
        }
        caller
    }

    /// The same at the store of a redemption. Only who has several is looked up for.
    pub async fn at_store_of(&self, app: &App, id: RedemptionId) -> Result<Self, StoreError> {
        if self.stores.is_empty() {
            return Ok(self.clone());
        }
        let redemption = app.ledger.redemption(self.program, id).await?;
        Ok(redemption.map_or_else(|| self.clone(), |redemption| self.at(redemption.store)))
    }

    /// The same at the store whose a statement is.
    pub async fn at_store_of_statement(
        &self,
        app: &App,
        id: StatementId,
    ) -> Result<Self, StoreError> {
        if self.stores.is_empty() {
            return Ok(self.clone());
        }
        let statement = app.ledger.settlement(self.program, id).await?;
        Ok(statement.map_or_else(|| self.clone(), |statement| self.at(statement.store)))
    }

    /// To the ledger, under an idempotency key or none.
    pub fn request(&self, key: Option<IdempotencyKey>) -> Request {
        Request {
            program: self.program,
            actor: self.actor,
            origin: self.origin,
            key: key.map(|key| key.0),
        }
    }

    /// The caller with the grants that give one of these verbs, if there are any: what a route or a page asks for.
    pub fn asking(&self, wanted: Verbs) -> Option<Self> {
        let gives = |grant: &&Grant| !grant.verbs.and(wanted).is_empty();
        let grants: Arc<[Grant]> = self.grants.iter().filter(gives).cloned().collect();
        (!grants.is_empty()).then(|| Self {
            grants,
            ..self.clone()
        })
    }

    /// Whether they are a rider, who acts for themselves alone.
    pub fn is_member(&self) -> bool {
        self.actor.role == Role::Member
    }

    /// Whether they may do what was asked for on everything.
    pub fn has_program(&self) -> bool {
        self.grants.iter().any(|grant| grant.within.is_empty())
    }

    /// For what belongs to no node.
    pub fn must_have_program(&self) -> Result<(), Problem> {
        let why = "this needs a role on the whole programme, not on a node of it";
        let has = self.has_program();
        has.then_some(())
            .ok_or_else(|| Problem::new(Code::Forbidden, why))
    }

    /// Whether they see a member: a member only themselves, and who works on a node only the members below it.
    pub async fn sees_member(&self, app: &App, member: MemberId) -> Result<bool, StoreError> {
        let own = self.actor.role != Role::Member || self.actor.member == Some(member);
        Ok(own && (self.has_program() || self.reaches_member(app, member).await?))
    }

    /// For what they do not see there is nothing.
    pub async fn must_see_member(&self, app: &App, member: MemberId) -> Result<(), Problem> {
        let seen = self.sees_member(app, member).await?;
        seen.then_some(()).ok_or_else(Problem::not_found)
    }

    async fn reaches_member(&self, app: &App, member: MemberId) -> Result<bool, StoreError> {
        let path = app.ledger.path_of_member(self.program, member).await?;
        Ok(self.grants.iter().any(|grant| grant.reaches(&path)))
    }

    /// The same for whose award it is, where they do not reach all.
    pub async fn reaches_award(&self, app: &App, award: AwardId) -> Result<bool, StoreError> {
        if self.has_program() {
            return Ok(true);
        }
        match app.ledger.award(self.program, award).await? {
            Some(award) => self.sees_member(app, award.member).await,
            None => Ok(false),
        }
    }

    /// For what they do not reach there is nothing.
    pub async fn must_reach_award(&self, app: &App, award: AwardId) -> Result<(), Problem> {
        let reached = self.reaches_award(app, award).await?;
        reached.then_some(()).ok_or_else(Problem::not_found)
    }

    /// Whether a node is below one that they reach; none is only for who reaches all.
    pub async fn reaches_node(
        &self,
        app: &App,
        node: Option<OrganizationId>,
    ) -> Result<bool, StoreError> {
        if self.has_program() {
            return Ok(true);
        }
        let path = match node {
            Some(node) => app.ledger.path(self.program, node).await?,
            None => Vec::new(),
        };
        Ok(self.grants.iter().any(|grant| grant.reaches(&path)))
    }

    /// Something is put below a node that they reach.
    pub async fn must_reach_node(
        &self,
        app: &App,
        node: Option<OrganizationId>,
    ) -> Result<(), Problem> {
        let why = "that organization is outside what this key reaches";
        let reached = self.reaches_node(app, node).await?;
        reached
            .then_some(())
            .ok_or_else(|| Problem::new(Code::Forbidden, why))
    }

    /// Whether a staff member is below what they reach: where that one works, and wherever that one has a role. Whoever may act for
    /// somebody must not come further by it.
    pub async fn reaches_staff(&self, app: &App, staff: StaffId) -> Result<bool, StoreError> {
        if self.has_program() {
            return Ok(true);
        }
        let (ledger, program) = (&app.ledger, self.program);
        let person = ledger.registered(program, Register::Staff, staff.0).await?;
        let Some(person) = person else {
            return Ok(false);
        };
        let roles = ledger.appointed(program, staff).await?;
        let roles = roles.into_iter().filter(|role| role.ended_at.is_none());
        let home = person.belongs_to.map(OrganizationId);
        for node in roles.map(|role| role.organization).chain([home]) {
            if !self.reaches_node(app, node).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Who is outside their reach is nobody.
    pub async fn must_reach_staff(&self, app: &App, staff: StaffId) -> Result<(), Problem> {
        let reached = self.reaches_staff(app, staff).await?;
        reached.then_some(()).ok_or_else(Problem::not_found)
    }

    /// The nodes below which all is theirs, where they do not reach everything.
    pub async fn nodes(&self, app: &App) -> Result<Vec<OrganizationId>, StoreError> {
        let mut nodes = Vec::new();
        for grant in &*self.grants {
            // Of nodes of one grant the lowest is below the others, or nothing is reached.
            for node in &grant.within {
                let path = app.ledger.path(self.program, *node).await?;
                if grant.reaches(&path) && !nodes.contains(node) {
                    nodes.push(*node);
                }
            }
        }
        Ok(nodes)
    }

    /// A page of the members they see after one, in order of id.
    pub async fn members(
        &self,
        app: &App,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Named>, StoreError> {
        let (ledger, program) = (&app.ledger, self.program);
        if self.has_program() {
            return ledger
                .register(program, Register::Members, after, limit)
                .await;
        }
        let mut members = Vec::new();
        for node in self.nodes(app).await? {
            members.extend(ledger.members_within(program, node, after, limit).await?);
        }
        members.sort_by_key(|member| member.id);
        members.dedup_by_key(|member| member.id);
        members.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(members)
    }

    /// A page of the awards that wait in a state and that they see, newest first.
    pub async fn waiting(
        &self,
        app: &App,
        filter: &WaitingFilter,
    ) -> Result<Vec<Award>, StoreError> {
        let (ledger, program) = (&app.ledger, self.program);
        if self.has_program() {
            let filter = AwardFilter {
                state: Some(filter.state),
                member: None,
                before: filter.before,
                limit: filter.limit,
            };
            return ledger.awards(program, &filter).await;
        }
        let mut awards = Vec::new();
        for node in self.nodes(app).await? {
            awards.extend(ledger.waiting_within(program, node, filter).await?);
        }
        awards.sort_by_key(|award| Reverse(award.id));
        awards.dedup_by_key(|award| award.id);
        awards.truncate(usize::try_from(filter.limit).unwrap_or_default());
        Ok(awards)
    }

    /// Whether they see a report of a hazard: a member only their own, and who works on a node only what is for that or one below it to see to.
    pub async fn sees_hazard(&self, app: &App, hazard: &Hazard) -> Result<bool, StoreError> {
        let seen = self.sees_hazards(app, std::slice::from_ref(hazard)).await?;
        Ok(seen.contains(&hazard.id))
    }

    /// Which of these hazards they see. Each organization is looked up once.
    pub async fn sees_hazards(
        &self,
        app: &App,
        hazards: &[Hazard],
    ) -> Result<HashSet<HazardId>, StoreError> {
        let mut reached: HashMap<Option<OrganizationId>, bool> = HashMap::new();
        let mut seen = HashSet::new();
        for hazard in hazards {
            let mut sees = hazard.member.is_some() && hazard.member == self.actor.member;
            if !self.is_member() {
                sees = false;
                for node in [hazard.node, hazard.home] {
                    let known = reached.get(&node).copied();
                    let reaches = match known {
                        Some(reaches) => reaches,
                        None => self.reaches_node(app, node).await?,
                    };
                    reached.insert(node, reaches);
                    sees |= reaches;
                }
            }
            seen.extend(sees.then_some(hazard.id));
        }
        Ok(seen)
    }

    /// A page of the hazards that they see, the newest first.
    pub async fn hazards(
        &self,
        app: &App,
        filter: &HazardFilter,
    ) -> Result<Vec<Hazard>, StoreError> {
        let (ledger, program) = (&app.ledger, self.program);
        if let Some(member) = self.actor.member.filter(|_| self.is_member()) {
            let (before, limit) = (filter.before, filter.limit);
            return ledger.hazards_of(program, member, before, limit).await;
        }
        if self.has_program() {
            return ledger.hazards(program, filter).await;
        }
        let mut hazards = Vec::new();
        for node in self.nodes(app).await? {
            let within = Some(node);
            let filter = HazardFilter { within, ..*filter };
            hazards.extend(ledger.hazards(program, &filter).await?);
        }
        hazards.sort_by_key(|hazard| Reverse((hazard.received_at, hazard.id)));
        hazards.dedup_by_key(|hazard| hazard.id);
        hazards.truncate(usize::try_from(filter.limit).unwrap_or_default());
        Ok(hazards)
    }

    /// A page of the shifts of members they see before a place among them, the newest first.
    pub async fn shifts(
        &self,
        app: &App,
        before: Due,
        limit: i64,
    ) -> Result<Vec<DeedView>, StoreError> {
        let (ledger, program) = (&app.ledger, self.program);
        if self.has_program() {
            return ledger.shifts(program, None, before, limit).await;
        }
        let mut shifts = Vec::new();
        for node in self.nodes(app).await? {
            shifts.extend(ledger.shifts(program, Some(node), before, limit).await?);
        }
        shifts.sort_by_key(|shift| Reverse((shift.record.began_at, shift.record.id)));
        shifts.dedup_by_key(|shift| shift.record.id);
        shifts.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(shifts)
    }

    /// A store sees only its own redemptions, a member only theirs.
    pub async fn must_see(&self, app: &App, redemption: &Redemption) -> Result<(), Problem> {
        let of_store = self.speaks_for(redemption.store);
        self.must_see_member(app, redemption.member).await?;
        of_store.then_some(()).ok_or_else(Problem::not_found)
    }
}
