//! Who calls: the bearer of an API key, or somebody who has logged in.
//!
//! A handler names the callers it serves by a type in its signature ([`roles`]); which things of theirs they see is asked of
//! the [`Caller`], and what is another's does not exist for them.

mod cache;
mod making;
mod roles;
pub mod session;
mod token;

use std::sync::Arc;

use ledger::Request;
use ledger::community::{Actor, Grant, Origin, Role, Verbs, Via};
use ledger::ids::{ActorId, ApiKeyId, AwardId, MemberId, OrganizationId, ProgramId, SessionId};
use ledger::machine::Redemption;
use ledger::views::{KeyHolder, Named, Register};
use uuid::Uuid;

pub use cache::KeyCache;
pub use making::{KeyProblem, new_key, rotation};
pub use roles::{
    Approver, Awarder, Books, CodeMaker, Counter, Enroller, MemberFacing, Objector, Operator,
    Overseer, Participant, Planner, Policymaker, Receipts, Registrar, Somebody, StoreFacing,
    Trader, Treasurer,
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
            node: holder.approves_on(),
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
            grants,
        })
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

    /// Whether they are a rider, who acts for themselves alone.
    pub fn is_member(&self) -> bool {
        self.actor.role == Role::Member
    }

    /// Whether they may do one of these on the whole programme.
    pub fn may(&self, verbs: Verbs) -> bool {
        let mut whole = self.grants.iter().filter(|grant| grant.within.is_empty());
        whole.any(|grant| !grant.verbs.and(verbs).is_empty())
    }

    /// Whether they may do what was asked for on everything.
    fn has_program(&self) -> bool {
        self.grants.iter().any(|grant| grant.within.is_empty())
    }

    /// For what belongs to no node.
    pub fn must_have_program(&self) -> Result<(), Problem> {
        let why = "this needs a role on the whole programme, not on a node of it";
        let has = self.has_program();
        has.then_some(())
            .ok_or_else(|| Problem::new(Code::Forbidden, why))
    }

    /// A member sees only themselves, and who works on a node only the members below it.
    pub async fn must_see_member(&self, app: &App, member: MemberId) -> Result<(), Problem> {
        let own = self.actor.role != Role::Member || self.actor.member == Some(member);
        let reached = own && (self.has_program() || self.reaches_member(app, member).await?);
        reached.then_some(()).ok_or_else(Problem::not_found)
    }

    async fn reaches_member(&self, app: &App, member: MemberId) -> Result<bool, Problem> {
        let path = app.ledger.path_of_member(self.program, member).await?;
        Ok(self.grants.iter().any(|grant| grant.reaches(&path)))
    }

    /// The same for whose award it is, where they do not reach all.
    pub async fn must_reach_award(&self, app: &App, award: AwardId) -> Result<(), Problem> {
        if self.has_program() {
            return Ok(());
        }
        let found = app.ledger.award(self.program, award).await?;
        let award = found.ok_or_else(Problem::not_found)?;
        self.must_see_member(app, award.member).await
    }

    /// Something is put below a node that they reach; below none only by who reaches all.
    pub async fn must_reach_node(
        &self,
        app: &App,
        node: Option<OrganizationId>,
    ) -> Result<(), Problem> {
        if self.has_program() {
            return Ok(());
        }
        let path = match node {
            Some(node) => app.ledger.path(self.program, node).await?,
            None => Vec::new(),
        };
        let why = "that organization is outside what this key reaches";
        let reached = self.grants.iter().any(|grant| grant.reaches(&path));
        reached
            .then_some(())
            .ok_or_else(|| Problem::new(Code::Forbidden, why))
    }

    /// A page of the members they see after one, in order of id.
    pub async fn members(&self, app: &App, after: Uuid, limit: i64) -> Result<Vec<Named>, Problem> {
        let (ledger, program) = (&app.ledger, self.program);
        if self.has_program() {
            let members = ledger.register(program, Register::Members, after, limit);
            return Ok(members.await?);
        }
        let mut members = Vec::new();
        for grant in &*self.grants {
            // Of nodes of one grant the lowest is below the others, or nothing is reached.
            let Some((lowest, above)) = grant.within.split_last() else {
                continue;
            };
            let path = ledger.path(program, *lowest).await?;
            if above.iter().all(|node| path.contains(node)) {
                members.extend(
                    ledger
                        .members_within(program, *lowest, after, limit)
                        .await?,
                );
            }
        }
        members.sort_by_key(|member| member.id);
        members.dedup_by_key(|member| member.id);
        members.truncate(usize::try_from(limit).unwrap_or_default());
        Ok(members)
    }

    /// A store sees only its own redemptions, a member only theirs.
    pub async fn must_see(&self, app: &App, redemption: &Redemption) -> Result<(), Problem> {
        let of_store = self.actor.store.is_none_or(|own| own == redemption.store);
        self.must_see_member(app, redemption.member).await?;
        of_store.then_some(()).ok_or_else(Problem::not_found)
    }
}
