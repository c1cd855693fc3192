//! A programme that closes: nothing more is earned, then nothing more is spent, then nothing is left.

use std::collections::BTreeSet;

use ledger::accounts::Account;
use ledger::ids::MemberId;
use ledger::machine::{Closing, Command};
use ledger::views::Falling;
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HOUR, Story, award_of, code_of, points, redemption_of};

async fn close(
    story: &Story,
    earning: i64,
    spending: i64,
) -> Result<ledger::machine::Receipt, ledger::WriteError> {
    let now = story.clock.now();
    let closing = Closing {
        last_earning: now.plus_seconds(earning),
        last_spending: now.plus_seconds(spending),
    };
    story
        .execute(story.admin(), None, Command::CloseProgram(closing))
        .await
}

/// What the nightly sweep does.
async fn sweep(story: &Story) -> usize {
    let due = story
        .ledger
        .due(story.program, Falling::Lots, story.clock.now(), None, 100)
        .await
        .unwrap();
    let members: BTreeSet<MemberId> = due.iter().map(|due| MemberId(due.id)).collect();
    for &member in &members {
        let expire = Command::ExpireLots { member };
        story.execute(story.admin(), None, expire).await.unwrap();
    }
    members.len()
}

on_both! {
    async fn nothing_is_earned_then_nothing_is_spent_then_nothing_is_left(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "visit", 100)).await.unwrap();
        let shift = award_of(&story.award(&story.patrol_of(1, "shift", 60)).await.unwrap());
        let later = story.service_of(0, "later", 5);
        close(&story, HOUR, 2 * DAY).await.unwrap();
        assert_eq!(sweep(&story).await, 0);
        story.award(&story.service_of(2, "still", 10)).await.expect("still open");

        story.later(HOUR + 1);
        assert_eq!(code_of(story.award(&later).await), "program_closed", "submitted too late");
        story.execute(story.staff(1), None, Command::ApproveAward { award: shift }).await.expect("submitted in time");
        let held = redemption_of(&story.spend(0, 0, 20, false).await.unwrap());
        let spent = redemption_of(&story.spend(1, 0, 10, true).await.unwrap());

        story.later(2 * DAY);
        let late = story.spend(0, 0, 1, true).await;
        assert_eq!(code_of(late), "program_closed");
        assert_eq!(sweep(&story).await, 3, "patrols never expire by themselves");
        assert_eq!(sweep(&story).await, 0);
        for member in 0..3 {
            assert_eq!(story.holds(Account::wallet(story.members[member])).await, 0);
        }
        assert_eq!(story.holds(Account::hold(story.members[0])).await, 2_000, "a hold that is open");

        // What still comes back is swept again.
        let release = Command::ReleaseHold { redemption: held };
        story.execute(story.admin(), None, release).await.unwrap();
        story.execute(story.merchant(0), None, Command::Refund { redemption: spent, points: None }).await.unwrap();
        assert_eq!(sweep(&story).await, 2);
        assert_eq!(story.holds(Account::breakage(story.program)).await, 14_000);
        story.clean(&db).await;
    }

    async fn a_closing_is_only_moved_later_and_not_once_it_is_reached(db: Database) {
        let story = Story::begin(&db).await;
        assert_eq!(story.ledger.closing(story.program).await.unwrap(), None);
        assert_eq!(code_of(close(&story, -1, DAY).await), "closing_too_early");
        assert_eq!(code_of(close(&story, DAY, HOUR).await), "closing_order");
        close(&story, HOUR, DAY).await.unwrap();
        assert_eq!(code_of(close(&story, HOUR - 1, DAY).await), "closing_too_early");
        close(&story, 2 * HOUR, DAY).await.unwrap();
        let known = story.ledger.closing(story.program).await.unwrap().unwrap();
        assert_eq!(known.last_earning, story.clock.now().plus_seconds(2 * HOUR));
        story.later(2 * HOUR);
        assert_eq!(code_of(close(&story, HOUR, DAY).await), "program_closed");
        close(&story, 0, DAY).await.expect("spending is not over yet");
        story.later(DAY);
        assert_eq!(code_of(close(&story, -DAY, DAY).await), "program_closed");
        story.award(&story.service_of(0, "x", 1)).await.expect_err("closed");
    }

    async fn a_deed_done_after_the_last_earning_earns_nothing(db: Database) {
        let story = Story::begin(&db).await;
        close(&story, 0, DAY).await.unwrap();
        story.award(&story.service_of(0, "now", 5)).await.expect("at the last moment");
        let mut ahead = story.service_of(0, "ahead", 5);
        ahead.deed.occurred_at = story.clock.now().plus_seconds(60);
        assert_eq!(code_of(story.award(&ahead).await), "program_closed");
        story.later(1);
        let visit = story.spend(0, 0, 2, true).await.unwrap();
        assert_eq!(redemption_of(&visit).0, visit.id.0);
        assert_eq!(story.available(0).await, points(3).hundredths());
    }
}
