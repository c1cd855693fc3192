//! The server is killed between a deed's outcome and its award, again and again: each deed is awarded once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ledger::clock::{Clock, Timestamp};
use ledger::community::{Actor, Organization, Origin, PolicyVersion, Registration, Role};
use ledger::ids::{ActorId, DeedId, OrganizationId, random_bytes, sha256_hex};
use ledger::machine::Command;
use ledger::machine::deeds::Answer;
use ledger::views::Falling;
use ledger::{Ledger, Options, Request};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::books::{Books, Sql};
use tests::http::Client;
use tests::on_both;
use tests::server::Server;
use tests::soak;
use tests::story::BEGINNING;

use crate::process::{Subject, prepare};

/// A point for each study: no cap, no approval, nothing that expires.
const STUDY: &str = r#"
schema = "jifen/1"
name = "study"
title = "学习"
on = "attendance"
budget = "service"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[[rule]]
name = "study"
title = "学习"
when = { fact = "activity", is = "study" }
points = 1

[[test]]
name = "一分"
at = 2026-03-06T10:00:00
facts = { activity = "study" }
expect = { points = 1 }
"#;

const WORKERS: usize = 8;
/// Slots of ten minutes, one after the other, so that nobody is at two of them at once.
const SLOTS: usize = 96;

const KILLS: usize = 100;

/// A day of studies, so many days ago, and how each member was at each of them.
struct Days {
    subject: Subject,
    organization: Value,
}

impl Days {
    async fn plan(&self, client: &Client, day: i64) -> String {
        let midnight: Timestamp = "2026-03-06T00:00:00+08:00".parse().unwrap();
        let begins = |slot: usize| midnight.plus_seconds(day * 86_400 + slot as i64 * 600);
        let slots: Vec<Value> = (0..SLOTS)
            .map(|slot| json!({ "starts_at": begins(slot), "ends_at": begins(slot + 1) }))
            .collect();
        let body = json!({
            "organization": self.organization, "form": "study", "title": "学习", "place": "驿站", "slots": slots,
        });
        let key = format!("day-{day}");
        let answer = client
            .post("/v1/activities", Some(&key), &body)
            .await
            .unwrap();
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.body["id"].as_str().unwrap().to_owned()
    }

    /// Enters who was there, one after the other, until it is told to stop; answers with how far it came.
    fn load(
        &self,
        base_url: &str,
        (activity, from): (&str, usize),
        stop: &Arc<AtomicBool>,
    ) -> Vec<tokio::task::JoinHandle<()>> {
        let all: Vec<(usize, uuid::Uuid)> = (from..SLOTS)
            .flat_map(|slot| {
                self.subject
                    .members
                    .iter()
                    .map(move |member| (slot, member.0))
            })
            .collect();
        let worker = |worker: usize| {
            let own: Vec<_> = all.iter().copied().skip(worker).step_by(WORKERS).collect();
            let (client, stop) = (Client::new(base_url, &self.subject.token), Arc::clone(stop));
            let activity = activity.to_owned();
            tokio::spawn(async move {
                for (slot, member) in own {
                    if stop.load(Ordering::SeqCst) {
                        return;
                    }
                    backfill(&client, &activity, slot, member).await;
                }
            })
        };
        (0..WORKERS).map(worker).collect()
    }
}

async fn backfill(client: &Client, activity: &str, slot: usize, member: uuid::Uuid) {
    let seen = client.get(&format!("/v1/activities/{activity}")).await;
    let Ok(seen) = seen else { return };
    let times = &seen.body["slots"][slot];
    let body = json!({ "member": member, "slot": slot, "from": times["starts_at"], "until": times["ends_at"] });
    let path = format!("/v1/activities/{activity}/backfill");
    let key = format!("{activity}-{slot}-{member}");
    // Where it was killed, what took effect is found in the books.
    if let Ok(answer) = client.post(&path, Some(&key), &body).await {
        assert!([200, 503].contains(&answer.status), "{}", answer.text);
    }
}

