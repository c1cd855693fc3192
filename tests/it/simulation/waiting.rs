//! Awards that waited for room, replayed: let in when they were, in the windows in which they were.

use std::collections::BTreeSet;

use futures::future::join_all;
use ledger::ids::AwardId;
use ledger::machine::{Award, AwardState, Command, Reason};
use ledger::simulation::Period;
use ledger::{AwardRequest, WriteError};
use tests::backend::Database;
use tests::on_both;
use tests::policies::patrol;
use tests::story::{DAY, HOUR, Story, award_of, deed, points};

use super::people::{Chance, tried};
use super::{LOOSE, appropriate, beginning, made_of, simulate, walk};

/// Caps that queue, beside one that rejects and one that cuts.
pub(super) const WAITS: &str = r#"
[expiry]
after = "4 days"

[[cap]]
name = "member-day"
per = "member"
every = "day"
points = 60
over = "queue"

[[cap]]
name = "grid-rolling"
per = "grid"
every = "rolling 2 days"
count = 9
over = "queue"

[[cap]]
name = "budget-week"
per = "budget"
every = "week"
points = 900
over = "reject"

[[cap]]
name = "member-week"
per = "member"
every = "week"
points = 350
over = "clip"
"#;

/// What the job does; one or another may be refused.
pub(super) async fn let_in(story: &Story) {
    for admission in story.room().await {
        let command = Command::AdmitAward(Box::new(admission));
        let answer = story.execute(story.admin(), None, command).await;
        assert!(
            matches!(answer, Ok(_) | Err(WriteError::Rejected(_))),
            "{answer:?}"
        );
    }
}

pub(super) async fn submit(story: &Story, policy: &str, reference: &str, minutes: i64) -> AwardId {
    let shift = AwardRequest {
        policy: Some(policy.to_owned()),
        ..story.patrol_of(0, reference, minutes)
    };
    award_of(&story.award(&shift).await.unwrap())
}

/// Whatever may happen to awards that wait, at random; the awards that were made. In one round of four the budget is given so much more.
pub(super) async fn happen(story: &Story, seed: u64, rounds: usize, more: i64) -> Vec<AwardId> {
    let mut chance = Chance(seed);
    let mut made: Vec<AwardId> = Vec::new();
    for round in 0..rounds {
        // Now and then nothing passes between one thing and the next.
        story.later((chance.below(3) * chance.below(6 * HOUR as u64)) as i64);
        let requests: Vec<AwardRequest> = (0..1 + chance.below(3))
            .map(|line| {
                let late = chance.below(3) * chance.below(DAY as u64);
                let at = story.clock.now().plus_seconds(-(late as i64));
                let minutes = 5 + chance.below(50) as i64;
                AwardRequest {
                    member: story.members[chance.below(3) as usize],
                    deed: deed("patrol_shift", &format!("{round}-{line}"), at, minutes),
                    policy: Some("waits".to_owned()),
                    position: None,
                }
            })
            .collect();
        let answers = join_all(requests.iter().map(|request| story.award(request))).await;
        made.extend(answers.into_iter().filter_map(made_of));
        for _ in 0..4 {
            let recent = made.len().saturating_sub(15) as u64;
            let award = made[(recent + chance.below(made.len() as u64 - recent)) as usize];
            let reason = Reason::Evidence;
            let (actor, command) = match chance.below(10) {
                0..5 => (1, Command::ApproveAward { award }),
                5 => (4, Command::RejectAward { award, reason }),
                6 => (0, Command::WithdrawAward { award }),
                7..9 => (4, Command::ReverseAward { award, reason }),
                _ => continue,
            };
            tried(story, actor, command).await;
        }
        if more > 0 && chance.below(4) == 0 {
            appropriate(story, more).await;
        }
        // The job runs often, and after a while in which it did not.
        if chance.below(3) > 0 {
            let_in(story).await;
        }
    }
    made
}

/// What became of an award that waited.
fn fate(award: &Award) -> Option<&'static str> {
    let wait = award.trace.wait.as_ref()?;
    Some(match (award.state, wait.let_in_at, award.reason) {
        (AwardState::Queued, _, _) => "waits",
        (_, Some(_), _) if wait.counted_at.is_some() => "let in when a window began",
        (_, Some(_), _) => "let in when something was given back",
        (_, None, Some(Reason::Withdrawn)) => "withdrawn",
        (_, None, Some(Reason::Expired)) => "expired",
        (_, None, _) => "rejected",
    })
}

