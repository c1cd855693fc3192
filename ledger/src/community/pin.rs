//! PINs: a few digits with which a clerk takes over a counter from another. They are hashed before they come here, like passwords.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::ids::ClerkId;

/// With what a clerk takes over a counter. Its debug form says nothing of it, so that no log line can.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClerkPin {
    /// Whose.
    pub clerk: ClerkId,
    /// Argon2id of the PIN, in PHC form; `None` takes it away.
    pub hash: Option<String>,
}

impl fmt::Debug for ClerkPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClerkPin")
            .field("clerk", &self.clerk)
            .finish_non_exhaustive()
    }
}

/// What is wrong with a PIN, if anything: a word of the rule it breaks. It has 4 to 8 digits, not one digit again and again (`same`), and
/// not digits one after the other, up or down (`run`).
pub fn pin_problem(pin: &str) -> Option<&'static str> {
    let digits: Option<Vec<u32>> = pin.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| (4..=8).contains(&digits.len())) else {
        return Some("digits");
    };
    let all_follow_by = |step: u32| {
        let mut pairs = digits.iter().zip(digits.iter().skip(1));
        pairs.all(|(one, next)| (one + step) % 10 == *next)
    };
    if all_follow_by(0) {
        Some("same")
    } else if all_follow_by(1) || all_follow_by(9) {
        Some("run")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn pins_are_some_digits_and_none_that_everybody_tries() {
        for (pin, problem) in [
            ("2580", None),
            ("13579246", None),
            ("1233", None),
            ("258", Some("digits")),
            ("258025802", Some("digits")),
            ("25 80", Some("digits")),
            ("二五八零", Some("digits")),
            ("２５８０", Some("digits")),
            ("", Some("digits")),
            ("0000", Some("same")),
            ("88888888", Some("same")),
            ("1234", Some("run")),
            ("7890", Some("run")),
            ("987654", Some("run")),
            ("3210", Some("run")),
        ] {
            assert_eq!(pin_problem(pin), problem, "{pin}");
        }
    }

    #[test]
    fn a_log_line_tells_nothing_of_it() {
        let pin = ClerkPin {
            clerk: ClerkId(Uuid::nil()),
            hash: Some("$argon2id$".to_owned()),
        };
        assert!(!format!("{pin:?}").contains("argon2id"));
    }
}
