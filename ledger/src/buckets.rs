//! How often somebody may do something: a bucket of tokens each, in this process's memory.
//!
//! A bucket is one number, the moment at which it will be full again (the "generic cell rate algorithm" of ITU-T I.371, in its virtual
//! scheduling form). It can be looked at without taking from it, which is what guesses need: the right one must wait as well.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Mutex, PoisonError};

use crate::clock::Timestamp;

/// How many locks share the buckets, so that callers seldom wait for each other.
const SHARDS: usize = 16;
/// The most buckets under one lock. A full bucket is forgotten first; whoever finds no place is not counted.
const MOST_A_SHARD: usize = 8_192;

/// How far a bucket can be in debt, in windows.
const MOST_DEBT: i64 = 10;

/// So many in so many seconds; a bucket holds all of them at once and fills evenly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// How many, at least one.
    pub most: u32,
    /// In how many seconds, at least one.
    pub seconds: u32,
}

/// How a bucket stands after something was taken from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// How many are left now.
    pub left: u32,
    /// In how many seconds it will be full, rounded up.
    pub full_in: u32,
}

/// Nothing can be taken for so many seconds, rounded up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait(pub u32);

/// What is counted of an address: of version 6 only the network, because a home or an office has all 2^64 addresses in it.
pub fn network_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() >> 64 << 64).into(),
        ip @ IpAddr::V4(_) => ip,
    }
}

/// The buckets of many.
#[derive(Debug)]
pub struct Buckets<K> {
    shards: [Mutex<Shard<K>>; SHARDS],
    hasher: RandomState,
}

#[derive(Debug)]
struct Shard<K> {
    /// Microseconds since 1970 at which each is full again.
    full_at: HashMap<K, i64>,
    /// When those that were full were forgotten last.
    swept_at: i64,
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self {
            shards: std::array::from_fn(|_| {
                Mutex::new(Shard {
                    full_at: HashMap::new(),
                    swept_at: i64::MIN,
                })
            }),
            hasher: RandomState::new(),
        }
    }
}

fn seconds(micros: i64) -> u32 {
    u32::try_from((micros + 999_999) / 1_000_000).unwrap_or(u32::MAX)
}

impl Quota {
    fn window(self) -> i64 {
        i64::from(self.seconds.max(1)) * 1_000_000
    }

    /// How long it takes until one more is there, in microseconds.
    fn one(self) -> i64 {
        (self.window() / i64::from(self.most.max(1))).max(1)
    }

    /// What is missing to a full bucket, by what was kept: this many windows at most, should a clock be set back.
    fn missing(self, full_at: Option<i64>, now: i64, windows: i64) -> i64 {
        let missing = full_at.map_or(0, |at| at - now);
        missing.clamp(0, self.window() * windows)
    }

    fn after_taking(self, missing: i64) -> Result<i64, Wait> {
        let missing = missing + self.one();
        let over = missing - self.window();
        if over > 0 {
            return Err(Wait(seconds(over)));
        }
        Ok(missing)
    }
}

impl<K: Hash + Eq> Buckets<K> {
    /// Takes one.
    ///
    /// # Errors
    /// The bucket is empty: how long to wait.
    pub fn take(&self, key: K, quota: Quota, now: Timestamp) -> Result<Level, Wait> {
        let now = now.as_micros();
        let mut shard = self.shard(&key);
        let missing = quota.missing(shard.full_at.get(&key).copied(), now, 1);
        let missing = quota.after_taking(missing)?;
        shard.keep(key, missing, now);
        let left = (quota.window() - missing) / quota.one();
        Ok(Level {
            left: u32::try_from(left).unwrap_or(u32::MAX),
            full_in: seconds(missing),
        })
    }

    /// Takes one in any case: where none is left, from what is still to come.
    pub fn charge(&self, key: K, quota: Quota, now: Timestamp) {
        self.charge_within(key, quota, MOST_DEBT, now);
    }

    /// Takes one if there is one: however often it is charged, the next is there after the time that one takes to come.
    pub fn empty(&self, key: K, quota: Quota, now: Timestamp) {
        self.charge_within(key, quota, 1, now);
    }

    fn charge_within(&self, key: K, quota: Quota, windows: i64, now: Timestamp) {
        let now = now.as_micros();
        let mut shard = self.shard(&key);
        let missing = quota.missing(shard.full_at.get(&key).copied(), now, windows);
        let most = quota.window() * windows;
        shard.keep(key, (missing + quota.one()).min(most), now);
    }

    /// Whether one could be taken, without taking it.
    ///
    /// # Errors
    /// The bucket is empty: how long to wait.
    pub fn look(&self, key: &K, quota: Quota, now: Timestamp) -> Result<(), Wait> {
        let full_at = self.shard(key).full_at.get(key).copied();
        let missing = quota.missing(full_at, now.as_micros(), MOST_DEBT);
        quota.after_taking(missing).map(|_| ())
    }

