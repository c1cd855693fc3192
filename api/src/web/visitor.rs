//! Who is in, as a type in the signature of each page.

use std::convert::Infallible;
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::header;
use axum::http::request::Parts;
use ledger::community::{ClerkRole, Role, Verb, Verbs};
use ledger::ids::{MemberId, StoreId};
use ledger::views::Register;
use ledger::{Request, StoreError};
use uuid::Uuid;

use super::page::Trouble;
use super::reading::t;
use super::{Site, Web, words};
use crate::auth::Caller;
use crate::auth::session::{Jar, token_of};
use crate::edge::ClientAddress;
use crate::extract::IdempotencyKey;
use crate::registering;

/// The programme whose code stands in the path.
pub struct At(pub Arc<Web>);

impl FromRequestParts<Arc<Site>> for At {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Trouble> {
        let code: String = in_path(parts, site, "program").await?;
        let web = site.web(&code).await?;
        web.map(Self).ok_or(Trouble::Missing)
    }
}

/// Somebody who has logged in.
#[derive(Clone, Debug)]
pub struct Visitor {
    /// Who, and what of what the page asks for they may do.
    pub caller: Caller,
    /// What pages call them.
    pub name: String,
    /// What their forms carry.
    pub csrf: String,
}

impl Visitor {
    pub const fn id(&self) -> Uuid {
        self.caller.actor.id.0
    }

    pub const fn role(&self) -> Role {
        self.caller.actor.role
    }

    /// Whether they may do one of these, anywhere.
    pub fn may(&self, verbs: &[Verb]) -> bool {
        self.caller.asking(Verbs::of(verbs)).is_some()
    }

    /// Whether they may do one of these on everything.
    pub fn may_everywhere(&self, verbs: &[Verb]) -> bool {
        let asked = self.caller.asking(Verbs::of(verbs));
        asked.is_some_and(|caller| caller.has_program())
    }

    /// With the grants that give one of these verbs, if there are any.
    fn asking(self, verbs: &[Verb]) -> Option<Self> {
        let caller = self.caller.asking(Verbs::of(verbs))?;
        Some(Self { caller, ..self })
    }

    /// If they are this.
    fn being(self, role: Role) -> Option<Self> {
        (self.role() == role).then_some(self)
    }

    /// As what they are in: at a store by what they do there, else by their role. A clerk has one grant, whose verbs stay whole whichever of
    /// them a page asks for; a manager who took over by PIN does a clerk's work.
    pub fn as_what(&self) -> &'static str {
        let clerk = match self.role() {
            Role::Merchant if self.may(&[Verb::Manage]) => ClerkRole::Manager,
            Role::Merchant if self.may(&[Verb::Redeem]) => ClerkRole::Clerk,
            Role::Merchant => ClerkRole::Finance,
            role => return words::role(role),
        };
        words::trade::clerk(clerk)
    }

    /// Where their own page is.
    pub fn home(&self) -> &'static str {
        match self.role() {
            Role::Member => "me",
            Role::Merchant if self.may(&[Verb::Redeem]) => "counter",
            Role::Merchant if self.may(&[Verb::Takings]) => "counter/statements",
            Role::Staff if self.may(&DESK) => "desk",
            _ if self.may_everywhere(&[Verb::Read]) => "audit",
            Role::Staff if self.may(&[Verb::Read]) => "desk",
            _ if self.may_everywhere(&[Verb::Budgets]) => "desk/budgets",
            _ if self.may_everywhere(&[Verb::Merchants]) => "desk/settlement",
            _ => "account",
        }
    }

    /// A member whom they do not see is nobody.
    pub async fn must_see(&self, web: &Web, member: MemberId) -> Result<(), Trouble> {
        let seen = self.caller.sees_member(&web.app, member).await?;
        seen.then_some(()).ok_or(Trouble::Missing)
    }

    /// Whether they may do one of these for a member.
    pub async fn may_for(
        &self,
        web: &Web,
        verbs: &[Verb],
        member: MemberId,
    ) -> Result<bool, StoreError> {
        match self.caller.asking(Verbs::of(verbs)) {
            Some(caller) => caller.sees_member(&web.app, member).await,
            None => Ok(false),
        }
    }
}

const DESK: [Verb; 3] = [Verb::Award, Verb::Approve, Verb::Enrol];
/// Of whoever works at a store's counter, or reads what it took.
pub(super) const AT_STORE: [Verb; 2] = [Verb::Redeem, Verb::Takings];
/// Of whoever may see others' awards.
pub(super) const READING: [Verb; 4] = [Verb::Award, Verb::Approve, Verb::Enrol, Verb::Read];
/// Of who decides awards, and who is told when nobody does.
pub(super) const MINDING: [Verb; 2] = [Verb::Approve, Verb::People];
/// Of who sees what every store is owed.
pub(super) const SETTLING: [Verb; 2] = [Verb::Merchants, Verb::Read];
/// Of whoever may know of policies to come.
pub(super) const PLANNING: [Verb; 6] = [
    Verb::Award,
    Verb::Approve,
    Verb::Enrol,
    Verb::Budgets,
    Verb::Policies,
    Verb::Read,
];

