//! With what clerks take over counters. This file is compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::{ClerkPin, ClerkRole, Verb, Verbs};
use crate::ids::{ClerkId, ProgramId, SessionId, StoreId};
use crate::store::columns::Column;
use crate::store::views::PinRow;
use crate::store::{StoreError, log_in_text as text};

impl Tx<'_> {
    pub(super) async fn save_pin(&mut self, pin: &ClerkPin) -> Result<(), StoreError> {
        let Some(hash) = &pin.hash else {
            return self.drop_pin(pin.clerk.0).await;
        };
        let columns = [Column::uuids([pin.clerk.0]), Column::texts([hash.as_str()])];
        self.run(&text::SET_PIN, columns).await?;
        Ok(())
    }

    pub(super) async fn drop_pin(&mut self, clerk: Uuid) -> Result<(), StoreError> {
        self.run(&text::DROP_PIN, [Column::uuids([clerk])]).await?;
        Ok(())
    }
}

impl Store {
    /// The clerks who may take over the counter of a store: who works there, or at all of its merchant's, may charge, and has a PIN. By name.
    pub async fn pins_at(
        &self,
        program: ProgramId,
        store: StoreId,
    ) -> Result<Vec<PinRow>, StoreError> {
        let rows: Vec<(Uuid, String, String, String)> = self
            .query(program, &text::PINS_AT, [store.0.into()])
            .await?;
        let mut found = Vec::new();
        for (clerk, name, role, hash) in rows {
            let known = ClerkRole::from_name(&role);
            let known = known.ok_or_else(|| StoreError::corrupt("clerks", "role", clerk, &role))?;
            if Verbs::of(&[Verb::Redeem]).are_within(known.verbs()) {
                let clerk = ClerkId(clerk);
                found.push(PinRow { clerk, name, hash });
            }
        }
        Ok(found)
    }

    /// Whether a clerk has a PIN.
    pub async fn has_pin(&self, program: ProgramId, clerk: ClerkId) -> Result<bool, StoreError> {
        let rows: Vec<(Uuid,)> = self
            .query(program, &text::HAS_PIN, [clerk.0.into()])
            .await?;
        Ok(!rows.is_empty())
    }

    /// When a session ends however much it is used, or when it was ended.
    pub async fn session_limit(
        &self,
        program: ProgramId,
        session: SessionId,
    ) -> Result<Option<Timestamp>, StoreError> {
        let rows: Vec<(i64,)> = self
            .query(program, &text::SESSION_LIMIT, [session.0.into()])
            .await?;
        Ok(rows.first().map(|(at,)| Timestamp::from_micros(*at)))
    }
}
