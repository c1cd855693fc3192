//! hledger, which shares no code with the ledger, agrees with it.

use std::collections::BTreeMap;

use ledger::community::Program;
use tests::backend::Database;
use tests::story::{Story, points};
use tests::{hledger, on_both};

use crate::chronicle;

async fn journal(story: &Story) -> String {
    let programs = story.ledger.programs().await.unwrap();
    let program: &Program = programs.iter().find(|p| p.id == story.program).unwrap();
    let mut out = Vec::new();
    let mut last = (0, 0);
    let written = story
        .ledger
        .export_hledger(program, &mut out, |done, of| last = (done, of))
        .await
        .unwrap();
    assert_eq!(last, (written, written));
    String::from_utf8(out).unwrap()
}

/// Our balances as hledger would say them: account → commodity → quantity, nothing that is zero.
async fn ours(story: &Story) -> BTreeMap<String, BTreeMap<String, String>> {
    let accounts = story
        .ledger
        .accounts(story.program, None, 1_000)
        .await
        .unwrap();
    let held = accounts.into_iter().filter(|view| !view.balance.is_zero());
    held.map(|view| {
        let symbol = view.account.kind.commodity().symbol().to_owned();
        let quantity = view.balance.negated().unwrap().to_string();
        (
            view.account.to_string(),
            BTreeMap::from([(symbol, quantity)]),
        )
    })
    .collect()
}

/// Exports the journal, and has hledger check it and come to the same balances.
pub async fn agrees(story: &Story) -> String {
    let journal = journal(story).await;
    hledger::check(&journal).expect("hledger agrees");
    assert_eq!(hledger::balances(&journal).unwrap(), ours(story).await);
    journal
}

on_both! {
    async fn hledger_agrees_with_every_balance(db: Database) {
        let story = chronicle::tell(&db).await;
        let journal = agrees(&story).await;
        assert!(journal.contains("\n2026-03-05 * award\n"), "dates are the programme's: {journal}");
        assert!(journal.contains(" PTS = "), "running balances are asserted");
    }

    /// The clock stands still and ids are random within a millisecond, so only versions tell the order.
    async fn transfers_of_one_moment_are_in_the_order_of_their_versions(db: Database) {
        let story = Story::begin(&db).await;
        for index in 0..40 {
            let award = story.service_of(index % 3, &format!("visit-{index}"), 2);
            story.award(&award).await.unwrap();
        }
        for member in 0..3 {
            story.spend(member, 0, 1, true).await.unwrap();
        }
        agrees(&story).await;
    }

    async fn a_false_balance_is_hledgers_to_find(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 10)).await.unwrap();
        let journal = agrees(&story).await;
        let false_balance = journal.replace(&format!("= -{} PTS", points(10)), "= -9.00 PTS");
        assert_ne!(journal, false_balance);
        hledger::check(&false_balance).expect_err("a running balance is wrong");
    }
}
