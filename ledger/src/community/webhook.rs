//! Who is told of events over HTTP, as Standard Webhooks says (<https://www.standardwebhooks.com>, version 1.0.0).
//!
//! No secret is stored. Which one signs is a number, and the secret follows from it, the endpoint and the lookup secret of the master keys.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::clock::Timestamp;
use crate::ids::{CommandId, EndpointId, StoreId};

/// Whether it is told anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointState {
    /// At once.
    Active,
    /// Later: what happens meanwhile waits.
    Paused,
    /// Nothing any more.
    Ended,
}

impl EndpointState {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::Ended => "ended",
        }
    }
}

/// Which secrets sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretNumber {
    /// The one that signs, from 1 on.
    pub newest: i64,
    /// Until when the one before signs as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before_until: Option<Timestamp>,
}

impl SecretNumber {
    /// The first.
    pub const FIRST: Self = Self {
        newest: 1,
        before_until: None,
    };

    /// Those that sign at a moment, the newest first.
    pub fn signing(self, now: Timestamp) -> Vec<i64> {
        let before = self.before_until.filter(|until| *until > now);
        std::iter::once(self.newest)
            .chain(before.map(|_| self.newest - 1))
            .collect()
    }
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its id.
    pub id: EndpointId,
    /// What it is for, for lists.
    pub name: String,
    /// Where it is asked by POST.
    pub url: String,
    /// Of which operations, as in `redemption.capture`; of all when empty.
    pub kinds: Vec<String>,
    /// Of this store's events alone.
    pub store: Option<StoreId>,
    /// Whether it is told anything.
    pub state: EndpointState,
    /// Which secrets sign.
    pub secret: SecretNumber,
}

impl Endpoint {
    /// How many a programme may have that have not ended.
    pub const MOST: i64 = 100;

    /// Its kinds as they are looked through: each with a space before and after it, or `*`.
    pub fn wanted(&self) -> String {
        match self.kinds.is_empty() {
            true => "*".to_owned(),
            false => format!(" {} ", self.kinds.join(" ")),
        }
    }
}

/// How long after each attempt that failed the next comes, in seconds; after the last none does by itself.
const PAUSES: [i64; 9] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400];

/// When to try again what was tried so many times, in seconds from now, give or take up to a fifth: `chance` says which, so that what failed
/// together does not come again together. `None` when it was tried often enough.
pub fn pause_after(attempts: i64, chance: u8) -> Option<i64> {
    let index = usize::try_from(attempts.checked_sub(1)?).ok()?;
    let pause = PAUSES.get(index)?;
    let spread = pause * 2 / 5;
    Some((pause - spread / 2 + spread * i64::from(chance) / 255).max(1))
}

/// For how long an endpoint is left alone that failed so many times in a row, in seconds: it, and not only what was sent, may be away.
pub fn rest_after(failures: i64) -> i64 {
    1 << failures.clamp(0, 8)
}

/// A secret as it is told: `whsec_` and base64.
pub fn secret_text(secret: &[u8; 32]) -> String {
    format!("whsec_{}", BASE64.encode(secret))
}

/// The value of the header `webhook-signature`: a signature by each secret, with spaces between. `at` is in seconds since 1970.
pub fn signature<'s>(
    secrets: impl IntoIterator<Item = &'s [u8]>,
    id: &str,
    at: i64,
    body: &[u8],
) -> String {
    let sign = |secret: &[u8]| {
        let mut mac =
            <Hmac<Sha256> as Mac>::new_from_slice(secret).expect("HMAC takes a key of any length");
        mac.update(format!("{id}.{at}.").as_bytes());
        mac.update(body);
        format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
    };
    let signatures: Vec<String> = secrets.into_iter().map(sign).collect();
    signatures.join(" ")
}

/// What is to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Again {
    /// One event, whatever became of it.
    Event(CommandId),
    /// All that were given up.
    Dead,
    /// All that happened from a moment on, those that arrived among them.
    Since(Timestamp),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_example_is_signed_as_published() {
        let secret = BASE64
            .decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
            .expect("base64");
        let id = "msg_p5jXN8AQM9LWM0D4loKWxJek";
        let body = br#"{"test": 2432232314}"#;
        let signed = signature([secret.as_slice()], id, 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        let twice = signature([secret.as_slice(), &[7; 32]], id, 1_614_265_330, body);
        assert!(twice.starts_with(&format!("{signed} v1,")));
    }

    #[test]
    fn pauses_grow_and_end() {
        assert_eq!(pause_after(1, 0), Some(4));
        assert_eq!(pause_after(1, 255), Some(6));
        let all: Vec<i64> = (1..).map_while(|n| pause_after(n, 128)).collect();
        assert_eq!(all.len(), PAUSES.len());
        assert!(all.is_sorted());
        // Three days in all.
        assert!((250_000..300_000).contains(&all.iter().sum::<i64>()));
        assert_eq!((rest_after(1), rest_after(100)), (2, 256));
    }

    #[test]
    fn the_secret_before_signs_until_its_end() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let number = SecretNumber {
            newest: 3,
            before_until: Some(at(10)),
        };
        assert_eq!(number.signing(at(9)), [3, 2]);
        assert_eq!(number.signing(at(10)), [3]);
        assert_eq!(SecretNumber::FIRST.signing(at(0)), [1]);
    }
}
