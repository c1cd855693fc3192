//! Budgets: planned, told of when they run low, waited for when they are used up, closed when they are over.

use futures::future::join_all;
use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::community::budget::{AtEnd, BudgetPlan, Exhausted, PlanFlaw};
use ledger::community::{Budget, Funder, Registration, Role};
use ledger::ids::{AwardId, BudgetId, FunderId, random_bytes};
use ledger::machine::{AwardState, BudgetCommand, Command, Outcome, Reason, Receipt};
use ledger::policy::Language;
use ledger::views::{BudgetView, Due, Falling};
use ledger::{AwardRequest, Ledger, Options, WriteError};
use serde_json::json;
use tests::backend::Database;
use tests::http::{Client, ok, refused};
use tests::on_both;
use tests::policies::patrol;
use tests::server::Server;
use tests::story::{DAY, Story, award_of, code_of, points};
use uuid::Uuid;

/// A programme whose patrols draw on a budget of a hundred points, of this year.
async fn begin(db: &Database, approval: &str, rest: &str) -> Story {
    let story = Story::begin(db).await;
    story.enact("walks", &patrol("walks", approval, rest)).await;
    let points = points(9_900);
    let budget = story.patrol;
    run(&story, Command::ReturnBudget { budget, points })
        .await
        .unwrap();
    story
}

async fn run(story: &Story, command: Command) -> Result<Receipt, WriteError> {
    story.execute(story.admin(), None, command).await
}

async fn budget_command(story: &Story, command: BudgetCommand) -> Result<Receipt, WriteError> {
    run(story, Command::Budget(Box::new(command))).await
}

async fn give(story: &Story, budget: BudgetId, whole: i64) -> Result<Receipt, WriteError> {
    let points = points(whole);
    run(story, Command::Appropriate { budget, points }).await
}

/// Since the beginning of March, for thirty days; ten to settle.
fn thirty_days(exhausted: Exhausted, at_end: AtEnd) -> BudgetPlan {
    let starts_at: Timestamp = "2026-03-01T00:00:00+08:00".parse().unwrap();
    BudgetPlan {
        funder: None,
        purpose: " 三月网格巡查 ".to_owned(),
        starts_at,
        ends_at: starts_at.plus_seconds(30 * DAY),
        settle_days: 10,
        exhausted,
        at_end,
    }
}

async fn plan(story: &Story, budget: BudgetId, plan: BudgetPlan) -> Result<Receipt, WriteError> {
    budget_command(story, BudgetCommand::Plan { budget, plan }).await
}

fn walk(story: &Story, member: usize, reference: &str, minutes: i64) -> AwardRequest {
    AwardRequest {
        policy: Some("walks".to_owned()),
        ..story.patrol_of(member, reference, minutes)
    }
}

async fn walked(story: &Story, member: usize, reference: &str, minutes: i64) -> AwardId {
    let award = story.award(&walk(story, member, reference, minutes)).await;
    award_of(&award.unwrap())
}

async fn budget(story: &Story, id: BudgetId) -> BudgetView {
    let budgets = story.ledger.budgets(story.program).await.unwrap();
    budgets.into_iter().find(|budget| budget.id == id).unwrap()
}

async fn due(story: &Story, what: Falling) -> Vec<Due> {
    let now = story.clock.now();
    let due = story.ledger.due(story.program, what, now, None, 200).await;
    due.unwrap()
}

/// What was told of a budget: the shares, in order.
async fn tell(story: &Story) -> Vec<i64> {
    let mut told = Vec::new();
    for due in due(story, Falling::LowBudgets).await {
        let budget = BudgetId(due.id);
        let receipt = budget_command(story, BudgetCommand::Tell { budget })
            .await
            .unwrap();
        let Outcome::BudgetLow { percent, .. } = receipt.outcome else {
            panic!("{receipt:?}");
        };
        told.push(percent);
    }
    told
}

