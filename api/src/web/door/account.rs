//! 帐号安全: one's sessions, and what one logs in with.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use ledger::StoreError;
use ledger::community::{Access, Role, Verb};
use ledger::ids::{ClerkId, SessionId};
use ledger::machine::Command;
use ledger::views::SessionView;
use ledger::{Offer, SetError};
use serde::Deserialize;
use uuid::Uuid;

use super::invitation::{Recovery, Square, words};
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::format::full;
use crate::web::lists::whole::{self, MOST};
use crate::web::lists::{Asked, Line, Tools};
use crate::web::page::{Frame, Page, Trouble, go, show as render, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::rider::me::calm;
use crate::web::visitor::{Anybody, At, Clerk, Id, Visitor, request};
use crate::web::words::browsers::browser;
use crate::web::words::{failure, way};

#[derive(Template)]
#[template(path = "door/account.html")]
struct Account {
    frame: Frame,
    /// One level up, where the bar does not lead.
    back: Option<String>,
    /// What they cannot do on pages, or at all.
    remark: Option<String>,
    sessions: Vec<Row>,
    /// What stands around these where there are many.
    tools: Option<Tools>,
    /// What staff and clerks log in with; riders have no password.
    login: Option<Login>,
    problem: Option<String>,
    done: Option<&'static str>,
}

/// A session.
struct Row {
    id: Uuid,
    /// What the device is called, and what it said where that is not known.
    agent: String,
    raw: Option<String>,
    way: &'static str,
    opened: String,
    seen: String,
    own: bool,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("设备", "Device"),
            t("设备自称", "As it calls itself"),
            t("登录方式", "Logged in by"),
            t("登录时间", "Logged in"),
            t("最近使用", "Last used"),
            t("本机", "This device"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let own = match self.own {
            true => t("是", "yes"),
            false => "",
        };
        vec![
            self.agent.as_str().into(),
            self.raw.as_deref().unwrap_or_default().into(),
            self.way.into(),
            self.opened.as_str().into(),
            self.seen.as_str().into(),
            own.into(),
        ]
    }
}

struct Login {
    handle: String,
    codes_left: i64,
    app: Square,
    /// Whether they may take over a counter with a PIN, and whether they have one.
    may_pin: bool,
    has_pin: bool,
}

/// `GET /{program}/account`: with all sessions, or those that are looked for; or a file of these.
pub async fn show(At(web): At, Anybody(visitor): Anybody, Query(asked): Query<Asked>) -> Page {
    let found = asked.search(sessions(&web, &visitor).await?);
    if let Some(file) = asked.file("sessions", &found) {
        return file.await;
    }
    listed(&web, &visitor, (&asked, found), (None, None)).await
}

/// Those that are open, the newest first.
async fn sessions(web: &Web, visitor: &Visitor) -> Result<Vec<Row>, StoreError> {
    let (ledger, program, subject) = (&web.ledger, web.program.id, visitor.id());
    let page = move |after: SessionId, limit: i64| async move {
        ledger.sessions_of(program, subject, after, limit).await
    };
    let last = |session: &SessionView| session.id;
    let sessions = whole::rows(MOST, SessionId(Uuid::nil()), last, page).await?;
    let (now, own) = (web.now(), visitor.caller.session);
    let open = sessions.iter().filter(|session| now < session.ends_at);
    Ok(open.rev().map(|session| row(web, session, own)).collect())
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    problem: Option<String>,
    done: Option<&'static str>,
) -> Page {
    let found = sessions(web, visitor).await?;
    let asked = Asked::default();
    listed(web, visitor, (&asked, found), (problem, done)).await
}

/// The page with a page of these sessions, and what went wrong or was done.
async fn listed(
    web: &Web,
    visitor: &Visitor,
    (asked, found): (&Asked, Vec<Row>),
    (problem, done): (Option<String>, Option<&'static str>),
) -> Page {
    let (program, subject) = (web.program.id, visitor.id());
    let list = asked.page(&[], found);
    let login = match visitor.role() {
        Role::Staff | Role::Merchant => web.ledger.login(program, subject).await?,
        Role::Member | Role::Auditor | Role::Admin => None,
    };
    let login = match login {
        Some(row) => Some(Login {
            codes_left: web.ledger.recovery_left(program, subject).await?,
            app: Offer::draw(&web.program.code, &row.handle).into(),
            handle: row.handle,
            may_pin: visitor.may(&[Verb::Redeem]),
            has_pin: web.ledger.has_pin(program, ClerkId(subject)).await?,
        }),
        None => None,
    };
    let status = match problem {
        Some(_) => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let page = Account {
        frame: Frame::new(web, t("帐号安全", "Account security"), Some(visitor)),
        back: (visitor.role() == Role::Member).then(|| web.path("mine")),
        remark: remark(visitor),
        sessions: list.rows,
        tools: calm(list.tools.at(web.path("account"))),
        login,
        problem,
        done,
    };
    show_as(status, &page)
}

/// What has no page yet, each in words.
const ELSEWHERE: [(Verb, &str, &str); 1] =
    [(Verb::People, "组织和人员", "organisations and staff")];

/// For staff who are appointed to nothing, or to what has no page.
fn remark(visitor: &Visitor) -> Option<String> {
    if visitor.role() != Role::Staff {
        return None;
    }
    if !visitor.may(&Verb::ALL) {
        let words = t(
            "您目前没有岗位，只能管理自己的帐号；请联系管理员。",
            "You have no post at present and can only look after your own account. Please ask an administrator.",
        );
        return Some(words.to_owned());
    }
    let elsewhere = ELSEWHERE.iter().filter(|(verb, ..)| visitor.may(&[*verb]));
    let elsewhere: Vec<&str> = elsewhere.map(|&(_, zh, en)| t(zh, en)).collect();
    (!elsewhere.is_empty()).then(|| {
        let what = elsewhere.join(t("、", ", "));
        say!(
            "{what}暂时没有网页，请用接口或命令行办理。",
            "There is no page yet for {what}. Please use the API or the command line."
        )
    })
}

fn row(web: &Web, session: &SessionView, own: Option<SessionId>) -> Row {
    let zone = web.zone();
    let (agent, raw) = browser(&session.agent);
    Row {
        id: session.id.0,
        agent,
        raw,
        way: way(session.way),
        opened: full(session.opened_at, &zone),
        seen: full(session.seen_at, &zone),
        own: own == Some(session.id),
    }
}

/// `POST /{program}/account/sessions/{id}`: that device has to log in again.
pub async fn end(At(web): At, Anybody(visitor): Anybody, Id(id): Id<SessionId>) -> Page {
    let session = web.ledger.session(web.program.id, id).await?;
    let own = session.filter(|session| session.subject == visitor.id());
    own.ok_or(Trouble::Missing)?;
    let command = Command::EndAccess {
        access: Access::Session(id),
        at: None,
    };
    match web.app.execute(&request(&visitor, None), command).await {
        Ok(_) => go(&web.path("account")),
        Err(error) => view(&web, &visitor, Some(failure(&error)), None).await,
    }
}

#[derive(Deserialize)]
pub struct NewPassword {
    old: String,
    password: String,
    again: String,
}

/// `POST /{program}/account/password`.
pub async fn password(
    At(web): At,
    Anybody(visitor): Anybody,
    Form(typed): Form<NewPassword>,
) -> Page {
    if typed.password != typed.again {
        let problem = t(
            "两次输入的密码不一样。",
            "The two passwords are not the same.",
        )
        .to_owned();
        return view(&web, &visitor, Some(problem), None).await;
    }
    let asked = request(&visitor, None);
    let own = visitor.caller.session;
    let changed = web
        .ledger
        .change_password(&asked, own, &typed.old, &typed.password)
        .await;
    told(
        &web,
        &visitor,
        changed,
        t(
            "密码已更改，其他设备都要重新登录。",
            "The password is changed. All other devices have to log in again.",
        ),
    )
    .await
}

#[derive(Deserialize)]
pub struct NewApp {
    password: String,
    secret: String,
    code: String,
}

/// `POST /{program}/account/totp`.
pub async fn totp(At(web): At, Anybody(visitor): Anybody, Form(typed): Form<NewApp>) -> Page {
    let asked = request(&visitor, None);
    let own = visitor.caller.session;
    let totp = (typed.secret.as_str(), typed.code.as_str());
    let changed = web
        .ledger
        .change_totp(&asked, own, &typed.password, totp)
        .await;
    told(
        &web,
        &visitor,
        changed,
        t(
            "验证器已更换，其他设备都要重新登录。",
            "The authenticator is changed. All other devices have to log in again.",
        ),
    )
    .await
}

#[derive(Deserialize)]
pub struct Proof {
    password: String,
}

/// `POST /{program}/account/recovery`: shown this once.
pub async fn recovery(At(web): At, Anybody(visitor): Anybody, Form(typed): Form<Proof>) -> Page {
    let asked = request(&visitor, None);
    let own = visitor.caller.session;
    let renewed = web
        .ledger
        .renew_recovery(&asked, own, &typed.password)
        .await;
    match renewed {
        Ok(codes) => {
            changed(&web);
            render(&Recovery {
                frame: Frame::new(&web, t("恢复码", "Recovery codes"), Some(&visitor)),
                codes,
                onward: web.path("account"),
            })
        }
        Err(error) => view(&web, &visitor, Some(words(error)?), None).await,
    }
}

#[derive(Deserialize)]
pub struct NewPin {
    act: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    pin: String,
    #[serde(default)]
    again: String,
}

/// `POST /{program}/account/pin`: set, or taken away.
pub async fn pin(At(web): At, Clerk(visitor): Clerk, Form(typed): Form<NewPin>) -> Page {
    let asked = request(&visitor, None);
    let (changed, done) = match typed.act.as_str() {
        "set" if typed.pin != typed.again => {
            let problem = t(
                "两次输入的 PIN 码不一样。",
                "The two PINs are not the same.",
            );
            return view(&web, &visitor, Some(problem.to_owned()), None).await;
        }
        "set" => (
            web.ledger
                .set_pin(&asked, &typed.password, &typed.pin)
                .await,
            t(
                "PIN 码已设置，可以在收银台换人了。",
                "The PIN is set. You can take over the counter with it.",
            ),
        ),
        "remove" => (
            web.ledger.remove_pin(&asked).await,
            t("PIN 码已取消。", "The PIN is removed."),
        ),
        _ => return Err(Trouble::Missing),
    };
    told(&web, &visitor, changed, done).await
}

async fn told(
    web: &Web,
    visitor: &Visitor,
    answer: Result<(), SetError>,
    done: &'static str,
) -> Result<Response, Trouble> {
    match answer {
        Ok(()) => {
            changed(web);
            view(web, visitor, None, Some(done)).await
        }
        Err(error) => view(web, visitor, Some(words(error)?), None).await,
    }
}

/// Other sessions ended with it.
fn changed(web: &Web) {
    web.app.keys.forget();
    web.app.count_command();
}
