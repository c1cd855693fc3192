//! What has to be locked and read for settlement.

use super::SettlementCommand;
use crate::accounts::Owner;
use crate::ids::{ProgramId, StatementId};
use crate::machine::needs::LinkNeeds;
use crate::machine::{Command, Links, Needs};

impl LinkNeeds {
    /// The statements that a command names.
    pub(in crate::machine) fn add_settlement(&mut self, command: &SettlementCommand) {
        match command {
            SettlementCommand::Confirm { statement }
            | SettlementCommand::Dispute { statement, .. }
            | SettlementCommand::Answer { statement, .. }
            | SettlementCommand::Approve { statement, .. } => {
                self.statements.insert(*statement);
            }
            SettlementCommand::Gather { statements, .. } => self.statements.extend(statements),
            SettlementCommand::KeepPayee(_) | SettlementCommand::WriteFile { .. } => {}
        }
    }
}

impl Needs {
    /// Funders that are not named are found by their redemptions' terms, and locked with the next batch.
    pub(in crate::machine) fn add_settlement(
        &mut self,
        program: ProgramId,
        command: &Command,
        links: &Links,
    ) {
        match command {
            Command::ReceiveFunds { funder, .. } => {
                self.owners.insert(Owner::Program(program));
                self.owners.insert(Owner::Funder(*funder));
            }
            Command::FreezeStatement { store, funder, .. } => {
                self.owners.insert(Owner::Store(*store));
                self.owners.extend(funder.map(Owner::Funder));
                self.freezes.insert(*store);
            }
            Command::PayStatement { statement, .. } => {
                self.owners.insert(Owner::Program(program));
                self.add_statement(*statement, links);
            }
            Command::Settlement(command) => self.add_step(command, links),
            _ => {}
        }
    }

    fn add_step(&mut self, command: &SettlementCommand, links: &Links) {
        match command {
            SettlementCommand::Confirm { statement }
            | SettlementCommand::Answer { statement, .. }
            | SettlementCommand::Approve { statement, .. } => self.add_statement(*statement, links),
            SettlementCommand::Dispute {
                statement, version, ..
            } => {
                self.add_statement(*statement, links);
                self.lines.insert((*statement, *version));
            }
            SettlementCommand::Gather { statements, .. } => {
                for statement in statements {
                    self.add_statement(*statement, links);
                }
            }
            SettlementCommand::KeepPayee(payee) => {
                self.merchants.insert(payee.merchant);
            }
            SettlementCommand::WriteFile { .. } => {}
        }
    }

    fn add_statement(&mut self, statement: StatementId, links: &Links) {
        if let Some(&store) = links.statements.get(&statement) {
            self.statements.insert(statement);
            self.owners.insert(Owner::Store(store));
        }
    }
}
