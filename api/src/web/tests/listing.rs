//! A list of deeds at the desk: looked at line by line, then awarded wholly or not at all, once.

use axum::http::Method;
use ledger::points::Points;

use super::town::named;
use super::*;
use crate::sheet::{Cell, Sheet};

const BOUND: &str = "a-part-of-a-form";
const PAGE: &str = "/yuhong/desk/list";
const RIDERS: [&str; 3] = ["赵立军", "孙晓梅", "金永哲"];
const HEADER: &str = "骑手,姓名,事项,编号,时间,时长,网格";

/// The form with these fields and this file, as a browser sends it.
async fn send(desk: &Browser, fields: &[(&str, &str)], file: &[u8]) -> Answer {
    let mut body = Vec::new();
    let csrf = [("csrf", desk.csrf.as_str())];
    for (name, value) in csrf.iter().chain(fields) {
        let head = format!("--{BOUND}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n");
        body.extend(format!("{head}{value}\r\n").bytes());
    }
    let head = "content-disposition: form-data; name=\"file\"; filename=\"list\"\r\n";
    let kind = "content-type: application/octet-stream\r\n\r\n";
    body.extend(format!("--{BOUND}\r\n{head}{kind}").bytes());
    body.extend(file);
    body.extend(format!("\r\n--{BOUND}--\r\n").bytes());
    let request = Request::builder()
        .method(Method::POST)
        .uri(PAGE)
        .header(header::COOKIE, &desk.cookie)
        .header("sec-fetch-site", "same-origin")
        .header(
            header::CONTENT_TYPE,
            format!("multipart/form-data; boundary={BOUND}"),
        )
        .body(Body::from(body));
    desk.send(request.expect("a request")).await
}

async fn preview(desk: &Browser, list: &str) -> Answer {
    send(desk, &[("act", "preview"), ("list", list)], b"").await
}

async fn award(desk: &Browser, key: &str, list: &str) -> Answer {
    let fields = [("act", "award"), ("key", key), ("list", list)];
    send(desk, &fields, b"").await
}

/// What the page hands on from the preview to the award: the key, and the list.
fn handed_on(page: &str) -> (String, String) {
    let key = between(page, "name=\"key\" value=\"", "\"");
    let list = between(page, "readonly hidden>\n", "</textarea>");
    (key.to_owned(), list.to_owned())
}

/// Now, as a list writes it.
fn now(web: &Web) -> String {
    format::field(web.now(), &web.zone()).replace('T', " ")
}

/// A patrol of four hours of each rider: as much as a patrol earns, by day and by night.
fn patrols(web: &Web) -> String {
    let at = now(web);
    let line = |name: &&str| format!("\n{},{name},网格巡查,A-1,{at},240,YH-0312", named(name));
    let lines: String = RIDERS.iter().map(line).collect();
    format!("{HEADER}{lines}\n")
}

/// What each rider can spend.
async fn purses(web: &Web) -> Vec<Points> {
    let mut purses = Vec::new();
    for name in RIDERS {
        let member = MemberId(named(name));
        let balance = web.ledger.balance(web.program.id, member, web.now()).await;
        let balance = balance.expect("the ledger").expect("an account");
        purses.push(balance.available);
    }
    purses
}

const NOTHING: [Points; 3] = [Points::ZERO; 3];

fn all(points: i64) -> [Points; 3] {
    [Points::from_hundredths(points * 100); 3]
}

#[tokio::test]
async fn a_list_is_looked_at_and_awarded_once() {
    let (site, web, file) = web(Clock::System).await;
    let pages = router(site);
    let desk = Browser::of(&pages, "张敏").await;
    let page = desk.get(PAGE).await.text;
    for told in ["批量登记", "选文件", "下载示例文件", "网格巡查"] {
        assert!(page.contains(told), "{told} in {page}");
    }
    let list = patrols(&web);
    let looked = preview(&desk, &list).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.text);
    for told in [
        "赵**",
        "完成一次网格巡查",
        "共得 24 分",
        "登记后即发放",
        "全部登记：3 笔，共 72 分",
    ] {
        assert!(looked.text.contains(told), "{told} in {}", looked.text);
    }
    assert_eq!(purses(&web).await, NOTHING, "it was only looked at");
    let (key, handed) = handed_on(&looked.text);
    assert_eq!(handed, list);

    let stranger = Browser {
        pages: desk.pages.clone(),
        cookie: desk.cookie.clone(),
        csrf: "another".to_owned(),
    };
    let forged = award(&stranger, &key, &handed).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN, "{}", forged.text);
    assert_eq!(purses(&web).await, NOTHING);

    for _ in 0..2 {
        let awarded = award(&desk, &key, &handed).await;
        assert_eq!(awarded.status, StatusCode::SEE_OTHER, "{}", awarded.text);
        assert_eq!(awarded.location, "/yuhong/desk/list?done=3&known=0");
        assert_eq!(purses(&web).await, all(24));
    }
    let done = desk.get("/yuhong/desk/list?done=3&known=0").await.text;
    assert!(done.contains("已登记 3 笔"), "{done}");
    // Another list under the same key is none, and the same list under another key is on record.
    let other = award(&desk, &key, &list.replace("A-1", "A-2")).await;
    assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(other.text.contains("已经提交过别的内容"), "{}", other.text);
    let again = award(&desk, "another", &list).await;
    assert_eq!(again.location, "/yuhong/desk/list?done=0&known=3");
    let looked = preview(&desk, &list).await.text;
    assert!(looked.contains("以前登记过") && !looked.contains("全部登记"));
    assert_eq!(purses(&web).await, all(24));
    std::fs::remove_dir_all(file).expect("the folder is ours");
}

