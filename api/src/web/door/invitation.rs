//! Following an invitation: a password, and an app that shows codes.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use ledger::{LogInError, Offer, SetError, WriteError};
use serde::Deserialize;

use super::entrance::at_door;
use crate::auth::session::Asking;
use crate::auth::{Kind, Token};
use crate::web::page::{Frame, Page, Trouble};
use crate::web::reading::{Say, say, t};
use crate::web::square::square;
use crate::web::visitor::At;
use crate::web::wrong::Wrong;
use crate::web::{Site, Web};

#[derive(Template)]
#[template(path = "door/invitation.html")]
struct Asked {
    frame: Frame,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "door/choose.html")]
struct Choose {
    frame: Frame,
    invitation: String,
    handle: String,
    app: Square,
    wrong: Wrong,
}

#[derive(Template)]
#[template(path = "door/recovery.html")]
pub struct Recovery {
    pub frame: Frame,
    pub codes: Vec<String>,
    pub onward: String,
}

/// What an app is set up with: the secret as text, and as a square to be scanned.
pub struct Square {
    pub secret: String,
    pub size: usize,
    pub path: String,
}

impl From<Offer> for Square {
    fn from(offer: Offer) -> Self {
        let (size, path) = square(&offer.uri);
        Self {
            secret: offer.secret,
            size,
            path,
        }
    }
}

/// What was handed over is typed in, so that it stands in no address.
fn asked(site: &Site, web: &Web, headers: &HeaderMap, problem: Option<&str>) -> Page {
    let (status, wrong) = match problem {
        Some(words) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            Wrong::with("invitation", words),
        ),
        None => (StatusCode::OK, Wrong::default()),
    };
    at_door(site, headers, status, |csrf| Asked {
        frame: Frame::at_door(web, t("设置登录方式", "Set up how you log in"), csrf),
        wrong,
    })
}

/// `GET /{program}/invitation`.
pub async fn ask(State(site): State<Arc<Site>>, At(web): At, headers: HeaderMap) -> Page {
    asked(&site, &web, &headers, None)
}

#[derive(Deserialize)]
pub struct Given {
    invitation: String,
}

fn worthless() -> &'static str {
    t(
        "邀请码不对、已经用过或已超过 72 小时，请向管理员重新索取。",
        "This invitation code is wrong, used, or older than 72 hours. Please ask an administrator for another.",
    )
}

fn token_of(web: &Web, text: &str) -> Option<Token> {
    let token = Token::parse(Kind::Invitation, text.trim());
    token.filter(|token| token.program == web.program.id)
}

/// `POST /{program}/invitation/offer`.
pub async fn offer(
    State(site): State<Arc<Site>>,
    At(web): At,
    headers: HeaderMap,
    Form(given): Form<Given>,
) -> Page {
    let row = match token_of(&web, &given.invitation) {
        Some(token) => web.ledger.invited(web.program.id, &token.hash()).await?,
        None => None,
    };
    let Some(row) = row else {
        return asked(&site, &web, &headers, Some(worthless()));
    };
    at_door(&site, &headers, StatusCode::OK, |csrf| Choose {
        frame: Frame::at_door(&web, t("设置登录方式", "Set up how you log in"), csrf),
        invitation: given.invitation,
        app: Offer::draw(&web.program.code, &row.handle).into(),
        handle: row.handle,
        wrong: Wrong::default(),
    })
}

#[derive(Deserialize)]
pub struct Chosen {
    invitation: String,
    secret: String,
    password: String,
    again: String,
    code: String,
}

/// `POST /{program}/invitation`.
pub async fn accept(
    State(site): State<Arc<Site>>,
    At(web): At,
    Asking {
        address, headers, ..
    }: Asking,
    Form(chosen): Form<Chosen>,
) -> Page {
    let Some(token) = token_of(&web, &chosen.invitation) else {
        return asked(&site, &web, &headers, Some(worthless()));
    };
    let hash = token.hash();
    let Some(row) = web.ledger.invited(web.program.id, &hash).await? else {
        return asked(&site, &web, &headers, Some(worthless()));
    };
    let totp = (chosen.secret.as_str(), chosen.code.as_str());
    let wrong = if chosen.password != chosen.again {
        let words = t(
            "两次输入的密码不一样。",
            "The two passwords are not the same.",
        );
        Wrong::with("again", words)
    } else {
        let accepted = web.ledger.accept_invitation(
            web.program.id,
            &hash,
            &chosen.password,
            totp,
            Some(address),
        );
        match accepted.await {
            Ok(codes) => {
                site.app.keys.forget();
                site.app.count_command();
                return at_door(&site, &headers, StatusCode::OK, |csrf| Recovery {
                    frame: Frame::at_door(&web, t("恢复码", "Recovery codes"), csrf),
                    codes,
                    onward: web.path("login"),
                });
            }
            Err(error) => Wrong::with(field(&error), words(error)?),
        }
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    at_door(&site, &headers, status, |csrf| Choose {
        frame: Frame::at_door(&web, t("设置登录方式", "Set up how you log in"), csrf),
        invitation: chosen.invitation,
        app: Offer::of(&chosen.secret, &web.program.code, &row.handle).into(),
        handle: row.handle,
        wrong,
    })
}

/// Beside which field that is said.
const fn field(error: &SetError) -> &'static str {
    match error {
        SetError::Password(_) => "password",
        SetError::Code => "code",
        _ => "form",
    }
}

/// What is wrong with what was chosen, in a sentence.
pub fn words(error: SetError) -> Result<String, Trouble> {
    let words = match error {
        SetError::Password("short") => t(
            "密码至少 10 个字符。",
            "A password has at least 10 characters.",
        ),
        SetError::Password("long") => t(
            "密码最多 128 个字符。",
            "A password has at most 128 characters.",
        ),
        SetError::Password("handle") => t(
            "密码不能与用户名相同。",
            "The password cannot be the user name.",
        ),
        SetError::Password(_) => t(
            "这个密码太常见，请换一个。",
            "This password is too common. Please choose another.",
        ),
        SetError::Code => t(
            "动态码不对，请输入验证器应用此刻显示的 6 位数字。",
            "The one-time code is wrong. Please type the 6 digits that the authenticator app shows now.",
        ),
        SetError::Pin("digits") => t("PIN 码是 4 到 8 位数字。", "A PIN has 4 to 8 digits."),
        SetError::Pin("same") => t(
            "PIN 码不能是同一个数字。",
            "A PIN cannot be one digit again and again.",
        ),
        SetError::Pin(_) => t(
            "PIN 码不能是 1234 这样连着的数字。",
            "A PIN cannot be digits in a row, such as 1234.",
        ),
        SetError::Secret | SetError::Handle => return Err(Trouble::Missing),
        SetError::LogIn(LogInError::Refused) => {
            t("当前密码不对。", "The current password is wrong.")
        }
        SetError::LogIn(LogInError::TooMany { retry_after }) => {
            return Ok(say!(
                "输错次数太多，请 {retry_after} 秒后再试。",
                "Too many wrong tries. Please try again in {retry_after} seconds."
            ));
        }
        SetError::LogIn(LogInError::Write(WriteError::Rejected(_))) => worthless(),
        SetError::LogIn(error) => return Err(error.into()),
    };
    Ok(words.to_owned())
}
