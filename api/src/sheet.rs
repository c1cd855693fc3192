//! Tables as files: CSV, and workbooks for spreadsheets.

use axum::http::header;
use axum::response::{IntoResponse, Response};
use ledger::points::Points;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use serde::Deserialize;
use tokio::task::{JoinError, spawn_blocking};
use uuid::Uuid;

/// Spreadsheets take a file without it for one in the system's own encoding.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// As what a file is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Form {
    /// Lines of cells with commas between them.
    Csv,
    /// A workbook of one sheet.
    Xlsx,
}

impl Form {
    const ALL: [Self; 2] = [Self::Csv, Self::Xlsx];

    /// The one that addresses and forms name so.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.ending() == name)
    }

    /// The one that a `Content-Type` tells, whatever follows its media type.
    pub fn told(content_type: &str) -> Option<Self> {
        let told = essence(content_type);
        let is_told = |form: &Self| form.media_type().eq_ignore_ascii_case(told);
        Self::ALL.into_iter().find(is_told)
    }

    /// How the names of such files end.
    pub const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// The media type alone.
    pub fn media_type(self) -> &'static str {
        essence(self.content_type())
    }

    /// The media type as answers tell it.
    const fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A `Content-Type` without its parameters.
fn essence(content_type: &str) -> &str {
    content_type.split(';').next().unwrap_or("").trim()
}

/// A file as an answer, to be kept under a name.
pub fn attachment(form: Form, name: &str, bytes: Vec<u8>) -> Response {
    let named = format!("attachment; filename=\"{name}.{}\"", form.ending());
    let headers = [
        (header::CONTENT_TYPE, form.content_type().to_owned()),
        (header::CONTENT_DISPOSITION, named),
    ];
    (headers, bytes).into_response()
}

/// CSV as spreadsheets open it.
pub fn marked(csv: &[u8]) -> Vec<u8> {
    [BYTE_ORDER_MARK, csv].concat()
}

/// Makes a file aside: many lines take a while, so it keeps nobody else waiting.
///
/// # Errors
/// It cannot be written.
pub async fn aside(
    make: impl FnOnce() -> Result<Vec<u8>, SheetError> + Send + 'static,
) -> Result<Vec<u8>, SheetError> {
    spawn_blocking(make).await?
}

/// What stands in a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// A text, whatever it begins with.
    Text(String),
    /// A number, with as many places as it has.
    Number(Decimal),
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<Uuid> for Cell {
    fn from(id: Uuid) -> Self {
        Self::Text(id.to_string())
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number.into())
    }
}

impl From<Points> for Cell {
    fn from(points: Points) -> Self {
        Self::Number(points.to_decimal())
    }
}

/// Why a file could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    /// As CSV.
    #[error("the CSV cannot be written: {0}")]
    Csv(String),
    /// As a workbook.
    #[error(transparent)]
    Xlsx(#[from] XlsxError),
    /// It was not made to its end.
    #[error(transparent)]
    Unfinished(#[from] JoinError),
}

/// A table: what stands above the columns, and rows of as many cells.
#[derive(Debug)]
pub struct Sheet<'a> {
    /// Above the columns.
    pub header: &'a [&'a str],
    /// Below.
    pub rows: Vec<Vec<Cell>>,
}

/// What a spreadsheet would take for a formula is led by an apostrophe.
fn plain(text: &str) -> String {
    match text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        true => format!("'{text}"),
        false => text.to_owned(),
    }
}

