//! Members are told ahead of what will expire: to the second, once, and of what is left.

use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use ledger::Ledger;
use ledger::clock::{Clock, Timestamp};
use ledger::community::Role;
use ledger::ids::MemberId;
use ledger::machine::Command;
use ledger::views::{Due, ExpiryNotice};
use serde_json::Value;
use tests::backend::Database;
use tests::books::Sql;
use tests::http::Client;
use tests::on_both;
use tests::server::Server;
use tests::story::{DAY, HOUR, SERVICE, Story, code_of};

const NOTICES: &str = "notices = [\"30 days\", \"7 days\"]";

/// Good for 60 days, told 30 and 7 ahead.
fn told_ahead() -> String {
    SERVICE
        .replace("30 days", "60 days")
        .replace("[reversal]", &format!("{NOTICES}\n[reversal]"))
}

async fn begin(db: &Database) -> Story {
    let story = Story::begin(db).await;
    story.later(1);
    story.enact("service", &told_ahead()).await;
    story
}

async fn untold(story: &Story) -> Vec<Due> {
    let (program, now) = (story.program, story.clock.now());
    story.ledger.untold(program, now, None, 100).await.unwrap()
}

/// What the job does; how many it told.
async fn tell(story: &Story) -> usize {
    let mut told = 0;
    for due in untold(story).await {
        let member = MemberId(due.id);
        let command = Command::TellExpiring { member };
        told += usize::from(story.execute(story.admin(), None, command).await.is_ok());
    }
    told
}

async fn notices(story: &Story, member: usize) -> Vec<ExpiryNotice> {
    let (program, member) = (story.program, story.members[member]);
    let notices = story.ledger.expiry_notices(program, member, None, 100);
    notices.await.unwrap()
}

/// Points in hundredths and days ahead, newest first.
async fn heard(story: &Story, member: usize) -> Vec<(i64, i64)> {
    let notices = notices(story, member).await;
    notices
        .iter()
        .map(|notice| (notice.points.hundredths(), notice.days))
        .collect()
}

