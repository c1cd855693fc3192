//! No hazard is paid for twice, whichever comes first: that it is awarded, or that two reports are said to be of it.

use std::time::Duration;

use futures::future::{join, join_all};
use ledger::AwardRequest;
use ledger::community::Origin;
use ledger::community::hazard::HazardState;
use ledger::ids::{AwardId, HazardId, random_bytes};
use ledger::machine::deeds::Answer;
use ledger::machine::hazards::HazardCommand;
use ledger::machine::{AwardState, Command, Reason};
use ledger::policy::Deed;
use serde_json::json;
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HOUR, Story, award_of, code_of};

use super::beat::{Beat, SHARED, at, here, invalid, triage, verify};
use super::{is_awarded, why};

/// One award a day out of the budget; what comes after it waits.
const ONE_A_DAY: &str = r#"[[cap]]
name = "budget-day"
per = "budget"
every = "day"
points = 10
over = "queue""#;

fn across_the_street() -> ledger::policy::Position {
    at(41_799_000, 123_308_500)
}

/// Awarded, and to be looked at once more.
async fn awarded_and_reopened(beat: &Beat, hazard: HazardId) -> AwardId {
    let Some(Answer::Awarded(award)) = beat.verified(hazard).await else {
        panic!("awarded");
    };
    beat.does(HazardCommand::Reopen { hazard }).await;
    award
}

async fn is_one_with(beat: &Beat, hazard: HazardId, of: HazardId) -> Result<(), String> {
    let command = HazardCommand::Duplicate { hazard, of };
    match beat.told(beat.story.staff(0), command).await {
        Ok(_) => Ok(()),
        other => Err(code_of(other)),
    }
}

/// Entered by hand by another member of staff, with the report for its reference.
async fn by_hand(beat: &Beat, rider: usize, hazard: HazardId) -> Result<AwardId, String> {
    let deed = json!({ "kind": "hazard_report", "reference": hazard.to_string(), "occurred_at": beat.story.clock.now(),
        "facts": { "category": "road", "severity": "high", "outcome": "verified" } });
    let award = AwardRequest {
        member: beat.story.members[rider],
        deed: serde_json::from_value::<Deed>(deed).unwrap(),
        policy: None,
        position: Some(here()),
    };
    let request = beat.story.request(beat.story.staff(1), None);
    match beat.story.ledger.submit_award(&request, &award).await {
        Ok(receipt) => Ok(award_of(&receipt)),
        other => Err(code_of(other)),
    }
}

async fn undone(beat: &Beat, award: AwardId) {
    let reason = Reason::Mistake;
    let undo = match beat.award(award).await.state {
        AwardState::Vested => Command::ReverseAward { award, reason },
        _ => Command::RejectAward { award, reason },
    };
    let done = beat.story.execute(beat.story.staff(1), None, undo).await;
    done.unwrap();
}

