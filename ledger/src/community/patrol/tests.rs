use super::*;

/// Minutes after the beginning, and metres to the north of it.
fn walk(steps: &[(i64, i64)]) -> Vec<Waypoint> {
    let at = |&(minutes, metres): &(i64, i64)| Waypoint {
        at: moment(minutes),
        // A ten-thousandth of a degree is 11.1 metres.
        position: Position::from_millionths(41_795_200 + metres * 9, 123_308_500).expect("a place"),
    };
    steps.iter().map(at).collect()
}

fn moment(minutes: i64) -> Timestamp {
    Timestamp::from_micros(0).plus_seconds(minutes * 60)
}

fn counted(steps: &[(i64, i64)], ended: Option<i64>) -> (u32, i64, i64) {
    let tally = tally(&walk(steps), &PatrolRule::default(), ended.map(moment));
    let tally = tally.expect("a beginning");
    let minutes = |at: Timestamp| at.seconds_since(moment(0)) / 60;
    (tally.points, minutes(tally.last_at), tally.minutes)
}

#[test]
fn standing_still_is_one_place_however_often_it_is_said() {
    let still: Vec<_> = (0..30).map(|index| (index * 8, index % 3 * 10)).collect();
    assert_eq!(counted(&still, None), (1, 0, 0));
    assert_eq!(counted(&still, Some(240)), (1, 0, 45));
    let to_and_fro: Vec<_> = (0..20).map(|index| (index * 10, index % 2 * 100)).collect();
    assert_eq!(counted(&to_and_fro, None), (2, 10, 10));
}

#[test]
fn a_place_counts_when_it_is_new_and_does_not_come_too_soon() {
    assert_eq!(counted(&[(0, 0), (4, 100), (8, 200)], None), (2, 8, 8));
    assert_eq!(counted(&[(0, 0), (5, 49), (10, 51)], None), (2, 10, 10));
    let fast: Vec<_> = (0..60).map(|index| (index, index * 500)).collect();
    let slow: Vec<_> = (0..12).map(|index| (index * 5, index * 60)).collect();
    assert_eq!(counted(&fast, None), counted(&slow, None));
}

#[test]
fn a_pause_counts_as_the_longest_stretch() {
    let steps = [(0, 0), (20, 100), (120, 200), (130, 300)];
    assert_eq!(counted(&steps, None), (4, 130, 20 + 45 + 10));
    assert_eq!(counted(&steps, Some(140)), (4, 130, 20 + 45 + 10 + 10));
    assert_eq!(counted(&steps, Some(239)), (4, 130, 20 + 45 + 10 + 45));
}

#[test]
fn nothing_counts_beyond_the_longest_shift() {
    let long: Vec<_> = (0..20).map(|index| (index * 30, index * 100)).collect();
    assert_eq!(counted(&long, None), (9, 240, 240));
    assert_eq!(counted(&long, Some(600)), (9, 240, 240));
}

#[test]
fn the_order_in_which_places_arrive_does_not_matter() {
    let steps = [(0, 0), (9, 80), (12, 160), (15, 240), (31, 320), (33, 10)];
    let expected = counted(&steps, Some(40));
    for turn in 0..steps.len() {
        let mut steps = steps;
        steps.rotate_left(turn);
        assert_eq!(counted(&steps, Some(40)), expected);
        steps.reverse();
        assert_eq!(counted(&steps, Some(40)), expected);
    }
}

#[test]
fn rules_and_names_are_checked() {
    assert_eq!(PatrolRule::default().check(), Ok(()));
    let one = PatrolRule {
        points: 1,
        ..PatrolRule::default()
    };
    assert!(one.check().is_err(), "one place is standing still");
    let tired = PatrolRule {
        longest: 13 * 3_600,
        ..PatrolRule::default()
    };
    assert!(tired.check().is_err());
    assert!(check_code("YH-0312").is_ok());
    assert!(check_code("").is_err());
}
