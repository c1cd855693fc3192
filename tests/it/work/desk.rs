//! The desk, the public and riders over HTTP: many decisions at once, objections by number, the page that anybody may read.

use ledger::community::Role;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::{Client, ok};
use tests::on_both;
use tests::server::Server;
use tests::story::{KEYS, Story};
use uuid::Uuid;

use super::{begin, code};

/// Two communities of a district, an approver and an awarder in the first, riders of each.
struct Desk {
    story: Story,
    server: Server,
    awarder: Client,
    approver: Client,
}

impl Desk {
    async fn begin(db: &Database) -> Self {
        let story = begin(db).await;
        let organization = story.community().await;
        let tokens = [
            story.staff_token(Some(organization)).await,
            story.staff_token(Some(organization)).await,
        ];
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        })
        .await;
        let [awarder, approver] = tokens.map(|token| Client::new(server.base_url(), &token));
        Self {
            story,
            awarder,
            approver,
            server,
        }
    }

    async fn client(&self, role: Role, subject: Option<Uuid>) -> Client {
        let token = self.story.token(role, subject).await;
        Client::new(self.server.base_url(), &token)
    }

    fn deed(&self, member: usize, reference: &str) -> Value {
        let now = ledger::clock::Clock::System.now().plus_seconds(-60);
        json!({
            "member": self.story.members[member].0, "policy": "week",
            "deed": { "kind": "volunteer_service", "reference": reference, "occurred_at": now,
                      "facts": { "minutes": 30, "beneficiary": "elderly" }, "evidence": ["check_in"] },
        })
    }

    async fn submit(&self, count: usize) -> Vec<String> {
        let deeds: Vec<Value> = (0..count)
            .map(|line| self.deed(line % 3, &format!("visit-{line}")))
            .collect();
        let body = Value::Array(deeds);
        let answer = self.awarder.post("/v1/awards/batch", Some("batch"), &body);
        let answer = ok(answer.await.unwrap(), 200);
        let results = answer["results"].as_array().unwrap();
        let id = |line: &Value| line["award"]["id"].as_str().unwrap().to_owned();
        let mut ids: Vec<String> = results.iter().map(id).collect();
        // In the order in which they wait.
        ids.sort();
        ids
    }
}

