//! Settlement: what a batch reads of it, and its queries. Compiled once for each database: `super` names the types and binds.

use std::collections::{BTreeSet, HashMap, HashSet};

use uuid::Uuid;

use super::{Snapshot, Store, Tx};
use crate::accounts::AccountKind;
use crate::ids::{CommandId, FunderId, MerchantId, ProgramId, RedemptionId, StatementId, StoreId};
use crate::machine::needs::LinkNeeds;
use crate::machine::settlement::{PaymentBatch, Redeemed, Uncovered};
use crate::machine::{Links, Needs, State, Statement};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::settling::{
    AuditedLineRow, BatchPaymentRow, BatchRow, LineRow, ShownLineRow, StatementRow, batch, terms,
};
use crate::store::views::{AuditedLine, BatchPayment, FunderView, PayeeRow, SettlementLine};
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

    /// Statements that come a step further; of stores to be settled, what no statement covers.
    pub(super) async fn load_statements(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if !needs.statements.is_empty() {
            let columns = [Column::uuids(needs.statements.iter().map(|id| id.0))];
            let rows: Vec<StatementRow> = self.fetch(&text::STATEMENTS, columns).await?;
            for row in rows {
                state.settling.load_statement(Statement::try_from(row)?);
            }
        }
        if !needs.lines.is_empty() {
            let columns = [
                Column::uuids(needs.lines.iter().map(|(id, _)| id.0)),
                Column::ints(needs.lines.iter().map(|(_, version)| *version)),
            ];
            let rows: Vec<(Uuid, i64)> = self.fetch(&text::LINES_ASKED, columns).await?;
            for (statement, version) in rows {
                state.settling.load_line(StatementId(statement), version);
            }
        }
        match needs.freezes.is_empty() {
            true => Ok(()),
            false => self.load_uncovered(&needs.freezes, state).await,
        }
    }

    /// The entries of these stores that no statement covers, with their redemptions and how those were settled before.
    async fn load_uncovered(
        &mut self,
        stores: &BTreeSet<StoreId>,
        state: &mut State,
    ) -> Result<(), StoreError> {
        let columns = [Column::uuids(stores.iter().map(|id| id.0))];
        let rows: Vec<(Uuid, i64)> = self.fetch(&text::COVERED, columns).await?;
        let covered: HashMap<Uuid, i64> = rows.into_iter().collect();
        for (&store, &through) in &covered {
            state.settling.load_through(StoreId(store), through);
        }
        let columns = [
            Column::uuids(stores.iter().map(|id| id.0)),
            Column::ints(
                stores
                    .iter()
                    .map(|id| covered.get(&id.0).copied().unwrap_or(0)),
            ),
        ];
        type Row = (Uuid, i64, Uuid, i64, i64, Option<String>);
        let rows: Vec<Row> = self.fetch(&text::UNCOVERED, columns).await?;
        let mut charged = HashSet::new();
        let mut earlier = BTreeSet::new();
        for (store, version, redemption, points, net, agreed) in rows {
            let entry = Uncovered {
                version,
                redemption: RedemptionId(redemption),
                points: Points::from_hundredths(points),
            };
            state.settling.load_uncovered(StoreId(store), entry);
            // What is given back of something charged before is borne as that was.
            if points > 0 {
                charged.insert(redemption);
            } else if agreed.is_none() && !charged.contains(&redemption) {
                earlier.insert(redemption);
            }
            let redeemed = Redeemed {
                net: Points::from_hundredths(net),
                bearer: terms(redemption, agreed.as_deref())?.map(|terms| terms.bearer),
            };
            state.settling.load_redeemed(entry.redemption, redeemed);
        }
        if earlier.is_empty() {
            return Ok(());
        }
        let rows: Vec<LineRow> = self.fetch(&text::PINNED, [Column::uuids(earlier)]).await?;
        for row in rows {
            state.settling.pin(&row.try_into()?);
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

    /// A page of lines after a redemption's version, in that order; begin with the nil id.
    pub async fn lines_after(
        &mut self,
        (redemption, version): (Uuid, i64),
        limit: i64,
    ) -> Result<Vec<AuditedLine>, StoreError> {
        let values = [redemption.into(), version.into(), limit.into()];
        let rows: Vec<AuditedLineRow> = self.fetch(&text::LINES_AFTER, values).await?;
        rows.into_iter().map(AuditedLine::try_from).collect()
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
    ) -> Result<Vec<SettlementLine>, StoreError> {
        let after = after.unwrap_or(0).max(statement.from_version - 1);
        let values = [
            statement.store.0.into(),
            after.into(),
            statement.through_version.into(),
            limit.into(),
        ];
        let rows: Vec<ShownLineRow> = self.query(program, &text::SETTLEMENT_LINES, values).await?;
        rows.into_iter().map(SettlementLine::try_from).collect()
    }

    /// A page of the stores with something that no statement covers, after one, in order of id; begin with the nil id.
    pub async fn unsettled(
        &self,
        program: ProgramId,
        after: StoreId,
        limit: i64,
    ) -> Result<Vec<StoreId>, StoreError> {
        let values = [after.0.into(), limit.into()];
        let rows: Vec<(Uuid,)> = self.query(program, &text::UNSETTLED, values).await?;
        Ok(rows.into_iter().map(|(id,)| StoreId(id)).collect())
    }

    /// A page of the approved statements in no batch, after one, in order of id; begin with the nil id.
    pub async fn to_pay(
        &self,
        program: ProgramId,
        after: StatementId,
        limit: i64,
    ) -> Result<Vec<Statement>, StoreError> {
        let values = [after.0.into(), limit.into()];
        let rows: Vec<StatementRow> = self.query(program, &text::TO_PAY, values).await?;
        rows.into_iter().map(Statement::try_from).collect()
    }

    /// What all accounts of a kind hold together, in order of kind.
    pub async fn totals(
        &self,
        program: ProgramId,
    ) -> Result<Vec<(AccountKind, Points)>, StoreError> {
        let rows: Vec<(i64, i64)> = self.query(program, &text::TOTALS, []).await?;
        let known = |(kind, sum): (i64, i64)| {
            let corrupt = || StoreError::corrupt("accounts", "kind", program.0, kind);
            let kind = AccountKind::from_number(kind).ok_or_else(corrupt)?;
            Ok((kind, Points::from_hundredths(sum)))
        };
        rows.into_iter().map(known).collect()
    }

    /// One batch of payments.
    pub async fn payment_batch(
        &self,
        program: ProgramId,
        id: CommandId,
    ) -> Result<Option<PaymentBatch>, StoreError> {
        let rows: Vec<BatchRow> = self.query(program, &text::BATCH, [id.0.into()]).await?;
        Ok(rows.into_iter().next().map(batch))
    }

    /// A page of batches before one, newest first.
    pub async fn payment_batches(
        &self,
        program: ProgramId,
        before: Option<CommandId>,
        limit: i64,
    ) -> Result<Vec<PaymentBatch>, StoreError> {
        let before = before.map_or(Uuid::max(), |id| id.0);
        let values = [before.into(), limit.into()];
        let rows: Vec<BatchRow> = self.query(program, &text::BATCHES, values).await?;
        Ok(rows.into_iter().map(batch).collect())
    }

    /// What a batch pays, in order of statement.
    pub async fn batch_payments(
        &self,
        program: ProgramId,
        id: CommandId,
    ) -> Result<Vec<BatchPayment>, StoreError> {
        let values = [id.0.into()];
        let rows: Vec<BatchPaymentRow> =
            self.query(program, &text::BATCH_STATEMENTS, values).await?;
        rows.into_iter().map(BatchPayment::try_from).collect()
    }

    /// To whom a merchant's money goes: master key, what is sealed, the last digits.
    pub async fn payee_row(
        &self,
        program: ProgramId,
        merchant: MerchantId,
    ) -> Result<Option<PayeeRow>, StoreError> {
        let values = [merchant.0.into()];
        let rows: Vec<PayeeRow> = self.query(program, &text::PAYEE, values).await?;
        Ok(rows.into_iter().next())
    }

    /// A page of those under another master key than this, after one, in order of id.
    pub async fn payees_under_other_keys(
        &self,
        program: ProgramId,
        newest: &str,
        after: Uuid,
        limit: i64,
    ) -> Result<Vec<(Uuid, String, String)>, StoreError> {
        let values = [newest.into(), after.into(), limit.into()];
        self.query(program, &text::PAYEES_UNDER_OTHER_KEYS, values)
            .await
    }

    /// Keeps one sealed anew, beside the writer, unless it was changed since.
    pub async fn reseal_payee(
        &self,
        program: ProgramId,
        merchant: MerchantId,
        (key, body): (&str, &str),
        before: &str,
    ) -> Result<bool, StoreError> {
        let values = [merchant.0.into(), key.into(), body.into(), before.into()];
        let rows: Vec<(Uuid,)> = self.keep(program, &text::RESEAL_PAYEE, values).await?;
        Ok(!rows.is_empty())
    }
}
