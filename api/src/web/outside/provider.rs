//! Log-in through a provider of identities: a browser goes there, and comes back once.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use ledger::community::{Program, Way, Who};
use ledger::views::Visit;
use ledger::{Known, StoreError, WriteError};
use serde::Deserialize;

use super::super::page::{Page, Trouble, go as go_to};
use super::trouble;
use crate::auth::session::Asking;
use crate::outside::oidc::{Claims, Failed, Provider, Ticket, VISIT_SECONDS};
use crate::outside::{Address, Then, after_provider, keep_pace, link_identity, program_of, who_is};
use crate::state::App;

/// The cookie that binds a browser to its visit. It lies under the provider's path, so that two providers keep apart.
const COOKIE: &str = "jifen_visit";

/// A provider that is configured for the programme.
pub async fn found(
    app: &App,
    program: &str,
    provider: &str,
) -> Result<(Program, Arc<Provider>), Trouble> {
    let program = program_of(app, program).await?;
    let provider = app.outside.providers.named(&program.code, provider);
    let provider = provider.cloned().ok_or(Trouble::Missing)?;
    Ok((program, provider))
}

fn door_of(provider: &Provider) -> String {
    let given = &provider.given;
    format!("/{}/login/oidc/{}", given.program, given.name)
}

fn cookie(app: &App, provider: &Provider, value: String) -> Cookie<'static> {
    Cookie::build((COOKIE, value))
        .path(door_of(provider))
        .http_only(true)
        .secure(app.secure)
        // The provider sends the browser back from another site.
        .same_site(SameSite::Lax)
        .build()
}

/// Why a browser is sent nowhere.
pub enum Unsent {
    /// The provider is away.
    Provider(Failed),
    /// The database is.
    Store(StoreError),
}

impl From<Failed> for Unsent {
    fn from(error: Failed) -> Self {
        Self::Provider(error)
    }
}

impl From<StoreError> for Unsent {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Where a browser is to go, and the ticket it goes with. Whoever `links` is who comes back is to be.
pub async fn visit(
    app: &App,
    program: &Program,
    provider: &Provider,
    links: Option<Who>,
) -> Result<(String, Cookie<'static>), Unsent> {
    let now = app.ledger.clock().now();
    let ticket = Ticket::new();
    let door = provider.door(&ticket, links.is_some(), now).await?;
    let visit = Visit {
        provider: provider.given.name.clone(),
        links,
        expires_at: now.plus_seconds(VISIT_SECONDS),
    };
    let state = ticket.state();
    app.ledger.begin_visit(program.id, &state, &visit).await?;
    Ok((door, cookie(app, provider, ticket.text())))
}

/// `GET /{program}/login/oidc/{provider}`: off to the provider.
pub async fn go(
    State(app): State<App>,
    Path((program, provider)): Path<(String, String)>,
    address: Address,
    jar: CookieJar,
) -> Result<Response, Trouble> {
    let (program, provider) = found(&app, &program, &provider).await?;
    keep_pace(&app, address)?;
    match visit(&app, &program, &provider, None).await {
        Ok((door, cookie)) => Ok((jar.add(cookie), Redirect::to(&door)).into_response()),
        Err(Unsent::Provider(error)) => failed(&program, &provider, &error),
        Err(Unsent::Store(error)) => Err(error.into()),
    }
}

/// What a provider gives a browser to bring.
#[derive(Deserialize)]
pub struct Brought {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// `GET /{program}/login/oidc/{provider}/callback`: back from it.
pub async fn come_back(
    State(app): State<App>,
    Path((program, provider)): Path<(String, String)>,
    address: Address,
    jar: CookieJar,
    asking: Asking,
    Query(brought): Query<Brought>,
) -> Result<Response, Trouble> {
    let (program, provider) = found(&app, &program, &provider).await?;
    keep_pace(&app, address)?;
    let ticket = jar.get(COOKIE).and_then(|of| Ticket::parse(of.value()));
    let jar = jar.remove(cookie(&app, &provider, String::new()));
    let page = match ticket {
        Some(ticket) => {
            let back = Back {
                app: &app,
                program: &program,
                provider: &provider,
                asking: &asking,
            };
            back.with(&ticket, brought).await
        }
        None => stale(&program, &provider),
    };
    Ok((jar, page?).into_response())
}

/// A browser that came back.
struct Back<'a> {
    app: &'a App,
    program: &'a Program,
    provider: &'a Provider,
    asking: &'a Asking,
}

impl Back<'_> {
    async fn with(&self, ticket: &Ticket, brought: Brought) -> Page {
        let (app, program, provider) = (self.app, self.program, self.provider);
        let (state, name) = (ticket.state(), &provider.given.name);
        if brought.state.as_deref() != Some(&state) {
            return stale(program, provider);
        }
        let Some(visit) = app.ledger.end_visit(program.id, &state, name).await? else {
            return stale(program, provider);
        };
        let (None, Some(code)) = (brought.error, brought.code) else {
            let words = ("没有登录", "您在那里取消了登录，或者那里没有放行。");
            let again = door_of(provider);
            return trouble(program, StatusCode::FORBIDDEN, words, Some(&again));
        };
        let now = app.ledger.clock().now();
        match provider.claims(code, ticket, now).await {
            Ok(claims) => self.as_said(&visit, &claims).await,
            Err(error) => failed(program, provider, &error),
        }
    }

