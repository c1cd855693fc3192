//! Who is in the walk, and how each of them asks.

use ledger::ids::random_bytes;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::counter::AtCounter;
use tests::http::{Answer, Client, ok};
use tests::story::SERVICE;
use tests::town::{Person, Town, made, now, post, text};
use uuid::Uuid;

use super::tally::{Bears, Owners, Tally, told};

/// The offers of the merchant.
pub struct Offers {
    /// 免费修车: ten points and five yuan, borne by the union.
    pub repair: String,
    /// 暖心午餐: half a point a yuan, half of it in cash, borne by the merchant.
    pub lunch: String,
    /// 手套: six points, given by somebody.
    pub gloves: String,
}

/// Who works at the stores; the manager and the accountant for the whole merchant.
pub struct Shop {
    pub clerk: AtCounter,
    pub manager: AtCounter,
    pub finance: AtCounter,
    /// The code on the first store's wall.
    pub wall: String,
}

/// See the module.
pub struct Stage {
    pub town: Town,
    pub owners: Owners,
    pub tally: Tally,
    /// Somebody else who runs the programme, and somebody who reads its books.
    pub second: Client,
    pub auditor: Client,
    awarder: Person,
    riders: Vec<Person>,
    pub merchant: String,
}

/// A clerk does something under a key that nothing else has.
pub async fn does(clerk: &AtCounter, path: &str, body: Value) -> Answer {
    let key = Uuid::from_bytes(random_bytes()).to_string();
    clerk.post(path, &key, &body).await
}

impl Stage {
    /// Funders, a budget with its policy, riders, and a merchant with two stores that takes no part yet.
    pub async fn set(db: &Database) -> Self {
        let town = Town::begin(db).await;
        let community = town.organization("community", "幸福社区", None).await;
        let awarder = town.appointed(&community, "网格员", "awarder").await;
        let budget = town.pays_by("service", SERVICE).await;
        let mut riders = Vec::new();
        for name in ["周海波", "李淑梅", "王建军"] {
            riders.push(town.rider(&community, name).await);
        }
        let received = [50_000, 10_000];
        let mut funders = Vec::new();
        for (name, fen) in ["城东湖街道", "区总工会"].into_iter().zip(received) {
            let funder = made(&town.admin, "/v1/funders", json!({ "name": name })).await;
            let receipts = format!("/v1/funders/{funder}/receipts");
            let receipt = post(&town.admin, &receipts, json!({ "amount": told(fen) })).await;
            assert_eq!(ok(receipt, 200)["balance"], told(fen));
            funders.push(funder);
        }
        let merchant = json!({ "name": "老王修车午餐", "onboarding": true });
        let merchant = made(&town.admin, "/v1/merchants", merchant).await;
        let mut stores = Vec::new();
        for name in ["一店", "二店"] {
            let store = json!({ "merchant": merchant, "name": name, "address": "于洪区某街" });
            stores.push(made(&town.admin, "/v1/stores", store).await);
        }
        Self {
            owners: Owners {
                budget,
                riders: [0, 1, 2].map(|rider: usize| riders[rider].id.clone()),
                stores: stores.try_into().unwrap(),
                funders: funders.try_into().unwrap(),
            },
            tally: Tally::new(100_000, received),
            second: town.key("admin", None).await,
            auditor: town.key("auditor", None).await,
            awarder,
            riders,
            merchant,
            town,
        }
    }

    /// Clerks are invited and log in; the manager has a code printed for the first store's wall.
    pub async fn employ(&self) -> Shop {
        let [first, _] = &self.owners.stores;
        let manager = self.town.employ(first, "manager", true).await;
        let print = format!("/v1/stores/{first}/code");
        let printed = ok(does(&manager, &print, json!({})).await, 201);
        Shop {
            clerk: self.town.employ(first, "clerk", false).await,
            finance: self.town.employ(first, "finance", true).await,
            wall: text(&printed["code"]).to_owned(),
            manager,
        }
    }

    /// A rider's service of so many minutes is awarded, which is worth so much.
    pub async fn earns(&mut self, rider: usize, minutes: i64, worth: i64) {
        let reference = Uuid::from_bytes(random_bytes()).to_string();
        let deed = json!({
            "kind": "volunteer_service", "reference": reference, "occurred_at": now(),
            "facts": { "minutes": minutes, "beneficiary": "elderly" },
        });
        let award = json!({ "member": self.riders[rider].id, "deed": deed });
        let award = ok(post(&self.awarder.client, "/v1/awards", award).await, 201);
        assert_eq!(
            (&award["state"], &award["points"]),
            (&json!("vested"), &json!(told(worth))),
            "{award}"
        );
        self.tally.earned[rider] += worth;
        self.has_what_is_left(rider).await;
    }

