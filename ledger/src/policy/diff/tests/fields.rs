//! No field of a policy can be changed without being told.

use proptest::prelude::*;

use super::super::*;
use super::{PATROL, read};
use crate::policy::calendar::{Calendar, Period, RoundUp, zone};

/// Every field of every structure, set to something that may be what it was.
const FIELDS: &[fn(&mut Policy, i64)] = &[
    |p, n| p.name = format!("name-{n}"),
    |p, n| p.title = format!("名称{n}"),
    |p, n| p.budget = format!("budget-{n}"),
    |p, n| p.kind = &crate::policy::kinds()[usize::try_from(n).unwrap_or(0) % 6],
    |p, n| {
        p.calendar = Calendar::new(
            zone(if n % 2 == 0 {
                "Asia/Shanghai"
            } else {
                "Asia/Urumqi"
            })
            .expect("a zone"),
            p.calendar.day_start(),
        )
    },
    |p, n| {
        p.calendar = Calendar::new(
            zone("Asia/Shanghai").expect("a zone"),
            jiff::civil::time(i8::try_from(n % 12).unwrap_or(0), 0, 0, 0),
        )
    },
    |p, n| p.from = p.from.map(|from| from.plus_seconds(86_400 * n)),
    |p, n| p.from = p.from.filter(|_| n % 2 == 0),
    |p, n| p.until = p.until.map(|until| until.plus_seconds(86_400 * n)),
    |p, n| p.until = p.until.filter(|_| n % 2 == 0),
    |p, n| p.approvals.word = Some(Approval::ALL[usize::try_from(n).unwrap_or(0) % 3]),
    |p, n| {
        p.approvals.raises = vec![Raise {
            tier: Approval::TwoPerson,
            when: Condition::ALWAYS,
            points_at_least: Points::whole(n),
        }]
    },
    |p, n| p.terms.notice_seconds = n * 3_600,
    |p, n| p.terms.debt_cap = Points::whole(n).filter(|_| n % 5 > 0),
    |p, n| p.terms.recovered_share = n + 1,
    |p, n| p.terms.write_off_days = Some(n),
    |p, n| p.terms.expiry_notice_days = vec![n],
    |p, n| p.terms.expires_to_budget = n % 2 > 0,
    |p, n| p.terms.grace_seconds = n * 3_600,
    |p, n| {
        p.expiry = (n % 4 > 0).then_some(Expiry {
            after: Period::Days(i32::try_from(n).unwrap_or(0)),
            round_up: None,
        })
    },
    |p, n| {
        p.expiry = Some(Expiry {
            after: Period::Months(12),
            round_up: [
                None,
                Some(RoundUp::Month),
                Some(RoundUp::Quarter),
                Some(RoundUp::Year),
            ][usize::try_from(n).unwrap_or(0) % 4],
        })
    },
    |p, n| {
        p.evidence = (n % 3 > 0).then(|| {
            Evidence::Any(vec![
                "photo".into(),
                if n % 2 > 0 {
                    "witness".into()
                } else {
                    "check_in".into()
                },
            ])
        })
    },
    |p, n| p.geofence = (n % 3 > 0).then(|| format!("layer-{n}")),
    |p, n| {
        p.duplicates
            .iter_mut()
            .for_each(|alike| alike.window_seconds = n * 3_600)
    },
    |p, n| {
        p.duplicates
            .iter_mut()
            .for_each(|alike| alike.radius_metres = Some(n))
    },
    |p, n| p.duplicates = p.duplicates.take().filter(|_| n % 2 > 0),
    |p, n| p.rules[0].title = format!("规则{n}"),
    |p, n| p.rules[0].name = format!("rule-{n}"),
    |p, n| p.rules[0].max = Points::whole(n).filter(|_| n % 4 > 0),
    |p, n| {
        p.rules[0].amount = Amount::Rate {
            rate: Points::whole(n).expect("points"),
            per: "hours".into(),
            rounding: Rounding::HalfUp,
        }
    },
    |p, n| {
        p.rules[0].amount = Amount::Rate {
            rate: Points::whole(6).expect("points"),
            per: "hours".into(),
            rounding: Rounding::ALL[usize::try_from(n).unwrap_or(0) % 4],
        }
    },
    |p, n| p.rules[1].amount = Amount::Fixed(Points::from_hundredths(n)),
    |p, n| {
        p.rules[1].amount = Amount::Table {
            by: "weather".into(),
            table: [("rain".to_owned(), Points::from_hundredths(n))].into(),
        }
    },
    |p, n| p.rules[1].when = fact("minutes", n),
    |p, n| p.rules[1].when = fact("checkpoints", n).not(),
    |p, n| p.rules[0].when = Condition::Any(vec![fact("minutes", 7), fact("checkpoints", n)]),
    |p, n| {
        p.rules[0].combine =
            [Combine::Multiply, Combine::Highest, Combine::Add][usize::try_from(n).unwrap_or(0) % 3]
    },
    |p, n| {
        p.rules[0].combine = Combine::Add;
        p.rules[0].rounding = Rounding::ALL[usize::try_from(n).unwrap_or(0) % 4];
    },
    |p, n| p.rules[0].evidence = Some(Evidence::All(vec![format!("class-{n}")])),
    |p, n| p.rules[0].geofence = Some(format!("layer-{n}")),
    |p, n| p.rules[1].approvals.word = Some(Approval::ALL[usize::try_from(n).unwrap_or(0) % 3]),
    |p, n| {
        p.rules[1].approvals.raises = vec![Raise {
            tier: Approval::Single,
            when: fact("minutes", n),
            points_at_least: None,
        }]
    },
    |p, n| p.rules[0].multipliers[0].times = n + 1,
    |p, n| p.rules[0].multipliers[0].title = Some(format!("加成{n}")),
    |p, n| p.rules[0].multipliers[0].name = format!("multiplier-{n}"),
    |p, n| p.rules[0].multipliers[0].when = fact("minutes", n),
    |p, n| p.rules[0].multipliers[0].rounding = Rounding::ALL[usize::try_from(n).unwrap_or(0) % 4],
    |p, n| p.caps[0].name = format!("cap-{n}"),
    |p, n| p.caps[0].per = CapSubject::ALL[usize::try_from(n).unwrap_or(0) % 5],
    |p, n| {
        p.caps[0].every = Window::Rolling {
            days: u16::try_from(n).unwrap_or(0),
        }
    },
    |p, n| {
        p.caps[0].unit = if n % 2 == 0 {
            CapUnit::Points
        } else {
            CapUnit::Count
        }
    },
    |p, n| p.caps[0].limit = n,
    |p, n| {
        p.caps[0].over =
            [Over::Clip, Over::Reject, Over::Queue][usize::try_from(n).unwrap_or(0) % 3]
    },
    |p, n| {
        p.caps[0].rules = vec![["shift", "night"][usize::try_from(n).unwrap_or(0) % 2].to_owned()]
    },
    |p, n| {
        if n % 2 == 0 {
            p.caps.reverse();
        }
    },
    |p, n| {
        if n % 2 == 0 {
            p.rules.reverse();
        }
    },
    |p, n| p.caps.truncate(usize::try_from(n % 3).unwrap_or(0)),
    |p, n| p.rules.truncate(usize::try_from(n % 2).unwrap_or(0) + 1),
    |p, n| {
        let mut other = p.rules[0].multipliers[0].clone();
        other.name = "other".into();
        p.rules[0]
            .multipliers
            .insert(usize::try_from(n % 2).unwrap_or(0), other);
    },
];

