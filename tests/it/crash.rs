//! The server is killed between a deed's outcome and its award, again and again: whatever brings the outcome about, each deed is awarded once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ledger::clock::{Clock, Timestamp};
use ledger::community::{Origin, Role};
use ledger::ids::{DeedId, ProgramId, random_bytes};
use ledger::machine::Command;
use ledger::machine::deeds::Answer;
use ledger::views::Falling;
use ledger::{Ledger, Options};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::books::{Books, Sql};
use tests::http::Client;
use tests::on_both;
use tests::server::Server;
use tests::soak;
use tests::story::{KEYS, Story, points};
use uuid::Uuid;

use crate::patrols::beat::cells;
use crate::patrols::http::position;

/// A point for each deed: no cap, no approval, nothing that expires.
const POLICY: &str = r#"
schema = "jifen/1"
name = "crash"
title = "一分"
on = "KIND"
budget = "service"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "none"

[[rule]]
name = "deed"
title = "一分"
when = { WHEN }
points = 1

[[test]]
name = "一分"
at = 2026-03-06T10:00:00
facts = { FACTS }
expect = { points = 1 }
"#;

/// When the award of each outcome was asked for, of those that are not answered.
const OPEN: &str = "SELECT asked_at FROM award_requests WHERE program_id = $1 AND state = 'open'";
const LATEST: &str = "SELECT COALESCE(MAX(asked_at), 0) FROM award_requests WHERE program_id = $1";

/// How long to wait for one.
const PATIENCE: Duration = Duration::from_secs(5);

const WORKERS: usize = 8;
const KILLS: usize = 100;

/// What brings a deed to its outcome.
#[derive(Clone, Copy, Debug)]
enum Doing {
    /// Somebody was at a study, as staff enter afterwards.
    Study,
    /// A report of a hazard, verified.
    Hazard,
    /// An order, confirmed.
    Order,
    /// A shift, ended.
    Shift,
}

impl Doing {
    fn policy(self) -> String {
        let (kind, when, facts) = match self {
            Self::Study => (
                "attendance",
                r#"fact = "activity", is = "study""#,
                r#"activity = "study""#,
            ),
            Self::Hazard => (
                "hazard_report",
                r#"fact = "outcome", is = "verified""#,
                r#"category = "gas", severity = "high", outcome = "verified""#,
            ),
            Self::Order => (
                "request_fulfilled",
                r#"fact = "confirmed", is = true"#,
                r#"category = "errand", beneficiary = "elderly", confirmed = true"#,
            ),
            Self::Shift => (
                "patrol_shift",
                r#"fact = "minutes", is = 30"#,
                r#"minutes = 30, grid = "G-7""#,
            ),
        };
        let policy = POLICY.replace("KIND", kind).replace("WHEN", when);
        policy.replace("FACTS", facts)
    }
}

/// A programme that is left to the servers.
#[derive(Clone)]
struct Scene {
    program: ProgramId,
    organization: Uuid,
    admin: String,
    staff: String,
    doing: Doing,
}

async fn prepare(db: &Database, doing: Doing) -> Scene {
    let story = Story::begin(db).await;
    story.enact("crash", &doing.policy()).await;
    let plenty = Command::Appropriate {
        budget: story.service,
        points: points(10_000_000),
    };
    story.execute(story.admin(), None, plenty).await.unwrap();
    let organization = story.community().await;
    let staff = story.staff_token(Some(organization)).await;
    let scene = Scene {
        program: story.program,
        organization: organization.0,
        admin: story.token(Role::Admin, None).await,
        staff,
        doing,
    };
    story.ledger.close().await;
    scene
}

