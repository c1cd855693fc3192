//! Who is in, as a type in the signature of each page.

use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum_extra::extract::CookieJar;
use ledger::Request;
use ledger::community::{Actor, Role, Via};
use ledger::ids::{ActorId, MemberId, StoreId};

use uuid::Uuid;

use super::Web;
use super::page::Trouble;
use crate::demo::DemoPerson;

/// The cookie that names who has entered.
pub const COOKIE: &str = "jifen_demo";

/// A rider on their own pages.
pub struct Rider(pub DemoPerson);
/// A clerk at a store's counter.
pub struct Clerk(pub DemoPerson);
/// Community staff at the desk.
pub struct Worker(pub DemoPerson);
/// An auditor.
pub struct Auditor(pub DemoPerson);
/// Whoever may see anybody's award: staff and auditors.
pub struct Reader(pub DemoPerson);

macro_rules! visitors {
    ($($name:ident $whose:literal $($role:ident)|+;)+) => {$(
        impl FromRequestParts<Arc<Web>> for $name {
            type Rejection = Trouble;

            async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Trouble> {
                let person = entered(parts, web).await?;
                match person.role {
                    $(Role::$role)|+ => Ok(Self(person)),
                    _ => Err(Trouble::NotYours($whose)),
                }
            }
        }
    )+};
}

visitors! {
    Rider "骑手" Member;
    Clerk "商户店员" Merchant;
    Worker "社区工作人员" Staff;
    Auditor "审计人员" Auditor;
    Reader "工作人员和审计人员" Staff | Auditor;
}

/// The person the cookie names, on a path of the one programme there is.
async fn entered(parts: &mut Parts, web: &Arc<Web>) -> Result<DemoPerson, Trouble> {
    let path = RawPathParams::from_request_parts(parts, web).await;
    let elsewhere = path.is_ok_and(|path| {
        path.iter()
            .any(|(name, value)| name == "program" && value != web.program.code)
    });
    if elsewhere {
        return Err(Trouble::Missing);
    }
    let jar = CookieJar::from_headers(&parts.headers);
    named(web, &jar).cloned().ok_or(Trouble::Outside)
}

/// The id in the path; what is none leads nowhere.
pub struct Id<T>(pub T);

impl<T: FromStr> FromRequestParts<Arc<Web>> for Id<T> {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, web: &Arc<Web>) -> Result<Self, Trouble> {
        let path = RawPathParams::from_request_parts(parts, web).await;
        let path = path.map_err(|_| Trouble::Missing)?;
        let id = path.iter().find(|(name, _)| *name == "id");
        let id = id.and_then(|(_, text)| text.parse().ok());
        id.map(Self).ok_or(Trouble::Missing)
    }
}

/// Whom the cookie names, if anybody.
pub fn named<'w>(web: &'w Web, jar: &CookieJar) -> Option<&'w DemoPerson> {
    let id: Uuid = jar.get(COOKIE)?.value().parse().ok()?;
    web.people.iter().find(|person| person.id == id)
}

impl Rider {
    pub const fn member(&self) -> MemberId {
        MemberId(self.0.id)
    }
}

impl Clerk {
    pub const fn store(&self) -> StoreId {
        StoreId(self.0.id)
    }
}

/// A request of this person's to the ledger, under an idempotency key.
pub fn request(web: &Web, person: &DemoPerson, key: Option<String>) -> Request {
    let is = |role| person.role == role;
    let member = is(Role::Member).then_some(MemberId(person.id));
    Request {
        program: web.program.id,
        actor: Actor {
            id: ActorId(person.id),
            role: person.role,
            member: member.or(person.member),
            store: is(Role::Merchant).then_some(StoreId(person.id)),
            node: None,
        },
        origin: Via::Demo.into(),
        key,
    }
}
