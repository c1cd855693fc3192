//! Who may do what: every route, every kind of caller, on what is theirs and on what is not.

use std::collections::BTreeMap;
use std::time::Duration;

use hyper::Method;
use hyper::body::Bytes;
use ledger::AwardRequest;
use ledger::clock::Clock;
use ledger::community::personal::Personal;
use ledger::community::{
    Appointment, Code, Funder, JoinCode, Member, Organization, Registration, Role, Staff, StaffRole,
};
use ledger::ids::{
    AppointmentId, FunderId, MemberId, OrganizationId, StaffId, random_bytes, sha256_hex,
};
use ledger::machine::{Command, Outcome, Rate};
use ledger::points::Rounding;
use serde_json::{Value, json};
use tests::backend::{Backend, Database};
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::{HOUR, KEYS, Story, award_of, points, redemption_of};
use uuid::Uuid;

use crate::lifecycle::NOTICE;

const MATRIX: &str = include_str!("access/matrix.txt");

fn id() -> Uuid {
    Uuid::from_bytes(random_bytes())
}

/// Two communities of a district, and what belongs to each: what is a caller's own, and what is not.
struct Town {
    nodes: [OrganizationId; 2],
    members: [MemberId; 2],
    staff: [StaffId; 2],
    awards: [Uuid; 2],
    redemptions: [Uuid; 2],
    statements: [Uuid; 2],
}

async fn person(story: &Story, organization: OrganizationId) -> StaffId {
    let person = Staff {
        id: StaffId(id()),
        organization: Some(organization),
        name: "值班".to_owned(),
        member: None,
    };
    let staff = person.id;
    story.register(Registration::Staff(person)).await;
    staff
}

async fn appoint(story: &Story, staff: StaffId, role: StaffRole, node: OrganizationId) -> Uuid {
    let appointment = Appointment {
        id: AppointmentId(id()),
        staff,
        role,
        organization: Some(node),
    };
    let of = appointment.id.0;
    story.register(Registration::Appointment(appointment)).await;
    of
}

async fn organization(story: &Story, kind: &str, parent: Option<OrganizationId>) -> OrganizationId {
    let node = Organization {
        id: OrganizationId(id()),
        parent,
        kind: kind.to_owned(),
        name: kind.to_owned(),
    };
    let of = node.id;
    story.register(Registration::Organization(node)).await;
    of
}

/// A community, a member and a staff member of it, and their award, redemption and statement.
type Half = (OrganizationId, MemberId, StaffId, [Uuid; 3]);

impl Town {
    async fn begin(story: &Story) -> Self {
        let district = organization(story, "district", None).await;
        let funder = Funder {
            id: FunderId(id()),
            name: "街道".to_owned(),
        };
        let payer = funder.id;
        story.register(Registration::Funder(funder)).await;
        let funds = Command::ReceiveFunds {
            funder: payer,
            amount: points(1_000),
        };
        story.execute(story.admin(), None, funds).await.unwrap();
        let mut halves = Vec::new();
        for index in 0..2 {
            halves.push(Self::half(story, district, payer, index).await);
        }
        let each = |of: fn(&Half) -> Uuid| [of(&halves[0]), of(&halves[1])];
        Self {
            nodes: each(|half| half.0.0).map(OrganizationId),
            members: each(|half| half.1.0).map(MemberId),
            staff: each(|half| half.2.0).map(StaffId),
            awards: each(|half| half.3[0]),
            redemptions: each(|half| half.3[1]),
            statements: each(|half| half.3[2]),
        }
    }

    async fn half(story: &Story, district: OrganizationId, funder: FunderId, index: usize) -> Half {
        let node = organization(story, "community", Some(district)).await;
        let grid = organization(story, "grid", Some(node)).await;
        let member = MemberId(id());
        let code = JoinCode::new(node, random_bytes(), story.clock.now(), JoinCode::DAYS);
        story.register(Registration::JoinCode(code)).await;
        let record = Member {
            id: member,
            organization: Some(grid),
            name: "骑手".to_owned(),
        };
        story.register(Registration::Member(record)).await;
        let staff = person(story, node).await;
        let mut patrol = story.patrol_of(0, &format!("p{index}"), 60);
        patrol.member = member;
        let award = award_of(&story.award(&patrol).await.unwrap());
        let mut service = story.service_of(0, &format!("s{index}"), 60);
        service.member = member;
        story.award(&service).await.unwrap();
        let code = sha256_hex(&random_bytes::<16>());
        let record = Code {
            hash: code.clone(),
            member,
            expires_at: story.clock.now().plus_seconds(300),
        };
        story.register(Registration::Code(record)).await;
        let spend = Command::Authorise {
            code,
            store: story.stores[index],
            points: points(20),
            capture: true,
            hold_seconds: HOUR,
        };
        let spent = story.execute(story.merchant(index), None, spend).await;
        let redemption = redemption_of(&spent.unwrap());
        let freeze = Command::FreezeStatement {
            store: story.stores[index],
            through_version: None,
            funder,
            rate: Rate::new("1".parse().unwrap(), Rounding::HalfUp),
        };
        let frozen = story.execute(story.admin(), None, freeze).await.unwrap();
        let Outcome::Statement(statement) = frozen.outcome else {
            panic!("{frozen:?} is no statement");
        };
        (node, member, staff, [award.0, redemption.0, statement.id.0])
    }

