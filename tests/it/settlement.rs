//! What stores accept is settled: frozen, paid, and nothing of it twice or never.

mod bearers;
mod payees;
mod payments;
mod reconciling;
mod story;

use std::sync::Arc;

use futures::future::join_all;
use ledger::accounts::Account;
use ledger::community::{Funder, Program, Registration};
use ledger::ids::{FunderId, RedemptionId, StatementId, derived};
use ledger::machine::{Command, Statement, StatementState};
use ledger::points::Points;
use tests::backend::Database;
use tests::books::Sql;
use tests::settling::{fen, statement_of};
use tests::story::{Story, code_of, points, redemption_of};
use tests::{hledger, on_both};

const RATE: &str = "85.5";

fn funder_of(story: &Story) -> FunderId {
    FunderId(derived(&[story.program.0.as_bytes(), b"funder"]))
}

/// A programme whose first member has 120 points, and a funder with this many yuan.
async fn funded(db: &Database, yuan: i64) -> Story {
    let story = Story::begin(db).await;
    let funder = funder_of(&story);
    let record = Funder {
        id: funder,
        name: "街道办".to_owned(),
    };
    story.register(Registration::Funder(record)).await;
    let receive = Command::ReceiveFunds {
        funder,
        amount: points(yuan),
    };
    story.execute(story.admin(), None, receive).await.unwrap();
    story
        .award(&story.service_of(0, "visit", 120))
        .await
        .unwrap();
    story
}

fn freeze(story: &Story, through_version: Option<i64>) -> Command {
    Command::FreezeStatement {
        store: story.stores[0],
        through_version,
        funder: Some(funder_of(story)),
        rate: Some(fen(RATE)),
    }
}

fn pay(statement: StatementId) -> Command {
    Command::PayStatement {
        statement,
        reference: "BOC-20260305-1".to_owned(),
    }
}

fn refund(redemption: RedemptionId, amount: i64) -> Command {
    Command::Refund {
        redemption,
        points: Some(points(amount)),
    }
}

