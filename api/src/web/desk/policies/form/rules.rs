//! A rule more, or one fewer, with what belongs to it.

use ledger::policy::deed::{DeedKind, FactType, kind};
use toml_edit::{InlineTable, Item, Table, Value, value};

use super::document::Document;
use super::field::{Choice, Sent};
use super::shape::number;
use crate::web::reading::{counted, say, t};

/// The longest name of a rule.
const LONGEST: usize = 64;

/// The short form of a rule that is to be added, as it was typed.
pub struct Added {
    /// Its name in the text.
    pub name: String,
    /// What people call it.
    pub title: String,
    /// How many points.
    pub points: String,
    /// For each time, or for each unit of a fact.
    pub per: Vec<Choice>,
    /// For all deeds, or those of which something is so.
    pub of: Vec<Choice>,
    /// What is wrong with its name.
    pub wrong: Option<String>,
    /// Why it cannot be for all deeds.
    pub hidden: Option<String>,
}

/// A rule that is to go.
pub struct Removal {
    /// Its place.
    pub place: usize,
    /// What people call it.
    pub title: String,
    /// What will happen.
    pub sentences: Vec<String>,
}

impl Added {
    /// Nothing typed yet.
    pub fn empty(document: &Document) -> Self {
        Self::of(document, &Sent::new())
    }

    /// What was typed.
    pub fn of(document: &Document, sent: &Sent) -> Self {
        let typed = |name: &str| {
            let typed = sent.get(&format!("add.{name}"));
            typed.map_or_else(String::new, |typed| typed.trim().to_owned())
        };
        let on = document.scalar("on").unwrap_or_default();
        let kind = kind(&on);
        Self {
            name: typed("name"),
            title: typed("title"),
            points: typed("points"),
            per: chosen(quantities(kind), &typed("per")),
            of: chosen(cases(kind), &typed("of")),
            wrong: None,
            hidden: None,
        }
    }

    /// Adds it: with a condition before all others, so that it is asked, else after them. Answers with what it is called, unless something is
    /// wrong with its name, or a rule above it would leave it nothing.
    pub fn add(&mut self, document: &mut Document) -> Option<String> {
        let name = match self.name.is_empty() {
            true => free_name(document),
            false => self.name.clone(),
        };
        self.wrong = unfit(document, &name);
        let of = chosen_one(&self.of);
        self.hidden = match of.is_empty() {
            true => for_all(document).map(|title| {
                say!(
                    "已经有一条管所有情形的规则（“{title}”）。请在“管哪些情形”里选一种，或改那条的分数。",
                    "There is a rule for every deed already (“{title}”): choose a case here, or change that rule's points."
                )
            }),
            false => None,
        };
        if self.wrong.is_some() || self.hidden.is_some() {
            return None;
        }
        let mut table = Table::new();
        table.insert("name", value(name));
        table.insert("title", value(self.title.as_str()));
        if let Some((fact, word)) = of.split_once('=') {
            let mut when = InlineTable::new();
            when.insert("fact", Value::from(fact));
            let is = match word {
                "true" => Value::from(true),
                word => Value::from(word),
            };
            when.insert("is", is);
            table.insert("when", value(when));
        }
        table.insert("points", Item::Value(self.amount()));
        if document.put("rule", table, !of.is_empty()) {
            return Some(self.title.clone());
        }
        let words = t(
            "这份办法的规则写在一行里，请改用原文添加。",
            "The rules of this policy stand on one line. Please add it in the text.",
        );
        self.wrong = Some(words.to_owned());
        None
    }

    fn amount(&self) -> Value {
        match chosen_one(&self.per) {
            "" => number(&self.points),
            per => {
                let mut rate = InlineTable::new();
                rate.insert("rate", number(&self.points));
                rate.insert("per", Value::from(per));
                Value::InlineTable(rate)
            }
        }
    }
}

/// What the rule is called that takes every deed, if there is one: none below it ever applies.
fn for_all(document: &Document) -> Option<String> {
    let on = document.scalar("on").unwrap_or_default();
    let kind = kind(&on);
    let place = (0..document.count("rule")).find(|place| takes_all(document, kind, *place))?;
    Some(title_of(document, place))
}

