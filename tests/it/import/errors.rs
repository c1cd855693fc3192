//! What is wrong with a file is told by line and column, all of it at once.

use ledger::community::Role;
use serde_json::{Value, json};
use tests::backend::Database;
use tests::http::Client;
use tests::on_both;
use tests::server::Server;

use super::{begin_lasting, everything, file, post, service};

const PREVIEW: &str = "/v1/imports/awards?preview=true";

fn places(body: &Value) -> Vec<(u64, u64, &str, &str)> {
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    let items = body["errors"].as_array().unwrap().iter().map(|item| {
        let header = item["header"].as_str().unwrap_or("");
        let code = item["code"].as_str().unwrap();
        (number(&item["line"]), number(&item["column"]), header, code)
    });
    items.collect()
}

on_both! {
    async fn errors_over_http_name_line_and_column(db: Database) {
        let story = begin_lasting(&db).await;
        let server = Server::start(&db.url).await;
        let desk = Client::new(server.base_url(), &story.token(Role::Staff, Some(story.program.0)).await);
        let good = service(&story, 0, "a", 10);
        let bad = service(&story, 0, "b", 10).replace("志愿服务", "志愿服物");
        let dated = service(&story, 0, "c", 10).replace("2026-03-05 11:00", "2020-03-05 11:00");
        let text = file(&[good.clone(), bad, dated, good]);
        let before = everything(&db, &story).await;
        for (path, key) in [(PREVIEW, None), ("/v1/imports/awards", Some("k"))] {
            let answer = post(&desk, path, key, &text).await;
            assert_eq!((answer.status, &answer.body["code"]), (422, &json!("invalid_import")), "{}", answer.text);
            assert_eq!(answer.header("content-type"), Some("application/problem+json"));
            assert_eq!(places(&answer.body), [
                (3, 2, "类型", "format"), (4, 2, "类型", "no_policy"), (5, 3, "编号", "duplicate"),
            ]);
            let near = answer.body["errors"][0]["message"].as_str().unwrap();
            assert_eq!(near, "\"志愿服物\" is not known — did you mean 志愿服务?");
            assert_eq!(answer.body["more"], 0);
            assert_eq!(answer.body["totals"]["new"], 1);
            assert_eq!(answer.body["lines"][0]["award"]["points"], "10.00");
        }
        assert_eq!(everything(&db, &story).await, before);
    }

    async fn files_of_excel_are_taken_as_they_are_and_others_refused_with_advice(db: Database) {
        let story = begin_lasting(&db).await;
        let server = Server::start(&db.url).await;
        let desk = Client::new(server.base_url(), &story.token(Role::Staff, Some(story.program.0)).await);
        let text = format!("编号,姓名\r\nR-1,{}\r\n\r\n", "赵立军");
        // 编号,姓名 and 赵立军 in GB18030, as Excel in China saves them.
        let gb = b"\xb1\xe0\xba\xc5,\xd0\xd5\xc3\xfb\r\nR-1,\xd5\xd4\xc1\xa2\xbe\xfc\r\n".to_vec();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let path = "/v1/imports/members?preview=true";
        for (body, encoding) in [(text.into_bytes(), "utf-8"), (marked, "utf-8"), (gb.clone(), "gb18030")] {
            let answer = post(&desk, path, None, &body).await;
            assert_eq!(answer.body["encoding"], encoding, "{}", answer.text);
            assert_eq!(answer.body["lines"][0]["name"], "赵立军");
        }
        // Saved another way, it is the same rider.
        assert_eq!(post(&desk, "/v1/imports/members", Some("k"), &gb).await.status, 200);
        let utf8 = post(&desk, "/v1/imports/members", Some("k2"), "编号,姓名\nR-1,赵立军\n").await;
        assert_eq!(utf8.body["totals"]["known"], 1, "{}", utf8.text);

        let long = format!("编号,姓名\n{}", "R,x\n".repeat(1_001));
        for (body, says) in [
            (&b"PK\x03\x04"[..], "workbook"), (b"", "empty"), (b"\xff\xfeR", "UTF-16"), (b"a;b\n1;2\n", "separate cells by commas"),
            (b"R-1,\xff\xff\n", "neither UTF-8 nor GB18030"), (long.as_bytes(), "split it"),
        ] {
            let answer = post(&desk, path, None, body).await;
            assert_eq!(answer.status, 422);
            let message = answer.body["errors"][0]["message"].as_str().unwrap();
            assert!(message.contains(says), "{message}");
        }
        let many = format!("编号,姓名\n{}", (0..300).map(|n| format!("R-{n},\n")).collect::<String>());
        let answer = post(&desk, path, None, &many).await;
        assert_eq!((answer.body["errors"].as_array().unwrap().len(), &answer.body["more"]), (200, &json!(100)));
    }
}
