//! One policy read aloud: what it rewards in plain words, its text, and its versions.

use askama::Template;
use axum::extract::Query;
use ledger::community::{PolicyVersion, Standing, Verb};
use ledger::policy::Policy;
use serde::Deserialize;

use crate::web::Web;
use crate::web::desk::policies::aloud::aloud;
use crate::web::desk::policies::{
    PolicyName, Tag, kind_of, mark_of, parsed, present, since, tag_of_standing, title_of,
    versions_of,
};
use crate::web::format::full;
use crate::web::page::{Frame, Page, Trouble, show};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Planner};

#[derive(Template)]
#[template(path = "desk/policy.html")]
struct PolicyPage {
    frame: Frame,
    name: String,
    title: String,
    tag: Tag,
    facts: Vec<(&'static str, String)>,
    rules: Vec<String>,
    terms: Vec<String>,
    /// The names of its own cases.
    cases: Vec<String>,
    source: String,
    versions: Vec<Version>,
    may_change: bool,
}

/// A version among those of the policy.
struct Version {
    mark: i64,
    since: String,
    tag: Tag,
    /// Whether it is the one on this page.
    shown: bool,
    /// The one before it.
    before: Option<i64>,
}

/// Which version.
#[derive(Default, Deserialize)]
pub struct Shown {
    at: Option<i64>,
}

/// `GET /{program}/desk/policies/{policy}`: the version in force, or that which begins at a moment.
pub async fn one(
    At(web): At,
    Planner(visitor): Planner,
    PolicyName(name): PolicyName,
    Query(shown): Query<Shown>,
) -> Page {
    let versions = versions_of(&web, &name).await?;
    let chosen = match shown.at {
        Some(mark) => versions.iter().find(|(one, _)| mark_of(one) == mark),
        None => present(&versions),
    };
    let (version, standing) = chosen.ok_or(Trouble::Missing)?;
    let policy = parsed(&name, &version.source).ok();
    let said = policy.as_ref().and_then(aloud);
    let (rules, terms) = said.map_or_else(Default::default, |said| (said.rules, said.terms));
    show(&PolicyPage {
        frame: Frame::new(&web, t("积分办法", "Policies"), Some(&visitor)),
        title: title_of(policy.as_ref(), &name),
        tag: tag_of_standing(*standing),
        facts: facts(&web, version, policy.as_ref()).await?,
        rules,
        terms,
        cases: policy.as_ref().map_or_else(Vec::new, cases),
        source: version.source.clone(),
        versions: listed(&web, &versions, mark_of(version)),
        may_change: visitor.may_everywhere(&[Verb::Policies]),
        name,
    })
}

/// What stands at its head.
async fn facts(
    web: &Web,
    version: &PolicyVersion,
    policy: Option<&Policy>,
) -> Result<Vec<(&'static str, String)>, Trouble> {
    let mut facts = vec![(
        t("施行", "In force from"),
        full(since(version), &web.zone()),
    )];
    if let Some(policy) = policy {
        let budgets = web.ledger.budgets(web.program.id).await?;
        let budget = budgets
            .into_iter()
            .find(|budget| budget.code == policy.budget());
        let budget = budget.map_or_else(|| policy.budget().to_owned(), |budget| budget.name);
        facts.push((t("适用事项", "Kind of deed"), kind_of(policy)));
        facts.push((t("经费", "Budget"), budget));
    }
    facts.push((t("代号", "Name"), version.name.clone()));
    Ok(facts)
}

fn cases(policy: &Policy) -> Vec<String> {
    let results = policy.run_cases().into_iter();
    results.map(|case| case.name).collect()
}

/// The newest first.
fn listed(web: &Web, versions: &[(PolicyVersion, Standing)], shown: i64) -> Vec<Version> {
    let zone = web.zone();
    let mut before = None;
    let mut listed = Vec::with_capacity(versions.len());
    for (version, standing) in versions {
        let mark = mark_of(version);
        listed.push(Version {
            mark,
            since: full(since(version), &zone),
            tag: tag_of_standing(*standing),
            shown: mark == shown,
            before: before.replace(mark),
        });
    }
    listed.reverse();
    listed
}
