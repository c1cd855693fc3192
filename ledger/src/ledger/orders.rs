//! Orders: the code with which a resident confirms that theirs was done.

use super::Ledger;
use crate::ids::{OrderId, ProgramId, sha256_hex};

impl Ledger {
    /// The code of a resident's own for their order: it follows from the order and a secret of the server's, so it can be told again and only
    /// its hash is kept. Nothing where the server has no keys.
    pub fn order_code(&self, program: ProgramId, order: OrderId) -> Option<String> {
        const LETTERS: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
        let keyring = self.keyring().ok()?;
        let text = [b"order code ".as_slice(), order.0.as_bytes()].concat();
        let drawn = keyring.print(program, &text);
        let letter = |byte: &u8| char::from(LETTERS[usize::from(byte % 32)]);
        Some(
            drawn
                .as_bytes()
                .iter()
                .take(CODE_LETTERS)
                .map(letter)
                .collect(),
        )
    }

    /// Under which hash a code is kept. It is bound to its order.
    pub fn order_code_hash(program: ProgramId, order: OrderId, code: &str) -> String {
        let said = code.trim().to_lowercase();
        let (program, order) = (program.0.as_bytes(), order.0.as_bytes());
        sha256_hex(&[program.as_slice(), order.as_slice(), said.as_bytes()].concat())
    }
}

/// So many letters and digits of 32 that are not mistaken for each other.
const CODE_LETTERS: usize = 12;
