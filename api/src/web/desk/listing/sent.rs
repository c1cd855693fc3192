//! What the form holds: a list that was pasted, or a file with one. It may be too large for the guard, so it is read here.

use std::mem::take;

use axum::body::Bytes;
use axum::extract::Multipart;
use axum::extract::multipart::MultipartError;
use axum::http::StatusCode;
use ledger::import::decoded;

use crate::web::page::Trouble;
use crate::web::reading::{say, t};
use crate::workbook::{self, WorkbookError};

/// The form as it was sent.
#[derive(Default)]
pub struct Sent {
    pub act: String,
    pub key: String,
    pub csrf: String,
    /// What was pasted; once the file is open, what stands in that.
    pub list: String,
    /// What was pasted, where a file took its place.
    pub earlier: Option<String>,
    /// What was chosen; a browser sends an empty one for none.
    file: Bytes,
}

impl Sent {
    /// Reads it whole.
    pub async fn read(form: Multipart) -> Result<Self, Trouble> {
        fields(form).await.map_err(|error| unread(&error))
    }

    /// Takes the list from the file, if one was chosen; the error says in a sentence why the file is none.
    pub async fn open(&mut self) -> Result<(), String> {
        if self.file.is_empty() {
            return Ok(());
        }
        let list = opened(take(&mut self.file)).await?;
        if !self.list.trim().is_empty() && !self.list.lines().eq(list.lines()) {
            self.earlier = Some(take(&mut self.list));
        }
        self.list = list;
        Ok(())
    }
}

async fn fields(mut form: Multipart) -> Result<Sent, MultipartError> {
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await? {
        let name = field.name().unwrap_or_default().to_owned();
        match name.as_str() {
            "act" => sent.act = field.text().await?,
            "key" => sent.key = field.text().await?,
            "csrf" => sent.csrf = field.text().await?,
            "list" => sent.list = field.text().await?,
            "file" => sent.file = field.bytes().await?,
            _ => {}
        }
    }
    Ok(sent)
}

/// Why a form could not be read.
fn unread(error: &MultipartError) -> Trouble {
    let status = error.status();
    let words = match status {
        StatusCode::PAYLOAD_TOO_LARGE => t(
            "清单太大了。请分成几份，一份一份登记。",
            "The list is too large. Please split it, and record the parts one after the other.",
        ),
        _ => t(
            "表单没有传完整，请刷新后再试。",
            "The form did not arrive whole. Please reload the page and try again.",
        ),
    };
    Trouble::Refused {
        status,
        words,
        after: None,
    }
}

/// The text of a file: the first sheet of a workbook, or whatever text it is.
async fn opened(file: Bytes) -> Result<String, String> {
    if !workbook::is_workbook(&file) {
        let text = decoded(&file).map_err(|_| no_list())?;
        return Ok(text.0);
    }
    // Unpacking takes a while, so it keeps nobody else waiting.
    let read = tokio::task::spawn_blocking(move || workbook::lines(&file)).await;
    match read {
        Ok(read) => read.map_err(|error| unreadable(&error)),
        Err(error) => {
            tracing::error!(%error, "a workbook was not read to its end");
            Err(no_list())
        }
    }
}

fn no_list() -> String {
    t(
        "这个文件读不出来。请在表格软件里另存为 XLSX 或“CSV UTF-8”，再选一次。",
        "This file cannot be read. Please save it as XLSX or “CSV UTF-8”, and choose it again.",
    )
    .to_owned()
}

/// Why a workbook is none. It says so in English, so the sentence goes by what is at hand.
fn unreadable(error: &WorkbookError) -> String {
    match error.cell {
        Some((row, column)) if error.message.contains("15 digits") => say!(
            "表格第 {row} 行第 {column} 列的数字太长，表格软件已经把末几位改掉了。请把这一列设为“文本”，重新填写。",
            "Row {row}, column {column}: the number is so long that the spreadsheet has rounded it. Make this column text, and type it anew."
        ),
        Some((row, column)) => say!(
            "表格第 {row} 行第 {column} 列的公式没有结果，请改成内容。",
            "Row {row}, column {column}: the formula has no result. Please write what is meant."
        ),
        None if error.message.contains("larger than") => t(
            "表格太大了。请删掉下面和右边的空行空列，或分成几份。",
            "The workbook is too large. Please delete what is empty below and beside the list, or split it.",
        )
        .to_owned(),
        None => no_list(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(list: &str, file: &'static [u8]) -> Sent {
        Sent {
            list: list.to_owned(),
            file: Bytes::from_static(file),
            ..Sent::default()
        }
    }

    #[tokio::test]
    async fn a_file_takes_the_place_of_what_was_pasted_and_loses_nothing() {
        let mut pasted = sent("骑手\r\n1", b"");
        assert_eq!(pasted.open().await, Ok(()));
        assert_eq!((pasted.list.as_str(), pasted.earlier), ("骑手\r\n1", None));
        // 赵立军 as Excel in China saves it.
        let mut both = sent("a", b"name\n\xd5\xd4\xc1\xa2\xbe\xfc\n");
        assert_eq!(both.open().await, Ok(()));
        assert_eq!(both.list, "name\n赵立军\n");
        assert_eq!(both.earlier.as_deref(), Some("a"));
        let mut same = sent("a\r\n1\r\n", b"\xef\xbb\xbfa\n1\n");
        assert_eq!(same.open().await, Ok(()));
        assert_eq!((same.list.as_str(), same.earlier), ("a\n1\n", None));
        let mut broken = sent("a", b"PK\x03\x04 nothing");
        let told = broken.open().await.expect_err("it is no workbook");
        assert!(told.contains("XLSX") && broken.list == "a", "{told}");
    }
}
