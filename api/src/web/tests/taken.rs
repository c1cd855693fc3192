//! What is taken along as a file, searched and paged: a store's payments and statements, a rider's own lines.

use ledger::accounts::Account;
use ledger::community::{ClerkRole, Code, Registration};
use ledger::ids::{RedemptionId, random_bytes, sha256_hex};
use ledger::machine::{Charge, Payer};
use ledger::points::Points;
use ledger::views::StatementFilter;

use super::town::Town;
use super::*;

/// A town whose clock stands still, so that no day ends meanwhile.
async fn town() -> Town {
    Town::begin_at(Clock::fixed(Clock::System.now())).await
}

async fn at_counter(town: &Town, whose: usize, role: ClerkRole) -> Browser {
    let clerk = town.employ(whose, role).await;
    town.let_in(Role::Merchant, clerk.0).await.1
}

/// The first store, at its counter.
fn counter(town: &Town) -> ledger::Request {
    let store = town.stores[0];
    ledger::Request {
        actor: Actor {
            id: ActorId(store.0),
            role: Role::Merchant,
            member: None,
            store: Some(store),
            node: None,
        },
        ..operator(&town.web)
    }
}

/// A payment code of the first rider's.
async fn drawn(town: &Town) -> String {
    let web = &town.web;
    let hash = sha256_hex(&random_bytes::<16>());
    let code = Registration::Code(Code {
        hash: hash.clone(),
        member: town.members[0],
        expires_at: web.now().plus_seconds(100),
    });
    let drawn = Command::Register(code);
    let drawn = web.app.execute(&operator(web), drawn).await;
    drawn.expect("a code");
    hash
}

/// Another payment of the first rider's at the first store, of so many hundredths of a point; taken at once, or only held.
async fn charge(town: &Town, hundredths: i64, capture: bool) -> RedemptionId {
    let charge = Command::Authorise {
        payer: drawn(town).await.into(),
        store: town.stores[0],
        charge: Charge::Points(Points::from_hundredths(hundredths)),
        capture,
        hold_seconds: 60,
    };
    let paid = town.web.ledger.execute(&counter(town), charge).await;
    match paid.expect("a payment").outcome {
        Outcome::Redemption(redemption) => redemption.id,
        other => panic!("{other:?}"),
    }
}

async fn pay(town: &Town, hundredths: i64) -> RedemptionId {
    charge(town, hundredths, true).await
}

/// The lines of a file without what stands above the columns. No cell of these has a comma.
fn lines(csv: &str) -> Vec<Vec<&str>> {
    let lines = csv.lines().skip(1);
    lines.map(|line| line.split(',').collect()).collect()
}

fn sum(lines: &[Vec<&str>], column: usize) -> Points {
    let cells = lines.iter().map(|line| line[column]);
    let points = cells.map(|cell| cell.parse::<Points>().expect(cell));
    Points::sum(points).expect("a sum")
}

