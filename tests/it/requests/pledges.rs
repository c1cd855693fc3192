//! 承诺践诺: two hours a week, one deed a quarter.

use jiff::tz::TimeZone;
use ledger::WriteError;
use ledger::community::pledge::{Every, Measure, Pledge};
use ledger::ids::{PledgeId, random_bytes};
use ledger::machine::award::Reason;
use ledger::machine::pledges::PledgeCommand;
use ledger::machine::{Command, Receipt};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, Story, award_of, code_of};
use uuid::Uuid;

async fn run(story: &Story, command: PledgeCommand) -> Result<Receipt, WriteError> {
    let command = Command::Pledge(Box::new(command));
    story.execute(story.staff(0), None, command).await
}

fn promise(story: &Story, member: usize) -> Pledge {
    let now = story.clock.now();
    Pledge {
        id: PledgeId(Uuid::from_bytes(random_bytes())),
        member: story.members[member],
        kind: Some("volunteer_service".to_owned()),
        measure: Measure::Hours,
        target: 2,
        every: Every::Week,
        from: now.plus_seconds(-DAY),
        until: now.plus_seconds(60 * DAY),
        shown: true,
        ended_at: None,
    }
}

/// What was done in each period of somebody's newest pledge.
async fn progress(story: &Story, member: usize) -> Vec<(i64, bool)> {
    let member = story.members[member];
    let pledges = story
        .ledger
        .pledges_of(story.program, member, PledgeId(Uuid::max()), 9)
        .await
        .unwrap();
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let periods = story
        .ledger
        .progress_of(story.program, member, &pledges, &zone)
        .await
        .unwrap();
    periods[0]
        .iter()
        .map(|period| (period.done, period.is_kept()))
        .collect()
}

on_both! {
    async fn a_pledge_is_counted_week_by_week(db: Database) {
        let story = Story::begin(&db).await;
        let pledge = promise(&story, 0);
        run(&story, PledgeCommand::Make(pledge.clone())).await.unwrap();
        assert_eq!(code_of(run(&story, PledgeCommand::Make(pledge.clone())).await), "already_exists");
        let greedy = Pledge { id: PledgeId(Uuid::nil()), target: 60, ..pledge.clone() };
        assert_eq!(code_of(run(&story, PledgeCommand::Make(greedy)).await), "bad_pledge");
        story.award(&story.service_of(0, "one", 90)).await.unwrap();
        story.award(&story.patrol_of(0, "patrol", 300)).await.unwrap();
        assert_eq!(progress(&story, 0).await, [(90, false)], "a patrol is another kind, and nobody approved it");
        let second = story.award(&story.service_of(0, "two", 30)).await.unwrap();
        assert_eq!(progress(&story, 0).await, [(120, true)]);
        let undo = Command::ReverseAward { award: award_of(&second), reason: Reason::Mistake };
        story.execute(story.staff(1), None, undo).await.unwrap();
        assert_eq!(progress(&story, 0).await, [(90, false)], "what fell does not count");
        story.later(7 * DAY);
        story.award(&story.service_of(0, "three", 120)).await.unwrap();
        assert_eq!(progress(&story, 0).await, [(90, false), (120, true)], "each week stands by itself");
        let balance = story.available(0).await;

        let (from, into) = (story.members[0], story.members[1]);
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        assert_eq!(progress(&story, 1).await, [(90, false), (120, true)]);
        let end = |member| PledgeCommand::End { pledge: pledge.id, member };
        assert_eq!(code_of(run(&story, end(story.members[2])).await), "unknown_pledge");
        run(&story, end(into)).await.unwrap();
        assert_eq!(code_of(run(&story, end(into)).await), "unknown_pledge");
        assert_eq!(story.available(1).await, balance, "a pledge gives no points");
        let shown = story.ledger.pledges_shown(story.program, PledgeId(Uuid::nil()), 9).await.unwrap();
        assert_eq!((shown.len(), shown[0].member), (1, into));
        story.sound_books(&db).await;
    }
}
