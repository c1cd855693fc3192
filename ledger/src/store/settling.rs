//! Statements as rows, and rows as statements.

use rust_decimal::Decimal;
use sqlx::FromRow;
use uuid::Uuid;

use super::columns::Column;
use super::save::{Save, images};
use super::views::{AuditedLine, BatchPayment, SettlementLine};
use super::{StoreError, settling_text as text};
use crate::clock::Timestamp;
use crate::community::offer::{Bearer, Terms};
use crate::ids::{ActorId, CommandId, FunderId, MerchantId, RedemptionId, StatementId, StoreId};
use crate::machine::settlement::{Approval, Confirmation, Line, Payment, PaymentBatch};
use crate::machine::{State, Statement};
use crate::points::{Points, Rate, Rounding};

/// A row of `statements`.
#[derive(Debug, FromRow)]
pub struct StatementRow {
    statement_id: Uuid,
    store_id: Uuid,
    from_version: i64,
    through_version: i64,
    points: i64,
    amount: i64,
    funder_id: Option<Uuid>,
    rate: Option<String>,
    rounding: Option<String>,
    frozen_by: Uuid,
    frozen_at: i64,
    disputes: String,
    confirmed_by: Option<Uuid>,
    confirmed_at: Option<i64>,
    approved_by: Option<Uuid>,
    approved_at: Option<i64>,
    unanswered: i64,
    batch_id: Option<Uuid>,
    paid_by: Option<Uuid>,
    paid_at: Option<i64>,
    reference: Option<String>,
}

/// Somebody's word, and when.
fn word(by: Option<Uuid>, at: Option<i64>) -> Option<(ActorId, Timestamp)> {
    by.zip(at)
        .map(|(by, at)| (ActorId(by), Timestamp::from_micros(at)))
}

fn rate(
    table: &'static str,
    id: Uuid,
    rate: &str,
    rounding: Option<&str>,
) -> Result<Rate, StoreError> {
    let corrupt = |column, value: &str| StoreError::corrupt(table, column, id, value);
    let rounding = rounding.unwrap_or_default();
    Ok(Rate {
        fen: Decimal::from_str_exact(rate).map_err(|_| corrupt("rate", rate))?,
        rounding: Rounding::from_name(rounding).ok_or_else(|| corrupt("rounding", rounding))?,
    })
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
        let named = |text: String| rate("statements", id, &text, row.rounding.as_deref());
        let unanswered = row.unanswered != 0;
        Ok(Self {
            id: StatementId(id),
            store: StoreId(row.store_id),
            funder: row.funder_id.map(FunderId),
            from_version: row.from_version,
            through_version: row.through_version,
            points: Points::from_hundredths(row.points),
            amount: Points::from_hundredths(row.amount),
            rate: row.rate.map(named).transpose()?,
            frozen_by: ActorId(row.frozen_by),
            frozen_at: Timestamp::from_micros(row.frozen_at),
            disputes: serde_json::from_str(&row.disputes)
                .map_err(|_| corrupt("disputes", &row.disputes))?,
            confirmation: word(row.confirmed_by, row.confirmed_at)
                .map(|(by, at)| Confirmation { by, at }),
            approval: word(row.approved_by, row.approved_at).map(|(by, at)| Approval {
                by,
                at,
                unanswered,
            }),
            batch: row.batch_id.map(CommandId),
            payment,
        })
    }
}

/// Who bears a line: kind, funder, rate, rounding.
type BearerRow = (String, Option<Uuid>, Option<String>, Option<String>);

fn bearer(id: Uuid, (kind, funder, fen, rounding): BearerRow) -> Result<Bearer, StoreError> {
    match (kind.as_str(), funder, fen) {
        ("merchant", _, _) => Ok(Bearer::Merchant),
        ("in_kind", _, _) => Ok(Bearer::InKind),
        ("fund", Some(funder), Some(fen)) => Ok(Bearer::Fund {
            funder: FunderId(funder),
            rate: rate("statement_lines", id, &fen, rounding.as_deref())?,
        }),
        _ => Err(StoreError::corrupt("statement_lines", "bearer", id, &kind)),
    }
}

/// A row of `statement_lines`.
#[derive(Debug, FromRow)]
pub struct LineRow {
    store_id: Uuid,
    version: i64,
    statement_id: Uuid,
    redemption_id: Uuid,
    points: i64,
    bearer: String,
    funder_id: Option<Uuid>,
    rate: Option<String>,
    rounding: Option<String>,
    amount: Option<i64>,
}

impl TryFrom<LineRow> for Line {
    type Error = StoreError;

    fn try_from(row: LineRow) -> Result<Self, StoreError> {
        let bearer_row = (row.bearer, row.funder_id, row.rate, row.rounding);
        Ok(Self {
            statement: StatementId(row.statement_id),
            store: StoreId(row.store_id),
            version: row.version,
            redemption: RedemptionId(row.redemption_id),
            points: Points::from_hundredths(row.points),
            bearer: bearer(row.redemption_id, bearer_row)?,
            amount: row.amount.map(Points::from_hundredths),
        })
    }
}

