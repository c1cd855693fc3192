mod fields;

use super::*;
use crate::policy::tests::files;

const PATROL: &str = r#"schema = "jifen/1"
name = "patrol"
title = "巡查办法"
on = "patrol_shift"
budget = "community"
zone = "Asia/Shanghai"
day_start = "04:00"
effective = { from = 2026-01-01, until = 2026-12-31 }
approval = "single"
notice = "3 days"
evidence = ["check_in", "photo"]
geofence = "yuhong-district"

[expiry]
after = "12 months"
round_up = "quarter"
notices = ["30 days", "7 days"]

[reversal]
debt_cap = 60
recovered = "50 %"
write_off_after = "365 days"

[duplicates]
key = ["grid"]
window = "48 hours"

[[rule]]
name = "night"
title = "夜间巡查"
when = { any = [{ fact = "local_hour", at_least = 22 }, { fact = "local_hour", less_than = 6 }] }
points = { rate = 6, per = "hours" }
max = 24
[[rule.approval]]
tier = "two_person"
points_at_least = 20
[[rule.multiplier]]
name = "long"
title = "长时巡查"
times = "1.5"
when = { fact = "minutes", at_least = 120 }

[[rule]]
name = "shift"
title = "一次巡查"
when = { fact = "minutes", at_least = 30 }
points = 5

[[cap]]
name = "member-day"
per = "member"
every = "day"
points = 10
over = "clip"

[[cap]]
name = "nights"
per = "member"
every = "week"
count = 2
rules = ["night"]

[[test]]
name = "白天"
at = 2026-03-05T10:00:00
facts = { minutes = 60, grid = "G-7" }
evidence = ["check_in", "photo"]
places = ["yuhong-district"]
expect = { points = 5 }
"#;

fn read(source: &str) -> Policy {
    Policy::parse("patrol.toml", source).unwrap_or_else(|errors| panic!("{errors}\n{source}"))
}

fn changed(from: &str, to: &str, language: Language) -> Vec<String> {
    let source = PATROL.replacen(from, to, 1);
    assert_ne!(source, PATROL, "{from}");
    diff(&read(PATROL), &read(&source), language)
}

#[test]
fn a_clerk_reads_what_is_different() {
    for (from, to, zh, en) in [
        (
            "points = 10",
            "points = 8",
            "每人每天上限由 10 分改为 8 分。",
            "The limit on points per member and day changes from 10 points to 8 points.",
        ),
        (
            "count = 2",
            "count = 3",
            "每人每周次数上限（只计“夜间巡查”）由 2 次改为 3 次。",
            "The limit on awards per member and week (only of 夜间巡查) changes from 2 awards to 3 awards.",
        ),
        (
            "over = \"clip\"",
            "over = \"reject\"",
            "每人每天上限：超出时由计到上限为止改为整笔不计。",
            "The limit on points per member and day: beyond it changes from awards are cut to it to awards are refused.",
        ),
        (
            "notice = \"3 days\"",
            "notice = \"7 days\"",
            "公示期由 3 天改为 7 天。",
            "Public notice changes from 3 days to 7 days.",
        ),
        (
            "notice = \"3 days\"\n",
            "",
            "取消公示期（原为 3 天）。",
            "Public notice is dropped (was 3 days).",
        ),
        (
            "after = \"12 months\"",
            "after = \"6 months\"",
            "到期由满 12 个月，延至当季季末改为满 6 个月，延至当季季末。",
            "Expiry changes from after 12 months, to the end of the quarter to after 6 months, to the end of the quarter.",
        ),
        (
            "approval = \"single\"",
            "approval = \"two_person\"",
            "审核由一人审核改为两人先后审核。",
            "Approval changes from one person to two people.",
        ),
        (
            "geofence = \"yuhong-district\"",
            "",
            "取消地点范围（原为 yuhong-district）。",
            "Geofence is dropped (was yuhong-district).",
        ),
        (
            "points_at_least = 20",
            "points_at_least = 15",
            "规则“夜间巡查”：加审由满 20 分须两人先后审核改为满 15 分须两人先后审核。",
            "Rule 夜间巡查: further approval changes from two people from 20 points to two people from 15 points.",
        ),
        (
            "times = \"1.5\"",
            "times = \"2\"",
            "规则“夜间巡查”：加成“长时巡查”：倍数由 × 1.5 改为 × 2。",
            "Rule 夜间巡查: multiplier 长时巡查: factor changes from × 1.5 to × 2.",
        ),
        (
            "at_least = 30",
            "at_least = 45",
            "规则“一次巡查”：条件由时长不少于 30 改为时长不少于 45。",
            "Rule 一次巡查: condition changes from duration is at least 30 to duration is at least 45.",
        ),
        (
            "until = 2026-12-31",
            "until = 2027-06-30",
            "施行末日由 2026-12-31 改为 2027-06-30。",
            "Last day in effect changes from 2026-12-31 to 2027-06-30.",
        ),
        (
            "window = \"48 hours\"",
            "window = \"72 hours\"",
            "重复认定由网格相同、2 天以内的算同一件事，共享一份积分改为网格相同、3 天以内的算同一件事，共享一份积分。",
            "",
        ),
    ] {
        let found = changed(from, to, Language::Zh);
        assert_eq!(found.len(), 1, "{found:#?}");
        assert_eq!(found, [zh]);
        let found = changed(from, to, Language::En);
        assert!(en.is_empty() || found == [en], "{found:#?}");
    }
}

