//! 办法 at the desk: which there are, which version is in force since when, and what is on its way there.

pub mod diff;
pub mod draft;
pub mod edit;
pub mod form;
pub mod read;

mod aloud;
mod listed;
mod told;

use std::sync::Arc;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use ledger::clock::Timestamp;
use ledger::community::{DraftState, PolicyDraft, PolicyVersion, Standing, standing_of, standings};
use ledger::policy::{Policy, PolicyErrors, kinds};

use crate::web::page::Trouble;
use crate::web::reading::t;
use crate::web::{Site, Web};

pub use listed::list;

/// The largest form, in bytes: a policy of 64 KiB as it is written in one, where a letter may take three, and its fields beside it.
pub const LARGEST: usize = 320 * 1_024;
/// Where a first version begins: no policy is called so.
const RESERVED: &str = "new";

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
