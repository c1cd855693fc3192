//! Events told over HTTP: signed, at least once, those about one thing in order, and never to an address of the inside.

use std::collections::{HashMap, HashSet};
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use hyper::Method;
use hyper::body::Bytes;
use ledger::AwardRequest;
use ledger::community::Role;
use ledger::ids::{CommandId, EndpointId, random_bytes};
use ledger::views::{Attempt, DeliveryState, TrailFilter};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Client, ok};
use tests::listener::{Heard, Listener};
use tests::on_both;
use tests::server::Server;
use tests::soak;
use tests::story::{KEYS, Story};
use uuid::Uuid;

use crate::process::ERRAND;

/// How long what failed waits to be tried again at most, with room for a slow machine, in seconds.
const PATIENCE: u64 = 90;

/// A programme where a rider has 50 points that never expire.
pub async fn begin(db: &Database) -> Story {
    ledger::Ledger::migrate(&db.url).await.unwrap();
    let story = Story::begin_as(db, random_bytes()).await;
    story.enact("errand", ERRAND).await;
    errands(&story, 0..50).await;
    story
}

/// So many points for the first member.
async fn errands(story: &Story, numbers: std::ops::Range<u32>) {
    for number in numbers {
        let facts = json!({ "category": "errand", "beneficiary": "elderly", "confirmed": true });
        let deed = ledger::policy::Deed {
            facts: serde_json::from_value(facts).unwrap(),
            ..tests::story::deed(
                "request_fulfilled",
                &format!("errand-{number}"),
                story.ledger.clock().now(),
                1,
            )
        };
        let award = AwardRequest {
            deed,
            ..story.service_of(0, "errand", 1)
        };
        story.award(&award).await.unwrap();
    }
}

async fn serve(db: &Database) -> Server {
    Server::start_with(&db.url, |command| {
        command.env("JIFEN_MASTER_KEY", KEYS);
        command.args(["--webhook-networks", "127.0.0.0/8"]);
    })
    .await
}

/// The operator, a store's system, and a rider.
struct Callers {
    operator: Client,
    shop: Client,
    rider: Client,
    member: Uuid,
}

impl Callers {
    async fn of(story: &Story, server: &Server) -> Self {
        let client = |token: String| Client::new(server.base_url(), &token);
        let member = story.members[0].0;
        Self {
            operator: client(story.token(Role::Admin, None).await),
            shop: client(story.token(Role::Merchant, Some(story.stores[0].0)).await),
            rider: client(story.token(Role::Member, Some(member)).await),
            member,
        }
    }

    /// The rider pays ten points; answers with the redemption.
    async fn pay(&self, key: &str) -> String {
        let codes = format!("/v1/members/{}/codes", self.member);
        let code = ok(
            self.rider.post(&codes, None, &json!({})).await.unwrap(),
            201,
        );
        let charge = json!({ "code": code["code"], "points": "10" });
        let paid = ok(
            self.shop
                .post("/v1/redemptions", Some(key), &charge)
                .await
                .unwrap(),
            201,
        );
        text(&paid["id"])
    }

