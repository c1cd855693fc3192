//! Who may do what at a store, and until when.

use ledger::community::{Clerk, ClerkRole, Merchant, Registration, Role, Store};
use ledger::ids::{ClerkId, MerchantId, StoreId, random_bytes};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::counter::AtCounter;
use tests::on_both;
use tests::story::{DAY, HOUR, code_of};
use uuid::Uuid;

use super::Town;

/// What each may ask: + is let in, - is refused whatever it is about.
const TABLE: &str = "
                                    clerk manager finance
POST /v1/redemptions                +     +       -
GET /v1/redemptions                 +     +       +
GET /v1/redemptions/{id}            +     +       +
GET /v1/redemptions/by-key/{key}    +     +       -
POST /v1/redemptions/{id}/capture   +     +       -
POST /v1/redemptions/{id}/void      +     +       -
POST /v1/redemptions/{id}/undo      +     +       -
POST /v1/redemptions/{id}/refund    -     +       -
GET /v1/stores/{store}/statements   -     +       +
GET /v1/statements/{id}             -     +       +
POST /v1/statements/{id}/confirm    -     +       -
POST /v1/statements/{id}/disputes   -     +       -
GET /v1/webhooks                    -     +       -
POST /v1/clerks                     -     +       -
POST /v1/clerks/{id}/leave          -     +       -
POST /v1/logins                     -     +       -
";

async fn refused(clerk: &AtCounter, town: &Town, method: &str, route: &str, key: &str) -> bool {
    let path = route
        .replace("{store}", &town.story.stores[0].to_string())
        .replace("{id}", &Uuid::nil().to_string())
        .replace("{key}", "none");
    let answer = match method {
        "GET" => clerk.get(&path).await,
        _ => clerk.post(&path, key, &json!({})).await,
    };
    answer.body["code"] == "forbidden"
}

impl Town {
    pub async fn employ(&self, store: StoreId, role: ClerkRole, whole_merchant: bool) -> AtCounter {
        let clerk = Clerk {
            id: ClerkId(Uuid::from_bytes(random_bytes())),
            store,
            name: "店员".to_owned(),
            role,
            whole_merchant,
        };
        let id = clerk.id.0;
        self.story.register(Registration::Clerk(clerk)).await;
        self.log_in(Role::Merchant, id).await
    }
}

fn id_of(value: &Value) -> String {
    value["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{value}"))
        .to_owned()
}

