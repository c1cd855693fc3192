//! A programme that is made at the console as README says, and filled over HTTP.

use std::sync::Arc;

use ledger::clock::{Clock, Timestamp};
use ledger::community::personal::Keyring;
use ledger::community::{Actor, Origin, Role};
use ledger::ids::{ActorId, AwardId, ProgramId, random_bytes};
use ledger::machine::Command;
use ledger::views::Falling;
use ledger::{Ledger, Options, Request};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Answer, Client, ok};
use tests::photo::{jpeg, scene};
use tests::server::{Server, jifen};
use tests::story::KEYS;
use uuid::Uuid;

/// Somebody with a key of their own.
pub struct Person {
    pub id: String,
    pub client: Client,
}

/// See the module.
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
        let create = ["program", "create", "--code", "yuhong", "--name", "于洪区"];
        let program = console(&db.url, &create);
        let key = ["key", "create", "--program", "yuhong", "--role", "admin"];
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
        let key = json!({ "name": "手机", "role": role, "subject": id });
        let key = ok(post(&self.admin, "/v1/keys", key).await, 201);
        let client = Client::new(self.server.base_url(), text(&key["token"]));
        Person { id, client }
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

    /// A policy in force from now on, and a thousand points for it.
    pub async fn pays_by(&self, name: &str, source: &str) {
        let budget = json!({ "code": name, "name": name });
        let budget = made(&self.admin, "/v1/budgets", budget).await;
        let fill = format!("/v1/budgets/{budget}/appropriate");
        ok(
            post(&self.admin, &fill, json!({ "points": "1000" })).await,
            200,
        );
        let policy = json!({ "name": name, "source": source });
        ok(post(&self.admin, "/v1/policies", policy).await, 201);
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

    /// The ledger finds its invariants kept.
    pub async fn sound(&self) {
        let ledger = self.ledger(Clock::System).await;
        let report = ledger.verify(self.program, |_| {}).await.unwrap();
        assert_eq!(report.problems, []);
        ledger.close().await;
    }
}
