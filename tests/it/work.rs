//! Awards as work: public notice, objection, review, appeal; what waits for an approver; service records; reports.

mod desk;
mod records;
mod reports;

use std::sync::Arc;

use futures::future::join_all;
use ledger::accounts::Account;
use ledger::community::Actor;
use ledger::ids::{AwardId, random_bytes};
use ledger::machine::award::contest::Finding;
use ledger::machine::{Award, AwardState, Command, Reason};
use ledger::views::{Falling, NoticeFilter};
use ledger::{AwardRequest, Ledger};
use tests::backend::Database;
use tests::http::Answer;
use tests::on_both;
use tests::story::{DAY, Story, award_of, code_of};
use uuid::Uuid;

/// One person agrees and the public may object for a week.
const WEEK: &str = r#"
schema = "jifen/1"
name = "week"
title = "志愿服务（公示）"
on = "volunteer_service"
budget = "service"
zone = "Asia/Shanghai"
day_start = "04:00"
approval = "single"
notice = "7 days"

[[rule]]
name = "service"
title = "志愿服务"
points = { rate = 1, per = "minutes" }

[[test]]
name = "一小时六十分"
at = 2026-03-05T10:00:00
facts = { minutes = 60, beneficiary = "elderly" }
expect = { points = 60, approval = "single", notice = "7 days" }
"#;

async fn begin(db: &Database) -> Story {
    let story = Story::begin(db).await;
    story.enact("week", WEEK).await;
    story
}

fn by_week(award: AwardRequest) -> AwardRequest {
    AwardRequest {
        policy: Some("week".to_owned()),
        ..award
    }
}

/// Submitted by the first of the staff, approved by the second.
async fn on_notice(story: &Story, reference: &str) -> AwardId {
    let award = by_week(story.service_of(0, reference, 60));
    let request = story.request(story.staff(0), Some(&format!("week {reference}")));
    let award = award_of(&story.ledger.submit_award(&request, &award).await.unwrap());
    does(story, story.staff(1), Command::ApproveAward { award }).await;
    award
}

/// The deed of the first of several, once more.
async fn on_notice_again(story: &Story) -> AwardId {
    let award = by_week(story.service_of(0, "one", 60));
    let request = story.request(story.staff(0), Some("again"));
    award_of(&story.ledger.submit_award(&request, &award).await.unwrap())
}

async fn does(story: &Story, actor: Actor, command: Command) {
    story.execute(actor, None, command).await.unwrap();
}

async fn refused(story: &Story, actor: Actor, command: Command) -> String {
    code_of(story.execute(actor, None, command).await)
}

fn rider(story: &Story, member: usize) -> Actor {
    tests::people::rider(story.members[member])
}

const fn object(award: AwardId) -> Command {
    Command::ObjectAward {
        award,
        ground: Reason::Evidence,
        words: None,
    }
}

const fn review(award: AwardId, finding: Finding) -> Command {
    Command::ReviewObjection {
        award,
        upheld: finding.reason().is_some(),
        finding: Some(finding),
        words: None,
    }
}

const fn appeal(award: AwardId) -> Command {
    Command::AppealReview { award, words: None }
}

async fn found(story: &Story, award: AwardId) -> Award {
    let award = story.ledger.award(story.program, award).await.unwrap();
    award.unwrap()
}

/// Where the first member's points are, in hundredths: budget, pending, wallet.
async fn where_points_are(story: &Story) -> (i64, i64, i64) {
    let pending = Account::pending(story.members[0]);
    (
        story.holds(Account::budget(story.service)).await,
        story.holds(pending).await,
        story.available(0).await,
    )
}

async fn due(story: &Story, what: Falling) -> Vec<Uuid> {
    let now = story.clock.now();
    let due = story.ledger.due(story.program, what, now, None, 9).await;
    due.unwrap().into_iter().map(|due| due.id).collect()
}

const ALL: i64 = 1_000_000;

