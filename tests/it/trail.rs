//! The audit trail: every change once, with who, when, by what, from where and why.

use std::collections::BTreeSet;
use std::net::IpAddr;

use ledger::community::personal::{Personal, Phone, Purpose};
use ledger::community::{Actor, Origin, Role, Via};
use ledger::ids::{ApiKeyId, MemberId, SessionId, random_bytes};
use ledger::machine::{Command, Reason, Receipt};
use ledger::views::{Change, TrailFilter};
use ledger::{AwardRequest, Enrolment, Request};
use serde_json::{Value, json};
use tests::backend::{Backend, Database};
use tests::books::Sql;
use tests::http::Client;
use tests::on_both;
use tests::server::{Server, jifen};
use tests::story::{DAY, HOUR, KEYS, Story, award_of, points};
use uuid::Uuid;

const PHONE: &str = "13912345678";
const NAME: &str = "欧阳震华";

fn from(address: &str) -> Option<IpAddr> {
    Some(address.parse().unwrap())
}

/// A request by a key, from an address.
fn by_key(story: &Story, actor: Actor, address: &str) -> Request {
    let via = Via::Key(ApiKeyId(actor.id.0));
    let address = from(address);
    Request {
        origin: Origin { via, address },
        ..story.request(actor, None)
    }
}

/// Ids of one millisecond are in no order, so each change has a second of its own.
async fn submit(story: &Story, request: &Request, award: &AwardRequest) -> Receipt {
    story.later(1);
    story.ledger.submit_award(request, award).await.unwrap()
}

async fn execute(story: &Story, request: &Request, command: Command) -> Receipt {
    story.later(1);
    story.ledger.execute(request, command).await.unwrap()
}

async fn trail(story: &Story, filter: TrailFilter) -> Vec<Change> {
    let page = story.ledger.trail(story.program, &filter).await.unwrap();
    assert_eq!(page.next, None);
    page.changes
}

fn all() -> TrailFilter {
    TrailFilter {
        limit: 200,
        ..TrailFilter::default()
    }
}

/// What an auditor reads of a change: operation, role, by what, from where, why.
fn told(change: &Change) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or("-".to_owned());
    let Change {
        role,
        via,
        address,
        reason,
        ..
    } = change;
    let parts = [role, via, address, reason].map(text);
    format!("{} {}", change.operation, parts.join(" "))
}

/// Awards approved, turned down and undone, by people at different places, and a look at what is held about somebody.
async fn lived(story: &Story) -> (Request, Request) {
    let desk = by_key(story, story.staff(0), "203.0.113.7");
    let approver = Request {
        origin: Origin {
            via: Via::Session(SessionId(Uuid::from_u128(7))),
            address: from("2001:db8::1"),
        },
        ..story.request(story.staff(1), None)
    };
    let patrol = story.patrol_of(0, "p1", 60);
    let patrol = award_of(&submit(story, &desk, &patrol).await);
    execute(story, &approver, Command::ApproveAward { award: patrol }).await;
    let other = story.patrol_of(1, "p2", 60);
    let other = award_of(&submit(story, &desk, &other).await);
    let reason = Reason::Evidence;
    let reject = Command::RejectAward {
        award: other,
        reason,
    };
    execute(story, &approver, reject).await;
    let reason = Reason::Mistake;
    let reverse = Command::ReverseAward {
        award: patrol,
        reason,
    };
    execute(story, &approver, reverse).await;
    let job = Request {
        origin: Via::Job("release_holds").into(),
        ..story.request(story.admin(), None)
    };
    let service = story.service_of(2, "s1", 60);
    submit(story, &desk, &service).await;
    story.later(1);
    let code = story.code(2).await;
    let hold = story.authorise(code, 0, 5, false);
    let store = story.request(story.merchant(0), None);
    let held = execute(story, &store, hold).await;
    let redemption = tests::story::redemption_of(&held);
    story.later(2 * HOUR);
    execute(story, &job, Command::ReleaseHold { redemption }).await;
    let enrolment = Enrolment {
        organization: None,
        personal: Personal {
            name: NAME.to_owned(),
            phones: vec![Phone::parse(PHONE).unwrap()],
            ..Personal::default()
        },
    };
    let member = MemberId(Uuid::from_u128(9));
    story.later(1);
    story.ledger.enrol(&desk, member, &enrolment).await.unwrap();
    story.later(1);
    story
        .ledger
        .reveal(&desk, member, Purpose::Complaint)
        .await
        .unwrap();
    (desk, approver)
}

