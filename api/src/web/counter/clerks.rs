//! 店员: who works at a store and as what, for who manages it. They put clerks on record, invite them to log in and let them go.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::{Access, Clerk, ClerkRole, Registration, Role};
use ledger::ids::{ClerkId, StoreId, derived};
use ledger::machine::{Command, Rejection};
use ledger::views::{Named, Register};
use ledger::{LogInError, SetError, StoreError, WriteError};
use serde::Deserialize;
use uuid::Uuid;

use super::shop::{Choice, Chosen, Section, acts_for, sections};
use crate::auth::{Kind, Token};
use crate::web::fields::fresh_key;
use crate::web::format::full;
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Id, Manager, Reached, Visitor, request};
use crate::web::{Web, words};

/// How many are shown at once.
const SHOWN: usize = 50;
/// How many records are read at once where all are looked through.
const PAGE: i64 = 500;

/// Records that are of stores somebody acts for, in order of id after one, up to so many. There is no list by store, so all are looked through.
pub async fn theirs(
    web: &Web,
    visitor: &Visitor,
    (register, store_of): (Register, fn(&Named) -> Option<StoreId>),
    (mut after, most): (Uuid, usize),
) -> Result<Vec<Named>, StoreError> {
    let mut found = Vec::new();
    while found.len() < most {
        let page = web
            .ledger
            .register(web.program.id, register, after, PAGE)
            .await?;
        let whole = page.len() as i64 == PAGE;
        let last = page.last().map(|record| record.id);
        for record in page {
            if store_of(&record).is_some_and(|store| visitor.caller.speaks_for(store)) {
                found.push(record);
            }
        }
        match last.filter(|_| whole) {
            Some(last) => after = last,
            None => break,
        }
    }
    found.truncate(most);
    Ok(found)
}

#[derive(Template)]
#[template(path = "counter/clerks.html")]
struct Clerks {
    frame: Frame,
    sections: Vec<Section>,
    rows: Vec<Row>,
    /// After whom the next page begins.
    next: Option<Uuid>,
    paged: bool,
    /// The store where new clerks work, and others that could be chosen.
    store: Uuid,
    stores: Vec<Choice>,
    /// Whether somebody can be put on record for all stores.
    merchant: bool,
    roles: Vec<(&'static str, &'static str)>,
    typed: NewClerk,
    /// What the forms about single clerks go under.
    key: String,
    invited: Option<Invited>,
    notice: Option<&'static str>,
    problem: Option<String>,
}

struct Row {
    id: Uuid,
    name: String,
    role: &'static str,
    /// Where they work, for who sees several stores.
    store: Option<String>,
    everywhere: bool,
    left: bool,
    own: bool,
    /// What they log in with, in words; and by what name.
    login: String,
    handle: String,
    /// Whether they can be invited and let go.
    may: bool,
}

/// Told once.
struct Invited {
    name: String,
    handle: String,
    code: String,
    until: String,
    address: String,
}

/// What a page says besides who works there.
#[derive(Default)]
struct Told {
    typed: Option<NewClerk>,
    invited: Option<Invited>,
    notice: Option<&'static str>,
    problem: Option<String>,
}

/// Somebody to be put on record, as typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct NewClerk {
    key: String,
    store: String,
    name: String,
    role: String,
    everywhere: Option<String>,
}

#[derive(Deserialize)]
pub struct Paging {
    after: Option<Uuid>,
    store: Option<StoreId>,
    done: Option<String>,
}

fn role(role: ClerkRole) -> &'static str {
    match role {
        ClerkRole::Clerk => t("店员", "Clerk"),
        ClerkRole::Manager => t("店长", "Manager"),
        ClerkRole::Finance => t("财务", "Finance"),
    }
}

/// The roles there are, and what each may do.
fn roles() -> Vec<(&'static str, &'static str)> {
    let told = |role: ClerkRole| match role {
        ClerkRole::Clerk => t(
            "店员：收款，当天撤销",
            "Clerk: charges, and undoes the same day",
        ),
        ClerkRole::Manager => t(
            "店长：还能退款、确认结算、管店员",
            "Manager: also gives back, confirms statements, sees to clerks",
        ),
        ClerkRole::Finance => t(
            "财务：只看收款和结算，不收款",
            "Finance: reads payments and statements, charges nobody",
        ),
    };
    let all = ClerkRole::ALL.into_iter();
    all.map(|role| (role.name(), told(role))).collect()
}

