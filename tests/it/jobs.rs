//! What servers do by themselves: one at a time, over again, and nothing that it should not.

use std::time::Duration;

use ledger::KEPT_SECONDS;
use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::community::Role;
use ledger::views::{Due, Falling, Kept, Lease, RunReport};
use serde_json::Value;
use tests::backend::Database;
use tests::books::Sql;
use tests::http::Client;
use tests::on_both;
use tests::server::Server;
use tests::story::{DAY, HOUR, Story, code_of, points};
use uuid::Uuid;

fn lease(by: u128, until: Timestamp) -> Lease {
    Lease {
        job: "test",
        by: Uuid::from_u128(by),
        until,
    }
}

/// A server's answer about one job.
async fn job(client: &Client, name: &str) -> Value {
    let answer = client.get("/v1/jobs").await.unwrap();
    assert_eq!(answer.status, 200, "{}", answer.text);
    let jobs = answer.body.as_array().unwrap().clone();
    jobs.into_iter()
        .find(|job| job["name"] == name)
        .expect(name)
}

/// Asks until a job's last run has ended.
async fn finished(client: &Client, name: &str) -> Value {
    for _ in 0..200 {
        let job = job(client, name).await;
        if !job["last_finished"].is_null() {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("{name} has not run for twenty seconds");
}

on_both! {
    async fn a_job_is_one_process_s_until_it_ends_or_lets_go(db: Database) {
        let story = Story::begin(&db).await;
        let (ledger, program) = (&story.ledger, story.program);
        let now = story.clock.now();
        let minute = now.plus_seconds(60);
        let first = lease(1, minute);
        assert_eq!(ledger.claim_job(program, &first, now).await.unwrap(), Some(None));
        assert_eq!(ledger.claim_job(program, &lease(2, minute), now).await.unwrap(), None);
        let states = ledger.jobs(program).await.unwrap();
        assert!(states[0].is_running(now) && !states[0].is_due(now));

        // Renewed, it lasts; let run out, another goes on where it was left.
        let reached = Some(Due { since: now, id: Uuid::from_u128(7) });
        let renewed = lease(1, now.plus_seconds(120));
        assert!(ledger.renew_job(program, &renewed, reached).await.unwrap());
        let later = now.plus_seconds(90);
        assert_eq!(ledger.claim_job(program, &lease(2, later.plus_seconds(60)), later).await.unwrap(), None);
        let later = now.plus_seconds(120);
        let second = lease(2, later.plus_seconds(60));
        assert_eq!(ledger.claim_job(program, &second, later).await.unwrap(), Some(reached));
        assert!(!ledger.renew_job(program, &renewed, None).await.unwrap(), "it is another's now");

        let report = |next_run| RunReport { finished: later, done: 3, failed: 1, error: Some("no".to_owned()), next_run };
        let next_run = later.plus_seconds(30);
        assert!(!ledger.finish_job(program, &first, &report(next_run)).await.unwrap());
        assert!(ledger.finish_job(program, &second, &report(next_run)).await.unwrap());
        let state = ledger.jobs(program).await.unwrap().remove(0);
        assert_eq!((state.last_done, state.last_failed, state.last_error.as_deref()), (3, 1, Some("no")));
        assert_eq!((state.last_finished, state.next_run, state.claimed_until), (Some(later), next_run, None));
        assert_eq!(ledger.claim_job(program, &first, later).await.unwrap(), None, "not due yet");
        let third = lease(3, next_run.plus_seconds(60));
        assert_eq!(ledger.claim_job(program, &third, next_run).await.unwrap(), Some(None), "from the beginning");
    }

    async fn of_many_that_claim_at_once_one_has_it(db: Database) {
        let story = Story::begin(&db).await;
        let now = story.clock.now();
        let leases: Vec<Lease> = (1..=16).map(|by| lease(by, now.plus_seconds(60))).collect();
        let claims = leases.iter().map(|lease| story.ledger.claim_job(story.program, lease, now));
        let claimed = futures::future::join_all(claims).await;
        assert_eq!(claimed.into_iter().filter(|claim| claim.as_ref().unwrap().is_some()).count(), 1);
    }

    async fn what_is_due_comes_page_by_page_past_what_stays(db: Database) {
        let story = Story::begin(&db).await;
        for member in 0..3 {
            story.award(&story.service_of(member, &format!("visit-{member}"), 100)).await.unwrap();
            story.later(1);
            story.spend(member, 0, 10, false).await.unwrap();
        }
        let (ledger, program) = (&story.ledger, story.program);
        assert_eq!(ledger.due(program, Falling::Holds, story.clock.now(), None, 9).await.unwrap(), []);
        story.later(40 * DAY);
        let now = story.clock.now();
        let all = ledger.due(program, Falling::Holds, now, None, 9).await.unwrap();
        assert_eq!(all.len(), 3);
        assert!(all.is_sorted());
        let first = ledger.due(program, Falling::Holds, now, None, 1).await.unwrap();
        let rest = ledger.due(program, Falling::Holds, now, Some(first[0]), 9).await.unwrap();
        assert_eq!([first, rest].concat(), all);
        let lots = ledger.due(program, Falling::Lots, now, None, 9).await.unwrap();
        let mut members: Vec<Uuid> = story.members.iter().map(|id| id.0).collect();
        members.sort();
        assert_eq!(lots.iter().map(|due| due.id).collect::<Vec<_>>(), members, "of one day, by id");
        assert_eq!(ledger.due(program, Falling::Lots, now, Some(lots[1]), 9).await.unwrap(), lots[2..]);
    }

    async fn rejections_and_codes_are_forgotten_after_thirty_days_and_nothing_else(db: Database) {
        let story = Story::begin(&db).await;
        let (ledger, program) = (&story.ledger, story.program);
        let visit = story.service_of(0, "visit", 10);
        let awarded = story.award(&visit).await.unwrap();
        let twice = story.request(story.staff(0), Some("twice"));
        assert_eq!(code_of(ledger.submit_award(&twice, &visit).await), "already_awarded");
        let paid = story.authorise(story.code(0).await, 0, 5, true);
        story.execute(story.merchant(0), Some("till"), paid.clone()).await.unwrap();
        let expired = story.authorise(story.code(0).await, 0, 5, true);

        story.later(KEPT_SECONDS - 1);
        let now = story.clock.now();
        assert_eq!(ledger.stale_since(program, Kept::Rejections, now).await.unwrap(), None);
        assert_eq!(ledger.forget(program, Kept::Rejections, now, 9).await.unwrap(), 0);
        assert_eq!(ledger.forget(program, Kept::Codes, now, 9).await.unwrap(), 0);
        assert!(ledger.outcome_of(&twice, "award.submit").await.unwrap().is_some());

        story.later(HOUR);
        let now = story.clock.now();
        assert_eq!(ledger.stale_since(program, Kept::Rejections, now).await.unwrap(), Some(now.plus_seconds(1 - HOUR)));
        assert!(ledger.stale_since(program, Kept::Codes, now).await.unwrap().is_some());
        assert_eq!(ledger.forget(program, Kept::Rejections, now, 9).await.unwrap(), 1);
        assert_eq!(ledger.forget(program, Kept::Codes, now, 1).await.unwrap(), 1);
        assert_eq!(ledger.forget(program, Kept::Codes, now, 9).await.unwrap(), 1);
        assert_eq!(ledger.stale_since(program, Kept::Codes, now).await.unwrap(), None);

        // The key of what was turned down is free; those with an effect answer as ever, the code gone or not.
        assert!(ledger.outcome_of(&twice, "award.submit").await.unwrap().is_none());
        assert_eq!(story.award(&visit).await.unwrap(), awarded);
        story.execute(story.merchant(0), Some("till"), paid).await.unwrap();
        assert_eq!(code_of(story.execute(story.merchant(0), None, expired).await), "invalid_code");
        let report = ledger.verify(program, |_| {}).await.unwrap();
        assert_eq!(report.problems, []);
        story.sound_books(&db).await;
    }

    /// The story is months old when the server looks at it.
    async fn a_server_does_what_is_due_and_says_so(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 100)).await.unwrap();
        story.award(&story.service_of(2, "visit-2", 100)).await.unwrap();
        story.spend(0, 0, 60, false).await.unwrap();
        assert_eq!(code_of(story.spend(1, 0, 60, false).await), "insufficient_points");
        let auditor = story.token(Role::Auditor, None).await;
        let member = story.token(Role::Member, Some(story.members[0].0)).await;
        // Somebody else is at one of the jobs.
        let held = Lease { job: "expire_lots", ..lease(9, story.clock.now().plus_seconds(10 * 365 * DAY)) };
        story.ledger.claim_job(story.program, &held, story.clock.now()).await.unwrap();

        let server = Server::start(&db.url).await;
        let client = Client::new(server.base_url(), &auditor);
        assert_eq!(Client::new(server.base_url(), &member).get("/v1/jobs").await.unwrap().status, 403);
        let released = finished(&client, "release_holds").await;
        assert_eq!((&released["last_outcome"], &released["last_done"]), (&"ok".into(), &1.into()), "{released}");
        assert_eq!((&released["lag_seconds"], &released["waits_since"]), (&0.into(), &Value::Null));
        assert_eq!(finished(&client, "forget_rejections").await["last_done"], 1);
        assert_eq!(finished(&client, "forget_codes").await["last_done"], 2);
        let expiry = job(&client, "expire_lots").await;
        assert!(expiry["running"] == true && expiry["last_finished"].is_null(), "{expiry}");
        assert!(expiry["lag_seconds"].as_i64().unwrap() > 100 * DAY, "{expiry}");
        assert_eq!(story.available(2).await, 10_000);

        // It dies, so its lease runs out.
        let mut sql = Sql::connect(&db.url).await;
        sql.run("UPDATE jobs SET claimed_until = 1 WHERE job = 'expire_lots'").await.unwrap();
        assert_eq!(finished(&client, "expire_lots").await["last_done"], 1);
        assert_eq!(story.holds(Account::wallet(story.members[2])).await, 0);
        let report = story.ledger.verify(story.program, |_| {}).await.unwrap();
        assert_eq!(report.problems, []);
    }

    /// What was at the front of a run that was cut off is not in the way of the rest, nor is it forgotten.
    async fn a_run_goes_on_where_another_was_cut_off(db: Database) {
        let story = Story::begin(&db).await;
        for member in 0..2 {
            story.award(&story.service_of(member, &format!("visit-{member}"), 100)).await.unwrap();
            story.spend(member, 0, 10, false).await.unwrap();
            story.later(1);
        }
        let now = story.clock.now().plus_seconds(2 * HOUR);
        let first = story.ledger.due(story.program, Falling::Holds, now, None, 1).await.unwrap()[0];
        let cut_off = Lease { job: "release_holds", ..lease(9, now) };
        story.ledger.claim_job(story.program, &cut_off, story.clock.now()).await.unwrap();
        assert!(story.ledger.renew_job(story.program, &cut_off, Some(first)).await.unwrap());
        let auditor = story.token(Role::Auditor, None).await;
        let server = Server::start(&db.url).await;
        let client = Client::new(server.base_url(), &auditor);
        let run = finished(&client, "release_holds").await;
        assert_eq!(run["last_done"], 1, "{run}");
        let due = story.ledger.due(story.program, Falling::Holds, now, None, 9).await.unwrap();
        assert_eq!(due, [first]);
        let mut sql = Sql::connect(&db.url).await;
        sql.run("UPDATE jobs SET next_run = 1, last_finished = NULL").await.unwrap();
        assert_eq!(finished(&client, "release_holds").await["last_done"], 1);
        assert_eq!(story.holds(Account::hold(story.members[0])).await, points(0).hundredths());
    }
}