/// The terms of a redemption, as it holds them.
pub fn terms(id: Uuid, text: Option<&str>) -> Result<Option<Terms>, StoreError> {
    let corrupt = |text: &str| StoreError::corrupt("redemptions", "terms", id, text);
    text.map(|text| serde_json::from_str(text).map_err(|_| corrupt(text)))
        .transpose()
}

/// A line with what it follows from.
#[derive(Debug, FromRow)]
pub struct AuditedLineRow {
    #[sqlx(flatten)]
    line: LineRow,
    terms: Option<String>,
    named_funder: Option<Uuid>,
    named_rate: Option<String>,
    named_rounding: Option<String>,
}

impl TryFrom<AuditedLineRow> for AuditedLine {
    type Error = StoreError;

    fn try_from(row: AuditedLineRow) -> Result<Self, StoreError> {
        let id = row.line.redemption_id;
        let named = row.named_funder.zip(row.named_rate);
        let named = named.map(|(funder, fen)| {
            Ok::<_, StoreError>(Bearer::Fund {
                funder: FunderId(funder),
                rate: rate("statements", id, &fen, row.named_rounding.as_deref())?,
            })
        });
        Ok(Self {
            terms: terms(id, row.terms.as_deref())?,
            named: named.transpose()?,
            line: row.line.try_into()?,
        })
    }
}

/// A line as it is shown: the entry, then who bears it and what it comes to.
#[derive(Debug, FromRow)]
pub struct ShownLineRow {
    version: i64,
    transfer_id: Uuid,
    kind: String,
    subject: Uuid,
    occurred_at: i64,
    recorded_at: i64,
    amount: i64,
    balance_after: i64,
    bearer: String,
    funder_id: Option<Uuid>,
    rate: Option<String>,
    rounding: Option<String>,
    money: Option<i64>,
}

impl TryFrom<ShownLineRow> for SettlementLine {
    type Error = StoreError;

    fn try_from(row: ShownLineRow) -> Result<Self, StoreError> {
        let entry = super::records::line((
            row.version,
            row.transfer_id,
            row.kind,
            row.subject,
            row.occurred_at,
            row.recorded_at,
            row.amount,
            row.balance_after,
        ))?;
        let bearer_row = (row.bearer, row.funder_id, row.rate, row.rounding);
        Ok(Self {
            bearer: bearer(row.subject, bearer_row)?,
            money: row.money.map(Points::from_hundredths),
            entry,
        })
    }
}

/// A batch: id, who made it, when, how many statements, what they come to.
pub type BatchRow = (Uuid, Uuid, i64, i64, i64);

/// A batch from its row.
pub fn batch((id, by, at, statements, amount): BatchRow) -> PaymentBatch {
    PaymentBatch {
        id: CommandId(id),
        by: ActorId(by),
        at: Timestamp::from_micros(at),
        statements: statements.unsigned_abs(),
        amount: Points::from_hundredths(amount),
    }
}

/// What a batch pays.
#[derive(Debug, FromRow)]
pub struct BatchPaymentRow {
    #[sqlx(flatten)]
    statement: StatementRow,
    store_name: String,
    merchant_id: Uuid,
    merchant_name: String,
    key_id: Option<String>,
    body: Option<String>,
}

impl TryFrom<BatchPaymentRow> for BatchPayment {
    type Error = StoreError;

    fn try_from(row: BatchPaymentRow) -> Result<Self, StoreError> {
        Ok(Self {
            statement: row.statement.try_into()?,
            store: row.store_name,
            merchant: MerchantId(row.merchant_id),
            merchant_name: row.merchant_name,
            payee: row.key_id.zip(row.body),
        })
    }
}

/// What a batch did about statements.
pub fn saves(state: &State) -> impl Iterator<Item = Save> {
    let settling = &state.settling;
    let statement = |id: &StatementId| settling.statement(*id);
    let new = images(&settling.rows.new, statement);
    let changed = images(&settling.rows.changed, statement);
    let changed = (!changed.is_empty()).then(|| {
        let mut columns = vec![Column::uuids(changed.iter().map(|s| s.id.0))];
        columns.extend(steps(&changed));
        (&text::CHANGED_STATEMENTS, columns)
    });
    [
        (!new.is_empty()).then(|| frozen(&new)),
        changed,
        (!settling.new_lines.is_empty()).then(|| lines(&settling.new_lines)),
        (!settling.batches.is_empty()).then(|| batches(&settling.batches)),
        (!settling.payees.is_empty()).then(|| payees(state)),
    ]
    .into_iter()
    .flatten()
}

