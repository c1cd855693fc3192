//! 店员: who works at a store and as what, for who manages it. They put clerks on record, invite them to log in and let them go.

mod acting;

use askama::Template;
use axum::extract::Query;
use ledger::StoreError;
use ledger::ids::{ClerkId, StoreId};
use ledger::views::{Named, Register};
use serde::Deserialize;
use uuid::Uuid;

use super::shop::{Choice, Chosen, Section, sections};
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::fields::fresh_key;
use crate::web::format::full;
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, Trouble, show};
use crate::web::reading::{Say, counted, say, t};
use crate::web::visitor::{At, Manager, Visitor};
use crate::web::words::trade::{Post, clerk_roles};

pub use acting::{act, employ};

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
    list: List<Row>,
    /// How many of those that are looked for still work there, where no more follow.
    at_work: Option<String>,
    /// The store where new clerks work, and others that could be chosen.
    store: Uuid,
    stores: Vec<Choice>,
    /// Whether somebody can be put on record for all stores.
    merchant: bool,
    /// By what is sent, what each may do, and whether it is chosen.
    roles: Vec<(&'static str, &'static str, bool)>,
    typed: NewClerk,
    /// What the forms about single clerks go under, and the query they lead back with.
    key: String,
    place: String,
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
    /// The same for a file.
    place: String,
    everywhere: bool,
    left: bool,
    own: bool,
    /// What they log in with, in words; and by what name.
    login: String,
    handle: String,
    /// What is wrong with it.
    wrong: Option<String>,
    /// Whether they can be invited and let go.
    may: bool,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("姓名", "Name"),
            t("岗位", "Role"),
            t("门店", "Store"),
            t("登录", "Log-in"),
            t("在职", "At work"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let store = match self.everywhere {
            true => t("全部门店", "all stores").to_owned(),
            false => self.place.clone(),
        };
        let left = match self.left {
            true => t("已离职", "has left"),
            false => t("在职", "at work"),
        };
        vec![
            self.name.clone().into(),
            self.role.into(),
            store.into(),
            self.login.clone().into(),
            left.into(),
        ]
    }
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
    /// The log-in name that was typed for whom, and what is wrong with it.
    wrong: Option<(ClerkId, String, String)>,
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
pub struct Wanted {
    store: Option<StoreId>,
    done: Option<String>,
}

/// `GET /{program}/counter/clerks`.
pub async fn list(
    At(web): At,
    Manager(visitor): Manager,
    Query(Wanted { store, done }): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Page {
    if asked.wants_file() {
        let chosen = Chosen::of(&web, &visitor, store).await?;
        let rows = found(&web, &visitor, &chosen, &asked).await?;
        if let Some(file) = asked.file("clerks", &rows) {
            return file.await;
        }
    }
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
    show(&view(&web, &visitor, store, &asked, told).await?)
}

/// Those of a list's page, or all that are looked for.
async fn found(
    web: &Web,
    visitor: &Visitor,
    chosen: &Chosen,
    asked: &Asked,
) -> Result<Vec<Row>, Trouble> {
    let most = (Uuid::nil(), asked.reads());
    let found = theirs(web, visitor, (Register::Clerks, works_at), most).await?;
    let mut rows = Vec::with_capacity(found.len());
    for clerk in found {
        rows.push(row(web, visitor, chosen, clerk).await?);
    }
    Ok(asked.search(rows))
}

async fn view(
    web: &Web,
    visitor: &Visitor,
    store: Option<StoreId>,
    asked: &Asked,
    told: Told,
) -> Result<Clerks, Trouble> {
    let chosen = Chosen::of(web, visitor, store).await?;
    let rows = found(web, visitor, &chosen, asked).await?;
    let at_work = rows.iter().filter(|row| !row.left).count();
    let kept = chosen.kept();
    let List { mut rows, tools } = asked.page(&[("store", kept.as_str())], rows);
    let mut problem = told.problem;
    if let Some((clerk, handle, wrong)) = told.wrong {
        match rows.iter_mut().find(|row| row.may && row.id == clerk.0) {
            Some(row) => (row.handle, row.wrong) = (handle, Some(wrong)),
            None => problem = Some(wrong),
        }
    }
    // A form of one clerk was sent to an address of its own.
    let tools = tools.at(web.path("counter/clerks"));
    let here = tools.here();
    let place = here.split_once('?').map_or("", |(_, query)| query);
    let place = place.trim_end_matches('&').to_owned();
    let at_work = || counted(at_work, "人", "person", "people");
    let at_work = tools.on.is_none().then(at_work);
    let typed = told.typed.unwrap_or_else(|| NewClerk {
        key: fresh_key(),
        ..NewClerk::default()
    });
    Ok(Clerks {
        frame: Frame::new(web, t("店员", "Clerks"), Some(visitor)),
        sections: sections(web, visitor, &chosen, "clerks"),
        list: List { rows, tools },
        at_work,
        store: chosen.store.0,
        stores: chosen.stores,
        merchant: visitor.caller.has_merchant(),
        roles: clerk_roles(&typed.role),
        typed,
        key: fresh_key(),
        place,
        invited: told.invited,
        notice: told.notice,
        problem,
    })
}

fn works_at(clerk: &Named) -> Option<StoreId> {
    clerk.belongs_to.map(StoreId)
}

async fn row(
    web: &Web,
    visitor: &Visitor,
    chosen: &Chosen,
    clerk: Named,
) -> Result<Row, StoreError> {
    let post = Post::of(&clerk);
    let (everywhere, left) = (post.everywhere, post.left);
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
    let place = store.map_or_else(|| chosen.name.clone(), |store| store.name.clone());
    let own = clerk.id == visitor.id();
    Ok(Row {
        role: post.role(),
        store: store.map(|store| store.name.clone()),
        place,
        everywhere,
        left,
        own,
        login,
        handle,
        wrong: None,
        may: !left && !own && (!everywhere || visitor.caller.has_merchant()),
        id: clerk.id,
        name: clerk.name,
    })
}