#[tokio::test]
async fn a_mistake_in_one_line_awards_nobody_and_loses_nothing() {
    let (site, web, file) = web(Clock::System).await;
    let pages = router(site);
    let desk = Browser::of(&pages, "张敏").await;
    let list = patrols(&web);
    let third = |change: fn(&str) -> String| {
        let lines = list.lines().enumerate();
        let lines = lines.map(|(index, line)| match index {
            2 => change(line),
            _ => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let cases: [(String, &[&str]); 5] = [
        (
            third(|line| line.replace("巡查", "巡察")),
            &["<b>事项</b>", "<code>网格巡察</code>", "是不是“网格巡查”？"],
        ),
        (
            third(|line| line.replace(",240,", ",90.5,")),
            &["<b>时长</b>", "要填：1 到 1440 的整数（分钟）"],
        ),
        (
            third(|line| line.replace(",240,", ",20,")),
            &["没有适用的规则", "完成一次网格巡查”未适用"],
        ),
        (
            third(|line| line.replace("孙晓梅", "赵立军")),
            &["<b>姓名</b>", "编号和姓名对不上"],
        ),
        (
            third(|line| format!("R-9{}", line.get(36..).unwrap_or_default())),
            &["<b>骑手</b>", "没有这位骑手"],
        ),
    ];
    for (list, told) in &cases {
        let looked = preview(&desk, list).await;
        let awarded = award(&desk, "k", list).await;
        for answer in [looked, awarded] {
            let text = &answer.text;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{text}");
            assert!(
                text.contains("第 3 行") && !text.contains("第 2 行"),
                "{text}"
            );
            for told in *told {
                assert!(text.contains(told), "{told} in {text}");
            }
            assert!(text.contains(list.as_str()), "what was typed stays: {text}");
            assert!(text.contains("一笔也没有登记") && !text.contains("全部登记"));
        }
        assert_eq!(purses(&web).await, NOTHING);
    }
    // What was turned down is not kept: corrected, it is awarded under the same key.
    let corrected = award(&desk, "k", &list).await;
    assert_eq!(
        corrected.status,
        StatusCode::SEE_OTHER,
        "{}",
        corrected.text
    );
    assert_eq!(purses(&web).await, all(24));
    std::fs::remove_dir_all(file).expect("the folder is ours");
}

#[tokio::test]
async fn files_are_taken_as_spreadsheets_save_them() {
    let (site, web, file) = web(Clock::System).await;
    let pages = router(site);
    let desk = Browser::of(&pages, "张敏").await;
    let list = patrols(&web);
    let header: Vec<&str> = HEADER.split(',').collect();
    let rows = list.lines().skip(1);
    let rows = rows.map(|line| line.split(',').map(Cell::from).collect());
    let sheet = Sheet {
        header: &header,
        rows: rows.collect(),
    };
    let book = sheet.xlsx().expect("a workbook");
    let fields = [("act", "preview"), ("list", "先前写的")];
    let looked = send(&desk, &fields, &book).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.text);
    assert!(looked.text.contains("先前写的"), "nothing typed is lost");
    assert_eq!(handed_on(&looked.text).1, list);

    // 赵立军 in GB18030, as Excel in China saves it.
    let (id, at) = (named("赵立军"), now(&web));
    let head = format!(
        "member,kind,reference,occurred_at,minutes,grid,name\n{id},patrol_shift,A-1,{at},240,G-1,"
    );
    let bytes = [head.as_bytes(), b"\xd5\xd4\xc1\xa2\xbe\xfc\n"].concat();
    let looked = send(&desk, &[("act", "preview")], &bytes).await;
    assert_eq!(looked.status, StatusCode::OK, "{}", looked.text);
    assert_eq!(handed_on(&looked.text).1, format!("{head}赵立军\n"));

    let fields = [("act", "preview"), ("list", "先前写的")];
    let broken = send(&desk, &fields, b"PK\x03\x04 nothing").await;
    assert_eq!(broken.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(broken.text.contains("读不出来") && broken.text.contains("先前写的"));

    // The example is wrong in nothing but its riders.
    let example = desk.get("/yuhong/desk/list?example=csv").await.text;
    assert!(
        example.starts_with("\u{feff}骑手,事项,编号,时间,凭据"),
        "{example}"
    );
    let looked = send(&desk, &[("act", "preview")], example.as_bytes()).await;
    let wrong = looked.text.matches("没有这位骑手").count();
    let lines = example.lines().count();
    assert!(lines > 2 && wrong == lines - 1, "{}", looked.text);
    assert_eq!(
        looked
            .text
            .matches("<td class=\"figure\" data-label=\"行\">第 ")
            .count(),
        wrong
    );

    let rider = Browser::of(&pages, "赵立军").await;
    assert_eq!(rider.get(PAGE).await.status, StatusCode::FORBIDDEN);
    assert_eq!(purses(&web).await, NOTHING);
    std::fs::remove_dir_all(file).expect("the folder is ours");
}
