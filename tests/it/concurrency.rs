//! Many at once: nothing is spent twice, no cap is passed, a key has one effect, and a bad command harms only itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use futures::future::join_all;
use ledger::community::{Budget, Member, Registration};
use ledger::ids::{BudgetId, MemberId};
use ledger::machine::{Command, Outcome, Reason, Receipt, Rejection};
use ledger::{AwardRequest, ExecuteError, Ledger, WriteError};
use tests::backend::{Backend, Database};
use tests::books::Sql;
use tests::on_both;
use tests::story::{PATROL, SERVICE, Story, award_of, code_of, points};
use uuid::Uuid;

/// As many as the issue asks for.
const CLIENTS: usize = 64;

/// Two processes of one programme on one database; on SQLite they take turns at the file.
async fn two(db: &Database) -> [Arc<Story>; 2] {
    let seed = ledger::ids::random_bytes();
    Ledger::migrate(&db.url).await.unwrap();
    let first = Story::begin_as(db, seed).await;
    let second = Story::join(db, seed).await;
    [Arc::new(first), Arc::new(second)]
}

/// Each on a task of its own; the answers in order.
async fn all<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let tasks: Vec<_> = tasks.into_iter().map(tokio::spawn).collect();
    join_all(tasks)
        .await
        .into_iter()
        .map(|task| task.unwrap())
        .collect()
}

fn spender(
    story: &Arc<Story>,
    amount: i64,
) -> impl Future<Output = Result<Receipt, WriteError>> + Send + 'static {
    let story = Arc::clone(story);
    async move { story.spend(0, 0, amount, true).await }
}

fn awarder(
    story: &Arc<Story>,
    award: AwardRequest,
) -> impl Future<Output = Result<Receipt, ExecuteError>> + Send + 'static {
    let story = Arc::clone(story);
    async move { story.award(&award).await }
}

fn granted(answers: &[Result<Receipt, ExecuteError>]) -> i64 {
    let points = |receipt: &Receipt| match receipt.outcome {
        Outcome::Award { points, .. } => points.hundredths(),
        _ => 0,
    };
    answers.iter().flatten().map(points).sum()
}

fn assert_refused<T: std::fmt::Debug>(
    answers: Vec<Result<T, impl Into<ExecuteError>>>,
    code: &str,
) {
    for answer in answers.into_iter().filter(Result::is_err) {
        assert_eq!(code_of(answer), code);
    }
}

on_both! {
    /// Another process's clock runs an hour ahead: what it recorded stays the earlier, and nothing of ours runs out early.
    async fn a_clock_ahead_elsewhere_ends_nothing_early(db: Database) {
        let [here, ahead] = two(&db).await;
        here.award(&here.service_of(0, "here", 100)).await.unwrap();
        ahead.later(3_600);
        let theirs = ahead.award(&ahead.service_of(1, "ahead", 10)).await.unwrap();
        let code = here.code(0).await;
        let award = here.service_of(1, "together", 10);
        let pay = here.authorise(code, 0, 5, true);
        let (awarded, paid) = tokio::join!(here.award(&award), here.execute(here.merchant(0), None, pay));
        assert_eq!(awarded.unwrap().recorded_at, theirs.recorded_at, "of the same budget");
        assert_eq!(paid.unwrap().recorded_at, here.ledger.clock().now());
        here.sound_books(&db).await;
    }
}

