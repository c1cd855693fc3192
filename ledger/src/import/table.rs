//! From bytes to cells: which encoding it is in, which header it has, and on which line each row begins.

use super::flaw::Flaw;
use super::{Encoding, MOST_LINES};

/// The most columns: every header is compared with all others and all names.
const MOST_COLUMNS: usize = 500;

/// Lines after the header that hold something, as text.
#[derive(Debug)]
pub(super) struct Table {
    pub encoding: Encoding,
    /// The line of the header.
    pub line: u64,
    /// Trimmed.
    pub header: Vec<String>,
    pub rows: Vec<Row>,
}

/// A line of the table.
#[derive(Debug)]
pub(super) struct Row {
    /// Where it begins in the file, from 1.
    pub line: u64,
    /// Trimmed.
    pub cells: Vec<String>,
}

impl Table {
    /// Reads a file as a whole.
    ///
    /// # Errors
    /// What keeps it from being read at all.
    pub fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        let (text, encoding) = decoded(bytes)?;
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes());
        let mut lines = Lines::new(&text);
        let mut rows = Vec::new();
        for record in reader.records() {
            // The text is UTF-8 and rows may be of any length, so nothing is left to go wrong.
            let record = record.map_err(|error| Flaw::of_file("format", error.to_string()))?;
            let line = record
                .position()
                .map_or(1, |position| lines.at(position.byte()));
            let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                rows.push(Row { line, cells });
            }
            if rows.len() > MOST_LINES + 1 {
                return Err(too_long());
            }
        }
        if rows.is_empty() {
            let message = "the file is empty: expected a header and lines under it";
            return Err(Flaw::of_file("empty", message.to_owned()));
        }
        let header = rows.remove(0);
        let columns = header.cells.len();
        if columns > MOST_COLUMNS {
            let message = format!(
                "the header has {columns} columns, more than {MOST_COLUMNS}: leave out those that are not asked for"
            );
            let code = "too_many_columns";
            return Err(Flaw::of_line(header.line, code, message));
        }
        if rows.is_empty() {
            let message = "the file has a header and no line under it".to_owned();
            return Err(Flaw::of_file("empty", message));
        }
        Ok(Self {
            encoding,
            line: header.line,
            header: header.cells,
            rows,
        })
    }
}

fn too_long() -> Flaw {
    let message = format!(
        "the file has more than {MOST_LINES} lines under its header: split it, and import the parts one after the other"
    );
    Flaw::of_file("too_long", message)
}

/// UTF-8 with or without a mark, or GB18030, which Excel in China calls CSV.
///
/// # Errors
/// What it is instead of such a text.
pub fn decoded(bytes: &[u8]) -> Result<(String, Encoding), Flaw> {
    let format = |message: &str| Err(Flaw::of_file("format", message.to_owned()));
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xd0\xcf\x11\xe0") {
        return format(
            "this is a workbook, not a CSV file: save it as “CSV UTF-8” and import that",
        );
    }
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return format("the file is in UTF-16: save it as “CSV UTF-8” and import that");
    }
    let bare = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let unreadable = match std::str::from_utf8(bare) {
        Ok(text) if text.contains('\0') => {
            return format("the file holds zero bytes: it is no text");
        }
        Ok(text) => return Ok((text.to_owned(), Encoding::Utf8)),
        Err(error) => error.valid_up_to(),
    };
    match encoding_rs::GB18030.decode_without_bom_handling_and_without_replacement(bare) {
        Some(text) if bare.len() == bytes.len() && !text.contains('\0') => {
            Ok((text.into_owned(), Encoding::Gb18030))
        }
        _ => {
            let line = 1 + bare[..unreadable].iter().filter(|b| **b == b'\n').count() as u64;
            let message = "the text is neither UTF-8 nor GB18030: save the file as “CSV UTF-8”";
            Err(Flaw::of_line(line, "format", message.to_owned()))
        }
    }
}