    fn shard(&self, key: &K) -> std::sync::MutexGuard<'_, Shard<K>> {
        let at = usize::try_from(self.hasher.hash_one(key) % SHARDS as u64).unwrap_or(0);
        self.shards[at]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq> Shard<K> {
    fn keep(&mut self, key: K, missing: i64, now: i64) {
        let is_new = !self.full_at.contains_key(&key);
        // Many strangers at once must not make each of them look through all.
        let is_swept = now.saturating_sub(self.swept_at).unsigned_abs() < 1_000_000;
        if is_new && self.full_at.len() >= MOST_A_SHARD && !is_swept {
            self.full_at.retain(|_, full_at| *full_at > now);
            self.swept_at = now;
        }
        if !is_new || self.full_at.len() < MOST_A_SHARD {
            self.full_at.insert(key, now + missing);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUOTA: Quota = Quota {
        most: 3,
        seconds: 30,
    };

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros((1_000_000 + second) * 1_000_000)
    }

    #[test]
    fn a_network_of_version_6_is_one_address() {
        let of = |text: &str| network_of(text.parse().expect("an address"));
        assert_eq!(of("2001:db8:1:2::3"), of("2001:db8:1:2:ffff::9"));
        assert_ne!(of("2001:db8:1:2::3"), of("2001:db8:1:3::3"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
    }

    #[test]
    fn a_bucket_empties_at_once_and_fills_evenly() {
        let buckets = Buckets::default();
        let take = |second| buckets.take("a", QUOTA, at(second));
        assert_eq!(
            take(0),
            Ok(Level {
                left: 2,
                full_in: 10
            })
        );
        assert_eq!(
            take(0),
            Ok(Level {
                left: 1,
                full_in: 20
            })
        );
        assert_eq!(
            take(0),
            Ok(Level {
                left: 0,
                full_in: 30
            })
        );
        assert_eq!(take(0), Err(Wait(10)));
        assert_eq!(take(9), Err(Wait(1)));
        assert_eq!(
            take(10),
            Ok(Level {
                left: 0,
                full_in: 30
            })
        );
        assert_eq!(
            take(100),
            Ok(Level {
                left: 2,
                full_in: 10
            })
        );
        assert!(buckets.take("b", QUOTA, at(0)).is_ok());
    }

    #[test]
    fn looking_takes_nothing() {
        let buckets = Buckets::default();
        for _ in 0..9 {
            assert_eq!(buckets.look(&"a", QUOTA, at(0)), Ok(()));
        }
        for _ in 0..3 {
            buckets.take("a", QUOTA, at(0)).expect("a token");
        }
        assert_eq!(buckets.look(&"a", QUOTA, at(4)), Err(Wait(6)));
        assert_eq!(buckets.look(&"a", QUOTA, at(10)), Ok(()));
    }

    #[test]
    fn what_is_charged_beyond_the_last_has_to_be_waited_for() {
        let buckets = Buckets::default();
        for _ in 0..5 {
            buckets.charge("a", QUOTA, at(0));
        }
        assert_eq!(buckets.look(&"a", QUOTA, at(0)), Err(Wait(30)));
        assert_eq!(buckets.look(&"a", QUOTA, at(30)), Ok(()));
        for _ in 0..1_000 {
            buckets.charge("a", QUOTA, at(30));
        }
        assert_eq!(buckets.look(&"a", QUOTA, at(30)), Err(Wait(280)));
    }

    #[test]
    fn what_is_emptied_is_waited_for_no_longer_than_one_takes() {
        let buckets = Buckets::default();
        for _ in 0..1_000 {
            buckets.empty("a", QUOTA, at(0));
        }
        assert_eq!(buckets.look(&"a", QUOTA, at(0)), Err(Wait(10)));
        assert_eq!(buckets.look(&"a", QUOTA, at(10)), Ok(()));
    }

    #[test]
    fn a_share_that_does_not_divide_still_gives_all() {
        let quota = Quota {
            most: 7,
            seconds: 1,
        };
        let buckets = Buckets::default();
        let taken = (0..9).filter(|_| buckets.take((), quota, at(0)).is_ok());
        assert_eq!(taken.count(), 7);
    }

    #[test]
    fn a_clock_set_back_makes_nobody_wait_longer_than_a_window() {
        let buckets = Buckets::default();
        for _ in 0..3 {
            buckets.take("a", QUOTA, at(1_000)).expect("a token");
        }
        assert_eq!(buckets.take("a", QUOTA, at(0)), Err(Wait(10)));
    }

    #[test]
    fn memory_is_bounded() {
        let buckets = Buckets::default();
        let most = SHARDS * MOST_A_SHARD;
        let held = || {
            let lengths = buckets
                .shards
                .iter()
                .map(|shard| shard.lock().expect("a map").full_at.len());
            lengths.sum::<usize>()
        };
        for key in 0..most + 50_000 {
            assert!(buckets.take(key, QUOTA, at(0)).is_ok());
        }
        assert!(held() <= most);
        // Who is full again makes room.
        for key in 0..50_000 {
            let _ = buckets.take(most * 2 + key, QUOTA, at(100));
        }
        assert!(held() < most, "{}", held());
    }
}
