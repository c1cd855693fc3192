//! What is held about people: sealed before the queue, opened after the query. Between the two nothing is readable.

mod enrolling;
mod joining;
mod phone;

pub(super) use enrolling::add;

use serde::Serialize;

use super::{Ledger, Request};
use crate::community::personal::{
    Chance, Identity, Keyring, LookupKind, Personal, Phone, Purpose, SealError, Whose,
};
use crate::ids::{AttachmentId, MemberId, MerchantId, OrganizationId, ProgramId, random_bytes};
use crate::machine::{Command, Receipt, Rejection};
use crate::store::StoreError;
use crate::store::views::SealedRow;
use crate::writer::WriteError;

/// How often something is sealed anew because somebody else was faster.
const TRIES: usize = 4;

/// How many rows are read at once where all are gone through.
const PAGE: i64 = 200;

/// Why personal data could not be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum PersonalError {
    /// There is no keyring.
    #[error("there is no master key here: nothing personal can be kept or read")]
    NoKeyring,
    /// A row cannot be opened.
    #[error("what is held about member {member} cannot be opened: {error}")]
    Seal {
        /// Whose row.
        member: MemberId,
        /// Why.
        error: SealError,
    },
    /// To whom a merchant's money goes cannot be opened.
    #[error("to whom the money of merchant {merchant} goes cannot be opened: {error}")]
    Payee {
        /// Whose.
        merchant: MerchantId,
        /// Why.
        error: SealError,
    },
    /// An attachment cannot be opened.
    #[error("attachment {attachment} cannot be opened: {error}")]
    Attachment {
        /// Which.
        attachment: AttachmentId,
        /// Why.
        error: SealError,
    },
    /// The writer's answer.
    #[error(transparent)]
    Write(#[from] WriteError),
    /// The database could not be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Rejection> for PersonalError {
    fn from(rejection: Rejection) -> Self {
        Self::Write(WriteError::Rejected(rejection))
    }
}

/// Who is to be enrolled. Its debug form is that of [`Personal`].
#[derive(Clone, Debug, Serialize)]
pub struct Enrolment {
    /// The organization that looks after them.
    pub organization: Option<OrganizationId>,
    /// What they said.
    pub personal: Personal,
}

/// Who was enrolled.
#[derive(Clone, Debug)]
pub struct Enrolled {
    /// Who.
    pub member: MemberId,
    /// Whether they were there before; then what is new was added.
    pub known: bool,
    /// How many members are probably the same person, for somebody to decide.
    pub doubles: u64,
    /// The receipt.
    pub receipt: Receipt,
}

/// All that is held about a member.
#[derive(Clone, Debug)]
pub struct Held {
    /// Of their own; `None` where nothing was sealed or it was erased.
    pub own: Option<Personal>,
    /// Of members who were merged into them.
    pub merged: Vec<(MemberId, Personal)>,
}

pub(super) fn chance() -> Chance {
    Chance {
        data_key: random_bytes().into(),
        wrap_nonce: random_bytes(),
        nonce: random_bytes(),
    }
}

impl Ledger {
    /// Whether there is a keyring.
    pub const fn has_keyring(&self) -> bool {
        self.keyring.is_some()
    }

    /// What makes two files with personal data the same, without saying anything about them; `None` without a keyring.
    pub fn print_of(&self, program: ProgramId, file: &[u8]) -> Option<uuid::Uuid> {
        let keyring = self.keyring.as_ref()?;
        Some(keyring.print(program, file))
    }

    /// Whether this master key is at hand.
    pub fn has_key(&self, id: &str) -> bool {
        self.keyring.as_ref().is_some_and(|keys| keys.has(id))
    }

    pub(super) fn keyring(&self) -> Result<&Keyring, PersonalError> {
        self.keyring.as_deref().ok_or(PersonalError::NoKeyring)
    }

    /// The member who has this phone. An error while it is suppressed.
    pub async fn member_by_phone(
        &self,
        program: ProgramId,
        phone: &Phone,
    ) -> Result<Option<MemberId>, PersonalError> {
        let lookup = self.keyring()?.phone(program, phone);
        self.member_by(program, lookup.kind, &lookup.hash).await
    }

    /// The member who has this identity number. An error while it is suppressed.
    pub async fn member_by_identity(
        &self,
        program: ProgramId,
        identity: &Identity,
    ) -> Result<Option<MemberId>, PersonalError> {
        let lookup = self.keyring()?.identity(program, identity);
        self.member_by(program, lookup.kind, &lookup.hash).await
    }

    async fn member_by(
        &self,
        program: ProgramId,
        kind: LookupKind,
        hash: &str,
    ) -> Result<Option<MemberId>, PersonalError> {
        let Some(found) = self.found_by(program, kind, hash).await? else {
            return Ok(None);
        };
        match found.suppressed_until {
            None => Ok(Some(found.member)),
            Some(until) if found.owes || until > self.clock.now() => {
                Err(Rejection::Suppressed { until }.into())
            }
            Some(_) => Ok(None),
        }
    }

