//! Statements and balances as of any moment, by either of the two times a transfer has.

use std::fmt;
use std::str::FromStr;

use axum::Json;
use ledger::accounts::Account;
use ledger::clock::Timestamp;
use ledger::ids::ProgramId;
use ledger::journal::TransferKind;
use ledger::views::{AsOf, OccurredFilter, StatementFilter, StatementLine};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::model::{Amount, Moment};
use super::page::{Page, cursor, limit};
use crate::problem::{Code, Problem};
use crate::state::App;

/// Which moment an answer is of.
#[derive(Clone, Copy, Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AsOfQuery {
    /// A moment not yet to come, such as 2026-03-01T00:00:00Z (a `+` is written %2B); now if not said
    #[param(value_type = Option<String>)]
    as_of: Option<Timestamp>,
    /// `recorded`: what was known then; `occurred`: what was true then, by all that is known now. recorded if not said
    #[param(value_type = Option<String>)]
    by: Option<AsOf>,
}

impl AsOfQuery {
    /// The moment and its kind; `None` when neither was asked for.
    pub fn moment(&self, now: Timestamp) -> Result<Option<(Timestamp, AsOf)>, Problem> {
        if self.as_of.is_none() && self.by.is_none() {
            return Ok(None);
        }
        let at = self.as_of.unwrap_or(now);
        if at > now {
            let detail =
                format!("as_of is still to come: the latest moment to ask about is now, {now}");
            return Err(Problem::new(Code::InvalidQuery, detail));
        }
        Ok(Some((at, self.by.unwrap_or(AsOf::Recorded))))
    }
}

/// Which lines of a statement.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct StatementQuery {
    /// `next_cursor` of the page before; everything else as it was asked there
    cursor: Option<String>,
    /// How many at most, 1 to 200; 50 if not said
    #[param(minimum = 1, maximum = 200)]
    limit: Option<i64>,
    /// Only this kind of transfer, such as award, charge, refund or expire
    #[param(value_type = Option<String>)]
    kind: Option<TransferKind>,
    /// Recorded (or occurred, as `by` says) at or after this moment
    #[param(value_type = Option<String>)]
    from: Option<Timestamp>,
    /// Recorded (or occurred, as `by` says) before this moment
    #[param(value_type = Option<String>)]
    until: Option<Timestamp>,
    /// The statement as of a moment not yet to come, such as 2026-03-01T00:00:00Z (a `+` is written %2B)
    #[param(value_type = Option<String>)]
    as_of: Option<Timestamp>,
    /// `recorded`: in the order recorded, what was known then; `occurred`: in the order in which things happened, the balance
    /// running in that order. recorded if not said
    #[param(value_type = Option<String>)]
    by: Option<AsOf>,
}

/// A line of an account's statement.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// Its place in the account: 1, 2, 3 … without gaps.
    version: i64,
    transfer: Uuid,
    /// Why points moved.
    #[schema(value_type = String, example = "award")]
    kind: TransferKind,
    /// The award, redemption, budget or member it is about.
    subject: Uuid,
    occurred_at: Moment,
    recorded_at: Moment,
    /// Signed; positive is a credit.
    amount: Amount,
    /// The running balance.
    balance_after: Amount,
}

impl From<StatementLine> for Line {
    fn from(line: StatementLine) -> Self {
        Self {
            version: line.version,
            transfer: line.transfer.0,
            kind: line.kind,
            subject: line.subject,
            occurred_at: line.occurred_at.into(),
            recorded_at: line.recorded_at.into(),
            amount: line.amount.into(),
            balance_after: line.balance_after.into(),
        }
    }
}

/// Where a page in the order of occurrence begins, and what was known when the first one was read.
struct Place {
    at: Timestamp,
    version: i64,
    known: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, version, known } = self;
        write!(f, "{}.{version}.{known}", at.as_micros())
    }
}

impl FromStr for Place {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut numbers = text.splitn(3, '.').map(str::parse);
        let mut number = || numbers.next().unwrap_or_else(|| "".parse());
        Ok(Self {
            at: Timestamp::from_micros(number()?),
            version: number()?,
            known: number()?,
        })
    }
}

/// A page of an account's statement. An account that does not exist is not found.
pub async fn page(
    app: &App,
    program: ProgramId,
    account: Account,
    query: &StatementQuery,
) -> Result<Json<Page<Line>>, Problem> {
    let (as_of, by) = (query.as_of, query.by);
    let moment = AsOfQuery { as_of, by }.moment(app.ledger.clock().now())?;
    match moment {
        Some((at, AsOf::Occurred)) => occurred(app, program, account, query, at).await,
        Some((at, AsOf::Recorded)) => {
            let view = app
                .ledger
                .account_as_of(program, account, at, AsOf::Recorded);
            let view = view.await?.ok_or_else(Problem::not_found)?;
            recorded(app, program, account, query, view.version).await
        }
        None => {
            let page = recorded(app, program, account, query, i64::MAX).await?;
            // An account without lines may not exist.
            if page.items.is_empty() && app.ledger.account(program, account).await?.is_none() {
                return Err(Problem::not_found());
            }
            Ok(page)
        }
    }
}

/// In the order recorded, from this version back.
async fn recorded(
    app: &App,
    program: ProgramId,
    account: Account,
    query: &StatementQuery,
    newest: i64,
) -> Result<Json<Page<Line>>, Problem> {
    let limit = limit(query.limit)?;
    let before = cursor::<i64>(query.cursor.as_deref())?.unwrap_or(i64::MAX);
    let filter = StatementFilter {
        before: Some(before.min(newest.saturating_add(1))),
        kind: query.kind,
        from: query.from,
        until: query.until,
        limit: limit + 1,
    };
    let lines = app.ledger.statement(program, account, &filter).await?;
    Ok(Json(Page::of(lines, limit, |line| line.version)))
}

/// In the order in which it happened, as known when the first page was read.
async fn occurred(
    app: &App,
    program: ProgramId,
    account: Account,
    query: &StatementQuery,
    at: Timestamp,
) -> Result<Json<Page<Line>>, Problem> {
    let limit = limit(query.limit)?;
    let place = cursor::<Place>(query.cursor.as_deref())?;
    let view = app.ledger.account(program, account).await?;
    let newest = view.ok_or_else(Problem::not_found)?.version;
    let known = place.as_ref().map_or(newest, |place| place.known);
    let filter = OccurredFilter {
        at,
        known,
        before: place.map(|place| (place.at, place.version)),
        kind: query.kind,
        from: query.from,
        until: query.until,
        limit: limit + 1,
    };
    let lines = app
        .ledger
        .statement_by_occurrence(program, account, &filter);
    Ok(Json(Page::of(lines.await?, limit, |line| Place {
        at: line.occurred_at,
        version: line.version,
        known,
    })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_read_as_it_is_written() {
        let text = "-5.17.20";
        let place: Place = text.parse().expect("a place");
        assert_eq!(place.to_string(), text);
        for wrong in ["", "17", "1.2", "1.2.x", "1.2.3.4"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_future_has_no_answer() {
        let now = Timestamp::from_micros(10);
        let ask = |as_of: Option<i64>, by| {
            let as_of = as_of.map(Timestamp::from_micros);
            AsOfQuery { as_of, by }.moment(now).map_err(|_| ())
        };
        assert_eq!(ask(None, None), Ok(None));
        assert_eq!(ask(Some(10), None), Ok(Some((now, AsOf::Recorded))));
        assert_eq!(
            ask(None, Some(AsOf::Occurred)),
            Ok(Some((now, AsOf::Occurred)))
        );
        assert_eq!(ask(Some(11), None), Err(()));
    }
}
