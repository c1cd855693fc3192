//! Who somebody is who was identified outside, and that they are let in.

use std::net::IpAddr;

use axum_extra::extract::cookie::Cookie;
use ledger::community::{Actor, Origin, OutsideIdentity, Program, Registration, Role, Via, Who};
use ledger::ids::{ActorId, IdentityId, MemberId, ProgramId};
use ledger::machine::Command;
use ledger::{Known, LogInError, Request, WriteError};

use super::Refusal;
use super::oidc::Claims;
use crate::auth::session::{self, Asking, Jar, Opened, cookie};
use crate::state::App;

/// Who a provider's claims are about: the identity that was linked, else whoever logs in by that name, else the member with that phone.
pub async fn who_is(app: &App, program: &Program, claims: &Claims) -> Result<Option<Who>, Refusal> {
    let (ledger, id) = (&app.ledger, program.id);
    if let Some(who) = ledger.linked(id, &claims.issuer, &claims.subject).await? {
        return Ok(Some(who));
    }
    if let Some(handle) = &claims.handle
        && let Some(who) = ledger.who_logs_in_as(id, handle).await?
    {
        return Ok(Some(who));
    }
    if let Some(phone) = claims.phone.as_ref().filter(|_| ledger.has_keyring()) {
        let member = ledger.member_to_log_in(id, phone).await?;
        return Ok(member.map(Who::member));
    }
    Ok(None)
}

/// What somebody has to do yet whom a provider vouches for.
pub enum Then {
    /// Nothing: they are let in.
    Enter,
    /// Our own second step, which this cookie stands for.
    SecondStep(Cookie<'static>),
    /// The second step, which they have not set up.
    SetUp,
}

/// Staff and clerks come in on a provider's word where it is as good as their second step, by what is configured; members always do.
pub async fn after_provider(
    app: &App,
    program: &Program,
    who: Who,
    claims: &Claims,
) -> Result<Then, Refusal> {
    if who.role == Role::Member || claims.is_enough {
        return Ok(Then::Enter);
    }
    let pending = app.ledger.ask_second(program.id, who).await?;
    Ok(pending.map_or(Then::SetUp, |pending| {
        Then::SecondStep(cookie(Jar::Pending, app.secure, pending))
    }))
}

/// Opens a session for somebody who was identified.
pub async fn identified(
    app: &App,
    program: ProgramId,
    known: Known,
    asking: &Asking,
) -> Result<Opened, Refusal> {
    let opened = session::open(app, program, known, asking).await;
    opened.map_err(|error| match error {
        LogInError::Refused | LogInError::Write(WriteError::Rejected(_)) => Refusal::Nobody,
        error => Refusal::Problem(error.into()),
    })
}

/// Has somebody logged in through a provider from now on, by their own wish.
pub async fn link_identity(
    app: &App,
    program: &Program,
    who: Who,
    claims: &Claims,
    address: IpAddr,
) -> Result<(), WriteError> {
    let identity = OutsideIdentity {
        id: IdentityId::new(app.ledger.clock().now()),
        issuer: claims.issuer.clone(),
        subject_hash: OutsideIdentity::hash_of(&claims.issuer, &claims.subject),
        who,
    };
    let request = Request {
        program: program.id,
        actor: actor_of(who),
        origin: Origin {
            via: Via::Door,
            address: Some(address),
        },
        key: None,
    };
    let command = Command::Register(Registration::Identity(identity));
    app.execute(&request, command).await.map(drop)
}

fn actor_of(who: Who) -> Actor {
    let is_member = who.role == Role::Member;
    Actor {
        id: ActorId(who.subject),
        role: who.role,
        member: is_member.then_some(MemberId(who.subject)),
        store: None,
        node: None,
    }
}