async fn count(story: &Story, db: &Database, sql: &'static str) -> i64 {
    let rows: Vec<(i64,)> = Sql::connect(&db.url).await.rows(story.program, sql).await;
    rows[0].0
}

on_both! {
    async fn every_change_is_told_once_with_who_by_what_from_where_and_why(db: Database) {
        let story = Story::begin(&db).await;
        let founded = trail(&story, all()).await.len();
        let (desk, approver) = lived(&story).await;
        let changes = trail(&story, all()).await;
        let new: Vec<String> = changes.iter().rev().skip(founded).map(told).collect();
        assert_eq!(new, [
            "award.submit staff key 203.0.113.7 -",
            "award.approve staff session 2001:db8::1 -",
            "award.submit staff key 203.0.113.7 -",
            "award.reject staff session 2001:db8::1 evidence",
            "award.reverse staff session 2001:db8::1 mistake",
            "award.submit staff key 203.0.113.7 -",
            "register admin cli - -",
            "redemption.authorise merchant cli - -",
            "redemption.release admin job release_holds - -",
            "personal.keep staff key 203.0.113.7 -",
            "personal.reveal staff key 203.0.113.7 complaint",
        ]);
        let mine = |change: &&Change| change.actor == Some(desk.actor.id);
        assert_eq!(changes.iter().filter(mine).count(), 5);
        let keys: BTreeSet<_> = changes.iter().filter(mine).map(|change| change.via_id).collect();
        assert_eq!(keys, [Some(desk.actor.id.0)].into());
        let theirs = changes.iter().find(|change| change.operation == "award.approve").unwrap();
        assert_eq!((theirs.actor, theirs.via_id), (Some(approver.actor.id), Some(Uuid::from_u128(7))));

        // Asked again, it was not done again.
        let again = Request { key: Some("once".to_owned()), ..desk };
        let reveal = Command::RevealPersonal { member: MemberId(Uuid::from_u128(9)), purpose: Purpose::Contact };
        let before = trail(&story, all()).await.len();
        let first = execute(&story, &again, reveal.clone()).await;
        assert_eq!(execute(&story, &again, reveal).await, first);
        assert_eq!(trail(&story, all()).await.len(), before + 1);
        let text = format!("{:?}", trail(&story, all()).await);
        assert!(!text.contains(PHONE) && !text.contains(NAME) && !text.contains("骑手"));
        story.sound_books(&db).await;
    }

    async fn a_group_and_its_commands_come_from_one_place(db: Database) {
        let story = Story::begin(&db).await;
        let desk = by_key(&story, story.staff(0), "203.0.113.7");
        let lines: Vec<_> = (0..3).map(|line| story.service_of(line, &format!("g{line}"), 5)).collect();
        story.ledger.submit_awards(&desk, &lines).await.unwrap();
        let changes = trail(&story, TrailFilter { actor: Some(desk.actor.id), ..all() }).await;
        assert!(changes.iter().all(|change| change.address.as_deref() == Some("203.0.113.7")));
        let (groups, rest): (Vec<_>, Vec<_>) = changes.iter().partition(|change| change.operation == "group");
        assert_eq!((groups.len(), rest.len()), (1, 3));
        assert_eq!(groups[0].outcome(), json!({ "kind": "group", "commands": 3 }));
    }

    async fn a_caller_is_written_down_once_a_day(db: Database) {
        let story = Story::begin(&db).await;
        let desk = by_key(&story, story.staff(0), "203.0.113.7");
        let elsewhere = by_key(&story, story.staff(0), "203.0.113.8");
        let origins = "SELECT COUNT(*) FROM origins WHERE program_id = $1";
        let before = count(&story, &db, origins).await;
        for (request, more) in [(&desk, 1), (&desk, 1), (&elsewhere, 2), (&desk, 2)] {
            let reference = format!("{}", Uuid::from_bytes(random_bytes()));
            let service = story.service_of(0, &reference, 1);
            story.ledger.submit_award(request, &service).await.unwrap();
            assert_eq!(count(&story, &db, origins).await, before + more);
        }
        story.later(DAY);
        let service = story.service_of(0, "tomorrow", 1);
        story.ledger.submit_award(&desk, &service).await.unwrap();
        assert_eq!(count(&story, &db, origins).await, before + 3);
    }

    async fn the_trail_is_searched_by_person_object_operation_and_time(db: Database) {
        let story = Story::begin(&db).await;
        let founded = story.clock.now();
        story.later(DAY);
        let (desk, approver) = lived(&story).await;
        let (late, begun) = (story.clock.now().plus_seconds(-2), founded.plus_seconds(DAY));
        let operations = |changes: Vec<Change>| -> Vec<String> { changes.into_iter().map(|c| c.operation).collect() };
        let found = async |filter: TrailFilter| operations(trail(&story, filter).await);
        let by = found(TrailFilter { actor: Some(approver.actor.id), ..all() }).await;
        assert_eq!(by, ["award.reverse", "award.reject", "award.approve"]);
        let first = trail(&story, TrailFilter { operation: Some("award.approve".into()), ..all() }).await.remove(0);
        let of = found(TrailFilter { object: Some(first.subject), ..all() }).await;
        assert_eq!(of, ["award.reverse", "award.approve", "award.submit"]);
        // A member is found in what their awards and payments name.
        let member = found(TrailFilter { object: Some(story.members[2].0), ..all() }).await;
        assert_eq!(member, ["redemption.release", "redemption.authorise", "award.submit", "register"]);
        let until = found(TrailFilter { until: Some(begun), ..all() }).await;
        assert!(!until.is_empty() && until.iter().all(|name| !name.starts_with("award")));
        let since = found(TrailFilter { from: Some(late), ..all() }).await;
        assert_eq!(since, ["personal.reveal", "personal.keep", "redemption.release"]);
        let both = found(TrailFilter { from: Some(begun), until: Some(late), actor: Some(desk.actor.id), ..all() }).await;
        assert_eq!(both, ["award.submit", "award.submit", "award.submit"]);
        assert_eq!(found(TrailFilter { operation: Some("award.%".into()), ..all() }).await, [""; 0]);

        // Page by page, nothing twice and nothing left out.
        let whole = trail(&story, all()).await;
        let mut filter = TrailFilter { limit: 4, ..TrailFilter::default() };
        let mut paged = Vec::new();
        loop {
            let page = story.ledger.trail(story.program, &filter).await.unwrap();
            paged.extend(page.changes.iter().map(|change| change.id));
            filter.before = page.next;
            if page.next.is_none() {
                break;
            }
        }
        assert_eq!(paged, whole.iter().map(|change| change.id).collect::<Vec<_>>());
    }

    async fn only_an_address_is_forgotten(db: Database) {
        let story = Story::begin(&db).await;
        lived(&story).await;
        let mut sql = Sql::connect(&db.url).await;
        for statement in [
            "UPDATE origins SET actor = origin_id",
            "UPDATE origins SET via = 'key'",
            "UPDATE origins SET day = 0, address = NULL",
            "UPDATE origins SET address = '192.0.2.1'",
            "DELETE FROM origins",
            "UPDATE events SET reason = 'mistake'",
        ] {
            let refusal = sql.run(statement).await.expect_err(statement);
            assert!(refusal.contains("append-only"), "{statement}: {refusal}");
        }
        let before = trail(&story, all()).await;
        let oldest = story.ledger.oldest_address(story.program).await.unwrap().unwrap();
        assert!(story.clock.now().seconds_since(oldest) < DAY);
        let kept = story.ledger.forget_addresses(story.program, oldest.plus_seconds(-1), 9).await.unwrap();
        assert_eq!(kept, 0);
        for (limit, forgotten) in [(1, 1), (9, 1), (9, 0)] {
            let done = story.ledger.forget_addresses(story.program, oldest, limit).await.unwrap();
            assert_eq!(done, forgotten);
        }
        assert_eq!(story.ledger.oldest_address(story.program).await.unwrap(), None);
        let after = trail(&story, all()).await;
        assert!(after.iter().all(|change| change.address.is_none()));
        let rest = |changes: &[Change]| -> Vec<_> { changes.iter().map(|c| (c.id, c.actor, c.via.clone(), c.reason.clone())).collect() };
        assert_eq!(rest(&after), rest(&before));
    }

    /// What was written before origins were: who acted is told by the transfer.
    async fn what_is_older_is_told_as_far_as_it_is_known(db: Database) {
        let story = Story::begin(&db).await;
        story.later(1);
        story.award(&story.service_of(0, "visit", 10)).await.unwrap();
        let mut sql = Sql::connect(&db.url).await;
        sql.run(match db.backend {
            Backend::Postgres => "ALTER TABLE events DISABLE TRIGGER ALL",
            Backend::Sqlite => "DROP TRIGGER events_refuse_update",
        }).await.unwrap();
        sql.run("UPDATE events SET origin_id = NULL").await.unwrap();
        let changes = trail(&story, all()).await;
        assert_eq!((changes[0].actor, told(&changes[0])), (Some(story.staff(0).id), "award.submit - - - -".to_owned()));
        let first = changes.iter().find(|change| change.operation == "register").unwrap();
        assert_eq!((first.actor, told(first)), (None, "register - - - -".to_owned()));
        let by = trail(&story, TrailFilter { actor: Some(story.staff(0).id), ..all() }).await;
        assert_eq!(by.len(), 1);
    }

    async fn auditors_read_it_over_http_and_export_it(db: Database) {
        let story = Story::begin(&db).await;
        let auditor = story.token(Role::Auditor, None).await;
        let admin = story.token(Role::Admin, None).await;
        lived(&story).await;
        let serve = async |more: &[&str]| Server::start_with(&db.url, |serve| {
            serve.env("JIFEN_MASTER_KEY", KEYS).args(["--keep-addresses", "36500"]).args(more);
        }).await;
        let proxied = serve(&["--trusted-proxy", "127.0.0.0/8"]).await;
        let direct = serve(&[]).await;
        let funder = json!({ "name": "街道办" }).to_string();
        for (server, address) in [(&proxied, "198.51.100.4"), (&direct, "127.0.0.1")] {
            let admin = Client::new(server.base_url(), &admin);
            let key = address.to_owned();
            let headers = [("content-type", "application/json"), ("idempotency-key", key.as_str()), ("x-forwarded-for", "192.0.2.9, 198.51.100.4")];
            let made = admin.send(hyper::Method::POST, "/v1/funders", &headers, funder.clone().into()).await.unwrap();
            assert_eq!(made.status, 201, "{}", made.text);
            let id = made.body["id"].as_str().unwrap();
            let auditor = Client::new(server.base_url(), &auditor);
            let found = auditor.get(&format!("/v1/audit?object={id}")).await.unwrap();
            assert_eq!(found.status, 200, "{}", found.text);
            let change = &found.body["items"][0];
            assert_eq!((&change["address"], &change["via"], &change["role"]), (&json!(address), &json!("key"), &json!("admin")));
        }

        let auditor = Client::new(direct.base_url(), &auditor);
        // What the servers' own jobs do meanwhile comes later.
        let mut items: Vec<Value> = Vec::new();
        let mut path = "/v1/audit?limit=7&to=2026-04-01T00:00:00Z".to_owned();
        loop {
            let page = auditor.get(&path).await.unwrap().body;
            items.extend(page["items"].as_array().unwrap().clone());
            let Some(cursor) = page["next_cursor"].as_str() else { break };
            path = format!("/v1/audit?limit=7&to=2026-04-01T00:00:00Z&cursor={cursor}");
        }
        let exported = auditor.get("/v1/audit/export?format=jsonl&to=2026-04-01T00:00:00Z").await.unwrap();
        let lines: Vec<Value> = exported.text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines, items);
        assert!(!exported.text.contains(PHONE) && !exported.text.contains(NAME));

        let csv = auditor.get("/v1/audit/export?operation=personal.reveal").await.unwrap();
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8"));
        let rows: Vec<&str> = csv.text.split("\r\n").collect();
        assert_eq!(rows.len(), 3, "{}", csv.text);
        assert_eq!(rows[0], "id,at,operation,subject,actor,role,via,via_id,address,reason,outcome");
        assert!(rows[1].contains(",203.0.113.7,complaint,\"{\"\"by\"\""), "{}", rows[1]);

        let program = story.program.to_string();
        let out = jifen().args(["audit", "export", "--database-url", &db.url, "--program", &program, "--operation", "personal.reveal"]).output().unwrap();
        assert_eq!(String::from_utf8(out.stdout).unwrap(), csv.text, "{}", String::from_utf8_lossy(&out.stderr));
        let out = jifen().args(["audit", "export", "--database-url", &db.url, "--program", &program, "--format", "jsonl", "--to", "2026-04-01T00:00:00Z"]).output().unwrap();
        assert_eq!(String::from_utf8(out.stdout).unwrap(), exported.text);

        for (path, status) in [("/v1/audit?actor=x", 400), ("/v1/audit?colour=x", 400), ("/v1/audit?limit=201", 400), ("/v1/audit/export?format=xml", 400)] {
            assert_eq!(auditor.get(path).await.unwrap().status, status, "{path}");
        }
    }

    async fn a_server_forgets_addresses_of_long_ago(db: Database) {
        let story = Story::begin(&db).await;
        let desk = by_key(&story, story.staff(0), "203.0.113.7");
        submit(&story, &desk, &story.service_of(0, "long ago", 5)).await;
        let oldest = async || story.ledger.oldest_address(story.program).await.unwrap();
        assert!(oldest().await.is_some());
        let _server = Server::start_with(&db.url, |serve| { serve.args(["--keep-addresses", "1"]); }).await;
        for _ in 0..200 {
            if oldest().await.is_none() {
                let submitted = trail(&story, TrailFilter { operation: Some("award.submit".into()), ..all() }).await;
                assert_eq!(told(&submitted[0]), "award.submit staff key - -");
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        }
        panic!("the address is still there");
    }

    /// Codes have ten digits: whoever tries without end is slowed, at that store and wherever they try.
    async fn wrong_codes_are_slowed(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 60)).await.unwrap();
        let guess = async |actor: Actor, store: usize, code: &str| {
            let command = story.authorise(code.to_owned(), store, 1, true);
            match story.execute(actor, None, command).await {
                Ok(_) => "taken".to_owned(),
                Err(ledger::WriteError::Rejected(rejection)) => rejection.code(),
                Err(ledger::WriteError::TooManyGuesses(seconds)) => format!("wait {seconds}"),
                Err(other) => panic!("{other}"),
            }
        };
        let here = story.merchant(0);
        for _ in 0..10 {
            assert_eq!(guess(here, 0, "wrong").await, "invalid_code");
        }
        assert_eq!(guess(here, 0, "wrong").await, "wait 60");
        // The right one waits as well; another store does not.
        let right = story.code(0).await;
        assert_eq!(guess(here, 0, &right).await, "wait 60");
        assert_eq!(guess(story.merchant(1), 1, &right).await, "taken");
        story.later(60);
        let right = story.code(0).await;
        assert_eq!(guess(here, 0, "wrong").await, "invalid_code");
        assert_eq!(guess(here, 0, &right).await, "wait 60");
        story.later(60);
        assert_eq!(guess(here, 0, &right).await, "taken");
        // Whoever may charge at any store is slowed at all of them.
        for _ in 0..10 {
            guess(story.admin(), 1, "wrong").await;
        }
        assert!(guess(story.admin(), 0, "wrong").await.starts_with("wait"));
        assert_eq!(points(58).hundredths(), story.available(0).await);
        story.sound_books(&db).await;
    }
}
