//! A policy that is right, and the ways it may be made wrong.

use super::super::Policy;

/// Makes each mistake in a policy that is right, and tells of those that are not the one error they should be.
pub fn surprises(right: &str, mistakes: &[(&str, &str, &str)]) -> String {
    let mut surprises = Vec::new();
    for (good, wrong, error) in mistakes {
        assert!(right.contains(good), "{good}");
        let found: Vec<_> = match Policy::parse("patrol.toml", &right.replacen(good, wrong, 1)) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.iter().map(ToString::to_string).collect(),
        };
        if found != [format!("patrol.toml:{error}")] {
            surprises.push(format!("{wrong}\n  want {error}\n  got  {found:?}"));
        }
    }
    surprises.join("\n")
}

/// A small policy that is right, to be made wrong in one place.
pub const GOOD: &str = r#"schema = "jifen/1"
name = "patrol"
title = "巡查"
on = "patrol_shift"
budget = "community"
zone = "Asia/Shanghai"
day_start = "04:00"
effective = { from = 2026-01-01, until = 2026-12-31 }
[expiry]
after = "12 months"
[[rule]]
name = "night"
title = "夜间巡查"
when = { fact = "local_hour", at_least = 22 }
points = { rate = 2, per = "hours" }
max = 10
[[rule.multiplier]]
name = "long"
times = "1.5"
when = { all = [{ fact = "minutes", at_least = 60 }, { fact = "grid", in = ["G-1"] }] }
[[rule]]
name = "day"
title = "白天巡查"
points = { by = "weekday", table = { saturday = 5, sunday = 5.5 } }
[[cap]]
name = "member-day"
per = "member"
every = "day"
points = 50
[[test]]
name = "夜间"
at = 2026-03-05T22:00:00
facts = { minutes = 60, grid = "G-1" }
used = { member-day = 1 }
expect = { points = 3, rule = "night" }
"#;

