//! For auditors: who changed what, when, by what, from where and why.

use std::collections::HashMap;

use askama::Template;
use axum::extract::Query;
use jiff::civil::Date;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::Role;
use ledger::community::hazard::InvalidReason;
use ledger::ids::{ActorId, CommandId};
use ledger::machine::Reason;
use ledger::views::{Change, Register, TrailFilter, TrailPage};
use serde::Deserialize;
use uuid::Uuid;

use crate::sheet::Cell;
use crate::web::format::full;
use crate::web::lists::whole::{self, names};
use crate::web::lists::{Asked, Line, List};
use crate::web::page::{Frame, Page, show as render};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Auditor};
use crate::web::{Web, words};

const CHANGES: i64 = 50;
/// How many changes are read at a time for a search or a file, and how often: each time so many are looked through.
const PAGE: i64 = 500;
const LOOKS: usize = 20;

/// What was typed, as it was typed.
#[derive(Clone, Default, Deserialize)]
#[serde(default)]
pub struct Wanted {
    operation: String,
    actor: String,
    object: String,
    from: String,
    to: String,
    before: Option<CommandId>,
}

#[derive(Template)]
#[template(path = "audit/trail.html")]
struct Trail {
    frame: Frame,
    wanted: Wanted,
    /// What was done, and what pages call it.
    operations: Vec<(&'static str, &'static str)>,
    problem: Option<&'static str>,
    list: List<Row>,
    /// Whether the list is of what was looked for, and paged.
    sought: bool,
    /// Where earlier ones begin.
    older: Option<String>,
}

struct Row {
    operation: String,
    at: String,
    who: String,
    actor: Option<Uuid>,
    by: String,
    subject: Uuid,
    reason: Option<String>,
    /// The operation's own name, and when it was in UTC.
    name: String,
    moment: String,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("操作", "Operation"),
            t("操作代号", "Operation's name"),
            t("时间", "When"),
            t("时间（UTC）", "When (UTC)"),
            t("操作人", "Who"),
            t("操作人编号", "ID of the person"),
            t("从何处", "From where"),
            t("对象编号", "ID of the object"),
            t("原因", "Why"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        let actor = self.actor.map(|id| id.to_string());
        vec![
            self.operation.clone().into(),
            self.name.clone().into(),
            self.at.clone().into(),
            self.moment.clone().into(),
            self.who.clone().into(),
            actor.unwrap_or_default().into(),
            self.by.clone().into(),
            self.subject.into(),
            self.reason.clone().unwrap_or_default().into(),
        ]
    }
}

/// Why, in words where there are any.
fn why(name: &str) -> String {
    let reason = Reason::from_name(name).map(words::reason);
    let invalid = InvalidReason::from_name(name).map(words::invalid_reason);
    let words = reason.or_else(|| words::trail::purpose(name)).or(invalid);
    words.unwrap_or(name).to_owned()
}

/// `GET /{program}/audit/changes`.
pub async fn show(
    At(web): At,
    auditor: Auditor,
    Query(wanted): Query<Wanted>,
    Query(asked): Query<Asked>,
) -> Page {
    let whole = asked.seeks() || asked.wants_file();
    let (page, problem) = match wanted.filter(&web) {
        Ok(filter) => (Some(changes(&web, filter, whole).await?), None),
        Err(problem) => (None, Some(problem)),
    };
    let (changes, next) = page.map_or_else(Default::default, |page| (page.changes, page.next));
    let found = asked.search(rows(&web, &changes).await?);
    if let Some(file) = asked.file("changes", &found) {
        return file.await;
    }
    let operations = words::trail::OPERATIONS.iter();
    let operations = operations.map(|(name, (zh, en))| (*name, t(zh, en)));
    let before = wanted.before.map(|id| id.to_string()).unwrap_or_default();
    let older = next.map(|next| {
        let next = next.to_string();
        asked.tools(&wanted.kept(&next), 0).whole()
    });
    render(&Trail {
        frame: Frame::new(&web, t("变更记录", "Changes"), Some(&auditor.0)),
        list: asked.page(&wanted.kept(&before), found),
        older,
        sought: asked.seeks(),
        wanted,
        operations: operations.collect(),
        problem,
    })
}

