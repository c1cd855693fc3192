//! Sets of rows on their way to the database, column by column.

use uuid::Uuid;

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

    /// Adds the rows of a column of the same kind under its own.
    pub fn extend(&mut self, more: Self) {
        match (self, more) {
            (Self::Uuid(rows), Self::Uuid(more)) => rows.extend(more),
            (Self::Int(rows), Self::Int(more)) => rows.extend(more),
            (Self::Text(rows), Self::Text(more)) => rows.extend(more),
            _ => debug_assert!(false, "two columns of one statement are of one kind"),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Uuid(values) => values.len(),
            Self::Int(values) => values.len(),
            Self::Text(values) => values.len(),
        }
    }

    fn write_json(&self, row: usize, out: &mut String) {
        use std::fmt::Write;
        let written = match self {
            Self::Uuid(values) => match values[row] {
                Some(id) => write!(out, "\"{}\"", id.simple()),
                None => write!(out, "null"),
            },
            Self::Int(values) => match values[row] {
                Some(number) => write!(out, "{number}"),
                None => write!(out, "null"),
            },
            Self::Text(values) => {
                // A string always serialises.
                out.push_str(&serde_json::to_string(&values[row]).unwrap_or_default());
                Ok(())
            }
        };
        // Writing to a String cannot fail.
        debug_assert!(written.is_ok());
    }
}

/// The rows as a JSON array of arrays, the form SQLite takes them in. Identifiers are 32 hexadecimal digits.
pub fn to_json(columns: &[Column]) -> String {
    let rows = columns.first().map_or(0, Column::len);
    let mut out = String::with_capacity(rows * columns.len() * 24 + 2);
    out.push('[');
    for row in 0..rows {
        out.push_str(if row == 0 { "[" } else { ",[" });
        for (index, column) in columns.iter().enumerate() {
            if index > 0 {
                out.push(',');
            }
            column.write_json(row, &mut out);
        }
        out.push(']');
    }
    out.push(']');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_become_json() {
        let columns = [
            Column::uuids([Uuid::from_u128(1), Uuid::from_u128(2)]),
            Column::Int(vec![Some(-7), None]),
            Column::texts(["a \"quoted\" 字", "b"]),
        ];
        assert_eq!(
            to_json(&columns),
            "[[\"00000000000000000000000000000001\",-7,\"a \\\"quoted\\\" 字\"],\
             [\"00000000000000000000000000000002\",null,\"b\"]]"
        );
    }
}
