//! A member who changes their own phone: a code sent to the new one shows that they have it.

use ledger::community::CodeFor;
use ledger::community::personal::Phone;
use ledger::ids::MemberId;
use ledger::machine::{Receipt, Rejection};
use ledger::{PersonalError, Request, StoreError, WriteError};

use super::Refusal;
use super::phone::prove;
use crate::auth::session::Asking;
use crate::state::App;

/// Why it is not changed.
pub enum NotChanged {
    /// The code does not show it.
    Unproved(Refusal),
    /// The phone leads to somebody else, or did until a short while ago: staff decide who is who.
    Taken,
    /// It could not be.
    Unkept(PersonalError),
}

impl From<PersonalError> for NotChanged {
    fn from(error: PersonalError) -> Self {
        Self::Unkept(error)
    }
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        Self::Unkept(error.into())
    }
}

/// Gives a member the phone that they have a code of. Only once the code is right are they told that it is another's; then both are noted as
/// probably one person.
pub async fn change_own_phone(
    app: &App,
    request: &Request,
    member: MemberId,
    (phone, code): (&Phone, &str),
    asking: &Asking,
) -> Result<Receipt, NotChanged> {
    // Asked again under the same key they are answered as before: the code is used up.
    let before = app.ledger.outcome_of(request, "personal.keep").await?;
    if before.is_none() {
        let purpose = CodeFor::Change(member);
        let proved = prove(app, request.program, purpose, (phone, code), asking);
        proved.await.map_err(NotChanged::Unproved)?;
    }
    match app.change_phone(request, member, phone).await {
        Err(PersonalError::Write(WriteError::Rejected(
            Rejection::AlreadyExists | Rejection::Suppressed { .. },
        ))) => {
            let own = Request {
                key: None,
                ..request.clone()
            };
            let noted = app.ledger.note_phone_of_another(&own, member, phone).await;
            if let Err(error) = noted {
                tracing::warn!(%error, "who is probably one person could not be noted");
            }
            Err(NotChanged::Taken)
        }
        changed => Ok(changed?),
    }
}
