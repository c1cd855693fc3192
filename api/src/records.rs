//! Signed service records: a member's service as a JSON Web Signature (RFC 7515) by Ed25519 (RFC 8037), which anybody can check who has the public
//! keys, without asking this server. That one was issued is an event, which holds its digest alone.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use ledger::clock::Timestamp;
use ledger::community::personal::{Purpose, masked};
use ledger::community::service::ServiceRecord;
use ledger::ids::{CommandId, MemberId, sha256_hex};
use ledger::machine::Command;
use ledger::views::Register;
use ledger::{PersonalError, Request};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::problem::{Code, Problem};
use crate::state::App;

/// What the header says is signed.
const TYPE: &str = "jifen-service-record+jws";
/// How much of a record's digest is printed beside it to be typed.
pub const CHECK_DIGITS: usize = 16;
/// The longest text that is looked at as a signed record, in bytes.
pub const LONGEST: u64 = 64 * 1_024;

/// The keys that sign service records, of which the last signs and all are published.
#[derive(Default)]
pub struct RecordKeys {
    keys: Vec<SigningKey>,
}

impl fmt::Debug for RecordKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids = self.keys.iter().map(|key| key_id(&key.verifying_key()));
        f.debug_list().entries(ids).finish()
    }
}

/// Why a text is no list of keys. It tells lines, never what stands in them.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "line {0}: expected `NAME KEY`, the key in 64 hexadecimal digits, as `jifen record key` writes it"
)]
pub struct BadKeys(pub usize);

impl RecordKeys {
    /// Reads keys, `NAME HEX` each on a line; `#` begins a remark.
    pub fn parse(text: &str) -> Result<Self, BadKeys> {
        let mut keys = Vec::new();
        for (index, line) in text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let key = line.split_once(char::is_whitespace);
            let key = key.and_then(|(_, hex)| bytes_of(hex.trim()));
            let key = key.ok_or(BadKeys(index + 1))?;
            keys.push(SigningKey::from_bytes(&key));
        }
        Ok(Self { keys })
    }

    /// Whether there is one that signs.
    pub const fn can_sign(&self) -> bool {
        !self.keys.is_empty()
    }

    /// The public keys, as a JSON Web Key Set (RFC 7517).
    pub fn published(&self) -> Value {
        let key = |key: &SigningKey| {
            let public = key.verifying_key();
            json!({
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA",
                "kid": key_id(&public), "x": URL_SAFE_NO_PAD.encode(public.as_bytes()),
            })
        };
        json!({ "keys": self.keys.iter().map(key).collect::<Vec<_>>() })
    }

    /// In the compact form; `None` without a key.
    fn sign(&self, payload: &[u8]) -> Option<String> {
        let key = self.keys.last()?;
        let kid = key_id(&key.verifying_key());
        let header = json!({ "alg": "EdDSA", "kid": kid, "typ": TYPE }).to_string();
        let header = URL_SAFE_NO_PAD.encode(header);
        let signed = format!("{header}.{}", URL_SAFE_NO_PAD.encode(payload));
        let signature = key.sign(signed.as_bytes());
        Some(format!(
            "{signed}.{}",
            URL_SAFE_NO_PAD.encode(signature.to_bytes())
        ))
    }
}

/// The thumbprint of a public key (RFC 7638).
fn key_id(key: &VerifyingKey) -> String {
    let x = URL_SAFE_NO_PAD.encode(key.as_bytes());
    let members = format!("{{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"{x}\"}}");
    let digest = bytes_of(&sha256_hex(members.as_bytes())).unwrap_or_default();
    URL_SAFE_NO_PAD.encode(digest)
}

fn bytes_of(hex: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if hex.len() != 64 || !hex.is_ascii() {
        return None;
    }
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&hex[2 * index..2 * index + 2], 16).ok()?;
    }
    Some(bytes)
}

/// What is signed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// Its id: the event that it was issued by.
    pub jti: Uuid,
    /// When it was issued, in seconds since 1970.
    pub iat: i64,
    /// Whose it is.
    pub sub: Uuid,
    /// Their name, masked unless they wish it whole.
    pub name: String,
    /// The programme's code.
    pub program: String,
    /// What it is called.
    pub program_name: String,
    /// Deeds from this moment on; from the first if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Deeds before this moment; until it was issued if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What they did.
    pub record: ServiceRecord,
}

