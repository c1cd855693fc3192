//! Awards that waited for their budget, replayed: paid as they were, waiting where they wait.

use std::collections::BTreeSet;

use ledger::accounts::Account;
use ledger::community::budget::{AtEnd, BudgetPlan, Exhausted};
use ledger::machine::{Award, AwardState, BudgetCommand, Command, Reason};
use ledger::points::Points;
use tests::backend::Database;
use tests::on_both;
use tests::policies::patrol;
use tests::story::{DAY, Story, points};

use super::waiting::{WAITS, happen, let_in, submit};
use super::{beginning, simulate};

/// What became of an award that waited for its budget.
fn fate(award: &Award) -> Option<&'static str> {
    let unfunded = award.trace.unfunded.as_ref()?;
    Some(match (award.state, unfunded.until, award.reason) {
        (AwardState::Queued, ..) => "waits",
        (AwardState::Rejected, None, Some(Reason::Expired)) => "expired",
        (_, None, _) => "fell",
        (_, Some(_), _) => "paid",
    })
}

/// Answers with what became of those that waited.
async fn the_record(db: &Database, approval: &str, rounds: usize) -> BTreeSet<&'static str> {
    let story = Story::begin(db).await;
    let source = patrol("waits", approval, WAITS);
    story.enact("waits", &source).await;
    let budget = story.patrol;
    let plan = BudgetPlan {
        funder: None,
        purpose: "巡查".to_owned(),
        starts_at: beginning().plus_seconds(-30 * DAY),
        ends_at: beginning().plus_seconds(1_000 * DAY),
        settle_days: 0,
        exhausted: Exhausted::Queue,
        at_end: AtEnd::Return,
    };
    let points = points(9_800);
    for command in [
        Command::Budget(Box::new(BudgetCommand::Plan { budget, plan })),
        Command::ReturnBudget { budget, points },
    ] {
        story.execute(story.admin(), None, command).await.unwrap();
    }
    story.later(5 * DAY);
    let mut made = happen(&story, 29, rounds, 12).await;
    // And one that waits in the end, because nothing is left.
    story.later(10 * DAY);
    let_in(&story).await;
    let left = story.holds(Account::budget(budget)).await;
    if left > 0 {
        let points = Points::from_hundredths(left);
        let command = Command::ReturnBudget { budget, points };
        story.execute(story.admin(), None, command).await.unwrap();
    }
    made.push(submit(&story, "waits", "last", 40).await);
    let mut fates = BTreeSet::new();
    for id in &made {
        fates.extend(fate(&story.recorded(*id).await));
    }
    for from_day in [0, 6, 9] {
        let report = simulate(&story, &source, from_day).await;
        assert!(report.is_unchanged(), "from day {from_day}: {report:#?}");
    }
    story.clean(db).await;
    story.ledger.close().await;
    fates
}

on_both! {
    async fn who_waited_for_their_budget_does_so_again(db: Database) {
        let rounds = if tests::soak() { 1_500 } else { 90 };
        let mut fates = the_record(&db, "none", rounds).await;
        fates.extend(the_record(&db, "single", rounds).await);
        assert!(fates.contains("waits") && fates.contains("paid"), "{fates:?}");
    }
}