    /// One of each kind of caller, in the order of the table's columns.
    async fn callers(&self, story: &Story) -> Vec<String> {
        let mut tokens = vec![
            story.token(Role::Admin, None).await,
            story.token(Role::Staff, Some(id())).await,
            story.token(Role::Merchant, Some(story.stores[0].0)).await,
            story.token(Role::Member, Some(self.members[0].0)).await,
            story.token(Role::Auditor, None).await,
        ];
        for role in StaffRole::ALL {
            let staff = person(story, self.nodes[0]).await;
            appoint(story, staff, *role, self.nodes[0]).await;
            tokens.push(story.token(Role::Staff, Some(staff.0)).await);
        }
        tokens
    }

    /// The path, filled in with what is a caller's own (0) or not (1).
    fn path(&self, story: &Story, route: &str, whose: usize) -> String {
        let ids = [
            ("/v1/awards/", self.awards[whose]),
            ("/v1/members/", self.members[whose].0),
            ("/v1/redemptions/", self.redemptions[whose]),
            ("/v1/statements/", self.statements[whose]),
            ("/v1/stores/", story.stores[whose].0),
            ("/v1/staff/", self.staff[whose].0),
            ("/v1/organizations/", self.nodes[whose].0),
        ];
        let found = ids.iter().find(|(prefix, _)| route.starts_with(prefix));
        let object = found.map_or_else(Uuid::nil, |(_, id)| *id).to_string();
        let path = route.replace("{id}", &object);
        let path = path.split('{').next().unwrap_or_default();
        let nothing = if path.len() < route.len() && route.ends_with('}') && !route.contains("{id}")
        {
            "nothing"
        } else {
            ""
        };
        match route {
            "/v1/awards" => format!("{path}?member={}", self.members[whose].0),
            "/v1/redemptions" => format!("{path}?store={}", story.stores[whose].0),
            "/v1/accounts/{account}/statement" => format!("{path}nothing/statement"),
            _ if route.starts_with("/v1/imports/") => format!("{path}?preview=true"),
            _ => format!("{path}{nothing}"),
        }
    }

    /// A body for routes whose body says about whom it is.
    fn body(&self, route: &str, whose: usize) -> Value {
        let node = self.nodes[whose].0;
        let award = json!({
            "member": self.members[whose].0,
            "deed": { "kind": "none", "reference": "r", "occurred_at": "2026-03-05T10:00:00+08:00", "facts": {} },
        });
        match route {
            "/v1/awards" | "/v1/awards/preview" => award,
            "/v1/awards/batch" => json!([award]),
            "/v1/organizations" => json!({ "name": "组", "kind": "team", "parent": node }),
            "/v1/members" | "/v1/staff" => json!({ "name": "新来的", "organization": node }),
            "/v1/appointments" => {
                json!({ "staff": id(), "role": "awarder", "organization": node })
            }
            "/v1/members/{id}/phone" => json!({ "phone": format!("1370000000{whose}") }),
            "/v1/members/{id}/consents" => json!({ "consent": "2026-1" }),
            // No phone, which is looked at once it is clear whose it would be.
            "/v1/members/{id}/phone/code" => json!({ "phone": "139" }),
            "/v1/members/{id}/phone/own" => json!({ "phone": "139", "code": "123456" }),
            "/v1/awards/{id}/review" => json!({ "upheld": false }),
            _ if route.starts_with("/v1/awards/{id}/") => json!({ "reason": "mistake" }),
            _ => json!({}),
        }
    }
}

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
        let (kind, body) = match route.starts_with("/v1/imports/") {
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
    match (&verdicts[0], &verdicts[1]) {
        (own, _) if refused(own) => '-',
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

/// What is said of every route, by every caller. On SQLite alone, because no database decides any of it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_lets_in_whom_the_table_says() {
    let db = Backend::Sqlite.fresh().await;
    let story = Story::begin(&db).await;
    let town = Town::begin(&story).await;
    let callers = town.callers(&story).await;
    let server = Server::start_with(&db.url, |command| {
        command.env("JIFEN_MASTER_KEY", KEYS);
    })
    .await;
    let clients: Vec<Client> = callers
        .iter()
        .map(|token| Client::new(server.base_url(), token))
        .collect();
    let document = clients[0].get("/openapi.json").await.unwrap().body;
    let mut found = BTreeMap::new();
    for (route, methods) in document["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            let method = method.to_uppercase();
            let mut cells = String::new();
            for client in &clients {
                cells.push(cell(client, &town, &story, &method, route).await);
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
        let staff = person(&story, town.nodes[0]).await;
        appoint(&story, staff, StaffRole::Awarder, town.nodes[0]).await;
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
        let service = AwardRequest {
            policy: Some("notice".to_owned()),
            member: town.members[0],
            ..story.service_of(0, "exceptional", 60)
        };
        let award = award_of(&story.award(&service).await.unwrap());
        let above = story.ledger.path(story.program, town.nodes[0]).await.unwrap()[1];
        let server = Server::start(&db.url).await;
        let approve = async |node| {
            let staff = person(&story, town.nodes[0]).await;
            appoint(&story, staff, StaffRole::Approver, node).await;
            let token = story.token(Role::Staff, Some(staff.0)).await;
            let path = format!("/v1/awards/{award}/approve");
            let key = id().to_string();
            let answer = Client::new(server.base_url(), &token).post(&path, Some(&key), &json!({})).await.unwrap();
            (answer.status, answer.body["code"].as_str().unwrap_or_default().to_owned())
        };
        let refused = |status: u16, code: &str| (status, code.to_owned());
        assert_eq!(approve(town.nodes[0]).await, refused(200, ""));
        assert_eq!(approve(town.nodes[0]).await, refused(403, "same_node"));
        assert_eq!(approve(town.nodes[1]).await, refused(404, "not_found"));
        assert_eq!(approve(above).await, refused(200, ""));
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
}
