//! What else a policy says: caps, approval, notice, expiry, what is owed.

use super::conditions::{Scope, conditions};
use super::field::Field;
use super::outline::{Group, demands};
use super::shape::{Shape, UNITS, unit_words};
use crate::web::reading::{say, t};

type Words = (String, String);

fn words(word: &str, label: &str) -> Words {
    (word.to_owned(), label.to_owned())
}

/// Units of time by their names.
fn units(names: &[&str]) -> Vec<Words> {
    let known = UNITS.into_iter().filter(|unit| names.contains(unit));
    known.map(|unit| words(unit, unit_words(unit))).collect()
}

/// A cap: how much, and in which stretch of time.
pub fn cap(scope: Scope<'_>, index: usize) -> Group {
    let document = scope.document;
    let path = format!("cap.{index}");
    let at = |key: &str| format!("{path}.{key}");
    let whose = document.scalar(&at("per")).unwrap_or_default();
    let whose = match whose.as_str() {
        "member" => t("每人的上限", "For each rider"),
        "grid" => t("每个网格的上限", "For each grid"),
        "team" => t("每支队伍的上限", "For each team"),
        "approver" => t("每位审核人的上限", "For each approver"),
        _ => t("整项资金的上限", "For the whole budget"),
    };
    let mut group = Group::of(&path, whose);
    if let Some(rules) = document.list(&at("rules")) {
        let rules: Vec<String> = rules.iter().map(|name| title_of(scope, name)).collect();
        let rules = rules.join(t("、", ", "));
        let note = say!("只计这些规则：{rules}", "Of these rules only: {rules}");
        group.notes.push(note);
    }
    let every = Field::of(document, Shape::Word, &at("every"), t("时段", "In each"));
    group
        .fields
        .push(every.among(stretches(scope, &at("every"))));
    let limit = match document.holds(&at("count")) {
        true => (Shape::Whole, "count", t("最多几次", "Awards at most")),
        false => (Shape::Points, "points", t("最多几分", "Points at most")),
    };
    let (shape, key, label) = limit;
    let limit = Field::of(document, shape, &at(key), label);
    group.fields.push(limit);
    let over = t("超出的怎么办", "What goes beyond it");
    let over = Field::of(document, Shape::Word, &at("over"), over).optional();
    let ways = [
        ("clip", t("计到上限为止", "is cut to it")),
        ("reject", t("整笔不计", "is refused")),
        ("queue", t("等有余量再计", "waits for room")),
    ];
    let ways = ways
        .into_iter()
        .filter(|(way, _)| shape == Shape::Points || *way != "clip");
    let ways = ways.map(|(way, label)| words(way, label));
    group.fields.push(over.among(ways));
    group
}

/// In which stretch of time a cap counts.
fn stretches(scope: Scope<'_>, path: &str) -> Vec<Words> {
    let mut stretches = vec![
        words("day", t("每天", "day")),
        words("week", t("每周", "week")),
        words("month", t("每月", "month")),
        words("quarter", t("每季度", "quarter")),
        words("year", t("每年", "year")),
    ];
    let is = scope.document.scalar(path).unwrap_or_default();
    let days = is.strip_prefix("rolling ");
    if let Some(days) = days.and_then(|days| days.strip_suffix(" days")) {
        let label = say!("任意连续 {days} 天", "any {days} days running");
        stretches.push((is.clone(), label));
    }
    stretches
}

/// What a rule is called, by its name.
fn title_of(scope: Scope<'_>, name: &str) -> String {
    let document = scope.document;
    let mut rules = 0..document.count("rule");
    let of = |index: usize, key: &str| document.scalar(&format!("rule.{index}.{key}"));
    let rule = rules.find(|index| of(*index, "name").as_deref() == Some(name));
    let title = rule.and_then(|index| of(index, "title"));
    title.unwrap_or_else(|| name.to_owned())
}

/// Who approves: a word for all awards, or steps with what each is needed for.
pub fn approval(scope: Scope<'_>, path: &str, group: &mut Group) {
    let document = scope.document;
    let people = [
        words("single", t("一人审核", "one person")),
        words("two_person", t("两人先后审核", "two people")),
    ];
    let steps = document.count(path);
    if steps == 0 {
        let nobody = words("none", t("无须审核", "nobody"));
        let label = t("由谁审核", "Who approves");
        let field = Field::of(document, Shape::Word, path, label).optional();
        let field = field.among([nobody].into_iter().chain(people));
        group.fields.push(field);
        return;
    }
    for index in 0..steps {
        let number = index.saturating_add(1);
        let at = |key: &str| format!("{path}.{index}.{key}");
        let label = say!("第 {number} 档审核", "Approval, step {number}");
        let tier = Field::of(document, Shape::Word, &at("tier"), &label);
        group.fields.push(tier.among(people.clone()));
        let label = say!(
            "第 {number} 档：满几分起",
            "Approval, step {number}: from how many points"
        );
        let least = Field::of(document, Shape::Points, &at("points_at_least"), &label);
        let hint = t("留空就是不看分数", "whatever the points if left empty");
        group.fields.push(least.optional().hint(hint));
        conditions(scope, &at("when"), None, group);
    }
}

