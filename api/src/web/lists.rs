//! Lists: searched, shown page by page, and taken along as a file.

pub mod whole;

use serde::Deserialize;

use super::page::Page;
use super::reading::Reading;
use crate::sheet::{Cell, Form, Sheet, aside, attachment};

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
    /// What else was chosen, by name, for the form to keep.
    pub keep: Vec<(&'static str, String)>,
    /// How many lines were found.
    pub found: usize,
    /// Which page this is, where they are numbered.
    page: Option<usize>,
    /// The address of the page before.
    pub back: Option<String>,
    /// The address of the page after.
    pub on: Option<String>,
}

impl Tools {
    /// There is nothing to search and nothing was searched for.
    pub const fn is_idle(&self) -> bool {
        self.found == 0 && self.q.is_empty()
    }

    /// The address of all there is: without what was looked for.
    pub fn all(&self) -> String {
        let (path, query) = (&self.path, self.query(""));
        match query.is_empty() {
            true => path.clone(),
            false => format!("{path}?{query}"),
        }
    }

    /// The address of what was found, to which `as=` and a form of file is added.
    pub fn whole(&self) -> String {
        let (path, query) = (&self.path, self.query(&self.q));
        match query.is_empty() {
            true => format!("{path}?"),
            false => format!("{path}?{query}&"),
        }
    }

    /// The address of this page, to which something else is added.
    pub fn here(&self) -> String {
        match self.page {
            Some(page) => self.numbered(page) + "&",
            None => self.whole(),
        }
    }

    /// What was chosen, and what is looked for if anything is.
    fn query(&self, q: &str) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&self.keep);
        query.extend_pairs((!q.is_empty()).then_some(("q", q)));
        query.finish()
    }

    /// The address of another page.
    fn numbered(&self, page: usize) -> String {
        format!("{}page={page}", self.whole())
    }

    /// With the pages before and after, where they are numbered.
    fn turned(self) -> Self {
        let Some(page) = self.page else { return self };
        Self {
            back: (page > 1).then(|| self.numbered(page.saturating_sub(1))),
            on: (page < pages(self.found)).then(|| self.numbered(page.saturating_add(1))),
            ..self
        }
    }
}

/// How many pages so many lines fill.
fn pages(found: usize) -> usize {
    found.div_ceil(SHOWN).max(1)
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
    pub fn file<Row: Line>(
        &self,
        name: &str,
        rows: &[Row],
    ) -> Option<impl Future<Output = Page> + use<Row>> {
        let form = self.form()?;
        let (header, name) = (Row::header(), name.to_owned());
        let rows: Vec<Vec<Cell>> = rows.iter().map(Line::cells).collect();
        Some(async move {
            let make = move || {
                let header = &header;
                Sheet { header, rows }.file(form)
            };
            let bytes = aside(make).await?;
            Ok(attachment(form, &name, bytes))
        })
    }

    /// The page that was asked for of what was found. Other choices the address holds are kept by name.
    pub fn page<Row>(&self, keep: &[(&'static str, &str)], rows: Vec<Row>) -> List<Row> {
        let found = rows.len();
        let page = self.page.parse().unwrap_or(1).clamp(1, pages(found));
        let before = page.saturating_sub(1).saturating_mul(SHOWN);
        let tools = Tools {
            page: Some(page),
            ..self.tools(keep, found)
        };
        List {
            rows: rows.into_iter().skip(before).take(SHOWN).collect(),
            tools: tools.turned(),
        }
    }

    /// What stands around a list that is paged in another way: where the pages before and after begin is added by who knows.
    pub fn tools(&self, keep: &[(&'static str, &str)], found: usize) -> Tools {
        let keep = keep.iter().filter(|(_, value)| !value.is_empty());
        Tools {
            path: Reading::current().path,
            q: self.q.clone(),
            keep: keep
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            found,
            page: None,
            back: None,
            on: None,
        }
    }

    /// Whether a file is wanted, for lists that are read page by page.
    pub fn wants_file(&self) -> bool {
        self.form().is_some()
    }

    /// As what, if one is.
    fn form(&self) -> Option<Form> {
        Form::named(&self.file)
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
        assert_eq!(first.tools.all(), "?state=open");
        assert_eq!(first.tools.whole(), "?state=open&q=a%26b&");
        assert_eq!(first.tools.here(), "?state=open&q=a%26b&page=1&");
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

    #[test]
    fn addresses_of_a_list_without_choices_are_its_own() {
        let tools = asked("", "").tools(&[], 7);
        assert_eq!((tools.all().as_str(), tools.whole().as_str()), ("", "?"));
        assert_eq!(tools.here(), tools.whole());
        assert_eq!((tools.back, tools.on), (None, None));
    }
}
