//! The main story, told through the ledger: earned, explained, spent, given back, undone.

use ledger::accounts::Account;
use ledger::community::{Budget, PolicyVersion, Registration};
use ledger::ids::{AwardId, BudgetId, sha256_hex};
use ledger::machine::{AwardState, Command, Outcome, Reason};
use ledger::policy::{Language, explain};
use ledger::views::{Falling, StatementFilter};
use ledger::{ExecuteError, Ledger, Options, WriteError};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HAZARD, HOUR, SERVICE, Story, award_of, code_of, points, redemption_of};

async fn statement(story: &Story, member: usize) -> Vec<(String, i64, i64)> {
    let filter = StatementFilter {
        before: None,
        kind: None,
        from: None,
        until: None,
        limit: 50,
    };
    let wallet = Account::wallet(story.members[member]);
    let lines = story
        .ledger
        .statement(story.program, wallet, &filter)
        .await
        .unwrap();
    let line = |l: ledger::views::StatementLine| {
        (
            l.kind.name().to_owned(),
            l.amount.hundredths(),
            l.balance_after.hundredths(),
        )
    };
    lines.into_iter().map(line).collect()
}

on_both! {
    async fn earned_explained_spent_and_given_back(db: Database) {
        let story = Story::begin(&db).await;
        let first = story.award(&story.service_of(0, "visit-1", 90)).await.unwrap();
        let second = story.award(&story.service_of(0, "visit-2", 90)).await.unwrap();
        let Outcome::Award { points: clipped, .. } = second.outcome else { panic!() };
        assert_eq!(clipped, points(30), "120 a day, 90 of them used");
        let full = story.award(&story.service_of(0, "visit-3", 10)).await;
        assert_eq!(code_of(full), "cap_reached");

        let award = story.ledger.award(story.program, award_of(&second)).await.unwrap().unwrap();
        let sentences = explain(&award.trace, Language::Zh);
        assert!(sentences.iter().any(|line| line.contains("少计 60 分")), "{sentences:?}");

        let held = story.spend(0, 0, 100, false).await.unwrap();
        assert_eq!(story.available(0).await, 2_000);
        let redemption = redemption_of(&held);
        let part = Command::Capture { redemption, points: Some(points(70)) };
        story.execute(story.merchant(0), Some("capture"), part.clone()).await.unwrap();
        let again = story.execute(story.merchant(0), Some("capture-2"), part).await;
        assert_eq!(code_of(again), "hold_already_resolved");
        assert_eq!(story.available(0).await, 5_000);

        let refund = Command::Refund { redemption, points: Some(points(20)) };
        story.execute(story.merchant(0), Some("refund"), refund).await.unwrap();
        assert_eq!(story.available(0).await, 7_000);
        assert_eq!(story.holds(Account::accepted(story.stores[0])).await, 5_000);

        let undo = Command::ReverseAward { award: award_of(&first), reason: Reason::NotAsClaimed };
        story.execute(story.staff(1), Some("undo"), undo).await.unwrap();
        let books = story.sound_books(&db).await;
        assert_eq!(books.events.iter().filter(|event| event.1 == "award.submit").count(), 2);
        let kinds: Vec<String> = statement(&story, 0).await.into_iter().map(|line| line.0).collect();
        assert_eq!(kinds, ["reverse", "refund", "capture", "authorise", "award", "award"]);
    }

    async fn a_second_person_agrees_or_does_not(db: Database) {
        let story = Story::begin(&db).await;
        let mut awards: Vec<AwardId> = Vec::new();
        for reference in ["shift-1", "shift-2", "shift-3"] {
            let receipt = story.award(&story.patrol_of(0, reference, 60)).await.unwrap();
            assert!(!receipt.moved);
            awards.push(award_of(&receipt));
        }
        let fourth = story.patrol_of(0, "shift-4", 60);
        assert_eq!(code_of(story.award(&fourth).await), "cap_reached");
        assert_eq!(story.available(0).await, 0);

        let approve = |award| Command::ApproveAward { award };
        let own = story.execute(story.staff(0), None, approve(awards[0])).await;
        assert_eq!(code_of(own), "self_approval");
        story.execute(story.staff(1), None, approve(awards[0])).await.unwrap();
        assert_eq!(story.available(0).await, 3_000);

        let reject = Command::RejectAward { award: awards[1], reason: Reason::Evidence };
        story.execute(story.staff(1), None, reject).await.unwrap();
        let decided = story.execute(story.staff(1), None, approve(awards[1])).await;
        assert_eq!(code_of(decided), "award_already_decided");
        let request = story.request(story.staff(0), Some("shift-4, again"));
        story.ledger.submit_award(&request, &fourth).await.expect("the cap got back what was rejected");
        let rejected = story.ledger.award(story.program, awards[1]).await.unwrap().unwrap();
        assert_eq!((rejected.state, rejected.reason), (AwardState::Rejected, Some(Reason::Evidence)));
        story.sound_books(&db).await;
    }

    async fn what_was_spent_is_owed_and_recovered(db: Database) {
        let story = Story::begin(&db).await;
        let shift = story.award(&story.patrol_of(0, "shift", 200)).await.unwrap();
        let award = award_of(&shift);
        story.execute(story.staff(1), None, Command::ApproveAward { award }).await.unwrap();
        let spent = redemption_of(&story.spend(0, 0, 80, true).await.unwrap());
        let undo = Command::ReverseAward { award, reason: Reason::Mistake };
        let undone = story.execute(story.staff(1), None, undo).await.unwrap();
        let Outcome::Reversal { returned, owed, excess, .. } = undone.outcome else { panic!() };
        assert_eq!((returned, owed, excess), (points(20), points(80), points(0)));

        // A later award pays first, and what it pays returns to the budget it was owed to.
        let later = story.award(&story.service_of(0, "visit", 50)).await.unwrap();
        let Outcome::Award { recovered, .. } = later.outcome else { panic!() };
        assert_eq!(recovered, points(50));
        assert_eq!(story.available(0).await, 0);
        assert_eq!(story.holds(Account::recoverable(story.patrol)).await, 3_000);
        assert_eq!(story.holds(Account::budget(story.patrol)).await, 997_000);

        // What the store gives back pays the rest; only then is there something to spend.
        let refund = Command::Refund { redemption: spent, points: None };
        story.execute(story.merchant(0), None, refund).await.unwrap();
        assert_eq!(story.holds(Account::debt(story.members[0])).await, 0);
        assert_eq!(story.holds(Account::budget(story.patrol)).await, 1_000_000);
        assert_eq!(story.available(0).await, 5_000);
        story.sound_books(&db).await;
    }

    async fn what_is_not_spent_in_time_expires(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 100)).await.unwrap();
        let spent = redemption_of(&story.spend(0, 0, 60, true).await.unwrap());
        story.later(40 * DAY);
        assert_eq!(story.available(0).await, 0);
        let member = story.members[0];
        let due = story.ledger.due(story.program, Falling::Lots, story.clock.now(), None, 10).await.unwrap();
        assert_eq!(due.len(), 1);
        let expire = Command::ExpireLots { member };
        story.execute(story.admin(), Some("expire"), expire.clone()).await.unwrap();
        let again = story.execute(story.admin(), Some("expire-2"), expire).await;
        assert_eq!(code_of(again), "nothing_due");

        let refund = Command::Refund { redemption: spent, points: None };
        story.execute(story.merchant(0), None, refund).await.unwrap();
        assert_eq!(story.available(0).await, 6_000, "reopened");
        story.later(7 * DAY);
        assert_eq!(story.available(0).await, 0, "for seven days");
        story.sound_books(&db).await;
    }

    /// A refund must not bring back to life what ran out before the nightly sweep came by.
    async fn a_refund_revives_only_what_comes_back(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 100)).await.unwrap();
        let spent = redemption_of(&story.spend(0, 0, 60, true).await.unwrap());
        story.later(40 * DAY);
        let part = Some(points(1));
        let refund = Command::Refund { redemption: spent, points: part };
        story.execute(story.merchant(0), None, refund).await.unwrap();
        assert_eq!(story.available(0).await, 100);
        assert_eq!(story.holds(Account::breakage(story.program)).await, 4_000);
        story.sound_books(&db).await;
    }

    async fn a_wrong_code_does_not_use_up_the_key(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 100)).await.unwrap();
        let wrong = story.authorise("mistyped".to_owned(), 0, 60, true);
        let key = Some("till-7");
        assert_eq!(code_of(story.execute(story.merchant(0), key, wrong).await), "invalid_code");
        let right = story.authorise(story.code(0).await, 0, 60, true);
        story.execute(story.merchant(0), key, right.clone()).await.unwrap();
        let again = Command::clone(&right);
        let other_key = story.execute(story.merchant(0), Some("till-8"), again).await;
        assert_eq!(code_of(other_key), "invalid_code", "a code is spent once");
        story.later(301);
        story.execute(story.merchant(0), key, right).await.expect("the same answer for ever");
        let late = story.code(0).await;
        story.later(300);
        let late = story.authorise(late, 0, 1, true);
        assert_eq!(code_of(story.execute(story.merchant(0), None, late).await), "invalid_code");
    }

    /// The policies of a running process are only a cache.
    async fn a_policy_made_elsewhere_is_found(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 10)).await.unwrap();
        let elsewhere = Ledger::open(&db.url, Options { clock: story.clock.clone(), readers: 1, ..Options::default() }).await.unwrap();
        story.later(HOUR);
        let stricter = SERVICE.replace("at_least = 1 ", "at_least = 30 ").replace("rate = 1", "rate = 2");
        let hazard = HAZARD.to_owned();
        let budget = Budget { id: BudgetId(story.program.0), code: "hazard".to_owned(), name: String::new() };
        let mut records = vec![Registration::Budget(budget)];
        for (name, source) in [("service", stricter), ("hazard", hazard)] {
            records.push(Registration::Policy(PolicyVersion {
                name: name.to_owned(),
                digest: sha256_hex(source.as_bytes()),
                source,
                effective_from: None,
            }));
        }
        for record in records {
            let request = story.request(story.admin(), None);
            elsewhere.execute(&request, Command::Register(record)).await.unwrap();
        }
        // The new kind of deed is priced; the rule that grew stricter refuses; the rate that doubled holds.
        let mut hazard = story.service_of(0, "gas", 1);
        hazard.deed = serde_json::from_value(serde_json::json!({
            "kind": "hazard_report", "reference": "gas", "occurred_at": story.clock.now(),
            "facts": { "category": "gas", "severity": "high", "outcome": "fixed" },
        })).unwrap();
        story.award(&hazard).await.expect("the policy made elsewhere");
        let short = story.award(&story.service_of(0, "visit-2", 20)).await;
        assert!(matches!(short, Err(ExecuteError::Refused { .. })), "{short:?}");
        let receipt = story.award(&story.service_of(0, "visit-3", 40)).await.unwrap();
        let Outcome::Award { points: doubled, .. } = receipt.outcome else { panic!() };
        assert_eq!(doubled, points(80));
        // And the other way round: what is awarded now was refused before.
        let milder = SERVICE.replace("一小时", "六十分钟");
        elsewhere.execute(&story.request(story.admin(), None), Command::Register(Registration::Policy(PolicyVersion {
            name: "service".to_owned(), digest: sha256_hex(milder.as_bytes()), source: milder,
            effective_from: Some(story.clock.now().plus_seconds(1)),
        }))).await.unwrap();
        story.later(2);
        story.award(&story.service_of(0, "visit-4", 20)).await.expect("the milder version");
        elsewhere.close().await;
    }

    async fn a_group_answers_again_when_its_policy_is_gone(db: Database) {
        let story = Story::begin(&db).await;
        let awards = [story.service_of(0, "a", 10), story.service_of(1, "b", 10)];
        let request = story.request(story.staff(0), Some("import"));
        let first = story.ledger.submit_awards(&request, &awards).await.unwrap();
        story.later(1);
        story.enact("service", &SERVICE.replace("at_least = 1 ", "at_least = 30 ")).await;
        let mut late = awards.to_vec();
        late[1].deed.reference = "c".to_owned();
        late[1].deed.occurred_at = story.clock.now();
        let refused = story.ledger.submit_awards(&story.request(story.staff(0), None), &late).await;
        assert!(matches!(refused, Err(ExecuteError::Refused { .. })), "{refused:?}");
        let again = story.ledger.submit_awards(&request, &awards).await.unwrap();
        assert_eq!(first, again);
        let reused = story.ledger.submit_awards(&request, &late).await;
        assert!(matches!(reused, Err(ExecuteError::Write(WriteError::KeyReused))), "{reused:?}");
        story.sound_books(&db).await;
    }
}
