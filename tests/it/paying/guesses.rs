//! Guessing is hopeless, and nobody is kept from paying by who guesses at them.

use std::collections::HashMap;
use std::time::Duration;

use futures::FutureExt;
use ledger::WriteError;
use ledger::community::{Actor, Code, Member, PayCode, Registration, Role, Store};
use ledger::ids::{ActorId, CommandId, MemberId, MerchantId, StoreId, derived};
use ledger::machine::{Command, GROUP_LIMIT, Payer};
use tests::backend::Database;
use tests::on_both;
use tests::story::{Story, code_of, points};

const ALIVE: usize = 40_000;
const GUESSES: usize = 100_000;
const CLERKS: usize = 500;
const STORES: usize = 80;

fn nth(number: usize) -> PayCode {
    // Spread over all that there are, and the same in each run.
    let drawn = derived(&[b"code", &number.to_be_bytes()]).as_u128();
    PayCode {
        handle: (1_000_000 + number).to_string(),
        digits: format!("{:08}", drawn % 100_000_000),
    }
}

async fn register(story: &Story, records: Vec<Registration>) {
    for records in records.chunks(GROUP_LIMIT) {
        let commands = records
            .iter()
            .map(|record| (story.command_id(), Command::Register(record.clone())));
        let group: Vec<(CommandId, Command)> = commands.collect();
        story
            .execute(story.admin(), None, Command::Group(group))
            .await
            .unwrap();
    }
}

/// As many codes as this, each under a handle of its own; a rider has forty of them, which is quicker to set up than a rider each.
async fn codes(story: &Story, many: usize) {
    let id = |number: usize| MemberId(derived(&[b"rider", &number.to_be_bytes()]));
    let member = |number| {
        Registration::Member(Member {
            id: id(number),
            organization: None,
            name: String::new(),
        })
    };
    let riders = many / 40;
    let expires_at = story.clock.now().plus_seconds(120);
    let code = |number| {
        Registration::Code(Code {
            member: id(number % riders),
            hash: nth(number).hash(story.program),
            expires_at,
        })
    };
    register(story, (0..riders).map(member).collect()).await;
    register(story, (0..many).map(code).collect()).await;
}

fn store(number: usize) -> StoreId {
    StoreId(derived(&[b"store", &number.to_be_bytes()]))
}

async fn stores(story: &Story) {
    let merchant = MerchantId(derived(&[story.program.0.as_bytes(), b"merchant"]));
    let record = |number| {
        Registration::Store(Store {
            id: store(number),
            merchant,
            name: String::new(),
            address: String::new(),
        })
    };
    register(story, (0..STORES).map(record).collect()).await;
}

fn clerk(number: usize) -> Actor {
    let store = store(number % STORES);
    Actor {
        id: ActorId(derived(&[b"clerk", &number.to_be_bytes()])),
        role: Role::Merchant,
        member: None,
        store: Some(store),
        node: None,
    }
}

async fn tries(story: &Story, clerk: Actor, code: &PayCode) -> Result<(), WriteError> {
    let command = Command::Authorise {
        payer: Payer::typed(story.program, &code.text()).unwrap(),
        store: clerk.store.unwrap(),
        charge: ledger::machine::Charge::Points(points(1)),
        capture: true,
        hold_seconds: 60,
    };
    story.execute(clerk, None, command).await.map(|_| ())
}

on_both! {
    async fn a_hundred_thousand_guesses_at_forty_thousand_codes_find_none(db: Database) {
        let story = Story::begin(&db).await;
        stores(&story).await;
        codes(&story, ALIVE).await;
        let mut answers: HashMap<&str, usize> = HashMap::new();
        for guess in 0..GUESSES {
            // Right handles, spread over them, over clerks, over stores and over the two minutes that the codes live.
            let digits = derived(&[b"guess", &guess.to_be_bytes()]).as_u128() % 100_000_000;
            let code = PayCode { digits: format!("{digits:08}"), ..nth(guess * 7 % ALIVE) };
            let what = match tries(&story, clerk(guess % CLERKS), &code).await {
                Ok(()) => "paid",
                Err(WriteError::TooManyGuesses(_)) => "told to wait",
                Err(other) => {
                    assert_eq!(code_of::<()>(Err(other)), "invalid_code");
                    "wrong"
                }
            };
            *answers.entry(what).or_default() += 1;
            if guess % (GUESSES / 119) == 0 {
                story.later(1);
            }
        }
        assert_eq!(answers.get("paid"), None);
        // Ten at each store, then one a minute.
        assert!((STORES * 10..=STORES * 12).contains(&answers["wrong"]), "{answers:?}");
        assert!(answers["wrong"] + answers["told to wait"] == GUESSES);
    }

    async fn who_hangs_up_before_the_answer_has_guessed_all_the_same(db: Database) {
        let story = Story::begin(&db).await;
        stores(&story).await;
        for guess in 0..10 {
            // Looked at once, and gone.
            let answer = tries(&story, clerk(0), &nth(guess)).now_or_never();
            assert_eq!(answer.map(|answer| answer.is_ok()), None);
        }
        let mut more = 0;
        while !matches!(tries(&story, clerk(0), &nth(10 + more)).await, Err(WriteError::TooManyGuesses(_))) {
            more += 1;
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        assert!(more < 5, "ten that hung up were free: {more} more were looked at");
        story.ledger.close().await;
    }

    async fn the_right_code_waits_too_and_a_rider_for_six_seconds_at_most(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 60)).await.unwrap();
        stores(&story).await;
        let request = story.request(story.admin(), None);
        let issue = async || story.ledger.issue_code(&request, story.members[0]).await.unwrap().code;
        let right = issue().await;
        let wrong = PayCode { digits: format!("{:08}", (right.digits.parse::<u32>().unwrap() + 1) % 100_000_000), ..right.clone() };
        for _ in 0..10 {
            assert_eq!(code_of(tries(&story, clerk(0), &wrong).await), "invalid_code");
        }
        let waits = async |number: usize, code: &PayCode| match tries(&story, clerk(number), code).await {
            Err(WriteError::TooManyGuesses(seconds)) => seconds,
            other => panic!("{other:?}"),
        };
        assert_eq!(waits(0, &right).await, 60, "who guessed");
        assert_eq!(waits(STORES, &right).await, 60, "where it was");
        assert_eq!(waits(1, &right).await, 6, "elsewhere, with a code that was guessed at");
        story.later(6);
        tries(&story, clerk(1), &right).await.unwrap();
        // However many join in: the rider's wait does not grow.
        let right = issue().await;
        let together = (0..200).map(|number| tries(&story, clerk(1 + STORES * (number + 1)), &wrong));
        futures::future::join_all(together).await;
        story.later(54);
        tries(&story, clerk(0), &right).await.unwrap();
        assert_eq!(story.available(0).await, 5_800);
        story.sound_books(&db).await;
    }
}
