//! What stores are owed, and to whom it is paid.

use super::StatementLine;
use crate::community::offer::{Bearer, Terms};
use crate::ids::MerchantId;
use crate::machine::Statement;
use crate::machine::settlement::Line;
use crate::points::Points;

/// A line of what a store is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettlementLine {
    /// The entry of merchant:accepted.
    pub entry: StatementLine,
    /// Who bears it.
    pub bearer: Bearer,
    /// What it comes to, in yuan; `None` where the statement was rounded as a whole.
    pub money: Option<Points>,
}

/// A line with what it follows from.
#[derive(Clone, Copy, Debug)]
pub struct AuditedLine {
    /// The line.
    pub line: Line,
    /// What its redemption was agreed on.
    pub terms: Option<Terms>,
    /// Who bears what has no terms, as named when the statement was frozen.
    pub named: Option<Bearer>,
}

/// What a batch pays, and to whom.
#[derive(Clone, Debug)]
pub struct BatchPayment {
    /// For what.
    pub statement: Statement,
    /// What the store is called.
    pub store: String,
    /// Whose it is.
    pub merchant: MerchantId,
    /// What the merchant is called.
    pub merchant_name: String,
    /// The master key, and to whom the money goes, sealed.
    pub payee: Option<(String, String)>,
}

/// To whom a merchant's money goes: master key, what is sealed, the last digits of the account number.
pub type PayeeRow = (String, String, String);
