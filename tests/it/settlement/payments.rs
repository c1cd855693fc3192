//! Over HTTP: every store frozen at once, disputed, approved, gathered, filed for the bank and booked.

use std::io::Cursor;
use std::process::Command as Process;

use calamine::{Data, Reader, Xlsx};
use hyper::body::Bytes;
use ledger::accounts::Account;
use ledger::community::offer::Bearer;
use ledger::community::{Program, Role};
use ledger::ids::{StatementId, derived};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Answer, Client};
use tests::server::Server;
use tests::story::{KEYS, Story};
use tests::{hledger, on_both};

use super::bearers::take_up;
use super::{funded, funder_of};

async fn post(client: &Client, path: &str, key: &str, body: Value) -> Answer {
    client.post(path, Some(key), &body).await.unwrap()
}

fn told(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or(""))
}

struct Office {
    server: Server,
    /// Two operators, an auditor, and the two stores.
    one: Client,
    two: Client,
    auditor: Client,
    stores: [Client; 2],
}

impl Office {
    async fn open(story: &Story, db: &Database) -> Self {
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        })
        .await;
        let client = |token: String| Client::new(server.base_url(), &token);
        let store = |index: usize| story.token(Role::Merchant, Some(story.stores[index].0));
        Self {
            one: client(story.token(Role::Admin, None).await),
            two: client(story.token(Role::Admin, None).await),
            auditor: client(story.token(Role::Auditor, None).await),
            stores: [client(store(0).await), client(store(1).await)],
            server,
        }
    }
}

/// Both stores have spent what is frozen here, page by page; the first one's statement, then the second one's.
async fn freeze_all(story: &Story, office: &Office) -> [String; 2] {
    let named = json!({ "funder": funder_of(story), "rate": "100", "limit": 1 });
    let mut body = named.clone();
    let mut frozen = std::collections::HashMap::new();
    for page in 1.. {
        let answer = post(
            &office.one,
            "/v1/statements",
            &format!("all {page}"),
            body.clone(),
        )
        .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        for store in answer.body["stores"].as_array().unwrap() {
            assert_eq!(store["status"], 201, "{}", answer.text);
            let id = store["statement"]["id"].as_str().unwrap().to_owned();
            frozen.insert(store["store"].as_str().unwrap().to_owned(), id);
        }
        match answer.body["next"].as_str() {
            Some(next) => body["after"] = json!(next),
            None => break,
        }
    }
    let of = |index: usize| frozen[&story.stores[index].to_string()].clone();
    [of(0), of(1)]
}

