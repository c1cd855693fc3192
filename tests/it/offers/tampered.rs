//! `verify` finds what somebody else wrote about offers.

use ledger::community::offer::{Limit, OfferTerms, Price};
use ledger::machine::Command;
use ledger::points::Rounding;
use ledger::policy::Window;
use tests::backend::Database;
use tests::books::Sql;
use tests::on_both;

use super::{asked, begin, for_yuan, make, plain, redemption, take};

const TERMS: &str = "what was paid for an offer follows from its terms, as often as they allow";
const TAKEN: &str = "an offer counts what was taken of it and not given back, within its stock";
const OFFER: &str = "what was agreed on is an offer of the store's merchant";
const SHUT: &str = "a store takes points while its merchant takes part";

/// What is done, what undoes it, and what no longer holds.
const SPOILT: [(&str, &str, &str); 8] = [
    (
        "UPDATE offers SET taken = taken + 1",
        "UPDATE offers SET taken = taken - 1",
        TAKEN,
    ),
    (
        "UPDATE redemptions SET terms = replace(terms, '\"amount\":\"20.00\"', '\"amount\":\"21.00\"')",
        "UPDATE redemptions SET terms = replace(terms, '\"amount\":\"21.00\"', '\"amount\":\"20.00\"')",
        TERMS,
    ),
    (
        "UPDATE redemptions SET terms = replace(terms, '\"cash\":\"16.00\"', '\"cash\":\"1.00\"')",
        "UPDATE redemptions SET terms = replace(terms, '\"cash\":\"1.00\"', '\"cash\":\"16.00\"')",
        TERMS,
    ),
    (
        "UPDATE redemptions SET terms = replace(terms, '\"by\":\"merchant\"', '\"by\":\"in_kind\"')",
        "UPDATE redemptions SET terms = replace(terms, '\"by\":\"in_kind\"', '\"by\":\"merchant\"')",
        TERMS,
    ),
    (
        "UPDATE redemptions SET terms = replace(terms, '\"revision\":1', '\"revision\":2')",
        "UPDATE redemptions SET terms = replace(terms, '\"revision\":2', '\"revision\":1')",
        TERMS,
    ),
    (
        "UPDATE redemptions SET terms = replace(terms, '\"count\":2', '\"count\":1')",
        "UPDATE redemptions SET terms = replace(terms, '\"count\":1', '\"count\":2')",
        TERMS,
    ),
    (
        "UPDATE redemptions SET offer_id = store_id WHERE terms LIKE '%\"count\":2%'",
        "UPDATE redemptions SET offer_id = (SELECT o.offer_id FROM offers o WHERE o.stock = 9) WHERE terms LIKE '%\"count\":2%'",
        OFFER,
    ),
    (
        "UPDATE accounts SET shut = 1 WHERE kind = 20",
        "UPDATE accounts SET shut = 0 WHERE kind = 20",
        SHUT,
    ),
];

on_both! {
    async fn what_does_not_follow_is_found(db: Database) {
        let story = begin(&db).await;
        let limit = Some(Limit { count: 2, every: Window::Month });
        let limited = make(&story, "limited", OfferTerms { limit, stock: Some(9), ..plain(5) }).await;
        let price = Price::Amount { rate: "0.5".parse().unwrap(), rounding: Rounding::HalfUp, most: None, cash_share: 8_000 };
        let by_amount = make(&story, "by amount", OfferTerms { price, ..plain(5) }).await;
        for _ in 0..2 {
            take(&story, 0, 0, asked(limited), true).await.unwrap();
        }
        take(&story, 1, 1, for_yuan(by_amount, "20"), true).await.unwrap();
        story.clean(&db).await;

        let mut sql = Sql::connect(&db.url).await;
        for (how, back, says) in SPOILT {
            assert!(sql.run(how).await.unwrap() > 0, "nothing to spoil by {how}");
            let report = story.ledger.verify(story.program, |_| {}).await.unwrap();
            let found = report.problems.iter().any(|problem| problem.says == says);
            assert!(found, "{how}: expected {says:?}, found {:#?}", report.problems);
            sql.run(back).await.unwrap();
        }
        let revisions = "UPDATE offer_revisions SET terms = '{}'";
        assert!(sql.run(revisions).await.unwrap_err().contains("append-only"));
    }

    /// Two who are one by now have taken more together than one might; each by themselves has not.
    async fn who_took_one_too_many_is_found_though_they_were_merged(db: Database) {
        let story = begin(&db).await;
        let limit = Some(Limit { count: 2, every: Window::Month });
        let limited = make(&story, "limited", OfferTerms { limit, ..plain(5) }).await;
        let back = redemption(take(&story, 1, 0, asked(limited), true).await.unwrap()).id;
        let refund = Command::Refund { redemption: back, points: None };
        story.execute(story.merchant(0), None, refund).await.unwrap();
        for member in [0, 0, 1, 1] {
            take(&story, member, 0, asked(limited), true).await.unwrap();
        }
        let (from, into) = (story.members[1], story.members[0]);
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        story.clean(&db).await;

        let mut sql = Sql::connect(&db.url).await;
        let how = "UPDATE redemptions SET refunded = 0 WHERE refunded > 0";
        assert_eq!(sql.run(how).await.unwrap(), 1);
        let report = story.ledger.verify(story.program, |_| {}).await.unwrap();
        let found = report.problems.iter().find(|problem| problem.says == TERMS);
        let found = found.unwrap_or_else(|| panic!("{:#?}", report.problems));
        assert!(found.expected.starts_with("at most 2 ") && found.found == "3 by then", "{found:?}");
    }
}
