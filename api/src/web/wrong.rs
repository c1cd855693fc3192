//! What is wrong with a form as it was typed.

use std::collections::BTreeMap;

/// What is wrong, by the field beside which it is said; of the whole form under `form`. `wrong.html` draws it.
#[derive(Debug, Default)]
pub struct Wrong(BTreeMap<String, String>);

impl Wrong {
    /// One thing that is wrong.
    pub fn with(field: &str, words: impl Into<String>) -> Self {
        let mut wrong = Self::default();
        wrong.note(field, words);
        wrong
    }

    /// What is wrong with a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.get(field).map(String::as_str)
    }

    /// Whether something is wrong with one of these.
    pub fn any(&self, fields: &[&str]) -> bool {
        fields.iter().any(|field| self.0.contains_key(*field))
    }

    /// Whether something is wrong with a row of these.
    pub fn within(&self, rows: &str) -> bool {
        self.0.keys().any(|field| field.starts_with(rows))
    }

    /// What is wrong with fields, whichever.
    pub fn all(&self) -> impl Iterator<Item = &str> {
        let fields = self.0.iter().filter(|(field, _)| *field != "form");
        fields.map(|(_, words)| words.as_str())
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What is said first of a field stays.
    pub fn note(&mut self, field: &str, words: impl Into<String>) {
        self.0
            .entry(field.to_owned())
            .or_insert_with(|| words.into());
    }
}
