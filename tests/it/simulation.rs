//! What a simulation says is what would have happened.

mod people;
mod shared;
mod unfunded;
mod waiting;

use std::collections::BTreeMap;

use futures::future::join_all;
use ledger::clock::Timestamp;
use ledger::ids::{AwardId, MemberId};
use ledger::machine::{AwardState, Command, Outcome, Reason, Receipt};
use ledger::policy::Policy;
use ledger::simulation::{Period, Report, Sum};
use ledger::{AwardRequest, ExecuteError, SimulateError, WriteError};
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::Client;
use tests::on_both;
use tests::server::{Server, jifen};
use tests::story::{BEGINNING, DAY, HOUR, Story, award_of, deed, points};

/// So many tenths of a point a minute, from so many minutes on, under these caps.
fn walk(name: &str, approval: &str, tenths: i64, least: i64, caps: &str) -> String {
    let (rate, two_hours) = (format!("{}.{}", tenths / 10, tenths % 10), tenths * 12);
    format!(
        r#"
schema = "jifen/1"
name = "{name}"
title = "巡走"
on = "patrol_shift"
budget = "patrol"
zone = "Asia/Shanghai"
day_start = "04:00"
effective = {{ from = 2026-03-01 }}
approval = "{approval}"

[expiry]
after = "200 days"

[[rule]]
name = "long"
title = "长时巡走"
when = {{ fact = "minutes", at_least = 120 }}
points = {{ rate = {rate}, per = "minutes" }}

[[rule]]
name = "walk"
title = "巡走"
when = {{ fact = "minutes", at_least = {least} }}
points = {{ rate = {rate}, per = "minutes" }}
{caps}
[[test]]
name = "两小时"
at = 2026-03-05T10:00:00
facts = {{ minutes = 120, grid = "G-7" }}
expect = {{ points = {two_hours} }}
"#
    )
}

const LOOSE: &str = r#"
[[cap]]
name = "member-day"
per = "member"
every = "day"
points = 100000
over = "clip"
"#;

const TIGHT: &str = r#"
[[cap]]
name = "member-day"
per = "member"
every = "day"
points = 150
over = "clip"

[[cap]]
name = "member-week"
per = "member"
every = "week"
rules = ["walk"]
count = 6
over = "reject"

[[cap]]
name = "budget-month"
per = "budget"
every = "month"
points = 9000
over = "clip"
"#;

/// What somebody does next.
#[derive(Clone, Debug)]
enum Step {
    Wait {
        seconds: i64,
    },
    /// So many deeds at once, each of a member, that began so long ago and lasted so many minutes.
    Submit {
        deeds: Vec<(usize, i64, i64)>,
    },
    /// The award of that submission is approved, or else rejected or reversed.
    Decide {
        which: usize,
        approve: bool,
    },
    /// So many points are put into the budget.
    Appropriate {
        whole: i64,
    },
}

/// The same for the same seed: so many submissions, so many of them at once.
fn steps(seed: u64, submissions: usize, at_once: usize) -> Vec<Step> {
    let mut state = seed;
    let mut below = move |limit: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % limit
    };
    let mut steps = vec![Step::Wait { seconds: 5 * DAY }];
    let mut submitted = 0;
    while submitted < submissions {
        let mut deed = || {
            let late = if below(4) == 0 { below(72) as i64 } else { 0 };
            (below(3) as usize, late * HOUR, 1 + below(180) as i64)
        };
        let deeds = (0..at_once).map(|_| deed()).collect();
        steps.push(Step::Submit { deeds });
        submitted += at_once;
        steps.push(Step::Wait {
            seconds: 1 + below(12 * HOUR as u64) as i64,
        });
        if below(2) == 0 {
            let which = below(submitted as u64) as usize;
            let approve = below(3) > 0;
            steps.push(Step::Decide { which, approve });
            steps.push(Step::Wait { seconds: 1 });
        }
    }
    steps
}

