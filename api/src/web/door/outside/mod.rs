//! The pages of whoever logs in from outside: by phone, or through a provider of identities.

pub mod identities;
pub mod phone;
pub mod provider;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use ledger::Known;

use super::entrance::Visiting;
use crate::auth::session::Asking;
use crate::outside::{Refusal, identified};
use crate::state::App;
use crate::web::page::{Frame, Page, Trouble, show_as};
use crate::web::reading::{Say, t};
use crate::web::{Site, Web};

#[derive(Template)]
#[template(path = "door/login_trouble.html")]
struct LogInTrouble<'a> {
    frame: Frame,
    title: &'static str,
    words: &'a str,
    /// Where to begin anew.
    again: Option<&'a str>,
}

/// Why nobody was let in, and what to do.
fn trouble(
    web: &Web,
    status: StatusCode,
    (title, words): (&'static str, &str),
    again: Option<&str>,
) -> Page {
    let page = LogInTrouble {
        frame: Frame::new(web, title, None),
        title,
        words,
        again,
    };
    show_as(status, &page)
}

/// A refusal in words, its status, and for how many seconds to wait where that is known.
fn words(refusal: &Refusal) -> (StatusCode, &'static str, Option<i64>) {
    let (status, words) = match refusal {
        Refusal::Missing => (
            StatusCode::NOT_FOUND,
            t("没有这一页。", "There is no such page."),
        ),
        Refusal::TooOften(seconds) => {
            let words = t(
                "操作太频繁了。请稍等再试；验证码每分钟一条，每天最多十条。",
                "Too many tries. Please wait a moment. A code is sent once a minute at most, and ten times a day.",
            );
            return (StatusCode::TOO_MANY_REQUESTS, words, Some(*seconds));
        }
        Refusal::NoSms => (
            StatusCode::SERVICE_UNAVAILABLE,
            t(
                "这里还没有开通手机号登录。请联系社区工作人员。",
                "Logging in by phone is not possible here yet. Please ask the community staff.",
            ),
        ),
        Refusal::WrongCode => (
            StatusCode::UNPROCESSABLE_ENTITY,
            t(
                "验证码不对、已用过或已过期。请核对，或者重新获取。",
                "The code is wrong, used or too old. Please check it, or get another.",
            ),
        ),
        Refusal::Nobody => (
            StatusCode::FORBIDDEN,
            t(
                "这个账号不能登录了。请联系社区工作人员。",
                "This account can no longer log in. Please ask the community staff.",
            ),
        ),
        Refusal::Problem(problem) => {
            tracing::warn!(problem = problem.code(), "nobody could be logged in");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                t(
                    "暂时不能登录。请过一会儿再试。",
                    "Logging in is not possible just now. Please try again in a while.",
                ),
            )
        }
    };
    (status, words, None)
}

impl From<Refusal> for Trouble {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Missing => Self::Missing,
            refusal => {
                let (status, words, after) = words(&refusal);
                Self::Refused {
                    status,
                    words,
                    after,
                }
            }
        }
    }
}

/// Whoever was found out to be somebody is let in, and led to their page.
async fn enter(site: &Site, web: &Web, asking: &Asking, known: Known) -> Page {
    let opened = identified(&site.app, web.program.id, known, asking).await?;
    let jar = Visiting::anew(site).jar.add(opened.cookie);
    Ok((jar, Redirect::to(&web.path("home"))).into_response())
}

/// Where people of a programme log in from outside, and what that is called.
pub fn ways(app: &App, program: &str) -> Vec<(String, String)> {
    let phone = ("phone".to_owned(), t("手机号", "a phone number").to_owned());
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
