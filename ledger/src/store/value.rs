//! Single values on their way to the database.

use uuid::Uuid;

use super::views::Due;

/// A parameter of a query; `$2`, `$3` … after the programme.
#[derive(Clone, Debug)]
pub enum Value {
    /// An identifier or nothing.
    Uuid(Option<Uuid>),
    /// An integer or nothing.
    Int(Option<i64>),
    /// Text or nothing.
    Text(Option<String>),
    /// Bytes.
    Bytes(Vec<u8>),
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}

impl From<Uuid> for Value {
    fn from(value: Uuid) -> Self {
        Self::Uuid(Some(value))
    }
}
impl From<Option<Uuid>> for Value {
    fn from(value: Option<Uuid>) -> Self {
        Self::Uuid(value)
    }
}
impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}
impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}
impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}
impl From<Option<&str>> for Value {
    fn from(value: Option<&str>) -> Self {
        Self::Text(value.map(str::to_owned))
    }
}

/// A place in a list, and how much of it is read from there: a moment, an id, a limit.
pub fn page(place: Due, limit: i64) -> [Value; 3] {
    [
        place.since.as_micros().into(),
        place.id.into(),
        limit.into(),
    ]
}