/// The awards made, in the order of submissions; `None` where the policy or a cap left nothing.
async fn live(story: &Story, policy: &str, steps: &[Step]) -> Vec<Option<AwardId>> {
    let mut made: Vec<Option<AwardId>> = Vec::new();
    for step in steps {
        match step {
            Step::Wait { seconds } => story.later(*seconds),
            Step::Submit { deeds } => {
                let requests: Vec<AwardRequest> = (made.len()..)
                    .zip(deeds)
                    .map(|(index, deed)| request(story, policy, index, *deed))
                    .collect();
                let answers = join_all(requests.iter().map(|request| story.award(request))).await;
                made.extend(answers.into_iter().map(made_of));
            }
            Step::Decide { which, approve } => {
                if let Some(award) = made[*which] {
                    decide(story, award, *approve).await;
                }
            }
            Step::Appropriate { whole } => appropriate(story, *whole).await,
        }
    }
    made
}

fn request(
    story: &Story,
    policy: &str,
    index: usize,
    (member, ago, minutes): (usize, i64, i64),
) -> AwardRequest {
    let occurred_at = story.clock.now().plus_seconds(-ago);
    AwardRequest {
        member: story.members[member],
        deed: deed(
            "patrol_shift",
            &format!("{policy}-{index}"),
            occurred_at,
            minutes,
        ),
        policy: Some(policy.to_owned()),
        position: None,
    }
}

fn made_of(answer: Result<Receipt, ExecuteError>) -> Option<AwardId> {
    match answer {
        Ok(receipt) => Some(award_of(&receipt)),
        Err(ExecuteError::Refused { .. } | ExecuteError::Write(WriteError::Rejected(_))) => None,
        Err(other) => panic!("{other:?}"),
    }
}

/// Approves what waits; rejects or reverses; leaves alone what has fallen.
async fn decide(story: &Story, award: AwardId, approve: bool) {
    let found = story
        .ledger
        .award(story.program, award)
        .await
        .unwrap()
        .unwrap();
    let reason = Reason::NotAsClaimed;
    let command = match (found.state, approve) {
        (AwardState::Submitted, true) => Command::ApproveAward { award },
        (AwardState::Submitted, false) => Command::RejectAward { award, reason },
        (AwardState::Vested, false) => Command::ReverseAward { award, reason },
        _ => return,
    };
    story.execute(story.staff(1), None, command).await.unwrap();
}

/// What stands of each member's awards, in hundredths.
async fn standing(story: &Story, made: &[Option<AwardId>]) -> BTreeMap<MemberId, i64> {
    let mut sums: BTreeMap<MemberId, i64> =
        story.members.iter().map(|member| (*member, 0)).collect();
    for award in made.iter().flatten() {
        let found = story
            .ledger
            .award(story.program, *award)
            .await
            .unwrap()
            .unwrap();
        if found.state.is_live() {
            *sums.entry(found.member).or_default() += found.points.hundredths();
        }
    }
    sums
}

fn beginning() -> Timestamp {
    BEGINNING.parse().unwrap()
}

/// Much more than the steps can award.
async fn fund(story: &Story) {
    appropriate(story, 100_000).await;
}

async fn appropriate(story: &Story, whole: i64) {
    let (budget, points) = (story.patrol, points(whole));
    let command = Command::Appropriate { budget, points };
    story.execute(story.admin(), None, command).await.unwrap();
}

async fn simulate(story: &Story, source: &str, from_day: i64) -> Report {
    let candidate = Policy::parse_unfiled(source).unwrap();
    let period = Period {
        from: beginning().plus_seconds(from_day * DAY),
        until: beginning().plus_seconds(400 * DAY),
    };
    let mut last = None;
    let report = story
        .ledger
        .simulate(story.program, &candidate, period, None, |done| {
            last = Some(done)
        });
    let report = report.await.unwrap();
    let last = last.unwrap();
    assert_eq!(last.done, last.of);
    report
}

fn total(report: &Report, of: fn(&Report) -> Sum) -> i64 {
    of(report).points.hundredths()
}

