//! What expires goes where its policy says: in one sweep, as points come back late, and raced against everything else.

use std::sync::Arc;

use futures::future::join_all;
use ledger::Ledger;
use ledger::accounts::Account;
use ledger::community::{Budget, Registration};
use ledger::ids::{BudgetId, derived};
use ledger::machine::{Command, Reason, Receipt, RedemptionState};
use ledger::views::Falling;
use tests::backend::Database;
use tests::books::Sql;
use tests::on_both;
use tests::story::{DAY, HOUR, PATROL, SERVICE, Story, award_of, points, redemption_of};

use crate::export::agrees;

/// A few hundred.
fn rounds() -> usize {
    if tests::soak() { 2_000 } else { 250 }
}

/// The service policy, with more of `[expiry]`.
fn service(more: &str) -> String {
    SERVICE.replace("[reversal]", &format!("{more}\n[reversal]"))
}

/// In force from a second later on.
async fn enact(story: &Story, name: &str, source: &str) {
    story.later(1);
    story.enact(name, source).await;
}

async fn does(story: &Story, command: Command) -> Receipt {
    story.execute(story.admin(), None, command).await.unwrap()
}

/// What left the wallet by a transfer, by where it went.
async fn gone(story: &Story, receipt: &Receipt) -> Vec<(Account, i64)> {
    let transfer = story.ledger.transfer(story.program, receipt.id).await;
    let entries = transfer.unwrap().unwrap().entries;
    let mut gone: Vec<_> = entries
        .iter()
        .map(|entry| (entry.account, entry.amount.hundredths()))
        .collect();
    gone.sort_by_key(|(_, amount)| *amount);
    gone
}

/// The balances of breakage and of both budgets.
async fn ends(story: &Story) -> [i64; 3] {
    let [breakage, service, patrol] = [
        Account::breakage(story.program),
        Account::budget(story.service),
        Account::budget(story.patrol),
    ];
    [
        story.holds(breakage).await,
        story.holds(service).await,
        story.holds(patrol).await,
    ]
}