#[test]
fn rules_come_go_and_change_places() {
    let more = "[[rule]]\nname = \"long\"\ntitle = \"长巡\"\nwhen = { fact = \"minutes\", at_least = 200 }\npoints = 9\n\n[[rule]]\nname = \"shift\"";
    let with = PATROL.replace("[[rule]]\nname = \"shift\"", more);
    let (old, new) = (read(PATROL), read(&with));
    assert_eq!(
        diff(&old, &new, Language::Zh),
        ["新增规则“长巡”（排在“夜间巡查”之后）：条件：时长不少于 200；积分：9 分。"]
    );
    assert_eq!(
        diff(&new, &old, Language::Zh),
        ["删去规则“长巡”（原为条件：时长不少于 200；积分：9 分）。"]
    );
    assert_eq!(
        diff(&new, &old, Language::En),
        ["Rule 长巡 is removed (was condition: duration is at least 200; points: 9 points)."]
    );
    let mut turned = old.clone();
    turned.rules.reverse();
    assert_eq!(
        diff(&old, &turned, Language::Zh),
        ["规则的先后由“夜间巡查”、“一次巡查”改为“一次巡查”、“夜间巡查”。"]
    );
}

#[test]
fn tables_are_compared_row_by_row() {
    let hazard = files::policy("hazard-report");
    let source = hazard
        .source()
        .replacen("medium = 10, high = 20", "medium = 10, high = 25", 1);
    let new = Policy::parse("hazard-report.toml", &source).expect("a policy");
    assert_eq!(
        diff(&hazard, &new, Language::Zh),
        ["规则“上报安全隐患并经核实”：严重程度“重大”的积分由 20 分改为 25 分。"]
    );
    assert_eq!(
        diff(&hazard, &new, Language::En),
        [
            "Rule 上报安全隐患并经核实: points where severity is high changes from 20 points to 25 points."
        ]
    );
    let source = hazard.source().replacen("low = 5, medium", "medium", 1);
    let new = Policy::parse("hazard-report.toml", &source).expect("a policy");
    let told = diff(&hazard, &new, Language::Zh);
    assert!(
        told[0].contains("取消严重程度“一般”的积分（原为 5 分）") && told.len() == 1,
        "{told:#?}"
    );
}

#[test]
fn layout_comments_and_cases_change_nothing() {
    let old = read(PATROL);
    for (from, to) in [
        ("points = 10", "points = 10.00"),
        ("[[cap]]", "# 每天\n[[cap]]"),
        ("at_least = 30", "at_least = 30.0"),
        (
            "[\"check_in\", \"photo\"]\ngeofence",
            "[\"photo\", \"check_in\"]\ngeofence",
        ),
        (
            "expect = { points = 5 }",
            "expect = { points = 5, rule = \"shift\" }",
        ),
        ("after = \"12 months\"", "after = \"1 year\""),
        ("\n[expiry]", "\n\n\n[expiry]"),
    ] {
        let new = read(&PATROL.replacen(from, to, 1));
        assert_ne!(old.digest(), new.digest(), "{from}");
        assert_eq!(diff(&old, &new, Language::Zh), [""; 0], "{from}");
        let told = diff_in_words(&old, &new, Language::En);
        assert_eq!(
            told,
            ["Nothing changes for riders, only the text, its comments or its own cases."]
        );
    }
    assert_eq!(diff_in_words(&old, &old, Language::Zh), [""; 0]);
    for (path, source) in files::all() {
        let file = path
            .file_name()
            .and_then(|name| name.to_str())
            .expect("a name");
        let policy = Policy::parse(file, &source).expect(file);
        assert_eq!(diff_in_words(&policy, &policy, Language::Zh), [""; 0]);
    }
}
