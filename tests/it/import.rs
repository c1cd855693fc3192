//! Files of many lines: what a preview says is what the import does, wholly or not at all, once.

use futures::future::join_all;
use hyper::Method;
use hyper::body::Bytes;
use ledger::community::{Organization, Registration, Role};
use ledger::ids::{OrganizationId, derived};
use ledger::import::{ImportKind, member_id};
use ledger::machine::{AwardState, Command, Reason};
use ledger::views::Register;
use ledger::{Import, ImportError, ImportVerdict, Request};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::books::{Books, Sql};
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::{HAZARD, HOUR, SERVICE, Story, award_of, points};
use uuid::Uuid;

mod console;
mod errors;
mod workbook;

const HEADER: &str = "骑手,类型,编号,时间,时长,服务对象,网格";

/// The story's moment on the programme's wall clock.
fn now(story: &Story, format: &str) -> String {
    let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
    let now = story.clock.now().to_jiff().to_zoned(zone);
    now.strftime(format).to_string()
}

/// Begins a story whose points do not expire, for processes that go by the real clock.
pub(crate) async fn begin_lasting(db: &Database) -> Story {
    let story = Story::begin(db).await;
    story.later(HOUR);
    let lasting = SERVICE.replace("[expiry]\nafter = \"30 days\"\n", "");
    story.enact("service", &lasting).await;
    story
}

/// A line of volunteer service.
pub(crate) fn service(story: &Story, member: usize, reference: &str, minutes: i64) -> String {
    let member = story.members[member];
    let at = now(story, "%Y-%m-%d %H:%M");
    format!("{member},志愿服务,{reference},{at},{minutes},老人,")
}

/// A line of a patrol, which somebody has to approve.
fn patrol(story: &Story, member: usize, reference: &str, minutes: i64) -> String {
    let member = story.members[member];
    let at = now(story, "%Y/%-m/%-d %-H:%M");
    format!("{member},网格巡查,{reference},{at},{minutes},,G-7")
}

pub(crate) fn file(lines: &[String]) -> String {
    format!("{HEADER}\n{}\n", lines.join("\n"))
}

fn request(story: &Story, key: &str) -> Request {
    story.request(story.staff(0), Some(key))
}

async fn import(story: &Story, key: &str, text: &str) -> Result<Import, ImportError> {
    let request = request(story, key);
    let file = text.as_bytes();
    story
        .ledger
        .import(&request, ImportKind::Awards, file, |_, _| {})
        .await
}

async fn preview(story: &Story, text: &str) -> Import {
    let request = request(story, "unused");
    let file = text.as_bytes();
    let preview = story
        .ledger
        .preview_import(&request, ImportKind::Awards, file, |_, _| {});
    preview.await.expect("a preview")
}

/// Line, verdict, state, points before and after caps.
fn told(import: &Import) -> Vec<(u64, ImportVerdict, Option<AwardState>, i64, i64)> {
    let lines = import.lines.iter().map(|line| {
        let award = line.award.as_ref();
        let quoted = award.map_or(0, |award| award.quoted.hundredths());
        let points = award.map_or(0, |award| award.points.hundredths());
        (
            line.line,
            line.verdict,
            award.map(|award| award.state),
            quoted,
            points,
        )
    });
    lines.collect()
}

/// Everything that any command would have changed.
pub(crate) async fn everything(db: &Database, story: &Story) -> String {
    let mut sql = Sql::connect(&db.url).await;
    let claims: Vec<(Uuid,)> = sql
        .rows(
            story.program,
            "SELECT claim_id FROM claims WHERE program_id = $1 ORDER BY claim_id",
        )
        .await;
    let members: Vec<(Uuid, String)> = sql
        .rows(
            story.program,
            "SELECT member_id, name FROM members WHERE program_id = $1 ORDER BY member_id",
        )
        .await;
    let subjects: Vec<(Uuid,)> = sql
        .rows(
            story.program,
            "SELECT subject_id FROM cap_subjects WHERE program_id = $1 ORDER BY subject_id",
        )
        .await;
    let books = Books::read(db, story.program).await;
    format!("{books:?} {claims:?} {members:?} {subjects:?}")
}

use AwardState::{Submitted, Vested};
use ImportVerdict::{Known, New};

