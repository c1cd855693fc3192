//! Who is invited, how they choose, and clerks as people of their own.

use ledger::community::{Clerk, ClerkRole};
use ledger::ids::ClerkId;
use ledger::machine::Rejection;
use ledger::{SetError, WriteError};

use super::*;

on_both! {
    async fn an_invitation_is_followed_once_and_in_time(db: Database) {
        let story = Story::begin(&db).await;
        let subject = staff(&story).await.0;
        let request = story.request(story.admin(), None);
        let invite = |secret: &'static str| {
            let (story, request, hash) = (&story, &request, sha256_hex(secret.as_bytes()));
            async move {
                let invited = story.ledger.invite(request, (Role::Staff, subject), "Zhang.Min", &hash).await;
                assert_eq!(invited.unwrap().handle, "zhang.min");
                hash
            }
        };
        let offer = ledger::Offer::draw("yuhong", "zhang min");
        assert_eq!(offer.uri, format!("otpauth://totp/jifen-yuhong:zhang%20min?secret={}&issuer=jifen-yuhong", offer.secret));
        let secret = bytes_of(&offer.secret);
        let accept = |hash: String, password: &'static str, code: String| {
            let (story, offer) = (&story, &offer);
            async move {
                let totp = (offer.secret.as_str(), code.as_str());
                story.ledger.accept_invitation(story.program, &hash, password, totp, None).await
            }
        };
        let earlier = invite("one").await;
        let hash = invite("two").await;
        let code = totp_at(&secret, story.clock.now());
        // The one before is worthless, and so are a wrong code and a poor password; none of them spends it.
        assert!(accept(earlier, PASSWORD, code.clone()).await.is_err());
        let wrong = accept(hash.clone(), PASSWORD, "123".to_owned()).await;
        assert!(matches!(wrong, Err(SetError::Code)), "{wrong:?}");
        let poor = accept(hash.clone(), "Password123", code.clone()).await;
        assert!(matches!(poor, Err(SetError::Password("common"))), "{poor:?}");
        assert_eq!(accept(hash.clone(), PASSWORD, code.clone()).await.unwrap().len(), 10);
        assert!(accept(hash, PASSWORD, code).await.is_err());
        // Forgotten: invited anew. Until that is followed, what was chosen before lets in.
        let late = invite("three").await;
        assert!(story.ledger.check_password(story.program, "zhang.min", PASSWORD, HERE).await.is_ok());
        story.later(72 * HOUR);
        let code = totp_at(&secret, story.clock.now());
        assert!(accept(late, PASSWORD, code).await.is_err());
        // A handle is one person's.
        let other = staff(&story).await.0;
        let taken = story.ledger.invite(&request, (Role::Staff, other), "zhang.min", "hash").await;
        let exists = WriteError::Rejected(Rejection::AlreadyExists);
        assert_eq!(taken.unwrap_err().to_string(), exists.to_string());
        let odd = story.ledger.invite(&request, (Role::Staff, other), "zhang min", "hash").await;
        assert!(matches!(odd, Err(SetError::Handle)));
    }

    async fn a_clerk_is_somebody_and_acts_for_the_store(db: Database) {
        let story = Story::begin(&db).await;
        let admin = story.token(Role::Admin, None).await;
        let server = server(&db).await;
        let admin = Client::new(server.base_url(), &admin);
        let wanted = json!({ "store": story.stores[0], "name": "刘春燕" });
        let made = admin.post("/v1/clerks", None, &wanted).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        let clerk = made.body["id"].clone();
        let nowhere = json!({ "store": Uuid::nil(), "name": "刘春燕" });
        let nowhere = admin.post("/v1/clerks", None, &nowhere).await.unwrap();
        assert_eq!(nowhere.body["code"], "unknown_reference");

        // By the API alone, from the invitation on.
        let wanted = json!({ "subject": clerk, "handle": "chunyan" });
        let invited = admin.post("/v1/logins", None, &wanted).await.unwrap();
        assert_eq!(invited.status, 201, "{}", invited.text);
        let client = Client::anonymous(server.base_url());
        let invitation = &invited.body["invitation"];
        let looked = json!({ "invitation": invitation });
        let offer = client.post("/v1/logins/offer", None, &looked).await.unwrap().body;
        let secret = bytes_of(offer["secret"].as_str().unwrap());
        let choice = json!({ "invitation": invitation, "password": PASSWORD, "secret": offer["secret"], "code": code_now(&secret) });
        let accepted = client.post("/v1/logins/accept", None, &choice).await.unwrap();
        assert_eq!(accepted.status, 200, "{}", accepted.text);
        let again = client.post("/v1/logins/accept", None, &choice).await.unwrap();
        assert_eq!(again.body["code"], "invalid_code");
        let codes: Vec<String> = serde_json::from_value(accepted.body["recovery_codes"].clone()).unwrap();
        let subject: Uuid = clerk.as_str().unwrap().parse().unwrap();
        let person = Chosen { subject, handle: "chunyan".to_owned(), secret, recovery: codes };
        let browser = log_in(&client, &story, &person, &person.recovery[0]).await;

        // The store's redemptions are theirs, and no other's.
        let own = format!("/v1/redemptions?store={}", story.stores[0]);
        let seen = browser.get(&own).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        let other = format!("/v1/redemptions?store={}", story.stores[1]);
        assert_ne!(browser.get(&other).await.status, 200);
        let leave = format!("/v1/clerks/{subject}/leave");
        assert_eq!(admin.post(&leave, None, &json!({})).await.unwrap().status, 200);
        assert_eq!(browser.get(&own).await.status, 401);
        let anew = admin.post("/v1/logins", None, &wanted).await.unwrap();
        assert_eq!(anew.body["code"], "already_ended");
        let again = admin.post(&leave, None, &json!({})).await.unwrap();
        assert_eq!(again.body["code"], "already_ended");
    }

    async fn without_a_master_key_no_second_factor_is_kept(db: Database) {
        let story = Story::begin(&db).await;
        let subject = staff(&story).await.0;
        let admin = story.token(Role::Admin, None).await;
        let server = Server::start(&db.url).await;
        let admin = Client::new(server.base_url(), &admin);
        let wanted = json!({ "subject": subject, "handle": "zhangmin" });
        let refused = admin.post("/v1/logins", None, &wanted).await.unwrap();
        assert_eq!((refused.status, &refused.body["code"]), (503, &json!("no_master_key")));
    }

    async fn what_codes_follow_from_is_sealed_and_moves_to_a_new_master_key(db: Database) {
        let story = Story::begin(&db).await;
        let person = chosen(&story, "zhangmin").await;
        let keys = story.ledger.master_keys(story.program).await.unwrap();
        assert_eq!(keys, [("first".to_owned(), 1)]);
        let newer = format!("{KEYS};second {}", "ab".repeat(32));
        let keyring = Keyring::parse(&newer).unwrap();
        let options = Options {
            clock: story.clock.clone(),
            keyring: Some(Arc::new(keyring)),
            ..Options::default()
        };
        let ledger = Ledger::open(&db.url, options).await.unwrap();
        let request = story.request(story.admin(), None);
        assert_eq!(ledger.rotate(&request).await.unwrap(), 1);
        assert_eq!(ledger.rotate(&request).await.unwrap(), 0);
        assert_eq!(ledger.master_keys(story.program).await.unwrap(), [("second".to_owned(), 1)]);
        let pending = ledger.check_password(story.program, "zhangmin", PASSWORD, HERE).await.unwrap();
        let code = totp_at(&person.secret, story.clock.now().plus_seconds(30));
        assert!(ledger.check_second(story.program, &pending, &code, HERE).await.is_ok());
        ledger.close().await;
    }
}

/// A clerk's record needs its store.
#[tokio::test]
async fn a_clerk_of_no_store_is_refused() {
    let db = tests::backend::Backend::Sqlite.fresh().await;
    let story = Story::begin(&db).await;
    let clerk = Clerk {
        id: ClerkId(Uuid::from_bytes(random_bytes())),
        store: ledger::ids::StoreId(Uuid::nil()),
        name: String::new(),
        role: ClerkRole::Manager,
        whole_merchant: false,
    };
    let command = Command::Register(Registration::Clerk(clerk));
    let refused = story.execute(story.admin(), None, command).await;
    assert_eq!(tests::story::code_of(refused), "unknown_reference");
}
