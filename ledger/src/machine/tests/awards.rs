//! Budgets and awards.

use super::*;
use crate::machine::{AwardState, Reason};

const DAILY: &str = "approval = \"none\"\n[[cap]]\nname = \"day\"\nper = \"member\"\nevery = \"day\"\npoints = 100\nover = \"clip\"\n";

#[test]
fn a_budget_grows_and_shrinks_by_what_it_holds() {
    let mut desk = Desk::new(NO_APPROVAL);
    let budget = BUDGET;
    desk.does(
        clerk(),
        Command::ReturnBudget {
            budget,
            points: points(400),
        },
    );
    assert_eq!(desk.holds(Account::budget(BUDGET)), points(600));
    assert_eq!(desk.holds(Account::issued(PROGRAM)), points(-1_600));
    let too_much = desk.refuses(
        clerk(),
        Command::ReturnBudget {
            budget,
            points: points(601),
        },
    );
    let (available, requested) = (points(600), points(601));
    assert_eq!(
        too_much,
        Rejection::BudgetExhausted {
            budget,
            available,
            requested
        }
    );
    for nothing in [0, -1] {
        let points = points(nothing);
        let refused = desk.refuses(clerk(), Command::Appropriate { budget, points });
        assert_eq!(refused, Rejection::AmountNotPositive);
        let refused = desk.refuses(clerk(), Command::ReturnBudget { budget, points });
        assert_eq!(refused, Rejection::AmountNotPositive);
    }
    let points = Points::MAX;
    let refused = desk.refuses(clerk(), Command::Appropriate { budget, points });
    assert_eq!(refused, Rejection::AmountOverflow);
    let unknown = BudgetId(Uuid::from_u128(99));
    let stop = desk.tries(
        clerk(),
        Command::Appropriate {
            budget: unknown,
            points,
        },
    );
    assert_eq!(
        stop,
        Err(Stop::Relock(Owner::Budget(unknown))),
        "nobody locked it"
    );
}

#[test]
fn an_award_vests_at_once_where_nobody_has_to_agree() {
    let mut desk = Desk::new("approval = \"none\"\n[expiry]\nafter = \"30 days\"\n");
    let id = desk.award("a", 60);
    assert_eq!((desk.wallet(), desk.lot(id)), (points(60), [60, 60, 0, 0]));
    assert_eq!(desk.holds(Account::budget(BUDGET)), points(940));
    let award = desk.state.award(id).expect("it is on record");
    assert_eq!(
        (award.state, award.rule.as_str()),
        (AwardState::Vested, "r")
    );
    assert_eq!(award.trace.points, points(60));
    assert_eq!(award.expires_at, Some(at("2026-04-05T04:00:00+08:00")));

    let again = desk.submit("a", 60);
    assert_eq!(
        desk.refuses(clerk(), again),
        Rejection::AlreadyAwarded { award: id }
    );
    let own = desk.submit("b", 60);
    assert_eq!(desk.refuses(riding(RIDER), own), Rejection::SelfAward);
    let large = desk.submit("c", 941);
    let refused = desk.refuses(clerk(), large);
    let (available, requested) = (points(940), points(941));
    assert_eq!(
        refused,
        Rejection::BudgetExhausted {
            budget: BUDGET,
            available,
            requested
        }
    );
    let mut late = desk.submission(RIDER, "d", 60);
    late.quote.expires_at = Some(desk.state.now);
    let refused = desk.refuses(clerk(), Command::SubmitAward(Box::new(late)));
    assert_eq!(
        refused,
        Rejection::AlreadyExpired {
            expires_at: desk.state.now
        }
    );
}

#[test]
fn a_price_by_another_version_is_asked_for_again() {
    let mut desk = Desk::new(NO_APPROVAL);
    let mut before = desk.submission(RIDER, "before", 60);
    desk.later(DAY);
    desk.state.load_policy(InForce {
        name: "p".to_owned(),
        digest: "another".to_owned(),
        from: desk.state.now,
    });
    let now = desk.submit("now", 60);
    assert_eq!(desk.tries(clerk(), now), Err(Stop::Reprice));
    before.deed.reference = "done before, told now".to_owned();
    desk.does(clerk(), Command::SubmitAward(Box::new(before)));
}