    /// All that is held about a member, for themselves. Somebody else's look is recorded: see [`Ledger::reveal`].
    pub async fn held_about(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Held, PersonalError> {
        let mut held = Held {
            own: None,
            merged: Vec::new(),
        };
        for row in self.personal_of(program, member).await? {
            let Some(personal) = self.open_row(program, &row)? else {
                continue;
            };
            if row.member == member {
                held.own = Some(personal);
            } else {
                held.merged.push((row.member, personal));
            }
        }
        Ok(held)
    }

    /// The same for somebody who says why; that they looked is recorded before they see anything.
    pub async fn reveal(
        &self,
        request: &Request,
        member: MemberId,
        purpose: Purpose,
    ) -> Result<Held, PersonalError> {
        self.keyring()?;
        let command = Command::RevealPersonal { member, purpose };
        self.execute(request, command).await?;
        self.held_about(request.program, member).await
    }

    /// Wraps every data key that is under another master key by the newest. What is done is not found again, so it can be cut off and run
    /// again at any time. Answers with how many there were.
    pub async fn rotate(&self, request: &Request) -> Result<u64, PersonalError> {
        let (program, keyring) = (request.program, self.keyring()?);
        let (mut after, mut done) = (MemberId(uuid::Uuid::nil()), 0);
        loop {
            let newest = keyring.newest();
            let rows = self.under_other_keys(program, newest, after, PAGE).await?;
            let Some(last) = rows.last() else {
                done += self.reseal_totp(program).await?;
                done += self.reseal_payees(program).await?;
                return Ok(done + self.rewrap_attachments(program).await?);
            };
            after = last.member;
            for row in rows {
                done += u64::from(self.rewrap(request, row).await?);
            }
        }
    }

    /// Whether it was this call that did it: who was changed or erased in between needs it no more.
    async fn rewrap(&self, request: &Request, row: SealedRow) -> Result<bool, PersonalError> {
        let member = row.member;
        let Some(sealed) = row.sealed else {
            return Ok(false);
        };
        let whose = Whose {
            program: request.program,
            member,
        };
        let sealed = self.keyring()?.rewrap(whose, &sealed, &random_bytes());
        let command = Command::RewrapPersonal {
            member,
            sealed: sealed.map_err(|error| PersonalError::Seal { member, error })?,
            replaces: row.version,
        };
        match self.execute(request, command).await {
            Ok(_) => Ok(true),
            Err(WriteError::Reprice | WriteError::Rejected(Rejection::MemberErased { .. })) => {
                Ok(false)
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Seals the names of members of whom nothing is sealed yet, and masks them in lists. Answers with how many there were.
    pub async fn seal_names(&self, request: &Request) -> Result<u64, PersonalError> {
        let program = request.program;
        let (mut after, mut done) = (MemberId(uuid::Uuid::nil()), 0);
        self.keyring()?;
        loop {
            let members = self.unsealed(program, after, PAGE).await?;
            let Some(last) = members.last() else {
                return Ok(done);
            };
            after = MemberId(last.id);
            for member in members {
                let personal = Personal {
                    name: member.name,
                    ..Personal::default()
                };
                let id = MemberId(member.id);
                let keeping = self.to_change(program, id, 0, None, &personal)?;
                let command = Command::KeepPersonal(Box::new(keeping));
                match self.execute(request, command).await {
                    Ok(_) => done += 1,
                    Err(
                        WriteError::Reprice
                        | WriteError::Rejected(
                            Rejection::MemberErased { .. } | Rejection::MemberMerged { .. },
                        ),
                    ) => {}
                    Err(error) => return Err(error.into()),
                }
            }
        }
    }

    fn seal(
        &self,
        program: ProgramId,
        member: MemberId,
        personal: &Personal,
    ) -> Result<crate::community::personal::Sealed, PersonalError> {
        let whose = Whose { program, member };
        let sealed = self.keyring()?.seal(whose, personal, &chance());
        sealed.map_err(|error| PersonalError::Seal { member, error })
    }

    fn open_row(
        &self,
        program: ProgramId,
        row: &SealedRow,
    ) -> Result<Option<Personal>, PersonalError> {
        let member = row.member;
        let whose = Whose { program, member };
        let Some(sealed) = &row.sealed else {
            return Ok(None);
        };
        let opened = self.keyring()?.open(whose, sealed);
        opened
            .map(Some)
            .map_err(|error| PersonalError::Seal { member, error })
    }

    /// A member's own row: its version, 0 where there is none, and what is in it.
    pub(super) async fn opened(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<(i64, Option<Personal>), PersonalError> {
        let rows = self.personal_of(program, member).await?;
        match rows.iter().find(|row| row.member == member) {
            Some(row) => Ok((row.version, self.open_row(program, row)?)),
            None => Ok((0, None)),
        }
    }
}
