//! Awards that wait for room under a cap: let in when something is given back or a new window begins, never past the cap.

use std::time::Duration;

use futures::future::join_all;
use ledger::accounts::Account;
use ledger::community::Role;
use ledger::ids::AwardId;
use ledger::machine::{Admission, AwardState, Command, Outcome, Reason, Receipt};
use ledger::policy::{Language, explain};
use ledger::views::AwardFilter;
use ledger::{AwardRequest, Ledger, Options, WriteError};
use tests::backend::Database;
use tests::http::Client;
use tests::on_both;
use tests::policies::patrol;
use tests::server::Server;
use tests::story::{DAY, Story, award_of, code_of};

/// A point a minute; an hour a member and day, three shifts a grid and day, ten hours from the budget in any thirty days.
const WAITS: &str = r#"
[expiry]
after = "10 days"

[[cap]]
name = "member-day"
per = "member"
every = "day"
points = 60
over = "queue"

[[cap]]
name = "grid-day"
per = "grid"
every = "day"
count = 3
over = "queue"

[[cap]]
name = "budget-rolling"
per = "budget"
every = "rolling 30 days"
points = 600
over = "queue"
"#;

async fn begin(db: &Database) -> Story {
    let story = Story::begin(db).await;
    story.enact("waits", &patrol("waits", "none", WAITS)).await;
    story
}

fn shift(story: &Story, member: usize, reference: &str, minutes: i64) -> AwardRequest {
    AwardRequest {
        policy: Some("waits".to_owned()),
        ..story.patrol_of(member, reference, minutes)
    }
}

async fn submit(story: &Story, member: usize, reference: &str, minutes: i64) -> AwardId {
    let award = story.award(&shift(story, member, reference, minutes)).await;
    award_of(&award.unwrap())
}

async fn admit(
    story: &Story,
    ledger: &Ledger,
    admission: Admission,
) -> Result<Receipt, WriteError> {
    let request = story.request(story.admin(), None);
    let command = Command::AdmitAward(Box::new(admission));
    ledger.execute(&request, command).await
}

async fn clean(story: &Story, db: &Database) {
    let books = story.clean(db).await;
    for (_, window, cap, used) in &books.counters {
        let most = match cap.as_str() {
            "waits/member-day" => 6_000,
            "waits/grid-day" => 3,
            "waits/budget-rolling" => 60_000,
            _ => i64::MAX,
        };
        assert!(*used <= most, "{cap} from {window} on was passed: {used}");
    }
}

/// Two processes let in who waits, and take new awards, six days on end: before anybody's ten days are over.
async fn race(db: &Database) {
    let story = begin(db).await;
    let options = Options {
        clock: story.clock.clone(),
        ..Options::default()
    };
    let other = Ledger::open(&db.url, options).await.unwrap();
    for round in 0..6 {
        // Eight a day in a grid that has room for three: every day more wait.
        let look = story.room().await;
        let twice = look.iter().cycle().take(look.len() * 2).enumerate();
        let admissions = twice.map(|(line, admission)| {
            let ledger = [&story.ledger, &other][line % 2];
            admit(&story, ledger, admission.clone())
        });
        let submissions = (0..8).map(|line| {
            let shift = shift(&story, line % 3, &format!("{round} {line}"), 20);
            let (story, ledger) = (&story, [&story.ledger, &other][line % 2]);
            async move {
                let request = story.request(story.staff(0), Some(&shift.deed.reference));
                ledger.submit_award(&request, &shift).await
            }
        });
        let (admitted, submitted) = tokio::join!(join_all(admissions), join_all(submissions));
        let let_in = admitted.iter().flatten().count();
        assert_eq!(let_in, look.len().min(3), "{admitted:?}");
        for outcome in submitted {
            let receipt = outcome.unwrap();
            let Outcome::Award { state, .. } = receipt.outcome else {
                panic!("{receipt:?}")
            };
            assert!(matches!(state, AwardState::Vested | AwardState::Queued));
        }
        story.later(DAY);
    }
    other.close().await;
    clean(&story, db).await;
}

