//! Lots whose time runs out: where they go, how long they reopen, when their member is told.

use super::*;
use crate::machine::Reason;

/// Of 30 days, with more of `[expiry]`.
fn month(more: &str) -> String {
    format!("approval = \"none\"\n[expiry]\nafter = \"30 days\"\n{more}")
}

const EXPIRE: Command = Command::ExpireLots { member: RIDER };
const TELL: Command = Command::TellExpiring { member: RIDER };

/// Awards from now on are priced by a policy of its own with these terms.
fn enact(desk: &mut Desk, name: &str, more: &str) {
    desk.policy = policy(name, &month(more));
    desk.state.load_policy(InForce {
        name: name.to_owned(),
        digest: desk.policy.digest().to_owned(),
        from: at("2026-01-01T00:00:00Z"),
    });
}

fn refund(redemption: RedemptionId, amount: i64) -> Command {
    Command::Refund {
        redemption,
        points: Some(points(amount)),
    }
}

/// Breakage and both budgets, in whole points.
fn ends(desk: &Desk) -> [i64; 3] {
    let accounts = [
        Account::breakage(PROGRAM),
        Account::budget(BUDGET),
        Account::budget(OTHER_BUDGET),
    ];
    accounts.map(|account| desk.holds(account).hundredths() / 100)
}

#[test]
fn each_lot_of_a_sweep_goes_where_its_policy_says() {
    let mut desk = Desk::new(&month("to = \"budget\"\n"));
    desk.award_from(BUDGET, "a", 30);
    desk.award_from(OTHER_BUDGET, "b", 20);
    desk.award_from(BUDGET, "c", 5);
    enact(&mut desk, "q", "");
    desk.award_from(BUDGET, "d", 7);
    desk.pay(10, true);
    assert_eq!(ends(&desk), [0, 958, 980]);
    desk.later(31 * DAY);
    let receipt = desk.does(clerk(), EXPIRE);
    let (member, points, lots) = (RIDER, points(52), 4);
    assert_eq!(
        receipt.outcome,
        Outcome::Expired {
            member,
            points,
            lots
        }
    );
    assert_eq!(ends(&desk), [7, 983, 1_000], "30 − 10 + 5, and 20");
    let [transfer] = &desk.state.changes.transfers[desk.state.changes.transfers.len() - 1..] else {
        panic!()
    };
    assert_eq!(transfer.entries.len(), 4, "one a destination");
    assert_eq!(desk.refuses(clerk(), EXPIRE), Rejection::NothingDue);
}

/// What a sweep, a refund and a reversal reach beyond the member is asked for by name.
#[test]
fn whoever_takes_what_expires_must_be_locked() {
    for (more, heir) in [
        ("to = \"budget\"\n", Owner::Budget(BUDGET)),
        ("", Owner::Program(PROGRAM)),
    ] {
        let mut desk = Desk::new(&month(more));
        let award = desk.award("a", 30);
        let sale = desk.pay(10, true);
        desk.later(31 * DAY);
        let mut owners = vec![Owner::Member(RIDER), Owner::Store(STORE)];
        let mut held = vec![EXPIRE, refund(sale, 1)];
        if more.is_empty() {
            let reason = Reason::Mistake;
            held.push(Command::ReverseAward { award, reason });
            owners.push(Owner::Budget(BUDGET));
        }
        let mut state = desk.state.clone();
        state.lock_only(owners);
        for command in held {
            let mut copy = state.clone();
            let (id, actor, now) = (CommandId(Uuid::from_u128(1)), decider(), state.now);
            let context = Context { id, actor, now };
            let stop = decide_and_apply(&mut copy, &command, &context);
            assert_eq!(stop, Err(Stop::Relock(heir)), "{command:?}");
        }
    }
}

/// 100 awarded, 60 taken and gone from the wallet; the time runs out, swept or not, and 25 come back.
#[test]
fn what_comes_back_late_is_open_for_the_grace_of_its_policy() {
    for (grace, days) in [
        ("0 days", 0),
        ("1 day", 1),
        ("7 days", 7),
        ("30 days", 30),
        ("", 7),
    ] {
        for to in ["budget", "breakage"] {
            for swept in [true, false] {
                for way in ["refund", "void", "release", "capture"] {
                    let told = format!("{way} by {grace:?} to {to}, swept: {swept}");
                    let grace = match grace {
                        "" => String::new(),
                        grace => format!("grace = \"{grace}\"\n"),
                    };
                    let mut desk = Desk::new(&month(&format!("to = \"{to}\"\n{grace}")));
                    come_back(&mut desk, way, swept, days, &told);
                    let expired = 100 - i64::from(matches!(way, "refund" | "capture")) * 35;
                    let expected = if to == "budget" {
                        [0, 900 + expired, 1_000]
                    } else {
                        [expired, 900, 1_000]
                    };
                    assert_eq!(ends(&desk), expected, "{told}");
                }
            }
        }
    }
}

