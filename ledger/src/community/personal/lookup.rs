//! What a person is found by, checked and written in one way, so that its keyed hash is the same whoever typed it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a keyed hash is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LookupKind {
    /// A phone number in E.164.
    Phone,
    /// A citizen identity number.
    Identity,
}

impl LookupKind {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Identity => "identity",
        }
    }
}

/// A keyed hash under which a member is found.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Lookup {
    /// Of what.
    pub kind: LookupKind,
    /// HMAC-SHA-256 in hexadecimal.
    pub hash: String,
}

/// Something typed that cannot be what it is said to be. It does not repeat what was typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// No phone number.
    #[error(
        "expected a mobile number of 11 digits beginning with 1, or one in E.164 such as +8613800000000"
    )]
    Phone,
    /// No identity number.
    #[error("expected 18 characters by GB 11643: 17 digits and a check character")]
    Identity,
    /// An identity number with a slip in it.
    #[error("the last character does not fit the others: one of them is mistyped")]
    CheckCharacter,
}

/// A phone number in E.164: + and 8 to 15 digits.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Phone(String);

impl Phone {
    /// Reads a number as people write it: spaces, hyphens and brackets aside, 11 digits from 1 on are a Chinese mobile.
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let bare: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '(' | ')' | '\u{3000}'))
            .collect();
        let international = bare.strip_prefix('+').or_else(|| bare.strip_prefix("00"));
        let digits = match international {
            Some(digits) => digits.to_owned(),
            None if bare.len() == 13 && bare.starts_with("86") => bare,
            None if bare.len() == 11 => format!("86{bare}"),
            None => return Err(Malformed::Phone),
        };
        let is_number = digits.bytes().all(|digit| digit.is_ascii_digit())
            && (8..=15).contains(&digits.len())
            && !digits.starts_with('0');
        let of_china = digits.strip_prefix("86");
        let is_mobile = |rest: &str| {
            rest.len() == 11 && rest.starts_with('1') && matches!(rest.as_bytes()[1], b'3'..=b'9')
        };
        if is_number && of_china.is_none_or(is_mobile) {
            Ok(Self(format!("+{digits}")))
        } else {
            Err(Malformed::Phone)
        }
    }

    /// In E.164.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A citizen identity number of 18 characters (GB 11643-1999).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Identity(String);

impl Identity {
    /// Reads a number and verifies its check character (ISO 7064 MOD 11-2).
    pub fn parse(text: &str) -> Result<Self, Malformed> {
        let number = text.trim().to_ascii_uppercase();
        let bytes = number.as_bytes();
        let is_number = bytes.len() == 18
            && bytes[..17].iter().all(u8::is_ascii_digit)
            && matches!(bytes[17], b'0'..=b'9' | b'X');
        if !is_number {
            return Err(Malformed::Identity);
        }
        let sum = bytes[..17]
            .iter()
            .fold(0_u32, |sum, digit| (sum + u32::from(digit - b'0')) * 2 % 11);
        let expected = b"10X98765432"[(sum % 11) as usize];
        if bytes[17] == expected {
            Ok(Self(number))
        } else {
            Err(Malformed::CheckCharacter)
        }
    }

    /// Its 18 characters.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! like_text {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }

        impl TryFrom<String> for $name {
            type Error = Malformed;

            fn try_from(text: String) -> Result<Self, Malformed> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }
    )+};
}

like_text!(Phone, Identity);
