//! What is true of every sequence of commands.

mod model;
mod steps;

use std::collections::HashSet;

use futures::future::join_all;
use ledger::machine::{Command, Receipt};
use ledger::{Ledger, WriteError};
use proptest::test_runner::{Config, TestRunner};
use tests::backend::{Backend, Database};
use tests::books::{Books, Sql};
use tests::soak;
use tests::story::Story;
use uuid::Uuid;

use model::Model;
use steps::{Expiry, Script, Step, expiry, id_of, steps};

/// One thread: whatever is submitted together is queued before the writer sees the first of it.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
}

fn runner(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases: if soak() { cases * 40 } else { cases },
        failure_persistence: None,
        max_shrink_iters: 200,
        ..Config::default()
    })
}

fn text(answer: Result<Receipt, WriteError>) -> Result<Receipt, String> {
    answer.map_err(|error| format!("{error:?}"))
}

/// Locks both budgets and the programme, so that no command's lock set proves wrong and its turn comes later. At both ends of a round,
/// because the writer may take its first commands before the others are there.
const EVERYTHING: [Step; 2] = [
    Step::Appropriate {
        budget: 0,
        points: 1,
    },
    Step::Appropriate {
        budget: 1,
        points: 1,
    },
];

/// The commands up to each wait, all at once or one by one; their answers in order.
async fn run(
    story: &Story,
    expiry: Expiry,
    steps: &[Step],
    at_once: bool,
) -> Vec<Result<Receipt, String>> {
    let mut script = Script::beginning(expiry);
    let mut answers = Vec::new();
    let mut index = 0;
    for round in steps.split_inclusive(|step| matches!(step, Step::Wait { .. })) {
        let mut requests = Vec::new();
        let wait = round
            .last()
            .filter(|step| matches!(step, Step::Wait { .. }));
        let steps = &round[..round.len() - usize::from(wait.is_some())];
        for step in EVERYTHING.iter().chain(steps).chain(&EVERYTHING) {
            let command = script.command(story, index, step).await;
            requests.extend(command.map(|(id, actor, command)| {
                let request = story.request(actor, Some(&id.to_string()));
                async move { text(story.ledger.execute_as(&request, id, command).await) }
            }));
            index += 1;
        }
        if at_once {
            answers.extend(join_all(requests).await);
        } else {
            for request in requests {
                answers.push(request.await);
            }
        }
        if let Some(wait) = wait {
            script.command(story, index, wait).await;
        }
    }
    answers
}

/// With the ids of what was set up, which are random, left out.
fn comparable(mut books: Books, story: &Story, count: usize) -> Books {
    let known: HashSet<Uuid> = (0..count).map(|index| id_of(story, index).0).collect();
    books
        .transfers
        .retain(|transfer| known.contains(&transfer.0));
    books.events.retain(|event| known.contains(&event.0));
    for entry in &mut books.entries {
        if !known.contains(&entry.3) {
            entry.3 = Uuid::nil();
        }
    }
    books
}

fn a_batch_equals_its_commands_one_by_one(backend: Backend) {
    let runtime = runtime();
    let (one_by_one, at_once) = runtime.block_on(async {
        let pair = (Backend::Sqlite.fresh().await, backend.fresh().await);
        Ledger::migrate(&pair.0.url).await.unwrap();
        Ledger::migrate(&pair.1.url).await.unwrap();
        pair
    });
    let result = runner(8).run(&(expiry(), steps(80)), |(expiry, steps)| {
        runtime.block_on(async {
            let seed = ledger::ids::random_bytes();
            let first = Story::begin_as(&one_by_one, seed).await;
            let second = Story::begin_as(&at_once, seed).await;
            expiry.enact(&first).await;
            expiry.enact(&second).await;
            let expected = run(&first, expiry, &steps, false).await;
            let found = run(&second, expiry, &steps, true).await;
            assert_eq!(expected, found);
            let count = expected.len();
            let expected = comparable(first.sound_books(&one_by_one).await, &first, count);
            let found = comparable(second.sound_books(&at_once).await, &second, count);
            assert_eq!(expected, found);
            first.ledger.close().await;
            second.ledger.close().await;
        });
        Ok(())
    });
    result.unwrap();
}

