//! What a store is owed, as it is told.

use ledger::community::offer::Bearer;
use ledger::machine::settlement::{Dispute, DisputeFinding, DisputeReason};
use ledger::machine::{Outcome, Receipt, Statement, StatementState};
use ledger::points::Rounding;
use ledger::views::SettlementLine;
use rust_decimal::Decimal;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::model::{Amount, Moment, transfer_of, unexpected};
use super::statement::Line;
use crate::problem::Problem;

/// A line that the merchant disputes.
#[derive(Debug, Serialize, ToSchema)]
pub struct DisputeBody {
    /// Which line.
    version: i64,
    #[schema(value_type = String, example = "points")]
    reason: DisputeReason,
    at: Moment,
    /// What was found, once somebody answered.
    #[schema(value_type = Option<String>, example = "stands")]
    finding: Option<DisputeFinding>,
    /// Whether the merchant was right.
    upheld: Option<bool>,
    answered_by: Option<Uuid>,
    answered_at: Option<Moment>,
}

impl From<Dispute> for DisputeBody {
    fn from(dispute: Dispute) -> Self {
        let answer = dispute.answer;
        Self {
            version: dispute.version,
            reason: dispute.reason,
            at: dispute.at.into(),
            finding: answer.map(|answer| answer.finding),
            upheld: answer.map(|answer| answer.finding.is_upheld()),
            answered_by: answer.map(|answer| answer.by.0),
            answered_at: answer.map(|answer| answer.at.into()),
        }
    }
}

/// What a store is owed for a range of what it accepted.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementBody {
    pub id: Uuid,
    store: Uuid,
    /// Who pays for what was redeemed without an offer.
    funder: Option<Uuid>,
    /// The first version of merchant:accepted it covers.
    from_version: i64,
    /// The last.
    through_version: i64,
    /// The sum of those entries.
    points: Amount,
    /// What its lines come to, in yuan.
    amount: Amount,
    /// Fen a point, for what was redeemed without an offer.
    #[schema(value_type = Option<String>, example = "0.85")]
    rate: Option<Decimal>,
    #[schema(value_type = Option<String>, example = "half_up")]
    rounding: Option<Rounding>,
    #[schema(value_type = String, example = "frozen")]
    state: StatementState,
    frozen_by: Uuid,
    frozen_at: Moment,
    /// Lines that the merchant disputes, in order.
    disputes: Vec<DisputeBody>,
    confirmed_by: Option<Uuid>,
    confirmed_at: Option<Moment>,
    approved_by: Option<Uuid>,
    approved_at: Option<Moment>,
    /// Whether it was approved because the merchant had not answered in time.
    unanswered: bool,
    /// With which others it is paid.
    batch: Option<Uuid>,
    paid_by: Option<Uuid>,
    paid_at: Option<Moment>,
    /// The bank's code for the payment.
    reference: Option<String>,
}

impl From<Statement> for StatementBody {
    fn from(statement: Statement) -> Self {
        let state = statement.state();
        let confirmed = statement.confirmation;
        let approved = statement.approval;
        let payment = statement.payment.as_ref();
        Self {
            id: statement.id.0,
            store: statement.store.0,
            funder: statement.funder.map(|funder| funder.0),
            from_version: statement.from_version,
            through_version: statement.through_version,
            points: statement.points.into(),
            amount: statement.amount.into(),
            rate: statement.rate.map(|rate| rate.fen),
            rounding: statement.rate.map(|rate| rate.rounding),
            state,
            frozen_by: statement.frozen_by.0,
            frozen_at: statement.frozen_at.into(),
            confirmed_by: confirmed.map(|word| word.by.0),
            confirmed_at: confirmed.map(|word| word.at.into()),
            approved_by: approved.map(|word| word.by.0),
            approved_at: approved.map(|word| word.at.into()),
            unanswered: approved.is_some_and(|word| word.unanswered),
            batch: statement.batch.map(|batch| batch.0),
            paid_by: payment.map(|payment| payment.by.0),
            paid_at: payment.map(|payment| payment.at.into()),
            reference: payment.map(|payment| payment.reference.clone()),
            disputes: statement
                .disputes
                .into_iter()
                .map(DisputeBody::from)
                .collect(),
        }
    }
}

/// What came of a step: the statement as it stood then.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementReceipt {
    #[serde(flatten)]
    pub statement: StatementBody,
    transfer: Option<Uuid>,
    recorded_at: Moment,
}

impl TryFrom<Receipt> for StatementReceipt {
    type Error = Problem;

    fn try_from(receipt: Receipt) -> Result<Self, Problem> {
        let transfer = transfer_of(&receipt);
        match receipt.outcome {
            Outcome::Statement(statement) => Ok(Self {
                statement: (*statement).into(),
                transfer,
                recorded_at: receipt.recorded_at.into(),
            }),
            other => Err(unexpected(&other)),
        }
    }
}

/// A line of what a store is owed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SettlementLineBody {
    #[serde(flatten)]
    pub entry: Line,
    /// Who bears it: merchant, fund or in_kind.
    #[schema(example = "fund")]
    bearer: &'static str,
    /// Whose fund.
    funder: Option<Uuid>,
    /// Fen a point.
    #[schema(value_type = Option<String>, example = "0.85")]
    rate: Option<Decimal>,
    #[schema(value_type = Option<String>, example = "half_up")]
    rounding: Option<Rounding>,
    /// What it comes to, in yuan: what the redemption is worth after it less what it was worth before it. None on statements from before lines
    /// had money of their own.
    money: Option<Amount>,
}

impl From<SettlementLine> for SettlementLineBody {
    fn from(line: SettlementLine) -> Self {
        let (bearer, fund) = match line.bearer {
            Bearer::Merchant => ("merchant", None),
            Bearer::Fund { funder, rate } => ("fund", Some((funder.0, rate))),
            Bearer::InKind => ("in_kind", None),
        };
        Self {
            entry: line.entry.into(),
            bearer,
            funder: fund.map(|(funder, _)| funder),
            rate: fund.map(|(_, rate)| rate.fen),
            rounding: fund.map(|(_, rate)| rate.rounding),
            money: line.money.map(Amount::from),
        }
    }
}