/// What was answered; nothing where no answer came, or the server was going down: what took effect is found in the books.
async fn post(client: &Client, path: &str, body: Value) -> Option<Value> {
    let key = Uuid::from_bytes(random_bytes()).to_string();
    match client.post(path, Some(&key), &body).await {
        Ok(answer) if [200, 201].contains(&answer.status) => Some(answer.body),
        Ok(answer) if answer.status == 503 => None,
        Ok(answer) => panic!("{path}: {} {}", answer.status, answer.text),
        Err(_) => None,
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

impl Scene {
    /// What a round's deeds have in common: the activity that is studied in, the cell that is patrolled.
    async fn set(&self, server: &Server) -> Option<String> {
        let client = Client::new(server.base_url(), &self.staff);
        match self.doing {
            Doing::Hazard | Doing::Order => None,
            Doing::Study => {
                let slot = json!({ "starts_at": ago(120), "ends_at": ago(60) });
                let body = json!({
                    "organization": self.organization, "form": "study", "title": "学习", "place": "驿站", "slots": [slot],
                });
                let planned = post(&client, "/v1/activities", body).await.unwrap();
                Some(format!("/v1/activities/{}/backfill", text(&planned["id"])))
            }
            Doing::Shift => {
                let client = Client::new(server.base_url(), &self.admin);
                let rule = json!({ "points": 2, "policy": "crash" });
                let grids = json!({ "geojson": cells(&["G-7"]), "rule": rule });
                post(&client, "/v1/grids", grids).await.unwrap();
                None
            }
        }
    }

    /// One deed, by somebody of whom there was none before.
    async fn one(&self, base_url: &str, common: Option<&str>) -> Option<()> {
        let admin = Client::new(base_url, &self.admin);
        let member = post(&admin, "/v1/members", json!({ "name": "骑手" })).await?["id"].clone();
        let staff = Client::new(base_url, &self.staff);
        match self.doing {
            Doing::Study => {
                let body =
                    json!({ "member": member, "slot": 0, "from": ago(110), "until": ago(80) });
                post(&staff, common.unwrap(), body).await?;
            }
            Doing::Hazard => {
                let body = json!({ "member": member, "category": "road", "organization": self.organization });
                let taken = post(&staff, "/v1/hazards", body).await?;
                let path = format!("/v1/hazards/{}", text(&taken["hazard"]));
                let looked = json!({ "severity": "high" });
                post(&staff, &format!("{path}/triage"), looked).await?;
                post(&staff, &format!("{path}/verify"), json!({})).await?;
            }
            Doing::Order => {
                let wanted = json!({ "category": "errand", "beneficiary": "elderly", "title": "买菜", "wanted_by": ago(-600) });
                let body = json!({ "organization": self.organization, "wanted": wanted });
                let posted = post(&staff, "/v1/orders", body).await?;
                let path = format!("/v1/orders/{}/claim", text(&posted["id"]));
                let taken = post(&staff, &path, json!({ "member": member })).await?;
                let path = format!("/v1/deeds/{}", text(&taken["deed"]));
                post(&staff, &format!("{path}/done"), json!({})).await?;
                post(&staff, &format!("{path}/confirm"), json!({})).await?;
            }
            Doing::Shift => {
                let shift = Uuid::from_bytes(random_bytes());
                let start = json!({ "member": member, "shift": shift, "at": ago(90), "position": position(0) });
                let begun = post(&staff, "/v1/shifts", start).await?;
                let path = format!("/v1/shifts/{}", text(&begun["deed"]));
                let here = json!({ "at": ago(60), "position": position(200) });
                post(&staff, &format!("{path}/waypoints"), here).await?;
                post(&staff, &format!("{path}/end"), json!({})).await?;
            }
        }
        Some(())
    }

    /// One deed after the other, until it is told to stop.
    fn load(
        &self,
        server: &Server,
        common: Option<&str>,
        stop: &Arc<AtomicBool>,
    ) -> Vec<tokio::task::JoinHandle<()>> {
        let worker = |_| {
            let (scene, stop) = (self.clone(), Arc::clone(stop));
            let (base_url, common) = (server.base_url().to_owned(), common.map(str::to_owned));
            tokio::spawn(async move {
                while !stop.load(Ordering::SeqCst) {
                    scene.one(&base_url, common.as_deref()).await;
                }
            })
        };
        (0..WORKERS).map(worker).collect()
    }

    async fn count(&self, db: &Database, sql: &'static str) -> i64 {
        let rows: Vec<(i64,)> = Sql::connect(&db.url).await.rows(self.program, sql).await;
        rows[0].0
    }

    /// How many outcomes since that moment are without their award.
    async fn open_since(&self, db: &Database, since: i64) -> usize {
        let open: Vec<(i64,)> = Sql::connect(&db.url).await.rows(self.program, OPEN).await;
        open.iter().filter(|(asked_at,)| *asked_at > since).count()
    }

    /// Waits for one, however fast the machine is.
    async fn until_one_is_open(&self, db: &Database, since: i64) {
        while self.open_since(db, since).await == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// What the job does.
    async fn award_what_is_left(&self, ledger: &Ledger) {
        let now = ledger.clock().now();
        let open = ledger.due(self.program, Falling::Asked, now, None, 10_000);
        let open = open.await.unwrap();
        for due in &open {
            let answer = ledger.award_deed(self.program, DeedId(due.id), Origin::default());
            let answer = answer.await;
            assert!(matches!(answer, Ok(Some(Answer::Awarded(_)))), "{answer:?}");
        }
    }
}

/// Minutes before now.
fn ago(minutes: i64) -> Timestamp {
    Clock::System.now().plus_seconds(-minutes * 60)
}

async fn start(db: &Database) -> Server {
    Server::start_with(&db.url, |serve| {
        serve.env("JIFEN_MASTER_KEY", KEYS);
    })
    .await
}

async fn killed_again_and_again(db: &Database, doing: Doing) {
    let scene = prepare(db, doing).await;
    let kills = if soak() { KILLS } else { 4 };
    let mut server = start(db).await;
    // Deeds that a kill left without their award, and the kills that left any.
    let (mut left, mut hits) = (0, 0);
    for round in 0..kills {
        let common = scene.set(&server).await;
        // The first answer may take a while on a busy machine.
        let first = scene.one(server.base_url(), common.as_deref()).await;
        first.expect("a deed while nobody is killed");
        // What an earlier kill left may be open still.
        let since = scene.count(db, LATEST).await;
        let stop = Arc::default();
        let load = scene.load(&server, common.as_deref(), &stop);
        // Every second kill is aimed at the gap; the others come whenever they come.
        if round % 2 == 0 {
            let _ = tokio::time::timeout(PATIENCE, scene.until_one_is_open(db, since)).await;
        } else {
            tokio::time::sleep(Duration::from_millis(60 + 37 * (round as u64 % 7))).await;
        }
        server.kill_9();
        stop.store(true, Ordering::SeqCst);
        for worker in load {
            worker.await.unwrap();
        }
        // Before the next server's job sees to them.
        let open = scene.open_since(db, since).await;
        left += open;
        hits += usize::from(open > 0);
        server = start(db).await;
    }
    drop(server);
    let options = Options {
        clock: Clock::System,
        ..Options::default()
    };
    let ledger = Ledger::open(&db.url, options).await.unwrap();
    scene.award_what_is_left(&ledger).await;
    let books = Books::read_from(&mut Sql::connect(&db.url).await, scene.program).await;
    books.assert_sound();
    let done = scene
        .count(
            db,
            "SELECT COUNT(*) FROM award_requests WHERE program_id = $1",
        )
        .await;
    assert!(done >= kills as i64, "{done} deeds in {kills} rounds");
    for counted in [
        "SELECT COUNT(*) FROM deeds WHERE program_id = $1 AND state = 'done'",
        "SELECT COUNT(*) FROM award_requests WHERE program_id = $1 AND state = 'awarded'",
        "SELECT COUNT(DISTINCT deed_id) FROM awards WHERE program_id = $1 AND state = 'vested'",
        "SELECT COUNT(*) FROM awards WHERE program_id = $1",
        "SELECT CAST(SUM(balance) / 100 AS BIGINT) FROM accounts WHERE program_id = $1 AND kind = 11",
    ] {
        assert_eq!(scene.count(db, counted).await, done, "{counted}");
    }
    let report = ledger.verify(scene.program, |_| {}).await.unwrap();
    assert_eq!(report.problems, []);
    eprintln!(
        "{doing:?}, {kills} kills: {done} deeds; {hits} kills left {left} without their award"
    );
    if soak() {
        assert!(
            hits * 4 >= kills,
            "{hits} kills fell between an outcome and its award"
        );
    }
    ledger.close().await;
}

on_both! {
    async fn each_study_is_awarded_once(db: Database) {
        killed_again_and_again(&db, Doing::Study).await;
    }

    async fn each_hazard_that_is_verified_is_awarded_once(db: Database) {
        killed_again_and_again(&db, Doing::Hazard).await;
    }

    async fn each_order_that_is_confirmed_is_awarded_once(db: Database) {
        killed_again_and_again(&db, Doing::Order).await;
    }

    async fn each_shift_is_awarded_once(db: Database) {
        killed_again_and_again(&db, Doing::Shift).await;
    }
}