/// What is told in one moment stands in any order.
fn in_order(mut heard: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    heard.sort_by_key(|(points, days)| (*days, *points));
    heard
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

on_both! {
    /// A second before the day begins nobody is told, and at its first moment everybody is.
    async fn each_is_told_at_the_edge_and_once(db: Database) {
        let story = begin(&db).await;
        for member in 0..3 {
            story.award(&story.service_of(member, &format!("visit-{member}"), 50)).await.unwrap();
        }
        for (moment, days) in [("2026-04-05T04:00:00+08:00", 30), ("2026-04-28T04:00:00+08:00", 7)] {
            story.clock.set(at(moment).plus_seconds(-1));
            assert_eq!((untold(&story).await, story.ledger.untold_since(story.program, story.clock.now()).await.unwrap()), (vec![], None));
            let early = Command::TellExpiring { member: story.members[0] };
            assert_eq!(code_of(story.execute(story.admin(), None, early).await), "nothing_due");
            story.later(1);
            assert_eq!(story.ledger.untold_since(story.program, story.clock.now()).await.unwrap(), Some(at(moment)));
            let due = untold(&story).await;
            assert_eq!(due.len(), 3);
            let rest = story.ledger.untold(story.program, story.clock.now(), Some(due[0]), 1).await.unwrap();
            assert_eq!(rest, due[1..2], "a page goes on where the last one ended");
            assert_eq!((tell(&story).await, tell(&story).await), (3, 0));
            let newest = &notices(&story, 1).await[0];
            assert_eq!((newest.points.hundredths(), newest.days, newest.told_at), (5_000, days, at(moment)));
            assert_eq!(newest.expires_at, at("2026-05-05T04:00:00+08:00"));
        }
        assert_eq!(heard(&story, 2).await, [(5_000, 7), (5_000, 30)]);
        story.clean(&db).await;
    }

    /// The clocks of this programme change while the days run: a notice is told at the hour at which its day begins.
    async fn a_day_is_a_day_of_the_calendar(db: Database) {
        for (begins, expires, told) in [
            ("2026-03-06T12:00:00+01:00", "2026-04-06T04:00:00+02:00", ["2026-03-07T04:00:00+01:00", "2026-03-30T04:00:00+02:00"]),
            ("2026-10-01T12:00:00+02:00", "2026-11-01T04:00:00+01:00", ["2026-10-02T04:00:00+02:00", "2026-10-25T04:00:00+01:00"]),
        ] {
            let db = db.backend.fresh().await;
            let story = Story::begin(&db).await;
            Sql::connect(&db.url).await.run("UPDATE programs SET zone = 'Europe/Berlin'").await.unwrap();
            story.later(1);
            let policy = SERVICE.replace("[reversal]", &format!("{NOTICES}\n[reversal]"));
            story.enact("service", &policy.replace("Asia/Shanghai", "Europe/Berlin")).await;
            story.clock.set(at(begins));
            story.award(&story.service_of(0, "visit", 50)).await.unwrap();
            for told in told {
                story.clock.set(at(told).plus_seconds(-1));
                assert_eq!(tell(&story).await, 0, "a second before {told}");
                story.later(1);
                assert_eq!(tell(&story).await, 1, "{told}");
                assert_eq!(notices(&story, 0).await[0].expires_at, at(expires));
            }
            story.clock.set(at(expires).plus_seconds(-1));
            assert_eq!((tell(&story).await, story.available(0).await), (0, 5_000));
        }
    }

    async fn after_a_while_away_only_the_nearest_is_told_and_of_what_is_left(db: Database) {
        let story = begin(&db).await;
        story.award(&story.service_of(0, "visit", 50)).await.unwrap();
        story.award(&story.service_of(0, "visit-2", 30)).await.unwrap();
        story.award(&story.service_of(1, "visit-3", 50)).await.unwrap();
        story.later(DAY);
        story.award(&story.service_of(0, "the day after", 9)).await.unwrap();
        story.clock.set(at("2026-04-10T12:00:00+08:00"));
        story.spend(0, 0, 20, true).await.unwrap();
        assert_eq!(tell(&story).await, 3);
        assert_eq!(in_order(heard(&story, 0).await), [(900, 30), (6_000, 30)], "a notice a day");
        story.spend(0, 0, 55, true).await.unwrap();
        story.spend(1, 0, 50, true).await.unwrap();
        // Nobody was there from the seventh day on; the last moment will do.
        story.clock.set(at("2026-05-05T03:59:59+08:00"));
        assert_eq!(tell(&story).await, 2);
        assert_eq!(in_order(heard(&story, 0).await), [(500, 7), (900, 7), (900, 30), (6_000, 30)]);
        assert_eq!(heard(&story, 1).await, [(5_000, 30)], "nothing is left to run out");
        assert_eq!(tell(&story).await, 0);
        // Away from the beginning: the thirty days are told no more.
        story.award(&story.service_of(2, "late", 50)).await.unwrap();
        story.later(55 * DAY);
        assert_eq!((tell(&story).await, tell(&story).await), (1, 0));
        assert_eq!(heard(&story, 2).await, [(5_000, 7)]);
        story.later(10 * DAY);
        assert_eq!(tell(&story).await, 0, "what has expired is not told");
        story.clean(&db).await;
    }

    async fn a_merge_tells_nothing_twice(db: Database) {
        let story = begin(&db).await;
        story.award(&story.service_of(0, "visit", 50)).await.unwrap();
        story.award(&story.service_of(1, "visit-2", 30)).await.unwrap();
        story.clock.set(at("2026-04-05T04:00:00+08:00"));
        let [from, into, _] = story.members[..] else { panic!() };
        story.execute(story.admin(), None, Command::TellExpiring { member: from }).await.unwrap();
        // The merge and the notice are in one batch: the notice comes again once the other's awards are read.
        let merge = story.execute(story.admin(), None, Command::MergeMembers { from, into });
        let notice = story.execute(story.admin(), None, Command::TellExpiring { member: into });
        let (merged, noticed) = tokio::join!(merge, notice);
        merged.unwrap();
        noticed.unwrap();
        assert_eq!((heard(&story, 0).await, heard(&story, 1).await), (vec![(5_000, 30)], vec![(3_000, 30)]));
        assert_eq!(tell(&story).await, 0);
        story.clock.set(at("2026-04-28T04:00:00+08:00"));
        assert_eq!((tell(&story).await, heard(&story, 1).await[0]), (1, (8_000, 7)));
        story.clean(&db).await;
    }

    async fn two_processes_tell_once(db: Database) {
        let seed = ledger::ids::random_bytes();
        Ledger::migrate(&db.url).await.unwrap();
        let first = Story::begin_as(&db, seed).await;
        first.later(1);
        first.enact("service", &told_ahead()).await;
        let pair = [Arc::new(first), Arc::new(Story::join(&db, seed).await)];
        for member in 0..3 {
            pair[0].award(&pair[0].service_of(member, &format!("visit-{member}"), 50)).await.unwrap();
        }
        for story in &pair {
            story.clock.set(at("2026-04-05T04:00:00+08:00"));
        }
        let tasks = (0..30).map(|index| {
            let story = Arc::clone(&pair[index % 2]);
            let member = story.members[index % 3];
            tokio::spawn(async move { story.execute(story.admin(), None, Command::TellExpiring { member }).await })
        });
        let told = join_all(tasks).await.into_iter().filter(|answer| answer.as_ref().unwrap().is_ok());
        assert_eq!(told.count(), 3);
        for member in 0..3 {
            assert_eq!(heard(&pair[0], member).await, [(5_000, 30)]);
        }
        pair[0].clean(&db).await;
    }

    /// Two servers at the job; what they told is there to be read, by whom it concerns.
    async fn servers_tell_and_members_read(db: Database) {
        let story = begin(&db).await;
        // 35 days ago, so that 30 days ahead has come, and 7 has not.
        let now = Clock::System.now();
        story.clock.set(now.plus_seconds(-35 * DAY));
        for member in 0..2 {
            story.award(&story.service_of(member, &format!("visit-{member}"), 50)).await.unwrap();
        }
        story.later(DAY);
        story.award(&story.service_of(0, "the day after", 20)).await.unwrap();
        story.clock.set(now);
        let auditor = story.token(Role::Auditor, None).await;
        let rider = story.token(Role::Member, Some(story.members[0].0)).await;
        let servers = [Server::start(&db.url).await, Server::start(&db.url).await];
        let client = Client::new(servers[0].base_url(), &auditor);
        let job = || async {
            for _ in 0..200 {
                let jobs = client.get("/v1/jobs").await.unwrap().body;
                let job = jobs.as_array().unwrap().iter().find(|job| job["name"] == "tell_expiring").unwrap().clone();
                if !job["last_finished"].is_null() {
                    return job;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            panic!("nobody was told for twenty seconds");
        };
        let run = job().await;
        assert_eq!((&run["last_outcome"], &run["last_done"], &run["lag_seconds"]), (&"ok".into(), &3.into(), &0.into()), "{run}");
        Sql::connect(&db.url).await.run("UPDATE jobs SET next_run = 1, last_finished = NULL WHERE job = 'tell_expiring'").await.unwrap();
        assert_eq!(job().await["last_done"], 0, "done again, nothing is told again");
        let mut counted = 0;
        for server in &servers {
            let text = Client::new(server.base_url(), &auditor).get("/metrics").await.unwrap().text;
            counted += text.matches("jifen_job_items_total{job=\"tell_expiring\",outcome=\"done\"} 3").count();
        }
        assert_eq!(counted, 1);

        let mine = Client::new(servers[0].base_url(), &rider);
        let path = format!("/v1/members/{}/notices", story.members[0]);
        let page = mine.get(&format!("{path}?limit=1")).await.unwrap().body;
        let cursor = page["next_cursor"].as_str().unwrap();
        let rest = mine.get(&format!("{path}?cursor={cursor}")).await.unwrap().body;
        assert!(rest["next_cursor"].is_null());
        let said = |notice: &Value| (notice["points"].clone(), notice["days_ahead"].clone());
        // Both were told in one moment, so either may come first.
        let mut both = [said(&page["items"][0]), said(&rest["items"][0])];
        both.sort_by_key(|(points, _)| points.to_string());
        assert_eq!(both, [("20.00".into(), 30.into()), ("50.00".into(), 30.into())], "{page} {rest}");
        assert_eq!(rest["items"].as_array().unwrap().len(), 1);
        let another = format!("/v1/members/{}/notices", story.members[1]);
        assert_eq!(mine.get(&another).await.unwrap().status, 404);
        assert_eq!(client.get(&another).await.unwrap().body["items"].as_array().unwrap().len(), 1);
        let nobody = format!("/v1/members/{}/notices", story.program);
        assert_eq!(client.get(&nobody).await.unwrap().status, 404);
        assert_eq!(mine.get(&format!("{path}?limit=0")).await.unwrap().status, 400);
        story.clean(&db).await;
    }

    /// What was promised before there were notices is told as well, and nothing else of an old lot changes.
    async fn lots_from_before_are_told(db: Database) {
        let story = begin(&db).await;
        story.award(&story.service_of(0, "visit", 50)).await.unwrap();
        let mut sql = Sql::connect(&db.url).await;
        sql.run("UPDATE lots SET notice_days = NULL").await.unwrap();
        story.clock.set(at("2026-04-05T04:00:00+08:00"));
        assert_eq!(tell(&story).await, 0);
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations");
        let dialect = if db.url.starts_with("postgres") { "postgres" } else { "sqlite" };
        let migration = std::fs::read_to_string(format!("{folder}/{dialect}/0007_expiry.sql")).unwrap();
        let update = migration.split(';').find(|part| part.contains("UPDATE lots SET notice_days")).unwrap();
        let update = update[update.find("UPDATE").unwrap()..].to_owned();
        assert_eq!(sql.run(update.leak()).await.unwrap(), 1);
        assert_eq!(tell(&story).await, 1);
        story.later(HOUR);
        story.clean(&db).await;
    }
}
