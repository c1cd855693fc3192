//! The audit trail for other programs: CSV, or one JSON object a line.

use serde::Serialize;

use crate::store::views::Change;

/// In which form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// RFC 4180, with a line of names first.
    Csv,
    /// One JSON object a line.
    JsonLines,
}

const NAMES: [&str; 11] = [
    "id",
    "at",
    "operation",
    "subject",
    "actor",
    "role",
    "via",
    "via_id",
    "address",
    "reason",
    "outcome",
];

#[derive(Serialize)]
struct Line<'c> {
    id: String,
    at: String,
    operation: &'c str,
    subject: String,
    actor: Option<String>,
    role: Option<&'c str>,
    via: Option<&'c str>,
    via_id: Option<String>,
    address: Option<&'c str>,
    reason: Option<&'c str>,
    outcome: serde_json::Value,
}

impl<'c> Line<'c> {
    fn new(change: &'c Change) -> Self {
        Self {
            id: change.id.to_string(),
            at: change.at.to_string(),
            operation: &change.operation,
            subject: change.subject.to_string(),
            actor: change.actor.map(|id| id.to_string()),
            role: change.role.as_deref(),
            via: change.via.as_deref(),
            via_id: change.via_id.map(|id| id.to_string()),
            address: change.address.as_deref(),
            reason: change.reason.as_deref(),
            outcome: change.outcome(),
        }
    }

    /// In the order of [`NAMES`].
    fn cells(&self) -> [String; NAMES.len()] {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        [
            self.id.clone(),
            self.at.clone(),
            self.operation.to_owned(),
            self.subject.clone(),
            text(self.actor.as_deref()),
            text(self.role),
            text(self.via),
            text(self.via_id.as_deref()),
            text(self.address),
            text(self.reason),
            self.outcome.to_string(),
        ]
    }
}

impl Form {
    /// What comes before the first change.
    pub fn head(self) -> Vec<u8> {
        match self {
            Self::Csv => format!("{}\r\n", NAMES.join(",")).into_bytes(),
            Self::JsonLines => Vec::new(),
        }
    }

    /// These changes.
    ///
    /// # Errors
    /// Never: what is written to is memory.
    pub fn lines(self, changes: &[Change]) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(changes.len() * 400);
        match self {
            Self::Csv => {
                let mut writer = csv::WriterBuilder::new()
                    .terminator(csv::Terminator::CRLF)
                    .from_writer(&mut bytes);
                for change in changes {
                    writer.write_record(Line::new(change).cells())?;
                }
                writer.flush()?;
            }
            Self::JsonLines => {
                for change in changes {
                    serde_json::to_writer(&mut bytes, &Line::new(change))?;
                    bytes.push(b'\n');
                }
            }
        }
        Ok(bytes)
    }
}