on_both! {
    /// Lots of two budgets that take theirs back, and one of a policy that does not.
    async fn one_sweep_gives_each_its_own(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "to breakage", 20)).await.unwrap();
        enact(&story, "service", &service("to = \"budget\"")).await;
        enact(&story, "patrol", &PATROL.replacen("[[rule]]", "[expiry]\nafter = \"30 days\"\nto = \"budget\"\n[[rule]]", 1)).await;
        story.award(&story.service_of(0, "to its budget", 50)).await.unwrap();
        let shift = award_of(&story.award(&story.patrol_of(0, "shift", 60)).await.unwrap());
        story.execute(story.staff(1), None, Command::ApproveAward { award: shift }).await.unwrap();
        story.spend(0, 0, 15, true).await.unwrap();
        assert_eq!(ends(&story).await, [0, 993_000, 997_000]);

        story.later(31 * DAY);
        let due = story.ledger.due(story.program, Falling::Lots, story.clock.now(), None, 9).await.unwrap();
        assert_eq!(due.len(), 1);
        let member = story.members[0];
        let swept = does(&story, Command::ExpireLots { member }).await;
        let expected = [
            (Account::wallet(member), -8_500),
            (Account::breakage(story.program), 500),
            (Account::budget(story.patrol), 3_000),
            (Account::budget(story.service), 5_000),
        ];
        assert_eq!(gone(&story, &swept).await, expected);
        assert_eq!(ends(&story).await, [500, 998_000, 1_000_000]);
        agrees(&story).await;
        story.clean(&db).await;
    }

    /// What a budget took back is told from what stayed breakage, and to which budget it went.
    async fn a_lot_that_says_otherwise_is_found(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(1, "to breakage", 20)).await.unwrap();
        enact(&story, "service", &service("to = \"budget\"\ngrace = \"3 days\"")).await;
        story.award(&story.service_of(0, "to its budget", 50)).await.unwrap();
        story.later(31 * DAY);
        for member in 0..2 {
            does(&story, Command::ExpireLots { member: story.members[member] }).await;
        }
        story.clean(&db).await;
        let mut sql = Sql::connect(&db.url).await;
        let (lost, returned) = ("breakage is what expired on lots that go to no budget", "what expired on lots that go to their budget was credited to it");
        let terms = "a lot expires as the terms of its award have it";
        for (spoil, mend, expected) in [
            ("UPDATE lots SET to_budget = 0 WHERE grace_seconds = 259200", "UPDATE lots SET to_budget = 1 WHERE grace_seconds = 259200", vec![lost, returned, terms]),
            ("UPDATE lots SET to_budget = 1 WHERE to_budget = 0", "UPDATE lots SET to_budget = 0 WHERE grace_seconds <> 259200", vec![lost, returned, terms]),
            ("UPDATE lots SET to_budget = 1 - to_budget", "UPDATE lots SET to_budget = 1 - to_budget", vec![lost, returned, terms]),
            ("UPDATE lots SET expired = expired - 1 WHERE to_budget = 1", "UPDATE lots SET expired = expired + 1 WHERE to_budget = 1", vec![returned]),
            ("UPDATE lots SET expired = expired - 1 WHERE to_budget = 0", "UPDATE lots SET expired = expired + 1 WHERE to_budget = 0", vec![lost]),
            ("UPDATE lots SET grace_seconds = 0 WHERE to_budget = 1", "UPDATE lots SET grace_seconds = 259200 WHERE to_budget = 1", vec![terms]),
            ("UPDATE lots SET notice_days = 7", "UPDATE lots SET notice_days = NULL", vec![terms]),
        ] {
            sql.run(spoil).await.unwrap();
            let report = story.ledger.verify(story.program, |_| {}).await.unwrap();
            let says: Vec<_> = report.problems.iter().map(|problem| problem.says).collect();
            for expected in expected {
                assert!(says.contains(&expected), "{spoil}: {says:?}");
            }
            sql.run(mend).await.unwrap();
        }
        story.clean(&db).await;
    }

    /// Held, captured, and then the time runs out; by a refund, a void and a released hold some of it comes back.
    async fn what_comes_back_late_lasts_as_long_as_its_policy_has_it(db: Database) {
        let story = Story::begin(&db).await;
        for (to, grace, days) in [
            ("budget", "0 days", 0), ("budget", "1 day", 1), ("budget", "7 days", 7), ("budget", "30 days", 30),
            ("breakage", "0 days", 0), ("breakage", "1 day", 1), ("breakage", "7 days", 7), ("breakage", "30 days", 30),
        ] {
            enact(&story, "service", &service(&format!("to = \"{to}\"\ngrace = \"{grace}\""))).await;
            for (member, way) in ["refund", "void", "release"].into_iter().enumerate() {
                let told = format!("{way} after {grace} to {to}");
                let before = ends(&story).await;
                let reference = format!("{to} {grace} {way}");
                story.award(&story.service_of(member, &reference, 100)).await.unwrap();
                let code = story.code(member).await;
                let Command::Authorise { payer, store, charge, .. } = story.authorise(code, 0, 60, way == "refund") else { panic!() };
                let pay = Command::Authorise { payer, store, charge, capture: way == "refund", hold_seconds: 40 * DAY };
                let redemption = redemption_of(&story.execute(story.merchant(0), None, pay).await.unwrap());
                let began = story.clock.now();
                story.later(if way == "release" { 41 * DAY } else { 32 * DAY });
                let back = match way {
                    "refund" => Command::Refund { redemption, points: Some(points(60)) },
                    "void" => Command::Void { redemption },
                    _ => Command::ReleaseHold { redemption },
                };
                story.execute(story.merchant(0), None, back).await.unwrap();
                let found = story.ledger.redemption(story.program, redemption).await.unwrap().unwrap();
                assert_ne!(found.state, RedemptionState::Held);
                let open = if days == 0 { 0 } else { 6_000 };
                assert_eq!(story.available(member).await, open, "{told}");
                if days > 0 {
                    story.later(days * DAY - 1);
                    assert_eq!(story.available(member).await, open, "{told}");
                    story.later(1);
                    assert_eq!(story.available(member).await, 0, "{told}");
                    does(&story, Command::ExpireLots { member: story.members[member] }).await;
                }
                let all = if to == "budget" { [0, 0, 0] } else { [10_000, -10_000, 0] };
                let after = ends(&story).await;
                let moved: Vec<i64> = after.iter().zip(before).map(|(after, before)| after - before).collect();
                assert_eq!(moved, all, "{told}");
                story.clock.set(began.plus_seconds(90 * DAY));
            }
        }
        story.clean(&db).await;
    }

    /// More budgets than one command could ask for one after the other before.
    async fn a_refund_reaches_every_budget_its_lots_came_from(db: Database) {
        let story = Story::begin(&db).await;
        let mut budgets = Vec::new();
        for number in 0..12 {
            let code = format!("fund-{number}");
            let id = BudgetId(derived(&[story.program.0.as_bytes(), code.as_bytes()]));
            story.register(Registration::Budget(Budget { id, code: code.clone(), name: code.clone() })).await;
            does(&story, Command::Appropriate { budget: id, points: points(10) }).await;
            let source = service("to = \"budget\"\ngrace = \"0 days\"").replace("\"service\"", &format!("\"{code}\""));
            enact(&story, &code, &source).await;
            let mut visit = story.service_of(0, &code, 10);
            visit.policy = Some(code.clone());
            story.award(&visit).await.unwrap();
            budgets.push(id);
        }
        let redemption = redemption_of(&story.spend(0, 0, 120, true).await.unwrap());
        story.later(31 * DAY);
        let refund = Command::Refund { redemption, points: None };
        story.execute(story.merchant(0), None, refund).await.unwrap();
        for budget in budgets {
            assert_eq!(story.holds(Account::budget(budget)).await, 1_000);
        }
        assert_eq!(story.available(0).await, 0);
        story.clean(&db).await;
    }

    /// After the last moment to spend, too, each lot goes where its policy says.
    async fn a_programme_that_is_over_gives_budgets_theirs(db: Database) {
        let story = Story::begin(&db).await;
        story.award(&story.service_of(0, "to breakage", 20)).await.unwrap();
        enact(&story, "service", &service("to = \"budget\"")).await;
        story.award(&story.service_of(0, "to its budget", 50)).await.unwrap();
        let now = story.clock.now();
        let closing = ledger::machine::Closing { last_earning: now.plus_seconds(HOUR), last_spending: now.plus_seconds(DAY) };
        does(&story, Command::CloseProgram(closing)).await;
        story.later(DAY + 1);
        does(&story, Command::ExpireLots { member: story.members[0] }).await;
        assert_eq!(ends(&story).await, [2_000, 998_000, 1_000_000]);
        story.clean(&db).await;
    }

    /// What is another's now expires as it would have: to the budget it came from.
    async fn a_merge_takes_along_where_lots_go(db: Database) {
        let story = Story::begin(&db).await;
        enact(&story, "service", &service("to = \"budget\"")).await;
        story.award(&story.service_of(0, "visit", 50)).await.unwrap();
        story.later(31 * DAY);
        let [from, into, _] = story.members[..] else { panic!() };
        does(&story, Command::MergeMembers { from, into }).await;
        assert_eq!(ends(&story).await, [0, 995_000, 1_000_000], "a merge expires nothing");
        does(&story, Command::ExpireLots { member: into }).await;
        assert_eq!(ends(&story).await, [0, 1_000_000, 1_000_000]);
        story.clean(&db).await;
    }
}

