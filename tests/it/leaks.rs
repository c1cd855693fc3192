//! The leak test: a demo as a real process, with everything said to it that is said to such a server, and then every name, phone and number
//! that any remaining key opens is looked for in the database's files, the logs, the metrics and the answers that show nobody whole.

mod search;

use std::collections::BTreeSet;
use std::sync::Arc;

use hyper::Method;
use hyper::body::Bytes;
use ledger::community::personal::{Keyring, Personal};
use ledger::ids::{MemberId, ProgramId};
use ledger::views::Register;
use ledger::{Ledger, Options};
use serde_json::json;
use tests::backend::{Backend, Database};
use tests::books::Sql;
use tests::browser::{self, Browser};
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::KEYS;
use uuid::Uuid;

use search::Search;

use tests::listener::Listener;

/// The demo's member of staff, as in the README.
const STAFF: &str = "jf_W8fT4Wgijl-SGcR2N0Z4qAA2bQEgzoAZqngQ_94BDNlSS_tJ1fyDX64urQqQ7iZi";
/// The same person on the pages.
const AT_THE_DESK: &str = "db36e0bd-f821-84ff-ac2d-55a572cf7540";
/// The demo's first rider, as in the README.
const RIDER: &str = "6926dad2-aa40-8cff-90e2-557aadfe3987";

/// Everything that a database holds, its log included, as bytes.
pub async fn dump(db: &Database, program: ProgramId) -> Vec<u8> {
    if db.backend == Backend::Postgres {
        // Every column of every table; what is binary is written in base64.
        let all = "SELECT CAST(database_to_xml(true, false, '') AS TEXT) WHERE CAST($1 AS UUID) IS NOT NULL";
        let rows: Vec<(String,)> = Sql::connect(&db.url).await.rows(program, all).await;
        return rows[0].0.clone().into_bytes();
    }
    let file = db
        .url
        .trim_start_matches("sqlite:")
        .trim_start_matches("//");
    let file = file.split('?').next().unwrap();
    let read = |name: String| std::fs::read(name).unwrap_or_default();
    let bytes = [
        read(file.to_owned()),
        read(format!("{file}-wal")),
        read(format!("{file}-journal")),
    ];
    let bytes = bytes.concat();
    assert!(bytes.len() > 10_000);
    bytes
}

/// What is to be looked for of somebody: as it is held, and as people write it.
fn personal(held: &Personal, into: &mut BTreeSet<String>) {
    into.insert(held.name.clone());
    for phone in &held.phones {
        into.insert(phone.as_str().to_owned());
        into.insert(phone.as_str().trim_start_matches("+86").to_owned());
    }
    into.extend(
        held.identity
            .iter()
            .map(|number| number.as_str().to_owned()),
    );
}

/// A person that this test makes up.
struct Somebody {
    name: &'static str,
    phone: &'static str,
    number: &'static str,
    account: &'static str,
    home: &'static str,
}

const ENROLLED: Somebody = Somebody {
    name: "欧阳震华",
    phone: "15498765001",
    number: "11010519491231002X",
    account: "acc-7f3a9c01",
    home: "商丘市睢阳区路河镇",
};
const IMPORTED: Somebody = Somebody {
    name: "司马长风",
    phone: "15498765002",
    number: "440524188001010014",
    account: "acc-7f3a9c02",
    home: "长春市双阳区鹿乡镇",
};
const ASKED: Somebody = Somebody {
    name: "诸葛晓明",
    phone: "15498765003",
    number: "",
    account: "云雀同城跑腿特送",
    home: "四平市梨树县小城子",
};

impl Somebody {
    fn all(&self) -> impl Iterator<Item = String> {
        let all = [self.name, self.phone, self.number, self.account, self.home];
        all.into_iter()
            .filter(|said| !said.is_empty())
            .map(str::to_owned)
    }
}

/// Every answer that was given, but those that are meant to show somebody.
struct Visit {
    staff: Client,
    /// At the desk, and what its forms carry.
    desk: (Browser, String),
    /// Whoever scans the station's code.
    passer_by: Browser,
    /// To which codes go.
    gateway: Listener,
    answers: Vec<Answer>,
}

