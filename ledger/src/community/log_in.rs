//! Who logs in, with what, and for how long. Secrets are hashed or sealed before they come here.

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use totp_rs::{Algorithm, TOTP};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::ids::{ClerkId, SessionId, StoreId};

use super::{ClerkRole, Role, Verb, Verbs};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A person who works at a store's counter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clerk {
    /// Their id.
    pub id: ClerkId,
    /// Where they work.
    pub store: StoreId,
    /// Their name.
    pub name: String,
    /// As what.
    pub role: ClerkRole,
    /// At every store of that store's merchant, those to come among them.
    pub whole_merchant: bool,
}

/// How somebody showed who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Password, and a code of the moment.
    Password,
    /// Password or another service, and a recovery code.
    Recovery,
    /// A one-time code sent to their phone.
    Sms,
    /// Another service vouches for them (OpenID Connect); where it is not enough by itself, and a code of the moment.
    Oidc,
    /// The demo takes everybody at their word.
    Demo,
    /// A clerk's PIN, typed where another clerk of the store was logged in.
    Pin,
}

impl Way {
    /// Every way.
    pub const ALL: [Self; 6] = [
        Self::Password,
        Self::Recovery,
        Self::Sms,
        Self::Oidc,
        Self::Demo,
        Self::Pin,
    ];

    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Recovery => "recovery",
            Self::Sms => "sms",
            Self::Oidc => "oidc",
            Self::Demo => "demo",
            Self::Pin => "pin",
        }
    }

    /// The way of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|way| way.name() == name)
    }

    /// Of what somebody may do, what they may do having come in so. A PIN is short and typed before others' eyes: it is good for what a counter
    /// does all day, and managing a store takes a log-in.
    pub const fn lets(self, verbs: Verbs) -> Verbs {
        match self {
            Self::Pin => verbs.and(Verbs::of(&[Verb::Redeem, Verb::Takings])),
            _ => verbs,
        }
    }
}

/// Somebody who has logged in, on one device. Like a key of the API, its secret is never stored, only its SHA-256.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// SHA-256 of the secret, in hexadecimal.
    pub secret_hash: String,
    /// As what.
    pub role: Role,
    /// The staff member, clerk or member.
    pub subject: Uuid,
    /// How they showed who they are.
    pub way: Way,
    /// What the device calls itself, short: so that its owner knows it in a list.
    pub agent: String,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Unused for so many seconds, it is worthless.
    pub idle_seconds: i64,
    /// From this moment on it is worthless, however much it is used.
    pub ends_at: Timestamp,
    /// The store at whose counter a clerk took over; `None` where they simply work at theirs.
    #[serde(default)]
    pub store: Option<StoreId>,
}

impl Session {
    /// The longest label of a device, in characters: browsers in other apps name themselves last.
    const LABEL: usize = 300;

    /// How long one lasts unused, and at most, in seconds. Staff and clerks share their desks and counters, so a shift is the measure: what
    /// is left alone over a meal is closed, and each day begins with a log-in. A rider has a phone of their own, and points that
    /// nobody can spend without a code drawn on it.
    pub const fn limits(role: Role) -> (i64, i64) {
        match role {
            Role::Member => (30 * DAY, 180 * DAY),
            Role::Staff | Role::Merchant | Role::Auditor | Role::Admin => (2 * HOUR, 12 * HOUR),
        }
    }

    /// One that begins now.
    pub fn new(
        id: SessionId,
        secret_hash: String,
        (role, subject): (Role, Uuid),
        way: Way,
        agent: &str,
        now: Timestamp,
    ) -> Self {
        let (idle_seconds, absolute) = Self::limits(role);
        let printable = agent.chars().filter(|c| !c.is_control() && *c != '<');
        Self {
            id,
            secret_hash,
            role,
            subject,
            way,
            agent: printable.take(Self::LABEL).collect(),
            opened_at: now,
            idle_seconds,
            ends_at: now.plus_seconds(absolute),
            store: None,
        }
    }
}

