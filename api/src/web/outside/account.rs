//! How somebody who has logged in logs in besides: the identities linked to them, and new ones.
//!
//! Linking begins with a form of this page, and the provider is asked to have them log in anew: otherwise another site could have a browser
//! link an identity of its own.

use askama::Template;
use axum::Form;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum_extra::extract::CookieJar;
use ledger::community::{Access, Program, Who};
use ledger::ids::IdentityId;
use ledger::machine::Command;
use ledger::{StoreError, WriteError};
use serde::Deserialize;
use uuid::Uuid;

use super::super::page::{Frame, Page, Trouble, go, show as render};
use super::provider::{Unsent, failed, found, visit};
use crate::auth::session::{Jar, token_of};
use crate::auth::{Caller, Token};
use crate::outside::program_of;
use crate::state::App;

/// Somebody who has logged in, and the token of their session.
pub struct LoggedIn {
    caller: Caller,
    token: Token,
}

impl FromRequestParts<App> for LoggedIn {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Trouble> {
        let code = parts.uri.path().split('/').nth(1).unwrap_or_default();
        let outside = || Trouble::Outside(format!("/{code}/login"));
        let token = token_of(Jar::Session, &parts.headers, app.secure).ok_or_else(outside)?;
        let caller = Caller::by(app, &token).await?.ok_or_else(outside)?;
        Ok(Self { caller, token })
    }
}

impl LoggedIn {
    const fn who(&self) -> Who {
        Who {
            role: self.caller.actor.role,
            subject: self.caller.actor.id.0,
        }
    }

    /// The programme, which must be theirs.
    async fn program(&self, app: &App, code: &str) -> Result<Program, Trouble> {
        let program = program_of(app, code).await?;
        let is_theirs = program.id == self.caller.program;
        is_theirs.then_some(program).ok_or(Trouble::Missing)
    }

    /// A form of another page than ours does nothing.
    fn must_mean(&self, form: &Meant) -> Result<(), Trouble> {
        let why = "页面已经过期。请返回，刷新后再试。";
        let meant = self.token.is_csrf(&form.csrf);
        meant
            .then_some(())
            .ok_or(Trouble::Refused(StatusCode::FORBIDDEN, why))
    }
}

/// What every form of these pages says.
#[derive(Deserialize)]
pub struct Meant {
    csrf: String,
}

#[derive(Template)]
#[template(path = "login_identities.html")]
struct Identities {
    frame: Frame,
    linked: Vec<Linked>,
    providers: Vec<Offered>,
    csrf: String,
}

struct Linked {
    id: Uuid,
    label: String,
}

struct Offered {
    name: String,
    label: String,
}

#[derive(Template)]
#[template(path = "login_link.html")]
struct Link<'a> {
    frame: Frame,
    label: &'a str,
    door: &'a str,
}

fn address_of(program: &Program) -> String {
    format!("/{}/account/identities", program.code)
}

/// `GET /{program}/account/identities`.
pub async fn show(State(app): State<App>, Path(code): Path<String>, of: LoggedIn) -> Page {
    let program = of.program(&app, &code).await?;
    let providers = app.outside.providers.of(&program.code);
    let label = |issuer: &str| {
        let known = providers.iter().find(|provider| provider.is_of(issuer));
        known.map_or_else(|| issuer.to_owned(), |known| known.given.label.clone())
    };
    let linked = app.ledger.identities_of(program.id, of.who()).await?;
    let linked = linked.iter().map(|identity| Linked {
        id: identity.id.0,
        label: label(&identity.issuer),
    });
    let offered = providers.iter().map(|provider| Offered {
        name: provider.given.name.clone(),
        label: provider.given.label.clone(),
    });
    render(&Identities {
        frame: Frame::of(&program, "登录方式"),
        linked: linked.collect(),
        providers: offered.collect(),
        csrf: of.token.csrf(),
    })
}

/// `POST /{program}/account/identities/link/{provider}`: the way to the provider, to be taken by hand, because no form of ours may lead
/// to another site.
pub async fn link(
    State(app): State<App>,
    Path((code, provider)): Path<(String, String)>,
    of: LoggedIn,
    jar: CookieJar,
    Form(form): Form<Meant>,
) -> Result<Response, Trouble> {
    of.must_mean(&form)?;
    of.program(&app, &code).await?;
    let (program, provider) = found(&app, &code, &provider).await?;
    match visit(&app, &program, &provider, Some(of.who())).await {
        Ok((door, cookie)) => {
            let page = Link {
                frame: Frame::of(&program, "绑定登录方式"),
                label: &provider.given.label,
                door: &door,
            };
            Ok((jar.add(cookie), render(&page)?).into_response())
        }
        Err(Unsent::Provider(error)) => failed(&program, &provider, &error),
        Err(Unsent::Store(error)) => Err(error.into()),
    }
}

/// `POST /{program}/account/identities/{id}/unlink`: their own alone.
pub async fn unlink(
    State(app): State<App>,
    Path((code, id)): Path<(String, Uuid)>,
    of: LoggedIn,
    Form(form): Form<Meant>,
) -> Page {
    of.must_mean(&form)?;
    let program = of.program(&app, &code).await?;
    let linked: Result<_, StoreError> = app.ledger.identities_of(program.id, of.who()).await;
    if !linked?.iter().any(|identity| identity.id.0 == id) {
        return Err(Trouble::Missing);
    }
    let access = Access::Identity(IdentityId(id));
    let command = Command::EndAccess { access, at: None };
    match app.execute(&of.caller.request(None), command).await {
        Ok(_) | Err(WriteError::Rejected(_)) => go(&address_of(&program)),
        Err(error) => Err(Trouble::Write(error)),
    }
}