impl Visit {
    async fn csv(&mut self, query: &str, key: &str, text: &str) -> Answer {
        let headers = [("content-type", "text/csv"), ("idempotency-key", key)];
        let path = format!("/v1/imports/members{query}");
        let body = Bytes::from(text.to_owned());
        let answer = self
            .staff
            .send(Method::POST, &path, &headers, body)
            .await
            .unwrap();
        self.answers.push(answer.clone());
        answer
    }

    async fn post(&mut self, path: &str, key: Option<&str>, body: serde_json::Value) -> Answer {
        let answer = self.staff.post(path, key, &body).await.unwrap();
        self.answers.push(answer.clone());
        answer
    }

    async fn enrol(&mut self) -> String {
        let Somebody {
            name,
            phone,
            number,
            account,
            home,
        } = ENROLLED;
        let body = json!({
            "name": name, "phone": phone, "identity_number": number, "home": home,
            "platforms": [{ "name": "云雀快递", "account": account }], "consent": "2026-1",
        });
        let made = self.post("/v1/members", Some("leak-1"), body.clone()).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let again = self.post("/v1/members", Some("leak-1"), body).await;
        assert_eq!(again.body, made.body, "the same key, the same answer");
        for wrong in [
            json!({ "name": name, "phone": 15_498_765_001_i64 }),
            json!({ "name": name, "platforms": phone }),
            json!({ "name": name, "phone": format!("{phone}9") }),
            json!({ "name": [name], "phone": phone }),
            json!({ "name": name, "phone": phone, name: phone }),
            json!({ "name": name, "phone": phone, "identity_number": "110105194912310021" }),
            json!({ "name": name, "phone": phone, "identity_number": IMPORTED.number }),
        ] {
            let refused = self.post("/v1/members", None, wrong).await;
            assert!((400..500).contains(&refused.status), "{}", refused.text);
        }
        made.body["id"].as_str().unwrap().to_owned()
    }

    async fn import(&mut self) -> String {
        let Somebody {
            name,
            phone,
            number,
            account,
            home,
        } = IMPORTED;
        let header = "工号,姓名,手机号,身份证号,平台,流出地,同意书版本";
        let line = format!("L-1,{name},{phone},{number},飞蜂外卖:{account},{home},2026-1");
        let second = format!("L-2,{},{},{number},,,", ASKED.name, "15498765009");
        let file = format!("{header}\n{line}\n");
        for (wrong, says) in [
            (format!("{line}\n{line}\n"), "missing_column"),
            (format!("{header}\n{line},{phone}\n"), "stray"),
            (
                format!("{header}\nL-1,{name},{phone}1,{number}1,,,\n"),
                "format",
            ),
            (format!("{header}\n{line}\n{second}\n"), "duplicate"),
            (format!("{header},{name}\n{line}\n"), "unknown_column"),
            (
                format!("工号,姓名,组织\nL-1,{name},{phone}\n"),
                "unknown_reference",
            ),
        ] {
            let refused = self.csv("?preview=true", "none", &wrong).await;
            assert_eq!(refused.status, 422, "{}", refused.text);
            assert!(refused.text.contains(says), "{says} in {}", refused.text);
        }
        let preview = self.csv("?preview=true", "none", &file).await;
        assert_eq!(
            preview.body["lines"][0]["verdict"], "new",
            "{}",
            preview.text
        );
        let made = self.csv("", "leak-2", &file).await;
        assert_eq!(made.status, 200, "{}", made.text);
        assert_eq!(self.csv("", "leak-2", &file).await.body, made.body);
        let known = self.csv("?preview=true", "none", &file).await;
        assert_eq!(known.body["lines"][0]["verdict"], "known", "{}", known.text);
        made.body["lines"][0]["id"].as_str().unwrap().to_owned()
    }

