//! Which policies there are, in force or to come; and those on their way there.

use askama::Template;
use axum::extract::Query;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::{DraftState, PolicyDraft, PolicyVersion, Standing, Verb, standings};
use ledger::ids::DraftId;
use ledger::views::{DraftFilter, Register};
use serde::Deserialize;
use uuid::Uuid;

use super::{Tag, key_of, kind_of, parsed, since, tag_of_draft, tag_of_standing, title_of};
use crate::sheet::Cell;
use crate::web::Web;
use crate::web::format::{full, moment};
use crate::web::lists::whole;
use crate::web::lists::{Asked, Line, List, Tools};
use crate::web::page::{Frame, Page, show};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Planner, Visitor};

/// How many drafts stand below the policies.
const NEWEST: usize = 5;

#[derive(Template)]
#[template(path = "desk/policies.html")]
struct Policies {
    frame: Frame,
    /// Those in force and to come, unless only drafts are asked for.
    policies: Option<List<Row>>,
    drafts: Vec<DraftRow>,
    /// What stands around the drafts where only they are asked for.
    tools: Option<Tools>,
    /// Whether nothing is looked for among the drafts.
    idle: bool,
    /// Whether there are drafts besides these.
    more: bool,
    states: Vec<State>,
    /// Whether drafts of every state are meant.
    whole: bool,
    may_change: bool,
}

/// A policy.
struct Row {
    name: String,
    title: String,
    on: String,
    since: String,
    tag: Tag,
    /// From when another version holds.
    to_come: Option<String>,
}

impl Line for Row {
    fn header() -> Vec<&'static str> {
        vec![
            t("名称", "Title"),
            t("代号", "Name"),
            t("适用事项", "Kind of deed"),
            t("施行", "In force from"),
            t("状态", "State"),
            t("新版本施行", "Another version from"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.title.as_str().into(),
            self.name.as_str().into(),
            self.on.as_str().into(),
            self.since.as_str().into(),
            self.tag.words.into(),
            self.to_come.as_deref().unwrap_or_default().into(),
        ]
    }
}

/// A policy on its way into force.
struct DraftRow {
    id: Uuid,
    name: String,
    title: String,
    what: String,
    tag: Tag,
    /// Who made it, and when, to the year.
    by: String,
    at: String,
}

impl Line for DraftRow {
    fn header() -> Vec<&'static str> {
        vec![
            t("名称", "Title"),
            t("代号", "Name"),
            t("存入人", "Made by"),
            t("存入时间", "Made"),
            t("状态", "State"),
            t("草案编号", "Draft"),
        ]
    }

    fn cells(&self) -> Vec<Cell> {
        vec![
            self.title.as_str().into(),
            self.name.as_str().into(),
            self.by.as_str().into(),
            self.at.as_str().into(),
            self.tag.words.into(),
            self.id.into(),
        ]
    }
}

/// A state by which drafts are chosen.
struct State {
    value: &'static str,
    label: &'static str,
    current: bool,
}

/// What is listed: drafts alone, of all states or of one; or else the policies, and the newest drafts.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Chosen {
    list: String,
    state: String,
}

/// `GET /{program}/desk/policies`: what is in force or to come, and the newest drafts; or drafts alone, those made last first.
pub async fn list(
    At(web): At,
    Planner(visitor): Planner,
    Query(chosen): Query<Chosen>,
    Query(asked): Query<Asked>,
) -> Page {
    let versions = web.ledger.policies(web.program.id).await?;
    let state = DraftState::from_name(&chosen.state);
    if state.is_some() || chosen.list == "drafts" {
        return drafted(&web, &visitor, &versions, state, &asked).await;
    }
    let mut newest = drafts(&web, None, NEWEST.saturating_add(1)).await?;
    let more = newest.len() > NEWEST;
    newest.truncate(NEWEST);
    let drafts = draft_rows(&web, newest, &versions).await?;
    let rows = rows(&web, standings(versions, key_of, web.now()));
    let rows = asked.search(rows);
    if let Some(file) = asked.file("policies", &rows) {
        return file.await;
    }
    show(&Policies {
        policies: Some(asked.page(&[], rows)),
        drafts,
        more,
        states: states(None, false),
        ..Policies::blank(&web, &visitor)
    })
}

