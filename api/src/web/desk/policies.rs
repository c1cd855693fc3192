//! 办法 at the desk: which there are, which version is in force since when, and what is on its way there.

pub mod diff;
pub mod draft;
pub mod edit;
pub mod form;
pub mod read;

mod aloud;
mod told;

use std::sync::Arc;

use askama::Template;
use axum::extract::{FromRequestParts, Query, RawPathParams};
use axum::http::request::Parts;
use ledger::StoreError;
use ledger::clock::Timestamp;
use ledger::community::{
    DraftState, PolicyDraft, PolicyVersion, Standing, Verb, standing_of, standings,
};
use ledger::ids::DraftId;
use ledger::policy::{Policy, PolicyErrors, kinds};
use ledger::views::{DraftFilter, Register};
use serde::Deserialize;
use uuid::Uuid;

use crate::web::format::{full, moment};
use crate::web::page::{Frame, Page, Trouble, show};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Planner};
use crate::web::{Site, Web};

/// The largest form, in bytes: a policy of 64 KiB as it is written in one, where a letter may take three, and its fields beside it.
pub const LARGEST: usize = 320 * 1_024;
/// Where a first version begins: no policy is called so.
const RESERVED: &str = "new";
/// How many drafts are shown on a page.
const SHOWN: usize = 20;

/// The policy's name in the path.
pub struct PolicyName(pub String);

impl FromRequestParts<Arc<Site>> for PolicyName {
    type Rejection = Trouble;

    async fn from_request_parts(parts: &mut Parts, site: &Arc<Site>) -> Result<Self, Trouble> {
        let path = RawPathParams::from_request_parts(parts, site).await;
        let path = path.map_err(|_| Trouble::Missing)?;
        let found = path.iter().find(|(known, _)| *known == "policy");
        let (_, name) = found.ok_or(Trouble::Missing)?;
        Ok(Self(name.to_owned()))
    }
}

