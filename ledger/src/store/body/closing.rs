//! A programme that closes, and what is due. Compiled once for each database: `super` names the types and binds.

use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::ids::ProgramId;
use crate::machine::{Closing, Needs, State};
use crate::store::columns::Column;
use crate::store::{StoreError, settling_text as text};

type ClosingRow = (Option<i64>, Option<i64>, i64);

fn read(rows: &[ClosingRow]) -> Option<Closing> {
    let &(earning, spending, _) = rows.first()?;
    Some(Closing {
        last_earning: Timestamp::from_micros(earning?),
        last_spending: Timestamp::from_micros(spending?),
    })
}

impl Tx<'_> {
    pub(super) async fn load_closing(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if needs.closing {
            let rows: Vec<ClosingRow> = self.fetch(&text::CLOSING, []).await?;
            state.closing = read(&rows);
            state.records_deeds = rows.iter().any(|(_, _, deeds)| *deeds > 0);
        }
        Ok(())
    }

    pub(super) async fn close_program(&mut self, closing: Closing) -> Result<(), StoreError> {
        let columns = [
            Column::ints([closing.last_earning.as_micros()]),
            Column::ints([closing.last_spending.as_micros()]),
        ];
        self.run(&text::CLOSE, columns).await?;
        Ok(())
    }
}

impl Store {
    /// When the programme closes, if it does.
    pub async fn closing(&self, program: ProgramId) -> Result<Option<Closing>, StoreError> {
        Ok(read(&self.query(program, &text::CLOSING, []).await?))
    }
}
