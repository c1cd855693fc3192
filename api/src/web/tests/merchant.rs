//! A store's own pages: payments of earlier days given back, objections answered, statements disputed and confirmed, clerks put on record.

use ledger::community::{Clerk, ClerkRole, Registration};
use ledger::ids::{ClerkId, StatementId};
use ledger::machine::settlement::DisputeFinding;
use ledger::machine::{Redemption, SettlementCommand, Statement, StatementState};
use ledger::points::{Points, Rate, Rounding};
use ledger::views::Register;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::town::{Town, id};
use super::*;

impl Town {
    /// Somebody who works at the store of one of the two.
    pub async fn employ(&self, whose: usize, role: ClerkRole) -> ClerkId {
        let clerk = Clerk {
            id: ClerkId(id()),
            store: self.stores[whose],
            name: "王店员".to_owned(),
            role,
            whole_merchant: false,
        };
        let employed = clerk.id;
        let command = Command::Register(Registration::Clerk(clerk));
        let done = self.web.app.execute(&operator(&self.web), command).await;
        done.expect("on record");
        employed
    }

    /// The same in their browser.
    async fn at_counter(&self, whose: usize, role: ClerkRole) -> Browser {
        let clerk = self.employ(whose, role).await;
        self.let_in(Role::Merchant, clerk.0).await.1
    }

    /// What that store is owed so far, a yuan a point, as a statement.
    pub async fn freeze(&self, whose: usize) -> StatementId {
        let (ledger, request) = (&self.web.ledger, operator(&self.web));
        let funders = ledger.funders(self.web.program.id).await;
        let funder = funders.expect("funders").remove(0).id;
        let amount = Points::from_hundredths(10_000);
        let received = Command::ReceiveFunds { funder, amount };
        let received = ledger.execute(&request, received).await;
        received.expect("a hundred yuan");
        let freeze = Command::FreezeStatement {
            store: self.stores[whose],
            through_version: None,
            funder: Some(funder),
            rate: Some(Rate::new(Decimal::ONE_HUNDRED, Rounding::HalfUp)),
        };
        let frozen = ledger.execute(&request, freeze).await;
        match frozen.expect("a statement").outcome {
            Outcome::Statement(statement) => statement.id,
            other => panic!("{other:?}"),
        }
    }

    async fn paid(&self, whose: usize) -> Redemption {
        let program = self.web.program.id;
        let found = self.web.ledger.redemption(program, self.redemptions[whose]);
        found.await.expect("the ledger").expect("the redemption")
    }

    async fn statement(&self, id: StatementId) -> Statement {
        let found = self.web.ledger.settlement(self.web.program.id, id);
        found.await.expect("the ledger").expect("the statement")
    }
}

/// A town whose payments, of a point each, were made the day before.
async fn the_day_after() -> Town {
    let clock = Clock::fixed(Clock::System.now());
    let town = Town::begin_at(clock.clone()).await;
    clock.set(clock.now().plus_seconds(24 * 3_600));
    town
}

fn day(town: &Town, ago: i64) -> String {
    let at = town.web.now().plus_seconds(-ago * 24 * 3_600);
    at.to_jiff().to_zoned(town.web.zone()).date().to_string()
}

