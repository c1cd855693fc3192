//! The pages of whoever logs in from outside: by phone, or through a provider of identities.

mod account;
mod phone;
mod provider;

use askama::Template;
use axum::Router;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use ledger::Known;
use ledger::community::Program;

use super::page::{Frame, Page, Trouble, show_as};
use crate::auth::session::Asking;
use crate::outside::{Refusal, identified};
use crate::state::App;

/// They lie under the programme's code.
pub fn router() -> Router<App> {
    Router::new()
        .route("/{program}/login/phone", get(phone::show).post(phone::ask))
        .route("/{program}/login/phone/code", post(phone::log_in))
        .route("/{program}/login/oidc/{provider}", get(provider::go))
        .route(
            "/{program}/login/oidc/{provider}/callback",
            get(provider::come_back),
        )
        .route("/{program}/account/identities", get(account::show))
        .route(
            "/{program}/account/identities/link/{provider}",
            post(account::link),
        )
        .route(
            "/{program}/account/identities/{id}/unlink",
            post(account::unlink),
        )
}

#[derive(Template)]
#[template(path = "login_trouble.html")]
struct LogInTrouble<'a> {
    frame: Frame,
    title: &'static str,
    words: &'a str,
    /// Where to begin anew.
    again: Option<&'a str>,
}

/// Why nobody was let in, and what to do.
fn trouble(
    program: &Program,
    status: StatusCode,
    (title, words): (&'static str, &str),
    again: Option<&str>,
) -> Page {
    let page = LogInTrouble {
        frame: Frame::of(program, title),
        title,
        words,
        again,
    };
    show_as(status, &page)
}

/// A refusal in words, and its status.
fn words(refusal: &Refusal) -> (StatusCode, &'static str) {
    match refusal {
        Refusal::Missing => (StatusCode::NOT_FOUND, "没有这一页。"),
        Refusal::TooOften(_) => (
            StatusCode::TOO_MANY_REQUESTS,
            "操作太频繁了。请稍等再试；验证码每分钟一条，每天最多十条。",
        ),
        Refusal::NoSms => (
            StatusCode::SERVICE_UNAVAILABLE,
            "这里还没有开通手机号登录。请联系社区工作人员。",
        ),
        Refusal::WrongCode => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "验证码不对、已用过或已过期。请核对，或者重新获取。",
        ),
        Refusal::Nobody => (
            StatusCode::FORBIDDEN,
            "这个账号不能登录了。请联系社区工作人员。",
        ),
        Refusal::Problem(problem) => {
            tracing::warn!(problem = problem.code(), "nobody could be logged in");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "暂时不能登录。请过一会儿再试。",
            )
        }
    }
}

/// With how long to wait, where that is known.
fn patient(refusal: &Refusal, page: Page) -> Page {
    let mut response: Response = page?;
    if let Refusal::TooOften(seconds) = refusal {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, (*seconds).into());
    }
    Ok(response)
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing => Self::Missing,
            refusal => {
                let (status, words) = words(&refusal);
                Self::Refused(status, words)
            }
        }
    }
}

/// Whoever was found out to be somebody is let in, and led to their page.
async fn enter(app: &App, program: &Program, asking: &Asking, known: Known) -> Page {
    let identified = identified(app, program, known, asking).await?;
    let jar = CookieJar::new().add(identified.cookie);
    Ok((jar, Redirect::to(&identified.home)).into_response())
}

/// Where people of a programme log in from outside, and what that is called.
pub fn ways(app: &App, program: &str) -> Vec<(String, String)> {
    let phone = ("phone".to_owned(), "手机号".to_owned());
    let phone = app.outside.has_sms().then_some(phone);
    let providers = app.outside.providers.of(program).into_iter();
    let providers = providers.map(|provider| {
        let given = &provider.given;
        (format!("oidc/{}", given.name), given.label.clone())
    });
    let ways = phone.into_iter().chain(providers);
    ways.map(|(way, label)| (format!("/{program}/login/{way}"), label))
        .collect()
}