/// A staff member or clerk is asked to choose what they log in with, once, by whoever holds a secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Who.
    pub subject: Uuid,
    /// Staff or merchant.
    pub role: Role,
    /// By what name they log in.
    pub handle: String,
    /// SHA-256 of the secret, in hexadecimal.
    pub secret_hash: String,
    /// From this moment on it is worthless.
    pub ends_at: Timestamp,
}

impl Invitation {
    /// How long one is good, in seconds: a weekend.
    pub const LIFE_SECONDS: i64 = 72 * HOUR;
}

/// The sealed secret of somebody's one-time codes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedTotp {
    /// Which master key seals it.
    pub key_id: String,
    /// The secret, sealed.
    pub body: String,
    /// The time step that showed that it was taken over: it is used.
    pub step: i64,
}

/// What somebody logs in with from now on. What is `None` stays as it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    /// Whose.
    pub subject: Uuid,
    /// SHA-256 of the invitation's secret; `None` where they change it themselves.
    pub invited_by: Option<String>,
    /// Argon2id of the password, in PHC form.
    pub password: Option<String>,
    /// What their one-time codes follow from.
    pub totp: Option<SealedTotp>,
    /// Hashes of new recovery codes in place of all earlier ones.
    pub recovery: Option<Vec<String>>,
    /// The session that stays; all others end.
    pub keep: Option<SessionId>,
}

/// A handle as it is kept and looked up: small letters, digits, and `.`, `-`, `_`, `@` between them; `None` where it can be none.
pub fn handle_of(text: &str) -> Option<String> {
    let handle = text.trim().to_lowercase();
    let plain = |c: char| c.is_alphanumeric() || ".-_@".contains(c);
    let length = handle.chars().count();
    ((2..=64).contains(&length) && handle.chars().all(plain)).then_some(handle)
}

/// Passwords that are tried first, of those long enough to be taken.
const COMMON: [&str; 36] = [
    "0123456789",
    "1234567890",
    "12345678910",
    "123456789a",
    "1234567891",
    "0987654321",
    "1111111111",
    "0000000000",
    "8888888888",
    "6666666666",
    "1122334455",
    "1212121212",
    "1234512345",
    "9876543210",
    "1314520520",
    "5201314520",
    "woaini1314",
    "woaini1314520",
    "woaini5201314",
    "woaiwojia1",
    "qwertyuiop",
    "qwerty12345",
    "qwerty123456",
    "1qaz2wsx3edc",
    "1q2w3e4r5t",
    "1q2w3e4r5t6y",
    "qazwsxedcrfv",
    "asdfghjkl1",
    "a123456789",
    "aa123456789",
    "abc1234567",
    "abcd123456",
    "password12",
    "password123",
    "administrator",
    "jifen123456",
];

/// What is wrong with a password, if anything: a word of the rule it breaks. As NIST SP 800-63B has it, length and what everybody tries
/// first are all that is asked about.
pub fn password_problem(handle: &str, password: &str) -> Option<&'static str> {
    let length = password.chars().count();
    let small = password.to_lowercase();
    match length {
        ..10 => Some("short"),
        129.. => Some("long"),
        _ if small == handle => Some("handle"),
        _ if COMMON.contains(&small.as_str()) => Some("common"),
        _ => None,
    }
}

/// The longest that the next guess has to wait, in seconds.
pub const LONGEST_WAIT: i64 = 900;

/// How long the next guess has to wait after so many failures, in seconds. The first `free` cost nothing; then 1 s, 2 s, 4 s … and never
/// more than a quarter of an hour, so that nobody is kept out for good by what others try in their name.
pub fn guess_delay(failures: i64, free: i64) -> i64 {
    match failures - free {
        ..0 => 0,
        over => LONGEST_WAIT.min(1_i64 << over.min(10)),
    }
}

/// One-time codes (RFC 6238): six digits by SHA-1 every 30 seconds, which is what every app has.
const DIGITS: usize = 6;
/// The length of a time step, in seconds.
const STEP: i64 = 30;