on_both! {
    /// Whichever of the two is taken back.
    async fn two_awarded_reports_are_of_one_hazard_only_once_one_is_taken_back(db: Database) {
        let beat = Beat::begin(&db, "").await;
        for takes_back_own in [true, false] {
            let (first, second) = (beat.reported(0, here()).await, beat.reported(1, here()).await);
            let Some(Answer::Awarded(theirs)) = beat.verified(first).await else { panic!("awarded") };
            let own = awarded_and_reopened(&beat, second).await;
            assert_eq!(is_one_with(&beat, second, first).await, Err("both_awarded".to_owned()));
            assert_eq!((beat.hazard(second).await.state, beat.hazard(second).await.of), (HazardState::Triaged, None));
            undone(&beat, if takes_back_own { own } else { theirs }).await;
            assert_eq!(is_one_with(&beat, second, first).await, Ok(()));
            beat.jobs().await;
            let stand = [own, theirs].map(|award| beat.award(award));
            let stand = join_all(stand).await.into_iter().filter(|award| award.state.is_live()).count();
            assert_eq!(stand, 1);
        }
        beat.clean(&db, 2_000).await;
    }

    /// What is of the one already counts, on both sides; and what waits for room, or for an approver, stands as well.
    async fn awards_of_duplicates_and_such_as_wait_count_too(db: Database) {
        let beat = Beat::begin(&db, ONE_A_DAY).await;
        let first = beat.reported(0, here()).await;
        let one_more = beat.reported(1, here()).await;
        let other = beat.reported(2, across_the_street()).await;
        let paid = awarded_and_reopened(&beat, one_more).await;
        is_one_with(&beat, one_more, first).await.unwrap();
        let Some(Answer::Awarded(queued)) = beat.verified(other).await else { panic!("it waits") };
        assert_eq!(beat.award(queued).await.state, AwardState::Queued);
        beat.does(HazardCommand::Reopen { hazard: other }).await;
        // From either side; also of the duplicate, which stands for what it is of.
        for (hazard, of) in [(other, first), (other, one_more), (first, other)] {
            assert_eq!(is_one_with(&beat, hazard, of).await, Err("both_awarded".to_owned()));
        }
        undone(&beat, queued).await;
        is_one_with(&beat, first, other).await.unwrap();
        assert_eq!((beat.hazard(one_more).await.of, beat.hazard(first).await.of), (Some(other), Some(other)));
        beat.does(verify(other)).await;
        beat.jobs().await;
        assert!(beat.award(paid).await.state.is_live());
        assert_eq!(why(beat.answer(first).await.as_ref()), "duplicate_deed", "what it is of is awarded");
        beat.clean(&db, 1_000).await;
    }

    /// What the policy found to be one thing shares; what it paid as two things does not.
    async fn what_shares_may_be_one_and_what_does_not_may_not(db: Database) {
        let beat = Beat::begin(&db, SHARED).await;
        let first = beat.reported(0, here()).await;
        beat.later(HOUR);
        let beside = beat.reported(1, here()).await;
        let away = beat.reported(2, across_the_street()).await;
        assert!(is_awarded(beat.verified(first).await.as_ref()));
        awarded_and_reopened(&beat, beside).await;
        let apart = awarded_and_reopened(&beat, away).await;
        assert_eq!(is_one_with(&beat, away, first).await, Err("both_awarded".to_owned()));
        is_one_with(&beat, beside, first).await.unwrap();
        assert_eq!(beat.award(apart).await.state, AwardState::Pending);
        undone(&beat, apart).await;
        is_one_with(&beat, away, first).await.unwrap();
        beat.later(2 * DAY);
        beat.vest().await;
        beat.jobs().await;
        assert_eq!([beat.story.available(0).await, beat.story.available(1).await, beat.story.available(2).await], [500, 500, 0]);
        // Divided, they still are one thing.
        beat.does(HazardCommand::Reopen { hazard: beside }).await;
        is_one_with(&beat, beside, first).await.unwrap();
        beat.clean(&db, 1_000).await;
    }

    /// An award entered by hand for a report on record is one for that report: it is in the way, and others are in its way.
    async fn an_award_by_hand_for_a_report_is_no_way_round(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let (first, second) = (beat.reported(0, here()).await, beat.reported(1, here()).await);
        let award = by_hand(&beat, 0, first).await.unwrap();
        assert!(is_awarded(beat.verified(second).await.as_ref()));
        beat.does(HazardCommand::Reopen { hazard: second }).await;
        assert_eq!(is_one_with(&beat, second, first).await, Err("both_awarded".to_owned()));
        undone(&beat, award).await;
        is_one_with(&beat, second, first).await.unwrap();
        assert_eq!(by_hand(&beat, 0, first).await, Err("duplicate_deed".to_owned()));
        assert_eq!(by_hand(&beat, 1, second).await, Err("already_awarded".to_owned()));
        beat.clean(&db, 1_000).await;
    }

    /// An award that is still asked for when the report comes to nothing is not given, now or when it is asked for again.
    async fn what_came_to_nothing_is_not_awarded_any_more(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let hazard = beat.reported(0, here()).await;
        let request = beat.story.request(beat.story.staff(0), None);
        let plain = |command| beat.story.ledger.execute(&request, Command::Hazard(Box::new(command)));
        for command in [triage(hazard), verify(hazard), HazardCommand::Reopen { hazard }, invalid(hazard)] {
            plain(command).await.unwrap();
        }
        assert_eq!(beat.answer(hazard).await, None, "asked for, and nobody has submitted it");
        assert_eq!(beat.jobs().await, 1);
        assert_eq!(why(beat.answer(hazard).await.as_ref()), "hazard_state");
        let again = Command::AskAgain { deed: beat.hazard(hazard).await.deed.unwrap() };
        let (_, answer) = beat.story.ledger.execute_deed(&request, again).await.unwrap();
        assert_eq!(why(answer.as_ref()), "hazard_state");
        assert_eq!(by_hand(&beat, 0, hazard).await, Err("hazard_state".to_owned()));
        beat.clean(&db, 0).await;
    }

    /// A report is awarded while somebody says that it is a duplicate of one that is: in one batch or in two, in one process or in two.
    async fn awarding_and_saying_that_it_was_reported_before_at_once(db: Database) {
        let beat = Beat::begin(&db, "").await;
        let other = Story::join(&db, random_bytes()).await;
        other.clock.set(beat.story.clock.now());
        let request = beat.story.request(beat.story.staff(0), None);
        let plain = |command| beat.story.ledger.execute(&request, Command::Hazard(Box::new(command)));
        let mut given = 0;
        for round in 0..10_u64 {
            let (first, second) = (beat.reported(0, here()).await, beat.reported(1, here()).await);
            assert!(is_awarded(beat.verified(first).await.as_ref()));
            for command in [triage(second), verify(second), HazardCommand::Reopen { hazard: second }] {
                plain(command).await.unwrap();
            }
            let deed = beat.hazard(second).await.deed.unwrap();
            let others = join_all((0..12).map(|_| plain(triage(second))));
            let story = if round % 2 == 0 { &beat.story } else { &other };
            let awarded = story.ledger.award_deed(beat.story.program, deed, Origin::default());
            let said = async {
                tokio::time::sleep(Duration::from_millis(round / 2)).await;
                is_one_with(&beat, second, first).await
            };
            let ((_, said), awarded) = join(join(others, said), awarded).await;
            awarded.unwrap();
            beat.jobs().await;
            let second_is = beat.answer(second).await;
            match said {
                Ok(()) => assert_eq!(why(second_is.as_ref()), "duplicate_deed", "round {round}"),
                Err(code) => {
                    assert_eq!(code, "both_awarded");
                    assert!(is_awarded(second_is.as_ref()));
                    given += 1;
                }
            }
            given += 1;
        }
        beat.clean(&db, given * 1_000).await;
    }
}
