//! Lots whose time ran out expire, all due lots of a member at once.

use ledger::StoreError;
use ledger::ids::ProgramId;
use ledger::machine::Command;

use super::{PAGE, Page, execute_all};
use crate::state::App;

/// One page of members.
pub(super) async fn expire_due(app: &App, program: ProgramId) -> Result<Page, StoreError> {
    let now = app.ledger.clock().now();
    let due = app.ledger.due_lots(program, now, PAGE).await?;
    let found = i64::try_from(due.len()).unwrap_or(PAGE);
    // A wallet that changed has something else to expire.
    let commands = due.into_iter().map(|(member, version)| {
        let key = format!("expire:{member}:{version}");
        (key, Command::ExpireLots { member })
    });
    let done = execute_all(app, program, commands).await;
    Ok(Page { found, done })
}
