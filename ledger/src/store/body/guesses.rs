//! What logging in writes beside the writer: guesses, and codes that are used up. Compiled once for each database: `super` names the
//! types and binds.

use uuid::Uuid;

use super::Store;
use super::run::fetch;
use crate::clock::Timestamp;
use crate::ids::ProgramId;
use crate::store::statement::Statement;
use crate::store::value::Value;
use crate::store::views::Guesses;
use crate::store::{StoreError, log_in_text as text};

impl Store {
    /// How often was guessed at something, and when last.
    pub async fn guesses(
        &self,
        program: ProgramId,
        bucket: Uuid,
    ) -> Result<Option<Guesses>, StoreError> {
        let rows: Vec<(i64, i64)> = self.query(program, &text::GUESSES, [bucket.into()]).await?;
        Ok(rows.first().map(|(failures, last_at)| Guesses {
            failures: *failures,
            last_at: Timestamp::from_micros(*last_at),
        }))
    }

    /// Counts a guess beside the writer; `false` when somebody counted another since `seen` was read.
    pub async fn count_guess(
        &self,
        program: ProgramId,
        bucket: Uuid,
        now: Guesses,
        seen: Option<Guesses>,
    ) -> Result<bool, StoreError> {
        let values = [
            bucket.into(),
            now.failures.into(),
            now.last_at.as_micros().into(),
            seen.map_or(-1, |seen| seen.failures).into(),
            seen.map_or(0, |seen| seen.last_at.as_micros()).into(),
        ];
        self.hit(program, &text::COUNT_GUESS, values).await
    }

    /// Takes one guess back: it was none. The last counts as having been at a moment.
    pub async fn uncount_guess(
        &self,
        program: ProgramId,
        bucket: Uuid,
        last_at: Timestamp,
    ) -> Result<bool, StoreError> {
        let values = [bucket.into(), last_at.as_micros().into()];
        self.hit(program, &text::UNCOUNT_GUESS, values).await
    }

    /// Forgets all guesses at something.
    pub async fn forgive(&self, program: ProgramId, bucket: Uuid) -> Result<bool, StoreError> {
        self.hit(program, &text::FORGIVE, [bucket.into()]).await
    }

    /// Uses a time step of somebody's one-time codes; `false` when it, or a later one, was used.
    pub async fn use_step(
        &self,
        program: ProgramId,
        subject: Uuid,
        step: i64,
    ) -> Result<bool, StoreError> {
        let values = [subject.into(), step.into()];
        self.hit(program, &text::USE_STEP, values).await
    }

    /// Uses a recovery code; `false` when there is none of this hash.
    pub async fn use_recovery(
        &self,
        program: ProgramId,
        subject: Uuid,
        hash: &str,
    ) -> Result<bool, StoreError> {
        let values = [subject.into(), hash.into()];
        self.hit(program, &text::USE_RECOVERY, values).await
    }

    /// Keeps the same password under other parameters; `false` when it was changed meanwhile.
    pub async fn rehash(
        &self,
        program: ProgramId,
        subject: Uuid,
        hash: &str,
        before: &str,
    ) -> Result<bool, StoreError> {
        let values = [subject.into(), hash.into(), before.into()];
        self.hit(program, &text::REHASH, values).await
    }

    /// Keeps the same secret under another master key; `false` when it was changed meanwhile.
    pub async fn reseal(
        &self,
        program: ProgramId,
        subject: Uuid,
        (key_id, totp): (&str, &str),
        before: &str,
    ) -> Result<bool, StoreError> {
        let values = [subject.into(), key_id.into(), totp.into(), before.into()];
        self.hit(program, &text::RESEAL, values).await
    }

    /// Runs a statement beside the writer; whether it changed anything.
    async fn hit(
        &self,
        program: ProgramId,
        statement: &'static Statement,
        values: impl IntoIterator<Item = Value>,
    ) -> Result<bool, StoreError> {
        let values: Vec<Value> = values.into_iter().collect();
        let rows: Vec<(Uuid,)> = fetch(self.keeper(), statement, program.0, &values).await?;
        Ok(!rows.is_empty())
    }
}
