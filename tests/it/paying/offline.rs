//! Codes of a device without signal: by time, once in each step, and for little.

use futures::future::join_all;
use ledger::WriteError;
use ledger::clock::Clock;
use ledger::community::paying::Device;
use ledger::community::{Actor, PayCode};
use ledger::ids::DeviceId;
use ledger::machine::{Command, Payer, PayingCommand};
use serde_json::json;
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, Story, code_of, points};

use super::Town;

struct Phone {
    device: DeviceId,
    handle: String,
    secret: [u8; 32],
}

pub fn rider(story: &Story, member: usize) -> Actor {
    tests::people::rider(story.members[member])
}

impl Phone {
    async fn of(story: &Story, member: usize) -> Self {
        let request = story.request(rider(story, member), None);
        let added = story
            .ledger
            .add_device(&request, story.members[member])
            .await;
        let (device, handle, secret) = added.unwrap();
        Self {
            device: device.id,
            handle,
            secret: *secret,
        }
    }

    /// What it shows with a clock that is off by so many seconds.
    fn shows(&self, story: &Story, off: i64) -> PayCode {
        let step = Device::step_of(story.clock.now().plus_seconds(off));
        PayCode {
            handle: self.handle.clone(),
            digits: Device::digits(&self.secret, step),
        }
    }
}

async fn pay(story: &Story, store: usize, code: &PayCode, amount: i64) -> Result<(), WriteError> {
    let command = Command::Authorise {
        payer: Payer::typed(story.program, &code.text()).unwrap(),
        store: story.stores[store],
        charge: ledger::machine::Charge::Points(points(amount)),
        capture: true,
        hold_seconds: 900,
    };
    story
        .execute(story.merchant(store), None, command)
        .await
        .map(|_| ())
}

