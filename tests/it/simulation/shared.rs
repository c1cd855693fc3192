//! Reports of one thing, replayed: which of them were is taken as it was, and when they were divided.

use ledger::clock::Timestamp;
use ledger::ids::AwardId;
use ledger::machine::{AwardState, Command, Reason};
use ledger::policy::Policy;
use ledger::simulation::{Period, Report};
use tests::backend::Database;
use tests::on_both;
use tests::story::{DAY, HOUR, points};

use super::people::{Chance, tried};
use super::waiting::let_in;
use super::{beginning, made_of, simulate};
use crate::duplicates::{HERE, REPORT, Street};

/// A week in which a member may earn so much, beside the caps there are.
fn weekly(source: &str, most: i64, over: &str) -> String {
    let cap = format!(
        "[[cap]]\nname = \"member-week\"\nper = \"member\"\nevery = \"week\"\npoints = {most}\nover = \"{over}\"\n\n[[test]]"
    );
    source.replacen("[[test]]", &cap, 1)
}

async fn between(street: &Street, source: &str, from: Timestamp, until: Timestamp) -> Report {
    let candidate = Policy::parse_unfiled(source).unwrap();
    let period = Period { from, until };
    let story = &street.story;
    let report = story
        .ledger
        .simulate(story.program, &candidate, period, None, |_| {});
    report.await.unwrap()
}

/// The version in force changes nothing, from whatever day on and up to whatever hour.
async fn is_unchanged(street: &Street, source: &str) -> Report {
    let end = street.story.clock.now();
    for from_day in [0, 60, 61, 63] {
        for until in [end.plus_seconds(-30 * HOUR), end.plus_seconds(HOUR)] {
            let from = beginning().plus_seconds(from_day * DAY);
            if from < until {
                let report = between(street, source, from, until).await;
                assert!(
                    report.is_unchanged(),
                    "from day {from_day} to {until}: {report:#?}"
                );
            }
        }
    }
    let report = simulate(&street.story, source, 0).await;
    let closing = report.holdings[0].simulated.closing;
    assert_eq!(closing.hundredths(), street.left().await);
    report
}

/// Whatever may happen to reports, at random; the awards that were made.
async fn happen(street: &Street, seed: u64, rounds: usize) -> Vec<AwardId> {
    let story = &street.story;
    let mut chance = Chance(seed);
    let mut made: Vec<AwardId> = Vec::new();
    for round in 0..rounds {
        story.later((chance.below(3) * chance.below(8 * HOUR as u64)) as i64);
        for line in 0..1 + chance.below(3) {
            let late = chance.below(2) * chance.below(DAY as u64);
            let at = story.clock.now().plus_seconds(-(late as i64));
            let place = (HERE.0 + 10_000 * chance.below(2) as i64, HERE.1);
            let rider = chance.below(street.riders.len() as u64) as usize;
            let report = street.report(rider, &format!("{round}-{line}"), place, at);
            made.extend(made_of(story.award(&report).await));
        }
        for _ in 0..6 {
            let Some(award) = made.len().checked_sub(1 + chance.below(12) as usize) else {
                continue;
            };
            let award = made[award];
            let reason = Reason::Duplicate;
            let (actor, command) = match chance.below(24) {
                0..12 => (1, Command::ApproveAward { award }),
                12 => (4, Command::RejectAward { award, reason }),
                13 => (0, Command::WithdrawAward { award }),
                14..17 => (4, Command::ReverseAward { award, reason }),
                _ => (9, Command::VestAward { award }),
            };
            tried(story, actor, command).await;
        }
        if chance.below(2) == 0 {
            let_in(story).await;
        }
    }
    story.later(2 * DAY);
    made
}

