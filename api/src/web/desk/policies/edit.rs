//! A policy as text: a draft begins from what is in force, is checked as often as one likes, and is kept as it was typed until it is saved.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::Response;
use ledger::community::{PolicySource, PolicyVersion, in_force};
use ledger::ids::DraftId;
use ledger::machine::{Command, Outcome};
use ledger::policy::{Policy, PolicyError, PolicyErrors};
use ledger::{StoreError, WriteError};
use serde::Deserialize;

use crate::web::desk::policies::diff::changes;
use crate::web::desk::policies::{
    Cases, PolicyName, RESERVED, form, parsed, present, title_of, versions_of,
};
use crate::web::fields::fresh_key;
use crate::web::page::{Frame, Page, Trouble, go, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Policymaker, request};
use crate::web::{Web, words};

#[derive(Template)]
#[template(path = "desk/policy_edit.html")]
struct EditPage {
    frame: Frame,
    name: String,
    title: String,
    /// Whether a version of it is on record.
    known: bool,
    typed: Typed,
    /// Why it was not saved.
    problem: Option<String>,
    mistakes: Vec<Mistake>,
    /// What was found, if nothing is wrong with the text.
    checked: Option<Checked>,
}

/// One thing that is wrong, and where.
pub struct Mistake {
    /// Line and column.
    pub place: String,
    /// That line as it was typed.
    pub line: String,
    /// What was found.
    pub found: String,
    /// What may have been meant.
    pub hints: Vec<String>,
}

/// A text without mistakes.
pub struct Checked {
    /// Its own cases.
    pub cases: Cases,
    /// Against what is in force.
    pub changes: Vec<String>,
}

/// The form.
#[derive(Default, Deserialize)]
pub struct Typed {
    /// What is to be done.
    #[serde(default)]
    pub act: String,
    /// Under which key it is saved.
    #[serde(default)]
    pub key: String,
    /// The text.
    #[serde(default)]
    pub source: String,
}

/// From which text to begin.
#[derive(Default, Deserialize)]
pub struct Begin {
    /// The draft, where it is not what is in force.
    pub draft: Option<DraftId>,
}

/// What came of a text.
pub enum Looked {
    /// It is kept: on to the draft.
    Kept(Response),
    /// It is shown again, with what was found.
    Shown(StatusCode, Found),
}

/// What was found in a text.
pub struct Found {
    /// Whether a version of the policy is on record.
    pub known: bool,
    /// Under which key it may be saved.
    pub key: String,
    /// Why it was not saved.
    pub problem: Option<String>,
    /// What is wrong with it.
    pub errors: Option<PolicyErrors>,
    /// What there is to say where nothing is.
    pub checked: Option<Checked>,
}

impl Found {
    /// Before anybody looked.
    pub fn nothing(known: bool, key: String) -> Self {
        Self {
            known,
            key,
            problem: None,
            errors: None,
            checked: None,
        }
    }
}

impl EditPage {
    fn of(web: &Web, staff: &Policymaker, name: &str, typed: Typed, found: Found) -> Self {
        let policy = parsed(name, &typed.source).ok();
        let wrong = found.errors.iter().flat_map(PolicyErrors::iter);
        let mistakes = wrong.map(|error| mistake(&typed.source, error)).collect();
        Self {
            frame: Frame::new(web, t("修改办法", "Change a policy"), Some(&staff.0)),
            name: name.to_owned(),
            title: title_of(policy.as_ref(), name),
            known: found.known,
            mistakes,
            problem: found.problem,
            checked: found.checked,
            typed: Typed {
                key: found.key,
                ..typed
            },
        }
    }
}

/// `GET /{program}/desk/policies/{policy}/edit`: the text in force, or that of a draft.
pub async fn begin(
    At(web): At,
    staff: Policymaker,
    PolicyName(name): PolicyName,
    Query(begin): Query<Begin>,
) -> Page {
    let typed = Typed {
        source: begun(&web, &name, begin.draft).await?,
        ..Typed::default()
    };
    let found = Found::nothing(is_known(&web, &name).await?, fresh_key());
    show(&EditPage::of(&web, &staff, &name, typed, found))
}

/// The text in force, or that of a draft.
pub async fn begun(web: &Web, name: &str, draft: Option<DraftId>) -> Result<String, Trouble> {
    let source = match draft {
        Some(id) => {
            let draft = web.ledger.draft(web.program.id, id).await?;
            let draft = draft.filter(|draft| draft.name == name);
            draft.map(|draft| draft.source)
        }
        None => {
            let versions = versions_of(web, name).await?;
            present(&versions).map(|(version, _)| version.source.clone())
        }
    };
    source.ok_or(Trouble::Missing)
}

/// Whether a version of it is on record.
pub async fn is_known(web: &Web, name: &str) -> Result<bool, StoreError> {
    let versions = web.ledger.policies(web.program.id).await?;
    Ok(versions.iter().any(|version| version.name == name))
}

