//! From submission to the wallet: two approvals, public notice, objections, and what is taken back on the way.

use super::*;
use crate::ids::OrganizationId;
use crate::machine::award::contest::Finding;
use crate::machine::deeds::DeedRejection;
use crate::machine::{AwardState, Reason};
use crate::policy::Terms;

const WEEK: i64 = 7 * DAY;

/// A reviewer with no part in anything.
fn reviewer() -> Actor {
    person(95)
}

fn neighbour() -> Actor {
    person(96)
}

/// Submits sixty points on these terms.
fn submitted(desk: &mut Desk, terms: Terms) -> AwardId {
    let mut submission = desk.submission(RIDER, "a", 60);
    submission.quote.terms = terms;
    let receipt = desk.does(clerk(), Command::SubmitAward(Box::new(submission)));
    AwardId(receipt.id.0)
}

fn on_notice(desk: &mut Desk) -> AwardId {
    let terms = Terms {
        notice_seconds: WEEK,
        ..Terms::NONE
    };
    submitted(desk, terms)
}

fn approve(award: AwardId) -> Command {
    Command::ApproveAward { award }
}

fn object(award: AwardId) -> Command {
    let ground = Reason::NotAsClaimed;
    Command::ObjectAward {
        award,
        ground,
        words: None,
    }
}

fn review(award: AwardId, upheld: bool) -> Command {
    Command::ReviewObjection {
        award,
        upheld,
        finding: upheld.then_some(Finding::Duplicate),
        words: None,
    }
}

fn appeal(award: AwardId) -> Command {
    Command::AppealReview { award, words: None }
}

fn vest(award: AwardId) -> Command {
    Command::VestAward { award }
}

impl Desk {
    fn state_of(&self, award: AwardId) -> AwardState {
        self.state.award(award).expect("it is on record").state
    }

    /// What the budget, the pending account and the wallet hold, in whole points.
    fn where_points_are(&self) -> [i64; 3] {
        let pending = Account::pending(RIDER);
        [Account::budget(BUDGET), pending, Account::wallet(RIDER)]
            .map(|account| self.holds(account).hundredths() / 100)
    }
}

#[test]
fn points_on_notice_are_pending_until_it_closes() {
    let mut desk = Desk::new(NO_APPROVAL);
    let award = on_notice(&mut desk);
    assert_eq!(desk.state_of(award), AwardState::Pending);
    assert_eq!(desk.where_points_are(), [940, 60, 0]);

    let until = desk.state.now.plus_seconds(WEEK);
    desk.later(WEEK - 1);
    let early = desk.refuses(decider(), vest(award));
    assert_eq!(early, Rejection::NoticeOpen { until });
    desk.later(1);
    desk.does(decider(), vest(award));
    assert_eq!(desk.state_of(award), AwardState::Vested);
    assert_eq!(desk.where_points_are(), [940, 0, 60]);
    assert_eq!(desk.lot(award), [60, 60, 0, 0]);

    let state = AwardState::Vested;
    let decided = Rejection::AwardAlreadyDecided { award, state };
    assert_eq!(desk.refuses(decider(), vest(award)), decided);
    assert_eq!(desk.refuses(clerk(), object(award)), decided);
}

#[test]
fn two_approvals_come_from_two_people_neither_of_them_the_submitter() {
    let mut desk = Desk::new(NO_APPROVAL);
    let terms = Terms {
        approval: Approval::TwoPerson,
        ..Terms::NONE
    };
    let award = submitted(&mut desk, terms);
    for involved in [clerk(), riding(RIDER)] {
        let refused = desk.refuses(involved, approve(award));
        assert_eq!(refused, Rejection::SelfApproval);
    }
    desk.does(decider(), approve(award));
    assert_eq!(desk.state_of(award), AwardState::Submitted);
    assert_eq!(desk.where_points_are(), [1_000, 0, 0]);
    let again = desk.refuses(decider(), approve(award));
    assert_eq!(again, Rejection::SameApprover);
    desk.does(reviewer(), approve(award));
    assert_eq!(desk.where_points_are(), [940, 0, 60]);
    let award = desk.state.award(award).expect("it is on record");
    let by: Vec<_> = award.approvals.iter().map(|one| one.by).collect();
    assert_eq!(by, [decider().id, reviewer().id]);
}