on_both! {
    /// Two hundred lines, bad ones among them: each for itself, and a repeat has no second effect.
    async fn an_approver_decides_many_at_once(db: Database) {
        let desk = Desk::begin(&db).await;
        let awards = desk.submit(190).await;
        let none = ok(desk.awarder.get("/v1/approvals").await.unwrap(), 200);
        assert_eq!(none["items"], json!([]), "nobody approves what they submitted");
        let first = ok(desk.approver.get("/v1/approvals?limit=2").await.unwrap(), 200);
        let item = &first["items"][0];
        assert_eq!(item["award"]["id"], awards[0], "oldest first");
        assert_eq!(item["award"]["deed"]["evidence"], json!(["check_in"]));
        assert!(item["explanation"].as_array().unwrap().len() > 1, "{item}");
        let path = format!("/v1/approvals?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
        let second = ok(desk.approver.get(&path).await.unwrap(), 200);
        assert_eq!(second["items"][0]["award"]["id"], awards[2]);
        let late = awards[100].clone();
        let path = format!("/v1/awards/{late}/approve");
        ok(desk.approver.post(&path, Some("single"), &json!({})).await.unwrap(), 200);

        let mut lines: Vec<Value> = awards.iter().map(|award| json!({ "award": award, "decision": "approve" })).collect();
        lines[7] = json!({ "award": awards[7], "decision": "reject", "reason": "evidence" });
        lines.extend([
            json!({ "award": Uuid::nil(), "decision": "approve" }),
            json!({ "award": awards[8], "decision": "reject" }),
            json!({ "award": awards[8], "decision": "approve", "reason": "mistake" }),
            json!({ "award": awards[8], "decision": "forget" }),
            json!({ "award": awards[8], "decision": "reject", "reason": "withdrawn" }),
            json!({ "award": awards[9], "decision": "approve" }),
        ]);
        lines.extend((0..4).map(|_| json!({ "award": awards[10], "decision": "reject", "reason": "mistake" })));
        assert_eq!(lines.len(), 200);
        let body = Value::Array(lines.clone());
        for time in 0..2 {
            let answer = ok(desk.approver.post("/v1/approvals/decisions", Some("all"), &body).await.unwrap(), 200);
            let results = answer["results"].as_array().unwrap();
            assert_eq!((results.len(), answer["accepted"].as_u64()), (200, Some(190)), "{time}: {}", answer);
            let told = |line: usize| results[line - 1]["problem"]["code"].as_str().unwrap_or("").to_owned();
            assert_eq!(results[7]["award"]["state"], "rejected");
            assert_eq!(told(101), "award_already_decided", "it was approved before");
            assert_eq!([told(191), told(192), told(193), told(194), told(195)],
                ["unknown_award", "invalid_body", "invalid_body", "invalid_body", "invalid_body"]);
        }
        assert_eq!(code(desk.approver.post("/v1/approvals/decisions", Some("more"), &Value::Array(vec![lines[0].clone(); 201])).await.unwrap()), "invalid_body");
        assert_eq!(code(desk.awarder.post("/v1/approvals/decisions", Some("own"), &json!([])).await.unwrap()), "invalid_body");
        let left = ok(desk.approver.get("/v1/approvals").await.unwrap(), 200);
        assert_eq!(left["items"], json!([]));
        desk.story.clean(&db).await;
    }

    /// The rider objects by the notice's number, with words that stand nowhere but in the sealed attachment.
    async fn anybody_known_objects_by_number(db: Database) {
        const WORDS: &str = "那天她不在社区";
        let desk = Desk::begin(&db).await;
        let award = desk.submit(1).await.remove(0);
        let path = |step: &str| format!("/v1/awards/{award}/{step}");
        ok(desk.approver.post(&path("approve"), Some("a"), &json!({})).await.unwrap(), 200);
        let other = desk.client(Role::Member, Some(desk.story.members[1].0)).await;
        assert_eq!(code(other.get(&format!("/v1/awards/{award}")).await.unwrap()), "not_found");
        let list = ok(other.get("/v1/public-notices").await.unwrap(), 200);
        let notice = &list["items"][0];
        assert_eq!((&notice["name"], &notice["title"], &notice["points"], &notice["open"]),
            (&json!("骑**"), &json!("志愿服务"), &json!("30.00"), &json!(true)), "{list}");
        let text = list.to_string();
        for told in [award.as_str(), "occurred", "visit-0", "check_in", "\"member\""] {
            assert!(!text.contains(told), "{told} in {text}");
        }
        let number = notice["number"].as_str().unwrap();
        let month = notice["month"].as_str().unwrap();
        for (month, count) in [(month, 1), ("2020-02", 0)] {
            let list = ok(other.get(&format!("/v1/public-notices?month={month}&limit=1")).await.unwrap(), 200);
            assert_eq!(list["items"].as_array().unwrap().len(), count, "{month}: {list}");
        }
        let wrong = other.get("/v1/public-notices?month=2026-1").await.unwrap();
        assert_eq!((wrong.status, code(wrong).as_str()), (400, "invalid_query"));
        // Without a gateway nobody is sent a code; for what is not on notice there is none to be had.
        let nobody = Client::new(desk.server.base_url(), "");
        let phone = json!({ "program": desk.story.program.to_string(), "phone": "15499990001" });
        let asked = nobody.post(&format!("/v1/public-notices/{number}/code"), None, &phone).await.unwrap();
        assert_eq!(code(asked), "phone_login_unavailable");
        let absent = nobody.post(&format!("/v1/public-notices/{award}/code"), None, &phone).await.unwrap();
        assert_eq!(code(absent), "not_found");
        let words = ok(other.upload("/v1/attachments", "text/plain", WORDS.into()).await.unwrap(), 200)["id"].clone();
        let objection = json!({ "reason": "not_as_claimed", "words": words });
        let path_of = |step: &str| format!("/v1/public-notices/{number}/{step}");
        for _ in 0..2 {
            let frozen = ok(other.post(&path_of("object"), Some("o"), &objection).await.unwrap(), 200);
            assert_eq!((frozen["state"].as_str(), frozen["number"].as_str()), (Some("frozen"), Some(number)));
        }
        assert_eq!(ok(other.get("/v1/public-notices").await.unwrap(), 200)["items"], json!([]), "it is off the list");

        let disputes = ok(desk.approver.get("/v1/objections").await.unwrap(), 200);
        assert_eq!((&disputes["items"][0]["award"]["id"], &disputes["items"][0]["may_review"]), (&json!(award), &json!(false)));
        let reviewer = Client::new(desk.server.base_url(), &desk.story.staff_token(None).await);
        let disputes = ok(reviewer.get("/v1/objections").await.unwrap(), 200);
        assert_eq!(disputes["items"][0]["may_review"], true);
        let words = format!("/v1/attachments/{}", words.as_str().unwrap());
        assert_eq!(reviewer.get(&words).await.unwrap().text, WORDS);
        let third = desk.client(Role::Member, Some(desk.story.members[2].0)).await;
        assert_eq!(third.get(&words).await.unwrap().status, 404);
        let wrong = json!({ "upheld": true, "reason": "as_claimed" });
        let refused = reviewer.post(&path("review"), Some("r-0"), &wrong).await.unwrap();
        assert_eq!(refused.body["errors"][0]["pointer"], "/reason", "{}", refused.text);
        let dismissed = json!({ "upheld": false, "reason": "as_claimed" });
        let pending = ok(reviewer.post(&path("review"), Some("r"), &dismissed).await.unwrap(), 200);
        assert_eq!(pending["state"], "pending");
        let list = ok(other.get("/v1/public-notices").await.unwrap(), 200);
        assert_eq!(list["items"][0]["open"], false);
        assert_eq!(code(third.post(&path_of("appeal"), Some("x"), &json!({})).await.unwrap()), "not_appellant");
        ok(other.post(&path_of("appeal"), Some("p"), &json!({})).await.unwrap(), 200);
        assert_eq!(code(reviewer.post(&path("review"), Some("r-2"), &dismissed).await.unwrap()), "reviewer_involved");
        let last = Client::new(desk.server.base_url(), &desk.story.staff_token(None).await);
        let upheld = json!({ "upheld": true, "reason": "not_as_claimed" });
        assert_eq!(ok(last.post(&path("review"), Some("r"), &upheld).await.unwrap(), 200)["state"], "rejected");
        let owner = desk.client(Role::Member, Some(desk.story.members[0].0)).await;
        let view = ok(owner.get(&format!("/v1/awards/{award}")).await.unwrap(), 200);
        assert_eq!((&view["reason"], &view["objection"]["upheld"]), (&json!("not_as_claimed"), &json!(true)), "{view}");
        assert_eq!(view["objection"]["review"]["upheld"], false);
        assert_eq!(view["objection"]["appeal"]["review"]["reason"], "not_as_claimed");
        let books = desk.story.sound_books(&db).await;
        assert!(books.events.iter().any(|(_, kind)| kind == "award.appeal"));
        let mut sql = tests::books::Sql::connect(&db.url).await;
        let told: Vec<(String,)> = sql.rows(desk.story.program, "SELECT receipt FROM events WHERE program_id = $1").await;
        assert!(told.iter().all(|(receipt,)| !receipt.contains(WORDS)));
        desk.story.clean(&db).await;
    }

    /// The page that anybody may read.
    async fn the_public_reads_a_page_without_logging_in(db: Database) {
        let desk = Desk::begin(&db).await;
        let award = desk.submit(1).await.remove(0);
        let path = format!("/v1/awards/{award}/approve");
        ok(desk.approver.post(&path, Some("a"), &json!({})).await.unwrap(), 200);
        let public = Client::anonymous(desk.server.base_url());
        let page = public.get(&format!("/{}/notice", desk.story.program)).await.unwrap();
        assert_eq!((page.status, page.header("x-robots-tag")), (200, Some("noindex, nofollow")), "{}", page.text);
        assert!(page.text.contains("骑**") && page.text.contains("志愿服务"), "{}", page.text);
        for told in [award.as_str(), "visit-0", "骑手"] {
            assert!(!page.text.contains(told), "{told}");
        }
        let one = page.text.split("/notice/").nth(1).unwrap().split('"').next().unwrap();
        let one = public.get(&format!("/{}/notice/{one}", desk.story.program)).await.unwrap();
        assert_eq!(one.status, 303, "who objects has logged in");
        desk.story.clean(&db).await;
    }
}
