//! Lists at the desk and of auditors: searched, page by page, and as files of what the visitor sees.

use ledger::community::StaffRole::{Approver, Awarder};
use ledger::community::hazard::HazardCategory;
use ledger::ids::{HazardId, OrganizationId};
use ledger::machine::hazards::{HazardCommand, Report};

use super::town::{Town, id};
use super::*;

const QUEUE: &str = "/yuhong/desk/approvals";
const HAZARDS: &str = "/yuhong/desk/hazards";

/// What residents reported, which earns nothing.
async fn reports(town: &Town, node: OrganizationId, count: usize) -> Vec<HazardId> {
    let mut reported = Vec::new();
    for _ in 0..count {
        let report = Report {
            hazard: HazardId(id()),
            member: None,
            node: Some(node),
            category: HazardCategory::Fire,
            position: None,
            grid: None,
            team: None,
            seen_at: town.web.now(),
            photos: Vec::new(),
            text: None,
        };
        reported.push(report.hazard);
        let command = HazardCommand::Report(report);
        let done = town
            .web
            .app
            .execute_hazard(&operator(&town.web), command)
            .await;
        done.expect("it is reported");
    }
    reported
}

fn lists(text: &str, id: impl std::fmt::Display) -> bool {
    text.contains(&id.to_string())
}

