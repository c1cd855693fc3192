//! What is wrong with a policy file, and where.

use std::fmt;

use serde::Serialize;

/// One thing that is wrong with a policy file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyError {
    /// The file as it was named to the reader.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What was found.
    pub message: String,
    /// The word that may have been meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub near: Option<String>,
    /// What was expected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
}

/// Everything that is wrong with a policy file, in the order of the file. Never empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyErrors(pub Vec<PolicyError>);

impl PolicyErrors {
    /// Each error.
    pub fn iter(&self) -> std::slice::Iter<'_, PolicyError> {
        self.0.iter()
    }
}

impl fmt::Display for PolicyError {
    /// `file:line:column: found — did you mean "near"? expected …`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            message,
            ..
        } = self;
        write!(f, "{file}:{line}:{column}: {message}")?;
        if let Some(near) = &self.near {
            write!(f, " — did you mean {near:?}?")?;
        }
        match (&self.near, &self.expected) {
            (_, None) => Ok(()),
            (None, Some(expected)) => write!(f, ": expected {expected}"),
            (Some(_), Some(expected)) => write!(f, " expected {expected}"),
        }
    }
}

impl fmt::Display for PolicyErrors {
    /// One error a line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            error.fmt(f)?;
        }
        Ok(())
    }
}

impl std::error::Error for PolicyError {}
impl std::error::Error for PolicyErrors {}