on_both! {
    async fn a_preview_counts_caps_within_the_file_and_the_import_does_the_same(db: Database) {
        let story = Story::begin(&db).await;
        let text = file(&[
            service(&story, 0, "a", 100), service(&story, 0, "b", 100), service(&story, 1, "a", 30), patrol(&story, 0, "p", 60),
        ]);
        let before = everything(&db, &story).await;
        let seen = preview(&story, &text).await;
        assert_eq!(everything(&db, &story).await, before, "a preview changes nothing");
        assert_eq!(told(&seen), [
            (2, New, Some(Vested), 10_000, 10_000), (3, New, Some(Vested), 10_000, 2_000),
            (4, New, Some(Vested), 3_000, 3_000), (5, New, Some(Submitted), 3_000, 3_000),
        ]);
        assert_eq!(seen.lines[0].name, "骑手 1");
        let done = import(&story, "first", &text).await.expect("an import");
        assert_eq!(told(&done), told(&seen));
        assert_eq!(done.points(), Ok(points(180)));
        assert_eq!((story.available(0).await, story.available(1).await), (12_000, 3_000));
        let id = done.lines[1].award.as_ref().and_then(|award| award.id).expect("an award");
        let award = story.ledger.award(story.program, id).await.unwrap().unwrap();
        assert_eq!(award.trace, seen.lines[1].award.as_ref().unwrap().trace);
        story.sound_books(&db).await;
    }

    async fn a_preview_of_any_mixture_grants_what_the_group_grants(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(2, "before", 50)).await.unwrap();
        let lines: Vec<String> = (0..60_i64).map(|n| {
            let (member, minutes) = ((n * 7 % 3) as usize, 1 + n * 37 % 90);
            match n % 3 {
                0 => patrol(&story, member, &format!("n{n}"), minutes),
                _ => service(&story, member, &format!("n{n}"), minutes),
            }
        }).collect();
        let all = preview(&story, &file(&lines)).await;
        assert!(all.count(ImportVerdict::Refused) > 10, "caps are reached");
        let granted = |line: &&ledger::ImportLine| line.verdict == New;
        let fitting: Vec<String> = all.lines.iter().filter(granted).map(|l| lines[l.line as usize - 2].clone()).collect();
        let seen: Vec<i64> = all.lines.iter().filter(granted).map(|l| l.award.as_ref().unwrap().points.hundredths()).collect();
        let done = import(&story, "fitting", &file(&fitting)).await.expect("an import");
        let made: Vec<i64> = done.lines.iter().map(|l| l.award.as_ref().unwrap().points.hundredths()).collect();
        assert_eq!(made, seen);
        story.sound_books(&db).await;
    }

    async fn one_bad_line_and_nothing_happens(db: Database) {
        let story = Story::begin(&db).await;
        let stranger = format!("{},志愿服务,x,2026-03-05 10:00,10,老人,", story.program);
        let future = service(&story, 1, "later", 10).replace("2026-03-05", "2027-03-05");
        let full: Vec<String> = (0..4).map(|n| patrol(&story, 2, &format!("p{n}"), 10)).collect();
        let mut lines = vec![service(&story, 0, "a", 10), stranger, future, "?,,,,,,".to_owned()];
        lines.extend(full);
        let before = everything(&db, &story).await;
        let Err(ImportError::Flawed(flawed)) = import(&story, "k", &file(&lines)).await else {
            panic!("it has flaws");
        };
        let at: Vec<(u64, &str, &str)> = flawed.flaws.told.iter().map(|flaw| {
            let header = flaw.column.as_ref().map_or("", |column| column.header.as_str());
            (flaw.line.unwrap(), header, flaw.code.as_str())
        }).collect();
        assert_eq!(at, [
            (3, "骑手", "unknown_member"), (4, "时间", "deed_in_future"), (5, "类型", "missing"), (5, "编号", "missing"),
            (5, "时间", "missing"), (9, "", "cap_reached"),
        ]);
        assert_eq!(everything(&db, &story).await, before);
        // Nothing was kept under the key: the corrected file goes through under the same one.
        let done = import(&story, "k", &file(&lines[..1])).await.expect("an import");
        assert_eq!(done.count(New), 1);
    }

    async fn a_second_press_has_no_second_effect(db: Database) {
        let story = Story::begin(&db).await;
        let text = file(&[service(&story, 0, "a", 10), service(&story, 1, "b", 20)]);
        let first = import(&story, "k", &text).await.expect("an import");
        let after = everything(&db, &story).await;
        // The same key: the same answer. Another: all of it is on record.
        let again = import(&story, "k", &text).await.expect("the same");
        assert!(again.repeated && !first.repeated);
        assert_eq!(format!("{:?}", again.lines), format!("{:?}", first.lines));
        let other = import(&story, "other", &text).await.expect("nothing new");
        assert_eq!((other.count(Known), other.count(New)), (2, 0));
        assert_eq!(preview(&story, &text).await.count(Known), 2);
        assert_eq!(everything(&db, &story).await, after);

        // Grown by a line, only that is new; under its key the answer stays what it was.
        let grown = file(&[service(&story, 0, "a", 10), service(&story, 1, "b", 20), service(&story, 2, "c", 30)]);
        let reused = import(&story, "k", &grown).await.expect_err("another file");
        assert!(reused.to_string().contains("used before with another body"), "{reused}");
        let done = import(&story, "grown", &grown).await.expect("an import");
        assert_eq!((done.count(Known), done.count(New)), (2, 1));
        let again = import(&story, "grown", &grown).await.expect("the same");
        assert_eq!(format!("{:?}", again.lines), format!("{:?}", done.lines));
        assert_eq!(story.available(2).await, 3_000);

        // The same reference for something else is an error, not a second award and not a silent nothing.
        let changed = file(&[service(&story, 0, "a", 11)]);
        let Err(ImportError::Flawed(flawed)) = import(&story, "changed", &changed).await else { panic!() };
        assert_eq!(flawed.flaws.told[0].code, "differs");

        // Even after an award fell, the key answers as before and awards nothing anew.
        let award = first.lines[0].award.as_ref().and_then(|award| award.id).unwrap();
        let reverse = Command::ReverseAward { award, reason: Reason::Mistake };
        story.execute(story.admin(), None, reverse).await.unwrap();
        let again = import(&story, "k", &text).await.expect("the same");
        assert_eq!(format!("{:?}", again.lines), format!("{:?}", first.lines));
        assert_eq!(story.available(0).await, 0);
        story.sound_books(&db).await;
    }

    async fn the_same_file_from_many_hands_at_once_counts_once(db: Database) {
        let story = Story::begin(&db).await;
        let lines: Vec<String> = (0..40).map(|n| service(&story, n % 3, &format!("n{n}"), 2)).collect();
        let text = file(&lines);
        let keys = ["one", "one", "two", "three", "three", "four"];
        let done = join_all(keys.map(|key| import(&story, key, &text))).await;
        let done: Vec<Import> = done.into_iter().map(|done| done.expect("an answer")).collect();
        let made = |import: &Import| import.lines.iter().filter_map(|l| l.award.as_ref()?.id).collect::<Vec<_>>();
        let mut all: Vec<_> = done.iter().map(made).filter(|ids| !ids.is_empty()).collect();
        all.dedup();
        assert_eq!(all.len(), 1, "one of the keys made the awards");
        assert_eq!(all[0].len(), 40);
        let sum = story.available(0).await + story.available(1).await + story.available(2).await;
        assert_eq!(sum, 8_000);
        story.sound_books(&db).await;
    }

    async fn files_that_overlap_and_come_at_once_are_each_imported_to_the_end(db: Database) {
        let story = Story::begin(&db).await;
        let lines: Vec<String> = (0..30).map(|n| service(&story, n % 3, &format!("n{n}"), 2)).collect();
        let parts = [(0, 20, "a"), (10, 30, "b"), (5, 25, "c")];
        let at_once = parts.map(|(from, to, key)| {
            let (story, text) = (&story, file(&lines[from..to]));
            async move { import(story, key, &text).await }
        });
        let done: Vec<Import> = join_all(at_once).await.into_iter().map(|done| done.expect("an import")).collect();
        assert_eq!(done.iter().map(|import| import.count(New)).sum::<usize>(), 30);
        assert_eq!(done.iter().map(|import| import.count(Known)).sum::<usize>(), 30);
        for ((from, to, key), first) in parts.into_iter().zip(&done).filter(|(_, first)| first.count(New) > 0) {
            let again = import(&story, key, &file(&lines[from..to])).await.expect("the same");
            assert!(again.repeated);
            assert_eq!(format!("{:?}", again.lines), format!("{:?}", first.lines));
        }
        let sum = story.available(0).await + story.available(1).await + story.available(2).await;
        assert_eq!(sum, 6_000);
        story.sound_books(&db).await;
    }

    async fn a_preview_knows_what_is_owed_to_another_budget(db: Database) {
        let story = Story::begin(&db).await;
        let hazard = HAZARD.replace("budget = \"hazard\"", "budget = \"patrol\"").replace("\"single\"", "\"none\"");
        story.enact("hazard", &hazard).await;
        let award = award_of(&story.award(&story.service_of(0, "a", 100)).await.unwrap());
        story.spend(0, 0, 98, true).await.unwrap();
        let reverse = Command::ReverseAward { award, reason: Reason::Mistake };
        story.execute(story.admin(), None, reverse).await.unwrap();
        let header = "member,kind,reference,occurred_at,category,severity,outcome";
        let line = |n: u8| format!("{},hazard_report,h{n},2026-03-05 10:00,gas,high,fixed", story.members[0]);
        let text = format!("{header}\n{}\n{}\n", line(1), line(2));
        let seen = preview(&story, &text).await;
        assert_eq!(told(&seen).iter().map(|line| line.4).collect::<Vec<_>>(), [500, 500], "{:?}", seen.flaws);
        let done = import(&story, "k", &text).await.expect("an import");
        assert_eq!(told(&done), told(&seen));
        assert_eq!(story.available(0).await, 0);
        story.sound_books(&db).await;
    }

    async fn members_are_enrolled_once_and_named_by_their_reference(db: Database) {
        let story = Story::begin(&db).await;
        let organization = OrganizationId(derived(&[b"home"]));
        story.register(Registration::Organization(Organization {
            id: organization, parent: None, kind: "community".to_owned(), name: "迎宾路社区".to_owned(),
        })).await;
        let text = "工号,姓名,组织\nR-1,赵立军,迎宾路社区\nR-2,钱多,\n";
        let members = |key: &'static str, text: &'static str| {
            let request = request(&story, key);
            let ledger = &story.ledger;
            async move { ledger.import(&request, ImportKind::Members, text.as_bytes(), |_, _| {}).await }
        };
        let both = join_all([members("a", text), members("b", text), members("a", text)]).await;
        let new: usize = both.iter().map(|done| done.as_ref().expect("an answer").count(New)).sum();
        assert!(new == 2 || new == 4, "one key or the other enrolled both, {new}");
        let after = everything(&db, &story).await;
        assert_eq!(members("c", text).await.expect("nothing new").count(Known), 2);
        assert_eq!(everything(&db, &story).await, after);
        let id = member_id(story.program, "R-1");
        let named = story.ledger.registered(story.program, Register::Members, id.0).await.unwrap().unwrap();
        assert_eq!((named.name.as_str(), named.belongs_to), ("赵**", Some(organization.0)));

        let renamed = "工号,姓名,组织\nR-1,赵力军,\nR-3,孙,\n";
        let Err(ImportError::Flawed(flawed)) = members("d", renamed).await else { panic!() };
        let at: Vec<String> = flawed.flaws.told.iter().map(|flaw| flaw.column.clone().unwrap().header).collect();
        assert_eq!(at, ["姓名", "组织"]);
        assert_eq!(everything(&db, &story).await, after);

        let deed = "骑手,姓名,类型,编号,时间,时长,服务对象\nR-1,赵立军,志愿服务,a,2026-03-05 10:00,30,老人\n";
        assert_eq!(import(&story, "e", deed).await.expect("an import").count(New), 1);
        let wrong = deed.replace("赵立军", "钱多").replace(",a,", ",b,");
        let Err(ImportError::Flawed(flawed)) = import(&story, "f", &wrong).await else { panic!() };
        assert_eq!(flawed.flaws.told[0].to_string(), "line 2, column 姓名: the member is on record as 赵**");
        let balance = story.ledger.balance(story.program, id, story.clock.now()).await.unwrap().unwrap();
        assert_eq!(balance.available, points(30));
        story.sound_books(&db).await;
    }

    async fn a_thousand_members_are_one_group(db: Database) {
        let story = Story::begin(&db).await;
        let lines: String = (0..1_000).map(|n| format!("R-{n},骑手{n}\n")).collect();
        let text = format!("reference,name\n{lines}");
        let request = request(&story, "k");
        let done = story.ledger.import(&request, ImportKind::Members, text.as_bytes(), |_, _| {});
        assert_eq!(done.await.expect("an import").count(New), 1_000);
        let id = member_id(story.program, "R-999");
        assert!(story.ledger.balance(story.program, id, story.clock.now()).await.unwrap().is_some());
    }

    async fn over_http_a_file_is_looked_at_and_imported(db: Database) {
        let story = begin_lasting(&db).await;
        let server = Server::start(&db.url).await;
        let client = |token: String| Client::new(server.base_url(), &token);
        let desk = client(story.token(Role::Staff, Some(story.program.0)).await);
        let admin = client(story.token(Role::Admin, None).await);
        let member = client(story.token(Role::Member, Some(story.members[0].0)).await);
        let text = file(&[service(&story, 0, "a", 100), service(&story, 0, "b", 100)]);
        let awards = "/v1/imports/awards";
        let seen = post(&desk, &format!("{awards}?preview=true"), None, &text).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        assert_eq!(seen.body["totals"], json!({ "new": 2, "known": 0, "added": 0, "refused": 0, "points": "120.00" }));
        let cut = &seen.body["lines"][1]["award"];
        assert_eq!((&cut["quoted"], &cut["points"], &cut["id"]), (&json!("100.00"), &json!("20.00"), &Value::Null));
        assert!(cut["explanation"].to_string().contains("少计 80 分"), "{cut}");
        assert_eq!(story.available(0).await, 0);

        let deed = json!({
            "kind": "volunteer_service", "reference": "one", "occurred_at": story.clock.now().to_string(),
            "facts": { "minutes": 130, "beneficiary": "elderly" },
        });
        let one = json!({ "member": story.members[0].0, "deed": deed });
        let alone = desk.post("/v1/awards/preview", None, &one).await.unwrap();
        assert_eq!((&alone.body["quoted"], &alone.body["points"]), (&json!("130.00"), &json!("120.00")), "{}", alone.text);

        let none = post(&desk, awards, None, &text).await;
        assert_eq!((none.status, &none.body["code"]), (400, &json!("idempotency_key_missing")));
        let done = post(&desk, awards, Some("k"), &text).await;
        assert_eq!(done.status, 200, "{}", done.text);
        assert_eq!(done.body["totals"], seen.body["totals"]);
        assert_eq!(post(&desk, awards, Some("k"), &text).await.body, done.body);
        let other = post(&desk, awards, Some("other"), &text).await;
        assert_eq!(other.body["totals"], json!({ "new": 0, "known": 2, "added": 0, "refused": 0, "points": "0.00" }));
        let changed = post(&desk, awards, Some("k"), &file(&[service(&story, 1, "c", 1)])).await;
        assert_eq!((changed.status, &changed.body["code"]), (422, &json!("idempotency_key_reused")));
        assert_eq!(story.available(0).await, 12_000);

        let full = desk.post("/v1/awards/preview", None, &one).await.unwrap();
        assert_eq!((full.status, &full.body["code"]), (409, &json!("cap_reached")));

        for path in [awards, "/v1/imports/members", "/v1/imports/merchants"] {
            assert_eq!(post(&member, path, Some("k"), &text).await.status, 403, "{path}");
        }
        assert_eq!(post(&desk, "/v1/imports/merchants", Some("k"), &text).await.status, 403);
        let json = desk.post(awards, Some("k"), &json!({})).await.unwrap();
        assert_eq!((json.status, &json.body["code"]), (415, &json!("unsupported_media_type")));

        let stores = "编号,商户,门店,地址\nS-1,沙县小吃,一店,银山路 1 号\nS-2,沙县小吃,二店,银山路 2 号\n";
        let made = post(&admin, "/v1/imports/merchants", Some("m"), stores).await;
        assert_eq!(made.body["totals"]["new"], 2, "{}", made.text);
        let again = post(&admin, "/v1/imports/merchants", Some("m2"), stores).await;
        assert_eq!(again.body["totals"]["known"], 2, "{}", again.text);
        let moved = post(&admin, "/v1/imports/merchants", Some("m3"), &stores.replace("1 号", "3 号")).await;
        assert_eq!((moved.status, &moved.body["errors"][0]["header"]), (422, &json!("地址")));
        let listed = desk.get("/v1/stores?limit=200").await.unwrap();
        assert!(listed.text.contains("银山路 2 号") && !listed.text.contains("3 号"));
        let enrolled = post(&desk, "/v1/imports/members", Some("r"), "编号,姓名\nR-1,赵立军\n").await;
        assert_eq!(enrolled.body["lines"][0]["id"], json!(member_id(story.program, "R-1")), "{}", enrolled.text);
        story.sound_books(&db).await;
    }
}

pub(crate) async fn post(
    client: &Client,
    path: &str,
    key: Option<&str>,
    body: impl AsRef<[u8]>,
) -> Answer {
    let mut headers = vec![("content-type", "text/csv")];
    headers.extend(key.map(|key| ("idempotency-key", key)));
    let body = Bytes::copy_from_slice(body.as_ref());
    client
        .send(Method::POST, path, &headers, body)
        .await
        .unwrap()
}