    async fn as_said(&self, visit: &Visit, claims: &Claims) -> Page {
        if let Some(who) = visit.links {
            return self.link(who, claims).await;
        }
        match who_is(self.app, self.program, claims).await? {
            Some(who) => self.step_in(who, claims).await,
            None => nobody(self.program, self.provider),
        }
    }

    /// Staff and clerks do their second step here where the provider's word is not enough.
    async fn step_in(&self, who: Who, claims: &Claims) -> Page {
        match after_provider(self.app, self.program, who, claims).await? {
            Then::Enter => self.enter(who).await,
            Then::SecondStep(pending) => {
                let next = format!("/{}/login/code", self.program.code);
                Ok((CookieJar::new().add(pending), Redirect::to(&next)).into_response())
            }
            Then::SetUp => no_second_step(self.program, self.provider),
        }
    }

    /// Who may not come in any more is told what everybody is who is not known.
    async fn enter(&self, who: Who) -> Page {
        let known = Known {
            role: who.role,
            subject: who.subject,
            way: Way::Oidc,
        };
        match super::enter(self.app, self.program, self.asking, known).await {
            Err(Trouble::Refused(StatusCode::FORBIDDEN, _)) => nobody(self.program, self.provider),
            page => page,
        }
    }

    /// From now on whoever the provider knows by this name is who began.
    async fn link(&self, who: Who, claims: &Claims) -> Page {
        match link_identity(self.app, self.program, who, claims, self.asking.address).await {
            Ok(()) => go_to(&format!("/{}/account/identities", self.program.code)),
            Err(WriteError::Rejected(_)) => {
                let words = ("没有绑定", "这个身份已经绑定了账号，或者您的账号已经停用。");
                trouble(self.program, StatusCode::CONFLICT, words, None)
            }
            Err(error) => Err(Trouble::Write(error)),
        }
    }
}

/// Whoever it is: what is known here is not told to who is not.
fn nobody(program: &Program, provider: &Provider) -> Page {
    let contact = &provider.given.contact;
    let words = format!("没有与您的身份对应的账号，或者它不能这样登录。请联系：{contact}");
    let title = "不能登录";
    trouble(program, StatusCode::FORBIDDEN, (title, &words), None)
}

/// Whoever it is has logged in there, but not as staff and clerks have to, and has nothing here to make up for it.
fn no_second_step(program: &Program, provider: &Provider) -> Page {
    let (label, contact) = (&provider.given.label, &provider.given.contact);
    let words = format!(
        "工作人员和店员登录要两步验证：{label}这次没有做，您在这里也还没有绑定动态码。请在{label}开通两步验证，或联系：{contact}"
    );
    trouble(
        program,
        StatusCode::FORBIDDEN,
        ("需要两步验证", &words),
        None,
    )
}

fn stale(program: &Program, provider: &Provider) -> Page {
    let words = (
        "请重新登录",
        "这次登录已经用过、过期了，或者不是从这个浏览器开始的。",
    );
    let again = door_of(provider);
    trouble(program, StatusCode::BAD_REQUEST, words, Some(&again))
}

pub fn failed(program: &Program, provider: &Provider, error: &Failed) -> Page {
    let label = &provider.given.label;
    let again = door_of(provider);
    let name = &provider.given.name;
    tracing::warn!(provider = name, %error, "a log-in through a provider failed");
    let (status, words) = match error {
        Failed::Away(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("现在联系不上{label}。请过一会儿再试，或者用别的方式登录。"),
        ),
        Failed::Unbelievable(_) => (
            StatusCode::BAD_GATEWAY,
            format!("{label}的答复不对，没有登录。请重新登录；还是不行，请联系管理员。"),
        ),
    };
    trouble(program, status, ("没有登录", &words), Some(&again))
}
