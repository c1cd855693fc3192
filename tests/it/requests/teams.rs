//! 益蜂使者: who belongs to a team, and what it did, of awards that stand.

use ledger::community::team::Team;
use ledger::ids::MemberId;
use ledger::machine::award::Reason;
use ledger::machine::deeds::{Done, OrderCommand};
use ledger::machine::teams::TeamCommand;
use ledger::machine::{Command, Receipt};
use ledger::views::TeamTotals;
use ledger::{AwardRequest, WriteError};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HOUR, Story, award_of, code_of, points};

use super::{Desk, deed_of};

async fn run(story: &Story, command: TeamCommand) -> Result<Receipt, WriteError> {
    let command = Command::Team(Box::new(command));
    story.execute(story.staff(0), None, command).await
}

async fn totals(story: &Story, code: &str) -> TeamTotals {
    let now = story.clock.now();
    let (from, until) = (now.plus_seconds(-30 * DAY), now.plus_seconds(DAY));
    story
        .ledger
        .team_totals(story.program, code, from, until)
        .await
        .unwrap()
}

/// Service with the team, for so many people.
fn service(
    story: &Story,
    member: usize,
    reference: &str,
    minutes: i64,
    people: i64,
) -> AwardRequest {
    let mut award = story.service_of(member, reference, minutes);
    award.deed.facts.insert("team".to_owned(), "yifeng".into());
    award
        .deed
        .facts
        .insert("people_served".to_owned(), people.into());
    award
}

fn team(desk: &Desk<'_>, code: &str, name: &str) -> Team {
    Team {
        code: code.to_owned(),
        organization: desk.organization,
        kind: "volunteer".to_owned(),
        name: name.to_owned(),
    }
}

on_both! {
    async fn a_team_counts_hours_deeds_and_people(db: Database) {
        let story = Story::begin(&db).await;
        let desk = Desk::open(&story).await;
        let yifeng = "yifeng".to_owned();
        let join = |member: MemberId| TeamCommand::Join { team: yifeng.clone(), member };
        assert_eq!(code_of(run(&story, join(story.members[0])).await), "not_in_team", "there is none");
        run(&story, TeamCommand::Form(team(&desk, "yifeng", "益蜂使者"))).await.unwrap();
        assert_eq!(code_of(run(&story, TeamCommand::Form(team(&desk, "yifeng", "又一支"))).await), "already_exists");
        assert_eq!(code_of(run(&story, TeamCommand::Form(team(&desk, "两 个 字", "不行"))).await), "bad_fact");
        run(&story, TeamCommand::Rename(team(&desk, "yifeng", "益蜂使者服务队"))).await.unwrap();
        run(&story, join(story.members[0])).await.unwrap();
        run(&story, join(story.members[1])).await.unwrap();
        assert_eq!(code_of(run(&story, join(story.members[0])).await), "already_exists");

        // Two serve thirty people together; one does twice, of which once falls.
        for member in [0, 1] {
            story.ledger.submit_award(&story.request(story.staff(0), None), &service(&story, member, "together", 60, 30)).await.unwrap();
        }
        story.ledger.submit_award(&story.request(story.staff(0), None), &service(&story, 0, "alone", 30, 2)).await.unwrap();
        let falls = story.ledger.submit_award(&story.request(story.staff(0), None), &service(&story, 0, "falls", 20, 9)).await.unwrap();
        story.award(&story.service_of(2, "without", 50)).await.unwrap();
        let undo = Command::ReverseAward { award: award_of(&falls), reason: Reason::Mistake };
        story.execute(story.staff(1), None, undo).await.unwrap();
        let expected = TeamTotals { deeds: 3, minutes: 150, people: 32, points: points(150), members: 2 };
        assert_eq!(totals(&story, "yifeng").await, expected);
        assert_eq!(totals(&story, "none").await.deeds, 0);

        // An order may be done with a team one belongs to.
        let order = desk.post(&desk.order(1)).await;
        let claim = |member: usize| OrderCommand::Claim { order, member: story.members[member], team: Some(yifeng.clone()) };
        assert_eq!(code_of(desk.command(desk.rider(2), claim(2)).await), "not_in_team");
        let deed = deed_of(&desk.command(desk.rider(1), claim(1)).await.unwrap());
        story.later(2 * HOUR);
        let done = Done { minutes: Some(45), people: Some(1) };
        desk.command(desk.rider(1), OrderCommand::Done { deed, done, attachments: Vec::new() }).await.unwrap();
        let confirm = OrderCommand::Confirm { deed, code_hash: None };
        desk.told(story.staff(1), confirm).await.unwrap();
        let expected = TeamTotals { deeds: 4, minutes: 195, people: 33, points: points(156), members: 2 };
        assert_eq!(totals(&story, "yifeng").await, expected);

        // Who was two people is one of the team.
        let (from, into) = (story.members[0], story.members[1]);
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        assert_eq!(totals(&story, "yifeng").await, TeamTotals { members: 1, ..expected });
        assert_eq!(story.ledger.teams_of(story.program, into).await.unwrap(), ["yifeng"]);
        run(&story, TeamCommand::Leave { team: yifeng.clone(), member: into }).await.unwrap();
        assert!(story.ledger.teams_of(story.program, into).await.unwrap().is_empty());
        assert_eq!(code_of(run(&story, TeamCommand::Leave { team: yifeng, member: into }).await), "not_in_team");
        assert_eq!(totals(&story, "yifeng").await.deeds, 4, "what was done with it stays");
        story.sound_books(&db).await;
    }
}
