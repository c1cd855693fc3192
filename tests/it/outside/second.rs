//! Staff and clerks who come through a provider: who they are, and whether its word is enough.

use std::sync::Mutex;

use ledger::community::{Clerk, ClerkRole, Registration, Role};
use ledger::ids::{ClerkId, random_bytes};
use ledger::views::SessionView;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::browser::csrf;
use tests::http::{Answer, Client};
use tests::on_both;
use tests::server::Server;
use tests::story::Story;
use uuid::Uuid;

use super::browser::{Browser, serve};
use super::forged::{Plan, provider, visit};
use super::{PHONE, member_with};
use crate::login::{choose, code_now, staff};

/// Somebody comes with a token that says this.
async fn come(browser: &mut Browser, plan: &Mutex<Plan>, claims: Value) -> Answer {
    visit(browser, plan, |plan| plan.claims = claims).await
}

async fn clerk(story: &Story) -> ClerkId {
    let person = Clerk {
        id: ClerkId(Uuid::from_bytes(random_bytes())),
        store: story.stores[0],
        name: "刘春燕".to_owned(),
        role: ClerkRole::Manager,
        whole_merchant: false,
    };
    let id = person.id;
    story.register(Registration::Clerk(person)).await;
    id
}

/// From then on the provider's `sub` is this clerk.
async fn link(server: &Server, story: &Story, plan: &Mutex<Plan>, sub: &str, clerk: ClerkId) {
    let issuer = plan.lock().unwrap().issuer.clone();
    let admin = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
    let link = json!({ "issuer": issuer, "sub": sub, "role": "merchant", "subject": clerk.0 });
    let linked = admin.post("/v1/identities", None, &link).await.unwrap();
    assert_eq!(linked.status, 201, "{}", linked.text);
}

async fn sessions(story: &Story, subject: Uuid) -> Vec<SessionView> {
    let first = ledger::ids::SessionId(Uuid::nil());
    let all = story.ledger.sessions_of(story.program, subject, first, 50);
    all.await.unwrap()
}

fn led_to(answer: &Answer, story: &Story, page: &str) {
    let to = format!("/{}/{page}", story.program);
    let told = (answer.status, answer.header("location"));
    assert_eq!(told, (303, Some(to.as_str())), "{}", answer.text);
}

