//! Who was erased, and who turned out to be one with somebody: what becomes of their points.

use std::sync::Arc;

use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::community::{Budget, Code, Organization, Registration};
use ledger::ids::{BudgetId, MemberId, OrganizationId};
use ledger::machine::{AwardState, Command, Outcome, Reason};
use ledger::policy::Deed;
use ledger::views::{Falling, Kept};
use ledger::{AwardRequest, Ledger};
use serde_json::json;
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HAZARD, Story, award_of, code_of, points};
use uuid::Uuid;

use crate::personal::{NUMBER, PHONE, code, enrol, phone, somebody, with_number};

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
        story.clean(&db).await;

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
        story.clean(&db).await;

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

    /// Asked twice under one key it is one asking; it is rotated as all rows are, confirmed once, or gone after a week.
    async fn who_asks_is_nobody_until_confirmed(db: Database) {
        let story = Story::begin(&db).await;
        let node = Organization { id: OrganizationId(Uuid::from_u128(7)), parent: None, kind: "community".to_owned(), name: "站".to_owned() };
        let station = node.id;
        story.register(Registration::Organization(node)).await;
        let ask = async |id: u128, platform: &str| {
            let request = story.request(story.staff(0), Some(&format!("ask-{id}")));
            let who = somebody(PHONE, platform).personal;
            story.ledger.ask_to_join(&request, MemberId(Uuid::from_u128(id)), station, &who, None).await
        };
        let first = ask(1, "飞毛腿").await.unwrap();
        assert_eq!(ask(1, "飞毛腿").await.unwrap(), first);
        assert!(ask(1, "快送").await.is_err(), "the key was used for something else");
        ask(2, "快送").await.unwrap();
        let id = |number| MemberId(Uuid::from_u128(number));
        let found = story.ledger.member_by_phone(story.program, &phone(PHONE)).await.unwrap();
        assert_eq!(found, None, "nobody is found by what nobody confirmed");
        let listed = story.ledger.joining(story.program, id(0), 10).await.unwrap();
        let names: Vec<_> = listed.iter().map(|asking| asking.name.as_str()).collect();
        assert_eq!(names, ["欧**", "欧**"]);
        assert_eq!(story.ledger.master_keys(story.program).await.unwrap()[0].1, 2);

        let request = story.request(story.staff(0), Some("confirm"));
        let enrolled = story.ledger.confirm_joining(&request, id(1)).await.unwrap();
        assert_eq!((enrolled.member, enrolled.known), (id(1), false));
        assert_eq!(story.ledger.confirm_joining(&request, id(1)).await.unwrap().receipt, enrolled.receipt);
        let twice = story.ledger.confirm_joining(&story.request(story.staff(1), None), id(1)).await;
        assert_eq!(code(twice.unwrap_err()), "unknown_member");
        let added = story.ledger.confirm_joining(&story.request(story.staff(0), None), id(2)).await.unwrap();
        assert_eq!((added.member, added.known), (id(1), true), "one phone is one member");
        let held = story.ledger.held_about(story.program, id(1)).await.unwrap().own.unwrap();
        assert_eq!((held.platforms.len(), held.phones.len()), (2, 1));
        assert_eq!(story.ledger.personal_of(story.program, id(2)).await.unwrap(), []);

        ask(3, "顺路").await.unwrap();
        let due = async || story.ledger.due(story.program, Falling::Joining, story.clock.now(), None, 10).await.unwrap();
        story.later(7 * DAY - 1);
        assert_eq!(due().await, []);
        story.later(2);
        assert_eq!(due().await.len(), 1);
        let refuse = || Command::RefuseJoining { member: id(3) };
        story.execute(story.admin(), None, refuse()).await.unwrap();
        assert_eq!(code_of(story.execute(story.admin(), None, refuse()).await), "unknown_member");
        assert_eq!((due().await.len(), story.ledger.personal_of(story.program, id(3)).await.unwrap().len()), (0, 0));
        assert_eq!(story.ledger.joining(story.program, id(0), 10).await.unwrap(), []);
        story.clean(&db).await;
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
        pair[0].clean(&db).await;
        crate::export::agrees(&pair[0]).await;
    }
}
