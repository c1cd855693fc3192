//! The callers a handler may serve, as types: the signature says who may call, the body need not ask.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use ledger::community::Role;

use super::{Caller, Token};
use crate::problem::{Code, Problem};
use crate::state::App;

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let wrong = || Problem::new(Code::Unauthenticated, "a valid API key is needed");
        let header = parts.headers.get(AUTHORIZATION).ok_or_else(wrong)?;
        let token = header.to_str().ok().and_then(bearer).and_then(Token::parse);
        let token = token.ok_or_else(wrong)?;
        let holder = app.keys.holder(&app.ledger, &token).await?;
        holder
            .and_then(|holder| Self::of(token.program, &holder))
            .ok_or_else(wrong)
    }
}

/// What follows `Bearer `; the scheme is written in any case (RFC 9110 §11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

macro_rules! roles {
    ($($(#[$doc:meta])* $name:ident: $($role:ident),+;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name(pub Caller);

        impl std::ops::Deref for $name {
            type Target = Caller;

            fn deref(&self) -> &Caller {
                &self.0
            }
        }

        impl FromRequestParts<App> for $name {
            type Rejection = Problem;

            async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
                let caller = Caller::from_request_parts(parts, app).await?;
                allow(caller, &[$(Role::$role),+]).map(Self)
            }
        }
    )+};
}

roles! {
    /// Community staff at their desk.
    Desk: Staff, Admin;
    /// A clerk at a store's counter.
    Counter: Merchant, Admin;
    /// The operator.
    Operator: Admin;
    /// Whoever reads the books.
    Books: Auditor, Admin;
    /// Whoever may know of every member, award and budget.
    Overseer: Staff, Auditor, Admin;
    /// A member about themselves, and whoever may know of every member.
    MemberFacing: Member, Staff, Auditor, Admin;
    /// Who may have a code made: the member, or staff for one without a phone.
    CodeMaker: Member, Staff, Admin;
    /// Whoever may hold something against an award: everybody who may change anything.
    Objector: Staff, Merchant, Member, Admin;
    /// A store about itself, and whoever reads the books.
    StoreFacing: Merchant, Auditor, Admin;
    /// Both sides of a redemption, and whoever reads the books.
    Receipts: Merchant, Member, Auditor, Admin;
    /// Anybody with a key.
    Somebody: Staff, Merchant, Member, Auditor, Admin;
}

fn allow(caller: Caller, roles: &[Role]) -> Result<Caller, Problem> {
    let role = caller.actor.role;
    if roles.contains(&role) {
        return Ok(caller);
    }
    let problem = Problem::new(Code::Forbidden, "this needs a key of another role");
    Err(problem.with("role", role).with("allowed", roles))
}