#[tokio::test]
async fn a_manager_gives_back_a_part_of_what_was_paid_yesterday() {
    let town = the_day_after().await;
    let [ours, theirs] = town.redemptions.map(|id| id.to_string());
    let manager = town.at_counter(0, ClerkRole::Manager).await;
    let all = manager.get("/yuhong/counter/payments").await.text;
    assert!(all.contains(&ours) && !all.contains(&theirs), "{all}");
    let of_day = |ago| format!("/yuhong/counter/payments?day={}", day(&town, ago));
    let yesterday = manager.get(&of_day(1)).await.text;
    assert!(
        yesterday.contains(&ours) && yesterday.contains("1 分</b>"),
        "{yesterday}"
    );
    let today = manager.get(&of_day(0)).await.text;
    assert!(
        today.contains("这一天没有收款") && !today.contains(&ours),
        "{today}"
    );
    let none = manager.get("/yuhong/counter/payments?day=x").await;
    assert_eq!(none.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(none.text.contains("日期要写成") && none.text.contains(&ours));

    let one = format!("/yuhong/counter/payments/{ours}");
    let form = manager.get(&one).await.text;
    assert!(
        form.contains("最多 1 分") && form.contains("退回骑手") && !form.contains("整笔撤销"),
        "{form}"
    );
    let much = manager.post(&one, "key=a&points=2").await;
    assert_eq!(much.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in ["最多还能退 1 分", "value=\"2\"", "id=\"points-wrong\""] {
        assert!(much.text.contains(said), "{said} in {}", much.text);
    }
    let unsaid = manager.post(&one, "key=b&points=").await;
    assert!(unsaid.text.contains("请填要退多少"), "{}", unsaid.text);
    // What will happen is said first, and what was typed stays.
    let step = manager.post(&one, "key=c&points=0.4").await;
    assert_eq!(step.status, StatusCode::OK, "{}", step.text);
    for said in [
        "退回 0.4 分给骑手，不能收回",
        "确认退款",
        "name=\"key\" value=\"c\"",
        "name=\"points\" value=\"0.4\"",
    ] {
        assert!(step.text.contains(said), "{said} in {}", step.text);
    }
    let changed = manager.post(&one, "key=c&points=0.4&confirmed=no").await;
    assert!(
        changed.text.contains("退回骑手") && changed.text.contains("value=\"0.4\""),
        "{}",
        changed.text
    );
    assert_eq!(town.paid(0).await.refunded, Points::ZERO);
    let back = manager.post(&one, "key=c&points=0.4&confirmed=yes").await;
    assert_eq!(back.location, format!("{one}?done=refunded"));
    let auditor = Browser::of(&town.pages, "何静").await;
    let trail = "/yuhong/audit/changes?operation=redemption.refund";
    let trail = auditor.get(trail).await.text;
    assert!(trail.contains("王店员"), "by name: {trail}");
    // Neither confirmed again nor begun again with the form of before.
    let before = format!("{one}?done=before");
    for form in [
        "key=c&points=0.4&confirmed=yes",
        "key=c&points=0.4",
        "key=c&points=0.1",
    ] {
        let again = manager.post(&one, form).await;
        assert_eq!(again.location, before, "{form}: {}", again.text);
    }
    let told = manager.get(&before).await.text;
    assert!(
        told.contains("没有再退")
            && told.contains("0.4 分，本店留 0.6 分")
            && !told.contains("name=\"key\" value=\"c\""),
        "{told}"
    );
    let known = town.paid(0).await;
    assert_eq!(known.refunded, Points::from_hundredths(40));
    let told = manager.get(&format!("{one}?done=refunded")).await.text;
    assert!(
        told.contains("0.4 分，本店留 0.6 分") && told.contains("value=\"0.6\""),
        "{told}"
    );
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_manager_answers_a_riders_objection() {
    let town = the_day_after().await;
    let manager = town.at_counter(0, ClerkRole::Manager).await;
    let rider = town.let_in(Role::Member, town.members[0].0).await.1;
    let ours = town.redemptions[0];
    let mine = format!("/yuhong/me/redemptions/{ours}");
    let objected = rider.post(&mine, "key=o&ground=wrong_amount").await;
    assert_eq!(objected.status, StatusCode::SEE_OTHER, "{}", objected.text);

    let payments = manager.get("/yuhong/counter/payments").await.text;
    assert!(payments.contains("等您答复"), "{payments}");
    // What comes back is part of the answer.
    let path = format!("/yuhong/counter/payments/{ours}");
    let one = manager.get(&path).await.text;
    assert!(
        one.contains("去答复") && !one.contains("name=\"points\""),
        "{one}"
    );
    let list = between(&one, "href=\"/yuhong/counter/objections", "\"");
    let path = format!("/yuhong/counter/objections{list}");
    let list = manager.get(&path).await.text;
    assert!(
        list.contains("积分数不对") && list.contains(&ours.to_string()),
        "{list}"
    );

    let answer = format!("/yuhong/counter/objections/{ours}");
    let unsaid = manager.post(&answer, "act=dismiss&key=a&reason=").await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unsaid.text.contains("请先选不退的原因"), "{}", unsaid.text);
    let much = manager.post(&answer, "act=refund&key=b&points=5").await;
    assert!(
        much.text.contains("最多还能退 1 分") && much.text.contains("value=\"5\""),
        "{}",
        much.text
    );
    for _ in 0..2 {
        let answered = manager.post(&answer, "act=refund&key=c&points=0.25").await;
        assert_eq!(
            answered.location,
            "/yuhong/counter/objections?done=refunded"
        );
    }
    let refunded = town.paid(0).await.refunded;
    assert_eq!(refunded, Points::from_hundredths(25));
    let list = manager.get("/yuhong/counter/objections?done=refunded");
    let list = list.await.text;
    assert!(
        list.contains("异议办结") && list.contains("没有等待答复的异议"),
        "{list}"
    );
    assert!(rider.get(&mine).await.text.contains("异议成立，已退回"));
    let late = manager.post(&answer, "act=dismiss&key=d&reason=delivered");
    let late = late.await;
    assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(late.text.contains("没有待处理的异议"), "{}", late.text);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_stores_pages_are_for_those_whose_verbs_allow_it() {
    let town = Town::begin().await;
    let clerk = town.at_counter(0, ClerkRole::Clerk).await;
    let finance = town.at_counter(0, ClerkRole::Finance).await;
    let elsewhere = town.at_counter(1, ClerkRole::Manager).await;
    let statement = town.freeze(0).await;
    let payment = format!("/yuhong/counter/payments/{}", town.redemptions[0]);
    let owed = format!("/yuhong/counter/statements/{statement}");
    let (read, refused, none) = (StatusCode::OK, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND);
    for (path, of_clerk, of_finance, of_other) in [
        ("/yuhong/counter", read, refused, read),
        ("/yuhong/counter/payments", read, read, read),
        (payment.as_str(), read, read, none),
        ("/yuhong/counter/objections", refused, refused, read),
        ("/yuhong/counter/statements", refused, read, read),
        (owed.as_str(), refused, read, none),
        ("/yuhong/counter/clerks", refused, refused, read),
    ] {
        let mut found = Vec::new();
        for browser in [&clerk, &finance, &elsewhere] {
            found.push(browser.get(path).await.status);
        }
        assert_eq!(found, [of_clerk, of_finance, of_other], "{path}");
    }
    let beside = format!("/yuhong/counter/payments?store={}", town.stores[0]);
    assert_eq!(elsewhere.get(&beside).await.status, none);
    let answer = format!("/yuhong/counter/objections/{}", town.redemptions[0]);
    for (path, form) in [
        (&payment, "key=k&points=1"),
        (&answer, "act=dismiss&key=k&reason=other"),
        (&owed, "act=confirm&key=k"),
    ] {
        let mut found = Vec::new();
        for browser in [&clerk, &finance, &elsewhere] {
            found.push(browser.post(path, form).await.status);
        }
        assert_eq!(found, [refused, refused, none], "{path}");
    }
    // What they may not do has no button.
    let shown = clerk.get(&payment).await.text;
    assert!(
        !shown.contains("name=\"points\"") && shown.contains("请店长办理"),
        "{shown}"
    );
    assert!(!finance.get(&owed).await.text.contains("name=\"act\""));
    assert_eq!(town.paid(0).await.refunded, Points::ZERO);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_line_is_disputed_and_answered_before_its_statement_is_confirmed() {
    let town = Town::begin().await;
    let manager = town.at_counter(0, ClerkRole::Manager).await;
    let [ours, theirs] = [town.freeze(0).await, town.freeze(1).await];
    let list = manager.get("/yuhong/counter/statements").await.text;
    assert!(
        list.contains(&ours.to_string()) && list.contains("待门店确认"),
        "{list}"
    );
    assert!(!list.contains(&theirs.to_string()), "another store's");
    let path = format!("/yuhong/counter/statements/{ours}");
    let page = manager.get(&path).await.text;
    assert!(
        page.contains("1.00") && page.contains("每积分 1 元") && page.contains("核对无误，确认"),
        "{page}"
    );

    let program = town.web.program.id;
    let known = town.statement(ours).await;
    let lines = town
        .web
        .ledger
        .settlement_lines(program, &known, None, 10)
        .await;
    let version = lines.expect("lines").remove(0).entry.version;
    let dispute = |key: &str, reason: &str| {
        format!("act=dispute&key={key}&version={version}&reason={reason}")
    };
    let unsaid = manager.post(&path, &dispute("a", "")).await;
    assert_eq!(unsaid.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        unsaid.text.contains("请先选这一笔哪里不对") && unsaid.text.contains("<details open>"),
        "{}",
        unsaid.text
    );
    for _ in 0..2 {
        let disputed = manager.post(&path, &dispute("b", "points")).await;
        assert_eq!(disputed.location, format!("{path}?done=disputed"));
    }
    let page = manager.get(&path).await.text;
    assert!(
        page.contains("还有 1 笔异议没有答复") && !page.contains("核对无误，确认"),
        "{page}"
    );
    let early = manager.post(&path, "act=confirm&key=c").await;
    assert_eq!(early.status, StatusCode::UNPROCESSABLE_ENTITY);

    let answer = Command::Settlement(Box::new(SettlementCommand::Answer {
        statement: ours,
        version,
        finding: DisputeFinding::Stands,
    }));
    let answered = town.web.ledger.execute(&operator(&town.web), answer).await;
    answered.expect("an answer");
    let page = manager.get(&path).await.text;
    assert!(page.contains("按原样结算"), "{page}");
    for _ in 0..2 {
        let confirmed = manager.post(&path, "act=confirm&key=d").await;
        assert_eq!(confirmed.location, format!("{path}?done=confirmed"));
    }
    let state = town.statement(ours).await.state();
    assert_eq!(state, StatementState::Confirmed);
    let page = manager.get(&path).await.text;
    assert!(
        page.contains("已确认，待批准")
            && page.contains("王店员")
            && !page.contains("name=\"act\""),
        "{page}"
    );
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_manager_puts_a_clerk_on_record_invites_them_and_lets_them_go() {
    let town = Town::begin().await;
    let manager = town.at_counter(0, ClerkRole::Manager).await;
    let elsewhere = town.at_counter(1, ClerkRole::Manager).await;
    let clerks = "/yuhong/counter/clerks";
    let new = |key: &str, whose: usize, name: &str| {
        let store = town.stores[whose];
        format!("key={key}&store={store}&name={name}&role=clerk")
    };
    let xiao_li = "%E5%B0%8F%E6%9D%8E";
    let unnamed = manager.post(clerks, &new("a", 0, "")).await;
    assert_eq!(unnamed.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(unnamed.text.contains("请填姓名"), "{}", unnamed.text);
    let foreign = manager.post(clerks, &new("b", 1, xiao_li)).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    let everywhere = format!("{}&everywhere=yes", new("c", 0, xiao_li));
    let everywhere = manager.post(clerks, &everywhere).await;
    assert_eq!(everywhere.status, StatusCode::FORBIDDEN);
    for _ in 0..2 {
        let employed = manager.post(clerks, &new("d", 0, xiao_li)).await;
        assert_eq!(employed.location, format!("{clerks}?done=employed"));
    }
    let (program, first) = (town.web.program.id, Uuid::nil());
    let known = town
        .web
        .ledger
        .register(program, Register::Clerks, first, 100);
    let known = known.await.expect("clerks").into_iter();
    let mut known = known.filter(|clerk| clerk.name == "小李");
    let clerk = known.next().expect("one").id;
    assert!(known.next().is_none(), "once");
    let list = manager.get(clerks).await.text;
    assert!(
        list.contains("小李") && list.contains("您自己") && list.contains("还没有邀请登录"),
        "{list}"
    );
    assert!(!elsewhere.get(clerks).await.text.contains("小李"));

    let one = format!("{clerks}/{clerk}");
    let wrong = manager.post(&one, "act=invite&handle=x").await;
    for said in ["登录名要", "value=\"x\"", "<details open>"] {
        assert!(wrong.text.contains(said), "{said} in {}", wrong.text);
    }
    let invited = manager.post(&one, "act=invite&handle=xiaoli").await;
    assert!(
        invited.status == StatusCode::OK && invited.text.contains(">ji_"),
        "{}",
        invited.text
    );
    let list = manager.get(clerks).await.text;
    assert!(
        list.contains("已邀请（xiaoli）") && !list.contains("ji_"),
        "{list}"
    );
    for form in ["act=invite&handle=mine", "act=leave&key=e"] {
        let foreign = elsewhere.post(&one, form).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND, "{form}");
    }

    let at_work = town.let_in(Role::Merchant, clerk).await.1;
    let counter = "/yuhong/counter";
    assert_eq!(at_work.get(counter).await.status, StatusCode::OK);
    for _ in 0..2 {
        let left = manager.post(&one, "act=leave&key=f").await;
        assert_eq!(left.location, format!("{clerks}?done=left"));
    }
    assert_eq!(at_work.get(counter).await.location, "/yuhong/login");
    let again = manager.post(&one, "act=leave&key=g").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(again.text.contains("已经离职"), "{}", again.text);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
