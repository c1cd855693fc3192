//! Walking a TOML document with the place of everything in it, and noting what is wrong.
//!
//! Every method that reads a value notes an error and answers `None` when the value is not as
//! expected; the walk goes on, so that one reading finds all that is wrong.

use std::ops::Range;

use rust_decimal::Decimal;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::super::errors::{PolicyError, PolicyErrors};
use super::super::near::nearest;
use crate::points::{AmountError, Points};

pub type Value<'t> = Spanned<DeValue<'t>>;

/// After this many errors the rest are not noted: the file is not a policy.
const MOST_ERRORS: usize = 100;
/// The longest title, in characters.
const LONGEST_TITLE: usize = 120;
/// The longest name or code, in bytes.
const LONGEST_NAME: usize = 64;

/// A table of the document, with what it is called in messages.
#[derive(Clone, Copy)]
pub struct Section<'t> {
    pub what: &'static str,
    pub table: &'t DeTable<'t>,
    pub start: usize,
    pub end: usize,
}

impl<'t> Section<'t> {
    pub fn get(&self, key: &str) -> Option<&'t Value<'t>> {
        self.table.get(key)
    }

    pub fn span(&self) -> Range<usize> {
        self.start..self.end
    }
}

/// What was found instead of what was expected.
pub struct Fault {
    message: String,
    near: Option<String>,
    expected: Option<String>,
}

impl Fault {
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            near: None,
            expected: None,
        }
    }

    pub fn expected(mut self, expected: impl Into<String>) -> Self {
        self.expected = Some(expected.into());
        self
    }

    /// A word that is none of some words: the nearest of them, and the list.
    pub fn unknown<'c>(what: &str, word: &str, words: impl IntoIterator<Item = &'c str>) -> Self {
        let words: Vec<_> = words.into_iter().collect();
        Self {
            message: format!("unknown {what} {:?}", clipped(word)),
            near: nearest(word, words.iter().copied()).map(str::to_owned),
            expected: Some(format!("one of: {}", words.join(", "))),
        }
    }
}

fn clipped(text: &str) -> String {
    text.chars().take(40).collect()
}

pub struct Reader<'a> {
    file: &'a str,
    source: &'a str,
    errors: Vec<(usize, PolicyError)>,
    /// Where the keys begin that nobody knows.
    strangers: Vec<usize>,
}

impl<'a> Reader<'a> {
    pub const fn new(file: &'a str, source: &'a str) -> Self {
        Self {
            file,
            source,
            errors: Vec::new(),
            strangers: Vec::new(),
        }
    }

    /// Notes an error at the start of a span.
    pub fn fault(&mut self, span: Range<usize>, fault: Fault) {
        if self.errors.len() >= MOST_ERRORS {
            return;
        }
        let (line, column) = self.place(span.start);
        let error = PolicyError {
            file: self.file.to_owned(),
            line,
            column,
            message: fault.message,
            near: fault.near,
            expected: fault.expected,
        };
        self.errors.push((span.start, error));
    }

    /// Line and column of a byte of the source, from 1, columns in characters.
    pub fn place(&self, byte: usize) -> (usize, usize) {
        let before = self.source.as_bytes().get(..byte).unwrap_or_default();
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let begin = before.iter().rposition(|byte| *byte == b'\n');
        let begin = begin.map_or(0, |newline| newline + 1);
        // Continuation bytes of UTF-8 begin no character.
        let starts = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
        let column = before.get(begin..).unwrap_or_default();
        (line, column.iter().filter(starts).count() + 1)
    }

    pub fn is_clean(&self) -> bool {
        self.errors.is_empty()
    }

    /// All that was noted, in the order of the file.
    pub fn into_errors(mut self) -> PolicyErrors {
        self.errors.sort_by_key(|(byte, _)| *byte);
        PolicyErrors(self.errors.into_iter().map(|(_, error)| error).collect())
    }