on_both! {
    async fn every_store_is_settled_and_paid(db: Database) {
        let story = funded(&db, 200).await;
        story.spend(0, 0, 30, true).await.unwrap();
        story.spend(0, 0, 10, true).await.unwrap();
        take_up(&story, 1, 20, Bearer::InKind).await;
        let office = Office::open(&story, &db).await;
        let vague = post(&office.one, "/v1/statements", "v", json!({ "fundr": 1 })).await;
        assert_eq!(told(&vague), (422, "invalid_body"));
        let [first, second] = freeze_all(&story, &office).await;
        let again = post(&office.one, "/v1/statements", "again", json!({})).await;
        assert_eq!(again.body, json!({ "stores": [], "next": null }));

        // The first store disputes a line, and confirms once it has an answer.
        let path = format!("/v1/statements/{first}");
        let dispute = |version: i64| json!({ "version": version, "reason": "points" });
        let wrong = post(&office.stores[0], &format!("{path}/disputes"), "d9", dispute(9)).await;
        assert_eq!(told(&wrong), (404, "unknown_line"));
        let other = post(&office.stores[1], &format!("{path}/disputes"), "d", dispute(1)).await;
        assert_eq!(told(&other), (404, "unknown_statement"));
        let disputed = post(&office.stores[0], &format!("{path}/disputes"), "d", dispute(1)).await;
        assert_eq!(disputed.body["state"], "disputed", "{}", disputed.text);
        let confirm = format!("{path}/confirm");
        assert_eq!(told(&post(&office.stores[0], &confirm, "c0", json!({})).await), (409, "statement_disputed"));
        let answers = format!("{path}/answers");
        let finding = json!({ "version": 1, "finding": "stands" });
        assert_eq!(told(&post(&office.stores[0], &answers, "w", finding.clone()).await), (403, "forbidden"));
        let answered = post(&office.one, &answers, "w", finding).await;
        assert_eq!(answered.body["state"], "frozen", "{}", answered.text);
        assert_eq!(answered.body["disputes"][0]["upheld"], false);
        assert_eq!(post(&office.stores[0], &confirm, "c1", json!({})).await.body["state"], "confirmed");
        let approve = format!("{path}/approve");
        assert_eq!(told(&post(&office.one, &approve, "a", json!({})).await), (403, "self_approval"));
        assert_eq!(post(&office.two, &approve, "a", json!({})).await.body["state"], "approved");

        // The second store says nothing for ten days, and whoever approves says that they know.
        let path = format!("/v1/statements/{second}/approve");
        let early = post(&office.two, &path, "b0", json!({ "unanswered": true })).await;
        assert_eq!(told(&early), (409, "not_confirmed"));
        assert_eq!(post(&office.stores[1], &format!("/v1/statements/{second}/confirm"), "c2", json!({})).await.status, 200);
        let approved = post(&office.two, &path, "b", json!({})).await;
        assert_eq!((&approved.body["state"], &approved.body["unanswered"]), (&json!("approved"), &json!(false)));

        // To whom the money goes is shown in the file alone.
        let merchant = derived(&[story.program.0.as_bytes(), b"merchant"]);
        let payee = format!("/v1/merchants/{merchant}/payee");
        let whom = json!({ "name": "=老王包子铺", "bank": "中国银行沈阳于洪支行", "account": "6217 0000 1000 1234 567" });
        let short = json!({ "name": "铺", "bank": "行", "account": "62=1" });
        assert_eq!(told(&post(&office.one, &payee, "p0", short).await), (422, "invalid_body"));
        assert_eq!(told(&post(&office.one, "/v1/merchants/0198f6b2-0000-7000-8000-000000000000/payee", "p0", whom.clone()).await), (404, "unknown_merchant"));

        let gathered = post(&office.one, "/v1/payment-batches", "g", json!({})).await;
        assert_eq!(gathered.status, 201, "{}", gathered.text);
        assert_eq!((&gathered.body["statements"], &gathered.body["amount"]), (&json!(2), &json!("40.00")));
        assert_eq!(post(&office.one, "/v1/payment-batches", "g", json!({})).await.body, gathered.body);
        assert_eq!(told(&post(&office.one, "/v1/payment-batches", "g2", json!({})).await), (409, "bad_payments"));
        let batch = gathered.header("location").unwrap().to_owned();
        let file = format!("{batch}/file");
        let csv = json!({ "format": "csv" });
        let nobody = post(&office.one, &file, "f0", csv.clone()).await;
        assert_eq!(told(&nobody), (409, "payee_missing"));
        assert_eq!(post(&office.one, &payee, "p", whom.clone()).await.status, 200);
        assert_eq!(post(&office.one, &payee, "p", whom).await.status, 200, "the same is the same");
        assert_eq!(office.one.get(&payee).await.unwrap().body["account"], "…4567");
        assert_eq!(told(&post(&office.auditor, &file, "f", csv.clone()).await), (403, "forbidden"));
        let made = post(&office.one, &file, "f1", csv).await;
        assert_eq!(made.status, 200, "{}", made.text);
        let rows = by_python(&made.bytes);
        assert_eq!(rows.len(), 2, "goods are not paid for: {rows:?}");
        let reference = first.replace('-', "");
        assert_eq!(rows[1], ["'=老王包子铺", "中国银行沈阳于洪支行", "6217000010001234567", "40.00", &reference, "门店 1"]);
        let workbook = post(&office.one, &file, "f2", json!({ "format": "xlsx" })).await;
        let sheet = by_calamine(&workbook.bytes);
        assert_eq!(sheet[1][0], Data::String("=老王包子铺".to_owned()));
        assert_eq!(sheet[1][2], Data::String("6217000010001234567".to_owned()));
        assert_eq!(sheet[1][3], Data::Float(40.0));
        for text in [&office.one.get(&batch).await.unwrap().text, &office.one.get("/v1/audit?limit=50").await.unwrap().text] {
            assert!(!text.contains("62170000"), "{text}");
        }

        // The bank answers for the first; of the second nothing is paid.
        let paid = format!("{batch}/paid");
        let bank = json!({ "payments": [{ "statement": first, "reference": "BOC-1" }] });
        let own = post(&office.one, &paid, "b1", bank.clone()).await;
        assert_eq!(own.body[0]["problem"]["code"], "self_approval", "{}", own.text);
        let booked = post(&office.two, &paid, "b2", bank).await;
        let states: Vec<_> = booked.body.as_array().unwrap().iter().map(|one| one["receipt"]["state"].clone()).collect();
        assert_eq!(states, ["paid", "paid"], "{}", booked.text);
        let stranger = json!({ "payments": [{ "statement": batch.rsplit('/').next().unwrap(), "reference": "BOC-2" }] });
        assert_eq!(post(&office.two, &paid, "b3", stranger).await.body[0]["status"], 404);
        let store = story.stores[0];
        for account in [Account::payable(store), Account::settling(store), Account::accepted(store), Account::settling(story.stores[1])] {
            assert_eq!(story.holds(account).await, 0, "{account}");
        }
        let coverage = office.auditor.get("/v1/reports/coverage?rate=400").await.unwrap();
        let left = story.available(0).await;
        assert_eq!(coverage.body["outstanding"]["total"], "60.00", "{}", coverage.text);
        assert_eq!(left, 6_000);
        assert_eq!((&coverage.body["available"], &coverage.body["needed"]), (&json!("160.00"), &json!("240.00")));
        assert_eq!((&coverage.body["short"], &coverage.body["payable"]), (&json!("80.00"), &json!("0.00")));
        assert_eq!(story.holds(Account::redeemed(story.program)).await, 6_000);
        assert_eq!(story.holds(Account::bank(story.program)).await, 4_000 - 20_000);
        story.clean(&db).await;
        balanced(&story).await;
        drop(office.server);
    }

    async fn who_does_not_answer_in_time_is_told_of(db: Database) {
        let story = funded(&db, 200).await;
        story.spend(0, 0, 30, true).await.unwrap();
        let frozen = story.freezing(0, funder_of(&story), "100");
        let frozen = story.execute(story.staff(1), None, frozen).await.unwrap();
        // The server's clock is months ahead of the story's.
        let office = Office::open(&story, &db).await;
        let path = format!("/v1/statements/{}/approve", StatementId(frozen.id.0));
        assert_eq!(told(&post(&office.two, &path, "a", json!({})).await), (409, "not_confirmed"));
        let approved = post(&office.two, &path, "b", json!({ "unanswered": true })).await;
        assert_eq!((&approved.body["state"], &approved.body["unanswered"]), (&json!("approved"), &json!(true)));
        story.clean(&db).await;
    }
}

