//! Enrolling, and changes of what a person is found by. What is sealed replaces the version it was made from; when somebody else was
//! faster, it is made anew.

use uuid::Uuid;

use super::{Enrolled, Enrolment, PersonalError, TRIES};
use crate::clock::Timestamp;
use crate::community::Member;
use crate::community::personal::{Consent, LookupKind, Personal, Platform, masked};
use crate::ids::{CommandId, MemberId, OrganizationId, ProgramId};
use crate::ledger::{Ledger, Request};
use crate::machine::personal::Keeping;
use crate::machine::{Command, Outcome, Receipt, Rejection};
use crate::store::views::Register;
use crate::writer::{WriteError, replay};

/// Who is to be kept.
pub(super) enum Whom<'a> {
    /// Somebody who is enrolled as this, unless they are a member already.
    Said(MemberId, &'a Enrolment),
    /// Somebody who asked to be.
    Asked(MemberId),
}

impl Ledger {
    /// Enrols somebody as `id`, or adds what is new to the member who has their phone. Whoever has another phone and the same identity
    /// number is probably the same person: that is noted, for somebody to decide.
    pub async fn enrol(
        &self,
        request: &Request,
        id: MemberId,
        enrolment: &Enrolment,
    ) -> Result<Enrolled, PersonalError> {
        let (organization, personal) = (enrolment.organization, &enrolment.personal);
        let print = self.print_said(request.program, organization, personal)?;
        self.keep_whom(request, print, &Whom::Said(id, enrolment))
            .await
    }

    /// What makes two requests about a person the same: all that was said, but not when it was, which is another moment each time.
    pub(super) fn print_said(
        &self,
        program: ProgramId,
        organization: Option<OrganizationId>,
        personal: &Personal,
    ) -> Result<Uuid, PersonalError> {
        let mut said = personal.clone();
        for consent in &mut said.consents {
            consent.at = Timestamp::from_micros(0);
        }
        let said = serde_json::to_vec(&(organization, said)).unwrap_or_default();
        Ok(self.keyring()?.print(program, &said))
    }

    /// Keeps somebody. What is sealed for them is made anew whenever somebody else was faster.
    pub(super) async fn keep_whom(
        &self,
        request: &Request,
        print: Uuid,
        whom: &Whom<'_>,
    ) -> Result<Enrolled, PersonalError> {
        // What was answered under this key stands, whatever has changed since.
        if let Some(claimed) = self.claimed(request, "personal.keep").await? {
            return enrolled(replay(&claimed, print)?);
        }
        for _ in 0..TRIES {
            let keeping = match *whom {
                Whom::Said(id, enrolment) => self.to_enrol(request.program, id, enrolment).await?,
                Whom::Asked(member) => self.to_confirm(request.program, member).await?,
            };
            let command = Command::KeepPersonal(Box::new(keeping));
            let command_id = CommandId::new(self.clock.now());
            match self.execute_for(request, command_id, print, command).await {
                // Somebody else enrolled this phone or changed this member in between: look again.
                Err(WriteError::Reprice | WriteError::Rejected(Rejection::AlreadyExists)) => {}
                Err(error) => return Err(error.into()),
                Ok(receipt) => return enrolled(receipt),
            }
        }
        Err(WriteError::InProgress.into())
    }

    pub(super) async fn to_enrol(
        &self,
        program: ProgramId,
        id: MemberId,
        enrolment: &Enrolment,
    ) -> Result<Keeping, PersonalError> {
        let said = &enrolment.personal;
        let mut by_phone = None;
        for phone in &said.phones {
            by_phone = by_phone.or(self.member_by_phone(program, phone).await?);
        }
        let by_identity = match &said.identity {
            Some(identity) => self.member_by_identity(program, identity).await?,
            None => None,
        };
        match by_phone {
            Some(member) => self.to_add(program, member, said, by_identity).await,
            None => self.to_begin(program, id, enrolment, by_identity),
        }
    }

    pub(in crate::ledger) fn to_begin(
        &self,
        program: ProgramId,
        id: MemberId,
        enrolment: &Enrolment,
        by_identity: Option<MemberId>,
    ) -> Result<Keeping, PersonalError> {
        let keyring = self.keyring()?;
        let personal = &enrolment.personal;
        let mut found_by = keyring.lookups(program, personal);
        // The number stays with who has it, until somebody has decided.
        found_by.retain(|lookup| by_identity.is_none() || lookup.kind != LookupKind::Identity);
        let member = Member {
            id,
            organization: enrolment.organization,
            name: masked(&personal.name),
        };
        Ok(Keeping {
            member: id,
            enrols: Some(member),
            sealed: self.seal(program, id, personal)?,
            replaces: 0,
            shown: None,
            found_by,
            not_by: Vec::new(),
            doubles: by_identity.into_iter().collect(),
            joining: None,
            session: None,
        })
    }

