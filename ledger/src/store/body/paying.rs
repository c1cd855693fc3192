//! Paying at a counter. Compiled once for each database: `super` names the types and binds.

use super::{Store, Tx};
use crate::ids::{MemberId, ProgramId};
use crate::machine::State;
use crate::store::columns::Column;
use crate::store::{StoreError, paying_text as text};

impl Tx<'_> {
    /// Forgets the codes that others took the place of.
    pub(super) async fn drop_codes(&mut self, state: &State) -> Result<(), StoreError> {
        let rotated = &state.changes.rotated;
        if rotated.is_empty() {
            return Ok(());
        }
        let members = Column::uuids(rotated.iter().map(|member| member.0));
        self.run(&text::DROP_CODES, [members]).await?;
        Ok(())
    }
}

impl Store {
    /// By which number a member's codes begin, once one was drawn.
    pub async fn handle(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Option<String>, StoreError> {
        let values = [member.0.into()];
        let rows: Vec<(String,)> = self.query(program, &text::HANDLE, values).await?;
        Ok(rows.into_iter().next().map(|(handle,)| handle))
    }
}
