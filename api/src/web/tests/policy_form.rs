//! A policy changed as a form: only what was changed changes, what is wrong stands beside its field; and a policy that is new.

use jiff::Span;
use ledger::community::PolicyDraft;
use ledger::community::StaffRole::{Administrator, Awarder};
use ledger::views::DraftFilter;

use super::town::Town;
use super::*;

const SOURCE: &str = include_str!("../../../../policies/yuhong/hazard-report.toml");
const POLICY: &str = "/yuhong/desk/policies/hazard-report";
const EDIT: &str = "/yuhong/desk/policies/hazard-report/edit";
const FORM: &str = "/yuhong/desk/policies/hazard-report/form";
const NEW: &str = "/yuhong/desk/policies/new";

/// A form as a browser sends it.
fn sent(fields: &[(&str, &str)]) -> String {
    let coded = |text: &str| -> String {
        let text = text.replace('\n', "\r\n");
        text.bytes().map(|byte| format!("%{byte:02X}")).collect()
    };
    let fields = fields
        .iter()
        .map(|(name, value)| format!("{}={}", coded(name), coded(value)));
    fields.collect::<Vec<_>>().join("&")
}

/// The text that a page carries along.
fn carried(page: &str) -> String {
    let text = between(page, "name=\"source\" value=\"", "\">");
    let marks = [
        ("&#34;", "\""),
        ("&#39;", "'"),
        ("&#60;", "<"),
        ("&#62;", ">"),
        ("&#38;", "&"),
    ];
    let plain = |text: String, (mark, plain): (&str, &str)| text.replace(mark, plain);
    marks.into_iter().fold(text.to_owned(), plain)
}

/// Without what begins so, up to what follows.
fn without(text: &str, from: &str, until: &str) -> String {
    let start = text.find(from).expect(from);
    let rest = text.get(start..).expect("a letter begins there");
    let length = from.len()
        + rest
            .get(from.len()..)
            .expect("so it is")
            .find(until)
            .expect(until);
    format!("{}{}", &text[..start], &rest[length..])
}

async fn drafts(town: &Town, name: &str) -> Vec<PolicyDraft> {
    let filter = DraftFilter {
        before: None,
        state: None,
        limit: 50,
    };
    let drafts = town.web.ledger.drafts(town.web.program.id, &filter).await;
    let mut drafts = drafts.expect("the ledger");
    drafts.retain(|draft| draft.name == name);
    drafts
}

