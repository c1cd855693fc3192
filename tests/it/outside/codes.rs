//! Codes, under a clock that stands still.

use std::sync::Arc;

use futures::future::join_all;
use ledger::community::{CodeFor, LoginCode};
use ledger::ids::{MemberId, OrganizationId};
use ledger::machine::Command;
use ledger::views::Kept;
use ledger::{Drawn, Ledger};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HOUR, Story};
use uuid::Uuid;

use super::{NOBODYS, PHONE, member_with, number};

async fn draw(story: &Story, phone: &str) -> LoginCode {
    let drawn = story
        .ledger
        .draw_code(story.program, CodeFor::LogIn, &number(phone))
        .await;
    match drawn.unwrap() {
        Drawn::Code(code) => code,
        Drawn::TooSoon(seconds) => panic!("too soon by {seconds} s"),
    }
}

async fn wait(story: &Story, phone: &str) -> i64 {
    let drawn = story
        .ledger
        .draw_code(story.program, CodeFor::LogIn, &number(phone))
        .await;
    match drawn.unwrap() {
        Drawn::Code(_) => 0,
        Drawn::TooSoon(seconds) => seconds,
    }
}

/// Whether somebody is let in.
async fn opens(story: &Story, phone: &str, code: &LoginCode) -> bool {
    let who = story
        .ledger
        .spend_login_code(story.program, &number(phone), code)
        .await;
    who.unwrap().is_some()
}

fn another(code: &LoginCode) -> LoginCode {
    let number: u32 = code.as_str().parse().unwrap();
    LoginCode::parse(&format!("{:06}", (number + 1) % 1_000_000)).unwrap()
}

