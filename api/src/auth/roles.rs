//! The callers a handler may serve, as types: the signature says who may call, the body need not ask.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Extensions, Method};
use ledger::StoreError;
use ledger::community::{Verb, Verbs, Via};

use super::session::{CSRF, Jar, token_of, value_of};
use super::{Caller, Kind, Token};
use crate::edge::{ClientAddress, Counting, TooMany, Who};
use crate::problem::{Code, Problem};
use crate::state::App;

impl FromRequestParts<App> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let wrong = || {
            Problem::new(
                Code::Unauthenticated,
                "a valid API key is needed, or a session",
            )
        };
        let now = app.ledger.clock().now();
        let header = parts.headers.get(AUTHORIZATION);
        if header.is_none() && value_of(Jar::Session, &parts.headers, app.secure).is_none() {
            return Err(wrong());
        }
        let token = match header {
            Some(header) => header
                .to_str()
                .ok()
                .and_then(bearer)
                .and_then(|text| Token::parse(Kind::Key, text)),
            None => token_of(Jar::Session, &parts.headers, app.secure),
        };
        let caller = match &token {
            Some(token) => Self::by(app, token).await?,
            None => None,
        };
        let Some((mut caller, token)) = caller.zip(token) else {
            return Err(app.quotas.failed(&parts.extensions, wrong(), now));
        };
        if matches!(caller.origin.via, Via::Session(_)) {
            must_be_meant(parts, &token)?;
        }
        caller.arrive(app, &parts.extensions)?;
        Ok(caller)
    }
}

impl Caller {
    /// Whoever holds this, if it still lets anybody in.
    pub async fn by(app: &App, token: &Token) -> Result<Option<Self>, StoreError> {
        let holder = app.keys.holder(&app.ledger, token).await?;
        Ok(holder.and_then(|holder| Self::of(token.program, &holder)))
    }

    /// Whoever holds the key with this text, where a protocol sends it otherwise than in a header.
    pub async fn bearing(app: &App, extensions: &Extensions, text: &str) -> Result<Self, Problem> {
        let caller = match Token::parse(Kind::Key, text) {
            Some(token) => Self::by(app, &token).await?,
            None => None,
        };
        let wrong = Problem::new(Code::Unauthenticated, "this is no valid API key");
        let Some(mut caller) = caller else {
            let now = app.ledger.clock().now();
            return Err(app.quotas.failed(extensions, wrong, now));
        };
        caller.arrive(app, extensions)?;
        Ok(caller)
    }

    /// They ask: counted as who they are, and from where is noted.
    pub fn arrive(&mut self, app: &App, extensions: &Extensions) -> Result<(), TooMany> {
        let who = match self.origin.via {
            Via::Key(key) => Some(Who::Key(key.0)),
            Via::Session(session) => Some(Who::Session(session.0)),
            Via::Door | Via::Console | Via::Job(_) => None,
        };
        let client = extensions.get::<ClientAddress>();
        self.origin.address = client.map(|client| client.ip);
        let (counting, now) = (Counting::of(extensions), app.ledger.clock().now());
        who.map_or(Ok(()), |who| app.quotas.count(&counting, who, now))
    }
}

/// A browser sends its cookie along with whatever any site has it ask for. What may change something says in a header what only a page
/// or script of ours can know.
fn must_be_meant(parts: &Parts, token: &Token) -> Result<(), Problem> {
    if matches!(parts.method, Method::GET | Method::HEAD) {
        return Ok(());
    }
    let said = parts.headers.get(CSRF).and_then(|said| said.to_str().ok());
    if said.is_some_and(|said| token.is_csrf(said)) {
        return Ok(());
    }
    let why = format!("send the session's token in the header {CSRF}");
    Err(Problem::new(Code::CsrfToken, why))
}

/// What follows `Bearer `; the scheme is written in any case (RFC 9110 §11.1).
fn bearer(header: &str) -> Option<&str> {
    let (scheme, token) = header.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

macro_rules! callers {
    ($($(#[$doc:meta])* $name:ident: $($verb:ident),+ $reach:ident;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug)]
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
                let caller = allow(&caller, Verbs::of(&[$(Verb::$verb),+]))?;
                Reach::$reach.check(&caller)?;
                Ok(Self(caller))
            }
        }
    )+};
}