    /// Reports in at the station and is looked at and enrolled at the desk.
    async fn report_in(&mut self) {
        let (desk, csrf) = &mut self.desk;
        desk.form("/yuhong/desk/join/code", &format!("csrf={csrf}"))
            .await;
        let desk = desk.get("/yuhong/desk/join").await;
        let (_, code) = desk.text.split_once("/yuhong/join/").unwrap();
        let path = format!("/yuhong/join/{}", code.split('<').next().unwrap());
        let csrf = browser::csrf(&self.passer_by.get(&path).await);
        let form = format!(
            "csrf={csrf}&key=leak-3&name={}&phone={}&platforms={}&home={}&agreed=2026-1",
            ASKED.name, ASKED.phone, ASKED.account, ASKED.home
        );
        let asked = self.passer_by.form(&path, &form).await;
        assert_eq!(asked.status, 200, "{}", asked.text);
        let sent = self.gateway.heard_by_now(1).await;
        let (_, code) = sent[0].body.split_once("验证码 ").unwrap();
        let form = format!("{form}&code={}", &code[..6]);
        let proved = self.passer_by.form(&format!("{path}/phone"), &form).await;
        assert!(proved.text.contains("手机号已验证"), "{}", proved.text);
        self.answers.push(proved);
        let listed = self.staff.get("/v1/joining").await.unwrap();
        // Two of the demo ask, too; family names are told.
        let masked = format!("{}**", &ASKED.name[..3]);
        let ours = listed.body.as_array().unwrap();
        let ours = ours.iter().find(|one| one["name"] == masked);
        let id = ours.expect(&listed.text)["id"].as_str().unwrap().to_owned();
        self.answers.push(listed);
        let look = format!("/v1/joining/{id}/personal?purpose=identification");
        let looked = self.staff.get(&look).await.unwrap();
        assert_eq!(looked.body["name"], ASKED.name, "{}", looked.text);
        let confirm = format!("/v1/joining/{id}/confirm");
        let confirmed = self.post(&confirm, Some("leak-4"), json!({})).await;
        assert_eq!(
            (confirmed.status, &confirmed.body["known"]),
            (200, &json!(false)),
            "{}",
            confirmed.text
        );
        assert_eq!(
            self.post(&confirm, Some("leak-4"), json!({})).await.status,
            200
        );
        let (desk, csrf) = &mut self.desk;
        let form = format!("csrf={csrf}&q={}", ASKED.phone);
        let sought = desk.form("/yuhong/desk", &form).await;
        assert!(sought.text.contains("诸**"), "{}", sought.text);
    }

    async fn everywhere(&mut self) {
        for path in [
            "/v1/members?limit=200",
            "/v1/members/duplicates",
            "/v1/awards?limit=100",
            "/v1/jobs",
            "/v1/nothing",
            "/metrics",
        ] {
            let answer = self.staff.get(path).await.unwrap();
            self.answers.push(answer);
        }
    }
}

/// The demo's members as every remaining key opens them, and the names that staff have, who are no secret.
async fn held(db: &Database, keys: &str) -> (ProgramId, BTreeSet<String>, usize) {
    let keyring = Some(Arc::new(Keyring::parse(keys).unwrap()));
    let options = Options {
        keyring,
        ..Options::default()
    };
    let ledger = Ledger::open(&db.url, options).await.unwrap();
    let program = ledger.programs().await.unwrap().remove(0).id;
    let (mut all, mut opened) = (BTreeSet::new(), 0);
    let members = ledger.register(program, Register::Members, Uuid::nil(), 1_000);
    for member in members.await.unwrap() {
        let held = ledger
            .held_about(program, MemberId(member.id))
            .await
            .unwrap();
        for held in held
            .own
            .iter()
            .chain(held.merged.iter().map(|(_, held)| held))
        {
            personal(held, &mut all);
            opened += 1;
        }
    }
    let staff = ledger.register(program, Register::Staff, Uuid::nil(), 1_000);
    for person in staff.await.unwrap() {
        all.retain(|said| !person.name.contains(said.as_str()));
    }
    let report = ledger.verify(program, |_| {}).await.unwrap();
    assert_eq!(report.problems, []);
    ledger.close().await;
    (program, all, opened)
}

