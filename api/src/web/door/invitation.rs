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
use crate::web::square::square;
use crate::web::visitor::At;
use crate::web::{Site, Web};

#[derive(Template)]
#[template(path = "door/invitation.html")]
struct Asked {
    frame: Frame,
    problem: Option<String>,
}

#[derive(Template)]
#[template(path = "door/choose.html")]
struct Choose {
    frame: Frame,
    invitation: String,
    handle: String,
    app: Square,
    problem: Option<String>,
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
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    at_door(site, headers, status, |csrf| Asked {
        frame: Frame::at_door(web, "设置登录方式", csrf),
        problem: problem.map(str::to_owned),
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

const WORTHLESS: &str = "邀请码不对、已经用过或已超过 72 小时，请向管理员重新索取。";

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
        return asked(&site, &web, &headers, Some(WORTHLESS));
    };
    at_door(&site, &headers, StatusCode::OK, |csrf| Choose {
        frame: Frame::at_door(&web, "设置登录方式", csrf),
        invitation: given.invitation,
        app: Offer::draw(&web.program.code, &row.handle).into(),
        handle: row.handle,
        problem: None,
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
        return asked(&site, &web, &headers, Some(WORTHLESS));
    };
    let hash = token.hash();
    let Some(row) = web.ledger.invited(web.program.id, &hash).await? else {
        return asked(&site, &web, &headers, Some(WORTHLESS));
    };
    let totp = (chosen.secret.as_str(), chosen.code.as_str());
    let problem = if chosen.password != chosen.again {
        "两次输入的密码不一样。".to_owned()
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
                    frame: Frame::at_door(&web, "恢复码", csrf),
                    codes,
                    onward: web.path("login"),
                });
            }
            Err(error) => words(error)?,
        }
    };
    let status = StatusCode::UNPROCESSABLE_ENTITY;
    at_door(&site, &headers, status, |csrf| Choose {
        frame: Frame::at_door(&web, "设置登录方式", csrf),
        invitation: chosen.invitation,
        app: Offer::of(&chosen.secret, &web.program.code, &row.handle).into(),
        handle: row.handle,
        problem: Some(problem),
    })
}

/// What is wrong with what was chosen, in a sentence.
pub fn words(error: SetError) -> Result<String, Trouble> {
    Ok(match error {
        SetError::Password("short") => "密码至少 10 个字符。".to_owned(),
        SetError::Password("long") => "密码最多 128 个字符。".to_owned(),
        SetError::Password("handle") => "密码不能与用户名相同。".to_owned(),
        SetError::Password(_) => "这个密码太常见，请换一个。".to_owned(),
        SetError::Code => "动态码不对，请输入验证器应用此刻显示的 6 位数字。".to_owned(),
        SetError::Secret | SetError::Handle => return Err(Trouble::Missing),
        SetError::LogIn(LogInError::Refused) => "当前密码不对。".to_owned(),
        SetError::LogIn(LogInError::TooMany { retry_after }) => {
            format!("输错次数太多，请 {retry_after} 秒后再试。")
        }
        SetError::LogIn(LogInError::Write(WriteError::Rejected(_))) => WORTHLESS.to_owned(),
        SetError::LogIn(error) => return Err(error.into()),
    })
}
