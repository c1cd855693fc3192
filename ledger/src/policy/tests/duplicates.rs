//! What makes two deeds one thing.

use super::super::{Deed, DuplicateReward, Language, Policy, Quote, explain_duplicates};
use super::mistakes::surprises;

pub const FULL: &str = r#"schema = "jifen/1"
name = "patrol"
title = "随手拍"
on = "hazard_report"
budget = "community"
zone = "Asia/Shanghai"
day_start = "04:00"
[duplicates]
key = ["category"]
radius = "50 m"
window = "24 hours"
[[rule]]
name = "hazard"
title = "隐患"
points = 5
[[test]]
name = "五分"
at = 2026-03-08T22:00:00
facts = { category = "road", severity = "low", outcome = "fixed" }
expect = { points = 5 }
"#;

const BAD: &[(&str, &str, &str)] = &[
    (
        r#"["category"]"#,
        r#"["categroy"]"#,
        r#"9:8: unknown fact "categroy" — did you mean "category"? expected one of: category, severity, outcome, grid, team, local_hour, weekday"#,
    ),
    (
        r#"["category"]"#,
        r#"["grid"]"#,
        "9:8: `grid` does not tell deeds apart: expected one of: category, severity, outcome",
    ),
    (
        r#"["category"]"#,
        "[]",
        "9:7: `key` names no fact: expected at least one fact",
    ),
    (
        r#""50 m""#,
        r#""50m""#,
        r#"10:10: `radius` is "50m": expected a whole number of metres from "1 m" to "10000 m""#,
    ),
    (
        r#"window = "24 hours""#,
        r#"window = "a day""#,
        r#"11:10: `window` is "a day": expected hours or days, at most 366 days, such as "7 days" or "48 hours""#,
    ),
    (
        r#"window = "24 hours""#,
        "window = \"24 hours\"\nreward = \"shared\"",
        r#"12:10: unknown `reward` "shared" — did you mean "share"? expected one of: share, first"#,
    ),
    (
        "window = \"24 hours\"\n",
        "",
        r#"8:1: duplicates has no `window`: expected a length of time such as "24 hours""#,
    ),
];

#[test]
fn one_mistake_is_one_error_with_its_place() {
    assert_eq!(surprises(FULL, BAD), "");
}

#[test]
fn a_quote_says_what_is_the_same_thing() {
    let policy = Policy::parse("patrol.toml", FULL).unwrap_or_else(|errors| panic!("{errors}"));
    let deed: Deed = serde_json::from_str(
        r#"{"kind": "hazard_report", "reference": "r", "occurred_at": "2026-03-08T22:00:00+08:00",
            "facts": {"category": "road", "severity": "low", "outcome": "fixed"}}"#,
    )
    .expect("a deed");
    let quote = policy.price(&deed).expect("a quote");
    let json = serde_json::to_string(&quote).expect("json");
    assert_eq!(serde_json::from_str::<Quote>(&json).expect(&json), quote);
    let duplicates = quote.terms.duplicates.expect("duplicates");
    assert_eq!(duplicates.key["category"], "road".into());
    assert_eq!(duplicates.radius_metres, Some(50));
    assert_eq!(duplicates.window_seconds, 86_400);
    assert_eq!(duplicates.reward, DuplicateReward::Share);
    assert_eq!(
        explain_duplicates("hazard_report", &duplicates, Language::Zh),
        "隐患类别相同、1 天以内、相距 50 米以内的算同一件事，共享一份积分，期满平分，先报的不多得。"
    );
    assert_eq!(
        explain_duplicates("hazard_report", &duplicates, Language::En),
        "Deeds of the same category within 1 day and 50 m are one thing and share one award, divided \
         once that time is over; to be earlier earns nothing more."
    );
}
