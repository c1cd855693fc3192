//! The text of an API key, a session or an invitation: a prefix, and the base64url of the programme's id and 32 random bytes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::ids::{ProgramId, derived, random_bytes, sha256_hex};
use uuid::Uuid;

const SECRET: usize = 32;

/// What a token stands for. One is never taken for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A key of the API.
    Key,
    /// Somebody who has logged in.
    Session,
    /// Whoever is asked to choose what they log in with.
    Invitation,
    /// A browser that has not logged in: what its forms are bound to.
    Visit,
}

impl Kind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Key => "jf_",
            Self::Session => "js_",
            Self::Invitation => "ji_",
            Self::Visit => "jv_",
        }
    }
}

/// A secret and the programme it belongs to.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// What it stands for.
    pub kind: Kind,
    /// The programme.
    pub program: ProgramId,
    secret: [u8; SECRET],
}

impl Token {
    /// A new secret: 256 random bits, so that a fast hash suffices.
    pub fn new(kind: Kind, program: ProgramId) -> Self {
        let secret = random_bytes();
        Self {
            kind,
            program,
            secret,
        }
    }

    /// As shown once to whoever made it.
    pub fn text(&self) -> String {
        let bytes = [self.program.0.as_bytes().as_slice(), &self.secret].concat();
        format!("{}{}", self.kind.prefix(), URL_SAFE_NO_PAD.encode(bytes))
    }

    /// `None` when it is not a token of this kind.
    pub fn parse(kind: Kind, text: &str) -> Option<Self> {
        let mut bytes = [0_u8; 16 + SECRET];
        let text = text.strip_prefix(kind.prefix())?;
        let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
        let (program, secret) = bytes.get(..length)?.split_first_chunk::<16>()?;
        Some(Self {
            kind,
            program: ProgramId(Uuid::from_bytes(*program)),
            secret: secret.try_into().ok()?,
        })
    }

    /// SHA-256 of the secret, as stored.
    pub fn hash(&self) -> String {
        sha256_hex(&self.secret)
    }

    /// What forms of its holder carry: it follows from the secret and tells nothing of it.
    pub fn csrf(&self) -> String {
        derived(&[b"form", &self.secret]).simple().to_string()
    }

    /// Whether a form carries it. Both are hashed anew, so that the time it takes tells nothing.
    pub fn is_csrf(&self, text: &str) -> bool {
        let print = |text: &str| derived(&[&self.secret, text.as_bytes()]);
        print(text) == print(&self.csrf())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_nothing_else_does() {
        let token = Token::new(Kind::Key, ProgramId(Uuid::from_u128(7)));
        let text = token.text();
        assert!(Token::parse(Kind::Session, &text).is_none());
        assert!(Token::parse(Kind::Key, &text) == Some(token));
        for wrong in [
            "",
            "jf_",
            "jf_AAAA",
            &text[3..],
            &format!("{text}AA"),
            "jf_💥",
        ] {
            assert!(Token::parse(Kind::Key, wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_form_is_its_holders_alone() {
        let program = ProgramId(Uuid::from_u128(7));
        let (one, other) = (
            Token::new(Kind::Session, program),
            Token::new(Kind::Session, program),
        );
        assert!(one.is_csrf(&one.csrf()));
        assert!(!one.is_csrf(&other.csrf()) && !one.is_csrf(""));
        assert!(!one.text().contains(&one.csrf()));
    }
}
