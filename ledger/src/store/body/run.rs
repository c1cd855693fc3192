//! Statements with their parameters, run on a pool or in a transaction. This file is compiled once for each database: `super` names the
//! types and binds rows.

use sqlx::{Arguments as _, Executor};
use uuid::Uuid;

use super::{Arguments, Db, Row, Transaction, bind_columns, sql};
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

fn bind(program: Uuid, columns: &[Column]) -> Result<Arguments, StoreError> {
    let mut arguments = of_program(program)?;
    bind_columns(&mut arguments, columns)?;
    Ok(arguments)
}

/// The rows that a statement over given rows answers with.
pub async fn fetch_rows<'e, T: Row>(
    on: impl Executor<'e, Database = Db>,
    statement: &'static Statement,
    program: Uuid,
    columns: &[Column],
) -> Result<Vec<T>, StoreError> {
    let arguments = bind(program, columns)?;
    let query = sqlx::query_as_with::<_, T, _>(sql(statement), arguments);
    Ok(query.fetch_all(on).await?)
}

/// How many rows a statement over given rows changed.
pub async fn run_rows(
    transaction: &mut Transaction<'_>,
    statement: &'static Statement,
    program: Uuid,
    columns: &[Column],
) -> Result<u64, StoreError> {
    let arguments = bind(program, columns)?;
    let query = sqlx::query_with(sql(statement), arguments);
    Ok(query.execute(&mut **transaction).await?.rows_affected())
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
        })?;
    }
    let query = sqlx::query_as_with::<_, T, _>(sql(statement), arguments);
    Ok(query.fetch_all(on).await?)
}
