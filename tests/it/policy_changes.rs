//! A policy is changed: what is different is told in words, and its way into force can be gone from the command line.

use std::path::Path;

use hyper::Method;
use ledger::community::{PolicySource, Registration, Role, Staff};
use ledger::ids::StaffId;
use ledger::machine::{Command, Outcome};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::Client;
use tests::on_both;
use tests::server::{Server, jifen};
use tests::story::{PATROL, SERVICE, Story};
use uuid::Uuid;

const LESS: &str = "每人每天上限由 120 分改为 100 分。";

fn less() -> String {
    let less = SERVICE.replace("points = 120", "points = 100");
    assert_ne!(less, SERVICE);
    less
}

/// A programme whose policies begin now by the machine's clock, with two people on record.
async fn staffed(db: &Database) -> (Story, [Uuid; 2]) {
    let story = Story::begin(db).await;
    let people = [Uuid::from_u128(71), Uuid::from_u128(72)];
    for (id, name) in people.iter().zip(["张敏", "李红梅"]) {
        let staff = Staff {
            id: StaffId(*id),
            organization: None,
            name: name.to_owned(),
            member: None,
        };
        story.register(Registration::Staff(staff)).await;
    }
    (story, people)
}

/// `jifen policy …` on this programme: whether it went well, and all it said.
fn policy(db: &Database, story: &Story, arguments: &[&str]) -> (bool, String) {
    let mut command = jifen();
    command.arg("policy").args(arguments);
    command.args([
        "--database-url",
        &db.url,
        "--program",
        &story.program.to_string(),
    ]);
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr]
        .map(|text| String::from_utf8(text).unwrap())
        .concat();
    (output.status.success(), said)
}

fn write(folder: &Path, name: &str, source: &str) -> String {
    let path = folder.join(name);
    std::fs::write(&path, source).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The id in `…: changed, draft ID (tested)`.
fn draft_in<'t>(said: &'t str, name: &str) -> &'t str {
    let line = said
        .lines()
        .find(|line| line.starts_with(&format!("{name}: ")))
        .unwrap_or_else(|| panic!("{said}"));
    line.split("draft ")
        .nth(1)
        .unwrap()
        .split(' ')
        .next()
        .unwrap()
}

