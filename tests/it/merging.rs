//! Two members who turn out to be one person.

use std::sync::Arc;

use ledger::accounts::Account;
use ledger::community::{Code, Member, Registration};
use ledger::ids::{MemberId, derived, random_bytes, sha256_hex};
use ledger::machine::{AwardState, Command, Outcome, Reason, Receipt};
use ledger::views::{AwardFilter, StatementFilter};
use ledger::{AwardRequest, Ledger, WriteError};
use tests::backend::Database;
use tests::on_both;
use tests::story::{Story, award_of, code_of, points, redemption_of};

mod together;

fn merge(from: MemberId, into: MemberId) -> Command {
    Command::MergeMembers { from, into }
}

async fn merges(story: &Story, from: usize, into: usize) -> Result<Receipt, WriteError> {
    let command = merge(story.members[from], story.members[into]);
    story.execute(story.admin(), None, command).await
}

on_both! {
    async fn everything_of_the_one_is_the_others(db: Database) {
        let story = Story::begin(&db).await;
        let [one, other, _] = story.members[..] else { panic!() };
        // One of each: vested, waiting, owed, held, captured, a code not spent yet.
        let visit = award_of(&story.award(&story.service_of(0, "visit", 100)).await.unwrap());
        let shift = award_of(&story.award(&story.patrol_of(0, "shift", 200)).await.unwrap());
        story.execute(story.staff(1), None, Command::ApproveAward { award: shift }).await.unwrap();
        story.spend(0, 1, 80, true).await.unwrap();
        story.execute(story.staff(1), None, Command::ReverseAward { award: visit, reason: Reason::Mistake }).await.unwrap();
        let waiting = award_of(&story.award(&story.patrol_of(0, "waiting", 60)).await.unwrap());
        let held = redemption_of(&story.spend(0, 0, 5, false).await.unwrap());
        let captured = redemption_of(&story.spend(0, 1, 5, true).await.unwrap());
        let code = story.code(0).await;
        story.award(&story.service_of(1, "another visit", 15)).await.unwrap();
        assert_eq!(story.available(0).await, 9_000);

        let receipt = merges(&story, 0, 1).await.unwrap();
        let Outcome::Merged { points: moved, held: on_hold, pending, debt, .. } = receipt.outcome else { panic!() };
        assert_eq!((moved, on_hold, pending, debt), (points(90), points(5), points(0), points(80)));
        assert_eq!((story.available(0).await, story.available(1).await), (0, 10_500));
        assert_eq!(story.holds(Account::hold(other)).await, 500);
        let into = story.ledger.merged_into(story.program, one).await.unwrap();
        assert_eq!(into, Some(other));
        story.clean(&db).await;

        // What was under way goes on, under the one they are now.
        let capture = Command::Capture { redemption: held, points: Some(points(3)) };
        story.execute(story.merchant(0), None, capture).await.unwrap();
        story.execute(story.merchant(1), None, Command::Refund { redemption: captured, points: None }).await.unwrap();
        assert_eq!(story.available(1).await, 11_200);
        let paid = story.execute(story.merchant(0), None, story.authorise(code, 0, 2, true)).await.unwrap();
        let Outcome::Redemption(redemption) = paid.outcome else { panic!() };
        assert_eq!(redemption.member, other);
        story.execute(story.staff(1), None, Command::ApproveAward { award: waiting }).await.unwrap();
        assert_eq!((story.available(1).await, story.holds(Account::debt(other)).await), (11_000, -5_000));
        story.execute(story.staff(1), None, Command::ReverseAward { award: shift, reason: Reason::Mistake }).await.unwrap();
        assert_eq!(story.available(1).await, 1_300);
        let reversed = story.ledger.award(story.program, shift).await.unwrap().unwrap();
        assert_eq!((reversed.member, reversed.state), (other, AwardState::Reversed));
        story.clean(&db).await;

        // What was is still there to be read.
        let filter = StatementFilter { before: None, kind: None, from: None, until: None, limit: 50 };
        let lines = story.ledger.statement(story.program, Account::wallet(one), &filter).await.unwrap();
        assert_eq!((lines[0].kind.name(), lines[0].amount), ("merge", points(-90)));
        assert!(lines.len() > 4);
        let filter = AwardFilter { member: Some(other), limit: 50, ..AwardFilter::default() };
        let awards = story.ledger.awards(story.program, &filter).await.unwrap();
        assert_eq!(awards.len(), 4);
    }

    async fn whoever_was_merged_is_no_member_of_their_own(db: Database) {
        let story = Story::begin(&db).await;
        let [one, other, third] = story.members[..] else { panic!() };
        assert_eq!(code_of(merges(&story, 0, 0).await), "merge_into_self");
        let stranger = story.execute(story.admin(), None, merge(one, MemberId(story.program.0))).await;
        assert_eq!(code_of(stranger), "unknown_member");
        let empty = merges(&story, 0, 1).await.unwrap();
        assert!(!empty.moved, "there was nothing to move");
        assert_eq!(code_of(story.award(&story.service_of(0, "late", 5)).await), "member_merged");
        let code = Code { hash: "late".to_owned(), member: one, expires_at: story.clock.now().plus_seconds(60) };
        let code = story.execute(story.admin(), None, Command::Register(Registration::Code(code))).await;
        assert_eq!(code_of(code), "member_merged");
        for (from, into) in [(0, 1), (0, 2), (2, 0)] {
            assert_eq!(code_of(merges(&story, from, into).await), "member_merged", "{from} into {into}");
        }
        // A chain leads to its end.
        story.award(&story.service_of(1, "visit", 30)).await.unwrap();
        merges(&story, 1, 2).await.unwrap();
        for member in [one, other] {
            let into = story.ledger.merged_into(story.program, member).await.unwrap();
            assert_eq!(into, Some(third));
        }
        assert_eq!(story.available(2).await, 3_000);
        story.clean(&db).await;
    }

    async fn merging_makes_no_room_under_a_cap(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "a", 100)).await.unwrap();
        let pending = award_of(&story.award(&story.patrol_of(0, "shift", 60)).await.unwrap());
        story.award(&story.service_of(1, "b", 90)).await.unwrap();
        merges(&story, 0, 1).await.unwrap();
        assert_eq!(code_of(story.award(&story.service_of(1, "c", 1)).await), "cap_reached");
        for shift in ["2", "3"] {
            story.award(&story.patrol_of(1, shift, 60)).await.unwrap();
        }
        assert_eq!(code_of(story.award(&story.patrol_of(1, "4", 60)).await), "cap_reached", "three a day");
        let reject = Command::RejectAward { award: pending, reason: Reason::Evidence };
        story.execute(story.staff(1), None, reject).await.unwrap();
        story.award(&story.patrol_of(1, "5", 60)).await.expect("what was rejected is given back");
        story.clean(&db).await;
    }

    /// In one batch and over two processes: whatever comes first, nothing is lost and nothing happens to who is gone.
    async fn merging_while_points_come_and_go(db: Database) {
        let seed = random_bytes();
        Ledger::migrate(&db.url).await.unwrap();
        let pair = [Arc::new(Story::begin_as(&db, seed).await), Arc::new(Story::join(&db, seed).await)];
        let rounds = if tests::soak() { 1_000 } else { 150 };
        let more = Command::Appropriate { budget: pair[0].service, points: points(100_000) };
        pair[0].execute(pair[0].admin(), None, more).await.unwrap();
        for round in 0..rounds {
            race(&pair, round).await;
            // A budget of 500 points a week allows so many shifts.
            if round % 40 == 39 {
                pair.iter().for_each(|story| story.later(7 * tests::story::DAY));
            }
        }
        pair[0].clean(&db).await;
    }
}