#[derive(Template)]
#[template(path = "desk/policies.html")]
struct Policies {
    frame: Frame,
    policies: Vec<Row>,
    drafts: Vec<DraftRow>,
    states: Vec<State>,
    /// The state that is asked for.
    state: &'static str,
    /// Where the next page begins.
    next: Option<Uuid>,
    /// Whether this is the first page of all.
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

/// A policy on its way into force.
struct DraftRow {
    id: Uuid,
    name: String,
    title: String,
    what: String,
    tag: Tag,
}

/// A state by which drafts are chosen.
struct State {
    value: &'static str,
    label: &'static str,
    current: bool,
}

/// A state in a word or two, and how it looks.
pub struct Tag {
    /// In words.
    pub words: &'static str,
    /// Its classes.
    pub class: &'static str,
}

impl Tag {
    const fn of(words: &'static str, class: &'static str) -> Self {
        Self { words, class }
    }
}

/// Which drafts.
#[derive(Default, Deserialize)]
pub struct Chosen {
    #[serde(default)]
    state: String,
    after: Option<DraftId>,
}

/// `GET /{program}/desk/policies`: what is in force or to come, and drafts, those made last first.
pub async fn list(At(web): At, Planner(visitor): Planner, Query(chosen): Query<Chosen>) -> Page {
    let (program, now) = (web.program.id, web.now());
    let state = DraftState::from_name(&chosen.state);
    let before = match chosen.after {
        Some(id) => web.ledger.draft(program, id).await?,
        None => None,
    };
    let filter = DraftFilter {
        before: before.as_ref().map(|last| (last.imported_at, last.id)),
        state,
        limit: i64::try_from(SHOWN + 1).unwrap_or(i64::MAX),
    };
    let mut drafts = web.ledger.drafts(program, &filter).await?;
    let more = drafts.len() > SHOWN;
    drafts.truncate(SHOWN);
    let last = drafts.last().filter(|_| more);
    let next = last.map(|draft| draft.id.0);
    let versions = web.ledger.policies(program).await?;
    let drafts = draft_rows(&web, drafts, &versions).await?;
    show(&Policies {
        frame: Frame::new(&web, t("积分办法", "Policies"), Some(&visitor)),
        policies: rows(&web, standings(versions, key_of, now)),
        drafts,
        states: states(state),
        state: state.map_or("", DraftState::name),
        next,
        whole: state.is_none() && filter.before.is_none(),
        may_change: visitor.may_everywhere(&[Verb::Policies]),
    })
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

async fn draft_rows(
    web: &Web,
    drafts: Vec<PolicyDraft>,
    versions: &[PolicyVersion],
) -> Result<Vec<DraftRow>, StoreError> {
    let (program, zone) = (web.program.id, web.zone());
    let authors: Vec<Uuid> = drafts.iter().map(|draft| draft.imported_by.0).collect();
    let people = web
        .ledger
        .registered_of(program, Register::Staff, &authors)
        .await?;
    let row = |draft: PolicyDraft| {
        let named = people.iter().find(|one| one.id == draft.imported_by.0);
        let who = named.map_or(t("系统", "the system"), |one| one.name.as_str());
        let when = moment(draft.imported_at, &zone);
        let policy = parsed(&draft.name, &draft.source).ok();
        DraftRow {
            id: draft.id.0,
            title: title_of(policy.as_ref(), &draft.name),
            what: say!("{who} {when} 存入", "by {who}, {when}"),
            tag: tag_of_draft(&draft, versions, web.now()),
            name: draft.name,
        }
    };
    Ok(drafts.into_iter().map(row).collect())
}

fn states(chosen: Option<DraftState>) -> Vec<State> {
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
        current: chosen.is_none(),
    };
    let each = DraftState::ALL.into_iter().map(state);
    [all].into_iter().chain(each).collect()
}

/// Where a version stands.
fn tag_of_standing(standing: Standing) -> Tag {
    match standing {
        Standing::ToCome => Tag::of(t("已批准，待施行", "approved, to come"), "tag soon"),
        Standing::InForce => Tag::of(t("施行中", "in force"), "tag"),
        Standing::Superseded => Tag::of(t("已被取代", "superseded"), "tag"),
    }
}

/// How far a draft has come.
fn tag_of_draft(draft: &PolicyDraft, versions: &[PolicyVersion], now: Timestamp) -> Tag {
    match (standing_of(draft, versions, now), draft.state) {
        (Some(standing), _) => tag_of_standing(standing),
        (None, DraftState::Draft) => {
            Tag::of(t("草案，例子不符", "draft, its cases fail"), "tag bad")
        }
        (None, DraftState::Tested) => {
            Tag::of(t("例子已过，待模拟", "tested, to be simulated"), "tag soon")
        }
        (None, DraftState::Simulated | DraftState::Approved) => {
            Tag::of(t("已模拟，待批准", "simulated, to be approved"), "tag soon")
        }
    }
}

/// By name and by when it takes effect, for [`standings`].
fn key_of(version: &PolicyVersion) -> (&str, Timestamp) {
    (&version.name, since(version))
}

/// From when on a version holds.
fn since(version: &PolicyVersion) -> Timestamp {
    let begin = Timestamp::from_micros(0);
    version.effective_from.unwrap_or(begin)
}

/// The same as addresses say it: two versions of a policy never begin at one moment.
fn mark_of(version: &PolicyVersion) -> i64 {
    since(version).as_micros()
}

/// Every version of one policy with where it stands, the first one first. There is no policy without one.
async fn versions_of(web: &Web, name: &str) -> Result<Vec<(PolicyVersion, Standing)>, Trouble> {
    let mut versions = web.ledger.policies(web.program.id).await?;
    versions.retain(|version| version.name == name);
    match versions.is_empty() {
        true => Err(Trouble::Missing),
        false => Ok(standings(versions, key_of, web.now())),
    }
}

/// The one in force, or the first to come.
fn present(versions: &[(PolicyVersion, Standing)]) -> Option<&(PolicyVersion, Standing)> {
    let of = |wanted| {
        let mut versions = versions.iter();
        versions.find(move |(_, standing)| *standing == wanted)
    };
    of(Standing::InForce).or_else(|| of(Standing::ToCome))
}

/// As the ledger reads it.
fn parsed(name: &str, source: &str) -> Result<Policy, PolicyErrors> {
    Policy::parse(&format!("{name}.toml"), source)
}

fn title_of(policy: Option<&Policy>, name: &str) -> String {
    policy.map_or(name, Policy::title).to_owned()
}

/// What kind of deed it is about.
fn kind_of(policy: &Policy) -> String {
    let known = kinds().iter().find(|kind| kind.name == policy.on());
    let words = known.map_or(policy.on(), |kind| t(kind.zh, kind.en));
    words.to_owned()
}

/// The policy's own cases: how many there are, and of those that come out otherwise the name, the line and how.
pub struct Cases {
    /// How many there are.
    pub all: usize,
    /// Those that come out otherwise.
    pub failing: Vec<Failing>,
}

/// A case that comes out otherwise.
pub struct Failing {
    /// What it is called.
    pub name: String,
    /// Where it begins.
    pub line: usize,
    /// How it comes out.
    pub how: String,
}

impl Cases {
    fn of(policy: &Policy) -> Self {
        let results = policy.run_cases();
        let all = results.len();
        let failing = results.into_iter().filter_map(|case| {
            Some(Failing {
                how: case.outcome.err()?.join("; "),
                name: case.name,
                line: case.line,
            })
        });
        Self {
            all,
            failing: failing.collect(),
        }
    }
}
