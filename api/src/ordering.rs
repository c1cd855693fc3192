//! What the API and the pages both do about orders (群众点单).

use ledger::community::Actor;
use ledger::community::order::{Order, OrderState, Wanted};
use ledger::ids::{OrderId, OrganizationId, ProgramId};
use ledger::{Ledger, PersonalError};

use crate::state::App;

/// An order as it is before anything came of it; the machine says where it stands.
pub fn new_order(
    (program, id): (ProgramId, OrderId),
    organization: OrganizationId,
    wanted: Wanted,
    answerable: Actor,
    code: Option<&str>,
) -> Order {
    let hash = |code| Ledger::order_code_hash(program, id, code);
    Order {
        id,
        organization,
        wanted,
        position: None,
        details: None,
        state: OrderState::Posted,
        public: false,
        answerable,
        code_hash: code.map(hash),
        taken: 0,
        reported: 0,
        confirmed: 0,
        waits_since: None,
        due_at: None,
    }
}

/// What the resident wrote, if it is kept still. Who may read it is for the caller to know.
pub async fn details_of(
    app: &App,
    program: ProgramId,
    order: &Order,
) -> Result<Option<String>, PersonalError> {
    let Some(details) = order.details else {
        return Ok(None);
    };
    let found = app.ledger.attachment(program, details).await?;
    let content = found.and_then(|found| found.content);
    Ok(content.and_then(|(_, bytes)| String::from_utf8(bytes).ok()))
}