/// Why a text is no record that these keys signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotSigned {
    /// It is of another form.
    #[error("it is no signed service record: expected three parts with dots between")]
    Form,
    /// By none of the keys.
    #[error("it was signed by a key that is not among these")]
    UnknownKey,
    /// The signature is not of this text.
    #[error("it was changed after it was signed")]
    Changed,
}

/// Checks a record against published keys, and reads it.
pub fn verify(keys: &Value, text: &str) -> Result<Statement, NotSigned> {
    let text = text.trim();
    let (signed, signature) = text.rsplit_once('.').ok_or(NotSigned::Form)?;
    let (header, payload) = signed.split_once('.').ok_or(NotSigned::Form)?;
    let decoded = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| NotSigned::Form);
    let header: Value = serde_json::from_slice(&decoded(header)?).map_err(|_| NotSigned::Form)?;
    if header["alg"] != "EdDSA" || header["typ"] != TYPE {
        return Err(NotSigned::Form);
    }
    let mut known = keys["keys"].as_array().into_iter().flatten();
    let key = known.find(|key| key["kid"] == header["kid"] && key["crv"] == "Ed25519");
    let key = key.and_then(|key| URL_SAFE_NO_PAD.decode(key["x"].as_str()?).ok());
    let key: [u8; 32] = key
        .and_then(|key| key.try_into().ok())
        .ok_or(NotSigned::UnknownKey)?;
    let key = VerifyingKey::from_bytes(&key).map_err(|_| NotSigned::UnknownKey)?;
    let signature = Signature::from_slice(&decoded(signature)?).map_err(|_| NotSigned::Changed)?;
    key.verify_strict(signed.as_bytes(), &signature)
        .map_err(|_| NotSigned::Changed)?;
    serde_json::from_slice(&decoded(payload)?).map_err(|_| NotSigned::Form)
}

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Whose.
    pub member: MemberId,
    /// Deeds from this moment on.
    pub from: Option<Timestamp>,
    /// Deeds before this moment.
    pub until: Option<Timestamp>,
    /// Under their whole name.
    pub whole_name: bool,
    /// Why staff look at it, where they do.
    pub purpose: Option<Purpose>,
}

/// A record as it was issued.
#[derive(Debug)]
pub struct Issued {
    /// What it says.
    pub statement: Statement,
    /// Signed, in the compact form.
    pub signed: String,
    /// What is typed to ask whether it was issued: the beginning of its digest.
    pub check: String,
}

/// The beginning of the digest of what was signed.
pub fn check_of(signed: &str) -> String {
    let mut digest = sha256_hex(signed.trim().as_bytes());
    digest.truncate(CHECK_DIGITS);
    digest
}

/// The member's name: masked, or whole where they wish it. Of somebody else's look at the whole one it is recorded why.
async fn name(app: &App, request: &Request, wanted: &Wanted) -> Result<String, Problem> {
    let member = app
        .ledger
        .registered(request.program, Register::Members, wanted.member.0);
    let listed = member.await?.ok_or_else(Problem::not_found)?.name;
    if !wanted.whole_name {
        return Ok(masked(&listed));
    }
    let held = match (request.actor.member == Some(wanted.member), wanted.purpose) {
        (true, _) => app.ledger.held_about(request.program, wanted.member).await,
        (false, Some(purpose)) => app.ledger.reveal(request, wanted.member, purpose).await,
        (false, None) => {
            let why = "say why: purpose=contact, identification, correction, complaint or request";
            return Err(Problem::new(Code::InvalidQuery, why));
        }
    };
    match held {
        Ok(held) => Ok(held.own.map_or(listed, |own| own.name)),
        // Without a master key names are as they were given.
        Err(PersonalError::NoKeyring) if !app.ledger.has_keyring() => Ok(listed),
        Err(error) => Err(error.into()),
    }
}

