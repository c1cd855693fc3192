//! For auditors: who changed what, when, by what, from where and why.

use askama::Template;
use axum::extract::Query;
use futures::future::try_join_all;
use jiff::civil::Date;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::Role;
use ledger::community::hazard::InvalidReason;
use ledger::ids::{ActorId, CommandId};
use ledger::machine::Reason;
use ledger::views::{Change, Register, TrailFilter};
use serde::Deserialize;
use uuid::Uuid;

use crate::web::format::full;
use crate::web::names::name;
use crate::web::page::{Frame, Page, show as render};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Auditor};
use crate::web::{Web, words};

const CHANGES: i64 = 50;

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
    rows: Vec<Row>,
    /// Where the next page begins.
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
}

/// Why, in words where there are any.
fn why(name: &str) -> String {
    let reason = Reason::from_name(name).map(words::reason);
    let invalid = InvalidReason::from_name(name).map(words::invalid_reason);
    let words = reason.or_else(|| words::trail::purpose(name)).or(invalid);
    words.unwrap_or(name).to_owned()
}

/// `GET /{program}/audit/changes`.
pub async fn show(At(web): At, auditor: Auditor, Query(wanted): Query<Wanted>) -> Page {
    let (page, problem) = match wanted.filter(&web) {
        Ok(filter) => (Some(web.ledger.trail(web.program.id, &filter).await?), None),
        Err(problem) => (None, Some(problem)),
    };
    let (changes, next) = page.map_or_else(Default::default, |page| (page.changes, page.next));
    let rows = try_join_all(changes.iter().map(|change| row(&web, change))).await?;
    let operations = words::trail::OPERATIONS.iter();
    let operations = operations.map(|(name, (zh, en))| (*name, t(zh, en)));
    render(&Trail {
        frame: Frame::new(&web, t("变更记录", "Changes"), Some(&auditor.0)),
        older: next.map(|next| wanted.again(next)),
        wanted,
        operations: operations.collect(),
        problem,
        rows,
    })
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
    fn again(&self, before: CommandId) -> String {
        let mut query = String::new();
        for (name, value) in [
            ("operation", &self.operation),
            ("actor", &self.actor),
            ("object", &self.object),
            ("from", &self.from),
            ("to", &self.to),
        ] {
            // Names of operations, ids and days need no escaping; anything else was refused.
            let plain = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
            if !value.is_empty() && value.chars().all(plain) {
                query.push_str(&format!("{name}={value}&"));
            }
        }
        format!("{query}before={before}")
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

async fn row(web: &Web, change: &Change) -> Result<Row, StoreError> {
    let role = change.role.as_deref().and_then(Role::from_name);
    let actor = change.actor.map(|id| id.0);
    let register = match role {
        Some(Role::Member) => Some(Register::Members),
        Some(Role::Merchant) => Some(Register::Stores),
        Some(Role::Staff) => Some(Register::Staff),
        Some(Role::Auditor | Role::Admin) | None => None,
    };
    let unrecorded = t("未记录", "not recorded");
    let who = match (register, actor) {
        (Some(register), Some(id)) => name(web, register, id).await?,
        _ => role.map_or(unrecorded, words::role).to_owned(),
    };
    let by = change.via.as_deref().map_or(unrecorded, words::trail::via);
    let address = change.address.as_deref().unwrap_or_default();
    Ok(Row {
        operation: words::trail::operation(&change.operation).to_owned(),
        at: full(change.at, &web.zone()),
        who,
        actor,
        by: format!("{by} {address}").trim_end().to_owned(),
        subject: change.subject,
        reason: change.reason.as_deref().map(why),
    })
}