    /// One point comes back.
    async fn refund(&self, redemption: &str, key: &str) {
        let path = format!("/v1/redemptions/{redemption}/refund");
        let one = json!({ "points": "1" });
        ok(self.shop.post(&path, Some(key), &one).await.unwrap(), 200);
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

async fn register(client: &Client, name: &str, url: &str, kinds: Value) -> (String, String) {
    let body = json!({ "name": name, "url": url, "kinds": kinds });
    let made = ok(
        client
            .post("/v1/webhooks", Some(name), &body)
            .await
            .unwrap(),
        201,
    );
    (text(&made["id"]), text(&made["secret"]))
}

fn id_of(heard: &Heard) -> String {
    heard.headers["webhook-id"].to_str().unwrap().to_owned()
}

fn said(heard: &Heard) -> Value {
    serde_json::from_str(&heard.body).unwrap()
}

/// What the library says of each.
fn verified(heard: &[Heard], secret: &str) -> Vec<String> {
    let python = std::env::var("JIFEN_TEST_PYTHON").expect(
        "JIFEN_TEST_PYTHON is not set: run the tests with tests/run, which installs the library",
    );
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/webhooks/verify.py");
    let mut library = std::process::Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = library.stdin.take().unwrap();
    for heard in heard {
        let headers = heard.headers.iter();
        let headers: HashMap<&str, &str> = headers
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        writeln!(
            input,
            "{}",
            json!({ "secret": secret, "headers": headers, "body": heard.body })
        )
        .unwrap();
    }
    drop(input);
    let output = library.wait_with_output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    said.lines().map(str::to_owned).collect()
}

on_both! {
    async fn events_are_told_signed_and_in_order(db: Database) {
        let story = begin(&db).await;
        let server = serve(&db).await;
        let callers = Callers::of(&story, &server).await;
        // The third message is not taken at first.
        let told = AtomicUsize::new(0);
        let till = Listener::start(move |_| match told.fetch_add(1, Ordering::SeqCst) {
            2 => (500, String::new()),
            _ => (204, String::new()),
        }).await;
        let books = Listener::start(|_| (200, "{}".to_owned())).await;
        let (id, secret) = register(&callers.shop, "till", &till.url, json!([])).await;
        let (_, books_secret) = register(&callers.operator, "books", &books.url, json!(["redemption.refund"])).await;
        // The same key, the same answer: the secret is not lost with it.
        assert_eq!(register(&callers.shop, "till", &till.url, json!([])).await, (id.clone(), secret.clone()));

        let redemption = callers.pay("charge").await;
        for number in 0..4 {
            callers.refund(&redemption, &format!("refund-{number}")).await;
        }
        let heard = till.heard_until(PATIENCE, |heard| heard.len() >= 6).await;
        let kinds: Vec<String> = heard.iter().map(|heard| text(&said(heard)["type"])).collect();
        assert_eq!(kinds[0], "redemption.authorise");
        assert!(kinds[1..].iter().all(|kind| kind == "redemption.refund"), "{kinds:?}");
        assert_eq!(id_of(&heard[2]), id_of(&heard[3]), "what was not taken comes again before what follows");
        assert_eq!(heard.iter().map(id_of).collect::<HashSet<_>>().len(), 5);
        let refunded = |heard: &Heard| text(&said(heard)["data"]["outcome"]["refunded"]);
        let amounts: Vec<String> = heard[1..].iter().map(refunded).collect();
        assert_eq!(amounts, ["1.00", "2.00", "2.00", "3.00", "4.00"]);
        assert_eq!(text(&said(&heard[0])["data"]["subject"]), redemption);
        assert!(heard.iter().all(|heard| heard.method == "POST"));

        assert_eq!(verified(&heard, &secret), vec!["verified"; 6]);
        let mut forged = heard[0].clone();
        forged.body = forged.body.replace("10.00", "99.00");
        assert_ne!(verified(&[forged], &secret)[0], "verified");
        assert_ne!(verified(&heard[..1], &books_secret)[0], "verified");
        let others = books.heard_until(PATIENCE, |heard| heard.len() >= 4).await;
        assert_eq!(verified(&others, &books_secret), vec!["verified"; 4]);

        // Another secret signs, and the one before for an hour.
        let path = format!("/v1/webhooks/{id}");
        let rotated = ok(callers.shop.post(&format!("{path}/rotate"), None, &json!({ "overlap_hours": 1 })).await.unwrap(), 200);
        let tried = ok(callers.shop.post(&format!("{path}/test"), None, &json!({})).await.unwrap(), 200);
        assert_eq!(tried, json!({ "taken": true, "answer": "204" }));
        let heard = till.heard();
        let last = &heard[heard.len() - 1..];
        assert_eq!(verified(last, &secret), ["verified"]);
        assert_eq!(verified(last, &text(&rotated["secret"])), ["verified"]);
        assert_eq!(said(&last[0])["type"], "webhook.test");

        // A shop's system knows of its own alone.
        let listed = ok(callers.shop.get("/v1/webhooks").await.unwrap(), 200);
        assert_eq!(listed.as_array().unwrap().len(), 1);
        assert_eq!(ok(callers.operator.get("/v1/webhooks").await.unwrap(), 200).as_array().unwrap().len(), 2);
        let other = Client::new(server.base_url(), &story.token(Role::Merchant, Some(story.stores[1].0)).await);
        ok(other.get(&path).await.unwrap(), 404);
        ok(other.post(&format!("{path}/end"), None, &json!({})).await.unwrap(), 404);

        ok(callers.shop.post(&format!("{path}/end"), None, &json!({})).await.unwrap(), 200);
        assert_eq!(ok(callers.shop.get(&path).await.unwrap(), 200)["state"], "ended");
        ok(callers.shop.post(&format!("{path}/rotate"), None, &json!({ "overlap_hours": 0 })).await.unwrap(), 422);
    }

    async fn who_hangs_redirects_or_is_away_keeps_nobody_waiting(db: Database) {
        let story = begin(&db).await;
        let server = serve(&db).await;
        let callers = Callers::of(&story, &server).await;
        let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let hangs = format!("http://{}/", silent.local_addr().unwrap());
        let trap = Listener::start(|_| (204, String::new())).await;
        let inside = trap.url.clone();
        let redirects = Listener::start(move |_| (307, inside.clone())).await;
        let away = {
            let socket = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
            format!("http://{}/", socket.local_addr().unwrap())
        };
        let gone = Listener::start(|_| (410, String::new())).await;
        let good = Listener::start(|_| (200, "<html>".to_owned())).await;
        let kinds = || json!(["redemption.authorise"]);
        let mut ids = Vec::new();
        for (name, url) in [("hangs", &hangs), ("redirects", &redirects.url), ("away", &away), ("gone", &gone.url), ("good", &good.url)] {
            ids.push(register(&callers.shop, name, url, kinds()).await.0);
        }
        callers.pay("charge").await;
        good.heard_until(PATIENCE, |heard| !heard.is_empty()).await;
        callers.pay("another").await;
        good.heard_until(PATIENCE, |heard| heard.len() == 2).await;

        let answers = ["timeout", "307", "unreachable", "410", "200"];
        for (id, expected) in ids.iter().zip(answers) {
            let path = format!("/v1/webhooks/{id}/deliveries");
            let mut last = Value::Null;
            for _ in 0..PATIENCE * 10 {
                last = ok(callers.shop.get(&path).await.unwrap(), 200)["items"].clone();
                if last.as_array().unwrap().iter().any(|one| one["answer"] == expected) {
                    break;
                }
                tokio::time::sleep(std::time::Duration::from_millis(100)).await;
            }
            let items = last.as_array().unwrap();
            assert_eq!(items.len(), 2);
            assert!(items.iter().any(|one| one["answer"] == expected), "{expected}: {last}");
            let delivered = items.iter().filter(|one| one["state"] == "delivered").count();
            assert_eq!(delivered, if expected == "200" { 2 } else { 0 });
        }
        assert!(trap.heard().is_empty(), "nobody is sent on");
        let view = ok(callers.shop.get(&format!("/v1/webhooks/{}", ids[3])).await.unwrap(), 200);
        assert_eq!((&view["state"], &view["waiting"]), (&json!("paused"), &json!(2)), "{view}");
        assert_eq!(gone.heard().len(), 1, "who is gone is not asked again");
    }

    async fn what_was_given_up_is_told_again_when_asked_for(db: Database) {
        let story = begin(&db).await;
        let server = serve(&db).await;
        let callers = Callers::of(&story, &server).await;
        let open = std::sync::Arc::new(AtomicUsize::new(0));
        let opened = std::sync::Arc::clone(&open);
        let till = Listener::start(move |_| match opened.load(Ordering::SeqCst) {
            0 => (503, String::new()),
            _ => (204, String::new()),
        }).await;
        let (id, _) = register(&callers.shop, "till", &till.url, json!([])).await;
        let redemption = callers.pay("charge").await;
        callers.refund(&redemption, "refund").await;
        let heard = till.heard_until(PATIENCE, |heard| !heard.is_empty()).await;
        let path = format!("/v1/webhooks/{id}");
        let endpoint = EndpointId(id.parse().unwrap());
        let list = || story.ledger.deliveries(story.program, endpoint, None, CommandId(Uuid::max()), 10);
        // As if it had been tried for three days.
        let first = loop {
            let all = list().await.unwrap();
            let first = all.last().unwrap().clone();
            let attempt = Attempt {
                endpoint,
                event: first.event,
                state: DeliveryState::Dead,
                attempts: first.attempts + 1,
                due_at: first.due_at,
                at: first.tried_at.unwrap_or(first.recorded_at),
                answer: "503".to_owned(),
            };
            story.ledger.settle_deliveries(story.program, &[attempt]).await.unwrap();
            let dead = list().await.unwrap().pop().unwrap();
            if dead.state == DeliveryState::Dead {
                break dead.event;
            }
        };
        assert_eq!(id_of(&heard[0]), format!("evt_{}", first.0.simple()));
        open.store(1, Ordering::SeqCst);
        let dead = ok(callers.shop.get(&format!("{path}/deliveries?state=dead")).await.unwrap(), 200);
        assert_eq!(dead["items"][0]["event"], json!(first.0));
        // What follows does not wait for what was given up.
        let refunds = |heard: &[Heard]| heard.iter().filter(|one| said(one)["type"] == "redemption.refund").count();
        till.heard_until(PATIENCE, |heard| refunds(heard) == 1).await;
        for bad in [json!({}), json!({ "dead": true, "event": first.0 })] {
            ok(callers.shop.post(&format!("{path}/repeat"), None, &bad).await.unwrap(), 422);
        }
        let before = till.heard().len();
        ok(callers.shop.post(&format!("{path}/repeat"), None, &json!({ "dead": true })).await.unwrap(), 200);
        let heard = till.heard_until(PATIENCE, |heard| heard.len() > before).await;
        assert_eq!(id_of(&heard[before]), format!("evt_{}", first.0.simple()));
        ok(callers.shop.post(&format!("{path}/repeat"), None, &json!({ "since": "2026-01-01T00:00:00Z" })).await.unwrap(), 200);
        till.heard_until(PATIENCE, |heard| heard.len() >= before + 3).await;
        let view = ok(callers.shop.get(&path).await.unwrap(), 200);
        assert_eq!(view["dead"], 0);
    }

    async fn nobody_inside_is_told_anything(db: Database) {
        let story = begin(&db).await;
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        }).await;
        let callers = Callers::of(&story, &server).await;
        for url in ["http://127.0.0.1:1/", "https://127.0.0.1/", "https://[::1]/", "https://169.254.169.254/", "http://example.cn/", "mailto:a@b"] {
            let body = json!({ "name": "inside", "url": url });
            let answer = ok(callers.operator.post("/v1/webhooks", None, &body).await.unwrap(), 422);
            assert_eq!(answer["errors"][0]["pointer"], "/url", "{url}");
        }
        // A name is looked up when it is asked, and then only public addresses of it.
        let (id, _) = register(&callers.operator, "by name", "https://localhost:1/", json!([])).await;
        let tried = ok(callers.operator.post(&format!("/v1/webhooks/{id}/test"), None, &json!({})).await.unwrap(), 200);
        assert_eq!(tried, json!({ "taken": false, "answer": "address_not_allowed" }));
        let headers = [("content-type", "application/json")];
        let change = Bytes::from(json!({ "name": "inside", "url": "https://10.0.0.1/" }).to_string());
        let changed = callers.operator.send(Method::PUT, &format!("/v1/webhooks/{id}"), &headers, change).await;
        ok(changed.unwrap(), 422);
        // Without master keys nothing could be signed.
        let plain = Server::start(&db.url).await;
        let operator = Client::new(plain.base_url(), &story.token(Role::Admin, None).await);
        let body = json!({ "name": "unsigned", "url": "https://example.cn/" });
        let refused = operator.post("/v1/webhooks", None, &body).await.unwrap();
        assert_eq!(refused.status, 503, "{}", refused.text);
    }

