//! Which time a statement covers, and what is said once the time to answer it is over.

use ledger::clock::Timestamp;
use ledger::community::StaffRole::MerchantManager;
use ledger::community::{ClerkRole, Code, Registration};
use ledger::ids::{StatementId, random_bytes, sha256_hex};
use ledger::machine::{Charge, Statement};
use ledger::points::Points;

use super::town::Town;
use super::*;

const DAY: i64 = 24 * 3_600;
const OWED: &str = "/yuhong/counter/statements";
const SETTLEMENT: &str = "/yuhong/desk/settlement";

async fn statement(town: &Town, id: StatementId) -> Statement {
    let found = town.web.ledger.settlement(town.web.program.id, id).await;
    found.expect("the ledger").expect("the statement")
}

/// Half a point of the first rider's for the first store.
async fn pay(town: &Town) {
    let web = &town.web;
    let hash = sha256_hex(&random_bytes::<16>());
    let code = Registration::Code(Code {
        hash: hash.clone(),
        member: town.members[0],
        expires_at: web.now().plus_seconds(100),
    });
    let request = operator(web);
    let drawn = web.ledger.execute(&request, Command::Register(code));
    drawn.await.expect("a code");
    let store = town.stores[0];
    let mut counter = operator(web);
    counter.actor = Actor {
        id: ActorId(store.0),
        role: Role::Merchant,
        store: Some(store),
        ..counter.actor
    };
    let charge = Command::Authorise {
        payer: hash.into(),
        store,
        charge: Charge::Points(Points::from_hundredths(50)),
        capture: true,
        hold_seconds: 60,
    };
    let paid = web.ledger.execute(&counter, charge).await;
    paid.expect("a payment");
}

/// Its own days, or the one day, as pages say them.
fn days(town: &Town, from: Timestamp, until: Timestamp) -> String {
    let zone = town.web.zone();
    let [from, until] = [from, until].map(|at| format::whole_date(at, &zone));
    match from == until {
        true => until,
        false => format!("{from} 至 {until}"),
    }
}

/// What is said of a statement ten days after it was made.
fn over(town: &Town, of: &Statement) -> String {
    let by = of.frozen_at.plus_seconds(10 * DAY);
    let by = format::whole_date(by, &town.web.zone());
    format!("已过 {by}的答复期限")
}

/// A town with two statements of the first store, the second made thirteen days after the first.
async fn two_statements() -> (Town, [Statement; 2]) {
    let clock = Clock::fixed(Clock::System.now());
    let town = Town::begin_at(clock.clone()).await;
    let first = town.freeze(0).await;
    clock.set(clock.now().plus_seconds(12 * DAY));
    pay(&town).await;
    clock.set(clock.now().plus_seconds(DAY));
    let second = town.freeze(0).await;
    let both = [
        statement(&town, first).await,
        statement(&town, second).await,
    ];
    (town, both)
}

async fn manager(town: &Town) -> Browser {
    let clerk = town.employ(0, ClerkRole::Manager).await;
    town.let_in(Role::Merchant, clerk.0).await.1
}

#[tokio::test]
async fn a_statement_covers_the_time_since_the_one_before() {
    let (town, [first, second]) = two_statements().await;
    let manager = manager(&town).await;
    let (ledger, program) = (&town.web.ledger, town.web.program.id);
    let lines = ledger.settlement_lines(program, &first, None, 1).await;
    let began = lines.expect("lines").remove(0).entry.occurred_at;
    let of_first = days(&town, began, first.frozen_at);
    let of_second = days(&town, first.frozen_at, second.frozen_at);
    let desk = town.worker(&[MerchantManager], None).await;
    for (browser, list) in [(&manager, OWED), (&desk, SETTLEMENT)] {
        let page = browser.get(list).await.text;
        let file = browser.get(&format!("{list}?as=csv")).await.text;
        for period in [&of_first, &of_second] {
            assert!(page.contains(period), "{period} in {page}");
            assert!(file.contains(period), "{period} in {file}");
        }
        assert!(file.contains(",结算期间,"), "{file}");
        let zone = town.web.zone();
        let [from, until] = [&first, &second].map(|of| format::full(of.frozen_at, &zone));
        let page = browser.get(&format!("{list}/{}", second.id)).await.text;
        assert!(page.contains(&format!("{from} 至 {until}")), "{page}");
    }

    let path = format!("{OWED}/{}?as=csv", second.id);
    let request = Request::get(path).header(header::COOKIE, &manager.cookie);
    let request = request.body(Body::empty()).expect("a request");
    let file = town.pages.clone().oneshot(request).await.expect("a file");
    let named = file.headers().get(header::CONTENT_DISPOSITION);
    let named = named.expect("a name").to_str().expect("text");
    let day = |of: &Statement| of.frozen_at.to_jiff().to_zoned(town.web.zone()).date();
    let (from, until, id) = (day(&first), day(&second), second.id);
    let wanted = format!("statement-{from}-to-{until}-{id}.csv");
    assert!(named.contains(&wanted), "{wanted} in {named}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn once_the_time_to_answer_is_over_both_sides_read_so() {
    let (town, [first, second]) = two_statements().await;
    let manager = manager(&town).await;
    let desk = town.worker(&[MerchantManager], None).await;
    let auditor = Browser::of(&town.pages, "何静").await;
    let said = over(&town, &first);
    let approved = "社区可以不等门店确认直接批准；批准之前";
    for (browser, list) in [
        (&manager, OWED),
        (&desk, SETTLEMENT),
        (&auditor, SETTLEMENT),
    ] {
        let all = browser.get(list).await.text;
        assert_eq!(all.matches("的答复期限</span>").count(), 1, "{all}");
        assert!(all.contains(&said), "{said} in {all}");
        let late = browser.get(&format!("{list}/{}", first.id)).await.text;
        assert!(late.contains(&said) && late.contains(approved), "{late}");
        let early = browser.get(&format!("{list}/{}", second.id)).await.text;
        assert!(!early.contains("的答复期限</span>"), "{early}");
    }
    let ours = format!("{OWED}/{}", first.id);
    let theirs = format!("{SETTLEMENT}/{}", first.id);
    let by = |page: &str| page.contains("前核对答复");
    assert!(!by(&manager.get(&ours).await.text));
    let early = format!("{OWED}/{}", second.id);
    assert!(by(&manager.get(&early).await.text));
    let open = "打开后办理";
    assert!(desk.get(SETTLEMENT).await.text.contains(open));
    assert!(!auditor.get(SETTLEMENT).await.text.contains(open));
    let approve = "value=\"unanswered\"";
    assert!(desk.get(&theirs).await.text.contains(approve));
    assert!(!auditor.get(&theirs).await.text.contains(approve));

    // It can still be disputed; then it is not approved before that is answered.
    let version = first.from_version;
    let dispute = format!("act=dispute&key=a&version={version}&reason=points");
    let disputed = manager.post(&ours, &dispute).await;
    assert_eq!(disputed.status, StatusCode::SEE_OTHER, "{}", disputed.text);
    for (browser, path) in [(&manager, &ours), (&desk, &theirs)] {
        let page = browser.get(path).await.text;
        assert!(
            page.contains(&said) && page.contains("还有异议没有答复，不能批准"),
            "{page}"
        );
        assert!(page.contains("积分数不对</span>"), "by its line: {page}");
        assert!(!page.contains(approve), "{page}");
    }
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
