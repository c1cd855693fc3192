//! What people did while the record was made, and what budgets held: replayed as it was.

use futures::future::join_all;
use ledger::accounts::Account;
use ledger::ids::AwardId;
use ledger::machine::{AwardState, Command, Reason};
use ledger::simulation::{Period, Report};
use ledger::{AwardRequest, SimulateError, WriteError};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HOUR, Story, award_of, deed, points};

use super::{LOOSE, Step, appropriate, beginning, live, made_of, simulate, standing, steps, walk};

/// Everything an award can go through, and caps on everybody.
const FULL: &str = r#"
schema = "jifen/1"
name = "full"
title = "巡走"
on = "patrol_shift"
budget = "patrol"
zone = "Asia/Shanghai"
day_start = "04:00"
notice = "48 hours"

[[approval]]
tier = "single"

[[approval]]
tier = "two_person"
points_at_least = 60

[[rule]]
name = "walk"
title = "巡走"
when = { fact = "minutes", at_least = 10 }
points = { rate = 0.5, per = "minutes" }

[[cap]]
name = "member-rolling"
per = "member"
every = "rolling 3 days"
points = 250
over = "clip"

[[cap]]
name = "grid-week"
per = "grid"
every = "week"
points = 1800
over = "clip"

[[cap]]
name = "approver-rolling"
per = "approver"
every = "rolling 2 days"
points = 400
over = "reject"

[[cap]]
name = "approver-day"
per = "approver"
every = "day"
count = 4
over = "reject"

[[test]]
name = "一小时"
at = 2026-03-05T10:00:00
facts = { minutes = 60, grid = "G-7" }
expect = { points = 30, approval = "single", notice = "48 hours" }
"#;

/// Numbers below a limit, the same for the same seed.
pub(super) struct Chance(pub u64);

