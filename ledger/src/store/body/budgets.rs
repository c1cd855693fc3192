//! Budgets: what a batch reads and saves of them, and what is asked. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Store, Tx};
use crate::accounts::Owner;
use crate::clock::Timestamp;
use crate::ids::{BudgetId, ProgramId};
use crate::machine::budget::{BudgetRecord, waiting_for};
use crate::machine::{CounterKey, Needs, State};
use crate::points::Points;
use crate::store::columns::Column;
use crate::store::views::BudgetView;
use crate::store::{StoreError, budget_text as text};

/// provided, told, plan, closed_at.
type Recorded = (i64, i64, Option<String>, Option<i64>);

fn record(
    budget: Uuid,
    (provided, told, plan, closed_at): Recorded,
) -> Result<BudgetRecord, StoreError> {
    let plan = plan.map(|plan| serde_json::from_str(&plan)).transpose();
    Ok(BudgetRecord {
        plan: plan.map_err(|error| StoreError::corrupt("budgets", "plan", budget, error))?,
        provided: Points::from_hundredths(provided),
        told,
        closed_at: closed_at.map(Timestamp::from_micros),
    })
}

impl Tx<'_> {
    /// The budgets that are locked; answers with the counters of those for which awards may wait.
    pub(super) async fn load_budgets(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<Vec<CounterKey>, StoreError> {
        let budgets = needs.owners.iter().filter_map(|owner| match owner {
            Owner::Budget(budget) => Some(budget.0),
            _ => None,
        });
        let budgets: Vec<Uuid> = budgets.collect();
        if budgets.is_empty() {
            return Ok(Vec::new());
        }
        type Row = (Uuid, i64, i64, Option<String>, Option<i64>);
        let columns = [Column::uuids(budgets)];
        let rows: Vec<Row> = self.fetch(&text::BUDGET_RECORDS, columns).await?;
        for (budget, provided, told, plan, closed_at) in rows {
            let record = record(budget, (provided, told, plan, closed_at))?;
            state.budgets.load(BudgetId(budget), record);
        }
        Ok(state.budgets.planned().map(waiting_for).collect())
    }

    /// Budgets that a batch changed, once those that it made are there.
    pub(super) async fn save_budgets(&mut self, state: &State) -> Result<(), StoreError> {
        let changed = state.budgets.changed.iter();
        let changed: Vec<(BudgetId, &BudgetRecord)> = changed
            .filter_map(|budget| Some((*budget, state.budgets.get(*budget)?)))
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        let plans = || changed.iter().map(|(_, record)| record.plan.as_ref());
        let written = |plan| serde_json::to_string(plan).unwrap_or_default();
        let closed = changed.iter().map(|(_, record)| record.closed_at);
        let columns = [
            Column::uuids(changed.iter().map(|(budget, _)| budget.0)),
            Column::ints(
                changed
                    .iter()
                    .map(|(_, record)| record.provided.hundredths()),
            ),
            Column::ints(changed.iter().map(|(_, record)| record.told)),
            Column::Text(plans().map(|plan| plan.map(written)).collect()),
            Column::Int(
                plans()
                    .map(|plan| plan.map(|plan| plan.closes_at().as_micros()))
                    .collect(),
            ),
            Column::Int(closed.map(|at| at.map(Timestamp::as_micros)).collect()),
        ];
        self.run(&text::CHANGE_BUDGETS, columns).await?;
        Ok(())
    }
}

impl Store {
    /// Every budget with what it holds.
    pub async fn budgets(&self, program: ProgramId) -> Result<Vec<BudgetView>, StoreError> {
        type Row = (
            Uuid,
            String,
            String,
            i64,
            i64,
            i64,
            i64,
            i64,
            Option<String>,
            Option<i64>,
        );
        let rows: Vec<Row> = self.query(program, &text::BUDGETS, []).await?;
        let view = |(
            id,
            code,
            name,
            balance,
            recoverable,
            waiting,
            provided,
            told,
            plan,
            closed_at,
        ): Row| {
            Ok(BudgetView {
                id: BudgetId(id),
                code,
                name,
                balance: Points::from_hundredths(balance),
                recoverable: Points::from_hundredths(recoverable),
                waiting,
                record: record(id, (provided, told, plan, closed_at))?,
            })
        };
        rows.into_iter().map(view).collect()
    }
}
