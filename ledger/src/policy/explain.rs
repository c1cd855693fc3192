//! A trace in sentences that the person it is about understands.

use super::trace::Trace;

/// The language of an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Language {
    /// Chinese, as written on the mainland.
    Zh,
    /// English.
    En,
}

/// How an award came to its points, one sentence a step.
pub fn explain(trace: &Trace, language: Language) -> Vec<String> {
    let _ = (trace, language);
    Vec::new()
}
