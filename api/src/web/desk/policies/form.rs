//! A policy as a form: the same text as the editor's, whose titles, figures and days are changed in place. It is carried along with the form, and
//! looked at and kept as the text is.

mod conditions;
mod document;
mod field;
pub mod first;
mod outline;
mod places;
mod rules;
mod shape;
mod terms;

use askama::Template;
use axum::Form;
use axum::extract::Query;
use ledger::StoreError;

use self::document::Document;
use self::field::Sent;
use self::outline::Outline;
use self::rules::{Added, Removal};
use crate::web::Web;
use crate::web::desk::policies::edit::{
    self, Begin, Checked, Found, Looked, Mistake, Typed, begun, is_known, look, tidy,
};
use crate::web::desk::policies::{PolicyName, RESERVED};
use crate::web::fields::fresh_key;
use crate::web::page::{Frame, Page, Trouble, show, show_as};
use crate::web::reading::{Say, say, t};
use crate::web::visitor::{At, Policymaker};

#[derive(Template)]
#[template(path = "desk/policy_form.html")]
struct FormPage {
    frame: Frame,
    name: String,
    title: String,
    /// Whether a version of it is on record.
    known: bool,
    /// The text whose values these are.
    source: String,
    key: String,
    outline: Outline,
    /// How much is wrong, and what of it is about no field.
    wrong: usize,
    mistakes: Vec<Mistake>,
    checked: Option<Checked>,
    problem: Option<String>,
    more: More,
}

/// What stands around the fields.
struct More {
    notice: Option<String>,
    /// A rule that is to go, which is asked before.
    removal: Option<Removal>,
    added: Added,
}

impl More {
    fn of(document: &Document) -> Self {
        Self {
            notice: None,
            removal: None,
            added: Added::empty(document),
        }
    }
}

/// A text, and on which page.
struct Sheet<'s> {
    web: &'s Web,
    staff: &'s Policymaker,
    name: &'s str,
    budgets: Vec<(String, String)>,
}

impl<'s> Sheet<'s> {
    async fn of(web: &'s Web, staff: &'s Policymaker, name: &'s str) -> Result<Self, Trouble> {
        Ok(Self {
            web,
            staff,
            name,
            budgets: budgets(web).await?,
        })
    }

    fn page(&self, document: &Document, found: Found, more: More) -> FormPage {
        let source = document.text();
        let mut outline = Outline::of(document, &self.budgets);
        let mut mistakes = Vec::new();
        if let Some(errors) = &found.errors {
            mistakes = places::beside(&source, errors, &mut outline);
        }
        if let Some(checked) = &found.checked {
            places::otherwise(&checked.cases, &mut outline);
        }
        let title = document.scalar("title");
        let title = title.filter(|title| !title.trim().is_empty());
        let frame_title = t("修改办法", "Change a policy");
        FormPage {
            frame: Frame::new(self.web, frame_title, Some(&self.staff.0)),
            name: self.name.to_owned(),
            title: title.unwrap_or_else(|| self.name.to_owned()),
            known: found.known,
            source,
            key: found.key,
            outline,
            wrong: found.errors.map_or(0, |errors| errors.iter().count()),
            mistakes,
            checked: found.checked,
            problem: found.problem,
            more,
        }
    }

    /// Looks at the text as it stands now, or keeps it, and shows what comes of it.
    async fn looked_at(&self, typed: &Typed, document: &Document, more: More) -> Page {
        match look(self.web, self.staff, self.name, typed).await? {
            Looked::Kept(on) => Ok(on),
            Looked::Shown(status, found) => show_as(status, &self.page(document, found, more)),
        }
    }
}

/// What may be awarded from, by code and name; what is closed is not.
async fn budgets(web: &Web) -> Result<Vec<(String, String)>, StoreError> {
    let budgets = web.ledger.budgets(web.program.id).await?.into_iter();
    let open = budgets.filter(|budget| budget.record.closed_at.is_none());
    Ok(open.map(|budget| (budget.code, budget.name)).collect())
}

