//! Paying at a counter: with a code that a rider shows, and who may do what there.

mod again;
mod codes;
mod guesses;
mod late;
mod objecting;
mod offline;
mod roles;
mod scanned;
mod till;
mod together;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::clock::Clock;
use ledger::community::{Clerk, ClerkRole, Registration, Role, Session, Way};
use ledger::ids::{ClerkId, SessionId, derived, random_bytes, sha256_hex};
use ledger::machine::Command;
use serde_json::json;
use tests::backend::Database;
use tests::counter::AtCounter;
use tests::http::Client;
use tests::server::Server;
use tests::story::{KEYS, Story};
use uuid::Uuid;

/// A programme of today whose first member has 120 points, and a server over it.
pub struct Town {
    pub story: Story,
    pub server: Server,
}

impl Town {
    pub async fn begin(db: &Database) -> Self {
        ledger::Ledger::migrate(&db.url).await.unwrap();
        let story = Story::begin_as(db, random_bytes()).await;
        story.clock.set(Clock::System.now());
        let visit = story.service_of(0, "visit", 120);
        story.award(&visit).await.unwrap();
        Self::of(story, db).await
    }

    /// A server over a story.
    pub async fn of(story: Story, db: &Database) -> Self {
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
            command.args(["--log-level", "trace"]);
        });
        Self {
            server: server.await,
            story,
        }
    }

    /// As the bearer of a key.
    pub async fn with_key(&self, role: Role, subject: Option<Uuid>) -> Client {
        let token = self.story.token(role, subject).await;
        Client::new(self.server.base_url(), &token)
    }

    pub async fn rider(&self, member: usize) -> Client {
        let member = self.story.members[member].0;
        self.with_key(Role::Member, Some(member)).await
    }

    /// A new code of a member's, as their phone shows it.
    pub async fn code(&self, rider: &Client, member: usize) -> String {
        let path = format!("/v1/members/{}/codes", self.story.members[member]);
        let made = rider.post(&path, None, &json!({})).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        made.body["code"].as_str().unwrap().to_owned()
    }

    /// A new clerk at a store, logged in.
    pub async fn clerk(&self, store: usize) -> AtCounter {
        let clerk = Clerk {
            id: ClerkId(Uuid::from_bytes(random_bytes())),
            store: self.story.stores[store],
            name: "店员".to_owned(),
            role: ClerkRole::Manager,
            whole_merchant: false,
        };
        let id = clerk.id.0;
        self.story.register(Registration::Clerk(clerk)).await;
        self.log_in(Role::Merchant, id).await
    }

    pub async fn log_in(&self, role: Role, subject: Uuid) -> AtCounter {
        let (secret, now) = (random_bytes::<32>(), Clock::System.now());
        let (id, hash) = (SessionId::new(now), sha256_hex(&secret));
        let session = Session::new(id, hash, (role, subject), Way::Password, "", now);
        let open = Command::OpenSession(Box::new(session));
        self.story
            .execute(self.story.admin(), None, open)
            .await
            .unwrap();
        let text = [self.story.program.0.as_bytes().as_slice(), &secret].concat();
        AtCounter {
            client: Client::anonymous(self.server.base_url()),
            cookie: format!("jifen=js_{}", URL_SAFE_NO_PAD.encode(text)),
            csrf: derived(&[b"form", &secret]).simple().to_string(),
        }
    }

    /// What the first member can spend, in hundredths.
    pub async fn left(&self, rider: &Client, member: usize) -> String {
        let path = format!("/v1/members/{}/balance", self.story.members[member]);
        let balance = rider.get(&path).await.unwrap().body;
        balance["available"].as_str().unwrap().to_owned()
    }
}
