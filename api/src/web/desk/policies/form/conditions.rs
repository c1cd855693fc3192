//! A condition in the form: the figures it compares with can be changed, whatever else it asks is said in words.

use ledger::policy::deed::{DeedKind, FactSpec, FactType};
use ledger::policy::evidence_classes;

use super::document::Document;
use super::field::Field;
use super::outline::Group;
use super::shape::Shape;
use crate::web::reading::{say, t};

/// What the policy is about, and where its text is.
#[derive(Clone, Copy)]
pub struct Scope<'d> {
    /// The text.
    pub document: &'d Document,
    /// Of what kind deeds are, if that is known.
    pub kind: Option<&'static DeedKind>,
}

impl Scope<'_> {
    /// How a fact is declared.
    pub fn fact(&self, name: &str) -> Option<&'static FactSpec> {
        self.kind.and_then(|kind| kind.fact(name))
    }

    /// What a fact is called.
    pub fn called(&self, name: &str) -> String {
        let called = |spec: &FactSpec| t(spec.zh, spec.en).to_owned();
        self.fact(name).map_or_else(|| name.to_owned(), called)
    }

    /// In which unit a fact is counted.
    pub fn unit(&self, name: &str) -> &'static str {
        match self.fact(name).map(|spec| spec.kind) {
            Some(FactType::Number { unit, .. }) => {
                let (zh, en) = unit.labels();
                t(zh, en)
            }
            _ => "",
        }
    }

    /// A value of a fact in words.
    fn word(&self, name: &str, value: &str) -> String {
        let known = self.fact(name).map(|spec| spec.kind);
        let choices = known.map(|kind| kind.choices()).unwrap_or_default();
        let choice = choices.iter().find(|choice| choice.value == value);
        let words = match (choice, value) {
            (Some(choice), _) => t(choice.zh, choice.en),
            (None, "true") => t("是", "yes"),
            (None, "false") => t("否", "no"),
            (None, other) => other,
        };
        words.to_owned()
    }
}

/// Of a rule, or of something within it that has a name of its own.
pub fn conditions(scope: Scope<'_>, path: &str, about: Option<&str>, group: &mut Group) {
    clause(scope, (path, ""), about, group);
}

/// `path` names one condition, beside others of which it says how they count together.
fn clause(
    scope: Scope<'_>,
    (path, beside): (&str, &'static str),
    about: Option<&str>,
    group: &mut Group,
) {
    let document = scope.document;
    if let Some(fact) = document.scalar(&format!("{path}.fact")) {
        return compared(scope, (path, beside), &fact, about, group);
    }
    if let Some(class) = document.scalar(&format!("{path}.evidence")) {
        let mut classes = evidence_classes().iter();
        let known = classes.find(|known| known.value == class);
        let class = known.map_or(class.as_str(), |known| t(known.zh, known.en));
        let words = say!("有凭据“{class}”", "it is shown by {class}");
        group.notes.push(said(&words, beside, about));
    }
    for (list, beside) in [
        ("all", beside),
        ("any", t("几条满足一条即可", "one of several suffices")),
        ("none", t("不能是这样", "it must not be so")),
    ] {
        let list = format!("{path}.{list}");
        for index in 0..document.count(&list) {
            let one = format!("{list}.{index}");
            clause(scope, (one.as_str(), beside), about, group);
        }
    }
}

/// A fact against something.
fn compared(
    scope: Scope<'_>,
    (path, beside): (&str, &'static str),
    fact: &str,
    about: Option<&str>,
    group: &mut Group,
) {
    let called = scope.called(fact);
    let hint = [scope.unit(fact), beside];
    let hint = hint.into_iter().filter(|words| !words.is_empty());
    let hint = hint.collect::<Vec<_>>().join(t("，", ", "));
    let mut field = |path: &str, words: &str| {
        let label = say!("条件：{called}{words}", "Condition: {called} {words}");
        let field = Field::of(scope.document, Shape::Figure, path, &label);
        group.fields.push(field.hint(hint.clone()).about(about));
    };
    for (operator, words) in [
        ("at_least", t("不少于", "at least")),
        ("at_most", t("不多于", "at most")),
        ("more_than", t("多于", "more than")),
        ("less_than", t("少于", "less than")),
        ("between.0", t("不少于", "at least")),
        ("between.1", t("不多于", "at most")),
    ] {
        let path = format!("{path}.{operator}");
        if scope.document.holds(&path) {
            field(&path, words);
        }
    }
    for (operator, words) in [
        ("is", t("为", "is")),
        ("is_not", t("不为", "is not")),
        ("in", t("为", "is one of")),
    ] {
        let path = format!("{path}.{operator}");
        let one = scope.document.scalar(&path).map(|one| vec![one]);
        let Some(values) = one.or_else(|| scope.document.list(&path)) else {
            continue;
        };
        let values = values.iter().map(|value| scope.word(fact, value));
        let values = values.collect::<Vec<_>>().join(t("、", ", "));
        let words = match operator == "in" {
            true => say!("{called}为{values}之一", "{called} is one of {values}"),
            false => say!("{called}{words}{values}", "{called} {words} {values}"),
        };
        group.notes.push(said(&words, beside, about));
    }
}

/// A condition in words.
fn said(words: &str, beside: &str, about: Option<&str>) -> String {
    let beside = match beside.is_empty() {
        true => String::new(),
        false => say!("（{beside}）", " ({beside})"),
    };
    match about {
        Some(about) => say!(
            "“{about}”的条件：{words}{beside}",
            "Condition of “{about}”: {words}{beside}"
        ),
        None => say!("条件：{words}{beside}", "Condition: {words}{beside}"),
    }
}
