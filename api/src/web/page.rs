//! The frame around every page, and what is shown when there is no page.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Redirect, Response};
use ledger::policy::Language;
use ledger::{LogInError, PersonalError, StoreError, WriteError};
use uuid::Uuid;

use super::Web;
use super::assets::{ICONS, SCRIPT, STYLE};
use super::nav::{self, Face, Place};
use super::reading::{Reading, Say, say, t};
use super::visitor::Visitor;
use super::words::{self, failure};
use crate::edge::TooMany;
use crate::sheet::SheetError;

/// What the layout shows.
pub struct Frame {
    pub title: &'static str,
    pub program: String,
    pub code: String,
    /// Name and role of whoever is in.
    pub who: Option<(String, &'static str)>,
    /// Their id.
    pub whose: Option<Uuid>,
    /// Whose pages these are.
    pub face: Face,
    /// Where else they may go.
    pub places: Vec<Place>,
    /// What forms carry.
    pub csrf: String,
    pub style: &'static str,
    pub script: &'static str,
    pub icons: &'static str,
    /// The page's language as HTML names it.
    pub lang: &'static str,
    /// Whether text and targets are to be large.
    pub large: bool,
}

impl Frame {
    pub fn new(web: &Web, title: &'static str, who: Option<&Visitor>) -> Self {
        let plain = Self::nobodys(title, String::new());
        let named = Self {
            program: web.program.name.clone(),
            code: web.program.code.clone(),
            ..plain
        };
        let Some(person) = who else { return named };
        Self {
            who: Some((person.name.clone(), person.as_what())),
            whose: Some(person.id()),
            face: Face::of(person.role()),
            places: nav::places(web, person),
            csrf: person.csrf.clone(),
            ..named
        }
    }

    /// Of a programme, for who has not logged in.
    pub fn at_door(web: &Web, title: &'static str, csrf: String) -> Self {
        Self {
            csrf,
            ..Self::new(web, title, None)
        }
    }

    /// Of no programme.
    pub fn nobodys(title: &'static str, csrf: String) -> Self {
        let reading = Reading::current();
        Self {
            title,
            program: t("积分兑服务", "Points for services").to_owned(),
            code: String::new(),
            who: None,
            whose: None,
            face: Face::Door,
            places: Vec::new(),
            csrf,
            style: &STYLE,
            script: &SCRIPT,
            icons: &ICONS,
            lang: match reading.language {
                Language::Zh => "zh-CN",
                Language::En => "en",
            },
            large: reading.large,
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
    /// What is here answers a form, and there was none.
    SentOnly,
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
    /// A file of a list could not be made.
    Sheet(SheetError),
}

impl From<TooMany> for Trouble {
    fn from(too_many: TooMany) -> Self {
        Self::Refused {
            status: StatusCode::TOO_MANY_REQUESTS,
            words: t(
                "操作太频繁了，请稍等再试。",
                "Too many tries. Please wait a moment.",
            ),
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

impl From<SheetError> for Trouble {
    fn from(error: SheetError) -> Self {
        Self::Sheet(error)
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
    frame: Frame,
    words: String,
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
                t("这一页不归您", "This page is not yours"),
                say!(
                    "这一页是给{whose}用的。请换一个身份进入。",
                    "This page is for {whose}. Please log in as somebody else."
                ),
            ),
            Self::Missing => (
                StatusCode::NOT_FOUND,
                t("没有这一页", "There is no such page"),
                t("可能是地址写错了，也可能这笔记录不是您的。", "The address may be wrong, or the record is not yours.").to_owned(),
            ),
            Self::SentOnly => (
                StatusCode::METHOD_NOT_ALLOWED,
                t("这一页不能单独打开", "This page cannot be opened by itself"),
                t(
                    "它是提交表单以后的结果。请用浏览器的返回键回到刚才那一步，先看看是否已经办成，没有办成再提交一次。",
                    "It is the answer to a form. Go back to where you were and see whether it took effect; if it did not, send it again.",
                )
                .to_owned(),
            ),
            Self::CodeOver => (
                StatusCode::NOT_FOUND,
                t("报到码已失效", "This joining code is no longer valid"),
                t("请扫驿站里新贴的报到码，或到前台登记。", "Scan the new code posted at the station, or enrol at the desk.").to_owned(),
            ),
            Self::Personal(error) => (
                StatusCode::SERVICE_UNAVAILABLE,
                t("没有办成", "It was not done"),
                words::personal(&error),
            ),
            Self::Store(error) => {
                tracing::error!(%error, "a page could not read the ledger");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    t("暂时读不到账本", "The ledger cannot be read just now"),
                    t("积分都还在。请过一会儿再试。", "All points are safe. Please try again in a while.").to_owned(),
                )
            }
            Self::LogIn(LogInError::NoKeyring) => (
                StatusCode::SERVICE_UNAVAILABLE,
                t("暂时不能登录", "Logging in is not possible just now"),
                t("服务器没有配置主密钥，无法核对动态码。请联系管理员。", "The server has no master key to check codes with. Please ask an administrator.").to_owned(),
            ),
            Self::LogIn(error) => {
                tracing::error!(%error, "somebody could not be let in");
                (
                    StatusCode::SERVICE_UNAVAILABLE,
                    t("暂时不能登录", "Logging in is not possible just now"),
                    t("请过一会儿再试。", "Please try again in a while.").to_owned(),
                )
            }
            Self::Write(error) => (StatusCode::SERVICE_UNAVAILABLE, t("没有办成", "It was not done"), failure(&error)),
            Self::Refused { status, words, .. } => (status, t("没有办成", "It was not done"), words.to_owned()),
            Self::Sheet(error) => {
                tracing::error!(%error, "a file of a list could not be made");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    t("文件没有做成", "The file could not be made"),
                    t("请过一会儿再试，或先看页面。", "Please try again in a while, or read the page.").to_owned(),
                )
            }
            Self::Template(error) => {
                tracing::error!(%error, "a page could not be put together");
                (
                    StatusCode::INTERNAL_SERVER_ERROR,
                    t("页面出错了", "Something went wrong with this page"),
                    t("积分都还在。请过一会儿再试。", "All points are safe. Please try again in a while.").to_owned(),
                )
            }
        };
        let page = TroublePage {
            frame: Frame::nobodys(title, String::new()),
            words,
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
