//! Typed identifiers. Each is a UUID: version 7 (ordered by time) where something new is made,
//! version 8 (derived by SHA-256) where the same thing must always get the same id.
//!
//! This module and [`crate::clock`] are the only places that draw randomness or read a clock.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Timestamp;

macro_rules! typed_ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map(Self)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }

        impl $name {
            /// A new id, ordered by `now`.
            pub fn new(now: Timestamp) -> Self {
                Self(version_7(now))
            }
        }
    )+};
}

typed_ids! {
    /// One district's points: the tenant.
    ProgramId,
    /// A node in a programme's tree: district, street, community, grid.
    OrganizationId,
    /// A rider.
    MemberId,
    /// A person with roles on organizations.
    StaffId,
    /// One role of a staff member on one node.
    AppointmentId,
    /// A partner with one or more stores.
    MerchantId,
    /// Where points are redeemed.
    StoreId,
    /// Points set aside for a purpose.
    BudgetId,
    /// A station that riders rest at and report in.
    SiteId,
    /// A deed priced by a rule. Also the id of the lot it opens.
    AwardId,
    /// What a member did; derived, so the same deed is the same id.
    DeedId,
    /// Something that members take part in: a meeting, a study, a volunteer action.
    ActivityId,
    /// A hazard that somebody reported.
    HazardId,
    /// Something that residents ask for (点单).
    OrderId,
    /// What a member promises to do over a time.
    PledgeId,
    /// What a merchant gives for points.
    OfferId,
    /// A member's device that shows codes without signal.
    DeviceId,
    /// Points spent at a store.
    RedemptionId,
    /// One command, its event, and its transfer if it moved points.
    CommandId,
    /// A policy on its way into force.
    DraftId,
    /// An API key.
    ApiKeyId,
    /// A person who works at a store's counter.
    ClerkId,
    /// Somebody who has logged in, on one device.
    SessionId,
    /// Somebody as a provider of identities knows them.
    IdentityId,
    /// Who pays for what stores accept.
    FunderId,
    /// What a store is owed, frozen.
    StatementId,
    /// A photo or a text that shows a deed.
    AttachmentId,
    /// By what, and from where, somebody gave commands on one day.
    OriginId,
    /// Who is told of events over HTTP.
    EndpointId,
    /// Whoever acts: a staff member, member, store, or an API key of its own.
    ActorId,
}

/// A UUIDv7 whose time is `now` and whose remaining 74 bits come from the operating system.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that draws identifiers"
)]
fn version_7(now: Timestamp) -> Uuid {
    let mut random = [0_u8; 10];
    getrandom::fill(&mut random).expect("the operating system provides randomness");
    let millis = u64::try_from(now.as_micros().max(0) / 1_000).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

/// What every id that is made from that moment on is greater than.
pub fn before(moment: Timestamp) -> Uuid {
    let millis = u128::try_from(moment.as_micros().max(0) / 1_000).unwrap_or(0);
    Uuid::from_u128(millis << 80)
}

/// Random bytes for secrets.
///
/// # Panics
/// When the operating system has no source of randomness: there is nothing safe to go on with.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that draws secrets"
)]
pub fn random_bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).expect("the operating system provides randomness");
    bytes
}

/// A UUIDv8 derived from the parts by SHA-256. Each part is preceded by its length, so that
/// `("ab", "c")` and `("a", "bc")` differ.
pub fn derived(parts: &[&[u8]]) -> Uuid {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digest = hash.finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

/// SHA-256 of some bytes, in lower-case hexadecimal.
pub fn sha256_hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    Sha256::digest(bytes)
        .iter()
        .fold(String::with_capacity(64), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_ids_are_ordered_by_time_and_differ() {
        let earlier = Timestamp::from_micros(1_000_000_000_000_000);
        let later = Timestamp::from_micros(1_000_000_001_000_000);
        assert!(AwardId::new(earlier) < AwardId::new(later));
        assert_ne!(AwardId::new(earlier), AwardId::new(earlier));
        assert_eq!(AwardId::new(earlier).0.get_version_num(), 7);
        assert!(before(earlier) < AwardId::new(earlier).0);
        assert!(AwardId::new(earlier).0 < before(later));
    }

    #[test]
    fn derived_ids_depend_on_where_parts_end() {
        assert_eq!(derived(&[b"ab", b"c"]), derived(&[b"ab", b"c"]));
        assert_ne!(derived(&[b"ab", b"c"]), derived(&[b"a", b"bc"]));
        assert_eq!(derived(&[b"ab"]).get_version_num(), 8);
    }
}