/// How far a caller must reach, before anything of theirs is looked at.
#[derive(Clone, Copy)]
enum Reach {
    /// Everything: what is asked about belongs to no node.
    Everything,
    /// Some node. The handler asks about the object.
    Somewhere,
}

impl Reach {
    fn check(self, caller: &Caller) -> Result<(), Problem> {
        match self {
            Self::Everything => caller.must_have_program(),
            Self::Somewhere => Ok(()),
        }
    }
}

callers! {
    /// Who submits awards.
    Awarder: Award Somewhere;
    /// Who decides awards.
    Approver: Approve Somewhere;
    /// Who decides awards, and who is told when nobody does.
    Minder: Approve, People Somewhere;
    /// Who enrols members.
    Enroller: Enrol Somewhere;
    /// A clerk at a store's counter.
    Counter: Redeem Everything;
    /// Who manages a store.
    Manager: Manage Everything;
    /// Who puts clerks on record: whoever has to do with merchants, and who manages the store.
    Employer: Merchants, Manage Everything;
    /// Who invites staff, and who invites the clerks of their own store.
    Inviter: People, Manage Somewhere;
    /// Who fills budgets.
    Treasurer: Budgets Everything;
    /// Who has to do with merchants and settlement.
    Trader: Merchants Everything;
    /// Who knows what was ever offered: whoever has to do with merchants or reads the books, and who manages a store of the merchant.
    Offering: Merchants, Manage, Read Everything;
    /// Who changes policies and the map.
    Policymaker: Policies Everything;
    /// Who puts organizations and staff on record.
    Registrar: People Somewhere;
    /// The operator.
    Operator: People Everything;
    /// Whoever reads the books.
    Books: Read Everything;
    /// Whoever may know of members and their awards.
    Overseer: Award, Approve, Enrol, Read Somewhere;
    /// Whoever may know of budgets and of policies to come.
    Planner: Award, Approve, Enrol, Budgets, Policies, Read Somewhere;
    /// A member about themselves, and whoever may know of members.
    MemberFacing: Member, Award, Approve, Enrol, Read Somewhere;
    /// Who may have a code made: the member, or staff for one without a phone.
    CodeMaker: Member, Enrol Somewhere;
    /// A member about themselves, and nobody in their name.
    Oneself: Member Somewhere;
    /// Whoever may hold something against an award: everybody who may change anything.
    Objector: Award, Approve, Enrol, Budgets, Merchants, Policies, People, Redeem, Manage, Member Somewhere;
    /// Who takes part in something, and who awards them for it.
    Participant: Member, Award Somewhere;
    /// Who shows a deed, or says something about an award.
    Author: Member, Award, Approve Somewhere;
    /// Whose systems are told of events: the operator's, and a store's.
    Listener: People, Manage Everything;
    /// A store about what it took and is owed, and whoever has to do with stores or reads the books.
    StoreFacing: Takings, Merchants, Read Everything;
    /// The same, and who works at its counter.
    AtStore: Redeem, Takings, Merchants, Read Everything;
    /// Both sides of a redemption, and whoever has to do with stores or reads the books.
    Receipts: Redeem, Takings, Member, Merchants, Read Everything;
    /// Anybody with a key that lets them do anything.
    Somebody: Award, Approve, Enrol, Budgets, Merchants, Policies, People, Read, Redeem, Manage, Takings, Member Somewhere;
}

/// The caller as far as these verbs go, or what they would need.
fn allow(caller: &Caller, wanted: Verbs) -> Result<Caller, Problem> {
    let told = || {
        let problem = Problem::new(
            Code::Forbidden,
            "this needs a key that may do something else",
        );
        let needed: Vec<&str> = wanted.each().map(Verb::name).collect();
        problem
            .with("role", caller.actor.role)
            .with("needed", needed)
    };
    caller.asking(wanted).ok_or_else(told)
}
