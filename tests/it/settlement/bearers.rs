//! Who bears what was redeemed, and at which rate it is settled.

use ledger::accounts::Account;
use ledger::community::offer::{Bearer, OfferTerms};
use ledger::community::{Funder, Registration};
use ledger::ids::{FunderId, RedemptionId, derived};
use ledger::machine::Command;
use ledger::points::Points;
use tests::backend::{Backend, Database};
use tests::books::Sql;
use tests::on_both;
use tests::settling::{fen, statement_of};
use tests::story::{Story, code_of, points, redemption_of};

use crate::offers;

use super::{freeze, funded, funder_of, pay, refund};

/// The first member takes up an offer of so many points that somebody bears.
pub async fn take_up(story: &Story, store: usize, amount: i64, bearer: Bearer) -> RedemptionId {
    let terms = OfferTerms {
        bearer,
        ..offers::plain(amount)
    };
    let offer = offers::make(story, &format!("{amount} points"), terms).await;
    let taken = offers::take(story, 0, store, offers::asked(offer), true);
    offers::redemption(taken.await.unwrap()).id
}

/// Another funder, with this many yuan.
pub async fn another(story: &Story, yuan: i64) -> FunderId {
    let id = FunderId(derived(&[story.program.0.as_bytes(), b"another funder"]));
    let name = "总工会".to_owned();
    story
        .register(Registration::Funder(Funder { id, name }))
        .await;
    let receive = Command::ReceiveFunds {
        funder: id,
        amount: points(yuan),
    };
    story.execute(story.admin(), None, receive).await.unwrap();
    id
}

fn bare(story: &Story) -> Command {
    Command::FreezeStatement {
        store: story.stores[0],
        through_version: None,
        funder: None,
        rate: None,
    }
}

