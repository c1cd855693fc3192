//! Sets of rows on their way to the database, column by column.

use uuid::Uuid;

use super::views::Period;

/// One column of a set of rows.
#[derive(Clone, Debug)]
pub enum Column {
    /// Identifiers.
    Uuid(Vec<Option<Uuid>>),
    /// Integers: amounts, moments, versions.
    Int(Vec<Option<i64>>),
    /// Text.
    Text(Vec<Option<String>>),
}

impl Column {
    /// Identifiers, none of them missing.
    pub fn uuids(values: impl IntoIterator<Item = Uuid>) -> Self {
        Self::Uuid(values.into_iter().map(Some).collect())
    }
    /// Integers, none of them missing.
    pub fn ints(values: impl IntoIterator<Item = i64>) -> Self {
        Self::Int(values.into_iter().map(Some).collect())
    }
    /// Texts, none of them missing.
    pub fn texts<S: Into<String>>(values: impl IntoIterator<Item = S>) -> Self {
        Self::Text(values.into_iter().map(|text| Some(text.into())).collect())
    }

    /// Of each period, between which ids and between which moments it lies.
    pub fn periods(periods: &[Period]) -> [Self; 4] {
        let bounds = || periods.iter().map(|period| period.bounds());
        [
            Self::uuids(bounds().map(|(first, _)| first)),
            Self::uuids(bounds().map(|(_, last)| last)),
            Self::ints(periods.iter().map(|period| period.from.as_micros())),
            Self::ints(periods.iter().map(|period| period.until.as_micros())),
        ]
    }

    /// Adds the rows of a column of the same kind under its own.
    pub fn extend(&mut self, more: Self) {
        match (self, more) {
            (Self::Uuid(rows), Self::Uuid(more)) => rows.extend(more),
            (Self::Int(rows), Self::Int(more)) => rows.extend(more),
            (Self::Text(rows), Self::Text(more)) => rows.extend(more),
            _ => debug_assert!(false, "two columns of one statement are of one kind"),
        }
    }

    /// How many rows it has.
    pub fn len(&self) -> usize {
        match self {
            Self::Uuid(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }
}
