//! Service records: counted from awards that stand, signed, and checked by others.

use std::path::PathBuf;
use std::process::Command as Process;

use ledger::community::Role;
use ledger::community::service::ServiceRecord;
use ledger::ids::MemberId;
use ledger::machine::{Command, Reason};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Client, ok};
use tests::on_both;
use tests::server::{Server, jifen};
use tests::story::{DAY, KEYS, Story, award_of};

use super::{begin, by_week, code};

async fn record(story: &Story, member: MemberId) -> ServiceRecord {
    let record = story
        .ledger
        .service_record(story.program, member, (None, None));
    record.await.unwrap()
}

/// The keys' file, and its folder.
fn keys() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("records.keys");
    let made = jifen()
        .args(["record", "key", "--record-key-file"])
        .arg(&file)
        .status();
    assert!(made.unwrap().success());
    (folder, file)
}

/// What a library of others makes of a record: whether it is as it was signed, and what it says.
fn checked_by_authlib(jwks: &str, jws: &str) -> Result<Value, String> {
    let provider = std::env::var("JIFEN_TEST_OIDC").expect("run the tests with tests/run");
    let python = PathBuf::from(provider).with_file_name("python");
    let script = "import sys, json\n\
        from authlib.jose import JsonWebSignature, JsonWebKey\n\
        keys = JsonWebKey.import_key_set(json.loads(sys.argv[1]))\n\
        jws = JsonWebSignature(['EdDSA'])\n\
        data = jws.deserialize_compact(sys.argv[2], lambda header, payload: keys.find_by_kid(header['kid']))\n\
        print(data['payload'].decode())";
    let run = Process::new(python)
        .args(["-c", script, jwks, jws])
        .output()
        .unwrap();
    match run.status.success() {
        true => Ok(serde_json::from_slice(&run.stdout).unwrap()),
        false => Err(String::from_utf8_lossy(&run.stderr).into_owned()),
    }
}