fn fact(name: &str, least: i64) -> Condition {
    Condition::Fact {
        fact: name.to_owned(),
        comparison: crate::policy::Comparison::AtLeast(least.into()),
        negated: false,
    }
}

/// What makes two policies the same for riders, said by their own forms rather than by what is tested.
fn form(policy: &Policy) -> String {
    let of = |p: &Policy| {
        format!(
            "{:?}",
            (
                (
                    &p.name,
                    &p.title,
                    p.kind.name,
                    &p.budget,
                    &p.calendar,
                    p.from,
                    p.until
                ),
                (
                    &p.approvals,
                    &p.terms,
                    p.expiry,
                    &p.evidence,
                    &p.geofence,
                    &p.duplicates
                ),
                (&p.rules, &p.caps),
            )
        )
    };
    of(policy)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_difference_is_missed(field in 0..FIELDS.len(), one in 0_i64..400, other in 0_i64..400) {
        let (mut old, mut new) = (read(PATROL), read(PATROL));
        FIELDS[field](&mut old, one);
        FIELDS[field](&mut new, other);
        for language in [Language::Zh, Language::En] {
            let told = diff(&old, &new, language);
            prop_assert_eq!(told.is_empty(), form(&old) == form(&new), "field {}: {:?}", field, told);
            let back = diff(&new, &old, language);
            prop_assert_eq!(told.is_empty(), back.is_empty());
            prop_assert!(diff(&old, &old, language).is_empty());
            for sentence in told.iter().chain(&back) {
                prop_assert!(!sentence.contains("有变化") && !sentence.ends_with("changes."), "{}", sentence);
            }
        }
    }
}

#[test]
fn every_field_is_told() {
    for (index, field) in FIELDS.iter().enumerate() {
        let (mut old, mut new) = (read(PATROL), read(PATROL));
        field(&mut old, 1);
        field(&mut new, 2);
        assert!(!diff(&old, &new, Language::Zh).is_empty(), "field {index}");
    }
}
