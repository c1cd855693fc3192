//! Deeds as they are shown.

use crate::machine::deeds::{Answer, DeedRecord};

/// A deed, and what came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeedView {
    /// The deed.
    pub record: DeedRecord,
    /// Whether its award was asked for.
    pub asked: bool,
    /// What came of that; `None` while it is open.
    pub answer: Option<Answer>,
}