on_both! {
    async fn a_draft_says_what_it_changes(db: Database) {
        let story = Story::begin(&db).await;
        let file = |name: &str, source: String| PolicySource { name: name.to_owned(), source };
        let policies = vec![
            file("service", less()),
            file("patrol", PATROL.replace("[[rule]]", "# 巡查\n[[rule]]")),
            file("walk", SERVICE.replace("\"service\"\ntitle = \"志愿服务\"\non", "\"walk\"\ntitle = \"志愿服务\"\non")),
        ];
        let imported = story.execute(story.staff(0), None, Command::ImportPolicies { policies }).await.unwrap();
        let Outcome::Drafts { drafts, .. } = imported.outcome else { panic!() };
        let server = Server::start(&db.url).await;
        let auditor = Client::new(server.base_url(), &story.token(Role::Auditor, None).await);
        let get = async |path: String| auditor.get(&path).await.unwrap().body;

        let [service, patrol, walk] = [0, 1, 2].map(|index: usize| drafts[index].0);
        let told = get(format!("/v1/policies/drafts/{service}")).await;
        assert_eq!(told["changes"], json!([LESS]));
        assert_eq!(told["standing"], Value::Null);
        let english = "The limit on points per member and day changes from 120 points to 100 points.";
        let told = get(format!("/v1/policies/drafts/{service}?lang=en")).await;
        assert_eq!(told["changes"], json!([english]));
        let headers = [("accept-language", "en-GB,en;q=0.9,zh;q=0.1")];
        let path = format!("/v1/policies/drafts/{service}");
        let told = auditor.send(Method::GET, &path, &headers, Default::default()).await.unwrap().body;
        assert_eq!(told["changes"], json!([english]));
        let told = get(format!("/v1/policies/drafts/{patrol}")).await;
        assert_eq!(told["changes"], json!(["对骑手没有变化，只改了文字、注释或自带的例子。"]));
        let told = get(format!("/v1/policies/drafts/{walk}")).await;
        assert_eq!((&told["changes"], &told["changes_from"]), (&json!([]), &Value::Null));

        // In force, it still says what it changed; once another is, it is shown as superseded.
        let simulated = |draft| {
            let until = story.clock.now();
            Command::PolicySimulated { draft, from: until.plus_seconds(-60), until }
        };
        for (draft, source) in [(service, less()), (service, less().replace("points = 100", "points = 90"))] {
            let draft = if source == less() { draft } else {
                let policies = vec![file("service", source)];
                let again = story.execute(story.staff(0), None, Command::ImportPolicies { policies }).await.unwrap();
                let Outcome::Drafts { drafts, .. } = again.outcome else { panic!() };
                drafts[0].0
            };
            story.later(60);
            story.execute(story.staff(0), None, simulated(draft)).await.unwrap();
            let approve = Command::ApprovePolicies { drafts: vec![draft], effective_from: None };
            story.execute(story.staff(1), None, approve).await.unwrap();
        }
        let told = get(format!("/v1/policies/drafts/{service}")).await;
        assert_eq!((&told["changes"], &told["standing"]), (&json!([LESS]), &json!("superseded")));
        let list = get("/v1/policies".to_owned()).await;
        assert!(list.as_array().unwrap().iter().all(|version| version["standing"] == "in_force"), "{list}");
        let list = get("/v1/policies?superseded=true".to_owned()).await;
        let standing = |wanted: &str| list.as_array().unwrap().iter().filter(|version| version["standing"] == wanted).count();
        assert_eq!((standing("superseded"), standing("in_force")), (2, 2));
    }

    async fn a_policy_goes_its_way_from_the_command_line(db: Database) {
        let (story, [minister, other]) = staffed(&db).await;
        let folder = tempfile::tempdir().unwrap();
        let (minister, other) = (minister.to_string(), other.to_string());
        let directory = folder.path().to_str().unwrap();
        let run = |arguments: &[&str]| policy(&db, &story, arguments);
        let service = write(folder.path(), "service.toml", &less());
        write(folder.path(), "patrol.toml", PATROL);

        let (done, said) = run(&["diff", &service]);
        assert!(done && said.trim() == LESS, "{said}");
        let old = tempfile::tempdir().unwrap();
        let old = write(old.path(), "service.toml", SERVICE);
        let (done, said) = run(&["diff", &old, &service, "--language", "en"]);
        assert!(done && said.contains("changes from 120 points to 100 points"), "{said}");

        // Whole or not at all.
        let broken = write(folder.path(), "walk.toml", "name = 7");
        let (done, said) = run(&["import", directory, "--as", &minister]);
        assert!(!done && said.contains("walk.toml:1:8") && said.contains("Nothing was imported"), "{said}");
        assert_eq!(run(&["drafts"]), (true, String::new()));
        std::fs::remove_file(broken).unwrap();
        let (done, said) = run(&["import", directory, "--as", &minister]);
        assert!(done && said.contains("patrol: unchanged") && said.contains(&format!("  {LESS}")), "{said}");
        let draft = draft_in(&said, "service").to_owned();
        let (done, said) = run(&["import", directory, "--as", &other]);
        assert!(done && said.contains(&format!("service: unchanged, it is draft {draft} already (tested)")), "{said}");
        for (who, why) in [("nobody", "--as takes"), ("00000000-0000-0000-0000-000000000001", "no staff member")] {
            let (done, said) = run(&["import", directory, "--as", who]);
            assert!(!done && said.contains(why), "{said}");
        }

        let approve = |who: &str, from: &[&str]| run(&[&["approve", &draft, "--as", who], from].concat());
        let (done, said) = approve(&other, &[]);
        assert!(!done && said.contains("is tested") && said.contains("are as they were"), "{said}");
        let days = ["--from", "2026-03-01", "--until", "2026-04-01"];
        let (done, said) = run(&[&["simulate-draft", &draft, "--as", &minister], &days[..]].concat());
        assert!(done && said.contains("another person can approve it"), "{said}");
        let (done, said) = approve(&minister, &[]);
        assert!(!done && said.contains("nobody approves what they submitted"), "{said}");
        let (done, said) = approve(&other, &["--effective-from", "2020-01-01"]);
        assert!(!done && said.contains("never in the past"), "{said}");
        let (done, said) = approve(&other, &["--effective-from", "2091-04-01"]);
        assert!(done && said.contains("service: in force from 2091-03-31T20:00:00Z"), "{said}");
        let (_, said) = run(&["drafts"]);
        let line: Vec<_> = said.trim().split('\t').collect();
        assert_eq!((line[0], line[2], line[3]), (draft.as_str(), "to_come", minister.as_str()), "{said}");
    }

    async fn an_admin_key_is_somebody_on_the_command_line_too(db: Database) {
        let (story, [_, other]) = staffed(&db).await;
        let folder = tempfile::tempdir().unwrap();
        let service = write(folder.path(), "service.toml", &less());
        let admin = story.token(Role::Admin, None).await;
        let clerk = story.token(Role::Staff, Some(other)).await;
        let run = |arguments: &[&str]| policy(&db, &story, arguments);
        let (done, said) = run(&["import", &service, "--as", &clerk]);
        assert!(!done && said.contains("admin key"), "{said}");
        let (done, said) = run(&["import", &service, "--as", &admin]);
        assert!(done, "{said}");
        let draft = draft_in(&said, "service").to_owned();
        let days = ["--from", "2026-03-01", "--until", "2026-04-01"];
        let (done, said) = run(&[&["simulate-draft", &draft, "--as", &admin], &days[..]].concat());
        assert!(done, "{said}");
        // By the API, the same key is the same person.
        let server = Server::start(&db.url).await;
        let body = json!({ "drafts": [draft] });
        let own = Client::new(server.base_url(), &admin).post("/v1/policies/drafts/approve", Some("a"), &body).await.unwrap();
        assert_eq!((own.status, &own.body["code"]), (403, &json!("self_approval")), "{}", own.text);
        let (done, said) = run(&["approve", &draft, "--as", &other.to_string()]);
        assert!(done && said.contains("service: in force from"), "{said}");
        let (_, said) = run(&["drafts"]);
        assert_eq!(said.trim().split('\t').nth(2), Some("in_force"));
    }
}
