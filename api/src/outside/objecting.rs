//! Whoever objects to an award on public notice without an account: a code sent to their phone shows who they are.

use ledger::community::CodeFor;
use ledger::community::personal::Phone;
use ledger::ids::{AwardId, ProgramId, derived};
use ledger::machine::{Command, Reason, Receipt};
use ledger::{PersonalError, StoreError, Upload, UploadError, WriteError};
use uuid::Uuid;

use super::phone::prove;
use super::{Refusal, at_door};
use crate::auth::session::Asking;
use crate::state::App;

/// Somebody with a phone at hand, and what they hold against an award.
pub struct Objector<'a> {
    pub program: ProgramId,
    /// The number by which the award goes while it is on notice.
    pub number: Uuid,
    pub phone: &'a Phone,
    /// The code that was sent to it.
    pub code: &'a str,
    /// Why they object; nothing where they appeal against what was made of that.
    pub ground: Option<Reason>,
    /// What they say beside it, for who reviews it.
    pub words: &'a str,
    /// What makes a repetition one.
    pub key: &'a str,
    pub from: &'a Asking,
}

/// Why it did not take effect.
pub enum NotObjected {
    /// No award on notice goes by this number.
    Missing,
    /// The code does not prove the phone.
    Unproved(Refusal),
    /// What they said could not be kept.
    Unkept(UploadError),
    /// The ledger did not take it.
    Write(WriteError),
}

impl From<PersonalError> for NotObjected {
    fn from(error: PersonalError) -> Self {
        Self::Unkept(error.into())
    }
}

impl From<StoreError> for NotObjected {
    fn from(error: StoreError) -> Self {
        Self::from(PersonalError::from(error))
    }
}

impl From<WriteError> for NotObjected {
    fn from(error: WriteError) -> Self {
        Self::Write(error)
    }
}

/// Objects, or appeals, in the name of whoever has the phone: of the member whose it is, or of nobody but its keyed hash.
pub async fn object(app: &App, objector: &Objector<'_>) -> Result<Receipt, NotObjected> {
    let (program, number) = (objector.program, objector.number);
    let (id, member) = app.ledger.holder_of(program, objector.phone).await?;
    // Whoever only knows the phone, and guesses the key, is told nothing of an objection that was made with the right code.
    let key = derived(&[
        objector.key.as_bytes(),
        number.as_bytes(),
        objector.code.as_bytes(),
    ]);
    let mut request = at_door(program, id.0, objector.from, &key.to_string());
    request.actor.member = member;
    let operation = match objector.ground {
        Some(_) => "award.object",
        None => "award.appeal",
    };
    // Asked again under the same key they are answered as before: the code is used up, and the award on notice no more.
    if let Some(Ok(receipt)) = app.ledger.outcome_of(&request, operation).await? {
        return Ok(receipt);
    }
    let now = app.ledger.clock().now();
    let award = app.ledger.noticed(program, number, now).await?;
    let award: AwardId = award.ok_or(NotObjected::Missing)?;
    let purpose = CodeFor::Objecting(number);
    let proof = (objector.phone, objector.code);
    let proved = prove(app, program, purpose, proof, objector.from).await;
    proved.map_err(NotObjected::Unproved)?;
    let words = match objector.words.trim() {
        "" => None,
        words => {
            let upload = Upload::Text(words.to_owned());
            let kept = app.ledger.upload(program, &request.actor, upload).await;
            Some(kept.map_err(NotObjected::Unkept)?.id)
        }
    };
    let command = match objector.ground {
        Some(ground) => Command::ObjectAward {
            award,
            ground,
            words,
        },
        None => Command::AppealReview { award, words },
    };
    Ok(app.execute(&request, command).await?)
}