#[test]
fn the_whole_programme_is_one_node_and_where_there_are_none_two_people_are_enough() {
    let on = |number, node: Option<u128>| Actor {
        node: node.map(|node| OrganizationId(Uuid::from_u128(node))),
        ..person(number)
    };
    let whole = Some(PROGRAM.0.as_u128());
    for (one, other, enough) in [
        (None, None, true),
        (None, Some(7), true),
        (Some(7), None, true),
        (whole, Some(7), true),
        (Some(7), Some(8), true),
        (Some(7), Some(7), false),
        (whole, whole, false),
        (None, whole, false),
    ] {
        let mut desk = Desk::new(NO_APPROVAL);
        let terms = Terms {
            approval: Approval::TwoPerson,
            ..Terms::NONE
        };
        let award = submitted(&mut desk, terms);
        desk.does(on(94, one), approve(award));
        if !enough {
            let refused = desk.refuses(on(95, other), approve(award));
            assert_eq!(refused, Rejection::SameNode, "{one:?} {other:?}");
            continue;
        }
        desk.does(on(95, other), approve(award));
        assert_eq!(desk.where_points_are(), [940, 0, 60], "{one:?} {other:?}");
    }
}

#[test]
fn an_objection_freezes_and_a_reviewer_without_part_decides() {
    for upheld in [true, false] {
        let mut desk = Desk::new(NO_APPROVAL);
        let award = on_notice(&mut desk);
        let none = desk.refuses(reviewer(), review(award, upheld));
        assert_eq!(none, Rejection::NoObjection { award });
        desk.does(neighbour(), object(award));
        assert_eq!(desk.state_of(award), AwardState::Frozen);
        desk.later(WEEK);
        let frozen = Rejection::AwardFrozen { award };
        assert_eq!(desk.refuses(decider(), vest(award)), frozen);
        assert_eq!(desk.refuses(decider(), object(award)), frozen);
        let withdraw = Command::WithdrawAward { award };
        assert_eq!(desk.refuses(clerk(), withdraw), frozen);
        for involved in [clerk(), neighbour(), riding(RIDER)] {
            let refused = desk.refuses(involved, review(award, upheld));
            assert_eq!(refused, Rejection::ReviewerInvolved);
        }
        desk.does(reviewer(), review(award, upheld));
        assert_eq!(desk.where_points_are(), [940, 60, 0], "it can be appealed");
        let settle = Command::SettleObjection { award };
        let until = desk.state.now.plus_seconds(WEEK);
        if upheld {
            let twice = desk.refuses(person(97), review(award, upheld));
            assert_eq!(twice, DeedRejection::AppealOpen { until }.into());
            desk.later(WEEK - 1);
            let early = desk.refuses(decider(), settle.clone());
            assert_eq!(early, Rejection::NothingDue);
            desk.later(1);
            let late = desk.refuses(riding(RIDER), appeal(award));
            assert_eq!(late, DeedRejection::AppealOver { until }.into());
            desk.does(decider(), settle);
            assert_eq!(desk.state_of(award), AwardState::Rejected);
            let fallen = desk.state.award(award).expect("it is on record");
            assert_eq!(fallen.decided_by, Some(reviewer().id));
            assert_eq!(fallen.reason, Some(Reason::Duplicate));
            assert_eq!(desk.where_points_are(), [1_000, 0, 0]);
            let submit = desk.submit("a", 60);
            desk.does(clerk(), submit);
        } else {
            let again = desk.refuses(neighbour(), object(award));
            assert_eq!(again, Rejection::AlreadyObjected { award });
            let early = desk.refuses(decider(), vest(award));
            assert_eq!(early, Rejection::NoticeOpen { until });
            desk.later(WEEK);
            desk.does(decider(), vest(award));
            assert_eq!(desk.where_points_are(), [940, 0, 60]);
        }
    }
}

/// Whom the review went against appeals once, and somebody new has the last word, whichever it was before.
#[test]
fn an_appeal_is_decided_by_somebody_new_and_once() {
    for (first, last) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut desk = Desk::new(NO_APPROVAL);
        let award = on_notice(&mut desk);
        desk.does(neighbour(), object(award));
        let frozen = Rejection::AwardFrozen { award };
        assert_eq!(desk.refuses(riding(RIDER), appeal(award)), frozen);
        desk.does(reviewer(), review(award, first));
        let (theirs, others) = match first {
            true => (riding(RIDER), neighbour()),
            false => (neighbour(), riding(RIDER)),
        };
        for other in [others, clerk(), decider()] {
            let refused = desk.refuses(other, appeal(award));
            assert_eq!(refused, DeedRejection::NotAppellant.into());
        }
        desk.later(WEEK - 1);
        desk.does(theirs, appeal(award));
        assert_eq!(desk.state_of(award), AwardState::Frozen);
        let twice = desk.refuses(theirs, appeal(award));
        assert_eq!(twice, DeedRejection::AlreadyAppealed { award }.into());
        for involved in [reviewer(), clerk(), neighbour(), riding(RIDER)] {
            let refused = desk.refuses(involved, review(award, last));
            assert_eq!(refused, Rejection::ReviewerInvolved);
        }
        desk.later(WEEK);
        assert_eq!(desk.where_points_are(), [940, 60, 0]);
        let settle = Command::SettleObjection { award };
        assert_eq!(desk.refuses(decider(), settle), Rejection::NothingDue);
        desk.does(person(97), review(award, last));
        if last {
            assert_eq!(desk.where_points_are(), [1_000, 0, 0]);
            assert_eq!(desk.state_of(award), AwardState::Rejected);
        } else {
            let over = desk.refuses(theirs, appeal(award));
            assert_eq!(over, DeedRejection::AlreadyAppealed { award }.into());
            desk.does(decider(), vest(award));
            assert_eq!(desk.where_points_are(), [940, 0, 60]);
        }
    }
}

