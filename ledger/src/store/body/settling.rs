//! Settlement: what a batch reads of it, and its queries. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Snapshot, Store, Tx};
use crate::ids::{FunderId, ProgramId, StatementId, StoreId};
use crate::machine::needs::LinkNeeds;
use crate::machine::{Links, Needs, State, Statement};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::records::{LineRow, line};
use crate::store::settling::StatementRow;
use crate::store::views::{FunderView, StatementLine};
use crate::store::{StoreError, settling_text as text};

impl Tx<'_> {
    pub(super) async fn link_statements(
        &mut self,
        needs: &LinkNeeds,
        links: &mut Links,
    ) -> Result<(), StoreError> {
        if needs.statements.is_empty() {
            return Ok(());
        }
        let columns = [Column::uuids(needs.statements.iter().map(|id| id.0))];
        let rows: Vec<(Uuid, Uuid)> = self.fetch(&text::LINK_STATEMENTS, columns).await?;
        let pairs = rows
            .into_iter()
            .map(|(id, store)| (StatementId(id), StoreId(store)));
        links.statements = pairs.collect();
        Ok(())
    }

    /// Statements to be paid; of stores to be settled, how far they are covered and what came after the versions named.
    pub(super) async fn load_statements(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if !needs.statements.is_empty() {
            let columns = [Column::uuids(needs.statements.iter().map(|id| id.0))];
            let rows: Vec<StatementRow> = self.fetch(&text::STATEMENTS, columns).await?;
            for row in rows {
                state.load_statement(Statement::try_from(row)?);
            }
        }
        if needs.freezes.is_empty() {
            return Ok(());
        }
        let stores: std::collections::BTreeSet<Uuid> =
            needs.freezes.iter().map(|(store, _)| store.0).collect();
        let rows: Vec<(Uuid, i64)> = self.fetch(&text::COVERED, [Column::uuids(stores)]).await?;
        for (store, through) in rows {
            state.settling.load_through(StoreId(store), through);
        }
        let named = needs.freezes.iter();
        let named: Vec<(Uuid, i64)> = named
            .filter_map(|(store, through)| Some((store.0, (*through)?)))
            .collect();
        if !named.is_empty() {
            let columns = [
                Column::uuids(named.iter().map(|(store, _)| *store)),
                Column::ints(named.iter().map(|(_, through)| *through)),
            ];
            let rows: Vec<(Uuid, i64, i64)> = self.fetch(&text::LATER, columns).await?;
            for (store, through, points) in rows {
                let points = Points::from_hundredths(points);
                state.settling.load_later(StoreId(store), through, points);
            }
        }
        Ok(())
    }
}

impl Snapshot {
    /// A page of statements after an id; begin with the nil id.
    pub async fn settlements_after(
        &mut self,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<Statement>, StoreError> {
        let values = [after.into(), limit.into()];
        let rows: Vec<StatementRow> = self.fetch(&text::SETTLEMENTS_AFTER, values).await?;
        rows.into_iter().map(Statement::try_from).collect()
    }
}

impl Store {
    /// Every funder with what its fund holds, in order of id.
    pub async fn funders(&self, program: ProgramId) -> Result<Vec<FunderView>, StoreError> {
        let rows: Vec<(Uuid, String, i64)> = self.query(program, &text::FUNDERS, []).await?;
        Ok(rows
            .into_iter()
            .map(|(id, name, balance)| FunderView {
                id: FunderId(id),
                name,
                balance: Points::from_hundredths(balance),
            })
            .collect())
    }

    /// One statement.
    pub async fn settlement(
        &self,
        program: ProgramId,
        id: StatementId,
    ) -> Result<Option<Statement>, StoreError> {
        let rows: Vec<StatementRow> = self
            .query(program, &text::SETTLEMENT, [id.0.into()])
            .await?;
        rows.into_iter().next().map(Statement::try_from).transpose()
    }

    /// A page of a store's statements, newest first, that end before a version.
    pub async fn settlements(
        &self,
        program: ProgramId,
        store: StoreId,
        before: Option<i64>,
        limit: i64,
    ) -> Result<Vec<Statement>, StoreError> {
        let before = before.unwrap_or(i64::MAX);
        let values = [store.0.into(), before.into(), limit.into()];
        let rows: Vec<StatementRow> = self.query(program, &text::SETTLEMENTS, values).await?;
        rows.into_iter().map(Statement::try_from).collect()
    }

    /// A page of the lines a statement covers after a version, oldest first.
    pub async fn settlement_lines(
        &self,
        program: ProgramId,
        statement: &Statement,
        after: Option<i64>,
        limit: i64,
    ) -> Result<Vec<StatementLine>, StoreError> {
        let after = after.unwrap_or(0).max(statement.from_version - 1);
        let values = [
            statement.store.0.into(),
            after.into(),
            statement.through_version.into(),
            limit.into(),
        ];
        let rows: Vec<LineRow> = self.query(program, &text::SETTLEMENT_LINES, values).await?;
        rows.into_iter().map(line).collect()
    }
}
