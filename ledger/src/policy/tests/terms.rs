//! Approval by tiers, public notice, and what a reversal and an expiry bring.

use super::super::Policy;
use super::mistakes::surprises;

pub const FULL: &str = r#"schema = "jifen/1"
name = "patrol"
title = "巡查"
on = "patrol_shift"
budget = "community"
zone = "Asia/Shanghai"
day_start = "04:00"
notice = "7 days"
[[approval]]
tier = "single"
[[approval]]
tier = "two_person"
when = { fact = "weekday", is = "sunday" }
points_at_least = 20
[expiry]
after = "12 months"
notices = ["7 days", "30 days"]
[reversal]
debt_cap = 30
recovered = "50 %"
write_off_after = "365 days"
[[rule]]
name = "shift"
title = "一次巡查"
points = { rate = 6, per = "hours" }
[[test]]
name = "平日一人审核"
at = 2026-03-05T22:00:00
facts = { minutes = 240, grid = "G-1" }
expect = { points = 24, approval = "single", notice = "7 days" }
[[test]]
name = "周日二十分起两人审核"
at = 2026-03-08T22:00:00
facts = { minutes = 240, grid = "G-1" }
expect = { points = 24, approval = "two_person", notice = "168 hours" }
[[test]]
name = "周日不足二十分一人审核"
at = 2026-03-08T22:00:00
facts = { minutes = 60, grid = "G-1" }
expect = { points = 6, approval = "single" }
"#;

const BAD: &[(&str, &str, &str)] = &[
    (
        r#"notice = "7 days""#,
        r#"notice = "7 weeks""#,
        r#"8:10: `notice` is "7 weeks": expected hours or days, at most 366 days, such as "7 days" or "48 hours""#,
    ),
    (
        r#"notice = "7 days""#,
        r#"notice = "+7 days""#,
        r#"8:10: `notice` is "+7 days": expected hours or days, at most 366 days, such as "7 days" or "48 hours""#,
    ),
    (
        r#"notice = "7 days""#,
        "notice = 7",
        r#"8:10: `notice` is an integer: expected hours or days, at most 366 days, such as "7 days" or "48 hours""#,
    ),
    (
        r#"tier = "two_person""#,
        r#"tier = "two_persons""#,
        r#"12:8: unknown `tier` "two_persons" — did you mean "two_person"? expected one of: single, two_person"#,
    ),
    (
        "points_at_least = 20",
        "point_at_least = 20",
        r#"14:1: unknown key in approval "point_at_least" — did you mean "points_at_least"? expected one of: tier, when, points_at_least"#,
    ),
    (
        "points_at_least = 20",
        "points_at_least = 0",
        "14:19: `points_at_least` is 0: expected a number above zero with at most two decimal places",
    ),
    (
        r#"fact = "weekday", is = "sunday""#,
        r#"fact = "weekday", is = "sunady""#,
        r#"13:33: unknown value of `weekday` "sunady" — did you mean "sunday"? expected one of: monday, tuesday, wednesday, thursday, friday, saturday, sunday"#,
    ),
    (
        "[[approval]]\ntier = \"single\"\n[[approval]]\ntier = \"two_person\"\nwhen = { fact = \"weekday\", is = \"sunday\" }\npoints_at_least = 20\n",
        "approval = []\n",
        "9:12: `approval` names no tier: expected one of: single, two_person",
    ),
    (
        "title = \"一次巡查\"",
        "title = \"一次巡查\"\napproval = \"two persons\"",
        r#"25:12: unknown `approval` "two persons" — did you mean "two_person"? expected one of: none, single, two_person"#,
    ),
    (
        r#"["7 days", "30 days"]"#,
        r#"["7 days", "7 days"]"#,
        "17:22: `notices` names 7 days twice: expected each once",
    ),
    (
        r#"["7 days", "30 days"]"#,
        r#"["1 month"]"#,
        r#"17:12: `notices` is "1 month": expected days before the expiry, from "1 day" to "336 days""#,
    ),
    (
        r#""12 months""#,
        r#""20 days""#,
        r#"17:22: `notices` is "30 days": expected days before the expiry, from "1 day" to "20 days""#,
    ),
    (
        r#""50 %""#,
        r#""0 %""#,
        r#"20:13: `recovered` is "0 %": expected a percentage above 0 and at most 100, with at most two decimal places, such as "50 %""#,
    ),
    (
        r#""50 %""#,
        r#""33.333 %""#,
        r#"20:13: `recovered` is "33.333 %": expected a percentage above 0 and at most 100, with at most two decimal places, such as "50 %""#,
    ),
    (
        r#""365 days""#,
        r#""12 months""#,
        r#"21:19: `write_off_after` is "12 months": expected days, because months are not equally long, at most 7320, such as "365 days""#,
    ),
    (
        "debt_cap = 30\nrecovered = \"50 %\"\nwrite_off_after = \"365 days\"\n",
        "",
        "18:1: `reversal` is empty: expected one or more of: debt_cap, recovered, write_off_after",
    ),
    (
        r#"approval = "single", notice = "7 days" }"#,
        r#"approval = "single", notices = "7 days" }"#,
        r#"30:46: unknown key in expect "notices" — did you mean "notice"? expected one of: points, rule, approval, notice, expires"#,
    ),
];

#[test]
fn the_full_one_passes_its_cases() {
    let policy = Policy::parse("patrol.toml", FULL).unwrap_or_else(|errors| panic!("{errors}"));
    for case in policy.run_cases() {
        assert_eq!(case.outcome, Ok(()), "{}", case.name);
    }
}

#[test]
fn one_mistake_is_one_error_with_its_place() {
    assert_eq!(surprises(FULL, BAD), "");
}

#[test]
fn terms_are_kept_with_the_quote_and_said() {
    use super::super::{Deed, Language, explain_terms};
    let policy = Policy::parse("patrol.toml", FULL).expect("a policy");
    let deed: Deed = serde_json::from_str(
        r#"{"kind": "patrol_shift", "reference": "r", "occurred_at": "2026-03-08T22:00:00+08:00",
            "facts": {"minutes": 240, "grid": "G-1"}}"#,
    )
    .expect("a deed");
    let terms = policy.price(&deed).expect("a quote").terms;
    assert_eq!(terms.notice_seconds, 7 * 86_400);
    assert_eq!(terms.recovered_share, 5_000);
    assert_eq!(terms.write_off_days, Some(365));
    assert_eq!(terms.expiry_notice_days, [30, 7]);
    assert_eq!(
        explain_terms(&terms, Language::Zh),
        [
            "须由登记人以外的两人先后审核。",
            "公示 7 天，期满没有异议后计入余额。",
            "积分到期前 30 天、7 天提醒。",
            "如被撤销而积分已用，最多欠 30 分。",
            "此前若有欠分，本次最多拿出 50% 抵还。",
            "欠分满 365 天仍未还清的，予以核销。",
        ]
    );
    assert_eq!(
        explain_terms(&terms, Language::En),
        [
            "Two people, one after the other and neither who enters it, must approve it.",
            "It is on public notice for 7 days and counts unless somebody objects.",
            "The member is told 30, 7 days before it expires.",
            "Undone after it was spent, it leaves at most 30 points owing.",
            "At most 50% of it goes to what is owed from before.",
            "What is owed for 365 days is written off.",
        ]
    );
}
