//! Long lists about one thing: policies and their drafts, the lines of a statement at the desk, what a rider was awarded and how their points
//! came and went, and one's own sessions.

use std::net::Ipv4Addr;

use axum::http::{HeaderMap, HeaderValue};
use ledger::Known;
use ledger::accounts::Account;
use ledger::community::StaffRole::{Awarder, MerchantManager};
use ledger::community::{Code, PolicySource, Registration, Way};
use ledger::ids::{DraftId, random_bytes, sha256_hex};
use ledger::machine::Charge;
use ledger::points::Points;
use ledger::views::{AwardFilter, StatementFilter};

use super::town::Town;
use super::*;
use crate::auth::session::{Asking, open};
use crate::edge::Counting;

const POLICIES: &str = "/yuhong/desk/policies";
const RIDERS: &str = "/yuhong/desk/members";
const SESSIONS: &str = "/yuhong/account";
const PATROL: &str = include_str!("../../../../policies/yuhong/grid-patrol.toml");
const WECHAT: &str =
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Mobile/15E148 MicroMessenger/8.0.47";

/// What stands above the columns of a file.
fn header_of(csv: &str) -> &str {
    let header = csv.lines().next().expect("a header");
    header.trim_start_matches('\u{feff}')
}

/// The lines below it. No cell of these has a comma.
fn lines(csv: &str) -> Vec<Vec<&str>> {
    let lines = csv.lines().skip(1);
    lines.map(|line| line.split(',').collect()).collect()
}

fn sum(lines: &[Vec<&str>], column: usize) -> Points {
    let cells = lines.iter().map(|line| line[column]);
    let points = cells.map(|cell| cell.parse::<Points>().expect(cell));
    Points::sum(points).expect("a sum")
}

/// How often it stands in each of the pages, which turn to each other and no further.
async fn on_two_pages(browser: &Browser, paths: [&str; 2], mark: &str) -> [usize; 2] {
    let [first, second] = paths;
    let first = browser.get(first).await.text;
    assert!(
        first.contains("下一页") && !first.contains("上一页"),
        "{first}"
    );
    let second = browser.get(second).await.text;
    assert!(
        second.contains("上一页") && !second.contains("下一页"),
        "{second}"
    );
    [first, second].map(|page| page.matches(mark).count())
}

/// Nothing is found, and the page says so.
async fn finds_nothing(browser: &Browser, path: &str, mark: &str) {
    let none = browser.get(path).await.text;
    assert!(
        none.contains("没有符合的") && none.contains("看全部") && !none.contains(mark),
        "{none}"
    );
}

/// Versions of the policy of patrols that differ in a remark, none of them approved.
async fn drafted(town: &Town, count: usize) -> Vec<DraftId> {
    let mut made = Vec::new();
    for number in 0..count {
        let policies = vec![PolicySource {
            name: "grid-patrol".to_owned(),
            source: format!("{PATROL}\n# {number}\n"),
        }];
        let command = Command::ImportPolicies { policies };
        let done = town.web.app.execute(&operator(&town.web), command).await;
        match done.expect("a draft").outcome {
            Outcome::Drafts { drafts, .. } => made.push(drafts[0].0),
            other => panic!("{other:?}"),
        }
    }
    made
}

