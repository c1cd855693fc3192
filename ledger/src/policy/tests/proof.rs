//! Evidence, geofence, and multipliers that work together.

use super::super::{Deed, Language, Policy, Refusal, explain, explain_refusal};
use super::mistakes::surprises;

pub const FULL: &str = r#"schema = "jifen/1"
name = "patrol"
title = "巡查"
on = "patrol_shift"
budget = "community"
zone = "Asia/Shanghai"
day_start = "04:00"
evidence = ["photo", "check_in"]
geofence = "yuhong"
[[rule]]
name = "backfilled"
title = "补录的巡查"
when = { evidence = "backfill" }
evidence = { any = ["sign_off", "witness"] }
geofence = "old-town"
points = 3
[[rule]]
name = "shift"
title = "一次巡查"
points = { rate = 6, per = "hours" }
combine = "add"
rounding = "down"
[[rule.multiplier]]
name = "night"
title = "夜间"
times = "1.5"
when = { fact = "local_hour", at_least = 22 }
[[rule.multiplier]]
name = "weekend"
title = "周末"
times = "1.25"
when = { fact = "weekday", in = ["saturday", "sunday"] }
[[test]]
name = "周日夜间两项相加"
at = 2026-03-08T22:00:00
facts = { minutes = 61, grid = "G-1" }
evidence = ["photo", "check_in"]
places = ["yuhong"]
expect = { points = 10.6, rule = "shift" }
[[test]]
name = "没有签到"
at = 2026-03-08T22:00:00
facts = { minutes = 60, grid = "G-1" }
evidence = ["photo"]
places = ["yuhong"]
expect = { refused = "missing_evidence" }
[[test]]
name = "不在于洪"
at = 2026-03-08T22:00:00
facts = { minutes = 60, grid = "G-1" }
evidence = ["photo", "check_in"]
expect = { refused = "outside_geofence" }
[[test]]
name = "补录须有人证明"
at = 2026-03-08T22:00:00
facts = { minutes = 60, grid = "G-1" }
evidence = ["photo", "check_in", "backfill", "witness"]
places = ["yuhong", "old-town"]
expect = { points = 3, rule = "backfilled" }
[[test]]
name = "没有这种凭据"
at = 2026-03-08T22:00:00
facts = { minutes = 60, grid = "G-1" }
evidence = ["foto"]
expect = { refused = "unknown_evidence" }
"#;

const BAD: &[(&str, &str, &str)] = &[
    (
        r#"evidence = ["photo", "check_in"]"#,
        r#"evidence = ["foto"]"#,
        r#"8:13: unknown `evidence` "foto" — did you mean "photo"? expected one of: photo, check_in, sign_off, witness, system, backfill, document"#,
    ),
    (
        r#"evidence = ["photo", "check_in"]"#,
        "evidence = []",
        "8:12: `evidence` names no evidence: expected at least one class",
    ),
    (
        r#"evidence = ["photo", "check_in"]"#,
        r#"evidence = "photo""#,
        "8:12: `evidence` is a string: expected an array",
    ),
    (
        r#"{ any = ["sign_off", "witness"] }"#,
        r#"{ all = ["sign_off", "witness"] }"#,
        "14:14: unknown key in evidence \"all\": expected one of: any",
    ),
    (
        r#"geofence = "yuhong""#,
        r#"geofence = "于洪""#,
        r#"9:12: `geofence` is "于洪": expected a name of at most 64 lower-case letters, digits and hyphens"#,
    ),
    (
        r#"when = { evidence = "backfill" }"#,
        r#"when = { evidence = "backfil" }"#,
        r#"13:21: unknown `evidence` "backfil" — did you mean "backfill"? expected one of: photo, check_in, sign_off, witness, system, backfill, document"#,
    ),
    (
        r#"combine = "add""#,
        r#"combine = "added""#,
        r#"21:11: unknown `combine` "added" — did you mean "add"? expected one of: multiply, highest, add"#,
    ),
    (
        "combine = \"add\"\n",
        "",
        "21:12: `rounding` of a rule that rounds each multiplier: expected combine = \"highest\" or \"add\", or `rounding` at the multipliers",
    ),
    (
        "times = \"1.5\"",
        "times = \"1.5\"\nrounding = \"up\"",
        "27:12: `rounding` of a multiplier that is combined with others: expected `rounding` at the rule",
    ),
    (
        "points = 3",
        "points = 3\ncombine = \"add\"",
        "17:11: `combine` without a multiplier: expected `[[rule.multiplier]]`",
    ),
    (
        "evidence = [\"photo\"]\nplaces",
        "evidence = [\"phot\"]\nplaces",
        r#"44:13: unknown `evidence` "phot" — did you mean "photo"? expected one of: photo, check_in, sign_off, witness, system, backfill, document"#,
    ),
];

fn policy(source: &str) -> Policy {
    Policy::parse("patrol.toml", source).unwrap_or_else(|errors| panic!("{errors}"))
}

fn deed(evidence: &[&str], places: &[&str]) -> Deed {
    Deed {
        kind: "patrol_shift".to_owned(),
        reference: "r".to_owned(),
        occurred_at: "2026-03-08T22:00:00+08:00".parse().expect("a moment"),
        facts: [
            ("minutes".to_owned(), 61.into()),
            ("grid".to_owned(), "G-1".into()),
        ]
        .into(),
        evidence: evidence.iter().map(|class| (*class).to_owned()).collect(),
        places: places.iter().map(|layer| (*layer).to_owned()).collect(),
    }
}

