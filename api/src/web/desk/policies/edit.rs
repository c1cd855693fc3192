//! A policy as text: a draft begins from what is in force, is checked as often as one likes, and is kept as it was typed until it is saved.

use askama::Template;
use axum::Form;
use axum::extract::Query;
use axum::http::StatusCode;
use ledger::community::{PolicySource, PolicyVersion, in_force};
use ledger::ids::DraftId;
use ledger::machine::{Command, Outcome};
use ledger::policy::{Policy, PolicyError, PolicyErrors};
use serde::Deserialize;

use crate::web::desk::policies::diff::changes;
use crate::web::desk::policies::{Cases, PolicyName, parsed, present, title_of, versions_of};
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
    typed: Typed,
    /// Why it was not saved.
    problem: Option<String>,
    mistakes: Vec<Mistake>,
    /// What was found, if nothing is wrong with the text.
    checked: Option<Checked>,
}

/// One thing that is wrong, and where.
struct Mistake {
    place: String,
    /// That line as it was typed.
    line: String,
    found: String,
    hints: Vec<String>,
}

/// A text without mistakes.
struct Checked {
    cases: Cases,
    /// Against what is in force.
    changes: Vec<String>,
}

/// The form.
#[derive(Default, Deserialize)]
pub struct Typed {
    #[serde(default)]
    act: String,
    #[serde(default)]
    key: String,
    #[serde(default)]
    source: String,
}

/// From which text to begin.
#[derive(Default, Deserialize)]
pub struct Begin {
    draft: Option<DraftId>,
}

impl EditPage {
    fn of(web: &Web, staff: &Policymaker, name: &str, typed: Typed) -> Self {
        Self {
            frame: Frame::new(web, t("修改办法", "Change a policy"), Some(&staff.0)),
            name: name.to_owned(),
            title: name.to_owned(),
            typed,
            problem: None,
            mistakes: Vec::new(),
            checked: None,
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
    let versions = versions_of(&web, &name).await?;
    let source = match begin.draft {
        Some(id) => {
            let draft = web.ledger.draft(web.program.id, id).await?;
            let draft = draft.filter(|draft| draft.name == name);
            draft.map(|draft| draft.source)
        }
        None => present(&versions).map(|(version, _)| version.source.clone()),
    };
    let source = source.ok_or(Trouble::Missing)?;
    let policy = parsed(&name, &source).ok();
    let typed = Typed {
        act: String::new(),
        key: fresh_key(),
        source,
    };
    let page = EditPage::of(&web, &staff, &name, typed);
    show(&EditPage {
        title: title_of(policy.as_ref(), &name),
        ..page
    })
}

/// `POST /{program}/desk/policies/{policy}/edit`: looks at what was typed, or keeps it as a draft, once for each form.
pub async fn act(
    At(web): At,
    staff: Policymaker,
    PolicyName(name): PolicyName,
    Form(typed): Form<Typed>,
) -> Page {
    let versions = versions_of(&web, &name).await?;
    let versions: Vec<PolicyVersion> = versions.into_iter().map(|(version, _)| version).collect();
    let typed = Typed {
        source: tidy(&typed.source),
        ..typed
    };
    let policy = match parsed(&name, &typed.source) {
        Ok(policy) => policy,
        Err(errors) => {
            let mistakes = mistakes(&typed.source, &errors);
            let page = EditPage::of(&web, &staff, &name, typed);
            let page = EditPage { mistakes, ..page };
            return show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
        }
    };
    let held = in_force(&versions, &name, web.now());
    if typed.act != "save" {
        let page = EditPage::of(&web, &staff, &name, typed);
        return show(&page.checked(&policy, held));
    }
    if held.is_some_and(|held| held.digest == policy.digest()) {
        let words = t(
            "和施行中的一字不差，没有另存草案。",
            "It is what is in force, word for word. No draft was made.",
        );
        let page = EditPage::of(&web, &staff, &name, typed);
        let page = page.checked(&policy, held).refused(words.to_owned());
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    }
    let command = Command::ImportPolicies {
        policies: vec![PolicySource {
            name: name.clone(),
            source: typed.source.clone(),
        }],
    };
    let request = request(&staff.0, Some(typed.key.clone()));
    match web.app.execute(&request, command).await {
        Ok(receipt) => saved(&web, &name, &receipt.outcome),
        Err(error) => {
            let key = match words::may_try_again(&error) {
                true => typed.key.clone(),
                false => fresh_key(),
            };
            let page = EditPage::of(&web, &staff, &name, Typed { key, ..typed });
            let page = page.checked(&policy, held).refused(words::failure(&error));
            show_as(StatusCode::CONFLICT, &page)
        }
    }
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

impl EditPage {
    /// With what was found in a text without mistakes.
    fn checked(self, policy: &Policy, held: Option<&PolicyVersion>) -> Self {
        let against = |held: &PolicyVersion| changes(&self.name, &held.source, policy.source());
        let checked = Checked {
            cases: Cases::of(policy),
            changes: held.map_or_else(Vec::new, against),
        };
        Self {
            title: policy.title().to_owned(),
            checked: Some(checked),
            ..self
        }
    }

    fn refused(self, words: String) -> Self {
        Self {
            problem: Some(words),
            ..self
        }
    }
}

/// Browsers end lines their own way; files of policies end them with a line feed.
fn tidy(source: &str) -> String {
    source.replace("\r\n", "\n")
}

fn mistakes(source: &str, errors: &PolicyErrors) -> Vec<Mistake> {
    let mistake = |error: &PolicyError| {
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
    };
    errors.iter().map(mistake).collect()
}
