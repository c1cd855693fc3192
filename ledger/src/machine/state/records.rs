//! What a batch keeps beside points: statements, records.

use super::{InForce, State};
use crate::community::Registration;
use crate::machine::Statement;

impl State {
    pub(super) fn keep_statement(&mut self, statement: Statement) {
        self.changes.statements.touch(statement.id);
        self.settling.keep(statement);
    }

    pub(super) fn keep_registration(&mut self, registration: &Registration) {
        match registration {
            Registration::Code(code) => self.load_code(code.clone()),
            Registration::Policy(version) => self.policies.push(InForce {
                name: version.name.clone(),
                digest: version.digest.clone(),
                from: version.effective_from.unwrap_or(self.now),
            }),
            _ => {}
        }
    }
}