impl Sheet<'_> {
    /// As a file that somebody opens in a spreadsheet.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn file(&self, form: Form) -> Result<Vec<u8>, SheetError> {
        match form {
            Form::Csv => self.csv().map(|csv| marked(&csv)),
            Form::Xlsx => self.xlsx(),
        }
    }

    /// As a file that a program reads: nothing stands before the first name.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn bare(&self, form: Form) -> Result<Vec<u8>, SheetError> {
        match form {
            Form::Csv => self.csv(),
            Form::Xlsx => self.xlsx(),
        }
    }

    /// As CSV (RFC 4180), in UTF-8.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn csv(&self) -> Result<Vec<u8>, SheetError> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .from_writer(Vec::new());
        let failed = |error: csv::Error| SheetError::Csv(error.to_string());
        writer.write_record(self.header).map_err(failed)?;
        for row in &self.rows {
            let cells = row.iter().map(|cell| match cell {
                Cell::Text(text) => plain(text),
                Cell::Number(number) => number.to_string(),
            });
            writer.write_record(cells).map_err(failed)?;
        }
        let failed = |error: csv::IntoInnerError<_>| SheetError::Csv(error.to_string());
        writer.into_inner().map_err(failed)
    }

    /// As a workbook of one sheet: texts are texts there, and numbers have two places where they are not whole by kind.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn xlsx(&self) -> Result<Vec<u8>, SheetError> {
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        let places = Format::new().set_num_format("0.00");
        let whole = Format::new().set_num_format("0");
        for (column, name) in (0_u16..).zip(self.header) {
            sheet.write_string(0, column, *name)?;
        }
        for (line, row) in (1_u32..).zip(&self.rows) {
            for (column, cell) in (0_u16..).zip(row) {
                match cell {
                    Cell::Text(text) => sheet.write_string(line, column, text)?,
                    // Below 90 million million a float holds every hundredth.
                    Cell::Number(number) => {
                        let format = if number.scale() > 0 { &places } else { &whole };
                        let number = number.to_f64().unwrap_or(f64::NAN);
                        sheet.write_number_with_format(line, column, number, format)?
                    }
                };
            }
        }
        sheet.set_freeze_panes(1, 0)?;
        Ok(book.save_to_buffer()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        let sheet = Sheet {
            header: &["name", "points"],
            rows: vec![vec![
                "=HYPERLINK(\"http://x\")".into(),
                Points::from_hundredths(-1_205).into(),
            ]],
        };
        let csv = String::from_utf8(sheet.csv().expect("a file")).expect("UTF-8");
        let expected = "name,points\r\n\"'=HYPERLINK(\"\"http://x\"\")\",-12.05\r\n";
        assert_eq!(csv, expected);
        let book = sheet.xlsx().expect("a workbook");
        assert!(book.starts_with(b"PK"), "a workbook is a ZIP archive");
    }

    #[test]
    fn a_form_is_what_addresses_and_media_types_name() {
        for form in Form::ALL {
            assert_eq!(Form::named(form.ending()), Some(form));
            assert_eq!(Form::told(form.content_type()), Some(form));
        }
        assert_eq!(Form::told("Text/CSV ;header=present"), Some(Form::Csv));
        for other in ["", "json", "CSV", "text/csv"] {
            assert_eq!(Form::named(other), None, "{other}");
        }
        for other in ["", "text/plain", "application/zip; text/csv"] {
            assert_eq!(Form::told(other), None, "{other}");
        }
    }

    #[tokio::test]
    async fn a_file_is_marked_for_spreadsheets_alone_and_kept_under_its_name() {
        let sheet = Sheet {
            header: &["name"],
            rows: vec![vec!["赵".into()]],
        };
        let bare = sheet.bare(Form::Csv).expect("a file");
        assert_eq!(bare, "name\r\n赵\r\n".as_bytes());
        let file = aside(move || sheet.file(Form::Csv)).await.expect("a file");
        assert_eq!(file, "\u{feff}name\r\n赵\r\n".as_bytes());
        let answer = attachment(Form::Csv, "riders", file);
        let told = |name| answer.headers().get(name).map(|value| value.as_bytes());
        assert_eq!(
            told(header::CONTENT_TYPE),
            Some(&b"text/csv; charset=utf-8"[..])
        );
        assert_eq!(
            told(header::CONTENT_DISPOSITION),
            Some(&b"attachment; filename=\"riders.csv\""[..])
        );
    }
}
