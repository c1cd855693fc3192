//! The policies of the programme that the load goes to.

use ledger::community::{PolicyVersion, Registration};
use ledger::machine::Command;
use ledger::policy::Policy;

use super::Failure;

/// Puts a policy in force from now on.
pub fn enact(name: &str, source: String) -> Result<Command, Failure> {
    let policy = Policy::parse(&format!("{name}.toml"), &source)?;
    Ok(Command::Register(Registration::Policy(PolicyVersion {
        name: name.to_owned(),
        digest: policy.digest().to_owned(),
        source,
        effective_from: None,
    })))
}

/// The policy that fills wallets.
pub const SEED: &str = "bench-seed";

/// As much to work out as a real one: a condition, a rate, a multiplier, a maximum, two caps with room for any run.
pub fn policy(name: &str) -> String {
    format!(
        r#"schema = "jifen/1"
name = "{name}"
title = "压力测试"
on = "patrol_shift"
budget = "{name}"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[expiry]
after = "12 months"
round_up = "quarter"

[[rule]]
name = "shift"
title = "巡查"
when = {{ fact = "minutes", at_least = 30 }}
points = {{ rate = 6, per = "hours", rounding = "half_up" }}
max = 24
[[rule.multiplier]]
name = "night"
title = "夜间"
times = "1.5"
rounding = "half_up"
[rule.multiplier.when]
any = [
  {{ fact = "local_hour", at_least = 22 }},
  {{ fact = "local_hour", less_than = 6 }},
]

[[cap]]
name = "member-day"
per = "member"
every = "day"
count = 1000000
over = "reject"

[[cap]]
name = "budget-month"
per = "budget"
every = "month"
points = 10000000000
over = "reject"

[[test]]
name = "两小时得十二分"
at = 2026-03-05T10:00:00
facts = {{ minutes = 120, grid = "G-7" }}
expect = {{ points = 12 }}
"#
    )
}

/// Ten thousand points for one deed.
pub fn seed_policy(budget: &str) -> String {
    format!(
        r#"schema = "jifen/1"
name = "{SEED}"
title = "压力测试的起始积分"
on = "patrol_shift"
budget = "{budget}"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[[rule]]
name = "seed"
title = "起始积分"
when = {{ fact = "minutes", at_least = 1 }}
points = 10000

[[test]]
name = "一万分"
at = 2026-03-05T10:00:00
facts = {{ minutes = 60, grid = "G-0" }}
expect = {{ points = 10000 }}
"#
    )
}

/// The policy whose year is simulated.
pub const YEAR: &str = "year";

/// Some deeds are cut by what a member may have in a day, none by what they may in a month.
pub fn year_policy(day: i64) -> String {
    format!(
        r#"schema = "jifen/1"
name = "{YEAR}"
title = "一年的巡查"
on = "patrol_shift"
budget = "{YEAR}"
zone = "Asia/Shanghai"
day_start = "04:00"
effective = {{ from = 2025-01-01 }}
approval = "none"

[expiry]
after = "24 months"
round_up = "quarter"

[[rule]]
name = "long"
title = "长时巡查"
when = {{ fact = "minutes", at_least = 120 }}
points = {{ rate = 24, per = "hours", rounding = "half_up" }}

[[rule]]
name = "shift"
title = "巡查"
when = {{ fact = "minutes", at_least = 30 }}
points = {{ rate = 18, per = "hours", rounding = "half_up" }}

[[cap]]
name = "member-day"
per = "member"
every = "day"
points = {day}
over = "clip"

[[cap]]
name = "member-month"
per = "member"
every = "month"
points = 400
over = "clip"

[[test]]
name = "一小时得十八分"
at = 2025-03-05T10:00:00
facts = {{ minutes = 60, grid = "G-7" }}
expect = {{ points = 18, rule = "shift" }}
"#
    )
}

/// A policy of the day: deeds of a kind, what one is worth, and a case.
pub fn day_policy(name: &str, kind: &str, points: &str, facts: &str, worth: i64) -> String {
    format!(
        r#"schema = "jifen/1"
name = "{name}"
title = "一天的积分"
on = "{kind}"
budget = "{name}"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[expiry]
after = "12 months"
round_up = "month"

[[rule]]
name = "day"
title = "一天的积分"
points = {points}

[[test]]
name = "一例"
at = 2026-03-05T10:00:00
facts = {{ {facts} }}
expect = {{ points = {worth} }}
"#
    )
}

/// Those of the day, by name.
pub fn day_policies() -> [(&'static str, String); 3] {
    let hourly = r#"{ rate = 6, per = "hours", rounding = "half_up" }"#;
    let volunteer = r#"minutes = 60, beneficiary = "elderly""#;
    let patrol = r#"minutes = 60, grid = "G-1""#;
    let hazard = r#"category = "road", severity = "low", outcome = "verified""#;
    [
        (
            "day-volunteer",
            day_policy("day-volunteer", "volunteer_service", hourly, volunteer, 6),
        ),
        (
            "day-patrol",
            day_policy("day-patrol", "patrol_shift", hourly, patrol, 6),
        ),
        (
            "day-hazard",
            day_policy("day-hazard", "hazard_report", "10", hazard, 10),
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policies_are_sound() {
        for (name, source) in [
            ("bench-01", policy("bench-01")),
            (SEED, seed_policy("bench-01")),
            (YEAR, year_policy(60)),
            (YEAR, year_policy(30)),
        ] {
            sound(name, &source);
        }
        for (name, source) in day_policies() {
            sound(name, &source);
        }
    }

    fn sound(name: &str, source: &str) {
        let policy = Policy::parse(&format!("{name}.toml"), source).unwrap();
        assert!(policy.run_cases().iter().all(|case| case.outcome.is_ok()));
    }
}
