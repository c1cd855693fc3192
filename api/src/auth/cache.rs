//! Keys and sessions looked up lately, so that the hot path does not ask the database who calls.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use ledger::clock::Timestamp;
use ledger::ids::{ApiKeyId, ProgramId, SessionId};
use ledger::views::KeyHolder;
use ledger::{Ledger, StoreError};

use super::{Kind, Token};

/// What another process ended works here at most so long, in seconds.
const LIFE: i64 = 5;
/// How many keys are remembered.
const LIMIT: usize = 10_000;

/// Holders by programme and hash, each with the moment it was looked up.
type Known = HashMap<(ProgramId, String), (Arc<KeyHolder>, Timestamp)>;

/// When what was used last, by programme.
type Used<Id> = HashMap<ProgramId, HashMap<Id, Timestamp>>;

/// Who is not found is not remembered: a new key works at once, and guesses cannot fill the memory. A key that runs out is
/// refused from that moment on, and what this process ended at once, because then it forgets all it knew.
#[derive(Debug, Default)]
pub struct KeyCache {
    known: RwLock<Known>,
    /// How often all was forgotten: a look-up that began before then is not remembered.
    forgotten: AtomicU64,
    /// When keys were used since that was last written down, and sessions.
    used: Mutex<Used<ApiKeyId>>,
    seen: Mutex<Used<SessionId>>,
}

impl KeyCache {
    /// Who holds this token, if it still lets anybody in.
    pub async fn holder(
        &self,
        ledger: &Ledger,
        token: &Token,
    ) -> Result<Option<Arc<KeyHolder>>, StoreError> {
        let now = ledger.clock().now();
        let key = (token.program, token.hash());
        if let Some(holder) = self.remembered(&key, now) {
            return Ok(holder.is_valid_at(now).then_some(holder));
        }
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let found = match token.kind {
            Kind::Session => ledger.session_holder(token.program, &key.1).await?,
            _ => ledger.key_holder(token.program, &key.1).await?,
        };
        let Some(holder) = found.filter(|holder| holder.is_valid_at(now)) else {
            return Ok(None);
        };
        match holder.session {
            Some(session) => note(&self.seen, token.program, session, now),
            None => note(&self.used, token.program, ApiKeyId(holder.key), now),
        }
        let holder = Arc::new(holder);
        self.remember(key, Arc::clone(&holder), now, forgotten);
        Ok(Some(holder))
    }

    /// Forgets everybody: somebody's access changed.
    pub fn forget(&self) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        known.clear();
    }

    /// Writes down when keys and sessions were used. A use is noted when one is looked up, so it is known to some seconds.
    pub async fn write_down(&self, ledger: &Ledger) {
        for (program, used) in taken(&self.used) {
            let used: Vec<_> = used.into_iter().collect();
            if let Err(error) = ledger.note_keys_used(program, &used).await {
                tracing::warn!(%error, "when keys were used could not be written down");
            }
        }
        for (program, seen) in taken(&self.seen) {
            let seen: Vec<_> = seen.into_iter().collect();
            if let Err(error) = ledger.note_sessions_used(program, &seen).await {
                tracing::warn!(%error, "when sessions were used could not be written down");
            }
        }
    }

    fn remembered(&self, key: &(ProgramId, String), now: Timestamp) -> Option<Arc<KeyHolder>> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        let (holder, since) = known.get(key)?;
        is_fresh(*since, now).then(|| Arc::clone(holder))
    }

    fn remember(
        &self,
        key: (ProgramId, String),
        holder: Arc<KeyHolder>,
        now: Timestamp,
        forgotten: u64,
    ) {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            return;
        }
        if known.len() >= LIMIT {
            known.retain(|_, (_, since)| is_fresh(*since, now));
        }
        if known.len() < LIMIT {
            known.insert(key, (holder, now));
        }
    }
}

fn note<Id: Eq + Hash>(used: &Mutex<Used<Id>>, program: ProgramId, id: Id, at: Timestamp) {
    let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
    used.entry(program).or_default().insert(id, at);
}

fn taken<Id>(used: &Mutex<Used<Id>>) -> Used<Id> {
    let mut used = used.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::take(&mut *used)
}

/// A clock that was set back makes nothing fresh for longer.
fn is_fresh(since: Timestamp, now: Timestamp) -> bool {
    since <= now && now < since.plus_seconds(LIFE)
}