fn totp(secret: &[u8]) -> Option<TOTP> {
    TOTP::new(
        Algorithm::SHA1,
        DIGITS,
        0,
        STEP.unsigned_abs(),
        secret.to_vec(),
    )
    .ok()
}

/// The code of a moment; empty for a secret that is too short.
pub fn totp_at(secret: &[u8], at: Timestamp) -> String {
    let seconds = at.as_micros().div_euclid(1_000_000).max(0).unsigned_abs();
    totp(secret).map_or_else(String::new, |totp| totp.generate(seconds))
}

/// The time step that a code belongs to: this one, the one before or the one after, because clocks differ.
pub fn step_of(secret: &[u8], code: &str, now: Timestamp) -> Option<i64> {
    let digits: Zeroizing<String> = code
        .chars()
        .filter(|c| !c.is_whitespace())
        .collect::<String>()
        .into();
    let step = now.as_micros().div_euclid(1_000_000 * STEP);
    [step, step - 1, step + 1].into_iter().find(|step| {
        let at = Timestamp::from_micros(step * STEP * 1_000_000);
        let expected = totp_at(secret, at);
        expected.len() == DIGITS && is_same(&expected, &digits)
    })
}

/// Compares without telling by the time it takes where they begin to differ.
fn is_same(one: &str, other: &str) -> bool {
    let tag = |text: &str| {
        let mac = <Hmac<Sha256> as Mac>::new_from_slice(one.as_bytes());
        mac.ok().map(|mac| mac.chain_update(text.as_bytes()))
    };
    match (tag(one), tag(other)) {
        (Some(one), Some(other)) => other.verify_slice(&one.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA-1: the last six of its eight digits, because 10^6 divides 10^8.
    #[test]
    fn codes_are_those_of_the_standard() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let at = Timestamp::from_micros(seconds * 1_000_000);
            assert_eq!(totp_at(secret, at), code[2..], "{seconds}");
            let step = seconds / STEP;
            for (off, found) in [
                (0, Some(step)),
                (STEP, Some(step)),
                (-STEP, Some(step)),
                (3 * STEP, None),
            ] {
                assert_eq!(
                    step_of(secret, &code[2..], at.plus_seconds(off)),
                    found,
                    "{seconds} {off}"
                );
            }
            assert_eq!(step_of(secret, "000000", at), None);
            assert_eq!(step_of(secret, "", at), None);
        }
        assert_eq!(step_of(b"short", "123456", Timestamp::from_micros(0)), None);
    }

    #[test]
    fn passwords_are_long_and_not_what_everybody_tries() {
        for (password, problem) in [
            ("nine char", Some("short")),
            ("ten chars!", None),
            ("骑手们都来社区报到吧", None),
            ("ZhangMin-2", Some("handle")),
            ("Password123", Some("common")),
            (&"x".repeat(128), None),
            (&"x".repeat(129), Some("long")),
        ] {
            assert_eq!(
                password_problem("zhangmin-2", password),
                problem,
                "{password}"
            );
        }
        assert!(COMMON.iter().all(|word| word.len() >= 10));
    }

    #[test]
    fn guessing_is_slowed_and_never_stopped() {
        let delays: Vec<i64> = (0..20).map(|failures| guess_delay(failures, 5)).collect();
        assert_eq!(delays[..9], [0, 0, 0, 0, 0, 1, 2, 4, 8]);
        assert_eq!(delays[14..17], [512, 900, 900]);
        assert_eq!(guess_delay(i64::MAX, 5), 900);
    }

    #[test]
    fn handles_are_small_and_plain() {
        assert_eq!(handle_of(" Zhang.Min@YH ").as_deref(), Some("zhang.min@yh"));
        assert_eq!(handle_of("张敏").as_deref(), Some("张敏"));
        for bad in ["", "a", "zhang min", "a/b", "<b>", &"x".repeat(65)] {
            assert_eq!(handle_of(bad), None, "{bad}");
        }
    }
}