/// Two new members, and everything at once that may happen to them.
async fn race(pair: &[Arc<Story>; 2], round: usize) {
    let story = &pair[0];
    let id = |who: &[u8]| {
        let round = round.to_be_bytes();
        MemberId(derived(&[story.program.0.as_bytes(), who, &round]))
    };
    let (from, into) = (id(b"from"), id(b"into"));
    for id in [from, into] {
        let member = Member {
            id,
            organization: None,
            name: String::new(),
        };
        story.register(Registration::Member(member)).await;
    }
    let service = |reference: &str, minutes| AwardRequest {
        member: from,
        ..story.service_of(0, &format!("{reference}-{round}"), minutes)
    };
    let visit = award_of(&story.award(&service("visit", 20)).await.unwrap());
    let shift = AwardRequest {
        member: from,
        ..story.patrol_of(0, &format!("shift-{round}"), 20)
    };
    let shift = award_of(&story.award(&shift).await.unwrap());
    let codes = [code_for(story, from).await, code_for(story, from).await];
    let [first, second] = codes;
    let charge = story.authorise(first, 0, 5, true);
    let charged = story.execute(story.merchant(0), None, charge).await;
    let redemption = redemption_of(&charged.unwrap());

    let both_ways = round.is_multiple_of(3);
    let mut commands = vec![
        (0, story.admin(), merge(from, into)),
        (1, story.merchant(0), story.authorise(second, 0, 7, true)),
        (
            0,
            story.merchant(0),
            Command::Refund {
                redemption,
                points: None,
            },
        ),
        (1, story.staff(1), Command::ApproveAward { award: shift }),
    ];
    if both_ways {
        commands.push((1, story.admin(), merge(into, from)));
    } else {
        let reason = Reason::Mistake;
        commands.push((
            0,
            story.staff(1),
            Command::ReverseAward {
                award: visit,
                reason,
            },
        ));
    }
    let late = service("late", 3);
    let other = Arc::clone(&pair[round % 2]);
    let awarded = tokio::spawn(async move { other.award(&late).await });
    let tasks: Vec<_> = commands
        .into_iter()
        .map(|(process, actor, command)| {
            let story = Arc::clone(&pair[(process + round) % 2]);
            tokio::spawn(async move { story.execute(actor, None, command).await })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.unwrap());
    }
    let gone = match awarded.await.unwrap() {
        Ok(_) => None,
        refused => Some(code_of(refused)),
    };
    assert!(gone.is_none_or(|code| code == "member_merged"));
    let merges = if both_ways {
        let other = answers.pop().unwrap();
        vec![answers.remove(0), other]
    } else {
        vec![answers.remove(0)]
    };
    let done = merges.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(done, 1, "{merges:?}");
    for refused in merges.into_iter().filter(Result::is_err) {
        assert_eq!(code_of(refused), "member_merged");
    }
    let reversed_first = |answer: &Result<Receipt, WriteError>| matches!(answer, Err(WriteError::Rejected(rejection)) if rejection.code() == "insufficient_points");
    for answer in answers {
        assert!(
            answer.is_ok() || reversed_first(&answer),
            "round {round}: {answer:?}"
        );
    }
}

async fn code_for(story: &Story, member: MemberId) -> String {
    let hash = sha256_hex(&random_bytes::<16>());
    let code = Code {
        hash: hash.clone(),
        member,
        expires_at: story.clock.now().plus_seconds(300),
    };
    story.register(Registration::Code(code)).await;
    hash
}