#[test]
fn what_waits_too_long_is_escalated_once_and_an_appeal_again() {
    let mut desk = Desk::new(NO_APPROVAL);
    let award = on_notice(&mut desk);
    let escalate = || Command::EscalateObjection { award };
    desk.does(neighbour(), object(award));
    desk.later(15 * DAY - 1);
    assert_eq!(desk.refuses(decider(), escalate()), Rejection::NothingDue);
    desk.later(1);
    desk.does(decider(), escalate());
    assert_eq!(desk.refuses(decider(), escalate()), Rejection::NothingDue);
    assert_eq!(desk.where_points_are(), [940, 60, 0]);
    desk.does(reviewer(), review(award, true));
    desk.does(riding(RIDER), appeal(award));
    desk.later(15 * DAY);
    desk.does(decider(), escalate());
    assert_eq!(desk.refuses(decider(), escalate()), Rejection::NothingDue);
    let objection = desk.state.award(award).and_then(|award| award.objection);
    let objection = objection.expect("an objection");
    assert!(objection.escalated_at < objection.overdue_since());
}

#[test]
fn an_objection_comes_while_the_notice_is_open() {
    let mut desk = Desk::new(NO_APPROVAL);
    let award = on_notice(&mut desk);
    desk.later(WEEK);
    let closed_at = desk.state.now;
    let late = desk.refuses(neighbour(), object(award));
    assert_eq!(late, Rejection::NoticeClosed { closed_at });
}

#[test]
fn what_is_taken_back_before_it_vests_returns_whole() {
    let terms = |approval, notice_seconds| Terms {
        approval,
        notice_seconds,
        ..Terms::NONE
    };
    for terms in [terms(Approval::Single, 0), terms(Approval::None, WEEK)] {
        let mut desk = Desk::new(
            "[[cap]]\nname = \"day\"\nper = \"member\"\nevery = \"day\"\npoints = 60\nover = \"reject\"\n",
        );
        let award = submitted(&mut desk, terms);
        let withdraw = Command::WithdrawAward { award };
        let other = desk.refuses(decider(), withdraw.clone());
        assert_eq!(other, Rejection::NotSubmitter);
        desk.does(clerk(), withdraw);
        assert_eq!(desk.state_of(award), AwardState::Rejected);
        assert_eq!(desk.where_points_are(), [1_000, 0, 0]);
        let again = desk.submit("a", 60);
        desk.does(clerk(), again);
    }
}

#[test]
fn a_share_of_a_later_award_pays_a_debt_and_the_rest_is_written_off_in_time() {
    let mut desk = Desk::new(NO_APPROVAL);
    let terms = Terms {
        write_off_days: Some(30),
        ..Terms::NONE
    };
    let award = submitted(&mut desk, terms);
    desk.pay(60, true);
    let reason = Reason::Mistake;
    desk.does(decider(), Command::ReverseAward { award, reason });
    assert_eq!(desk.holds(Account::debt(RIDER)), points(-60));

    let mut later = desk.submission(RIDER, "b", 41);
    later.quote.terms.recovered_share = 5_000;
    let receipt = desk.does(clerk(), Command::SubmitAward(Box::new(later)));
    assert!(
        matches!(receipt.outcome, Outcome::Award { recovered, .. } if recovered.hundredths() == 2_050)
    );
    assert_eq!(desk.wallet().hundredths(), 2_050);

    let write_off = Command::WriteOff { award };
    desk.later(30 * DAY - 1);
    let early = desk.refuses(decider(), write_off.clone());
    assert_eq!(early, Rejection::NothingDue);
    desk.later(1);
    desk.does(decider(), write_off.clone());
    assert_eq!(desk.holds(Account::debt(RIDER)), Points::ZERO);
    assert_eq!(desk.holds(Account::recoverable(BUDGET)), Points::ZERO);
    assert_eq!(desk.refuses(decider(), write_off), Rejection::NothingDue);
}
