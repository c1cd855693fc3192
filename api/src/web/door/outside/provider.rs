//! Log-in through a provider of identities: a browser goes there, and comes back once.

use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::Cookie;
use ledger::community::{Program, Way, Who};
use ledger::views::Visit;
use ledger::{Known, StoreError, WriteError};
use serde::Deserialize;

use super::{identities, trouble};
use crate::auth::session::{Asking, Jar, cookie, no_cookie, value_of};
use crate::outside::oidc::{Claims, Failed, Provider, Ticket, VISIT_SECONDS};
use crate::outside::{Then, after_provider, keep_pace, link_identity, who_is};
use crate::state::App;
use crate::web::page::{Page, Trouble, go as go_to};
use crate::web::reading::{say, t};
use crate::web::visitor::At;
use crate::web::{Site, Web};

/// A provider that is configured for the programme.
pub fn found(web: &Web, provider: &str) -> Result<Arc<Provider>, Trouble> {
    let providers = &web.app.outside.providers;
    let provider = providers.named(&web.program.code, provider);
    provider.cloned().ok_or(Trouble::Missing)
}

fn door_of(provider: &Provider) -> String {
    let given = &provider.given;
    format!("/{}/login/oidc/{}", given.program, given.name)
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
    Ok((door, cookie(Jar::Ticket, app.secure, ticket.text())))
}

/// `GET /{program}/login/oidc/{provider}`: off to the provider.
pub async fn go(
    State(site): State<Arc<Site>>,
    At(web): At,
    Path((_, provider)): Path<(String, String)>,
    asking: Asking,
) -> Page {
    let provider = found(&web, &provider)?;
    keep_pace(&site.app, &asking)?;
    match visit(&site.app, &web.program, &provider, None).await {
        Ok((door, cookie)) => {
            let jar = CookieJar::new().add(cookie);
            Ok((jar, Redirect::to(&door)).into_response())
        }
        Err(Unsent::Provider(error)) => failed(&web, &provider, &error),
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
    State(site): State<Arc<Site>>,
    At(web): At,
    Path((_, provider)): Path<(String, String)>,
    asking: Asking,
    Query(brought): Query<Brought>,
) -> Page {
    let (app, provider) = (&site.app, found(&web, &provider)?);
    keep_pace(app, &asking)?;
    let ticket = value_of(Jar::Ticket, &asking.headers, app.secure);
    let page = match ticket.and_then(|text| Ticket::parse(&text)) {
        Some(ticket) => {
            let back = Back {
                site: &site,
                web: &web,
                provider: &provider,
                asking: &asking,
            };
            back.with(&ticket, brought).await
        }
        None => stale(&web, &provider),
    };
    let jar = CookieJar::new().add(no_cookie(Jar::Ticket, app.secure));
    Ok((jar, page?).into_response())
}

/// A browser that came back.
struct Back<'a> {
    site: &'a Site,
    web: &'a Web,
    provider: &'a Provider,
    asking: &'a Asking,
}