async fn the_record(db: &Database, approval: &str, rounds: usize) {
    let story = Story::begin(db).await;
    let source = patrol("waits", approval, WAITS);
    story.enact("waits", &source).await;
    story.later(5 * DAY);
    let made = happen(&story, 23, rounds, 0).await;
    let mut fates = BTreeSet::new();
    for id in &made {
        fates.extend(fate(&story.recorded(*id).await));
    }
    assert_eq!(fates.len(), 6, "of {}: {fates:?}", made.len());
    for from_day in [0, 6, 9] {
        let report = simulate(&story, &source, from_day).await;
        assert!(report.is_unchanged(), "from day {from_day}: {report:#?}");
        assert_eq!((report.newly_waiting, report.newly_awarded), (0, 0));
        assert!(report.recorded.awards > 0 && report.fallen > 0);
    }
    // Whatever was let in is on record with its moment.
    story.clean(db).await;
    story.ledger.close().await;
}

on_both! {
    async fn the_version_in_force_lets_in_whom_it_let_in(db: Database) {
        let rounds = if tests::soak() { 1_500 } else { 90 };
        the_record(&db, "none", rounds).await;
        the_record(&db, "single", rounds).await;
    }

    async fn who_would_wait_waits_until_there_is_room(db: Database) {
        let story = Story::begin(&db).await;
        story.enact("walk", &walk("walk", "none", 10, 1, LOOSE)).await;
        for (reference, minutes) in [("a", 100), ("b", 70), ("c", 10)] {
            submit(&story, "walk", reference, minutes).await;
            story.later(60);
        }
        let queue = walk("walk", "none", 10, 1, &LOOSE.replace("100000", "150").replace("clip", "queue"));
        let candidate = ledger::policy::Policy::parse_unfiled(&queue).unwrap();
        let period = Period { from: beginning(), until: beginning().plus_seconds(10 * HOUR) };
        let report = story.ledger.simulate(story.program, &candidate, period, None, |_| {}).await.unwrap();
        // 70 wait beside 100; the 10 after them fit.
        assert_eq!((report.newly_waiting, report.newly_refused, report.changed), (1, 0, 1));
        assert_eq!((report.recorded.points, report.simulated.points), (points(180), points(110)));
        assert_eq!(report.holdings[0].simulated.closing, points(10_000 - 110));
        // The next day there is room for them.
        let report = simulate(&story, &queue, 0).await;
        assert_eq!((report.newly_waiting, report.changed), (0, 0));
        assert_eq!(report.simulated.points, points(180));
        assert_eq!(report.holdings[0].simulated.closing, points(10_000 - 180));
        story.ledger.close().await;
    }

    async fn who_waited_and_now_fits_is_granted_at_once(db: Database) {
        let story = Story::begin(&db).await;
        let queue = |most: &str, approval: &str| walk("walk", approval, 10, 1, &LOOSE.replace("100000", most).replace("clip", "queue"));
        story.enact("walk", &queue("100", "none")).await;
        submit(&story, "walk", "a", 80).await;
        let waited = submit(&story, "walk", "b", 60).await;
        story.later(DAY);
        let_in(&story).await;
        assert_eq!(story.state_of(waited).await, AwardState::Vested);
        submit(&story, "walk", "c", 40).await;
        let waits = submit(&story, "walk", "d", 50).await;
        assert_eq!(story.state_of(waits).await, AwardState::Queued);

        let same = simulate(&story, &queue("100", "none"), 0).await;
        assert!(same.is_unchanged(), "{same:#?}");
        assert_eq!((same.recorded.awards, same.recorded.points), (4, points(180)));
        let wide = simulate(&story, &queue("200", "none"), 0).await;
        assert_eq!((wide.newly_awarded, wide.changed, wide.simulated.points), (1, 1, points(230)));
        assert_eq!(wide.holdings[0].simulated.closing, points(10_000 - 230));
        // On the first day 60 more were drawn than on record, and on the second as many fewer.
        assert_eq!(wide.holdings[0].simulated.lowest, points(10_000 - 230));
        let asked = simulate(&story, &queue("100", "single"), 0).await;
        assert_eq!((asked.unapproved.simulated.awards, asked.newly_waiting), (3, 0));
        // The first never fits, so that the second does at once.
        let tight = simulate(&story, &queue("70", "none"), 0).await;
        assert_eq!((tight.newly_refused, tight.simulated.points), (1, points(60 + 40)));
        story.ledger.close().await;
    }
}