#[tokio::test]
async fn policies_and_their_drafts_are_searched_paged_and_taken_along() {
    let town = Town::begin().await;
    let worker = town.worker(&[Awarder], Some(town.nodes[0])).await;
    let versions = town.web.ledger.policies(town.web.program.id).await;
    let versions = versions.expect("the ledger");
    let mut names: Vec<&str> = versions.iter().map(|one| one.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let file = worker.get(&format!("{POLICIES}?as=csv")).await.text;
    assert_eq!(header_of(&file), "名称,代号,适用事项,施行,状态,新版本施行");
    let mut told: Vec<&str> = lines(&file).iter().map(|line| line[1]).collect();
    told.sort_unstable();
    assert_eq!(told, names, "{file}");
    let found = worker.get(&format!("{POLICIES}?q=grid-patrol")).await.text;
    assert!(
        found.contains("1 条")
            && found.contains(&format!("href=\"{POLICIES}/grid-patrol\""))
            && !found.contains(&format!("href=\"{POLICIES}/hazard-report\"")),
        "{found}"
    );
    let nothing = format!("{POLICIES}?q=nothing+like+it");
    finds_nothing(&worker, &nothing, "data-label=\"适用事项\"").await;

    // The newest drafts stand below; all of them on pages of their own.
    let line = format!("class=\"line\" href=\"{POLICIES}/grid-patrol/drafts/");
    let none = worker.get(&format!("{POLICIES}?list=drafts")).await.text;
    assert!(
        none.contains("还没有草案") && !none.contains("role=\"search\""),
        "{none}"
    );
    let made = drafted(&town, 52).await;
    let newest = worker.get(POLICIES).await.text;
    assert_eq!(newest.matches(&line).count(), 5, "{newest}");
    assert!(
        newest.contains(&made[51].to_string()) && newest.contains("全部草案"),
        "{newest}"
    );
    let all = format!("{POLICIES}?list=drafts&state=tested");
    let second = format!("{all}&page=2");
    let counts = on_two_pages(&worker, [&all, &second], &line).await;
    assert_eq!(counts, [50, 2]);
    let kept = worker.get(&second).await.text;
    assert!(
        kept.contains("name=\"state\" value=\"tested\"") && kept.contains(&made[0].to_string()),
        "{kept}"
    );
    let one = format!("{POLICIES}?list=drafts&q={}", made[3]);
    let found = worker.get(&one).await.text;
    assert_eq!(found.matches(&line).count(), 1, "{found}");
    assert!(found.contains(&made[3].to_string()), "{found}");
    let other = format!("{POLICIES}?list=drafts&state=approved&q={}", made[3]);
    finds_nothing(&worker, &other, &line).await;
    let file = worker.get(&format!("{all}&as=csv")).await.text;
    assert_eq!(header_of(&file), "名称,代号,存入人,存入时间,状态,草案编号");
    let told = lines(&file);
    assert_eq!(told.len(), 52, "{file}");
    let first = &told[0];
    assert_eq!(
        (first[1], first[2], first[5]),
        ("grid-patrol", "系统", made[51].to_string().as_str())
    );
    let rider = Browser::of(&town.pages, "赵立军").await;
    let refused = rider.get(&format!("{POLICIES}?as=csv")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

/// A hundredth of a point of the first rider's for the first store.
async fn pay(town: &Town) {
    let (web, store) = (&town.web, town.stores[0]);
    let hash = sha256_hex(&random_bytes::<16>());
    let code = Registration::Code(Code {
        hash: hash.clone(),
        member: town.members[0],
        expires_at: web.now().plus_seconds(100),
    });
    let drawn = Command::Register(code);
    let drawn = web.app.execute(&operator(web), drawn).await;
    drawn.expect("a code");
    let counter = ledger::Request {
        actor: Actor {
            id: ActorId(store.0),
            role: Role::Merchant,
            member: None,
            store: Some(store),
            node: None,
        },
        ..operator(web)
    };
    let charge = Command::Authorise {
        payer: hash.into(),
        store,
        charge: Charge::Points(Points::from_hundredths(1)),
        capture: true,
        hold_seconds: 60,
    };
    let paid = web.ledger.execute(&counter, charge).await;
    paid.expect("a payment");
}

#[tokio::test]
async fn the_lines_of_a_statement_are_searched_and_taken_along_at_the_desk_too() {
    let town = Town::begin().await;
    for _ in 0..55 {
        pay(&town).await;
    }
    let statement = town.freeze(0).await;
    let (ledger, program) = (&town.web.ledger, town.web.program.id);
    let known = ledger.settlement(program, statement).await;
    let known = known.expect("the ledger").expect("the statement");
    let path = format!("/yuhong/desk/settlement/{statement}");
    let number = "data-label=\"序号\"";
    let first = town.redemptions[0].to_string();
    let desk = town.worker(&[MerchantManager], None).await;
    let auditor = Browser::of(&town.pages, "何静").await;
    for browser in [&desk, &auditor] {
        let page = browser.get(&path).await.text;
        assert_eq!(page.matches(number).count(), 50, "{page}");
        assert!(
            page.contains("下一页") && page.contains("after=50"),
            "{page}"
        );
        let rest = browser.get(&format!("{path}?after=50")).await.text;
        assert_eq!(rest.matches(number).count(), 6, "{rest}");
        assert!(
            rest.contains("回到第一页") && !rest.contains("下一页"),
            "{rest}"
        );

        let file = browser.get(&format!("{path}?as=csv")).await.text;
        assert_eq!(
            header_of(&file),
            "序号,时间,事项,收款编号,优惠,谁承担,积分,金额（元）,异议"
        );
        let mut told = lines(&file);
        let total = told.pop().expect("a total");
        assert_eq!(told.len(), 56, "{file}");
        assert_eq!((told[0][0], told[0][3]), ("1", first.as_str()));
        assert!(told[0][5].contains("每分 100 分钱"), "{file}");
        assert_eq!((sum(&told, 6), sum(&told, 7)), (known.points, known.amount));
        assert_eq!((total[0], total[6], total[7]), ("合计", "1.55", "1.55"));

        // What was looked for, and what that comes to.
        let one = browser.get(&format!("{path}?q={first}")).await.text;
        assert!(
            one.matches(number).count() == 1 && one.contains(&first) && one.contains("结算期间"),
            "{one}"
        );
        let small = format!("{path}?q=0.01");
        let second = format!("{small}&page=2");
        let counts = on_two_pages(browser, [&small, &second], number).await;
        assert_eq!(counts, [50, 5]);
        let file = browser.get(&format!("{small}&as=csv")).await.text;
        let told = lines(&file);
        assert_eq!((told.len(), told[55][6]), (56, "0.55"), "{file}");
        finds_nothing(browser, &format!("{path}?q=nothing"), number).await;
    }
    let awarder = town.worker(&[Awarder], None).await;
    let refused = awarder.get(&format!("{path}?as=csv")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

/// Requests that the first rider fulfilled, three a day; six points for each.
async fn fulfilled(town: &Town, clock: &Clock, days: usize) {
    for day in 0..days {
        clock.set(clock.now().plus_seconds(24 * 3_600));
        for turn in 0..3 {
            let deed = serde_json::json!({
                "kind": "request_fulfilled", "reference": format!("r{day}-{turn}"), "occurred_at": clock.now(),
                "facts": { "category": "errand", "beneficiary": "community", "confirmed": true },
            });
            town.award(0, deed, true).await;
        }
    }
}

#[tokio::test]
async fn what_a_rider_was_awarded_is_a_whole_list_at_the_desk() {
    let clock = Clock::fixed(Clock::System.now());
    let town = Town::begin_at(clock.clone()).await;
    fulfilled(&town, &clock, 18).await;
    let [own, others] = town.members;
    let filter = AwardFilter {
        member: Some(own),
        limit: 500,
        ..AwardFilter::default()
    };
    let known = town.web.ledger.awards(town.web.program.id, &filter).await;
    let known = known.expect("the ledger");
    let worker = town.worker(&[Awarder], Some(town.nodes[0])).await;
    let all = format!("{RIDERS}/{own}/awards");
    let line = "href=\"/yuhong/awards/";
    let page = worker.get(&format!("{RIDERS}/{own}")).await.text;
    assert!(page.contains(&format!("href=\"{all}\"")), "{page}");
    let second = format!("{all}?page=2");
    let counts = on_two_pages(&worker, [&all, &second], line).await;
    assert_eq!(counts, [50, known.len() - 50]);

    let file = worker.get(&format!("{all}?as=csv")).await.text;
    assert_eq!(
        header_of(&file),
        "奖励编号,骑手,事项,发生时间,登记人,状态,积分"
    );
    let told = lines(&file);
    assert_eq!(told.len(), known.len(), "{file}");
    assert_eq!(told[0][0], known[0].id.to_string());
    let points = Points::sum(known.iter().map(|award| award.points));
    assert_eq!(sum(&told, 6), points.expect("a sum"));
    // 55 requests, and a report that waits.
    assert_eq!(sum(&told, 6), Points::from_hundredths(36_000));
    assert!(
        told.iter().all(|line| line[1] == "赵**") && !file.contains("赵立军"),
        "{file}"
    );
    // 待审核: what waits for somebody, on whichever page it was.
    let waiting = format!("{all}?q=%E5%BE%85%E5%AE%A1%E6%A0%B8");
    let found = worker.get(&waiting).await.text;
    assert_eq!(found.matches(line).count(), 1, "{found}");
    assert!(found.contains(&town.awards[0].to_string()), "{found}");
    let some = worker.get(&format!("{waiting}&as=csv")).await.text;
    let some = lines(&some);
    assert_eq!((some.len(), some[0][6]), (1, "30.00"), "{some:?}");
    finds_nothing(&worker, &format!("{all}?q={}", town.awards[1]), line).await;

    for of in ["awards", "points"] {
        for query in ["", "?as=csv"] {
            let hidden = worker.get(&format!("{RIDERS}/{others}/{of}{query}")).await;
            assert_eq!(hidden.status, StatusCode::NOT_FOUND, "{of}{query}");
        }
        let rider = Browser::of(&town.pages, "赵立军").await;
        let refused = rider.get(&format!("{RIDERS}/{own}/{of}")).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn how_a_riders_points_came_and_went_is_a_whole_list_at_the_desk() {
    let clock = Clock::fixed(Clock::System.now());
    let town = Town::begin_at(clock.clone()).await;
    fulfilled(&town, &clock, 18).await;
    let own = town.members[0];
    let filter = StatementFilter {
        before: None,
        kind: None,
        from: None,
        until: None,
        limit: 500,
    };
    let (ledger, program) = (&town.web.ledger, town.web.program.id);
    let known = ledger.statement(program, Account::wallet(own), &filter);
    let known = known.await.expect("the ledger");
    let worker = town.worker(&[Awarder], Some(town.nodes[0])).await;
    let all = format!("{RIDERS}/{own}/points");
    let line = "class=\"sums\"";
    let page = worker.get(&format!("{RIDERS}/{own}")).await.text;
    assert!(
        page.contains(&format!("href=\"{all}\"")) && page.matches(line).count() == 10,
        "{page}"
    );
    let second = format!("{all}?page=2");
    let counts = on_two_pages(&worker, [&all, &second], line).await;
    assert_eq!(counts, [50, known.len() - 50]);

    let file = worker.get(&format!("{all}?as=csv")).await.text;
    assert_eq!(header_of(&file), "时间,事项,类别,积分,余额,奖励编号");
    let told = lines(&file);
    assert_eq!(told.len(), known.len(), "{file}");
    for (line, known) in told.iter().zip(&known) {
        let balance = line[4].parse::<Points>().expect("a balance");
        assert_eq!(balance, known.balance_after);
    }
    // 55 requests of six points each, and a point that was spent.
    assert_eq!(sum(&told, 3), Points::from_hundredths(32_900));
    assert_eq!(told[0][4], "329.00");
    let earned = told[0][5];
    let found = worker.get(&format!("{all}?q={earned}")).await.text;
    assert_eq!(found.matches(line).count(), 1, "{found}");
    assert!(found.contains(&format!("awards/{earned}")), "{found}");
    let spent = town.redemptions[0].to_string();
    finds_nothing(&worker, &format!("{all}?q={spent}"), line).await;

    // At which store it was is for who reads the books.
    let store = "惠民抻面馆";
    assert!(!file.contains(store), "{file}");
    let auditor = Browser::of(&town.pages, "何静").await;
    let books = auditor.get(&format!("{all}?as=csv")).await.text;
    assert!(books.contains(store), "{books}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn many_sessions_are_searched_paged_and_taken_along() {
    let town = Town::begin().await;
    let staff = town.staff(&[Awarder], None).await;
    let few = town.let_in(Role::Staff, staff).await.1;
    let page = few.get(SESSIONS).await.text;
    assert!(
        page.contains("本机") && !page.contains("role=\"search\""),
        "{page}"
    );
    let known = Known {
        role: Role::Staff,
        subject: staff,
        way: Way::Demo,
    };
    let agent = (header::USER_AGENT, HeaderValue::from_static(WECHAT));
    let asking = Asking {
        address: Ipv4Addr::LOCALHOST.into(),
        headers: HeaderMap::from_iter([agent]),
        counting: Counting::default(),
    };
    let phone = open(&town.site.app, town.web.program.id, known, &asking).await;
    assert!(phone.is_ok(), "a phone");
    let mut newest = few;
    for _ in 0..60 {
        newest = town.let_in(Role::Staff, staff).await.1;
    }

    let line = "class=\"line acts\"";
    let second = format!("{SESSIONS}?page=2");
    let counts = on_two_pages(&newest, [SESSIONS, &second], line).await;
    assert_eq!(counts, [50, 12]);
    let file = newest.get(&format!("{SESSIONS}?as=csv")).await.text;
    assert_eq!(
        header_of(&file),
        "设备,设备自称,登录方式,登录时间,最近使用,本机"
    );
    let told = lines(&file);
    assert_eq!(told.len(), 62, "{file}");
    assert_eq!(told.iter().filter(|line| line[5] == "是").count(), 1);
    // 微信
    let wechat = format!("{SESSIONS}?q=%E5%BE%AE%E4%BF%A1");
    let found = newest.get(&wechat).await.text;
    assert_eq!(found.matches(line).count(), 1, "{found}");
    assert!(found.contains("微信") && found.contains("让它退出"));
    let some = newest.get(&format!("{wechat}&as=csv")).await.text;
    assert_eq!(lines(&some).len(), 1, "{some}");
    finds_nothing(&newest, &format!("{SESSIONS}?q=nothing"), line).await;

    // Where a form fails, the list is searched where it is.
    let differ = "old=one&password=another+one&again=another+two";
    let failed = newest.post("/yuhong/account/password", differ).await;
    assert_eq!(failed.status, StatusCode::UNPROCESSABLE_ENTITY);
    let search = format!("method=\"get\" action=\"{SESSIONS}\"");
    assert!(failed.text.contains(&search), "{}", failed.text);
    // Others' are nowhere.
    let other = town.worker(&[Awarder], None).await;
    let file = other.get(&format!("{SESSIONS}?as=csv")).await.text;
    assert_eq!(lines(&file).len(), 1, "{file}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