/// `POST /{program}/desk/policies/{policy}/edit`: looks at what was typed, or keeps it as a draft, once for each form; or goes on as a form.
pub async fn act(
    At(web): At,
    staff: Policymaker,
    PolicyName(name): PolicyName,
    Form(typed): Form<Typed>,
) -> Page {
    let typed = Typed {
        source: tidy(&typed.source),
        ..typed
    };
    match typed.act.as_str() {
        "form" => form::shown(&web, &staff, &name, typed).await,
        _ => shown(&web, &staff, &name, typed).await,
    }
}

/// The text as it was typed, with what was found in it.
pub async fn shown(web: &Web, staff: &Policymaker, name: &str, typed: Typed) -> Page {
    match look(web, staff, name, &typed).await? {
        Looked::Kept(on) => Ok(on),
        Looked::Shown(status, found) => {
            show_as(status, &EditPage::of(web, staff, name, typed, found))
        }
    }
}

/// Looks at a text, and where it is to be saved and nothing is wrong with it, keeps it as a draft. A policy that is not on record begins so.
pub async fn look(
    web: &Web,
    staff: &Policymaker,
    name: &str,
    typed: &Typed,
) -> Result<Looked, Trouble> {
    if name == RESERVED {
        return Err(Trouble::Missing);
    }
    let versions = web.ledger.policies(web.program.id).await?;
    let known = versions.iter().any(|version| version.name == name);
    let found = Found::nothing(known, typed.key.clone());
    let policy = match parsed(name, &typed.source) {
        Ok(policy) => policy,
        Err(errors) => {
            let errors = Some(errors);
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return Ok(Looked::Shown(status, Found { errors, ..found }));
        }
    };
    let held = in_force(&versions, name, web.now());
    let checked = Some(Checked::of(name, &policy, held));
    let found = Found { checked, ..found };
    if typed.act != "save" {
        return Ok(Looked::Shown(StatusCode::OK, found));
    }
    if held.is_some_and(|held| held.digest == policy.digest()) {
        let words = t(
            "和施行中的一字不差，没有另存草案。",
            "It is what is in force, word for word. No draft was made.",
        );
        let problem = Some(words.to_owned());
        let status = StatusCode::UNPROCESSABLE_ENTITY;
        return Ok(Looked::Shown(status, Found { problem, ..found }));
    }
    match kept(web, staff, name, typed).await {
        Ok(outcome) => Ok(Looked::Kept(saved(web, name, &outcome)?)),
        Err(error) => {
            let key = match words::may_try_again(&error) {
                true => typed.key.clone(),
                false => fresh_key(),
            };
            let problem = Some(words::failure(&error));
            let found = Found {
                key,
                problem,
                ..found
            };
            Ok(Looked::Shown(StatusCode::CONFLICT, found))
        }
    }
}

async fn kept(
    web: &Web,
    staff: &Policymaker,
    name: &str,
    typed: &Typed,
) -> Result<Outcome, WriteError> {
    let command = Command::ImportPolicies {
        policies: vec![PolicySource {
            name: name.to_owned(),
            source: typed.source.clone(),
        }],
    };
    let request = request(&staff.0, Some(typed.key.clone()));
    let receipt = web.app.execute(&request, command).await?;
    Ok(receipt.outcome)
}

/// To the draft that was made.
fn saved(web: &Web, name: &str, outcome: &Outcome) -> Page {
    let made = match outcome {
        Outcome::Drafts { drafts, .. } => drafts.first(),
        _ => None,
    };
    match made {
        Some((id, _)) => go(&web.path(&format!("desk/policies/{name}/drafts/{id}?done=saved"))),
        None => go(&web.path("desk/policies")),
    }
}

impl Checked {
    fn of(name: &str, policy: &Policy, held: Option<&PolicyVersion>) -> Self {
        let against = |held: &PolicyVersion| changes(name, &held.source, policy.source());
        Self {
            cases: Cases::of(policy),
            changes: held.map_or_else(Vec::new, against),
        }
    }
}

/// Browsers end lines their own way; files of policies end them with a line feed.
pub fn tidy(source: &str) -> String {
    source.replace("\r\n", "\n")
}

/// What is wrong, and where in the text.
pub fn mistake(source: &str, error: &PolicyError) -> Mistake {
    let (row, column) = (error.line, error.column);
    let mut hints = Vec::new();
    if let Some(near) = &error.near {
        hints.push(say!("是不是“{near}”？", "Did you mean “{near}”?"));
    }
    if let Some(expected) = &error.expected {
        hints.push(say!("应为：{expected}", "Expected: {expected}"));
    }
    Mistake {
        place: say!("第 {row} 行第 {column} 列", "Line {row}, column {column}"),
        line: source
            .lines()
            .nth(row.saturating_sub(1))
            .map_or_else(String::new, |line| line.trim().to_owned()),
        found: error.message.clone(),
        hints,
    }
}