on_both! {
    async fn a_wallet_is_never_overspent(db: Database) {
        let story = Arc::new(Story::begin(&db).await);
        story.award(&story.service_of(0, "visit", 100)).await.unwrap();
        let answers = all((0..CLIENTS).map(|_| spender(&story, 7))).await;
        assert_eq!(answers.iter().flatten().count(), 14, "14 × 7 = 98 of 100");
        assert_refused(answers, "insufficient_points");
        assert_eq!(story.available(0).await, 200);
        story.sound_books(&db).await;
    }

    async fn a_cap_is_never_passed_from_the_first_award_of_the_day_on(db: Database) {
        let story = Arc::new(Story::begin(&db).await);
        let visit = |index| story.service_of(0, &format!("visit-{index}"), 7);
        let answers = all((0..CLIENTS).map(|index| awarder(&story, visit(index)))).await;
        assert_eq!(granted(&answers), 12_000, "17 × 7, and 1 of the 18th");
        assert_refused(answers, "cap_reached");
        assert_eq!(story.available(0).await, 12_000);
        story.sound_books(&db).await;
    }

    async fn two_processes_share_a_wallet_a_budget_a_cap_and_a_code(db: Database) {
        let pair = two(&db).await;
        let [one, other] = &pair;
        one.award(&one.service_of(0, "visit", 100)).await.unwrap();
        other.award(&other.service_of(2, "first of the other", 1)).await.unwrap();

        // The wallet.
        let spent = all((0..CLIENTS).map(|index| spender(&pair[index % 2], 7))).await;
        assert_eq!(spent.iter().flatten().count(), 14);
        assert_refused(spent, "insufficient_points");

        // The cap, by member.
        let visit = |index| one.service_of(1, &format!("v-{index}"), 7);
        let answers = all((0..CLIENTS).map(|index| awarder(&pair[index % 2], visit(index)))).await;
        assert_eq!(granted(&answers), 12_000);
        assert_refused(answers, "cap_reached");

        // The code.
        let code = one.code(1).await;
        let payments = (0..CLIENTS).map(|index| {
            let story = Arc::clone(&pair[index % 2]);
            let pay = story.authorise(code.clone(), 0, 1, true);
            async move { story.execute(story.merchant(0), None, pay).await }
        });
        let paid = all(payments).await;
        assert_eq!(paid.iter().flatten().count(), 1);
        assert_refused(paid, "invalid_code");

        // The budget, to the last hundredth.
        let left = one.holds(ledger::accounts::Account::budget(one.service)).await;
        let points = ledger::points::Points::from_hundredths(left - 1_000);
        let give_back = Command::ReturnBudget { budget: one.service, points };
        one.execute(one.admin(), None, give_back).await.unwrap();
        one.later(2 * 24 * 3600);
        other.later(2 * 24 * 3600);
        let visit = |index: usize| one.service_of(index % 3, &format!("w-{index}"), 3);
        let answers = all((0..CLIENTS).map(|index| awarder(&pair[index % 2], visit(index)))).await;
        assert_eq!(granted(&answers), 900, "3 × 3 of 10");
        assert_refused(answers, "budget_exhausted");
        one.sound_books(&db).await;
    }

    async fn a_key_has_one_effect_however_often_it_comes(db: Database) {
        let pair = two(&db).await;
        let award = pair[0].service_of(0, "the same", 5);
        let answers = all((0..CLIENTS).map(|index| awarder(&pair[index % 2], award.clone()))).await;
        let first = answers[0].as_ref().unwrap();
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));
        assert_eq!(pair[0].available(0).await, 500);
        let other = AwardRequest { member: pair[0].members[1], ..award };
        let reused = pair[0].award(&other).await;
        assert!(matches!(reused, Err(ExecuteError::Write(WriteError::KeyReused))), "{reused:?}");
        let books = pair[0].sound_books(&db).await;
        assert_eq!(books.awards.len(), 1);
    }

    async fn a_rejection_is_repeated_too(db: Database) {
        let pair = two(&db).await;
        let command = Command::ReturnBudget { budget: pair[0].service, points: points(20_000) };
        let returns = (0..CLIENTS).map(|index| {
            let (story, command) = (Arc::clone(&pair[index % 2]), command.clone());
            async move { story.execute(story.admin(), Some("too much"), command).await }
        });
        assert_refused(all(returns).await, "budget_exhausted");
        let more = Command::Appropriate { budget: pair[0].service, points: points(20_000) };
        pair[0].execute(pair[0].admin(), None, more).await.unwrap();
        let again = pair[1].execute(pair[1].admin(), Some("too much"), command).await;
        assert_eq!(code_of(again), "budget_exhausted", "the answer under the key stands");
    }

    async fn a_deed_is_awarded_once_whoever_submits_it(db: Database) {
        let pair = two(&db).await;
        let award = pair[0].service_of(0, "one deed", 5);
        let submissions = (0..CLIENTS).map(|index| {
            let (story, award) = (Arc::clone(&pair[index % 2]), award.clone());
            let request = story.request(story.staff(index as u8), Some("k"));
            async move { story.ledger.submit_award(&request, &award).await }
        });
        let answers = all(submissions).await;
        assert_eq!(answers.iter().flatten().count(), 1);
        assert_refused(answers, "already_awarded");
        pair[0].sound_books(&db).await;
    }

    async fn an_award_is_decided_once(db: Database) {
        let pair = two(&db).await;
        let award = award_of(&pair[0].award(&pair[0].patrol_of(0, "shift", 60)).await.unwrap());
        let decisions = (0..CLIENTS).map(|index| {
            let story = Arc::clone(&pair[index % 2]);
            let command = match index % 3 {
                0 => Command::RejectAward { award, reason: ledger::machine::Reason::Evidence },
                _ => Command::ApproveAward { award },
            };
            async move { story.execute(story.staff(9), None, command).await }
        });
        let answers = all(decisions).await;
        assert_eq!(answers.iter().flatten().count(), 1);
        assert_refused(answers, "award_already_decided");
        pair[0].sound_books(&db).await;
    }

    async fn a_poisoned_batch_harms_only_the_culprit(db: Database) {
        let story = Arc::new(Story::begin(&db).await);
        let budget = |index: u128, code: &str| Command::Register(Registration::Budget(Budget {
            id: BudgetId(Uuid::from_u128(index)),
            code: code.to_owned(),
            name: String::new(),
        }));
        let commands = (0..50_u128).map(|index| match index {
            // Taken already, or twice in the same batch: the database finds out.
            20 => budget(20, "service"),
            30 | 31 => budget(index, "new"),
            40 => Command::Register(Registration::Member(Member {
                id: MemberId(Uuid::from_u128(40)),
                organization: Some(ledger::ids::OrganizationId(Uuid::from_u128(1))),
                name: String::new(),
            })),
            _ => Command::Appropriate { budget: story.service, points: points(1) },
        });
        // In order, and all of them before the first is committed.
        let requests: Vec<_> = commands.map(|command| story.execute(story.admin(), None, command)).collect();
        let answers = join_all(requests).await;
        for (index, answer) in answers.iter().enumerate() {
            let exists = matches!(answer, Err(WriteError::Rejected(Rejection::AlreadyExists)));
            match index {
                20 | 31 => assert!(exists, "{index}: {answer:?}"),
                40 => assert!(answer.is_err(), "its organization does not exist"),
                _ => assert!(answer.is_ok(), "{index}: {answer:?}"),
            }
        }
        let held = story.holds(ledger::accounts::Account::budget(story.service)).await;
        assert_eq!(held, 1_000_000 + 46 * 100);
        story.sound_books(&db).await;
    }

    async fn a_full_queue_says_so_at_once(db: Database) {
        let story = Arc::new(Story::begin(&db).await);
        let mut sql = Sql::connect(&db.url).await;
        sql.run(if db.backend == Backend::Sqlite { "BEGIN IMMEDIATE" } else { "BEGIN" }).await.unwrap();
        if db.backend == Backend::Postgres {
            sql.run("LOCK TABLE accounts IN EXCLUSIVE MODE").await.unwrap();
        }
        let one = Command::Appropriate { budget: story.service, points: points(1) };
        let waiting = (0..10_000).map(|_| {
            let (story, one) = (Arc::clone(&story), one.clone());
            tokio::spawn(async move {
                let begun = Instant::now();
                let answer = story.execute(story.admin(), None, one).await;
                (answer.map(drop), begun.elapsed())
            })
        });
        let waiting: Vec<_> = waiting.collect();
        tokio::time::sleep(Duration::from_secs(1)).await;
        sql.run("ROLLBACK").await.unwrap();
        let answers = join_all(waiting).await.into_iter().map(|task| task.unwrap());
        let (mut taken, mut busy) = (0, 0);
        for (answer, took) in answers {
            match answer {
                Ok(()) => taken += 1,
                Err(WriteError::Busy) => {
                    busy += 1;
                    assert!(took < Duration::from_millis(500), "{took:?} to say no");
                }
                Err(other) => panic!("{other:?}"),
            }
        }
        assert!(busy >= 500 && taken >= 4_096, "{taken} taken, {busy} turned away");
        let held = story.holds(ledger::accounts::Account::budget(story.service)).await;
        assert_eq!(held, 1_000_000 + taken * 100);
    }

    /// Each batch takes the lock on what the next needs; no order of them may deadlock for good or lose an award.
    async fn policies_change_while_awards_are_made(db: Database) {
        let pair = two(&db).await;
        let awards = (0..CLIENTS).map(|index| {
            let award = pair[0].service_of(index % 3, &format!("visit-{index}"), 1);
            awarder(&pair[index % 2], award)
        });
        let changer = Arc::clone(&pair[1]);
        let changes = tokio::spawn(async move {
            for round in 1..=5 {
                changer.later(1);
                changer.enact("service", &SERVICE.replace("一小时六十分", &format!("第{round}版"))).await;
            }
        });
        let answers = all(awards).await;
        changes.await.unwrap();
        assert_eq!(answers.iter().flatten().count(), CLIENTS, "{answers:?}");
        pair[0].sound_books(&db).await;
    }
}

