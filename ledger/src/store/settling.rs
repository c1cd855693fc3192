//! Statements as rows, and rows as statements.

use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::columns::Column;
use super::save::Save;
use super::{StoreError, settling_text as text};
use crate::clock::Timestamp;
use crate::ids::{ActorId, FunderId, StatementId, StoreId};
use crate::machine::settlement::Payment;
use crate::machine::{State, Statement};
use crate::points::{Points, Rate, Rounding};

/// A row of `statements`.
#[derive(Debug, FromRow)]
pub struct StatementRow {
    statement_id: Uuid,
    store_id: Uuid,
    funder_id: Uuid,
    from_version: i64,
    through_version: i64,
    points: i64,
    amount: i64,
    rate: String,
    rounding: String,
    frozen_by: Uuid,
    frozen_at: i64,
    paid_by: Option<Uuid>,
    paid_at: Option<i64>,
    reference: Option<String>,
}

impl TryFrom<StatementRow> for Statement {
    type Error = StoreError;

    fn try_from(row: StatementRow) -> Result<Self, StoreError> {
        let id = row.statement_id;
        let corrupt = |column, value: &str| StoreError::corrupt("statements", column, id, value);
        let payment = match (row.paid_by, row.paid_at, row.reference) {
            (Some(by), Some(at), Some(reference)) => Some(Payment {
                by: ActorId(by),
                at: Timestamp::from_micros(at),
                reference,
            }),
            (None, None, None) => None,
            _ => return Err(corrupt("paid_by", "a payment in part")),
        };
        Ok(Self {
            id: StatementId(id),
            store: StoreId(row.store_id),
            funder: FunderId(row.funder_id),
            from_version: row.from_version,
            through_version: row.through_version,
            points: Points::from_hundredths(row.points),
            amount: Points::from_hundredths(row.amount),
            rate: Rate {
                fen: Decimal::from_str_exact(&row.rate).map_err(|_| corrupt("rate", &row.rate))?,
                rounding: Rounding::from_name(&row.rounding)
                    .ok_or_else(|| corrupt("rounding", &row.rounding))?,
            },
            frozen_by: ActorId(row.frozen_by),
            frozen_at: Timestamp::from_micros(row.frozen_at),
            payment,
        })
    }
}

/// The statements that a batch froze or paid.
pub fn saves(state: &State) -> impl Iterator<Item = Save> {
    let rows = &state.changes.statements;
    let images = |ids: &std::collections::BTreeSet<StatementId>| -> Vec<&Statement> {
        ids.iter()
            .filter_map(|id| state.settling.statement(*id))
            .collect()
    };
    let (new, paid) = (images(&rows.new), images(&rows.changed));
    let new = (!new.is_empty()).then(|| frozen(&new));
    let paid = (!paid.is_empty()).then(|| {
        let mut columns = vec![Column::uuids(paid.iter().map(|s| s.id.0))];
        columns.extend(payments(&paid));
        (&text::PAID_STATEMENTS, columns)
    });
    new.into_iter().chain(paid)
}

fn frozen(statements: &[&Statement]) -> Save {
    let rows = || statements.iter();
    let mut columns = vec![
        Column::uuids(rows().map(|s| s.id.0)),
        Column::uuids(rows().map(|s| s.store.0)),
        Column::uuids(rows().map(|s| s.funder.0)),
        Column::ints(rows().map(|s| s.from_version)),
        Column::ints(rows().map(|s| s.through_version)),
        Column::ints(rows().map(|s| s.points.hundredths())),
        Column::ints(rows().map(|s| s.amount.hundredths())),
        Column::texts(rows().map(|s| s.rate.fen.to_string())),
        Column::texts(rows().map(|s| s.rate.rounding.name())),
        Column::uuids(rows().map(|s| s.frozen_by.0)),
        Column::ints(rows().map(|s| s.frozen_at.as_micros())),
    ];
    columns.extend(payments(statements));
    (&text::NEW_STATEMENTS, columns)
}

fn payments(statements: &[&Statement]) -> [Column; 4] {
    let payments = || statements.iter().map(|s| s.payment.as_ref());
    [
        Column::texts(statements.iter().map(|s| s.state().name())),
        Column::Uuid(payments().map(|p| p.map(|p| p.by.0)).collect()),
        Column::Int(payments().map(|p| p.map(|p| p.at.as_micros())).collect()),
        Column::Text(payments().map(|p| p.map(|p| p.reference.clone())).collect()),
    ]
}