/// Drafts alone.
async fn drafted(
    web: &Web,
    visitor: &Visitor,
    versions: &[PolicyVersion],
    state: Option<DraftState>,
    asked: &Asked,
) -> Page {
    let found = drafts(web, state, asked.reads()).await?;
    let rows = asked.search(draft_rows(web, found, versions).await?);
    if let Some(file) = asked.file("policy-drafts", &rows) {
        return file.await;
    }
    let of = state.map_or("", DraftState::name);
    let list = asked.page(&[("list", "drafts"), ("state", of)], rows);
    show(&Policies {
        drafts: list.rows,
        tools: Some(list.tools),
        idle: asked.q.is_empty(),
        states: states(state, true),
        whole: state.is_none(),
        ..Policies::blank(web, visitor)
    })
}

impl Policies {
    /// A page of nothing yet.
    fn blank(web: &Web, visitor: &Visitor) -> Self {
        Self {
            frame: Frame::new(web, t("积分办法", "Policies"), Some(visitor)),
            policies: None,
            drafts: Vec::new(),
            tools: None,
            idle: true,
            more: false,
            states: Vec::new(),
            whole: true,
            may_change: visitor.may_everywhere(&[Verb::Policies]),
        }
    }
}

/// A line a policy: the version in force, or the first to come.
fn rows(web: &Web, versions: Vec<(PolicyVersion, Standing)>) -> Vec<Row> {
    let zone = web.zone();
    let mut rows: Vec<Row> = Vec::new();
    let living = |(_, standing): &(PolicyVersion, Standing)| *standing != Standing::Superseded;
    for (version, standing) in versions.into_iter().filter(living) {
        let since = full(since(&version), &zone);
        if let Some(row) = rows.last_mut().filter(|row| row.name == version.name) {
            row.to_come.get_or_insert(since);
            continue;
        }
        let policy = parsed(&version.name, &version.source).ok();
        rows.push(Row {
            title: title_of(policy.as_ref(), &version.name),
            on: policy.as_ref().map_or_else(String::new, kind_of),
            name: version.name,
            since,
            tag: tag_of_standing(standing),
            to_come: None,
        });
    }
    rows
}

/// Up to so many drafts, those made last first.
async fn drafts(
    web: &Web,
    state: Option<DraftState>,
    most: usize,
) -> Result<Vec<PolicyDraft>, StoreError> {
    let (ledger, program) = (&web.ledger, web.program.id);
    let page = move |before: Option<(Timestamp, DraftId)>, limit: i64| async move {
        let filter = DraftFilter {
            before,
            state,
            limit,
        };
        ledger.drafts(program, &filter).await
    };
    let place = |draft: &PolicyDraft| Some((draft.imported_at, draft.id));
    whole::rows(most, None, place, page).await
}

async fn draft_rows(
    web: &Web,
    drafts: Vec<PolicyDraft>,
    versions: &[PolicyVersion],
) -> Result<Vec<DraftRow>, StoreError> {
    let zone = web.zone();
    let authors = drafts.iter().map(|draft| draft.imported_by.0).collect();
    let people = whole::names(web, Register::Staff, authors).await?;
    let row = |draft: PolicyDraft| {
        let who = people.get(&draft.imported_by.0);
        let who = who.cloned().unwrap_or_default();
        let when = moment(draft.imported_at, &zone);
        let policy = parsed(&draft.name, &draft.source).ok();
        DraftRow {
            id: draft.id.0,
            title: title_of(policy.as_ref(), &draft.name),
            what: say!("{who} {when} 存入", "by {who}, {when}"),
            tag: tag_of_draft(&draft, versions, web.now()),
            at: full(draft.imported_at, &zone),
            by: who,
            name: draft.name,
        }
    };
    Ok(drafts.into_iter().map(row).collect())
}

/// The states of drafts, and which is shown where drafts are shown alone.
fn states(chosen: Option<DraftState>, alone: bool) -> Vec<State> {
    let state = |state: DraftState| State {
        value: state.name(),
        label: match state {
            DraftState::Draft => t("例子不符", "Cases fail"),
            DraftState::Tested => t("待模拟", "To be simulated"),
            DraftState::Simulated => t("待批准", "To be approved"),
            DraftState::Approved => t("已批准", "Approved"),
        },
        current: chosen == Some(state),
    };
    let all = State {
        value: "",
        label: t("全部", "All"),
        current: alone && chosen.is_none(),
    };
    let each = DraftState::ALL.into_iter().map(state);
    [all].into_iter().chain(each).collect()
}
