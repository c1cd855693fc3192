//! Two members who are one person.

use super::*;
use crate::machine::Reason;

const CAP: &str = r#"approval = "none"
[[cap]]
name = "c"
per = "member"
every = "day"
points = 100
over = "reject"
"#;

fn merge() -> Command {
    let (from, into) = (RIDER, OTHER_RIDER);
    Command::MergeMembers { from, into }
}

#[test]
fn what_is_loaded_changes_hands_with_the_balances() {
    let mut desk = Desk::new(NO_APPROVAL);
    let first = desk.award("a", 50);
    let held = desk.pay(30, false);
    let code = desk.authorise(5, true);
    let receipt = desk.does(clerk(), merge());
    let expected = Outcome::Merged {
        from: RIDER,
        into: OTHER_RIDER,
        points: points(20),
        held: points(30),
        pending: Points::ZERO,
        debt: Points::ZERO,
    };
    assert_eq!(receipt.outcome, expected);
    assert_eq!(desk.wallet(), Points::ZERO);
    assert!(desk.state.lots(RIDER).is_empty());
    let lot = desk.state.lot(OTHER_RIDER, first).expect("a lot");
    assert_eq!((lot.opened, lot.remaining), (points(50), points(20)));
    assert_eq!(desk.state.award(first).map(|a| a.member), Some(OTHER_RIDER));

    desk.does(cashier(STORE), code);
    desk.does(cashier(STORE), Command::Void { redemption: held });
    assert_eq!(desk.holds(Account::wallet(OTHER_RIDER)), points(45));
    assert_eq!(desk.holds(Account::hold(RIDER)), Points::ZERO);
}

#[test]
fn a_debt_goes_along_and_is_paid_by_who_they_are() {
    let mut desk = Desk::new(NO_APPROVAL);
    let award = desk.award("a", 50);
    desk.pay(30, true);
    let reason = Reason::Mistake;
    desk.does(decider(), Command::ReverseAward { award, reason });
    desk.does(clerk(), merge());
    assert_eq!(desk.holds(Account::debt(RIDER)), Points::ZERO);
    assert_eq!(desk.holds(Account::debt(OTHER_RIDER)), points(-30));
    let submission = desk.submission(OTHER_RIDER, "b", 40);
    desk.does(clerk(), Command::SubmitAward(Box::new(submission)));
    assert_eq!(desk.holds(Account::wallet(OTHER_RIDER)), points(10));
}

#[test]
fn what_counted_for_the_one_counts_for_the_other() {
    let mut desk = Desk::new(CAP);
    let first = desk.award("a", 60);
    let submission = |desk: &Desk, reference, minutes| {
        Command::SubmitAward(Box::new(desk.submission(OTHER_RIDER, reference, minutes)))
    };
    let theirs = submission(&desk, "b", 50);
    desk.does(clerk(), theirs);
    desk.does(clerk(), merge());
    let more = submission(&desk, "c", 1);
    let refused = desk.refuses(clerk(), more.clone());
    assert_eq!(refused.code(), "cap_reached", "110 of 100");
    let reason = Reason::Mistake;
    desk.does(
        decider(),
        Command::ReverseAward {
            award: first,
            reason,
        },
    );
    desk.does(clerk(), more);
}

#[test]
fn who_was_merged_is_told_so() {
    let mut desk = Desk::new(NO_APPROVAL);
    let itself = Command::MergeMembers {
        from: RIDER,
        into: RIDER,
    };
    let refused = desk.refuses(clerk(), itself);
    assert_eq!(refused, Rejection::MergeIntoSelf { member: RIDER });
    desk.does(clerk(), merge());
    let (member, into) = (RIDER, OTHER_RIDER);
    let merged = Rejection::MemberMerged { member, into };
    let submit = desk.submit("a", 5);
    assert_eq!(desk.refuses(clerk(), submit), merged);
    assert_eq!(desk.refuses(clerk(), merge()), merged);
    let back = Command::MergeMembers {
        from: OTHER_RIDER,
        into: RIDER,
    };
    assert_eq!(desk.refuses(clerk(), back), merged);
}

/// Links are read before the lock: an award found to be another member's waits for that member's lock.
#[test]
fn what_belongs_to_somebody_not_locked_comes_again() {
    let mut desk = Desk::new(APPROVAL);
    let award = desk.award("a", 50);
    let loaded = desk.state.award(award).expect("an award").clone();
    let owners = [Owner::Member(OTHER_RIDER), Owner::Budget(BUDGET)];
    let mut state = State::new(PROGRAM, desk.state.now, owners);
    for owner in owners {
        state.load_account(owner.guard(), desk.state.account(owner.guard()));
    }
    state.note_registered();
    state.load_award(loaded);
    desk.state = state;
    let reason = Reason::Evidence;
    for command in [
        Command::ApproveAward { award },
        Command::RejectAward { award, reason },
    ] {
        let stop = desk.tries(decider(), command);
        assert_eq!(stop, Err(Stop::Relock(Owner::Member(RIDER))));
    }
}
