//! What caps grant, refuse and let wait.

use super::*;
use proptest::prelude::*;

fn claim(unit: CapUnit, limit: i64, over: Over) -> CapClaim {
    CapClaim {
        cap: "p/c".to_owned(),
        per: CapSubject::Member,
        subject: None,
        window: Window::Day,
        window_start: Timestamp::from_micros(0),
        window_end: Timestamp::from_micros(1),
        around: Vec::new(),
        unit,
        limit,
        over,
    }
}

#[test]
fn caps_clip_and_reject() {
    use CapUnit::{Count, Points as Pts};
    use Over::{Clip, Reject};
    for (claims, used, granted) in [
        (vec![], vec![], Some(1000)),
        (vec![claim(Pts, 5000, Clip)], vec![0], Some(1000)),
        (vec![claim(Pts, 5000, Clip)], vec![4800], Some(200)),
        (vec![claim(Pts, 5000, Clip)], vec![5000], None),
        (vec![claim(Pts, 5000, Clip)], vec![9000], None),
        (vec![claim(Pts, 5000, Clip)], vec![-100], Some(1000)),
        (vec![claim(Pts, 500, Clip)], vec![-100], Some(500)),
        (vec![claim(Pts, 5000, Clip)], vec![], None),
        (vec![claim(Pts, 5000, Reject)], vec![4000], Some(1000)),
        (vec![claim(Pts, 5000, Reject)], vec![4001], None),
        (vec![claim(Count, 3, Reject)], vec![2], Some(1000)),
        (vec![claim(Count, 3, Reject)], vec![3], None),
        (
            vec![claim(Pts, 5000, Clip), claim(Pts, 300, Clip)],
            vec![4800, 250],
            Some(50),
        ),
        (
            vec![claim(Pts, 300, Clip), claim(Pts, 900, Reject)],
            vec![0, 0],
            None,
        ),
        (
            vec![claim(Pts, 900, Reject), claim(Pts, 300, Clip)],
            vec![0, 0],
            None,
        ),
    ] {
        let result = apply_caps(Points::from_hundredths(1000), &claims, &used);
        let points = result.ok().map(|capped| capped.points.hundredths());
        assert_eq!(points, granted, "{claims:?} {used:?}");
    }
}

#[test]
fn an_award_waits_only_if_no_cap_refuses_it() {
    use CapUnit::{Count, Points as Pts};
    use Over::{Clip, Queue, Reject};
    for (claims, used, over) in [
        (vec![claim(Pts, 5000, Queue)], vec![4000], None),
        (vec![claim(Pts, 5000, Queue)], vec![4001], Some(Queue)),
        (vec![claim(Pts, 900, Queue)], vec![0], Some(Reject)),
        (vec![claim(Count, 1, Queue)], vec![1], Some(Queue)),
        (
            vec![claim(Pts, 5000, Queue), claim(Count, 1, Reject)],
            vec![5000, 1],
            Some(Reject),
        ),
        (
            vec![claim(Pts, 5000, Queue), claim(Pts, 5000, Clip)],
            vec![5000, 5000],
            Some(Clip),
        ),
        (
            vec![claim(Pts, 5000, Queue), claim(Pts, 5000, Clip)],
            vec![5000, 4900],
            Some(Queue),
        ),
    ] {
        let result = apply_caps(Points::from_hundredths(1000), &claims, &used);
        let found = result.err().map(|reached| reached.over);
        assert_eq!(found, over, "{claims:?} {used:?}");
    }
}

#[test]
fn a_cap_kept_before_there_were_queues_is_read() {
    let json = r#"{"cap":"p/c","per":"member","window":"day","unit":"count","limit":3,"used":3,
        "wanted":"5.00","window_end":"2026-03-06T04:00:00+08:00"}"#;
    let reached: CapReached = serde_json::from_str(json).expect("an old one");
    assert_eq!(reached.over, Over::Reject);
    let json = r#"{"cap":"p/c","per":"budget","window":"week","unit":"points","limit":300,
        "window_start":"2026-03-02T04:00:00+08:00","window_end":"2026-03-09T04:00:00+08:00",
        "over":"clip"}"#;
    let claim: CapClaim = serde_json::from_str(json).expect("an old one");
    assert_eq!((claim.subject, claim.around), (None, vec![]));
}

#[test]
fn a_rolling_window_is_as_full_as_its_fullest() {
    for (days, counters, used) in [
        (2, vec![5, 0, 0], 5),
        (2, vec![5, 1, 7], 8),
        (3, vec![9, 0, 0, 4, 8], 12),
        (3, vec![0, 0, 0, 0, 0], 0),
        (2, vec![-5, 1, 0], 1),
        (2, vec![i64::MAX, 1, 0], i64::MAX),
        (2, vec![5, 1], i64::MAX),
        (0, vec![], i64::MAX),
    ] {
        assert_eq!(rolling_used(days, &counters), used, "{days} {counters:?}");
    }
}

