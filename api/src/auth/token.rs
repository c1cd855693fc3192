//! The text of an API key: `jf_` and the base64url of the programme's id and 32 random bytes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::ids::{ProgramId, random_bytes, sha256_hex};
use uuid::Uuid;

const PREFIX: &str = "jf_";
const SECRET: usize = 32;

/// A key's secret and the programme it belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// The programme.
    pub program: ProgramId,
    secret: [u8; SECRET],
}

impl Token {
    /// A new secret: 256 random bits, so that a fast hash suffices.
    pub fn new(program: ProgramId) -> Self {
        let secret = random_bytes();
        Self { program, secret }
    }

    /// As shown once to whoever made it.
    pub fn text(&self) -> String {
        let bytes = [self.program.0.as_bytes().as_slice(), &self.secret].concat();
        format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    /// `None` when it is not a token.
    pub fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0_u8; 16 + SECRET];
        let text = text.strip_prefix(PREFIX)?;
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (program, secret) = bytes.get(..length)?.split_first_chunk::<16>()?;
        Some(Self {
            program: ProgramId(Uuid::from_bytes(*program)),
            secret: secret.try_into().ok()?,
        })
    }

    /// SHA-256 of the secret, as stored.
    pub fn hash(&self) -> String {
        sha256_hex(&self.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nothing_else_does() {
        let token = Token::new(ProgramId(Uuid::from_u128(7)));
        let text = token.text();
        assert!(Token::parse(&text) == Some(token));
        for wrong in [
            "",
            "jf_",
            "jf_AAAA",
            &text[3..],
            &format!("{text}AA"),
            "jf_💥",
        ] {
            assert!(Token::parse(wrong).is_none(), "{wrong}");
        }
    }
}