/// What one process recorded is never later than what the next one records on the same account, though its clock is behind.
#[tokio::test]
async fn a_clock_that_runs_behind_does_not_turn_history_round() {
    for backend in Backend::BOTH {
        let db = backend.fresh().await;
        let pair = two(&db).await;
        pair[0].later(3_600);
        for round in 0..6 {
            let story = &pair[round % 2];
            let receipt = story
                .award(&story.service_of(0, &format!("v-{round}"), 5))
                .await
                .unwrap();
            assert!(receipt.recorded_at >= pair[0].clock.now());
        }
        pair[0].sound_books(&db).await;
    }
}

/// On PostgreSQL a policy may have changed its budget, so that the budget's lock does not keep two processes apart at a grid's cap.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_given_back_to_a_grid_waits_for_who_counts_on_it() {
    let db = Backend::Postgres.fresh().await;
    let story = Arc::new(Story::begin(&db).await);
    story.later(1);
    let by_grid = PATROL
        .replace("per = \"member\"", "per = \"grid\"")
        .replace("\"single\"", "\"none\"");
    story.enact("patrol", &by_grid).await;
    let award = award_of(&story.award(&story.patrol_of(0, "shift", 60)).await.unwrap());
    let mut other = Sql::connect(&db.url).await;
    for statement in [
        "BEGIN",
        "SELECT subject_id FROM cap_subjects FOR UPDATE",
        "UPDATE counters SET used = used + 1 WHERE cap = 'patrol/member-day'",
    ] {
        other.run(statement).await.unwrap();
    }
    let reversing = tokio::spawn({
        let story = Arc::clone(&story);
        let command = Command::ReverseAward {
            award,
            reason: Reason::Mistake,
        };
        async move { story.execute(story.staff(1), None, command).await }
    });
    tokio::time::sleep(Duration::from_millis(500)).await;
    other.run("COMMIT").await.unwrap();
    reversing.await.unwrap().unwrap();
    let text = "SELECT used FROM counters WHERE program_id = $1 AND cap = 'patrol/member-day'";
    let used: Vec<(i64,)> = other.rows(story.program, text).await;
    assert_eq!(used, [(1,)], "one was counted and one given back");
}
