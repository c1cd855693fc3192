//! Another phone in place of a member's own.

use super::{PersonalError, TRIES};
use crate::community::Via;
use crate::community::personal::{LookupKind, Personal, Phone};
use crate::ids::{CommandId, MemberId, ProgramId};
use crate::ledger::{Ledger, Request};
use crate::machine::personal::Keeping;
use crate::machine::{Command, Receipt, Rejection};
use crate::writer::{WriteError, replay};

impl Ledger {
    /// Gives a member another phone: the one in use from now on. Their earlier ones lead to nobody any more, whoever is in as them is
    /// logged out, but for the session that asks, and devices show no codes for them any more.
    pub async fn change_phone(
        &self,
        request: &Request,
        member: MemberId,
        phone: &Phone,
    ) -> Result<Receipt, PersonalError> {
        let program = request.program;
        let said = [member.0.as_bytes(), phone.as_str().as_bytes()].concat();
        let print = self.keyring()?.print(program, &said);
        if let Some(claimed) = self.claimed(request, "personal.keep").await? {
            return Ok(replay(&claimed, print)?);
        }
        for _ in 0..TRIES {
            let mut keeping = self.to_give(program, member, phone).await?;
            if let Via::Session(session) = request.origin.via {
                keeping.session = Some(session);
            }
            let command = Command::KeepPersonal(Box::new(keeping));
            let id = CommandId::new(self.clock.now());
            match self.execute_for(request, id, print, command).await {
                Err(WriteError::Reprice | WriteError::Rejected(Rejection::AlreadyExists)) => {}
                answer => return Ok(answer?),
            }
        }
        Err(WriteError::InProgress.into())
    }

    async fn to_give(
        &self,
        program: ProgramId,
        member: MemberId,
        phone: &Phone,
    ) -> Result<Keeping, PersonalError> {
        let theirs = self.member_by_phone(program, phone).await?;
        if theirs.is_some_and(|other| other != member) {
            return Err(Rejection::AlreadyExists.into());
        }
        let (version, known) = self.opened(program, member).await?;
        let mut now = self
            .known_or_registered(program, member, known.as_ref())
            .await?;
        now.phones = vec![phone.clone()];
        let mut keeping = self.to_change(program, member, version, known.as_ref(), &now)?;
        if theirs.is_some() {
            keeping.found_by.clear();
        }
        // Whoever was merged into them had phones, which led to them since.
        let (keyring, given) = (self.keyring()?, keeping.not_by.clone());
        for (_, merged) in self.held_about(program, member).await?.merged {
            let phones = keyring.lookups(program, &merged).into_iter();
            let phones = phones.filter(|lookup| lookup.kind == LookupKind::Phone);
            keeping.not_by.extend(phones.filter(|lookup| {
                *lookup != keyring.phone(program, phone) && !given.contains(lookup)
            }));
        }
        Ok(keeping)
    }

    /// Notes that a member has shown that another's phone is at hand: they are probably one person, for somebody to decide. Nothing else
    /// is changed.
    pub async fn note_phone_of_another(
        &self,
        request: &Request,
        member: MemberId,
        phone: &Phone,
    ) -> Result<(), PersonalError> {
        let program = request.program;
        for _ in 0..TRIES {
            let theirs = self.member_by_phone(program, phone).await?;
            let Some(other) = theirs.filter(|other| *other != member) else {
                return Ok(());
            };
            let (version, known) = self.opened(program, member).await?;
            let now = self
                .known_or_registered(program, member, known.as_ref())
                .await?;
            let keeping = Keeping {
                doubles: vec![other],
                ..self.to_change(program, member, version, known.as_ref(), &now)?
            };
            let command = Command::KeepPersonal(Box::new(keeping));
            match self.execute(request, command).await {
                Err(WriteError::Reprice) => {}
                answer => return Ok(answer.map(drop)?),
            }
        }
        Err(WriteError::InProgress.into())
    }

    /// What is held, or what a record made without a keyring says.
    async fn known_or_registered(
        &self,
        program: ProgramId,
        member: MemberId,
        known: Option<&Personal>,
    ) -> Result<Personal, PersonalError> {
        match known {
            Some(known) => Ok(known.clone()),
            None => self.as_registered(program, member).await,
        }
    }
}