impl Chance {
    pub(super) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// Tries something; that it is refused is part of the story.
pub(super) async fn tried(story: &Story, actor: u8, command: Command) {
    let answer = story.execute(story.staff(actor), None, command).await;
    assert!(
        matches!(answer, Ok(_) | Err(WriteError::Rejected(_))),
        "{answer:?}"
    );
}

/// Whatever may happen to awards, at random; the awards that were made.
async fn happen(story: &Story, seed: u64, rounds: usize) -> Vec<AwardId> {
    let mut chance = Chance(seed);
    let mut made: Vec<AwardId> = Vec::new();
    for round in 0..rounds {
        // Now and then nothing passes between one thing and the next.
        let seconds = chance.below(4) * chance.below(4 * HOUR as u64);
        story.later(seconds as i64);
        let requests: Vec<AwardRequest> = (0..1 + chance.below(3))
            .map(|line| {
                let late = chance.below(3) * chance.below(2 * DAY as u64);
                let at = story.clock.now().plus_seconds(-(late as i64));
                let minutes = 10 + chance.below(200) as i64;
                AwardRequest {
                    member: story.members[chance.below(3) as usize],
                    deed: deed("patrol_shift", &format!("{round}-{line}"), at, minutes),
                    policy: Some("full".to_owned()),
                    position: None,
                }
            })
            .collect();
        let answers = join_all(requests.iter().map(|request| story.award(request))).await;
        made.extend(answers.into_iter().filter_map(made_of));
        for _ in 0..6 {
            let recent = made.len().saturating_sub(40) as u64;
            let award = made[(recent + chance.below(made.len() as u64 - recent)) as usize];
            let reason = Reason::Evidence;
            let (actor, command) = match chance.below(24) {
                0..12 => (1 + chance.below(3) as u8, Command::ApproveAward { award }),
                12..18 => (9, Command::VestAward { award }),
                18 => (4, Command::RejectAward { award, reason }),
                19 => (0, Command::WithdrawAward { award }),
                20 => (
                    5,
                    Command::ObjectAward {
                        award,
                        ground: reason,
                        words: None,
                    },
                ),
                21 => (
                    6,
                    Command::ReviewObjection {
                        award,
                        upheld: chance.below(2) == 0,
                        finding: None,
                        words: None,
                    },
                ),
                _ => (4, Command::ReverseAward { award, reason }),
            };
            tried(story, actor, command).await;
        }
        match chance.below(8) {
            0 => appropriate(story, 400).await,
            1 => {
                let back = Command::ReturnBudget {
                    budget: story.patrol,
                    points: points(20),
                };
                tried(story, 9, back).await;
            }
            2 => {
                // Another policy on the same budget.
                let shift = story.patrol_of(1, &format!("other {round}"), 30);
                let shift = AwardRequest {
                    policy: Some("patrol".to_owned()),
                    ..shift
                };
                if let Some(award) = made_of(story.award(&shift).await) {
                    tried(story, 1, Command::ApproveAward { award }).await;
                }
            }
            3 => {
                let _ = story.spend(chance.below(3) as usize, 0, 20, true).await;
            }
            _ => {}
        }
    }
    made
}

async fn leave_in_budget(story: &Story, whole: i64) {
    let back = Command::ReturnBudget {
        budget: story.patrol,
        points: points(10_000 - whole),
    };
    story.execute(story.admin(), None, back).await.unwrap();
}

async fn states(story: &Story, made: &[AwardId]) -> Vec<AwardState> {
    let mut states = Vec::new();
    for award in made {
        states.push(story.state_of(*award).await);
    }
    states
}

async fn submit(
    story: &Story,
    policy: &str,
    member: usize,
    reference: &str,
    minutes: i64,
) -> AwardId {
    let shift = story.patrol_of(member, reference, minutes);
    let shift = AwardRequest {
        policy: Some(policy.to_owned()),
        ..shift
    };
    award_of(&story.award(&shift).await.unwrap())
}

async fn approve(story: &Story, by: u8, award: AwardId) {
    let approve = Command::ApproveAward { award };
    story.execute(story.staff(by), None, approve).await.unwrap();
}

fn unapproved(report: &Report) -> [(u64, i64); 2] {
    [report.unapproved.recorded, report.unapproved.simulated]
        .map(|sum| (sum.awards, sum.points.hundredths() / 100))
}

on_both! {
    async fn the_version_in_force_gives_the_record_whatever_happened(db: Database) {
        let story = Story::begin(&db).await;
        leave_in_budget(&story, 300).await;
        story.enact("full", FULL).await;
        story.later(5 * DAY);
        let rounds = if tests::soak() { 2_000 } else { 90 };
        let made = happen(&story, 11, rounds).await;
        let states = states(&story, &made).await;
        for state in AwardState::ALL.into_iter().filter(|state| *state != AwardState::Queued) {
            assert!(states.contains(&state), "nothing is {state} of {}", made.len());
        }
        for from_day in [0, 6, 13] {
            let report = simulate(&story, FULL, from_day).await;
            assert!(report.is_unchanged(), "from day {from_day}: {report:#?}");
            assert!(report.unapproved.recorded.awards > 0 && report.fallen > 0);
            let holding = &report.holdings[0].recorded;
            assert_eq!(holding.closing.hundredths(), story.holds(Account::budget(story.patrol)).await);
        }
        // Two who turn out to be one found what they had used each for themselves.
        let (from, into) = (story.members[2], story.members[1]);
        story.execute(story.admin(), None, Command::MergeMembers { from, into }).await.unwrap();
        let report = simulate(&story, FULL, 6).await;
        assert!(report.is_unchanged(), "{report:#?}");
        story.ledger.close().await;
    }

    /// The candidate, under which nobody has to approve and awards are thrice as large, is in force in another programme.
    async fn a_budget_runs_out_as_it_would_have(db: Database) {
        let here = Story::begin(&db).await;
        let there = Story::begin_as(&db, ledger::ids::random_bytes()).await;
        let candidate = walk("walk", "none", 21, 1, LOOSE);
        here.enact("walk", &walk("walk", "single", 7, 1, LOOSE)).await;
        there.enact("walk", &candidate).await;
        let mut steps = steps(5, 120, 1);
        for place in [120, 180] {
            let wait = Step::Wait { seconds: 1 };
            let some = Step::Appropriate { whole: 2_000 };
            steps.splice(place..place, [wait.clone(), some, wait]);
        }
        let mut kept = Vec::new();
        for story in [&here, &there] {
            leave_in_budget(story, 4_000).await;
            let made = live(story, "walk", &steps).await;
            kept.push((standing(story, &made).await, made.iter().flatten().count()));
        }
        let (was, is) = (&kept[0], &kept[1]);
        assert!(was.1 == 120 && is.1 < 120, "{} and {}", was.1, is.1);

        let report = simulate(&here, &candidate, 0).await;
        let holding = &report.holdings[0];
        assert_eq!(holding.simulated.closing.hundredths(), there.holds(Account::budget(there.patrol)).await);
        assert_eq!(holding.recorded.closing.hundredths(), here.holds(Account::budget(here.patrol)).await);
        assert!(holding.simulated.ran_out_on.is_some() && holding.recorded.ran_out_on.is_none());
        assert!(!holding.simulated.lowest.is_negative());
        assert_eq!(report.simulated.points.hundredths(), is.0.values().sum::<i64>());
        let refusal = &report.refusals[0];
        assert_eq!((refusal.code.as_str(), report.refusals.len()), ("budget_exhausted", 1));
        assert!(refusal.recorded.awards > 0 && report.newly_refused == refusal.recorded.awards);
        let months: i64 = report.budgets.iter().map(|line| line.appropriated.hundredths() - line.simulated.hundredths()).sum();
        assert_eq!(months, holding.simulated.closing.hundredths());
        here.ledger.close().await;
        there.ledger.close().await;
    }

    async fn who_approved_approves_again_and_nobody_else_does(db: Database) {
        let story = Story::begin(&db).await;
        story.enact("walk", &walk("walk", "two_person", 10, 1, LOOSE)).await;
        // Approved by two; by one and not yet by another; by nobody; rejected; each of its own day.
        let mut awards = Vec::new();
        for (number, minutes) in [10, 20, 40, 80].into_iter().enumerate() {
            story.later(DAY);
            awards.push(submit(&story, "walk", 0, &format!("walk {number}"), minutes).await);
            story.later(HOUR);
            if number < 2 {
                approve(&story, 1, awards[number]).await;
            }
        }
        story.later(HOUR);
        approve(&story, 2, awards[0]).await;
        let reject = Command::RejectAward { award: awards[3], reason: Reason::Evidence };
        story.execute(story.staff(1), None, reject).await.unwrap();
        let held = |report: &Report| report.holdings[0].simulated.closing.hundredths() / 100;

        let same = simulate(&story, &walk("walk", "two_person", 10, 1, LOOSE), 0).await;
        assert!(same.is_unchanged(), "{same:#?}");
        assert_eq!((unapproved(&same), held(&same)), ([(2, 60), (2, 60)], 9_990));
        let one = simulate(&story, &walk("walk", "single", 10, 1, LOOSE), 0).await;
        assert_eq!((unapproved(&one), held(&one)), ([(2, 60), (1, 40)], 9_970));
        assert_eq!((one.simulated, one.fallen, one.approvals.second_dropped), (one.recorded, 1, 3));
        let nobody = simulate(&story, &walk("walk", "none", 10, 1, LOOSE), 0).await;
        assert_eq!((unapproved(&nobody), held(&nobody)), ([(2, 60), (0, 0)], 9_930));
        // What was rejected was paid out for two hours, and came back.
        assert_eq!(nobody.holdings[0].simulated.lowest, points(9_850));

        // One approval a person in three days: the first's second does not fit.
        let capped = LOOSE.to_owned() + "\n[[cap]]\nname = \"approver\"\nper = \"approver\"\nevery = \"rolling 3 days\"\ncount = 1\nover = \"reject\"\n";
        let one = simulate(&story, &walk("walk", "single", 10, 1, &capped), 0).await;
        assert_eq!((unapproved(&one), held(&one)), ([(2, 60), (2, 60)], 9_990));
        let line = one.caps.iter().find(|line| line.cap == "walk/approver").unwrap();
        assert_eq!((line.refused, one.newly_refused), (1, 0));

        // On notice for a week, the last of them when the period ends.
        let notice = walk("walk", "none", 10, 1, LOOSE).replace("approval = \"none\"", "notice = \"7 days\"");
        let period = Period { from: beginning(), until: awards_end(&story) };
        let candidate = ledger::policy::Policy::parse_unfiled(&notice).unwrap();
        let report = story.ledger.simulate(story.program, &candidate, period, None, |_| {}).await.unwrap();
        assert_eq!((report.on_notice.recorded.awards, report.on_notice.simulated.awards), (0, 3));
        assert_eq!(report.on_notice.simulated.points, points(70));
        let few = story.ledger.simulate(story.program, &candidate, period, Some(3), |_| {}).await;
        assert!(matches!(few, Err(SimulateError::TooMany { most: 3 })), "{few:?}");
        story.ledger.close().await;
    }
}

fn awards_end(story: &Story) -> ledger::clock::Timestamp {
    story.clock.now().plus_seconds(1)
}