on_both! {
    /// Hours never expire; what was undone does not count; a deed that two policies awarded counts once; a merge brings it all together.
    async fn a_record_counts_what_stands(db: Database) {
        let story = begin(&db).await;
        let patrol = award_of(&story.award(&story.patrol_of(0, "walk", 90)).await.unwrap());
        story.execute(story.staff(1), None, Command::ApproveAward { award: patrol }).await.unwrap();
        let visit = |reference: &str, evidence: &[&str]| {
            let mut visit = story.service_of(0, reference, 40);
            visit.policy = Some("service".to_owned());
            visit.deed.evidence = evidence.iter().map(|class| (*class).to_owned()).collect();
            visit.deed.facts.insert("people_served".to_owned(), 3.into());
            visit
        };
        let first = visit("visit", &["check_in", "photo"]);
        story.award(&first).await.unwrap();
        let undone = award_of(&story.award(&visit("undone", &["sign_off"])).await.unwrap());
        // The same deed by another policy.
        let again = ledger::AwardRequest { policy: Some("week".to_owned()), ..first };
        let request = story.request(story.staff(0), Some("again"));
        let two = award_of(&story.ledger.submit_award(&request, &again).await.unwrap());
        story.execute(story.staff(1), None, Command::ApproveAward { award: two }).await.unwrap();
        assert_eq!(record(&story, story.members[0]).await.total.deeds, 3, "what is on notice does not stand yet");
        let reverse = Command::ReverseAward { award: undone, reason: Reason::Mistake };
        story.execute(story.staff(1), None, reverse).await.unwrap();
        story.later(7 * DAY);
        story.execute(story.admin(), None, Command::VestAward { award: two }).await.unwrap();
        let counted = record(&story, story.members[0]).await;
        assert_eq!((counted.total.deeds, counted.total.hours().as_str()), (2, "2.16"));
        let parts: Vec<_> = counted.by_evidence.iter().map(|(class, part)| (class.as_str(), part.minutes)).collect();
        assert_eq!(parts, [("check_in", 40), ("none", 90)]);
        assert_eq!((counted.people_served, counted.beneficiaries["elderly"]), (3, 1));
        assert_eq!(counted.by_month["2026-03"].deeds, 2);
        // Its points run out, the hours do not.
        story.later(60 * DAY);
        story.execute(story.admin(), None, Command::ExpireLots { member: story.members[0] }).await.unwrap();
        assert_eq!(record(&story, story.members[0]).await, counted);
        let (from, into) = (story.members[0], story.members[1]);
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        assert_eq!(record(&story, into).await, counted);
        assert_eq!(record(&story, from).await.total.deeds, 0);
        story.clean(&db).await;
    }

    async fn a_signed_record_is_checked_by_others(db: Database) {
        let story = begin(&db).await;
        story.award(&by_service(&story)).await.unwrap();
        let (_folder, file) = keys();
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS).env("JIFEN_RECORD_KEY_FILE", &file);
        }).await;
        let token = story.token(Role::Member, Some(story.members[0].0)).await;
        let rider = Client::new(server.base_url(), &token);
        let of = |member: usize| format!("/v1/members/{}/service-record", story.members[member]);
        let seen = ok(rider.get(&of(0)).await.unwrap(), 200);
        assert_eq!((&seen["total"]["hours"], &seen["by_evidence"]["none"]["minutes"]), (&json!("0.66"), &json!(40)), "{seen}");
        assert_eq!(code(rider.get(&of(1)).await.unwrap()), "not_found");
        let issued = ok(rider.post(&format!("{}/statements", of(0)), None, &json!({})).await.unwrap(), 201);
        let jws = issued["jws"].as_str().unwrap();
        let public = Client::anonymous(server.base_url());
        let jwks = ok(public.get("/.well-known/jwks.json").await.unwrap(), 200).to_string();
        assert!(!jwks.contains("\"d\""), "{jwks}");

        let said = checked_by_authlib(&jwks, jws).unwrap();
        assert_eq!((&said["sub"], &said["name"]), (&json!(story.members[0].0), &json!("骑**")));
        assert_eq!(said["record"]["total"], json!({ "deeds": 1, "minutes": 40 }));
        let mut changed = jws.to_owned().into_bytes();
        let at = jws.find('.').unwrap() + 40;
        changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(changed).unwrap();
        assert!(checked_by_authlib(&jwks, &changed).is_err());

        let check = |jws: &str| {
            let body = json!({ "jws": jws });
            let public = public.clone();
            async move { ok(public.post("/v1/service-records/check", None, &body).await.unwrap(), 200) }
        };
        let good = check(jws).await;
        assert_eq!(good["signed"], true, "{good}");
        let second = |at: &Value| at.as_str().unwrap()[..19].to_owned();
        assert_eq!(second(&good["issued_at"]), second(&issued["issued_at"]));
        let bad = check(&changed).await;
        assert_eq!((&bad["signed"], &bad["statement"]), (&json!(false), &Value::Null));
        // Away from any server.
        let (record, jwks_file) = (file.with_file_name("record"), file.with_file_name("jwks"));
        std::fs::write(&jwks_file, &jwks).unwrap();
        for (text, good) in [(jws, true), (changed.as_str(), false)] {
            std::fs::write(&record, text).unwrap();
            let run = jifen().args(["record", "verify", "--jwks"]).arg(&jwks_file).arg(&record).output().unwrap();
            assert_eq!(run.status.success(), good, "{}", String::from_utf8_lossy(&run.stderr));
        }
        // On record is the digest alone.
        let mut sql = tests::books::Sql::connect(&db.url).await;
        let told: Vec<(String,)> = sql.rows(story.program, "SELECT receipt FROM events WHERE program_id = $1 AND kind = 'record.issue'").await;
        let [(receipt,)] = &told[..] else { panic!("{told:?}") };
        assert!(receipt.contains(issued["check"].as_str().unwrap()) && !receipt.contains("minutes"), "{receipt}");
        let page = format!("/{}/records/verify?id={}&code={}", story.program, issued["id"].as_str().unwrap(), issued["check"].as_str().unwrap());
        let page = public.get(&page).await.unwrap();
        assert!(page.text.contains("由本计划于"), "{}", page.text);
        // A server without a key says so, and publishes none.
        let plain = Server::start_with(&db.url, |command| { command.env("JIFEN_MASTER_KEY", KEYS); }).await;
        let rider = Client::new(plain.base_url(), &token);
        assert_eq!(code(rider.post(&format!("{}/statements", of(0)), None, &json!({})).await.unwrap()), "records_unavailable");
        story.clean(&db).await;
    }
}

fn by_service(story: &Story) -> ledger::AwardRequest {
    let mut visit = by_week(story.service_of(0, "visit", 40));
    visit.policy = Some("service".to_owned());
    visit
}
