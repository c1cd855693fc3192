//! People who log in from outside: by a code sent to their phone, or through a provider that knows them.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Role;
use crate::ids::{IdentityId, MemberId, OrganizationId, StaffId, sha256_hex};

/// Somebody who can log in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Who {
    /// As what.
    pub role: Role,
    /// Which member, store or staff member.
    pub subject: Uuid,
}

impl Who {
    /// A rider.
    pub const fn member(id: MemberId) -> Self {
        Self {
            role: Role::Member,
            subject: id.0,
        }
    }
    /// A staff member.
    pub const fn staff(id: StaffId) -> Self {
        Self {
            role: Role::Staff,
            subject: id.0,
        }
    }
}

/// Somebody as a provider of identities knows them (OpenID Connect), and who that is here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutsideIdentity {
    /// Its id.
    pub id: IdentityId,
    /// The provider, by the address it calls itself (`iss`).
    pub issuer: String,
    /// Of what it calls them (`sub`): see [`OutsideIdentity::hash_of`].
    pub subject_hash: String,
    /// Who that is: a member, a store's clerk or a staff member.
    pub who: Who,
}

impl OutsideIdentity {
    /// The hash under which an identity is kept: providers use addresses and numbers of people as names.
    pub fn hash_of(issuer: &str, subject: &str) -> String {
        let length = (issuer.len() as u64).to_be_bytes();
        sha256_hex(&[length.as_slice(), issuer.as_bytes(), subject.as_bytes()].concat())
    }
}

/// What a code sent to a phone is for. It is good for that alone: who is talked out of a code for one thing gives away no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeFor {
    /// Logging in as whoever has the phone.
    LogIn,
    /// Asking this organization to be enrolled with it (报到).
    Joining(OrganizationId),
    /// Giving it to this member in place of their own.
    Change(MemberId),
    /// Objecting to the award on public notice that goes by this number.
    Objecting(Uuid),
}

impl CodeFor {
    /// What the code's hash is bound to: of what kind, and whose.
    pub const fn bound_to(self) -> (&'static str, Uuid) {
        match self {
            Self::LogIn => ("log in", Uuid::nil()),
            Self::Joining(organization) => ("joining", organization.0),
            Self::Change(member) => ("change", member.0),
            Self::Objecting(number) => ("objecting", number),
        }
    }
}

/// A code sent to a phone, to show that it is at hand.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginCode(String);

impl LoginCode {
    /// How many digits it has.
    pub const DIGITS: usize = 6;
    /// How long it can be used, in seconds.
    pub const LIFE_SECONDS: i64 = 300;
    /// How often it can be guessed at.
    pub const GUESSES: i64 = 5;
    /// How long a phone waits for the next, in seconds.
    pub const APART_SECONDS: i64 = 60;
    /// How many a phone gets within 24 hours of the first.
    pub const A_DAY: i64 = 10;

    /// Digits as typed, spaces aside; `None` when it is no code.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let is_code = digits.len() == Self::DIGITS && digits.bytes().all(|b| b.is_ascii_digit());
        is_code.then_some(Self(digits))
    }

    /// Its digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for LoginCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LoginCode(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_six_digits_however_typed() {
        let code = LoginCode::parse(" 012 345\n").unwrap();
        assert_eq!(code.as_str(), "012345");
        assert!(!format!("{code:?}").contains("012345"));
        for wrong in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(LoginCode::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_identity_is_of_its_issuer() {
        let hash = OutsideIdentity::hash_of;
        assert_eq!(hash("https://a", "b"), hash("https://a", "b"));
        assert_ne!(hash("https://a", "b"), hash("https://ab", ""));
    }
}
