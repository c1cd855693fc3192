//! The calendar at its edges: where a month is short, a year is long, and a clock is changed.

use super::super::{Deed, Fact, Policy, Quote, Window};
use crate::clock::Timestamp;

const POLICY: &str = r#"
schema = "jifen/1"
name = "edges"
title = "边界"
on = "volunteer_service"
budget = "service"
zone = "ZONE"
day_start = "START"
approval = "none"

EXPIRY

[[rule]]
name = "service"
title = "志愿服务"
when = { fact = "minutes", at_least = 1 }
points = 1

[[cap]]
name = "day"
per = "member"
every = "day"
points = 10

[[cap]]
name = "week"
per = "member"
every = "week"
points = 10

[[cap]]
name = "month"
per = "member"
every = "month"
points = 10

[[test]]
name = "一分"
at = 2026-01-05T12:00:00
facts = { minutes = 60, beneficiary = "elderly" }
expect = { points = 1 }
"#;

fn policy(zone: &str, start: &str, expiry: &str) -> Policy {
    let source = POLICY
        .replace("ZONE", zone)
        .replace("START", start)
        .replace("EXPIRY", expiry);
    Policy::parse("edges.toml", &source).unwrap_or_else(|errors| panic!("{errors:?}"))
}

fn moment(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn price(policy: &Policy, at: &str) -> Quote {
    let facts = [
        ("minutes".to_owned(), Fact::from(60)),
        ("beneficiary".to_owned(), Fact::from("elderly")),
    ];
    let deed = Deed {
        kind: "volunteer_service".to_owned(),
        reference: "r".to_owned(),
        occurred_at: moment(at),
        facts: facts.into(),
        evidence: [].into(),
        places: vec![],
    };
    policy.price(&deed).expect(at)
}

/// Deed, period, rounding, first instant without the points; in Shanghai, where a day starts at 04:00.
#[rustfmt::skip]
const ENDS: &[(&str, &str, &str, &str)] = &[
    // A month from the 31st ends with the last day of a shorter one, and the day itself does not count.
    ("2026-01-31T12:00:00", "1 month", "", "2026-03-01T04:00:00"),
    ("2026-01-30T12:00:00", "1 month", "", "2026-03-01T04:00:00"),
    ("2026-01-28T12:00:00", "1 month", "", "2026-03-01T04:00:00"),
    ("2026-01-27T12:00:00", "1 month", "", "2026-02-28T04:00:00"),
    ("2028-01-31T12:00:00", "1 month", "", "2028-03-01T04:00:00"),
    ("2028-01-28T12:00:00", "1 month", "", "2028-02-29T04:00:00"),
    ("2026-02-28T12:00:00", "1 month", "", "2026-03-29T04:00:00"),
    ("2026-03-31T12:00:00", "3 months", "", "2026-07-01T04:00:00"),
    ("2026-12-31T12:00:00", "2 months", "", "2027-03-01T04:00:00"),
    ("2026-01-31T12:00:00", "30 days", "", "2026-03-03T04:00:00"),
    // The leap day has no anniversary but every fourth year.
    ("2028-02-29T12:00:00", "1 year", "", "2029-03-01T04:00:00"),
    ("2028-02-29T12:00:00", "4 years", "", "2032-03-01T04:00:00"),
    ("2027-02-28T12:00:00", "1 year", "", "2028-02-29T04:00:00"),
    ("2027-03-01T12:00:00", "1 year", "", "2028-03-02T04:00:00"),
    ("2028-02-29T12:00:00", "365 days", "", "2029-03-01T04:00:00"),
    ("2027-03-01T12:00:00", "365 days", "", "2028-03-01T04:00:00"),
    // A last day that ends a month, a quarter, a year is not rounded on to the next.
    ("2026-01-31T12:00:00", "1 month", "month", "2026-03-01T04:00:00"),
    ("2026-02-01T12:00:00", "1 month", "month", "2026-04-01T04:00:00"),
    ("2026-03-31T12:00:00", "3 months", "quarter", "2026-07-01T04:00:00"),
    ("2026-04-01T12:00:00", "3 months", "quarter", "2026-10-01T04:00:00"),
    ("2026-03-30T12:00:00", "1 day", "quarter", "2026-04-01T04:00:00"),
    ("2026-03-31T12:00:00", "1 day", "quarter", "2026-07-01T04:00:00"),
    ("2026-12-31T12:00:00", "1 year", "year", "2028-01-01T04:00:00"),
    ("2027-01-01T12:00:00", "1 year", "year", "2029-01-01T04:00:00"),
    ("2026-12-30T12:00:00", "1 day", "year", "2027-01-01T04:00:00"),
    ("2026-12-31T12:00:00", "1 day", "year", "2028-01-01T04:00:00"),
    ("2028-02-29T12:00:00", "1 year", "month", "2029-03-01T04:00:00"),
    // Before four in the morning it is still the day before.
    ("2026-02-01T03:59:59.999999", "1 month", "", "2026-03-01T04:00:00"),
    ("2026-02-01T04:00:00", "1 month", "", "2026-03-02T04:00:00"),
    ("2026-02-01T03:59:59.999999", "1 month", "month", "2026-03-01T04:00:00"),
    ("2026-02-01T04:00:00", "1 month", "month", "2026-04-01T04:00:00"),
    ("2027-01-01T03:59:59.999999", "1 year", "year", "2028-01-01T04:00:00"),
    ("2027-01-01T04:00:00", "1 year", "year", "2029-01-01T04:00:00"),
    ("2026-04-01T03:59:59.999999", "3 months", "quarter", "2026-07-01T04:00:00"),
    ("2026-04-01T04:00:00", "3 months", "quarter", "2026-10-01T04:00:00"),
    ("2028-03-01T03:59:59.999999", "1 year", "", "2029-03-01T04:00:00"),
];

#[test]
fn points_end_with_the_right_day() {
    for (at, after, round_up, end) in ENDS {
        let round_up = match *round_up {
            "" => String::new(),
            to => format!("round_up = {to:?}"),
        };
        let expiry = format!("[expiry]\nafter = {after:?}\n{round_up}");
        let quote = price(
            &policy("Asia/Shanghai", "04:00", &expiry),
            &format!("{at}+08:00"),
        );
        let expected = moment(&format!("{end}+08:00"));
        assert_eq!(
            quote.expires_at,
            Some(expected),
            "{at} + {after} {round_up}"
        );
    }
}

/// Zone, start of the day, window, deed, first instant of the window, its length in minutes.
#[rustfmt::skip]
const WINDOWS: &[(&str, &str, Window, &str, &str, i64)] = {
    use Window::{Day, Month, Week};
    const H: i64 = 60;
    const SH: &str = "Asia/Shanghai";
    const BE: &str = "Europe/Berlin";
    &[
        (SH, "04:00", Day, "2026-03-05T03:59:59.999999+08:00", "2026-03-04T04:00:00+08:00", 24 * H),
        (SH, "04:00", Day, "2026-03-05T04:00:00+08:00", "2026-03-05T04:00:00+08:00", 24 * H),
        (SH, "00:00", Day, "2026-03-04T23:59:59.999999+08:00", "2026-03-04T00:00:00+08:00", 24 * H),
        (SH, "04:00", Week, "2026-03-02T03:59:59.999999+08:00", "2026-02-23T04:00:00+08:00", 168 * H),
        (SH, "04:00", Week, "2026-03-02T04:00:00+08:00", "2026-03-02T04:00:00+08:00", 168 * H),
        (SH, "04:00", Week, "2027-01-01T12:00:00+08:00", "2026-12-28T04:00:00+08:00", 168 * H),
        (SH, "04:00", Month, "2026-03-01T03:59:59.999999+08:00", "2026-02-01T04:00:00+08:00", 28 * 24 * H),
        (SH, "04:00", Month, "2026-03-01T04:00:00+08:00", "2026-03-01T04:00:00+08:00", 31 * 24 * H),
        (SH, "04:00", Month, "2028-02-29T12:00:00+08:00", "2028-02-01T04:00:00+08:00", 29 * 24 * H),
        // On 2026-03-29 Berlin goes from 02:00 +01:00 to 03:00 +02:00. The day that holds the change is the one begun before it.
        (BE, "04:00", Day, "2026-03-28T12:00:00+01:00", "2026-03-28T04:00:00+01:00", 23 * H),
        (BE, "04:00", Day, "2026-03-29T03:59:59.999999+02:00", "2026-03-28T04:00:00+01:00", 23 * H),
        (BE, "04:00", Day, "2026-03-29T04:00:00+02:00", "2026-03-29T04:00:00+02:00", 24 * H),
        (BE, "00:00", Day, "2026-03-29T01:59:59.999999+01:00", "2026-03-29T00:00:00+01:00", 23 * H),
        (BE, "00:00", Day, "2026-03-29T03:00:00+02:00", "2026-03-29T00:00:00+01:00", 23 * H),
        (BE, "04:00", Week, "2026-03-25T12:00:00+01:00", "2026-03-23T04:00:00+01:00", 167 * H),
        (BE, "04:00", Month, "2026-03-15T12:00:00+01:00", "2026-03-01T04:00:00+01:00", (31 * 24 - 1) * H),
        // On 2026-10-25 it goes from 03:00 +02:00 back to 02:00 +01:00.
        (BE, "04:00", Day, "2026-10-24T12:00:00+02:00", "2026-10-24T04:00:00+02:00", 25 * H),
        (BE, "04:00", Day, "2026-10-25T02:30:00+02:00", "2026-10-24T04:00:00+02:00", 25 * H),
        (BE, "04:00", Day, "2026-10-25T02:30:00+01:00", "2026-10-24T04:00:00+02:00", 25 * H),
        (BE, "04:00", Day, "2026-10-25T04:00:00+01:00", "2026-10-25T04:00:00+01:00", 24 * H),
        (BE, "00:00", Day, "2026-10-25T12:00:00+01:00", "2026-10-25T00:00:00+02:00", 25 * H),
        (BE, "04:00", Week, "2026-10-21T12:00:00+02:00", "2026-10-19T04:00:00+02:00", 169 * H),
        (BE, "04:00", Month, "2026-10-15T12:00:00+02:00", "2026-10-01T04:00:00+02:00", (31 * 24 + 1) * H),
        // 02:30 is skipped in spring, so that day starts at 03:30; in autumn it comes twice, and the first one counts.
        (BE, "02:30", Day, "2026-03-28T12:00:00+01:00", "2026-03-28T02:30:00+01:00", 24 * H),
        (BE, "02:30", Day, "2026-03-29T01:59:59.999999+01:00", "2026-03-28T02:30:00+01:00", 24 * H),
        (BE, "02:30", Day, "2026-03-29T03:00:00+02:00", "2026-03-28T02:30:00+01:00", 24 * H),
        (BE, "02:30", Day, "2026-03-29T03:29:59.999999+02:00", "2026-03-28T02:30:00+01:00", 24 * H),
        (BE, "02:30", Day, "2026-03-29T03:30:00+02:00", "2026-03-29T03:30:00+02:00", 23 * H),
        (BE, "02:30", Day, "2026-10-25T02:29:59.999999+02:00", "2026-10-24T02:30:00+02:00", 24 * H),
        (BE, "02:30", Day, "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+02:00", 25 * H),
        (BE, "02:30", Day, "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+02:00", 25 * H),
        (BE, "02:30", Day, "2026-10-25T02:30:00+01:00", "2026-10-25T02:30:00+02:00", 25 * H),
        (BE, "02:30", Day, "2026-10-26T02:29:59.999999+01:00", "2026-10-25T02:30:00+02:00", 25 * H),
    ]
};

#[test]
fn windows_begin_and_end_with_the_programmes_own_days() {
    for &(zone, start, every, at, first, minutes) in WINDOWS {
        let quote = price(&policy(zone, start, ""), at);
        let mut caps = quote.caps.iter();
        let claim = caps.find(|claim| claim.window == every).expect("a cap");
        let found = (
            claim.window_start,
            claim.window_end.seconds_since(claim.window_start),
        );
        let expected = (moment(first), minutes * 60);
        assert_eq!(found, expected, "{zone} from {start}, {every:?} of {at}");
    }
}

/// A window ends where the next begins: no instant between, none in both.
#[test]
fn windows_leave_no_gap_and_do_not_overlap() {
    for (zone, start) in [
        ("Asia/Shanghai", "04:00"),
        ("Europe/Berlin", "04:00"),
        ("Europe/Berlin", "02:30"),
        ("America/St_Johns", "00:00"),
    ] {
        let policy = policy(zone, start, "");
        for cap in 0..3 {
            let mut at = moment("2026-01-01T12:00:00Z");
            while at < moment("2027-01-01T12:00:00Z") {
                let claim = price(&policy, &at.to_string()).caps.swap_remove(cap);
                let last = Timestamp::from_micros(claim.window_end.as_micros() - 1);
                let same = price(&policy, &last.to_string()).caps.swap_remove(cap);
                assert_eq!(same, claim, "{zone} from {start}: {last}");
                let next = price(&policy, &claim.window_end.to_string())
                    .caps
                    .swap_remove(cap);
                assert_eq!(next.window_start, claim.window_end, "{zone} from {start}");
                at = claim.window_end;
            }
        }
    }
}

/// The last day is a day of the zone, however long it was.
#[test]
fn points_end_when_a_day_does_across_a_clock_change() {
    for (start, at, end) in [
        (
            "04:00",
            "2026-03-28T12:00:00+01:00",
            "2026-03-30T04:00:00+02:00",
        ),
        (
            "02:30",
            "2026-03-27T12:00:00+01:00",
            "2026-03-29T03:30:00+02:00",
        ),
        (
            "02:30",
            "2026-03-28T12:00:00+01:00",
            "2026-03-30T02:30:00+02:00",
        ),
        (
            "02:30",
            "2026-10-23T12:00:00+02:00",
            "2026-10-25T02:30:00+02:00",
        ),
        (
            "02:30",
            "2026-10-25T02:30:00+01:00",
            "2026-10-27T02:30:00+01:00",
        ),
    ] {
        let policy = policy("Europe/Berlin", start, "[expiry]\nafter = \"1 day\"");
        let expires = price(&policy, at).expires_at;
        assert_eq!(expires, Some(moment(end)), "from {start}, {at}");
    }
}
