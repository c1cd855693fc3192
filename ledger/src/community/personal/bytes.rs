//! Bytes sealed under a key of their own: photos, texts.

use chacha20poly1305::aead::{Aead, Payload};
use zeroize::Zeroizing;

use super::keyring::{Chance, Keyring, NONCE, SealError, cipher, parts};
use crate::ids::{AttachmentId, ProgramId};

/// The id of the master key, and the key that it wraps.
type Wrapped = (String, String);

impl Keyring {
    /// Seals an attachment under a new key, and that under the newest master key: answers with the latter, and nonce and ciphertext.
    pub fn seal_bytes(
        &self,
        program: ProgramId,
        id: AttachmentId,
        bytes: &[u8],
        chance: &Chance,
    ) -> Result<(Wrapped, Vec<u8>), SealError> {
        let payload = Payload {
            msg: bytes,
            aad: &attached_as(program, id),
        };
        let sealed = cipher(&chance.data_key).encrypt((&chance.nonce).into(), payload);
        let sealed = sealed.map_err(|_| SealError::Broken)?;
        let key = chance.data_key.as_slice();
        let wrapped = self.seal_secret(program, &purpose(id), key, &chance.wrap_nonce)?;
        Ok((wrapped, [chance.nonce.as_slice(), &sealed].concat()))
    }

    /// Reads what was sealed.
    pub fn open_bytes(
        &self,
        program: ProgramId,
        id: AttachmentId,
        wrapped: (&str, &str),
        body: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        let key = self.open_secret(program, &purpose(id), wrapped)?;
        let key: [u8; 32] = key.as_slice().try_into().map_err(|_| SealError::Broken)?;
        let (nonce, sealed) = body.split_first_chunk::<NONCE>().ok_or(SealError::Broken)?;
        let payload = Payload {
            msg: sealed,
            aad: &attached_as(program, id),
        };
        let bytes = cipher(&Zeroizing::new(key)).decrypt(nonce.into(), payload);
        bytes.map_err(|_| SealError::Broken)
    }

    /// The same key under the newest master key.
    pub fn rewrap_bytes(
        &self,
        program: ProgramId,
        id: AttachmentId,
        wrapped: (&str, &str),
        nonce: &[u8; NONCE],
    ) -> Result<Wrapped, SealError> {
        let key = self.open_secret(program, &purpose(id), wrapped)?;
        self.seal_secret(program, &purpose(id), &key, nonce)
    }
}

fn purpose(id: AttachmentId) -> String {
    format!("attachment {id}")
}

fn attached_as(program: ProgramId, id: AttachmentId) -> Vec<u8> {
    parts(&[b"jifen attachment 1", program.0.as_bytes(), id.0.as_bytes()])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chance() -> Chance {
        Chance {
            data_key: [3; 32].into(),
            wrap_nonce: [4; NONCE],
            nonce: [5; NONCE],
        }
    }

    #[test]
    fn what_is_sealed_is_read_by_its_keys_and_as_what_it_is() {
        let one = Keyring::line("a", &[1; 32]);
        let lookup = Keyring::line("lookup", &[9; 32]);
        let before = Keyring::parse(&format!("{}{}", *lookup, *one)).expect("a keyring");
        let program = ProgramId(uuid::Uuid::from_u128(1));
        let (id, other) = (
            AttachmentId(uuid::Uuid::from_u128(2)),
            AttachmentId(uuid::Uuid::from_u128(3)),
        );
        let (wrapped, body) = before
            .seal_bytes(program, id, b"picture", &chance())
            .expect("sealed");
        assert!(!body.windows(7).any(|part| part == b"picture"));
        let key = (wrapped.0.as_str(), wrapped.1.as_str());
        let opened = before.open_bytes(program, id, key, &body);
        assert_eq!(opened.expect("opened"), b"picture");
        assert!(before.open_bytes(program, other, key, &body).is_err());

        let two = Keyring::line("b", &[2; 32]);
        let both = Keyring::parse(&format!("{}{}{}", *lookup, *one, *two)).expect("a keyring");
        let new = both
            .rewrap_bytes(program, id, key, &[6; NONCE])
            .expect("wrapped anew");
        assert_eq!(new.0, "b");
        let opened = both.open_bytes(program, id, (&new.0, &new.1), &body);
        assert_eq!(opened.expect("opened"), b"picture");
    }
}