on_both! {
    async fn roles_let_in_whom_the_table_says(db: Database) {
        let town = Town::begin(&db).await;
        let mut callers = Vec::new();
        for role in ClerkRole::ALL {
            callers.push(town.employ(town.story.stores[0], role, false).await);
        }
        let lines = TABLE.lines().filter(|line| line.starts_with(['G', 'P']));
        for (number, line) in lines.enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            for (caller, expected) in callers.iter().zip(&words[2..]) {
                let key = format!("table-{number}");
                let found = if refused(caller, &town, words[0], words[1], &key).await { "-" } else { "+" };
                assert_eq!(found, *expected, "{line}");
            }
        }
    }

    async fn a_clerk_undoes_today_and_who_manages_refunds_later(db: Database) {
        let town = Town::begin(&db).await;
        let (rider, store) = (town.rider(0).await, town.story.stores[0]);
        let clerk = town.employ(store, ClerkRole::Clerk, false).await;
        let manager = town.employ(store, ClerkRole::Manager, false).await;
        let elsewhere = town.employ(town.story.stores[1], ClerkRole::Manager, false).await;
        let finance = town.employ(store, ClerkRole::Finance, false).await;
        let charge = async |key: &str| {
            let code = town.code(&rider, 0).await;
            let charged = clerk.charge(key, &code, 30).await;
            assert_eq!(charged.status, 201, "{}", charged.text);
            format!("/v1/redemptions/{}", id_of(&charged.body))
        };
        let first = charge("a").await;
        assert_eq!(elsewhere.post(&format!("{first}/undo"), "u", &json!({})).await.status, 404);
        for _ in 0..2 {
            let undone = clerk.post(&format!("{first}/undo"), "u", &json!({})).await;
            assert_eq!((undone.status, &undone.body["refunded"]), (200, &json!("30.00")), "{}", undone.text);
        }
        let again = clerk.post(&format!("{first}/undo"), "again", &json!({})).await;
        assert_eq!(again.body["code"], "refund_exceeds_capture");
        let told = clerk.get("/v1/redemptions/by-key/u?operation=undo").await;
        assert_eq!(told.body["outcome"], "done");
        let second = charge("b").await;
        let part = json!({ "points": "10" });
        assert_eq!(clerk.post(&format!("{second}/refund"), "r", &part).await.status, 403);
        assert_eq!(manager.post(&format!("{second}/refund"), "r", &part).await.status, 200);
        let system = town.with_key(Role::Merchant, Some(store.0)).await;
        let refunded = system.post(&format!("{second}/refund"), Some("s"), &part).await.unwrap();
        assert_eq!(refunded.status, 200, "a store's key, as before");
        assert_eq!(town.left(&rider, 0).await, "110.00");
        let code = town.code(&rider, 0).await;
        assert_eq!(finance.charge("f", &code, 1).await.status, 403);
        assert_eq!(finance.get("/v1/redemptions").await.status, 200);
        // The counter's page is for who charges.
        let page = format!("/{}/counter", town.story.program);
        assert_eq!((clerk.get(&page).await.status, finance.get(&page).await.status), (200, 403));
        town.story.sound_books(&db).await;
    }

    async fn the_day_of_a_charge_ends_at_midnight_where_the_programme_is(db: Database) {
        let story = tests::story::Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 60)).await.unwrap();
        // It is ten in the morning in Shanghai.
        let undo_of = async |redemption, store| {
            let undo = ledger::machine::Command::Undo { redemption };
            story.execute(story.merchant(store), None, undo).await
        };
        let in_time = tests::story::redemption_of(&story.spend(0, 0, 20, true).await.unwrap());
        let too_late = tests::story::redemption_of(&story.spend(0, 0, 20, true).await.unwrap());
        story.later(14 * HOUR - 1);
        assert_eq!(code_of(undo_of(in_time, 1).await), "unknown_redemption", "another store's");
        undo_of(in_time, 0).await.unwrap();
        story.later(1);
        assert_eq!(code_of(undo_of(too_late, 0).await), "undo_over");
        story.later(DAY);
        assert_eq!(code_of(undo_of(too_late, 0).await), "undo_over");
        assert_eq!(story.available(0).await, 4_000);
        story.sound_books(&db).await;
    }

    /// A clerk of the whole merchant acts at each of its stores, and at no other's; who manages a store appoints there.
    async fn a_merchants_clerk_acts_at_each_of_its_stores(db: Database) {
        let town = Town::begin(&db).await;
        let rider = town.rider(0).await;
        let [own, beside] = [town.story.stores[0], town.story.stores[1]];
        let merchant = MerchantId(Uuid::from_bytes(random_bytes()));
        let foreign = StoreId(Uuid::from_bytes(random_bytes()));
        town.story.register(Registration::Merchant(Merchant { id: merchant, name: "别家".to_owned() })).await;
        let store = Store { id: foreign, merchant, name: "别家店".to_owned(), address: String::new() };
        town.story.register(Registration::Store(store)).await;

        let boss = town.employ(own, ClerkRole::Manager, true).await;
        let manager = town.employ(own, ClerkRole::Manager, false).await;
        let code = town.code(&rider, 0).await;
        let charge = |store: StoreId| json!({ "code": code, "points": "5", "store": store });
        for (clerk, store) in [(&manager, beside), (&manager, foreign), (&boss, foreign)] {
            let refused = clerk.post("/v1/redemptions", "x", &charge(store)).await;
            assert_eq!(refused.body["code"], "unknown_store", "{}", refused.text);
        }
        let charged = boss.post("/v1/redemptions", "a", &charge(beside)).await;
        assert_eq!((charged.status, &charged.body["store"]), (201, &json!(beside)), "{}", charged.text);
        let of = format!("/v1/redemptions/{}", id_of(&charged.body));
        assert_eq!((boss.get(&of).await.status, manager.get(&of).await.status), (200, 404));
        assert_eq!(manager.post(&format!("{of}/undo"), "m", &json!({})).await.status, 404);
        assert_eq!(boss.post(&format!("{of}/undo"), "b", &json!({})).await.status, 200);
        let list = boss.get(&format!("/v1/redemptions?store={beside}")).await;
        assert_eq!(list.body["items"].as_array().map(Vec::len), Some(1), "{}", list.text);
        assert_eq!(boss.get(&format!("/v1/stores/{beside}/statements")).await.status, 200);
        assert_eq!(manager.get(&format!("/v1/stores/{beside}/statements")).await.status, 404);

        let wanted = |store: StoreId, everywhere: bool| {
            json!({ "store": store, "name": "新店员", "role": "finance", "whole_merchant": everywhere })
        };
        for (store, everywhere, status) in [(beside, false, 404), (own, true, 403), (own, false, 201)] {
            let made = manager.post("/v1/clerks", &format!("{store}{everywhere}"), &wanted(store, everywhere)).await;
            assert_eq!(made.status, status, "{}", made.text);
        }
        let made = boss.post("/v1/clerks", "boss", &wanted(beside, true)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let staff = town.with_key(Role::Admin, None).await;
        let known = staff.get("/v1/clerks?limit=200").await.unwrap().body;
        let new = known["items"].as_array().unwrap().iter().find(|clerk| clerk["id"] == made.body["id"]).unwrap();
        assert_eq!((&new["role"], &new["whole_merchant"]), (&json!("finance"), &json!(true)));
        // Theirs to invite and to let go, and nobody else's.
        let subject = id_of(&made.body);
        let invite = json!({ "subject": subject, "handle": "new-clerk" });
        assert_eq!(manager.post("/v1/logins", "i", &invite).await.status, 404);
        assert_eq!(boss.post("/v1/logins", "i", &invite).await.status, 201);
        let somebody = json!({ "subject": Uuid::nil(), "handle": "somebody" });
        assert_eq!(boss.post("/v1/logins", "j", &somebody).await.status, 404);
        let leave = format!("/v1/clerks/{subject}/leave");
        assert_eq!(manager.post(&leave, "l", &json!({})).await.status, 404);
        assert_eq!(boss.post(&leave, "l", &json!({})).await.status, 200);
        town.story.sound_books(&db).await;
    }
}
