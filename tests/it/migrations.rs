//! A ledger that an earlier build made goes on under this one.

use ledger::Ledger;
use ledger::clock::Timestamp;
use ledger::machine::{Command, Reason};
use ledger::views::Falling;
use tests::backend::Database;
use tests::books::Sql;
use tests::on_both;
use tests::story::{DAY, SERVICE, Story, award_of};
use uuid::Uuid;

/// What migrations 6 to 8 made is taken away again: what is left is as a build of before them wrote it.
const BEFORE_QUEUES: &[&str] = &[
    "DROP TABLE layers",
    "DROP TABLE reports",
    "DROP TABLE sightings",
    "DROP INDEX awards_queued",
    "DROP INDEX lots_to_tell",
    "DROP INDEX events_expiring",
    "ALTER TABLE lots DROP COLUMN notice_days",
    "ALTER TABLE lots DROP COLUMN grace_seconds",
    "ALTER TABLE lots DROP COLUMN to_budget",
    "DELETE FROM _sqlx_migrations WHERE version BETWEEN 6 AND 8",
];

/// Lot, to budget, grace, notice.
type Ending = (Uuid, i64, i64, Option<i64>);

/// What migration 20 made, and what the later one mended of it.
const BEFORE_TEAMS: &[&str] = &[
    "DROP TABLE pledges",
    "DROP TABLE team_awards",
    "DROP TABLE team_members",
    "DROP TABLE teams",
    "DROP TABLE member_skills",
    "DROP TABLE order_parts",
    "DROP TABLE orders",
    "DROP INDEX deeds_promised",
    "DROP INDEX deeds_proposed",
    "DELETE FROM _sqlx_migrations WHERE version IN (20, 23)",
];

async fn endings(db: &Database, story: &Story) -> Vec<Ending> {
    let text = "SELECT lot_id, to_budget, grace_seconds, notice_days FROM lots WHERE program_id = $1 ORDER BY lot_id";
    Sql::connect(&db.url).await.rows(story.program, text).await
}

/// Awards in every state that there was: one told ahead, one not, one spent in part and reversed, one withdrawn, one to be approved.
async fn lived(story: &Story) {
    story
        .award(&story.service_of(0, "untold", 10))
        .await
        .unwrap();
    story.later(1);
    let told = SERVICE.replace(
        "[reversal]",
        "notices = [\"14 days\", \"3 days\"]\n[reversal]",
    );
    story.enact("service", &told).await;
    story.award(&story.service_of(0, "told", 50)).await.unwrap();
    story
        .award(&story.service_of(1, "moves", 20))
        .await
        .unwrap();
    let spent = award_of(
        &story
            .award(&story.service_of(2, "spent", 30))
            .await
            .unwrap(),
    );
    story.spend(2, 0, 20, true).await.unwrap();
    story.spend(2, 0, 5, false).await.unwrap();
    let reverse = Command::ReverseAward {
        award: spent,
        reason: Reason::Mistake,
    };
    story.execute(story.staff(1), None, reverse).await.unwrap();
    let shift = award_of(
        &story
            .award(&story.patrol_of(0, "withdrawn", 60))
            .await
            .unwrap(),
    );
    story
        .execute(
            story.staff(0),
            None,
            Command::WithdrawAward { award: shift },
        )
        .await
        .unwrap();
    story
        .award(&story.patrol_of(0, "to be approved", 60))
        .await
        .unwrap();
    let merge = Command::MergeMembers {
        from: story.members[1],
        into: story.members[0],
    };
    story.execute(story.admin(), None, merge).await.unwrap();
}

on_both! {
    async fn lots_of_before_end_as_their_awards_say(db: Database) {
        Ledger::migrate(&db.url).await.unwrap();
        let seed = ledger::ids::random_bytes();
        let story = Story::begin_as(&db, seed).await;
        lived(&story).await;
        let before = (story.sound_books(&db).await, endings(&db, &story).await);
        let now = story.clock.now();
        story.ledger.close().await;
        let mut sql = Sql::connect(&db.url).await;
        for statement in BEFORE_QUEUES {
            sql.run(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        drop(sql);

        Ledger::migrate(&db.url).await.unwrap();
        let story = Story::join(&db, seed).await;
        story.clock.set(now);
        assert_eq!((story.sound_books(&db).await, endings(&db, &story).await), before);
        let report = story.ledger.verify(story.program, |_| {}).await.unwrap();
        assert_eq!(report.problems, []);
        let notices: Vec<Option<i64>> = before.1.iter().map(|(_, _, _, notice)| *notice).collect();
        assert_eq!(notices, [None, Some(14), Some(14), Some(14)]);

        story.later(20 * DAY);
        let member = story.members[0];
        let untold = story.ledger.untold(story.program, story.clock.now(), None, 9).await.unwrap();
        assert_eq!(untold.iter().map(|due| due.id).collect::<Vec<_>>(), [member.0]);
        story.execute(story.admin(), None, Command::TellExpiring { member }).await.unwrap();
        story.later(20 * DAY);
        for due in story.ledger.due(story.program, Falling::Lots, story.clock.now(), None, 9).await.unwrap() {
            let member = ledger::ids::MemberId(due.id);
            drop(story.execute(story.admin(), None, Command::ExpireLots { member }).await);
        }
        assert_eq!(story.available(0).await, 0);
        story.clean(&db).await;
    }

    /// Of awards from before there were teams it is counted what they say, as of awards since.
    async fn what_was_done_with_a_team_before_counts_for_it(db: Database) {
        Ledger::migrate(&db.url).await.unwrap();
        let seed = ledger::ids::random_bytes();
        let story = Story::begin_as(&db, seed).await;
        let began = story.clock.now().as_micros();
        for (index, micros) in [0, 123_457, 250_000, 999_999].into_iter().enumerate() {
            story.clock.set(Timestamp::from_micros(began + micros));
            let mut award = story.service_of(index % 2, &format!("visit \"{index}\""), 20);
            award.deed.facts.insert("team".to_owned(), "yifeng".into());
            if index > 0 {
                award.deed.facts.insert("people_served".to_owned(), (index as i64 * 7).into());
            }
            story.award(&award).await.unwrap();
        }
        story.award(&story.service_of(2, "alone", 10)).await.unwrap();
        let text = "SELECT award_id, occurred_at, minutes, people, reference FROM team_awards WHERE program_id = $1 ORDER BY award_id";
        let mut sql = Sql::connect(&db.url).await;
        let before: Vec<(Uuid, i64, i64, i64, String)> = sql.rows(story.program, text).await;
        assert_eq!(before.len(), 4);
        story.ledger.close().await;
        for statement in BEFORE_TEAMS {
            sql.run(statement).await.unwrap_or_else(|error| panic!("{statement}: {error}"));
        }
        drop(sql);

        Ledger::migrate(&db.url).await.unwrap();
        let after: Vec<(Uuid, i64, i64, i64, String)> = Sql::connect(&db.url).await.rows(story.program, text).await;
        assert_eq!(after, before);
        let story = Story::join(&db, seed).await;
        assert_eq!(story.ledger.verify(story.program, |_| {}).await.unwrap().problems, []);
        let (from, until) = (Timestamp::from_micros(began), Timestamp::from_micros(began + 1_000_000));
        let totals = story.ledger.team_totals(story.program, "yifeng", from, until).await.unwrap();
        assert_eq!((totals.deeds, totals.minutes, totals.people, totals.members), (4, 80, 42, 2));
    }
}
