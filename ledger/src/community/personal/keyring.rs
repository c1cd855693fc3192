//! Keys, and what they seal: XChaCha20-Poly1305 for texts and keys, HMAC-SHA-256 under a key by HKDF for lookups.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use chacha20poly1305::XChaCha20Poly1305;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use uuid::Uuid;
use zeroize::Zeroizing;

use super::{Identity, Lookup, LookupKind, Personal, Phone};
use crate::community::CodeFor;
use crate::community::paying::StoreCode;
use crate::ids::{DeviceId, EndpointId, MemberId, ProgramId};

type Key = Zeroizing<[u8; 32]>;

/// A nonce of XChaCha20-Poly1305: long enough to be drawn at random.
pub(super) const NONCE: usize = 24;

/// Master keys, of which the last seals and all open, and the secret of lookups.
pub struct Keyring {
    lookup: Key,
    keys: Vec<(String, Key)>,
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.keys.iter().map(|(id, _)| id);
        f.debug_list().entries(ids).finish()
    }
}

/// Why a text is no keyring. It tells lines, never what stands in them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyringError {
    /// A line of another form.
    #[error(
        "line {line}: expected `NAME KEY`, the key in 64 hexadecimal digits, as `jifen personal key` writes it"
    )]
    Line {
        /// Counted from 1.
        line: usize,
    },
    /// A name twice.
    #[error("line {line}: a key of this name stands above")]
    Twice {
        /// Counted from 1.
        line: usize,
    },
    /// No lookup secret, or no master key.
    #[error(
        "expected a line `lookup KEY` and at least one `NAME KEY`: `jifen personal key` makes them"
    )]
    Missing,
}

/// Why something sealed cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// Its master key is not at hand.
    #[error("it is sealed under the master key {id:?}, which is not in the keyring")]
    UnknownKey {
        /// The key's id.
        id: String,
    },
    /// Changed, or of somebody else.
    #[error("it was not sealed for this member under this key, or was changed since")]
    Broken,
}

/// Whose data is sealed: bound to it, so that no row can be put in another's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The programme.
    pub program: ProgramId,
    /// The member.
    pub member: MemberId,
}

/// What sealing takes from chance.
pub struct Chance {
    /// A member's new data key.
    pub data_key: Zeroizing<[u8; 32]>,
    /// For wrapping it.
    pub wrap_nonce: [u8; NONCE],
    /// For the text.
    pub nonce: [u8; NONCE],
}

/// A sealed [`Personal`] and its wrapped data key, as stored: binary parts in base64.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sealed {
    /// Which master key wraps the data key.
    pub key_id: String,
    /// Nonce and wrapped data key.
    pub wrapped: String,
    /// The text's nonce.
    pub nonce: String,
    /// The text, encrypted.
    pub body: String,
}