on_both! {
    async fn a_staff_member_is_known_by_a_claim_and_a_clerk_by_a_link(db: Database) {
        let story = Story::begin(&db).await;
        let invited = staff(&story).await;
        let request = story.request(story.admin(), None);
        story.ledger.invite(&request, (Role::Staff, invited.0), "wang.min", "hash").await.unwrap();
        let clerk = clerk(&story).await;
        let (listener, plan) = provider().await;
        let server = serve(&db, &story, &listener.url, "staff_claim = \"preferred_username\"").await;
        let mut browser = Browser::new(&server, &story);
        for unknown in [json!({ "preferred_username": "li.na" }), json!({ "preferred_username": "" }), json!({})] {
            let refused = come(&mut browser, &plan, unknown).await;
            assert_eq!(refused.status, 403, "{}", server.stderr());
        }
        // Their handle however the provider writes it, and whether or not they have chosen a password.
        let in_ = come(&mut browser, &plan, json!({ "preferred_username": "Wang.Min" })).await;
        led_to(&in_, &story, "home");
        assert_eq!(sessions(&story, invited.0).await[0].way.name(), "oidc");
        let set = in_.headers.get_all("set-cookie").iter().map(|set| set.to_str().unwrap());
        let set = set.into_iter().find(|set| set.starts_with("jifen=")).unwrap();
        assert!(!set.contains("Max-Age"), "{set}");

        let mut browser = Browser::new(&server, &story);
        let as_clerk = || json!({ "sub": "chunyan" });
        assert_eq!(come(&mut browser, &plan, as_clerk()).await.status, 403);
        link(&server, &story, &plan, "chunyan", clerk).await;
        led_to(&come(&mut browser, &plan, as_clerk()).await, &story, "home");
        assert_eq!(browser.get(&format!("/{}/counter", story.program)).await.status, 200);
        let own = format!("/v1/redemptions?store={}", story.stores[0]);
        assert_eq!(browser.get(&own).await.status, 200);
        let other = format!("/v1/redemptions?store={}", story.stores[1]);
        assert_ne!(browser.get(&other).await.status, 200);
        // The link comes before the claim.
        let both = json!({ "sub": "chunyan", "preferred_username": "wang.min" });
        led_to(&come(&mut browser, &plan, both).await, &story, "home");
        let admin = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        let left = admin.post(&format!("/v1/clerks/{clerk}/leave"), None, &json!({})).await.unwrap();
        assert_eq!(left.status, 200, "{}", left.text);
        assert_eq!(browser.get(&own).await.status, 401);
        assert_eq!(come(&mut browser, &plan, as_clerk()).await.status, 403);
    }

    async fn where_the_providers_word_is_not_enough_staff_do_their_second_step(db: Database) {
        let story = Story::begin(&db).await;
        member_with(&story, PHONE).await;
        let who = staff(&story).await;
        let person = choose(&story, Role::Staff, who.0, "wang.min").await;
        let invited = staff(&story).await;
        let request = story.request(story.admin(), None);
        story.ledger.invite(&request, (Role::Staff, invited.0), "li.na", "hash").await.unwrap();
        let (listener, plan) = provider().await;
        let more = "staff_claim = \"preferred_username\"\nphone_claim = \"phone_number\"\n\
            require_amr = [\"mfa\", \"hwk\"]\nrequire_acr = [\"gold\"]";
        let server = serve(&db, &story, &listener.url, more).await;
        let named = |more: Value| {
            let mut claims = json!({ "preferred_username": "wang.min", "phone_number": "none" });
            claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            claims
        };
        for enough in [json!({ "amr": ["pwd", "hwk"] }), json!({ "acr": "gold" })] {
            let mut browser = Browser::new(&server, &story);
            led_to(&come(&mut browser, &plan, named(enough)).await, &story, "home");
        }
        assert_eq!(sessions(&story, who.0).await.len(), 2);

        let step = format!("/{}/login/code", story.program);
        for weak in [json!({}), json!({ "amr": ["pwd"], "acr": "silver" })] {
            let mut browser = Browser::new(&server, &story);
            led_to(&come(&mut browser, &plan, named(weak)).await, &story, "login/code");
            assert!(!browser.cookies.contains_key("jifen"), "no session between the steps");
        }
        assert_eq!(sessions(&story, who.0).await.len(), 2);
        let mut browser = Browser::new(&server, &story);
        come(&mut browser, &plan, named(json!({}))).await;
        let door = csrf(&browser.get(&step).await);
        let wrong = browser.form(&step, &format!("csrf={door}&code=12345")).await;
        assert_eq!(wrong.status, 401, "{}", wrong.text);
        let code = code_now(&person.secret);
        let right = browser.form(&step, &format!("csrf={door}&code={code}")).await;
        led_to(&right, &story, "home");
        assert_eq!(browser.get(&format!("/{}/desk", story.program)).await.status, 200);
        let ways: Vec<&str> = sessions(&story, who.0).await.iter().map(|session| session.way.name()).collect();
        assert_eq!(ways, ["oidc"; 3]);

        // Who has no second step here is told what to do, and a rider is asked for none.
        let clerk = clerk(&story).await;
        link(&server, &story, &plan, "chunyan", clerk).await;
        for claims in [json!({ "preferred_username": "li.na", "phone_number": "none" }), json!({ "sub": "chunyan" })] {
            let mut browser = Browser::new(&server, &story);
            let refused = come(&mut browser, &plan, claims).await;
            assert!(refused.status == 403 && refused.text.contains("需要两步验证"), "{}", refused.text);
            assert!(refused.text.contains("街道办王老师") && !browser.cookies.contains_key("jifen"));
        }
        let mut browser = Browser::new(&server, &story);
        led_to(&come(&mut browser, &plan, json!({})).await, &story, "home");
    }
}
