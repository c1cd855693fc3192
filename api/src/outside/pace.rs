//! How fast one address may ask. Kept in memory: each process counts for itself.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use ledger::clock::Timestamp;

use super::Address;

const MINUTE: i64 = 60;
/// How many addresses are counted at a time. Were there more, all of them together would have no limit, so newcomers wait.
const LIMIT: usize = 50_000;

/// Counts by address and minute.
#[derive(Debug)]
pub struct Pace {
    a_minute: u32,
    counts: Mutex<HashMap<Address, (Timestamp, u32)>>,
}

impl Pace {
    /// So many a minute.
    pub fn new(a_minute: u32) -> Self {
        Self {
            a_minute,
            counts: Mutex::default(),
        }
    }

    /// Counts one more; for how many seconds to wait if it is one too many.
    pub fn wait(&self, address: Address, now: Timestamp) -> Option<i64> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= LIMIT && !counts.contains_key(&address) {
            counts.retain(|_, (since, _)| is_recent(*since, now));
            if counts.len() >= LIMIT {
                return Some(MINUTE);
            }
        }
        let (since, count) = counts.entry(address).or_insert((now, 0));
        if !is_recent(*since, now) {
            (*since, *count) = (now, 0);
        }
        if *count >= self.a_minute {
            return Some((MINUTE - now.seconds_since(*since)).max(1));
        }
        *count += 1;
        None
    }
}

/// A clock that was set back keeps nobody waiting.
fn is_recent(since: Timestamp, now: Timestamp) -> bool {
    since <= now && now < since.plus_seconds(MINUTE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outside::address::of_text;

    #[test]
    fn an_address_waits_for_its_own_minute() {
        let pace = Pace::new(2);
        let (one, other) = (of_text("10.0.0.1"), of_text("10.0.0.2"));
        let start = Timestamp::from_micros(1_000_000_000);
        assert_eq!(pace.wait(one, start), None);
        assert_eq!(pace.wait(one, start.plus_seconds(20)), None);
        assert_eq!(pace.wait(one, start.plus_seconds(30)), Some(30));
        assert_eq!(pace.wait(other, start.plus_seconds(30)), None);
        assert_eq!(pace.wait(one, start.plus_seconds(60)), None);
        assert_eq!(pace.wait(one, start), None, "a clock set back");
    }
}
