//! Reports of one thing that wait for room, need two people, whose member is merged, or whose policy changes.

use ledger::machine::AwardState;

use super::*;

/// Six points a month and the next report waits; two people agree, each to ninety points a month.
fn waits() -> String {
    REPORT
        .replace("REWARD", "share")
        .replace("points = 15\nover = \"clip\"", "points = 6\nover = \"queue\"")
        .replace("approval = \"none\"", "approval = \"two_person\"")
        .replace(
            "[[test]]",
            "[[cap]]\nname = \"approver\"\nper = \"approver\"\nevery = \"month\"\npoints = 90\nover = \"reject\"\n\n[[test]]",
        )
}

async fn approve(story: &Story, award: AwardId) {
    for staff in [1, 2] {
        let command = Command::ApproveAward { award };
        story
            .execute(story.staff(staff), None, command)
            .await
            .unwrap();
    }
}

on_both! {
    async fn who_waits_for_room_has_a_share_whoever_they_are_by_then(db: Database) {
        let street = Street::begin(&db, "share", 3).await;
        let story = &street.story;
        story.enact("report", &waits()).await;
        let there = |rider: usize, reference: &str| street.report(rider, reference, (HERE.0 + 10_000, HERE.1), story.clock.now());
        let alone = street.submit(&street.here(0, "alone")).await;
        let waits = street.submit(&there(0, "waits")).await;
        let other = street.submit(&there(1, "other")).await;
        assert_eq!(street.standing(waits).await.0, AwardState::Queued);
        approve(story, alone).await;
        approve(story, other).await;
        story.later(DAY);
        street.vest_all().await;
        assert_eq!(street.standing(alone).await, (AwardState::Vested, "6.00".to_owned()));
        assert_eq!(street.standing(other).await, (AwardState::Vested, "3.00".to_owned()), "one that waits is counted");
        let merge = Command::MergeMembers { from: street.riders[0], into: street.riders[2] };
        story.execute(story.admin(), None, merge).await.unwrap();
        street.clean(&db).await;

        story.later(30 * DAY);
        story.let_in().await;
        street.clean(&db).await;
        approve(story, waits).await;
        assert_eq!(street.standing(waits).await, (AwardState::Pending, "6.00".to_owned()));
        street.vest_all().await;
        assert_eq!(street.standing(waits).await, (AwardState::Vested, "3.00".to_owned()));
        assert_eq!(street.award(waits).await.member, street.riders[2]);
        assert_eq!(street.left().await, 1_000_000 - 1_200);
        street.clean(&db).await;

        let books = story.sound_books(&db).await;
        let used = |named: &str| {
            let mut of_each = std::collections::BTreeMap::new();
            for (subject, _, _, used) in books.counters.iter().filter(|(_, _, cap, _)| cap == named) {
                *of_each.entry(*subject).or_insert(0) += used;
            }
            of_each.into_values().filter(|used| *used != 0).collect::<Vec<i64>>()
        };
        assert_eq!(used("report/approver"), [1_200, 1_200], "approvers get back what others have");
        let mut of_riders = used("report/member-month");
        of_riders.sort_unstable();
        assert_eq!(of_riders, [300, 900]);
        assert_eq!(used("report/member-month/queue"), [] as [i64; 0]);
    }

    /// What is undivided would be paid whole to each as soon as one is paid as the first alone.
    async fn nothing_is_shared_with_the_first_alone(db: Database) {
        let street = Street::begin(&db, "share", 3).await;
        let story = &street.story;
        let shared = street.submit(&street.here(0, "shared")).await;
        story.later(HOUR);
        story.enact("report", &REPORT.replace("REWARD", "first")).await;
        story.later(HOUR);
        assert_eq!(code_of(story.award(&street.here(1, "first")).await), "duplicate_deed");
        let late = street.report(2, "late", HERE, story.clock.now().plus_seconds(-2 * HOUR));
        let late = street.submit(&late).await;
        story.later(DAY);
        street.vest_all().await;
        for award in [shared, late] {
            assert_eq!(street.standing(award).await, (AwardState::Vested, "3.00".to_owned()));
        }
        assert_eq!(street.left().await, 1_000_000 - 600);
        street.clean(&db).await;
    }
}