    /// The merchant takes part from now on, or no longer.
    pub async fn moves_to(&self, state: &str, reason: &str) {
        let path = format!("/v1/merchants/{}/state", self.merchant);
        let to = json!({ "state": state, "reason": reason });
        ok(post(&self.town.admin, &path, to).await, 200);
        let path = format!("/v1/merchants/{}", self.merchant);
        let known = self.town.admin.get(&path).await.unwrap();
        assert_eq!(ok(known, 200)["state"], state);
    }

    /// An offer of each kind.
    pub async fn offers(&self) -> Offers {
        let path = format!("/v1/merchants/{}/offers", self.merchant);
        let [_, union] = &self.owners.funders;
        Offers {
            repair: made(&self.town.admin, &path, json!({
                "title": "免费修车", "kind": "service", "bearer": { "by": "fund", "funder": union, "fen": "120" },
                "price": { "by": "fixed", "points": "10", "cash": "5" },
            })).await,
            lunch: made(&self.town.admin, &path, json!({
                "title": "暖心午餐", "kind": "discount", "bearer": { "by": "merchant" },
                "price": { "by": "amount", "rate": "0.5", "rounding": "up", "cash_share": 5_000 },
            })).await,
            gloves: made(&self.town.admin, &path, json!({
                "title": "手套", "kind": "gift", "bearer": { "by": "in_kind" }, "stock": 2,
                "price": { "by": "fixed", "points": "6" },
            })).await,
        }
    }

    /// What a rider shows at a counter: fifteen digits.
    pub async fn code(&self, rider: usize) -> String {
        let Person { id, client } = &self.riders[rider];
        let path = format!("/v1/members/{id}/codes");
        text(&ok(post(client, &path, json!({})).await, 201)["code"]).to_owned()
    }

    /// A clerk asks a rider, who shows a code, for something at a store.
    pub async fn asks(&self, clerk: &AtCounter, who: (usize, usize), mut what: Value) -> Answer {
        what["code"] = json!(self.code(who.0).await);
        what["store"] = json!(self.owners.stores[who.1]);
        does(clerk, "/v1/redemptions", what).await
    }

    /// Somebody charges a rider at a store this much; the redemption.
    pub async fn charges(
        &mut self,
        clerk: &AtCounter,
        who: (usize, usize),
        what: Value,
        (bears, hundredths): (Bears, i64),
    ) -> Value {
        let charged = ok(self.asks(clerk, who, what).await, 201);
        self.took(&charged, who, (bears, hundredths)).await;
        charged
    }

    /// A rider pays this at the code on the first store's wall, without anybody else.
    pub async fn pays(&self, rider: usize, shop: &Shop, mut what: Value) -> Answer {
        what["code"] = json!(shop.wall);
        post(&self.riders[rider].client, "/v1/payments", what).await
    }

    /// A store has so much of a rider: so it was answered, and so the rider is told.
    pub async fn took(&mut self, redemption: &Value, who: (usize, usize), what: (Bears, i64)) {
        let (bears, hundredths) = what;
        assert_eq!(
            (&redemption["state"], &redemption["captured"]),
            (&json!("captured"), &json!(told(hundredths))),
            "{redemption}"
        );
        assert_eq!(redemption["store"], self.owners.stores[who.1]);
        self.tally
            .took(text(&redemption["id"]), who, bears, hundredths);
        self.has_what_is_left(who.0).await;
    }

    /// A step gives so much back; what was answered.
    pub async fn gives_back(
        &mut self,
        clerk: &AtCounter,
        step: &str,
        redemption: &Value,
        (rider, body, hundredths): (usize, Value, i64),
    ) -> Value {
        let id = text(&redemption["id"]);
        let path = format!("/v1/redemptions/{id}/{step}");
        let answer = ok(does(clerk, &path, body).await, 200);
        self.tally.gave_back(id, hundredths);
        self.has_what_is_left(rider).await;
        answer
    }

    /// What a rider is told to have is what they earned and did not spend.
    pub async fn has_what_is_left(&self, rider: usize) {
        let told_now = self.town.balance(&self.riders[rider]).await;
        assert_eq!(told_now, told(self.tally.left(rider)), "rider {rider}");
    }

    /// All accounts hold what the walk says.
    pub async fn balances(&self) {
        assert_eq!(self.town.books().await, self.tally.accounts(&self.owners));
    }
}
