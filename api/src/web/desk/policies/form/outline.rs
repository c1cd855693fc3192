//! Which fields a policy has: what its text says, section by section.

use ledger::policy::deed::{kind, kinds};
use ledger::policy::evidence_classes;

use super::conditions::{Scope, conditions};
use super::document::Document;
use super::field::{Field, Sent, Wrong};
use super::shape::Shape;
use super::terms;
use crate::web::reading::{say, t};

/// Fields that belong together.
#[derive(Clone, Debug)]
pub struct Group {
    /// Where what they are about stands.
    pub path: String,
    /// What it is called.
    pub title: String,
    /// Whether that is on record.
    pub record: bool,
    /// What is said of it in words only.
    pub notes: Vec<String>,
    /// The fields.
    pub fields: Vec<Field>,
    /// What is wrong with it, where no field is meant.
    pub wrong: Vec<Wrong>,
}

/// Every field of the form.
pub struct Outline {
    /// What it is called, and when it holds.
    pub head: Group,
    /// A group a rule, in the order in which they are tried.
    pub rules: Vec<Group>,
    /// A group a cap.
    pub caps: Vec<Group>,
    /// What else holds.
    pub terms: Vec<Group>,
    /// What its own cases come to.
    pub cases: Group,
}

impl Group {
    /// Without fields yet.
    pub fn of(path: &str, title: &str) -> Self {
        Self {
            path: path.to_owned(),
            title: title.to_owned(),
            record: false,
            notes: Vec::new(),
            fields: Vec::new(),
            wrong: Vec::new(),
        }
    }

    /// Whether something in it is wrong.
    pub fn is_wrong(&self) -> bool {
        !self.wrong.is_empty() || self.fields.iter().any(|field| !field.wrong.is_empty())
    }
}

impl Outline {
    /// Of a text; budgets are named by code and name.
    pub fn of(document: &Document, budgets: &[(String, String)]) -> Self {
        let on = document.scalar("on").unwrap_or_default();
        let scope = Scope {
            document,
            kind: kind(&on),
        };
        let each = |list: &str| 0..document.count(list);
        Self {
            head: head(document, budgets),
            rules: each("rule").map(|index| rule(scope, index)).collect(),
            caps: each("cap").map(|index| terms::cap(scope, index)).collect(),
            terms: terms::terms(scope),
            cases: cases(document),
        }
    }

    /// All groups, as the page shows them.
    pub fn groups_mut(&mut self) -> Vec<&mut Group> {
        let head = std::iter::once(&mut self.head);
        let inner = self.rules.iter_mut().chain(&mut self.caps);
        let inner = inner.chain(&mut self.terms);
        let cases = std::iter::once(&mut self.cases);
        head.chain(inner).chain(cases).collect()
    }

    /// Puts what was typed into the document.
    pub fn write(&mut self, document: &mut Document, sent: &Sent) {
        let groups = self.groups_mut();
        for field in groups.iter().flat_map(|group| &group.fields) {
            field.write(document, sent);
        }
    }
}

fn head(document: &Document, budgets: &[(String, String)]) -> Group {
    let field = |shape, path, label| Field::of(document, shape, path, label);
    let kinds = kinds().iter();
    let kinds = kinds.map(|kind| (kind.name.to_owned(), t(kind.zh, kind.en).to_owned()));
    let mut group = Group::of("", t("名称和时间", "What it is called and when it holds"));
    group.fields = vec![
        field(Shape::Line, "title", t("名称", "Title")),
        field(Shape::Word, "on", t("适用事项", "Kind of deed"))
            .among(kinds)
            .hint(t(
                "改了事项，规则和例子也要跟着改",
                "where it changes, rules and cases have to change, too",
            )),
        field(Shape::Word, "budget", t("经费", "Budget")).among(budgets.iter().cloned()),
        field(Shape::Date, "effective.from", t("施行首日", "First day"))
            .optional()
            .hint(t(
                "以前的事不按它计分；施行还要经人批准",
                "what happened before is not rewarded by it; it is in force once approved",
            )),
        field(Shape::Date, "effective.until", t("施行末日", "Last day"))
            .optional()
            .hint(t("留空就是不限", "no end if left empty")),
        field(
            Shape::Time,
            "day_start",
            t("一天从几点算起", "When a day begins"),
        )
        .hint(t("如 04:00", "such as 04:00")),
    ];
    group
}