    /// What was said of a member who is on record already.
    async fn to_add(
        &self,
        program: ProgramId,
        member: MemberId,
        said: &Personal,
        by_identity: Option<MemberId>,
    ) -> Result<Keeping, PersonalError> {
        let (version, known) = self.opened(program, member).await?;
        self.addition(
            program,
            member,
            (version, known.as_ref()),
            said,
            by_identity,
        )
    }

    /// The same for a row that was read.
    pub(in crate::ledger) fn addition(
        &self,
        program: ProgramId,
        member: MemberId,
        (version, known): (i64, Option<&Personal>),
        said: &Personal,
        by_identity: Option<MemberId>,
    ) -> Result<Keeping, PersonalError> {
        let mut now = known.unwrap_or(said).clone();
        if let (Some(one), Some(other)) = (&now.identity, &said.identity)
            && one != other
        {
            return Err(Rejection::PhoneOfAnother { member }.into());
        }
        add(&mut now, said);
        let doubles: Vec<MemberId> = by_identity.into_iter().filter(|o| *o != member).collect();
        let mut keeping = self.to_change(program, member, version, known, &now)?;
        keeping
            .found_by
            .retain(|lookup| doubles.is_empty() || lookup.kind != LookupKind::Identity);
        keeping.doubles = doubles;
        Ok(keeping)
    }

    pub(super) fn to_change(
        &self,
        program: ProgramId,
        member: MemberId,
        version: i64,
        known: Option<&Personal>,
        now: &Personal,
    ) -> Result<Keeping, PersonalError> {
        let keyring = self.keyring()?;
        let before = known.map(|known| keyring.lookups(program, known));
        let before = before.unwrap_or_default();
        let after = keyring.lookups(program, now);
        let shown = known.is_none_or(|known| known.name != now.name);
        Ok(Keeping {
            member,
            enrols: None,
            sealed: self.seal(program, member, now)?,
            replaces: version,
            shown: shown.then(|| masked(&now.name)),
            found_by: after
                .iter()
                .filter(|l| !before.contains(l))
                .cloned()
                .collect(),
            not_by: before
                .iter()
                .filter(|l| !after.contains(l))
                .cloned()
                .collect(),
            doubles: Vec::new(),
            joining: None,
            session: None,
        })
    }

    /// Notes that a member agrees to another version of the text.
    pub async fn agree(
        &self,
        request: &Request,
        member: MemberId,
        version: &str,
    ) -> Result<(), PersonalError> {
        let program = request.program;
        let said = [member.0.as_bytes(), b"agree".as_slice(), version.as_bytes()].concat();
        let print = self.keyring()?.print(program, &said);
        for _ in 0..TRIES {
            let (replaces, known) = self.opened(program, member).await?;
            let mut now = match known.clone() {
                Some(known) => known,
                None => self.as_registered(program, member).await?,
            };
            let at = self.clock.now();
            let version = version.to_owned();
            if now
                .consents
                .iter()
                .any(|consent| consent.version == version)
            {
                return Ok(());
            }
            now.consents.push(Consent { version, at });
            let keeping = self.to_change(program, member, replaces, known.as_ref(), &now)?;
            let command = Command::KeepPersonal(Box::new(keeping));
            let id = CommandId::new(at);
            match self.execute_for(request, id, print, command).await {
                Err(WriteError::Reprice) => {}
                answer => return Ok(answer.map(|_| ())?),
            }
        }
        Err(WriteError::InProgress.into())
    }

    /// What a record made without a keyring says.
    pub(in crate::ledger) async fn as_registered(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Personal, PersonalError> {
        let record = self.registered(program, Register::Members, member.0);
        let record = record.await?.ok_or(Rejection::UnknownMember { member })?;
        Ok(Personal {
            name: record.name,
            ..Personal::default()
        })
    }
}

fn enrolled(receipt: Receipt) -> Result<Enrolled, PersonalError> {
    match receipt.outcome {
        Outcome::PersonalKept {
            member,
            enrolled,
            doubles,
        } => Ok(Enrolled {
            member,
            known: !enrolled,
            doubles,
            receipt,
        }),
        _ => Err(WriteError::Internal.into()),
    }
}

/// Adds what is new. The name, once known, is only changed by a correction.
pub(in crate::ledger) fn add(known: &mut Personal, said: &Personal) {
    for phone in &said.phones {
        if !known.phones.contains(phone) {
            known.phones.push(phone.clone());
        }
    }
    for Platform { name, account } in &said.platforms {
        let theirs = known.platforms.iter_mut().find(|p| p.name == *name);
        match theirs {
            Some(platform) => platform.account = account.clone().or(platform.account.take()),
            None => known.platforms.push(Platform {
                name: name.clone(),
                account: account.clone(),
            }),
        }
    }
    for Consent { version, at } in &said.consents {
        if known
            .consents
            .iter()
            .all(|consent| consent.version != *version)
        {
            known.consents.push(Consent {
                version: version.clone(),
                at: *at,
            });
        }
    }
    known.identity = known.identity.take().or_else(|| said.identity.clone());
    known.home = said.home.clone().or(known.home.take());
}
