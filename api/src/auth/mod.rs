//! Who calls: API keys now, people and log-ins later.
//!
//! A handler names the callers it serves by a type in its signature ([`roles`]); which things of theirs they see is asked of
//! the [`Caller`], and what is another's does not exist for them.

mod cache;
mod roles;
mod token;

use ledger::Request;
use ledger::community::{Actor, Role};
use ledger::ids::{ActorId, MemberId, ProgramId, StoreId};
use ledger::machine::Redemption;
use ledger::views::KeyHolder;

pub use cache::KeyCache;
pub use roles::{
    Books, CodeMaker, Counter, Desk, MemberFacing, Objector, Operator, Overseer, Receipts,
    Somebody, StoreFacing,
};
pub use token::Token;

use crate::extract::IdempotencyKey;
use crate::problem::Problem;

/// The holder of a key, on a programme.
#[derive(Clone, Copy, Debug)]
pub struct Caller {
    /// Whose points.
    pub program: ProgramId,
    /// Who acts.
    pub actor: Actor,
}

impl Caller {
    /// `None` for a key of somebody that does not say of whom: it could act as anybody.
    fn of(program: ProgramId, holder: &KeyHolder) -> Option<Self> {
        let subject = holder.subject;
        let (member, store) = match holder.role {
            Role::Member => (Some(MemberId(subject?)), None),
            Role::Merchant => (None, Some(StoreId(subject?))),
            Role::Staff => (holder.staff_member, None),
            Role::Auditor | Role::Admin => (None, None),
        };
        let actor = Actor {
            id: ActorId(subject.unwrap_or(holder.key)),
            role: holder.role,
            member,
            store,
        };
        Some(Self { program, actor })
    }

    /// To the ledger, under an idempotency key or none.
    pub fn request(&self, key: Option<IdempotencyKey>) -> Request {
        Request {
            program: self.program,
            actor: self.actor,
            key: key.map(|key| key.0),
        }
    }

    /// A member sees only themselves.
    pub fn must_see_member(&self, member: MemberId) -> Result<(), Problem> {
        let own = self.actor.role != Role::Member || self.actor.member == Some(member);
        own.then_some(()).ok_or_else(Problem::not_found)
    }

    /// A store sees only its own redemptions, a member only theirs.
    pub fn must_see(&self, redemption: &Redemption) -> Result<(), Problem> {
        let of_store = self.actor.store.is_none_or(|own| own == redemption.store);
        self.must_see_member(redemption.member)?;
        of_store.then_some(()).ok_or_else(Problem::not_found)
    }
}
