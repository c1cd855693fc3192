//! The frame around every page, and what is shown when there is no page.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use ledger::{LogInError, PersonalError, StoreError, WriteError};

use super::Web;
use super::assets::{SCRIPT, STYLE};
use super::visitor::Visitor;
use super::words::{self, failure, role};
use crate::edge::TooMany;

/// What the layout shows.
pub struct Frame {
    pub title: &'static str,
    pub program: String,
    pub code: String,
    /// Name and role of whoever is in.
    pub who: Option<(String, &'static str)>,
    /// What forms carry.
    pub csrf: String,
    pub style: &'static str,
    pub script: &'static str,
}

impl Frame {
    pub fn new(web: &Web, title: &'static str, who: Option<&Visitor>) -> Self {
        Self {
            title,
            program: web.program.name.clone(),
            code: web.program.code.clone(),
            who: who.map(|person| (person.name.clone(), role(person.role()))),
            csrf: who.map_or_else(String::new, |person| person.csrf.clone()),
            style: &STYLE,
            script: &SCRIPT,
        }
    }
}

impl Frame {
    /// Of a programme, for who has not logged in.
    pub fn at_door(web: &Web, title: &'static str, csrf: String) -> Self {
        Self {
            csrf,
            ..Self::new(web, title, None)
        }
    }

    /// Of no programme.
    pub fn nobodys(title: &'static str, csrf: String) -> Self {
        Self {
            title,
            program: "积分兑服务".to_owned(),
            code: String::new(),
            who: None,
            csrf,
            style: &STYLE,
            script: &SCRIPT,
        }
    }
}

/// A page, or the sentence that stands in for it.
pub type Page = Result<Response, Trouble>;

/// Why there is no page.
#[derive(Debug)]
pub enum Trouble {
    /// Nobody has entered: where to.
    Outside(String),
    /// This page is somebody else's.
    NotYours(&'static str),
    /// There is no such thing here.
    Missing,
    /// The code for joining ran out, or another took its place.
    CodeOver,
    /// What is held about somebody could not be read or kept.
    Personal(PersonalError),
    /// The database could not be read.
    Store(StoreError),
    /// Somebody could not be let in for a reason that is the server's.
    LogIn(LogInError),
    /// A command went wrong where no form could be shown again.
    Write(WriteError),
    /// Nobody is let in: why, and after how many seconds to try again where that is known.
    Refused {
        status: StatusCode,
        words: &'static str,
        after: Option<i64>,
    },
    /// A page could not be put together.
    Template(askama::Error),
}

impl From<TooMany> for Trouble {
    fn from(too_many: TooMany) -> Self {
        Self::Refused {
            status: StatusCode::TOO_MANY_REQUESTS,
            words: "操作太频繁了，请稍等再试。",
            after: Some(too_many.wait.into()),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<PersonalError> for Trouble {
    fn from(error: PersonalError) -> Self {
        Self::Personal(error)
    }
}

impl From<LogInError> for Trouble {
    fn from(error: LogInError) -> Self {
        Self::LogIn(error)
    }
}

impl From<askama::Error> for Trouble {
    fn from(error: askama::Error) -> Self {
        Self::Template(error)
    }
}

#[derive(Template)]
#[template(path = "trouble.html")]
struct TroublePage {
    title: &'static str,
    words: String,
    style: &'static str,
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let after = match self {
            Self::Refused { after, .. } => after,
            _ => None,
        };
        let (status, title, words) = match self {
            Self::Outside(door) => return Redirect::to(&door).into_response(),
            Self::NotYours(whose) => (
                StatusCode::FORBIDDEN,
                "这一页不归您",
                format!("这一页是给{whose}用的。请换一个身份进入。"),
            ),
            Self::Missing => (
                StatusCode::NOT_FOUND,
                "没有这一页",
                "可能是地址写错了，也可能这笔记录不是您的。".to_owned(),
            ),
            Self::CodeOver => (
                StatusCode::NOT_FOUND,
                "报到码已失效",
                "请扫驿站里新贴的报到码，或到前台登记。".to_owned(),
            ),
            Self::Personal(error) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "没有办成",
                words::personal(&error),
            ),
            Self::Store(error) => {
                tracing::error!(%error, "a page could not read the ledger");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "暂时读不到账本",
                    "积分都还在。请过一会儿再试。".to_owned(),
                )
            }
            Self::LogIn(LogInError::NoKeyring) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "暂时不能登录",
                "服务器没有配置主密钥，无法核对动态码。请联系管理员。".to_owned(),
            ),
            Self::LogIn(error) => {
                tracing::error!(%error, "somebody could not be let in");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    "暂时不能登录",
                    "请过一会儿再试。".to_owned(),
                )
            }
            Self::Write(error) => (StatusCode::SERVICE_UNAVAILABLE, "没有办成", failure(&error)),
            Self::Refused { status, words, .. } => (status, "没有办成", words.to_owned()),
            Self::Template(error) => {
                tracing::error!(%error, "a page could not be put together");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "页面出错了",
                    "积分都还在。请过一会儿再试。".to_owned(),
                )
            }
        };
        let page = TroublePage {
            title,
            words,
            style: &STYLE,
        };
        match page.render() {
            Ok(html) => waiting((status, Html(html)).into_response(), after),
            Err(_) => status.into_response(),
        }
    }
}

/// The page with status 200.
pub fn show(template: &impl Template) -> Page {
    show_as(StatusCode::OK, template)
}

/// The page with another status: what was asked for did not happen.
pub fn show_as(status: StatusCode, template: &impl Template) -> Page {
    Ok((status, Html(template.render()?)).into_response())
}

/// The page, with after how many seconds to try again.
pub fn waiting(mut page: Response, seconds: Option<i64>) -> Response {
    if let Some(seconds) = seconds.and_then(|seconds| u32::try_from(seconds).ok()) {
        page.headers_mut()
            .insert(header::RETRY_AFTER, seconds.into());
    }
    page
}

/// After a form did its work: a reload shows the page again instead of doing it again.
pub fn go(to: &str) -> Page {
    Ok(Redirect::to(to).into_response())
}