#[test]
fn claims_of_approvers_come_last() {
    let approver = CapClaim {
        per: CapSubject::Approver,
        ..claim(CapUnit::Count, 3, Over::Reject)
    };
    let claims = [claim(CapUnit::Count, 3, Over::Reject), approver];
    assert_eq!(split_caps(&claims), claims.split_at(1));
    assert_eq!(split_caps(&[]), (&[][..], &[][..]));
}

#[test]
fn counters_grow_by_what_is_granted_in_the_end() {
    let claims = [
        claim(CapUnit::Points, 5000, Over::Clip),
        claim(CapUnit::Count, 3, Over::Reject),
        claim(CapUnit::Points, 300, Over::Clip),
    ];
    let capped = apply_caps(Points::from_hundredths(1000), &claims, &[4500, 1, 0]);
    let capped = capped.expect("it fits");
    assert_eq!(capped.adds, [300, 1, 300]);
    let clipped: Vec<_> = capped
        .steps
        .iter()
        .map(|s| s.clipped.hundredths())
        .collect();
    assert_eq!(clipped, [500, 0, 200]);
}

#[test]
fn a_reached_cap_says_when_it_frees() {
    let claims = [claim(CapUnit::Points, 5000, Over::Reject)];
    let reached = apply_caps(Points::from_hundredths(1000), &claims, &[4500]);
    let reached = reached.expect_err("no room");
    assert_eq!((reached.limit, reached.used), (5000, 4500));
    assert_eq!(
        reached.to_string(),
        "cap p/c is reached: 45.00 of 50.00 used, free again at 1970-01-01T00:00:00.000001Z"
    );
}

fn any_claim() -> impl Strategy<Value = CapClaim> {
    let unit = prop_oneof![Just(CapUnit::Points), Just(CapUnit::Count)];
    let over = prop_oneof![Just(Over::Clip), Just(Over::Reject), Just(Over::Queue)];
    let limit = prop_oneof![1..2_000_i64, 1..=i64::MAX];
    (unit, limit, over).prop_map(|(unit, limit, over)| claim(unit, limit, over))
}

proptest! {
    #[test]
    fn no_limit_is_passed(
        points in prop_oneof![1..2_000_i64, 1..=i64::MAX],
        claims in prop::collection::vec(any_claim(), 0..5),
        used in prop::collection::vec(prop_oneof![0..2_000_i64, any::<i64>()], 0..6),
    ) {
        if let Ok(capped) = apply_caps(Points::from_hundredths(points), &claims, &used) {
            prop_assert!(capped.points.is_positive());
            prop_assert!(capped.points.hundredths() <= points);
            prop_assert_eq!(capped.adds.len(), claims.len());
            for ((claim, add), used) in claims.iter().zip(&capped.adds).zip(&used) {
                prop_assert!(used.max(&0) + add <= claim.limit);
            }
            let off: i64 = capped.steps.iter().map(|step| step.clipped.hundredths()).sum();
            prop_assert_eq!(capped.points.hundredths() + off, points);
        }
    }

    /// Deeds of any days, awarded in any order, never pass the limit over any days running.
    #[test]
    fn no_rolling_window_is_ever_passed(
        days in 2..5_u16,
        limit in 1..2_000_i64,
        deeds in prop::collection::vec((0..12_usize, 1..900_i64), 1..40),
    ) {
        let n = usize::from(days);
        let mut counters = [0_i64; 20];
        for (day, points) in deeds {
            let day = day + 4;
            let around = &counters[day + 1 - n..day + n];
            let claims = [claim(CapUnit::Points, limit, Over::Clip)];
            let used = [rolling_used(days, around)];
            if let Ok(capped) = apply_caps(Points::from_hundredths(points), &claims, &used) {
                counters[day] += capped.adds[0];
            }
        }
        for window in counters.windows(n) {
            prop_assert!(window.iter().sum::<i64>() <= limit);
        }
    }

    #[test]
    fn the_order_of_caps_changes_nothing(
        points in 1..2_000_i64,
        claims in prop::collection::vec((any_claim(), 0..2_000_i64), 0..5),
    ) {
        let grant = |claims: &[(CapClaim, i64)]| {
            let (claims, used): (Vec<_>, Vec<_>) = claims.iter().cloned().unzip();
            apply_caps(Points::from_hundredths(points), &claims, &used).ok().map(|c| c.points)
        };
        let reversed: Vec<_> = claims.iter().rev().cloned().collect();
        prop_assert_eq!(grant(&claims), grant(&reversed));
    }
}
