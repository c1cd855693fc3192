//! Tables as files: CSV, and workbooks for spreadsheets.

use ledger::points::Points;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use rust_xlsxwriter::{Format, Workbook, XlsxError};
use uuid::Uuid;

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
}
