//! One-time codes with which a member pays.

use super::{Ledger, Request};
use crate::clock::Timestamp;
use crate::community::{Code, Registration};
use crate::ids::{MemberId, ProgramId, random_bytes, sha256_hex};
use crate::machine::{Command, Rejection};
use crate::writer::WriteError;

/// A code as told to its member, once: only its hash is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IssuedCode {
    /// [`IssuedCode::DIGITS`] decimal digits.
    pub digits: String,
    /// From this moment on it is worthless.
    pub expires_at: Timestamp,
}

impl IssuedCode {
    /// How many digits a code has.
    pub const DIGITS: usize = 10;
    /// How long it can be paid with, in seconds.
    pub const LIFE_SECONDS: i64 = 120;

    /// The hash under which a code is kept: of the programme and the digits, so that digits alone cannot be tried on all at once.
    pub fn hash_of(program: ProgramId, digits: &str) -> String {
        sha256_hex(&[program.0.as_bytes().as_slice(), digits.as_bytes()].concat())
    }
}

impl Ledger {
    /// Makes a code worth one payment. Digits drawn before are drawn again; thrice running, that is an error.
    pub async fn issue_code(
        &self,
        request: &Request,
        member: MemberId,
    ) -> Result<IssuedCode, WriteError> {
        const TRIES: usize = 3;
        for _ in 0..TRIES {
            let digits = draw();
            let expires_at = self.clock().now().plus_seconds(IssuedCode::LIFE_SECONDS);
            let hash = IssuedCode::hash_of(request.program, &digits);
            let code = Registration::Code(Code {
                hash,
                member,
                expires_at,
            });
            match self.execute(request, Command::Register(code)).await {
                Err(WriteError::Rejected(Rejection::AlreadyExists)) => {}
                Err(error) => return Err(error),
                Ok(_) => return Ok(IssuedCode { digits, expires_at }),
            }
        }
        Err(WriteError::Internal)
    }
}

/// Each digit equally likely: bytes from 250 on are drawn again, so that none is favoured.
fn draw() -> String {
    let mut digits = String::with_capacity(IssuedCode::DIGITS);
    while digits.len() < IssuedCode::DIGITS {
        let fair = random_bytes::<16>().into_iter().filter(|byte| *byte < 250);
        let wanted = IssuedCode::DIGITS - digits.len();
        digits.extend(fair.take(wanted).map(|byte| char::from(b'0' + byte % 10)));
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_ten_digits() {
        for _ in 0..100 {
            let digits = draw();
            assert_eq!(digits.len(), 10);
            assert!(digits.bytes().all(|byte| byte.is_ascii_digit()), "{digits}");
        }
    }
}
