//! 骑手名册: who is on record, what each of them has, and two who are one person.

pub mod doubles;
pub mod merging;
pub mod one;

use std::collections::HashMap;

use askama::Template;
use axum::extract::Query;
use futures::future::try_join_all;
use ledger::StoreError;
use ledger::community::personal::ERASED;
use ledger::community::{Role, Verb};
use ledger::ids::MemberId;
use ledger::points::Points;
use ledger::views::{MemberBalance, Named, Register};
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::Web;
use crate::web::format::points;
use crate::web::lists::whole::{self, MOST, names};
use crate::web::lists::{Asked, Line, List};
use crate::web::names::name;
use crate::web::page::{Frame, Page, show};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Reader, Visitor};

#[derive(Template)]
#[template(path = "desk/members.html")]
struct Members {
    frame: Frame,
    list: List<Row>,
    /// Whether they enrol riders at the desk.
    enrols: bool,
    /// Whether they look for whole names and phones there.
    finds: bool,
    /// Whether they are told who are probably one person.
    compares: bool,
}

/// A rider as they are searched and taken along.
#[derive(Clone)]
struct Listed {
    id: Uuid,
    name: String,
    /// The organization that looks after them.
    home: String,
    /// Who they are now, where they were merged or erased; known once [`merged`] or [`stand`] has asked.
    into: Option<MemberId>,
    /// What they can spend; known once [`stand`] has asked.
    available: Option<Points>,
}

impl Listed {
    /// Who they are now, where they are somebody else.
    fn other(&self) -> Option<MemberId> {
        self.into.filter(|into| into.0 != self.id)
    }

    /// What became of them, in a word.
    fn state(&self) -> Option<&'static str> {
        became(self.name == ERASED, self.other().is_some())
    }
}

/// What became of somebody, in a word.
fn became(erased: bool, merged: bool) -> Option<&'static str> {
    match (erased, merged) {
        (true, _) => Some(t("已注销", "erased")),
        (_, true) => Some(t("已并入他人", "merged")),
        (false, false) => None,
    }
}

impl Line for Listed {
    fn header() -> Vec<&'static str> {
        vec![
            t("姓名", "Name"),
            t("所属组织", "Organisation"),
            t("状态", "State"),
            t("可用积分", "Points to spend"),
            t("编号", "Id"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let state = self.state().unwrap_or(t("在册", "on record"));
        vec![
            self.name.as_str().into(),
            self.home.as_str().into(),
            state.into(),
            self.available.map_or_else(|| "".into(), Cell::from),
            self.id.into(),
        ]
    }
}

/// A rider in the list.
struct Row {
    one: Listed,
    /// Who they are now, where the visitor sees them.
    other: Option<(Uuid, String)>,
}

impl Row {
    fn available(&self) -> String {
        self.one.available.map(points).unwrap_or_default()
    }
}

/// A rider and what they have.
struct Person {
    id: Uuid,
    name: String,
    home: String,
    available: String,
    pending: String,
    held: String,
    debt: String,
    /// What was held about them was erased.
    erased: bool,
    /// They are somebody else now.
    merged: bool,
    /// Who that is, where the visitor sees them.
    other: Option<(Uuid, String)>,
}

impl Person {
    /// Whether nothing more is to be done for them under this id.
    const fn is_gone(&self) -> bool {
        self.erased || self.merged
    }

    /// What became of them, in a word.
    fn state(&self) -> Option<&'static str> {
        became(self.erased, self.merged)
    }
}

/// `GET /{program}/desk/members`: those that the visitor sees, by organization and name.
pub async fn list(At(web): At, Reader(visitor): Reader, Query(asked): Query<Asked>) -> Page {
    let mut all = everybody(&web, &visitor).await?;
    if asked.seeks() {
        merged(&web, &mut all).await?;
    }
    let mut rows = asked.search(all);
    if asked.wants_file() {
        stand(&web, &mut rows).await?;
    }
    if let Some(file) = asked.file("riders", &rows) {
        return file.await;
    }
    let List { mut rows, tools } = asked.page(&[], rows);
    stand(&web, &mut rows).await?;
    let rows = rows.into_iter().map(|one| row(&web, &visitor, one));
    let rows = try_join_all(rows).await?;
    let staff = visitor.role() == Role::Staff;
    show(&Members {
        frame: Frame::new(&web, t("骑手名册", "Riders"), Some(&visitor)),
        list: List { rows, tools },
        enrols: staff && visitor.may(&[Verb::Enrol]),
        finds: staff,
        compares: staff && visitor.may_everywhere(&[Verb::Enrol]),
    })
}