#[tokio::test]
async fn a_figure_changes_and_nothing_else_does() {
    let town = Town::begin().await;
    let author = town.worker(&[Administrator], None).await;
    assert!(author.get(POLICY).await.text.contains(FORM));
    let begun = author.get(FORM).await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.text);
    for said in [
        "name=\"rule.1.max\" type=\"text\" value=\"30\"",
        "严重程度“重大”得几分",
        "name=\"cap.1.points\" type=\"text\" value=\"200\"",
        "name=\"effective.from\" type=\"date\" value=\"2026-01-01\"",
        "name=\"expiry.after\" type=\"text\" value=\"12\"",
        "条件：处置结果为已核实、已整改之一",
        "须有凭据：现场照片",
    ] {
        assert!(begun.text.contains(said), "{said} in {}", begun.text);
    }
    assert_eq!(carried(&begun.text), SOURCE);
    let fields = [
        ("act", "save"),
        ("key", "less"),
        ("source", SOURCE),
        ("title", "于洪区“随手拍、马上传”隐患上报积分办法"),
        ("rule.1.max", "25"),
        ("rule.1.points.table.low", "5"),
        ("expiry.after", "12"),
        ("expiry.after.unit", "months"),
        ("test.1.expect.points", "25"),
        ("test.2.expect.points", "25"),
        ("nonsense", "1"),
    ];
    let first = author.post(FORM, &sent(&fields)).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.text);
    let again = author.post(FORM, &sent(&fields)).await;
    assert_eq!(again.location, first.location);
    let made = drafts(&town, "hazard-report").await;
    assert_eq!(made.len(), 1, "{made:?}");
    let less = SOURCE.replace("max = 30", "max = 25");
    let less = less.replace("points = 30, rule", "points = 25, rule");
    assert_eq!(made[0].source, less);
    let on = author.get(&first.location).await.text;
    let further = format!("{FORM}?draft={}", made[0].id);
    assert!(on.contains(&further), "{on}");
    let further = author.get(&further).await.text;
    assert!(further.contains("name=\"rule.1.max\" type=\"text\" value=\"25\""));
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn what_is_wrong_stands_beside_its_field_and_goes_along() {
    let town = Town::begin().await;
    let author = town.worker(&[Administrator], None).await;
    let fields = |act| {
        sent(&[
            ("act", act),
            ("key", "wrong"),
            ("source", SOURCE),
            ("rule.0.title", "上报线索"),
            ("rule.1.max", "很多"),
            ("effective.until", "2025-01-01"),
        ])
    };
    for act in ["check", "save"] {
        let told = author.post(FORM, &fields(act)).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY);
        for said in [
            "有 2 处错误",
            "id=\"rule.1.max.wrong\"",
            "aria-describedby=\"effective.until.wrong\"",
            "要填大于 0 的数",
            "末日不能早于首日",
            "value=\"很多\"",
            "value=\"上报线索\"",
            "value=\"2025-01-01\"",
        ] {
            assert!(told.text.contains(said), "{said} in {}", told.text);
        }
        assert!(!told.text.contains("id=\"rule.0.title.wrong\""));
        assert!(!told.text.contains("is a string"), "{}", told.text);
    }
    // A case that comes out otherwise is told beside its points.
    let fewer = [("act", "check"), ("source", SOURCE), ("rule.1.max", "25")];
    let told = author.post(FORM, &sent(&fewer)).await;
    assert_eq!(told.status, StatusCode::OK, "{}", told.text);
    assert!(told.text.contains("id=\"test.1.expect.points.wrong\""));
    assert!(!told.text.contains("id=\"test.0.expect.points.wrong\""));

    // On as text, and back.
    let text = author.post(FORM, &fields("text")).await;
    assert_eq!(text.status, StatusCode::UNPROCESSABLE_ENTITY);
    for said in [
        "办法原文",
        "max = &#34;很多&#34;",
        "title = &#34;上报线索&#34;",
    ] {
        assert!(text.text.contains(said), "{said} in {}", text.text);
    }
    let more = SOURCE.replace("max = 30", "max = 40 # more");
    let back = author
        .post(EDIT, &sent(&[("act", "form"), ("source", &more)]))
        .await;
    assert_eq!(back.status, StatusCode::OK, "{}", back.text);
    assert!(
        back.text
            .contains("name=\"rule.1.max\" type=\"text\" value=\"40\"")
    );
    assert_eq!(carried(&back.text), more);
    let broken = sent(&[("act", "form"), ("source", "title = ")]);
    let broken = author.post(EDIT, &broken).await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(broken.text.contains("办法原文"), "{}", broken.text);
    assert!(drafts(&town, "hazard-report").await.is_empty());
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_rule_is_added_and_removed() {
    let town = Town::begin().await;
    let author = town.worker(&[Administrator], None).await;
    let add = |name| {
        sent(&[
            ("act", "add"),
            ("source", SOURCE),
            ("add.name", name),
            ("add.title", "上报用电隐患"),
            ("add.points", "7"),
            ("add.of", "category=electrical"),
        ])
    };
    let taken = author.post(FORM, &add("hazard")).await.text;
    assert!(taken.contains("已有这个代号的规则") && taken.contains("value=\"上报用电隐患\""));
    assert_eq!(carried(&taken), SOURCE);
    let added = author.post(FORM, &add("electrical")).await;
    assert_eq!(added.status, StatusCode::OK, "{}", added.text);
    assert!(added.text.contains("已加上，还没有保存"));
    let rule = "\n[[rule]]\nname = \"electrical\"\ntitle = \"上报用电隐患\"\n\
        when = { fact = \"category\", is = \"electrical\" }\npoints = 7\n";
    let wanted = SOURCE.replacen("\n# 矛盾纠纷", &format!("{rule}\n# 矛盾纠纷"), 1);
    assert_eq!(carried(&added.text), wanted);

    // What will happen is said before it does.
    let asked = sent(&[("act", "off.0"), ("source", SOURCE)]);
    let asked = author.post(FORM, &asked).await.text;
    for said in [
        "删去这条规则？",
        "不再有事按“上报信息类线索并经核实”计分",
        "“上报安全隐患并经核实”",
        "写明由它计分的例子一并删去：2 个",
        "value=\"remove.0\"",
    ] {
        assert!(asked.contains(said), "{said} in {asked}");
    }
    assert_eq!(carried(&asked), SOURCE);
    let removed = sent(&[("act", "remove.0"), ("source", SOURCE)]);
    let removed = author.post(FORM, &removed).await;
    assert_eq!(removed.status, StatusCode::OK, "{}", removed.text);
    let left = without(SOURCE, "\n# 矛盾纠纷", "\n# 安全隐患");
    let left = without(&left, "\n[[test]]\nname = \"交通拥堵线索", "\n[[test]]");
    let left = without(&left, "\n[[test]]\nname = \"信息类线索", "\n[[test]]");
    assert_eq!(carried(&removed.text), left);
    // The last one stays.
    let last = sent(&[("act", "remove.0"), ("source", &left)]);
    let last = author.post(FORM, &last).await.text;
    assert_eq!(carried(&last), left);
    assert!(!last.contains("value=\"off.0\""));
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn a_new_policy_is_drafted_and_in_force_once_another_approves_it() {
    let town = Town::begin().await;
    let author = town.worker(&[Administrator], None).await;
    let other = town.worker(&[Administrator], None).await;
    let list = author.get("/yuhong/desk/policies").await.text;
    assert!(list.contains(NEW), "{list}");
    let asked = author.get(NEW).await.text;
    assert!(asked.contains("value=\"exceptional-deed\"") && asked.contains("突出事迹"));
    let new = |name, budget| {
        sent(&[
            ("name", name),
            ("title", "骑手“善举”奖励办法"),
            ("on", "exceptional"),
            ("budget", budget),
            ("from", "2026-01-01"),
        ])
    };
    for (name, budget, said) in [
        ("hazard-report", "exceptional-deed", "已有这个代号的办法"),
        ("new", "exceptional-deed", "请换一个"),
        ("Kind Deeds", "exceptional-deed", "只能用小写字母"),
        ("kind-deeds", "none", "请选一项"),
    ] {
        let told = author.post(NEW, &new(name, budget)).await;
        assert_eq!(told.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        let kept = format!("value=\"{name}\"");
        assert!(
            told.text.contains(said) && told.text.contains(&kept),
            "{}",
            told.text
        );
    }
    let begun = author
        .post(NEW, &new("kind-deeds", "exceptional-deed"))
        .await;
    assert_eq!(begun.status, StatusCode::OK, "{}", begun.text);
    assert!(begun.text.contains("骑手“善举”奖励办法") && begun.text.contains("还没有保存"));
    let source = carried(&begun.text);
    assert!(
        source.contains("effective = { from = 2026-01-01 }"),
        "{source}"
    );

    let policy = "/yuhong/desk/policies/kind-deeds";
    // The rule it begins with takes every deed: another one for all of them would never apply.
    let another = sent(&[
        ("act", "add"),
        ("source", &source),
        ("add.title", "再来一条"),
        ("add.points", "5"),
    ]);
    let told = author.post(&format!("{policy}/form"), &another).await.text;
    assert!(told.contains("id=\"add.of.wrong\""), "{told}");
    assert!(told.contains("已经有一条管所有情形的规则"));
    assert!(told.contains("value=\"再来一条\""));
    assert_eq!(carried(&told), source);
    let save = sent(&[
        ("act", "save"),
        ("key", "first"),
        ("source", &source),
        ("rule.0.title", "善举经核实"),
        ("rule.0.points", "30"),
        ("test.0.expect.points", "30"),
    ]);
    let saved = author.post(&format!("{policy}/form"), &save).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text);
    let made = drafts(&town, "kind-deeds").await;
    assert_eq!(made.len(), 1, "{made:?}");
    let one = format!("{policy}/drafts/{}", made[0].id);
    assert!(author.get(&one).await.text.contains("这是新办法"));
    let further = format!("{policy}/form?draft={}", made[0].id);
    let further = author.get(&further).await;
    assert_eq!(further.status, StatusCode::OK, "{}", further.text);
    assert!(further.text.contains("value=\"善举经核实\""));
    assert_eq!(author.get(policy).await.status, StatusCode::NOT_FOUND);

    let today = town.web.now().to_jiff().to_zoned(town.web.zone()).date();
    let begin = today.checked_sub(Span::new().days(40)).expect("a day");
    let days = format!("act=simulate&key=days&from={begin}&until={today}");
    let simulated = author.post(&one, &days).await;
    assert_eq!(simulated.status, StatusCode::OK, "{}", simulated.text);
    let own = author.post(&one, "act=approve&key=own").await;
    assert_eq!(own.status, StatusCode::CONFLICT);
    let approved = other.post(&one, "act=approve&key=now").await;
    assert_eq!(approved.status, StatusCode::SEE_OTHER, "{}", approved.text);
    let read = author.get(policy).await.text;
    assert!(
        read.contains("施行中") && read.contains("善举经核实"),
        "{read}"
    );
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}

#[tokio::test]
async fn who_is_not_in_charge_of_policies_has_no_form() {
    let town = Town::begin().await;
    let awarder = town.worker(&[Awarder], Some(town.nodes[0])).await;
    // Policies belong to no node.
    let local = town.worker(&[Administrator], Some(town.nodes[0])).await;
    for nobody in [&awarder, &local] {
        for path in ["/yuhong/desk/policies", POLICY] {
            let page = nobody.get(path).await.text;
            assert!(!page.contains(NEW) && !page.contains(FORM), "{page}");
        }
        for path in [FORM, NEW] {
            assert_eq!(nobody.get(path).await.status, StatusCode::FORBIDDEN);
            let save = sent(&[("act", "save"), ("key", "k"), ("source", SOURCE)]);
            let saved = nobody.post(path, &save).await;
            assert_eq!(saved.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    let author = town.worker(&[Administrator], None).await;
    let nowhere = "/yuhong/desk/policies/none/form";
    assert_eq!(author.get(nowhere).await.status, StatusCode::NOT_FOUND);
    assert!(drafts(&town, "hazard-report").await.is_empty());
    std::fs::remove_dir_all(&town.file).expect("the folder is ours");
}
