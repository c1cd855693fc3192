//! Two processes at every kind of cap at once.

use futures::future::join_all;
use ledger::ids::AwardId;
use ledger::machine::{Command, Outcome, Reason};
use ledger::{Ledger, Options};
use tests::backend::Database;
use tests::on_both;
use tests::story::Story;

use super::{Case, When};

/// How many at once, and how much each wants of a hundred points or of a count of two.
const CONTENDERS: usize = 8;
const MINUTES: i64 = 30;

/// What is granted together under each of the limits: three and a part of a fourth, three, two.
const TOGETHER: [i64; 3] = [100, 90, 60];

/// Every other one by the other process.
fn turn(pair: [&Ledger; 2], line: usize) -> &Ledger {
    pair[line % 2]
}

/// All contenders submit; what is granted to whom, in hundredths.
async fn submit(
    story: &Story,
    pair: [&Ledger; 2],
    case: &Case,
    round: usize,
) -> Vec<(AwardId, i64)> {
    let submissions = (0..CONTENDERS).map(|line| {
        let member = if case.subject == "member" {
            0
        } else {
            line % 3
        };
        let what = format!("{round} {line}");
        let deed = case.request(story, &what, (When::Inside, MINUTES), member, ["7", "7"]);
        async move {
            let request = story.request(story.staff(0), Some(&deed.deed.reference));
            turn(pair, line).submit_award(&request, &deed).await
        }
    });
    let granted = join_all(submissions)
        .await
        .into_iter()
        .flatten()
        .map(|receipt| {
            let Outcome::Award { award, points, .. } = receipt.outcome else {
                panic!()
            };
            (award, points.hundredths())
        });
    granted.collect()
}

/// One person approves all of them, as far as they may.
async fn approve(story: &Story, pair: [&Ledger; 2], awards: &[(AwardId, i64)]) -> i64 {
    let approvals = awards
        .iter()
        .enumerate()
        .map(|(line, &(award, points))| async move {
            let request = story.request(story.staff(1), None);
            let approved = turn(pair, line)
                .execute(&request, Command::ApproveAward { award })
                .await;
            if approved.is_ok() { points } else { 0 }
        });
    join_all(approvals).await.into_iter().sum()
}

async fn reject(story: &Story, pair: [&Ledger; 2], awards: &[(AwardId, i64)]) {
    let rejections = awards
        .iter()
        .enumerate()
        .map(|(line, &(award, _))| async move {
            let request = story.request(story.staff(9), None);
            let reject = Command::RejectAward {
                award,
                reason: Reason::Mistake,
            };
            turn(pair, line).execute(&request, reject).await.unwrap();
        });
    join_all(rejections).await;
}

on_both! {
    /// What is granted is all turned down again, at once as well, so that the next round finds the same room.
    async fn two_processes_pass_no_cap_of_any_kind(db: Database) {
        let story = Story::begin(&db).await;
        story.clock.set("2026-12-31T10:00:00+08:00".parse().unwrap());
        let options = Options { clock: story.clock.clone(), ..Options::default() };
        let other = Ledger::open(&db.url, options).await.unwrap();
        let pair = [&story.ledger, &other];
        let mut cases = Case::all();
        cases.retain(|case| case.window.zone == "Asia/Shanghai");
        if !tests::soak() {
            // What begins on another day is raced no differently.
            cases.retain(|case| !matches!(case.window.every, "week" | "month" | "quarter"));
        }
        let policies: Vec<(&str, String)> = cases.iter().map(|case| (case.name.as_str(), case.policy())).collect();
        join_all(policies.iter().map(|(name, source)| story.enact(name, source))).await;
        story.later(400 * tests::story::DAY);
        let rounds = if tests::soak() { 12 } else { 1 };
        for case in &cases {
            for round in 0..rounds {
                let awards = submit(&story, pair, case, round).await;
                let together: i64 = if case.subject == "approver" {
                    assert_eq!(awards.len(), CONTENDERS);
                    approve(&story, pair, &awards).await
                } else {
                    awards.iter().map(|(_, points)| points).sum()
                };
                assert_eq!(together, TOGETHER[case.limit] * 100, "{}, round {round}", case.label());
                reject(&story, pair, &awards).await;
            }
        }
        other.close().await;
        story.clean(&db).await;
    }
}