/// Two processes, the clock of one a second before the lots expire and of the other at that moment. Whether the payment was in time.
async fn race(story: &[Arc<Story>; 2], round: usize) -> bool {
    let [one, other] = story;
    let member = round % 3;
    let policy = ["returned", "lost"][round % 2];
    let mut visit = one.service_of(member, &format!("visit-{round}"), 40);
    visit.policy = Some(policy.to_owned());
    let award = award_of(&one.award(&visit).await.unwrap());
    let sale = redemption_of(&one.spend(member, 0, 4, true).await.unwrap());
    let awarded = one.ledger.award(one.program, award).await.unwrap();
    let expires_at = awarded.unwrap().expires_at.unwrap();
    one.clock.set(expires_at);
    other.clock.set(expires_at.plus_seconds(-1));
    let code = other.code(member).await;
    let (admin, reason, budget) = (one.admin(), Reason::Mistake, one.service);
    let expire = Command::ExpireLots {
        member: one.members[member],
    };
    let refund = Command::Refund {
        redemption: sale,
        points: Some(points(2)),
    };
    let pay = one.authorise(code, 0, 5, round % 4 < 2);
    let mut commands = vec![
        (one, admin, expire.clone()),
        (other, one.merchant(0), pay),
        (other, one.staff(1), Command::ReverseAward { award, reason }),
        (
            other,
            admin,
            Command::Appropriate {
                budget,
                points: points(50),
            },
        ),
        (one, one.merchant(0), refund),
        (
            one,
            admin,
            Command::ReturnBudget {
                budget,
                points: points(1),
            },
        ),
        (other, admin, expire),
    ];
    // Each of them comes first, last and between in turn.
    commands.rotate_left(round % 7);
    let tasks = commands.into_iter().map(|(story, actor, command)| {
        let story = Arc::clone(story);
        tokio::spawn(async move {
            let pays = matches!(command, Command::Authorise { .. });
            (pays, story.execute(actor, None, command).await)
        })
    });
    let mut paid = false;
    for answer in join_all(tasks.collect::<Vec<_>>()).await {
        match answer.unwrap() {
            (pays, Ok(_)) => paid |= pays,
            (_, Err(ledger::WriteError::Rejected(_))) => {}
            (_, Err(error)) => panic!("round {round}: {error:?}"),
        }
    }
    other.clock.set(expires_at);
    paid
}

on_both! {
    async fn expiry_races_spending_reversal_and_appropriation(db: Database) {
        let seed = ledger::ids::random_bytes();
        Ledger::migrate(&db.url).await.unwrap();
        let first = Story::begin_as(&db, seed).await;
        let pair = [Arc::new(first), Arc::new(Story::join(&db, seed).await)];
        for (name, to) in [("returned", "budget"), ("lost", "breakage")] {
            let source = service(&format!("to = \"{to}\"\ngrace = \"1 hour\""))
                .replace("name = \"service\"\ntitle = \"志愿服务\"\non", &format!("name = \"{name}\"\ntitle = \"志愿服务\"\non"))
                .replace("30 days", "1 day")
                .replace("debt_cap = 100", "debt_cap = 10");
            enact(&pair[0], name, &source).await;
        }
        pair[1].clock.set(pair[0].clock.now());
        let mut paid = 0;
        for round in 0..rounds() {
            paid += usize::from(race(&pair, round).await);
        }
        assert!((1..rounds()).contains(&paid), "{paid} of {} paid in time", rounds());
        pair[0].clean(&db).await;
        agrees(&pair[0]).await;
    }
}
