//! What runs out: where it goes, how long it reopens, when its member is told.

use super::super::{Language, Policy, Terms, explain_terms};
use super::mistakes::surprises;

const FULL: &str = r#"schema = "jifen/1"
name = "patrol"
title = "巡查"
on = "patrol_shift"
budget = "community"
zone = "Asia/Shanghai"
day_start = "04:00"
[expiry]
after = "12 months"
to = "budget"
grace = "36 hours"
[[rule]]
name = "shift"
title = "一次巡查"
points = { rate = 6, per = "hours" }
[[test]]
name = "四小时二十四分"
at = 2026-03-05T22:00:00
facts = { minutes = 240, grid = "G-1" }
expect = { points = 24, expires = 2027-03-06 }
"#;

const BAD: &[(&str, &str, &str)] = &[
    (
        r#"to = "budget""#,
        r#"to = "budgets""#,
        r#"10:6: unknown `to` "budgets" — did you mean "budget"? expected one of: breakage, budget"#,
    ),
    (
        r#"to = "budget""#,
        "to = true",
        "10:6: `to` is a boolean: expected one of: breakage, budget",
    ),
    (
        r#"grace = "36 hours""#,
        r#"grace = "1 month""#,
        r#"11:9: `grace` is "1 month": expected hours or days, at most 366 days, such as "7 days", or "0 days" for none"#,
    ),
    (
        r#"grace = "36 hours""#,
        r#"grace = "-1 days""#,
        r#"11:9: `grace` is "-1 days": expected hours or days, at most 366 days, such as "7 days", or "0 days" for none"#,
    ),
    (
        r#"grace = "36 hours""#,
        r#"grace = "367 days""#,
        r#"11:9: `grace` is "367 days": expected hours or days, at most 366 days, such as "7 days", or "0 days" for none"#,
    ),
    (
        r#"grace = "36 hours""#,
        "grace = 7",
        r#"11:9: `grace` is an integer: expected hours or days, at most 366 days, such as "7 days", or "0 days" for none"#,
    ),
    (
        r#"grace = "36 hours""#,
        r#"graces = "36 hours""#,
        r#"11:1: unknown key in expiry "graces" — did you mean "grace"? expected one of: after, round_up, to, grace, notices"#,
    ),
];

#[test]
fn one_mistake_is_one_error_with_its_place() {
    assert_eq!(surprises(FULL, BAD), "");
}

fn terms(source: &str) -> Terms {
    let policy = Policy::parse("patrol.toml", source).unwrap_or_else(|errors| panic!("{errors}"));
    for case in policy.run_cases() {
        assert_eq!(case.outcome, Ok(()), "{}", case.name);
    }
    let deed = serde_json::from_str(
        r#"{"kind": "patrol_shift", "reference": "r", "occurred_at": "2026-03-05T22:00:00+08:00",
            "facts": {"minutes": 240, "grid": "G-1"}}"#,
    );
    policy.price(&deed.expect("a deed")).expect("a quote").terms
}

#[test]
fn terms_say_it_in_both_languages() {
    for (expiry, to_budget, grace, zh, en) in [
        ("", false, 7 * 86_400, &[][..], &[][..]),
        (
            "to = \"breakage\"\ngrace = \"7 days\"\n",
            false,
            7 * 86_400,
            &[],
            &[],
        ),
        (
            "to = \"budget\"\ngrace = \"36 hours\"\n",
            true,
            36 * 3_600,
            &[
                "到期未用的积分退回本项资金。",
                "到期后才退回的积分还可用 36 小时。",
            ],
            &[
                "What expires unspent goes back to the budget.",
                "What comes back after it expired can be spent for 36 hours.",
            ],
        ),
        (
            "grace = \"0 days\"\n",
            false,
            0,
            &["到期后才退回的积分不能再用。"],
            &["What comes back after it expired cannot be spent."],
        ),
        (
            "grace = \"0 hours\"\n",
            false,
            0,
            &["到期后才退回的积分不能再用。"],
            &["What comes back after it expired cannot be spent."],
        ),
    ] {
        let terms = terms(&FULL.replace("to = \"budget\"\ngrace = \"36 hours\"\n", expiry));
        assert_eq!(
            (terms.expires_to_budget, terms.grace_seconds),
            (to_budget, grace)
        );
        let said = |language| explain_terms(&terms, language);
        assert_eq!(said(Language::Zh), zh, "{expiry}");
        assert_eq!(said(Language::En), en, "{expiry}");
    }
}

/// Awards kept before there was a choice are read, and priced again, as they were.
#[test]
fn what_is_usual_is_not_written() {
    let usual = terms(&FULL.replace("to = \"budget\"\ngrace = \"36 hours\"\n", ""));
    let text = serde_json::to_string(&usual).expect("text");
    assert!(
        !text.contains("grace") && !text.contains("budget"),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Terms>(&text).expect("terms"), usual);
    let other = terms(FULL);
    let text = serde_json::to_string(&other).expect("text");
    assert!(
        text.contains(r#""expires_to_budget":true,"grace_seconds":129600"#),
        "{text}"
    );
    assert_eq!(serde_json::from_str::<Terms>(&text).expect("terms"), other);
}