/// Whether a rule has no condition, and its points ask for nothing that may be missing.
fn takes_all(document: &Document, kind: Option<&'static DeedKind>, place: usize) -> bool {
    let at = |key: &str| format!("rule.{place}.{key}");
    if document.holds(&at("when")) {
        return false;
    }
    let fact = |name: String| kind.and_then(|kind| kind.fact(&name));
    if let Some(by) = document.scalar(&at("points.by")) {
        let row = |value: &str| document.holds(&at(&format!("points.table.{value}")));
        return fact(by).is_some_and(|spec| {
            let mut choices = spec.kind.choices().iter();
            spec.required && choices.all(|choice| row(choice.value))
        });
    }
    match document.scalar(&at("points.per")) {
        Some(per) => fact(per).is_some_and(|spec| spec.required),
        None => true,
    }
}

/// What people call a rule.
fn title_of(document: &Document, place: usize) -> String {
    let of = |key: &str| document.scalar(&format!("rule.{place}.{key}"));
    let title = of("title").filter(|title| !title.trim().is_empty());
    title.or_else(|| of("name")).unwrap_or_default()
}

/// What people call the rule of that name.
pub fn called(document: &Document, name: &str) -> String {
    let is = |place: &usize| {
        let known = document.scalar(&format!("rule.{place}.name"));
        known.is_some_and(|known| known == name)
    };
    let place = (0..document.count("rule")).find(is);
    place.map_or_else(|| name.to_owned(), |place| title_of(document, place))
}

/// Why a rule cannot be called so.
fn unfit(document: &Document, name: &str) -> Option<String> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    if name.len() > LONGEST || !name.bytes().all(allowed) {
        let words = t(
            "代号只能用小写字母、数字和连字符，最多 64 个。",
            "It may hold lower-case letters, digits and hyphens, 64 at most.",
        );
        return Some(words.to_owned());
    }
    let taken = names(document).iter().any(|known| known == name);
    taken.then(|| {
        t(
            "已有这个代号的规则，请换一个。",
            "Another rule has this name. Please choose another.",
        )
        .to_owned()
    })
}

fn names(document: &Document) -> Vec<String> {
    let rules = 0..document.count("rule");
    let name = |index| document.scalar(&format!("rule.{index}.name"));
    rules.filter_map(name).collect()
}

/// `rule-2`, where nothing was typed.
fn free_name(document: &Document) -> String {
    let taken = names(document);
    let mut number = taken.len().saturating_add(1);
    loop {
        let name = format!("rule-{number}");
        if !taken.contains(&name) {
            return name;
        }
        number = number.saturating_add(1);
    }
}

fn chosen(choices: Vec<(String, String)>, is: &str) -> Vec<Choice> {
    let choice = |(value, label): (String, String)| Choice {
        chosen: value == is,
        value,
        label,
    };
    choices.into_iter().map(choice).collect()
}

fn chosen_one(choices: &[Choice]) -> &str {
    let chosen = choices.iter().find(|choice| choice.chosen);
    chosen.map_or("", |choice| choice.value.as_str())
}

/// By what points can be counted.
fn quantities(kind: Option<&'static DeedKind>) -> Vec<(String, String)> {
    let mut quantities = vec![(String::new(), t("每次", "each time").to_owned())];
    for fact in kind.map(|kind| kind.facts).unwrap_or_default() {
        if let FactType::Number { unit, .. } = fact.kind
            && fact.name != "local_hour"
        {
            let (called, (zh, en)) = (t(fact.zh, fact.en), unit.labels());
            let unit = t(zh, en);
            let words = say!("每{unit}（{called}）", "by {called}, per unit ({unit})");
            quantities.push((fact.name.to_owned(), words));
        }
    }
    quantities
}

/// For which deeds a rule can be.
fn cases(kind: Option<&'static DeedKind>) -> Vec<(String, String)> {
    let all = kind.map_or(t("所有事项", "all deeds"), |kind| t(kind.zh, kind.en));
    let all = say!("{all}，不分情况", "{all}, whatever it is");
    let mut cases = vec![(String::new(), all)];
    for fact in kind.map(|kind| kind.facts).unwrap_or_default() {
        let called = t(fact.zh, fact.en);
        match fact.kind {
            FactType::Choice { values } => cases.extend(values.iter().map(|choice| {
                let word = t(choice.zh, choice.en);
                let words = say!("{called}：{word}", "{called}: {word}");
                (format!("{}={}", fact.name, choice.value), words)
            })),
            FactType::Bool => cases.push((format!("{}=true", fact.name), called.to_owned())),
            FactType::Number { .. } | FactType::Code => {}
        }
    }
    cases
}

