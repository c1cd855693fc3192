//! Who is accountable: budgets filled, planned and used up; statements made by one and approved by another; reports and jobs for whoever reads the books.

use ledger::community::StaffRole::{Awarder, BudgetManager, MerchantManager};
use ledger::community::budget::{AtEnd, Exhausted};
use ledger::community::personal::Payee;
use ledger::ids::{CommandId, MerchantId, StatementId, StoreId};
use ledger::machine::settlement::{DisputeFinding, DisputeReason};
use ledger::machine::{SettlementCommand, Statement, StatementState};
use ledger::points::Points;
use ledger::views::{BudgetView, Register};
use uuid::Uuid;

use super::town::Town;
use super::*;

const SETTLEMENT: &str = "/yuhong/desk/settlement";

async fn budget(town: &Town, code: &str) -> BudgetView {
    let budgets = town.web.ledger.budgets(town.web.program.id).await;
    let mut budgets = budgets.expect("budgets").into_iter();
    budgets.find(|budget| budget.code == code).expect(code)
}

async fn statement(town: &Town, id: StatementId) -> Statement {
    let found = town.web.ledger.settlement(town.web.program.id, id).await;
    found.expect("the ledger").expect("the statement")
}

/// The newest statement of a store.
async fn newest(town: &Town, whose: usize) -> Statement {
    let (program, store) = (town.web.program.id, town.stores[whose]);
    let found = town.web.ledger.settlements(program, store, None, 1).await;
    found.expect("the ledger").pop().expect("a statement")
}

/// Done by somebody: at a store, or at the desk.
async fn does(
    town: &Town,
    id: Uuid,
    store: Option<StoreId>,
    command: SettlementCommand,
) -> Outcome {
    let mut request = operator(&town.web);
    let role = store.map_or(Role::Admin, |_| Role::Merchant);
    request.actor = Actor {
        id: ActorId(id),
        role,
        store,
        ..request.actor
    };
    let command = Command::Settlement(Box::new(command));
    let done = town.web.ledger.execute(&request, command).await;
    done.expect("it is done").outcome
}

/// What a store's manager says of its statement.
async fn says(town: &Town, of: &Statement, command: SettlementCommand) {
    does(town, of.store.0, Some(of.store), command).await;
}

/// A hundred yuan for the fund; its id.
async fn funded(town: &Town) -> String {
    let funders = town.web.ledger.funders(town.web.program.id).await;
    let funder = funders.expect("funders").remove(0).id;
    let amount = Points::whole(100).expect("an amount");
    let received = Command::ReceiveFunds { funder, amount };
    let received = town
        .web
        .ledger
        .execute(&operator(&town.web), received)
        .await;
    received.expect("a hundred yuan");
    funder.to_string()
}

