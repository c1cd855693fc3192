//! A timeout is answered by asking again with the same key.

use std::time::Duration;

use ledger::community::Role;
use serde_json::json;
use tests::backend::Database;
use tests::on_both;

use super::Town;

on_both! {
    /// The connection breaks before there is an answer, once at each moment: whatever became of it, there is one charge.
    async fn a_charge_whose_answer_was_lost_is_asked_for_again(db: Database) {
        let town = Town::begin(&db).await;
        let rider = town.rider(0).await;
        let store = town.story.stores[0];
        let shop = town.with_key(Role::Merchant, Some(store.0)).await;
        for (number, wait) in [0, 1, 3, 10, 30, 100].into_iter().enumerate() {
            let code = town.code(&rider, 0).await;
            let (key, body) = (format!("lost-{number}"), json!({ "code": code, "points": "10" }));
            let wait = Duration::from_millis(wait);
            shop.post_and_break("/v1/redemptions", &key, &body, wait).await;
            let mut ids = Vec::new();
            while ids.len() < 2 {
                let answer = shop.post("/v1/redemptions", Some(&key), &body).await.unwrap();
                match answer.status {
                    201 => ids.push(answer.body["id"].clone()),
                    // The lost one is still being worked on.
                    409 => assert_eq!(answer.body["code"], "in_progress", "{}", answer.text),
                    _ => panic!("{}", answer.text),
                }
            }
            assert_eq!(ids[0], ids[1]);
            let told = shop.get(&format!("/v1/redemptions/by-key/{key}")).await.unwrap();
            assert_eq!(told.body["redemption"]["id"], ids[0]);
            assert_eq!(town.left(&rider, 0).await, format!("{}.00", 120 - 10 * (number + 1)));
        }
        town.story.sound_books(&db).await;
    }
}