on_both! {
    async fn a_code_lets_its_member_in_once(db: Database) {
        let story = Story::begin(&db).await;
        let member = member_with(&story, PHONE).await;
        let code = draw(&story, PHONE).await;
        assert!(!opens(&story, NOBODYS, &code).await, "another's phone");
        let who = story.ledger.spend_login_code(story.program, &number(PHONE), &code).await;
        assert_eq!(who.unwrap(), Some(member));
        assert!(!opens(&story, PHONE, &code).await, "twice");
    }

    async fn five_wrong_guesses_and_the_code_is_void(db: Database) {
        let story = Story::begin(&db).await;
        member_with(&story, PHONE).await;
        let code = draw(&story, PHONE).await;
        for _ in 0..4 {
            assert!(!opens(&story, PHONE, &another(&code)).await);
        }
        assert!(opens(&story, PHONE, &code).await, "the fifth guess counts");
        story.later(60);
        let code = draw(&story, PHONE).await;
        for _ in 0..5 {
            assert!(!opens(&story, PHONE, &another(&code)).await);
        }
        assert!(!opens(&story, PHONE, &code).await, "void");
    }

    async fn a_code_ends_with_its_time_and_with_the_next(db: Database) {
        let story = Story::begin(&db).await;
        member_with(&story, PHONE).await;
        let old = draw(&story, PHONE).await;
        story.later(LoginCode::LIFE_SECONDS);
        assert!(!opens(&story, PHONE, &old).await, "expired");
        let first = draw(&story, PHONE).await;
        story.later(60);
        let second = draw(&story, PHONE).await;
        // One in a million times they are the same.
        assert_eq!(opens(&story, PHONE, &first).await, first == second);
        assert!(first == second || opens(&story, PHONE, &second).await);
    }

    async fn a_phone_waits_for_its_next_code_whoever_has_it(db: Database) {
        let story = Story::begin(&db).await;
        member_with(&story, PHONE).await;
        for phone in [PHONE, NOBODYS] {
            draw(&story, phone).await;
            assert_eq!(wait(&story, phone).await, 60);
        }
        story.later(25);
        assert_eq!(wait(&story, PHONE).await, 35);
        for _ in 1..LoginCode::A_DAY {
            story.later(HOUR);
            draw(&story, PHONE).await;
        }
        story.later(HOUR);
        let left = wait(&story, PHONE).await;
        assert_eq!(left, DAY - LoginCode::A_DAY * HOUR - 25);
        story.later(left - 1);
        assert_eq!(wait(&story, PHONE).await, 1);
        story.later(1);
        assert_eq!(wait(&story, PHONE).await, 0, "a day later they are counted anew");
    }

    async fn of_many_uses_at_once_one_succeeds(db: Database) {
        Ledger::migrate(&db.url).await.unwrap();
        let seed = [11; 16];
        let one = Story::begin_as(&db, seed).await;
        let other = Story::join(&db, seed).await;
        member_with(&one, PHONE).await;
        let code = draw(&one, PHONE).await;
        let ledgers = [Arc::new(one.ledger), Arc::new(other.ledger)];
        // As many as may guess.
        let uses = (0..5).map(|index| {
            let (ledger, code, program) = (Arc::clone(&ledgers[index % 2]), code.clone(), one.program);
            tokio::spawn(async move { ledger.spend_login_code(program, &number(PHONE), &code).await.unwrap() })
        });
        let let_in = join_all(uses).await.into_iter().filter(|use_| use_.as_ref().unwrap().is_some());
        assert_eq!(let_in.count(), 1);
    }

    async fn who_was_merged_logs_in_as_who_they_are_and_who_was_erased_does_not(db: Database) {
        let story = Story::begin(&db).await;
        let member = member_with(&story, PHONE).await;
        let into = story.members[0];
        story.execute(story.admin(), None, Command::MergeMembers { from: member, into }).await.unwrap();
        let code = draw(&story, PHONE).await;
        let who = story.ledger.spend_login_code(story.program, &number(PHONE), &code).await;
        assert_eq!(who.unwrap(), Some(into));
        story.later(60);
        let code = draw(&story, PHONE).await;
        story.execute(story.admin(), None, Command::ErasePersonal { member: into }).await.unwrap();
        assert!(!opens(&story, PHONE, &code).await);
    }

    /// Whoever is talked out of a code for one thing gives away no other.
    async fn a_code_is_good_for_what_it_was_asked_for_alone(db: Database) {
        let story = Story::begin(&db).await;
        member_with(&story, PHONE).await;
        let id = Uuid::from_u128;
        let all = [
            CodeFor::LogIn,
            CodeFor::Joining(OrganizationId(id(1))), CodeFor::Joining(OrganizationId(id(2))),
            CodeFor::Change(MemberId(id(1))), CodeFor::Change(MemberId(id(2))),
        ];
        let phone = number(PHONE);
        for purpose in all {
            let drawn = story.ledger.draw_code(story.program, purpose, &phone).await.unwrap();
            let Drawn::Code(code) = drawn else { panic!("{drawn:?}") };
            let mut spent = Vec::new();
            // Four wrong uses and the right one are as many as it may be guessed at.
            for other in all.into_iter().filter(|other| *other != purpose).chain([purpose]) {
                spent.push(story.ledger.spend_code(story.program, other, &phone, &code).await.unwrap());
            }
            assert_eq!(spent, [false, false, false, false, true], "{purpose:?}");
            let again = story.ledger.draw_code(story.program, CodeFor::LogIn, &phone).await.unwrap();
            assert_eq!(again, Drawn::TooSoon(60), "all of them are counted together");
            story.later(60);
        }
    }

    async fn codes_are_forgotten_after_a_day(db: Database) {
        let story = Story::begin(&db).await;
        draw(&story, PHONE).await;
        draw(&story, NOBODYS).await;
        story.later(DAY - 1);
        let now = story.clock.now();
        let forget = async |now| story.ledger.forget(story.program, Kept::LoginCodes, now, 10).await.unwrap();
        assert_eq!(story.ledger.stale_since(story.program, Kept::LoginCodes, now).await.unwrap(), None);
        assert_eq!(forget(now).await, 0);
        assert_eq!(forget(now.plus_seconds(1)).await, 2);
    }
}