on_both! {
    /// Each share is told once, and again after the budget was given more; nobody is told of what is not so.
    async fn each_share_is_told_once(db: Database) {
        let story = begin(&db, "none", "").await;
        let budget = story.patrol;
        walked(&story, 0, "79", 79).await;
        assert_eq!(tell(&story).await, [0; 0]);
        let early = budget_command(&story, BudgetCommand::Tell { budget }).await;
        assert_eq!(code_of(early), "nothing_due");
        walked(&story, 0, "80", 1).await;
        assert_eq!(tell(&story).await, [80]);
        assert_eq!(tell(&story).await, [0; 0]);
        walked(&story, 0, "96", 16).await;
        assert_eq!(tell(&story).await, [95]);
        assert_eq!(tell(&story).await, [0; 0]);
        // 96 of 200 are used, then 162, then 199: both at once are told as one.
        give(&story, budget, 100).await.unwrap();
        walked(&story, 1, "162", 66).await;
        assert_eq!(tell(&story).await, [80]);
        give(&story, budget, 1).await.unwrap();
        assert_eq!(tell(&story).await, [0; 0], "162 of 201 are 80 % still");
        give(&story, budget, 99).await.unwrap();
        walked(&story, 2, "290", 128).await;
        assert_eq!(tell(&story).await, [95]);
        story.clean(&db).await;
    }

    /// What a plan says, and what may not be.
    async fn a_plan_says_when_and_what_cannot_be_is_refused(db: Database) {
        let story = begin(&db, "none", "").await;
        let good = thirty_days(Exhausted::Reject, AtEnd::Return);
        let day = good.starts_at;
        for (flaw, bad) in [
            (PlanFlaw::Purpose, BudgetPlan { purpose: " ".to_owned(), ..good.clone() }),
            (PlanFlaw::Purpose, BudgetPlan { purpose: "长".repeat(201), ..good.clone() }),
            (PlanFlaw::Period, BudgetPlan { ends_at: day, ..good.clone() }),
            (PlanFlaw::Period, BudgetPlan { ends_at: day.plus_seconds(6 * 366 * DAY), ..good.clone() }),
            (PlanFlaw::SettleDays, BudgetPlan { settle_days: 181, ..good.clone() }),
            (PlanFlaw::SettleDays, BudgetPlan { settle_days: -1, ..good.clone() }),
            (PlanFlaw::IntoItself, BudgetPlan { at_end: AtEnd::CarryOver { into: story.patrol }, ..good.clone() }),
            (PlanFlaw::Over, BudgetPlan { ends_at: day.plus_seconds(DAY), settle_days: 3, ..good.clone() }),
        ] {
            assert_eq!(code_of(plan(&story, story.patrol, bad.clone()).await), "bad_budget_plan", "{flaw:?}");
            assert_eq!(bad.flaw(story.patrol, story.clock.now()), Some(flaw));
        }
        let nobody = Uuid::from_bytes(random_bytes());
        let unknown = plan(&story, BudgetId(nobody), good.clone()).await;
        assert_eq!(code_of(unknown), "unknown_budget");
        let into = BudgetId(nobody);
        let lost = BudgetPlan { at_end: AtEnd::CarryOver { into }, ..good.clone() };
        assert_eq!(code_of(plan(&story, story.patrol, lost).await), "unknown_budget");
        let unpaid = BudgetPlan { funder: Some(FunderId(nobody)), ..good.clone() };
        assert_eq!(code_of(plan(&story, story.patrol, unpaid).await), "unknown_reference");

        let id = FunderId(nobody);
        story.register(Registration::Funder(Funder { id, name: "街道".to_owned() })).await;
        let paid = BudgetPlan { funder: Some(id), ..good };
        plan(&story, story.patrol, paid.clone()).await.unwrap();
        let known = budget(&story, story.patrol).await.record;
        let purpose = "三月网格巡查".to_owned();
        assert_eq!(known.plan, Some(BudgetPlan { purpose, ..paid }));
        assert_eq!((known.provided, known.closed_at), (points(100), None));

        walked(&story, 0, "in", 10).await;
        story.later(26 * DAY);
        let late = story.award(&walk(&story, 0, "out", 10)).await;
        assert_eq!(code_of(late), "outside_period");
        // What was done in time is awarded while it is settled.
        let mut earlier = walk(&story, 0, "before", 10);
        earlier.deed.occurred_at = day.plus_seconds(29 * DAY);
        award_of(&story.award(&earlier).await.unwrap());
        story.clean(&db).await;
    }

    /// Who comes when it is used up waits, and whoever comes later waits behind them, however little it is; in order of submission they are paid
    /// once the budget is given more.
    async fn who_waits_for_a_budget_is_paid_in_order(db: Database) {
        let story = begin(&db, "none", "").await;
        plan(&story, story.patrol, thirty_days(Exhausted::Queue, AtEnd::Return)).await.unwrap();
        let first = walked(&story, 0, "first", 60).await;
        let large = walked(&story, 1, "large", 60).await;
        let small = walked(&story, 2, "small", 20).await;
        assert_eq!(story.state_of(first).await, AwardState::Vested);
        for waiting in [large, small] {
            assert_eq!(story.state_of(waiting).await, AwardState::Queued);
        }
        assert_eq!(budget(&story, story.patrol).await.waiting, 2);
        assert_eq!(story.available(1).await, 0);
        let why = story.recorded(small).await.explained(Language::Zh);
        assert!(why.iter().any(|line| line.contains("预算只余 40 分，前面还有 1 笔在等，先排队")), "{why:?}");
        story.clean(&db).await;

        // What the first cannot use goes to the next that fits.
        assert_eq!(story.let_in().await, [small]);
        assert_eq!(story.let_in().await, []);
        give(&story, story.patrol, 39).await.unwrap();
        assert_eq!(story.let_in().await, []);
        give(&story, story.patrol, 1).await.unwrap();
        assert_eq!(story.let_in().await, [large]);
        let paid = story.recorded(large).await;
        assert_eq!((paid.state, paid.points), (AwardState::Vested, points(60)));
        let why = paid.explained(Language::En);
        assert!(why.iter().any(|line| line.contains("it waited until the budget was given more")), "{why:?}");
        assert_eq!((story.available(1).await, story.available(2).await), (6_000, 2_000));
        assert_eq!(budget(&story, story.patrol).await.waiting, 0);
        assert_eq!(story.holds(Account::budget(story.patrol)).await, 0);
        story.clean(&db).await;
    }

    /// One that was approved waits too, with what it counts; turned down while it waits, it gives that back.
    async fn what_was_approved_waits_and_gives_back_what_it_counts(db: Database) {
        let caps = "[[cap]]\nname = \"day\"\nper = \"member\"\nevery = \"day\"\ncount = 1\nover = \"reject\"\n";
        let story = begin(&db, "single", caps).await;
        plan(&story, story.patrol, thirty_days(Exhausted::Queue, AtEnd::Return)).await.unwrap();
        let id = walked(&story, 0, "much", 101).await;
        let approve = Command::ApproveAward { award: id };
        story.execute(story.staff(1), None, approve.clone()).await.unwrap();
        assert_eq!(story.state_of(id).await, AwardState::Queued);
        let again = story.execute(story.staff(2), None, approve).await;
        assert_eq!(code_of(again), "award_already_decided");
        let second = story.award(&walk(&story, 0, "second", 5)).await;
        assert_eq!(code_of(second), "cap_reached");
        story.clean(&db).await;

        let reject = Command::RejectAward { award: id, reason: Reason::NotAsClaimed };
        story.execute(story.staff(1), None, reject).await.unwrap();
        assert_eq!(budget(&story, story.patrol).await.waiting, 0);
        let third = walked(&story, 0, "third", 5).await;
        story.execute(story.staff(1), None, Command::ApproveAward { award: third }).await.unwrap();
        assert_eq!(story.state_of(third).await, AwardState::Vested);
        story.clean(&db).await;

        // One that nobody agreed to before the budget was closed falls when somebody does.
        let late = walked(&story, 1, "late", 5).await;
        let ends_at = story.clock.now().plus_seconds(DAY);
        let soon = BudgetPlan { ends_at, settle_days: 0, ..thirty_days(Exhausted::Queue, AtEnd::Return) };
        plan(&story, story.patrol, soon).await.unwrap();
        story.later(2 * DAY);
        budget_command(&story, BudgetCommand::Close { budget: story.patrol }).await.unwrap();
        story.execute(story.staff(1), None, Command::ApproveAward { award: late }).await.unwrap();
        let late = story.recorded(late).await;
        assert_eq!((late.state, late.reason), (AwardState::Rejected, Some(Reason::BudgetClosed)));
        story.clean(&db).await;
    }

    /// Once it is settled, what is left is returned or carried over, what comes back later as well, and who waits falls.
    async fn a_closed_budget_gives_up_what_it_holds_and_gets_back(db: Database) {
        let story = begin(&db, "none", "").await;
        let into = BudgetId(Uuid::from_bytes(random_bytes()));
        let next = Budget { id: into, code: "patrol-april".to_owned(), name: "四月".to_owned() };
        story.register(Registration::Budget(next)).await;
        plan(&story, story.patrol, thirty_days(Exhausted::Queue, AtEnd::CarryOver { into })).await.unwrap();
        let kept = walked(&story, 0, "kept", 30).await;
        let waits = walked(&story, 1, "waits", 90).await;
        let close = || budget_command(&story, BudgetCommand::Close { budget: story.patrol });
        story.later(34 * DAY);
        assert_eq!(due(&story, Falling::EndedBudgets).await, []);
        assert_eq!(code_of(close().await), "nothing_due");
        story.later(3 * DAY);
        assert_eq!(due(&story, Falling::EndedBudgets).await.len(), 1);
        close().await.unwrap();
        assert_eq!(code_of(close().await), "nothing_due");
        let of = |id| budget(&story, id);
        let (old, heir) = (of(story.patrol).await, of(into).await);
        assert_eq!((old.balance, old.record.provided, old.record.closed_at), (points(0), points(30), Some(story.clock.now())));
        assert_eq!((heir.balance, heir.record.provided), (points(70), points(70)));
        story.clean(&db).await;

        // Nothing is granted any more, and nothing issued.
        assert_eq!(story.let_in().await, [waits]);
        let fallen = story.recorded(waits).await;
        assert_eq!((fallen.state, fallen.reason), (AwardState::Rejected, Some(Reason::BudgetClosed)));
        assert_eq!(code_of(give(&story, story.patrol, 1).await), "budget_closed");
        assert_eq!(code_of(plan(&story, story.patrol, thirty_days(Exhausted::Queue, AtEnd::Return)).await), "budget_closed");
        assert_eq!(code_of(story.award(&walk(&story, 0, "late", 1)).await), "budget_closed");

        // What comes back follows; into one that is closed, too, nothing is carried over.
        let mistake = Command::ReverseAward { award: kept, reason: Reason::Mistake };
        run(&story, mistake).await.unwrap();
        let back = due(&story, Falling::EndedBudgets).await;
        assert_eq!(back.iter().map(|due| due.id).collect::<Vec<_>>(), [story.patrol.0]);
        let issued = story.holds(Account::issued(story.program)).await;
        let month = thirty_days(Exhausted::Reject, AtEnd::Return);
        let over = plan(&story, into, month.clone()).await;
        assert_eq!(code_of(over), "bad_budget_plan");
        let ends_at = story.clock.now().plus_seconds(DAY);
        let month = BudgetPlan { ends_at, settle_days: 0, ..month };
        plan(&story, into, month).await.unwrap();
        story.later(2 * DAY);
        budget_command(&story, BudgetCommand::Close { budget: into }).await.unwrap();
        assert_eq!(story.holds(Account::issued(story.program)).await, issued + 7_000);
        close().await.unwrap();
        assert_eq!(story.holds(Account::issued(story.program)).await, issued + 10_000);
        assert_eq!(due(&story, Falling::EndedBudgets).await, []);
        story.clean(&db).await;
    }

    /// Many at once on two processes: never more than there is, and nobody is left out when there is more.
    async fn many_at_once_never_draw_more_than_there_is(db: Database) {
        let story = begin(&db, "none", "").await;
        plan(&story, story.patrol, thirty_days(Exhausted::Queue, AtEnd::Return)).await.unwrap();
        let options = Options { clock: story.clock.clone(), ..Options::default() };
        let other = Ledger::open(&db.url, options).await.unwrap();
        let submissions = (0..40).map(|line| {
            let walk = walk(&story, line % 3, &format!("{line}"), 7);
            let ledger = [&story.ledger, &other][line % 2];
            let request = story.request(story.staff(0), Some(&walk.deed.reference));
            async move { ledger.submit_award(&request, &walk).await }
        });
        let receipts: Vec<Receipt> = join_all(submissions).await.into_iter().map(Result::unwrap).collect();
        let mut vested = 0;
        for receipt in &receipts {
            vested += i64::from(story.state_of(award_of(receipt)).await == AwardState::Vested);
        }
        assert_eq!(vested, 14, "fourteen sevens in a hundred");
        let known = budget(&story, story.patrol).await;
        assert_eq!((known.balance, known.waiting), (points(2), 26));
        story.clean(&db).await;
        give(&story, story.patrol, 100).await.unwrap();
        assert_eq!(story.let_in().await.len(), 14);
        give(&story, story.patrol, 100).await.unwrap();
        assert_eq!(story.let_in().await.len(), 12);
        assert_eq!(story.holds(Account::budget(story.patrol)).await, 2_000);
        story.clean(&db).await;
    }

    /// As an operator's program does it.
    async fn an_operator_plans_over_http(db: Database) {
        let story = begin(&db, "none", "").await;
        let server = Server::start(&db.url).await;
        let operator = Client::new(server.base_url(), &story.token(Role::Admin, None).await);
        let staff = Client::new(server.base_url(), &story.staff_token(None).await);
        let path = format!("/v1/budgets/{}/plan", story.patrol);
        let body = json!({ "purpose": "三月网格巡查", "from": "2025-12-31T16:00:00Z", "until": "2029-12-31T16:00:00Z",
            "exhausted": "queue", "at_end": { "do": "return" } });
        ok(operator.post(&path, Some("plan"), &body).await.unwrap(), 200);
        ok(operator.post(&path, Some("plan"), &body).await.unwrap(), 200);
        assert_eq!(staff.post(&path, None, &body).await.unwrap().status, 403);
        let mut bad = body.clone();
        bad["until"] = body["from"].clone();
        refused(operator.post(&path, None, &bad).await.unwrap(), "bad_budget_plan");
        bad["until"] = json!("soon");
        refused(operator.post(&path, None, &bad).await.unwrap(), "invalid_body");

        walked(&story, 0, "most", 85).await;
        let waits = json!({ "member": story.members[1].0, "policy": "walks", "deed": { "kind": "patrol_shift", "reference": "r",
            "occurred_at": story.clock.now().to_string(), "facts": { "minutes": 20, "grid": "G-7" } } });
        let answer = ok(staff.post("/v1/awards", Some("a"), &waits).await.unwrap(), 201);
        assert_eq!(answer["state"], "queued", "{answer}");
        let budgets = ok(operator.get("/v1/budgets").await.unwrap(), 200);
        let known = budgets.as_array().unwrap().iter().find(|known| known["code"] == "patrol").unwrap();
        let mut told = body.clone();
        told["settle_days"] = json!(30);
        told["funder"] = json!(null);
        assert_eq!(known["plan"], told);
        assert_eq!((&known["provided"], &known["used_percent"], &known["waiting"]), (&json!("100.00"), &json!(85), &json!(1)));
        assert_eq!((&known["balance"], &known["closed_at"]), (&json!("15.00"), &json!(null)));
    }
}
