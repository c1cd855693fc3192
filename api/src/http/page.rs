//! Pages of lists, each with an opaque cursor to the next.

use std::fmt::Display;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::problem::{Code, Problem};

const DEFAULT: i64 = 50;
const MOST: i64 = 200;

/// Which page.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// `next_cursor` of the page before; the first page needs none
    pub cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    pub limit: Option<i64>,
}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// To be given back as `cursor` for the next page; null on the last.
    pub next_cursor: Option<String>,
}

/// How many are asked for.
pub fn limit(wanted: Option<i64>) -> Result<i64, Problem> {
    let limit = wanted.unwrap_or(DEFAULT);
    if (1..=MOST).contains(&limit) {
        return Ok(limit);
    }
    let detail = format!("limit is 1 to {MOST}");
    Err(Problem::new(Code::InvalidQuery, detail))
}

/// Where the page begins.
pub fn cursor<T: FromStr>(cursor: Option<&str>) -> Result<Option<T>, Problem> {
    let read = |text: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        String::from_utf8(bytes).ok()?.parse().ok()
    };
    let wrong = || Problem::new(Code::InvalidQuery, "this cursor is not one of ours");
    cursor.map(|text| read(text).ok_or_else(wrong)).transpose()
}

impl<T> Page<T> {
    /// From up to `limit` + 1 rows, of which the one too many says that there is a next page.
    pub fn of<R: Into<T>, K: Display>(mut rows: Vec<R>, limit: i64, key: impl Fn(&R) -> K) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let last = rows.last().filter(|_| more);
        let next_cursor = last.map(|row| URL_SAFE_NO_PAD.encode(key(row).to_string()));
        Self {
            items: rows.into_iter().map(Into::into).collect(),
            next_cursor,
        }
    }

    /// Of these, and where the next page begins.
    pub fn new(items: Vec<T>, next: Option<impl Display>) -> Self {
        let next_cursor = next.map(|key| URL_SAFE_NO_PAD.encode(key.to_string()));
        Self { items, next_cursor }
    }

    /// The same page of something else.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page {
            items: self.items.into_iter().map(each).collect(),
            next_cursor: self.next_cursor,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_leads_to_the_next_and_the_last_does_not() {
        let page = Page::<i64>::of(vec![9, 8, 7], 2, |row| *row);
        assert_eq!(page.items, [9, 8]);
        let next = page.next_cursor.expect("a cursor");
        assert_eq!(cursor::<i64>(Some(&next)).expect("ours"), Some(8));
        assert!(
            Page::<i64>::of(vec![9, 8], 2, |row| *row)
                .next_cursor
                .is_none()
        );
        assert!(cursor::<i64>(Some("no")).is_err());
    }
}
