//! Many clerks at once.

use std::collections::BTreeMap;

use futures::future::join_all;
use tests::backend::Database;
use tests::on_both;

use super::Town;

on_both! {
    async fn one_code_is_charged_once_by_fifty_clerks(db: Database) {
        let town = Town::begin(&db).await;
        let rider = town.rider(0).await;
        let mut clerks = Vec::new();
        for number in 0..50 {
            clerks.push(town.clerk(number % 2).await);
        }
        let code = town.code(&rider, 0).await;
        let charges = clerks.iter().enumerate();
        let charges = charges.map(|(number, clerk)| {
            let (key, code) = (format!("charge-{number}"), code.clone());
            async move { clerk.charge(&key, &code, 7).await }
        });
        let mut said: BTreeMap<String, usize> = BTreeMap::new();
        for answer in join_all(charges).await {
            let what = match answer.status {
                201 => "charged".to_owned(),
                _ => answer.body["code"].as_str().unwrap().to_owned(),
            };
            *said.entry(what).or_default() += 1;
        }
        assert_eq!(said.remove("charged"), Some(1), "{said:?}");
        assert!(said.keys().all(|code| ["invalid_code", "too_many_guesses"].contains(&code.as_str())), "{said:?}");
        assert_eq!(town.left(&rider, 0).await, "113.00");
        town.story.sound_books(&db).await;
    }
}