on_both! {
    async fn frozen_refunded_paid_and_frozen_again(db: Database) {
        let story = funded(&db, 200).await;
        let spent = redemption_of(&story.spend(0, 0, 40, true).await.unwrap());
        story.spend(0, 0, 7, true).await.unwrap();
        story.spend(0, 1, 5, true).await.unwrap();
        let first = statement_of(&story.execute(story.staff(1), Some("march"), freeze(&story, None)).await.unwrap());
        assert_eq!((first.from_version, first.through_version, first.points), (1, 2, points(47)));
        assert_eq!(first.amount, Points::from_hundredths(4_019), "47 × 85.5 fen = 4018.5");
        story.clean(&db).await;

        story.execute(story.merchant(0), None, refund(spent, 10)).await.unwrap();
        story.spend(0, 0, 30, true).await.unwrap();
        let second = statement_of(&story.execute(story.staff(1), Some("april"), freeze(&story, None)).await.unwrap());
        assert_eq!((second.from_version, second.through_version, second.points), (3, 5, points(20)));
        let lines = story.ledger.settlement_lines(story.program, &second, None, 10).await.unwrap();
        let lines: Vec<_> = lines.iter().map(|line| (line.entry.version, line.entry.kind.name(), line.entry.amount, line.money)).collect();
        let yuan = |fen| Some(Points::from_hundredths(fen));
        assert_eq!(lines, [(4, "refund", points(-10), yuan(-855)), (5, "charge", points(30), yuan(2_565))]);

        let early = story.execute(story.staff(2), None, pay(first.id)).await;
        assert_eq!(code_of(early), "statement_state");
        story.agree(0, first.id).await;
        let own = story.execute(story.staff(1), None, pay(first.id)).await;
        assert_eq!(code_of(own), "self_approval");
        story.execute(story.staff(2), None, pay(first.id)).await.unwrap();
        let again = story.execute(story.staff(3), None, pay(first.id)).await;
        assert_eq!(code_of(again), "already_paid");
        let unknown = story.execute(story.staff(3), None, pay(StatementId(first.store.0))).await;
        assert_eq!(code_of(unknown), "unknown_statement");

        let paid = story.ledger.settlement(story.program, first.id).await.unwrap().unwrap();
        assert_eq!(paid.state(), StatementState::Paid);
        assert_eq!(Statement { payment: None, confirmation: None, approval: None, ..paid.clone() }, first, "frozen never changes");
        let all = story.ledger.settlements(story.program, story.stores[0], None, 10).await.unwrap();
        assert_eq!(all, [second.clone(), paid]);
        let older = story.ledger.settlements(story.program, story.stores[0], Some(5), 10).await.unwrap();
        assert_eq!(older.len(), 1);
        assert_eq!(story.holds(Account::redeemed(story.program)).await, 4_700);
        assert_eq!(story.holds(Account::payable(story.stores[0])).await, second.amount.hundredths());
        assert_eq!(story.holds(Account::bank(story.program)).await, 4_019 - 20_000);
        story.clean(&db).await;

        let programs = story.ledger.programs().await.unwrap();
        let program: &Program = programs.iter().find(|p| p.id == story.program).unwrap();
        let mut journal = Vec::new();
        story.ledger.export_hledger(program, &mut journal, |_, _| ()).await.unwrap();
        let journal = String::from_utf8(journal).unwrap();
        hledger::check(&journal).expect("hledger agrees");
        let balances = hledger::balances(&journal).unwrap();
        assert_eq!(balances["bank"]["CNY"], "159.81");
        assert_eq!(balances["program:redeemed"]["PTS"], "-47.00");
    }

    async fn a_statement_may_end_at_a_version(db: Database) {
        let story = funded(&db, 200).await;
        for amount in [10, 20, 30] {
            story.spend(0, 0, amount, true).await.unwrap();
        }
        let late = story.execute(story.staff(1), None, freeze(&story, Some(4))).await;
        assert_eq!(code_of(late), "statement_range");
        let first = statement_of(&story.execute(story.staff(1), None, freeze(&story, Some(2))).await.unwrap());
        assert_eq!((first.through_version, first.points), (2, points(30)));
        let covered = story.execute(story.staff(1), None, freeze(&story, Some(2))).await;
        assert_eq!(code_of(covered), "statement_range");
        let second = statement_of(&story.execute(story.staff(1), None, freeze(&story, Some(3))).await.unwrap());
        assert_eq!((second.from_version, second.points), (3, points(30)));
        let nothing = story.execute(story.staff(1), None, freeze(&story, None)).await;
        assert_eq!(code_of(nothing), "nothing_to_settle");
        story.clean(&db).await;
    }

    async fn a_fund_is_not_overdrawn_by_two_stores(db: Database) {
        let story = funded(&db, 20).await;
        story.spend(0, 0, 20, true).await.unwrap();
        story.spend(0, 1, 20, true).await.unwrap();
        let Command::FreezeStatement { funder, rate, .. } = freeze(&story, None) else { panic!() };
        let freezes = story.stores.iter().map(|&store| {
            let command = Command::FreezeStatement { store, through_version: None, funder, rate };
            story.execute(story.staff(1), None, command)
        });
        let answers = join_all(freezes).await;
        assert_eq!(answers.iter().flatten().count(), 1, "17.10 of 20 yuan");
        let refused = answers.into_iter().find(Result::is_err).unwrap();
        assert_eq!(code_of(refused), "funds_exhausted");
        let stranger = Command::FreezeStatement { store: story.stores[0], through_version: None, funder: Some(FunderId(story.program.0)), rate };
        assert_eq!(code_of(story.execute(story.staff(1), None, stranger).await), "unknown_funder");
        story.clean(&db).await;
    }

    /// Charges, holds captured, refunds and freezes at once, by two processes: each entry is on one statement or on none yet.
    async fn freezing_while_points_come_and_go(db: Database) {
        let seed = ledger::ids::random_bytes();
        ledger::Ledger::migrate(&db.url).await.unwrap();
        let one = Story::begin_as(&db, seed).await;
        let two = Story::join(&db, seed).await;
        let pair = [Arc::new(one), Arc::new(two)];
        let story = &pair[0];
        let funder = funder_of(story);
        story.register(Registration::Funder(Funder { id: funder, name: String::new() })).await;
        let receive = Command::ReceiveFunds { funder, amount: points(100_000) };
        story.execute(story.admin(), None, receive).await.unwrap();
        for member in 0..3 {
            story.award(&story.service_of(member, &format!("visit-{member}"), 120)).await.unwrap();
        }
        const ROUNDS: usize = 50;
        let mut frozen = 0;
        for round in 0..ROUNDS {
            let mut tasks = Vec::new();
            for member in 0..3 {
                let story = Arc::clone(&pair[(round + member) % 2]);
                let other = Arc::clone(&pair[(round + member + 1) % 2]);
                tasks.push(tokio::spawn(async move {
                    let spent = story.spend(member, 0, 2, member == 0).await.unwrap();
                    let redemption = redemption_of(&spent);
                    if member > 0 {
                        let capture = Command::Capture { redemption, points: Some(points(1)) };
                        other.execute(other.merchant(0), None, capture).await.unwrap();
                    }
                    other.execute(other.merchant(0), None, refund(redemption, 1)).await.unwrap();
                }));
            }
            let freezes = (0..3).map(|index| {
                let story = Arc::clone(&pair[index % 2]);
                tokio::spawn(async move {
                    match story.execute(story.staff(1), None, freeze(&story, None)).await {
                        Ok(receipt) => Some(statement_of(&receipt).id),
                        Err(error) => {
                            assert_eq!(code_of::<()>(Err(error)), "nothing_to_settle");
                            None
                        }
                    }
                })
            });
            let freezes: Vec<_> = freezes.collect();
            for task in tasks {
                task.await.unwrap();
            }
            for statement in join_all(freezes).await {
                if let Some(statement) = statement.unwrap() {
                    frozen += 1;
                    let story = &pair[round % 2];
                    story.agree(0, statement).await;
                    story.execute(story.staff(2), None, pay(statement)).await.unwrap();
                }
            }
        }
        assert!(frozen > 10, "{frozen} statements");
        pair[0].clean(&db).await;
    }

    async fn a_frozen_statement_stays_as_it_is(db: Database) {
        let story = funded(&db, 200).await;
        story.spend(0, 0, 40, true).await.unwrap();
        story.execute(story.staff(1), None, freeze(&story, None)).await.unwrap();
        let mut sql = Sql::connect(&db.url).await;
        for statement in [
            "UPDATE statements SET points = points + 1",
            "UPDATE statements SET rate = '1'",
            "DELETE FROM statements",
            "UPDATE statement_lines SET amount = amount + 1",
            "UPDATE statement_lines SET rate = '1'",
            "DELETE FROM statement_lines",
        ] {
            let refusal = sql.run(statement).await.expect_err(statement);
            assert!(refusal.contains("append-only"), "{statement}: {refusal}");
        }
        let half_paid = sql.run("UPDATE statements SET state = 'paid'").await;
        assert!(half_paid.is_err(), "a payment has its person, moment and reference");
        story.clean(&db).await;
    }
}
