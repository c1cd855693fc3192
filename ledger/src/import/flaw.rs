//! What is wrong with a file, and where.

use std::fmt;

use serde::Serialize;

/// A column of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// Counted from 1.
    pub number: u64,
    /// As the file writes it.
    pub header: String,
}

/// One thing that keeps a file from being imported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flaw {
    /// The line of the file, from 1; `None` for the file as a whole.
    pub line: Option<u64>,
    /// The column; `None` for the line as a whole.
    pub column: Option<Place>,
    /// A stable code, that of a rejection or refusal among them.
    pub code: String,
    /// What was expected, in words.
    pub message: String,
}

impl Flaw {
    pub(crate) fn of_file(code: &str, message: String) -> Self {
        Self {
            line: None,
            column: None,
            code: code.to_owned(),
            message,
        }
    }

    pub(crate) fn of_line(line: u64, code: &str, message: String) -> Self {
        Self {
            line: Some(line),
            ..Self::of_file(code, message)
        }
    }

    pub(crate) fn at(line: u64, column: Option<Place>, code: &str, message: String) -> Self {
        Self {
            column,
            ..Self::of_line(line, code, message)
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, &self.column) {
            (Some(line), Some(column)) => write!(f, "line {line}, column {}: ", column.header)?,
            (Some(line), None) => write!(f, "line {line}: ")?,
            _ => {}
        }
        f.write_str(&self.message)
    }
}

/// Everything that is wrong with a file, in its order; at most [`Flaws::MOST`] of it one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Flaws {
    /// By line and column.
    pub told: Vec<Flaw>,
    /// How many more there are.
    pub more: u64,
}

impl Flaws {
    /// The most that are told one by one.
    pub const MOST: usize = 200;

    /// Whether nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.told.is_empty()
    }

    /// How many there are in all.
    pub const fn count(&self) -> u64 {
        self.told.len() as u64 + self.more
    }
}

impl From<Vec<Flaw>> for Flaws {
    fn from(mut flaws: Vec<Flaw>) -> Self {
        flaws.sort_by(|a, b| (a.line, &a.column).cmp(&(b.line, &b.column)));
        let more = flaws.len().saturating_sub(Self::MOST) as u64;
        flaws.truncate(Self::MOST);
        Self { told: flaws, more }
    }
}

impl From<Flaw> for Flaws {
    fn from(flaw: Flaw) -> Self {
        Self::from(vec![flaw])
    }
}

/// `found` as it is repeated to whoever wrote it: not all of a paragraph.
pub(crate) fn shown(found: &str) -> String {
    const MOST: usize = 40;
    let mut text: String = found.chars().take(MOST).collect();
    if found.chars().nth(MOST).is_some() {
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flaws_are_told_in_the_order_of_the_file_and_bounded() {
        let column = |number| Place {
            number,
            header: format!("c{number}"),
        };
        let flaw = |line, number| Flaw::at(line, Some(column(number)), "format", "bad".to_owned());
        let flaws = Flaws::from(vec![flaw(3, 1), flaw(2, 10), flaw(2, 9)]);
        let told: Vec<String> = flaws.told.iter().map(Flaw::to_string).collect();
        assert_eq!(
            told,
            [
                "line 2, column c9: bad",
                "line 2, column c10: bad",
                "line 3, column c1: bad"
            ]
        );
        let many = Flaws::from((1..=205).map(|line| flaw(line, 1)).collect::<Vec<_>>());
        assert_eq!((many.told.len(), many.more, many.count()), (200, 5, 205));
    }
}
