//! A policy's first version: what it is called and what for, then the form with a policy that says little else yet.

use askama::Template;
use axum::Form;
use axum::http::StatusCode;
use jiff::civil::Date;
use ledger::policy::deed::{DeedKind, FactType, kind, kinds};
use serde::Deserialize;
use toml_edit::Value;

use super::field::Choice;
use super::{begin_with, budgets};
use crate::web::Web;
use crate::web::desk::policies::RESERVED;
use crate::web::desk::policies::edit::is_known;
use crate::web::page::{Frame, Page, Trouble, show, show_as};
use crate::web::reading::{Say, t};
use crate::web::visitor::{At, Policymaker};

/// The longest name in bytes, and title in letters, as the ledger reads them.
const NAME: usize = 64;
const TITLE: usize = 120;

#[derive(Template)]
#[template(path = "desk/policy_new.html")]
struct NewPage {
    frame: Frame,
    typed: Typed,
    kinds: Vec<Choice>,
    budgets: Vec<Choice>,
    wrong: Wrong,
}

/// A policy that is to be, as it was typed.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Typed {
    name: String,
    title: String,
    on: String,
    budget: String,
    from: String,
}

/// What is wrong with each of these.
#[derive(Default)]
struct Wrong {
    name: Option<&'static str>,
    title: Option<&'static str>,
    on: Option<&'static str>,
    budget: Option<&'static str>,
    from: Option<&'static str>,
}

impl Wrong {
    const fn is_nothing(&self) -> bool {
        self.name.is_none()
            && self.title.is_none()
            && self.on.is_none()
            && self.budget.is_none()
            && self.from.is_none()
    }
}

/// `GET /{program}/desk/policies/new`.
pub async fn ask(At(web): At, staff: Policymaker) -> Page {
    show(&page(&web, &staff, Typed::default(), Wrong::default()).await?)
}

async fn page(
    web: &Web,
    staff: &Policymaker,
    typed: Typed,
    wrong: Wrong,
) -> Result<NewPage, Trouble> {
    let choice = |is: &str, value: &str, label: &str| Choice {
        value: value.to_owned(),
        label: label.to_owned(),
        chosen: value == is,
    };
    let kinds = kinds().iter();
    let kinds = kinds.map(|kind| choice(&typed.on, kind.name, t(kind.zh, kind.en)));
    let kinds = kinds.collect();
    let budgets = budgets(web).await?;
    let budgets = budgets.iter();
    let budgets = budgets.map(|(code, name)| choice(&typed.budget, code, name));
    let budgets = budgets.collect();
    Ok(NewPage {
        frame: Frame::new(web, t("新办法", "New policy"), Some(&staff.0)),
        kinds,
        budgets,
        typed,
        wrong,
    })
}

/// `POST /{program}/desk/policies/new`: on to the form. Nothing is kept yet.
pub async fn begin(At(web): At, staff: Policymaker, Form(typed): Form<Typed>) -> Page {
    let typed = Typed {
        name: typed.name.trim().to_owned(),
        title: typed.title.trim().to_owned(),
        ..typed
    };
    let wrong = wrong(&web, &typed).await?;
    let (Some(kind), true) = (kind(&typed.on), wrong.is_nothing()) else {
        let page = page(&web, &staff, typed, wrong).await?;
        return show_as(StatusCode::UNPROCESSABLE_ENTITY, &page);
    };
    let day = typed.from.parse().ok();
    let today = web.now().to_jiff().to_zoned(web.zone()).date();
    let source = blank(&typed, kind, &web.program.zone, (day, today));
    begin_with(&web, &staff, &typed.name, source).await
}

