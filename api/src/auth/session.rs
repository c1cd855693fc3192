//! Sessions: opened for somebody who has shown who they are, kept in a cookie that nobody but the browser reads.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use ledger::community::{Role, Session};
use ledger::ids::{ClerkId, ProgramId, StoreId};
use ledger::{Known, LogInError, Opening, Takeover};
use time::Duration;

use super::{Caller, Kind, Token};
use crate::edge::{ClientAddress, Counting};
use crate::state::App;

/// The header in which a script says its token: no other site's form can send one.
pub const CSRF: &str = "x-csrf-token";

/// A session that was opened just now, with a secret that nobody had before.
pub struct Opened {
    /// What is on record.
    pub session: Session,
    /// What its forms and scripts have to say.
    pub csrf: String,
    /// What the browser keeps.
    pub cookie: Cookie<'static>,
}

/// Opens a session for somebody who has shown who they are. Its secret is drawn here: one that a browser brought is never taken.
pub async fn open(
    app: &App,
    program: ProgramId,
    known: Known,
    asking: &Asking,
) -> Result<Opened, LogInError> {
    let token = Token::new(Kind::Session, program);
    let opening = Opening {
        known,
        secret_hash: &token.hash(),
        agent: asking.agent(),
        address: Some(asking.address),
    };
    let session = app.ledger.open_session(program, &opening).await;
    let session = session.map_err(LogInError::of_opening)?;
    app.count_command();
    Ok(opened(app, &token, session))
}

/// Opens a session for the clerk who takes over a store's counter by their PIN, in place of the caller's, which is over.
pub async fn take_over(
    app: &App,
    caller: &Caller,
    (store, clerk): (StoreId, ClerkId),
    pin: &str,
    asking: &Asking,
) -> Result<Opened, LogInError> {
    let token = Token::new(Kind::Session, caller.program);
    let takeover = Takeover {
        clerk,
        store,
        from: caller.session.ok_or(LogInError::Refused)?,
        secret_hash: &token.hash(),
        agent: asking.agent(),
    };
    let taken = app
        .ledger
        .take_over(caller.program, &takeover, pin, caller.origin);
    let session = taken.await?;
    app.keys.forget();
    app.count_command();
    Ok(opened(app, &token, session))
}

fn opened(app: &App, token: &Token, session: Session) -> Opened {
    let mut cookie = cookie(Jar::Session, app.secure, token.text());
    // A rider's phone is their own: there it stays as long as the session may last. Desks and counters are shared: what staff and clerks
    // leave open ends with the browser.
    if session.role == Role::Member {
        let lasts = session.ends_at.as_micros() - session.opened_at.as_micros();
        cookie.set_max_age(Duration::microseconds(lasts));
    }
    Opened {
        session,
        csrf: token.csrf(),
        cookie,
    }
}

/// The cookies there are.
#[derive(Clone, Copy, Debug)]
pub enum Jar {
    /// Who has logged in.
    Session,
    /// Whoever stands at the door: what the forms there are bound to.
    Visit,
    /// Between the two steps of logging in.
    Pending,
    /// Whoever went to a provider of identities and is to come back. The last one who went: of one browser, one comes back.
    Ticket,
}

impl Jar {
    /// Behind TLS a browser takes a name that begins so only from this very host, and never without TLS.
    const fn name(self, secure: bool) -> &'static str {
        match (self, secure) {
            (Self::Session, true) => "__Host-jifen",
            (Self::Session, false) => "jifen",
            (Self::Visit, true) => "__Host-jifen-visit",
            (Self::Visit, false) => "jifen-visit",
            (Self::Pending, true) => "__Host-jifen-pending",
            (Self::Pending, false) => "jifen-pending",
            (Self::Ticket, true) => "__Host-jifen-ticket",
            (Self::Ticket, false) => "jifen-ticket",
        }
    }
}

/// A cookie for this host alone, out of the reach of scripts.
pub fn cookie(jar: Jar, secure: bool, value: String) -> Cookie<'static> {
    Cookie::build((jar.name(secure), value))
        .path("/")
        .http_only(true)
        .secure(secure)
        // A provider of identities sends the browser back from another site.
        .same_site(SameSite::Lax)
        .build()
}

/// What takes a cookie away again.
pub fn no_cookie(jar: Jar, secure: bool) -> Cookie<'static> {
    let mut gone = cookie(jar, secure, String::new());
    gone.make_removal();
    gone
}

/// The value of a cookie.
pub fn value_of(jar: Jar, headers: &HeaderMap, secure: bool) -> Option<String> {
    let jars = CookieJar::from_headers(headers);
    let cookie = jars.get(jar.name(secure))?;
    Some(cookie.value().to_owned())
}

/// The token of the session, or of the visit, that the browser brings. Whether it is any good is for the ledger to say.
pub fn token_of(jar: Jar, headers: &HeaderMap, secure: bool) -> Option<Token> {
    let kind = match jar {
        Jar::Session => Kind::Session,
        Jar::Visit => Kind::Visit,
        Jar::Pending | Jar::Ticket => return None,
    };
    Token::parse(kind, &value_of(jar, headers, secure)?)
}

/// Who asks before they are known.
pub struct Asking {
    /// From where.
    pub address: IpAddr,
    /// With what.
    pub headers: HeaderMap,
    /// As what their request is counted.
    pub counting: Counting,
}

impl Asking {
    /// What their device calls itself.
    fn agent(&self) -> &str {
        let agent = self.headers.get(header::USER_AGENT);
        agent.and_then(|agent| agent.to_str().ok()).unwrap_or("")
    }
}

impl<S: Sync> FromRequestParts<S> for Asking {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let client = ClientAddress::of(parts);
        Ok(Self {
            address: client.map_or(Ipv4Addr::LOCALHOST.into(), |client| client.ip),
            headers: parts.headers.clone(),
            counting: Counting::of(&parts.extensions),
        })
    }
}
