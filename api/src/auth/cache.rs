//! Keys looked up lately, so that the hot path does not ask the database who calls.

use std::collections::HashMap;
use std::sync::RwLock;

use ledger::clock::Timestamp;
use ledger::ids::ProgramId;
use ledger::views::KeyHolder;
use ledger::{Ledger, StoreError};

use super::Token;

/// A key that was withdrawn works at most so long, in seconds.
const LIFE: i64 = 5;
/// How many keys are remembered.
const LIMIT: usize = 10_000;

/// Holders by programme and hash, each with the moment it was looked up. Who is not found is not remembered: a new key works
/// at once, and guesses cannot fill the memory.
#[derive(Debug, Default)]
pub struct KeyCache(RwLock<HashMap<(ProgramId, String), (KeyHolder, Timestamp)>>);

impl KeyCache {
    /// Who holds this token.
    pub async fn holder(
        &self,
        ledger: &Ledger,
        token: &Token,
    ) -> Result<Option<KeyHolder>, StoreError> {
        let now = ledger.clock().now();
        let key = (token.program, token.hash());
        if let Some(holder) = self.remembered(&key, now) {
            return Ok(Some(holder));
        }
        let holder = ledger.key_holder(token.program, &key.1).await?;
        if let Some(holder) = holder {
            self.remember(key, holder, now);
        }
        Ok(holder)
    }

    fn remembered(&self, key: &(ProgramId, String), now: Timestamp) -> Option<KeyHolder> {
        let known = self.0.read().ok()?;
        let (holder, since) = known.get(key)?;
        is_fresh(*since, now).then_some(*holder)
    }

    fn remember(&self, key: (ProgramId, String), holder: KeyHolder, now: Timestamp) {
        let Ok(mut known) = self.0.write() else {
            return;
        };
        if known.len() >= LIMIT {
            known.retain(|_, (_, since)| is_fresh(*since, now));
        }
        if known.len() < LIMIT {
            known.insert(key, (holder, now));
        }
    }
}

/// A clock that was set back makes nothing fresh for longer.
fn is_fresh(since: Timestamp, now: Timestamp) -> bool {
    since <= now && now < since.plus_seconds(LIFE)
}
