//! A policy read aloud: what it says beyond one that says nothing, in the ledger's own words for differences, so that nothing it says is left out.

use ledger::policy::{Language, Policy, diff};

use crate::web::desk::policies::parsed;
use crate::web::reading::{language, t};

/// What a policy says, sentence by sentence.
pub struct Aloud {
    /// What is rewarded and how much, in the order in which it is tried.
    pub rules: Vec<String>,
    /// What else holds: who approves, when points run out, how much at most.
    pub terms: Vec<String>,
}

/// The title of the one rule of the policy that says nothing.
const BLANK: &str = "（白纸）";
/// What a policy has at least, after its head.
const NOTHING: &str = r#"day_start = "00:00"

[[rule]]
name = "blank-sheet"
title = "（白纸）"
points = 1

[[test]]
name = "（白纸）"
at = 2026-01-01T00:00:00
facts = {}
expect = { points = 1 }
"#;
/// What both have in common and is said elsewhere.
const HEAD: [&str; 6] = ["schema", "name", "title", "on", "budget", "zone"];

/// In the reader's language; titles stay as the policy has them.
pub fn aloud(policy: &Policy) -> Option<Aloud> {
    let blank = blank(policy)?;
    let sentences = diff(&blank, policy, language()).into_iter();
    let said = sentences.filter(|sentence| !sentence.contains(BLANK));
    let said = said.map(|sentence| plain(&sentence));
    let is_rule = |sentence: &String| sentence.starts_with(t("规则“", "Rule "));
    let (rules, mut terms): (Vec<String>, Vec<String>) = said.partition(is_rule);
    for (label, words) in unsaid() {
        if !terms.iter().any(|sentence| sentence.starts_with(label)) {
            terms.push(words.to_owned());
        }
    }
    Some(Aloud { rules, terms })
}

/// What holds where a policy says nothing of it: the beginning of the sentence that would say it, and the sentence.
fn unsaid() -> [(&'static str, &'static str); 3] {
    [
        (
            t("审核：", "Approval:"),
            t("审核：无须审核。", "Approval: nobody."),
        ),
        (
            t("到期：", "Expiry:"),
            t("到期：积分不会到期。", "Expiry: points never run out."),
        ),
        (
            t("一天的起算时刻：", "Start of the day:"),
            t("一天的起算时刻：00:00。", "Start of the day: 00:00."),
        ),
    ]
}

/// A policy of the same head that says nothing.
fn blank(policy: &Policy) -> Option<Policy> {
    let table: toml::Table = policy.source().parse().ok()?;
    let line = |key: &str| {
        let value = table.get(key);
        value.map_or_else(String::new, |value| format!("{key} = {value}\n"))
    };
    let head: String = HEAD.map(line).concat();
    parsed(policy.name(), &format!("{head}{NOTHING}")).ok()
}

/// A difference from nothing, as what it is: “新增到期：满一年” is “到期：满一年”.
fn plain(sentence: &str) -> String {
    match language() {
        Language::Zh => chinese(sentence),
        Language::En => english(sentence),
    }
}

fn chinese(sentence: &str) -> String {
    if let Some(rest) = sentence.strip_prefix("新增") {
        return rest.replace("；新增加成", "；加成");
    }
    let parts = sentence.split_once('由');
    let parts = parts.and_then(|(label, rest)| Some((label, rest.split_once("改为")?.1)));
    match parts {
        Some((label, is)) => format!("{}：{}", label.trim_end(), is.trim_start()),
        None => sentence.to_owned(),
    }
}

fn english(sentence: &str) -> String {
    if let Some(rest) = sentence.strip_prefix("New ") {
        let mut letters = rest.chars();
        let first = letters.next().map(|first| first.to_uppercase().to_string());
        let rest = letters
            .as_str()
            .replace("; new multiplier ", "; multiplier ");
        return format!("{}{rest}", first.unwrap_or_default());
    }
    if let Some((label, is)) = sentence.split_once(" is new: ") {
        return format!("{label}: {is}");
    }
    let parts = sentence.split_once(" changes from ");
    let parts = parts.and_then(|(label, rest)| Some((label, rest.split_once(" to ")?.1)));
    match parts {
        Some((label, is)) => format!("{label}: {is}"),
        None => sentence.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATROL: &str = include_str!("../../../../../policies/yuhong/grid-patrol.toml");
    const EXCEPTIONAL: &str = include_str!("../../../../../policies/yuhong/exceptional-deed.toml");

    fn read(name: &str, source: &str) -> Aloud {
        let policy = parsed(name, source).expect(name);
        aloud(&policy).expect("words")
    }

    #[test]
    fn a_policy_is_read_as_it_stands() {
        let said = read("grid-patrol", PATROL);
        assert_eq!(said.rules.len(), 1, "{:?}", said.rules);
        let rule = said.rules.concat();
        let begin = "规则“完成一次网格巡查”：条件：时长不少于 30；积分：";
        assert!(rule.starts_with(begin), "{rule}");
        assert!(rule.contains("；加成“夜间巡查”：倍数：× 1.5"), "{rule}");
        for wanted in [
            "审核：无须审核。",
            "一天的起算时刻：04:00。",
            "到期：满 12 个月，延至当季季末。",
            "到期提醒：30 天、7 天。",
            "撤销后最多欠分：100 分。",
            "每人每天上限：36 分；超出时：计到上限为止。",
        ] {
            assert!(
                said.terms.iter().any(|one| one == wanted),
                "{:?}",
                said.terms
            );
        }
        let exceptional = read("exceptional-deed", EXCEPTIONAL);
        for said in [&said, &exceptional] {
            let all = [said.rules.concat(), said.terms.concat()].concat();
            let left = ["新增", "改为", "删去", BLANK];
            assert!(!left.iter().any(|word| all.contains(word)), "{all}");
        }
        let approval = "审核：两人先后审核。".to_owned();
        assert!(exceptional.terms.contains(&approval));
    }

    #[test]
    fn english_differences_become_statements() {
        for (difference, statement) in [
            (
                "New rule 巡查: points: 6 points; new multiplier 夜间: factor: × 1.5.",
                "Rule 巡查: points: 6 points; multiplier 夜间: factor: × 1.5.",
            ),
            (
                "Expiry is new: after 12 months.",
                "Expiry: after 12 months.",
            ),
            (
                "What expires unspent changes from is lost to goes back to the budget.",
                "What expires unspent: goes back to the budget.",
            ),
        ] {
            assert_eq!(english(difference), statement);
        }
    }
}
