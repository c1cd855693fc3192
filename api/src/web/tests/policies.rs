//! A policy on the pages: changed as text, told what is wrong with it, simulated, and put in force by another person.

use jiff::Span;
use ledger::community::PolicyDraft;
use ledger::community::StaffRole::{Administrator, Awarder};
use ledger::views::DraftFilter;

use super::town::Town;
use super::*;

const SOURCE: &str = include_str!("../../../../policies/yuhong/hazard-report.toml");
const LIST: &str = "/yuhong/desk/policies";
const POLICY: &str = "/yuhong/desk/policies/hazard-report";
const EDIT: &str = "/yuhong/desk/policies/hazard-report/edit";
const CHANGE: &str = "单次上限由 30 分改为 25 分";

/// The form as a browser sends it.
fn form(act: &str, key: &str, source: &str) -> String {
    let source = source.replace('\n', "\r\n");
    let source: String = source.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("act={act}&key={key}&source={source}")
}

/// Less for the most at a time, in the rule and in its cases.
fn less() -> String {
    let less = SOURCE.replace("max = 30", "max = 25");
    less.replace("points = 30, rule", "points = 25, rule")
}

/// Of this policy.
async fn drafts(town: &Town) -> Vec<PolicyDraft> {
    let filter = DraftFilter {
        before: None,
        state: None,
        limit: 50,
    };
    let drafts = town.web.ledger.drafts(town.web.program.id, &filter).await;
    let mut drafts = drafts.expect("the ledger");
    drafts.retain(|draft| draft.name == "hazard-report");
    drafts
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_line_and_nothing_typed_is_lost() {
    let town = Town::begin().await;
    let author = town.worker(&[Administrator], None).await;
    let read = author.get(POLICY).await.text;
    for said in [
        "规则“上报安全隐患并经核实”",
        "审核：一人审核。",
        "撤销后最多欠分：60 分。",
        EDIT,
    ] {
        assert!(read.contains(said), "{said} in {read}");
    }
    let begun = author.get(EDIT).await.text;
    assert!(begun.contains("隐患经核实才计分") && begun.contains("存为草案"));
    let wrong = SOURCE.replacen("points = 5\n", "pionts = 5\n", 1);
    let line = wrong.lines().position(|line| line == "pionts = 5");
    let line = line.expect("the mistake") + 1;
    for act in ["check", "save"] {
        let told = author.post(EDIT, &form(act, "wrong", &wrong)).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
        for said in [
            format!("第 {line} 行"),
            "是不是“points”？".to_owned(),
            "没有保存；您写的都还在".to_owned(),
            "pionts = 5\n[rule.when]".to_owned(),
        ] {
            assert!(told.text.contains(&said), "{said} in {}", told.text);
        }
    }
    // Without mistakes its own cases are looked at.
    let other = SOURCE.replacen("low = 5", "low = 6", 1);
    let told = author.post(EDIT, &form("check", "other", &other)).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text);
    for said in ["结果不符", "<b>一般道路隐患得五分", "low = 6", "改为"] {
        assert!(told.text.contains(said), "{said} in {}", told.text);
    }
    let same = author.post(EDIT, &form("save", "same", SOURCE)).await;
    assert_eq!(same.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(same.text.contains("一字不差"), "{}", same.text);
    assert!(drafts(&town).await.is_empty());
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_draft_is_simulated_and_approved_by_another_person() {
    let town = Town::begin().await;
    let author = town.worker(&[Administrator], None).await;
    let other = town.worker(&[Administrator], None).await;
    let saving = form("save", "less", &less());
    let first = author.post(EDIT, &saving).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    let again = author.post(EDIT, &saving).await;
    assert_eq!(again.location, first.location);
    let made = drafts(&town).await;
    assert_eq!(made.len(), 1, "{made:?}");
    assert_eq!(made[0].source, less(), "lines end as in files");
    let one = format!("{POLICY}/drafts/{}", made[0].id);
    assert_eq!(first.location, format!("{one}?done=saved"));
    let saved = author.get(&first.location).await.text;
    assert!(
        saved.contains("草案已保存") && saved.contains(CHANGE),
        "{saved}"
    );

    // First it is simulated.
    let early = other.post(&one, "act=approve&key=early").await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert!(early.text.contains("例子先要全部符合"), "{}", early.text);
    let undated = author.post(&one, "act=simulate&key=none").await;
    assert_eq!(undated.status, StatusCode::UNPROCESSABLE_ENTITY);
    let today = town.web.now().to_jiff().to_zoned(town.web.zone()).date();
    let begin = today.checked_sub(Span::new().days(40)).expect("a day");
    let days = format!("act=simulate&key=days&from={begin}&until={today}");
    let simulated = author.post(&one, &days).await;
    assert_eq!(simulated.status, StatusCode::OK, "{}", simulated.text);
    // Two reports of fires wait for somebody to approve them: 30 points each, and 25 by the draft.
    for said in ["模拟结果", "class=\"chart\"", "会少得的骑手", "−10"] {
        assert!(
            simulated.text.contains(said),
            "{said} in {}",
            simulated.text
        );
    }

    // Nobody approves their own.
    assert!(!author.get(&one).await.text.contains("value=\"approve\""));
    let own = author.post(&one, "act=approve&key=own").await;
    assert_eq!(own.status, StatusCode::CONFLICT);
    assert!(own.text.contains("不能由您批准"), "{}", own.text);
    assert!(other.get(&one).await.text.contains("value=\"approve\""));
    let past = "act=approve&key=past&effective=2020-01-01";
    let past = other.post(&one, past).await;
    assert_eq!(past.status, StatusCode::CONFLICT);
    assert!(past.text.contains("晚于今天") && past.text.contains("value=\"2020-01-01\""));
    for _ in 0..2 {
        let approved = other.post(&one, "act=approve&key=now").await;
        let done = format!("{one}?done=approved");
        assert_eq!(approved.location, done, "{}", approved.text);
    }

    // It is in force, and says what it changed.
    let read = author.get(POLICY).await.text;
    assert!(
        read.contains("单次上限：25 分") && read.contains("2 版"),
        "{read}"
    );
    let diff = author.get(&format!("{POLICY}/diff")).await.text;
    assert!(diff.contains(CHANGE), "{diff}");
    let changed = author.get(&one).await.text;
    assert!(changed.contains(CHANGE) && changed.contains("施行中"));
    let listed = author.get(&format!("{LIST}?state=approved")).await.text;
    assert!(listed.contains(&one), "{listed}");
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn who_is_not_in_charge_of_policies_reads_them_only() {
    let town = Town::begin().await;
    let author = town.worker(&[Administrator], None).await;
    let saved = author.post(EDIT, &form("save", "less", &less())).await;
    let one = saved.location.split('?').next().expect("a draft");
    let awarder = town.worker(&[Awarder], Some(town.nodes[0])).await;
    for (path, said) in [(LIST, "现有办法"), (POLICY, "怎么计分"), (one, CHANGE)] {
        let page = awarder.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(page.text.contains(said), "{said} in {}", page.text);
        let offered = ["/edit", "value=\"simulate\"", "value=\"approve\""];
        assert!(!offered.iter().any(|offer| page.text.contains(offer)));
    }
    // Policies belong to no node.
    let local = town.worker(&[Administrator], Some(town.nodes[0])).await;
    for nobody in [&awarder, &local] {
        assert_eq!(nobody.get(EDIT).await.status, StatusCode::FORBIDDEN);
        let save = nobody.post(EDIT, &form("save", "mine", &less())).await;
        assert_eq!(save.status, StatusCode::FORBIDDEN);
        for act in ["act=simulate", "act=approve"] {
            let acted = nobody.post(one, act).await;
            assert_eq!(acted.status, StatusCode::FORBIDDEN, "{act}");
        }
    }
    let rider = Browser::of(&town.pages, "赵立军").await;
    assert_eq!(rider.get(LIST).await.status, StatusCode::FORBIDDEN);
    assert_eq!(drafts(&town).await.len(), 1);
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