impl Town {
    /// These statements confirmed, approved and in one batch.
    pub async fn gathered(&self, statements: [StatementId; 2]) -> CommandId {
        let second = super::town::id();
        for id in statements {
            let of = statement(self, id).await;
            says(self, &of, SettlementCommand::Confirm { statement: id }).await;
            let approve = SettlementCommand::Approve {
                statement: id,
                unanswered: false,
            };
            does(self, second, None, approve).await;
        }
        let gather = SettlementCommand::Gather {
            statements: statements.to_vec(),
            named: true,
        };
        match does(self, second, None, gather).await {
            Outcome::Payments(batch) => batch.id,
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn a_budget_is_changed_by_whoever_fills_budgets_everywhere() {
    let town = Town::begin().await;
    let manager = town.worker(&[BudgetManager], None).await;
    let below = town.worker(&[BudgetManager], Some(town.nodes[0])).await;
    let awarder = town.worker(&[Awarder], Some(town.nodes[0])).await;
    let before = budget(&town, "request-fulfilled").await;
    let one = format!("/yuhong/desk/budgets/{}", before.id);
    for (browser, fills) in [(&manager, true), (&below, false), (&awarder, false)] {
        let list = browser.get("/yuhong/desk/budgets").await.text;
        assert!(
            list.contains("群众点单专项") && list.contains("29,988"),
            "{list}"
        );
        assert_eq!(list.contains("登记一项资金"), fills);
        let page = browser.get(&one).await.text;
        assert!(page.contains("居民点单、骑手接单的积分"), "{page}");
        for only in ["value=\"provide\"", "修改计划", "用得怎么样"] {
            assert_eq!(page.contains(only), fills, "{only} in {page}");
        }
    }
    let rider = Browser::of(&town.pages, "赵立军").await;
    for outsider in [&rider, &below, &awarder] {
        let refused = outsider.post(&one, "act=provide&key=x&points=1").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    assert_eq!(rider.get(&one).await.status, StatusCode::FORBIDDEN);

    // Pressed twice it has one effect; what does not work stays as it was typed.
    for _ in 0..2 {
        let given = manager.post(&one, "act=provide&key=a&points=500").await;
        assert_eq!(given.location, format!("{one}?done=provide"));
    }
    let five_hundred = Points::whole(500).expect("points");
    let given = budget(&town, "request-fulfilled").await;
    assert_eq!(given.balance.minus(before.balance), Ok(five_hundred));
    let words = manager.post(&one, "act=provide&key=b&points=many").await;
    assert_eq!(words.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(words.text.contains("积分数写成") && words.text.contains("value=\"many\""));
    let much = manager.post(&one, "act=return&key=c&points=999999").await;
    assert_eq!(much.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        much.text.contains("专项资金不足") && much.text.contains("value=\"999999\""),
        "{}",
        much.text
    );
    let back = manager.post(&one, "act=return&key=d&points=500.00").await;
    assert_eq!(back.status, StatusCode::SEE_OTHER, "{}", back.text);
    let after = budget(&town, "request-fulfilled").await;
    assert_eq!(
        (after.balance, after.record.provided),
        (before.balance, before.record.provided)
    );

    // Another one, and not a second of its code.
    let list = "/yuhong/desk/budgets";
    let named = "code=patrol-2027&name=%E5%B7%A1%E6%9F%A5";
    let made = manager.post(list, &format!("key=n&{named}")).await;
    let again = manager.post(list, &format!("key=n&{named}")).await;
    assert!(made.location.ends_with("?done=made"), "{}", made.text);
    assert_eq!(made.location, again.location);
    assert!(
        manager
            .get(&made.location)
            .await
            .text
            .contains("还没有计划")
    );
    let taken = manager.post(list, &format!("key=m&{named}")).await;
    assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(taken.text.contains("已经有专项资金在用") && taken.text.contains("value=\"巡查\""));
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_plan_is_kept_as_it_was_typed() {
    let town = Town::begin().await;
    let manager = town.worker(&[BudgetManager], None).await;
    let of = budget(&town, "request-fulfilled").await.id;
    let heir = budget(&town, "grid-patrol").await.id;
    let funders = town.web.ledger.funders(town.web.program.id).await;
    let funder = funders.expect("funders").remove(0).id;
    let field = |days: i64| {
        let at = town.web.now().plus_seconds(days * 86_400);
        format::field(at, &town.web.zone())
    };
    let (from, until) = (field(-1), field(200));
    let typed = |from: &str, until: &str, key: &str| {
        let period = format!("from={from}&until={until}").replace(':', "%3A");
        format!(
            "key={key}&purpose=%E7%82%B9%E5%8D%95&funder={funder}&{period}&settle_days=45&exhausted=reject&at_end={heir}"
        )
    };
    let path = format!("/yuhong/desk/budgets/{of}/plan");
    let wrong = manager.post(&path, &typed(&until, &from, "a")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("使用期要先开始后结束") && wrong.text.contains("value=\"点单\""),
        "{}",
        wrong.text
    );
    let unsaid = manager.post(&path, &typed("", &until, "b")).await;
    assert!(unsaid.text.contains("请填写使用期"), "{}", unsaid.text);
    for _ in 0..2 {
        let kept = manager.post(&path, &typed(&from, &until, "c")).await;
        assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.text);
    }
    let plan = budget(&town, "request-fulfilled").await.record.plan;
    let plan = plan.expect("a plan");
    assert_eq!((plan.purpose.as_str(), plan.settle_days), ("点单", 45));
    assert_eq!(
        (plan.funder, plan.exhausted),
        (Some(funder), Exhausted::Reject)
    );
    assert_eq!(plan.at_end, AtEnd::CarryOver { into: heir });
    let zone = town.web.zone();
    let kept = [plan.starts_at, plan.ends_at].map(|at| format::field(at, &zone));
    assert_eq!(kept, [from.clone(), until]);
    let page = format!("/yuhong/desk/budgets/{of}");
    let page = manager.get(&page).await.text;
    assert!(page.contains("结转到“网格巡查专项”"), "{page}");
    assert!(page.contains(&format!("value=\"{from}\"")), "{page}");
    assert!(page.contains("用到 80% 和 95% 时各提醒一次"), "{page}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_page_shows_how_a_budget_is_used_up() {
    let clock = Clock::fixed(Clock::System.now());
    let town = Town::begin_at(clock.clone()).await;
    let of = budget(&town, "request-fulfilled").await;
    let path = format!("/yuhong/desk/budgets/{}", of.id);
    let auditor = Browser::of(&town.pages, "何静").await;
    let page = auditor.get(&path).await.text;
    // Given an hour ago, and used just now by two riders.
    for said in [
        "data-label=\"拨入减退回\">30,000<",
        "data-label=\"用去\">12<",
        "data-label=\"剩余\"><b>29,988<",
        "<polyline class=\"curve\"",
        "<polyline class=\"curve other\"",
    ] {
        assert!(page.contains(said), "{said} in {page}");
    }
    let rows = |page: &str| page.matches("data-label=\"用去\"").count();
    assert!(!page.contains("value=\"provide\""), "they change nothing");
    clock.set(clock.now().plus_seconds(40 * 86_400));
    let auditor = Browser::of(&town.pages, "何静").await;
    let later = auditor.get(&path).await.text;
    assert!(rows(&later) > rows(&page), "a month has begun: {later}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_statement_is_made_by_one_and_approved_by_another() {
    let town = Town::begin().await;
    let one = town.worker(&[MerchantManager], None).await;
    let other = town.worker(&[MerchantManager], None).await;
    let below = town.worker(&[MerchantManager], Some(town.nodes[0])).await;
    assert_eq!(below.get(SETTLEMENT).await.status, StatusCode::FORBIDDEN);
    let empty = one.get(SETTLEMENT).await.text;
    assert!(
        empty.contains("没有这样的结算单") && empty.contains("2 家门店有待结算的"),
        "{empty}"
    );
    let unnamed = one.post(SETTLEMENT, "key=a&funder=&rate=").await;
    assert_eq!(unnamed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unnamed.text.contains("请写明由谁出资"), "{}", unnamed.text);
    let funder = funded(&town).await;
    let half = one.post(SETTLEMENT, "key=b&funder=&rate=85").await;
    assert!(
        half.text.contains("要一起填") && half.text.contains("value=\"85\""),
        "{}",
        half.text
    );
    let freeze = format!("key=c&funder={funder}&rate=100&rounding=half_up");
    let frozen = one.post(SETTLEMENT, &freeze).await;
    assert!(frozen.location.contains("done=2"), "{}", frozen.text);
    let told = one.get(&frozen.location).await.text;
    assert!(told.contains("已生成 2 张结算单"), "{told}");

    // The first store disputes a line and gets an answer; then both agree.
    let ours = newest(&town, 0).await;
    let theirs = newest(&town, 1).await;
    let path = format!("{SETTLEMENT}/{}", ours.id);
    let version = ours.from_version;
    let reason = DisputeReason::Points;
    let dispute = SettlementCommand::Dispute {
        statement: ours.id,
        version,
        reason,
    };
    says(&town, &ours, dispute).await;
    let disputed = one.get(&path).await.text;
    assert!(
        disputed.contains("积分数不对") && disputed.contains("name=\"finding\""),
        "{disputed}"
    );
    let answer = format!("act=answer&key=e&version={version}&finding=stands");
    for _ in 0..2 {
        let answered = one.post(&path, &answer).await;
        assert_eq!(answered.status, StatusCode::SEE_OTHER, "{}", answered.text);
    }
    let found = statement(&town, ours.id).await.disputes[0].answer;
    assert_eq!(found.map(|of| of.finding), Some(DisputeFinding::Stands));
    let early = other.post(&path, "act=approve&key=f").await;
    assert!(early.text.contains("商户还没有确认"), "{}", early.text);
    for of in [&ours, &theirs] {
        let statement = of.id;
        says(&town, of, SettlementCommand::Confirm { statement }).await;
    }

    // Whoever made them has no box to tick, and gets nowhere without.
    let confirmed = format!("{SETTLEMENT}?state=confirmed");
    let tick = "name=\"statement\"";
    assert!(!one.get(&confirmed).await.text.contains(tick));
    assert!(other.get(&confirmed).await.text.contains(tick));
    assert!(one.get(&path).await.text.contains("须由另一位工作人员批准"));
    let both = format!("key=g&statement={}&statement={}", ours.id, theirs.id);
    let approve = format!("{SETTLEMENT}/approve");
    let own = one.post(&approve, &both).await;
    assert_eq!(own.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(own.text.contains("请另一位工作人员办理"), "{}", own.text);
    let none = other.post(&approve, "key=h").await;
    assert!(none.text.contains("请先勾选"), "{}", none.text);
    for _ in 0..2 {
        let approved = other.post(&approve, &both).await;
        assert!(approved.location.contains("done=2"), "{}", approved.text);
    }
    let waiting = one.get(SETTLEMENT).await.text;
    assert!(waiting.contains("共 2.00 元"), "{waiting}");
    let gather = format!("{SETTLEMENT}/gather");
    let gathered = one.post(&gather, "key=i").await;
    let again = one.post(&gather, "key=i").await;
    assert!(gathered.location.contains("batch="), "{}", gathered.text);
    assert_eq!(gathered.location, again.location, "{}", again.text);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_batch_has_a_file_for_the_bank_and_is_booked_as_it_is_paid() {
    let town = Town::begin().await;
    let one = town.worker(&[MerchantManager], None).await;
    let ids = [town.freeze(0).await, town.freeze(1).await];
    let batch = town.gathered(ids).await;
    let page = format!("{SETTLEMENT}?batch={batch}");
    let page = one.get(&page).await.text;
    assert!(page.contains("还没有登记收款账户"), "{page}");

    // The file: not before it is known to whom the money goes.
    let file = format!("{SETTLEMENT}/batches/{batch}/file");
    let missing = one.post(&file, "key=d&format=csv").await;
    assert_eq!(missing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        missing.text.contains("付款文件没有生成"),
        "{}",
        missing.text
    );
    let (ledger, program) = (&town.web.ledger, town.web.program.id);
    let request = operator(&town.web);
    for store in town.stores {
        let store = ledger.registered(program, Register::Stores, store.0).await;
        let merchant = store.expect("the ledger").expect("it").belongs_to;
        let payee = Payee {
            name: "王师傅".to_owned(),
            bank: "中国银行沈阳于洪支行".to_owned(),
            account: "6217000010001234567".to_owned(),
        };
        let merchant = MerchantId(merchant.expect("a merchant"));
        let kept = ledger.keep_payee(&request, merchant, &payee).await;
        kept.expect("it is kept");
    }
    let made = one.post(&file, "key=e&format=csv").await;
    assert_eq!(made.status, StatusCode::OK);
    assert_eq!(made.text.matches("6217000010001234567,1.00").count(), 2);

    // What the bank paid is booked once, and together or alone.
    let paid = format!("{SETTLEMENT}/batches/{batch}/paid");
    let booked = |key: &str, references: [&str; 2]| {
        let [first, second] = references;
        let [ours, theirs] = ids;
        format!("key={key}&reference.{ours}={first}&reference.{theirs}={second}")
    };
    let wrong = one.post(&paid, &booked("g", ["BOC+1", ""])).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        wrong.text.contains("银行流水号用字母") && wrong.text.contains("value=\"BOC 1\""),
        "{}",
        wrong.text
    );
    for _ in 0..2 {
        let done = one.post(&paid, &booked("h", ["BOC-1", ""])).await;
        assert!(done.location.contains("how=paid&done=1"), "{}", done.text);
    }
    let [ours, theirs] = ids;
    let known = statement(&town, ours).await.payment;
    assert_eq!(known.map(|paid| paid.reference), Some("BOC-1".to_owned()));
    let last = format!("{SETTLEMENT}/{theirs}");
    let alone = one.post(&last, "act=pay&key=i&reference=BOC-2").await;
    assert_eq!(alone.location, format!("{last}?done=pay"), "{}", alone.text);
    assert_eq!(statement(&town, theirs).await.state(), StatementState::Paid);

    // Whoever reads the books sees it all, and presses nothing.
    let auditor = Browser::of(&town.pages, "何静").await;
    let all = auditor.get(&format!("{SETTLEMENT}?state=all")).await.text;
    assert!(
        all.contains(&ours.to_string()) && all.contains("已付款"),
        "{all}"
    );
    assert!(!all.contains("id=\"freeze\""), "{all}");
    let batch = auditor.get(&format!("{SETTLEMENT}?batch={batch}")).await;
    assert!(batch.text.contains("BOC-1") && !batch.text.contains("value=\"csv\""));
    for path in [SETTLEMENT, &file, &paid, &last] {
        let refused = auditor.post(path, "key=j").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn reports_are_of_months_and_every_job_has_a_name() {
    let town = Town::begin().await;
    let auditor = Browser::of(&town.pages, "何静").await;
    let reports = auditor.get("/yuhong/audit/reports").await.text;
    for said in ["发行和兑换", "bar other", "by=rule", "format=xlsx"] {
        assert!(reports.contains(said), "{said} in {reports}");
    }
    let wrong = auditor.get("/yuhong/audit/reports?from=2026-13").await.text;
    assert!(wrong.contains("月份写成") && wrong.contains("value=\"2026-13\""));
    let long_ago = "/yuhong/audit/reports?from=2020-01&to=2020-02";
    let long_ago = auditor.get(long_ago).await.text;
    assert!(long_ago.contains("这几个月没有积分进出"), "{long_ago}");
    assert_eq!(long_ago.matches("data-label=\"月份\"").count(), 2);

    let health = auditor.get("/yuhong/audit/health").await.text;
    assert!(health.contains("能读能写"), "{health}");
    let jobs = town.web.app.job_statuses(town.web.program.id).await;
    for job in jobs.expect("jobs") {
        let name = job.name;
        assert!(health.contains(&format!("<code>{name}</code>")), "{name}");
        assert!(
            !health.contains(&format!("<b>{name}</b>")),
            "{name} has no words"
        );
    }
    let desk = Browser::of(&town.pages, "张敏").await;
    let refused = desk.get("/yuhong/audit/health").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
