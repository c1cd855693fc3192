//! Many at once: an offer is never taken more often than it has, nor by a member more often than it says.

use std::sync::Arc;

use futures::future::join_all;
use ledger::Ledger;
use ledger::WriteError;
use ledger::community::offer::{Limit, OfferTerms};
use ledger::ids::OfferId;
use ledger::machine::{Command, Receipt};
use ledger::policy::Window;
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, Story, code_of, redemption_of};

use super::{asked, make, plain, take, taken};

const CLIENTS: usize = 50;

/// Two processes of one programme whose members have 120 points each.
async fn two(db: &Database) -> [Arc<Story>; 2] {
    let seed = ledger::ids::random_bytes();
    Ledger::migrate(&db.url).await.unwrap();
    let first = Story::begin_as(db, seed).await;
    for member in 0..3 {
        let award = first.service_of(member, &format!("visit-{member}"), 120);
        first.award(&award).await.unwrap();
    }
    let second = Story::join(db, seed).await;
    [Arc::new(first), Arc::new(second)]
}

/// Everybody at once, each member in turn at either process.
async fn all_take(
    pair: &[Arc<Story>; 2],
    offer: OfferId,
    members: usize,
) -> Vec<Result<Receipt, WriteError>> {
    let each = (0..CLIENTS).map(|index| {
        let story = Arc::clone(&pair[index % 2]);
        tokio::spawn(async move {
            take(
                &story,
                index % members,
                index % 2,
                asked(offer),
                index % 3 > 0,
            )
            .await
        })
    });
    let answers = join_all(each).await;
    answers.into_iter().map(|answer| answer.unwrap()).collect()
}

fn split(answers: Vec<Result<Receipt, WriteError>>, code: &str) -> Vec<Receipt> {
    let (taken, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
    for answer in refused {
        assert_eq!(code_of(answer), code);
    }
    taken.into_iter().map(Result::unwrap).collect()
}

on_both! {
    async fn exactly_as_many_are_taken_as_there_are(db: Database) {
        let pair = two(&db).await;
        let offer = make(&pair[0], "gloves", OfferTerms { stock: Some(17), ..plain(1) }).await;
        let receipts = split(all_take(&pair, offer, 3).await, "out_of_stock");
        assert_eq!((receipts.len(), taken(&pair[1], offer).await), (17, 17));
        let back = receipts.iter().take(5).map(redemption_of);
        for redemption in back {
            let story = &pair[0];
            let state = story.ledger.redemption(story.program, redemption).await.unwrap().unwrap().state;
            let command = match state.name() {
                "held" => Command::Void { redemption },
                _ => Command::Refund { redemption, points: None },
            };
            story.execute(story.admin(), None, command).await.unwrap();
        }
        let again = split(all_take(&pair, offer, 3).await, "out_of_stock");
        assert_eq!((again.len(), taken(&pair[0], offer).await), (5, 17));
        pair[0].clean(&db).await;
    }

    async fn no_member_takes_more_than_a_day_allows(db: Database) {
        let pair = two(&db).await;
        let limit = Some(Limit { count: 2, every: Window::Day });
        let offer = make(&pair[0], "lunch", OfferTerms { limit, ..plain(1) }).await;
        let receipts = split(all_take(&pair, offer, 3).await, "offer_limit_reached");
        assert_eq!(receipts.len(), 6, "two of each of three");
        let redemption = redemption_of(&receipts[0]);
        let story = &pair[0];
        let known = story.ledger.redemption(story.program, redemption).await.unwrap().unwrap();
        let command = match known.state.name() {
            "held" => Command::Void { redemption },
            _ => Command::Refund { redemption, points: None },
        };
        story.execute(story.admin(), None, command).await.unwrap();
        assert_eq!(split(all_take(&pair, offer, 3).await, "offer_limit_reached").len(), 1, "what came back");
        pair.iter().for_each(|story| story.later(DAY));
        assert_eq!(split(all_take(&pair, offer, 1).await, "offer_limit_reached").len(), 2, "another day");
        pair[0].clean(&db).await;
    }
}
