//! What is held about a person, and how it is sealed: pure, so that keys, chance and texts are all parameters.
//!
//! Everything personal of a member is one [`Personal`], sealed under a data key of the member's own, which is wrapped by a master key of
//! a [`Keyring`]. Whoever destroys the wrapped key has erased the person, backups without it included. People are found by keyed
//! hashes ([`Keyring::lookup`]), never by what they said.

mod bytes;
mod keyring;
mod lookup;
mod payee;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;

pub use keyring::{Chance, Keyring, KeyringError, SealError, Sealed, Whose};
pub use lookup::{Identity, Lookup, LookupKind, Malformed, Phone};
pub use payee::{Payee, SealedPayee};

/// All that is held about a member besides points. Its debug form says nothing, so that no log line can.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Personal {
    /// The whole name.
    pub name: String,
    /// In E.164, the one in use first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phones: Vec<Phone>,
    /// For whom they ride.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub platforms: Vec<Platform>,
    /// Citizen identity number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identity: Option<Identity>,
    /// The organization at home, elsewhere (流出地).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub home: Option<String>,
    /// What they agreed to, the newest last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub consents: Vec<Consent>,
}

impl fmt::Debug for Personal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Personal(…)")
    }
}

/// A platform and the account there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Platform {
    /// Which platform.
    pub name: String,
    /// What they are called there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<String>,
}

/// Agreement to a text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// The text's version.
    pub version: String,
    /// When they agreed.
    pub at: Timestamp,
}

/// Why somebody at a desk looks at what is held about a member. Kept with the event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// To reach them.
    Contact,
    /// To check who they are.
    Identification,
    /// To set right what is wrong.
    Correction,
    /// To answer their objection or complaint.
    Complaint,
    /// They asked what is held about them.
    Request,
}

impl Purpose {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Identification => "identification",
            Self::Correction => "correction",
            Self::Complaint => "complaint",
            Self::Request => "request",
        }
    }
}

/// The name for lists: the family name and stars (赵立军 → 赵**), of another script its first letter. Never longer than that, whatever the
/// name's length.
pub fn masked(name: &str) -> String {
    let mut letters = name.trim().chars();
    match (letters.next(), letters.count()) {
        (None, _) | (Some(_), 0) => "*".to_owned(),
        (Some(first), 1) => format!("{first}*"),
        (Some(first), _) => format!("{first}**"),
    }
}

/// What lists call somebody who was erased.
pub const ERASED: &str = "已注销";