on_both! {
    async fn a_device_pays_with_a_clock_that_is_off_by_ninety_seconds(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 60)).await.unwrap();
        let phone = Phone::of(&story, 0).await;
        for off in [-90, -60, -30, 0, 30, 60, 90] {
            pay(&story, 0, &phone.shows(&story, off), 1).await.unwrap_or_else(|error| panic!("{off}: {error}"));
        }
        for off in [-121, 121] {
            assert_eq!(code_of(pay(&story, 0, &phone.shows(&story, off), 1).await), "invalid_code", "{off}");
        }
        for off in [-90, 0, 90] {
            assert_eq!(code_of(pay(&story, 0, &phone.shows(&story, off), 1).await), "invalid_code", "once");
        }
        assert_eq!(story.available(0).await, 5_300);
        story.sound_books(&db).await;
    }

    async fn one_step_is_charged_once_by_many_at_once(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 60)).await.unwrap();
        let phone = Phone::of(&story, 0).await;
        let code = phone.shows(&story, 0);
        let paid = join_all((0..16).map(|number| pay(&story, number % 2, &code, 3))).await;
        assert_eq!(paid.iter().filter(|paid| paid.is_ok()).count(), 1);
        assert_eq!(story.available(0).await, 5_700);
        story.sound_books(&db).await;
    }

    async fn a_device_pays_little_and_only_while_it_is_its_members(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 120)).await.unwrap();
        let phone = Phone::of(&story, 0).await;
        let pays = async |amount| {
            story.later(30);
            pay(&story, 0, &phone.shows(&story, 0), amount).await
        };
        assert_eq!(code_of(pays(51).await), "offline_limit", "at once");
        pays(50).await.unwrap();
        pays(40).await.unwrap();
        assert_eq!(code_of(pays(11).await), "offline_limit", "in a day");
        pays(10).await.unwrap();
        assert_eq!(code_of(pays(1).await), "offline_limit");
        story.later(DAY);
        pays(1).await.unwrap();

        // Nobody else ends it, and once it has ended it shows nothing.
        let (member, device) = (story.members[0], phone.device);
        let end = |member| Command::Paying(Box::new(PayingCommand::EndDevice { member, device }));
        assert_eq!(code_of(story.execute(rider(&story, 1), None, end(story.members[1])).await), "unknown_device");
        story.execute(rider(&story, 0), None, end(member)).await.unwrap();
        assert_eq!(code_of(pays(1).await), "invalid_code");
        assert_eq!(code_of(story.execute(rider(&story, 0), None, end(member)).await), "unknown_device");
        for _ in 0..3 {
            Phone::of(&story, 0).await;
        }
        let request = story.request(rider(&story, 0), None);
        assert!(story.ledger.add_device(&request, member).await.is_err());

        // Who was merged shows nothing either.
        let other = Phone::of(&story, 1).await;
        let (from, into) = (story.members[1], story.members[0]);
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        assert_eq!(code_of(pay(&story, 1, &other.shows(&story, 0), 1).await), "invalid_code");
        story.sound_books(&db).await;
    }

    /// Whoever changes their phone lost one, perhaps: what their devices show is worth nothing from then on.
    async fn devices_end_with_a_phone_that_leads_to_nobody_any_more(db: Database) {
        let story = Story::begin(&db).await;
        for member in 0..2 {
            story.award(&story.service_of(member, &format!("visit-{member}"), 60)).await.unwrap();
        }
        let request = story.request(story.staff(0), None);
        let changes = async |text: &str| {
            let phone = ledger::community::personal::Phone::parse(text).unwrap();
            story.ledger.change_phone(&request, story.members[0], &phone).await.unwrap();
        };
        let (one, two, others) = (Phone::of(&story, 0).await, Phone::of(&story, 0).await, Phone::of(&story, 1).await);
        // The first takes the place of none.
        changes("13900000001").await;
        pay(&story, 0, &one.shows(&story, 0), 1).await.unwrap();
        changes("13900000002").await;
        for lost in [&one, &two] {
            assert_eq!(code_of(pay(&story, 0, &lost.shows(&story, 30), 1).await), "invalid_code");
        }
        pay(&story, 0, &others.shows(&story, 0), 1).await.unwrap();
        let devices = story.ledger.devices(story.program, story.members[0]).await.unwrap();
        assert_eq!(devices.len(), 2);
        assert!(devices.iter().all(|device| device.ended_at == Some(story.clock.now())), "{devices:?}");

        // The one that is added with the new phone goes on.
        let new = Phone::of(&story, 0).await;
        pay(&story, 0, &new.shows(&story, 0), 1).await.unwrap();
        story.sound_books(&db).await;
    }

    async fn a_phone_is_told_its_secret_once_and_pays_over_http(db: Database) {
        let town = Town::begin(&db).await;
        let (first, second) = (town.rider(0).await, town.rider(1).await);
        let path = format!("/v1/members/{}/devices", town.story.members[0]);
        assert_eq!(second.post(&path, None, &json!({})).await.unwrap().status, 404);
        let made = first.post(&path, None, &json!({})).await.unwrap();
        assert_eq!(made.status, 201, "{}", made.text);
        let text = made.body["secret"].as_str().unwrap();
        let secret: Vec<u8> = (0..64).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect();
        let digits = Device::digits(&secret.try_into().unwrap(), Device::step_of(Clock::System.now()));
        let code = format!("{}{digits}", made.body["handle"].as_str().unwrap());
        let clerk = town.clerk(0).await;
        let paid = clerk.charge("offline", &code, 9).await;
        assert_eq!(paid.status, 201, "{}", paid.text);
        assert_eq!(clerk.charge("offline", &code, 9).await.body["id"], paid.body["id"], "asked again");
        assert_eq!(clerk.charge("replayed", &code, 9).await.body["code"], "invalid_code");
        let listed = first.get(&path).await.unwrap();
        assert_eq!(listed.body[0]["id"], made.body["id"]);
        assert!(!listed.text.contains(text));
        let end = format!("/v1/devices/{}/end", made.body["id"].as_str().unwrap());
        assert_eq!(second.post(&end, None, &json!({})).await.unwrap().status, 404);
        assert_eq!(first.post(&end, None, &json!({})).await.unwrap().status, 200);
        assert_eq!(town.left(&first, 0).await, "111.00");
        town.story.sound_books(&db).await;
    }
}
