//! Lists that are handed out a page at a time, read on as far as what is asked for needs it.

use std::collections::HashMap;

use ledger::StoreError;
use ledger::views::Register;
use uuid::Uuid;

use super::{Asked, SHOWN, Tools};
use crate::web::Web;
use crate::web::reading::t;

/// The most lines that are searched, or taken along in a file.
pub const MOST: usize = 10_000;
/// How many are read at a time.
const PAGE: usize = 500;

impl Asked {
    /// The same search and page, where a form brings them along.
    pub fn again(q: &str, page: &str) -> Self {
        Self {
            q: q.to_owned(),
            page: page.to_owned(),
            ..Self::default()
        }
    }

    /// Whether something is looked for.
    pub fn seeks(&self) -> bool {
        !self.q.trim().is_empty()
    }

    /// How many lines have to be read: those up to the end of the page and one more, which tells that another follows; all of them to search
    /// them, or to put them into a file.
    pub fn reads(&self) -> usize {
        if self.seeks() || self.wants_file() {
            return MOST;
        }
        let page: usize = self.page.parse().unwrap_or(1);
        let shown = page.max(1).saturating_mul(SHOWN);
        shown.saturating_add(1).min(MOST)
    }
}

impl Tools {
    /// The same at another address: a page that a form is answered with stands where the form was sent.
    pub fn at(self, path: String) -> Self {
        Self { path, ..self }.turned()
    }
}

/// Up to so many rows, page by page: what a page begins after, and how many it may hold.
pub async fn rows<Row, Place, Read, Error>(
    most: usize,
    first: Place,
    place: impl Fn(&Row) -> Place,
    page: impl Fn(Place, i64) -> Read,
) -> Result<Vec<Row>, Error>
where
    Read: Future<Output = Result<Vec<Row>, Error>>,
{
    let mut rows: Vec<Row> = Vec::new();
    let mut after = first;
    loop {
        let limit = most.saturating_sub(rows.len()).min(PAGE);
        let read = page(after, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
        let is_last = read.len() < limit;
        rows.extend(read);
        match rows.last() {
            Some(last) if !is_last && rows.len() < most => after = place(last),
            _ => return Ok(rows),
        }
    }
}

/// What these are called on record, each looked up once; whoever is on none acts for the programme.
pub async fn names(
    web: &Web,
    register: Register,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, String>, StoreError> {
    let mut names = known(web, register, ids.clone()).await?;
    for id in ids {
        let unknown = || t("系统", "the system").to_owned();
        names.entry(id).or_insert_with(unknown);
    }
    Ok(names)
}

/// What those of these are called that are on record.
pub async fn known(
    web: &Web,
    register: Register,
    mut ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, String>, StoreError> {
    ids.sort_unstable();
    ids.dedup();
    let mut names = HashMap::new();
    for some in ids.chunks(PAGE) {
        let named = web.ledger.registered_of(web.program.id, register, some);
        let named = named.await?;
        names.extend(named.into_iter().map(|named| (named.id, named.name)));
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI64, Ordering};

    use super::*;

    #[test]
    fn as_much_is_read_as_is_asked_for() {
        let asked = |q: &str, page: &str, file: &str| Asked {
            q: q.to_owned(),
            page: page.to_owned(),
            file: file.to_owned(),
        };
        assert_eq!(asked("", "", "").reads(), 51);
        assert_eq!(asked(" ", "3", "").reads(), 151);
        assert_eq!(asked("", "9999999", "").reads(), MOST);
        assert_eq!(asked("x", "", "").reads(), MOST);
        assert_eq!(asked("", "", "csv").reads(), MOST);
    }

    #[test]
    fn what_was_asked_for_elsewhere_leads_to_the_list() {
        let tools = Tools {
            path: "/p/desk/list/7".to_owned(),
            q: "x".to_owned(),
            found: 120,
            page: Some(1),
            ..Tools::default()
        };
        let tools = tools.at("/p/desk/list".to_owned());
        assert_eq!(tools.path, "/p/desk/list");
        assert_eq!(tools.whole(), "/p/desk/list?q=x&");
        assert_eq!(tools.here(), "/p/desk/list?q=x&page=1&");
        assert_eq!(tools.on.as_deref(), Some("/p/desk/list?q=x&page=2"));
        assert_eq!(tools.back, None);
    }

    #[tokio::test]
    async fn pages_are_read_until_there_are_enough_or_no_more() {
        let asked = AtomicI64::new(0);
        let numbers = async |most: usize| {
            let page = |after: i64, limit: i64| {
                asked.fetch_add(1, Ordering::Relaxed);
                let until = after.saturating_add(limit).min(1_200);
                async move { Ok::<Vec<i64>, StoreError>((after..until).collect()) }
            };
            rows(most, 0, |last: &i64| last.saturating_add(1), page).await
        };
        assert_eq!(numbers(51).await.expect("numbers").len(), 51);
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        let all: Vec<i64> = (0..1_200).collect();
        assert_eq!(numbers(MOST).await.expect("numbers"), all);
        assert_eq!(asked.load(Ordering::Relaxed), 4);
        assert_eq!(numbers(1_000).await.expect("numbers").len(), 1_000);
    }
}
