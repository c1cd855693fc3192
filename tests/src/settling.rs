//! Statements, from frozen to paid.

use ledger::ids::{FunderId, StatementId};
use ledger::machine::{Command, Outcome, Receipt, SettlementCommand, Statement};
use ledger::points::{Rate, Rounding};

use crate::story::Story;

/// A statement, from its receipt.
///
/// # Panics
/// When the receipt is of something else.
pub fn statement_of(receipt: &Receipt) -> Statement {
    match &receipt.outcome {
        Outcome::Statement(statement) => (**statement).clone(),
        other => panic!("{other:?} is no statement"),
    }
}

/// So many fen a point, rounded half up.
///
/// # Panics
/// When it is no number.
pub fn fen(fen: &str) -> Rate {
    Rate::new(fen.parse().expect("a rate"), Rounding::HalfUp)
}

/// A step between freezing and paying.
pub fn step(command: SettlementCommand) -> Command {
    Command::Settlement(Box::new(command))
}

impl Story {
    /// What a store accepted since its last statement, at so many fen a point.
    pub fn freezing(&self, store: usize, funder: FunderId, rate: &str) -> Command {
        Command::FreezeStatement {
            store: self.stores[store],
            through_version: None,
            funder: Some(funder),
            rate: Some(fen(rate)),
        }
    }

    /// Its store confirms a statement, and the fourth member of staff approves it.
    ///
    /// # Panics
    /// When it is refused.
    pub async fn agree(&self, store: usize, statement: StatementId) {
        let confirm = step(SettlementCommand::Confirm { statement });
        let confirmed = self.execute(self.merchant(store), None, confirm).await;
        confirmed.expect("it is confirmed");
        let unanswered = false;
        let approve = step(SettlementCommand::Approve {
            statement,
            unanswered,
        });
        let approved = self.execute(self.staff(3), None, approve).await;
        approved.expect("it is approved");
    }
}
