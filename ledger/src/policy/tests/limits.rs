//! Caps on whom and over how long: their words, their mistakes, what a quote claims.

use super::super::{
    CapSubject, Deed, Language, Over, Policy, Quote, Window, apply_caps, explain, explain_reached,
    split_caps,
};
use super::mistakes::surprises;

pub const FULL: &str = r#"schema = "jifen/1"
name = "patrol"
title = "巡查"
on = "patrol_shift"
budget = "community"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "single"
[[rule]]
name = "shift"
title = "一次巡查"
points = { rate = 6, per = "hours" }
[[cap]]
name = "approver-month"
per = "approver"
every = "month"
count = 40
[[cap]]
name = "grid-quarter"
per = "grid"
every = "quarter"
points = 900
over = "queue"
[[cap]]
name = "team-year"
per = "team"
every = "year"
count = 100
over = "queue"
[[cap]]
name = "member-rolling"
per = "member"
every = "rolling 30 days"
points = 200
[[test]]
name = "两小时得十二分"
at = 2026-03-05T10:00:00
facts = { minutes = 120, grid = "G-1", team = "T-1" }
expect = { points = 12 }
[[test]]
name = "连续三十天只剩五分"
at = 2026-03-05T10:00:00
facts = { minutes = 120, grid = "G-1", team = "T-1" }
used = { member-rolling = 195 }
expect = { points = 5 }
[[test]]
name = "网格本季度已满"
at = 2026-03-05T10:00:00
facts = { minutes = 120, grid = "G-1", team = "T-1" }
used = { grid-quarter = 890 }
expect = { refused = "cap_reached", cap = "grid-quarter" }
[[test]]
name = "审核人本月已审四十次"
at = 2026-03-05T10:00:00
facts = { minutes = 120, grid = "G-1", team = "T-1" }
used = { approver-month = 40 }
expect = { refused = "cap_reached", cap = "approver-month" }
[[test]]
name = "没有写明队伍"
at = 2026-03-05T10:00:00
facts = { minutes = 120, grid = "G-1" }
expect = { refused = "missing_fact" }
"#;

const BAD: &[(&str, &str, &str)] = &[
    (
        "approval = \"single\"\n",
        "",
        "14:7: no award of this policy is approved by anybody: expected `approval` somewhere, or a cap on somebody else",
    ),
    (
        "count = 40",
        "count = 40\nover = \"queue\"",
        r#"18:8: what somebody may approve is neither clipped nor queued: expected over = "reject""#,
    ),
    (
        r#"per = "team""#,
        r#"per = "taem""#,
        r#"26:7: unknown `per` "taem" — did you mean "team"? expected one of: member, grid, team, approver, budget"#,
    ),
    (
        r#"every = "quarter""#,
        r#"every = "quater""#,
        r#"21:9: unknown `every` "quater" — did you mean "quarter"? expected one of: day, week, month, quarter, year, rolling 30 days"#,
    ),
    (
        "rolling 30 days",
        "rolling 1 days",
        r#"33:9: `every` is "rolling 1 days": expected from "rolling 2 days" to "rolling 366 days""#,
    ),
    (
        "rolling 30 days",
        "rolling 367 days",
        r#"33:9: `every` is "rolling 367 days": expected from "rolling 2 days" to "rolling 366 days""#,
    ),
    (
        "rolling 30 days",
        "roling 30 days",
        r#"33:9: unknown `every` "roling 30 days" — did you mean "rolling 30 days"? expected one of: day, week, month, quarter, year, rolling 30 days"#,
    ),
    (
        "points = 900\nover = \"queue\"",
        "points = 900\nover = \"queu\"",
        r#"23:8: unknown `over` "queu" — did you mean "queue"? expected one of: clip, reject, queue"#,
    ),
    (
        "title = \"一次巡查\"",
        "title = \"一次巡查\"\nwhen = { fact = \"team\", is = \"T-1\" }",
        "12:8: `team` is asked: it is for caps alone: expected no condition on whom somebody belongs to",
    ),
];

fn quote() -> Quote {
    let policy = Policy::parse("patrol.toml", FULL).unwrap_or_else(|errors| panic!("{errors}"));
    let deed: Deed = serde_json::from_str(
        r#"{"kind": "patrol_shift", "reference": "r", "occurred_at": "2026-03-05T10:00:00+08:00",
            "facts": {"minutes": 120, "grid": "G-1", "team": "T-1"}}"#,
    )
    .expect("a deed");
    policy.price(&deed).expect("a quote")
}

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
fn a_cap_on_what_no_such_deed_names_is_an_error() {
    let exceptional = FULL
        .replace("patrol_shift", "exceptional")
        .replace(r#"{ rate = 6, per = "hours" }"#, "6")
        .replace(
            r#"facts = { minutes = 120, grid = "G-1""#,
            r#"facts = { category = "rescue", verified = true"#,
        )
        .replace(r#", team = "T-1""#, "");
    let errors = Policy::parse("patrol.toml", &exceptional).expect_err("no grid, no team");
    let said: Vec<_> = errors.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "patrol.toml:20:7: exceptional has no fact `grid`: expected a subject that every such \
             deed can name",
            "patrol.toml:26:7: exceptional has no fact `team`: expected a subject that every such \
             deed can name",
        ]
    );
}

#[test]
fn a_quote_claims_what_each_cap_counts_on() {
    let quote = quote();
    let (submitted, approved) = split_caps(&quote.caps);
    let told: Vec<_> = submitted
        .iter()
        .map(|claim| (claim.per, claim.subject.as_deref(), claim.around.len()))
        .collect();
    assert_eq!(
        told,
        [
            (CapSubject::Grid, Some("G-1"), 0),
            (CapSubject::Team, Some("T-1"), 0),
            (CapSubject::Member, None, 59),
        ]
    );
    assert_eq!(submitted[2].around[29], submitted[2].window_start);
    assert_eq!(submitted[2].around[30], submitted[2].window_end);
    assert_eq!(submitted[2].window, Window::Rolling { days: 30 });
    assert_eq!(approved.len(), 1);
    assert_eq!(
        (approved[0].per, approved[0].over),
        (CapSubject::Approver, Over::Reject)
    );
}

#[test]
fn what_caps_do_is_said_in_both_languages() {
    let quote = quote();
    let (caps, approvers) = split_caps(&quote.caps);
    let capped = apply_caps(quote.points, caps, &[0, 0, 19500]).expect("room");
    let trace = quote.trace.clone().with_caps(&capped);
    assert_eq!(
        explain(&trace, Language::Zh)[2..5],
        [
            "每个网格每季度最多 900 分：此前已计 0 分，还可计 900 分。",
            "每支队伍每年最多 100 次：此前已计 0 次，还可计 100 次。",
            "每人任意连续 30 天最多 200 分：此前已计 195 分，还可计 5 分，本次少计 7 分。",
        ]
    );
    assert_eq!(
        explain(&trace, Language::En)[4],
        "At most 200 points per member in any 30 days running: 195 were counted before, 5 were \
         left, so 7 are not counted."
    );
    let waits = apply_caps(quote.points, caps, &[89900, 0, 0]).expect_err("no room");
    assert_eq!(
        explain_reached(&waits, Language::Zh),
        "每个网格每季度最多 900 分，此前已计 899 分，本次须等有余量时再计。"
    );
    let spent = apply_caps(quote.points, approvers, &[40]).expect_err("no room");
    assert_eq!(
        explain_reached(&spent, Language::En),
        "At most 40 awards per approver and month: 40 counted before, so this one is not counted."
    );
}
