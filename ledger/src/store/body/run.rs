//! Statements with their parameters, run on a pool or in a transaction. This file is compiled once for each database: `super` names the
//! types and binds rows.

use std::ops::Range;

use sqlx::{Arguments as _, Database, Executor};
use uuid::Uuid;

use super::{Arguments, Db, PIECE, Row, bind_columns, sql};
use crate::store::StoreError;
use crate::store::columns::Column;
use crate::store::statement::Statement;
use crate::store::value::Value;

pub fn encode(result: Result<(), sqlx::error::BoxDynError>) -> Result<(), StoreError> {
    result.map_err(|error| StoreError::Other(sqlx::Error::Encode(error)))
}

/// The parameters of a statement about this programme, none but `$1` yet.
pub fn of_program(program: Uuid) -> Result<Arguments, StoreError> {
    let mut arguments = Arguments::default();
    encode(arguments.add(program))?;
    Ok(arguments)
}

/// A connection to this database.
pub type Connected = <Db as Database>::Connection;

/// Given rows, in pieces that the database takes at once; one piece of none for a statement without.
fn pieces(columns: &[Column]) -> impl Iterator<Item = Range<usize>> + use<> {
    let rows = columns.first().map_or(0, Column::len);
    let starts = (0..rows.max(1)).step_by(PIECE);
    starts.map(move |start| start..rows.min(start.saturating_add(PIECE)))
}

fn bind(program: Uuid, columns: &[Column], piece: &Range<usize>) -> Result<Arguments, StoreError> {
    let mut arguments = of_program(program)?;
    bind_columns(&mut arguments, columns, piece)?;
    Ok(arguments)
}

/// The rows that a statement over given rows answers with.
pub async fn fetch_rows<T: Row>(
    on: &mut Connected,
    statement: &'static Statement,
    program: Uuid,
    columns: &[Column],
) -> Result<Vec<T>, StoreError> {
    let mut found = Vec::new();
    for piece in pieces(columns) {
        let arguments = bind(program, columns, &piece)?;
        let query = sqlx::query_as_with::<_, T, _>(sql(statement, piece.len()), arguments);
        found.append(&mut query.fetch_all(&mut *on).await?);
    }
    Ok(found)
}

/// How many rows a statement over given rows changed.
pub async fn run_rows(
    on: &mut Connected,
    statement: &'static Statement,
    program: Uuid,
    columns: &[Column],
) -> Result<u64, StoreError> {
    let mut changed = 0;
    for piece in pieces(columns) {
        let arguments = bind(program, columns, &piece)?;
        let query = sqlx::query_with(sql(statement, piece.len()), arguments);
        changed += query.execute(&mut *on).await?.rows_affected();
    }
    Ok(changed)
}

/// The rows that a statement over single values answers with.
pub async fn fetch<'e, T: Row>(
    on: impl Executor<'e, Database = Db>,
    statement: &'static Statement,
    program: Uuid,
    values: &[Value],
) -> Result<Vec<T>, StoreError> {
    let mut arguments = of_program(program)?;
    for value in values {
        encode(match value {
            Value::Uuid(value) => arguments.add(*value),
            Value::Int(value) => arguments.add(*value),
            Value::Text(value) => arguments.add(value.clone()),
            Value::Bytes(value) => arguments.add(value.clone()),
        })?;
    }
    let query = sqlx::query_as_with::<_, T, _>(sql(statement, 0), arguments);
    Ok(query.fetch_all(on).await?)
}
