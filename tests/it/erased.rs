//! Who was erased, and who turned out to be one with somebody: what becomes of their points.

use std::sync::Arc;

use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::community::{Budget, Code, Registration};
use ledger::ids::BudgetId;
use ledger::machine::{AwardState, Command, Outcome, Reason};
use ledger::policy::Deed;
use ledger::views::Kept;
use ledger::{AwardRequest, Ledger};
use serde_json::json;
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HAZARD, Story, award_of, code_of, points};
use uuid::Uuid;

use crate::personal::{NUMBER, PHONE, clean, code, enrol, phone, somebody, with_number};

/// Shown for a week before it counts.
fn hazard_on_notice() -> String {
    HAZARD.replace(
        "approval = \"single\"",
        "approval = \"none\"\nnotice = \"7 days\"",
    )
}

fn hazard_deed(at: Timestamp) -> Deed {
    let facts = json!({ "category": "gas", "severity": "high", "outcome": "fixed" });
    let deed =
        json!({ "kind": "hazard_report", "reference": "h", "occurred_at": at, "facts": facts });
    serde_json::from_value(deed).unwrap()
}

on_both! {
    /// What is theirs reaches nobody any more, and nothing of it is lost: it expires, falls, or stays.
    async fn who_was_erased_neither_earns_nor_pays(db: Database) {
        let story = Story::begin(&db).await;
        let member = story.members[0];
        story.enact("hazard", &hazard_on_notice()).await;
        let hazard = Budget { id: BudgetId(Uuid::from_u128(9)), code: "hazard".to_owned(), name: "隐患".to_owned() };
        let budget = hazard.id;
        story.register(Registration::Budget(hazard)).await;
        let some = Command::Appropriate { budget, points: points(100) };
        story.execute(story.admin(), None, some).await.unwrap();
        story.award(&story.service_of(0, "visit", 60)).await.unwrap();
        let waiting = award_of(&story.award(&story.patrol_of(0, "shift", 60)).await.unwrap());
        let shown = AwardRequest { member, deed: hazard_deed(story.clock.now()), policy: None, position: None };
        let shown = award_of(&story.award(&shown).await.unwrap());
        let paying = story.code(0).await;
        let phone_of = story.request(story.admin(), None);
        story.ledger.change_phone(&phone_of, member, &phone(PHONE)).await.unwrap();
        let erased = story.execute(story.admin(), None, Command::ErasePersonal { member }).await.unwrap();
        let Outcome::PersonalErased { points: left, pending, .. } = erased.outcome else { panic!() };
        assert_eq!((left, pending), (points(60), points(5)), "it is said what is left behind");

        let pays = story.execute(story.merchant(0), None, story.authorise(paying, 0, 5, true)).await;
        assert_eq!(code_of(pays), "member_erased");
        assert_eq!(code_of(story.award(&story.service_of(0, "another", 60)).await), "member_erased");
        let approved = story.execute(story.staff(1), None, Command::ApproveAward { award: waiting }).await;
        assert_eq!(code_of(approved), "member_erased");
        let late = Code { hash: "late".to_owned(), member, expires_at: story.clock.now().plus_seconds(60) };
        let late = story.execute(story.admin(), None, Command::Register(Registration::Code(late))).await;
        assert_eq!(code_of(late), "member_erased");
        for (from, into) in [(member, story.members[1]), (story.members[1], member)] {
            let merged = story.execute(story.admin(), None, Command::MergeMembers { from, into }).await;
            assert_eq!(code_of(merged), "member_erased");
        }
        let request = story.request(story.staff(0), None);
        let again = story.ledger.change_phone(&request, member, &phone("13700000000")).await;
        assert_eq!(code(again.unwrap_err()), "member_erased");
        assert_eq!(story.ledger.merged_into(story.program, member).await.unwrap(), None);
        clean(&story).await;

        story.later(8 * DAY);
        story.execute(story.admin(), None, Command::VestAward { award: shown }).await.unwrap();
        let fell = story.ledger.award(story.program, shown).await.unwrap().unwrap();
        assert_eq!((fell.state, fell.reason), (AwardState::Rejected, Some(Reason::Erased)));
        assert_eq!(story.holds(Account::budget(budget)).await, 10_000, "it is the budget's again");
        let reject = Command::RejectAward { award: waiting, reason: Reason::Evidence };
        story.execute(story.staff(1), None, reject).await.unwrap();
        story.later(30 * DAY);
        story.execute(story.admin(), None, Command::ExpireLots { member }).await.unwrap();
        assert_eq!(story.available(0).await, 0);
        clean(&story).await;
        story.sound_books(&db).await;

        // Nobody owes anything: the hash is forgotten at its moment, not before.
        let now = || story.clock.now();
        let forget = async || story.ledger.forget(story.program, Kept::Suppressed, now(), 10).await.unwrap();
        assert_eq!(forget().await, 0);
        story.later(400 * DAY);
        assert!(story.ledger.stale_since(story.program, Kept::Suppressed, now()).await.unwrap().is_some());
        assert_eq!(forget().await, 1);
        assert_eq!(story.ledger.stale_since(story.program, Kept::Suppressed, now()).await.unwrap(), None);
        let back = enrol(&story, 5, &somebody(PHONE, "飞毛腿")).await.unwrap();
        assert!(!back.known);
    }

    /// Awarded and paid from two processes while the two who are one are merged by a phone found twice.
    async fn two_platforms_become_one_while_points_come_and_go(db: Database) {
        Ledger::migrate(&db.url).await.unwrap();
        let seed = [9; 16];
        let pair = [Arc::new(Story::begin_as(&db, seed).await), Arc::new(Story::join(&db, seed).await)];
        let one = enrol(&pair[0], 1, &with_number(somebody(PHONE, "飞毛腿"), NUMBER)).await.unwrap();
        let same = enrol(&pair[1], 2, &somebody(PHONE, "快送")).await.unwrap();
        assert_eq!(same.member, one.member, "one phone is one member");
        let other = enrol(&pair[1], 3, &with_number(somebody("13700000000", "顺路"), NUMBER)).await.unwrap();
        assert_eq!(other.doubles, 1);
        let mut tasks = Vec::new();
        for index in 0..40 {
            let story = Arc::clone(&pair[index % 2]);
            let member = if index % 4 < 2 { one.member } else { other.member };
            tasks.push(tokio::spawn(async move {
                let award = AwardRequest { member, ..story.service_of(0, &format!("deed-{index}"), 2) };
                match story.award(&award).await {
                    Ok(_) => 1,
                    Err(error) => {
                        assert_eq!(code_of::<()>(Err(error)), "member_merged");
                        0
                    }
                }
            }));
        }
        let merge = Command::MergeMembers { from: other.member, into: one.member };
        pair[0].execute(pair[0].admin(), None, merge).await.unwrap();
        let mut awarded = 0;
        for task in tasks {
            awarded += task.await.unwrap();
        }
        let held = pair[0].holds(Account::wallet(one.member)).await;
        assert_eq!((held, pair[0].holds(Account::wallet(other.member)).await), (awarded * 200, 0));
        let both = pair[0].ledger.held_about(pair[0].program, one.member).await.unwrap();
        assert_eq!((both.own.unwrap().platforms.len(), both.merged.len()), (2, 1));
        clean(&pair[0]).await;
        pair[0].sound_books(&db).await;
        crate::export::agrees(&pair[0]).await;
    }
}
