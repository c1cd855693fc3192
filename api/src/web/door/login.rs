//! Logging in, in two steps.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect};
use axum_extra::extract::CookieJar;
use ledger::LogInError;
use serde::Deserialize;

use super::entrance::{Visiting, at_door};
use super::outside;
use crate::auth::session::{Asking, Jar, cookie, no_cookie, open, value_of};
use crate::web::page::{Frame, Page, Trouble, waiting};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::At;
use crate::web::wrong::Wrong;
use crate::web::{Site, Web};

#[derive(Template)]
#[template(path = "door/login.html")]
struct LogIn {
    frame: Frame,
    handle: String,
    wrong: Wrong,
    /// Where one logs in otherwise, and what that is called.
    ways: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "door/login_code.html")]
struct SecondStep {
    frame: Frame,
    wrong: Wrong,
}

/// `GET /{program}/login`.
pub async fn show(State(site): State<Arc<Site>>, At(web): At, headers: HeaderMap) -> Page {
    first(&site, &web, &headers, String::new(), None)
}

fn first(
    site: &Site,
    web: &Web,
    headers: &HeaderMap,
    handle: String,
    problem: Option<(StatusCode, String)>,
) -> Page {
    // Beside the password, in words that do not tell which of the two was wrong.
    let (status, wrong) = beside("password", problem);
    at_door(site, headers, status, |csrf| LogIn {
        frame: Frame::at_door(web, t("登录", "Log in"), csrf),
        handle,
        wrong,
        ways: outside::ways(&site.app, &web.program.code),
    })
}

/// A refusal beside the field that was refused; that it is too often is said of the whole form.
fn beside(field: &str, problem: Option<(StatusCode, String)>) -> (StatusCode, Wrong) {
    match problem {
        None => (StatusCode::OK, Wrong::default()),
        Some((StatusCode::UNAUTHORIZED, words)) => {
            (StatusCode::UNAUTHORIZED, Wrong::with(field, words))
        }
        Some((status, words)) => (status, Wrong::with("form", words)),
    }
}

#[derive(Deserialize)]
pub struct Typed {
    handle: String,
    password: String,
}

/// `POST /{program}/login`: what is between the steps is kept in a cookie of its own.
pub async fn begin(
    State(site): State<Arc<Site>>,
    At(web): At,
    asking: Asking,
    Form(typed): Form<Typed>,
) -> Page {
    let program = web.program.id;
    let checked =
        web.ledger
            .check_password(program, &typed.handle, &typed.password, asking.address);
    match checked.await {
        Ok(pending) => {
            let kept = cookie(Jar::Pending, site.app.secure, pending);
            let next = Redirect::to(&web.path("login/code"));
            Ok((CookieJar::new().add(kept), next).into_response())
        }
        Err(error) => {
            let told = t(
                "用户名或密码不对。",
                "The user name or the password is wrong.",
            );
            let (told, after) = words(error, told)?;
            let page = first(&site, &web, &asking.headers, typed.handle, Some(told))?;
            Ok(waiting(page, after))
        }
    }
}

/// `GET /{program}/login/code`.
pub async fn ask(State(site): State<Arc<Site>>, At(web): At, headers: HeaderMap) -> Page {
    second(&site, &web, &headers, None)
}

fn second(
    site: &Site,
    web: &Web,
    headers: &HeaderMap,
    problem: Option<(StatusCode, String)>,
) -> Page {
    if value_of(Jar::Pending, headers, site.app.secure).is_none() {
        return Err(Trouble::Outside(web.path("login")));
    }
    let (status, wrong) = beside("code", problem);
    at_door(site, headers, status, |csrf| SecondStep {
        frame: Frame::at_door(web, t("动态码", "One-time code"), csrf),
        wrong,
    })
}

#[derive(Deserialize)]
pub struct TypedCode {
    code: String,
}

/// `POST /{program}/login/code`: a session, with a secret that no browser had before.
pub async fn finish(
    State(site): State<Arc<Site>>,
    At(web): At,
    asking: Asking,
    Form(typed): Form<TypedCode>,
) -> Page {
    let (app, program) = (&site.app, web.program.id);
    let pending = value_of(Jar::Pending, &asking.headers, app.secure);
    let Some(pending) = pending else {
        return Err(Trouble::Outside(web.path("login")));
    };
    let checked = web
        .ledger
        .check_second(program, &pending, &typed.code, asking.address);
    let opened = match checked.await {
        Ok(known) => open(app, program, known, &asking).await,
        Err(error) => Err(error),
    };
    match opened {
        Ok(opened) => {
            let jar = Visiting::anew(&site).jar.add(opened.cookie);
            let jar = jar.add(no_cookie(Jar::Pending, app.secure));
            let home = web.path("home");
            Ok((jar, Redirect::to(&home)).into_response())
        }
        Err(error) => {
            let told = t(
                "动态码不对、已经用过，或这次登录已超过五分钟。",
                "The one-time code is wrong or used, or you began to log in more than five minutes ago.",
            );
            let (told, after) = words(error, told)?;
            let page = second(&site, &web, &asking.headers, Some(told))?;
            Ok(waiting(page, after))
        }
    }
}

/// `GET /{program}/home`: whoever is in, to their own page.
pub async fn home(
    At(web): At,
    crate::web::visitor::Anybody(visitor): crate::web::visitor::Anybody,
) -> Redirect {
    Redirect::to(&web.path(visitor.home()))
}

/// Status and sentence of a refusal, and after how many seconds to try again.
pub fn words(
    error: LogInError,
    refused: &str,
) -> Result<((StatusCode, String), Option<i64>), Trouble> {
    Ok(match error {
        LogInError::Refused => ((StatusCode::UNAUTHORIZED, refused.to_owned()), None),
        LogInError::TooMany { retry_after } => {
            let words = say!(
                "输错次数太多，请 {retry_after} 秒后再试。",
                "Too many wrong tries. Please try again in {retry_after} seconds."
            );
            ((StatusCode::TOO_MANY_REQUESTS, words), Some(retry_after))
        }
        other => return Err(other.into()),
    })
}
