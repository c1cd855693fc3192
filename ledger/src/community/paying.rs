//! What is shown where a code of the moment cannot be: a store's code on the wall, and codes of a device without signal.

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::clock::Timestamp;
use crate::ids::{ActorId, DeviceId, MemberId, RedemptionId, StoreId};
use crate::points::Points;

/// The code that a store has on its wall: its number, and behind it letters that follow from the lookup secret, so that a mistyped or made-up
/// one leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreCode {
    /// Whose.
    pub store: StoreId,
    /// [`StoreCode::DIGITS`] decimal digits, unique in the programme.
    pub number: String,
    /// Counts up with each that is printed: those before lead nowhere.
    pub version: i64,
}

impl StoreCode {
    /// How many digits a number has.
    pub const DIGITS: usize = 6;
    /// How many letters follow it: 40 bits.
    pub const LETTERS: usize = 8;

    /// As it stands in the address, with letters that follow from this.
    pub fn tag(number: &str, check: &[u8; 32]) -> String {
        const ALPHABET: &[u8; 32] = b"23456789abcdefghijkmnpqrstuvwxyz";
        let letters = check.iter().take(Self::LETTERS);
        let letters = letters.map(|byte| char::from(ALPHABET[usize::from(byte % 32)]));
        number.chars().chain(letters).collect()
    }

    /// The number in what stands in an address.
    pub fn number_in(tag: &str) -> Option<&str> {
        let whole = tag.is_ascii() && tag.len() == Self::DIGITS + Self::LETTERS;
        let number = whole.then(|| &tag[..Self::DIGITS])?;
        number
            .bytes()
            .all(|byte| byte.is_ascii_digit())
            .then_some(number)
    }
}

/// A member's device that shows codes without signal: by time, from a secret that it was told once and that follows from the lookup secret
/// and its id, so that it is stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// Its id.
    pub id: DeviceId,
    /// Whose.
    pub member: MemberId,
    /// Since when it shows codes.
    pub made_at: Timestamp,
    /// From when on no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
}

impl Device {
    /// How long a time step lasts, in seconds (RFC 6238, X).
    pub const STEP_SECONDS: i64 = 30;
    /// How many steps a device's clock may be off either way: 90 seconds.
    pub const STEPS_OFF: i64 = 3;
    /// How many devices a member has at most; each is one more code that a guess may hit.
    pub const MOST: usize = 3;
    /// How much is paid without signal at once, at most: the member is not told what is charged, and cannot end the device at once.
    pub const MOST_AT_ONCE: Points = Points::from_hundredths(50 * 100);
    /// The same in a day, by one device.
    pub const MOST_A_DAY: Points = Points::from_hundredths(100 * 100);

    /// The time step of a moment.
    pub fn step_of(now: Timestamp) -> i64 {
        now.as_micros().div_euclid(Self::STEP_SECONDS * 1_000_000)
    }

    /// The eight digits of a time step: RFC 6238 over HMAC-SHA-256, truncated as by RFC 4226 §5.3.
    pub fn digits(secret: &[u8; 32], step: i64) -> String {
        let mut mac =
            <Hmac<Sha256> as Mac>::new_from_slice(secret).expect("HMAC takes a key of any length");
        mac.update(&step.to_be_bytes());
        let hash: [u8; 32] = mac.finalize().into_bytes().into();
        let offset = usize::from(hash[31] & 0x0f);
        let four: [u8; 4] = std::array::from_fn(|index| hash[offset + index]);
        let number = u32::from_be_bytes(four) & 0x7fff_ffff;
        format!("{:08}", number % 100_000_000)
    }
}

/// Why a rider objects to a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeGround {
    /// They did not pay.
    NotMe,
    /// They paid, but not so much.
    WrongAmount,
    /// They were not given what they paid for.
    NotReceived,
    /// Something else.
    Other,
}

impl ChargeGround {
    /// The stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NotMe => "not_me",
            Self::WrongAmount => "wrong_amount",
            Self::NotReceived => "not_received",
            Self::Other => "other",
        }
    }
}

/// Why nothing comes back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChargeReason {
    /// The rider has agreed to it since.
    Confirmed,
    /// The rider was given what they paid for.
    Delivered,
    /// The amount was right.
    NoError,
    /// Something else.
    Other,
}

/// What is answered to an objection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// So much comes back; `None` is all that has not come back yet.
    Refund {
        /// How much.
        points: Option<Points>,
    },
    /// Nothing comes back.
    Dismiss {
        /// Why.
        reason: ChargeReason,
    },
}

/// Who answered what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeAnswer {
    /// Who.
    pub by: ActorId,
    /// When.
    pub at: Timestamp,
    /// What.
    pub verdict: Verdict,
}

/// A rider objects to a charge, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeObjection {
    /// To which.
    pub redemption: RedemptionId,
    /// Where it was charged.
    pub store: StoreId,
    /// Why.
    pub ground: ChargeGround,
    /// When.
    pub made_at: Timestamp,
    /// What was answered, once it was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<ChargeAnswer>,
}

impl ChargeObjection {
    /// How long after a charge one may object to it, in days.
    pub const DAYS: i64 = 30;

    /// Where it stands: open, refunded or dismissed.
    pub const fn state(&self) -> &'static str {
        match &self.answer {
            None => "open",
            Some(answer) => match answer.verdict {
                Verdict::Refund { .. } => "refunded",
                Verdict::Dismiss { .. } => "dismissed",
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, SHA256.
    #[test]
    fn digits_are_those_of_the_standard() {
        let secret = b"12345678901234567890123456789012";
        for (second, digits) in [
            (59, "46119246"),
            (1_111_111_109, "68084774"),
            (1_111_111_111, "67062674"),
            (1_234_567_890, "91819424"),
            (2_000_000_000, "90698825"),
            (20_000_000_000, "77737706"),
        ] {
            let step = Device::step_of(Timestamp::from_micros(second * 1_000_000));
            assert_eq!(Device::digits(secret, step), digits, "{second}");
        }
    }

    #[test]
    fn the_number_of_a_store_is_read_from_its_address() {
        let tag = StoreCode::tag("123456", &[7; 32]);
        assert_eq!(StoreCode::number_in(&tag), Some("123456"));
        for wrong in [
            "",
            "123456",
            "12345a99999999",
            "1234567890123456",
            "一二三四五六七八",
        ] {
            assert_eq!(StoreCode::number_in(wrong), None, "{wrong}");
        }
    }
}
