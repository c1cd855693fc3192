//! To whom merchants' money goes, under master keys that change.

use std::sync::Arc;

use ledger::clock::Clock;
use ledger::community::personal::{Keyring, Payee};
use ledger::ids::{MerchantId, derived};
use ledger::machine::SettlementCommand;
use ledger::{Ledger, Options};
use tests::backend::Database;
use tests::books::Sql;
use tests::on_both;
use tests::settling::step;
use tests::story::KEYS;

use super::{funded, funder_of};

const SECOND: &str = "second 404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";

on_both! {
    async fn what_was_sealed_is_sealed_anew_and_opens_for_the_bank(db: Database) {
        let story = funded(&db, 200).await;
        let merchant = MerchantId(derived(&[story.program.0.as_bytes(), b"merchant"]));
        let payee = Payee {
            name: "老王包子铺".to_owned(),
            bank: "中国银行".to_owned(),
            account: "6217000010001234567".to_owned(),
        };
        let request = story.request(story.admin(), None);
        story.ledger.keep_payee(&request, merchant, &payee).await.unwrap();
        story.spend(0, 0, 30, true).await.unwrap();
        let frozen = story.freezing(0, funder_of(&story), "100");
        let frozen = story.execute(story.staff(1), None, frozen).await.unwrap();
        let statement = ledger::ids::StatementId(frozen.id.0);
        story.agree(0, statement).await;
        let gather = SettlementCommand::Gather { statements: vec![statement], named: true };
        let batch = story.execute(story.staff(2), None, step(gather)).await.unwrap().id;

        // From now on there is a newer key, and then only that one.
        let open = |keys: String| {
            let keyring = Some(Arc::new(Keyring::parse(&keys).unwrap()));
            let clock = Clock::fixed(story.clock.now());
            Ledger::open(&db.url, Options { clock, keyring, ..Options::default() })
        };
        let both = open(format!("{KEYS};{SECOND}")).await.unwrap();
        assert_eq!(both.rotate(&request).await.unwrap(), 1);
        assert_eq!(both.master_keys(story.program).await.unwrap(), [("second".to_owned(), 1)]);
        let lookup = KEYS.split(';').next().unwrap();
        let newest = open(format!("{lookup};{SECOND}")).await.unwrap();
        let file = newest.payment_file(&request, batch).await.unwrap();
        assert_eq!(file.len(), 1);
        assert_eq!(file[0].1.as_ref(), Some(&payee));
        assert!(story.ledger.payment_file(&request, batch).await.is_err(), "the older key opens it no more");

        // Nothing of the account stands in the clear anywhere: not in the row, not in the event.
        let mut sql = Sql::connect(&db.url).await;
        let bodies: Vec<(String, String)> = sql.rows(story.program, "SELECT body, tail FROM payees WHERE program_id = $1").await;
        assert_eq!(bodies[0].1, "4567");
        let events: Vec<(String,)> = sql.rows(story.program, "SELECT receipt FROM events WHERE program_id = $1").await;
        assert!(events.iter().all(|(receipt,)| !receipt.contains(&payee.account) && !receipt.contains(&bodies[0].0)));
    }
}
