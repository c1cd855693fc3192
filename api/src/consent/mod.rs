//! The text that people agree to when they enrol. A version is never changed, only followed by another: what somebody agreed to stays readable.

/// A version of the text.
#[derive(Clone, Copy, Debug)]
pub struct ConsentText {
    /// Its name, kept with who agreed to it.
    pub version: &'static str,
    /// In full.
    pub text: &'static str,
}

/// Every version, the one in force last.
pub const TEXTS: &[ConsentText] = &[ConsentText {
    version: "2026-1",
    text: include_str!("2026-1.txt"),
}];

/// What whoever enrols now agrees to.
pub fn in_force() -> ConsentText {
    TEXTS[TEXTS.len() - 1]
}