on_both! {
    async fn killed_between_outcome_and_award_each_deed_is_awarded_once(db: Database) {
        let subject = prepare(&db.url).await;
        let days = Days { organization: organization(&db, &subject).await, subject };
        let kills = if soak() { KILLS } else { 5 };
        let mut server = Server::start(&db.url).await;
        for round in 0..kills {
            let client = Client::new(server.base_url(), &days.subject.token);
            let activity = days.plan(&client, round as i64).await;
            // The first answer may take a while on a busy machine.
            backfill(&client, &activity, 0, days.subject.members[0].0).await;
            let stop = Arc::default();
            let load = days.load(server.base_url(), (&activity, 1), &stop);
            tokio::time::sleep(Duration::from_millis(60 + 37 * (round as u64 % 7))).await;
            server.kill_9();
            stop.store(true, Ordering::SeqCst);
            for worker in load {
                worker.await.unwrap();
            }
            server = Server::start(&db.url).await;
        }
        drop(server);
        let options = Options { clock: Clock::System, ..Options::default() };
        let ledger = Ledger::open(&db.url, options).await.unwrap();
        let left = award_what_is_left(&ledger, &days.subject).await;
        let books = Books::read_from(&mut Sql::connect(&db.url).await, days.subject.program).await;
        books.assert_sound();
        let done = count(&db, &days.subject, "SELECT COUNT(*) FROM deeds WHERE program_id = $1 AND state = 'done'").await;
        assert!(done >= kills as i64, "{done} deeds in {kills} rounds");
        assert_eq!(count(&db, &days.subject, "SELECT COUNT(*) FROM award_requests WHERE program_id = $1 AND state = 'awarded'").await, done);
        assert_eq!(count(&db, &days.subject, "SELECT COUNT(DISTINCT deed_id) FROM awards WHERE program_id = $1 AND state = 'vested'").await, done);
        assert_eq!(books.awards.len() as i64, done);
        let wallets = days.subject.members.iter().map(|member| books.balance(member.0, 11));
        assert_eq!(wallets.sum::<i64>(), 100 * done);
        let report = ledger.verify(days.subject.program, |_| {}).await.unwrap();
        assert_eq!(report.problems, []);
        eprintln!("{kills} kills: {done} deeds, of which {left} were left without their award");
        ledger.close().await;
    }
}

async fn count(db: &Database, subject: &Subject, sql: &'static str) -> i64 {
    let rows: Vec<(i64,)> = Sql::connect(&db.url).await.rows(subject.program, sql).await;
    rows[0].0
}

/// What the job does; how many there were.
async fn award_what_is_left(ledger: &Ledger, subject: &Subject) -> usize {
    let now = ledger.clock().now();
    let open = ledger
        .due(subject.program, Falling::Asked, now, None, 10_000)
        .await
        .unwrap();
    for due in &open {
        let answer = ledger
            .award_deed(subject.program, DeedId(due.id), Origin::default())
            .await;
        assert!(matches!(answer, Ok(Some(Answer::Awarded(_)))), "{answer:?}");
    }
    open.len()
}

/// Puts the policy in force and an organization on record.
async fn organization(db: &Database, subject: &Subject) -> Value {
    let clock = Clock::fixed(BEGINNING.parse().unwrap());
    let options = Options {
        clock,
        ..Options::default()
    };
    let ledger = Ledger::open(&db.url, options).await.unwrap();
    let node = Organization {
        id: OrganizationId(uuid::Uuid::from_bytes(random_bytes())),
        parent: None,
        kind: "community".to_owned(),
        name: "社区".to_owned(),
    };
    let id = node.id;
    let policy = PolicyVersion {
        name: "study".to_owned(),
        digest: sha256_hex(STUDY.as_bytes()),
        source: STUDY.to_owned(),
        effective_from: None,
    };
    let operator = Actor {
        id: ActorId(subject.program.0),
        role: Role::Admin,
        member: None,
        store: None,
        node: None,
    };
    for record in [
        Registration::Organization(node),
        Registration::Policy(policy),
    ] {
        let request = Request {
            program: subject.program,
            actor: operator,
            origin: Origin::default(),
            key: None,
        };
        ledger
            .execute(&request, Command::Register(record))
            .await
            .unwrap();
    }
    ledger.close().await;
    json!(id.0)
}
