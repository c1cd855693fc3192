//! What is held about people: one person is one member, nobody can read what is kept, and what is erased is gone.

use std::sync::Arc;

use ledger::accounts::Account;
use ledger::community::Role;
use ledger::community::personal::{Consent, Identity, Keyring, Personal, Phone, Platform, Purpose};
use ledger::ids::{MemberId, ProgramId};
use ledger::machine::{Command, Reason};
use ledger::views::Kept;
use ledger::{Enrolled, Enrolment, Ledger, Options, PersonalError, Request, WriteError};
use serde_json::json;
use tests::backend::{Backend, Database};
use tests::http::Client;
use tests::on_both;
use tests::server::Server;
use tests::story::{KEYS, SERVICE, Story, award_of, code_of, redemption_of};
use uuid::Uuid;

const NAME: &str = "欧阳震华";
pub const PHONE: &str = "13912345678";
pub const NUMBER: &str = "11010519491231002X";
const LATER: &str = "second 404142434445464748494a4b4c4d4e4f505152535455565758595a5b5c5d5e5f";

pub fn phone(text: &str) -> Phone {
    Phone::parse(text).unwrap()
}

pub fn somebody(number: &str, platform: &str) -> Enrolment {
    let personal = Personal {
        name: NAME.to_owned(),
        phones: vec![phone(number)],
        platforms: vec![Platform {
            name: platform.to_owned(),
            account: Some(format!("{platform}-7")),
        }],
        ..Personal::default()
    };
    Enrolment {
        organization: None,
        personal,
    }
}

pub fn with_number(mut enrolment: Enrolment, number: &str) -> Enrolment {
    enrolment.personal.identity = Some(Identity::parse(number).unwrap());
    enrolment
}

pub async fn enrol(story: &Story, id: u128, who: &Enrolment) -> Result<Enrolled, PersonalError> {
    let request = story.request(story.staff(0), None);
    story
        .ledger
        .enrol(&request, MemberId(Uuid::from_u128(id)), who)
        .await
}

pub fn code(error: PersonalError) -> String {
    match error {
        PersonalError::Write(WriteError::Rejected(rejection)) => rejection.code(),
        other => panic!("{other}"),
    }
}

async fn shown(story: &Story, member: MemberId) -> String {
    let member = story
        .ledger
        .registered(story.program, ledger::views::Register::Members, member.0);
    member.await.unwrap().unwrap().name
}