on_both! {
    /// What waits for somebody who is erased meanwhile reaches nobody, and keeps nobody else waiting once it has fallen.
    async fn who_was_erased_while_an_award_waited_gets_none_of_it(db: Database) {
        let story = begin(&db).await;
        let first = submit(&story, 0, "first", 20).await;
        submit(&story, 1, "second", 20).await;
        submit(&story, 2, "third", 20).await;
        // The grid is full.
        let waits = submit(&story, 0, "waits", 30).await;
        story.later(1);
        let behind = submit(&story, 1, "behind", 30).await;
        assert_eq!((story.state_of(waits).await, story.state_of(behind).await), (AwardState::Queued, AwardState::Queued));
        let member = story.members[0];
        let erase = || Command::ErasePersonal { member };
        let erased = story.execute(story.admin(), None, erase()).await.unwrap();
        let Outcome::PersonalErased { points, pending, .. } = erased.outcome else { panic!() };
        assert_eq!((points.hundredths(), pending.hundredths()), (2_000, 0), "of what waits no point has moved");
        assert_eq!(code_of(story.execute(story.admin(), None, erase()).await), "member_erased");
        clean(&story, &db).await;

        assert_eq!(story.room().await, []);
        let before = story.holds(Account::budget(story.patrol)).await;
        story.later(DAY);
        assert_eq!(story.let_in().await, [waits, behind]);
        let fell = story.recorded(waits).await;
        assert_eq!((fell.state, fell.reason), (AwardState::Rejected, Some(Reason::Erased)));
        assert_eq!(story.state_of(behind).await, AwardState::Vested);
        assert_eq!(story.holds(Account::budget(story.patrol)).await, before - 3_000);
        assert_eq!((story.available(0).await, story.available(1).await), (2_000, 5_000));
        assert_eq!(story.room().await, []);
        clean(&story, &db).await;
        // What is left expires as it would have.
        story.later(12 * DAY);
        story.execute(story.admin(), None, Command::ExpireLots { member }).await.unwrap();
        assert_eq!((story.state_of(first).await, story.available(0).await), (AwardState::Vested, 0));
        clean(&story, &db).await;
    }

    async fn what_is_given_back_lets_the_next_in_in_the_window_of_its_deed(db: Database) {
        let story = begin(&db).await;
        let first = submit(&story, 0, "first", 40).await;
        let second = submit(&story, 0, "second", 30).await;
        assert_eq!(story.state_of(second).await, AwardState::Queued);
        assert_eq!((story.available(0).await, story.holds(Account::budget(story.patrol)).await), (4_000, 996_000));
        assert_eq!(
            explain(&story.recorded(second).await.trace, Language::Zh)[2..],
            ["每人每天最多 60 分，此前已计 40 分，登记时放不下，30 分先排队：按登记先后，有余量时计入，本周期没有就等以后的周期。"]
        );
        let english = explain(&story.recorded(second).await.trace, Language::En);
        assert!(english[2].starts_with("At most 60 points per member and day: 40 counted before when it was submitted, so its 30 points"), "{english:?}");
        // The deed is taken, whoever comes later waits behind, and nothing fits yet.
        let again = AwardRequest { deed: shift(&story, 0, "second", 30).deed, ..shift(&story, 0, "second", 30) };
        let other = story.request(story.staff(1), Some("another key"));
        assert_eq!(code_of(story.ledger.submit_award(&other, &again).await), "already_awarded");
        let third = submit(&story, 0, "third", 5).await;
        assert_eq!(story.state_of(third).await, AwardState::Queued);
        assert_eq!(story.recorded(third).await.trace.wait.unwrap().ahead, 1);
        assert_eq!(story.state_of(submit(&story, 1, "another member's", 60).await).await, AwardState::Vested);
        let filter = AwardFilter { state: Some(AwardState::Queued), member: None, before: None, limit: 9 };
        assert_eq!(story.ledger.awards(story.program, &filter).await.unwrap().len(), 2);
        // What the first cannot use is not kept from the next.
        assert_eq!(story.let_in().await, [third]);
        clean(&story, &db).await;

        let reverse = Command::ReverseAward { award: first, reason: Reason::Mistake };
        story.execute(story.staff(1), None, reverse).await.unwrap();
        assert_eq!(story.let_in().await, [second]);
        let second = story.recorded(second).await;
        assert_eq!((second.state, second.trace.wait.unwrap().counted_at), (AwardState::Vested, None));
        assert_eq!((story.available(0).await, story.room().await), (3_500, vec![]));
        clean(&story, &db).await;
    }

    async fn a_new_window_lets_in_who_waited_first(db: Database) {
        let story = begin(&db).await;
        for shift in 0..3 {
            submit(&story, shift, &format!("shift {shift}"), 20).await;
        }
        let mut waiting = Vec::new();
        for (member, minutes) in [(0, 20), (1, 50), (2, 60)] {
            story.later(1);
            waiting.push(submit(&story, member, &format!("waits {member}"), minutes).await);
        }
        assert!(story.room().await.is_empty());
        story.later(DAY);
        // Nobody overtakes who waits under the same cap.
        let late = submit(&story, 1, "late", 20).await;
        assert_eq!(story.state_of(late).await, AwardState::Queued);
        assert_eq!(story.let_in().await, waiting);
        for id in waiting {
            let award = story.recorded(id).await;
            assert_eq!(award.state, AwardState::Vested);
            assert_eq!(award.trace.wait.unwrap().counted_at, Some(story.clock.now()));
            assert_eq!(award.expires_at, Some("2026-03-16T04:00:00+08:00".parse().unwrap()), "as from the day of the deed");
        }
        assert!(story.room().await.is_empty());
        clean(&story, &db).await;
        story.later(DAY);
        assert_eq!(story.let_in().await, [late]);
        clean(&story, &db).await;
    }

    async fn admissions_and_new_awards_race_for_the_same_room(db: Database) {
        let races = if tests::soak() { 7 } else { 1 };
        for _ in 0..races {
            race(&db).await;
        }
    }

    async fn who_waits_withdraws_falls_with_time_and_is_asked_for_approval(db: Database) {
        let story = begin(&db).await;
        submit(&story, 0, "first", 60).await;
        let withdrawn = submit(&story, 0, "withdrawn", 10).await;
        let late = submit(&story, 0, "late", 10).await;
        let withdraw = Command::WithdrawAward { award: withdrawn };
        story.execute(story.staff(0), None, withdraw).await.unwrap();
        assert_eq!(story.state_of(withdrawn).await, AwardState::Rejected);
        clean(&story, &db).await;
        assert_eq!(story.state_of(submit(&story, 0, "withdrawn", 10).await).await, AwardState::Rejected, "the key's answer stands");

        // Ten days later its points would have run out.
        story.later(11 * DAY);
        assert_eq!(story.let_in().await, [late]);
        let late = story.recorded(late).await;
        assert_eq!((late.state, late.reason), (AwardState::Rejected, Some(Reason::Expired)));
        clean(&story, &db).await;

        story.enact("waits", &patrol("waits", "single", WAITS)).await;
        submit(&story, 0, "again", 60).await;
        let approved = submit(&story, 0, "to be approved", 10).await;
        let approve = || Command::ApproveAward { award: approved };
        assert_eq!(code_of(story.execute(story.staff(1), None, approve()).await), "award_already_decided");
        story.later(DAY);
        assert_eq!(story.let_in().await, [approved]);
        assert_eq!(story.state_of(approved).await, AwardState::Submitted);
        story.execute(story.staff(1), None, approve()).await.unwrap();
        clean(&story, &db).await;
    }

    async fn an_empty_budget_keeps_them_waiting_and_a_stale_look_is_looked_again(db: Database) {
        let story = begin(&db).await;
        submit(&story, 0, "first", 60).await;
        let waits = submit(&story, 0, "waits", 30).await;
        let stale = Admission { award: waits, member: story.members[0], of_deed: Vec::new(), of_now: Vec::new() };
        story.later(DAY);
        let look = story.room().await.remove(0);
        let points = ledger::points::Points::from_hundredths(994_000 - 1_000);
        let give_back = Command::ReturnBudget { budget: story.patrol, points };
        story.execute(story.admin(), None, give_back).await.unwrap();
        assert!(story.room().await.is_empty());
        assert_eq!(code_of(admit(&story, &story.ledger, look.clone()).await), "budget_exhausted");
        assert_eq!(story.state_of(waits).await, AwardState::Queued);
        // What was looked up yesterday is of no use today.
        story.later(DAY);
        let outcome = admit(&story, &story.ledger, Admission { of_deed: look.of_now.clone(), ..look }).await;
        assert!(matches!(outcome, Err(WriteError::Reprice)), "{outcome:?}");
        let nothing = admit(&story, &story.ledger, stale).await;
        assert!(matches!(nothing, Err(WriteError::Internal)), "{nothing:?}");
        clean(&story, &db).await;
    }

    async fn members_merged_wait_in_one_queue(db: Database) {
        let story = begin(&db).await;
        submit(&story, 0, "one", 60).await;
        let waits = submit(&story, 0, "one waits", 10).await;
        story.later(1);
        let merge = Command::MergeMembers { from: story.members[0], into: story.members[1] };
        story.execute(story.admin(), None, merge).await.unwrap();
        assert_eq!(story.state_of(submit(&story, 1, "behind", 10).await).await, AwardState::Queued);
        clean(&story, &db).await;
        story.later(DAY);
        // Looked at before the merge: the caps of who it was say nothing of who it is.
        let stale = Admission { member: story.members[0], ..story.room().await.remove(0) };
        let outcome = admit(&story, &story.ledger, stale).await;
        assert!(matches!(outcome, Err(WriteError::Reprice)), "{outcome:?}");
        assert_eq!(story.let_in().await.first(), Some(&waits));
        assert_eq!(story.recorded(waits).await.member, story.members[1]);
        clean(&story, &db).await;
    }

    async fn a_group_is_what_its_lines_are_one_by_one(db: Database) {
        let story = begin(&db).await;
        let lines: Vec<_> = [40, 30, 10, 20].iter().enumerate().map(|(line, minutes)| shift(&story, 0, &format!("line {line}"), *minutes)).collect();
        let request = story.request(story.staff(0), Some("group"));
        let receipt = story.ledger.submit_awards(&request, &lines).await.unwrap();
        let Outcome::Group { receipts } = receipt.outcome else { panic!("{receipt:?}") };
        let states = async |story: &Story, ids: Vec<AwardId>| {
            let mut states = Vec::new();
            for id in ids {
                states.push(story.state_of(id).await);
            }
            states
        };
        let grouped = states(&story, receipts.iter().map(award_of).collect()).await;
        let mut alone = Vec::new();
        for (line, minutes) in [40, 30, 10, 20].into_iter().enumerate() {
            alone.push(submit(&story, 1, &format!("alone {line}"), minutes).await);
        }
        // The grid has room for three, of which the first took one.
        let alone = states(&story, alone).await;
        assert_eq!(grouped, [AwardState::Vested, AwardState::Queued, AwardState::Queued, AwardState::Queued]);
        assert_eq!(alone, grouped);
        clean(&story, &db).await;
    }

    async fn a_server_lets_them_in_by_itself(db: Database) {
        let story = begin(&db).await;
        let first = submit(&story, 0, "first", 40).await;
        let waits = submit(&story, 0, "waits", 30).await;
        let reverse = Command::ReverseAward { award: first, reason: Reason::Mistake };
        story.execute(story.staff(1), None, reverse).await.unwrap();
        // The server's clock is today's, so its points have run out long since.
        let auditor = story.token(Role::Auditor, None).await;
        let server = Server::start(&db.url).await;
        let client = Client::new(server.base_url(), &auditor);
        let path = format!("/v1/awards/{waits}");
        for _ in 0..200 {
            let answer = client.get(&path).await.unwrap();
            if answer.body["state"] != "queued" {
                assert_eq!((&answer.body["state"], &answer.body["reason"]), (&"rejected".into(), &"expired".into()));
                let list = client.get("/v1/awards?state=queued").await.unwrap();
                assert_eq!((list.status, &list.body["items"]), (200, &serde_json::json!([])), "{}", list.text);
                return clean(&story, &db).await;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{} still waits", waits);
    }
}
