//! What staff enter by hand beside what is on record: the same hour counts once.

use ledger::machine::award::Reason;
use ledger::machine::deeds::Answer;
use ledger::machine::{Award, AwardState, Command, Receipt};
use tests::backend::Database;
use tests::on_both;
use tests::story::{Story, award_of, code_of};

use super::{Gathering, deed_of, why};

async fn undo(story: &Story, receipt: &Receipt) {
    let (award, reason) = (award_of(receipt), Reason::Mistake);
    let undo = Command::ReverseAward { award, reason };
    story.execute(story.staff(1), None, undo).await.unwrap();
}

async fn award(story: &Story, receipt: &Receipt) -> Award {
    let award = story.ledger.award(story.program, award_of(receipt)).await;
    award.unwrap().unwrap()
}

on_both! {
    /// Whoever was there for an hour is not awarded any of it once more because somebody types it in; what touches it is another time.
    async fn what_is_on_record_is_not_entered_by_hand(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        gathering.check_in(0, 0).await.unwrap();
        let (_, answer) = gathering.check_out(0, 60).await.unwrap();
        let Some(Answer::Awarded(on_record)) = answer else { panic!("{answer:?}") };
        gathering.at(180);
        let entered = |reference: &str, member, at: i64, minutes| {
            let mut request = story.service_of(member, reference, minutes);
            request.deed.occurred_at = gathering.starts_at().plus_seconds(at * 60);
            request
        };
        for (reference, at, minutes) in [("within", 30, 10), ("around", -10, 80), ("before", -10, 11), ("after", 59, 60)] {
            let refused = story.award(&entered(reference, 0, at, minutes)).await;
            assert_eq!(code_of(refused), "time_counted", "{reference}");
        }
        let mut patrol = story.patrol_of(0, "patrol", 30);
        patrol.deed.occurred_at = gathering.starts_at();
        assert_eq!(code_of(story.award(&patrol).await), "time_counted", "whatever it was for");
        for (reference, member, at, minutes) in [("until", 0, -10, 10), ("from", 0, 60, 10), ("another", 1, 0, 60)] {
            let receipt = story.award(&entered(reference, member, at, minutes)).await.unwrap();
            assert_eq!(award(&story, &receipt).await.state, AwardState::Vested, "{reference}");
        }
        assert_eq!(story.available(0).await, 8_000);
        // Nothing came of what is on record: the hour is free.
        let back = Command::ReverseAward { award: on_record, reason: Reason::NotAsClaimed };
        story.execute(story.staff(1), None, back).await.unwrap();
        story.award(&entered("instead", 0, 0, 60)).await.unwrap();
        assert_eq!(story.available(0).await, 8_000);
        gathering.clean(&db).await;
    }

    /// The other way round: what is on record asks in vain for an hour that was entered by hand, vested or not, until that falls.
    async fn what_was_entered_by_hand_is_not_awarded_on_record(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        gathering.at(30);
        let vested = story.award(&story.service_of(0, "by hand", 20)).await.unwrap();
        let waiting = story.award(&story.patrol_of(1, "by hand too", 20)).await.unwrap();
        let states = [award(&story, &vested).await.state, award(&story, &waiting).await.state];
        assert_eq!(states, [AwardState::Vested, AwardState::Submitted]);
        let mut deeds = Vec::new();
        for member in [0, 1] {
            gathering.check_in(member, 0).await.unwrap();
            let (receipt, answer) = gathering.check_out(member, 60).await.unwrap();
            assert_eq!(answer, None, "nothing is asked for");
            let deed = deed_of(&receipt).0;
            let view = story.ledger.deed(story.program, deed).await.unwrap().unwrap();
            assert_eq!(why(view.answer), "time_counted");
            deeds.push(deed);
        }
        let (request, ledger) = (story.request(story.staff(2), None), &story.ledger);
        let again = |deed| ledger.execute_deed(&request, Command::AskAgain { deed });
        assert_eq!(again(deeds[0]).await.unwrap().1, None, "asking again does not make it another hour");
        undo(&story, &vested).await;
        let reject = Command::RejectAward { award: award_of(&waiting), reason: Reason::Duplicate };
        story.execute(story.staff(1), None, reject).await.unwrap();
        for deed in deeds {
            let (_, answer) = again(deed).await.unwrap();
            assert!(matches!(answer, Some(Answer::Awarded(_))), "{answer:?}");
        }
        assert_eq!([story.available(0).await, story.available(1).await], [6_000, 6_000]);
        gathering.clean(&db).await;
    }

    /// Sent at once, whichever comes first: the hour is awarded once.
    async fn at_once_the_hour_counts_once(db: Database) {
        let story = Story::begin(&db).await;
        let gathering = Gathering::plan(&story, |_| {}).await;
        for member in [0, 1] {
            gathering.check_in(member, 0).await.unwrap();
        }
        gathering.at(60);
        for member in [0, 1] {
            let mut by_hand = story.service_of(member, &format!("by hand {member}"), 60);
            by_hand.deed.occurred_at = gathering.starts_at();
            let (typed, _) = tokio::join!(story.award(&by_hand), gathering.check_out(member, 60));
            assert!(typed.is_ok() || code_of(typed) == "time_counted");
            assert_eq!(story.available(member).await, 6_000);
        }
        gathering.clean(&db).await;
    }
}