/// What holds of every award.
pub fn terms(scope: Scope<'_>) -> Vec<Group> {
    let mut checks = Group::of("approval", t("审核和公示", "Approval and notice"));
    approval(scope, "approval", &mut checks);
    let notice = t("公示多久", "How long it is on notice");
    let notice = Field::of(scope.document, Shape::Length, "notice", notice).optional();
    let notice = notice.among(units(&["hours", "days"]));
    checks
        .fields
        .push(notice.hint(t("留空就是不公示", "no notice if left empty")));
    demands(scope.document, "", &mut checks);
    let mut groups = vec![checks, expiry(scope), reversal(scope)];
    groups.extend(duplicates(scope));
    groups
}

fn expiry(scope: Scope<'_>) -> Group {
    let field = |shape, path, label| Field::of(scope.document, shape, path, label).optional();
    let mut group = Group::of("expiry", t("到期", "Expiry"));
    let rounds = [
        words("month", t("延到当月月底", "to the end of the month")),
        words("quarter", t("延到当季季末", "to the end of the quarter")),
        words("year", t("延到当年年底", "to the end of the year")),
    ];
    let ends = [
        words("breakage", t("作废", "are lost")),
        words("budget", t("退回本项资金", "go back to the budget")),
    ];
    group.fields = vec![
        field(
            Shape::Length,
            "expiry.after",
            t("积分多久到期", "Points run out after"),
        )
        .among(units(&["days", "months", "years"]))
        .hint(t("留空就是不到期", "never if left empty")),
        field(
            Shape::Word,
            "expiry.round_up",
            t("到期日", "That day is moved"),
        )
        .among(rounds),
        field(Shape::Word, "expiry.to", t("到期未用的", "Those not spent")).among(ends),
        field(
            Shape::Days,
            "expiry.notices",
            t("提前几天提醒", "Told how many days before"),
        )
        .hint(t("可以几次，如 30、7", "several if need be, such as 30, 7")),
        field(
            Shape::Length,
            "expiry.grace",
            t(
                "到期后退回的还能用多久",
                "What comes back later can be spent for",
            ),
        )
        .among(units(&["hours", "days"]))
        .hint(t("留空就是 7 天", "7 days if left empty")),
    ];
    group
}

fn reversal(scope: Scope<'_>) -> Group {
    let field = |shape, path, label| Field::of(scope.document, shape, path, label).optional();
    let mut group = Group::of("reversal", t("撤销", "Taking back"));
    group.fields = vec![
        field(
            Shape::Points,
            "reversal.debt_cap",
            t("撤销后最多欠几分", "Points owed at most afterwards"),
        )
        .hint(t("留空就是不限", "no limit if left empty")),
        field(
            Shape::Percent,
            "reversal.recovered",
            t(
                "以后所得抵还百分之几",
                "Per cent of later points that go to it",
            ),
        )
        .hint(t("留空就是全部", "all of them if left empty")),
        field(
            Shape::Length,
            "reversal.write_off_after",
            t("欠分多久后核销", "What is owed is written off after"),
        )
        .among(units(&["days"]))
        .hint(t("留空就是不核销", "never if left empty")),
    ];
    group
}

/// What makes two deeds one, if the policy says so.
fn duplicates(scope: Scope<'_>) -> Option<Group> {
    let document = scope.document;
    let facts = document.list("duplicates.key")?;
    let facts: Vec<String> = facts.iter().map(|fact| scope.called(fact)).collect();
    let facts = facts.join(t("、", ", "));
    let mut group = Group::of("duplicates", t("同一件事", "When two are one"));
    group
        .notes
        .push(say!("相同的是：{facts}", "The same are: {facts}"));
    let field = |shape, path, label| Field::of(document, shape, path, label);
    let rewards = [
        words("share", t("合计一份，平均分", "share one award")),
        words("first", t("只计第一次", "the first is rewarded")),
    ];
    group.fields = vec![
        field(
            Shape::Length,
            "duplicates.window",
            t("前后多久以内", "Within which time"),
        )
        .among(units(&["hours", "days"])),
        field(
            Shape::Metres,
            "duplicates.radius",
            t("相距几米以内", "Within how many metres"),
        )
        .optional(),
        field(
            Shape::Word,
            "duplicates.reward",
            t("怎么计分", "How they are rewarded"),
        )
        .optional()
        .among(rewards),
    ];
    Some(group)
}