fn frozen(statements: &[&Statement]) -> Save {
    let rows = || statements.iter();
    let mut columns = vec![
        Column::uuids(rows().map(|s| s.id.0)),
        Column::uuids(rows().map(|s| s.store.0)),
        Column::Uuid(rows().map(|s| s.funder.map(|id| id.0)).collect()),
        Column::ints(rows().map(|s| s.from_version)),
        Column::ints(rows().map(|s| s.through_version)),
        Column::ints(rows().map(|s| s.points.hundredths())),
        Column::ints(rows().map(|s| s.amount.hundredths())),
        Column::Text(rows().map(|s| s.rate.map(|r| r.fen.to_string())).collect()),
        Column::Text(
            rows()
                .map(|s| s.rate.map(|r| r.rounding.name().to_owned()))
                .collect(),
        ),
        Column::uuids(rows().map(|s| s.frozen_by.0)),
        Column::ints(rows().map(|s| s.frozen_at.as_micros())),
    ];
    columns.extend(steps(statements));
    (&text::NEW_STATEMENTS, columns)
}

/// How far they have come.
fn steps(statements: &[&Statement]) -> [Column; 11] {
    let rows = || statements.iter();
    let disputes = |s: &&Statement| serde_json::to_string(&s.disputes).unwrap_or_default();
    let confirmed = || rows().map(|s| s.confirmation.as_ref());
    let approved = || rows().map(|s| s.approval.as_ref());
    let paid = || rows().map(|s| s.payment.as_ref());
    [
        Column::texts(rows().map(|s| s.state().name())),
        Column::texts(rows().map(disputes)),
        Column::Uuid(confirmed().map(|c| c.map(|c| c.by.0)).collect()),
        Column::Int(confirmed().map(|c| c.map(|c| c.at.as_micros())).collect()),
        Column::Uuid(approved().map(|a| a.map(|a| a.by.0)).collect()),
        Column::Int(approved().map(|a| a.map(|a| a.at.as_micros())).collect()),
        Column::ints(approved().map(|a| i64::from(a.is_some_and(|a| a.unanswered)))),
        Column::Uuid(rows().map(|s| s.batch.map(|id| id.0)).collect()),
        Column::Uuid(paid().map(|p| p.map(|p| p.by.0)).collect()),
        Column::Int(paid().map(|p| p.map(|p| p.at.as_micros())).collect()),
        Column::Text(paid().map(|p| p.map(|p| p.reference.clone())).collect()),
    ]
}

fn lines(lines: &[Line]) -> Save {
    let rows = || lines.iter();
    let fund = |line: &Line| match line.bearer {
        Bearer::Fund { funder, rate } => Some((funder, rate)),
        Bearer::Merchant | Bearer::InKind => None,
    };
    let name = |line: &Line| match line.bearer {
        Bearer::Merchant => "merchant",
        Bearer::Fund { .. } => "fund",
        Bearer::InKind => "in_kind",
    };
    let columns = vec![
        Column::uuids(rows().map(|l| l.store.0)),
        Column::ints(rows().map(|l| l.version)),
        Column::uuids(rows().map(|l| l.statement.0)),
        Column::uuids(rows().map(|l| l.redemption.0)),
        Column::ints(rows().map(|l| l.points.hundredths())),
        Column::texts(rows().map(name)),
        Column::Uuid(
            rows()
                .map(|l| fund(l).map(|(funder, _)| funder.0))
                .collect(),
        ),
        Column::Text(
            rows()
                .map(|l| fund(l).map(|(_, r)| r.fen.to_string()))
                .collect(),
        ),
        Column::Text(
            rows()
                .map(|l| fund(l).map(|(_, r)| r.rounding.name().to_owned()))
                .collect(),
        ),
        Column::Int(rows().map(|l| l.amount.map(Points::hundredths)).collect()),
    ];
    (&text::NEW_LINES, columns)
}

fn batches(batches: &[PaymentBatch]) -> Save {
    let rows = || batches.iter();
    let columns = vec![
        Column::uuids(rows().map(|b| b.id.0)),
        Column::uuids(rows().map(|b| b.by.0)),
        Column::ints(rows().map(|b| b.at.as_micros())),
        Column::ints(rows().map(|b| b.statements.cast_signed())),
        Column::ints(rows().map(|b| b.amount.hundredths())),
    ];
    (&text::NEW_BATCHES, columns)
}

/// The last one said of each merchant.
fn payees(state: &State) -> Save {
    let said = state.settling.payees.iter();
    let last: std::collections::BTreeMap<Uuid, _> =
        said.map(|payee| (payee.merchant.0, payee)).collect();
    let rows = || last.values();
    let columns = vec![
        Column::uuids(rows().map(|p| p.merchant.0)),
        Column::texts(rows().map(|p| p.key_id.as_str())),
        Column::texts(rows().map(|p| p.body.as_str())),
        Column::texts(rows().map(|p| p.tail.as_str())),
    ];
    (&text::KEEP_PAYEES, columns)
}
