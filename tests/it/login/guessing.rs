//! Guessing is slowed, never stopped, and says nothing about who exists.

use ledger::LogInError;

use super::*;

async fn guess(story: &Story, handle: &str, password: &str, from: IpAddr) -> Result<String, i64> {
    let checked = story
        .ledger
        .check_password(story.program, handle, password, from);
    match checked.await {
        Ok(pending) => Ok(pending),
        Err(LogInError::Refused) => Err(0),
        Err(LogInError::TooMany { retry_after }) => Err(retry_after),
        Err(other) => panic!("{other}"),
    }
}

on_both! {
    async fn failures_cost_more_and_more_time_and_a_success_forgets_them(db: Database) {
        let story = Story::begin(&db).await;
        let person = chosen(&story, "zhangmin").await;
        // Whether there is anybody of that name makes no difference.
        for (handle, last) in [("zhangmin", 1), ("nobody", 2), ("no handle at all!", 3)] {
            let from = IpAddr::from([192, 0, 2, last]);
            for _ in 0..5 {
                assert_eq!(guess(&story, handle, "wrong password", from).await, Err(0), "{handle}");
            }
            for wait in [1, 2] {
                assert_eq!(guess(&story, handle, PASSWORD, from).await, Err(wait), "{handle}");
                story.later(wait);
                assert_eq!(guess(&story, handle, "wrong password", from).await, Err(0), "{handle}");
            }
            // Another address is no way round it.
            let elsewhere = "192.0.2.7".parse().unwrap();
            assert_eq!(guess(&story, handle, PASSWORD, elsewhere).await, Err(4), "{handle}");
        }
        story.later(4);
        let pending = guess(&story, "zhangmin", PASSWORD, HERE).await.unwrap();
        let code = totp_at(&person.secret, story.clock.now().plus_seconds(30));
        let known = story.ledger.check_second(story.program, &pending, &code, HERE).await.unwrap();
        assert_eq!((known.role, known.subject, known.way), (Role::Staff, person.subject, Way::Password));
        for _ in 0..5 {
            let elsewhere = "192.0.2.8".parse().unwrap();
            assert_eq!(guess(&story, "zhangmin", "wrong password", elsewhere).await, Err(0));
        }
        // After a day all is forgotten, and never does it take longer than a quarter of an hour.
        story.later(DAY);
        assert_eq!(guess(&story, "nobody", "wrong password", HERE).await, Err(0));
    }

    async fn the_wait_is_never_longer_than_a_quarter_of_an_hour(db: Database) {
        let story = Story::begin(&db).await;
        let mut longest = 0;
        for number in 0..18_u8 {
            let address = IpAddr::from([192, 0, 2, number]);
            match story.ledger.take_guess(story.program, "zhangmin", address).await {
                Ok(()) => {}
                Err(LogInError::TooMany { retry_after }) => {
                    longest = longest.max(retry_after);
                    story.later(retry_after);
                    story.ledger.take_guess(story.program, "zhangmin", address).await.unwrap();
                }
                Err(other) => panic!("{other}"),
            }
        }
        assert_eq!(longest, 900);
        // An address has more for nothing, because an office shares one; whoever has IPv6 has one network.
        let address = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 7, 0, 0, 0, last]);
        for number in 0..20 {
            let who = format!("person-{number}");
            story.ledger.take_guess(story.program, &who, address(number)).await.unwrap();
        }
        let next = story.ledger.take_guess(story.program, "person-20", address(99)).await;
        assert!(matches!(next, Err(LogInError::TooMany { retry_after: 1 })), "{next:?}");
    }

    async fn many_at_once_are_not_many_for_nothing(db: Database) {
        let story = Story::begin(&db).await;
        let guesses = (0..30_u8).map(|number| {
            let address = IpAddr::from([192, 0, 2, number]);
            story.ledger.take_guess(story.program, "zhangmin", address)
        });
        let taken = futures::future::join_all(guesses).await;
        assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 5);
    }

    async fn codes_are_guessed_at_as_slowly_and_each_counts_once(db: Database) {
        let story = Story::begin(&db).await;
        let person = chosen(&story, "zhangmin").await;
        story.later(60);
        let pending = guess(&story, "zhangmin", PASSWORD, HERE).await.unwrap();
        let second = |code: String| {
            let (story, pending) = (&story, &pending);
            async move { story.ledger.check_second(story.program, pending, &code, HERE).await }
        };
        let now = story.clock.now();
        let ahead = totp_at(&person.secret, now.plus_seconds(30));
        let both = futures::join!(second(ahead.clone()), second(ahead));
        assert_eq!(u8::from(both.0.is_ok()) + u8::from(both.1.is_ok()), 1, "{both:?}");
        // An earlier one than was used is worthless as well.
        assert!(second(totp_at(&person.secret, now)).await.is_err());
        story.later(2);
        for _ in 0..4 {
            let _ = second("no code".to_owned()).await;
        }
        let slowed = second("no code".to_owned()).await;
        assert!(matches!(slowed, Err(LogInError::TooMany { .. })), "{slowed:?}");
        // What is between the steps runs out.
        story.later(300);
        let late = second(person.recovery[0].clone()).await;
        assert!(matches!(late, Err(LogInError::Refused)), "{late:?}");
    }

    async fn who_exists_is_not_told(db: Database) {
        let story = Story::begin(&db).await;
        chosen(&story, "zhangmin").await;
        let invited = staff(&story).await.0;
        let request = story.request(story.admin(), None);
        let hash = sha256_hex(b"an invitation");
        story.ledger.invite(&request, (Role::Staff, invited), "invited", &hash).await.unwrap();
        let server = server(&db).await;
        let client = Client::anonymous(server.base_url());
        let mut told = Vec::new();
        for handle in ["zhangmin", "invited", "nobody", "no handle!"] {
            let mut answer = first(&client, &story, handle, "wrong password").await;
            answer.body["request_id"] = json!(null);
            told.push((answer.status, answer.body));
        }
        assert_eq!(told[0].0, 401);
        assert!(told.iter().all(|answer| *answer == told[0]), "{told:?}");
        let mut slowed = first(&client, &story, "nobody", "wrong password").await;
        for _ in 0..12 {
            if slowed.status == 401 {
                slowed = first(&client, &story, "nobody", "wrong password").await;
            }
        }
        assert_eq!((slowed.status, &slowed.body["code"]), (429, &json!("too_many_guesses")));
        let seconds: u32 = slowed.header("retry-after").unwrap().parse().unwrap();
        assert!((1..=900).contains(&seconds), "{seconds}");
    }
}