    async fn nothing_is_lost_when_the_server_is_killed(db: Database) {
        let story = begin(&db).await;
        // Of three messages one is not taken at first, and one is taken although that is denied.
        let told = Mutex::new(HashSet::new());
        let order = std::sync::Arc::new(Mutex::new(Vec::<(String, String)>::new()));
        let noted = std::sync::Arc::clone(&order);
        let till = Listener::start(move |heard| {
            let mut told = told.lock().unwrap();
            let first = told.insert(id_of(heard));
            let number = told.len() % 3;
            if !(first && number == 1) {
                noted.lock().unwrap().push((text(&said(heard)["data"]["subject"]), id_of(heard)));
            }
            (if first && number != 0 { 500 } else { 204 }, String::new())
        }).await;
        let mut server = serve(&db).await;
        let mut callers = Callers::of(&story, &server).await;
        register(&callers.shop, "till", &till.url, json!([])).await;
        let kills = if soak() { 8 } else { 1 };
        errands(&story, 50..80).await;
        for round in 0..kills {
            let redemption = callers.pay(&format!("charge-{round}")).await;
            for number in 0..3 {
                callers.refund(&redemption, &format!("refund-{round}-{number}")).await;
            }
            let before = till.heard().len();
            till.heard_until(PATIENCE, |heard| heard.len() > before).await;
            server.kill_9();
            server = serve(&db).await;
            callers = Callers::of(&story, &server).await;
        }
        let filter = TrailFilter { limit: 200, ..TrailFilter::default() };
        let trail = story.ledger.trail(story.program, &filter).await.unwrap();
        let mut happened: Vec<(String, String)> = trail.changes.iter()
            .filter(|change| change.operation.starts_with("redemption."))
            .map(|change| (change.subject.to_string(), format!("evt_{}", change.id.0.simple())))
            .collect();
        happened.reverse();
        assert_eq!(happened.len(), kills * 4);
        let ids: HashSet<String> = happened.iter().map(|(_, id)| id.clone()).collect();
        till.heard_until(PATIENCE * 4, |_| {
            let noted = order.lock().unwrap();
            let taken: HashSet<&String> = noted.iter().map(|(_, id)| id).collect();
            ids.iter().all(|id| taken.contains(id))
        }).await;
        // In the order in which they were first taken, those about one thing are as they happened.
        let noted = order.lock().unwrap().clone();
        for (subject, _) in &happened {
            let of = |all: &[(String, String)]| {
                let mut seen = HashSet::new();
                let own = all.iter().filter(|(about, id)| about == subject && seen.insert(id.clone()));
                own.map(|(_, id)| id.clone()).collect::<Vec<_>>()
            };
            assert_eq!(of(&noted), of(&happened), "{subject}");
        }
    }
}
