//! An award between its submission and the wallet, and caps on whoever has no account: alone, raced, and by two processes.

use std::sync::Arc;

use ledger::accounts::Account;
use ledger::ids::{AwardId, CommandId};
use ledger::machine::{AwardState, Command, Reason};
use ledger::views::Falling;
use ledger::{AwardRequest, Ledger, Options};
use tests::backend::Database;
use tests::on_both;
use tests::policies::patrol;
use tests::story::{DAY, Story, award_of, code_of, redemption_of};

/// Two people agree and the public may object for a week; half of a later award goes to what is owed.
pub const NOTICE: &str = r#"
schema = "jifen/1"
name = "notice"
title = "志愿服务（公示）"
on = "volunteer_service"
budget = "service"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "two_person"
notice = "7 days"

[reversal]
recovered = "50 %"
write_off_after = "30 days"

[[rule]]
name = "service"
title = "志愿服务"
points = { rate = 1, per = "minutes" }

[[test]]
name = "一小时六十分"
at = 2026-03-05T10:00:00
facts = { minutes = 60, beneficiary = "elderly" }
expect = { points = 60, approval = "two_person", notice = "7 days" }
"#;

/// Five shifts a grid and day, twelve hours a member and any seven days, three approvals a person and day.
const CAPPED: &str = r#"
[[cap]]
name = "grid-day"
per = "grid"
every = "day"
count = 5
over = "reject"

[[cap]]
name = "member-rolling"
per = "member"
every = "rolling 7 days"
points = 120
over = "reject"

[[cap]]
name = "approver-day"
per = "approver"
every = "day"
count = 3
over = "reject"
"#;

fn by(policy: &str, award: AwardRequest) -> AwardRequest {
    AwardRequest {
        policy: Some(policy.to_owned()),
        ..award
    }
}

fn rounds() -> usize {
    if tests::soak() { 1_000 } else { 40 }
}

/// On public notice, approved by two.
async fn on_notice(story: &Story, reference: &str) -> AwardId {
    let service = by("notice", story.service_of(0, reference, 1));
    let award = award_of(&story.award(&service).await.unwrap());
    for approver in [1, 2] {
        let approve = Command::ApproveAward { award };
        story
            .execute(story.staff(approver), None, approve)
            .await
            .unwrap();
    }
    award
}

async fn state(story: &Story, award: AwardId) -> AwardState {
    let award = story.ledger.award(story.program, award).await.unwrap();
    award.unwrap().state
}

