//! Photos and texts: sealed, seen by those whom they concern, forgotten in time.

use std::sync::Arc;

use ledger::community::Role;
use ledger::community::attachment::Looks;
use ledger::community::personal::Keyring;
use ledger::ids::{AttachmentId, MemberId};
use ledger::machine::Command;
use ledger::views::Kept;
use ledger::{Ledger, Options, Upload, UploadError};
use serde_json::json;
use tests::backend::Database;
use tests::http::Client;
use tests::on_both;
use tests::photo::{jpeg, png, scene};
use tests::server::Server;
use tests::story::{KEYS, Story};
use uuid::Uuid;

use super::personal::{PHONE, enrol, somebody};

const WORDS: &str = "门口的电线露出来了";
const DAY: i64 = 24 * 3_600;

fn text() -> Upload {
    Upload::Text(WORDS.to_owned())
}

async fn words(story: &Story, id: AttachmentId) -> Option<String> {
    let found = story.ledger.attachment(story.program, id).await.unwrap()?;
    let (_, bytes) = found.content?;
    Some(String::from_utf8(bytes).unwrap())
}

on_both! {
    async fn a_photo_is_made_anew_and_shown_to_whoever_sent_it(db: Database) {
        let story = Story::begin(&db).await;
        let mut riders = Vec::new();
        for member in &story.members[..2] {
            riders.push(story.token(Role::Member, Some(member.0)).await);
        }
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        }).await;
        let [one, other] = [0, 1].map(|rider: usize| Client::new(server.base_url(), &riders[rider]));

        let sent = png(&scene(1));
        let kept = one.upload("/v1/attachments", "image/png", sent.clone()).await.unwrap();
        assert_eq!((kept.status, &kept.body["kind"]), (200, &json!("photo")), "{}", kept.text);
        let path = format!("/v1/attachments/{}", kept.body["id"].as_str().unwrap());
        let seen = one.get(&path).await.unwrap();
        assert_eq!((seen.status, seen.header("content-type")), (200, Some("image/jpeg")));
        assert_eq!(seen.header("cache-control"), Some("private, no-store"));
        let picture = image::load_from_memory(&seen.bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (640, 480));
        assert_eq!(other.get(&path).await.unwrap().status, 404);

        let again = one.upload("/v1/attachments", "image/png", sent).await.unwrap();
        assert_eq!(again.body["digest"], kept.body["digest"], "the same picture");
        assert_ne!(again.body["id"], kept.body["id"]);

        let said = one.upload("/v1/attachments", "text/plain; charset=utf-8", WORDS.into()).await.unwrap();
        assert_eq!((said.status, &said.body["kind"], &said.body["digest"]), (200, &json!("text"), &json!(null)));
        let read = one.get(&format!("/v1/attachments/{}", said.body["id"].as_str().unwrap())).await.unwrap();
        assert_eq!(read.text, WORDS);

        let broken = jpeg(&scene(1), 80)[..300].to_vec();
        for (media_type, body, status, code) in [
            ("image/jpeg", broken, 422, "bad_photo"),
            ("image/jpeg", b"no picture at all".to_vec(), 415, "unsupported_media_type"),
            ("image/gif", b"GIF89a".to_vec(), 415, "unsupported_media_type"),
            ("text/plain", vec![b'a'; 2_001], 422, "invalid_body"),
            ("text/plain", vec![0xff, 0xfe], 422, "invalid_body"),
            ("text/plain", Vec::new(), 422, "invalid_body"),
            ("image/jpeg", vec![0; 13 * 1_024 * 1_024], 413, "payload_too_large"),
        ] {
            let answer = one.upload("/v1/attachments", media_type, body).await.unwrap();
            assert_eq!((answer.status, &answer.body["code"]), (status, &json!(code)), "{}", answer.text);
        }
        let dump = crate::leaks::dump(&db, story.program).await;
        assert!(!String::from_utf8_lossy(&dump).contains(WORDS));
        assert!(!dump.windows(4).any(|part| part == b"JFIF"), "the photo is sealed");
    }

    async fn what_is_attached_to_nothing_is_forgotten_after_a_day(db: Database) {
        let story = Story::begin(&db).await;
        let by = story.staff(0);
        let kept = story.ledger.upload(story.program, &by, text()).await.unwrap();
        for _ in 1..100 {
            story.ledger.upload(story.program, &by, text()).await.unwrap();
        }
        let one_more = story.ledger.upload(story.program, &by, text()).await;
        assert!(matches!(one_more, Err(UploadError::TooMany)));
        story.ledger.upload(story.program, &story.staff(1), text()).await.unwrap();

        let forget = async || {
            let now = story.clock.now();
            story.ledger.forget(story.program, Kept::Attachments, now, 1_000).await.unwrap()
        };
        assert_eq!(forget().await, 0);
        story.later(DAY);
        let since = story.ledger.stale_since(story.program, Kept::Attachments, story.clock.now());
        assert!(since.await.unwrap().is_some());
        assert_eq!(forget().await, 101);
        assert_eq!(story.ledger.attachment(story.program, kept.id).await.unwrap(), None);
        story.ledger.upload(story.program, &by, text()).await.unwrap();
    }

    async fn keys_change_and_who_is_erased_takes_theirs_along(db: Database) {
        let story = Story::begin(&db).await;
        let member = enrol(&story, 1, &somebody(PHONE, "飞毛腿")).await.unwrap().member;
        let rider = ledger::community::Actor { member: Some(member), ..story.staff(0) };
        let theirs = story.ledger.upload(story.program, &rider, text()).await.unwrap().id;
        let photo = Upload::Photo(jpeg(&scene(1), 80), Looks(7));
        let others = story.ledger.upload(story.program, &story.staff(1), photo).await.unwrap().id;
        assert_eq!(words(&story, theirs).await.as_deref(), Some(WORDS));

        let more = format!("{KEYS}\nlater {}", "ab".repeat(32));
        let keyring = Some(Arc::new(Keyring::parse(&more).unwrap()));
        let options = Options { keyring, ..Options::default() };
        let ledger = Ledger::open(&db.url, options).await.unwrap();
        let request = story.request(story.admin(), None);
        assert_eq!(ledger.rotate(&request).await.unwrap(), 3, "a member and two attachments");
        let keys = ledger.master_keys(story.program).await.unwrap();
        assert_eq!(keys, [("later".to_owned(), 3)]);
        let found = ledger.attachment(story.program, theirs).await.unwrap().unwrap();
        assert_eq!(found.content.unwrap().1, WORDS.as_bytes());
        assert!(story.ledger.attachment(story.program, theirs).await.is_err(), "without the new key");

        let erase = Command::ErasePersonal { member: MemberId(member.0) };
        story.execute(story.admin(), None, erase).await.unwrap();
        let gone = ledger.attachment(story.program, theirs).await.unwrap().unwrap();
        assert_eq!(gone.content, None);
        assert!(ledger.attachment(story.program, others).await.unwrap().unwrap().content.is_some());
        let nobody = AttachmentId(Uuid::nil());
        assert_eq!(ledger.attachment(story.program, nobody).await.unwrap(), None);
        ledger.close().await;
    }
}
