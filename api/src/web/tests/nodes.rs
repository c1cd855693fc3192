//! Staff with a role on one community: they find, see and decide what is below it, and the rest does not exist for them.

use ledger::community::StaffRole::{
    Administrator, Approver, Auditor, Awarder, BudgetManager, MerchantManager,
};
use ledger::machine::AwardState;

use super::town::Town;
use super::*;

const OWN: &str = "q=%E8%B5%B5%E7%AB%8B%E5%86%9B";
const OTHERS: &str = "q=%E9%87%91%E6%B0%B8%E5%93%B2";

async fn state(town: &Town, whose: usize) -> AwardState {
    let award = town
        .web
        .ledger
        .award(town.web.program.id, town.awards[whose]);
    award.await.expect("the ledger").expect("the award").state
}

async fn end(town: Town) {
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn an_awarder_on_a_node_awards_there_and_takes_back_their_own() {
    let town = Town::begin().await;
    let worker = town.worker(&[Awarder], Some(town.nodes[0])).await;
    assert_eq!(worker.get("/yuhong/home").await.location, "/yuhong/desk");
    let found = worker.post("/yuhong/desk", OWN).await.text;
    let form = format!("/yuhong/desk/deed?member={}", town.members[0]);
    assert!(
        found.contains(&form) && found.contains("/desk/join"),
        "{found}"
    );
    assert!(found.contains(&town.awards[0].to_string()));
    assert!(!found.contains(&town.awards[1].to_string()));
    assert!(!found.contains("value=\"approve\"") && !found.contains("value=\"withdraw\""));
    let none = worker.post("/yuhong/desk", OTHERS).await.text;
    assert!(none.contains("没有名字里带"), "{none}");
    // Awarded by the form, it is theirs to take back, once.
    let page = worker.get(&format!("{form}&kind=hazard_report")).await.text;
    assert!(page.contains(&format!("desk/people/{}", town.members[0])));
    let key = between(&page, "name=\"key\" value=\"", "\"");
    let when = between(&page, "name=\"when\" value=\"", "\"").replace(':', "%3A");
    let fields = |whose: usize| {
        let member = town.members[whose];
        format!(
            "member={member}&kind=hazard_report&key={key}&when={when}&fact.category=fire&fact.severity=high&fact.outcome=verified&evidence.photo=on&place=41.8052%2C123.3085"
        )
    };
    for path in ["/yuhong/desk/preview", "/yuhong/desk/award"] {
        let others = worker.post(path, &fields(1)).await;
        assert_eq!(others.status, StatusCode::NOT_FOUND, "{path}");
    }
    let looked = worker.post("/yuhong/desk/preview", &fields(0)).await.text;
    let seen = between(&looked, "name=\"previewed\" value=\"", "\"");
    let seen = format!("{}&previewed={seen}", fields(0));
    let made = worker.post("/yuhong/desk/award", &seen).await;
    let desk = worker.get(&made.location).await.text;
    assert!(
        desk.contains("已登记") && desk.contains("value=\"withdraw\""),
        "{desk}"
    );
    let award = made.location.rsplit('=').next().expect("an award");
    let decide = format!("/yuhong/desk/awards/{award}");
    let approve = format!("act=approve&award={award}");
    let approved = worker.post("/yuhong/desk/approvals", &approve).await;
    assert_eq!(approved.status, StatusCode::FORBIDDEN);
    for _ in 0..2 {
        let taken = worker.post(&decide, "act=withdraw").await;
        assert_eq!(taken.location, made.location, "{}", taken.text);
    }
    // What was done elsewhere is not told.
    let elsewhere = format!("/yuhong/desk?done={}", town.awards[1]);
    assert!(!worker.get(&elsewhere).await.text.contains("已登记"));
    end(town).await;
}

#[tokio::test]
async fn an_approver_on_a_node_decides_what_waits_there() {
    let town = Town::begin().await;
    let worker = town.worker(&[Approver], Some(town.nodes[0])).await;
    let desk = worker.post("/yuhong/desk", OWN).await.text;
    assert!(desk.contains("<b>赵**</b>"), "{desk}");
    for absent in ["desk/deed", "desk/people", "desk/join", "登记发放"] {
        assert!(!desk.contains(absent), "{absent} in {desk}");
    }
    let queue = "/yuhong/desk/approvals";
    assert!(desk.contains(queue) && !desk.contains("等待审核"), "{desk}");
    let waits = worker.get(queue).await.text;
    let listed = |whose: usize| waits.contains(&town.awards[whose].to_string());
    assert!(listed(0) && !listed(1), "{waits}");
    let form = |act: &str, whose: usize| format!("{act}&award={}", town.awards[whose]);
    for act in ["act=approve", "act=reject&reason=evidence"] {
        let others = worker.post(queue, &form(act, 1)).await;
        assert!(others.text.contains("没有这笔奖励"), "{act}");
    }
    let unsaid = worker.post(queue, &form("act=reject", 0)).await;
    assert!(unsaid.text.contains("请先选不通过的原因"));
    let approved = worker.post(queue, &form("act=approve", 0)).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    // Others may report the same for a day.
    assert_eq!(state(&town, 0).await, AwardState::Pending);
    assert_eq!(state(&town, 1).await, AwardState::Submitted);
    let why = worker
        .get(&format!("/yuhong/awards/{}", town.awards[0]))
        .await;
    assert!(why.text.contains("href=\"/yuhong/desk\""), "{}", why.text);
    // On the district they decide all.
    let above = town.web.ledger.path(town.web.program.id, town.nodes[0]);
    let district = above.await.expect("the tree").pop();
    let chief = town.worker(&[Approver], district).await;
    let approved = chief.post(queue, &form("act=approve", 1)).await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    end(town).await;
}

#[tokio::test]
async fn a_hazard_that_others_mend_is_still_seen_where_it_is() {
    let town = Town::begin().await;
    let there = town.worker(&[Awarder], Some(town.nodes[0])).await;
    let others = town.worker(&[Awarder], Some(town.nodes[1])).await;
    let path = format!("/yuhong/desk/hazards/{}", town.hazards[0]);
    let act = async |who: &Browser, fields: &str| {
        let page = who.get(&path).await.text;
        let key = between(&page, "name=\"key\" value=\"", "\"").to_owned();
        let done = who.post(&path, &format!("key={key}&{fields}")).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
    };
    assert_eq!(others.get(&path).await.status, StatusCode::NOT_FOUND);
    act(&there, "act=triage&severity=high").await;
    act(&there, "act=verify").await;
    act(&there, &format!("act=assign&node={}", town.nodes[1])).await;
    act(&others, "act=fix").await;
    act(&there, "act=confirm").await;
    let list = there.get("/yuhong/desk/hazards").await.text;
    assert!(list.contains(&town.hazards[0].to_string()), "{list}");
    end(town).await;
}

#[tokio::test]
async fn the_station_of_a_node_is_looked_after_there() {
    let town = Town::begin().await;
    let worker = town.worker(&[Administrator], Some(town.nodes[0])).await;
    let page = worker.get("/yuhong/desk/join").await.text;
    assert!(
        page.contains("怒江社区 报到码") && page.contains("1 人"),
        "{page}"
    );
    let decide = |whose: usize| format!("/yuhong/desk/join/{}", town.asking[whose]);
    for act in ["act=look", "act=confirm", "act=refuse"] {
        let others = worker.post(&decide(1), act).await;
        assert_eq!(others.status, StatusCode::NOT_FOUND, "{act}");
    }
    let looked = worker.post(&decide(0), "act=look").await.text;
    assert!(looked.contains("新来的0"), "{looked}");
    for _ in 0..2 {
        let refused = worker.post(&decide(0), "act=refuse").await;
        assert!(
            refused.location.ends_with("done=refused"),
            "{}",
            refused.text
        );
    }
    // Who has a role elsewhere looks after the station there.
    let elsewhere = town.worker(&[Awarder], Some(town.nodes[1])).await;
    let page = elsewhere.get("/yuhong/desk/join").await.text;
    assert!(
        page.contains("永安社区 报到码") && page.contains("1 人"),
        "{page}"
    );
    end(town).await;
}

#[tokio::test]
async fn everybody_has_a_page_to_go_to() {
    let town = Town::begin().await;
    let node = Some(town.nodes[0]);
    for (roles, node, home) in [
        (&[Auditor][..], None, "audit"),
        (&[Auditor], node, "desk"),
        (&[Awarder], None, "desk"),
        (&[Approver], node, "desk"),
        (&[BudgetManager], None, "desk/budgets"),
        (&[MerchantManager], None, "desk/settlement"),
        (&[Administrator], node, "desk"),
        (&[], None, "account"),
    ] {
        let worker = town.worker(roles, node).await;
        let at = worker.get("/yuhong/home").await.location;
        assert_eq!(at, format!("/yuhong/{home}"), "{roles:?}");
        assert_eq!(worker.get(&at).await.status, StatusCode::OK, "{roles:?}");
        let said = match roles {
            [Administrator] => "组织和人员暂时没有网页",
            [] => "您目前没有岗位",
            _ => continue,
        };
        let account = worker.get("/yuhong/account").await.text;
        assert!(account.contains(said), "{said} in {account}");
    }
    // An auditor of a node reads there and changes nothing.
    let reader = town.worker(&[Auditor], node).await;
    let desk = reader.post("/yuhong/desk", OWN).await.text;
    assert!(desk.contains("<b>赵**</b>") && desk.contains(&town.awards[0].to_string()));
    assert!(!desk.contains("name=\"act\"") && !desk.contains(&town.awards[1].to_string()));
    end(town).await;
}
