//! Groups, records, and what makes two requests the same.

use super::*;
use crate::community::{Budget, Member, PolicyVersion};
use crate::machine::GROUP_LIMIT;

fn group(commands: Vec<Command>) -> Command {
    numbered(500_000, commands)
}

fn numbered(first: u128, commands: Vec<Command>) -> Command {
    let ids = (first..).map(|id| CommandId(Uuid::from_u128(id)));
    Command::Group(ids.zip(commands).collect())
}

#[test]
fn a_group_is_done_wholly() {
    let mut desk = Desk::new(APPROVAL);
    let commands = vec![desk.submit("a", 10), desk.submit("b", 20)];
    let receipt = desk.does(clerk(), group(commands));
    let Outcome::Group { receipts } = receipt.outcome else {
        panic!()
    };
    assert_eq!(receipts.len(), 2);
    // Within a group, a later command sees what an earlier one did.
    let award = AwardId(receipts[0].id.0);
    let both = vec![desk.submit("c", 10), Command::ApproveAward { award }];
    desk.does(decider(), numbered(600_000, both));
    assert_eq!(desk.wallet(), points(10));
}

#[test]
fn or_not_at_all() {
    let mut desk = Desk::new(NO_APPROVAL);
    let commands = vec![
        desk.submit("a", 10),
        desk.submit("b", 1_200),
        desk.submit("c", 1),
    ];
    let refused = desk.refuses(clerk(), group(commands));
    let Rejection::InGroup { line: 2, rejection } = refused else {
        panic!("{refused:?}")
    };
    assert!(matches!(*rejection, Rejection::BudgetExhausted { .. }));
    assert_eq!(
        (desk.wallet(), desk.state.changes.awards.new.len()),
        (Points::ZERO, 0)
    );
    let twice = vec![desk.submit("a", 10), desk.submit("a", 10)];
    let refused = desk.refuses(clerk(), group(twice));
    assert!(matches!(refused, Rejection::InGroup { line: 2, .. }));
}

#[test]
fn a_group_is_neither_empty_nor_endless_nor_nested() {
    let mut desk = Desk::new(NO_APPROVAL);
    let one = Command::Appropriate {
        budget: BUDGET,
        points: points(1),
    };
    let bad = |refused: &Rejection| matches!(refused, Rejection::BadGroup { limit: 1_000 });
    assert!(bad(&desk.refuses(clerk(), group(vec![]))));
    assert!(bad(
        &desk.refuses(clerk(), group(vec![one.clone(); GROUP_LIMIT + 1]))
    ));
    let nested = desk.refuses(clerk(), group(vec![group(vec![one.clone()])]));
    assert!(matches!(nested, Rejection::InGroup { line: 1, rejection } if bad(&rejection)));
    desk.does(clerk(), group(vec![one; GROUP_LIMIT]));
    assert_eq!(desk.holds(Account::budget(BUDGET)), points(2_000));
}

#[test]
fn records_open_their_accounts_once() {
    let mut desk = Desk::new(NO_APPROVAL);
    let budget = Budget {
        id: BUDGET,
        code: "x".to_owned(),
        name: String::new(),
    };
    let again = desk.refuses(clerk(), Command::Register(Registration::Budget(budget)));
    assert_eq!(again, Rejection::AlreadyExists);
    let member = Member {
        id: RIDER,
        organization: None,
        name: String::new(),
    };
    let again = desk.refuses(clerk(), Command::Register(Registration::Member(member)));
    assert_eq!(again, Rejection::AlreadyExists);
}

#[test]
fn a_policy_takes_effect_later_than_all_before_and_never_in_the_past() {
    let mut desk = Desk::new(NO_APPROVAL);
    let now = desk.state.now;
    let written = super::policy("later", NO_APPROVAL);
    let enact = |effective_from| {
        Command::Register(Registration::Policy(PolicyVersion {
            name: written.name().to_owned(),
            digest: written.digest().to_owned(),
            source: written.source().to_owned(),
            effective_from,
        }))
    };
    let past = desk.refuses(clerk(), enact(Some(now.plus_seconds(-1))));
    assert_eq!(past, Rejection::EffectiveInPast { earliest: now });
    desk.does(clerk(), enact(Some(now.plus_seconds(DAY))));
    for from in [None, Some(now), Some(now.plus_seconds(DAY))] {
        let refused = desk.refuses(clerk(), enact(from));
        assert_eq!(
            refused,
            Rejection::Superseded {
                from: now.plus_seconds(DAY)
            }
        );
    }
    desk.does(clerk(), enact(Some(now.plus_seconds(DAY + 1))));
}

#[test]
fn a_policy_that_could_not_be_read_again_is_refused() {
    let mut desk = Desk::new(NO_APPROVAL);
    let written = super::policy("later", NO_APPROVAL);
    let version = |digest: &str, source: &str| {
        Command::Register(Registration::Policy(PolicyVersion {
            name: "later".to_owned(),
            digest: digest.to_owned(),
            source: source.to_owned(),
            effective_from: None,
        }))
    };
    for spoiled in [
        version(written.digest(), "points = 1"),
        version("another", written.source()),
    ] {
        let refused = desk.refuses(clerk(), spoiled);
        assert!(
            matches!(refused, Rejection::UnreadablePolicy { .. }),
            "{refused}"
        );
    }
}

#[test]
fn the_same_request_is_what_was_asked_not_what_was_worked_out() {
    let desk = Desk::new(NO_APPROVAL);
    let submission = desk.submission(RIDER, "a", 10);
    let print =
        |submission: &Submission| Command::SubmitAward(Box::new(submission.clone())).fingerprint();
    let mut dearer = submission.clone();
    dearer.quote.points = points(99);
    assert_eq!(print(&submission), print(&dearer));
    for changed in [
        Submission {
            member: OTHER_RIDER,
            ..submission.clone()
        },
        Submission {
            named_policy: Some("p".to_owned()),
            ..submission.clone()
        },
        desk.submission(RIDER, "b", 10),
        desk.submission(RIDER, "a", 11),
    ] {
        assert_ne!(print(&submission), print(&changed));
    }
    let redemption = RedemptionId(Uuid::from_u128(1));
    let all = Command::Capture {
        redemption,
        points: None,
    };
    let part = Command::Capture {
        redemption,
        points: Some(points(1)),
    };
    assert_ne!(all.fingerprint(), part.fingerprint());
    assert_ne!(
        all.fingerprint(),
        Command::Refund {
            redemption,
            points: None
        }
        .fingerprint()
    );
}
