//! What a rider shows to pay: a handle, which says whose code it is, and digits that only they know.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::ids::{MemberId, ProgramId, sha256_hex};

/// A one-time code with which a member pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// SHA-256 of the programme and what is typed: see [`PayCode::hash`].
    pub hash: String,
    /// Who pays with it.
    pub member: MemberId,
    /// From this moment on it is worthless.
    pub expires_at: Timestamp,
}

/// The short public number of a member, unique in the programme. It is no secret: it says whose the digits behind it are, so that
/// guessing means guessing at somebody, and is counted there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handle {
    /// Whose.
    pub member: MemberId,
    /// [`PayCode::HANDLE_DIGITS`] decimal digits, the first of them no zero.
    pub handle: String,
}

/// A code as it is shown and typed: a handle, then digits.
#[derive(Clone, PartialEq, Eq)]
pub struct PayCode {
    /// Whose it says it is.
    pub handle: String,
    /// What only they know.
    pub digits: String,
}

impl fmt::Debug for PayCode {
    /// Whoever reads it could pay with it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PayCode(…)")
    }
}

impl PayCode {
    /// How many digits a handle has. Nine million members have one each.
    pub const HANDLE_DIGITS: usize = 7;
    /// How many digits follow it.
    pub const DIGITS: usize = 8;

    /// Reads what somebody typed, with spaces and dashes as they like; or what a scanner typed for them, which is the address that ends
    /// in it.
    pub fn parse(typed: &str) -> Option<Self> {
        let typed = typed.trim();
        let last = typed.rsplit(['#', '/']).next().unwrap_or(typed);
        let mut digits = String::with_capacity(Self::HANDLE_DIGITS + Self::DIGITS);
        for letter in last.chars() {
            match letter {
                '0'..='9' => digits.push(letter),
                // As Chinese keyboards write them.
                '０'..='９' => digits.extend(char::from_digit(u32::from(letter) - 0xff10, 10)),
                '-' | '－' | '–' | '·' => {}
                space if space.is_whitespace() => {}
                _ => return None,
            }
        }
        let whole = digits.len() == Self::HANDLE_DIGITS + Self::DIGITS;
        whole.then(|| {
            let digits_of = digits.split_off(Self::HANDLE_DIGITS);
            Self {
                handle: digits,
                digits: digits_of,
            }
        })
    }

    /// All of it without spaces.
    pub fn text(&self) -> String {
        format!("{}{}", self.handle, self.digits)
    }

    /// In groups that are read out.
    pub fn groups(&self) -> [&str; 4] {
        let (first, second) = self.handle.split_at(3.min(self.handle.len()));
        let (third, fourth) = self.digits.split_at(4.min(self.digits.len()));
        [first, second, third, fourth]
    }

    /// The hash under which it is kept: of the programme and all digits, so that no digits can be tried on everybody at once.
    pub fn hash(&self, program: ProgramId) -> String {
        let (handle, digits) = (self.handle.as_bytes(), self.digits.as_bytes());
        sha256_hex(&[program.0.as_bytes().as_slice(), handle, b" ", digits].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_as_people_and_scanners_type_it() {
        let code = PayCode {
            handle: "1234567".to_owned(),
            digits: "00000042".to_owned(),
        };
        for typed in [
            "123456700000042",
            " 123 4567 0000 0042 ",
            "123-4567-0000-0042",
            "１２３ 4567 ００００ ００４２",
            "https://jifen.example/yuhong/pay#123456700000042",
            "https://jifen.example/yuhong/pay/123456700000042",
        ] {
            assert_eq!(PayCode::parse(typed), Some(code.clone()), "{typed}");
        }
        assert_eq!(code.groups().join(" "), "123 4567 0000 0042");
        assert_eq!(PayCode::parse(&code.text()), Some(code));
        for wrong in [
            "",
            "12345670000004",
            "1234567000000421",
            "12345670000004x",
            "0417365528",
        ] {
            assert_eq!(PayCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_same_digits_are_another_code_under_another_handle_or_programme() {
        let of = |program: u128, handle: &str| {
            let (handle, digits) = (handle.to_owned(), "12345678".to_owned());
            PayCode { handle, digits }.hash(ProgramId(uuid::Uuid::from_u128(program)))
        };
        assert_ne!(of(1, "1234567"), of(1, "1234568"));
        assert_ne!(of(1, "1234567"), of(2, "1234567"));
    }
}