/// The rows of a CSV file as Python reads them.
pub fn by_python(bytes: &Bytes) -> Vec<Vec<String>> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let read = "import csv, json, sys; print(json.dumps(list(csv.reader(open(sys.argv[1], encoding='utf-8-sig', newline='')))))";
    let answer = Process::new("python3")
        .args(["-c", read])
        .arg(file.path())
        .output()
        .unwrap();
    assert!(
        answer.status.success(),
        "{}",
        String::from_utf8_lossy(&answer.stderr)
    );
    serde_json::from_slice(&answer.stdout).unwrap()
}

pub fn by_calamine(bytes: &Bytes) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let sheet = book.worksheet_range("Sheet1").unwrap();
    sheet.rows().map(<[Data]>::to_vec).collect()
}

/// hledger agrees, and what is left in the bank is what is left in the fund.
async fn balanced(story: &Story) {
    let programs = story.ledger.programs().await.unwrap();
    let program: &Program = programs.iter().find(|p| p.id == story.program).unwrap();
    let mut journal = Vec::new();
    story
        .ledger
        .export_hledger(program, &mut journal, |_, _| ())
        .await
        .unwrap();
    let journal = String::from_utf8(journal).unwrap();
    hledger::check(&journal).expect("hledger agrees");
    let balances = hledger::balances(&journal).unwrap();
    assert_eq!(balances["bank"]["CNY"], "160.00");
    assert_eq!(balances["program:redeemed"]["PTS"], "-60.00");
}