impl Back<'_> {
    async fn with(&self, ticket: &Ticket, brought: Brought) -> Page {
        let (web, provider) = (self.web, self.provider);
        let (ledger, program) = (&web.ledger, web.program.id);
        let (state, name) = (ticket.state(), &provider.given.name);
        if brought.state.as_deref() != Some(&state) {
            return stale(web, provider);
        }
        let Some(visit) = ledger.end_visit(program, &state, name).await? else {
            return stale(web, provider);
        };
        let (None, Some(code)) = (brought.error, brought.code) else {
            let words = (
                t("没有登录", "You are not logged in"),
                t(
                    "您在那里取消了登录，或者那里没有放行。",
                    "You cancelled it there, or were not let through there.",
                ),
            );
            let again = door_of(provider);
            return trouble(web, StatusCode::FORBIDDEN, words, Some(&again));
        };
        let now = web.now();
        match provider.claims(code, ticket, now).await {
            Ok(claims) => self.as_said(&visit, &claims).await,
            Err(error) => failed(web, provider, &error),
        }
    }

    async fn as_said(&self, visit: &Visit, claims: &Claims) -> Page {
        if let Some(who) = visit.links {
            return self.link(who, claims).await;
        }
        match who_is(&self.site.app, &self.web.program, claims).await? {
            Some(who) => self.step_in(who, claims).await,
            None => nobody(self.web, self.provider),
        }
    }

    /// Staff and clerks do their second step here where the provider's word is not enough.
    async fn step_in(&self, who: Who, claims: &Claims) -> Page {
        match after_provider(&self.site.app, &self.web.program, who, claims).await? {
            Then::Enter => self.enter(who).await,
            Then::SecondStep(pending) => {
                let next = self.web.path("login/code");
                Ok((CookieJar::new().add(pending), Redirect::to(&next)).into_response())
            }
            Then::SetUp => no_second_step(self.web, self.provider),
        }
    }

    /// Who may not come in any more is told what everybody is who is not known.
    async fn enter(&self, who: Who) -> Page {
        let known = Known {
            role: who.role,
            subject: who.subject,
            way: Way::Oidc,
        };
        match super::enter(self.site, self.web, self.asking, known).await {
            Err(Trouble::Refused {
                status: StatusCode::FORBIDDEN,
                ..
            }) => nobody(self.web, self.provider),
            page => page,
        }
    }

    /// From now on whoever the provider knows by this name is who began.
    async fn link(&self, who: Who, claims: &Claims) -> Page {
        let (app, program) = (&self.site.app, &self.web.program);
        match link_identity(app, program, who, claims, self.asking.address).await {
            Ok(()) => go_to(&self.web.path(identities::PAGE)),
            Err(WriteError::Rejected(_)) => {
                let words = (
                    t("没有绑定", "It was not linked"),
                    t(
                        "这个身份已经绑定了账号，或者您的账号已经停用。",
                        "This identity is linked to an account already, or your account is no longer in use.",
                    ),
                );
                trouble(self.web, StatusCode::CONFLICT, words, None)
            }
            Err(error) => Err(Trouble::Write(error)),
        }
    }
}

/// Whoever it is: what is known here is not told to who is not.
fn nobody(web: &Web, provider: &Provider) -> Page {
    let contact = &provider.given.contact;
    let words = say!(
        "没有与您的身份对应的账号，或者它不能这样登录。请联系：{contact}",
        "There is no account for your identity, or it cannot log in this way. Please contact: {contact}"
    );
    let title = t("不能登录", "You cannot log in");
    trouble(web, StatusCode::FORBIDDEN, (title, &words), None)
}

/// Whoever it is has logged in there, but not as staff and clerks have to, and has nothing here to make up for it.
fn no_second_step(web: &Web, provider: &Provider) -> Page {
    let (label, contact) = (&provider.given.label, &provider.given.contact);
    let words = say!(
        "工作人员和店员登录要两步验证：{label}这次没有做，您在这里也还没有绑定动态码。请在{label}开通两步验证，或联系：{contact}",
        "Staff and clerks log in with a second step. {label} did not ask for one this time, and you have not set up one-time codes here. Please turn on the second step at {label}, or contact: {contact}"
    );
    let title = t("需要两步验证", "A second step is needed");
    trouble(web, StatusCode::FORBIDDEN, (title, &words), None)
}

fn stale(web: &Web, provider: &Provider) -> Page {
    let words = (
        t("请重新登录", "Please log in again"),
        t(
            "这次登录已经用过、过期了，或者不是从这个浏览器开始的。",
            "This log-in was used already, took too long, or was not begun in this browser.",
        ),
    );
    let again = door_of(provider);
    trouble(web, StatusCode::BAD_REQUEST, words, Some(&again))
}

pub fn failed(web: &Web, provider: &Provider, error: &Failed) -> Page {
    let label = &provider.given.label;
    let again = door_of(provider);
    let name = &provider.given.name;
    tracing::warn!(provider = name, %error, "a log-in through a provider failed");
    let (status, words) = match error {
        Failed::Away(_) => (
            StatusCode::SERVICE_UNAVAILABLE,
            say!(
                "现在联系不上{label}。请过一会儿再试，或者用别的方式登录。",
                "{label} cannot be reached just now. Please try again in a while, or log in another way."
            ),
        ),
        Failed::Unbelievable(_) => (
            StatusCode::BAD_GATEWAY,
            say!(
                "{label}的答复不对，没有登录。请重新登录；还是不行，请联系管理员。",
                "The answer of {label} was not right, and you are not logged in. Please log in again. If it fails again, ask an administrator."
            ),
        ),
    };
    let title = t("没有登录", "You are not logged in");
    trouble(web, status, (title, &words), Some(&again))
}