/// `GET /{program}/desk/policies/{policy}/form`: what is in force, or a draft.
pub async fn begin(
    At(web): At,
    staff: Policymaker,
    PolicyName(name): PolicyName,
    Query(begin): Query<Begin>,
) -> Page {
    let source = begun(&web, &name, begin.draft).await?;
    let document = Document::of(&source).ok_or(Trouble::Missing)?;
    let found = Found::nothing(is_known(&web, &name).await?, fresh_key());
    let sheet = Sheet::of(&web, &staff, &name).await?;
    show(&sheet.page(&document, found, More::of(&document)))
}

/// The form of a policy that is on no record yet.
async fn begin_with(web: &Web, staff: &Policymaker, name: &str, source: String) -> Page {
    let document = Document::of(&source).ok_or(Trouble::Missing)?;
    let words = t(
        "这是一份新办法的开头，还没有保存。请填好名称、规则和例子，再存为草案。",
        "This is how a new policy begins; nothing is saved yet. Fill in its rules and cases, then save it as a draft.",
    );
    let more = More {
        notice: Some(words.to_owned()),
        ..More::of(&document)
    };
    let sheet = Sheet::of(web, staff, name).await?;
    show(&sheet.page(&document, Found::nothing(false, fresh_key()), more))
}

/// The form of a text that was typed. What is no TOML has none: it is shown as text, with what is wrong with it.
pub async fn shown(web: &Web, staff: &Policymaker, name: &str, typed: Typed) -> Page {
    let typed = Typed {
        act: String::new(),
        ..typed
    };
    let Some(document) = Document::of(&typed.source) else {
        return edit::shown(web, staff, name, typed).await;
    };
    let sheet = Sheet::of(web, staff, name).await?;
    let more = More::of(&document);
    sheet.looked_at(&typed, &document, more).await
}

/// `POST /{program}/desk/policies/{policy}/form`: puts what was typed into the text; then looks at it or keeps it as a draft, once for each form,
/// goes on with it as text, adds a rule, or takes one away.
pub async fn act(
    At(web): At,
    staff: Policymaker,
    PolicyName(name): PolicyName,
    Form(sent): Form<Sent>,
) -> Page {
    if name == RESERVED {
        return Err(Trouble::Missing);
    }
    let field = |name: &str| sent.get(name).map_or("", String::as_str);
    let typed = |source: String, act: &str| Typed {
        act: act.to_owned(),
        key: field("key").to_owned(),
        source,
    };
    let source = tidy(field("source"));
    let Some(mut document) = Document::of(&source) else {
        return edit::shown(&web, &staff, &name, typed(source, "")).await;
    };
    let sheet = Sheet::of(&web, &staff, &name).await?;
    Outline::of(&document, &sheet.budgets).write(&mut document, &sent);
    let mut more = More::of(&document);
    more.added = Added::of(&document, &sent);
    let (act, place) = field("act").split_once('.').unwrap_or((field("act"), ""));
    let place = || place.parse::<usize>().ok();
    match act {
        "text" => return edit::shown(&web, &staff, &name, typed(document.text(), "")).await,
        "off" => more.removal = place().and_then(|place| Removal::of(&document, place)),
        "remove" => {
            let removal = place().and_then(|place| Removal::of(&document, place));
            more.notice = removal.map(|removal| removed(&removal, &mut document));
        }
        "add" => more.add(&mut document),
        _ => {}
    }
    let act = match act {
        "save" => "save",
        _ => "",
    };
    let typed = typed(document.text(), act);
    sheet.looked_at(&typed, &document, more).await
}

fn removed(removal: &Removal, document: &mut Document) -> String {
    removal.done(document);
    let title = &removal.title;
    say!(
        "规则“{title}”已从这份草稿里删去，还没有保存。",
        "Rule “{title}” is taken out of this text. Nothing is saved yet."
    )
}

impl More {
    fn add(&mut self, document: &mut Document) {
        if let Some(title) = self.added.add(document) {
            self.added = Added::empty(document);
            self.notice = Some(say!(
                "规则“{title}”已加上，还没有保存。请看看下面它的各项。",
                "Rule “{title}” is added. Nothing is saved yet; please look at its fields below."
            ));
        }
    }
}