fn come_back(desk: &mut Desk, way: &str, swept: bool, days: i64, told: &str) {
    let id = desk.award("a", 100);
    let held = way != "refund";
    if held {
        // The hold outlives the lot.
        desk.later(30 * DAY + 17 * HOUR + 1_800);
    }
    let redemption = desk.pay(60, !held);
    desk.later(if held { 1_800 } else { 31 * DAY });
    if swept {
        desk.does(clerk(), EXPIRE);
    }
    let (command, back) = match way {
        "refund" => (refund(redemption, 25), 25),
        "void" => (Command::Void { redemption }, 60),
        "release" => {
            desk.later(1_800);
            (Command::ReleaseHold { redemption }, 60)
        }
        _ => {
            let points = Some(points(35));
            (Command::Capture { redemption, points }, 25)
        }
    };
    desk.does(cashier(STORE), command);
    if days == 0 {
        let gone = [100, 0, 40 + back, 0];
        assert_eq!(desk.lot(id), gone, "{told}");
        assert_eq!(desk.refuses(clerk(), EXPIRE), Rejection::NothingDue);
        return;
    }
    assert_eq!(desk.lot(id), [100, back, 40, 0], "{told}");
    desk.later(days * DAY - 1);
    assert_eq!(desk.refuses(clerk(), EXPIRE), Rejection::NothingDue);
    let still = desk.pay(5, false);
    desk.does(cashier(STORE), Command::Void { redemption: still });
    desk.later(1);
    let late = desk.authorise(1, true);
    desk.refuses(cashier(STORE), late);
    desk.does(clerk(), EXPIRE);
    assert_eq!(desk.lot(id), [100, 0, 40 + back, 0], "{told}");
}

/// What is owed on a reversed lot is paid first; only the rest expires.
#[test]
fn without_grace_what_is_owed_is_paid_all_the_same() {
    let mut desk = Desk::new(&format!(
        "{}[reversal]\ndebt_cap = 20\n",
        month("to = \"budget\"\ngrace = \"0 days\"\n")
    ));
    let id = desk.award("a", 100);
    let sale = desk.pay(60, true);
    let reason = Reason::Mistake;
    desk.does(decider(), Command::ReverseAward { award: id, reason });
    assert_eq!(
        (desk.lot(id), ends(&desk)),
        ([100, 0, 0, 20], [0, 940, 1_000])
    );
    desk.later(31 * DAY);
    desk.does(cashier(STORE), refund(sale, 50));
    assert_eq!(
        (desk.lot(id), ends(&desk)),
        ([100, 0, 30, 0], [0, 990, 1_000])
    );
    assert_eq!(desk.holds(Account::recoverable(BUDGET)), Points::ZERO);
}

/// Whether the sweep came by before the reversal or not, the points are in the same place.
#[test]
fn a_reversal_leaves_what_expired_where_it_goes() {
    for (to, expected) in [("breakage", [40, 900, 1_000]), ("budget", [0, 940, 1_000])] {
        for swept in [true, false] {
            let mut desk = Desk::new(&month(&format!("to = \"{to}\"\n")));
            let award = desk.award("a", 100);
            desk.pay(60, true);
            desk.later(31 * DAY);
            if swept {
                desk.does(clerk(), EXPIRE);
            }
            let reason = Reason::Mistake;
            desk.does(decider(), Command::ReverseAward { award, reason });
            assert_eq!(ends(&desk), expected, "{to}, swept: {swept}");
            assert_eq!(desk.lot(award)[3], 60);
        }
    }
}

/// In Shanghai, days of this programme begin at 04:00.
fn telling(more: &str) -> Desk {
    let mut desk = Desk::new(&month(more));
    desk.state.load_zone("Asia/Shanghai").expect("a zone");
    desk
}

/// Points and days ahead of a notice.
fn told(desk: &mut Desk) -> (i64, i64) {
    match desk.does(clerk(), TELL).outcome {
        Outcome::Expiring { points, days, .. } => (points.hundredths() / 100, days),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_member_is_told_so_many_days_ahead_to_the_second() {
    let mut desk = telling("notices = [\"14 days\", \"3 days\"]\n");
    desk.award("a", 100);
    for (moment, days) in [
        ("2026-03-22T04:00:00+08:00", 14),
        ("2026-04-02T04:00:00+08:00", 3),
    ] {
        desk.state.now = at(moment).plus_seconds(-1);
        assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue);
        desk.later(1);
        assert_eq!(told(&mut desk), (100, days));
        assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue);
    }
    desk.state.now = at("2026-04-05T04:00:00+08:00");
    assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue);
}

#[test]
fn who_was_away_is_told_the_nearest_only() {
    for (moment, days) in [
        ("2026-04-02T03:59:59+08:00", 14),
        ("2026-04-02T04:00:00+08:00", 3),
        ("2026-04-05T03:59:59+08:00", 3),
    ] {
        let mut desk = telling("notices = [\"14 days\", \"3 days\"]\n");
        desk.award("a", 100);
        desk.state.now = at(moment);
        assert_eq!(told(&mut desk), (100, days), "{moment}");
        assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue);
    }
    let mut late = telling("notices = [\"14 days\", \"3 days\"]\n");
    late.award("a", 100);
    late.state.now = at("2026-04-05T04:00:00+08:00");
    assert_eq!(late.refuses(clerk(), TELL), Rejection::NothingDue);
}

