//! Open311 GeoReport v2, spoken with a client that was not written here.

use std::path::Path;

use ledger::Upload;
use ledger::community::Role;
use ledger::community::hazard::{HazardCategory, HazardState};
use ledger::ids::HazardId;
use ledger::machine::hazards::{HazardCommand, Report};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::Client;
use tests::on_both;
use tests::people::rider;
use tests::photo::{jpeg, scene};
use tests::server::Server;
use tests::story::{KEYS, Story};

const PHONE: &str = "13912345678";

/// What the client saw; see `open311/client.py`.
async fn client(story: &Story, server: &Server, key: &str) -> Value {
    let python = std::env::var("JIFEN_TEST_PYTHON").expect(
        "JIFEN_TEST_PYTHON is not set: run the tests with tests/run, which installs the client",
    );
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("it/open311");
    let folder = tempfile::tempdir().unwrap();
    let photo = folder.path().join("photo.jpg");
    std::fs::write(&photo, jpeg(&scene(5), 90)).unwrap();
    let output = tokio::process::Command::new(python)
        .arg(here.join("client.py"))
        .arg(format!("{}/open311/v2", server.base_url()))
        .args([story.program.to_string().as_str(), key])
        .arg(here.join("georeport.xsd"))
        .arg(&photo)
        .output()
        .await
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn number(filed: &Value) -> HazardId {
    let number = filed[1][0]["service_request_id"].as_str();
    number.unwrap().parse().unwrap()
}

on_both! {
    async fn a_client_files_a_report_and_reads_it_back(db: Database) {
        let story = Story::begin(&db).await;
        let rider = story.token(Role::Member, Some(story.members[0].0)).await;
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        }).await;
        let seen = client(&story, &server, &rider).await;
        assert_eq!(seen["problems"], json!([]));

        let codes: Vec<&str> = HazardCategory::ALL.iter().map(|category| category.name()).collect();
        assert_eq!(seen["services"], json!(codes));
        assert_eq!((&seen["same services"], &seen["same definition"]), (&json!(true), &json!(true)));
        assert_eq!(seen["attributes"], json!(["safety", "seen_at", "grid", "team"]));

        assert_eq!((&seen["filed"][0], &seen["again"]), (&json!(200), &json!(true)), "{}", seen["filed"]);
        let (plain, photo) = (number(&seen["filed"]), number(&seen["with photo"]));
        let hazard = story.ledger.hazard(story.program, plain).await.unwrap().unwrap();
        assert_eq!(hazard.member, Some(story.members[0]));
        assert_eq!((hazard.category, hazard.state), (HazardCategory::Road, HazardState::Received));
        assert_eq!(hazard.body.grid.as_deref(), Some("G-1"));
        let place = hazard.position.unwrap();
        assert_eq!((place.latitude_millionths(), place.longitude_millionths()), (41_795_200, 123_308_500));
        let with_photo = story.ledger.hazard(story.program, photo).await.unwrap().unwrap();
        assert_eq!((hazard.body.photos.len(), with_photo.body.photos.len()), (0, 1));

        // Anybody who knows its number reads how far it got; what was written, whoever wrote it.
        let read = &seen["read"];
        assert_eq!((&read["status"], &read["service_name"]), (&json!("open"), &json!("道路设施")));
        assert_eq!((&read["lat"], &read["long"]), (&json!("41.795"), &json!("123.309")));
        assert_eq!(read.get("description"), None);
        assert_eq!(seen["read as xml"]["service_request_id"], read["service_request_id"]);
        assert_eq!(seen["read as xml"]["requested_datetime"], read["requested_datetime"]);
        let own = &seen["own"][0];
        assert_eq!(own["description"], format!("路灯 <坏了> & 很暗\n电话：{PHONE}"));
        assert_eq!((&own["lat"], &own["long"]), (&json!("41.795200"), &json!("123.308500")));
        assert_eq!(seen["token"], json!([{ "service_request_id": plain, "token": plain }]));
        assert_eq!(seen["listed to all"], json!([]), "nothing that nobody has looked at");
        assert_eq!(seen["listed"], json!([plain]));

        let bad = |status: u16| json!([status, status.to_string(), true]);
        assert_eq!(seen["errors"], json!({
            "no such service": bad(404), "no such report": bad(404), "no such jurisdiction": bad(404), "no key": bad(403),
            "wrong key": bad(403), "no service": bad(400), "no place": bad(400), "half a place": bad(400), "no such place": bad(400),
            "wrong time": bad(400), "long time": bad(400),
        }));
        assert_eq!(seen["error as xml"], json!([404, "404"]));
        assert_eq!(seen["discovery"], json!(true));

        let dump = crate::leaks::dump(&db, story.program).await;
        let dump = String::from_utf8_lossy(&dump);
        assert!(!dump.contains(PHONE) && !dump.contains("很暗"), "what was written is sealed");
    }

    async fn a_residents_report_is_nobodys(db: Database) {
        let story = Story::begin(&db).await;
        let staff = story.token(Role::Staff, None).await;
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        }).await;
        let seen = client(&story, &server, &staff).await;
        assert_eq!(seen["problems"], json!([]));
        let hazard = story.ledger.hazard(story.program, number(&seen["filed"])).await.unwrap().unwrap();
        assert_eq!((hazard.member, hazard.deed), (None, None));
        assert_eq!(seen["own"][0]["description"], format!("路灯 <坏了> & 很暗\n电话：{PHONE}"));
    }

    /// With a key, a list says what was written: to whoever wrote it, and to staff.
    async fn a_list_says_to_each_what_is_theirs_to_read(db: Database) {
        let story = Story::begin(&db).await;
        for (index, words) in ["路灯坏了", "井盖没了"].into_iter().enumerate() {
            story.later(60);
            let member = story.members[index];
            let rider = rider(member);
            let text = story.ledger.upload(story.program, &rider, Upload::Text(words.to_owned())).await.unwrap();
            let report = Report { text: Some(text.id), ..story.report(Some(member)) };
            let request = story.request(rider, None);
            story.ledger.execute_hazard(&request, HazardCommand::Report(report)).await.unwrap();
        }
        let (staff, rider) = (story.token(Role::Staff, None).await, story.token(Role::Member, Some(story.members[0].0)).await);
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        }).await;
        let path = format!("/open311/v2/requests.json?jurisdiction_id={}&start_date=2026-03-01T00:00:00Z", story.program);
        for (key, said) in [(&staff, [json!("井盖没了"), json!("路灯坏了")]), (&rider, [Value::Null, json!("路灯坏了")])] {
            let listed = Client::new(server.base_url(), key).get(&format!("{path}&api_key={key}")).await.unwrap();
            let listed = listed.body.as_array().unwrap().iter().map(|one| one["description"].clone());
            assert_eq!(listed.collect::<Vec<_>>(), said);
        }
    }
}
