//! What the stores are owed: the statements of two months, the older ones paid, the newer ones on their way.

use ledger::community::personal::Payee;
use ledger::community::{Actor, Role};
use ledger::ids::{ActorId, StoreId};
use ledger::machine::settlement::DisputeReason;
use ledger::machine::{Command, Outcome, SettlementCommand, Statement};
use ledger::points::{Points, Rate, Rounding};
use ledger::{Request, WriteError};
use rust_decimal::Decimal;
use uuid::Uuid;

use super::cast::{self, NOODLES, REPAIR, SECOND_TRADER, TRADER};
use super::history::Town;
use super::offers::funder;
use super::records::request;
use super::shops::SHOPS;
use super::spending::clerk;
use crate::commands::Failure;
use crate::settling::freeze_page;

/// Statements are made of the last so many days before the end.
const SETTLED_DAYS: i64 = 62;
/// What the fund gave, in yuan.
const FUND: i64 = 60_000;
/// What a point is worth, in fen.
const FEN: i64 = 80;

/// Staff of the office as the ledger knows them.
fn office(name: &str) -> Actor {
    Actor {
        id: ActorId(cast::staff(name).0),
        role: Role::Staff,
        member: None,
        store: None,
        node: None,
    }
}

impl Town<'_> {
    /// On the first of a month, what was taken until then.
    pub async fn settle(&mut self, left: i64) -> Result<(), Failure> {
        if left > SETTLED_DAYS {
            return Ok(());
        }
        let newest = left < 31;
        let month = self.clock_key();
        if !newest {
            self.prepare(&month).await?;
        }
        self.later(1_200);
        let statements = self.freeze(&month).await?;
        self.later(3_600);
        let mut ready = Vec::new();
        for (number, statement) in statements.iter().enumerate() {
            let agreed = self.answer(statement, newest).await?;
            // The newest month: two in three are looked at already.
            if agreed && !(newest && number % 3 == 0) {
                self.approve(statement).await?;
                ready.push(statement.id);
            }
        }
        self.later(1_800);
        if newest {
            ready.truncate(ready.len() / 2);
        }
        self.gather(&month, ready, !newest).await
    }

    fn clock_key(&self) -> String {
        self.ledger.clock().now().to_string()
    }

    /// The fund is filled, and merchants say to which account money goes.
    async fn prepare(&self, month: &str) -> Result<(), Failure> {
        let trader = |key: String| request(office(TRADER), key);
        let received = Command::ReceiveFunds {
            funder: funder(),
            amount: Points::whole(FUND).unwrap_or(Points::ZERO),
        };
        let asked = trader(format!("demo-fund-{month}"));
        self.ledger.execute(&asked, received).await?;
        for (number, shop) in SHOPS.iter().enumerate() {
            let payee = Payee {
                name: shop.name.to_owned(),
                bank: "示例银行于洪支行".to_owned(),
                // Of no bank.
                account: format!("00000000{number:08}"),
            };
            let asked = trader(format!("demo-payee-{number}-{month}"));
            let kept = self
                .ledger
                .keep_payee(&asked, cast::merchant(shop.name), &payee);
            kept.await?;
        }
        Ok(())
    }

    async fn freeze(&self, month: &str) -> Result<Vec<Statement>, Failure> {
        let asked = request(office(TRADER), format!("demo-freeze-{month}"));
        let rate = Rate::new(Decimal::from(FEN), Rounding::default());
        let payer = (Some(funder()), Some(rate));
        let first = StoreId(Uuid::nil());
        let frozen = freeze_page(self.ledger, &asked, payer, first, 500).await?;
        let mut statements = Vec::new();
        for (_, done) in frozen.stores {
            match done.map(|receipt| receipt.outcome) {
                Ok(Outcome::Statement(statement)) => statements.push(*statement),
                // Too little to settle.
                Ok(_) | Err(WriteError::Rejected(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(statements)
    }

    /// Whether the store agrees. In the newest month the noodle shop has not looked yet, and the repair shop finds a line wrong.
    async fn answer(&self, statement: &Statement, newest: bool) -> Result<bool, Failure> {
        let (id, store) = (statement.id, statement.store);
        if newest && store == cast::store(NOODLES) {
            return Ok(false);
        }
        let program = cast::program();
        let lines = self.ledger.settlement_lines(program, statement, None, 1);
        let disputed = lines.await?.pop();
        let disputed = disputed.filter(|_| newest && store == cast::store(REPAIR));
        let command = match disputed {
            Some(line) => SettlementCommand::Dispute {
                statement: id,
                version: line.entry.version,
                reason: DisputeReason::Points,
            },
            None => SettlementCommand::Confirm { statement: id },
        };
        let agreed = matches!(command, SettlementCommand::Confirm { .. });
        let asked = request(clerk(store), format!("demo-answer-{id}"));
        self.does(&asked, command).await?;
        Ok(agreed)
    }

    async fn approve(&self, statement: &Statement) -> Result<(), Failure> {
        let id = statement.id;
        let command = SettlementCommand::Approve {
            statement: id,
            unanswered: false,
        };
        let asked = request(office(SECOND_TRADER), format!("demo-approve-{id}"));
        self.does(&asked, command).await
    }

    async fn gather(
        &self,
        month: &str,
        statements: Vec<ledger::ids::StatementId>,
        paid: bool,
    ) -> Result<(), Failure> {
        if statements.is_empty() {
            return Ok(());
        }
        let command = SettlementCommand::Gather {
            statements: statements.clone(),
            named: true,
        };
        let asked = request(office(SECOND_TRADER), format!("demo-gather-{month}"));
        self.does(&asked, command).await?;
        for (number, statement) in statements.into_iter().enumerate().filter(|_| paid) {
            let command = Command::PayStatement {
                statement,
                reference: format!("YH{number:04}"),
            };
            let asked = request(office(SECOND_TRADER), format!("demo-pay-{statement}"));
            self.ledger.execute(&asked, command).await?;
        }
        Ok(())
    }

    async fn does(&self, asked: &Request, command: SettlementCommand) -> Result<(), Failure> {
        let command = Command::Settlement(Box::new(command));
        self.ledger.execute(asked, command).await?;
        Ok(())
    }
}
