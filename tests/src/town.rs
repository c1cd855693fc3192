//! A programme that is made at the console as README says, and filled over HTTP.

use std::collections::BTreeMap;
use std::sync::Arc;

use ledger::clock::{Clock, Timestamp};
use ledger::community::personal::Keyring;
use ledger::community::{Actor, Origin, Role};
use ledger::ids::{ActorId, AwardId, ProgramId, random_bytes};
use ledger::machine::Command;
use ledger::views::Falling;
use ledger::{Ledger, Options, Request};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::backend::Database;
use crate::counter::AtCounter;
use crate::hledger;
use crate::http::{Answer, Client, ok};
use crate::photo::{jpeg, scene};
use crate::server::{Server, jifen};
use crate::story::KEYS;

/// The programme's code.
const CODE: &str = "yuhong";

/// Somebody with a key of their own.
#[derive(Debug)]
pub struct Person {
    pub id: String,
    pub client: Client,
}

/// See the module.
#[derive(Debug)]
pub struct Town {
    pub program: ProgramId,
    pub server: Server,
    pub admin: Client,
    url: String,
}

pub fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("{value}"))
}

pub fn now() -> Timestamp {
    Clock::System.now()
}

pub fn here() -> Value {
    json!({ "latitude": 41.7952, "longitude": 123.3085 })
}

/// POST under a key that nothing else has.
pub async fn post(client: &Client, path: &str, body: Value) -> Answer {
    let key = Uuid::from_bytes(random_bytes()).to_string();
    client.post(path, Some(&key), &body).await.unwrap()
}

/// What is to be made is made; its id.
pub async fn made(client: &Client, path: &str, body: Value) -> String {
    text(&ok(post(client, path, body).await, 201)["id"]).to_owned()
}

/// The id of a photo that was taken, and of words that were written.
pub async fn shown(client: &Client, seed: u32, words: &str) -> [Value; 2] {
    let photo = client.upload("/v1/attachments", "image/jpeg", jpeg(&scene(seed), 80));
    let photo = ok(photo.await.unwrap(), 200);
    let words = client.upload("/v1/attachments", "text/plain", words.into());
    let words = ok(words.await.unwrap(), 200);
    [photo["id"].clone(), words["id"].clone()]
}