fn rule(scope: Scope<'_>, index: usize) -> Group {
    let document = scope.document;
    let path = format!("rule.{index}");
    let at = |key: &str| format!("{path}.{key}");
    let name = document.scalar(&at("name")).unwrap_or_default();
    let title = document.scalar(&at("title"));
    let title = title.filter(|title| !title.trim().is_empty());
    let mut group = Group {
        record: true,
        ..Group::of(&path, title.as_deref().unwrap_or(&name))
    };
    let called = Field::of(document, Shape::Line, &at("title"), t("名称", "Title"));
    group.fields.push(called);
    points(scope, &path, &mut group);
    let most = t("单次最多几分", "Points at most each time");
    let most = Field::of(document, Shape::Points, &at("max"), most).optional();
    let unlimited = t("留空就是不限", "no limit if left empty");
    group.fields.push(most.hint(unlimited));
    conditions(scope, &at("when"), None, &mut group);
    for index in 0..document.count(&at("multiplier")) {
        multiplier(scope, &at(&format!("multiplier.{index}")), &mut group);
    }
    terms::approval(scope, &at("approval"), &mut group);
    demands(document, &path, &mut group);
    group
}

/// How much it gives: fixed, by a quantity, or by a word.
fn points(scope: Scope<'_>, rule: &str, group: &mut Group) {
    let document = scope.document;
    let path = format!("{rule}.points");
    if let Some(by) = document.scalar(&format!("{path}.by")) {
        let called = scope.called(&by);
        let known = scope.fact(&by).map(|spec| spec.kind);
        for choice in known.map(|kind| kind.choices()).unwrap_or_default() {
            let word = t(choice.zh, choice.en);
            let label = say!("{called}“{word}”得几分", "Points for {called} {word}");
            let row = format!("{path}.table.{}", choice.value);
            let field = Field::of(document, Shape::Points, &row, &label).optional();
            let hint = t("留空就是不计分", "none if left empty");
            group.fields.push(field.hint(hint));
        }
        return;
    }
    if let Some(per) = document.scalar(&format!("{path}.per")) {
        let (called, unit) = (scope.called(&per), scope.unit(&per));
        let label = say!("每{unit}得几分", "Points per unit ({unit})");
        let rate = format!("{path}.rate");
        let field = Field::of(document, Shape::Points, &rate, &label);
        let hint = say!("按{called}计", "by {called}");
        group.fields.push(field.hint(hint));
        return;
    }
    let label = t("每次得几分", "Points each time");
    let field = Field::of(document, Shape::Points, &path, label);
    group.fields.push(field);
}

fn multiplier(scope: Scope<'_>, path: &str, group: &mut Group) {
    let document = scope.document;
    let called = document.scalar(&format!("{path}.title"));
    let called = called.or_else(|| document.scalar(&format!("{path}.name")));
    let about = called.as_deref();
    let label = t("乘以几倍", "times how much");
    let times = Field::of(document, Shape::Times, &format!("{path}.times"), label);
    group.fields.push(times.about(about));
    conditions(scope, &format!("{path}.when"), about, group);
}

/// What it wants to see and where, which is said in words. Of the whole policy where there is no path.
pub fn demands(document: &Document, path: &str, group: &mut Group) {
    let at = |key: &str| match path.is_empty() {
        true => key.to_owned(),
        false => format!("{path}.{key}"),
    };
    let called = |class: &String| {
        let mut known = evidence_classes().iter();
        let known = known.find(|known| known.value == class);
        known.map_or_else(|| class.clone(), |known| t(known.zh, known.en).to_owned())
    };
    let named = |classes: &[String]| {
        let classes: Vec<String> = classes.iter().map(called).collect();
        classes.join(t("、", ", "))
    };
    if let Some(classes) = document.list(&at("evidence")) {
        let classes = named(&classes);
        let words = say!("须有凭据：{classes}", "Evidence needed: {classes}");
        group.notes.push(words);
    }
    if let Some(classes) = document.list(&at("evidence.any")) {
        let classes = named(&classes);
        let words = say!("须有其中一种凭据：{classes}", "Evidence, one of: {classes}");
        group.notes.push(words);
    }
    if let Some(layer) = document.scalar(&at("geofence")) {
        let words = say!("只限地点范围：{layer}", "Only within: {layer}");
        group.notes.push(words);
    }
}

/// The cases that say how many points something earns.
fn cases(document: &Document) -> Group {
    let mut group = Group::of("test", t("自带的例子", "Its own cases"));
    let all = document.count("test");
    for index in 0..all {
        let path = format!("test.{index}.expect.points");
        if document.holds(&path) {
            let name = document.scalar(&format!("test.{index}.name"));
            let label = t("应得几分", "earns how many points");
            let field = Field::of(document, Shape::Points, &path, label);
            group.fields.push(field.about(name.as_deref()));
        }
    }
    let others = all.saturating_sub(group.fields.len());
    if others > 0 {
        group.notes.push(say!(
            "另有 {others} 个例子写明什么情况不计分，要改请改原文。",
            "{others} more say what earns nothing. They are changed in the text."
        ));
    }
    group
}