/// `GET /{program}/counter/clerks`.
pub async fn list(
    At(web): At,
    Manager(visitor): Manager,
    Query(Paging { after, store, done }): Query<Paging>,
) -> Page {
    let notice = match done.as_deref() {
        Some("employed") => Some(t(
            "已登记。请在名单里找到新店员，给一个登录邀请。",
            "They are on record. Find them in the list and invite them to log in.",
        )),
        Some("left") => Some(t(
            "已办理离职，其登录立即失效。",
            "They have left, and their log-in has ended.",
        )),
        _ => None,
    };
    let told = Told {
        notice,
        ..Told::default()
    };
    show(&view(&web, &visitor, (store, after), told).await?)
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    (store, after): (Option<StoreId>, Option<Uuid>),
    told: Told,
) -> Result<Clerks, Trouble> {
    let chosen = Chosen::of(web, visitor, store).await?;
    let from = (after.unwrap_or_default(), SHOWN + 1);
    let mut found = theirs(web, visitor, (Register::Clerks, works_at), from).await?;
    let more = found.len() > SHOWN;
    found.truncate(SHOWN);
    let next = found.last().filter(|_| more).map(|clerk| clerk.id);
    let mut rows = Vec::with_capacity(found.len());
    for clerk in found {
        rows.push(row(web, visitor, &chosen, clerk).await?);
    }
    let typed = told.typed.unwrap_or_else(|| NewClerk {
        key: fresh_key(),
        ..NewClerk::default()
    });
    Ok(Clerks {
        frame: Frame::new(web, t("店员", "Clerks"), Some(visitor)),
        sections: sections(web, visitor, &chosen, "clerks"),
        rows,
        next,
        paged: after.is_some(),
        store: chosen.store.0,
        stores: chosen.stores,
        merchant: visitor.caller.has_merchant(),
        roles: roles(),
        typed,
        key: fresh_key(),
        invited: told.invited,
        notice: told.notice,
        problem: told.problem,
    })
}

fn works_at(clerk: &Named) -> Option<StoreId> {
    clerk.belongs_to.map(StoreId)
}

/// As what a record says that somebody works: their role, whether at every store, and whether they have left.
fn works_as(detail: &str) -> (&'static str, bool, bool) {
    let known = detail.split(' ').next().and_then(ClerkRole::from_name);
    let says = |word| detail.split(' ').any(|said| said == word);
    (known.map_or("", role), says("everywhere"), says("left"))
}

async fn row(
    web: &Web,
    visitor: &Visitor,
    chosen: &Chosen,
    clerk: Named,
) -> Result<Row, StoreError> {
    let (role, everywhere, left) = works_as(&clerk.detail);
    let login = web.ledger.login(web.program.id, clerk.id).await?;
    let handle = login.as_ref().map(|login| login.handle.clone());
    let handle = handle.unwrap_or_default();
    let invited = login.as_ref().and_then(|login| login.invitation.as_ref());
    let invited = invited.map(|(_, until)| *until);
    let login = match login.as_ref().map(|login| login.password.is_some()) {
        None => t("还没有邀请登录", "Not invited to log in yet").to_owned(),
        Some(true) => say!("登录名 {handle}", "Logs in as {handle}"),
        Some(false) => match invited.filter(|until| *until > web.now()) {
            Some(until) => {
                let until = full(until, &web.zone());
                say!(
                    "已邀请（{handle}），{until} 前有效",
                    "Invited as {handle}, until {until}"
                )
            }
            None => t("邀请已过期", "The invitation has run out").to_owned(),
        },
    };
    let mut stores = chosen.stores.iter();
    let store = stores.find(|store| Some(store.id) == clerk.belongs_to);
    let own = clerk.id == visitor.id();
    Ok(Row {
        role,
        store: store.map(|store| store.name.clone()),
        everywhere,
        left,
        own,
        login,
        handle,
        may: !left && !own && (!everywhere || visitor.caller.has_merchant()),
        id: clerk.id,
        name: clerk.name,
    })
}

/// `POST /{program}/counter/clerks`: puts somebody on record, once for each form.
pub async fn employ(At(web): At, Manager(visitor): Manager, Form(typed): Form<NewClerk>) -> Page {
    let store: StoreId = typed.store.parse().map_err(|_| Trouble::Missing)?;
    acts_for(&visitor, store)?;
    let everywhere = typed.everywhere.is_some();
    if everywhere && !visitor.caller.has_merchant() {
        let whose = t("管全部门店的店长", "managers of all of a merchant's stores");
        return Err(Trouble::NotYours(whose));
    }
    let again = async |typed: NewClerk, problem: String| {
        let told = Told {
            typed: Some(typed),
            problem: Some(problem),
            ..Told::default()
        };
        let view = view(&web, &visitor, (Some(store), None), told).await?;
        show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
    };
    let name = typed.name.trim().to_owned();
    let known = ClerkRole::from_name(&typed.role);
    let (Some(role), 1..=100) = (known, name.chars().count()) else {
        let problem = t(
            "请填姓名（最多 100 字），并选岗位。",
            "Please fill in the name (at most 100 characters) and choose a role.",
        );
        return again(typed, problem.to_owned()).await;
    };
    let actor = visitor.caller.actor;
    let record = Registration::Clerk(Clerk {
        // The same form is the same clerk.
        id: ClerkId(derived(&[
            b"register",
            actor.id.0.as_bytes(),
            typed.key.as_bytes(),
        ])),
        store,
        name,
        role,
        whole_merchant: everywhere,
    });
    let request = request(&visitor, Some(typed.key.clone()));
    match web.app.execute(&request, Command::Register(record)).await {
        Ok(_) => go(&web.path("counter/clerks?done=employed")),
        Err(error) => {
            let key = match words::may_try_again(&error) {
                true => typed.key.clone(),
                false => fresh_key(),
            };
            again(NewClerk { key, ..typed }, words::failure(&error)).await
        }
    }
}