impl Keyring {
    /// Reads keys: `NAME HEX` each on a line or after a semicolon, `#` begins a remark. The key named `lookup` is for lookups; the last of
    /// the others seals.
    pub fn parse(text: &str) -> Result<Self, KeyringError> {
        let mut lookup = None;
        let mut keys: Vec<(String, Key)> = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line_number = index + 1;
            let line = line.split('#').next().unwrap_or_default();
            for entry in line.split(';').map(str::trim).filter(|e| !e.is_empty()) {
                let bad = KeyringError::Line { line: line_number };
                let (name, hex) = entry.split_once(char::is_whitespace).ok_or(bad.clone())?;
                let key = key_of(hex.trim()).ok_or(bad)?;
                let twice = KeyringError::Twice { line: line_number };
                if name == "lookup" {
                    if lookup.replace(key).is_some() {
                        return Err(twice);
                    }
                } else if keys.iter().any(|(known, _)| known == name) {
                    return Err(twice);
                } else {
                    keys.push((name.to_owned(), key));
                }
            }
        }
        match lookup {
            Some(lookup) if !keys.is_empty() => Ok(Self { lookup, keys }),
            _ => Err(KeyringError::Missing),
        }
    }

    /// A line of a keyring.
    pub fn line(name: &str, key: &[u8; 32]) -> Zeroizing<String> {
        use std::fmt::Write as _;
        let mut line = Zeroizing::new(format!("{name} "));
        for byte in key {
            let _ = write!(line, "{byte:02x}");
        }
        line.push('\n');
        line
    }

    /// The id of the key that seals.
    pub fn newest(&self) -> &str {
        self.keys.last().map_or("", |(id, _)| id)
    }

    /// Whether there is a master key of this id.
    pub fn has(&self, id: &str) -> bool {
        self.keys.iter().any(|(known, _)| known == id)
    }

    /// Seals under the member's new data key, and that under the newest master key.
    pub fn seal(
        &self,
        whose: Whose,
        personal: &Personal,
        chance: &Chance,
    ) -> Result<Sealed, SealError> {
        let text = Zeroizing::new(serde_json::to_vec(personal).map_err(|_| SealError::Broken)?);
        let body = cipher(&chance.data_key)
            .encrypt(
                (&chance.nonce).into(),
                Payload {
                    msg: &text,
                    aad: &bound_to(whose, "personal", ""),
                },
            )
            .map_err(|_| SealError::Broken)?;
        let (key_id, wrapped) = self.wrap(whose, &chance.data_key, &chance.wrap_nonce)?;
        Ok(Sealed {
            key_id,
            wrapped,
            nonce: BASE64.encode(chance.nonce),
            body: BASE64.encode(body),
        })
    }

    /// Reads what was sealed.
    pub fn open(&self, whose: Whose, sealed: &Sealed) -> Result<Personal, SealError> {
        let data_key = self.unwrap(whose, sealed)?;
        let nonce = decoded(&sealed.nonce)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| SealError::Broken)?;
        let body = decoded(&sealed.body)?;
        let payload = Payload {
            msg: &body,
            aad: &bound_to(whose, "personal", ""),
        };
        let text = cipher(&data_key).decrypt((&nonce).into(), payload);
        let text = Zeroizing::new(text.map_err(|_| SealError::Broken)?);
        serde_json::from_slice(&text).map_err(|_| SealError::Broken)
    }

    /// The same text with its data key under the newest master key.
    pub fn rewrap(
        &self,
        whose: Whose,
        sealed: &Sealed,
        wrap_nonce: &[u8; NONCE],
    ) -> Result<Sealed, SealError> {
        let data_key = self.unwrap(whose, sealed)?;
        let (key_id, wrapped) = self.wrap(whose, &data_key, wrap_nonce)?;
        Ok(Sealed {
            key_id,
            wrapped,
            ..sealed.clone()
        })
    }

    fn wrap(
        &self,
        whose: Whose,
        data_key: &Key,
        nonce: &[u8; NONCE],
    ) -> Result<(String, String), SealError> {
        let (id, master) = self.keys.last().ok_or(SealError::Broken)?;
        let payload = Payload {
            msg: data_key.as_slice(),
            aad: &bound_to(whose, "data key", id),
        };
        let wrapped = cipher(master).encrypt(nonce.into(), payload);
        let wrapped = wrapped.map_err(|_| SealError::Broken)?;
        let whole = [nonce.as_slice(), &wrapped].concat();
        Ok((id.clone(), BASE64.encode(whole)))
    }

    fn unwrap(&self, whose: Whose, sealed: &Sealed) -> Result<Key, SealError> {
        let id = &sealed.key_id;
        let master = self.keys.iter().find(|(known, _)| known == id);
        let (_, master) = master.ok_or_else(|| SealError::UnknownKey { id: id.clone() })?;
        let whole = decoded(&sealed.wrapped)?;
        let (nonce, wrapped) = whole
            .split_first_chunk::<NONCE>()
            .ok_or(SealError::Broken)?;
        let payload = Payload {
            msg: wrapped,
            aad: &bound_to(whose, "data key", id),
        };
        let key = cipher(master).decrypt(nonce.into(), payload);
        let key = Zeroizing::new(key.map_err(|_| SealError::Broken)?);
        let key: [u8; 32] = key.as_slice().try_into().map_err(|_| SealError::Broken)?;
        Ok(Zeroizing::new(key))
    }

    /// Seals a short secret by itself under the newest master key: answers with that key's id and the text. It is bound to what it is for.
    pub fn seal_secret(
        &self,
        program: ProgramId,
        purpose: &str,
        secret: &[u8],
        nonce: &[u8; NONCE],
    ) -> Result<(String, String), SealError> {
        let (id, master) = self.keys.last().ok_or(SealError::Broken)?;
        let payload = Payload {
            msg: secret,
            aad: &secret_of(program, purpose, id),
        };
        let sealed = cipher(master).encrypt(nonce.into(), payload);
        let sealed = sealed.map_err(|_| SealError::Broken)?;
        Ok((
            id.clone(),
            BASE64.encode([nonce.as_slice(), &sealed].concat()),
        ))
    }

    /// Reads a short secret that was sealed for this purpose.
    pub fn open_secret(
        &self,
        program: ProgramId,
        purpose: &str,
        (key_id, sealed): (&str, &str),
    ) -> Result<Zeroizing<Vec<u8>>, SealError> {
        let master = self.keys.iter().find(|(known, _)| known == key_id);
        let (_, master) = master.ok_or_else(|| SealError::UnknownKey {
            id: key_id.to_owned(),
        })?;
        let whole = decoded(sealed)?;
        let (nonce, sealed) = whole
            .split_first_chunk::<NONCE>()
            .ok_or(SealError::Broken)?;
        let payload = Payload {
            msg: sealed,
            aad: &secret_of(program, purpose, key_id),
        };
        let secret = cipher(master).decrypt(nonce.into(), payload);
        secret.map(Zeroizing::new).map_err(|_| SealError::Broken)
    }

    /// Under which hash a phone is found in this programme. Another programme's is another, so that their rows cannot be joined.
    pub fn phone(&self, program: ProgramId, phone: &Phone) -> Lookup {
        self.lookup(program, LookupKind::Phone, phone.as_str())
    }

    /// Under which hash an identity number is found.
    pub fn identity(&self, program: ProgramId, identity: &Identity) -> Lookup {
        self.lookup(program, LookupKind::Identity, identity.as_str())
    }

    /// Everything this person is found by.
    pub fn lookups(&self, program: ProgramId, personal: &Personal) -> Vec<Lookup> {
        let phones = personal.phones.iter();
        let phones = phones.map(|phone| self.phone(program, phone));
        let identity = personal.identity.as_ref();
        phones
            .chain(identity.map(|identity| self.identity(program, identity)))
            .collect()
    }

    fn lookup(&self, program: ProgramId, kind: LookupKind, value: &str) -> Lookup {
        let hash = hex(&self.keyed(program, kind.name(), value.as_bytes()));
        Lookup { kind, hash }
    }

    /// The hash of a code sent to a phone, which is given by its own hash. It is bound to what the code is for, and keyed, because a
    /// million codes are soon tried.
    pub fn login_code(
        &self,
        program: ProgramId,
        purpose: CodeFor,
        phone_hash: &str,
        digits: &str,
    ) -> String {
        let (kind, whose) = purpose.bound_to();
        let said = parts(&[
            kind.as_bytes(),
            whose.as_bytes(),
            phone_hash.as_bytes(),
            digits.as_bytes(),
        ]);
        hex(&self.keyed(program, "login code", &said))
    }

    /// What makes two requests with personal data the same, without saying anything about them to who has not the key.
    pub fn print(&self, program: ProgramId, body: &[u8]) -> Uuid {
        let digest = self.keyed(program, "request", body);
        let mut bytes = [0_u8; 16];
        bytes.copy_from_slice(&digest[..16]);
        uuid::Builder::from_custom_bytes(bytes).into_uuid()
    }

    /// What signs that which an endpoint is told: the secret of this number, which follows from the lookup secret.
    pub fn webhook_secret(
        &self,
        program: ProgramId,
        endpoint: EndpointId,
        number: i64,
    ) -> Zeroizing<[u8; 32]> {
        let which = parts(&[endpoint.0.as_bytes(), &number.to_be_bytes()]);
        Zeroizing::new(self.keyed(program, "webhook", &which))
    }

    /// A keyed hash of this, in hexadecimal.
    pub(super) fn hashed(&self, program: ProgramId, purpose: &str, value: &[u8]) -> String {
        hex(&self.keyed(program, purpose, value))
    }

    /// What a member's device makes its codes from. It is told once, and follows from the lookup secret.
    pub fn device_secret(&self, program: ProgramId, device: DeviceId) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.keyed(program, "device", device.0.as_bytes()))
    }

    /// What shows that the code on a store's wall is that of this version.
    pub fn store_check(&self, program: ProgramId, code: &StoreCode) -> [u8; 32] {
        let which = parts(&[code.store.0.as_bytes(), &code.version.to_be_bytes()]);
        self.keyed(program, "store code", &which)
    }

    fn keyed(&self, program: ProgramId, purpose: &str, value: &[u8]) -> [u8; 32] {
        let mut key = Zeroizing::new([0_u8; 32]);
        let info = parts(&[b"jifen lookup 1", program.0.as_bytes(), purpose.as_bytes()]);
        Hkdf::<Sha256>::new(None, self.lookup.as_slice())
            .expand(&info, key.as_mut_slice())
            .expect("32 bytes are within what HKDF gives");
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(key.as_slice())
            .expect("HMAC takes a key of any length");
        mac.update(value);
        mac.finalize().into_bytes().into()
    }
}

