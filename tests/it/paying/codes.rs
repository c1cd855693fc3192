//! A handle stays, its digits are for one payment, and a member has one code at a time.

use ledger::community::{PayCode, Role};
use ledger::machine::{Command, Payer};
use ledger::{IssuedCode, WriteError};
use serde_json::json;
use tests::backend::Database;
use tests::on_both;
use tests::story::{Story, code_of, points};

use super::Town;

async fn issue(story: &Story, member: usize) -> PayCode {
    let request = story.request(story.admin(), None);
    let issued = story.ledger.issue_code(&request, story.members[member]);
    issued.await.unwrap().code
}

fn pay(story: &Story, code: &PayCode, amount: i64) -> Command {
    Command::Authorise {
        payer: Payer::typed(story.program, &code.text()).unwrap(),
        store: story.stores[0],
        charge: ledger::machine::Charge::Points(points(amount)),
        capture: true,
        hold_seconds: 900,
    }
}

on_both! {
    async fn a_new_code_takes_the_place_of_the_one_before(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 60)).await.unwrap();
        story.award(&story.service_of(1, "another visit", 60)).await.unwrap();
        let (first, others) = (issue(&story, 0).await, issue(&story, 1).await);
        let second = issue(&story, 0).await;
        assert_eq!(first.handle, second.handle, "it is the member's");
        assert_ne!(first.digits, second.digits);
        assert_ne!(first.handle, others.handle);
        let spend = async |code, amount| story.execute(story.merchant(0), None, pay(&story, code, amount)).await;
        assert_eq!(code_of(spend(&first, 5).await), "invalid_code");
        spend(&second, 5).await.unwrap();
        spend(&others, 5).await.unwrap();
        assert_eq!(code_of(spend(&second, 5).await), "invalid_code", "once");
        // The digits are nobody else's, and none are good for long.
        let third = issue(&story, 0).await;
        let elsewhere = PayCode { handle: others.handle.clone(), ..third.clone() };
        assert_eq!(code_of(spend(&elsewhere, 5).await), "invalid_code");
        story.later(IssuedCode::LIFE_SECONDS);
        assert_eq!(code_of(spend(&third, 5).await), "invalid_code");
        assert_eq!(story.available(0).await, 5_500);
        story.sound_books(&db).await;
    }

    async fn many_at_once_are_given_one_handle(db: Database) {
        let story = Story::begin(&db).await;
        let request = story.request(story.admin(), None);
        let all = (0..8).map(|_| story.ledger.handle(&request, story.members[0]));
        let handles: Vec<String> = futures::future::try_join_all(all).await.unwrap();
        assert!(handles.iter().all(|handle| *handle == handles[0]), "{handles:?}");
    }

    /// A code that was on the screen while its member was merged is the other's; their handle leads to nobody from then on.
    async fn the_handle_of_who_was_merged_leads_to_nobody(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 60)).await.unwrap();
        let before = issue(&story, 0).await;
        let (from, into) = (story.members[0], story.members[1]);
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        story.execute(story.merchant(0), None, pay(&story, &before, 5)).await.unwrap();
        let request = story.request(story.admin(), None);
        let late = story.ledger.issue_code(&request, from).await;
        assert!(matches!(&late, Err(WriteError::Rejected(_))), "{late:?}");
        assert_ne!(issue(&story, 1).await.handle, before.handle);
        assert_eq!(story.available(1).await, 5_500);
        story.sound_books(&db).await;
    }

    /// However it is typed, and nothing tells whether anybody has the handle.
    async fn a_wrong_code_is_answered_alike_whoevers_handle_it_has(db: Database) {
        let town = Town::begin(&db).await;
        let rider = town.rider(0).await;
        let code = town.code(&rider, 0).await;
        let shop = town.with_key(Role::Merchant, Some(town.story.stores[0].0)).await;
        let charge = async |key: &str, code: &str| {
            let body = json!({ "code": code, "points": "3" });
            shop.post("/v1/redemptions", Some(key), &body).await.unwrap()
        };
        let (handle, digits) = code.split_at(PayCode::HANDLE_DIGITS);
        let other = if digits == "00000000" { "00000001" } else { "00000000" };
        let known = charge("a", &format!("{handle}{other}")).await;
        let unknown = charge("b", &format!("0000000{other}")).await;
        assert_eq!((known.status, &known.body["code"]), (unknown.status, &unknown.body["code"]));
        assert_eq!((known.status, &known.body["detail"]), (unknown.status, &unknown.body["detail"]));
        assert_eq!(known.body["code"], "invalid_code");
        let short = charge("c", digits).await;
        assert_eq!((short.status, &short.body["code"]), (422, &json!("invalid_body")));
        let spaced = format!("{} {}-{}", &handle[..3], &handle[3..], digits);
        let paid = charge("d", &spaced).await;
        assert_eq!(paid.status, 201, "{}", paid.text);
        assert_eq!(charge("d", &code).await.body["id"], paid.body["id"], "typed otherwise it is the same");
        assert_eq!(town.left(&rider, 0).await, "117.00");
    }
}
