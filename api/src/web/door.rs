//! The door of the demo: whom to enter as.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use ledger::community::Role;
use serde::Deserialize;
use uuid::Uuid;

use super::Web;
use super::page::{self, Frame, Page};
use super::visitor::{COOKIE, named};
use crate::demo::DemoPerson;

#[derive(Template)]
#[template(path = "door.html")]
struct Door<'w> {
    frame: Frame,
    groups: Vec<Group<'w>>,
}

struct Group<'w> {
    title: &'static str,
    about: &'static str,
    people: Vec<&'w DemoPerson>,
}

/// `GET /`: everybody one can be.
pub async fn show(State(web): State<Arc<Web>>, jar: CookieJar) -> Page {
    let group = |role, title, about| Group {
        title,
        about,
        people: web.people.iter().filter(|p| p.role == role).collect(),
    };
    page::show(&Door {
        frame: Frame::new(&web, "选择身份", named(&web, &jar)),
        groups: vec![
            group(Role::Member, "骑手", "看余额、明细，出示付款码"),
            group(Role::Merchant, "商户店员", "收积分，当日可撤销"),
            group(Role::Staff, "社区工作人员", "登记发放，审核他人登记的"),
            group(Role::Auditor, "审计", "看资金和每一笔奖励的依据"),
        ],
    })
}

#[derive(Deserialize)]
pub struct Choice {
    person: Uuid,
}

/// `POST /enter`: remembers who one is and leads to their page.
pub async fn enter(
    State(web): State<Arc<Web>>,
    jar: CookieJar,
    Form(choice): Form<Choice>,
) -> Response {
    let Some(person) = web.people.iter().find(|p| p.id == choice.person) else {
        return Redirect::to("/").into_response();
    };
    let cookie = Cookie::build((COOKIE, person.id.to_string()))
        .path("/")
        .http_only(true)
        .same_site(SameSite::Lax);
    let home = web.path(match person.role {
        Role::Member => "me",
        Role::Merchant => "counter",
        Role::Staff => "desk",
        Role::Auditor | Role::Admin => "audit",
    });
    (jar.add(cookie), Redirect::to(&home)).into_response()
}

/// `POST /leave`.
pub async fn leave(jar: CookieJar) -> (CookieJar, Redirect) {
    let cookie = Cookie::build((COOKIE, "")).path("/");
    (jar.remove(cookie), Redirect::to("/"))
}