async fn wrong(web: &Web, typed: &Typed) -> Result<Wrong, Trouble> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    let fits = (1..=NAME).contains(&typed.name.len()) && typed.name.bytes().all(allowed);
    let taken = is_known(web, &typed.name).await?;
    let name = match fits {
        false => Some(t(
            "代号只能用小写字母、数字和连字符，最多 64 个。",
            "It takes lower-case letters, digits and hyphens, 64 at most.",
        )),
        true if typed.name == RESERVED => Some(t(
            "这个代号有别的用处，请换一个。",
            "This name has another use. Please choose another.",
        )),
        true if taken => Some(t(
            "已有这个代号的办法。要改它，请打开那个办法。",
            "A policy of this name is on record. To change it, open that policy.",
        )),
        true => None,
    };
    let said = |fine: bool, words: &'static str| (!fine).then_some(words);
    let letters = typed.title.chars().count();
    let line = (1..=TITLE).contains(&letters) && !typed.title.chars().any(char::is_control);
    let budgets = budgets(web).await?;
    Ok(Wrong {
        name,
        title: said(
            line,
            t(
                "要填名称，最多 120 个字。",
                "It takes a title of at most 120 letters.",
            ),
        ),
        on: said(
            kind(&typed.on).is_some(),
            t("请选一项。", "Please choose one."),
        ),
        budget: said(
            budgets.iter().any(|(code, _)| *code == typed.budget),
            t("请选一项。", "Please choose one."),
        ),
        from: said(
            typed.from.is_empty() || typed.from.parse::<Date>().is_ok(),
            t("要填日期，或者留空。", "It takes a day, or nothing."),
        ),
    })
}

/// One point for every deed of the kind, on the terms that policies usually have, and a case that shows it.
fn blank(typed: &Typed, kind: &DeedKind, zone: &str, (day, today): (Option<Date>, Date)) -> String {
    let quoted = |text: &str| Value::from(text).to_string();
    let (name, title) = (quoted(&typed.name), quoted(&typed.title));
    let (on, budget) = (quoted(kind.name), quoted(&typed.budget));
    let zone = quoted(zone);
    let effective = day.map(|day| format!("effective = {{ from = {day} }}\n"));
    let effective = effective.unwrap_or_default();
    let (at, facts) = (day.unwrap_or(today), facts(kind));
    let rule = quoted(kind.zh);
    format!(
        r#"schema = "jifen/1"
name = {name}
title = {title}
on = {on}
budget = {budget}
zone = {zone}
day_start = "04:00"
{effective}approval = "single"

[expiry]
after = "12 months"
round_up = "month"
notices = ["30 days", "7 days"]

[reversal]
debt_cap = 50

[[rule]]
name = "rule-1"
title = {rule}
points = 1

[[test]]
name = "一次得一分"
at = {at}T12:00:00
facts = {facts}
expect = {{ points = 1 }}
"#
    )
}

/// Something that every deed of the kind states.
fn facts(kind: &DeedKind) -> String {
    let stated = kind
        .facts
        .iter()
        .filter(|fact| fact.required && !fact.derived);
    let one = stated.filter_map(|fact| {
        let is = match fact.kind {
            FactType::Bool => "true".to_owned(),
            FactType::Number { min, max, .. } => 60_i64.clamp(min, max).to_string(),
            FactType::Choice { values } => format!("{:?}", values.first()?.value),
            FactType::Code => "\"G-1\"".to_owned(),
        };
        Some(format!("{} = {is}", fact.name))
    });
    let facts = one.collect::<Vec<_>>().join(", ");
    format!("{{ {facts} }}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::desk::policies::{Cases, parsed};

    #[test]
    fn a_blank_policy_is_one_for_every_kind_of_deed() {
        for kind in kinds() {
            let typed = Typed {
                name: "first".to_owned(),
                title: "“新”\"办法\"".to_owned(),
                budget: "community".to_owned(),
                ..Typed::default()
            };
            let day: Date = "2026-03-01".parse().expect("a day");
            for begins in [None, Some(day)] {
                let source = blank(&typed, kind, "Asia/Shanghai", (begins, day));
                let policy = parsed("first", &source);
                let policy = policy.unwrap_or_else(|errors| panic!("{errors}\n{source}"));
                assert_eq!(
                    (policy.title(), policy.on()),
                    (typed.title.as_str(), kind.name)
                );
                let cases = Cases::of(&policy);
                assert!(cases.all == 1 && cases.failing.is_empty(), "{source}");
            }
        }
    }
}
