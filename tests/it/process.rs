//! The server as a process: two of them at once, and one that is killed while it works.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::community::{ApiKey, Registration, Role, Staff};
use ledger::ids::{ApiKeyId, MemberId, ProgramId, StaffId, random_bytes, sha256_hex};
use ledger::machine::Command;
use serde_json::{Value, json};
use tests::backend::{Backend, Database};
use tests::books::{Books, Sql};
use tests::http::Client;
use tests::on_both;
use tests::postgres::Cluster;
use tests::server::{Server, jifen};
use tests::soak;
use tests::story::{Story, points};
use uuid::Uuid;

/// A point for each errand: no cap, no approval, nothing that expires.
pub const ERRAND: &str = r#"
schema = "jifen/1"
name = "errand"
title = "跑腿"
on = "request_fulfilled"
budget = "service"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[[rule]]
name = "errand"
title = "跑腿"
when = { fact = "confirmed", is = true }
points = 1

[[test]]
name = "一分"
at = 2026-03-06T10:00:00
facts = { category = "errand", beneficiary = "elderly", confirmed = true }
expect = { points = 1 }
"#;

const WORKERS: usize = 16;

/// What the servers are asked about.
#[derive(Clone)]
pub struct Subject {
    pub program: ProgramId,
    pub members: Vec<MemberId>,
    pub token: String,
}

/// Sets a programme up and leaves it to the servers.
pub async fn prepare(url: &str) -> Subject {
    ledger::Ledger::migrate(url).await.unwrap();
    let db = Database::at(url);
    let story = Story::begin_as(&db, random_bytes()).await;
    story.enact("errand", ERRAND).await;
    let plenty = Command::Appropriate {
        budget: story.service,
        points: points(10_000_000),
    };
    story.execute(story.admin(), None, plenty).await.unwrap();
    let secret = random_bytes::<32>();
    let staff = StaffId(Uuid::from_bytes(random_bytes()));
    let person = Staff {
        id: staff,
        organization: None,
        name: "值班".to_owned(),
        member: None,
    };
    story.register(Registration::Staff(person)).await;
    let key = ApiKey {
        id: ApiKeyId(Uuid::from_bytes(random_bytes())),
        secret_hash: sha256_hex(&secret),
        role: Role::Staff,
        subject: Some(staff.0),
        name: String::new(),
        verbs: None,
        node: None,
        expires_at: None,
    };
    story.register(Registration::ApiKey(key)).await;
    let text = [story.program.0.as_bytes().as_slice(), &secret].concat();
    let subject = Subject {
        program: story.program,
        members: story.members.clone(),
        token: format!("jf_{}", URL_SAFE_NO_PAD.encode(text)),
    };
    story.ledger.close().await;
    subject
}

/// Key → what was answered; null where no answer came, so that nobody knows.
pub type Told = BTreeMap<String, Value>;

impl Subject {
    pub async fn award(&self, client: &Client, key: &str) -> Option<Value> {
        let member = self.members[key.len() % self.members.len()].0;
        let facts = json!({ "category": "errand", "beneficiary": "elderly", "confirmed": true });
        let deed = json!({
            "kind": "request_fulfilled", "reference": key,
            "occurred_at": "2026-03-06T10:00:00+08:00", "facts": facts,
        });
        let body = json!({ "member": member, "deed": deed });
        match client.post("/v1/awards", Some(key), &body).await {
            Ok(answer) if answer.status == 201 => Some(answer.body),
            // Away, shutting down, or too much at once: whether it took effect is found under the key.
            Ok(answer) if answer.status == 503 || answer.text.contains("in_progress") => None,
            Ok(answer) => panic!("{key}: {} {}", answer.status, answer.text),
            Err(_) => None,
        }
    }

    /// Awards without pause, over as many connections as there are workers, until it is told to stop.
    pub fn load(
        &self,
        base_url: &str,
        round: &str,
        stop: &Arc<AtomicBool>,
    ) -> Vec<tokio::task::JoinHandle<Told>> {
        let worker = |worker: usize| {
            let (subject, stop, round) = (self.clone(), Arc::clone(stop), round.to_owned());
            let client = Client::new(base_url, &self.token);
            tokio::spawn(async move {
                let mut told = Told::new();
                while !stop.load(Ordering::SeqCst) {
                    let key = format!("{round}-{worker}-{}", told.len());
                    let answer = subject.award(&client, &key).await;
                    if answer.is_none() {
                        tokio::time::sleep(Duration::from_millis(50)).await;
                    }
                    told.insert(key, answer.unwrap_or_default());
                }
                told
            })
        };
        (0..WORKERS).map(worker).collect()
    }