#[test]
fn what_is_told_is_what_is_left_of_the_lots_of_one_day() {
    let mut desk = telling("notices = [\"14 days\", \"3 days\"]\n");
    desk.award("a", 40);
    desk.award("b", 30);
    enact(&mut desk, "q", "notices = [\"7 days\"]\n");
    desk.award("c", 20);
    desk.later(DAY);
    desk.award("d", 10);
    desk.pay(45, true);
    desk.state.now = at("2026-03-29T04:00:00+08:00");
    let receipt = desk.does(clerk(), TELL);
    let expires_at = at("2026-04-05T04:00:00+08:00");
    let (member, points, days, lots) = (RIDER, points(45), 7, 2);
    let first = Outcome::Expiring {
        member,
        points,
        expires_at,
        days,
        lots,
    };
    assert_eq!(receipt.outcome, first, "25 of b and 20 of c, in one notice");
    assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue);
    desk.later(DAY);
    assert_eq!(told(&mut desk), (10, 7), "the day after");
    // All of b is spent, and d is told no more.
    desk.pay(25, true);
    desk.state.now = at("2026-04-04T04:00:00+08:00");
    assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue);
}

/// What comes back late is told once more only as far as it was not told before.
#[test]
fn a_lot_open_again_is_told_of_what_was_not_told_yet() {
    for (spent, expected) in [(100, Some((100, 7))), (60, None)] {
        let mut desk = telling("grace = \"7 days\"\nnotices = [\"30 days\", \"7 days\"]\n");
        desk.award("a", 100);
        let sale = desk.pay(spent, true);
        if spent < 100 {
            assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue);
            desk.later(29 * DAY);
            assert_eq!(told(&mut desk), (100 - spent, 7));
        }
        desk.later(31 * DAY);
        assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue);
        desk.does(cashier(STORE), refund(sale, spent));
        match expected {
            Some(expected) => assert_eq!(told(&mut desk), expected),
            None => assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue),
        }
    }
}

/// Seven days of 24 hours before a day would be an hour early or late where the clocks change in between.
#[test]
fn days_are_counted_by_the_calendar_where_clocks_change() {
    for (zone, awarded, moment) in [
        (
            "Europe/Berlin",
            "2026-02-28T12:00:00+01:00",
            "2026-03-24T04:00:00+01:00",
        ),
        (
            "Europe/Berlin",
            "2026-09-25T12:00:00+02:00",
            "2026-10-19T04:00:00+02:00",
        ),
        (
            "America/New_York",
            "2026-02-10T12:00:00-05:00",
            "2026-03-06T04:00:00-05:00",
        ),
    ] {
        let mut desk = telling("");
        desk.state.load_zone(zone).expect("a zone");
        desk.state.now = at(awarded);
        let more = month("notices = [\"7 days\"]\n");
        let source = policy("q", &more).source().replace("Asia/Shanghai", zone);
        desk.policy = Policy::parse("q.toml", &source).expect("a policy");
        desk.state.load_policy(InForce {
            name: "q".to_owned(),
            digest: desk.policy.digest().to_owned(),
            from: at("2026-01-01T00:00:00Z"),
        });
        desk.award("a", 100);
        desk.state.now = at(moment).plus_seconds(-1);
        assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue, "{zone}");
        desk.later(1);
        assert_eq!(told(&mut desk), (100, 7), "{zone}");
    }
}

/// Once spending is over there is nothing to run out any more but by the sweep.
#[test]
fn nobody_is_told_after_the_programme_is_over() {
    let mut desk = telling("notices = [\"30 days\"]\n");
    desk.award("a", 100);
    desk.later(DAY);
    let now = desk.state.now;
    desk.state.closing = Some(crate::machine::Closing {
        last_earning: now.plus_seconds(-2),
        last_spending: now.plus_seconds(-1),
    });
    assert_eq!(desk.refuses(clerk(), TELL), Rejection::NothingDue);
    desk.does(clerk(), EXPIRE);
    assert_eq!(ends(&desk), [100, 900, 1_000]);
}

#[test]
fn a_debt_is_written_off_from_so_many_days_after_its_reversal() {
    let mut desk = Desk::new("approval = \"none\"\n[reversal]\nwrite_off_after = \"10 days\"\n");
    let award = desk.award("a", 100);
    desk.pay(100, true);
    assert_eq!(desk.state.award(award).expect("it").write_off_due(), None);
    desk.later(HOUR);
    let reason = Reason::Mistake;
    desk.does(decider(), Command::ReverseAward { award, reason });
    let due = desk.state.now.plus_seconds(10 * DAY);
    assert_eq!(
        desk.state.award(award).expect("it").write_off_due(),
        Some(due)
    );
    desk.state.now = due.plus_seconds(-1);
    let write_off = Command::WriteOff { award };
    assert_eq!(
        desk.refuses(clerk(), write_off.clone()),
        Rejection::NothingDue
    );
    desk.later(1);
    desk.does(clerk(), write_off);
}