macro_rules! visitors {
    ($($(#[$doc:meta])* $name:ident $zh:literal $en:literal $let_in:expr;)+) => {$(
        $(#[$doc])*
        pub struct $name(pub Visitor);

        impl FromRequestParts<Arc<Site>> for $name {
            type Rejection = Trouble;

            async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Trouble> {
                let visitor = entered(parts, site).await?;
                let let_in: fn(Visitor) -> Option<Visitor> = $let_in;
                let_in(visitor).map(Self).ok_or_else(|| Trouble::NotYours(t($zh, $en)))
            }
        }
    )+};
}

// What staff may do, they may do on a node of the tree or on all of it; the page asks about the object, as the API does.
// Whose a page is stands in a sentence for whoever is not let in.
visitors! {
    /// A rider on their own pages.
    Rider "骑手" "riders" |v| v.being(Role::Member);
    /// A clerk at a store's counter.
    Clerk "商户店员" "store clerks" |v| v.being(Role::Merchant)?.asking(&[Verb::Redeem]);
    /// Whoever works at a store's counter, or reads what it took.
    AtStore "商户店员" "store clerks" |v| v.being(Role::Merchant)?.asking(&AT_STORE);
    /// Who reads what a store took and is owed.
    StoreFacing "店长和财务" "managers and finance clerks of stores" |v| v.being(Role::Merchant)?.asking(&[Verb::Takings]);
    /// Who manages a store.
    Manager "店长" "store managers" |v| v.being(Role::Merchant)?.asking(&[Verb::Manage]);
    /// Community staff at the desk, and auditors among them.
    Worker "有岗位的社区工作人员" "community staff with a post" |v| v.being(Role::Staff)?.asking(&READING);
    /// Who submits awards there.
    Awarder "可以登记发放的社区工作人员" "community staff who may record awards" |v| v.being(Role::Staff)?.asking(&[Verb::Award]);
    /// Who awards whole lists there, which may name anybody.
    Lister "可以在整个计划登记发放的工作人员" "staff who may record awards on the whole programme" |v| v.being(Role::Staff)?.asking(&[Verb::Award]).filter(|v| v.caller.has_program());
    /// Who decides awards there.
    Approver "可以审核的社区工作人员" "community staff who may approve" |v| v.being(Role::Staff)?.asking(&[Verb::Approve]);
    /// Who decides awards there, and who is told when nobody does.
    Minder "可以审核的社区工作人员" "community staff who may approve" |v| v.being(Role::Staff)?.asking(&MINDING);
    /// Who enrols riders there.
    Enroller "可以登记骑手的社区工作人员" "community staff who may enrol riders" |v| v.being(Role::Staff)?.asking(&[Verb::Enrol]);
    /// Who enrols riders on the whole programme, and is told who are probably one person.
    Matcher "可以在整个计划登记骑手的工作人员" "staff who may enrol riders on the whole programme" |v| v.being(Role::Staff)?.asking(&[Verb::Enrol]).filter(|v| v.caller.has_program());
    /// Whoever may know of policies to come.
    Planner "工作人员和审计人员" "staff and auditors" |v| v.asking(&PLANNING);
    /// Who changes policies and the map, which belong to no node.
    Policymaker "负责规则和地图的工作人员" "staff in charge of rules and the map" |v| v.being(Role::Staff)?.asking(&[Verb::Policies]).filter(|v| v.caller.has_program());
    /// Who fills budgets, which belong to no node.
    Treasurer "负责专项资金的工作人员" "staff in charge of budgets" |v| v.asking(&[Verb::Budgets]).filter(|v| v.caller.has_program());
    /// Who sees what every store is owed.
    Settler "负责商户结算的工作人员和审计人员" "staff in charge of settlement, and auditors" |v| v.asking(&SETTLING).filter(|v| v.caller.has_program());
    /// Who sees to people on the whole programme.
    Operator "负责整个计划人员的管理员" "administrators of the whole programme" |v| v.asking(&[Verb::People]).filter(|v| v.caller.has_program());
    /// Who has to do with merchants and settlement.
    Trader "负责商户和结算的工作人员" "staff in charge of merchants and settlement" |v| v.asking(&[Verb::Merchants]).filter(|v| v.caller.has_program());
    /// An auditor of the whole programme: the books belong to no node.
    Auditor "负责整个计划的审计人员" "auditors of the whole programme" |v| v.asking(&[Verb::Read]).filter(|v| v.caller.has_program());
    /// Whoever may see others' awards: staff and auditors.
    Reader "工作人员和审计人员" "staff and auditors" |v| v.asking(&READING);
    /// Anybody about themselves.
    Anybody "已登录的人" "people who are logged in" Some;
}

/// Whose session the cookie is, on a path of its programme.
async fn entered(parts: &mut Parts, site: &Arc<Site>) -> Result<Visitor, Trouble> {
    let At(web) = At::from_request_parts(parts, site).await?;
    let token = token_of(Jar::Session, &parts.headers, site.app.secure);
    let token = token.filter(|token| token.program == web.program.id);
    let outside = || Trouble::Outside(web.path("login"));
    let caller = match &token {
        Some(token) => Caller::by(&site.app, token).await?,
        None => None,
    };
    let Some((mut caller, token)) = caller.zip(token) else {
        // Whoever brings a session that is none is a stranger.
        site.app.count_stranger(&parts.extensions)?;
        return Err(outside());
    };
    caller.arrive(&site.app, &parts.extensions)?;
    Ok(Visitor {
        name: name_of(&web, &caller).await?,
        caller,
        csrf: token.csrf(),
    })
}

/// The demo's people are called as the demo has it, all others as they are on record.
async fn name_of(web: &Web, caller: &Caller) -> Result<String, StoreError> {
    let id = caller.actor.id.0;
    if let Some(person) = web.people.iter().find(|person| person.id == id) {
        return Ok(person.name.clone());
    }
    let register = match caller.actor.role {
        Role::Member => Register::Members,
        Role::Merchant => Register::Clerks,
        Role::Staff | Role::Auditor | Role::Admin => Register::Staff,
    };
    let named = web.ledger.registered(web.program.id, register, id).await?;
    Ok(named.map_or_else(String::new, |named| named.name))
}

/// What stands in the path under a name; what is none of that leads nowhere.
async fn in_path<T: FromStr>(
    parts: &mut Parts,
    site: &Arc<Site>,
    name: &str,
) -> Result<T, Trouble> {
    let path = RawPathParams::from_request_parts(parts, site).await;
    let path = path.map_err(|_| Trouble::Missing)?;
    let found = path.iter().find(|(known, _)| *known == name);
    let found = found.and_then(|(_, text)| text.parse().ok());
    found.ok_or(Trouble::Missing)
}

/// The id in the path.
pub struct Id<T>(pub T);

impl<T: FromStr> FromRequestParts<Arc<Site>> for Id<T> {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Trouble> {
        in_path(parts, site, "id").await.map(Self)
    }
}

/// The code in the path.
pub struct Code(pub String);

impl FromRequestParts<Arc<Site>> for Code {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Trouble> {
        in_path(parts, site, "code").await.map(Self)
    }
}

/// The digits in the path.
pub struct Digits(pub String);

impl FromRequestParts<Arc<Site>> for Digits {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Trouble> {
        in_path(parts, site, "digits").await.map(Self)
    }
}

/// What stands on a store's wall, in the path.
pub struct Till(pub String);

impl FromRequestParts<Arc<Site>> for Till {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Trouble> {
        in_path(parts, site, "till").await.map(Self)
    }
}

/// The server as this browser reached it: scheme and host.
pub struct Reached(pub String);

impl FromRequestParts<Arc<Site>> for Reached {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Infallible> {
        let over_tls = ClientAddress::of(parts).is_some_and(|client| client.secure);
        let scheme = match site.app.secure || over_tls {
            true => "https",
            false => "http",
        };
        let host = parts.headers.get(header::HOST);
        let host = host.and_then(|host| host.to_str().ok());
        Ok(Self(format!("{scheme}://{}", host.unwrap_or("localhost"))))
    }
}

impl Rider {
    /// A rider is let in as a member only.
    pub fn member(&self) -> MemberId {
        self.0.caller.actor.member.unwrap_or(MemberId(self.0.id()))
    }
}

impl Clerk {
    /// A clerk is let in for a store only.
    pub fn store(&self) -> StoreId {
        self.0.caller.actor.store.unwrap_or(StoreId(self.0.id()))
    }
}

/// The id of a record that this person makes: the same form is the same record.
pub fn record_id(visitor: &Visitor, key: &str) -> Uuid {
    registering::record_id(&visitor.caller, key)
}

/// A request of this person's to the ledger, under an idempotency key.
pub fn request(visitor: &Visitor, key: Option<String>) -> Request {
    visitor.caller.request(key.map(IdempotencyKey))
}
