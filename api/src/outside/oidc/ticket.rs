//! What binds a browser to its visit: one secret in its cookie, from which state, nonce and PKCE verifier follow. So none of them is kept
//! here, and who has not the cookie can come back with nothing.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ledger::ids::random_bytes;
use sha2::{Digest, Sha256};

const SECRET: usize = 32;

/// See the module.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket([u8; SECRET]);

impl Ticket {
    /// A new one.
    pub fn new() -> Self {
        Self(random_bytes())
    }

    /// As the cookie says it.
    pub fn text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.0)
    }

    /// `None` when it is no ticket.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// What the provider gives back with the browser.
    pub fn state(&self) -> String {
        self.derived("state")
    }

    /// What the provider writes into the token.
    pub fn nonce(&self) -> String {
        self.derived("nonce")
    }

    /// What shows the provider that who began also ends (RFC 7636).
    pub fn verifier(&self) -> String {
        self.derived("verifier")
    }

    /// Each tells nothing of the others.
    fn derived(&self, what: &str) -> String {
        let mut hash = Sha256::new();
        hash.update(b"jifen visit 1 ");
        hash.update(self.0);
        hash.update(what.as_bytes());
        URL_SAFE_NO_PAD.encode(hash.finalize())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ticket_reads_back_and_its_parts_differ() {
        let ticket = Ticket::new();
        assert!(Ticket::parse(&ticket.text()) == Some(ticket.clone()));
        assert!(Ticket::parse("AAAA").is_none());
        let parts = [ticket.state(), ticket.nonce(), ticket.verifier()];
        assert!(parts.iter().all(|part| part.len() == 43));
        assert!(parts[0] != parts[1] && parts[1] != parts[2] && parts[0] != parts[2]);
        assert_ne!(Ticket::new().state(), ticket.state());
    }
}