fn hex(digest: &[u8; 32]) -> String {
    use std::fmt::Write as _;
    digest.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

pub(super) fn cipher(key: &Key) -> XChaCha20Poly1305 {
    let key: &[u8; 32] = key;
    XChaCha20Poly1305::new(key.into())
}

/// What a ciphertext is bound to: each part preceded by its length.
fn bound_to(whose: Whose, purpose: &str, key_id: &str) -> Vec<u8> {
    parts(&[
        b"jifen personal 1",
        whose.program.0.as_bytes(),
        whose.member.0.as_bytes(),
        purpose.as_bytes(),
        key_id.as_bytes(),
    ])
}

fn secret_of(program: ProgramId, purpose: &str, key_id: &str) -> Vec<u8> {
    parts(&[
        b"jifen secret 1",
        program.0.as_bytes(),
        purpose.as_bytes(),
        key_id.as_bytes(),
    ])
}

pub(super) fn parts(parts: &[&[u8]]) -> Vec<u8> {
    let mut whole = Vec::new();
    for part in parts {
        whole.extend((part.len() as u64).to_be_bytes());
        whole.extend_from_slice(part);
    }
    whole
}

fn decoded(text: &str) -> Result<Vec<u8>, SealError> {
    BASE64.decode(text).map_err(|_| SealError::Broken)
}

fn key_of(hex: &str) -> Option<Key> {
    let mut key = Zeroizing::new([0_u8; 32]);
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (byte, digits) in key.iter_mut().zip(hex.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(key)
}
