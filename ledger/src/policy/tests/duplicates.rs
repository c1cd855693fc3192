//! What makes two deeds one thing.

use super::super::{
    Deed, DuplicateReward, Duplicates, Language, Policy, Position, Quote, Share, explain_duplicates,
};
use super::mistakes::surprises;
use crate::clock::Timestamp;
use crate::ids::BudgetId;
use crate::points::Points;

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

#[test]
fn deeds_are_one_thing_up_to_the_radius_and_the_window() {
    let duplicates = Duplicates {
        key: [("category".to_owned(), "road".into())].into(),
        radius_metres: Some(100),
        window_seconds: 3_600,
        reward: DuplicateReward::First,
    };
    let at = |seconds: i64| Timestamp::from_micros(0).plus_seconds(seconds);
    let place = |latitude, longitude| Position::from_millionths(latitude, longitude);
    let here = (at(0), place(41_800_000, 123_300_000));
    for (what, other, same) in [
        (
            "99.96 m to the north",
            (at(0), place(41_800_899, 123_300_000)),
            true,
        ),
        (
            "100.07 m to the north",
            (at(0), place(41_800_900, 123_300_000)),
            false,
        ),
        ("to the last second", (at(3_600), here.1), true),
        ("to the first second", (at(-3_600), here.1), true),
        ("a second more", (at(3_601), here.1), false),
        ("nobody knows where", (at(0), None), false),
    ] {
        assert_eq!(duplicates.apart(here, other).is_some(), same, "{what}");
        assert_eq!(duplicates.apart(other, here).is_some(), same, "{what}");
        if let (true, Some(place)) = (same, other.1) {
            let apart = place.latitude_millionths() - 41_800_000;
            assert!(apart <= duplicates.latitudes(), "{what} is searched");
        }
    }
    let anywhere = Duplicates {
        radius_metres: None,
        ..duplicates
    };
    assert_eq!(anywhere.apart(here, (at(60), None)), Some((0.0, 60)));
    let budget = |id| BudgetId(uuid::Uuid::from_u128(id));
    assert_ne!(
        anywhere.alike("p", budget(1)),
        anywhere.alike("p", budget(2))
    );
}

#[test]
fn shares_are_equal_and_leave_what_cannot_be_divided() {
    let points = Points::from_hundredths;
    for (whole, reports, each) in [
        (600, 3, Some(200)),
        (500, 3, Some(166)),
        (5, 5, Some(1)),
        (5, 6, None),
        (5, 0, None),
    ] {
        let share = Share::of(points(whole), reports);
        assert_eq!(
            share.map(|share| share.each.hundredths()),
            each,
            "{whole} among {reports}"
        );
    }
}