/// Everything that the database holds, as text.
async fn dump(db: &Database, program: ProgramId) -> String {
    let bytes = crate::leaks::dump(db, program).await;
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn nothing_readable(db: &Database, program: ProgramId) {
    let all = dump(db, program).await;
    for said in [NAME, PHONE, NUMBER, "飞毛腿-7"] {
        assert!(!all.contains(said), "{said} can be read in the database");
    }
}

on_both! {
    async fn one_phone_on_two_platforms_is_one_person(db: Database) {
        let story = Story::begin(&db).await;
        let first = enrol(&story, 1, &somebody(PHONE, "飞毛腿")).await.unwrap();
        let mut again = somebody("+86 139-1234-5678", "快送");
        again.personal.consents = vec![Consent { version: "2026-1".to_owned(), at: story.clock.now() }];
        let second = enrol(&story, 2, &again).await.unwrap();
        assert_eq!((first.known, second.known, second.member), (false, true, first.member));
        let held = story.ledger.held_about(story.program, first.member).await.unwrap().own.unwrap();
        let platforms: Vec<_> = held.platforms.iter().map(|platform| platform.name.as_str()).collect();
        assert_eq!((platforms, held.phones.len(), held.consents.len()), (vec!["飞毛腿", "快送"], 1, 1));
        assert_eq!(shown(&story, first.member).await, "欧**");

        // The same request under the same key is the same answer; with another phone the key is refused.
        let request = story.request(story.staff(0), Some("once"));
        let id = MemberId(Uuid::from_u128(3));
        let once = story.ledger.enrol(&request, id, &somebody("13700000000", "快送")).await.unwrap();
        let twice = story.ledger.enrol(&request, id, &somebody("13700000000", "快送")).await.unwrap();
        assert_eq!(once.receipt, twice.receipt);
        let other = story.ledger.enrol(&request, id, &somebody("13700000001", "快送")).await;
        assert!(matches!(other, Err(PersonalError::Write(WriteError::KeyReused))));
        story.clean(&db).await;
        nothing_readable(&db, story.program).await;
    }

    async fn whoever_asks_at_once_gets_one_member(db: Database) {
        Ledger::migrate(&db.url).await.unwrap();
        let seed = [7; 16];
        let one = Arc::new(Story::begin_as(&db, seed).await);
        let other = Arc::new(Story::join(&db, seed).await);
        let tasks: Vec<_> = (0..12_u128).map(|index| {
            let story = Arc::clone(if index % 2 == 0 { &one } else { &other });
            tokio::spawn(async move {
                enrol(&story, 100 + index, &somebody(PHONE, &format!("平台{index}"))).await
            })
        }).collect();
        let mut members = std::collections::BTreeSet::new();
        let mut told = 0;
        for task in tasks {
            match task.await.unwrap() {
                Ok(enrolled) => {
                    members.insert(enrolled.member);
                    told += 1;
                }
                // Somebody else was faster every time: asked again, it is answered.
                Err(PersonalError::Write(WriteError::InProgress)) => {}
                Err(error) => panic!("{error}"),
            }
        }
        assert!(told >= 2);
        assert_eq!(members.len(), 1, "{members:?}");
        let member = *members.first().unwrap();
        let held = one.ledger.held_about(one.program, member).await.unwrap().own.unwrap();
        assert_eq!(held.platforms.len(), told);
    }

    async fn a_number_with_two_phones_goes_to_a_person(db: Database) {
        let story = Story::begin(&db).await;
        let first = enrol(&story, 1, &with_number(somebody(PHONE, "飞毛腿"), NUMBER)).await.unwrap();
        let second = enrol(&story, 2, &with_number(somebody("13700000000", "快送"), NUMBER)).await.unwrap();
        assert_eq!((second.known, second.doubles), (false, 1));
        let nil = (MemberId(Uuid::nil()), MemberId(Uuid::nil()));
        let doubles = story.ledger.doubles(story.program, nil, 10).await.unwrap();
        assert_eq!((doubles[0].member, doubles[0].other, doubles.len()), (second.member, first.member, 1));
        let wrong = enrol(&story, 3, &with_number(somebody(PHONE, "快送"), "440524188001010014")).await;
        assert_eq!(code(wrong.unwrap_err()), "phone_of_another");

        let merge = Command::MergeMembers { from: second.member, into: first.member };
        story.execute(story.admin(), None, merge).await.unwrap();
        assert_eq!(story.ledger.doubles(story.program, nil, 10).await.unwrap(), []);
        let found = story.ledger.member_by_phone(story.program, &phone("13700000000")).await.unwrap();
        assert_eq!(found, Some(first.member));
        let held = story.ledger.held_about(story.program, first.member).await.unwrap();
        assert_eq!(held.merged[0].0, second.member, "both histories are kept");

        let third = enrol(&story, 4, &with_number(somebody("13700000009", "快送"), NUMBER)).await.unwrap();
        let two = Command::Distinguish { member: third.member, other: first.member };
        story.execute(story.admin(), None, two).await.unwrap();
        assert_eq!(story.ledger.doubles(story.program, nil, 10).await.unwrap(), []);
        story.clean(&db).await;
    }

    async fn a_phone_changes_hands(db: Database) {
        let story = Story::begin(&db).await;
        let first = enrol(&story, 1, &somebody(PHONE, "飞毛腿")).await.unwrap();
        let request = story.request(story.staff(0), Some("change"));
        for _ in 0..2 {
            story.ledger.change_phone(&request, first.member, &phone("13700000000")).await.unwrap();
        }
        let second = enrol(&story, 2, &somebody(PHONE, "快送")).await.unwrap();
        assert_ne!(second.member, first.member);
        let taken = story.ledger.change_phone(&story.request(story.staff(0), None), first.member, &phone(PHONE)).await;
        assert_eq!(code(taken.unwrap_err()), "already_exists");
    }

    async fn what_is_erased_is_gone(db: Database) {
        let story = Story::begin(&db).await;
        story.later(1);
        story.enact("service", &SERVICE.replace("debt_cap = 100", "debt_cap = 100\nwrite_off_after = \"300 days\"")).await;
        let request = story.request(story.admin(), None);
        assert_eq!(story.ledger.seal_names(&request).await.unwrap(), 3);
        assert_eq!(story.ledger.seal_names(&request).await.unwrap(), 0, "once");
        let member = story.members[0];
        assert_eq!(shown(&story, member).await, "骑**");
        story.ledger.change_phone(&request, member, &phone(PHONE)).await.unwrap();
        let second = enrol(&story, 2, &with_number(somebody("13700000000", "飞毛腿"), NUMBER)).await.unwrap();
        let merge = Command::MergeMembers { from: second.member, into: member };
        story.execute(story.admin(), None, merge).await.unwrap();
        let before = story.ledger.personal_of(story.program, member).await.unwrap();

        let erase = || Command::ErasePersonal { member };
        let visit = award_of(&story.award(&story.service_of(0, "visit", 60)).await.unwrap());
        let held = redemption_of(&story.spend(0, 0, 50, false).await.unwrap());
        let refused = story.execute(story.admin(), None, erase()).await;
        assert_eq!(code(refused.unwrap_err().into()), "erasure_blocked");
        story.execute(story.merchant(0), None, Command::Capture { redemption: held, points: None }).await.unwrap();
        let reverse = Command::ReverseAward { award: visit, reason: Reason::Mistake };
        story.execute(story.staff(1), None, reverse).await.unwrap();
        story.execute(story.admin(), None, erase()).await.unwrap();
        let again = story.execute(story.admin(), None, erase()).await;
        assert_eq!(code(again.unwrap_err().into()), "member_erased");

        assert_eq!(shown(&story, member).await, "已注销");
        assert_eq!(shown(&story, second.member).await, "已注销");
        let held = story.ledger.held_about(story.program, member).await.unwrap();
        assert!(held.own.is_none() && held.merged.is_empty());
        story.clean(&db).await;

        // What was owed is owed, and nobody leaves it behind under the same phone.
        assert_eq!(story.holds(Account::debt(member)).await, -5_000);
        let back = enrol(&story, 5, &somebody(PHONE, "飞毛腿")).await;
        assert_eq!(code(back.unwrap_err()), "suppressed");
        story.later(400 * 86_400);
        let back = enrol(&story, 5, &somebody(PHONE, "飞毛腿")).await;
        assert_eq!(code(back.unwrap_err()), "suppressed", "a debt lasts longer");
        let paid = story.award(&story.service_of(0, "what would pay it", 100)).await;
        assert_eq!(code_of(paid), "member_erased", "nobody is left to earn");
        let job = story.ledger.stale_since(story.program, Kept::Suppressed, story.clock.now()).await.unwrap();
        assert_eq!(job, None, "what is owed keeps it");
        story.execute(story.admin(), None, Command::WriteOff { award: visit }).await.unwrap();
        assert_eq!(story.holds(Account::debt(member)).await, 0);
        let back = enrol(&story, 5, &somebody(PHONE, "飞毛腿")).await.unwrap();
        assert_ne!(back.member, member);

        let program = story.program;
        let Story { ledger, .. } = story;
        ledger.close().await;
        nothing_readable(&db, program).await;
        let all = dump(&db, program).await;
        for row in before {
            let sealed = row.sealed.unwrap();
            assert!(!all.contains(&sealed.wrapped), "a destroyed key is still in the file");
            assert!(!all.contains(&sealed.body));
        }
    }

    async fn every_row_opens_with_the_keys_that_remain_and_no_other(db: Database) {
        let story = Story::begin(&db).await;
        for index in 0..5 {
            enrol(&story, 10 + index, &somebody(&format!("1390000000{index}"), "飞毛腿")).await.unwrap();
        }
        let gone = MemberId(Uuid::from_u128(10));
        story.execute(story.admin(), None, Command::ErasePersonal { member: gone }).await.unwrap();
        let open = async |keys: String| {
            let keyring = Some(Arc::new(Keyring::parse(&keys).unwrap()));
            let clock = story.clock.clone();
            Ledger::open(&db.url, Options { clock, keyring, ..Options::default() }).await.unwrap()
        };
        let operator: Request = story.request(story.admin(), None);
        let both = open(format!("{KEYS};{LATER}")).await;
        assert_eq!(both.rotate(&operator).await.unwrap(), 4);
        assert_eq!(both.rotate(&operator).await.unwrap(), 0, "what is done is done");
        assert_eq!(both.master_keys(story.program).await.unwrap(), [("second".to_owned(), 4)]);
        let lookup = KEYS.split(';').next().unwrap();
        let later = open(format!("{lookup};{LATER}")).await;
        for index in 0..5 {
            let member = MemberId(Uuid::from_u128(10 + index));
            let held = later.held_about(story.program, member).await.unwrap().own;
            assert_eq!(held.map(|held| held.name).as_deref(), (index > 0).then_some(NAME));
            let earlier = story.ledger.held_about(story.program, member).await;
            assert_eq!(earlier.is_ok(), index == 0, "the destroyed master key opens nothing");
        }
        story.clean(&db).await;
    }

    async fn nothing_said_to_the_server_can_be_read_anywhere(db: Database) {
        let story = Story::begin(&db).await;
        let staff = story.token(Role::Staff, Some(Uuid::from_u128(77))).await;
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS).args(["--log-level", "info,access=debug"]);
        }).await;
        let staff = Client::new(server.base_url(), &staff);
        let body = json!({
            "name": NAME, "phone": PHONE, "identity_number": NUMBER, "home": "河南商丘",
            "platforms": [{ "name": "飞毛腿", "account": "飞毛腿-7" }], "consent": "2026-1",
        });
        let made = staff.post("/v1/members", Some("enrol"), &body).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        let id = made.body["id"].as_str().unwrap().to_owned();
        let mut answers = vec![made];
        answers.push(staff.get(&format!("/v1/members/{id}")).await.unwrap());
        assert_eq!(answers[1].body["name"], "欧**");
        for wrong in [
            json!({ "name": NAME, "phone": 13_912_345_678_i64 }),
            json!({ "name": NAME, "platforms": PHONE }),
            json!({ "name": NAME, "phone": format!("{PHONE}9") }),
            json!({ "name": NAME, "identity_number": "110105194912310021" }),
        ] {
            let answer = staff.post("/v1/members", None, &wrong).await.unwrap();
            assert_eq!(answer.status, 422, "{}", answer.text);
            answers.push(answer);
        }
        let path = format!("/v1/members/{id}/personal");
        assert_eq!(staff.get(&path).await.unwrap().status, 400, "a reason is needed");
        let member = story.token(Role::Member, Some(id.parse().unwrap())).await;
        let member = Client::new(server.base_url(), &member);
        for held in [staff.get(&format!("{path}?purpose=contact")).await.unwrap(), member.get(&path).await.unwrap()] {
            assert_eq!(held.body["held"]["phones"], json!(["+8613912345678"]), "{}", held.text);
            assert_eq!(held.body["held"]["name"], NAME);
        }
        for answer in &answers {
            for said in [NAME, PHONE, NUMBER] {
                assert!(!answer.text.contains(said), "{}", answer.text);
            }
        }
        let log = server.stderr();
        assert!(log.contains("/v1/members"), "{log}");
        for said in [NAME, PHONE, NUMBER, "河南商丘", "110105194912310021"] {
            assert!(!log.contains(said), "{log}");
        }
        nothing_readable(&db, story.program).await;
        let look = dump(&db, story.program).await;
        assert!(look.contains("personal_revealed") && look.contains("contact"), "the look is recorded");
        drop(server);
        let without = Server::try_start_with(&db.url, |_| {}).await.unwrap_err();
        assert!(without.contains("--master-key-file"), "{without}");
    }
}

#[tokio::test]
async fn without_a_key_nothing_personal_is_taken() {
    let db = Backend::Sqlite.fresh().await;
    let story = Story::begin(&db).await;
    let ledger = Ledger::open(&db.url, Options::default()).await.unwrap();
    let request = story.request(story.staff(0), None);
    let member = story.members[0];
    let refused = ledger
        .enrol(&request, member, &somebody(PHONE, "飞毛腿"))
        .await;
    assert!(matches!(refused, Err(PersonalError::NoKeyring)));
    let refused = ledger.reveal(&request, member, Purpose::Contact).await;
    assert!(matches!(refused, Err(PersonalError::NoKeyring)));
}