/// Each row: what to replace, with what, and the one error it makes.
pub const BAD: &[(&str, &str, &str)] = &[
    (
        r#""jifen/1""#,
        r#""jifen/2""#,
        r#"1:10: unknown `schema` "jifen/2" — did you mean "jifen/1"? expected one of: jifen/1"#,
    ),
    (
        r#"name = "patrol""#,
        r#"name = "Patrol""#,
        r#"2:8: `name` is "Patrol": expected a name of at most 64 lower-case letters, digits and hyphens"#,
    ),
    (
        r#"name = "patrol""#,
        r#"name = "petrol""#,
        r#"2:8: `name` is "petrol": expected "patrol", the stem of the file's name"#,
    ),
    (
        "title = \"巡查\"\n",
        "",
        "1:1: policy has no `title`: expected a title people know it by",
    ),
    (
        r#""patrol_shift""#,
        r#""patrol_shfit""#,
        r#"4:6: unknown `on` "patrol_shfit" — did you mean "patrol_shift"? expected one of: attendance, patrol_shift, hazard_report, volunteer_service, request_fulfilled, exceptional"#,
    ),
    (
        r#""Asia/Shanghai""#,
        r#""Asia/Shangai""#,
        r#"6:8: unknown time zone "Asia/Shangai" — did you mean "Asia/Shanghai"? expected an IANA time zone such as "Asia/Shanghai""#,
    ),
    (
        r#""04:00""#,
        r#""4:00""#,
        r#"7:13: `day_start` is "4:00": expected a time of day before noon such as "04:00""#,
    ),
    (
        r#""04:00""#,
        "4",
        r#"7:13: `day_start` is an integer: expected a time of day before noon such as "04:00""#,
    ),
    (
        "until = 2026-12-31",
        "until = 2025-12-31",
        "8:42: `until` is 2025-12-31, before `from`: expected the last day on which it holds",
    ),
    (
        "from = 2026-01-01",
        "from = \"2026-01-01\"",
        "8:22: `from` is a string: expected a date from 2000 to 2999 such as 2026-01-01",
    ),
    (
        r#""12 months""#,
        r#""a year""#,
        r#"10:9: `after` is "a year": expected a period of at most 20 years such as "12 months" or "90 days""#,
    ),
    (
        r#""12 months""#,
        r#""0 months""#,
        r#"10:9: `after` is "0 months": expected a period of at most 20 years such as "12 months" or "90 days""#,
    ),
    (
        "at_least = 22",
        "at_lest = 22",
        r#"14:31: unknown key in condition "at_lest" — did you mean "at_least"? expected one of: fact, is, is_not, in, at_least, at_most, more_than, less_than, between"#,
    ),
    (
        "at_least = 22",
        "at_least = 24",
        "14:42: `local_hour` is never 24: expected a whole number from 0 to 23",
    ),
    (
        "at_least = 22",
        "at_least = \"22\"",
        "14:42: `local_hour` is compared with text: expected a whole number from 0 to 23",
    ),
    (
        "at_least = 22",
        "between = [22, 5]",
        "14:41: `between` 22 and 5 holds for no number: expected the lower first; for a stretch over midnight, two conditions in `any`",
    ),
    (
        "at_least = 22",
        "between = [22]",
        "14:41: `between` has 1 values: expected two: the lowest and the highest",
    ),
    (
        "at_least = 22",
        "at_least = 22, at_most = 23",
        "14:56: `at_most` beside `at_least`: expected one comparison; put two conditions in `all`",
    ),
    (
        r#"fact = "local_hour", at_least = 22"#,
        r#"fact = "weekday", at_least = 22"#,
        "14:39: `at_least` compares numbers, `weekday` is not one: expected one of: is, is_not, in",
    ),
    (
        r#"fact = "local_hour", at_least = 22"#,
        r#"fact = "weekday", is = "sunady""#,
        r#"14:33: unknown value of `weekday` "sunady" — did you mean "sunday"? expected one of: monday, tuesday, wednesday, thursday, friday, saturday, sunday"#,
    ),
    (
        r#"{ fact = "local_hour", at_least = 22 }"#,
        "{ any = [] }",
        "14:16: `any` is empty: expected at least one condition",
    ),
    (
        r#"{ fact = "local_hour", at_least = 22 }"#,
        "{}",
        "14:8: an empty condition: expected `fact` with a comparison, `evidence` with a class, or `all`, `any` or `none` with a list",
    ),
    (
        r#"per = "hours""#,
        r#"per = "huors""#,
        r#"15:28: unknown fact "huors" — did you mean "hours"? expected one of: minutes, grid, team, checkpoints, hours, local_hour, weekday"#,
    ),
    (
        r#"per = "hours""#,
        r#"per = "grid""#,
        "15:28: `grid` is not a quantity: expected one of: minutes, checkpoints, hours",
    ),
    (
        r#"per = "hours""#,
        r#"per = "local_hour""#,
        "15:28: `local_hour` is not a quantity: expected one of: minutes, checkpoints, hours",
    ),
    (
        "rate = 2",
        "rate = 0",
        "15:19: `rate` is 0: expected a number above zero with at most two decimal places",
    ),
    (
        "max = 10",
        "max = -1",
        "16:7: `max` is -1: expected a number above zero with at most two decimal places",
    ),
    (
        "max = 10",
        "max = 1.005",
        "16:7: `max` is 1.005, more than two decimal places: expected a number above zero with at most two decimal places",
    ),
    (
        "max = 10",
        "max = \"10\"",
        "16:7: `max` is a string: expected a number above zero with at most two decimal places",
    ),
    (
        "max = 10",
        "max = inf",
        "16:7: `max` is inf: expected a number above zero with at most two decimal places",
    ),
    (
        "max = 10",
        "max = 0x10",
        "16:7: `max` is an integer: expected a number above zero with at most two decimal places",
    ),
    (
        "max = 10",
        "max = 99999999999999999999",
        "16:7: `max` is 99999999999999999999: the amount is too large: expected a number above zero with at most two decimal places",
    ),
    (
        "max = 10",
        "maxx = 10",
        r#"16:1: unknown key in rule "maxx" — did you mean "max"? expected one of: name, title, when, points, max, multiplier, combine, rounding, evidence, geofence, approval"#,
    ),
    (
        r#"times = "1.5""#,
        r#"times = "1.00005""#,
        r#"19:9: `times` is 1.00005: expected a factor above 0 and at most 100, with at most four decimal places, such as "1.5""#,
    ),
    (
        r#"times = "1.5""#,
        "times = 0",
        r#"19:9: `times` is 0: expected a factor above 0 and at most 100, with at most four decimal places, such as "1.5""#,
    ),
    (
        r#"times = "1.5""#,
        "times = \"1.5\"\nrounding = \"half\"",
        "20:12: unknown `rounding` \"half\": expected one of: half_up, half_even, down, up",
    ),
    (
        r#"in = ["G-1"]"#,
        r#"in = ["张家门口"]"#,
        r#"20:77: `grid` is never "张家门口": expected a code of at most 64 letters, digits and -_.:/"#,
    ),
    (
        r#"name = "day""#,
        r#"name = "night""#,
        r#"22:8: a second rule named "night": expected another name"#,
    ),
    (
        "saturday = 5,",
        "satrday = 5,",
        r#"24:38: unknown key in table "satrday" — did you mean "saturday"? expected one of: monday, tuesday, wednesday, thursday, friday, saturday, sunday"#,
    ),
    (
        r#"by = "weekday""#,
        r#"by = "grid""#,
        "24:17: `grid` has no list of values: expected one of: weekday",
    ),
    (
        r#"per = "member""#,
        r#"per = "girds""#,
        r#"27:7: unknown `per` "girds" — did you mean "grid"? expected one of: member, grid, team, approver, budget"#,
    ),
    (
        r#"every = "day""#,
        r#"every = "dya""#,
        r#"28:9: unknown `every` "dya" — did you mean "day"? expected one of: day, week, month, quarter, year, rolling 30 days"#,
    ),
    (
        "points = 50",
        "points = 50\ncount = 2",
        "25:1: cap has two limits: expected either `points` or `count`",
    ),
    (
        "points = 50",
        "count = 0",
        "29:9: `count` is 0: expected a whole number from 1 to 1000000",
    ),
    (
        "points = 50",
        "count = 2\nover = \"clip\"",
        r#"30:8: a count cannot be clipped: expected over = "reject" or "queue""#,
    ),
    (
        "points = 50",
        "points = 50\nrules = [\"nigth\"]",
        r#"30:10: unknown `rules` "nigth" — did you mean "night"? expected one of: night, day"#,
    ),
    (
        "at = 2026-03-05T22:00:00",
        "at = 2026-03-05",
        "32:6: `at` is a datetime: expected a local date and time such as 2026-03-05T19:30:00, without an offset",
    ),
    (
        "minutes = 60, grid",
        "minuets = 60, grid",
        r#"33:11: unknown key in facts "minuets" — did you mean "minutes"? expected one of: minutes, grid, team, checkpoints"#,
    ),
    (
        "member-day = 1 }",
        "menber-day = 1 }",
        r#"34:10: unknown key in used "menber-day" — did you mean "member-day"? expected one of: member-day"#,
    ),
    (
        r#"rule = "night" }"#,
        r#"rule = "nigth" }"#,
        r#"35:31: unknown `rule` "nigth" — did you mean "night"? expected one of: night, day"#,
    ),
    (
        r#"{ points = 3, rule = "night" }"#,
        r#"{ refused = "cap_reach" }"#,
        r#"35:22: unknown `refused` "cap_reach" — did you mean "cap_reached"? expected one of: wrong_deed_kind, outside_effective_window, moment_out_of_range, unknown_fact, derived_fact, wrong_fact_type, wrong_fact_value, missing_fact, unknown_evidence, missing_evidence, outside_geofence, no_rule_applies, nothing_earned, amount, cap_reached"#,
    ),
    (
        "max = 10",
        "[rule.reward]",
        "16:7: unknown key in rule \"reward\": expected one of: name, title, when, points, max, multiplier, combine, rounding, evidence, geofence, approval",
    ),
    (
        "title = \"夜间巡查\"",
        "titel = \"夜间巡查\"",
        "13:1: unknown key in rule \"titel\" — did you mean \"title\"? expected one of: name, title, when, points, max, multiplier, combine, rounding, evidence, geofence, approval",
    ),
    (
        "from = 2026-01-01",
        "from = 9999-12-31",
        "8:22: `from` is a datetime: expected a date from 2000 to 2999 such as 2026-01-01",
    ),
    (
        "at = 2026-03-05T22:00:00",
        "at = 9999-12-31T22:00:00",
        "32:6: `at` is a datetime: expected a local date and time such as 2026-03-05T19:30:00, without an offset",
    ),
    (
        "at = 2026-03-05T22:00:00",
        "at = 2026-03-05T22:00:00Z",
        "32:6: `at` is a datetime: expected a local date and time such as 2026-03-05T19:30:00, without an offset",
    ),
];