on_both! {
    async fn nothing_held_about_anybody_is_written_down_anywhere(db: Database) {
        let own_keys = db.backend == Backend::Sqlite;
        let gateway = Listener::start(|_| (200, "{}".to_owned())).await;
        let start = async |level: &str| Server::start_with(&db.url, |command| {
            command.args(["--demo", "--log-level", level, "--sms-url", &gateway.url]).env("NO_PROXY", "127.0.0.1");
            if !own_keys {
                command.env("JIFEN_MASTER_KEY", KEYS);
            }
        }).await;
        // Half a year is told without every line of it; what is said from then on with all.
        let mut begun = start("info").await;
        begun.terminate_and_wait().await;
        let mut server = start("trace").await;
        let mut desk = Browser::new(server.base_url());
        let csrf = desk.enter(AT_THE_DESK).await;
        let mut visit = Visit {
            staff: Client::new(server.base_url(), STAFF),
            desk: (desk, csrf),
            passer_by: Browser::new(server.base_url()),
            gateway,
            answers: Vec::new(),
        };
        let enrolled = visit.enrol().await;
        let imported = visit.import().await;
        visit.report_in().await;
        // Looked at, which is recorded; erased.
        let held_by = |id: &str| format!("/v1/members/{id}/personal?purpose=contact");
        for (id, name) in [(&enrolled, ENROLLED.name), (&imported, IMPORTED.name), (&RIDER.to_owned(), "赵立军")] {
            let shown = visit.staff.get(&held_by(id)).await.unwrap();
            assert_eq!(shown.body["held"]["name"], name, "{}", shown.text);
        }
        let path = format!("/v1/members/{imported}/personal");
        let headers = [("idempotency-key", "leak-5")];
        let erased = visit.staff.send(Method::DELETE, &path, &headers, Bytes::new()).await.unwrap();
        assert_eq!(erased.status, 200, "{}", erased.text);
        visit.answers.push(erased);
        let gone = visit.staff.get(&held_by(&imported)).await.unwrap();
        assert_eq!(gone.body["code"], "member_erased");
        visit.answers.push(gone);
        visit.everywhere().await;
        server.terminate_and_wait().await;
        let log = begun.stderr() + &server.stderr();

        let keys = match own_keys {
            true => {
                use std::os::unix::fs::PermissionsExt;
                let file = db.url.trim_start_matches("sqlite:").trim_start_matches("//");
                let file = format!("{}.keys", file.split('?').next().unwrap());
                let mode = std::fs::metadata(&file).unwrap().permissions().mode();
                assert_eq!(mode & 0o777, 0o600, "only its owner reads the keyring");
                std::fs::read_to_string(file).unwrap()
            }
            false => KEYS.replace(';', "\n"),
        };
        let (program, mut said, opened) = held(&db, &keys).await;
        assert_eq!(opened, 202, "the demo's riders and two of ours");
        for somebody in [ENROLLED, IMPORTED, ASKED] {
            said.extend(somebody.all());
        }
        let search = Search::of(said);
        let all = dump(&db, program).await;
        search.must_not_be_in(&all, "the database");
        search.must_not_be_in(log.as_bytes(), "the log");
        for answer in &visit.answers {
            search.must_not_be_in(answer.text.as_bytes(), &format!("an answer ({})", answer.status));
            let headers = format!("{:?}", answer.headers);
            search.must_not_be_in(headers.as_bytes(), "a header");
        }
        // The search sees what is there: staff have names, paths are logged, keys are counted.
        let canary = |said: &str| Search::of(BTreeSet::from([said.to_owned()]));
        assert!(!canary("张敏").found_in(&all).is_empty(), "staff are no secret");
        assert!(!canary("personal_revealed").found_in(&all).is_empty());
        assert!(!canary("/v1/imports/members").found_in(log.as_bytes()).is_empty());
        let metrics = visit.answers.last().unwrap();
        assert!(canary("jifen_").sees(&metrics.text), "{}", metrics.text);
    }
}