    /// Asks for everything again under the same keys: what was answered stands, what was not is there once now.
    pub async fn ask_again(&self, base_url: &str, told: &Told) {
        let client = Client::new(base_url, &self.token);
        for (key, answer) in told {
            let mut again = None;
            for _ in 0..100 {
                again = self.award(&client, key).await;
                if again.is_some() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            let again = again.unwrap_or_else(|| panic!("{key}: no answer for ten seconds"));
            if !answer.is_null() {
                assert_eq!(&again, answer, "{key}");
            }
        }
    }

    /// As many awards as keys, each for a deed of its own, and books that add up; `jifen verify` says so too.
    async fn assert_each_once(&self, url: &str, told: &Told) {
        let books = Books::read_from(&mut Sql::connect(url).await, self.program).await;
        books.assert_sound();
        assert_eq!(books.awards.len(), told.len());
        let wallets = self
            .members
            .iter()
            .map(|member| books.balance(member.0, 11));
        assert_eq!(wallets.sum::<i64>(), 100 * told.len() as i64);
        let verify = jifen()
            .args(["verify", "--database-url", url])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&verify.stderr);
        assert!(
            verify.status.success(),
            "jifen verify: {}\n{said}",
            verify.status
        );
    }
}

pub async fn gather(load: Vec<tokio::task::JoinHandle<Told>>) -> Told {
    let mut told = Told::new();
    for worker in load {
        told.extend(worker.await.unwrap());
    }
    told
}

fn rounds() -> usize {
    if soak() { 10 } else { 1 }
}

pub fn answered(told: &Told) -> usize {
    told.values().filter(|answer| !answer.is_null()).count()
}

on_both! {
    async fn a_crash_of_the_server_loses_nothing_it_answered(db: Database) {
        let subject = prepare(&db.url).await;
        let mut told = Told::new();
        let mut server = Server::start(&db.url).await;
        for round in 0..rounds() {
            let stop = Arc::default();
            let load = subject.load(server.base_url(), &format!("r{round}"), &stop);
            // The first answers may take a while on a busy machine.
            let first = format!("r{round}-first");
            let answer = subject.award(&Client::new(server.base_url(), &subject.token), &first).await;
            tokio::time::sleep(Duration::from_millis(700 + 130 * round as u64)).await;
            server.kill_9();
            stop.store(true, Ordering::SeqCst);
            let mut now = gather(load).await;
            assert!(answered(&now) > 0, "it was killed before it answered anything");
            now.insert(first, answer.unwrap_or_default());
            server = Server::start(&db.url).await;
            subject.ask_again(server.base_url(), &now).await;
            told.extend(now);
            subject.assert_each_once(&db.url, &told).await;
        }
    }

    async fn a_server_told_to_stop_under_load_finishes_what_it_took(db: Database) {
        let subject = prepare(&db.url).await;
        let mut server = Server::start(&db.url).await;
        let stop = Arc::default();
        let load = subject.load(server.base_url(), "t", &stop);
        tokio::time::sleep(Duration::from_millis(700)).await;
        let status = server.terminate_and_wait().await;
        stop.store(true, Ordering::SeqCst);
        let told = gather(load).await;
        assert!(status.success(), "{status}: {}", server.stderr());
        let server = Server::start(&db.url).await;
        subject.ask_again(server.base_url(), &told).await;
        subject.assert_each_once(&db.url, &told).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_under_load_leave_the_books_sound() {
    let db = Backend::Postgres.fresh().await;
    let subject = prepare(&db.url).await;
    let servers = [Server::start(&db.url).await, Server::start(&db.url).await];
    let stop = Arc::default();
    // Half of the keys go to both servers at once: one of them acts, and both say the same.
    let mut loads = Vec::new();
    for (server, rounds) in servers.iter().zip([["one", "both"], ["other", "both"]]) {
        for round in rounds {
            loads.push(subject.load(server.base_url(), round, &stop));
        }
    }
    tokio::time::sleep(Duration::from_secs(if soak() { 60 } else { 2 })).await;
    stop.store(true, Ordering::SeqCst);
    let mut told = Told::new();
    for load in loads {
        for (key, answer) in gather(load).await {
            let known = told.entry(key.clone()).or_insert_with(|| answer.clone());
            if known.is_null() {
                *known = answer;
            } else if !answer.is_null() {
                assert_eq!(known, &answer, "{key}");
            }
        }
    }
    assert_eq!(
        answered(&told),
        told.len(),
        "nothing was in the way of an answer"
    );
    subject.assert_each_once(&db.url, &told).await;
}

/// The server stays up, reconnects, and tries again what it does not know the end of.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crash_of_postgres_loses_nothing_that_was_answered() {
    let mut cluster = Cluster::start();
    let url = cluster.url();
    let subject = prepare(&url).await;
    let server = Server::start(&url).await;
    let mut told = Told::new();
    for round in 0..rounds() {
        let stop = Arc::default();
        let load = subject.load(server.base_url(), &format!("r{round}"), &stop);
        tokio::time::sleep(Duration::from_millis(700 + 130 * round as u64)).await;
        cluster.stop_immediately();
        cluster.start_again();
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        stop.store(true, Ordering::SeqCst);
        let now = gather(load).await;
        assert!(answered(&now) > 0, "{}", server.stderr());
        subject.ask_again(server.base_url(), &now).await;
        told.extend(now);
        subject.assert_each_once(&url, &told).await;
    }
}
