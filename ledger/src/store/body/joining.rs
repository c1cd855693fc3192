//! Who asks to be enrolled. Compiled once for each database: `super` names the types and binds.

use uuid::Uuid;

use super::{Store, Tx};
use crate::clock::Timestamp;
use crate::community::JoinCode;
use crate::community::personal::Sealed;
use crate::ids::{MemberId, OrganizationId, ProgramId};
use crate::machine::Needs;
use crate::machine::State;
use crate::machine::joining::Joining;
use crate::store::columns::Column;
use crate::store::statement::Statement;
use crate::store::views::{Asking, JoiningCount};
use crate::store::{StoreError, personal_text as text};

impl Tx<'_> {
    pub(super) async fn load_asking(
        &mut self,
        needs: &Needs,
        state: &mut State,
    ) -> Result<(), StoreError> {
        if needs.joining.is_empty() {
            return Ok(());
        }
        let columns = [Column::uuids(needs.joining.iter().map(|id| id.0))];
        let rows: Vec<(Uuid,)> = self.fetch(&text::ASKING, columns).await?;
        for (member,) in rows {
            state.personal.load_asking(MemberId(member));
        }
        Ok(())
    }

    pub(super) async fn ask(
        &mut self,
        joining: &Joining,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let member = joining.member.0;
        let Sealed {
            key_id,
            wrapped,
            nonce,
            body,
        } = &joining.sealed;
        let columns = [
            Column::uuids([member]),
            Column::ints([1]),
            Column::texts([key_id.as_str()]),
            Column::texts([wrapped.as_str()]),
            Column::texts([nonce.as_str()]),
            Column::texts([body.as_str()]),
        ];
        self.run(&text::KEEP_PERSONAL, columns).await?;
        let columns = [
            Column::uuids([member]),
            Column::uuids([joining.organization.0]),
            Column::ints([now.as_micros()]),
            Column::texts([joining.name.as_str()]),
            Column::Int(vec![joining.proved_at.map(|at| at.as_micros())]),
        ];
        self.run(&text::NEW_JOINING, columns).await?;
        Ok(())
    }

    /// Whoever asked was confirmed as `kept`, or, where that is nobody, refused.
    pub(super) async fn end_joining(
        &mut self,
        member: MemberId,
        kept: Option<MemberId>,
    ) -> Result<(), StoreError> {
        let who = || [Column::uuids([member.0])];
        self.run(&text::DROP_JOINING, who()).await?;
        if kept != Some(member) {
            self.run(&text::DROP_PERSONAL, who()).await?;
        }
        Ok(())
    }
}

type Row = (Uuid, Uuid, i64, String, Option<i64>);

fn asking((member, organization, asked_at, name, proved_at): Row) -> Asking {
    Asking {
        member: MemberId(member),
        organization: OrganizationId(organization),
        asked_at: Timestamp::from_micros(asked_at),
        name,
        proved_at: proved_at.map(Timestamp::from_micros),
    }
}

fn join_code((organization, code, expires_at): (Uuid, String, i64)) -> JoinCode {
    JoinCode {
        organization: OrganizationId(organization),
        code,
        expires_at: Timestamp::from_micros(expires_at),
    }
}

impl Store {
    /// An organization's code for joining, ended or not.
    pub async fn join_code(
        &self,
        program: ProgramId,
        organization: OrganizationId,
    ) -> Result<Option<JoinCode>, StoreError> {
        let values = [organization.0.into()];
        let rows: Vec<(Uuid, String, i64)> = self.query(program, &text::JOIN_CODE, values).await?;
        Ok(rows.into_iter().next().map(join_code))
    }

    /// Where a code for joining leads, ended or not.
    pub async fn join_code_leads(
        &self,
        program: ProgramId,
        code: &str,
    ) -> Result<Option<JoinCode>, StoreError> {
        let values = [code.into()];
        let rows: Vec<(Uuid, String, i64)> =
            self.query(program, &text::JOIN_CODE_LEADS, values).await?;
        Ok(rows.into_iter().next().map(join_code))
    }

    /// A page of those who ask to be enrolled after one, in order of id.
    pub async fn joining(
        &self,
        program: ProgramId,
        after: MemberId,
        limit: i64,
    ) -> Result<Vec<Asking>, StoreError> {
        let values = [after.0.into(), limit.into()];
        let rows: Vec<Row> = self.query(program, &text::JOINING, values).await?;
        Ok(rows.into_iter().map(asking).collect())
    }

    /// One who asks to be enrolled.
    pub async fn joining_of(
        &self,
        program: ProgramId,
        member: MemberId,
    ) -> Result<Option<Asking>, StoreError> {
        let values = [member.0.into()];
        let rows: Vec<Row> = self.query(program, &text::JOINING_OF, values).await?;
        Ok(rows.into_iter().next().map(asking))
    }

    /// How many ask an organization, and how many of them have since a moment.
    pub async fn joining_count(
        &self,
        program: ProgramId,
        organization: OrganizationId,
        since: Timestamp,
    ) -> Result<JoiningCount, StoreError> {
        self.asking_count(program, &text::JOINING_COUNT, organization, since)
            .await
    }

    /// The same of whatever a statement counts.
    pub(super) async fn asking_count(
        &self,
        program: ProgramId,
        statement: &'static Statement,
        organization: OrganizationId,
        since: Timestamp,
    ) -> Result<JoiningCount, StoreError> {
        let values = [organization.0.into(), since.as_micros().into()];
        let rows: Vec<(i64, i64)> = self.query(program, statement, values).await?;
        let (all, lately) = rows.into_iter().next().unwrap_or_default();
        Ok(JoiningCount { all, lately })
    }
}