/// Signs a member's service record, and puts on record that it was issued.
pub async fn issue(app: &App, request: &Request, wanted: &Wanted) -> Result<Issued, Problem> {
    if !app.records.can_sign() {
        let why = "this server was started without a key for service records (--record-key-file)";
        return Err(Problem::new(Code::RecordsUnavailable, why));
    }
    let name = name(app, request, wanted).await?;
    let programs = app.ledger.programs().await?;
    let program = programs.into_iter().find(|p| p.id == request.program);
    let program = program.ok_or_else(Problem::not_found)?;
    let period = (wanted.from, wanted.until);
    let record = app
        .ledger
        .service_record(program.id, wanted.member, period)
        .await?;
    let now = app.ledger.clock().now();
    let id = CommandId::new(now);
    let statement = Statement {
        jti: id.0,
        iat: now.as_micros() / 1_000_000,
        sub: wanted.member.0,
        name,
        program: program.code,
        program_name: program.name,
        from: wanted.from,
        until: wanted.until,
        record,
    };
    let payload = serde_json::to_vec(&statement).map_err(Problem::internal)?;
    let signed = app.records.sign(&payload);
    let signed = signed.ok_or_else(|| Problem::internal("no key signs"))?;
    let command = Command::IssueRecord {
        member: wanted.member,
        digest: sha256_hex(signed.as_bytes()),
    };
    // Issued again it is another one: nothing is repeated under a key.
    let request = Request {
        key: None,
        ..request.clone()
    };
    app.ledger.execute_as(&request, id, command).await?;
    app.count_command();
    let check = check_of(&signed);
    Ok(Issued {
        statement,
        signed,
        check,
    })
}

/// Whether a record of this id and digest was issued by a programme, and when; the beginning of the digest will do.
pub async fn was_issued(
    app: &App,
    program: &str,
    id: Uuid,
    check: &str,
) -> Result<Option<Timestamp>, ledger::StoreError> {
    let programs = app.ledger.programs().await?;
    let Some(program) = programs.into_iter().find(|known| known.code == program) else {
        return Ok(None);
    };
    let issued = app.ledger.issued_record(program.id, CommandId(id)).await?;
    let check = check.trim().to_ascii_lowercase();
    let fits = |digest: &str| check.len() >= CHECK_DIGITS && digest.starts_with(&check);
    let issued = issued.filter(|issued| fits(&issued.digest));
    Ok(issued.map(|issued| issued.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(text: &str) -> RecordKeys {
        RecordKeys::parse(text).expect(text)
    }

    fn statement() -> Statement {
        Statement {
            jti: Uuid::nil(),
            iat: 1,
            sub: Uuid::nil(),
            name: "赵**".to_owned(),
            program: "yuhong".to_owned(),
            program_name: "于洪".to_owned(),
            from: None,
            until: None,
            record: ServiceRecord::default(),
        }
    }

    /// The key pair and thumbprint of RFC 8037, appendix A.
    #[test]
    fn keys_are_published_as_the_standard_has_it() {
        let keys = keys("a 9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let published = keys.published();
        let key = &published["keys"][0];
        assert_eq!(key["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        assert_eq!(key["kid"], "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn what_was_signed_is_read_and_what_was_changed_is_not() {
        let old = format!("old {}", "11".repeat(32));
        let both = keys(&format!("{old}\nnew {} # in use\n", "22".repeat(32)));
        let payload = serde_json::to_vec(&statement()).expect("json");
        let signed = both.sign(&payload).expect("a key");
        let published = both.published();
        assert_eq!(verify(&published, &format!(" {signed}\n")), Ok(statement()));
        let others = keys(&old).published();
        assert_eq!(verify(&others, &signed), Err(NotSigned::UnknownKey));
        for at in [signed.find('.').expect("a dot") + 5, signed.len() - 10] {
            let mut bytes = signed.clone().into_bytes();
            bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(bytes).expect("text");
            assert_eq!(verify(&published, &changed), Err(NotSigned::Changed));
        }
        assert_eq!(verify(&published, "a.b"), Err(NotSigned::Form));
        assert!(format!("{both:?}").len() < 120, "ids alone");
        assert_eq!(RecordKeys::parse("\nx 12").map(|_| ()), Err(BadKeys(2)));
    }
}