on_both! {
    async fn each_fund_pays_for_its_own_and_nobody_for_goods(db: Database) {
        let story = funded(&db, 200).await;
        let other = another(&story, 50).await;
        let mut spent = Vec::new();
        let bearers = [Bearer::Merchant, Bearer::InKind, Bearer::Fund { funder: other, rate: fen("120") }];
        for (amount, bearer) in [10, 20, 30].into_iter().zip(bearers) {
            spent.push(take_up(&story, 0, amount, bearer).await);
        }
        story.spend(0, 0, 40, true).await.unwrap();
        let unsaid = story.execute(story.staff(1), None, bare(&story)).await;
        assert_eq!(code_of(unsaid), "rate_needed");
        let first = statement_of(&story.execute(story.staff(1), None, freeze(&story, None)).await.unwrap());
        assert_eq!((first.points, first.amount), (points(100), Points::from_hundredths(3_600 + 3_420)));
        let lines = story.ledger.settlement_lines(story.program, &first, None, 10).await.unwrap();
        let money: Vec<_> = lines.iter().map(|line| line.money.unwrap().hundredths()).collect();
        assert_eq!(money, [0, 0, 3_600, 3_420]);
        assert_eq!(story.holds(Account::fund(other)).await, 5_000 - 3_600);
        assert_eq!(story.holds(Account::fund(funder_of(&story))).await, 20_000 - 3_420);
        story.clean(&db).await;

        // More of the other's comes back than it bears anew: it gets the rest out of what this one owes.
        story.execute(story.merchant(0), None, refund(spent[2], 10)).await.unwrap();
        story.spend(0, 0, 20, true).await.unwrap();
        let second = statement_of(&story.execute(story.staff(1), None, freeze(&story, None)).await.unwrap());
        assert_eq!((second.points, second.amount), (points(10), Points::from_hundredths(1_710 - 1_200)));
        assert_eq!(story.holds(Account::fund(other)).await, 5_000 - 2_400);
        assert_eq!(story.holds(Account::fund(funder_of(&story))).await, 20_000 - 3_420 - 1_710);
        story.clean(&db).await;

        take_up(&story, 0, 5, Bearer::InKind).await;
        let third = statement_of(&story.execute(story.staff(1), None, bare(&story)).await.unwrap());
        assert_eq!((third.points, third.amount, third.funder), (points(5), Points::ZERO, None));
        for statement in [&first, &second, &third] {
            story.agree(0, statement.id).await;
            story.execute(story.staff(2), None, pay(statement.id)).await.unwrap();
        }
        for account in [Account::payable(story.stores[0]), Account::settling(story.stores[0]), Account::accepted(story.stores[0])] {
            assert_eq!(story.holds(account).await, 0, "{account}");
        }
        assert_eq!(story.holds(Account::redeemed(story.program)).await, 11_500);
        story.clean(&db).await;
    }

    async fn what_comes_back_later_comes_back_at_its_own_rate(db: Database) {
        let story = funded(&db, 200).await;
        let at = |rate| story.freezing(0, funder_of(&story), rate);
        let held = redemption_of(&story.spend(0, 0, 30, false).await.unwrap());
        let capture = Command::Capture { redemption: held, points: Some(points(20)) };
        story.execute(story.merchant(0), None, capture).await.unwrap();
        let first = statement_of(&story.execute(story.staff(1), None, at("100")).await.unwrap());
        assert_eq!((first.points, first.amount), (points(20), points(20)));
        story.execute(story.merchant(0), None, refund(held, 5)).await.unwrap();
        let owing = story.execute(story.staff(1), None, at("50")).await;
        assert_eq!(code_of(owing), "nothing_to_settle", "five points come back: they wait");
        story.spend(0, 0, 40, true).await.unwrap();
        let second = statement_of(&story.execute(story.staff(1), None, at("50")).await.unwrap());
        assert_eq!((second.points, second.amount), (points(35), points(15)), "40 at 50 fen less 5 at 100");
        story.execute(story.merchant(0), None, refund(held, 15)).await.unwrap();
        story.spend(0, 0, 15, true).await.unwrap();
        let money_owed = story.execute(story.staff(1), None, at("1")).await;
        assert_eq!(code_of(money_owed), "nothing_to_settle", "no points, but 14.85 yuan to come back");
        story.spend(0, 0, 20, true).await.unwrap();
        let third = statement_of(&story.execute(story.staff(1), None, at("75")).await.unwrap());
        assert_eq!((third.points, third.amount), (points(20), Points::from_hundredths(3_500 * 75 / 100 - 1_500)));
        story.clean(&db).await;
    }

    /// Refunds of what was charged before, decided in one batch with freezes: each is on one statement, at its own rate.
    async fn frozen_beside_refunds_of_long_ago(db: Database) {
        let story = funded(&db, 1_000).await;
        let at = |rate| story.freezing(0, funder_of(&story), rate);
        let mut spent = Vec::new();
        for _ in 0..20 {
            spent.push(redemption_of(&story.spend(0, 0, 3, true).await.unwrap()));
        }
        story.execute(story.staff(1), None, at("100")).await.unwrap();
        story.spend(0, 0, 40, true).await.unwrap();
        let refunds = spent.iter().map(|id| story.execute(story.merchant(0), None, refund(*id, 1)));
        let freezes = (0..4).map(|_| story.execute(story.staff(1), None, at("10")));
        let (refunded, frozen) = futures::future::join(
            futures::future::join_all(refunds),
            futures::future::join_all(freezes),
        ).await;
        assert!(refunded.iter().all(Result::is_ok));
        assert!(frozen.iter().flatten().count() <= 1, "what is left after the first comes to less than nothing");
        story.clean(&db).await;
        story.spend(0, 0, 15, true).await.unwrap();
        let _ = story.execute(story.staff(1), None, at("1000")).await.unwrap();
        assert_eq!(story.holds(Account::accepted(story.stores[0])).await, 0);
        story.clean(&db).await;
    }

    /// As migration 0028 leaves statements of before: lines that say at which rate, and no money of their own.
    async fn what_comes_back_of_a_statement_that_was_rounded_as_a_whole(db: Database) {
        let story = funded(&db, 200).await;
        let spent = redemption_of(&story.spend(0, 0, 40, true).await.unwrap());
        story.spend(0, 0, 7, true).await.unwrap();
        story.execute(story.staff(1), None, story.freezing(0, funder_of(&story), "85.5")).await.unwrap();
        let mut sql = Sql::connect(&db.url).await;
        let trigger = match db.backend {
            Backend::Postgres => "DROP TRIGGER append_only ON statement_lines",
            Backend::Sqlite => "DROP TRIGGER statement_lines_refuse_update",
        };
        sql.run(trigger).await.unwrap();
        assert_eq!(sql.run("UPDATE statement_lines SET amount = NULL").await, Ok(2));
        story.clean(&db).await;
        story.execute(story.merchant(0), None, refund(spent, 10)).await.unwrap();
        story.spend(0, 0, 30, true).await.unwrap();
        let next = story.execute(story.staff(1), None, story.freezing(0, funder_of(&story), "100")).await.unwrap();
        assert_eq!(statement_of(&next).amount, Points::from_hundredths(3_000 - 855));
        story.clean(&db).await;
    }
}
