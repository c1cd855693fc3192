//! A story in which everything happens at least once, for tests that read what it leaves behind.

use crate::activities::Gathering;
use ledger::community::{Funder, Registration};
use ledger::ids::{FunderId, StatementId};
use ledger::machine::{Command, Reason};
use tests::backend::Database;
use tests::settling::fen;
use tests::story::{DAY, HOUR, SERVICE, Story, award_of, code_of, points, redemption_of};

/// Tells it.
pub async fn tell(db: &Database) -> Story {
    let story = Story::begin(db).await;
    let first = story
        .award(&story.service_of(0, "visit-1", 90))
        .await
        .unwrap();
    story
        .award(&story.service_of(0, "visit-2", 90))
        .await
        .unwrap();
    story
        .award(&story.service_of(1, "visit-3", 100))
        .await
        .unwrap();
    story
        .award(&story.service_of(2, "visit-4", 50))
        .await
        .unwrap();
    let full = story.award(&story.service_of(0, "visit-5", 10)).await;
    assert_eq!(code_of(full), "cap_reached");
    approve_and_reject(&story).await;
    spend(&story).await;

    let undo = Command::ReverseAward {
        award: award_of(&first),
        reason: Reason::NotAsClaimed,
    };
    story
        .execute(story.staff(1), Some("undo"), undo)
        .await
        .unwrap();
    story.later(DAY);
    story
        .enact("service", &format!("{SERVICE}\n# the same again\n"))
        .await;
    let request = story.request(story.staff(0), Some("import"));
    let group = [
        story.service_of(0, "visit-6", 70),
        story.service_of(1, "visit-7", 20),
    ];
    story.ledger.submit_awards(&request, &group).await.unwrap();
    story
        .execute(
            story.admin(),
            Some("return"),
            Command::ReturnBudget {
                budget: story.patrol,
                points: points(5),
            },
        )
        .await
        .unwrap();

    let held = story.spend(1, 0, 7, false).await.unwrap();
    let late = story.spend(2, 1, 20, true).await.unwrap();
    story.later(2 * HOUR);
    let release = Command::ReleaseHold {
        redemption: redemption_of(&held),
    };
    story
        .execute(story.admin(), Some("release"), release)
        .await
        .unwrap();
    story.later(31 * DAY);
    for member in [1, 2] {
        let expire = Command::ExpireLots {
            member: story.members[member],
        };
        story.execute(story.admin(), None, expire).await.unwrap();
    }
    let refund = Command::Refund {
        redemption: redemption_of(&late),
        points: Some(points(5)),
    };
    story
        .execute(story.merchant(1), Some("late refund"), refund)
        .await
        .unwrap();
    story
        .award(&story.service_of(1, "visit-8", 60))
        .await
        .unwrap();
    story.spend(1, 0, 9, false).await.unwrap();
    settle(&story).await;
    attend(&story).await;
    story
}

/// A volunteer action that one member takes part in, for half an hour.
async fn attend(story: &Story) {
    let gathering = Gathering::plan(story, |_| {}).await;
    gathering.check_in(1, 0).await.unwrap();
    gathering.check_out(1, 30).await.unwrap();
}

async fn approve_and_reject(story: &Story) {
    let mut awards = Vec::new();
    for reference in ["shift-1", "shift-2", "shift-3"] {
        awards.push(award_of(
            &story
                .award(&story.patrol_of(0, reference, 60))
                .await
                .unwrap(),
        ));
    }
    let approve = Command::ApproveAward { award: awards[0] };
    story
        .execute(story.staff(1), Some("approve"), approve)
        .await
        .unwrap();
    let reject = Command::RejectAward {
        award: awards[1],
        reason: Reason::Evidence,
    };
    story
        .execute(story.staff(1), Some("reject"), reject)
        .await
        .unwrap();
}

async fn spend(story: &Story) {
    let held = redemption_of(&story.spend(0, 0, 100, false).await.unwrap());
    let capture = Command::Capture {
        redemption: held,
        points: Some(points(70)),
    };
    story
        .execute(story.merchant(0), Some("capture"), capture)
        .await
        .unwrap();
    let refund = Command::Refund {
        redemption: held,
        points: Some(points(20)),
    };
    story
        .execute(story.merchant(0), Some("refund"), refund)
        .await
        .unwrap();
    story.spend(1, 0, 30, true).await.unwrap();
    let held = redemption_of(&story.spend(1, 1, 10, false).await.unwrap());
    story
        .execute(
            story.merchant(1),
            Some("void"),
            Command::Void { redemption: held },
        )
        .await
        .unwrap();
}

/// Two statements of the first store: one of its first entry, paid, and one of the rest.
async fn settle(story: &Story) {
    let funder = FunderId(story.service.0);
    let record = Funder {
        id: funder,
        name: "街道办".to_owned(),
    };
    story.register(Registration::Funder(record)).await;
    let receive = Command::ReceiveFunds {
        funder,
        amount: points(1_000),
    };
    story.execute(story.admin(), None, receive).await.unwrap();
    let freeze = |through_version| Command::FreezeStatement {
        store: story.stores[0],
        through_version,
        funder: Some(funder),
        rate: Some(fen("85.5")),
    };
    let first = story
        .execute(story.staff(1), None, freeze(Some(1)))
        .await
        .unwrap();
    story.agree(0, StatementId(first.id.0)).await;
    let pay = Command::PayStatement {
        statement: StatementId(first.id.0),
        reference: "BOC-1".to_owned(),
    };
    story.execute(story.staff(2), None, pay).await.unwrap();
    story
        .execute(story.staff(1), None, freeze(None))
        .await
        .unwrap();
}
