//! Who may do what: every route, every kind of caller, on what is theirs and on what is not.

mod town;

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use ledger::AwardRequest;
use ledger::clock::Clock;
use ledger::community::personal::Personal;
use ledger::community::{Access, Clerk, ClerkRole, Registration, Role, StaffRole};
use ledger::ids::{AwardId, ClerkId, MemberId, OrganizationId, StaffId};
use ledger::machine::Command;
use serde_json::{Value, json};
use tests::backend::{Backend, Database};
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::{KEYS, Story, award_of};
use uuid::Uuid;

use crate::lifecycle::NOTICE;
use town::{Town, id, session};

const MATRIX: &str = include_str!("access/matrix.txt");

/// The code and status of what came of it; of a batch, of its first line.
fn verdict(answer: &Answer) -> (u16, String) {
    let line = &answer.body["results"][0];
    let (status, code) = match line["status"].as_u64() {
        Some(status) => (u16::try_from(status).unwrap(), &line["problem"]["code"]),
        None => (answer.status, &answer.body["code"]),
    };
    assert!(status < 500, "{}", answer.text);
    (status, code.as_str().unwrap_or_default().to_owned())
}

/// An award of a member of the first node that two have to approve.
async fn asked(story: &Story, town: &Town) -> AwardId {
    let service = AwardRequest {
        policy: Some("notice".to_owned()),
        member: town.members[0],
        ..story.service_of(0, "exceptional", 60)
    };
    award_of(&story.award(&service).await.unwrap())
}

/// What comes of it when somebody who was just appointed approves an award.
async fn approved(
    story: &Story,
    server: &Server,
    award: AwardId,
    staff: StaffId,
    node: Option<OrganizationId>,
) -> (u16, String) {
    story.appoint(staff, StaffRole::Approver, node).await;
    let token = story.token(Role::Staff, Some(staff.0)).await;
    let path = format!("/v1/awards/{award}/approve");
    let key = id().to_string();
    let client = Client::new(server.base_url(), &token);
    let answer = client.post(&path, Some(&key), &json!({})).await.unwrap();
    let code = answer.body["code"].as_str().unwrap_or_default();
    (answer.status, code.to_owned())
}

/// Somebody who asks to be enrolled: whoever is decided on asks no more.
async fn asking(story: &Story, node: OrganizationId) -> Uuid {
    let asks = MemberId(id());
    let personal = Personal {
        name: "新来的".to_owned(),
        ..Personal::default()
    };
    let request = story.request(story.staff(0), None);
    let asked = story
        .ledger
        .ask_to_join(&request, asks, node, &personal, None);
    asked.await.unwrap();
    asks.0
}

async fn cell(client: &Client, town: &Town, story: &Story, method: &str, route: &str) -> char {
    let mut verdicts = Vec::new();
    for whose in 0..2 {
        let mut path = town.path(story, route, whose);
        if route.starts_with("/v1/joining/{id}") {
            let asks = asking(story, town.nodes[whose]).await;
            path = route.replace("{id}", &asks.to_string());
            if method == "GET" {
                path.push_str("?purpose=contact");
            }
        }
        let key = id().to_string();
        let is_file = route.starts_with("/v1/imports/") || route.ends_with("/reconciliations");
        let (kind, body) = match is_file {
            true => ("text/csv", "reference\n".to_owned()),
            false => ("application/json", town.body(route, whose).to_string()),
        };
        let headers = [("content-type", kind), ("idempotency-key", key.as_str())];
        let answer = match method {
            "GET" => client.get(&path).await,
            _ => {
                let body = Bytes::from(body);
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                client.send(method, &path, &headers, body).await
            }
        };
        verdicts.push(verdict(&answer.unwrap()));
    }
    let refused = |(status, code): &(u16, String)| *status == 401 || code == "forbidden";
    let absent = |(status, _): &(u16, String)| *status == 404;
    let known = town.path(story, route, 0) != town.path(story, route, 1)
        || town.body(route, 0) != town.body(route, 1);
    match (&verdicts[0], &verdicts[1]) {
        (own, _) if refused(own) => '-',
        (own, _) if known && absent(own) => '-',
        (own, other) if !absent(own) && (refused(other) || absent(other)) => 'o',
        _ => '+',
    }
}