/// Counts lines up to places that come in order.
struct Lines<'t> {
    bytes: &'t [u8],
    counted: usize,
    line: u64,
}

impl<'t> Lines<'t> {
    const fn new(text: &'t str) -> Self {
        Self {
            bytes: text.as_bytes(),
            counted: 0,
            line: 1,
        }
    }

    /// The line of the first thing from this byte on; the reader counts ends of lines before a row as the row's own.
    fn at(&mut self, byte: u64) -> u64 {
        let begin = usize::try_from(byte).unwrap_or(usize::MAX);
        while let Some(byte) = self.bytes.get(self.counted)
            && (self.counted < begin || matches!(byte, b'\n' | b'\r'))
        {
            let lone_return =
                *byte == b'\r' && self.bytes.get(self.counted + 1).is_none_or(|b| *b != b'\n');
            self.line += u64::from(*byte == b'\n' || lone_return);
            self.counted += 1;
        }
        self.line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<u64> {
        let table = Table::read(text.as_bytes()).expect("a table");
        let rows = table.rows.iter().map(|row| row.line);
        std::iter::once(table.line).chain(rows).collect()
    }

    #[test]
    fn every_row_knows_its_line() {
        assert_eq!(lines("a,b\n1,2\n3,4\n"), [1, 2, 3]);
        assert_eq!(lines("a,b\r\n1,2\r\n3,4"), [1, 2, 3]);
        assert_eq!(lines("a,b\r1,2\r3,4\r"), [1, 2, 3]);
        assert_eq!(
            lines("\n\r\na,b\r\n\r\n1,2\r\n,\r\n \r\n3,4\r\n\r\n"),
            [3, 5, 8]
        );
        assert_eq!(lines("a,b\n\"1\n1\",2\n3,4\n"), [1, 2, 4]);
        assert_eq!(lines("a,b\r\n\"1\r\n\r\n1\",2\r\n3,4\r\n"), [1, 2, 5]);
    }

    #[test]
    fn encodings_are_told_apart() {
        let text = "骑手,姓名\n1,赵立军\n";
        let gb = encoding_rs::GB18030.encode(text).0;
        for (bytes, encoding) in [
            (text.as_bytes().to_vec(), Encoding::Utf8),
            ([b"\xef\xbb\xbf", text.as_bytes()].concat(), Encoding::Utf8),
            (gb.to_vec(), Encoding::Gb18030),
        ] {
            let table = Table::read(&bytes).expect("a table");
            assert_eq!(table.encoding, encoding);
            assert_eq!(table.header, ["骑手", "姓名"]);
            assert_eq!(table.rows[0].cells, ["1", "赵立军"]);
        }
    }

    #[test]
    fn what_is_no_table_is_told_so() {
        let long = format!("a\n{}", "1\n".repeat(MOST_LINES + 1));
        let wide = format!("a{}\n1\n", ",".repeat(MOST_COLUMNS));
        for (bytes, line, says) in [
            (&b""[..], None, "empty"),
            (b"\n\n", None, "empty"),
            (b"a,b\n", None, "no line under it"),
            (b"PK\x03\x04rest", None, "workbook"),
            (b"\xff\xfea\0", None, "UTF-16"),
            (b"a,b\n\0,1\n", None, "zero bytes"),
            (
                b"a,b\n1,2\n\xff\xff,1\n",
                Some(3),
                "neither UTF-8 nor GB18030",
            ),
            (long.as_bytes(), None, "split it"),
            (wide.as_bytes(), Some(1), "501 columns"),
        ] {
            let flaw = Table::read(bytes).expect_err(says);
            assert!(flaw.message.contains(says), "{flaw}");
            assert_eq!(flaw.line, line);
        }
        let most = format!("a\n{}", "1\n".repeat(MOST_LINES));
        assert_eq!(
            Table::read(most.as_bytes()).expect("it fits").rows.len(),
            MOST_LINES
        );
    }
}