#[test]
fn a_batch_equals_its_commands_one_by_one_sqlite() {
    a_batch_equals_its_commands_one_by_one(Backend::Sqlite);
}

#[test]
fn a_batch_equals_its_commands_one_by_one_postgres() {
    a_batch_equals_its_commands_one_by_one(Backend::Postgres);
}

/// The model and the books side by side, after each step.
async fn walk(db: &Database, expiry: Expiry, steps: &[Step]) {
    let story = Story::begin_as(db, ledger::ids::random_bytes()).await;
    expiry.enact(&story).await;
    let mut sql = Sql::connect(&db.url).await;
    let mut script = Script::beginning(expiry);
    let mut model = Model::beginning(story.clock.now().as_micros() / 1_000_000, expiry);
    for (index, step) in steps.iter().enumerate() {
        let expected = model.take(index, step);
        let found = match script.command(&story, index, step).await {
            Some((id, actor, command)) => execute(&story, id, actor, command).await,
            None => Ok(()),
        };
        let so_far = || format!("step {index} of {expiry:?} {:#?}", &steps[..=index]);
        assert_eq!(found, expected.map_err(str::to_owned), "{}", so_far());
        let books = Books::read_from(&mut sql, story.program).await;
        let problems = books.problems();
        assert!(problems.is_empty(), "{problems:#?} after {}", so_far());
        assert_eq!(
            balances(&books, &story),
            expected_balances(&model),
            "{}",
            so_far()
        );
        let member = index % 3;
        assert_eq!(
            i128::from(story.available(member).await),
            model.available(member),
            "{}",
            so_far()
        );
    }
    let report = story.ledger.verify(story.program, |_| {}).await.unwrap();
    assert_eq!(report.problems, [], "{steps:#?}");
    story.ledger.close().await;
}

async fn execute(
    story: &Story,
    id: ledger::ids::CommandId,
    actor: ledger::community::Actor,
    command: Command,
) -> Result<(), String> {
    let request = story.request(actor, None);
    match story.ledger.execute_as(&request, id, command).await {
        Ok(_) => Ok(()),
        Err(WriteError::Rejected(rejection)) => Err(rejection.code()),
        Err(error) => Err(format!("{error:?}")),
    }
}

fn balances(books: &Books, story: &Story) -> Vec<i128> {
    let mut found = vec![
        books.balance(story.program.0, 1),
        books.balance(story.program.0, 4),
    ];
    for budget in [story.service, story.patrol] {
        found.extend([2, 3].map(|kind| books.balance(budget.0, kind)));
    }
    for member in &story.members {
        found.extend([11, 12, 13].map(|kind| books.balance(member.0, kind)));
    }
    for store in &story.stores {
        found.push(books.balance(store.0, 20));
    }
    found.into_iter().map(i128::from).collect()
}

fn expected_balances(model: &Model) -> Vec<i128> {
    let mut expected = vec![model.issued, model.breakage];
    for budget in 0..2 {
        expected.extend([model.budgets[budget], model.recoverable(budget)]);
    }
    for member in 0..3 {
        expected.extend([
            model.wallet(member),
            model.held[member],
            -model.debt(member),
        ]);
    }
    expected.extend(model.accepted);
    expected
}

fn every_sequence_matches_a_naive_model(backend: Backend) {
    let runtime = runtime();
    let db = runtime.block_on(async {
        let db = backend.fresh().await;
        Ledger::migrate(&db.url).await.unwrap();
        db
    });
    let result = runner(6).run(&(expiry(), steps(80)), |(expiry, steps)| {
        runtime.block_on(walk(&db, expiry, &steps));
        Ok(())
    });
    result.unwrap();
}

#[test]
fn every_sequence_matches_a_naive_model_sqlite() {
    every_sequence_matches_a_naive_model(Backend::Sqlite);
}

#[test]
fn every_sequence_matches_a_naive_model_postgres() {
    every_sequence_matches_a_naive_model(Backend::Postgres);
}