/// What a command at the console prints.
fn console(url: &str, arguments: &[&str]) -> String {
    let output = jifen()
        .args(arguments)
        .args(["--database-url", url])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Town {
    /// An empty programme, and the key of who runs it.
    pub async fn begin(db: &Database) -> Self {
        console(&db.url, &["migrate"]);
        let create = ["program", "create", "--code", CODE, "--name", "于洪区"];
        let program = console(&db.url, &create);
        let key = ["key", "create", "--program", CODE, "--role", "admin"];
        let token = console(&db.url, &[&key[..], &["--name", "operator"]].concat());
        let server = Server::start_with(&db.url, |serve| {
            serve.env("JIFEN_MASTER_KEY", KEYS);
        })
        .await;
        let town = Self {
            program: program.parse().unwrap_or_else(|_| panic!("{program}")),
            admin: Client::new(server.base_url(), &token),
            server,
            url: db.url.clone(),
        };
        for nothing in ["/v1/members", "/v1/policies", "/v1/awards"] {
            let found = ok(town.admin.get(nothing).await.unwrap(), 200);
            let items = found.get("items").unwrap_or(&found);
            assert_eq!(items, &json!([]), "{nothing}");
        }
        town
    }

    pub async fn organization(&self, kind: &str, name: &str, parent: Option<&str>) -> String {
        let body = json!({ "kind": kind, "name": name, "parent": parent });
        made(&self.admin, "/v1/organizations", body).await
    }

    async fn person(&self, role: &str, id: String) -> Person {
        let client = self.key(role, Some(&id)).await;
        Person { id, client }
    }

    /// Whoever holds a new key: of somebody, or one that speaks for itself.
    pub async fn key(&self, role: &str, subject: Option<&str>) -> Client {
        let key = json!({ "name": "手机", "role": role, "subject": subject });
        let key = ok(post(&self.admin, "/v1/keys", key).await, 201);
        Client::new(self.server.base_url(), text(&key["token"]))
    }

    /// A clerk of a store, or of its whole merchant, who followed an invitation and has logged in.
    pub async fn employ(&self, store: &str, role: &str, whole_merchant: bool) -> AtCounter {
        let clerk = json!({ "store": store, "name": "店员", "role": role, "whole_merchant": whole_merchant });
        let clerk = made(&self.admin, "/v1/clerks", clerk).await;
        let invite = json!({ "subject": clerk, "handle": role });
        let invited = ok(post(&self.admin, "/v1/logins", invite).await, 201);
        AtCounter::invited(self.server.base_url(), CODE, text(&invited["invitation"])).await
    }

    pub async fn staff(&self, organization: &str, name: &str) -> Person {
        let body = json!({ "name": name, "organization": organization });
        let id = made(&self.admin, "/v1/staff", body).await;
        self.person("staff", id).await
    }

    /// Staff who are appointed to a role on their node.
    pub async fn appointed(&self, organization: &str, name: &str, role: &str) -> Person {
        let staff = self.staff(organization, name).await;
        let appointment = json!({ "staff": staff.id, "role": role, "organization": organization });
        made(&self.admin, "/v1/appointments", appointment).await;
        staff
    }

    pub async fn rider(&self, organization: &str, name: &str) -> Person {
        let body = json!({ "name": name, "organization": organization });
        let id = made(&self.admin, "/v1/members", body).await;
        self.person("member", id).await
    }

    /// A policy in force from now on, and a thousand points for it. The budget that holds them.
    pub async fn pays_by(&self, name: &str, source: &str) -> String {
        let budget = json!({ "code": name, "name": name });
        let budget = made(&self.admin, "/v1/budgets", budget).await;
        let fill = format!("/v1/budgets/{budget}/appropriate");
        ok(
            post(&self.admin, &fill, json!({ "points": "1000" })).await,
            200,
        );
        let policy = json!({ "name": name, "source": source });
        ok(post(&self.admin, "/v1/policies", policy).await, 201);
        budget
    }

    /// What somebody can spend.
    pub async fn balance(&self, of: &Person) -> Value {
        let path = format!("/v1/members/{}/balance", of.id);
        ok(of.client.get(&path).await.unwrap(), 200)["available"].clone()
    }

    /// What the server's job does once so many seconds have gone by: awards whose notice has closed vest. How many did.
    pub async fn vest_after(&self, seconds: i64) -> usize {
        let then = now().plus_seconds(seconds);
        let ledger = self.ledger(Clock::fixed(then)).await;
        let due = ledger.due(self.program, Falling::Notices, then, None, 100);
        let due = due.await.unwrap();
        for award in &due {
            let request = Request {
                program: self.program,
                actor: Actor {
                    id: ActorId(self.program.0),
                    role: Role::Admin,
                    member: None,
                    store: None,
                    node: None,
                },
                origin: Origin::default(),
                key: None,
            };
            let award = AwardId(award.id);
            let vest = Command::VestAward { award };
            ledger.execute(&request, vest).await.unwrap();
        }
        ledger.close().await;
        due.len()
    }

    async fn ledger(&self, clock: Clock) -> Ledger {
        let options = Options {
            clock,
            keyring: Some(Arc::new(Keyring::parse(KEYS).unwrap())),
            ..Options::default()
        };
        Ledger::open(&self.url, options).await.unwrap()
    }

    /// What each account holds over HTTP, but for those that hold nothing.
    pub async fn books(&self) -> BTreeMap<String, String> {
        let mut held = BTreeMap::new();
        let mut path = "/v1/accounts?limit=200".to_owned();
        loop {
            let page = ok(self.admin.get(&path).await.unwrap(), 200);
            for account in page["items"].as_array().unwrap() {
                let balance = text(&account["balance"]).to_owned();
                if balance != "0.00" {
                    held.insert(text(&account["account"]).to_owned(), balance);
                }
            }
            match page["next_cursor"].as_str() {
                Some(next) => path = format!("/v1/accounts?limit=200&cursor={next}"),
                None => return held,
            }
        }
    }

    /// The journal that the console exports is in order for hledger, which comes to the balances told over HTTP. It has credits negative.
    pub async fn agrees_with_hledger(&self) {
        let journal = console(&self.url, &["export", "hledger", "--program", CODE]);
        hledger::check(&journal).expect("hledger agrees");
        let mut theirs = BTreeMap::new();
        for (account, amounts) in hledger::balances(&journal).expect("balances") {
            let amounts: Vec<String> = amounts.into_values().collect();
            assert_eq!(amounts.len(), 1, "{account} holds {amounts:?}");
            let credit = match amounts[0].strip_prefix('-') {
                Some(credit) => credit.to_owned(),
                None => format!("-{}", amounts[0]),
            };
            theirs.insert(account, credit);
        }
        assert_eq!(theirs, self.books().await);
    }

    /// The ledger finds its invariants kept, at the console as well.
    pub async fn sound(&self) {
        console(&self.url, &["verify", "--program", CODE]);
        let ledger = self.ledger(Clock::System).await;
        let report = ledger.verify(self.program, |_| {}).await.unwrap();
        assert_eq!(report.problems, []);
        ledger.close().await;
    }
}