#[tokio::test]
async fn a_long_list_is_paged_searched_and_taken_along_whole() {
    let town = Town::begin().await;
    let theirs = reports(&town, town.nodes[1], 1).await[0];
    let ours = reports(&town, town.nodes[0], 60).await;
    let worker = town.worker(&[Awarder], Some(town.nodes[0])).await;
    // Each stands on one of two pages, which keep what else was chosen.
    let first = worker.get(&format!("{HAZARDS}?state=received")).await.text;
    assert!(first.contains("name=\"state\" value=\"received\""));
    assert!(
        first.contains("page=2") && !first.contains("page=1"),
        "{first}"
    );
    let second = format!("{HAZARDS}?state=received&page=2");
    let second = worker.get(&second).await.text;
    assert!(
        second.contains("page=1") && !second.contains("page=3"),
        "{second}"
    );
    for id in ours.iter().chain([&town.hazards[0]]) {
        let both = (lists(&first, id), lists(&second, id));
        assert!(matches!(both, (true, false) | (false, true)), "{both:?}");
    }
    // A file has them all, and nothing of elsewhere.
    let file = worker.get(&format!("{HAZARDS}?as=csv")).await;
    assert_eq!(file.status, StatusCode::OK);
    let mut lines = file.text.lines();
    let header = lines.next().expect("a header");
    assert_eq!(
        header.trim_start_matches('\u{feff}'),
        "编号,类别,严重程度,上报时间,限期,超时,状态"
    );
    assert_eq!(lines.count(), 61, "{}", file.text);
    for id in [theirs, town.hazards[1]] {
        for page in [&first, &second, &file.text] {
            assert!(!lists(page, id), "{page}");
        }
    }
    // What is looked for is found on whichever page it was, in the page and in the file.
    let wanted = ours[3];
    let [link, others] = [wanted, theirs].map(|id| format!("{HAZARDS}/{id}"));
    let page = worker.get(&format!("{HAZARDS}?q={wanted}")).await.text;
    assert!(
        page.contains(&link) && !lists(&page, ours[4]) && !page.contains("page=2"),
        "{page}"
    );
    let file = worker.get(&format!("{HAZARDS}?q={wanted}&as=csv")).await;
    assert_eq!(file.text.lines().count(), 2, "{}", file.text);
    assert!(lists(&file.text, wanted), "{}", file.text);
    let none = worker.get(&format!("{HAZARDS}?q={theirs}")).await.text;
    assert!(!none.contains(&others), "{none}");
    let none = worker.get(&format!("{HAZARDS}?q={theirs}&as=csv")).await;
    assert_eq!(none.text.lines().count(), 1, "{}", none.text);
    let none = worker.get(&format!("{HAZARDS}?q=nothing+like+it")).await;
    assert!(none.text.contains("没有符合的"), "{}", none.text);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn what_was_looked_for_in_a_queue_is_decided_there() {
    let town = Town::begin().await;
    let approver = town.worker(&[Approver], Some(town.nodes[0])).await;
    let [ours, theirs] = town.awards;
    let file = approver.get(&format!("{QUEUE}?as=csv")).await.text;
    assert!(lists(&file, ours) && !lists(&file, theirs), "{file}");
    let header = file.lines().next().expect("a header");
    for column in ["骑手", "事项", "登记人", "积分", "凭据"] {
        assert!(header.contains(column), "{column} in {header}");
    }
    assert!(file.contains("赵**") && !file.contains("赵立军"), "{file}");
    // 赵 is in the queue, 孙 is not.
    let none = approver.get(&format!("{QUEUE}?q=%E5%AD%99")).await.text;
    assert!(!lists(&none, ours) && none.contains("没有符合的"), "{none}");
    let found = approver.get(&format!("{QUEUE}?q=%E8%B5%B5")).await.text;
    assert!(
        found.contains(&format!("name=\"award\" value=\"{ours}\"")),
        "{found}"
    );
    assert!(found.contains("name=\"q\" value=\"赵\""), "{found}");
    // Refused elsewhere, the page searches where the list is.
    let review = format!("/yuhong/desk/objections/{ours}");
    let unsaid = approver.post(&review, "finding=").await;
    assert_eq!(unsaid.status, StatusCode::CONFLICT);
    let search = format!("method=\"get\" action=\"{QUEUE}\"");
    assert!(unsaid.text.contains(&search), "{}", unsaid.text);
    let decide = format!("act=approve&q=%E8%B5%B5&award={ours}");
    let decided = approver.post(QUEUE, &decide).await;
    assert_eq!(decided.location, format!("{QUEUE}?done=1&q=%E8%B5%B5"));
    let after = approver.get(&decided.location).await.text;
    assert!(
        after.contains("已办理 1 笔") && after.contains("没有符合的"),
        "{after}"
    );
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn what_is_over_is_listed_and_auditors_take_everything_along() {
    let clock = Clock::fixed(Clock::System.now());
    let town = Town::begin_at(clock.clone()).await;
    let worker = town.worker(&[Awarder], Some(town.nodes[0])).await;
    let [ours, theirs] = town.activities;
    let path = "/yuhong/desk/activities";
    let past = format!("{path}?state=past");
    assert!(lists(&worker.get(path).await.text, ours));
    let none = worker.get(&past).await.text;
    assert!(
        !lists(&none, ours) && none.contains("还没有办过活动"),
        "{none}"
    );
    clock.set(clock.now().plus_seconds(7_200));
    let worker = town.worker(&[Awarder], Some(town.nodes[0])).await;
    let to_come = worker.get(path).await.text;
    assert!(
        !lists(&to_come, ours) && to_come.contains("还没有要举办的活动"),
        "{to_come}"
    );
    for query in ["", "&q=%E9%A9%BF%E7%AB%99", "&as=csv"] {
        let over = worker.get(&format!("{past}{query}")).await.text;
        assert!(lists(&over, ours) && !lists(&over, theirs), "{over}");
    }
    let file = worker.get(&format!("{past}&as=csv")).await.text;
    assert!(file.contains("编号,名称,类型,地点,开始,结束"), "{file}");

    // The books belong to no node: their file has what waits everywhere.
    let auditor = Browser::of(&town.pages, "何静").await;
    let file = auditor.get("/yuhong/audit?as=csv").await.text;
    assert!(
        town.awards.iter().all(|award| lists(&file, award)),
        "{file}"
    );
    let changes = "/yuhong/audit/changes?operation=award.submit";
    let file = auditor.get(&format!("{changes}&as=csv")).await.text;
    assert!(
        file.contains("操作代号") && file.contains("award.submit") && !file.contains("deed."),
        "{file}"
    );
    let refused = worker.get("/yuhong/audit?as=csv").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
