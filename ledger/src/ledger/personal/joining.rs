//! Who asks to be enrolled with a station's code.

use uuid::Uuid;

use super::enrolling::Whom;
use super::{Enrolled, Enrolment, PersonalError};
use crate::clock::Timestamp;
use crate::community::personal::{Personal, masked};
use crate::ids::{CommandId, MemberId, OrganizationId, ProgramId};
use crate::ledger::{Ledger, Request};
use crate::machine::joining::Joining;
use crate::machine::personal::Keeping;
use crate::machine::{Command, Receipt, Rejection};

impl Ledger {
    /// Keeps what somebody said who asks an organization to be enrolled, until staff decide; as `id`, unless they turn out to be a member.
    /// The answer is the same whether they are or not. `proved_at` is when a one-time code proved that the phone is theirs.
    pub async fn ask_to_join(
        &self,
        request: &Request,
        id: MemberId,
        organization: OrganizationId,
        personal: &Personal,
        proved_at: Option<Timestamp>,
    ) -> Result<Receipt, PersonalError> {
        let joining = Joining {
            member: id,
            organization,
            name: masked(&personal.name),
            sealed: self.seal(request.program, id, personal)?,
            proved_at,
        };
        let print = self.print_said(request.program, Some(organization), personal)?;
        let command = CommandId::new(self.clock.now());
        let ask = Command::AskToJoin(Box::new(joining));
        Ok(self.execute_for(request, command, print, ask).await?)
    }

    /// Enrols somebody who asked to be, or adds what is new to the member who has their phone.
    pub async fn confirm_joining(
        &self,
        request: &Request,
        member: MemberId,
    ) -> Result<Enrolled, PersonalError> {
        let print: Uuid = self.keyring()?.print(request.program, member.0.as_bytes());
        self.keep_whom(request, print, &Whom::Asked(member)).await
    }

    pub(super) async fn to_confirm(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Keeping, PersonalError> {
        let nobody = || Rejection::UnknownMember { member };
        let asking = self.joining_of(program, member).await?.ok_or_else(nobody)?;
        let (version, said) = self.opened(program, member).await?;
        let enrolment = Enrolment {
            organization: Some(asking.organization),
            personal: said.ok_or_else(nobody)?,
        };
        let keeping = self.to_enrol(program, member, &enrolment).await?;
        let replaces = match keeping.enrols {
            Some(_) => version,
            None => keeping.replaces,
        };
        Ok(Keeping {
            replaces,
            joining: Some(member),
            ..keeping
        })
    }
}