/// The table: by route, what each caller may.
fn table() -> BTreeMap<String, String> {
    let lines = MATRIX
        .lines()
        .filter(|line| line.starts_with(['D', 'G', 'P']));
    lines
        .map(|line| {
            let mut words = line.split_whitespace();
            let route = format!("{} {}", words.next().unwrap(), words.next().unwrap());
            (route, words.collect())
        })
        .collect()
}

/// A server that can seal what is personal.
async fn sealed(db: &Database) -> Server {
    Server::start_with(&db.url, |command| {
        command.env("JIFEN_MASTER_KEY", KEYS);
        command.env("JIFEN_RECORD_KEY", format!("test {}", "5a".repeat(32)));
    })
    .await
}

/// What is said of every route, by every caller. On SQLite alone, because no database decides any of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_lets_in_whom_the_table_says() {
    let (db, calm_db) = (Backend::Sqlite.fresh().await, Backend::Sqlite.fresh().await);
    let (story, calm) = (Story::begin(&db).await, Story::begin(&calm_db).await);
    let (town, calm_town) = (Town::begin(&story).await, Town::begin(&calm).await);
    let (server, calm_server) = (sealed(&db).await, sealed(&calm_db).await);
    let tokens = town.callers(&story).await;
    let clients = tokens
        .iter()
        .map(|token| Client::new(server.base_url(), token));
    let mut columns: Vec<_> = clients.map(|client| (client, &town, &story)).collect();
    let document = columns[0].0.get("/openapi.json").await.unwrap().body;
    // Staff who were never appointed, where nobody is.
    let token = calm.token(Role::Staff, Some(id())).await;
    let staff = Client::new(calm_server.base_url(), &token);
    columns.insert(1, (staff, &calm_town, &calm));
    let mut found = BTreeMap::new();
    for (route, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let mut cells = String::new();
            for (client, town, story) in &columns {
                cells.push(cell(client, town, story, &method, route).await);
            }
            found.insert(format!("{method} {route}"), cells);
        }
    }
    let expected = table();
    let routes = found.keys().chain(expected.keys());
    let differ: Vec<String> = routes
        .filter(|route| found.get(*route) != expected.get(*route))
        .map(|route| {
            let told = |of: &BTreeMap<String, String>| of.get(route).cloned().unwrap_or_default();
            format!(
                "{route}: the table says {}, found {}",
                told(&expected),
                told(&found)
            )
        })
        .collect();
    assert!(differ.is_empty(), "{}", differ.join("\n"));
}

