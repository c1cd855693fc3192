//! PINs, with which clerks take over a counter from each other.

use ledger::community::{Clerk, ClerkRole, Origin, Verb};
use ledger::ids::{ActorId, ClerkId, SessionId, StoreId};
use ledger::machine::Rejection;
use ledger::views::TrailFilter;
use ledger::{LogInError, SetError, Takeover, WriteError};
use tests::books::Sql;

use super::*;

const PIN: &str = "2580";

/// A clerk of a store who has something to log in with.
async fn clerk(story: &Story, store: usize, handle: &str, whole_merchant: bool) -> ClerkId {
    let clerk = Clerk {
        id: ClerkId(Uuid::from_bytes(random_bytes())),
        store: story.stores[store],
        name: handle.to_owned(),
        role: ClerkRole::Manager,
        whole_merchant,
    };
    let id = clerk.id;
    story.register(Registration::Clerk(clerk)).await;
    choose(story, Role::Merchant, id.0, handle).await;
    id
}

fn request(story: &Story, clerk: ClerkId) -> ledger::Request {
    let actor = ledger::community::Actor {
        id: ActorId(clerk.0),
        ..story.merchant(0)
    };
    story.request(actor, None)
}

async fn set(story: &Story, clerk: ClerkId) {
    let set = story
        .ledger
        .set_pin(&request(story, clerk), PASSWORD, PIN)
        .await;
    set.unwrap();
}

/// The session of a clerk who logged in.
async fn logged_in(story: &Story, clerk: ClerkId) -> SessionId {
    let known = Known {
        role: Role::Merchant,
        subject: clerk.0,
        way: Way::Password,
    };
    let opening = Opening {
        known,
        secret_hash: &sha256_hex(&random_bytes::<32>()),
        agent: "test",
        address: None,
    };
    let opened = story.ledger.open_session(story.program, &opening).await;
    opened.unwrap().id
}

/// Whoever takes over at a store, and the hash of their session's secret.
async fn take_over(
    ledger: &Ledger,
    story: &Story,
    (from, store): (SessionId, StoreId),
    (clerk, pin): (ClerkId, &str),
) -> Result<(ledger::community::Session, String), LogInError> {
    let hash = sha256_hex(&random_bytes::<32>());
    let takeover = Takeover {
        clerk,
        store,
        from,
        secret_hash: &hash,
        agent: "test",
    };
    let taken = ledger
        .take_over(story.program, &takeover, pin, Origin::default())
        .await?;
    Ok((taken, hash))
}

