//! The door: which programme; in the demo, whom to enter as.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::extract::State;
use axum::http::{Extensions, HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use axum_extra::extract::CookieJar;
use ledger::Known;
use ledger::community::{Access, Program, Role, Way};
use ledger::ids::ProgramId;
use ledger::machine::Command;
use serde::Deserialize;
use uuid::Uuid;

use crate::auth::session::{Asking, Jar, cookie, no_cookie, open, token_of};
use crate::auth::{Caller, Kind, Token};
use crate::demo::DemoPerson;
use crate::web::page::{Frame, Page, Trouble, show as render, show_as};
use crate::web::reading::{Say, t};
use crate::web::{Site, Web};

#[derive(Template)]
#[template(path = "door/door.html")]
struct Door<'w> {
    frame: Frame,
    groups: Vec<Group<'w>>,
}

struct Group<'w> {
    title: &'static str,
    about: &'static str,
    people: Vec<&'w DemoPerson>,
}

#[derive(Template)]
#[template(path = "door/programs.html")]
struct Programs {
    frame: Frame,
    programs: Vec<Program>,
}

/// What binds the forms at the door to this browser: its token, and the cookie that holds it.
pub struct Visiting {
    pub csrf: String,
    pub jar: CookieJar,
}

impl Visiting {
    /// As the browser has it, or anew.
    pub fn of(site: &Site, headers: &HeaderMap) -> Self {
        match token_of(Jar::Visit, headers, site.app.secure) {
            Some(token) => Self {
                csrf: token.csrf(),
                jar: CookieJar::new(),
            },
            None => Self::anew(site),
        }
    }

    /// Another one: whoever is let in stands at another door next time.
    pub fn anew(site: &Site) -> Self {
        let token = Token::new(Kind::Visit, ProgramId(Uuid::nil()));
        let cookie = cookie(Jar::Visit, site.app.secure, token.text());
        Self {
            csrf: token.csrf(),
            jar: CookieJar::new().add(cookie),
        }
    }
}

/// A page whose forms are bound to the visit.
pub fn at_door<T: Template>(
    site: &Site,
    headers: &HeaderMap,
    status: StatusCode,
    page: impl FnOnce(String) -> T,
) -> Page {
    let visiting = Visiting::of(site, headers);
    let page = show_as(status, &page(visiting.csrf))?;
    Ok((visiting.jar, page).into_response())
}

/// `GET /`: in the demo everybody one can be, else where to log in.
pub async fn show(State(site): State<Arc<Site>>, headers: HeaderMap) -> Page {
    let programs = site.app.ledger.programs().await?;
    let demo = site.demo.as_ref();
    let demo = demo.and_then(|(id, _)| programs.iter().find(|program| program.id == *id));
    if let Some(program) = demo {
        let web = site.remember(program.clone());
        return at_door(&site, &headers, StatusCode::OK, |csrf| of_demo(&web, csrf));
    }
    match programs.as_slice() {
        [only] => Ok(Redirect::to(&format!("/{}/login", only.code)).into_response()),
        _ => render(&Programs {
            frame: Frame::nobodys(t("选择积分计划", "Choose a programme"), String::new()),
            programs,
        }),
    }
}

fn of_demo(web: &Web, csrf: String) -> Door<'_> {
    let group = |role, title, about| Group {
        title,
        about,
        people: web.people.iter().filter(|p| p.role == role).collect(),
    };
    Door {
        frame: Frame::at_door(web, t("选择身份", "Choose who to be"), csrf),
        groups: vec![
            group(
                Role::Member,
                t("骑手", "Riders"),
                t(
                    "看余额、明细，出示付款码",
                    "See points and statement, show a payment code",
                ),
            ),
            group(
                Role::Merchant,
                t("商户店员", "Clerks"),
                t("收积分，当日可撤销", "Take points, undo it the same day"),
            ),
            group(
                Role::Staff,
                t("社区工作人员", "Community staff"),
                t(
                    "登记发放，审核他人登记的",
                    "Record deeds, approve what others recorded",
                ),
            ),
            group(
                Role::Auditor,
                t("审计", "Auditors"),
                t(
                    "看资金和每一笔奖励的依据",
                    "See the funds, and what each award rests on",
                ),
            ),
        ],
    }
}

#[derive(Deserialize)]
pub struct Choice {
    person: Uuid,
}

/// `POST /enter`: in the demo, lets anybody in as whom they chose.
pub async fn enter(
    State(site): State<Arc<Site>>,
    asking: Asking,
    Form(choice): Form<Choice>,
) -> Result<Response, Trouble> {
    let Some((program, people)) = &site.demo else {
        return Err(Trouble::Missing);
    };
    let Some(person) = people.iter().find(|p| p.id == choice.person) else {
        return Ok(Redirect::to("/").into_response());
    };
    let known = Known {
        role: person.role,
        subject: person.id,
        way: Way::Demo,
    };
    let opened = open(&site.app, *program, known, &asking).await?;
    let visiting = Visiting::anew(&site);
    let home = Redirect::to(&format!("/{}/home", crate::demo::PROGRAM_CODE));
    Ok((visiting.jar.add(opened.cookie), home).into_response())
}

/// `POST /leave`: ends the session, and has the browser forget it.
pub async fn leave(
    State(site): State<Arc<Site>>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Response, Trouble> {
    let app = &site.app;
    if let Some(token) = token_of(Jar::Session, &headers, app.secure)
        && let Some(mut caller) = Caller::by(app, &token).await?
        && let Some(session) = caller.session
    {
        caller.arrive(app, &extensions)?;
        let command = Command::EndAccess {
            access: Access::Session(session),
            at: None,
        };
        app.execute(&caller.request(None), command)
            .await
            .map_err(Trouble::Write)?;
    }
    let jar = CookieJar::new().add(no_cookie(Jar::Session, app.secure));
    Ok((jar, Redirect::to("/")).into_response())
}