#[test]
fn a_second_person_agrees() {
    let mut desk = Desk::new(APPROVAL);
    let award = desk.award("a", 60);
    assert_eq!(desk.wallet(), Points::ZERO);
    let approve = Command::ApproveAward { award };
    for own in [clerk(), riding(RIDER)] {
        assert_eq!(desk.refuses(own, approve.clone()), Rejection::SelfApproval);
    }
    desk.does(decider(), approve.clone());
    assert_eq!(
        (desk.wallet(), desk.lot(award)),
        (points(60), [60, 60, 0, 0])
    );
    let state = AwardState::Vested;
    let again = desk.refuses(decider(), approve);
    assert_eq!(again, Rejection::AwardAlreadyDecided { award, state });
    let reject = Command::RejectAward {
        award,
        reason: Reason::Mistake,
    };
    let again = desk.refuses(decider(), reject);
    assert_eq!(again, Rejection::AwardAlreadyDecided { award, state });
    let award = AwardId(Uuid::from_u128(5));
    let unknown = desk.refuses(decider(), Command::ApproveAward { award });
    assert_eq!(unknown, Rejection::UnknownAward { award });
}

#[test]
fn an_approval_may_come_too_late_or_find_the_budget_empty() {
    let mut desk = Desk::new("approval = \"single\"\n[expiry]\nafter = \"30 days\"\n");
    let award = desk.award("a", 60);
    let large = desk.award("b", 1_001);
    let refused = desk.refuses(decider(), Command::ApproveAward { award: large });
    assert!(matches!(refused, Rejection::BudgetExhausted { .. }));
    desk.later(31 * DAY);
    let refused = desk.refuses(decider(), Command::ApproveAward { award });
    assert!(matches!(refused, Rejection::AlreadyExpired { .. }));
    desk.does(
        decider(),
        Command::RejectAward {
            award,
            reason: Reason::Evidence,
        },
    );
}

#[test]
fn caps_clip_refuse_and_get_back_what_does_not_stand() {
    let mut desk = Desk::new(DAILY);
    let first = desk.award("a", 70);
    let second = desk.award("b", 70);
    assert_eq!(desk.lot(second), [30, 30, 0, 0]);
    let third = desk.submit("c", 1);
    assert!(matches!(
        desk.refuses(clerk(), third.clone()),
        Rejection::CapReached(_)
    ));
    desk.does(
        decider(),
        Command::ReverseAward {
            award: first,
            reason: Reason::Mistake,
        },
    );
    desk.does(clerk(), third);
    assert_eq!(desk.wallet(), points(31));
    // The deed of the award that was undone may be awarded again.
    let again = desk.award("a", 70);
    assert_eq!(desk.lot(again), [69, 69, 0, 0]);
}

#[test]
fn a_rejection_gives_its_caps_back() {
    let mut desk = Desk::new(&DAILY.replace("none", "single"));
    let award = desk.award("a", 100);
    let next = desk.submit("b", 10);
    assert!(matches!(
        desk.refuses(clerk(), next.clone()),
        Rejection::CapReached(_)
    ));
    desk.does(
        decider(),
        Command::RejectAward {
            award,
            reason: Reason::NotAsClaimed,
        },
    );
    desk.does(clerk(), next);
    assert_eq!(desk.wallet(), Points::ZERO);
}

#[test]
fn a_day_of_caps_begins_when_the_programmes_day_does() {
    for (one, other, same_day) in [
        (
            "2026-03-05T04:00:00+08:00",
            "2026-03-06T03:59:59+08:00",
            true,
        ),
        (
            "2026-03-06T03:59:59+08:00",
            "2026-03-06T04:00:00+08:00",
            false,
        ),
        (
            "2026-03-05T23:59:59+08:00",
            "2026-03-06T00:00:00+08:00",
            true,
        ),
    ] {
        let mut desk = Desk::new(DAILY);
        desk.state.now = at(one);
        desk.award("a", 100);
        desk.state.now = at(other);
        let next = desk.submit("b", 100);
        assert_eq!(
            desk.tries(clerk(), next).is_err(),
            same_day,
            "{one} and {other}"
        );
    }
}