/// All that they see. A district has hundreds of riders, or a few thousand.
async fn everybody(web: &Web, visitor: &Visitor) -> Result<Vec<Listed>, StoreError> {
    let page = |after: Uuid, limit: i64| visitor.caller.members(&web.app, after, limit);
    let all = whole::rows(MOST, Uuid::nil(), |one: &Named| one.id, page).await?;
    listed(web, all).await
}

/// With the names of the organizations that look after them, in order.
async fn listed(web: &Web, members: Vec<Named>) -> Result<Vec<Listed>, StoreError> {
    let homes = members.iter().filter_map(|one| one.belongs_to).collect();
    let homes = names(web, Register::Organizations, homes).await?;
    let home = |id: Option<Uuid>| id.and_then(|id| homes.get(&id).cloned());
    let rows = members.into_iter().map(|one| Listed {
        id: one.id,
        name: one.name,
        home: home(one.belongs_to).unwrap_or_default(),
        into: None,
        available: None,
    });
    let mut rows: Vec<Listed> = rows.collect();
    rows.sort_by(|a, b| (&a.home, &a.name, a.id).cmp(&(&b.home, &b.name, b.id)));
    Ok(rows)
}

fn ids(rows: &[Listed]) -> Vec<MemberId> {
    rows.iter().map(|row| MemberId(row.id)).collect()
}

/// Notes what became of them, which is what a search needs.
async fn merged(web: &Web, rows: &mut [Listed]) -> Result<(), StoreError> {
    let merged = web.ledger.merged_among(web.program.id, &ids(rows)).await?;
    let merged = merged.into_iter().map(|(member, into)| (member.0, into));
    let merged: HashMap<Uuid, MemberId> = merged.collect();
    for row in rows {
        row.into = merged.get(&row.id).copied();
    }
    Ok(())
}

/// Notes what became of them and what they can spend, asked for all of them at once.
async fn stand(web: &Web, rows: &mut [Listed]) -> Result<(), StoreError> {
    let (program, now) = (web.program.id, web.now());
    let members = ids(rows);
    let standings = web.ledger.standings(program, &members, now).await?;
    let standings = standings.into_iter();
    let standings = standings.map(|(member, into, available)| (member.0, (into, available)));
    let standings: HashMap<Uuid, _> = standings.collect();
    for row in rows {
        if let Some(&(into, available)) = standings.get(&row.id) {
            row.into = into;
            row.available = Some(available);
        }
    }
    Ok(())
}

/// With who they are now.
async fn row(web: &Web, visitor: &Visitor, one: Listed) -> Result<Row, StoreError> {
    let other = now(web, visitor, one.other()).await?;
    Ok(Row { one, other })
}

/// Who somebody is now, where the visitor sees them.
async fn now(
    web: &Web,
    visitor: &Visitor,
    into: Option<MemberId>,
) -> Result<Option<(Uuid, String)>, StoreError> {
    match into {
        Some(into) if visitor.caller.sees_member(&web.app, into).await? => {
            let name = name(web, Register::Members, into.0).await?;
            Ok(Some((into.0, name)))
        }
        _ => Ok(None),
    }
}

/// With what they have, and what became of them.
async fn person(web: &Web, visitor: &Visitor, row: Listed) -> Result<Person, StoreError> {
    let (program, member) = (web.program.id, MemberId(row.id));
    let balance = web.ledger.balance(program, member, web.now()).await?;
    let into = web.ledger.merged_into(program, member).await?;
    let other = now(web, visitor, into).await?;
    let part = |of: fn(&MemberBalance) -> Points| {
        let part = balance.as_ref().map_or(Points::ZERO, of);
        points(part)
    };
    Ok(Person {
        available: part(|balance| balance.available),
        pending: part(|balance| balance.pending),
        held: part(|balance| balance.held),
        debt: part(|balance| balance.debt),
        erased: row.name == ERASED,
        merged: into.is_some(),
        other,
        id: row.id,
        name: row.name,
        home: row.home,
    })
}

/// One rider; nothing where there is none of this id.
async fn read(
    web: &Web,
    visitor: &Visitor,
    member: MemberId,
) -> Result<Option<Person>, StoreError> {
    let named = web
        .ledger
        .registered(web.program.id, Register::Members, member.0);
    let named = named.await?.into_iter().collect();
    match listed(web, named).await?.pop() {
        Some(row) => person(web, visitor, row).await.map(Some),
        None => Ok(None),
    }
}