on_both! {
    async fn reports_are_divided_when_they_were(db: Database) {
        let street = Street::begin(&db, "share", 5).await;
        let story = &street.story;
        let source = REPORT.replace("REWARD", "share");
        // Three, of which one falls before they are divided.
        let a = street.submit(&street.here(0, "a")).await;
        story.later(HOUR);
        street.submit(&street.here(1, "b")).await;
        let c = street.submit(&street.here(2, "c")).await;
        let reject = Command::RejectAward { award: c, reason: Reason::Evidence };
        story.execute(story.staff(1), None, reject).await.unwrap();
        is_unchanged(&street, &source).await;
        // The day after, and before they are divided, the first member reports something else.
        story.later(23 * HOUR - 1);
        let other = (HERE.0 + 10_000, HERE.1);
        street.submit(&street.report(0, "d", other, story.clock.now())).await;
        story.later(1);
        street.vest_all().await;
        assert_eq!(street.standing(a).await, (AwardState::Vested, "3.00".to_owned()));
        // Three share 6, which is more than is left of that member's month, at another place, and it is reversed after that.
        story.later(HOUR);
        let third = (HERE.0 + 20_000, HERE.1);
        let e = street.submit(&street.report(0, "e", third, story.clock.now())).await;
        for (rider, reference) in [(3, "f"), (4, "g")] {
            street.submit(&street.report(rider, reference, third, story.clock.now())).await;
        }
        story.later(3 * DAY);
        street.vest_all().await;
        assert_eq!(street.standing(e).await, (AwardState::Vested, "2.00".to_owned()));
        let same = is_unchanged(&street, &source).await;
        assert_eq!((same.recorded.awards, same.recorded.points), (6, points(3 + 3 + 6 + 2 + 2 + 2)));
        let reverse = Command::ReverseAward { award: e, reason: Reason::NotAsClaimed };
        story.execute(story.staff(1), None, reverse).await.unwrap();
        let same = is_unchanged(&street, &source).await;
        assert_eq!((same.fallen, same.recorded.points), (2, points(16)));
        // Set aside whole: the second's of the first thing, the other thing's, and those of the last three; divided was but the first's.
        assert_eq!(same.holdings[0].simulated.lowest, points(10_000 - 3 - 6 - 6 - 18));

        // Ten a week: while the first report counted whole, the second of that member's did not fit, and would have once it was divided.
        let tight = simulate(story, &weekly(&source, 10, "reject"), 0).await;
        assert_eq!((tight.newly_refused, tight.refusals[0].code.as_str()), (1, "cap_reached"));
        assert_eq!(tight.simulated.points, points(16 - 6));
        let cut = simulate(story, &weekly(&source, 10, "clip"), 0).await;
        assert_eq!((cut.newly_refused, cut.simulated.points), (0, points(16 - 2)));
        // Twice as much for each is divided alike.
        let twice = simulate(story, &source.replace("low = 6", "low = 12").replace("points = 6", "points = 12"), 0).await;
        assert_eq!(twice.recorded.points, points(16));
        assert!(twice.simulated.points > points(16) && twice.newly_refused == 0, "{twice:#?}");
        street.story.ledger.close().await;
    }

    async fn where_the_first_is_rewarded_nothing_changes_either(db: Database) {
        let street = Street::begin(&db, "first", 3).await;
        let story = &street.story;
        let source = REPORT.replace("REWARD", "first");
        let a = street.submit(&street.here(0, "a")).await;
        assert!(story.award(&street.here(1, "b")).await.is_err());
        let reverse = Command::ReverseAward { award: a, reason: Reason::NotAsClaimed };
        story.execute(story.staff(1), None, reverse).await.unwrap();
        street.submit(&street.here(1, "b again")).await;
        story.later(2 * DAY);
        street.submit(&street.here(2, "c")).await;
        let same = is_unchanged(&street, &source).await;
        assert_eq!((same.recorded.awards, same.fallen, same.recorded.points), (2, 1, points(12)));
        street.story.ledger.close().await;
    }

    async fn whatever_happened_to_reports_the_record_comes_out(db: Database) {
        let rounds = if tests::soak() { 800 } else { 50 };
        for (reward, approval, over) in [("share", "none", "clip"), ("share", "single", "queue"), ("first", "single", "queue")] {
            let street = Street::begin(&db, reward, 4).await;
            let source = REPORT.replace("REWARD", reward).replace("approval = \"none\"", &format!("approval = \"{approval}\""));
            let source = weekly(&source, 20, over).replace("points = 15\n", "points = 150\n");
            let source = source.replace("points = 6 }", &format!("points = 6, approval = \"{approval}\" }}"));
            street.story.later(1);
            street.story.enact("report", &source).await;
            // No deed will be of before.
            street.story.later(2 * DAY);
            let made = happen(&street, 31, rounds).await;
            let mut states = std::collections::BTreeMap::new();
            for award in &made {
                *states.entry(street.standing(*award).await.0.name()).or_insert(0) += 1;
            }
            for state in ["vested", "rejected", "reversed"] {
                assert!(states.contains_key(state), "{reward} {approval}: {states:?}");
            }
            assert!(over == "queue" || !states.contains_key("queued"), "{states:?}");
            let same = is_unchanged(&street, &source).await;
            assert!(same.fallen > 0 && same.recorded.awards > 0);
            street.story.ledger.close().await;
        }
    }
}
