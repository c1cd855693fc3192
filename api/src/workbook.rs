//! Workbooks (XLSX) as the lines an import reads: the first sheet, a row a line, cell by cell as text.
//!
//! Rows and columns keep their numbers, so that an error about line 7, column 3 is about row 7, column C.

use std::io::Cursor;

use calamine::{Data, ExcelDateTime, Reader, Xlsx};
use zip::ZipArchive;

/// How a workbook begins: it is a ZIP archive.
const BEGINS: &[u8] = b"PK\x03\x04";
/// The most that its parts may be together once they are unpacked: a small file may be a very large one.
const MOST_BYTES: u64 = 64 << 20;
/// The most rows and columns that are looked at; an import takes fewer, and says so.
const MOST_ROWS: u32 = 5_000;
const MOST_COLUMNS: u32 = 1_000;
/// From this number on a spreadsheet has rounded: it keeps 15 digits.
const ROUNDED: f64 = 1e15;

/// Why a workbook cannot be read. It repeats nothing of what stands in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", self.place())]
pub struct WorkbookError {
    /// Row and column, from 1; `None` for the file as a whole.
    pub cell: Option<(usize, usize)>,
    /// What to do.
    pub message: &'static str,
}

impl WorkbookError {
    const fn of_file(message: &'static str) -> Self {
        Self {
            cell: None,
            message,
        }
    }

    fn place(&self) -> String {
        match self.cell {
            Some((row, column)) => format!("row {row}, column {column}: "),
            None => String::new(),
        }
    }
}

/// Whether this file is a workbook.
pub fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(BEGINS)
}

/// The first sheet as CSV.
pub fn lines(bytes: &[u8]) -> Result<String, WorkbookError> {
    let broken = "this is no workbook that can be read: save it as XLSX again, or as “CSV UTF-8”";
    let broken = || WorkbookError::of_file(broken);
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let mut unpacked: u64 = 0;
    for index in 0..archive.len() {
        let part = archive.by_index_raw(index).map_err(|_| broken())?;
        unpacked = unpacked.saturating_add(part.size());
    }
    if unpacked > MOST_BYTES {
        let message = "the workbook is larger than 64 MiB once unpacked: split it";
        return Err(WorkbookError::of_file(message));
    }
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|_| broken())?;
    let first = book.sheet_names().into_iter().next().ok_or_else(broken)?;
    let sheet = book.worksheet_range(&first).map_err(|_| broken())?;
    let (Some((top, left)), Some((bottom, right))) = (sheet.start(), sheet.end()) else {
        return Ok(String::new());
    };
    if bottom > MOST_ROWS || right > MOST_COLUMNS {
        let message = "the first sheet is larger than 5,000 rows or 1,000 columns: split it, or delete what is empty below";
        return Err(WorkbookError::of_file(message));
    }
    let mut text = "\n".repeat(top as usize);
    for (row, cells) in sheet.rows().enumerate() {
        text.push_str(&",".repeat(left as usize));
        for (column, cell) in cells.iter().enumerate() {
            if column > 0 {
                text.push(',');
            }
            let place = (row + top as usize + 1, column + left as usize + 1);
            quote(&written(cell, place)?, &mut text);
        }
        text.push('\n');
    }
    Ok(text)
}

/// A cell as somebody would have typed it.
fn written(cell: &Data, place: (usize, usize)) -> Result<String, WorkbookError> {
    let wrong = |message| WorkbookError {
        cell: Some(place),
        message,
    };
    Ok(match cell {
        Data::Empty => String::new(),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => text.clone(),
        Data::Bool(yes) => yes.to_string(),
        Data::Int(number) => number.to_string(),
        Data::Float(number) if number.abs() >= ROUNDED => {
            let message = "the spreadsheet keeps 15 digits of a number and rounded the others: make this column text, and type it anew";
            return Err(wrong(message));
        }
        // What is whole is written without a point: 13800000000, not 13800000000.0.
        Data::Float(number) => number.to_string(),
        Data::DateTime(moment) if moment.is_datetime() => date(moment),
        Data::DateTime(duration) => duration.as_f64().to_string(),
        Data::Error(_) => return Err(wrong("the formula in this cell has no result")),
    })
}

