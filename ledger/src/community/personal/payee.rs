//! To whom money goes: sealed like a secret, because an account number is somebody's.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::keyring::{Keyring, NONCE, SealError};
use crate::ids::{MerchantId, ProgramId};

/// To whom a merchant's money goes. Its debug form tells none of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payee {
    /// Who is paid, as the bank knows them.
    pub name: String,
    /// Which bank and branch.
    pub bank: String,
    /// The account number.
    pub account: String,
}

impl fmt::Debug for Payee {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Payee(…)")
    }
}

impl Payee {
    /// The last four digits of the account number, by which people know it.
    pub fn tail(&self) -> String {
        let digits: Vec<char> = self.account.chars().collect();
        digits[digits.len().saturating_sub(4)..].iter().collect()
    }
}

/// The same as it is stored: sealed, but for what lists show.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedPayee {
    /// Whose.
    pub merchant: MerchantId,
    /// The master key it is sealed under.
    pub key_id: String,
    /// Payee, bank and account number, sealed.
    pub body: String,
    /// The last digits of the account number.
    pub tail: String,
    /// A keyed hash of what is sealed, so that the same is the same request.
    pub digest: String,
}

fn purpose(merchant: MerchantId) -> String {
    format!("payee {merchant}")
}

impl Keyring {
    /// Seals to whom a merchant's money goes.
    ///
    /// # Errors
    /// There is no key to seal with.
    pub fn seal_payee(
        &self,
        program: ProgramId,
        merchant: MerchantId,
        payee: &Payee,
        nonce: &[u8; NONCE],
    ) -> Result<SealedPayee, SealError> {
        let text = serde_json::to_vec(payee).map_err(|_| SealError::Broken)?;
        let (key_id, body) = self.seal_secret(program, &purpose(merchant), &text, nonce)?;
        Ok(SealedPayee {
            merchant,
            key_id,
            body,
            tail: payee.tail(),
            digest: self.hashed(program, "payee", &text),
        })
    }

    /// Reads it.
    ///
    /// # Errors
    /// It is sealed under another key, or for another merchant.
    pub fn open_payee(
        &self,
        program: ProgramId,
        merchant: MerchantId,
        sealed: (&str, &str),
    ) -> Result<Payee, SealError> {
        let text = self.open_secret(program, &purpose(merchant), sealed)?;
        serde_json::from_slice(&text).map_err(|_| SealError::Broken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    #[test]
    fn it_opens_for_its_merchant_alone() {
        let keys = format!("lookup {};first {}", "00".repeat(32), "11".repeat(32));
        let keyring = Keyring::parse(&keys).expect("keys");
        let (program, merchant) = (
            ProgramId(Uuid::from_u128(1)),
            MerchantId(Uuid::from_u128(2)),
        );
        let payee = Payee {
            name: "包子铺".to_owned(),
            bank: "中国银行".to_owned(),
            account: "6217000010001234567".to_owned(),
        };
        let sealed = keyring
            .seal_payee(program, merchant, &payee, &[1; NONCE])
            .expect("sealed");
        assert_eq!(sealed.tail, "4567");
        assert!(!format!("{payee:?}{}", sealed.body).contains("6217"));
        let again = keyring
            .seal_payee(program, merchant, &payee, &[1; NONCE])
            .expect("sealed");
        assert_eq!(again.digest, sealed.digest);
        let parts = (sealed.key_id.as_str(), sealed.body.as_str());
        assert_eq!(keyring.open_payee(program, merchant, parts), Ok(payee));
        let other = MerchantId(Uuid::from_u128(3));
        assert_eq!(
            keyring.open_payee(program, other, parts),
            Err(SealError::Broken)
        );
    }
}