on_both! {
    async fn who_leaves_is_refused_at_once_and_stays_on_record(db: Database) {
        let story = Story::begin(&db).await;
        let town = Town::begin(&story).await;
        let staff = story.person(town.nodes[0]).await;
        story.appoint(staff, StaffRole::Awarder, town.nodes[0]).await;
        let token = story.token(Role::Staff, Some(staff.0)).await;
        let admin = story.token(Role::Admin, None).await;
        let server = Server::start(&db.url).await;
        let (clerk, admin) = (Client::new(server.base_url(), &token), Client::new(server.base_url(), &admin));
        let own = format!("/v1/members/{}", town.members[0]);
        assert_eq!(clerk.get(&own).await.unwrap().status, 200);
        let seen = clerk.get("/v1/members").await.unwrap().body;
        assert_eq!(seen["items"].as_array().map(Vec::len), Some(1), "{seen}");
        let leave = format!("/v1/staff/{staff}/leave");
        let left = admin.post(&leave, None, &json!({})).await.unwrap();
        assert_eq!(left.status, 200, "{}", left.text);
        assert_eq!(clerk.get(&own).await.unwrap().status, 401);
        let again = admin.post(&leave, None, &json!({})).await.unwrap();
        assert_eq!(again.body["code"], "already_ended");
        let anew = json!({ "staff": staff.0, "role": "approver" });
        let anew = admin.post("/v1/appointments", None, &anew).await.unwrap();
        assert_eq!(anew.body["code"], "staff_left");
        let kept = admin.get("/v1/appointments").await.unwrap().body;
        assert_eq!(kept["items"][0]["staff"], json!(staff.0));
        assert!(kept["items"][0]["ended_at"].is_string(), "{kept}");
    }

    async fn two_approvals_come_from_two_nodes(db: Database) {
        let story = Story::begin(&db).await;
        let town = Town::begin(&story).await;
        story.enact("notice", NOTICE).await;
        let award = asked(&story, &town).await;
        let above = story.ledger.path(story.program, town.nodes[0]).await.unwrap()[1];
        let server = Server::start(&db.url).await;
        let approve = async |node| {
            let staff = story.person(town.nodes[0]).await;
            approved(&story, &server, award, staff, Some(node)).await
        };
        let refused = |status: u16, code: &str| (status, code.to_owned());
        assert_eq!(approve(town.nodes[0]).await, refused(200, ""));
        assert_eq!(approve(town.nodes[0]).await, refused(403, "same_node"));
        assert_eq!(approve(town.nodes[1]).await, refused(404, "not_found"));
        assert_eq!(approve(above).await, refused(200, ""));
    }

    /// Who works nowhere and was appointed to no node decides on the whole programme, and so does everybody else who was not.
    async fn the_whole_programme_is_one_node(db: Database) {
        let story = Story::begin(&db).await;
        let town = Town::begin(&story).await;
        story.enact("notice", NOTICE).await;
        let award = asked(&story, &town).await;
        let server = Server::start(&db.url).await;
        let approve = async |node: Option<OrganizationId>| {
            let staff = story.person(None).await;
            approved(&story, &server, award, staff, node).await
        };
        assert_eq!(approve(None).await, (200, String::new()));
        assert_eq!(approve(None).await, (403, "same_node".to_owned()));
        assert_eq!(approve(Some(town.nodes[0])).await, (200, String::new()));
    }

    async fn a_key_is_worthless_from_the_moment_it_expires(db: Database) {
        let story = Story::begin(&db).await;
        let server = Server::start(&db.url).await;
        let soon = Clock::System.now().plus_seconds(3);
        let token = story.token_until(Role::Auditor, None, Some(soon)).await;
        let client = Client::new(server.base_url(), &token);
        assert_eq!(client.get("/v1/budgets").await.unwrap().status, 200);
        tokio::time::sleep(Duration::from_millis(3_100)).await;
        assert_eq!(client.get("/v1/budgets").await.unwrap().status, 401, "though it was just looked up");
    }

    async fn a_key_does_its_verbs_is_rotated_and_ends(db: Database) {
        let story = Story::begin(&db).await;
        let admin = story.token(Role::Admin, None).await;
        let server = Server::start(&db.url).await;
        let admin = Client::new(server.base_url(), &admin);
        let wanted = json!({ "name": "对接", "role": "admin", "verbs": "read" });
        let made = admin.post("/v1/keys", None, &wanted).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        let first = Client::new(server.base_url(), made.body["token"].as_str().unwrap());
        assert_eq!(first.get("/v1/transfers").await.unwrap().status, 200);
        let refused = first.post("/v1/budgets", None, &json!({})).await.unwrap();
        assert_eq!((refused.status, &refused.body["needed"]), (403, &json!(["budgets"])));
        let of = |what: &str| format!("/v1/keys/{}/{what}", made.body["id"].as_str().unwrap());
        let overlap = json!({ "overlap_hours": 1 });
        let rotated = admin.post(&of("rotate"), None, &overlap).await.unwrap();
        assert_eq!(rotated.status, 201, "{}", rotated.text);
        let second = Client::new(server.base_url(), rotated.body["token"].as_str().unwrap());
        assert_eq!(second.get("/v1/transfers").await.unwrap().status, 200);
        assert_eq!(first.get("/v1/transfers").await.unwrap().status, 200);
        let ended = admin.post(&of("revoke"), None, &json!({})).await.unwrap();
        assert_eq!(ended.status, 200, "{}", ended.text);
        assert_eq!(first.get("/v1/transfers").await.unwrap().status, 401);
        assert_eq!(second.get("/v1/transfers").await.unwrap().status, 200);
        let over = admin.post(&of("rotate"), None, &overlap).await.unwrap();
        assert_eq!(over.status, 409, "{}", over.text);
        let more = json!({ "name": "x", "role": "auditor", "verbs": "award" });
        assert_eq!(admin.post("/v1/keys", None, &more).await.unwrap().status, 422);
    }

    async fn what_waits_on_a_node_is_told_there(db: Database) {
        let story = Story::begin(&db).await;
        let town = Town::begin(&story).await;
        let above = story.ledger.path(story.program, town.nodes[0]).await.unwrap()[1];
        let server = Server::start(&db.url).await;
        let told = async |nodes: &[OrganizationId], query: &str| {
            let staff = story.person(town.nodes[0]).await;
            for node in nodes {
                story.appoint(staff, StaffRole::Approver, *node).await;
            }
            let token = story.token(Role::Staff, Some(staff.0)).await;
            let answer = Client::new(server.base_url(), &token).get(&format!("/v1/awards?{query}")).await.unwrap();
            let items = answer.body["items"].as_array().cloned().unwrap_or_default();
            let ids: Vec<Value> = items.iter().map(|award| award["id"].clone()).collect();
            (answer.status, ids, answer.body["next_cursor"].as_str().map(str::to_owned))
        };
        // Made at one moment, their ids are in any order.
        let own = json!(town.awards[0]);
        let (one, other) = (json!(town.awards.iter().min()), json!(town.awards.iter().max()));
        let waiting = "state=submitted";
        assert_eq!(told(&town.nodes[..1], waiting).await, (200, vec![own], None));
        assert_eq!(told(&town.nodes, waiting).await, (200, vec![other.clone(), one.clone()], None));
        // Reached twice, it waits once; page by page.
        assert_eq!(told(&[above, town.nodes[0]], waiting).await.1, [other.clone(), one.clone()]);
        let (_, first, next) = told(&[above], "state=submitted&limit=1").await;
        assert_eq!(first, [other]);
        let rest = format!("state=submitted&cursor={}", next.unwrap());
        assert_eq!(told(&[above], &rest).await.1, [one]);
        assert_eq!(told(&town.nodes[..1], "state=frozen").await.1, Vec::<Value>::new());
        assert_eq!(told(&town.nodes[..1], "state=vested").await.0, 403);
    }

    async fn a_key_for_a_grid_reaches_no_more_of_a_community(db: Database) {
        let story = Story::begin(&db).await;
        let town = Town::begin(&story).await;
        let staff = story.person(town.nodes[0]).await;
        story.appoint(staff, StaffRole::Awarder, town.nodes[0]).await;
        let admin = story.token(Role::Admin, None).await;
        let server = Server::start(&db.url).await;
        let admin = Client::new(server.base_url(), &admin);
        for (whose, seen) in [(0, 1), (1, 0)] {
            let grid = story.ledger.path_of_member(story.program, town.members[whose]).await.unwrap()[0];
            let key = json!({ "name": "网格", "role": "staff", "subject": staff.0, "organization": grid.0 });
            let key = admin.post("/v1/keys", None, &key).await.unwrap();
            let client = Client::new(server.base_url(), key.body["token"].as_str().unwrap());
            let members = client.get("/v1/members").await.unwrap().body;
            assert_eq!(members["items"].as_array().map(Vec::len), Some(seen), "{members}");
        }
    }

    async fn nobody_takes_over_who_reaches_further(db: Database) {
        let story = Story::begin(&db).await;
        let town = Town::begin(&story).await;
        let [own, other] = town.nodes;
        let administrator = story.person(own).await;
        story.appoint(administrator, StaffRole::Administrator, own).await;
        let token = story.token(Role::Staff, Some(administrator.0)).await;
        let server = sealed(&db).await;
        let client = Client::new(server.base_url(), &token);
        let at = async |home: Option<OrganizationId>, roles: &[(StaffRole, Option<OrganizationId>)]| {
            let staff = story.person(home).await;
            for (role, node) in roles {
                story.appoint(staff, *role, *node).await;
            }
            staff
        };
        let approver = StaffRole::Approver;
        let was_more = at(Some(own), &[]).await;
        let access = Access::Appointment(story.appoint(was_more, approver, None).await);
        let end = Command::EndAccess { access, at: None };
        story.execute(story.admin(), None, end).await.unwrap();
        for (staff, reached) in [
            (at(Some(own), &[]).await, true),
            (at(Some(own), &[(approver, Some(own))]).await, true),
            (was_more, true),
            (at(Some(own), &[(approver, Some(own)), (StaffRole::Auditor, Some(other))]).await, false),
            (at(Some(own), &[(approver, None)]).await, false),
            (at(Some(other), &[(approver, Some(own))]).await, false),
            (at(None, &[]).await, false),
        ] {
            let expected = |status| if reached { status } else { 404 };
            let session = session(&story, staff).await;
            let wanted = json!({ "subject": staff.0, "handle": format!("h{}", staff.0.simple()) });
            let invited = client.post("/v1/logins", None, &wanted).await.unwrap();
            assert_eq!(invited.status, expected(201), "{}", invited.text);
            let seen = client.get(&format!("/v1/sessions?subject={staff}")).await.unwrap();
            assert_eq!(seen.status, expected(200), "{}", seen.text);
            let ended = client.post(&format!("/v1/sessions/{session}/revoke"), None, &json!({})).await.unwrap();
            assert_eq!(ended.status, expected(200), "{}", ended.text);
            let left = client.post(&format!("/v1/staff/{staff}/leave"), None, &json!({})).await.unwrap();
            assert_eq!(left.status, expected(200), "{}", left.text);
        }
        // Nor clerks, who belong to no node.
        let clerk = Clerk { id: ClerkId(id()), store: story.stores[0], name: "店员".to_owned(), role: ClerkRole::Clerk, whole_merchant: false };
        let wanted = json!({ "subject": clerk.id.0, "handle": "clerk" });
        story.register(Registration::Clerk(clerk)).await;
        assert_eq!(client.post("/v1/logins", None, &wanted).await.unwrap().status, 404);
    }

    async fn from_the_first_appointment_on_only_appointments_say(db: Database) {
        let story = Story::begin(&db).await;
        let idle = story.token(Role::Staff, Some(story.person(None).await.0)).await;
        let admin = story.token(Role::Admin, None).await;
        let server = Server::start(&db.url).await;
        let (idle, admin) = (Client::new(server.base_url(), &idle), Client::new(server.base_url(), &admin));
        assert_eq!(idle.get("/v1/members").await.unwrap().status, 200);
        let another = story.person(None).await;
        let wanted = json!({ "staff": another.0, "role": "auditor" });
        let appointed = admin.post("/v1/appointments", None, &wanted).await.unwrap();
        let refused = idle.get("/v1/members").await.unwrap();
        assert_eq!((refused.status, &refused.body["code"]), (403, &json!("forbidden")));
        assert_eq!(idle.get("/v1/sessions").await.unwrap().status, 200, "what is their own");
        // That it ended makes no difference.
        let end = format!("/v1/appointments/{}/end", appointed.body["id"].as_str().unwrap());
        assert_eq!(admin.post(&end, None, &json!({})).await.unwrap().status, 200);
        assert_eq!(idle.get("/v1/members").await.unwrap().status, 403);
    }
}
