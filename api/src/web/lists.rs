//! Lists: searched, shown page by page, and taken along as a file.

pub mod whole;

use axum::http::header;
use axum::response::IntoResponse;
use serde::Deserialize;

use super::page::{Page, Trouble};
use super::reading::Reading;
use crate::sheet::{Cell, Sheet};

/// How many lines a page shows.
const SHOWN: usize = 50;

/// What the address of a list asks for: `q`, what to look for; `page`, from 1; `as`, `csv` or `xlsx` for a file of all that was found.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// What to look for.
    pub q: String,
    page: String,
    #[serde(rename = "as")]
    file: String,
}

/// A line of a list as it is searched and taken along.
pub trait Line {
    /// What stands above the columns of a file.
    fn header() -> Vec<&'static str>;

    /// A line's cells, as many.
    fn cells(&self) -> Vec<Cell>;
}

/// One page of a list.
#[derive(Debug)]
pub struct List<Row> {
    /// Its lines.
    pub rows: Vec<Row>,
    /// What stands around them.
    pub tools: Tools,
}

/// What `lists.html` draws around a list: where to search, the files, the pages before and after.
#[derive(Debug, Default)]
pub struct Tools {
    /// The list's address.
    pub path: String,
    /// What was looked for.
    pub q: String,
    /// The address of all there is: without what was looked for.
    pub all: String,
    /// What else was chosen, by name, for the form to keep.
    pub keep: Vec<(&'static str, String)>,
    /// How many lines were found.
    pub found: usize,
    /// The address of the page before.
    pub back: Option<String>,
    /// The address of the page after.
    pub on: Option<String>,
    /// The address of what was found, to which `as=` and a form of file is added.
    pub whole: String,
    /// The address of this page, to which something else is added.
    pub here: String,
}

impl Tools {
    /// There is nothing to search and nothing was searched for.
    pub const fn is_idle(&self) -> bool {
        self.found == 0 && self.q.is_empty()
    }
}

impl Asked {
    /// The lines in which what is looked for stands, every word of it, in capitals or not.
    pub fn search<Row: Line>(&self, mut rows: Vec<Row>) -> Vec<Row> {
        let wanted = self.q.to_lowercase();
        let words: Vec<&str> = wanted.split_whitespace().collect();
        if !words.is_empty() {
            rows.retain(|row| {
                let text = row.cells().iter().map(shown).collect::<Vec<_>>();
                let text = text.join("\n").to_lowercase();
                words.iter().all(|word| text.contains(word))
            });
        }
        rows
    }

    /// The file that was asked for instead of a page.
    pub fn file<Row: Line>(&self, name: &str, rows: &[Row]) -> Option<Page> {
        let (kind, ending) = match self.file.as_str() {
            "csv" => ("text/csv; charset=utf-8", "csv"),
            "xlsx" => (
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                "xlsx",
            ),
            _ => return None,
        };
        let sheet = Sheet {
            header: &Row::header(),
            rows: rows.iter().map(Line::cells).collect(),
        };
        let bytes = match ending {
            // Spreadsheets take a file for UTF-8 by its first three bytes.
            "csv" => sheet
                .csv()
                .map(|csv| ["\u{feff}".as_bytes(), &csv].concat()),
            _ => sheet.xlsx(),
        };
        let named = format!("attachment; filename=\"{name}.{ending}\"");
        let headers = [
            (header::CONTENT_TYPE, kind.to_owned()),
            (header::CONTENT_DISPOSITION, named),
        ];
        Some(
            bytes
                .map(|bytes| (headers, bytes).into_response())
                .map_err(Trouble::from),
        )
    }

    /// The page that was asked for of what was found. Other choices the address holds are kept by name.
    pub fn page<Row>(&self, keep: &[(&'static str, &str)], rows: Vec<Row>) -> List<Row> {
        let found = rows.len();
        let last = found.div_ceil(SHOWN).max(1);
        let page = self.page.parse().unwrap_or(1).clamp(1, last);
        let before = page.saturating_sub(1).saturating_mul(SHOWN);
        let tools = self.tools(keep, found);
        let numbered = |page: usize| format!("{}page={page}", tools.whole);
        let tools = Tools {
            back: (page > 1).then(|| numbered(page.saturating_sub(1))),
            on: (page < last).then(|| numbered(page.saturating_add(1))),
            here: numbered(page) + "&",
            ..tools
        };
        List {
            rows: rows.into_iter().skip(before).take(SHOWN).collect(),
            tools,
        }
    }

    /// What stands around a list that is paged in another way: where the pages before and after begin is added by who knows.
    pub fn tools(&self, keep: &[(&'static str, &str)], found: usize) -> Tools {
        let path = Reading::current().path;
        let keep: Vec<_> = keep.iter().filter(|(_, value)| !value.is_empty()).collect();
        let written = |q: Option<&str>| {
            let mut query = form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(keep.iter().map(|(name, value)| (name, value)));
            query.extend_pairs(q.map(|q| ("q", q)));
            let query = query.finish();
            match query.is_empty() {
                true => path.clone(),
                false => format!("{path}?{query}"),
            }
        };
        let all = written(None);
        let whole = written((!self.q.is_empty()).then_some(self.q.as_str()));
        let whole = match whole.len() > path.len() {
            true => whole + "&",
            false => whole + "?",
        };
        Tools {
            q: self.q.clone(),
            keep: keep
                .into_iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            found,
            back: None,
            on: None,
            all,
            here: whole.clone(),
            path,
            whole,
        }
    }

    /// Whether a file is wanted, for lists that are read page by page.
    pub fn wants_file(&self) -> bool {
        matches!(self.file.as_str(), "csv" | "xlsx")
    }
}

fn shown(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) => text.clone(),
        Cell::Number(number) => number.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Named(usize, &'static str);

    impl Line for Named {
        fn header() -> Vec<&'static str> {
            vec!["number", "name"]
        }

        fn cells(&self) -> Vec<Cell> {
            vec![i64::try_from(self.0).unwrap_or(0).into(), self.1.into()]
        }
    }

    fn asked(q: &str, page: &str) -> Asked {
        Asked {
            q: q.to_owned(),
            page: page.to_owned(),
            file: String::new(),
        }
    }

    fn many() -> Vec<Named> {
        let name = |number: usize| match number % 2 {
            0 => "Patrol 于洪",
            _ => "Study",
        };
        (0..120).map(|number| Named(number, name(number))).collect()
    }

    #[test]
    fn every_word_is_looked_for_in_every_cell() {
        let found = asked("patrol 于洪", "").search(many());
        assert_eq!(found.len(), 60);
        assert_eq!(asked("于洪 118", "").search(many()).len(), 1);
        assert_eq!(asked("study 于洪", "").search(many()).len(), 0);
    }

    #[test]
    fn pages_follow_each_other_and_what_was_chosen_stays() {
        let page = |page| asked("a&b", page).page(&[("state", "open"), ("day", "")], many());
        let first = page("");
        assert_eq!((first.rows.len(), first.tools.found), (50, 120));
        assert_eq!(first.tools.back, None);
        assert_eq!(
            first.tools.on.as_deref(),
            Some("?state=open&q=a%26b&page=2")
        );
        let last = page("99");
        assert_eq!((last.rows.len(), last.tools.on), (20, None));
        assert_eq!(
            last.tools.back.as_deref(),
            Some("?state=open&q=a%26b&page=2")
        );
    }
}