    fn wrong_type(&mut self, value: &Value<'_>, what: &str, expected: &str) {
        let found = value.get_ref().type_str();
        let article = if found.starts_with(['a', 'i']) {
            "an"
        } else {
            "a"
        };
        let fault = Fault::new(format!("`{what}` is {article} {found}")).expected(expected);
        self.fault(value.span(), fault);
    }

    /// Notes every key that is none of `allowed`; whether there was none to note.
    pub fn keys(&mut self, section: &Section<'_>, allowed: &[&str]) -> bool {
        let before = self.errors.len();
        for key in section.table.keys() {
            if !allowed.contains(&key.get_ref().as_ref()) {
                let what = format!("key in {}", section.what);
                let fault = Fault::unknown(&what, key.get_ref(), allowed.iter().copied());
                self.fault(key.span(), fault);
                self.strangers.push(key.span().start);
            }
        }
        self.errors.len() == before
    }

    /// The value of a key that must be there. After [`Self::keys`]: a key misspelt is not also
    /// missing.
    pub fn need<'t>(
        &mut self,
        section: &Section<'t>,
        key: &str,
        expected: &str,
    ) -> Option<&'t Value<'t>> {
        let value = section.get(key);
        if value.is_none() && !self.misspelt(section, key) {
            let fault = Fault::new(format!("{} has no `{key}`", section.what)).expected(expected);
            self.fault(section.span(), fault);
        }
        value
    }

    fn misspelt(&self, section: &Section<'_>, key: &str) -> bool {
        let near = |other: &Spanned<_>| {
            let other: &Spanned<std::borrow::Cow<'_, str>> = other;
            self.strangers.contains(&other.span().start)
                && nearest(other.get_ref(), [key]).is_some()
        };
        section.table.keys().any(near)
    }

    pub fn section<'t>(
        &mut self,
        value: &'t Value<'t>,
        key: &str,
        what: &'static str,
    ) -> Option<Section<'t>> {
        if let DeValue::Table(table) = value.get_ref() {
            return Some(Section {
                what,
                table,
                start: value.span().start,
                end: value.span().end,
            });
        }
        self.wrong_type(value, key, "a table");
        None
    }

    /// The elements of an array of at most `most`.
    pub fn list<'t>(
        &mut self,
        value: &'t Value<'t>,
        key: &str,
        most: usize,
    ) -> Option<&'t [Value<'t>]> {
        let DeValue::Array(array) = value.get_ref() else {
            self.wrong_type(value, key, "an array");
            return None;
        };
        if array.len() > most {
            let fault = Fault::new(format!("`{key}` has {} entries", array.len()));
            self.fault(value.span(), fault.expected(format!("at most {most}")));
            return None;
        }
        Some(array)
    }

    /// The sections of an optional `[[key]]`.
    pub fn sections<'t>(
        &mut self,
        parent: &Section<'t>,
        key: &'static str,
        most: usize,
    ) -> Vec<Section<'t>> {
        let Some(value) = parent.get(key) else {
            return Vec::new();
        };
        let elements = self.list(value, key, most).unwrap_or_default();
        let section = |element| self.section(element, key, key);
        elements.iter().filter_map(section).collect()
    }

    pub fn text<'t>(&mut self, value: &'t Value<'t>, key: &str, expected: &str) -> Option<&'t str> {
        let text = value.get_ref().as_str();
        if text.is_none() {
            self.wrong_type(value, key, expected);
        }
        text
    }

    /// A title for people: some text on one line.
    pub fn title(&mut self, value: &Value<'_>, key: &str) -> Option<String> {
        let expected = format!("a line of at most {LONGEST_TITLE} characters");
        let text = self.text(value, key, &expected)?;
        let good = !text.trim().is_empty()
            && text.chars().count() <= LONGEST_TITLE
            && !text.chars().any(char::is_control);
        if good {
            return Some(text.to_owned());
        }
        let fault = Fault::new(format!("`{key}` is {:?}", clipped(text)));
        self.fault(value.span(), fault.expected(expected));
        None
    }

    /// A name for machines: lower-case letters, digits and hyphens.
    pub fn name(&mut self, value: &Value<'_>, key: &str) -> Option<String> {
        const EXPECTED: &str = "a name of at most 64 lower-case letters, digits and hyphens";
        let text = self.text(value, key, EXPECTED)?;
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if (1..=LONGEST_NAME).contains(&text.len()) && text.bytes().all(allowed) {
            return Some(text.to_owned());
        }
        let fault = Fault::new(format!("`{key}` is {:?}", clipped(text)));
        self.fault(value.span(), fault.expected(EXPECTED));
        None
    }

    /// A name that none of `taken` has.
    pub fn new_name(&mut self, section: &Section<'_>, taken: &mut Vec<String>) -> Option<String> {
        let value = self.need(section, "name", "a name")?;
        let name = self.name(value, "name")?;
        if taken.contains(&name) {
            let fault = Fault::new(format!("a second {} named {name:?}", section.what));
            self.fault(value.span(), fault.expected("another name"));
        }
        taken.push(name.clone());
        Some(name)
    }

    /// One of some words.
    pub fn word<T: Copy>(
        &mut self,
        value: &Value<'_>,
        key: &str,
        words: &[(&str, T)],
    ) -> Option<T> {
        let names = words.iter().map(|(word, _)| *word);
        let list = names.clone().collect::<Vec<_>>().join(", ");
        let text = self.text(value, key, &format!("one of: {list}"))?;
        let found = words.iter().find(|(word, _)| *word == text);
        if found.is_none() {
            self.fault(
                value.span(),
                Fault::unknown(&format!("`{key}`"), text, names),
            );
        }
        found.map(|(_, meaning)| *meaning)
    }

    /// One of some names.
    pub fn one_of(&mut self, value: &Value<'_>, key: &str, names: &[String]) -> Option<String> {
        let words: Vec<_> = names.iter().map(|name| (name.as_str(), name)).collect();
        self.word(value, key, &words).cloned()
    }

    /// An exact number, written as one.
    pub fn number(&mut self, value: &Value<'_>, key: &str, expected: &str) -> Option<Decimal> {
        let text = match value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            _ => {
                self.wrong_type(value, key, expected);
                return None;
            }
        };
        let number = Decimal::from_str_exact(text);
        if number.is_err() {
            let fault = Fault::new(format!("`{key}` is {}", clipped(text)));
            self.fault(value.span(), fault.expected(expected));
        }
        number.ok()
    }

    /// An amount of points above zero.
    pub fn amount(&mut self, value: &Value<'_>, key: &str) -> Option<Points> {
        const EXPECTED: &str = "a number above zero with at most two decimal places";
        let number = self.number(value, key, EXPECTED)?;
        let found = match Points::try_from_decimal(number) {
            Ok(points) if points.is_positive() => return Some(points),
            Ok(_) => format!("`{key}` is {number}"),
            Err(AmountError::TooPrecise) => {
                format!("`{key}` is {number}, more than two decimal places")
            }
            Err(error) => format!("`{key}` is {number}: {error}"),
        };
        self.fault(value.span(), Fault::new(found).expected(EXPECTED));
        None
    }

    /// A whole number in a range.
    pub fn whole(&mut self, value: &Value<'_>, key: &str, range: Range<i64>) -> Option<i64> {
        let expected = format!("a whole number from {} to {}", range.start, range.end - 1);
        let number = self.number(value, key, &expected)?;
        let whole = i64::try_from(number)
            .ok()
            .filter(|whole| Decimal::from(*whole) == number && range.contains(whole));
        if whole.is_none() {
            let fault = Fault::new(format!("`{key}` is {number}")).expected(expected);
            self.fault(value.span(), fault);
        }
        whole
    }
}
