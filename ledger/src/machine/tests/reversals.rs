//! Awards undone: their own lot, then debt; and how the debt is paid.

use super::*;
use crate::machine::{AwardState, Reason};

const CAPPED: &str = "approval = \"none\"\n[reversal]\ndebt_cap = 20\n";

fn reverse(award: AwardId) -> Command {
    Command::ReverseAward {
        award,
        reason: Reason::NotAsClaimed,
    }
}

/// Returned, owed, excess in whole points.
fn undo(desk: &mut Desk, award: AwardId) -> [i64; 3] {
    match desk.does(decider(), reverse(award)).outcome {
        Outcome::Reversal {
            returned,
            owed,
            excess,
            ..
        } => [returned, owed, excess].map(|points| points.hundredths() / 100),
        other => panic!("{other:?}"),
    }
}

fn recovered(receipt: &Receipt) -> Points {
    match receipt.outcome {
        Outcome::Award { recovered, .. } => recovered,
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_left_returns_and_what_was_spent_is_owed() {
    for (policy, spent, expected) in [
        (NO_APPROVAL, 0, [100, 0, 0]),
        (NO_APPROVAL, 70, [30, 70, 0]),
        (CAPPED, 10, [90, 10, 0]),
        (CAPPED, 70, [30, 20, 50]),
    ] {
        let mut desk = Desk::new(policy);
        let award = desk.award("a", 100);
        if spent > 0 {
            desk.pay(spent, true);
        }
        assert_eq!(undo(&mut desk, award), expected, "{policy}, {spent} spent");
        assert_eq!(desk.wallet(), Points::ZERO);
        let owed = points(expected[1]);
        assert_eq!(desk.holds(Account::recoverable(BUDGET)), owed);
        assert_eq!(
            desk.holds(Account::budget(BUDGET)),
            points(900 + expected[0])
        );
        let state = AwardState::Reversed;
        let again = desk.refuses(decider(), reverse(award));
        assert_eq!(again, Rejection::AwardAlreadyDecided { award, state });
    }
}

#[test]
fn only_what_vested_can_be_reversed_and_not_what_expired() {
    let mut desk = Desk::new(APPROVAL);
    let award = desk.award("a", 100);
    let state = AwardState::Submitted;
    let refused = desk.refuses(decider(), reverse(award));
    assert_eq!(refused, Rejection::AwardAlreadyDecided { award, state });

    let mut desk = Desk::new("approval = \"none\"\n[expiry]\nafter = \"30 days\"\n");
    let award = desk.award("a", 100);
    desk.later(31 * DAY);
    desk.does(clerk(), Command::ExpireLots { member: RIDER });
    assert_eq!(undo(&mut desk, award), [0, 0, 0]);
    assert_eq!(desk.holds(Account::breakage(PROGRAM)), points(100));
}

#[test]
fn later_awards_pay_the_oldest_first_each_to_its_budget() {
    let mut desk = Desk::new(NO_APPROVAL);
    let first = desk.award_from(OTHER_BUDGET, "a", 50);
    let second = desk.award("b", 50);
    desk.pay(100, true);
    // Undone in the other order: what counts is which award is older.
    undo(&mut desk, second);
    undo(&mut desk, first);
    assert_eq!(desk.holds(Account::debt(RIDER)), points(-100));

    let submit = desk.submit("c", 70);
    let receipt = desk.does(clerk(), submit);
    assert_eq!(recovered(&receipt), points(70));
    assert_eq!(desk.holds(Account::recoverable(OTHER_BUDGET)), Points::ZERO);
    assert_eq!(desk.holds(Account::budget(OTHER_BUDGET)), points(1_000));
    assert_eq!(desk.holds(Account::recoverable(BUDGET)), points(30));
    assert_eq!(desk.wallet(), Points::ZERO);

    let submit = desk.submit("d", 70);
    let receipt = desk.does(clerk(), submit);
    assert_eq!(recovered(&receipt), points(30));
    assert_eq!(desk.wallet(), points(40));
    assert_eq!(desk.holds(Account::debt(RIDER)), Points::ZERO);
    // What went to the debt counts as spent when the award that paid it is undone.
    assert_eq!(undo(&mut desk, AwardId(receipt.id.0)), [40, 30, 0]);
}

#[test]
fn what_comes_back_to_a_reversed_lot_pays_its_debt_first() {
    let mut desk = Desk::new(NO_APPROVAL);
    let award = desk.award("a", 100);
    let sale = desk.pay(60, true);
    assert_eq!(undo(&mut desk, award), [40, 60, 0]);
    let back = |amount| Command::Refund {
        redemption: sale,
        points: Some(points(amount)),
    };
    desk.does(cashier(STORE), back(25));
    assert_eq!(
        (desk.wallet(), desk.lot(award)),
        (Points::ZERO, [100, 0, 0, 35])
    );
    let submit = desk.submit("b", 20);
    assert_eq!(recovered(&desk.does(clerk(), submit)), points(20));
    desk.does(cashier(STORE), back(35));
    assert_eq!(
        (desk.wallet(), desk.lot(award)),
        (points(20), [100, 20, 0, 0])
    );
    assert_eq!(desk.holds(Account::recoverable(BUDGET)), Points::ZERO);
}

#[test]
fn a_hold_counts_as_spent_until_it_is_given_back() {
    let mut desk = Desk::new(NO_APPROVAL);
    let award = desk.award("a", 100);
    let redemption = desk.pay(60, false);
    assert_eq!(undo(&mut desk, award), [40, 60, 0]);
    desk.does(cashier(STORE), Command::Void { redemption });
    assert_eq!(
        (desk.wallet(), desk.holds(Account::debt(RIDER))),
        (Points::ZERO, Points::ZERO)
    );
    assert_eq!(desk.holds(Account::budget(BUDGET)), points(1_000));
}

#[test]
fn a_budget_that_is_owed_to_is_locked_before_it_is_paid() {
    let mut desk = Desk::new(NO_APPROVAL);
    let award = desk.award_from(OTHER_BUDGET, "a", 50);
    desk.pay(50, true);
    undo(&mut desk, award);
    let lot = desk.state.lot(RIDER, award).expect("a lot").clone();
    let guards = [Owner::Budget(BUDGET), Owner::Member(RIDER)];
    let mut state = State::new(PROGRAM, desk.state.now, guards);
    for account in [
        Account::budget(BUDGET),
        Account::wallet(RIDER),
        Account::debt(RIDER),
    ] {
        state.load_account(account, desk.state.account(account));
    }
    state.note_registered();
    state.load_policy(InForce {
        name: "p".to_owned(),
        digest: desk.policy.digest().to_owned(),
        from: at("2026-01-01T00:00:00Z"),
    });
    state.load_lot(lot);
    let submit = desk.submit("b", 10);
    desk.state = state;
    let stop = desk.tries(clerk(), submit);
    assert_eq!(stop, Err(Stop::Relock(Owner::Budget(OTHER_BUDGET))));
}