on_both! {
    async fn a_counter_is_taken_over_once_and_never_for_longer(db: Database) {
        let story = Story::begin(&db).await;
        let (lin, zhou) = (clerk(&story, 0, "lin", false).await, clerk(&story, 0, "zhou", false).await);
        let poor = story.ledger.set_pin(&request(&story, zhou), PASSWORD, "1234").await;
        assert!(matches!(poor, Err(SetError::Pin("run"))), "{poor:?}");
        let wrong = story.ledger.set_pin(&request(&story, zhou), "not the password", PIN).await;
        assert!(matches!(wrong, Err(SetError::LogIn(LogInError::Refused))), "{wrong:?}");
        set(&story, zhou).await;
        let here = story.stores[0];
        let from = logged_in(&story, lin).await;
        let limit = story.clock.now().plus_seconds(12 * HOUR);
        story.later(HOUR);
        let (session, hash) = take_over(&story.ledger, &story, (from, here), (zhou, PIN)).await.unwrap();
        assert_eq!((session.way, session.ends_at, session.store), (Way::Pin, limit, Some(here)));
        let holder = story.ledger.session_holder(story.program, &hash).await.unwrap().unwrap();
        assert_eq!((holder.store, holder.subject), (Some(here), Some(zhou.0)));
        let verbs: Vec<Verb> = holder.verbs.unwrap().each().collect();
        assert_eq!(verbs, [Verb::Redeem, Verb::Takings]);
        let ended = story.ledger.session(story.program, from).await.unwrap().unwrap();
        assert_eq!(ended.ended_by, Some(ActorId(zhou.0)));
        // What is over hands over nothing.
        let again = take_over(&story.ledger, &story, (from, here), (zhou, PIN)).await;
        assert!(matches!(again, Err(LogInError::Refused)), "{:?}", again.err());
        // Neither the PIN nor its hash is told of, nor stands anywhere but where it belongs.
        let filter = TrailFilter { operation: Some("login.pin".to_owned()), limit: 10, ..TrailFilter::default() };
        let trail = story.ledger.trail(story.program, &filter).await.unwrap();
        assert_eq!(trail.changes.len(), 1);
        assert!(!format!("{:?}", trail.changes).contains("argon2"));
        let kept = "SELECT pin FROM login_pins WHERE program_id = $1";
        let kept: Vec<(String,)> = Sql::connect(&db.url).await.rows(story.program, kept).await;
        assert!(kept.len() == 1 && kept[0].0.starts_with("$argon2id$"));
        // Nobody sets another's.
        let others = Command::SetPin(ledger::community::ClerkPin { clerk: zhou, hash: None });
        let refused = story.execute(story.merchant(0), None, others).await;
        assert!(matches!(refused, Err(WriteError::Rejected(Rejection::InvalidCode))), "{refused:?}");
    }

    async fn who_works_at_all_stores_takes_over_at_each(db: Database) {
        let story = Story::begin(&db).await;
        let [own, beside] = [story.stores[0], story.stores[1]];
        let there = clerk(&story, 1, "there", false).await;
        let boss = clerk(&story, 0, "boss", true).await;
        let lin = clerk(&story, 0, "lin", false).await;
        for whose in [there, boss, lin] {
            set(&story, whose).await;
        }
        let at = async |store: StoreId| {
            let rows = story.ledger.pins_at(story.program, store).await.unwrap();
            rows.into_iter().map(|row| row.name).collect::<Vec<_>>()
        };
        assert_eq!(at(own).await, ["boss", "lin"]);
        assert_eq!(at(beside).await, ["boss", "there"]);
        let from = logged_in(&story, there).await;
        let refused = take_over(&story.ledger, &story, (from, beside), (lin, PIN)).await;
        assert!(matches!(refused, Err(LogInError::Refused)), "{:?}", refused.err());
        // The counter stays the one that it is.
        let (_, hash) = take_over(&story.ledger, &story, (from, beside), (boss, PIN)).await.unwrap();
        let holder = story.ledger.session_holder(story.program, &hash).await.unwrap().unwrap();
        assert_eq!((holder.store, holder.stores.len()), (Some(beside), 2));
    }

    async fn wrong_pins_are_counted_whoever_asks(db: Database) {
        let story = Story::begin(&db).await;
        let (lin, zhou) = (clerk(&story, 0, "lin", false).await, clerk(&story, 0, "zhou", false).await);
        set(&story, zhou).await;
        let at = (logged_in(&story, lin).await, story.stores[0]);
        for last in [false, false, false, false, true] {
            let wrong = take_over(&story.ledger, &story, at, (zhou, "2581")).await.err().unwrap();
            assert_eq!(matches!(wrong, LogInError::TooMany { retry_after: 900 }), last, "{wrong:?}");
        }
        // So it is after a restart.
        let other = ledger_at(&db, story.clock.now()).await;
        let locked = take_over(&other, &story, at, (zhou, PIN)).await.err();
        assert!(matches!(locked, Some(LogInError::TooMany { retry_after: 900 })), "{locked:?}");
        other.close().await;
        assert!(story.ledger.check_password(story.program, "zhou", PASSWORD, HERE).await.is_ok());
        story.later(900);
        assert!(take_over(&story.ledger, &story, at, (zhou, PIN)).await.is_ok());
    }

    async fn who_leaves_or_is_invited_anew_loses_it(db: Database) {
        let story = Story::begin(&db).await;
        let (zhou, wu) = (clerk(&story, 0, "zhou", false).await, clerk(&story, 0, "wu", false).await);
        let has = async |whose: ClerkId| story.ledger.has_pin(story.program, whose).await.unwrap();
        for whose in [zhou, wu] {
            set(&story, whose).await;
            assert!(has(whose).await);
        }
        let leave = Command::EndAccess { access: Access::Clerk(zhou), at: None };
        story.execute(story.admin(), None, leave).await.unwrap();
        choose(&story, Role::Merchant, wu.0, "wu").await;
        assert!(!has(zhou).await && !has(wu).await);
        let gone = story.ledger.set_pin(&request(&story, zhou), PASSWORD, PIN).await;
        assert!(gone.is_err(), "{gone:?}");
        set(&story, wu).await;
        story.ledger.remove_pin(&request(&story, wu)).await.unwrap();
        assert!(!has(wu).await);
    }
}
