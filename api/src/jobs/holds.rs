//! Holds whose time ran out are given back.

use ledger::StoreError;
use ledger::ids::ProgramId;
use ledger::machine::Command;

use super::{PAGE, Page, execute_all};
use crate::state::App;

/// One page of them.
pub(super) async fn release_due(app: &App, program: ProgramId) -> Result<Page, StoreError> {
    let now = app.ledger.clock().now();
    let due = app.ledger.due_holds(program, now, PAGE).await?;
    let found = i64::try_from(due.len()).unwrap_or(PAGE);
    let commands = due.into_iter().map(|redemption| {
        let key = format!("release:{redemption}");
        (key, Command::ReleaseHold { redemption })
    });
    let done = execute_all(app, program, commands).await;
    Ok(Page { found, done })
}