on_both! {
    async fn the_version_in_force_gives_exactly_what_is_on_record(db: Database) {
        let story = Story::begin(&db).await;
        fund(&story).await;
        for (index, approval) in ["none", "single"].into_iter().enumerate() {
            let name = format!("walk-{approval}");
            let source = walk(&name, approval, 7, 20, TIGHT);
            story.enact(&name, &source).await;
            let made = live(&story, &name, &steps(7 + index as u64, 399, 3)).await;
            let awarded = made.iter().flatten().count();
            assert!((100..399).contains(&awarded), "{awarded} awards are no trial");
            for from_day in [0, 9, 20] {
                let report = simulate(&story, &source, from_day).await;
                assert!(report.is_unchanged(), "from day {from_day}: {report:#?}");
                assert!(report.recorded.awards > 0 && report.fallen > 0);
                assert!(report.caps.iter().any(|cap| cap.recorded.clipped > 0));
            }
            let whole = simulate(&story, &source, 0).await;
            let standing: i64 = standing(&story, &made).await.values().sum();
            assert_eq!(total(&whole, |report| report.recorded), standing);
            assert_eq!(whole.recorded.awards + whole.fallen, awarded as u64);
        }
        story.ledger.close().await;
    }

    /// The candidate is in force in another programme, where the same people do the same at the same time.
    async fn a_simulation_is_what_would_have_happened(db: Database) {
        let here = Story::begin(&db).await;
        fund(&here).await;
        here.enact("walk", &walk("walk", "none", 10, 1, LOOSE)).await;
        let candidate = walk("walk", "single", 9, 30, TIGHT);
        let steps = steps(42, 150, 1);
        let recorded = live(&here, "walk", &steps).await;
        assert!(recorded.iter().all(Option::is_some), "history refused nothing");

        let there = Story::begin_as(&db, ledger::ids::random_bytes()).await;
        fund(&there).await;
        there.enact("walk", &candidate).await;
        let made = live(&there, "walk", &steps).await;
        assert!(made.iter().any(Option::is_none), "the candidate refuses something");

        let report = simulate(&here, &candidate, 0).await;
        let was = standing(&here, &recorded).await;
        let is = standing(&there, &made).await;
        let differences: BTreeMap<MemberId, (i64, i64)> = report.gainers.iter().chain(&report.losers)
            .map(|line| (line.member, (line.recorded.hundredths(), line.simulated.hundredths()))).collect();
        let expected: BTreeMap<MemberId, (i64, i64)> = here.members.iter().zip(&there.members)
            .map(|(here, there)| (*here, (was[here], is[there]))).collect();
        assert_eq!(differences, expected);
        assert_eq!(total(&report, |report| report.recorded), was.values().sum::<i64>());
        assert_eq!(total(&report, |report| report.simulated), is.values().sum::<i64>());
        assert_eq!(report.approvals.newly_needed, report.simulated.awards);
        let refused: u64 = report.refusals.iter().map(|line| line.recorded.awards).sum();
        assert_eq!(refused, report.newly_refused);
        let codes: Vec<&str> = report.refusals.iter().map(|line| line.code.as_str()).collect();
        assert_eq!(codes, ["cap_reached", "no_rule_applies"]);
        here.ledger.close().await;
        there.ledger.close().await;
    }

    async fn a_lower_cap_takes_from_those_it_bites(db: Database) {
        let story = Story::begin(&db).await;
        story.enact("walk", &walk("walk", "none", 10, 1, LOOSE)).await;
        for (member, reference, minutes) in [(0, "a", 100), (0, "b", 70), (0, "c", 10), (1, "d", 40)] {
            let deed = deed("patrol_shift", reference, story.clock.now(), minutes);
            let request = AwardRequest { member: story.members[member], deed, policy: Some("walk".into()), position: None };
            story.award(&request).await.unwrap();
            story.later(60);
        }
        let report = simulate(&story, &walk("walk", "none", 10, 1, &LOOSE.replace("100000", "150")), 0).await;
        // 100, then 50 of 70, then nothing of 10.
        assert_eq!((report.losing.members, report.losing.points, report.gaining.members), (1, points(30), 0));
        let line = report.losers[0];
        assert_eq!(line.member, story.members[0]);
        assert_eq!((line.recorded, line.simulated), (points(180), points(150)));
        let cap = &report.caps[0];
        assert_eq!((cap.cap.as_str(), cap.simulated.clipped, cap.simulated.points), ("walk/member-day", 1, points(20)));
        assert_eq!((cap.refused, cap.recorded.clipped), (1, 0));
        assert_eq!((report.newly_refused, report.changed), (1, 2));
        assert_eq!((report.refusals[0].code.as_str(), report.refusals[0].recorded.points), ("cap_reached", points(10)));
        let budget = &report.budgets[0];
        assert_eq!((budget.budget.as_str(), budget.month.as_str()), ("patrol", "2026-03"));
        assert_eq!((budget.recorded, budget.simulated), (points(220), points(190)));

        // Twice the rate, under a name of its own.
        let report = simulate(&story, &walk("stroll", "single", 20, 1, LOOSE), 0).await;
        assert_eq!((report.gaining.members, report.gaining.points), (2, points(220)));
        assert_eq!(report.gainers[0].member, story.members[0]);
        assert_eq!(report.approvals.newly_needed, 4);
        assert_eq!((report.rules[1].rule.as_str(), report.rules[1].gained), ("walk", points(220)));

        // One deed is too short.
        let report = simulate(&story, &walk("walk", "none", 10, 20, LOOSE), 0).await;
        assert_eq!((report.newly_refused, report.losing.points), (1, points(10)));
        assert_eq!(report.refusals[0].code, "no_rule_applies");

        let elsewhere = Policy::parse_unfiled(&walk("walk", "none", 10, 1, "").replace("\"patrol\"", "\"none\"")).unwrap();
        let period = Period { from: beginning(), until: beginning().plus_seconds(1) };
        let refused = story.ledger.simulate(story.program, &elsewhere, period, None, |_| {}).await;
        assert!(matches!(refused, Err(SimulateError::Simulation(_))), "{refused:?}");
        let period = Period { from: beginning(), until: beginning() };
        let refused = story.ledger.simulate(story.program, &elsewhere, period, None, |_| {}).await;
        assert!(matches!(refused, Err(SimulateError::EmptyPeriod { .. })), "{refused:?}");
        story.ledger.close().await;
    }

    async fn the_command_and_the_api_say_it(db: Database) {
        let story = Story::begin(&db).await;
        let source = walk("walk", "none", 10, 1, LOOSE);
        story.enact("walk", &source).await;
        let request = AwardRequest {
            member: story.members[0],
            deed: deed("patrol_shift", "a", story.clock.now(), 100),
            policy: Some("walk".into()),
            position: None,
        };
        assert!(matches!(story.award(&request).await.unwrap().outcome, Outcome::Award { .. }));
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("walk.toml");
        std::fs::write(&file, source.replace("100000", "80")).unwrap();
        let run = |json: bool| {
            let mut command = jifen();
            command.args(["policy", "simulate"]).arg(&file);
            command.args(["--database-url", &db.url, "--program", &story.program.to_string()]);
            command.args(["--from", "2026-03-01", "--until", "2026-04-01"]);
            if json {
                command.arg("--json");
            }
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8(output.stdout).unwrap()
        };
        let report: Value = serde_json::from_str(&run(true)).unwrap();
        assert_eq!(report["losing"]["points"], "20.00");
        assert_eq!(report["from"], "2026-02-28T20:00:00Z");
        let said = run(false);
        let left = "patrol: 9900.00, lowest 9900.00 on 2026-03-05; 9920.00, lowest 9920.00 on 2026-03-05";
        for words in ["巡走", "1 member would have 20.00 less", "walk/member-day", left] {
            assert!(said.contains(words), "{said}");
        }

        let key = ["key", "create", "--role", "auditor", "--name", "books", "--database-url", &db.url];
        let made = jifen().args(key).output().unwrap();
        let token = String::from_utf8(made.stdout).unwrap();
        let server = Server::start(&db.url).await;
        let client = Client::new(server.base_url(), token.trim());
        let mut body = json!({ "source": source.replace("100000", "80"), "from": "2026-03-01", "until": "2026-04-01" });
        let answer = client.post("/v1/policies/simulate", None, &body).await.unwrap();
        assert_eq!((answer.status, &answer.body), (200, &report));
        body["until"] = json!("2026-03-01");
        let answer = client.post("/v1/policies/simulate", None, &body).await.unwrap();
        assert_eq!((answer.status, &answer.body["errors"][0]["pointer"]), (422, &json!("/until")));
        body["source"] = json!("name = 7");
        let answer = client.post("/v1/policies/simulate", None, &body).await.unwrap();
        assert_eq!((answer.status, &answer.body["code"]), (422, &json!("invalid_policy")));
        story.ledger.close().await;
    }
}
