//! Workbooks (XLSX) over HTTP: read as the lines they hold, looked at first and then imported.

use std::io::{Cursor, Write};

use ledger::import::member_id;
use tests::story::KEYS;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::*;

const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A workbook whose only sheet has these rows, as a spreadsheet saves it.
fn book(rows: &[String]) -> Vec<u8> {
    const SCHEMAS: &str = "http://schemas.openxmlformats.org";
    let main = format!("{SCHEMAS}/spreadsheetml/2006/main");
    let office = format!("{SCHEMAS}/officeDocument/2006/relationships");
    let relation = |id: &str, kind: &str, target: &str| {
        format!(
            "<Relationships xmlns=\"{SCHEMAS}/package/2006/relationships\"><Relationship Id=\"{id}\" \
             Type=\"{office}/{kind}\" Target=\"{target}\"/></Relationships>"
        )
    };
    let rows = rows
        .iter()
        .enumerate()
        .map(|(index, row)| format!("<row r=\"{}\">{row}</row>", index + 1));
    let rows: String = rows.collect();
    let parts = [
        (
            "_rels/.rels",
            relation("r0", "officeDocument", "xl/workbook.xml"),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            relation("r1", "worksheet", "worksheets/sheet1.xml"),
        ),
        (
            "xl/styles.xml",
            format!(
                "<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
            ),
        ),
        (
            "xl/worksheets/sheet1.xml",
            format!("<worksheet xmlns=\"{main}\"><sheetData>{rows}</sheetData></worksheet>"),
        ),
    ];
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, text) in parts {
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(text.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// A cell.
enum Cell<'t> {
    Text(&'t str),
    /// As spreadsheets keep what looks like one.
    Number(&'t str),
    /// Days since 1899-12-30.
    Moment(&'t str),
}

use Cell::{Moment, Number, Text};

fn row(cells: &[Cell<'_>]) -> String {
    let cell = |cell: &Cell<'_>| match cell {
        Text(text) => format!("<c t=\"inlineStr\"><is><t>{text}</t></is></c>"),
        Number(digits) => format!("<c><v>{digits}</v></c>"),
        Moment(days) => format!("<c s=\"1\"><v>{days}</v></c>"),
    };
    cells.iter().map(cell).collect()
}

async fn send(client: &Client, path: &str, key: Option<&str>, book: &[u8]) -> Answer {
    let mut headers = vec![("content-type", XLSX)];
    headers.extend(key.map(|key| ("idempotency-key", key)));
    let body = Bytes::copy_from_slice(book);
    let sent = client.send(Method::POST, path, &headers, body);
    sent.await.unwrap()
}

on_both! {
    async fn a_workbook_of_riders_enrols_them_once(db: Database) {
        let story = begin_lasting(&db).await;
        let server = Server::start_with(&db.url, |command| {
            command.env("JIFEN_MASTER_KEY", KEYS);
        }).await;
        let desk = Client::new(server.base_url(), &story.token(Role::Staff, Some(story.program.0)).await);
        let header = row(&["工号", "姓名", "手机号", "身份证号", "平台", "同意书版本"].map(Text));
        let rider = |phone: &str| row(&[
            Text("R-1"), Text("赵立军"), Number(phone), Text("11010519491231002X"), Text("飞蜂外卖、云雀:R7"), Text("2026-1"),
        ]);
        let second = row(&[Text("R-2"), Text("钱多"), Number("13700000000"), Text(""), Text(""), Text("2026-1")]);
        let (path, preview) = ("/v1/imports/members", "/v1/imports/members?preview=true");

        // Where the sheet is wrong is told by its own rows, and what stands there is not repeated.
        let wrong = book(&[header.clone(), rider("13912345678"), String::new(), second.replace("13700000000", "1370000000")]);
        let refused = send(&desk, preview, None, &wrong).await;
        assert_eq!((refused.status, &refused.body["code"]), (422, &json!("invalid_import")), "{}", refused.text);
        let error = &refused.body["errors"][0];
        assert_eq!((&error["line"], &error["header"]), (&json!(4), &json!("手机号")), "{}", refused.text);
        assert!(!refused.text.contains("1370000000"), "{}", refused.text);
        let torn = send(&desk, preview, None, b"PK\x03\x04 nothing").await;
        assert_eq!((torn.status, &torn.body["code"]), (422, &json!("invalid_import")), "{}", torn.text);

        let good = book(&[header.clone(), rider("13912345678"), second.clone()]);
        let before = everything(&db, &story).await;
        let seen = send(&desk, preview, None, &good).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        assert_eq!(seen.body["totals"]["new"], 2, "{}", seen.text);
        assert_eq!(seen.body["lines"][0]["name"], "赵**");
        assert_eq!(everything(&db, &story).await, before, "a preview changes nothing");
        let none = send(&desk, path, None, &good).await;
        assert_eq!((none.status, &none.body["code"]), (400, &json!("idempotency_key_missing")));
        let done = send(&desk, path, Some("k"), &good).await;
        assert_eq!((done.status, &done.body["totals"]["new"]), (200, &json!(2)), "{}", done.text);
        assert_eq!(send(&desk, path, Some("k"), &good).await.body, done.body, "the same key, the same answer");

        let id = member_id(story.program, "R-1");
        assert_eq!(done.body["lines"][0]["id"], json!(id));
        let held = story.ledger.held_about(story.program, id).await.unwrap().own.unwrap();
        assert_eq!((held.name.as_str(), held.phones[0].as_str()), ("赵立军", "+8613912345678"));
        assert_eq!((held.platforms.len(), held.consents.len()), (2, 1));
        // The same list as text is on record already.
        let text = "工号,姓名,手机号,身份证号,平台,同意书版本\n\
            R-1,赵立军,13912345678,11010519491231002X,飞蜂外卖、云雀:R7,2026-1\nR-2,钱多,13700000000,,,2026-1\n";
        let known = post(&desk, preview, None, text).await;
        assert_eq!(known.body["totals"]["known"], 2, "{}", known.text);
        story.sound_books(&db).await;
    }

    async fn a_workbook_of_deeds_is_worth_what_its_preview_says(db: Database) {
        let story = begin_lasting(&db).await;
        let server = Server::start(&db.url).await;
        let desk = Client::new(server.base_url(), &story.token(Role::Staff, Some(story.program.0)).await);
        let member = story.members[0].to_string();
        let header = row(&["骑手", "类型", "编号", "时间", "时长", "服务对象"].map(Text));
        // 2026-03-05 19:30.
        let deed = |reference: &'static str| row(&[
            Text(&member), Text("志愿服务"), Text(reference), Moment("46086.8125"), Number("100"), Text("老人"),
        ]);
        let sheet = book(&[header, deed("a"), deed("b")]);
        let path = "/v1/imports/awards";
        let seen = send(&desk, &format!("{path}?preview=true"), None, &sheet).await;
        assert_eq!(seen.body["totals"], json!({ "new": 2, "known": 0, "added": 0, "refused": 0, "points": "120.00" }), "{}", seen.text);
        assert_eq!(story.available(0).await, 0);
        let done = send(&desk, path, Some("k"), &sheet).await;
        assert_eq!((done.status, &done.body["totals"]), (200, &seen.body["totals"]), "{}", done.text);
        assert_eq!(story.available(0).await, 12_000);
        let again = send(&desk, path, Some("other"), &sheet).await;
        assert_eq!(again.body["totals"]["known"], 2, "{}", again.text);
        let award = done.body["lines"][0]["award"]["id"].as_str().unwrap();
        let award = story.ledger.award(story.program, ledger::ids::AwardId(award.parse().unwrap())).await.unwrap().unwrap();
        assert_eq!(award.deed.occurred_at.to_string(), "2026-03-05T11:30:00Z");
        story.sound_books(&db).await;
    }
}
