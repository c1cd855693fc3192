//! What is counted of deeds beside their awards is recomputed, and whatever else somebody wrote is found.

use ledger::AwardRequest;
use ledger::machine::Command;
use tests::backend::Database;
use tests::books::Sql;
use tests::on_both;
use tests::story::Story;

use super::{Desk, deed_of};

const TEAM: &str = "what counts for a team is what its award's deed says";
const ORDER: &str = "an order counts what members do for it, and has no more of them than it wants";

/// How it is spoilt and how that is undone, and what is found.
const SPOILT: &[(&str, &str, &str, &str)] = &[
    (
        "UPDATE team_awards SET minutes = minutes + 1",
        "UPDATE team_awards SET minutes = minutes - 1",
        "team_awards",
        TEAM,
    ),
    (
        "UPDATE team_awards SET people = 300",
        "UPDATE team_awards SET people = 30",
        "team_awards",
        TEAM,
    ),
    (
        "UPDATE team_awards SET occurred_at = occurred_at - 1",
        "UPDATE team_awards SET occurred_at = occurred_at + 1",
        "team_awards",
        TEAM,
    ),
    (
        "UPDATE team_awards SET code = 'another'",
        "UPDATE team_awards SET code = 'yifeng'",
        "team_awards",
        TEAM,
    ),
    (
        "DELETE FROM team_awards",
        "INSERT INTO team_awards SELECT * FROM saved_team_awards",
        "awards",
        "an award of a deed that names a team counts for it",
    ),
    (
        "UPDATE orders SET body = replace(body, '\"taken\":1', '\"taken\":0')",
        "UPDATE orders SET body = replace(body, '\"taken\":0', '\"taken\":1') WHERE body LIKE '%errand%' AND body LIKE '%\"places\":2%'",
        "orders",
        ORDER,
    ),
    (
        "UPDATE orders SET body = replace(body, '\"confirmed\":1', '\"confirmed\":2')",
        "UPDATE orders SET body = replace(body, '\"confirmed\":2', '\"confirmed\":1')",
        "orders",
        ORDER,
    ),
    (
        "UPDATE orders SET state = 'withdrawn' WHERE state = 'posted'",
        "UPDATE orders SET state = 'posted' WHERE state = 'withdrawn'",
        "orders",
        ORDER,
    ),
    (
        "UPDATE orders SET body = replace(body, '\"places\":2', '\"places\":0')",
        "UPDATE orders SET body = replace(body, '\"places\":0', '\"places\":2')",
        "orders",
        ORDER,
    ),
    (
        "UPDATE deeds SET member_id = (SELECT member_id FROM merged_members)",
        "UPDATE deeds SET member_id = (SELECT into_id FROM merged_members)",
        "deeds",
        "no deed is of a member who was merged into another",
    ),
];

on_both! {
    async fn what_is_counted_beside_awards_is_recomputed(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        let (from, into) = (story.members[1], story.members[0]);
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        let mut award: AwardRequest = story.service_of(0, "together", 60);
        award.deed.facts.extend([("team".to_owned(), "yifeng".into()), ("people_served".to_owned(), 30.into())]);
        story.award(&award).await.unwrap();
        story.award(&story.service_of(0, "alone", 10)).await.unwrap();
        let taken = desk.post(&desk.order(2)).await;
        desk.claim(0, taken).await.unwrap();
        let done = desk.post(&desk.order(1)).await;
        let deed = deed_of(&desk.claim(0, done).await.unwrap());
        desk.done(0, deed, None).await.unwrap();
        let confirm = ledger::machine::deeds::OrderCommand::Confirm { deed, code_hash: None };
        desk.told(story.staff(1), confirm).await.unwrap();

        let mut sql = Sql::connect(&db.url).await;
        sql.run("CREATE TABLE saved_team_awards AS SELECT * FROM team_awards").await.unwrap();
        for &(spoil, undo, table, says) in SPOILT {
            assert!(sql.run(spoil).await.unwrap() > 0, "{spoil}");
            let problems = story.ledger.verify(story.program, |_| {}).await.unwrap().problems;
            assert!(problems.iter().any(|found| found.table == table && found.says == says), "{spoil}: {problems:#?}");
            assert!(sql.run(undo).await.unwrap() > 0, "{undo}");
            let problems = story.ledger.verify(story.program, |_| {}).await.unwrap().problems;
            assert_eq!(problems, [], "{undo}");
        }
    }
}