/// `2026-03-05 19:30`, with seconds where there are any; a day alone without a time.
fn date(moment: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => date,
        (hour, minute, 0) => format!("{date} {hour:02}:{minute:02}"),
        (hour, minute, second) => format!("{date} {hour:02}:{minute:02}:{second:02}"),
    }
}

/// In quotes where need be, on one line: a row stays a line.
fn quote(cell: &str, into: &mut String) {
    let plain: String = cell.replace(['\r', '\n'], " ");
    if plain.contains([',', '"']) {
        into.push('"');
        into.push_str(&plain.replace('"', "\"\""));
        into.push('"');
    } else {
        into.push_str(&plain);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    use super::*;

    /// A workbook with this sheet.
    fn book(rows: &str) -> Vec<u8> {
        let sheet = format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\"><sheetData>{rows}</sheetData></worksheet>"
        );
        let relations = "http://schemas.openxmlformats.org/package/2006/relationships";
        let office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
        let parts = [
            (
                "_rels/.rels",
                format!(
                    "<Relationships xmlns=\"{relations}\"><Relationship Id=\"r0\" Type=\"{office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/workbook.xml",
                format!(
                    "<workbook xmlns=\"{main}\" xmlns:r=\"{office}\"><sheets><sheet name=\"S\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
                ),
            ),
            (
                "xl/_rels/workbook.xml.rels",
                format!(
                    "<Relationships xmlns=\"{relations}\"><Relationship Id=\"r1\" Type=\"{office}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
                ),
            ),
            (
                "xl/styles.xml",
                format!(
                    "<styleSheet xmlns=\"{main}\"><cellXfs count=\"2\"><xf numFmtId=\"0\"/><xf numFmtId=\"22\"/></cellXfs></styleSheet>"
                ),
            ),
            ("xl/worksheets/sheet1.xml", sheet),
        ];
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            zip.start_file(name, SimpleFileOptions::default())
                .expect("a part");
            zip.write_all(text.as_bytes()).expect("its text");
        }
        zip.finish().expect("a file").into_inner()
    }

    fn text(cell: &str, text: &str) -> String {
        format!("<c r=\"{cell}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
    }

    #[test]
    fn cells_are_written_as_somebody_would_have_typed_them() {
        let rows = format!(
            "<row r=\"2\">{}{}</row><row r=\"4\">{}<c r=\"C4\"><v>13800000000</v></c><c r=\"D4\" s=\"1\"><v>46086.8125</v></c><c r=\"E4\"><v>1.5</v></c></row>",
            text("B2", "姓名"),
            text("C2", "手机号"),
            text("B4", "赵,立军"),
        );
        let lines = lines(&book(&rows)).expect("a sheet");
        let lines: Vec<&str> = lines.lines().collect();
        assert_eq!(
            lines,
            [
                "",
                ",姓名,手机号,,",
                ",,,,",
                ",\"赵,立军\",13800000000,2026-03-05 19:30,1.5"
            ]
        );
    }

    #[test]
    fn what_a_spreadsheet_rounded_is_told_and_not_repeated() {
        let rows = "<row r=\"1\"><c r=\"A1\"><v>110105194912310020</v></c></row>";
        let error = lines(&book(rows)).expect_err("it was rounded");
        assert_eq!(error.cell, Some((1, 1)));
        let told = error.to_string();
        assert!(
            told.starts_with("row 1, column 1: ") && !told.contains("1101051"),
            "{told}"
        );
        assert!(lines(b"PK\x03\x04 nothing").is_err());
        assert_eq!(lines(&book("")), Ok(String::new()));
    }
}