#[test]
fn the_full_one_passes_its_cases() {
    for case in policy(FULL).run_cases() {
        assert_eq!(case.outcome, Ok(()), "{}", case.name);
    }
}

#[test]
fn one_mistake_is_one_error_with_its_place() {
    assert_eq!(surprises(FULL, BAD), "");
}

#[test]
fn multipliers_work_together_as_named() {
    // 61 minutes are 1.01 hours, 6.06 points.
    for (combine, points) in [
        ("combine = \"add\"\nrounding = \"down\"", 1060),
        ("combine = \"add\"\nrounding = \"up\"", 1061),
        ("combine = \"add\"", 1061),
        ("combine = \"highest\"", 909),
        ("combine = \"multiply\"", 1136),
        ("", 1136),
    ] {
        let source = FULL
            .replace("combine = \"add\"\nrounding = \"down\"", combine)
            .replace("10.6,", "10,");
        let quote = policy(&source).price(&deed(&["photo", "check_in"], &["yuhong"]));
        let quote = quote.expect(combine);
        assert_eq!(quote.points.hundredths(), points, "{combine}");
    }
}

#[test]
fn what_was_shown_and_combined_is_said() {
    let quote = policy(FULL).price(&deed(&["photo", "check_in", "system"], &["yuhong"]));
    let trace = quote.expect("a quote").trace;
    assert_eq!(
        explain(&trace, Language::Zh),
        [
            "依据《巡查》：一次巡查。",
            "凭据：签到、现场照片。",
            "地点在规定范围内（yuhong）。",
            "基础积分：每小时 6 分 × 1.01 小时 = 6.06 分。",
            "夜间：× 1.5。",
            "周末：× 1.25。",
            "以上加成相加：× 1.75，得 10.6 分。",
            "共得 10.6 分。",
        ]
    );
    assert_eq!(
        explain(&trace, Language::En)[1..3],
        ["Shown by a check-in, a photo.", "It happened in yuhong."]
    );
    assert_eq!(
        explain(&trace, Language::En)[6],
        "What these add is summed: × 1.75, making 10.6 points."
    );
}

#[test]
fn what_was_not_shown_is_said() {
    let refused = |evidence: &[&str], places: &[&str]| {
        let refusal = policy(FULL)
            .price(&deed(evidence, places))
            .expect_err("refused");
        let say = |language| explain_refusal("patrol_shift", &refusal, language).remove(0);
        (say(Language::Zh), say(Language::En))
    };
    let told = |zh: &str, en: &str| (zh.to_owned(), en.to_owned());
    assert_eq!(
        refused(&["photo"], &["yuhong"]),
        told(
            "缺少凭据：须有签到。",
            "Not counted: it is to be shown by a check-in."
        )
    );
    assert_eq!(
        refused(&["photo", "check_in", "backfill"], &["yuhong"]),
        told(
            "缺少凭据：须有签字确认、证人之一。",
            "Not counted: it is to be shown by one of a sign-off, a witness."
        )
    );
    assert_eq!(
        refused(&["photo", "check_in"], &["tiexi"]),
        told(
            "事发地点不在规定范围内（yuhong），不计分。",
            "Not counted: it did not happen in yuhong."
        )
    );
    assert_eq!(
        refused(&["foto"], &[]),
        told(
            "没有“foto”这类凭据，是否指“photo”。",
            "Not counted: unknown evidence \"foto\" — did you mean \"photo\"?."
        )
    );
}

#[test]
fn a_rule_may_ask_for_evidence_or_for_none() {
    let only = |when: &str| {
        let shift = FULL.find("[[rule]]\nname = \"shift\"").expect("a rule");
        let test = FULL.find("[[test]]").expect("a test");
        let source = format!("{}{}", &FULL[..shift], &FULL[test..]);
        let source = source
            .replace("when = { evidence = \"backfill\" }", when)
            .replace("rule = \"shift\"", "rule = \"backfilled\"");
        let deed = deed(&["photo", "check_in"], &["yuhong"]);
        let refusal = policy(&source).price(&deed).expect_err(when);
        let say = |language| explain_refusal("patrol_shift", &refusal, language).pop();
        (say(Language::Zh), say(Language::En))
    };
    assert_eq!(
        only("when = { evidence = \"backfill\" }"),
        (
            Some("“补录的巡查”未适用：凭据须有事后补录，实际没有。".to_owned()),
            Some(
                "补录的巡查 did not apply: it must be shown by a later entry; it is not."
                    .to_owned()
            )
        )
    );
    assert_eq!(
        only("when = { none = [{ evidence = \"photo\" }] }"),
        (
            Some("“补录的巡查”未适用：凭据不得有现场照片，实际有。".to_owned()),
            Some("补录的巡查 did not apply: it must not be shown by a photo; it is.".to_owned())
        )
    );
}

#[test]
fn deeds_kept_before_there_was_evidence_are_read_and_written_as_they_were() {
    let json = r#"{"kind":"patrol_shift","reference":"r","occurred_at":"2026-03-08T14:00:00Z","facts":{}}"#;
    let deed: Deed = serde_json::from_str(json).expect("an old one");
    assert_eq!(serde_json::to_string(&deed).expect("json"), json);
    let refusal = Refusal::MissingEvidence {
        missing: vec!["photo".to_owned()],
        any: false,
    };
    assert_eq!(
        serde_json::to_string(&refusal).expect("json"),
        r#"{"code":"missing_evidence","missing":["photo"]}"#
    );
}