#[tokio::test]
async fn the_file_of_a_statement_has_every_line_and_what_they_come_to() {
    let town = town().await;
    for _ in 0..55 {
        pay(&town, 1).await;
    }
    let statement = town.freeze(0).await;
    let known = town
        .web
        .ledger
        .settlement(town.web.program.id, statement)
        .await;
    let known = known.expect("the ledger").expect("the statement");
    let finance = at_counter(&town, 0, ClerkRole::Finance).await;
    let path = format!("/yuhong/counter/statements/{statement}");
    let page = finance.get(&path).await.text;
    for told in ["1.55", "下一页", "as=csv", "as=xlsx"] {
        assert!(page.contains(told), "{told} in {page}");
    }

    let file = finance.get(&format!("{path}?as=csv")).await.text;
    let mut found = lines(&file);
    let total = found.pop().expect("a total");
    assert_eq!(found.len(), 56, "{file}");
    assert_eq!(
        (sum(&found, 6), sum(&found, 7)),
        (known.points, known.amount)
    );
    assert_eq!((total[0], total[6], total[7]), ("合计", "1.55", "1.55"));
    let first = town.redemptions[0].to_string();
    assert!(found.iter().any(|line| line[3] == first), "{file}");

    // Of what was looked for, what that comes to.
    let one = format!("{path}?q={first}");
    let some = finance.get(&format!("{one}&as=csv")).await.text;
    let some = lines(&some);
    assert_eq!((some.len(), some[1][6]), (2, "1.00"), "{some:?}");
    let shown = finance.get(&one).await.text;
    assert!(
        shown.contains(&first) && !shown.contains("下一页"),
        "{shown}"
    );

    let request = Request::get(format!("{path}?as=xlsx")).header(header::COOKIE, &finance.cookie);
    let request = request.body(Body::empty()).expect("a request");
    let book = town.pages.clone().oneshot(request).await.expect("a book");
    let named = book.headers().get(header::CONTENT_DISPOSITION);
    let named = named.expect("a name").to_str().expect("text").to_owned();
    assert!(named.contains(".xlsx"), "{named}");
    let book = book.into_body().collect().await.expect("a body").to_bytes();
    assert!(book.starts_with(b"PK"), "a workbook is a ZIP archive");

    // Whoever may not read the page may not take it along.
    let elsewhere = at_counter(&town, 1, ClerkRole::Manager).await;
    let clerk = at_counter(&town, 0, ClerkRole::Clerk).await;
    for (browser, refused) in [
        (elsewhere, StatusCode::NOT_FOUND),
        (clerk, StatusCode::FORBIDDEN),
    ] {
        let answer = browser.get(&format!("{path}?as=csv")).await;
        assert_eq!(answer.status, refused, "{}", answer.text);
    }
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn payments_are_paged_searched_and_taken_along() {
    let town = town().await;
    for _ in 0..59 {
        pay(&town, 1).await;
    }
    let wanted = pay(&town, 7).await.to_string();
    let manager = at_counter(&town, 0, ClerkRole::Manager).await;
    let list = "/yuhong/counter/payments";
    let ids = |page: &str| -> Vec<String> {
        let links = page.split("class=\"line\" href=\"/yuhong/counter/payments/");
        let links = links.skip(1);
        links.map(|link| link[..36].to_owned()).collect()
    };
    let today = town.web.now().to_jiff().to_zoned(town.web.zone()).date();
    for choice in [String::new(), format!("day={today}")] {
        let first = manager.get(&format!("{list}?{choice}")).await.text;
        let second = manager.get(&format!("{list}?{choice}&page=2")).await.text;
        assert!(first.contains("下一页") && !first.contains("上一页"));
        assert!(second.contains("上一页") && !second.contains("下一页"));
        let mut shown = ids(&first);
        assert_eq!(shown.len(), 50, "{first}");
        shown.extend(ids(&second));
        shown.sort_unstable();
        shown.dedup();
        assert_eq!(shown.len(), 61, "each once: {second}");
        assert_eq!(
            first.contains("1.66 分</b>"),
            !choice.is_empty(),
            "what a day comes to: {first}"
        );
    }
    for words in ["0.07", wanted.as_str()] {
        let found = manager.get(&format!("{list}?q={words}")).await.text;
        assert_eq!(
            ids(&found),
            std::slice::from_ref(&wanted),
            "{words}: {found}"
        );
        let file = manager.get(&format!("{list}?q={words}&as=csv")).await.text;
        assert_eq!(lines(&file)[0][1], wanted, "{file}");
    }
    let none = manager.get(&format!("{list}?q=nothing")).await.text;
    assert!(none.contains("没有符合的") && ids(&none).is_empty());

    let file = manager.get(&format!("{list}?day={today}&as=csv")).await;
    let all = lines(&file.text);
    assert_eq!(all.len(), 61, "{}", file.text);
    assert_eq!(sum(&all, 4), Points::from_hundredths(166));
    let theirs = town.redemptions[1].to_string();
    assert!(!file.text.contains(&theirs), "another store's");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn payments_say_who_authorised_them() {
    let town = town().await;
    let clerk = town.employ(0, ClerkRole::Clerk).await;
    let at_store = counter(&town);
    let by_clerk = Actor {
        id: ActorId(clerk.0),
        ..at_store.actor
    };
    let member = town.members[0];
    let by_rider = Actor {
        id: ActorId(member.0),
        role: Role::Member,
        member: Some(member),
        store: None,
        node: None,
    };
    let mut paid = Vec::new();
    for (actor, hundredths) in [(by_clerk, 2), (by_rider, 3)] {
        let payer = match actor.role {
            Role::Member => Payer::Oneself(member),
            _ => drawn(&town).await.into(),
        };
        let charge = Command::Authorise {
            payer,
            store: town.stores[0],
            charge: Charge::Points(Points::from_hundredths(hundredths)),
            capture: true,
            hold_seconds: 60,
        };
        let request = ledger::Request {
            actor,
            ..operator(&town.web)
        };
        let done = town.web.ledger.execute(&request, charge).await;
        paid.push(done.expect("a payment").id.0.to_string());
    }
    let manager = at_counter(&town, 0, ClerkRole::Manager).await;
    let list = "/yuhong/counter/payments";
    let page = manager.get(list).await.text;
    for said in ["经办：王店员", "经办：骑手自助付款", "经办：其他系统"] {
        assert!(page.contains(said), "{said} in {page}");
    }
    let file = manager.get(&format!("{list}?as=csv")).await.text;
    let found = lines(&file);
    for (id, by) in paid.iter().zip(["王店员", "骑手自助付款"]) {
        let line = found.iter().find(|line| line[1] == *id).expect(&file);
        assert_eq!(line[6], by, "{file}");
        let one = manager.get(&format!("{list}/{id}")).await.text;
        assert!(one.contains(&format!("<dd>{by}</dd>")), "{one}");
    }
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn clerks_are_counted_where_all_of_them_were_read() {
    let town = town().await;
    let manager = at_counter(&town, 0, ClerkRole::Manager).await;
    let list = "/yuhong/counter/clerks";
    let number = "在册的店员<small>";
    let few = manager.get(list).await.text;
    assert!(few.contains(number), "{few}");
    for _ in 0..50 {
        town.employ(0, ClerkRole::Clerk).await;
    }
    let many = manager.get(list).await.text;
    assert!(many.contains("下一页") && !many.contains(number), "{many}");
    let last = manager.get(&format!("{list}?page=2")).await.text;
    assert!(last.contains(number), "{last}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

/// What is to be done is said before it is: at the counter, too.
#[tokio::test]
async fn undoing_and_releasing_say_what_happens() {
    let town = town().await;
    let paid = pay(&town, 12).await;
    charge(&town, 40, false).await;
    let clerk = at_counter(&town, 0, ClerkRole::Clerk).await;
    let page = clerk
        .get(&format!("/yuhong/counter?done={paid}"))
        .await
        .text;
    for said in [
        "<summary>撤销这笔</summary>",
        "<summary>撤销</summary>",
        "0.12 分马上退回骑手，本店今天少收 0.12 分。",
        "确认撤销",
        "<summary>解除</summary>",
        "冻结的 0.4 分马上退回骑手，本店不能再收取。",
        "确认解除",
    ] {
        assert!(page.contains(said), "{said} in {page}");
    }
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn the_till_shows_the_newest_of_today_and_what_all_of_them_come_to() {
    let clock = Clock::fixed(Clock::System.now());
    let town = Town::begin_at(clock.clone()).await;
    pay(&town, 11).await;
    clock.set(clock.now().plus_seconds(24 * 3_600));
    for _ in 0..100 {
        pay(&town, 1).await;
    }
    let given_back = pay(&town, 7).await;
    let voided = charge(&town, 40, false).await;
    charge(&town, 50, false).await;
    let refund = Command::Refund {
        redemption: given_back,
        points: Some(Points::from_hundredths(3)),
    };
    let void = Command::Void { redemption: voided };
    for command in [refund, void] {
        let done = town.web.ledger.execute(&counter(&town), command).await;
        done.expect("it is done");
    }

    // Neither what was paid the day before, nor what is held or was let go.
    let clerk = at_counter(&town, 0, ClerkRole::Clerk).await;
    let page = clerk.get("/yuhong/counter/till").await.text;
    assert!(page.contains("<b class=\"total\">1.04 分</b>"), "{page}");
    assert_eq!(page.matches("<li class=\"line\">").count(), 100, "{page}");
    assert!(page.contains("今天更早的 3 笔没有列在这里"), "{page}");
    let elsewhere = at_counter(&town, 1, ClerkRole::Clerk).await;
    let page = elsewhere.get("/yuhong/counter/till").await.text;
    assert!(page.contains("<b class=\"total\">0 分</b>"), "{page}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn the_file_of_a_rider_holds_their_lines_and_nobody_elses() {
    let town = town().await;
    let (web, member) = (&town.web, town.members[0]);
    let rider = town.let_in(Role::Member, member.0).await.1;
    let filter = StatementFilter {
        before: None,
        kind: None,
        from: None,
        until: None,
        limit: 1_000,
    };
    let known = web
        .ledger
        .statement(web.program.id, Account::wallet(member), &filter);
    let known = known.await.expect("the ledger");
    let month = web.now().to_jiff().to_zoned(web.zone());
    let month = month.strftime("%Y-%m").to_string();
    for path in [
        "/yuhong/me?as=csv".to_owned(),
        format!("/yuhong/me?month={month}&as=csv"),
    ] {
        let file = rider.get(&path).await.text;
        let found = lines(&file);
        assert_eq!(found.len(), known.len(), "{file}");
        for (line, known) in found.iter().zip(&known) {
            assert_eq!(line[5], known.subject.to_string());
            let balance = line[4].parse::<Points>().expect("a balance");
            assert_eq!(balance, known.balance_after);
        }
        let theirs = town.redemptions[1].to_string();
        assert!(!file.contains(&theirs), "another rider's");
    }
    let before = rider.get("/yuhong/me?month=2020-01&as=csv").await.text;
    assert_eq!(lines(&before).len(), 0, "{before}");
    let wrong = rider.get("/yuhong/me?month=2020-13").await;
    assert_eq!(wrong.status, StatusCode::NOT_FOUND);

    // A few lines are read at a glance: their file is there, and no search.
    let page = rider.get("/yuhong/me").await.text;
    assert!(
        page.contains("as=csv") && !page.contains("role=\"search\""),
        "{page}"
    );
    let of_month = rider.get(&format!("/yuhong/me?month={month}")).await.text;
    assert!(
        of_month.contains("<dt>增加</dt><dd>+6</dd>")
            && of_month.contains("<dt>减少</dt><dd>−1</dd>"),
        "{of_month}"
    );
    let paid = town.redemptions[0].to_string();
    let found = rider.get(&format!("/yuhong/me?q={paid}")).await.text;
    assert!(
        found.contains(&format!("me/redemptions/{paid}"))
            && !found.contains("class=\"gain\"")
            && found.contains("role=\"search\""),
        "{found}"
    );
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_search_near_a_place_keeps_the_place() {
    let town = town().await;
    let rider = town.let_in(Role::Member, town.members[0].0).await.1;
    let near = "/yuhong/places?lat=41.7952&lon=123.3085&minutes=60&q=none";
    let page = rider.get(near).await.text;
    for kept in [
        "name=\"lat\" value=\"41.7952\"",
        "name=\"lon\" value=\"123.3085\"",
        "name=\"minutes\" value=\"60\"",
    ] {
        assert!(page.contains(kept), "{kept} in {page}");
    }
    // Each of these lists answers with a file of its own.
    for path in [
        "activities",
        "hazards",
        "orders",
        "patrol",
        "places",
        "me/pledges",
        "me/teams",
        "me/service",
        "pledges",
    ] {
        let file = rider.get(&format!("/yuhong/{path}?as=csv")).await;
        assert_eq!(file.status, StatusCode::OK, "{path}: {}", file.text);
        assert!(!file.text.contains("<html"), "{path}: {}", file.text);
    }
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