on_both! {
    /// Seen by the public without place or time, objected to, dismissed, appealed, dismissed by another, vested.
    async fn an_award_that_stands_goes_all_the_way(db: Database) {
        let story = begin(&db).await;
        let award = on_notice(&story, "visit").await;
        let filter = NoticeFilter { now: story.clock.now(), within: None, after: None, limit: 9 };
        let [notice] = &story.ledger.on_notice(story.program, &filter).await.unwrap()[..] else { panic!("one") };
        assert_eq!((notice.award, notice.title.as_str(), notice.points.hundredths()), (award, "志愿服务", 6_000));
        assert_eq!(story.ledger.noticed(story.program, notice.number(), story.clock.now()).await.unwrap(), Some(award));
        assert_eq!(story.ledger.noticed(story.program, award.0, story.clock.now()).await.unwrap(), None);

        does(&story, rider(&story, 1), object(award)).await;
        assert_eq!(refused(&story, rider(&story, 2), object(award)).await, "award_frozen");
        for involved in [story.staff(0), story.staff(1), rider(&story, 1), rider(&story, 0)] {
            assert_eq!(refused(&story, involved, review(award, Finding::AsClaimed)).await, "reviewer_involved");
        }
        does(&story, story.staff(2), review(award, Finding::AsClaimed)).await;
        assert_eq!(found(&story, award).await.state, AwardState::Pending);
        story.clean(&db).await;
        assert_eq!(refused(&story, rider(&story, 0), appeal(award)).await, "not_appellant");
        story.later(6 * DAY);
        does(&story, rider(&story, 1), appeal(award)).await;
        story.later(3 * DAY);
        assert_eq!(refused(&story, story.admin(), Command::VestAward { award }).await, "award_frozen");
        assert_eq!(refused(&story, story.staff(2), review(award, Finding::Unrelated)).await, "reviewer_involved");
        story.clean(&db).await;
        does(&story, story.staff(3), review(award, Finding::EvidenceSuffices)).await;
        assert_eq!(refused(&story, rider(&story, 1), appeal(award)).await, "already_appealed");
        assert_eq!(due(&story, Falling::Notices).await, [award.0]);
        does(&story, story.admin(), Command::VestAward { award }).await;
        assert_eq!(where_points_are(&story).await, (ALL - 6_000, 0, 6_000));
        let objection = found(&story, award).await.objection.unwrap();
        assert_eq!(objection.decision().unwrap().finding, Some(Finding::EvidenceSuffices));
        story.clean(&db).await;
    }

    /// What others said about an award of theirs is about them: it goes with them.
    async fn what_was_said_of_who_is_erased_is_gone(db: Database) {
        let story = begin(&db).await;
        let award = on_notice(&story, "visit").await;
        let spoken = async |actor: &Actor, words: &str| {
            let words = ledger::Upload::Text(words.to_owned());
            story.ledger.upload(story.program, actor, words).await.unwrap().id
        };
        let said = spoken(&rider(&story, 1), "那天我在，他没有来").await;
        let found = spoken(&story.staff(2), "签到表上有他").await;
        does(&story, rider(&story, 1), Command::ObjectAward { award, ground: Reason::Evidence, words: Some(said) }).await;
        let finding = Some(Finding::EvidenceSuffices);
        does(&story, story.staff(2), Command::ReviewObjection { award, upheld: false, finding, words: Some(found) }).await;
        let open = async |id| story.ledger.attachment(story.program, id).await.unwrap().unwrap().content;
        for id in [said, found] {
            assert!(open(id).await.is_some());
        }
        let erase = Command::ErasePersonal { member: story.members[0] };
        does(&story, story.admin(), erase).await;
        for id in [said, found] {
            assert_eq!(open(id).await, None);
        }
        story.clean(&db).await;
    }

    /// Upheld, it falls once: when nobody appeals, or when the appeal is decided; points go back to the budget once.
    async fn an_award_that_falls_gives_its_points_back_once(db: Database) {
        let story = begin(&db).await;
        let [quiet, appealed, saved] = [
            on_notice(&story, "one").await, on_notice(&story, "two").await, on_notice(&story, "three").await,
        ];
        for award in [quiet, appealed, saved] {
            does(&story, rider(&story, 1), object(award)).await;
            does(&story, story.staff(2), review(award, Finding::Duplicate)).await;
        }
        assert_eq!(where_points_are(&story).await, (ALL - 18_000, 18_000, 0));
        assert_eq!(refused(&story, rider(&story, 1), appeal(appealed)).await, "not_appellant");
        for award in [appealed, saved] {
            does(&story, rider(&story, 0), appeal(award)).await;
        }
        does(&story, story.staff(3), review(appealed, Finding::Evidence)).await;
        does(&story, story.staff(3), review(saved, Finding::AsClaimed)).await;
        assert_eq!(where_points_are(&story).await, (ALL - 12_000, 12_000, 0));
        assert_eq!(found(&story, appealed).await.reason, Some(Reason::Evidence));
        story.clean(&db).await;

        assert_eq!(due(&story, Falling::Settlements).await, Vec::<Uuid>::new());
        let settle = |award| Command::SettleObjection { award };
        assert_eq!(refused(&story, story.admin(), settle(quiet)).await, "nothing_due");
        story.later(7 * DAY);
        assert_eq!(due(&story, Falling::Settlements).await, [quiet.0]);
        assert_eq!(refused(&story, rider(&story, 0), appeal(quiet)).await, "appeal_over");
        does(&story, story.admin(), settle(quiet)).await;
        assert_eq!(refused(&story, story.admin(), settle(quiet)).await, "award_already_decided");
        let fallen = found(&story, quiet).await;
        assert_eq!((fallen.reason, fallen.decided_by), (Some(Reason::Duplicate), Some(story.staff(2).id)));
        does(&story, story.admin(), Command::VestAward { award: saved }).await;
        assert_eq!(where_points_are(&story).await, (ALL - 6_000, 0, 6_000));
        story.clean(&db).await;
        // The deed is free for another award.
        assert_ne!(on_notice_again(&story).await, quiet);
    }

    async fn what_nobody_decides_is_escalated_once_by_two_processes(db: Database) {
        let seed = random_bytes();
        Ledger::migrate(&db.url).await.unwrap();
        let first = Story::begin_as(&db, seed).await;
        first.enact("week", WEEK).await;
        let pair = [Arc::new(first), Arc::new(Story::join(&db, seed).await)];
        let award = on_notice(&pair[0], "visit").await;
        does(&pair[0], rider(&pair[0], 1), object(award)).await;
        for story in &pair {
            story.later(15 * DAY - 1);
        }
        assert_eq!(due(&pair[0], Falling::Escalations).await, Vec::<Uuid>::new());
        for story in &pair {
            story.later(1);
        }
        assert_eq!(due(&pair[1], Falling::Escalations).await, [award.0]);
        let tasks = (0..10).map(|index| {
            let story = Arc::clone(&pair[index % 2]);
            tokio::spawn(async move {
                story.execute(story.admin(), None, Command::EscalateObjection { award }).await
            })
        });
        let told = join_all(tasks).await.into_iter().filter(|answer| answer.as_ref().unwrap().is_ok());
        assert_eq!(told.count(), 1);
        let story = &pair[0];
        assert_eq!(due(story, Falling::Escalations).await, Vec::<Uuid>::new());
        let objection = found(story, award).await.objection.unwrap();
        assert_eq!(objection.overdue_since(), Some(story.clock.now()));
        let books = story.sound_books(&db).await;
        assert_eq!(books.events.iter().filter(|(_, kind)| kind == "award.escalate").count(), 1);
        story.clean(&db).await;
    }

    /// What a verified ledger says of a row that was tampered with.
    async fn a_frozen_award_without_an_objection_is_found(db: Database) {
        let story = begin(&db).await;
        let award = on_notice(&story, "visit").await;
        does(&story, rider(&story, 1), object(award)).await;
        let mut sql = tests::books::Sql::connect(&db.url).await;
        sql.run("UPDATE awards SET objection = NULL").await.unwrap();
        let report = story.ledger.verify(story.program, |_| {}).await.unwrap();
        let [problem] = &report.problems[..] else { panic!("{:?}", report.problems) };
        assert_eq!((problem.table, problem.row.as_str()), ("awards", award.to_string().as_str()));
    }
}

fn code(answer: Answer) -> String {
    assert!(answer.status >= 400, "{} {}", answer.status, answer.text);
    answer.body["code"].as_str().unwrap_or_default().to_owned()
}