impl Removal {
    /// What will happen where this rule goes; none where it is the only one, without which there is no policy.
    pub fn of(document: &Document, place: usize) -> Option<Self> {
        let all = document.count("rule");
        if place >= all || all < 2 {
            return None;
        }
        let title = title_of(document, place);
        let mut sentences = vec![say!(
            "新版施行以后，不再有事按“{title}”计分；以前给的积分不变。",
            "Once it is in force, nothing is rewarded by “{title}” any more. Points given before stay."
        )];
        let below = (place.saturating_add(1)..all).map(|index| {
            let title = title_of(document, index);
            format!("“{title}”")
        });
        let below = below.collect::<Vec<_>>().join(t("、", ", "));
        sentences.push(match below.is_empty() {
            true => t(
                "它下面没有别的规则：上面各条都不符合的事，就不给积分了。",
                "No rule stands below it: what those above do not reward earns nothing then.",
            )
            .to_owned(),
            false => say!(
                "原来由它计分的事，会接着看下面的规则：{below}；都不符合的就不给积分。",
                "What it rewarded is held against the rules below it: {below}. What none of them rewards earns nothing."
            ),
        });
        let with = With::of(document, place);
        let (caps, cases) = (with.caps.len(), with.cases.len());
        if caps > 0 {
            let caps = counted(caps, "个", "cap", "caps");
            sentences.push(say!(
                "只计这条规则的上限一并删去：{caps}。",
                "What counts this rule alone goes with it: {caps}."
            ));
        }
        if cases > 0 {
            let cases = counted(cases, "个", "case", "cases");
            sentences.push(say!(
                "写明由它计分的例子一并删去：{cases}。",
                "What says that it is rewarded by this rule goes with it: {cases}."
            ));
        }
        Some(Self {
            place,
            title,
            sentences,
        })
    }

    /// Takes the rule away, and what speaks of it.
    pub fn done(&self, document: &mut Document) {
        let with = With::of(document, self.place);
        if let Some(rules) = document.tables_mut("rule")
            && self.place < rules.len()
        {
            rules.remove(self.place);
        }
        if let Some(caps) = document.tables_mut("cap") {
            for cap in caps.iter_mut() {
                if let Some(rules) = cap.get_mut("rules").and_then(Item::as_array_mut) {
                    rules.retain(|rule| rule.as_str() != Some(with.rule.as_str()));
                }
            }
            let goes = |cap: &Table| names_one(cap.get("name"), &with.caps);
            caps.retain(|cap| !goes(cap));
        }
        if let Some(cases) = document.tables_mut("test") {
            cases.retain(|case| !names_one(case.get("name"), &with.cases));
            for case in cases.iter_mut() {
                forget(case, &with.caps);
            }
        }
    }
}

/// What goes with a rule.
struct With {
    rule: String,
    /// Caps that count it alone, by name.
    caps: Vec<String>,
    /// Cases that speak of it or of one of those caps, by name.
    cases: Vec<String>,
}

impl With {
    fn of(document: &Document, place: usize) -> Self {
        let rule = document.scalar(&format!("rule.{place}.name"));
        let rule = rule.unwrap_or_default();
        let (mut caps, mut cases) = (Vec::new(), Vec::new());
        for index in 0..document.count("cap") {
            let counted = document.list(&format!("cap.{index}.rules"));
            let alone = counted.is_some_and(|rules| {
                !rules.is_empty() && rules.iter().all(|counted| *counted == rule)
            });
            if alone {
                caps.extend(document.scalar(&format!("cap.{index}.name")));
            }
        }
        for index in 0..document.count("test") {
            let said = |key: &str| document.scalar(&format!("test.{index}.{key}"));
            let of_rule = said("expect.rule").is_some_and(|named| named == rule);
            let of_cap = said("expect.cap").is_some_and(|named| caps.contains(&named));
            if of_rule || of_cap {
                cases.extend(said("name"));
            }
        }
        Self { rule, caps, cases }
    }
}

fn names_one(name: Option<&Item>, names: &[String]) -> bool {
    let name = name.and_then(Item::as_str);
    name.is_some_and(|name| names.iter().any(|one| one == name))
}

/// A case says no longer what was used of caps that are gone.
fn forget(case: &mut Table, caps: &[String]) {
    let empty = match case.get_mut("used") {
        Some(Item::Value(Value::InlineTable(used))) => {
            let before = used.len();
            for cap in caps {
                used.remove(cap);
            }
            used.is_empty() && before > 0
        }
        _ => false,
    };
    if empty {
        case.remove("used");
    }
}
