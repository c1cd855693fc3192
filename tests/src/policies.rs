//! Policies that several tests tell their stories by.

/// What exceptional deeds that were verified earn; `approval` holds the lines that say who agrees and what is waited for, `expect` what fighting a
/// fire earns under them.
pub fn exceptional(approval: &str, points: &str, expect: &str) -> String {
    format!(
        r#"
schema = "jifen/1"
name = "exceptional"
title = "突出事迹"
on = "exceptional"
budget = "exceptional"
zone = "Asia/Shanghai"
day_start = "04:00"
{approval}

[[rule]]
name = "deed"
title = "经核实"
when = {{ fact = "verified", is = true }}
points = {points}

[[test]]
name = "救火"
at = 2026-03-05T10:00:00
facts = {{ category = "firefighting", verified = true }}
expect = {{ {expect} }}
"#
    )
}

/// A point for each minute of a patrol; `rest` is what a test is about: caps, how long points last.
pub fn patrol(name: &str, approval: &str, rest: &str) -> String {
    format!(
        r#"
schema = "jifen/1"
name = "{name}"
title = "网格巡查"
on = "patrol_shift"
budget = "patrol"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "{approval}"

[[rule]]
name = "shift"
title = "巡查"
points = {{ rate = 1, per = "minutes" }}
{rest}
[[test]]
name = "一小时六十分"
at = 2026-03-05T10:00:00
facts = {{ minutes = 60, grid = "G-7" }}
expect = {{ points = 60, approval = "{approval}" }}
"#
    )
}