#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Act {
    act: String,
    handle: String,
    key: String,
}

/// `POST /{program}/counter/clerks/{id}`: they are invited to log in, or leave.
pub async fn act(
    At(web): At,
    Manager(visitor): Manager,
    Reached(server): Reached,
    Id(id): Id<ClerkId>,
    Form(asked): Form<Act>,
) -> Page {
    let clerk = employed(&web, &visitor, id).await?;
    let done = match asked.act.as_str() {
        "leave" => leave(&web, &visitor, id, asked.key).await,
        "invite" => invite(&web, &visitor, &server, (&clerk, &asked.handle)).await?,
        _ => return Err(Trouble::Missing),
    };
    match done {
        Ok(None) => go(&web.path("counter/clerks?done=left")),
        Ok(invited) => {
            let told = Told {
                invited,
                ..Told::default()
            };
            show(&view(&web, &visitor, (None, None), told).await?)
        }
        Err(problem) => {
            let told = Told {
                problem: Some(problem),
                ..Told::default()
            };
            let view = view(&web, &visitor, (None, None), told).await?;
            show_as(StatusCode::UNPROCESSABLE_ENTITY, &view)
        }
    }
}

/// A clerk of a store that somebody manages; one of all stores only for who manages all of them. Whose else it is does not exist for them.
async fn employed(web: &Web, visitor: &Visitor, id: ClerkId) -> Result<Named, Trouble> {
    let caller = &visitor.caller;
    let known = web
        .ledger
        .registered(web.program.id, Register::Clerks, id.0);
    let theirs = known.await?.filter(|clerk| {
        let store = works_at(clerk);
        let (_, everywhere, _) = works_as(&clerk.detail);
        store.is_some_and(|store| caller.speaks_for(store))
            && (!everywhere || caller.has_merchant())
    });
    theirs.ok_or(Trouble::Missing)
}

/// What came of it: something to tell once, or a problem.
type Done = Result<Option<Invited>, String>;

async fn leave(web: &Web, visitor: &Visitor, id: ClerkId, key: String) -> Done {
    let command = Command::EndAccess {
        access: Access::Clerk(id),
        at: None,
    };
    let done = web.app.execute(&request(visitor, Some(key)), command).await;
    match done {
        Ok(_) => Ok(None),
        Err(WriteError::Rejected(Rejection::AlreadyEnded { .. })) => {
            Err(t("这位店员已经离职。", "This clerk has left already.").to_owned())
        }
        Err(error) => Err(words::failure(&error)),
    }
}

async fn invite(
    web: &Web,
    visitor: &Visitor,
    server: &str,
    (clerk, handle): (&Named, &str),
) -> Result<Done, Trouble> {
    let token = Token::new(Kind::Invitation, web.program.id);
    let (request, hash) = (request(visitor, None), token.hash());
    let whom = (Role::Merchant, clerk.id);
    let problem = match web.ledger.invite(&request, whom, handle, &hash).await {
        Ok(invitation) => {
            web.app.count_command();
            return Ok(Ok(Some(Invited {
                name: clerk.name.clone(),
                handle: invitation.handle,
                code: token.text(),
                until: full(invitation.ends_at, &web.zone()),
                address: format!("{server}{}", web.path("invitation")),
            })));
        }
        Err(SetError::Handle) => t(
            "登录名要 2 至 64 个字，可以用字母、数字和 . - _ @。",
            "A log-in name has 2 to 64 letters, digits and . - _ @.",
        ),
        Err(SetError::LogIn(LogInError::Write(WriteError::Rejected(rejected)))) => match rejected {
            Rejection::AlreadyExists => t(
                "这个登录名已经有人用，请换一个。",
                "Somebody else has this log-in name. Please choose another.",
            ),
            Rejection::AlreadyEnded { .. } => {
                t("这位店员已经离职。", "This clerk has left already.")
            }
            rejected => return Ok(Err(words::rejection(&rejected))),
        },
        Err(SetError::LogIn(LogInError::Write(error))) => return Ok(Err(words::failure(&error))),
        Err(SetError::LogIn(error)) => return Err(error.into()),
        Err(_) => return Err(Trouble::Missing),
    };
    Ok(Err(problem.to_owned()))
}