on_both! {
    async fn two_agree_the_public_may_object_and_then_it_vests(db: Database) {
        let story = Story::begin(&db).await;
        story.enact("notice", NOTICE).await;
        let award = on_notice(&story, "visit").await;
        assert_eq!(state(&story, award).await, AwardState::Pending);
        assert_eq!(story.holds(Account::pending(story.members[0])).await, 100);
        story.clean(&db).await;

        let object = Command::ObjectAward { award, ground: Reason::Evidence, words: None };
        story.execute(story.staff(3), None, object).await.unwrap();
        story.clean(&db).await;
        story.later(7 * DAY);
        assert!(story.ledger.due(story.program, Falling::Notices, story.clock.now(), None, 9).await.unwrap().is_empty());
        let vest = || Command::VestAward { award };
        assert_eq!(code_of(story.execute(story.admin(), None, vest()).await), "award_frozen");
        let review = Command::ReviewObjection { award, upheld: false, finding: None, words: None };
        assert_eq!(code_of(story.execute(story.staff(1), None, review.clone()).await), "reviewer_involved");
        story.execute(story.staff(4), None, review).await.unwrap();
        story.clean(&db).await;
        // Who objected may appeal for a week.
        assert_eq!(code_of(story.execute(story.admin(), None, vest()).await), "notice_open");
        story.later(7 * DAY);
        let due = story.ledger.due(story.program, Falling::Notices, story.clock.now(), None, 9).await.unwrap();
        assert_eq!(due.iter().map(|due| due.id).collect::<Vec<_>>(), [award.0]);
        story.execute(story.admin(), None, vest()).await.unwrap();
        assert_eq!((story.available(0).await, story.holds(Account::pending(story.members[0])).await), (100, 0));
        story.clean(&db).await;

        // Spent, reversed, owed; given up in time.
        story.spend(0, 0, 1, true).await.unwrap();
        let reverse = Command::ReverseAward { award, reason: Reason::Mistake };
        story.execute(story.staff(1), None, reverse).await.unwrap();
        assert_eq!(story.ledger.owing_awards(story.program, AwardId(uuid::Uuid::nil()), 9).await.unwrap().len(), 1);
        let write_off = || Command::WriteOff { award };
        assert_eq!(code_of(story.execute(story.admin(), None, write_off()).await), "nothing_due");
        story.later(30 * DAY);
        story.execute(story.admin(), None, write_off()).await.unwrap();
        assert_eq!(story.holds(Account::debt(story.members[0])).await, 0);
        story.clean(&db).await;
    }

    async fn races_have_one_of_the_allowed_outcomes(db: Database) {
        let story = Story::begin(&db).await;
        story.enact("notice", NOTICE).await;
        let other = Ledger::open(&db.url, Options { clock: story.clock.clone(), ..Options::default() }).await.unwrap();
        for round in 0..rounds() {
            // Objection against vesting, as the notice closes.
            let award = on_notice(&story, &format!("notice {round}")).await;
            story.later(7 * DAY - 1);
            let object = Command::ObjectAward { award, ground: Reason::Evidence, words: None };
            let (objector, job) = (story.request(story.staff(3), None), story.request(story.admin(), None));
            let (objected, (), vested) = tokio::join!(
                other.execute(&objector, object),
                async { story.later(1) },
                story.ledger.execute(&job, Command::VestAward { award }),
            );
            assert!(objected.is_err() || vested.is_err(), "frozen and vested");
            let expected = match (&objected, &vested) {
                (Ok(_), _) => AwardState::Frozen,
                (_, Ok(_)) => AwardState::Vested,
                _ => AwardState::Pending,
            };
            assert_eq!(state(&story, award).await, expected, "{objected:?} {vested:?}");

            // Approval against withdrawal.
            let shift = by("patrol", story.patrol_of(1, &format!("shift {round}"), 1));
            let award = award_of(&story.award(&shift).await.unwrap());
            let (approver, submitter) = (story.request(story.staff(1), None), story.request(story.staff(0), None));
            let (approved, withdrawn) = tokio::join!(
                story.ledger.execute(&approver, Command::ApproveAward { award }),
                other.execute(&submitter, Command::WithdrawAward { award }),
            );
            assert!(approved.is_ok() != withdrawn.is_ok(), "{approved:?} {withdrawn:?}");

            // Reversal against capture.
            let visit = by("service", story.service_of(2, &format!("visit {round}"), 1));
            let award = award_of(&story.award(&visit).await.unwrap());
            let redemption = redemption_of(&story.spend(2, 0, 1, false).await.unwrap());
            let reverse = Command::ReverseAward { award, reason: Reason::Mistake };
            let (till, desk) = (story.request(story.merchant(0), None), story.request(story.staff(1), None));
            let (captured, reversed) = tokio::join!(
                other.execute(&till, Command::Capture { redemption, points: None }),
                story.ledger.execute(&desk, reverse),
            );
            captured.unwrap();
            reversed.unwrap();
            assert_eq!(story.holds(Account::debt(story.members[2])).await, -100);
            let repay = by("service", story.service_of(2, &format!("repay {round}"), 1));
            story.award(&repay).await.unwrap();
            assert_eq!(story.holds(Account::debt(story.members[2])).await, 0);
        }
        other.close().await;
        story.clean(&db).await;
    }

    async fn no_kind_of_cap_is_passed_by_two_processes(db: Database) {
        let story = Story::begin(&db).await;
        story.enact("capped", &patrol("capped", "single", CAPPED)).await;
        let other = Arc::new(Ledger::open(&db.url, Options { clock: story.clock.clone(), ..Options::default() }).await.unwrap());
        // Twelve awards of an hour by three members in one grid: five fit, two a member.
        let submissions = (0..12).map(|line| {
            let shift = by("capped", story.patrol_of(line % 3, &format!("shift {line}"), 60));
            let (story, other) = (&story, &other);
            async move {
                let request = story.request(story.staff(0), Some(&shift.deed.reference));
                if line % 2 == 0 { story.ledger.submit_award(&request, &shift).await } else { other.submit_award(&request, &shift).await }
            }
        });
        let outcomes = futures::future::join_all(submissions).await;
        let awards: Vec<AwardId> = outcomes.iter().flatten().map(award_of).collect();
        assert_eq!(awards.len(), 5, "{outcomes:?}");
        // One person approves three of them, whoever asks where.
        let approvals = awards.iter().enumerate().map(|(line, &award)| {
            let (story, other) = (&story, &other);
            async move {
                let request = story.request(story.staff(1), None);
                let ledger = if line % 2 == 0 { &story.ledger } else { other.as_ref() };
                ledger.execute(&request, Command::ApproveAward { award }).await
            }
        });
        let outcomes = futures::future::join_all(approvals).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 3, "{outcomes:?}");
        story.clean(&db).await;

        // Six days later the seven days are still the same; on the eighth they are others.
        story.later(6 * DAY);
        let full = story.award(&by("capped", story.patrol_of(0, "sixth", 120))).await;
        assert_eq!(code_of(full), "cap_reached");
        story.later(DAY);
        story.award(&by("capped", story.patrol_of(0, "eighth", 120))).await.unwrap();
        // A late deed would fill seven days that have begun since.
        let mut late = by("capped", story.patrol_of(0, "late", 60));
        late.deed.occurred_at = story.clock.now().plus_seconds(-2 * DAY);
        assert_eq!(code_of(story.award(&late).await), "cap_reached");
        Arc::into_inner(other).unwrap().close().await;
        story.clean(&db).await;
    }

    async fn a_bad_line_leaves_nothing_of_its_group(db: Database) {
        let story = Story::begin(&db).await;
        let groups = if tests::soak() { 300 } else { 20 };
        let mut expected = 0;
        for group in 0..groups {
            let bad = group % 2 == 1;
            let mut members = Vec::new();
            for line in 0..200 {
                let points = tests::story::points(if bad && line == 117 { -1 } else { 1 });
                let appropriate = Command::Appropriate { budget: story.service, points };
                members.push((CommandId::new(story.clock.now()), appropriate));
            }
            let outcome = story.execute(story.admin(), None, Command::Group(members)).await;
            assert_eq!(outcome.is_err(), bad);
            if bad {
                assert_eq!(code_of(outcome), "in_group");
            } else {
                expected += 20_000;
            }
        }
        assert_eq!(story.holds(Account::budget(story.service)).await, 1_000_000 + expected);
        story.clean(&db).await;
    }
}