/// A page of them; or, to search them or for a file, as many as are looked through at once.
async fn changes(web: &Web, mut filter: TrailFilter, whole: bool) -> Result<TrailPage, StoreError> {
    let program = web.program.id;
    if !whole {
        return web.ledger.trail(program, &filter).await;
    }
    filter.limit = PAGE;
    let mut found = web.ledger.trail(program, &filter).await?;
    for _ in 1..LOOKS {
        let Some(next) = found.next else { break };
        filter.before = Some(next);
        let more = web.ledger.trail(program, &filter).await?;
        found.changes.extend(more.changes);
        found.next = more.next;
    }
    Ok(found)
}

impl Wanted {
    fn filter(&self, web: &Web) -> Result<TrailFilter, &'static str> {
        let id = |text: &str, problem| match text.trim() {
            "" => Ok(None),
            text => text.parse::<Uuid>().map(Some).map_err(|_| problem),
        };
        let day = |text: &str, after: i64| match text.trim() {
            "" => Ok(None),
            text => midnight(web, text, after).map(Some),
        };
        Ok(TrailFilter {
            actor: id(
                &self.actor,
                t(
                    "操作人要填编号，如列表中所示。",
                    "Please enter the person's ID, as in the list.",
                ),
            )?
            .map(ActorId),
            object: id(
                &self.object,
                t(
                    "对象要填编号，如列表中所示。",
                    "Please enter the object's ID, as in the list.",
                ),
            )?,
            operation: Some(self.operation.clone()).filter(|name| !name.is_empty()),
            from: day(&self.from, 0)?,
            until: day(&self.to, 1)?,
            before: self.before,
            limit: CHANGES,
        })
    }

    /// The same question, for what is before a change.
    fn kept<'a>(&'a self, before: &'a str) -> [(&'static str, &'a str); 6] {
        [
            ("operation", self.operation.as_str()),
            ("actor", self.actor.as_str()),
            ("object", self.object.as_str()),
            ("from", self.from.as_str()),
            ("to", self.to.as_str()),
            ("before", before),
        ]
    }
}

/// The beginning of a day in the programme's zone, or of the one after.
fn midnight(web: &Web, text: &str, after: i64) -> Result<Timestamp, &'static str> {
    let problem = t(
        "日期要写成 2026-04-01 这样。",
        "Please write a day as in 2026-04-01.",
    );
    let day: Date = text.parse().map_err(|_| problem)?;
    let day = day
        .checked_add(jiff::Span::new().days(after))
        .map_err(|_| problem)?;
    let midnight = day.to_zoned(web.zone()).map_err(|_| problem)?;
    Ok(midnight.timestamp().into())
}

/// What who did it is called, of those in one of these roles.
async fn named(
    web: &Web,
    changes: &[Change],
    role: Role,
) -> Result<HashMap<Uuid, String>, StoreError> {
    let theirs = changes.iter().filter(|one| role_of(one) == Some(role));
    let ids: Vec<Uuid> = theirs.filter_map(|one| one.actor.map(|id| id.0)).collect();
    match role {
        Role::Member => names(web, Register::Members, ids).await,
        Role::Staff => names(web, Register::Staff, ids).await,
        // A clerk, or the store itself by its key.
        Role::Merchant => {
            let mut known = whole::known(web, Register::Stores, ids.clone()).await?;
            known.extend(whole::known(web, Register::Clerks, ids).await?);
            Ok(known)
        }
        Role::Auditor | Role::Admin => Ok(HashMap::new()),
    }
}

fn role_of(change: &Change) -> Option<Role> {
    change.role.as_deref().and_then(Role::from_name)
}

async fn rows(web: &Web, changes: &[Change]) -> Result<Vec<Row>, StoreError> {
    let mut known = HashMap::new();
    for role in [Role::Member, Role::Merchant, Role::Staff] {
        known.extend(named(web, changes, role).await?);
    }
    let unrecorded = t("未记录", "not recorded");
    let row = |change: &Change| {
        let actor = change.actor.map(|id| id.0);
        let named = actor.and_then(|id| known.get(&id).cloned());
        let by = change.via.as_deref().map_or(unrecorded, words::trail::via);
        let address = change.address.as_deref().unwrap_or_default();
        Row {
            operation: words::trail::operation(&change.operation).to_owned(),
            at: full(change.at, &web.zone()),
            who: named
                .unwrap_or_else(|| role_of(change).map_or(unrecorded, words::role).to_owned()),
            actor,
            by: format!("{by} {address}").trim_end().to_owned(),
            subject: change.subject,
            reason: change.reason.as_deref().map(why),
            name: change.operation.clone(),
            moment: change.at.to_string(),
        }
    };
    Ok(changes.iter().map(row).collect())
}
