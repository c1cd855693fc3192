//! A list cell by cell, as it was typed: a mistake is shown with what stands there.

use std::collections::BTreeMap;

use csv::ReaderBuilder;

/// What was typed.
pub struct Typed {
    header: Vec<String>,
    /// By the line on which each begins, from 1, as the ledger counts them; what is empty is left out.
    rows: BTreeMap<u64, Vec<String>>,
}

impl Typed {
    /// The cells of a list.
    pub fn of(list: &str) -> Self {
        let mut reader = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .from_reader(list.as_bytes());
        let mut rows = BTreeMap::new();
        let (mut counted, mut line) = (0, 1);
        for record in reader.records() {
            let Ok(record) = record else { break };
            let begin = begin(list, record.position().map_or(0, csv::Position::byte));
            line += ends(list.get(counted..begin).unwrap_or_default());
            counted = begin;
            let cells: Vec<String> = record.iter().map(|cell| cell.trim().to_owned()).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                rows.insert(line, cells);
            }
        }
        let header = rows.pop_first();
        Self {
            header: header.map_or_else(Vec::new, |(_, header)| header),
            rows,
        }
    }

    /// The lines that hold something, in order, the header left out.
    pub fn lines(&self) -> impl Iterator<Item = u64> {
        self.rows.keys().copied()
    }

    /// What stands in a column, counted from 1.
    pub fn cell(&self, line: u64, column: u64) -> &str {
        let index = usize::try_from(column.saturating_sub(1)).unwrap_or(usize::MAX);
        let cell = self.rows.get(&line).and_then(|cells| cells.get(index));
        cell.map_or("", String::as_str)
    }

    /// What stands in the column that has one of these names.
    pub fn under(&self, line: u64, names: &[&str]) -> &str {
        let called = |header: &String| names.iter().any(|name| same(name, header));
        let index = self.header.iter().position(called);
        let cells = self.rows.get(&line);
        let cell = cells.zip(index).and_then(|(cells, index)| cells.get(index));
        cell.map_or("", String::as_str)
    }
}

/// Whether two words are the same; nobody types capitals on purpose.
pub fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}

/// Where a row's first cell stands: the reader counts ends of lines before a row as the row's own.
fn begin(list: &str, byte: u64) -> usize {
    let byte = usize::try_from(byte).unwrap_or(list.len());
    let rest = list.get(byte..).unwrap_or_default();
    let rest = rest.trim_start_matches(['\r', '\n']);
    list.len().saturating_sub(rest.len())
}

/// How many lines end here.
fn ends(text: &str) -> u64 {
    let mut ends = 0;
    let mut after_return = false;
    for byte in text.bytes() {
        let second = byte == b'\n' && after_return;
        after_return = byte == b'\r';
        ends += u64::from(matches!(byte, b'\n' | b'\r') && !second);
    }
    ends
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_as_the_ledger_counts_them() {
        for (list, lines) in [
            ("a,b\n1,2\n3,4\n", vec![2, 3]),
            ("a,b\r\n1,2\r\n3,4", vec![2, 3]),
            ("a,b\r1,2\r3,4\r", vec![2, 3]),
            ("\n\r\na,b\r\n\r\n1,2\r\n,\r\n \r\n3,4\r\n\r\n", vec![5, 8]),
            ("a,b\r\n\"1\r\n\r\n1\",2\r\n3,4\r\n", vec![2, 5]),
            ("", vec![]),
        ] {
            let typed = Typed::of(list);
            assert_eq!(typed.lines().collect::<Vec<_>>(), lines, "{list:?}");
        }
    }

    #[test]
    fn cells_are_found_by_column_and_by_header() {
        let typed = Typed::of("骑手,Kind\n R-1 ,巡查\n");
        assert_eq!((typed.cell(2, 1), typed.cell(2, 9)), ("R-1", ""));
        assert_eq!(typed.under(2, &["类型", "kind"]), "巡查");
        assert_eq!(
            (typed.under(3, &["kind"]), typed.under(2, &["x"])),
            ("", "")
        );
    }
}
